"""What all pages of initiatives share: the blueprint, words and tones, and a form shown again when refused."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, current_app, flash, redirect, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from gongzhi.domains.comments.views import offer_thread
from gongzhi.kernel.db import write
from gongzhi.kernel.errors import Conflict, Invalid
from gongzhi.kernel.forms import RoomForm
from gongzhi.kernel.guard import actor
from gongzhi.kernel.masks import mask_name
from gongzhi.kernel.panels import Panel, offer
from gongzhi.kernel.policy import Actor, allows
from gongzhi.kernel.storage import small_key
from gongzhi.kernel.text import Message, excerpt

from .. import rules
from ..models import Initiative, InitiativeNeed, InitiativeState, NeedKind, Pledge, PledgeState, StepState
from ..permissions import JOIN_INITIATIVE, ORGANISE, START_INITIATIVE
from ..queries import InitiativeRow, Who, initiatives_of
from ..rules import FEN, OPEN_STATES

blueprint = Blueprint("initiatives", __name__, url_prefix="/initiatives")
offer_thread("initiative")

Answer = Response | str | tuple[str, int]

EXCERPT = 160

TONES = {
    InitiativeState.PLANNING: ("blue", "megaphone"),
    InitiativeState.RUNNING: ("wait", "tools"),
    InitiativeState.FINISHED: ("ok", "check-circle"),
    InitiativeState.CLOSED: ("done", "archive"),
    InitiativeState.STOPPED: ("done", "x-circle"),
}
PLEDGE_TONES = {
    PledgeState.OPEN: "wait",
    PledgeState.KEPT: "ok",
    PledgeState.MISSED: "late",
    PledgeState.WITHDRAWN: "done",
    PledgeState.RELEASED: "done",
}
STEP_TONES = {StepState.TODO: "blue", StepState.DOING: "wait", StepState.DONE: "ok", StepState.DROPPED: "done"}
NEED_ICONS = {
    NeedKind.PEOPLE: "people",
    NeedKind.MONEY: "cash-coin",
    NeedKind.MATERIAL: "box-seam",
    NeedKind.VENUE: "house-door",
    NeedKind.SKILL: "mortarboard",
}
LABELS: dict[str, Any] = {
    "state_labels": rules.STATE_LABELS,
    "need_labels": rules.NEED_LABELS,
    "pledge_labels": rules.PLEDGE_LABELS,
    "step_labels": rules.STEP_LABELS,
    "action_labels": rules.ACTION_LABELS,
    "tones": TONES,
    "pledge_tones": PLEDGE_TONES,
    "step_tones": STEP_TONES,
    "need_icons": NEED_ICONS,
}


def language() -> str:
    """The reader's: `zh` or `en`."""
    return "en" if str(get_locale()) == "en" else "zh"


def name_of(who: Who, initiative: Any = None) -> str:
    """An organisation's name; a person's masked, except for the organisers and for the person."""
    if who.organisation is not None:
        return str(who.organisation.name_for(language()))
    reader = actor()
    known = reader.signed_in and who.key == reader.voter_key
    if known or (initiative is not None and allows(reader, ORGANISE, initiative)):
        return who.name
    return mask_name(who.name)


def quantity(amount: int, kind: str | None, unit: str) -> str:
    """`¥1,200.00` for money, `12 boxes` otherwise."""
    filters = current_app.jinja_env.filters
    if kind == NeedKind.MONEY:
        return str(filters["money"](amount))
    return f"{filters['number'](amount)} {unit}".rstrip()


def pledged(pledge: Pledge, need: InitiativeNeed | None) -> str:
    """How much was pledged, in the words of the need."""
    return quantity(pledge.amount, need.kind if need else None, pledge.unit)


def typed_amount(amount: int, kind: str | None) -> str:
    """An amount as its form shows it again: yuan for money."""
    if kind != NeedKind.MONEY:
        return str(amount)
    return f"{amount / FEN:.2f}".removesuffix(".00")


def coordinator_of(row: InitiativeRow) -> str:
    """Who coordinates, in a list."""
    who = Who(row.coordinator_name, "", row.organisation, row.initiative.coordinator_key)
    return name_of(who, row.initiative)


def shown_photos(photos: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Photos as `ui.photo_grid` takes them."""
    return [
        {
            "url": url_for("files.show", key=photo["key"]),
            "thumb": url_for("files.show", key=small_key(photo["key"])),
            "alt": photo.get("alt", ""),
        }
        for photo in photos
    ]


blueprint.add_app_template_filter(name_of, "initiative_name")
blueprint.add_app_template_filter(coordinator_of, "initiative_coordinator")
blueprint.add_app_template_filter(shown_photos, "initiative_photos")
blueprint.add_app_template_filter(lambda text: excerpt(text, EXCERPT), "initiative_excerpt")
blueprint.add_app_template_filter(quantity, "initiative_quantity")
blueprint.add_app_template_filter(pledged, "initiative_pledged")
blueprint.add_app_template_filter(lambda state: TONES[InitiativeState(state)], "initiative_tone")
blueprint.add_app_template_filter(lambda state: rules.STATE_LABELS[InitiativeState(state)], "initiative_state")


def new_once() -> str:
    """A mark for a form, so that sending it twice does its work once."""
    return secrets.token_urlsafe(12)


def once_of(form: Any) -> str | None:
    """The mark that came with the form, if it can be one."""
    text = (form.once.data or "").strip()
    return text if text and len(text) <= 40 and text.isascii() and text.isprintable() else None


def attempt(form: RoomForm, act: Callable[[Session], Any], aliases: Mapping[str, str] | None = None) -> int | None:
    """Do it in one transaction: None when done, else the status to show the form again with, errors in place."""
    valid = form.validate()
    try:
        if not valid:
            return 422
        with write() as current:
            act(current)
    except (Invalid, Conflict) as refused:
        form.take(refused, aliases)
        return refused.status
    return None


def home(initiative_id: str, message: Message | None = None, anchor: str | None = None) -> Response:
    """Back to the page of the initiative."""
    if message:
        flash(str(message), "success")
    return redirect(url_for("initiatives.show", initiative_id=initiative_id, _anchor=anchor))


def desk(initiative_id: str, message: Message | None = None, anchor: str | None = None) -> Response:
    """Back to the page where the coordinator manages it."""
    if message:
        flash(str(message), "success")
    return redirect(url_for("initiatives.manage", initiative_id=initiative_id, _anchor=anchor))


def may_join(who: Actor, initiative: Initiative) -> bool:
    """Whether this reader can pledge now."""
    return initiative.state in OPEN_STATES and allows(who, JOIN_INITIATIVE, initiative)


def _of_issue(current: Session, who: Actor, issue: Any) -> Panel:
    """What is done together about an issue, and the door to start something."""
    return Panel(
        "initiatives/panel.html",
        {
            "initiatives": initiatives_of(current, who, issue_id=issue.id),
            "start_url": url_for("initiatives.new", issue=issue.id) if allows(who, START_INITIATIVE, issue) else None,
        },
        _("Joint work"),
    )


def _of_decision(_current: Session, who: Actor, decision: Any) -> Panel:
    """The doors to what is done together about a decision; costs no statement."""
    may_start = allows(who, START_INITIATIVE, decision)
    return Panel(
        "initiatives/doors.html",
        {
            "list_url": url_for("initiatives.index", decision=decision.id),
            "start_url": url_for("initiatives.new", decision=decision.id) if may_start else None,
        },
        _("Joint work"),
    )


offer("issue.aside", _of_issue, order=40)
offer("decision.aside", _of_decision, order=40)
