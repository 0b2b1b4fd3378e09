"""Initiatives over the JSON API. Money counts in integer fen; people appear under masked names."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from gongzhi.domains.comments.api import CommentIn, CommentOut, CommentQuery, list_of, post_on
from gongzhi.domains.comments.permissions import COMMENT
from gongzhi.domains.decisions.queries import access_decision
from gongzhi.domains.initiatives import actions, queries, rules
from gongzhi.domains.initiatives.models import Initiative, InitiativeNeed, InitiativeState, NeedKind, PledgeState
from gongzhi.domains.initiatives.permissions import JOIN_INITIATIVE, READ_INITIATIVE, START_INITIATIVE
from gongzhi.domains.initiatives.queries import InitiativePage, InitiativeRow, PledgeView, Who
from gongzhi.domains.initiatives.rules import NeedWanted, Words
from gongzhi.domains.issues.queries import access_issue
from gongzhi.domains.places.queries import access_place
from gongzhi.kernel.api import ApiIn, ApiOut, ListQuery, operation
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import Invalid, NotFound
from gongzhi.kernel.guard import actor
from gongzhi.kernel.masks import mask_name
from gongzhi.kernel.pages import Page
from gongzhi.kernel.policy import PUBLIC
from gongzhi.kernel.text import lazy as _l


class NeedIn(ApiIn):
    """Something needed; `required` in fen for money, which is an intention only."""

    kind: NeedKind
    description: str = Field(min_length=2, max_length=200)
    required: int = Field(ge=1, le=rules.MOST_AMOUNT)
    unit: str = Field("", max_length=rules.LONGEST_UNIT)


class InitiativeIn(ApiIn):
    """A new initiative, from an issue, from a decision, or on its own at a place."""

    title: str = Field(min_length=4, max_length=rules.LONGEST_TITLE)
    goal: str = Field(min_length=10, max_length=rules.LONGEST_GOAL)
    place: str | None = Field(None, max_length=13, description="left out: the place of the issue or decision")
    issue: str | None = Field(None, max_length=13)
    decision: str | None = Field(None, max_length=13)
    ends_on: date | None = None
    needs: list[NeedIn] = Field([], max_length=rules.MOST_NEEDS)


class JoinIn(ApiIn):
    """A pledge for a need, or without `need` in one's own words."""

    need: str | None = Field(None, max_length=13)
    amount: int = Field(ge=1, le=rules.MOST_AMOUNT, description="in the unit of the need; money in fen")
    unit: str = Field("", max_length=rules.LONGEST_UNIT, description="only without a need")
    text: str = Field("", max_length=rules.LONGEST_PLEDGE)
    due_on: date


class InitiativeQuery(ListQuery):
    """Which initiatives."""

    state: InitiativeState | None = None
    place: str | None = Field(None, max_length=13)
    issue: str | None = Field(None, max_length=13)
    needed: NeedKind | None = None


class NeedOut(ApiOut):
    """A need and how much of it is pledged."""

    id: str
    kind: NeedKind
    description: str
    required: int
    covered: int
    unit: str


class PledgeOut(ApiOut):
    """A pledge and what became of it."""

    id: str
    need: str | None
    by: str
    chamber: str
    text: str
    amount: int
    unit: str
    due_on: date
    state: PledgeState
    note: str
    objection: str


class StepOut(ApiOut):
    """A step."""

    id: str
    title: str
    owner: str
    due_on: date
    state: str
    reason: str


class UpdateOut(ApiOut):
    """News."""

    id: str
    body: str
    by: str
    photos: list[str]
    at: datetime


class InitiativeOut(ApiOut):
    """An initiative as in a list."""

    id: str
    title: str
    state: InitiativeState
    place: str
    issue: str | None
    decision: str | None
    coordinator: str
    participants: dict[str, int]
    needs: list[NeedOut]
    ends_on: date | None
    created_at: datetime
    comment_count: int
    version: int


class InitiativeDetail(InitiativeOut):
    """An initiative with its newest pledges, its steps, news, report and ratings."""

    goal: str
    pledges: list[PledgeOut]
    steps: list[StepOut]
    updates: list[UpdateOut]
    report: str
    stop_reason: str
    ratings: int


def _name(who: Who) -> str:
    return who.organisation.name_zh if who.organisation is not None else mask_name(who.name)


def _need(need: InitiativeNeed) -> NeedOut:
    return NeedOut(
        id=need.id,
        kind=NeedKind(need.kind),
        description=need.description,
        required=need.required,
        covered=need.covered,
        unit="CNY fen" if need.kind == NeedKind.MONEY else need.unit,
    )


def _pledge(view: PledgeView) -> PledgeOut:
    pledge = view.pledge
    return PledgeOut(
        id=pledge.id,
        need=pledge.need_id,
        by=_name(view.who),
        chamber=pledge.chamber,
        text=pledge.text,
        amount=pledge.amount,
        unit="CNY fen" if view.need is not None and view.need.kind == NeedKind.MONEY else pledge.unit,
        due_on=pledge.due_on,
        state=PledgeState(pledge.state),
        note=pledge.note,
        objection=pledge.objection,
    )


def _about(initiative: Initiative, coordinator: Who, needs: list[InitiativeNeed]) -> InitiativeOut:
    return InitiativeOut(
        id=initiative.id,
        title=initiative.title,
        state=InitiativeState(initiative.state),
        place=initiative.place_id,
        issue=initiative.issue_id,
        decision=initiative.decision_id,
        coordinator=_name(coordinator),
        participants={
            "resident": initiative.residents,
            "enterprise": initiative.enterprises,
            "ngo": initiative.ngos,
            "government": initiative.offices,
        },
        needs=[_need(need) for need in needs],
        ends_on=initiative.ends_on,
        created_at=initiative.created_at,
        comment_count=initiative.comment_count,
        version=initiative.version,
    )


def _row(row: InitiativeRow) -> InitiativeOut:
    return _about(row.initiative, Who(row.coordinator_name, "", row.organisation), row.needs)


def _detail(page: InitiativePage) -> InitiativeDetail:
    initiative = page.initiative
    return InitiativeDetail(
        **_about(initiative, page.coordinator, page.needs).model_dump(),
        goal=initiative.goal,
        pledges=[_pledge(view) for view in page.pledges],
        steps=[
            StepOut(
                id=step.id,
                title=step.title,
                owner=_name(who),
                due_on=step.due_on,
                state=step.state,
                reason=step.reason,
            )
            for step, who in page.steps
        ],
        updates=[
            UpdateOut(
                id=update.id,
                body=update.body,
                by=_name(who),
                photos=[photo["key"] for photo in update.photos],
                at=update.at,
            )
            for update, who in page.updates
        ],
        report=initiative.report,
        stop_reason=initiative.stop_reason,
        ratings=initiative.ratings,
    )


@operation(
    "GET",
    "/initiatives",
    READ_INITIATIVE,
    query=InitiativeQuery,
    answer=InitiativeOut,
    lists=True,
    tag="initiatives",
)
def list_initiatives(query: InitiativeQuery) -> Page[InitiativeOut]:
    """Initiatives, newest first."""
    place = None
    if query.place is not None:
        try:
            place = access_place(session(), actor(), query.place)
        except NotFound:
            return Page([])
    page = queries.list_initiatives(
        session(),
        actor(),
        place=place,
        state=query.state,
        needed=query.needed,
        issue_id=query.issue,
        after=query.cursor,
        limit=query.limit,
    )
    return Page([_row(row) for row in page.items], page.next_cursor)


@operation(
    "POST",
    "/initiatives",
    START_INITIATIVE,
    body=InitiativeIn,
    answer=InitiativeDetail,
    status=201,
    tag="initiatives",
)
def start_initiative(body: InitiativeIn) -> InitiativeDetail:
    """Start an initiative."""
    with write() as current:
        who = actor()
        try:
            issue = access_issue(current, who, body.issue) if body.issue else None
            decision = access_decision(current, who, body.decision) if body.decision else None
        except NotFound:
            raise Invalid.of("issue" if body.issue else "decision", _l("There is no such thing.")) from None
        source = issue or decision
        place_id = body.place or (source.place_id if source is not None else None)
        if place_id is None:
            raise Invalid.of("place", _l("Please choose a place."))
        try:
            place = access_place(current, who, place_id)
        except NotFound:
            raise Invalid.of("place", _l("Please choose a place.")) from None
        initiative = actions.start_initiative(
            current,
            who,
            place,
            Words(body.title, body.goal, body.ends_on),
            needs=[NeedWanted(need.kind, need.description, need.required, need.unit) for need in body.needs],
            issue=issue,
            decision=decision,
        )
    return _detail(queries.access_initiative_page(session(), actor(), initiative.id))


@operation(
    "GET",
    "/initiatives/<initiative_id>",
    READ_INITIATIVE,
    answer=InitiativeDetail,
    tag="initiatives",
    initiative=queries.access_initiative_page,
)
def show_initiative(initiative: InitiativePage) -> InitiativeDetail:
    """One initiative."""
    return _detail(initiative)


@operation(
    "POST",
    "/initiatives/<initiative_id>/join",
    JOIN_INITIATIVE,
    body=JoinIn,
    answer=PledgeOut,
    status=201,
    tag="initiatives",
    initiative=queries.access_initiative,
)
def join_initiative(initiative: Initiative, body: JoinIn) -> PledgeOut:
    """Join with a pledge; for the same need again it changes the pledge."""
    with write() as current:
        need = None
        if body.need is not None:
            need = current.get(InitiativeNeed, body.need)
            if need is None:
                raise Invalid.of("need", _l("Choose one of these."))
        pledge = actions.join(
            current,
            actor(),
            initiative,
            need=need,
            amount=body.amount,
            due_on=body.due_on,
            text=body.text,
            unit=body.unit,
        )
    return _pledge(queries.pledge_view(session(), pledge))


@operation(
    "GET",
    "/initiatives/<initiative_id>/comments",
    PUBLIC,
    query=CommentQuery,
    answer=CommentOut,
    lists=True,
    tag="comments",
    initiative=queries.access_initiative,
)
def list_initiative_comments(initiative: Initiative, query: CommentQuery) -> Page[CommentOut]:
    """Comments on an initiative."""
    return list_of("initiative", initiative, query)


@operation(
    "POST",
    "/initiatives/<initiative_id>/comments",
    COMMENT,
    body=CommentIn,
    answer=CommentOut,
    status=201,
    tag="comments",
    initiative=queries.access_initiative,
)
def post_initiative_comment(initiative: Initiative, body: CommentIn) -> CommentOut:
    """Comment on an initiative."""
    return post_on("initiative", initiative, body)
