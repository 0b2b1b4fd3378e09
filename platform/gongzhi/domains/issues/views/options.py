"""What filters and forms offer of categories and places, kept for a moment: every list page shows them.

Catalogue and places change a few times a year; a list page must not read them from the database each time.
What is kept are transient copies that belong to no session.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy.orm import Session

from gongzhi.domains.places import queries as places
from gongzhi.domains.places.models import Place, PlaceKind
from gongzhi.kernel.policy import Actor

from .. import queries
from ..models import Category

KEPT_SECONDS = 30.0


@dataclass(frozen=True)
class CategoryChoices:
    """A main category and the finer ones below it."""

    category: Category
    children: tuple[Category, ...]


@dataclass(frozen=True)
class Options:
    """The choices of one district."""

    categories: tuple[CategoryChoices, ...]
    places: tuple[Place, ...]
    """Sub-districts, each followed by its communities."""
    category_by_id: dict[str, Category]
    place_by_id: dict[str, Place]
    district: Place | None


_kept: dict[str, tuple[float, Options]] = {}


def options(session: Session, actor: Actor) -> Options:
    """The choices of the actor's district, at most half a minute old."""
    found = _kept.get(actor.district_id)
    if found is not None and found[0] > time.monotonic():
        return found[1]
    made = _read(session, actor)
    if made.categories and made.places:
        _kept[actor.district_id] = (time.monotonic() + KEPT_SECONDS, made)
    return made


def forget_options() -> None:
    """Read them afresh: the catalogue has just been changed."""
    _kept.clear()


def _read(session: Session, actor: Actor) -> Options:
    groups = tuple(
        CategoryChoices(_category(group.category), tuple(_category(child) for child in group.children))
        for group in queries.categories(session, actor)
    )
    found: list[Place] = []
    root = places.tree(session, actor.district_id, down_to=PlaceKind.COMMUNITY)
    if root is not None:
        for subdistrict in root.children:
            found.append(_place(subdistrict.place))
            found.extend(_place(community.place) for community in subdistrict.children)
    by_id = {one.id: one for group in groups for one in (group.category, *group.children)}
    return Options(
        groups,
        tuple(found),
        by_id,
        {one.id: one for one in found},
        _place(root.place) if root is not None else None,
    )


def _category(kept: Category) -> Category:
    return Category(
        id=kept.id,
        district_id=kept.district_id,
        parent_id=kept.parent_id,
        code=kept.code,
        name_zh=kept.name_zh,
        name_en=kept.name_en,
        level=kept.level,
        accept_days=kept.accept_days,
        answer_days=kept.answer_days,
        urgency=kept.urgency,
    )


def _place(kept: Place) -> Place:
    return Place(
        id=kept.id,
        district_id=kept.district_id,
        parent_id=kept.parent_id,
        kind=kept.kind,
        code=kept.code,
        name_zh=kept.name_zh,
        name_en=kept.name_en,
        path=kept.path,
        latitude=kept.latitude,
        longitude=kept.longitude,
    )
