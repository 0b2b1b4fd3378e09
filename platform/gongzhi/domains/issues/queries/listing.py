"""The list of issues: everything a row shows in three statements, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, UnaryExpression, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from gongzhi.domains.people.models import Account, Organisation
from gongzhi.domains.places.models import Place, PlaceKind
from gongzhi.kernel.pages import Page, keyset, slice_page
from gongzhi.kernel.policy import Actor
from gongzhi.kernel.storage import small_key
from gongzhi.kernel.text import excerpt
from gongzhi.kernel.text import lazy as _l

from ..models import NO_DEADLINE, Category, Choice, Issue, IssuePhoto, IssueState, Triage, Vote
from ..rules.lifecycle import GONE_STATES, GROUPS, StateGroup
from .tallies import Tally, tallies

EXCERPT_SOURCE = 400
EXCERPT_LENGTH = 120


class Order(StrEnum):
    """The orders of the list."""

    HOT = "hot"
    NEW = "new"
    SUPPORT = "support"
    DUE = "due"


ORDER_LABELS = {
    Order.HOT: _l("Most active"),
    Order.NEW: _l("Newest"),
    Order.SUPPORT: _l("Most supported"),
    Order.DUE: _l("Deadline nearest"),
}

ORDERS: dict[Order, tuple[UnaryExpression[Any], ...]] = {
    Order.HOT: (Issue.hot_score.desc(), Issue.id.desc()),
    Order.NEW: (Issue.published_at.desc(), Issue.id.desc()),
    Order.SUPPORT: (Issue.support_score.desc(), Issue.id.desc()),
    Order.DUE: (Issue.due_on.asc(), Issue.id.asc()),
}


_excerpt = lru_cache(maxsize=4_096)(excerpt)
"""Parsing the beginnings of twenty texts is a third of the work of a list; they seldom change."""


@dataclass(frozen=True)
class IssueFilters:
    """What narrows the list. `place` is the loaded place: all below it belongs to it."""

    place: Place | None = None
    category: Category | None = None
    group: StateGroup | None = None
    states: tuple[IssueState, ...] = ()
    triage: Triage | None = None
    office_id: str | None = None
    author_key: str | None = None
    near: tuple[float, float, float, float] | None = None
    """South, north, west, east: what a map shows."""


@dataclass(frozen=True)
class Named:
    """A thing with a name in two languages."""

    id: str
    name_zh: str
    name_en: str

    def name_for(self, locale: str) -> str:
        """The name in the reader's language."""
        return self.name_en if locale == "en" and self.name_en else self.name_zh


@dataclass(frozen=True)
class IssueRow:
    """A row of the list."""

    id: str
    title: str
    excerpt: str
    state: IssueState
    triage: Triage | None
    published_at: datetime
    due_on: date | None
    is_paused: bool
    comment_count: int
    reopened: int
    latitude: float | None
    longitude: float | None
    category: Named
    place: Named
    community: Named | None
    subdistrict: Named | None
    office: Named | None
    organisation: Named | None
    author_name: str
    chamber: str
    thumb_key: str | None
    thumb_alt: str
    tally: Tally
    my_vote: Choice | None
    score: tuple[float, int]
    """Hot and support score: what the orders go by."""


def list_issues(
    session: Session,
    actor: Actor,
    filters: IssueFilters | None = None,
    *,
    order: Order = Order.HOT,
    after: str | None = None,
    limit: int = 20,
) -> Page[IssueRow]:
    """A page of what the actor may see. Raises `Invalid` for a damaged cursor."""
    columns = [part.element for part in ORDERS[order]]
    chosen = select(*columns).where(*_conditions(actor, filters or IssueFilters()))
    found = session.execute(keyset(chosen, *ORDERS[order], after=after, limit=limit)).all()
    page = slice_page(found, limit, tuple)
    return Page(_rows(session, actor, [row.id for row in page.items]), page.next_cursor)


def newest_issues(session: Session, actor: Actor, *, limit: int = 5) -> Sequence[IssueRow]:
    """The newest issues of the district, for home and feeds."""
    return list_issues(session, actor, order=Order.NEW, limit=limit).items


def issues_by_id(session: Session, actor: Actor, issue_ids: Sequence[str]) -> list[IssueRow]:
    """Rows of certain issues in the order given, for search and other rooms; what is not visible is left out."""
    if not issue_ids:
        return []
    visible = select(Issue.id).where(
        Issue.district_id == actor.district_id, Issue.id.in_(issue_ids), Issue.is_hidden.is_(False)
    )
    there = set(session.scalars(visible))
    return _rows(session, actor, [key for key in issue_ids if key in there])


def _conditions(actor: Actor, filters: IssueFilters) -> list[ColumnElement[bool]]:
    states = filters.states or (GROUPS[filters.group] if filters.group else ())
    found: list[ColumnElement[bool]] = [
        Issue.district_id == actor.district_id,
        Issue.is_hidden.is_(False),
        Issue.state.in_(states) if states else Issue.state.not_in(GONE_STATES),
    ]
    if filters.place is not None:
        found += _within(filters.place)
    if filters.category is not None:
        found.append(_category(filters.category))
    if filters.triage is not None:
        found.append(Issue.triage == filters.triage)
    if filters.office_id is not None:
        found.append(Issue.office_id == filters.office_id)
    if filters.author_key is not None:
        found.append(Issue.author_key == filters.author_key)
    if filters.near is not None:
        south, north, west, east = filters.near
        found += [Issue.latitude.between(south, north), Issue.longitude.between(west, east)]
    return found


def _within(place: Place) -> list[ColumnElement[bool]]:
    columns = {
        PlaceKind.SUBDISTRICT: Issue.subdistrict_id,
        PlaceKind.COMMUNITY: Issue.community_id,
        PlaceKind.GRID: Issue.grid_id,
        PlaceKind.BUILDING: Issue.place_id,
    }
    column = columns.get(PlaceKind(place.kind))
    return [] if column is None else [column == place.id]


def _category(category: Category) -> ColumnElement[bool]:
    if category.parent_id is not None:
        return Issue.category_id == category.id
    finer = select(Category.id).where(Category.parent_id == category.id)
    return (Issue.category_id == category.id) | Issue.category_id.in_(finer)


def _names(thing: Any, label: str) -> tuple[ColumnElement[Any], ...]:
    return (
        thing.id.label(f"{label}_id"),
        thing.name_zh.label(f"{label}_zh"),
        thing.name_en.label(f"{label}_en"),
    )


_PLACE, _COMMUNITY, _SUBDISTRICT = aliased(Place), aliased(Place), aliased(Place)
_OFFICE, _ORGANISATION = aliased(Organisation), aliased(Organisation)
_WITH_NAMES = (
    select(
        Issue.id,
        Issue.title,
        func.substr(Issue.body, 1, EXCERPT_SOURCE).label("beginning"),
        Issue.state,
        Issue.triage,
        Issue.published_at,
        Issue.due_on,
        Issue.paused_at,
        Issue.comment_count,
        Issue.reopened,
        Issue.latitude,
        Issue.longitude,
        Issue.chamber,
        Issue.hot_score,
        Issue.support_score,
        *_names(Category, "category"),
        *_names(_PLACE, "place"),
        *_names(_COMMUNITY, "community"),
        *_names(_SUBDISTRICT, "subdistrict"),
        *_names(_OFFICE, "office"),
        *_names(_ORGANISATION, "organisation"),
        Account.name.label("author_name"),
        IssuePhoto.key.label("photo_key"),
        IssuePhoto.alt.label("photo_alt"),
        Vote.choice.label("my_choice"),
    )
    .join(Category, Category.id == Issue.category_id)
    .join(_PLACE, _PLACE.id == Issue.place_id)
    .outerjoin(_COMMUNITY, _COMMUNITY.id == Issue.community_id)
    .outerjoin(_SUBDISTRICT, _SUBDISTRICT.id == Issue.subdistrict_id)
    .outerjoin(_OFFICE, _OFFICE.id == Issue.office_id)
    .outerjoin(_ORGANISATION, _ORGANISATION.id == Issue.organisation_id)
    .outerjoin(Account, Account.id == Issue.author_id)
    .outerjoin(IssuePhoto, (IssuePhoto.issue_id == Issue.id) & (IssuePhoto.position == 0))
    .outerjoin(Vote, (Vote.issue_id == Issue.id) & (Vote.voter_key == bindparam("voter_key")))
    .where(Issue.id.in_(bindparam("issue_ids", expanding=True)))
)
"""Built once: putting fourteen tables together costs more than asking them (hard-won.md, 9)."""


def _rows(session: Session, actor: Actor, issue_ids: Sequence[str]) -> list[IssueRow]:
    """The rows of these issues in this order; the caller has checked that they may be seen."""
    if not issue_ids:
        return []
    found = session.execute(_WITH_NAMES, {"issue_ids": list(issue_ids), "voter_key": actor.voter_key})
    rows = {row.id: row for row in found}
    counted = tallies(session, issue_ids)
    return [_row(rows[key], counted[key]) for key in issue_ids if key in rows]


def _named(row: Any, label: str) -> Named | None:
    key = getattr(row, f"{label}_id")
    return None if key is None else Named(key, getattr(row, f"{label}_zh"), getattr(row, f"{label}_en"))


def _known(row: Any, label: str) -> Named:
    return Named(getattr(row, f"{label}_id"), getattr(row, f"{label}_zh"), getattr(row, f"{label}_en"))


def _row(row: Any, counted: Tally) -> IssueRow:
    return IssueRow(
        id=row.id,
        title=row.title,
        excerpt=_excerpt(row.beginning, EXCERPT_LENGTH),
        state=IssueState(row.state),
        triage=Triage(row.triage) if row.triage else None,
        published_at=row.published_at,
        due_on=None if row.due_on == NO_DEADLINE else row.due_on,
        is_paused=row.paused_at is not None,
        comment_count=row.comment_count,
        reopened=row.reopened,
        latitude=row.latitude,
        longitude=row.longitude,
        category=_known(row, "category"),
        place=_known(row, "place"),
        community=_named(row, "community"),
        subdistrict=_named(row, "subdistrict"),
        office=_named(row, "office"),
        organisation=_named(row, "organisation"),
        author_name=row.author_name or "",
        chamber=row.chamber,
        thumb_key=small_key(row.photo_key) if row.photo_key else None,
        thumb_alt=row.photo_alt or "",
        tally=counted,
        my_vote=None if row.my_choice in (None, Choice.NONE) else Choice(row.my_choice),
        score=(row.hot_score, row.support_score),
    )
