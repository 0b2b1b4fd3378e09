"""Objections, ratings and following."""

from __future__ import annotations

from flask import request
from flask_babel import gettext as _

from gongzhi.domains.decisions import actions
from gongzhi.domains.decisions.forms import ObjectionAnswerForm, ObjectionForm, RatingForm
from gongzhi.domains.decisions.models import Decision, Objection
from gongzhi.domains.decisions.permissions import OBJECT_DECISION, PUBLISH_DECISION, RATE_DECISION
from gongzhi.domains.decisions.queries import access_decision, access_objection
from gongzhi.domains.decisions.views.page import Answer, blueprint, home, take
from gongzhi.domains.issues.models import Solved
from gongzhi.kernel.db import write
from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.guard import actor, guard
from gongzhi.kernel.policy import SIGNED_IN


@blueprint.post("/<decision_id>/objections")
@guard(OBJECT_DECISION, decision=access_decision)
def object_to(decision: Decision) -> Answer:
    """Raise an objection during the public notice."""
    form = ObjectionForm()
    return take(
        decision,
        form,
        lambda current: actions.object_to(current, actor(), decision, body=form.body.data or ""),
        _("Your objection is public and must be answered before publication."),
        objection_form=form,
    )


@blueprint.post("/<decision_id>/objections/<objection_id>")
@guard(PUBLISH_DECISION, decision=access_decision, objection=access_objection)
def answer_objection(decision: Decision, objection: Objection) -> Answer:
    """Answer an objection."""
    if objection.decision_id != decision.id:
        raise NotFound
    form = ObjectionAnswerForm()
    return take(
        decision,
        form,
        lambda current: actions.answer_objection(current, actor(), objection, answer=form.answer.data or ""),
        _("Your answer is public."),
        objection_answer_form=form,
        answering=objection.id,
    )


@blueprint.post("/<decision_id>/rating")
@guard(RATE_DECISION, decision=access_decision)
def rate(decision: Decision) -> Answer:
    """Rate the outcome."""
    form = RatingForm()
    return take(
        decision,
        form,
        lambda current: actions.rate(
            current,
            actor(),
            decision,
            solved=Solved(form.solved.data),
            satisfaction=int(form.satisfaction.data),
            comment=form.comment.data or "",
        ),
        _("Thank you. Your rating counts."),
        rating_form=form,
    )


@blueprint.post("/<decision_id>/follow")
@guard(SIGNED_IN, decision=access_decision)
def follow(decision: Decision) -> Answer:
    """Follow, or with `on=0` no longer follow."""
    on = request.form.get("on", "1") == "1"
    with write() as current:
        actions.follow(current, actor(), decision, on=on)
    return home(decision)
