"""Choosing what one is told, where and when: kinds and hours, areas, devices, single things."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from gongzhi.domains.comments.queries import access_subject
from gongzhi.domains.places.queries import picked, picker
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import Conflict, Invalid, NotFound
from gongzhi.kernel.guard import actor, guard
from gongzhi.kernel.text import lazy as _l
from gongzhi.reactions.notices import channels, choices, own, push
from gongzhi.reactions.notices import inbox as box
from gongzhi.reactions.notices.forms import AreaForm, HoursForm, ThingForm
from gongzhi.reactions.notices.hours import Schedule
from gongzhi.reactions.notices.models import DIGEST, INBOX, MANDATORY, NoticeKind
from gongzhi.reactions.notices.permissions import CHOOSE_CHANNELS
from gongzhi.reactions.notices.texts import CHANNEL_LABELS, KIND_LABELS
from gongzhi.reactions.notices.things import THINGS, chosen_things
from gongzhi.reactions.notices.urgency import URGENT_KINDS
from gongzhi.reactions.notices.views.inbox import blueprint

TABS = (
    ("notices.preferences", _l("Kinds and hours")),
    ("notices.areas", _l("Areas")),
    ("notices.devices", _l("Devices for push")),
    ("notices.things", _l("Single things")),
)


def _show(template: str, **context: Any) -> str:
    tabs = [
        {"label": str(label), "url": url_for(endpoint), "current": request.endpoint == endpoint}
        for endpoint, label in TABS
    ]
    return render_template(template, tabs=tabs, kinds=KIND_LABELS, channels=CHANNEL_LABELS, **context)


@blueprint.get("/preferences")
@guard(CHOOSE_CHANNELS)
def preferences() -> str:
    """The table of kinds and channels, and the hours."""
    return _preferences(None)


def _preferences(form: HoursForm | None) -> str:
    if form is None:
        hours = own.schedule(session(), actor())
        form = HoursForm(formdata=None, obj=hours, quiet=hours.quiet_from != hours.quiet_until)
    return _show(
        "notices/preferences.html",
        table=own.table(session(), actor()),
        form=form,
        urgent=URGENT_KINDS,
        at_once_only=channels.AT_ONCE_ONLY,
    )


@blueprint.post("/preferences")
@guard(CHOOSE_CHANNELS)
def choose_kinds() -> Response:
    """Keep the table: what is ticked is wanted, what was offered and is not ticked is not."""
    inbox = set(request.form.getlist("kind"))
    ticked = set(request.form.getlist("on"))
    offered = channels.offered()
    wanted = {
        (kind.value, channel.value): f"{kind.value}:{channel.value}" in ticked
        for kind in NoticeKind
        for channel in offered
        if channels.carries(channel, kind)
    }
    wanted |= {
        (DIGEST, channel.value): f"{DIGEST}:{channel.value}" in ticked
        for channel in offered
        if channel not in channels.AT_ONCE_ONLY
    }
    with write() as current:
        box.prefer(current, actor(), {kind: kind.value in inbox for kind in NoticeKind if kind not in MANDATORY})
        choices.choose_own(current, actor(), wanted)
    flash(_("Saved."), "success")
    return redirect(url_for("notices.preferences"))


@blueprint.post("/hours")
@guard(CHOOSE_CHANNELS)
def choose_hours() -> Response | str:
    """Keep quiet hours and the hour of the digest."""
    form = HoursForm()
    if not form.validate():
        return _preferences(form)
    begins, ends = form.quiet_from.data or 0, form.quiet_until.data or 0
    try:
        with write() as current:
            hours = Schedule(begins, ends if form.quiet.data else begins, form.digest_hour.data)
            choices.set_hours(current, actor(), hours)
    except Invalid as error:
        form.take(error)
        return _preferences(form)
    flash(_("Saved."), "success")
    return redirect(url_for("notices.preferences"))


@blueprint.get("/areas")
@guard(CHOOSE_CHANNELS)
def areas() -> str:
    """One's areas, and a new one."""
    return _areas(AreaForm(formdata=None, radius_m=500))


def _areas(form: AreaForm, errors: tuple[str, ...] = ()) -> str:
    place = picked(session(), actor(), request.form.getlist("place_id"))
    return _show(
        "notices/areas.html",
        areas=own.areas(session(), actor()),
        form=form,
        picker=picker(session(), actor(), place),
        place_errors=errors,
        most=choices.MOST_AREAS,
        english=g.locale == "en",
    )


@blueprint.post("/areas")
@guard(CHOOSE_CHANNELS)
def add_area() -> Response | str:
    """Be told of what is new in a place, or around a point."""
    form = AreaForm()
    if not form.validate():
        return _areas(form)
    centre = form.centre()
    place = None if centre else picked(session(), actor(), request.form.getlist("place_id"))
    try:
        with write() as current:
            choices.add_area(
                current,
                actor(),
                name=form.name.data or "",
                place_id=place.id if place else None,
                centre=centre,
                radius_m=form.radius_m.data,
            )
    except (Invalid, Conflict) as error:
        form.take(error)
        return _areas(form)
    flash(_("Saved."), "success")
    return redirect(url_for("notices.areas"))


@blueprint.post("/areas/<area_id>/remove")
@guard(CHOOSE_CHANNELS)
def remove_area(area_id: str) -> Response:
    """Be told no more of an area."""
    with write() as current:
        choices.remove_area(current, actor(), area_id)
    flash(_("Removed."), "success")
    return redirect(url_for("notices.areas"))


@blueprint.get("/devices")
@guard(CHOOSE_CHANNELS)
def devices() -> str:
    """The browsers push goes to; the button of the present one needs a script, as push itself does."""
    listed = own.devices(session(), actor())
    return _show("notices/devices.html", devices=listed, key=public_key(), most=choices.MOST_DEVICES)


def public_key() -> str:
    """What browsers subscribe with; made when first asked for."""
    known = push.public_key(session())
    if known is not None:
        return known
    with write() as current:
        return push.signing_key(current).public


@blueprint.post("/devices/<device_id>/remove")
@guard(CHOOSE_CHANNELS)
def remove_device(device_id: str) -> Response:
    """Push to a device no more."""
    with write() as current:
        choices.remove_device(current, actor(), device_id)
    flash(_("Removed."), "success")
    return redirect(url_for("notices.devices"))


@blueprint.get("/things")
@guard(CHOOSE_CHANNELS)
def things() -> str:
    """What one follows or has chosen something for."""
    return _show("notices/things.html", things=chosen_things(session(), actor()))


@blueprint.route("/things/<kind>/<subject_id>", methods=["GET", "POST"])
@guard(CHOOSE_CHANNELS)
def thing(kind: str, subject_id: str) -> Response | str:
    """What one wants of one thing: as its kinds say, always, never; or nothing at all."""
    if kind not in THINGS:
        raise NotFound
    subject, found = access_subject(session(), actor(), kind, subject_id)
    title = found.title
    if request.method == "POST":
        asked: dict[str, bool | None] = {INBOX: False if request.form.get("mute") else None}
        for channel in channels.offered():
            asked[channel.value] = {"yes": True, "no": False}.get(request.form.get(channel.value, ""))
        with write() as current:
            choices.choose_for_thing(current, actor(), kind, subject_id, asked)
        flash(_("Saved."), "success")
        return redirect(url_for("notices.thing", kind=kind, subject_id=subject_id))
    place: dict[str, Any] = {f"{kind}_id": subject_id}
    chosen = own.of_thing(session(), actor(), kind, subject_id)
    return _show(
        "notices/thing.html",
        title=title,
        back=url_for(subject.endpoint, **place),
        form=ThingForm(formdata=None, mute=chosen.get(INBOX) is False),
        chosen=chosen,
        offered=channels.offered(),
    )
