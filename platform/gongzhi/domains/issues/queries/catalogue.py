"""Categories on offer, and which office answers for what where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from gongzhi.domains.people.models import Organisation, OrganisationKind, OrganisationState
from gongzhi.domains.places.models import Place
from gongzhi.kernel.policy import Actor

from ..models import Category, Routing


@dataclass(frozen=True)
class CategoryGroup:
    """A main category and the finer ones below it."""

    category: Category
    children: list[Category] = field(default_factory=list)


@dataclass(frozen=True)
class RoutingRow:
    """A line of the routing table with its names."""

    routing: Routing
    category: Category
    place: Place | None
    office: Organisation


def categories(session: Session, actor: Actor) -> list[CategoryGroup]:
    """What can be chosen when an issue is written: active, and fit to be public."""
    rows = session.scalars(
        select(Category)
        .where(Category.district_id == actor.district_id, Category.is_active.is_(True), Category.is_public.is_(True))
        .order_by(Category.position, Category.code)
    ).all()
    return _grouped(rows)


def all_categories(session: Session, actor: Actor) -> list[CategoryGroup]:
    """All of them, for those who edit the catalogue."""
    rows = session.scalars(
        select(Category).where(Category.district_id == actor.district_id).order_by(Category.position, Category.code)
    ).all()
    return _grouped(rows)


def _grouped(rows: Sequence[Category]) -> list[CategoryGroup]:
    groups = {row.id: CategoryGroup(row) for row in rows if row.parent_id is None}
    for row in rows:
        if row.parent_id in groups:
            groups[row.parent_id].children.append(row)
    return list(groups.values())


def publishable_category(session: Session, district_id: str, category_id: str) -> Category | None:
    """The category, if an issue may be published in it (and in its parent)."""
    parent = aliased(Category)
    found: Category | None = session.scalar(
        select(Category)
        .outerjoin(parent, parent.id == Category.parent_id)
        .where(
            Category.id == category_id,
            Category.district_id == district_id,
            Category.is_active.is_(True),
            Category.is_public.is_(True),
            or_(parent.id.is_(None), parent.is_active.is_(True) & parent.is_public.is_(True)),
        )
    )
    return found


def office_for(session: Session, category: Category, places: Sequence[Place]) -> str | None:
    """The id of the office that answers for the category in the last of these places (district first).

    The most specific place wins, then the finer category. Without a line in the table it is the
    sub-district office (or the nearest office above), which sorts what nobody else answers for.
    """
    depth = {place.id: number for number, place in enumerate(places, start=1)}
    lines = session.scalars(
        select(Routing).where(
            Routing.district_id == category.district_id,
            Routing.category_id.in_([key for key in (category.id, category.parent_id) if key]),
            or_(Routing.place_id.is_(None), Routing.place_id.in_(depth)),
        )
    ).all()
    if lines:
        best = max(
            lines,
            key=lambda line: (depth.get(line.place_id or "", 0), line.category_id == category.id),
        )
        return best.office_id
    fallback = session.scalars(
        select(Organisation).where(
            Organisation.district_id == category.district_id,
            Organisation.kind == OrganisationKind.GOVERNMENT,
            Organisation.state == OrganisationState.VERIFIED,
            Organisation.place_id.in_([place.id for place in places if place.kind in ("district", "subdistrict")]),
        )
    ).all()
    if not fallback:
        return None
    return max(fallback, key=lambda office: (depth.get(office.place_id or "", 0), -_age(office))).id


def _age(office: Organisation) -> float:
    return office.created_at.timestamp()


def routing_table(session: Session, actor: Actor) -> list[RoutingRow]:
    """The whole table, by category."""
    rows = session.execute(
        select(Routing, Category, Place, Organisation)
        .join(Category, Category.id == Routing.category_id)
        .outerjoin(Place, Place.id == Routing.place_id)
        .join(Organisation, Organisation.id == Routing.office_id)
        .where(Routing.district_id == actor.district_id)
        .order_by(Category.position, Category.code, Place.code, Routing.id)
    ).all()
    return [RoutingRow(*row) for row in rows]


def offices(session: Session, actor: Actor) -> list[Organisation]:
    """The government offices of the district that can be responsible."""
    return list(
        session.scalars(
            select(Organisation)
            .where(
                Organisation.district_id == actor.district_id,
                Organisation.kind == OrganisationKind.GOVERNMENT,
                Organisation.state == OrganisationState.VERIFIED,
            )
            .order_by(Organisation.name_zh)
        )
    )
