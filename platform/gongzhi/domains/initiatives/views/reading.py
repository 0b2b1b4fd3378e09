"""Reading: the list, the page of an initiative, all its pledges, one pledge."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, TypeVar

from flask import render_template, request, url_for
from flask_babel import gettext as _

from gongzhi.domains.issues.models import Solved
from gongzhi.domains.places.models import Place, PlaceKind
from gongzhi.domains.places.queries import access_place, tree
from gongzhi.kernel import clock
from gongzhi.kernel.db import session
from gongzhi.kernel.errors import Invalid, NotFound
from gongzhi.kernel.guard import actor, guard, kept
from gongzhi.kernel.panels import panels
from gongzhi.kernel.policy import SIGNED_IN, allows

from .. import queries, rules
from ..forms import RateForm
from ..models import Initiative, InitiativeState, NeedKind, Pledge
from ..permissions import (
    ACCEPT_COORDINATION,
    COORDINATE,
    MOVE_OWN_STEP,
    ORGANISE,
    OWN_PLEDGE,
    RATE_INITIATIVE,
    READ_INITIATIVE,
    START_INITIATIVE,
)
from ..queries import InitiativePage
from .base import LABELS, blueprint, language, may_join

Kind = TypeVar("Kind", bound=StrEnum)
LEAST_SHOWN = 10
"""interface.md: rates are hidden under ten."""


def _one_of(kind: type[Kind], name: str) -> Kind | None:
    text = request.args.get(name, "")
    return kind(text) if text in list(kind) else None


@blueprint.get("")
@kept
@guard(READ_INITIATIVE)
def index() -> str:
    """All initiatives of the district, newest first, by place, state and what is still needed."""
    offered = _places()
    place = _place(offered)
    state, needed = _one_of(InitiativeState, "state"), _one_of(NeedKind, "needed")
    issue, decision = request.args.get("issue") or None, request.args.get("decision") or None
    wanted: dict[str, Any] = {
        "place": place,
        "state": state,
        "needed": needed,
        "issue_id": issue,
        "decision_id": decision,
    }
    try:
        page = queries.list_initiatives(session(), actor(), **wanted, after=request.args.get("cursor") or None)
    except Invalid:
        # A damaged cursor: begin again.
        page = queries.list_initiatives(session(), actor(), **wanted)
    kept: dict[str, Any] = {"place": place.id if place else None, "state": state, "needed": needed}
    kept |= {"issue": issue, "decision": decision}
    return render_template(
        "initiatives/index.html",
        rows=page.items,
        next_url=url_for(".index", **kept, cursor=page.next_cursor) if page.next_cursor else None,
        filters=_filters(offered, place, state, needed),
        narrowed=any(kept.values()),
        source={name: key for name, key in (("issue", issue), ("decision", decision)) if key},
        may_start=allows(actor(), START_INITIATIVE),
        **LABELS,
    )


def _places() -> list[Place]:
    root = tree(session(), actor().district_id, down_to=PlaceKind.COMMUNITY)
    found: list[Place] = []
    for above in root.children if root else ():
        found.extend([above.place, *(below.place for below in above.children)])
    return found


def _place(offered: list[Place]) -> Place | None:
    """The place asked for; what is not known here is left out, never an error."""
    wanted = request.args.get("place", "")
    if not wanted:
        return None
    for place in offered:
        if place.id == wanted:
            return place
    try:
        return access_place(session(), actor(), wanted)
    except NotFound:
        return None


def _filters(
    offered: list[Place], place: Place | None, state: InitiativeState | None, needed: NeedKind | None
) -> list[dict[str, Any]]:
    named = [*offered, *([place] if place is not None and place not in offered else [])]
    indent = {PlaceKind.COMMUNITY: "\u3000"}
    places = [("", _("All places"))]
    places += [(one.id, indent.get(PlaceKind(one.kind), "") + one.name_for(language())) for one in named]
    return [
        {"name": "place", "label": _("Place"), "value": place.id if place else None, "options": places},
        {
            "name": "state",
            "label": _("State"),
            "value": state,
            "options": [("", _("All states")), *((one.value, label) for one, label in rules.STATE_LABELS.items())],
        },
        {
            "name": "needed",
            "label": _("Still needed"),
            "value": needed,
            "options": [("", _("Anything")), *((one.value, label) for one, label in rules.NEED_LABELS.items())],
        },
    ]


@blueprint.get("/<initiative_id>")
@kept
@guard(READ_INITIATIVE, initiative=queries.access_initiative_page)
def show(initiative: InitiativePage) -> str:
    """One initiative with its needs, pledges, steps, news, report and discussion."""
    return render_page(initiative)


def render_page(page: InitiativePage, **forms: Any) -> str:
    """The page; a form that was refused takes the place of the empty one."""
    who, initiative = actor(), page.initiative
    finished = initiative.state == InitiativeState.FINISHED
    mine = page.my_rating
    filled = {"solved": mine.solved, "satisfaction": str(mine.satisfaction), "comment": mine.comment} if mine else None
    return render_template(
        "initiatives/show.html",
        page=page,
        initiative=initiative,
        can={
            "join": may_join(who, initiative),
            "coordinate": allows(who, COORDINATE, initiative),
            "organise": allows(who, ORGANISE, initiative),
            "accept": allows(who, ACCEPT_COORDINATION, initiative) and initiative.state in rules.OPEN_STATES,
            "follow": allows(who, SIGNED_IN, initiative),
            "rate": finished and allows(who, RATE_INITIATIVE, initiative),
        },
        is_open=initiative.state in rules.OPEN_STATES,
        ratings=ratings_of(initiative),
        rate_form=forms.get("rate_form") or RateForm(formdata=None, data=filled),
        today=clock.today(),
        more_pledges=len(page.pledges) >= queries.page.MOST_SHOWN,
        my_step=lambda step: allows(who, MOVE_OWN_STEP, step),
        threads=panels("initiative.thread", session(), who, initiative),
        topic=f"initiative:{initiative.id}",
        version=page.version,
        **LABELS,
    )


def ratings_of(initiative: Initiative) -> dict[str, Any]:
    """Number of ratings; the rest of it once there are ten."""
    n = initiative.ratings
    return {
        "n": n,
        "enough": n >= LEAST_SHOWN,
        "average": round(initiative.satisfaction_sum / n, 1) if n else None,
        "solved": {
            Solved.YES: initiative.solved_yes,
            Solved.PARTLY: initiative.solved_partly,
            Solved.NO: initiative.solved_no,
        },
    }


@blueprint.get("/<initiative_id>/pledges")
@guard(READ_INITIATIVE, initiative=queries.access_initiative)
def pledges(initiative: Initiative) -> str:
    """All pledges, page by page."""
    page = queries.list_pledges(session(), initiative, after=request.args.get("cursor") or None)
    return render_template(
        "initiatives/pledges.html",
        initiative=initiative,
        pledges=page.items,
        next_url=url_for(".pledges", initiative_id=initiative.id, cursor=page.next_cursor)
        if page.next_cursor
        else None,
        today=clock.today(),
        can={"organise": allows(actor(), ORGANISE, initiative)},
        **LABELS,
    )


def pledge_context(pledge: Pledge) -> dict[str, Any]:
    """What the page of one pledge shows besides its forms."""
    who = actor()
    initiative = queries.access_initiative(session(), who, pledge.initiative_id)
    is_open = initiative.state in rules.OPEN_STATES
    mine = allows(who, OWN_PLEDGE, pledge)
    return {
        "view": queries.pledge_view(session(), pledge),
        "pledge": pledge,
        "initiative": initiative,
        "today": clock.today(),
        "can": {
            "organise": allows(who, ORGANISE, initiative),
            "change": mine and is_open and pledge.state == "open",
            "settle": is_open and pledge.state in ("open", "missed") and allows(who, ORGANISE, initiative),
            "object": mine and pledge.state == "missed",
        },
        **LABELS,
    }
