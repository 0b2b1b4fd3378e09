"""Reads: a decision with all it rests on, lists, and what waits on the desk."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from gongzhi.domains.comments.models import Comment
from gongzhi.domains.decisions.models import (
    Commitment,
    Decision,
    DecisionComment,
    DecisionIssue,
    DecisionRating,
    DecisionState,
    DecisionStep,
    Objection,
    ProgressReport,
)
from gongzhi.domains.decisions.permissions import READ_DECISION
from gongzhi.domains.decisions.rules import PUBLIC_STATES, WRITING
from gongzhi.domains.issues.models import Follow, Issue, Rating, Vote
from gongzhi.domains.people.models import Account, Organisation
from gongzhi.domains.places.models import Place
from gongzhi.kernel import clock
from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.pages import Page, keyset, slice_page
from gongzhi.kernel.policy import Actor, allows


def access_decision(session: Session, actor: Actor, decision_id: str) -> Decision:
    """A decision the actor may see. Raises `NotFound`: a foreign draft looks like nothing at all."""
    decision = session.get(Decision, decision_id)
    if decision is None or not allows(actor, READ_DECISION, decision):
        raise NotFound
    return decision


@dataclass(frozen=True)
class DecisionRow:
    """A decision in a list."""

    decision: Decision
    office: Organisation
    place: Place


def list_decisions(
    session: Session,
    actor: Actor,
    *,
    state: DecisionState | None = None,
    place: Place | None = None,
    after: str | None = None,
    limit: int = 20,
) -> Page[DecisionRow]:
    """Public decisions of the district, newest first: one statement."""
    statement = (
        select(Decision, Organisation, Place)
        .join(Organisation, Organisation.id == Decision.office_id)
        .join(Place, Place.id == Decision.place_id)
        .where(
            Decision.district_id == actor.district_id,
            Decision.shown_at.is_not(None),
            Decision.state.in_([state] if state in PUBLIC_STATES else PUBLIC_STATES),
        )
    )
    if place is not None:
        statement = statement.where(Decision.place_path.startswith(place.path))
    order = (Decision.shown_at.desc(), Decision.id.desc())
    rows = session.execute(keyset(statement, *order, after=after, limit=limit)).all()
    page = slice_page(rows, limit, lambda row: (row[0].shown_at or row[0].created_at, row[0].id))
    return Page([DecisionRow(*row) for row in page.items], page.next_cursor)


def drafts_of_office(session: Session, actor: Actor) -> list[Decision]:
    """What one's own office is drafting or reviewing, newest first."""
    if not actor.acts_for_government:
        return []
    return list(
        session.scalars(
            select(Decision)
            .where(
                Decision.office_id == actor.organisation_id,
                Decision.state.in_((DecisionState.DRAFT, DecisionState.IN_REVIEW, DecisionState.PUBLIC_NOTICE)),
            )
            .order_by(Decision.id.desc())
            .limit(100)
        )
    )


@dataclass(frozen=True)
class DecisionPage:
    """All that the page of a decision shows."""

    decision: Decision
    office: Organisation
    responsible: Organisation
    place: Place
    author_name: str
    reviewer_name: str | None
    issues: list[tuple[DecisionIssue, Issue]]
    comments: list[tuple[DecisionComment, Comment, str]]
    commitments: list[Commitment]
    reports: list[tuple[ProgressReport, str, str]]
    steps: list[tuple[DecisionStep, str | None, str | None]]
    objections: list[tuple[Objection, str]]
    ratings: dict[str, Any] = field(default_factory=dict)
    my_rating: DecisionRating | None = None
    may_rate: bool = False
    follows: bool = False


def decision_page(session: Session, actor: Actor, decision: Decision) -> DecisionPage:
    """The page of a decision."""
    author, reviewer = aliased(Account), aliased(Account)
    office, responsible = aliased(Organisation), aliased(Organisation)
    head = session.execute(
        select(office, responsible, Place, author.name, reviewer.name)
        .select_from(Decision)
        .join(office, office.id == Decision.office_id)
        .join(responsible, responsible.id == Decision.responsible_id)
        .join(Place, Place.id == Decision.place_id)
        .join(author, author.id == Decision.author_id)
        .outerjoin(reviewer, reviewer.id == Decision.reviewer_id)
        .where(Decision.id == decision.id)
    ).one()
    issues = session.execute(
        select(DecisionIssue, Issue)
        .join(Issue, Issue.id == DecisionIssue.issue_id)
        .where(DecisionIssue.decision_id == decision.id)
        .order_by(Issue.id)
    ).all()
    comments = session.execute(
        select(DecisionComment, Comment, Account.name)
        .join(Comment, Comment.id == DecisionComment.comment_id)
        .join(Account, Account.id == Comment.account_id)
        .where(DecisionComment.decision_id == decision.id)
        .order_by(DecisionComment.comment_id)
    ).all()
    reports = session.execute(
        select(ProgressReport, Account.name, Organisation.name_zh)
        .join(Account, Account.id == ProgressReport.author_id)
        .join(Organisation, Organisation.id == ProgressReport.organisation_id)
        .where(ProgressReport.decision_id == decision.id)
        .order_by(ProgressReport.id.desc())
    ).all()
    steps = session.execute(
        select(DecisionStep, Account.name, Organisation.name_zh)
        .outerjoin(Account, Account.id == DecisionStep.actor_id)
        .outerjoin(Organisation, Organisation.id == DecisionStep.organisation_id)
        .where(DecisionStep.decision_id == decision.id)
        .order_by(DecisionStep.id)
    ).all()
    objections = session.execute(
        select(Objection, Account.name)
        .join(Account, Account.id == Objection.account_id)
        .where(Objection.decision_id == decision.id)
        .order_by(Objection.id)
    ).all()
    mine = session.get(DecisionRating, (decision.id, actor.voter_key)) if actor.signed_in else None
    return DecisionPage(
        decision=decision,
        office=head[0],
        responsible=head[1],
        place=head[2],
        author_name=head[3],
        reviewer_name=head[4],
        issues=[(row[0], row[1]) for row in issues],
        comments=[(row[0], row[1], row[2]) for row in comments],
        commitments=commitments(session, decision),
        reports=[(row[0], row[1], row[2]) for row in reports],
        steps=[(row[0], row[1], row[2]) for row in steps],
        objections=[(row[0], row[1]) for row in objections],
        ratings=ratings(session, decision),
        my_rating=mine,
        may_rate=decision.state == DecisionState.DONE and took_part(session, actor, decision),
        follows=bool(actor.signed_in and session.get(Follow, ("decision", decision.id, actor.account_id)) is not None),
    )


def commitments(session: Session, decision: Decision) -> list[Commitment]:
    """The promises in their order."""
    return list(
        session.scalars(select(Commitment).where(Commitment.decision_id == decision.id).order_by(Commitment.position))
    )


def access_commitment(session: Session, actor: Actor, commitment_id: str) -> Commitment:
    """A promise of a decision the actor may see. Raises `NotFound`."""
    commitment = session.get(Commitment, commitment_id)
    if commitment is None:
        raise NotFound
    access_decision(session, actor, commitment.decision_id)
    return commitment


def access_objection(session: Session, actor: Actor, objection_id: str) -> Objection:
    """An objection to a decision the actor may see. Raises `NotFound`."""
    objection = session.get(Objection, objection_id)
    if objection is None:
        raise NotFound
    access_decision(session, actor, objection.decision_id)
    return objection


def issue_ids(session: Session, decision: Decision) -> tuple[str, ...]:
    """The issues it rests on."""
    return tuple(
        session.scalars(
            select(DecisionIssue.issue_id)
            .where(DecisionIssue.decision_id == decision.id)
            .order_by(DecisionIssue.issue_id)
        )
    )


def ratings(session: Session, decision: Decision) -> dict[str, Any]:
    """Number of ratings, of each answer, and the average; rates are shown with their n (interface.md)."""
    rows = session.execute(
        select(DecisionRating.solved, func.count(), func.sum(DecisionRating.satisfaction))
        .where(DecisionRating.decision_id == decision.id)
        .group_by(DecisionRating.solved)
    ).all()
    n = sum(row[1] for row in rows)
    return {
        "n": n,
        "solved": {row[0]: row[1] for row in rows},
        "average": round(sum(row[2] for row in rows) / n, 1) if n else None,
    }


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
    if not actor.signed_in:
        return False
    linked = select(DecisionIssue.issue_id).where(DecisionIssue.decision_id == decision.id)
    return bool(
        session.scalar(
            select(
                or_(
                    select(Vote.issue_id)
                    .where(Vote.issue_id.in_(linked), Vote.voter_key == actor.voter_key, Vote.choice != "none")
                    .exists(),
                    select(Issue.id).where(Issue.id.in_(linked), Issue.author_key == actor.voter_key).exists(),
                    select(Comment.id)
                    .where(
                        Comment.subject_kind == "issue",
                        Comment.subject_id.in_(linked),
                        Comment.removed_at.is_(None),
                        Comment.account_id == actor.account_id,
                        Comment.organisation_id.is_(None)
                        if actor.organisation_id is None
                        else Comment.organisation_id == actor.organisation_id,
                    )
                    .exists(),
                    select(Rating.issue_id)
                    .where(Rating.issue_id.in_(linked), Rating.voter_key == actor.voter_key)
                    .exists(),
                )
            )
        )
    )


def decisions_of_issue(session: Session, actor: Actor, issue_id: str) -> list[Decision]:
    """Public decisions that rest on an issue, oldest first."""
    return list(
        session.scalars(
            select(Decision)
            .join(DecisionIssue, DecisionIssue.decision_id == Decision.id)
            .where(
                DecisionIssue.issue_id == issue_id,
                Decision.district_id == actor.district_id,
                Decision.shown_at.is_not(None),
                Decision.state.in_(PUBLIC_STATES),
            )
            .order_by(Decision.shown_at)
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
                Commitment.state == "open",
                Commitment.due_on <= today,
                or_(Commitment.reminded_on.is_(None), Commitment.reminded_on < Commitment.due_on),
                Decision.state == DecisionState.PUBLISHED,
            )
            .limit(limit)
        )
    )
