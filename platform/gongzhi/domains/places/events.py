"""What this room announces: a place was added, changed, moved or retired."""

from __future__ import annotations

from dataclasses import dataclass

from gongzhi.kernel.events import Event, event


@event("place.changed")
@dataclass(frozen=True, kw_only=True)
class PlaceChanged(Event):
    """One place: `change` is `added`, `renamed`, `retired`, `restored` or `bounded`."""

    place_id: str
    change: str


@event("place.moved")
@dataclass(frozen=True, kw_only=True)
class PlaceMoved(Event):
    """A place went to another parent; whoever keeps paths of places replaces the old beginning by the new."""

    place_id: str
    old_path: str
    new_path: str


@event("place.district_loaded")
@dataclass(frozen=True, kw_only=True)
class DistrictLoaded(Event):
    """A district's file of names and codes was taken over."""

    added: int
    renamed: int
