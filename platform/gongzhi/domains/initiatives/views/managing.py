"""Managing: the coordinator's page; begin, finish and stop; needs, helpers, handing over."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from wtforms.fields.choices import SelectChoice

from gongzhi.kernel import clock
from gongzhi.kernel.db import session, write
from gongzhi.kernel.guard import actor, guard
from gongzhi.kernel.policy import SIGNED_IN, allows

from .. import actions, queries, rules
from ..forms import ChooseForm, NeedForm, ReasonForm, ReportForm, StepForm, UpdateForm, need_of
from ..models import Initiative, InitiativeNeed, InitiativeState
from ..permissions import COORDINATE, ORGANISE
from .base import LABELS, Answer, attempt, blueprint, desk, home, name_of, new_once, typed_amount


@blueprint.get("/<initiative_id>/manage")
@guard(ORGANISE, initiative=queries.access_initiative)
def manage(initiative: Initiative) -> Answer:
    """All that its organisers can do."""
    return manage_page(initiative.id)


def manage_page(initiative_id: str, status: int = 200, **forms: Any) -> tuple[str, int]:
    """The page; forms that were refused take the place of the empty ones."""
    page = queries.access_initiative_page(session(), actor(), initiative_id)
    initiative = page.initiative
    people = [
        SelectChoice(who.key, name_of(who, initiative)) for who in queries.participants_to_choose(session(), initiative)
    ]
    names = {str(one.value): str(one.label) for one in people}
    others = [one for one in people if one.value != initiative.coordinator_key]
    step = forms.get("step_form") or StepForm(formdata=None, data={"once": new_once()})
    step.owner.choices = people
    helper = forms.get("helper_form") or ChooseForm(formdata=None, prefix="helper")
    helper.who.choices = [one for one in others if one.value not in initiative.helper_keys]
    successor = forms.get("successor_form") or ChooseForm(formdata=None, prefix="successor")
    successor.who.choices = others
    state = InitiativeState(initiative.state)
    return render_template(
        "initiatives/manage.html",
        page=page,
        initiative=initiative,
        can={
            "coordinate": allows(actor(), COORDINATE, initiative),
            "organise": True,
            "act": {one.action for one in rules.MACHINE.actions_from(state)},
        },
        is_open=state in rules.OPEN_STATES,
        waiting=[view for view in page.pledges if view.pledge.state == "open"],
        helpers=[(key, names.get(key, key)) for key in initiative.helper_keys],
        successor=names.get(initiative.successor_key or ""),
        step_form=step,
        helper_form=helper,
        successor_form=successor,
        need_form=forms.get("need_form") or NeedForm(formdata=None),
        update_form=forms.get("update_form") or UpdateForm(formdata=None, data={"once": new_once()}),
        report_form=forms.get("report_form") or ReportForm(formdata=None),
        stop_form=forms.get("stop_form") or ReasonForm(formdata=None, prefix="stop"),
        today=clock.today(),
        most_photos=rules.MOST_PHOTOS,
        **LABELS,
    ), status


@blueprint.post("/<initiative_id>/begin")
@guard(COORDINATE, initiative=queries.access_initiative)
def begin(initiative: Initiative) -> Answer:
    """The work begins."""
    key = initiative.id
    with write() as current:
        actions.begin(current, actor(), initiative)
    return desk(key, _("The work has begun."))


@blueprint.post("/<initiative_id>/finish")
@guard(COORDINATE, initiative=queries.access_initiative)
def finish(initiative: Initiative) -> Answer:
    """Finish with a report."""
    key, form = initiative.id, ReportForm()
    status = attempt(form, lambda current: actions.finish(current, actor(), initiative, report=form.report.data or ""))
    if status is None:
        return home(key, _("Finished. Those who took part and those who supported the issue are asked to rate."))
    return manage_page(key, status, report_form=form)


@blueprint.post("/<initiative_id>/stop")
@guard(COORDINATE, initiative=queries.access_initiative)
def stop(initiative: Initiative) -> Answer:
    """Give it up with a public reason."""
    key, form = initiative.id, ReasonForm(prefix="stop")
    status = attempt(form, lambda current: actions.stop(current, actor(), initiative, reason=form.reason.data or ""))
    if status is None:
        return home(key, _("The initiative is stopped; the reason is public."))
    return manage_page(key, status, stop_form=form)


@blueprint.post("/<initiative_id>/needs")
@guard(COORDINATE, initiative=queries.access_initiative)
def add_need(initiative: Initiative) -> Answer:
    """Ask for one thing more."""
    key, form = initiative.id, NeedForm()
    status = attempt(form, lambda current: actions.add_need(current, actor(), initiative, need_of(form)))
    return desk(key, _("Added."), "needs") if status is None else manage_page(key, status, need_form=form)


@blueprint.route("/<initiative_id>/needs/<need_id>", methods=["GET", "POST"])
@guard(COORDINATE, initiative=queries.access_initiative, need=queries.access_need)
def need(initiative: Initiative, need: InitiativeNeed) -> Answer:
    """Correct a need; of another initiative's the action refuses."""
    key, kind = initiative.id, need.kind
    filled = {
        "kind": kind,
        "description": need.description,
        "required": typed_amount(need.required, kind),
        "unit": need.unit,
    }
    form = NeedForm(data=None if request.method == "POST" else filled)
    status = 200
    if request.method == "POST":
        form.kind.data = kind

        def act(current: Session) -> None:
            wanted = need_of(form)
            actions.change_need(
                current, actor(), need, description=wanted.description, required=wanted.required, unit=wanted.unit
            )

        refused = attempt(form, act)
        if refused is None:
            return desk(key, _("Saved."), "needs")
        status = refused
    return render_template("initiatives/need.html", form=form, need=need, initiative=initiative, **LABELS), status


@blueprint.post("/<initiative_id>/helpers")
@guard(COORDINATE, initiative=queries.access_initiative)
def name_helper(initiative: Initiative) -> Answer:
    """Let a participant help to organise."""
    key, form = initiative.id, ChooseForm(prefix="helper")
    aliases = {"helper": "who"}
    status = attempt(
        form, lambda current: actions.name_helper(current, actor(), initiative, form.who.data or ""), aliases
    )
    return desk(key, _("Saved."), "organisers") if status is None else manage_page(key, status, helper_form=form)


@blueprint.post("/<initiative_id>/helpers/<helper_key>/dismiss")
@guard(COORDINATE, initiative=queries.access_initiative)
def dismiss_helper(initiative: Initiative, helper_key: str) -> Answer:
    """A helper is none any more."""
    key = initiative.id
    with write() as current:
        actions.dismiss_helper(current, actor(), initiative, helper_key)
    return desk(key, _("Saved."), "organisers")


@blueprint.post("/<initiative_id>/hand-over")
@guard(COORDINATE, initiative=queries.access_initiative)
def hand_over(initiative: Initiative) -> Answer:
    """Ask a participant to take over."""
    key, form = initiative.id, ChooseForm(prefix="successor")
    aliases = {"successor": "who"}
    status = attempt(
        form, lambda current: actions.offer_coordination(current, actor(), initiative, form.who.data or ""), aliases
    )
    if status is None:
        return desk(key, _("Asked. Until they accept you stay the coordinator."), "organisers")
    return manage_page(key, status, successor_form=form)


@blueprint.post("/<initiative_id>/take-over")
@guard(SIGNED_IN, initiative=queries.access_initiative)
def take_over(initiative: Initiative) -> Answer:
    """Take over as coordinator; the action asks whether the actor was asked."""
    key = initiative.id
    with write() as current:
        actions.accept_coordination(current, actor(), initiative)
    return desk(key, _("You coordinate this initiative now."))
