"""Decisions over the JSON API."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field
from sqlalchemy.orm import Session

from gongzhi.domains.comments.api import CommentIn, CommentOut, CommentQuery, list_of, post_on
from gongzhi.domains.comments.permissions import COMMENT
from gongzhi.domains.decisions import actions
from gongzhi.domains.decisions.models import Commitment, Decision, DecisionState
from gongzhi.domains.decisions.permissions import DRAFT_DECISION, READ_DECISION, REPORT_PROGRESS
from gongzhi.domains.decisions.queries import (
    DecisionRow,
    access_commitment,
    access_decision,
    decision_page,
    list_decisions,
)
from gongzhi.domains.decisions.rules import LONGEST_NOTICE, MOST_MONEY_FEN, NOTICE_DAYS, SHORTEST_NOTICE, Promise, Words
from gongzhi.domains.issues.queries import access_issue
from gongzhi.domains.people.models import Organisation
from gongzhi.domains.places.queries import access_place
from gongzhi.kernel.api import ApiIn, ApiOut, ListQuery, operation
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import Invalid, NotFound
from gongzhi.kernel.guard import actor
from gongzhi.kernel.pages import Page
from gongzhi.kernel.policy import PUBLIC
from gongzhi.kernel.text import lazy as _l


class PromiseIn(ApiIn):
    """A commitment with a date."""

    text: str = Field(min_length=2, max_length=300)
    responsible: str = Field("", max_length=120)
    due_on: date


class MoneyIn(ApiIn):
    """Integer fen of CNY and where it comes from."""

    fen: int = Field(ge=0, le=MOST_MONEY_FEN)
    currency: str = Field("CNY", pattern="^CNY$")
    source: str = Field(min_length=1, max_length=200)


class DecisionIn(ApiIn):
    """A draft of one's own office."""

    title: str = Field(min_length=4, max_length=120)
    body: str = Field(min_length=10, max_length=20_000)
    grounds: str = Field("", max_length=20_000)
    adopted: str = Field("", max_length=20_000)
    not_adopted: str = Field("", max_length=20_000)
    issues: list[str] = Field(min_length=1, max_length=50)
    commitments: list[PromiseIn] = Field([], max_length=20)
    place: str | None = Field(None, max_length=13)
    money: MoneyIn | None = None
    notice_days: int = Field(NOTICE_DAYS, ge=SHORTEST_NOTICE, le=LONGEST_NOTICE)


class DecisionQuery(ListQuery):
    """Which decisions."""

    state: DecisionState | None = None
    place: str | None = Field(None, max_length=13)


class PromiseOut(ApiOut):
    """A commitment and what became of it."""

    id: str
    text: str
    responsible: str
    due_on: date
    state: str
    note: str


class ReportOut(ApiOut):
    """A report of progress."""

    id: str
    body: str
    organisation: str
    at: datetime


class DecisionOut(ApiOut):
    """A decision as in a list."""

    id: str
    number: str | None
    title: str
    state: DecisionState
    office: str
    place: str
    notice_until: date | None
    published_at: datetime | None
    done_at: datetime | None
    comment_count: int
    version: int


class DecisionDetail(DecisionOut):
    """A decision with all it rests on."""

    body: str
    grounds: str
    adopted: str
    not_adopted: str
    money_fen: int | None
    currency: str
    money_source: str
    issues: list[str]
    commitments: list[PromiseOut]
    progress: list[ReportOut]


class ProgressIn(ApiIn):
    """A report of progress."""

    body: str = Field(min_length=2, max_length=5000)
    commitment: str | None = Field(None, max_length=13)


def _row(row: DecisionRow) -> DecisionOut:
    return DecisionOut(
        id=row.decision.id,
        number=row.decision.number,
        title=row.decision.title,
        state=DecisionState(row.decision.state),
        office=row.office.name_zh,
        place=row.place.id,
        notice_until=row.decision.notice_until,
        published_at=row.decision.published_at,
        done_at=row.decision.done_at,
        comment_count=row.decision.comment_count,
        version=row.decision.version,
    )


def _detail(decision: Decision) -> DecisionDetail:
    page = decision_page(session(), actor(), decision)
    return DecisionDetail(
        **_row(DecisionRow(decision, page.office, page.place)).model_dump(),
        body=decision.body,
        grounds=decision.grounds,
        adopted=decision.adopted,
        not_adopted=decision.not_adopted,
        money_fen=decision.money_fen,
        currency="CNY",
        money_source=decision.money_source,
        issues=[issue.id for issue in page.issues],
        commitments=[PromiseOut.model_validate(one) for one in page.commitments],
        progress=[
            ReportOut(id=report.id, body=report.body, organisation=report.office, at=report.at)
            for report in page.reports
        ],
    )


@operation("GET", "/decisions", PUBLIC, query=DecisionQuery, answer=DecisionOut, lists=True, tag="decisions")
def list_public_decisions(query: DecisionQuery) -> Page[DecisionOut]:
    """Public decisions, newest first."""
    place = access_place(session(), actor(), query.place) if query.place else None
    page = list_decisions(session(), actor(), state=query.state, place=place, after=query.cursor, limit=query.limit)
    return Page([_row(row) for row in page.items], page.next_cursor)


@operation("POST", "/decisions", DRAFT_DECISION, body=DecisionIn, answer=DecisionDetail, status=201, tag="decisions")
def create_decision(body: DecisionIn) -> DecisionDetail:
    """Draft a decision for one's office."""
    try:
        issues = [access_issue(session(), actor(), key) for key in body.issues]
    except NotFound:
        raise Invalid.of("issues", _l("There is no such issue.")) from None
    office = session().get_one(Organisation, actor().organisation_id)
    try:
        place = access_place(session(), actor(), body.place or issues[0].place_id)
    except NotFound:
        raise Invalid.of("place", _l("There is no such place.")) from None
    words = Words(
        body.title,
        body.body,
        body.grounds,
        body.adopted,
        body.not_adopted,
        body.money.fen if body.money else None,
        body.money.source if body.money else "",
        body.notice_days,
    )
    promises = [Promise(one.text, one.responsible or office.name_zh, one.due_on) for one in body.commitments]
    with write() as current:
        decision = actions.draft_decision(current, actor(), place, words, issues=issues, promises=promises)
    return _detail(decision)


@operation(
    "GET", "/decisions/<decision_id>", READ_DECISION, answer=DecisionDetail, tag="decisions", decision=access_decision
)
def get_decision(decision: Decision) -> DecisionDetail:
    """One decision with all it rests on."""
    return _detail(decision)


def _named_commitment(current: Session, commitment_id: str) -> Commitment:
    try:
        return access_commitment(current, actor(), commitment_id)
    except NotFound:
        raise Invalid.of("commitment", _l("There is no such commitment.")) from None


@operation(
    "POST",
    "/decisions/<decision_id>/progress",
    REPORT_PROGRESS,
    body=ProgressIn,
    answer=ReportOut,
    status=201,
    tag="decisions",
    decision=access_decision,
)
def report_decision_progress(decision: Decision, body: ProgressIn) -> ReportOut:
    """Report progress of a published decision."""
    with write() as current:
        commitment = _named_commitment(current, body.commitment) if body.commitment else None
        report = actions.report_progress(current, actor(), decision, body=body.body, commitment=commitment)
    office = session().get_one(Organisation, report.organisation_id)
    return ReportOut(id=report.id, body=report.body, organisation=office.name_zh, at=report.at)


@operation(
    "GET",
    "/decisions/<decision_id>/comments",
    READ_DECISION,
    query=CommentQuery,
    answer=CommentOut,
    lists=True,
    tag="comments",
    decision=access_decision,
)
def list_decision_comments(decision: Decision, query: CommentQuery) -> Page[CommentOut]:
    """Comments on a decision."""
    return list_of("decision", decision, query)


@operation(
    "POST",
    "/decisions/<decision_id>/comments",
    COMMENT,
    body=CommentIn,
    answer=CommentOut,
    status=201,
    tag="comments",
    decision=access_decision,
)
def post_decision_comment(decision: Decision, body: CommentIn) -> CommentOut:
    """Comment on a decision."""
    return post_on("decision", decision, body)
