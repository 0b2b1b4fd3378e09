"""The list of issues: filters, orders, pages by cursor, a map beside it, and single rows for live refresh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from gongzhi.domains.places.models import Place
from gongzhi.domains.places.queries import access_place
from gongzhi.kernel.db import session
from gongzhi.kernel.errors import Invalid, NotFound
from gongzhi.kernel.guard import actor, guard, kept
from gongzhi.kernel.policy import PUBLIC

from .. import queries
from ..models import Category, Issue, IssueState, Triage
from ..queries import IssueFilters, Order
from ..queries.listing import ORDER_LABELS, issues_by_id
from ..queries.points import issue_points
from ..rules.lifecycle import GROUP_LABELS, TRIAGE_LABELS, StateGroup
from .options import Options, options
from .shown import TONES, name

Kind = TypeVar("Kind", bound=StrEnum)
PAGE = 20


def install(blueprint: Blueprint) -> None:
    """The routes of this part."""
    blueprint.add_url_rule("/issues", "index", index)
    blueprint.add_url_rule("/issues/map.geojson", "points", points)
    blueprint.add_url_rule("/issues/<issue_id>/row", "row", row)


@dataclass(frozen=True)
class Wanted:
    """What the reader asked for in the address; what is not known there is left out, never an error."""

    place: Place | None
    category: Category | None
    group: StateGroup | None
    triage: Triage | None
    order: Order

    @classmethod
    def read(cls, given: Mapping[str, str], offered: Options) -> Wanted:
        """From the query string."""
        return cls(
            place=_place(given.get("place", ""), offered),
            category=offered.category_by_id.get(given.get("category", "")),
            group=_one_of(StateGroup, given.get("status", "")),
            triage=_one_of(Triage, given.get("kind", "")),
            order=_one_of(Order, given.get("order", "")) or Order.HOT,
        )

    @property
    def filters(self) -> IssueFilters:
        """For the query."""
        return IssueFilters(place=self.place, category=self.category, group=self.group, triage=self.triage)

    def values(self, **changed: str | None) -> dict[str, Any]:
        """As a query string holds it."""
        kept: dict[str, str | None] = {
            "place": self.place.id if self.place else None,
            "category": self.category.id if self.category else None,
            "status": self.group,
            "kind": self.triage,
            "order": self.order if self.order != Order.HOT else None,
        }
        return {key: str(value) for key, value in {**kept, **changed}.items() if value}


def _one_of(kind: type[Kind], text: str) -> Kind | None:
    return kind(text) if text in list(kind) else None


def _place(place_id: str, offered: Options) -> Place | None:
    if not place_id:
        return None
    known = offered.place_by_id.get(place_id)
    if known is not None or (offered.district and offered.district.id == place_id):
        return known
    try:
        # A grid or a building: too many for the filter's list, but a link may lead here.
        return access_place(session(), actor(), place_id)
    except NotFound:
        return None


@kept
@guard(PUBLIC)
def index() -> AnyResponse | str:
    """The list; the next page is the same address with a cursor, so that it works without script."""
    offered = options(session(), actor())
    wanted = Wanted.read(request.args, offered)
    try:
        page = queries.list_issues(
            session(), actor(), wanted.filters, order=wanted.order, after=request.args.get("cursor") or None, limit=PAGE
        )
    except Invalid:
        # A cursor of another order, or a damaged one: begin again.
        page = queries.list_issues(session(), actor(), wanted.filters, order=wanted.order, limit=PAGE)
    return render_template(
        "issues/index.html",
        rows=page.items,
        next_url=url_for("issues.index", **wanted.values(cursor=page.next_cursor)) if page.next_cursor else None,
        wanted=wanted,
        filters=_filters(wanted, offered),
        orders=[
            {
                "label": ORDER_LABELS[order],
                "url": url_for("issues.index", **wanted.values(order=None if order == Order.HOT else order)),
                "current": order == wanted.order,
            }
            for order in Order
        ],
        points_url=url_for("issues.points", **wanted.values(order=None)),
        outline_url=_outline(wanted),
        show_map=request.args.get("view") == "map",
        map_url=url_for("issues.index", **wanted.values(view="map")),
        first_page=not request.args.get("cursor"),
        narrowed=bool(wanted.place or wanted.category or wanted.group or wanted.triage),
    )


def _filters(wanted: Wanted, offered: Options) -> list[dict[str, Any]]:
    places = [("", _("All places"))]
    for place in offered.places:
        inner = place.kind == "community"
        places.append((place.id, f"\u3000{name(place)}" if inner else name(place)))
    if wanted.place is not None and wanted.place.id not in offered.place_by_id:
        places.append((wanted.place.id, name(wanted.place)))
    categories = [("", _("All categories"))]
    for group in offered.categories:
        categories.append((group.category.id, name(group.category)))
        categories.extend((child.id, f"\u3000{name(child)}") for child in group.children)
    values = wanted.values()
    return [
        {"name": "place", "label": _("Place"), "value": values.get("place"), "options": places},
        {"name": "category", "label": _("Category"), "value": values.get("category"), "options": categories},
        {
            "name": "status",
            "label": _("Status"),
            "value": values.get("status"),
            "options": [("", _("All states")), *((group.value, label) for group, label in GROUP_LABELS.items())],
        },
        {
            "name": "kind",
            "label": _("Kind"),
            "value": values.get("kind"),
            "options": [("", _("All kinds")), *((kind.value, label) for kind, label in TRIAGE_LABELS.items())],
        },
    ]


def _outline(wanted: Wanted) -> str:
    if wanted.place is not None:
        return url_for("places.geojson", place_id=wanted.place.id, show="areas")
    return url_for("places.outline")


@guard(PUBLIC)
def points() -> Response:
    """The issues of the list as points; what they are is in the list beside the map."""
    wanted = Wanted.read(request.args, options(session(), actor()))
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [point.longitude, point.latitude]},
            "properties": {
                "label": point.title,
                "url": url_for("issues.show", issue_id=point.id),
                "tone": _map_tone(point.state),
            },
        }
        for point in issue_points(session(), actor(), wanted.filters)
    ]
    response = jsonify(type="FeatureCollection", features=features)
    response.mimetype = "application/geo+json"
    return response


def _map_tone(state: IssueState) -> str:
    tone = TONES[state][0]
    return tone if tone in ("ok", "wait", "late", "blue") else "brand"


@guard(PUBLIC, issue=queries.access_issue)
def row(issue: Issue) -> str:
    """One row as it is now: fetched when its state has changed."""
    rows = issues_by_id(session(), actor(), [issue.id])
    if not rows:
        raise NotFound
    return render_template("issues/row.html", row=rows[0])
