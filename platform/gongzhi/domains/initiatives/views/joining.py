"""Joining with a pledge; and what its maker and the organisers do with it afterwards."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from wtforms.fields.choices import SelectChoice

from gongzhi.kernel import clock
from gongzhi.kernel.db import session
from gongzhi.kernel.errors import Invalid
from gongzhi.kernel.guard import actor, guard

from .. import actions, queries, rules
from ..forms import JoinForm, ObjectionForm, ReasonForm, SettleForm, day_of
from ..models import Initiative, InitiativeNeed, Pledge, PledgeState
from ..permissions import JOIN_INITIATIVE, ORGANISE, OWN_PLEDGE, READ_INITIATIVE
from .base import LABELS, Answer, attempt, blueprint, home, quantity, typed_amount
from .reading import pledge_context

OWN = "own"


@blueprint.route("/<initiative_id>/join", methods=["GET", "POST"])
@guard(JOIN_INITIATIVE, initiative=queries.access_initiative)
def join(initiative: Initiative) -> Answer:
    """Pledge for a need or in one's own words; for the same need again it changes the pledge."""
    key = initiative.id
    needs = queries.needs_of(session(), [key]).get(key, [])
    mine = queries.pledges_of(session(), initiative, actor().voter_key)
    if request.method == "GET":
        return _page(_fresh(needs, mine), initiative, needs, mine)
    form = JoinForm()

    def act(current: Session) -> None:
        if not form.need.data:
            raise Invalid.of("need", _("Choose what you will contribute."))
        need = _chosen(current, form, initiative)
        amount = rules.read_amount(form.amount.data or "", need.kind if need else None, "amount")
        actions.join(
            current,
            actor(),
            initiative,
            need=need,
            amount=amount,
            due_on=day_of(form.due_on),
            text=form.text.data or "",
            unit=form.unit.data or "",
        )

    status = attempt(form, act)
    if status is None:
        return home(key, _("Thank you. Your pledge is public; you can change it until it is settled."), "pledges")
    return _page(form, initiative, needs, mine), status


def _chosen(current: Session, form: JoinForm, initiative: Initiative) -> InitiativeNeed | None:
    if form.need.data == OWN:
        return None
    need = current.get(InitiativeNeed, form.need.data or "")
    if need is None or need.initiative_id != initiative.id:
        raise Invalid.of("need", _("Choose one of these."))
    return need


def _fresh(needs: list[InitiativeNeed], mine: list[Pledge]) -> JoinForm:
    """The form, filled with the pledge one has already made for the need asked for (`?need=`)."""
    wanted = request.args.get("need", "")
    need = next((one for one in needs if one.id == wanted), None)
    before = next((one for one in mine if one.need_key == wanted and one.state == PledgeState.OPEN), None)
    data: dict[str, Any] = {"need": wanted if need or wanted == OWN else (OWN if not needs else "")}
    if before is not None:
        data |= {
            "amount": typed_amount(before.amount, need.kind if need else None),
            "unit": before.unit if before.is_own_words else "",
            "text": before.text,
            "due_on": before.due_on,
        }
    elif need is not None and not need.is_covered:
        data["amount"] = typed_amount(need.required - need.covered, need.kind)
    elif wanted == OWN or not needs:
        data["amount"] = "1"
    return JoinForm(formdata=None, data=data)


def _page(form: JoinForm, initiative: Initiative, needs: list[InitiativeNeed], mine: list[Pledge]) -> str:
    form.need.choices = [
        *(SelectChoice(need.id, _choice(need)) for need in needs),
        SelectChoice(OWN, _("Something else, in my own words")),
    ]
    return render_template(
        "initiatives/join.html",
        form=form,
        initiative=initiative,
        needs=needs,
        mine=[pledge for pledge in mine if pledge.state in (PledgeState.OPEN, PledgeState.KEPT)],
        need_by_id={need.id: need for need in needs},
        has_money=any(need.kind == "money" for need in needs),
        is_open=initiative.state in rules.OPEN_STATES,
        today=clock.today(),
        **LABELS,
    )


def _choice(need: InitiativeNeed) -> str:
    rest = max(need.required - need.covered, 0)
    amount = quantity(rest, need.kind, need.unit)
    lacking = _("still needed: %(amount)s", amount=amount) if rest else _("enough is pledged")
    return f"{need.description} ({lacking})"


@blueprint.get("/pledges/<pledge_id>")
@guard(READ_INITIATIVE, pledge=queries.access_pledge)
def pledge(pledge: Pledge) -> Answer:
    """One pledge: what was promised, what was said of it, and what may be done now."""
    return _pledge_page(pledge)


def _pledge_page(pledge: Pledge, status: int = 200, **forms: Any) -> tuple[str, int]:
    shown = {
        "withdraw_form": ReasonForm(formdata=None),
        "settle_form": SettleForm(formdata=None),
        "objection_form": ObjectionForm(formdata=None, data={"text": pledge.objection}),
        **forms,
    }
    return render_template("initiatives/pledge.html", **pledge_context(pledge), **shown), status


@blueprint.post("/pledges/<pledge_id>/withdraw")
@guard(OWN_PLEDGE, pledge=queries.access_pledge)
def withdraw(pledge: Pledge) -> Answer:
    """Take back one's pledge with a public reason."""
    key, form = pledge.initiative_id, ReasonForm()
    status = attempt(
        form, lambda current: actions.withdraw_pledge(current, actor(), pledge, reason=form.reason.data or "")
    )
    if status is None:
        return home(key, _("Your pledge is withdrawn; the reason is public."), "pledges")
    return _pledge_page(pledge, status, withdraw_form=form)


@blueprint.post("/<initiative_id>/pledges/<pledge_id>/settle")
@guard(ORGANISE, initiative=queries.access_initiative, pledge=queries.access_pledge)
def settle(initiative: Initiative, pledge: Pledge) -> Answer:
    """The organisers say whether it was kept; of a pledge of another initiative the action refuses."""
    key, form = initiative.id, SettleForm()

    def act(current: Session) -> None:
        if form.state.data not in list(PledgeState):
            raise Invalid.of("state", _("Choose kept or missed."))
        state = PledgeState(form.state.data)
        actions.settle_pledge(current, actor(), pledge, state=state, note=form.note.data or "")

    status = attempt(form, act)
    if status is None:
        return home(key, _("Noted in public."), "pledges")
    return _pledge_page(pledge, status, settle_form=form)


@blueprint.post("/pledges/<pledge_id>/object")
@guard(OWN_PLEDGE, pledge=queries.access_pledge)
def object_to(pledge: Pledge) -> Answer:
    """Object to "missed"."""
    key, form = pledge.initiative_id, ObjectionForm()
    status = attempt(
        form, lambda current: actions.object_to_settlement(current, actor(), pledge, text=form.text.data or "")
    )
    if status is None:
        return home(key, _("Your view stands beside the note."), "pledges")
    return _pledge_page(pledge, status, objection_form=form)
