"""The page of a decision in two statements: its head, and all its parts at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Date,
    Integer,
    Select,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    null,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from gongzhi.domains.comments.models import Comment
from gongzhi.domains.issues.models import Follow, Issue
from gongzhi.domains.people.models import Account, Organisation
from gongzhi.domains.places.models import Place
from gongzhi.kernel.db import Id, Json, UtcDateTime
from gongzhi.kernel.events import StreamVersion
from gongzhi.kernel.policy import Actor

from ..models import (
    Adoption,
    Commitment,
    CommitmentState,
    Decision,
    DecisionComment,
    DecisionIssue,
    DecisionRating,
    DecisionState,
    DecisionStep,
    Objection,
    ProgressReport,
)
from .standing import has_part


@dataclass(frozen=True)
class RestsOn:
    """An issue it rests on, with the votes as they stood when it was submitted."""

    id: str
    title: str
    tally: dict[str, Any] | None


@dataclass(frozen=True)
class Handled:
    """A comment it deals with; without words when these are no longer shown."""

    comment_id: str
    adoption: Adoption
    reason: str
    body: str
    name: str


@dataclass(frozen=True)
class PromiseView:
    """A commitment and what became of it."""

    id: str
    text: str
    responsible: str
    due_on: date
    state: CommitmentState
    note: str


@dataclass(frozen=True)
class ReportView:
    """A report of progress."""

    id: str
    body: str
    at: datetime
    name: str
    office: str


@dataclass(frozen=True)
class StepView:
    """A step of its course; `actor_id` is None for what happened by itself."""

    action: str
    from_state: DecisionState | None
    to_state: DecisionState
    reason: str
    at: datetime
    actor_id: str | None
    name: str | None
    office: str | None


@dataclass(frozen=True)
class ObjectionView:
    """An objection and its answer."""

    id: str
    voter_key: str
    notice_round: int
    body: str
    at: datetime
    answer: str
    answered_at: datetime | None
    name: str


@dataclass(frozen=True)
class MyRating:
    """What this voice said of the outcome."""

    solved: str
    satisfaction: int
    comment: str


@dataclass(frozen=True)
class DecisionPage:
    """All that the page of a decision shows."""

    decision: Decision
    office: Organisation
    responsible: Organisation
    place: Place
    author_name: str
    reviewer_name: str | None
    version: int
    """The version of its live topic."""
    follows: bool
    may_rate: bool
    issues: list[RestsOn] = field(default_factory=list)
    comments: list[Handled] = field(default_factory=list)
    commitments: list[PromiseView] = field(default_factory=list)
    reports: list[ReportView] = field(default_factory=list)
    steps: list[StepView] = field(default_factory=list)
    objections: list[ObjectionView] = field(default_factory=list)
    ratings: dict[str, Any] = field(default_factory=dict)
    my_rating: MyRating | None = None


def decision_page(session: Session, actor: Actor, decision: Decision) -> DecisionPage:
    """The page of a decision."""
    office, responsible, place, author, reviewer, version, follows, part = _head(session, actor, decision)
    parts: dict[str, list[Any]] = {}
    for row in session.execute(_parts(actor, decision.id)):
        parts.setdefault(row.part, []).append(row)
    mine = parts.get("mine")
    return DecisionPage(
        decision=decision,
        office=office,
        responsible=responsible,
        place=place,
        author_name=author,
        reviewer_name=reviewer,
        version=int(version),
        follows=bool(follows),
        may_rate=decision.state == DecisionState.DONE and bool(part),
        issues=[RestsOn(row.key, row.a, row.json) for row in parts.get("issue", ())],
        comments=[Handled(row.key, Adoption(row.a), row.b, row.c, row.name) for row in parts.get("comment", ())],
        commitments=[
            PromiseView(row.key, row.a, row.b, row.day, CommitmentState(row.c), row.d)
            for row in parts.get("promise", ())
        ],
        reports=[ReportView(row.key, row.a, row.at, row.name, row.office) for row in reversed(parts.get("report", []))],
        steps=[
            StepView(
                row.a,
                DecisionState(row.d) if row.d else None,
                DecisionState(row.b),
                row.c,
                row.at,
                row.actor_id,
                row.name,
                row.office,
            )
            for row in parts.get("step", ())
        ],
        objections=[
            ObjectionView(row.key, row.a, row.n, row.b, row.at, row.c, row.at2, row.name)
            for row in parts.get("objection", ())
        ],
        ratings=_ratings(parts.get("rating", ())),
        my_rating=MyRating(mine[0].a, mine[0].n, mine[0].b) if mine else None,
    )


def _head(session: Session, actor: Actor, decision: Decision) -> Any:
    author, reviewer = aliased(Account), aliased(Account)
    office, responsible = aliased(Organisation), aliased(Organisation)
    version = select(func.coalesce(func.sum(StreamVersion.version), 0)).where(
        StreamVersion.topic == f"decision:{decision.id}"
    )
    follows = select(Follow.subject_id).where(
        Follow.subject_kind == "decision", Follow.subject_id == decision.id, Follow.account_id == actor.account_id
    )
    return session.execute(
        select(
            office,
            responsible,
            Place,
            author.name,
            reviewer.name,
            version.scalar_subquery(),
            follows.exists() if actor.signed_in else false(),
            has_part(actor, decision.id) if actor.signed_in else false(),
        )
        .select_from(Decision)
        .join(office, office.id == Decision.office_id)
        .join(responsible, responsible.id == Decision.responsible_id)
        .join(Place, Place.id == Decision.place_id)
        .join(author, author.id == Decision.author_id)
        .outerjoin(reviewer, reviewer.id == Decision.reviewer_id)
        .where(Decision.id == decision.id)
    ).one()


_COLUMNS: dict[str, Any] = {
    "key": Id,
    "place": Integer,
    "a": Text,
    "b": Text,
    "c": Text,
    "d": Text,
    "n": Integer,
    "sum": Integer,
    "at": UtcDateTime,
    "at2": UtcDateTime,
    "day": Date,
    "json": Json,
    "actor_id": Id,
    "name": Text,
    "office": Text,
}


def _part(part: str, /, **columns: Any) -> Select[Any]:
    """One arm of the union: the columns given, and nothing in the others."""
    return select(
        literal(part, Text).label("part"),
        *(
            (type_coerce(columns[column], kind) if column in columns else cast(null(), kind)).label(column)
            for column, kind in _COLUMNS.items()
        ),
    )


def _parts(actor: Actor, decision_id: str) -> Any:
    readable = and_(Comment.removed_at.is_(None), Comment.hidden_at.is_(None))
    arms = (
        _part("issue", key=Issue.id, a=Issue.title, json=DecisionIssue.tally)
        .join_from(DecisionIssue, Issue, Issue.id == DecisionIssue.issue_id)
        .where(DecisionIssue.decision_id == decision_id, Issue.is_hidden.is_(False)),
        _part(
            "comment",
            key=Comment.id,
            a=DecisionComment.adoption,
            b=DecisionComment.reason,
            c=case((readable, Comment.body), else_=""),
            name=Account.name,
        )
        .join_from(DecisionComment, Comment, Comment.id == DecisionComment.comment_id)
        .join(Account, Account.id == Comment.account_id)
        .where(DecisionComment.decision_id == decision_id),
        _part(
            "promise",
            key=Commitment.id,
            place=Commitment.position,
            a=Commitment.text,
            b=Commitment.responsible,
            c=Commitment.state,
            d=Commitment.note,
            day=Commitment.due_on,
        ).where(Commitment.decision_id == decision_id),
        _part(
            "report", key=ProgressReport.id, a=ProgressReport.body, at=ProgressReport.at, name=Account.name,
            office=Organisation.name_zh,
        )
        .join_from(ProgressReport, Account, Account.id == ProgressReport.author_id)
        .join(Organisation, Organisation.id == ProgressReport.organisation_id)
        .where(ProgressReport.decision_id == decision_id),
        _part(
            "step", key=DecisionStep.id, a=DecisionStep.action, b=DecisionStep.to_state, c=DecisionStep.reason,
            d=DecisionStep.from_state, at=DecisionStep.at, actor_id=DecisionStep.actor_id, name=Account.name,
            office=Organisation.name_zh,
        )
        .outerjoin_from(DecisionStep, Account, Account.id == DecisionStep.actor_id)
        .outerjoin(Organisation, Organisation.id == DecisionStep.organisation_id)
        .where(DecisionStep.decision_id == decision_id),
        _part(
            "objection", key=Objection.id, a=Objection.voter_key, b=Objection.body, c=Objection.answer,
            n=Objection.notice_round, at=Objection.at, at2=Objection.answered_at, name=Account.name,
        )
        .join_from(Objection, Account, Account.id == Objection.account_id)
        .where(Objection.decision_id == decision_id),
        _part(
            "rating", a=DecisionRating.solved, n=func.count(), sum=func.sum(DecisionRating.satisfaction)
        )
        .where(DecisionRating.decision_id == decision_id)
        .group_by(DecisionRating.solved),
        _part(
            "mine", a=DecisionRating.solved, b=DecisionRating.comment, n=DecisionRating.satisfaction
        ).where(
            DecisionRating.decision_id == decision_id,
            DecisionRating.voter_key == (actor.voter_key if actor.signed_in else ""),
        ),
    )  # fmt: skip
    together = union_all(*arms).subquery()
    return select(together).order_by(together.c.place, together.c.key)


def _ratings(rows: Iterable[Any]) -> dict[str, Any]:
    """Number of ratings, of each answer, and the average; rates are shown with their n (interface.md)."""
    found = list(rows)
    n = sum(row.n for row in found)
    return {
        "n": n,
        "solved": {row.a: row.n for row in found},
        "average": round(sum(row.sum for row in found) / n, 1) if n else None,
    }
