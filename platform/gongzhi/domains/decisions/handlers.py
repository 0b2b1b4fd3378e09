"""How decisions appear elsewhere: in the trace of issues, and as something to comment on."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from gongzhi.domains.ballots.queries import BallotSubject, register_ballot_subject
from gongzhi.domains.comments.queries import Subject, register_subject
from gongzhi.domains.decisions.actions.leaving import export_decisions, move_ratings
from gongzhi.domains.decisions.models import Decision, DecisionState
from gongzhi.domains.decisions.queries import access_decision, issue_ids
from gongzhi.domains.issues.queries import register_link
from gongzhi.domains.places.actions import follow_move
from gongzhi.domains.places.events import PlaceMoved
from gongzhi.kernel import events
from gongzhi.kernel.personal import register_personal_data
from gongzhi.kernel.text import lazy as _l

LINKS = {
    "decision_on_notice": _l("Decision approved, on public notice"),
    "decision_published": _l("Decision published"),
    "decision_progress": _l("Progress reported"),
    "decision_kept": _l("Commitment kept"),
    "decision_missed": _l("Commitment missed"),
    "decision_done": _l("Decision carried out"),
    "decision_taken_back": _l("Decision taken back"),
}


def _is_open(decision: Any) -> bool:
    return decision.state in (DecisionState.PUBLIC_NOTICE, DecisionState.PUBLISHED, DecisionState.DONE)


def _count(session: Session, decision_id: str, change: int) -> None:
    session.execute(
        update(Decision).where(Decision.id == decision_id).values(comment_count=Decision.comment_count + change)
    )


def _place_moved(session: Session, moved: PlaceMoved) -> None:
    follow_move(session, Decision.place_path, moved)


def connect() -> None:
    """Register with the rooms below."""
    for action, label in LINKS.items():
        register_link(action, "decision", label)
    events.subscribe(PlaceMoved, _place_moved)
    register_subject(Subject("decision", access_decision, "decisions.show", _is_open, _count))
    register_personal_data("decisions", export_decisions, move=move_ratings)
    register_ballot_subject(BallotSubject("decision", access_decision, "decisions.show", _l("Decision"), issue_ids))
