"""Whom and what an initiative concerns: the issues it serves, its participants, who may rate."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import or_, select, union
from sqlalchemy.orm import Session

from gongzhi.domains.decisions.models import DecisionIssue
from gongzhi.domains.issues.models import Choice, Issue, Vote
from gongzhi.kernel.policy import Actor

from ..models import Initiative, InitiativeState, Participant, Pledge, PledgeState
from ..rules import OPEN_STATES


def linked_issues(session: Session, initiative: Initiative) -> tuple[str, ...]:
    """The issue it came from and those its decision rests on."""
    found = {initiative.issue_id} if initiative.issue_id else set()
    if initiative.decision_id is not None:
        found |= set(
            session.scalars(select(DecisionIssue.issue_id).where(DecisionIssue.decision_id == initiative.decision_id))
        )
    return tuple(sorted(found))


def participant(session: Session, initiative: Initiative, voter_key: str) -> Participant | None:
    """The voice's row, whether it still takes part or has left."""
    return session.scalar(
        select(Participant).where(Participant.initiative_id == initiative.id, Participant.voter_key == voter_key)
    )


def is_participant(session: Session, initiative: Initiative, voter_key: str) -> bool:
    """Whether the voice takes part now."""
    found = participant(session, initiative, voter_key)
    return found is not None and found.left_at is None


def pledges_of(session: Session, initiative: Initiative, voter_key: str) -> list[Pledge]:
    """All pledges of a voice, also withdrawn ones."""
    return list(
        session.scalars(
            select(Pledge)
            .where(Pledge.initiative_id == initiative.id, Pledge.voter_key == voter_key)
            .order_by(Pledge.id)
        )
    )


def open_pledges(session: Session, initiative: Initiative) -> list[Pledge]:
    """Pledges nobody has settled yet."""
    return list(
        session.scalars(
            select(Pledge)
            .where(Pledge.initiative_id == initiative.id, Pledge.state == PledgeState.OPEN)
            .order_by(Pledge.id)
        )
    )


def is_concerned(session: Session, actor: Actor, initiative: Initiative) -> bool:
    """Whether this voice takes part, or wrote or supported the issue the initiative came from."""
    if not actor.signed_in:
        return False
    taking_part = (
        select(Participant.id)
        .where(
            Participant.initiative_id == initiative.id,
            Participant.voter_key == actor.voter_key,
            Participant.left_at.is_(None),
        )
        .exists()
    )
    issues = union(
        select(Issue.id).where(Issue.id == initiative.issue_id),
        select(DecisionIssue.issue_id).where(DecisionIssue.decision_id == initiative.decision_id),
    )
    supported = (
        select(Vote.issue_id)
        .where(Vote.issue_id.in_(issues), Vote.voter_key == actor.voter_key, Vote.choice == Choice.SUPPORT)
        .exists()
    )
    wrote = select(Issue.id).where(Issue.id.in_(issues), Issue.author_key == actor.voter_key).exists()
    return bool(session.scalar(select(or_(taking_part, supported, wrote))))


def overdue_pledges(session: Session, today: date, limit: int = 200) -> list[Pledge]:
    """Open pledges whose day has passed and of which nobody was told yet."""
    return list(
        session.scalars(
            select(Pledge)
            .join(Initiative, Initiative.id == Pledge.initiative_id)
            .where(
                Pledge.state == PledgeState.OPEN,
                Pledge.due_on < today,
                Pledge.flagged_on.is_(None),
                Initiative.state.in_(OPEN_STATES),
            )
            .order_by(Pledge.due_on, Pledge.id)
            .limit(limit)
        )
    )


def rated_out(session: Session, before: datetime, limit: int = 200) -> list[Initiative]:
    """Initiatives finished so long ago that the ratings close."""
    return list(
        session.scalars(
            select(Initiative)
            .where(Initiative.state == InitiativeState.FINISHED, Initiative.finished_at < before)
            .order_by(Initiative.finished_at)
            .limit(limit)
        )
    )
