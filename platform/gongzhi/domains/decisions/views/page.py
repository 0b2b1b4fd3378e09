"""What all pages of decisions share: the blueprint and the page with every form it may show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from gongzhi.domains.ballots.views.reading import panel_on
from gongzhi.domains.comments.views import offer_thread
from gongzhi.domains.decisions import permissions, rules
from gongzhi.domains.decisions.forms import (
    ObjectionAnswerForm,
    ObjectionForm,
    ProgressForm,
    RatingForm,
    ReasonForm,
    SettleForm,
)
from gongzhi.domains.decisions.models import Decision, DecisionState
from gongzhi.domains.decisions.queries import DecisionPage, ObjectionView, StepView, decision_page
from gongzhi.kernel import clock
from gongzhi.kernel.db import session
from gongzhi.kernel.forms import RoomForm
from gongzhi.kernel.guard import actor
from gongzhi.kernel.panels import panels
from gongzhi.kernel.policy import allows
from gongzhi.kernel.text import Message

blueprint = Blueprint("decisions", __name__, url_prefix="/decisions")
offer_thread("decision")

S = DecisionState
Answer = Response | str | tuple[str, int]

TONES = {
    DecisionState.DRAFT: "done",
    DecisionState.IN_REVIEW: "wait",
    DecisionState.PUBLIC_NOTICE: "wait",
    DecisionState.PUBLISHED: "blue",
    DecisionState.DONE: "ok",
    DecisionState.WITHDRAWN: "done",
}
LABELS = {
    "state_labels": rules.STATE_LABELS,
    "commitment_labels": rules.COMMITMENT_LABELS,
    "adoption_labels": rules.ADOPTION_LABELS,
    "action_labels": rules.ACTION_LABELS,
    "tones": TONES,
}


def show_page(decision: Decision, status: int = 200, **forms: Any) -> tuple[str, int]:
    """The page of a decision; a form that was refused takes the place of the empty one."""
    who = actor()
    shown = decision_page(session(), who, decision)
    progress = forms.get("progress_form") or ProgressForm(formdata=None)
    progress.commitment.choices = [
        SelectChoice("", _("The decision as a whole")),
        *(SelectChoice(one.id, one.text) for one in shown.commitments),
    ]
    context: dict[str, Any] = {
        "reason_form": ReasonForm(formdata=None),
        "settle_form": SettleForm(formdata=None),
        "objection_form": ObjectionForm(formdata=None),
        "objection_answer_form": ObjectionAnswerForm(formdata=None),
        "rating_form": RatingForm(formdata=None),
        **forms,
        "progress_form": progress,
    }
    if shown.my_rating is not None and "rating_form" not in forms:
        mine = shown.my_rating
        context["rating_form"] = RatingForm(
            formdata=None, solved=mine.solved, satisfaction=str(mine.satisfaction), comment=mine.comment
        )
    may = {
        name: allows(who, getattr(permissions, f"{name.upper()}_DECISION"), decision)
        for name in ("edit", "review", "publish", "object", "rate")
    }
    may["report"] = allows(who, permissions.REPORT_PROGRESS, decision)
    may["review"] = may["review"] and not any(
        step.actor_id == who.account_id and step.action in rules.WRITING for step in shown.steps
    )
    may["object"] = (
        may["object"]
        and decision.state == DecisionState.PUBLIC_NOTICE
        and (decision.notice_until is None or clock.today() <= decision.notice_until)
        and all((one.voter_key, one.notice_round) != (who.voter_key, decision.notice_round) for one in shown.objections)
    )
    state = DecisionState(decision.state)
    return render_template(
        "decisions/show.html",
        page=shown,
        decision=decision,
        may=may,
        can=lambda action: rules.MACHINE.allows(state, action),
        notice_over=decision.notice_until is not None and decision.notice_until < clock.today(),
        days_left=(decision.notice_until - clock.today()).days if decision.notice_until else None,
        today=clock.today(),
        steps=_steps(shown),
        rounds=_rounds(shown),
        version=shown.version,
        threads=panels("decision.thread", session(), who, decision) if decision.shown_at is not None else [],
        ballots=panel_on(session(), who, "decision", decision, [issue.id for issue in shown.issues]),
        asides=panels("decision.aside", session(), who, decision) if decision.shown_at is not None else [],
        **LABELS,
        **context,
    ), status


@dataclass(frozen=True)
class Round:
    """The objections to one public notice, and how it ended: `ended` is None while it runs."""

    number: int
    objections: list[ObjectionView]
    ended: StepView | None
    label: Message


def _rounds(shown: DecisionPage) -> list[Round]:
    """Objections by public notice, the newest first; a notice nobody objected to is left out."""
    ends = [step for step in shown.steps if step.action in rules.ENDS_OF_NOTICE and step.from_state == S.PUBLIC_NOTICE]
    found = []
    for number in range(shown.decision.notice_round, 0, -1):
        ended = ends[number - 1] if number <= len(ends) else None
        objections = [one for one in shown.objections if one.notice_round == number]
        if objections:
            found.append(Round(number, objections, ended, rules.ACTION_LABELS[ended.action] if ended else ""))
    return found


def _steps(shown: DecisionPage) -> list[dict[str, Any]]:
    """The course so far and the step that comes next, as the macro `trace` takes them."""
    steps: list[dict[str, Any]] = [
        {
            "at": step.at,
            "label": rules.ACTION_LABELS[step.action],
            "who": step.office or step.name,
            "note": step.reason,
            "state": "done",
        }
        for step in shown.steps
    ]
    if steps and shown.decision.state not in (DecisionState.DONE, DecisionState.WITHDRAWN):
        steps[-1]["state"] = "now"
    ahead = [state for state in rules.COURSE if state not in {step.to_state for step in shown.steps}]
    if shown.decision.state != DecisionState.WITHDRAWN:
        steps += [{"at": None, "label": rules.STATE_LABELS[state], "state": "todo"} for state in ahead]
    return steps


def home(decision: Decision, message: str | None = None) -> Response:
    """Back to the page of the decision."""
    if message:
        flash(message, "success")
    return redirect(url_for("decisions.show", decision_id=decision.id))


def take(
    decision: Decision,
    form: RoomForm,
    act: Callable[[Session], object],
    said: str,
    **shown: Any,
) -> Answer:
    """Do what a form asks for and go back to the page; refused, show it again with what was typed."""
    status = form.attempt(act)
    return home(decision, said) if status == 302 else show_page(decision, status, **shown)
