"""Further piles of the work desk: one's own, promised, paused, rated badly, and what lies in one's area."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select
from sqlalchemy.orm import Session

from gongzhi.kernel.pages import Page, keyset, slice_page
from gongzhi.kernel.policy import Actor
from gongzhi.kernel.text import lazy as _l

from ..models import NO_DEADLINE, Issue, IssueState, Rating, Solved
from ..rules.lifecycle import DONE_STATES, OPEN_STATES
from .listing import ORDERS, IssueRow, Order, issues_by_id

BAD = 2
"""So many of five points, or fewer, are a bad rating."""


class Pile(StrEnum):
    """Beside the piles by state (`DeskQueue`)."""

    MINE = "mine"
    PROMISED = "promised"
    PAUSED = "paused"
    RATED_BADLY = "rated_badly"
    AREA = "area"


PILE_LABELS = {
    Pile.MINE: _l("Assigned to me"),
    Pile.PROMISED: _l("Promised, with a date"),
    Pile.PAUSED: _l("Paused"),
    Pile.RATED_BADLY: _l("Rated badly"),
    Pile.AREA: _l("Open in our area"),
}


def pile(session: Session, actor: Actor, which: Pile, *, after: str | None = None, limit: int = 20) -> Page[IssueRow]:
    """A pile, nearest deadline first."""
    chosen = select(Issue.id, Issue.due_on).where(_belongs(actor, which))
    ids = session.execute(keyset(chosen, *ORDERS[Order.DUE], after=after, limit=limit)).all()
    page = slice_page(ids, limit, lambda row: (row.due_on, row.id))
    return Page(issues_by_id(session, actor, [row.id for row in page.items]), page.next_cursor)


def pile_counts(session: Session, actor: Actor) -> dict[Pile, int]:
    """How much lies on each of these piles; one statement."""
    scope = or_(Issue.office_id == (actor.organisation_id or ""), _in_area(actor))
    row = session.execute(
        select(
            *(
                func.coalesce(func.sum(case((_belongs(actor, which), 1), else_=0)), 0).label(which.value)
                for which in Pile
            )
        ).where(Issue.district_id == actor.district_id, scope)
    ).one()
    return {which: int(getattr(row, which.value)) for which in Pile}


def _belongs(actor: Actor, which: Pile) -> ColumnElement[bool]:
    shown = and_(Issue.district_id == actor.district_id, Issue.is_hidden.is_(False))
    ours = and_(shown, Issue.office_id == (actor.organisation_id or ""))
    match which:
        case Pile.MINE:
            return and_(ours, Issue.handler_id == (actor.account_id or ""), Issue.state.in_(OPEN_STATES))
        case Pile.PROMISED:
            return and_(ours, Issue.state == IssueState.ANSWERED, Issue.due_on < NO_DEADLINE)
        case Pile.PAUSED:
            return and_(ours, Issue.paused_at.is_not(None), Issue.state.in_(OPEN_STATES))
        case Pile.RATED_BADLY:
            badly = (
                select(Rating.issue_id)
                .where(
                    Rating.issue_id == Issue.id,
                    Rating.round == Issue.reopened,
                    or_(Rating.satisfaction <= BAD, Rating.solved == Solved.NO),
                )
                .exists()
            )
            return and_(ours, Issue.state.in_(DONE_STATES), badly)
        case Pile.AREA:
            return and_(shown, Issue.state.in_(OPEN_STATES), _in_area(actor))


def _in_area(actor: Actor) -> ColumnElement[bool]:
    """The places of a grid worker's roles; for an office its own."""
    paths = {held.place_path for held in actor.roles if held.role == "grid_worker" and held.place_path}
    if actor.acts_for_government and actor.organisation_place_path:
        paths.add(actor.organisation_place_path)
    if not paths:
        return false()
    return or_(*(Issue.place_path.startswith(path, autoescape=True) for path in sorted(paths)))
