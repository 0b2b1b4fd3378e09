"""Steps and news; and what those concerned say: following, rating."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from wtforms.fields.choices import SelectChoice

from gongzhi.domains.issues.models import Solved
from gongzhi.kernel import storage
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import Invalid
from gongzhi.kernel.guard import actor, guard
from gongzhi.kernel.policy import SIGNED_IN, allows
from gongzhi.kernel.storage import StoredFile
from gongzhi.kernel.text import Message

from .. import actions, queries, rules
from ..forms import MoveForm, RateForm, StepForm, UpdateForm, day_of
from ..models import Initiative, Step
from ..permissions import MOVE_OWN_STEP, ORGANISE, RATE_INITIATIVE, READ_INITIATIVE
from .base import LABELS, Answer, attempt, blueprint, desk, home, name_of, once_of
from .managing import manage_page
from .reading import render_page


@blueprint.post("/<initiative_id>/steps")
@guard(ORGANISE, initiative=queries.access_initiative)
def add_step(initiative: Initiative) -> Answer:
    """Plan a step."""
    key, form = initiative.id, StepForm()

    def act(current: Session) -> None:
        actions.add_step(
            current,
            actor(),
            initiative,
            title=form.title.data or "",
            owner_key=form.owner.data or "",
            due_on=day_of(form.due_on),
            once=once_of(form),
        )

    status = attempt(form, act)
    return desk(key, _("Added."), "steps") if status is None else manage_page(key, status, step_form=form)


@blueprint.get("/steps/<step_id>")
@guard(READ_INITIATIVE, step=queries.access_step)
def step(step: Step) -> Answer:
    """One step, with what its owner and the organisers can do."""
    return _step_page(step)


def _step_page(step: Step, status: int = 200, **forms: Any) -> tuple[str, int]:
    initiative = queries.access_initiative(session(), actor(), step.initiative_id)
    people = queries.participants_to_choose(session(), initiative)
    organises = allows(actor(), ORGANISE, initiative)
    edit = forms.get("edit_form") or StepForm(
        formdata=None,
        prefix="edit",
        data={"title": step.title, "owner": step.owner_key, "due_on": step.due_on},
    )
    edit.owner.choices = [SelectChoice(who.key, name_of(who, initiative)) for who in people]
    move = forms.get("move_form") or MoveForm(formdata=None, data={"state": step.state, "reason": step.reason})
    is_open = initiative.state in rules.OPEN_STATES
    return render_template(
        "initiatives/step.html",
        step=step,
        initiative=initiative,
        owner=next((who for who in people if who.key == step.owner_key), None),
        edit_form=edit,
        move_form=move,
        can={
            "move": is_open and (organises or allows(actor(), MOVE_OWN_STEP, step)),
            "edit": is_open and organises,
        },
        **LABELS,
    ), status


@blueprint.post("/steps/<step_id>/move")
@guard(SIGNED_IN, step=queries.access_step)
def move_step(step: Step) -> Answer:
    """Move a step on; the action asks whether it is the actor's, or they organise."""
    key, form = step.initiative_id, MoveForm()
    status = attempt(
        form,
        lambda current: actions.move_step(current, actor(), step, state=form.chosen, reason=form.reason.data or ""),
    )
    if status is None:
        return home(key, _("Saved."), "steps")
    return _step_page(step, status, move_form=form)


@blueprint.post("/<initiative_id>/steps/<step_id>/edit")
@guard(ORGANISE, initiative=queries.access_initiative, step=queries.access_step)
def edit_step(initiative: Initiative, step: Step) -> Answer:
    """Change a step; of another initiative's the action refuses."""
    key, form = initiative.id, StepForm(prefix="edit")

    def act(current: Session) -> None:
        actions.edit_step(
            current,
            actor(),
            step,
            title=form.title.data or "",
            owner_key=form.owner.data or "",
            due_on=day_of(form.due_on),
        )

    status = attempt(form, act)
    if status is None:
        return home(key, _("Saved."), "steps")
    return _step_page(step, status, edit_form=form)


@blueprint.post("/<initiative_id>/updates")
@guard(ORGANISE, initiative=queries.access_initiative)
def post_update(initiative: Initiative) -> Answer:
    """Tell how the work goes."""
    key, form = initiative.id, UpdateForm()

    def act(current: Session) -> None:
        stored = _stored(form)
        actions.post_update(current, actor(), initiative, body=form.body.data or "", photos=stored, once=once_of(form))

    status = attempt(form, act)
    if status is None:
        return home(key, _("Posted. Participants and followers are told."), "updates")
    return manage_page(key, status, update_form=form)


def _stored(form: UpdateForm) -> list[tuple[StoredFile, str]]:
    """The photos, re-encoded and kept, and what they show. Raises `Invalid` naming each file that cannot be."""
    sent = [file for file in form.photos.data or () if isinstance(file, FileStorage) and file.filename]
    if len(sent) > rules.MOST_PHOTOS:
        raise Invalid.of("photos", _("At most 6 photos."))
    found: list[tuple[StoredFile, str]] = []
    wrong: list[Message] = []
    for number, file in enumerate(sent):
        name = (file.filename or "")[:60]
        try:
            stored = storage.store_image(file.stream, file.filename or "")
            found.append((stored, form.photo_texts.of(number)))
        except Invalid as refused:
            wrong.extend(f"{name}: {text}" for texts in refused.errors.values() for text in texts)
    if wrong:
        raise Invalid({"photos": wrong})
    return found


@blueprint.post("/<initiative_id>/follow")
@guard(SIGNED_IN, initiative=queries.access_initiative)
def follow(initiative: Initiative) -> Answer:
    """Follow the initiative, or no longer."""
    key, on = initiative.id, request.form.get("on") != "0"
    with write() as current:
        actions.follow(current, actor(), initiative, on=on)
    return home(key, _("You will be told of every step.") if on else _("You no longer follow this initiative."))


@blueprint.post("/<initiative_id>/rate")
@guard(RATE_INITIATIVE, initiative=queries.access_initiative)
def rate(initiative: Initiative) -> Answer:
    """Rate the outcome."""
    key, form = initiative.id, RateForm()

    def act(current: Session) -> None:
        solved, stars = form.solved.data, form.satisfaction.data or ""
        wrong = {} if solved in list(Solved) else {"solved": [_("Choose one of these.")]}
        if stars not in ("1", "2", "3", "4", "5"):
            wrong["satisfaction"] = [_("Choose 1 to 5.")]
        if wrong:
            raise Invalid(wrong)
        actions.rate(
            current,
            actor(),
            initiative,
            solved=Solved(solved),
            satisfaction=int(stars),
            comment=form.comment.data or "",
        )

    status = attempt(form, act)
    if status is None:
        return home(key, _("Thank you for your rating."), "ratings")
    page = queries.access_initiative_page(session(), actor(), key)
    return render_page(page, rate_form=form), status
