"""Places in the JSON API: the list, one place, and the place at a position."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from gongzhi.domains.places import queries
from gongzhi.domains.places.models import Place, PlaceKind
from gongzhi.domains.places.permissions import READ_PLACES
from gongzhi.domains.places.queries import access_place
from gongzhi.kernel.api import ApiIn, ApiOut, ListQuery, operation
from gongzhi.kernel.db import session
from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.guard import actor
from gongzhi.kernel.pages import Page


class PlacesQuery(ListQuery):
    """Which places."""

    parent: str | None = Field(None, max_length=40, description="id of the place directly above")
    kind: PlaceKind | None = None


class PositionQuery(ApiIn):
    """Where."""

    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False)
    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False)


class PlaceOut(ApiOut):
    """A place of the district's tree."""

    id: str
    parent_id: str | None
    kind: PlaceKind
    code: str
    name_zh: str
    name_en: str
    latitude: float | None
    longitude: float | None


class PlaceInChain(PlaceOut):
    """A place with those above it."""

    chain: list[PlaceOut]


def _with_chain(place: Place) -> dict[str, Any]:
    chain = [PlaceOut.model_validate(one) for one in queries.chain(session(), place)]
    return {**PlaceOut.model_validate(place).model_dump(), "chain": chain}


@operation("GET", "/places", READ_PLACES, query=PlacesQuery, answer=PlaceOut, lists=True, tag="places")
def list_places(query: PlacesQuery) -> Page[Place]:
    """Places in use, by code"""
    return queries.list_places(
        session(), actor(), parent_id=query.parent, kind=query.kind, cursor=query.cursor, limit=query.limit
    )


@operation("GET", "/places/<place_id>", READ_PLACES, answer=PlaceInChain, tag="places", place=access_place)
def show_place(place: Place) -> dict[str, Any]:
    """One place, with those above it"""
    return _with_chain(place)


@operation("GET", "/places/at", READ_PLACES, query=PositionQuery, answer=PlaceInChain, tag="places")
def place_at_position(query: PositionQuery) -> dict[str, Any]:
    """The smallest place at a position"""
    place = queries.place_at(session(), actor().district_id, query.latitude, query.longitude)
    if place is None:
        raise NotFound
    return _with_chain(place)
