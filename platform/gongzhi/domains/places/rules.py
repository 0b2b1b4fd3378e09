"""What makes a place valid: which level stands under which, names, codes, points and boundaries."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from shapely import make_valid
from shapely.errors import ShapelyError
from shapely.geometry import MultiPolygon, Point, Polygon, mapping, shape
from shapely.geometry.base import BaseGeometry

from gongzhi.domains.places.models import PlaceKind
from gongzhi.kernel.errors import Invalid
from gongzhi.kernel.text import Lazy, Message, clean_line
from gongzhi.kernel.text import lazy as _l

LABELS: dict[PlaceKind, Lazy] = {
    PlaceKind.DISTRICT: _l("District"),
    PlaceKind.SUBDISTRICT: _l("Sub-district"),
    PlaceKind.COMMUNITY: _l("Community"),
    PlaceKind.GRID: _l("Grid"),
    PlaceKind.BUILDING: _l("Building or compound"),
}
BELOW: dict[PlaceKind, PlaceKind] = {
    PlaceKind.DISTRICT: PlaceKind.SUBDISTRICT,
    PlaceKind.SUBDISTRICT: PlaceKind.COMMUNITY,
    PlaceKind.COMMUNITY: PlaceKind.GRID,
    PlaceKind.GRID: PlaceKind.BUILDING,
}
DIGITS: dict[PlaceKind, int] = {
    PlaceKind.SUBDISTRICT: 3,
    PlaceKind.COMMUNITY: 3,
    PlaceKind.GRID: 3,
    PlaceKind.BUILDING: 3,
}
"""How many digits a level adds to its parent's code (9 and 12 for sub-districts and communities)."""

MAX_NAME = 80
MAX_NAME_EN = 120
MAX_CODE = 24
MAX_PHONE = 40
MAX_BOUNDARY_BYTES = 400_000
MAX_POINTS = 5_000
OVERLAP_TOLERANCE = 0.005
"""Neighbours drawn by hand never meet exactly: this share of the smaller one may overlap or stick out."""
NEAREST_METRES = 800.0
METRES_PER_DEGREE = 111_320.0

_CODE = re.compile(r"[0-9A-Za-z-]{1,24}")
_PHONE = re.compile(r"[0-9+() ,;/转-]{3,40}")


class Fingerprinted(Protocol):
    """What the fingerprint of a place is made of."""

    name_zh: str
    name_en: str
    path: str
    code: str
    contact_phone: str
    supervision_phone: str
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True)
class Overlap:
    """A neighbour whose boundary lies over the new one, and how much of the smaller is covered twice."""

    name: str
    share: float


def child_kind(parent: PlaceKind) -> PlaceKind:
    """The level below. Raises `Invalid` for a building, below which there is none."""
    below = BELOW.get(parent)
    if below is None:
        raise Invalid.of("parent_id", _l("Nothing can be added below a building."))
    return below


def fingerprint(place: Fingerprinted) -> str:
    """A short mark of what an editor saw; another one means that somebody changed the place meanwhile."""
    seen = (
        place.name_zh, place.name_en, place.path, place.code,
        place.contact_phone, place.supervision_phone, place.latitude, place.longitude,
    )  # fmt: skip
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:16]


def path_ids(path: str) -> list[str]:
    """The ids of a path, from the district down."""
    return [part for part in path.split("/") if part]


def next_code(parent_code: str, kind: PlaceKind, taken: Iterable[str]) -> str:
    """The first free code below the parent's."""
    digits = DIGITS[kind]
    used = set(taken)
    number = 1
    while (code := f"{parent_code}{number:0{digits}d}") in used:
        number += 1
    return code


def check_names(name_zh: str, name_en: str) -> tuple[str, str]:
    """Both names cleaned. Raises `Invalid` beside the field."""
    problems: dict[str, list[Message]] = {}
    name_zh, name_en = clean_line(name_zh), clean_line(name_en)
    if not name_zh:
        problems["name_zh"] = [_l("Enter the Chinese name.")]
    elif len(name_zh) > MAX_NAME:
        problems["name_zh"] = [_l("Use at most %(most)s characters.", most=MAX_NAME)]
    if len(name_en) > MAX_NAME_EN:
        problems["name_en"] = [_l("Use at most %(most)s characters.", most=MAX_NAME_EN)]
    if problems:
        raise Invalid(problems)
    return name_zh, name_en


def check_code(code: str) -> str:
    """The code cleaned. Raises `Invalid`."""
    code = clean_line(code)
    if not _CODE.fullmatch(code):
        raise Invalid.of("code", _l("Use at most %(most)s digits, letters and hyphens.", most=MAX_CODE))
    return code


def check_phone(field: str, phone: str) -> str:
    """A telephone number to be posted, or nothing. Raises `Invalid`."""
    phone = clean_line(phone)
    if phone and not _PHONE.fullmatch(phone):
        raise Invalid.of(field, _l("Enter a telephone number, for example 023-6300 0000."))
    return phone


def read_number(field: str, text: str) -> float | None:
    """A typed latitude or longitude, or nothing. Raises `Invalid` beside the field."""
    text = clean_line(text)
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise Invalid.of(field, _l("Enter a number such as 29.5647.")) from None


def check_point(latitude: float | None, longitude: float | None) -> tuple[float, float] | None:
    """A point on the earth, or none. Raises `Invalid`."""
    if latitude is None and longitude is None:
        return None
    if latitude is None or longitude is None:
        field = "latitude" if latitude is None else "longitude"
        raise Invalid.of(field, _l("Enter both latitude and longitude, or neither."))
    if not math.isfinite(latitude) or not -90 <= latitude <= 90:
        raise Invalid.of("latitude", _l("Enter a number from -90 to 90."))
    if not math.isfinite(longitude) or not -180 <= longitude <= 180:
        raise Invalid.of("longitude", _l("Enter a number from -180 to 180."))
    return latitude, longitude


def read_boundary(text: str) -> Polygon | MultiPolygon:
    """The polygon in a GeoJSON text: a geometry, a Feature, or a collection of exactly one Feature.

    Raises `Invalid` beside `boundary`, saying what is wrong with it.
    """
    if len(text.encode("utf-8", "replace")) > MAX_BOUNDARY_BYTES:
        raise _bad(_l("The boundary is larger than 400 kB. Please simplify it."))
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise _bad(_l("This is not valid JSON.")) from None
    geometry = _geometry_of(document)
    if not isinstance(geometry, dict) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        raise _bad(_l("Expected GeoJSON with one Polygon or MultiPolygon."))
    try:
        drawn = shape(geometry)
    except (ShapelyError, ValueError, TypeError, KeyError, IndexError, AttributeError):
        raise _bad(_l("The coordinates cannot be read as a polygon.")) from None
    if not isinstance(drawn, Polygon | MultiPolygon) or drawn.is_empty:
        raise _bad(_l("The coordinates cannot be read as a polygon."))
    _check_coordinates(drawn)
    if not drawn.is_valid:
        raise _bad(_l("The boundary crosses itself or is not closed."))
    return drawn


def _geometry_of(document: Any) -> Any:
    if isinstance(document, dict) and document.get("type") == "FeatureCollection":
        features = document.get("features")
        if not isinstance(features, list) or len(features) != 1:
            raise _bad(_l("Expected exactly one Feature in the collection."))
        document = features[0]
    if isinstance(document, dict) and document.get("type") == "Feature":
        return document.get("geometry")
    return document


def _check_coordinates(drawn: Polygon | MultiPolygon) -> None:
    parts = list(drawn.geoms) if isinstance(drawn, MultiPolygon) else [drawn]
    points = [point for part in parts for ring in (part.exterior, *part.interiors) for point in ring.coords]
    if len(points) > MAX_POINTS:
        raise _bad(_l("The boundary has more than %(most)s points. Please simplify it.", most=MAX_POINTS))
    for longitude, latitude, *_height in points:
        if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
            raise _bad(_l("Coordinates must be longitude and latitude in degrees (WGS 84)."))


def _bad(message: Message) -> Invalid:
    return Invalid.of("boundary", message)


def check_inside(drawn: BaseGeometry, parent: BaseGeometry, parent_name: str) -> None:
    """Raises `Invalid` when more than the tolerated share lies outside the parent."""
    outside = drawn.difference(parent).area / drawn.area if drawn.area else 1.0
    if outside > OVERLAP_TOLERANCE:
        raise _bad(
            _l(
                "%(share)s %% of the boundary lies outside %(parent)s.",
                share=max(1, round(outside * 100)),
                parent=parent_name,
            )
        )


def overlaps(drawn: BaseGeometry, siblings: Sequence[tuple[str, BaseGeometry]]) -> list[Overlap]:
    """The neighbours that the new boundary covers by more than the tolerance."""
    found = []
    for name, other in siblings:
        smaller = min(drawn.area, other.area)
        share = drawn.intersection(other).area / smaller if smaller else 0.0
        if share > OVERLAP_TOLERANCE:
            found.append(Overlap(name, share))
    return found


def as_geojson(drawn: BaseGeometry) -> dict[str, Any]:
    """The geometry as a GeoJSON object of plain lists, six decimals (about 10 cm)."""

    def plain(value: Any) -> Any:
        return [plain(item) for item in value] if isinstance(value, tuple | list) else round(value, 6)

    made = mapping(drawn)
    return {"type": made["type"], "coordinates": plain(made["coordinates"])}


def geometry(boundary: dict[str, Any]) -> BaseGeometry:
    """The kept boundary as a geometry to calculate with."""
    drawn = shape(boundary)
    return drawn if drawn.is_valid else make_valid(drawn)


def contains(boundary: dict[str, Any], latitude: float, longitude: float) -> bool:
    """Whether the point lies inside or on the boundary."""
    return bool(geometry(boundary).covers(Point(longitude, latitude)))


def distance_metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """The distance of two points (latitude, longitude) near each other, the earth taken as flat there."""
    north = (a[0] - b[0]) * METRES_PER_DEGREE
    east = (a[1] - b[1]) * METRES_PER_DEGREE * math.cos(math.radians((a[0] + b[0]) / 2))
    return math.hypot(north, east)
