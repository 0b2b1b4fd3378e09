"""The search page: a form that works without JavaScript, and hits with the words marked."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from gongzhi.domains.issues.queries import access_category
from gongzhi.domains.places.queries import access_place
from gongzhi.kernel.db import session
from gongzhi.kernel.errors import Invalid, NotFound
from gongzhi.kernel.guard import actor, guard
from gongzhi.kernel.text import lazy as _l

from . import queries
from .indexing import kinds
from .permissions import SEARCH
from .queries import Filters, Order

LONGEST_QUERY = 200
PARAMETERS = ("q", "kind", "place", "category", "since", "until", "order")
KIND_LABELS = {
    "issue": _l("Issues"),
    "comment": _l("Comments"),
    "decision": _l("Decisions"),
    "ballot": _l("Ballots"),
    "initiative": _l("Initiatives"),
    "organisation": _l("Organisations"),
    "place": _l("Places"),
}

blueprint = Blueprint("search", __name__)


@blueprint.get("/search")
@guard(SEARCH)
def index() -> str | tuple[str, int]:
    """What matches, a page at a time; wrong filters are told beside the form."""
    query = request.args.get("q", "")[:LONGEST_QUERY].strip()
    errors: dict[str, list[Any]] = {}
    page: Any = None
    counted = 0
    try:
        filters, order = read_filters(request.args), read_order(request.args)
        if query:
            after = request.args.get("cursor") or None
            page = queries.find(session(), actor(), query, filters, order=order, after=after)
            counted = queries.count(session(), actor(), query, filters)
    except Invalid as invalid:
        filters, order, errors = Filters(), Order.BEST, invalid.errors
    shown = render_template(
        "search/index.html",
        query=query,
        page=page,
        counted=counted,
        capped=counted >= queries.MOST_COUNTED,
        errors=errors,
        filters=_offered(filters, order),
        since=request.args.get("since", "")[:10],
        until=request.args.get("until", "")[:10],
        next_url=_next(page.next_cursor if page else None),
        kind_labels=KIND_LABELS,
    )
    return (shown, 422) if errors else shown


def read_filters(given: Any) -> Filters:
    """The filters of a query string. Raises `Invalid` beside the parameter that cannot be used."""
    errors: dict[str, list[Any]] = {}
    kind, place_id, category_id = given.get("kind"), given.get("place"), given.get("category")
    place = category = None
    if kind and kind not in kinds():
        errors["kind"] = [_l("This is not one of the choices.")]
    if place_id:
        try:
            place = access_place(session(), actor(), place_id)
        except NotFound:
            errors["place"] = [_l("There is no such place.")]
    if category_id:
        try:
            category = access_category(session(), actor(), category_id)
        except NotFound:
            errors["category"] = [_l("There is no such category.")]
    since, until = _day(given, "since", errors), _day(given, "until", errors)
    if errors:
        raise Invalid(errors)
    return Filters(kind or None, place, category, since, until)


def read_order(given: Any) -> Order:
    """The order asked for; best first unless told otherwise."""
    try:
        return Order(given.get("order") or Order.BEST)
    except ValueError:
        raise Invalid.of("order", _l("This is not one of the choices.")) from None


def _day(given: Any, name: str, errors: dict[str, list[Any]]) -> date | None:
    text = given.get(name)
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        errors[name] = [_l("Give the date as year, month and day, like 2026-11-24.")]
        return None
    if not 2000 <= day.year <= 2200:
        errors[name] = [_l("Give the date as year, month and day, like 2026-11-24.")]
        return None
    return day


def _offered(filters: Filters, order: Order) -> list[dict[str, Any]]:
    language = "en" if str(get_locale()) == "en" else "zh"
    places = [(place.id, place.name_for(language)) for place in queries.subdistricts(session(), actor())]
    chosen = filters.place
    if chosen is not None and all(chosen.id != key for key, _name in places):
        places.insert(0, (chosen.id, chosen.name_for(language)))
    categories = [(one.id, one.name_for(language)) for one in queries.main_categories(session(), actor())]
    return [
        {
            "name": "kind",
            "label": _("Kind"),
            "value": filters.kind,
            "options": [("", _("Everything")), *((kind, KIND_LABELS[kind]) for kind in kinds())],
        },
        {
            "name": "place",
            "label": _("Place"),
            "value": chosen.id if chosen else "",
            "options": [("", _("Whole district")), *places],
        },
        {
            "name": "category",
            "label": _("Category"),
            "value": filters.category.id if filters.category else "",
            "options": [("", _("All categories")), *categories],
        },
        {
            "name": "order",
            "label": _("Order"),
            "value": order.value,
            "options": [(one.value, queries.ORDER_LABELS[one]) for one in Order],
        },
    ]


def _next(cursor: str | None) -> str | None:
    if cursor is None:
        return None
    kept = {name: request.args[name] for name in PARAMETERS if request.args.get(name)}
    return f"{url_for('search.index')}?{urlencode({**kept, 'cursor': cursor})}"
