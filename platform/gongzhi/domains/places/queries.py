"""Reads of the places room: one place, its chain upwards, what is below it, and what lies at a position."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased, defer

from gongzhi.domains.people.models import (
    Account,
    AccountState,
    District,
    Organisation,
    OrganisationKind,
    OrganisationState,
    Role,
    RoleGrant,
)
from gongzhi.domains.places import rules
from gongzhi.domains.places.models import Place, PlaceKind
from gongzhi.kernel import clock
from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.pages import Page, keyset, slice_page
from gongzhi.kernel.policy import Actor


@dataclass(frozen=True)
class Node:
    """A place and what is below it."""

    place: Place
    children: list[Node] = field(default_factory=list)


@dataclass(frozen=True)
class Picker:
    """What the place picker shows: one list for each level, the choice so far, and its chain."""

    chosen: Place | None
    chain: list[Place]
    lists: list[PickerList]


@dataclass(frozen=True)
class PickerList:
    """One list of the picker: the choices of one level, one of them perhaps chosen."""

    kind: PlaceKind
    places: list[Place]
    chosen_id: str | None


@dataclass(frozen=True)
class PublicWorker:
    """Who works in a grid, as it must be posted there: the name, and the grid."""

    name: str
    place: Place
    account_id: str


def access_place(session: Session, actor: Actor, place_id: str) -> Place:
    """The place, retired or not: old objects still name it. Raises `NotFound` in another district."""
    place = session.get(Place, place_id)
    if place is None or not (actor.is_system or place.district_id == actor.district_id):
        raise NotFound
    return place


def _in_use(district_id: str) -> Select[Place]:
    return (
        select(Place).options(defer(Place.boundary)).where(Place.district_id == district_id, Place.retired_at.is_(None))
    )


def district_place(session: Session, district_id: str) -> Place | None:
    """The place that stands for the whole district."""
    return session.scalar(select(Place).where(Place.district_id == district_id, Place.kind == PlaceKind.DISTRICT))


def place_by_code(session: Session, district_id: str, code: str) -> Place | None:
    """The place with this code in this district."""
    return session.scalar(select(Place).where(Place.district_id == district_id, Place.code == code))


def children(session: Session, place: Place) -> list[Place]:
    """What is directly below a place and in use, by code."""
    found = session.scalars(_in_use(place.district_id).where(Place.parent_id == place.id).order_by(Place.code))
    return list(found)


def children_with_boundaries(session: Session, place: Place) -> list[Place]:
    """Like `children`, with what a map draws."""
    found = session.scalars(
        select(Place).where(Place.parent_id == place.id, Place.retired_at.is_(None)).order_by(Place.code)
    )
    return list(found)


def chain(session: Session, place: Place) -> list[Place]:
    """The place and all above it, from the district down, in one statement."""
    return chains(session, [place])[place.id]


def chains(session: Session, places: Iterable[Place]) -> dict[str, list[Place]]:
    """The chains of many places in one statement, by id."""
    wanted = list(places)
    ids = {above for place in wanted for above in rules.path_ids(place.path)}
    by_id = (
        {
            found.id: found
            for found in session.scalars(select(Place).options(defer(Place.boundary)).where(Place.id.in_(ids)))
        }
        if ids
        else {}
    )
    return {place.id: [by_id[above] for above in rules.path_ids(place.path) if above in by_id] for place in wanted}


def places_by_id(session: Session, ids: Iterable[str]) -> dict[str, Place]:
    """Places by id, for lists of other things that name a place each; one statement."""
    wanted = set(ids)
    if not wanted:
        return {}
    found = session.scalars(select(Place).options(defer(Place.boundary)).where(Place.id.in_(wanted)))
    return {place.id: place for place in found}


def tree(session: Session, district_id: str, *, down_to: PlaceKind = PlaceKind.BUILDING) -> Node | None:
    """All places in use as a tree, down to a level, in one statement; None without a district place."""
    levels = list(PlaceKind)
    wanted = levels[: levels.index(down_to) + 1]
    found = session.scalars(
        _in_use(district_id).where(Place.kind.in_(wanted)).order_by(func.length(Place.path), Place.code)
    )
    nodes: dict[str, Node] = {}
    root: Node | None = None
    for place in found:
        node = nodes[place.id] = Node(place)
        above = nodes.get(place.parent_id or "")
        if above is not None:
            above.children.append(node)
        elif place.kind == PlaceKind.DISTRICT:
            root = node
    return root


@dataclass(frozen=True)
class Surroundings:
    """A place with those above it, from the district down, and those directly below."""

    place: Place
    chain: list[Place]
    below: list[Place]

    @property
    def district_id(self) -> str:
        """So that a permission can be asked about it as about the place."""
        return self.place.district_id

    @property
    def place_path(self) -> str:
        """Likewise."""
        return self.place.path


def access_surroundings(session: Session, actor: Actor, place_id: str) -> Surroundings:
    """A place with its surroundings, in one statement. Raises `NotFound` as `access_place` does."""
    centre = aliased(Place)
    found = session.scalars(
        select(Place)
        .join(centre, centre.district_id == Place.district_id)
        .options(defer(Place.boundary))
        .where(
            centre.id == place_id,
            centre.path.startswith(Place.path) | ((Place.parent_id == centre.id) & Place.retired_at.is_(None)),
        )
        .order_by(Place.code)
    ).all()
    place = next((one for one in found if one.id == place_id), None)
    if place is None or not (actor.is_system or place.district_id == actor.district_id):
        raise NotFound
    by_id = {one.id: one for one in found}
    chain_ids = rules.path_ids(place.path)
    below = [one for one in found if one.parent_id == place_id]
    return Surroundings(place, [by_id[one] for one in chain_ids if one in by_id], below)


def picked(session: Session, actor: Actor, values: Sequence[str]) -> Place | None:
    """The place chosen in the picker, whose lists all bear one name: the last choice that hangs together.

    Whoever goes back and changes an upper list leaves choices of the old branch below it: they do not count.
    Neither do unknown, retired and foreign places.
    """
    wanted = [value for value in values if value][: len(PlaceKind)]
    if not wanted:
        return None
    found = session.scalars(_in_use(actor.district_id).where(Place.id.in_(wanted)))
    by_id = {place.id: place for place in found}
    chosen: Place | None = None
    for value in wanted:
        place = by_id.get(value)
        if place is None or (chosen is not None and place.parent_id != chosen.id):
            break
        chosen = place
    return chosen


def picker(session: Session, actor: Actor, chosen: Place | None) -> Picker:
    """The lists of the picker for what is chosen so far: sub-districts, then what is below the choice."""
    top = district_place(session, actor.district_id)
    if top is None:
        return Picker(None, [], [])
    path = rules.path_ids(chosen.path) if chosen else []
    parents = path or [top.id]
    found = session.scalars(_in_use(actor.district_id).where(Place.parent_id.in_(parents)).order_by(Place.code)).all()
    lists = []
    for depth, parent_id in enumerate(parents):
        below = [place for place in found if place.parent_id == parent_id]
        if below:
            next_one = path[depth + 1] if depth + 1 < len(path) else None
            lists.append(PickerList(PlaceKind(below[0].kind), below, next_one))
    by_id = {place.id: place for place in [top, *found]}
    return Picker(chosen, [by_id[one] for one in path if one in by_id], lists)


def place_at(session: Session, district_id: str, latitude: float, longitude: float) -> Place | None:
    """The place at a position: the smallest one whose boundary covers it, from sub-district down.

    Without a boundary there, the community whose point is nearest; None farther away than
    `rules.NEAREST_METRES` from all of them.
    """
    found: Place | None = None
    level = _drawn(session, district_id, None)
    while level:
        inside = [place for place in level if rules.contains(place.boundary or {}, latitude, longitude)]
        if not inside:
            break
        found = inside[0]
        level = _drawn(session, district_id, found.id)
    if found is not None and found.kind != PlaceKind.SUBDISTRICT:
        return found
    nearest = _nearest_community(session, district_id, latitude, longitude, below=found)
    return nearest or found


def _drawn(session: Session, district_id: str, parent_id: str | None) -> Sequence[Place]:
    wanted = select(Place).where(
        Place.district_id == district_id, Place.retired_at.is_(None), Place.boundary.is_not(None)
    )
    if parent_id is None:
        return session.scalars(wanted.where(Place.kind == PlaceKind.SUBDISTRICT)).all()
    return session.scalars(wanted.where(Place.parent_id == parent_id)).all()


def _nearest_community(
    session: Session, district_id: str, latitude: float, longitude: float, *, below: Place | None
) -> Place | None:
    wanted = _in_use(district_id).where(
        Place.kind == PlaceKind.COMMUNITY, Place.latitude.is_not(None), Place.longitude.is_not(None)
    )
    if below is not None:
        wanted = wanted.where(Place.parent_id == below.id)
    measured = [
        (
            rules.distance_metres((place.latitude or 0, place.longitude or 0), (latitude, longitude)),
            place.code,
            place,
        )
        for place in session.scalars(wanted)
    ]
    if not measured:
        return None
    metres, _code, place = min(measured)
    return place if metres <= rules.NEAREST_METRES or below is not None else None


def list_places(
    session: Session,
    actor: Actor,
    *,
    parent_id: str | None = None,
    kind: PlaceKind | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[Place]:
    """Places in use by code, for the API; an unknown parent gives an empty list."""
    wanted = _in_use(actor.district_id)
    if parent_id is not None:
        wanted = wanted.where(Place.parent_id == parent_id)
    if kind is not None:
        wanted = wanted.where(Place.kind == kind)
    found = session.scalars(keyset(wanted, Place.code.asc(), Place.id.asc(), after=cursor, limit=limit))
    return slice_page(found, limit, lambda place: (place.code, place.id))


def outline(session: Session, district_id: str) -> dict[str, object] | None:
    """The district's outline as GeoJSON, if it is known."""
    return session.scalar(select(District.outline).where(District.id == district_id))


def offices_for(session: Session, place: Place) -> list[Organisation]:
    """The offices for this place and those above it, the nearest first; one without a place is the district's."""
    ids = rules.path_ids(place.path)
    found = session.scalars(
        select(Organisation).where(
            Organisation.district_id == place.district_id,
            Organisation.kind == OrganisationKind.GOVERNMENT,
            Organisation.state == OrganisationState.VERIFIED,
            (Organisation.place_id.in_(ids)) | (Organisation.place_id.is_(None)),
        )
    )
    depth = {one: number for number, one in enumerate(ids)}
    return sorted(found, key=lambda office: (-depth.get(office.place_id or "", 0), office.registration_number))


def grid_workers(session: Session, place: Place) -> list[PublicWorker]:
    """Who works in this grid, or in the grids of this community: names must be posted (domain.md, 2.1)."""
    now = clock.now()
    own = place.path
    found = session.execute(
        select(Account.name, Account.id, Place)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .join(Place, Place.id == RoleGrant.place_id)
        .options(defer(Place.boundary))
        .where(
            RoleGrant.district_id == place.district_id,
            RoleGrant.role == Role.GRID_WORKER,
            RoleGrant.revoked_at.is_(None),
            RoleGrant.starts_at <= now,
            (RoleGrant.ends_at.is_(None)) | (RoleGrant.ends_at > now),
            Account.state == AccountState.ACTIVE,
            (Place.path.startswith(own)) | (Place.id.in_(rules.path_ids(own))),
        )
        .order_by(Place.code, Account.id)
        .limit(60)
    )
    return [PublicWorker(name, worker_place, account_id) for name, account_id, worker_place in found]


def district_file(code: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The names and codes of a district the platform carries, and its outline (data/README.md)."""
    folder = files("gongzhi") / "data"
    data = json.loads((folder / f"places_{code}.json").read_text(encoding="utf-8"))
    outline_file = json.loads((folder / data["outline"]).read_text(encoding="utf-8"))
    return data, outline_file["geometry"]


def possible_parents(session: Session, place: Place) -> list[Place]:
    """The places of the level above, other than the present parent."""
    above = next((upper for upper, lower in rules.BELOW.items() if lower == place.kind), None)
    if above is None:
        return []
    found = session.scalars(
        _in_use(place.district_id).where(Place.kind == above, Place.id != place.parent_id).order_by(Place.code)
    )
    return list(found)
