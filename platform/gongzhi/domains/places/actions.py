"""What administrators do with places: add, rename, move, retire, draw; and how a district is loaded."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, literal, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from gongzhi.domains.people.models import District
from gongzhi.domains.places import queries, rules
from gongzhi.domains.places.events import DistrictLoaded, PlaceChanged, PlaceMoved
from gongzhi.domains.places.models import Place, PlaceKind
from gongzhi.domains.places.permissions import MANAGE_PLACES
from gongzhi.kernel import clock
from gongzhi.kernel.db import new_id
from gongzhi.kernel.errors import Conflict, Invalid, Stale
from gongzhi.kernel.events import record
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.text import lazy as _l


def load_district(session: Session, code: str) -> Place:
    """Load a district the platform carries by its code; safe to repeat. Returns the place of the district.

    Raises `Invalid` when there is neither such a district nor a file of it.
    """
    try:
        data, outline = queries.district_file(code)
    except FileNotFoundError:
        known = session.scalar(select(Place).where(Place.code == code, Place.kind == PlaceKind.DISTRICT))
        if known is None:
            raise Invalid.of("district", _l("There is no district with the code %(code)s.", code=code)) from None
        return known
    return load_places(session, data, outline)


def load_places(session: Session, data: dict[str, Any], outline: dict[str, Any] | None) -> Place:
    """Take over a district's names and codes (data/README.md for the form) and its outline; safe to repeat.

    New places are added, changed names taken over, nothing is removed, and a point or boundary set by an
    administrator stays. Run by the command line, not on behalf of a person. Returns the district's place.
    """
    district = session.scalar(select(District).where(District.code == data["code"]))
    if district is None:
        district = District(code=data["code"], name_zh=data["name_zh"], name_en=data["name_en"], created_at=clock.now())
        session.add(district)
        session.flush()
    if outline is not None:
        district.outline = outline
    found = session.scalars(select(Place).where(Place.district_id == district.id))
    known = {place.code: place for place in found}
    before = len(known)
    top, renamed = _take_over(session, known, district.id, None, PlaceKind.DISTRICT, data)
    if top.boundary is None:
        top.boundary = outline
    for entry in data["sub_districts"]:
        sub_district, changed = _take_over(session, known, district.id, top, PlaceKind.SUBDISTRICT, entry)
        renamed += changed
        for below in entry["communities"]:
            renamed += _take_over(session, known, district.id, sub_district, PlaceKind.COMMUNITY, below)[1]
    session.flush()
    if len(known) > before or renamed:
        record(session, DistrictLoaded(district_id=district.id, added=len(known) - before, renamed=renamed))
    return top


def _take_over(
    session: Session,
    known: dict[str, Place],
    district_id: str,
    parent: Place | None,
    kind: PlaceKind,
    entry: dict[str, Any],
) -> tuple[Place, int]:
    place = known.get(entry["code"])
    if place is not None:
        changed = (place.name_zh, place.name_en) != (entry["name_zh"], entry["name_en"])
        place.name_zh, place.name_en = entry["name_zh"], entry["name_en"]
        return place, int(changed)
    place = _made(district_id, parent, kind, entry["code"], entry["name_zh"], entry["name_en"])
    place.latitude, place.longitude = entry.get("latitude"), entry.get("longitude")
    session.add(place)
    known[place.code] = place
    return place, 0


def _made(district_id: str, parent: Place | None, kind: PlaceKind, code: str, name_zh: str, name_en: str) -> Place:
    place_id = new_id()
    return Place(
        id=place_id,
        district_id=district_id,
        parent_id=parent.id if parent else None,
        kind=kind,
        code=code,
        name_zh=name_zh,
        name_en=name_en,
        path=f"{parent.path if parent else ''}{place_id}/",
        contact_phone="",
        supervision_phone="",
    )


def add_place(
    session: Session,
    actor: Actor,
    parent: Place,
    *,
    name_zh: str,
    name_en: str = "",
    code: str = "",
    latitude: float | None = None,
    longitude: float | None = None,
) -> Place:
    """Add a place on the level below `parent`; without a code it gets the next free one.

    Raises `Invalid` for names, code or point, `Conflict` below a retired place.
    """
    require(actor, MANAGE_PLACES, parent)
    _check_in_use(parent)
    kind = rules.child_kind(PlaceKind(parent.kind))
    name_zh, name_en = rules.check_names(name_zh, name_en)
    point = rules.check_point(latitude, longitude)
    if code.strip():
        code = rules.check_code(code)
        if queries.place_by_code(session, parent.district_id, code) is not None:
            raise _code_taken()
    else:
        taken = session.scalars(
            select(Place.code).where(Place.district_id == parent.district_id, Place.code.startswith(parent.code))
        )
        code = rules.next_code(parent.code, kind, taken)
    place = _made(parent.district_id, parent, kind, code, name_zh, name_en)
    if point is not None:
        place.latitude, place.longitude = point
    try:
        with session.begin_nested():
            session.add(place)
    except IntegrityError:
        raise _code_taken() from None
    _announce(session, actor, place, "added")
    return place


def _code_taken() -> Invalid:
    return Invalid.of("code", _l("Another place of this district has this code."))


def change_place(
    session: Session,
    actor: Actor,
    place: Place,
    *,
    seen: str,
    name_zh: str,
    name_en: str = "",
    contact_phone: str = "",
    supervision_phone: str = "",
    latitude: float | None = None,
    longitude: float | None = None,
) -> Place:
    """Give a place other names, posted telephone numbers or another point.

    `seen` is the fingerprint of what the editor saw: raises `Stale` when somebody was quicker.
    """
    require(actor, MANAGE_PLACES, place)
    session.refresh(place, with_for_update=True)
    name_zh, name_en = rules.check_names(name_zh, name_en)
    contact_phone = rules.check_phone("contact_phone", contact_phone)
    supervision_phone = rules.check_phone("supervision_phone", supervision_phone)
    point = rules.check_point(latitude, longitude)
    if seen != rules.fingerprint(place):
        raise Stale(current={"name_zh": place.name_zh, "name_en": place.name_en, "code": place.code})
    place.name_zh, place.name_en = name_zh, name_en
    place.contact_phone, place.supervision_phone = contact_phone, supervision_phone
    place.latitude, place.longitude = point or (None, None)
    _announce(session, actor, place, "renamed")
    return place


def move_place(session: Session, actor: Actor, place: Place, parent: Place) -> Place:
    """Put a place with all below it under another parent of the same level, as when grids are redrawn.

    The whole move is one statement on the materialised paths. The boundary goes, as it lay inside the old
    parent. Raises `Invalid` for a parent of another level.
    """
    require(actor, MANAGE_PLACES, place)
    require(actor, MANAGE_PLACES, parent)
    _check_in_use(place)
    _check_in_use(parent)
    session.refresh(place, with_for_update=True)
    if rules.BELOW.get(PlaceKind(parent.kind)) != place.kind:
        raise Invalid.of("parent_id", _l("A place can only move to a place of the level directly above it."))
    if parent.id == place.parent_id:
        raise Invalid.of("parent_id", _l("It is already there."))
    old_path, new_path = place.path, f"{parent.path}{place.id}/"
    _rebase(session, Place.path, old_path, new_path)
    session.expire_all()
    place.parent_id = parent.id
    place.boundary = None
    session.flush()
    record(
        session,
        PlaceMoved(
            district_id=place.district_id,
            actor=actor.account_id,
            organisation=actor.organisation_id,
            place_id=place.id,
            old_path=old_path,
            new_path=new_path,
        ),
    )
    return place


def follow_move(session: Session, kept: InstrumentedAttribute[str], moved: PlaceMoved) -> None:
    """For rooms above that keep the paths of places in a column: replace the old beginning by the new."""
    _rebase(session, kept, moved.old_path, moved.new_path)


def _rebase(session: Session, kept: InstrumentedAttribute[str], old_path: str, new_path: str) -> None:
    session.execute(
        update(kept.class_)
        .where(kept.startswith(old_path))
        .values({kept: literal(new_path) + func.substr(kept, len(old_path) + 1)})
        .execution_options(synchronize_session=False)
    )


def retire_place(session: Session, actor: Actor, place: Place) -> Place:
    """Take a place out of use: nothing new can be put there, what is there keeps its place.

    Raises `Conflict` while places in use are below it, and for the district itself.
    """
    require(actor, MANAGE_PLACES, place)
    session.refresh(place, with_for_update=True)
    if place.kind == PlaceKind.DISTRICT:
        raise Conflict(_l("The district itself cannot be retired."))
    if place.retired_at is not None:
        raise Conflict(_l("This place has already been retired."))
    if queries.children(session, place):
        raise Conflict(_l("Places in use are below this one. Move or retire them first."))
    place.retired_at = clock.now()
    _announce(session, actor, place, "retired")
    return place


def restore_place(session: Session, actor: Actor, place: Place) -> Place:
    """Bring a retired place back. Raises `Conflict` when it is in use, or its parent is retired."""
    require(actor, MANAGE_PLACES, place)
    session.refresh(place, with_for_update=True)
    if place.retired_at is None:
        raise Conflict(_l("This place is in use."))
    parent = session.get(Place, place.parent_id) if place.parent_id else None
    if parent is not None:
        _check_in_use(parent)
    place.retired_at = None
    _announce(session, actor, place, "restored")
    return place


def set_boundary(session: Session, actor: Actor, place: Place, geojson: str) -> list[rules.Overlap]:
    """Draw a place from GeoJSON. Returns the neighbours it overlaps, which is allowed but reported.

    Raises `Invalid` beside `boundary` for what is no polygon or sticks out of the parent's boundary.
    """
    require(actor, MANAGE_PLACES, place)
    _check_in_use(place)
    drawn = rules.read_boundary(geojson)
    parent = session.get(Place, place.parent_id) if place.parent_id else None
    if parent is not None and parent.boundary is not None:
        rules.check_inside(drawn, rules.geometry(parent.boundary), parent.name_zh)
    siblings = [
        (sibling.name_zh, rules.geometry(sibling.boundary))
        for sibling in (queries.children_with_boundaries(session, parent) if parent else [])
        if sibling.id != place.id and sibling.boundary is not None
    ]
    place.boundary = rules.as_geojson(drawn)
    inside = drawn.representative_point()
    if place.latitude is None or place.longitude is None:
        place.latitude, place.longitude = round(inside.y, 6), round(inside.x, 6)
    _announce(session, actor, place, "bounded")
    return rules.overlaps(drawn, siblings)


def remove_boundary(session: Session, actor: Actor, place: Place) -> Place:
    """Take the boundary away again."""
    require(actor, MANAGE_PLACES, place)
    place.boundary = None
    _announce(session, actor, place, "bounded")
    return place


def _check_in_use(place: Place) -> None:
    if place.retired_at is not None:
        raise Conflict(_l("%(place)s has been retired.", place=place.name_zh))


def _announce(session: Session, actor: Actor, place: Place, change: str) -> None:
    session.flush()
    record(
        session,
        PlaceChanged(
            district_id=place.district_id,
            actor=actor.account_id,
            organisation=actor.organisation_id,
            place_id=place.id,
            change=change,
        ),
    )
