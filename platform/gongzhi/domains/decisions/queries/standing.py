"""What steps and jobs ask of a decision: what it rests on, what is open, who wrote on it, who took part."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from gongzhi.domains.comments.models import Comment
from gongzhi.domains.issues.models import Choice, Issue, Rating, Vote
from gongzhi.kernel import clock
from gongzhi.kernel.policy import Actor

from ..models import Commitment, CommitmentState, Decision, DecisionIssue, DecisionState, DecisionStep, Objection
from ..rules import WRITING


def commitments(session: Session, decision: Decision) -> list[Commitment]:
    """The promises in their order."""
    return list(
        session.scalars(select(Commitment).where(Commitment.decision_id == decision.id).order_by(Commitment.position))
    )


def issue_ids(session: Session, decision: Decision) -> tuple[str, ...]:
    """The issues it rests on."""
    return tuple(
        session.scalars(
            select(DecisionIssue.issue_id)
            .where(DecisionIssue.decision_id == decision.id)
            .order_by(DecisionIssue.issue_id)
        )
    )


def open_objections(session: Session, decision: Decision) -> int:
    """Objections nobody answered yet."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Objection)
            .where(Objection.decision_id == decision.id, Objection.answered_at.is_(None))
        )
        or 0
    )


def wrote_on(session: Session, actor: Actor, decision: Decision) -> bool:
    """Whether the actor drafted or edited it: then somebody else must review."""
    return bool(
        session.scalar(
            select(
                select(DecisionStep.id)
                .where(
                    DecisionStep.decision_id == decision.id,
                    DecisionStep.actor_id == actor.account_id,
                    DecisionStep.action.in_(WRITING),
                )
                .exists()
            )
        )
    )


def took_part(session: Session, actor: Actor, decision: Decision) -> bool:
    """Whether this voice wrote, commented, voted on or rated one of the issues the decision rests on."""
    return actor.signed_in and bool(session.scalar(select(has_part(actor, decision.id))))


def has_part(actor: Actor, decision_id: str) -> ColumnElement[bool]:
    """The same as a condition."""
    linked = select(DecisionIssue.issue_id).where(DecisionIssue.decision_id == decision_id)
    voted = select(Vote.issue_id).where(
        Vote.issue_id.in_(linked), Vote.voter_key == actor.voter_key, Vote.choice != Choice.NONE
    )
    wrote = select(Issue.id).where(Issue.id.in_(linked), Issue.author_key == actor.voter_key)
    rated = select(Rating.issue_id).where(Rating.issue_id.in_(linked), Rating.voter_key == actor.voter_key)
    commented = select(Comment.id).where(
        Comment.subject_kind == "issue",
        Comment.subject_id.in_(linked),
        Comment.removed_at.is_(None),
        Comment.account_id == actor.account_id,
        Comment.organisation_id.is_(None)
        if actor.organisation_id is None
        else Comment.organisation_id == actor.organisation_id,
    )
    return or_(voted.exists(), wrote.exists(), rated.exists(), commented.exists())


def due_for_publication(session: Session) -> list[str]:
    """Decisions whose public notice is over and whose objections are all answered."""
    waiting = select(Objection.id).where(Objection.decision_id == Decision.id, Objection.answered_at.is_(None))
    return list(
        session.scalars(
            select(Decision.id)
            .where(
                Decision.state == DecisionState.PUBLIC_NOTICE,
                Decision.notice_until < clock.today(),
                ~waiting.exists(),
            )
            .order_by(Decision.notice_until)
        )
    )


def overdue_commitments(session: Session, today: date, limit: int = 200) -> list[Commitment]:
    """Promises due and not settled of published decisions, not yet reminded of today's date."""
    return list(
        session.scalars(
            select(Commitment)
            .join(Decision, Decision.id == Commitment.decision_id)
            .where(
                Commitment.state == CommitmentState.OPEN,
                Commitment.due_on <= today,
                or_(Commitment.reminded_on.is_(None), Commitment.reminded_on < Commitment.due_on),
                Decision.state == DecisionState.PUBLISHED,
            )
            .limit(limit)
        )
    )
