"""Starting an initiative, and changing its words."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from gongzhi.domains.decisions.models import Decision
from gongzhi.domains.decisions.queries import access_decision
from gongzhi.domains.issues.models import Issue
from gongzhi.domains.issues.queries import access_issue
from gongzhi.domains.places import queries as places
from gongzhi.domains.places.models import Place
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import Conflict, Invalid, NotFound, Stale
from gongzhi.kernel.guard import actor, guard
from gongzhi.kernel.policy import SIGNED_IN, allows
from gongzhi.kernel.text import shorten

from .. import actions, queries, rules
from ..forms import EditForm, StartForm
from ..models import Initiative
from ..permissions import COORDINATE, START_INITIATIVE
from ..rules import Words
from .base import LABELS, Answer, blueprint, desk, new_once, once_of


@blueprint.route("/new", methods=["GET", "POST"])
@guard(SIGNED_IN)
def new() -> Answer:
    """A new initiative, from an issue (`?issue=`), from a decision (`?decision=`), or on its own."""
    if not allows(actor(), START_INITIATIVE):
        return render_template("initiatives/cannot_start.html")
    issue, decision = _source()
    form = StartForm()
    if request.method == "GET":
        return _fresh(form, issue, decision)
    place = places.picked(session(), actor(), request.form.getlist("place_id"))
    if request.form.get("more"):
        if len(form.needs.entries) < rules.MOST_NEEDS:
            form.needs.append_entry()
        return _page(form, place, issue, decision)
    status, place_errors = 422, [] if place else [_("Please choose a place.")]
    if form.validate() and not place_errors:
        try:
            return redirect(url_for(".show", initiative_id=_start(form, place, issue, decision)))
        except (Invalid, Conflict) as refused:
            form.take(refused)
            status = refused.status
    return _page(form, place, issue, decision, place_errors=place_errors), status


def _start(form: StartForm, place: Place | None, issue: Issue | None, decision: Decision | None) -> str:
    assert place is not None
    needs = form.wanted()
    with write() as current:
        initiative = actions.start_initiative(
            current,
            actor(),
            place,
            Words(form.title.data or "", form.goal.data or "", form.ends_on.data),
            needs=needs,
            issue=issue,
            decision=decision,
            once=once_of(form),
        )
        started = initiative.id
    flash(_("Your initiative is public. Tell others of it, and begin when enough has come together."), "success")
    return started


def _source() -> tuple[Issue | None, Decision | None]:
    """What it starts from; an address that leads nowhere is a 404."""
    issue_id, decision_id = request.args.get("issue"), request.args.get("decision")
    return (
        access_issue(session(), actor(), issue_id) if issue_id else None,
        access_decision(session(), actor(), decision_id) if decision_id else None,
    )


def _fresh(form: StartForm, issue: Issue | None, decision: Decision | None) -> str:
    """The empty form, with title and place of the issue or decision."""
    form.once.data = new_once()
    source: Any = issue or decision
    place_id = source.place_id if source else actor().place_id
    if source is not None:
        form.title.data = shorten(_("Together: %(title)s", title=source.title), rules.LONGEST_TITLE)
    wanted = [value for value in request.args.getlist("place_id") if value]
    place = None
    with suppress(NotFound):
        if wanted or place_id:
            place = places.access_place(session(), actor(), wanted[-1] if wanted else place_id or "")
    return _page(form, place, issue, decision)


def _page(form: StartForm, place: Place | None, issue: Issue | None, decision: Decision | None, **more: Any) -> str:
    return render_template(
        "initiatives/new.html",
        form=form,
        picker=places.picker(session(), actor(), place),
        issue=issue,
        decision=decision,
        most_needs=rules.MOST_NEEDS,
        **more,
        **LABELS,
    )


@blueprint.route("/<initiative_id>/edit", methods=["GET", "POST"])
@guard(COORDINATE, initiative=queries.access_initiative)
def edit(initiative: Initiative) -> Answer:
    """Change title, goal and planned end; somebody else's change meanwhile is told, and nothing typed is lost."""
    key = initiative.id
    form = EditForm(
        data=None
        if request.method == "POST"
        else {
            "title": initiative.title,
            "goal": initiative.goal,
            "ends_on": initiative.ends_on,
            "version": str(initiative.version),
        }
    )
    status, current_words = 200, None
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                with write() as current:
                    words = Words(form.title.data or "", form.goal.data or "", form.ends_on.data)
                    actions.edit_initiative(current, actor(), initiative, words, version=form.seen)
                return desk(key, _("Saved."))
            except Stale as stale:
                current_words, status = stale.current, stale.status
                form.take(stale)
                form.version.data = str(stale.current["version"])
                form.version.raw_data = None
            except (Invalid, Conflict) as refused:
                form.take(refused)
                status = refused.status
    return render_template("initiatives/edit.html", form=form, initiative=initiative, now=current_words), status
