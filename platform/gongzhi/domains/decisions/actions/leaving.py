"""What becomes of a person's part in decisions when the account is erased (decisions/0014)."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import or_
from sqlalchemy.orm import Session

from gongzhi.domains.decisions.models import Decision, DecisionRating, DecisionStep, Objection, ProgressReport
from gongzhi.kernel.personal import Sheet, move_voices, rows_of


def export_decisions(session: Session, account_id: str) -> Iterable[Sheet]:
    """All that this room keeps about a person, for the person."""
    part = or_(Decision.author_id == account_id, Decision.reviewer_id == account_id)
    yield Sheet("decisions", rows_of(session, Decision, part))
    yield Sheet("objections", rows_of(session, Objection, Objection.account_id == account_id))
    yield Sheet("ratings", rows_of(session, DecisionRating, DecisionRating.account_id == account_id))
    yield Sheet("progress_reports", rows_of(session, ProgressReport, ProgressReport.author_id == account_id))
    yield Sheet("steps", rows_of(session, DecisionStep, DecisionStep.actor_id == account_id))


def move_ratings(session: Session, before: str, after: str) -> None:
    """Ratings go over to another account; where both rated, the newer account's stays. Objections are words."""
    move_voices(session, DecisionRating, before, after, one_for=("decision_id",))
