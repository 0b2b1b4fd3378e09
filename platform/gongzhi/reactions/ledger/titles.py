"""What the matters behind entries are called today. The log itself has no titles: residents wrote them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from gongzhi.domains.ballots.models import Ballot
from gongzhi.domains.decisions.models import Decision
from gongzhi.domains.issues.models import Issue

from .models import LedgerLeaf


def titles_of(session: Session, leaves: Iterable[LedgerLeaf]) -> dict[str, str]:
    """The titles of the entries' issues, decisions and ballots by their ids, public ones only: one statement."""
    by_kind: dict[str, set[str]] = {"issue": set(), "decision": set(), "ballot": set()}
    for leaf in leaves:
        by_kind.get(leaf.subject_kind, set()).add(leaf.subject_id)
    if not any(by_kind.values()):
        return {}
    issues = select(Issue.id, Issue.title).where(Issue.id.in_(by_kind["issue"]), Issue.is_hidden.is_(False))
    decisions = select(Decision.id, Decision.title).where(
        Decision.id.in_(by_kind["decision"]), Decision.shown_at.is_not(None)
    )
    ballots = select(Ballot.id, Ballot.title).where(Ballot.id.in_(by_kind["ballot"]), Ballot.rules_hash.is_not(None))
    return {row.id: row.title for row in session.execute(union_all(issues, decisions, ballots))}
