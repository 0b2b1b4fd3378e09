"""Issues as points of a map: where they have no position of their own, they lie at their community."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from gongzhi.domains.places.models import Place
from gongzhi.kernel.policy import Actor

from ..models import Issue, IssueState
from .listing import ORDERS, IssueFilters, Order, _conditions

MOST_POINTS = 300


@dataclass(frozen=True)
class IssuePoint:
    """What a map shows of an issue."""

    id: str
    title: str
    state: IssueState
    latitude: float
    longitude: float


def issue_points(
    session: Session, actor: Actor, filters: IssueFilters, *, limit: int = MOST_POINTS
) -> list[IssuePoint]:
    """The most active issues that fit the filters and can be drawn; one statement."""
    community = aliased(Place)
    latitude = func.coalesce(Issue.latitude, community.latitude)
    longitude = func.coalesce(Issue.longitude, community.longitude)
    rows = session.execute(
        select(Issue.id, Issue.title, Issue.state, latitude, longitude)
        .outerjoin(community, community.id == Issue.community_id)
        .where(*_conditions(actor, filters), latitude.is_not(None), longitude.is_not(None))
        .order_by(*ORDERS[Order.HOT])
        .limit(limit)
    )
    return [IssuePoint(key, title, IssueState(state), lat, lon) for key, title, state, lat, lon in rows]
