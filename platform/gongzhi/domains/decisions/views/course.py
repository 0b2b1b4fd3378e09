"""The way of a decision: submitted, returned or approved, published, reported on, done."""

from __future__ import annotations

from collections.abc import Callable

from flask import request
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from gongzhi.domains.decisions import actions
from gongzhi.domains.decisions.forms import ProgressForm, ReasonForm, SettleForm
from gongzhi.domains.decisions.models import Commitment, CommitmentState, Decision
from gongzhi.domains.decisions.permissions import (
    EDIT_DECISION,
    PUBLISH_DECISION,
    REPORT_PROGRESS,
    REVIEW_DECISION,
)
from gongzhi.domains.decisions.queries import access_commitment, access_decision, commitments
from gongzhi.domains.decisions.views.page import Answer, blueprint, home, show_page, take
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import Conflict, Invalid, NotFound
from gongzhi.kernel.guard import actor, guard


def _seen() -> int | None:
    """The version the page showed."""
    return request.form.get("version", type=int)


def _plain(decision: Decision, act: Callable[..., None], said: str) -> Answer:
    """A step that needs no words; what stands against it is shown on the page."""
    try:
        with write() as current:
            act(current, actor(), decision, version=_seen())
    except (Invalid, Conflict) as wrong:
        problems = [str(text) for texts in wrong.errors.values() for text in texts] or [str(wrong)]
        return show_page(decision, wrong.status, problems=problems)
    return home(decision, said)


def _with_reason(decision: Decision, act: Callable[..., None], said: str) -> Answer:
    form = ReasonForm()
    return take(
        decision,
        form,
        lambda current: act(current, actor(), decision, reason=form.reason.data or "", version=_seen()),
        said,
        reason_form=form,
        asked=request.endpoint,
    )


@blueprint.post("/<decision_id>/submit")
@guard(EDIT_DECISION, decision=access_decision)
def submit(decision: Decision) -> Answer:
    """Hand it to a second official."""
    return _plain(decision, actions.submit, _("Submitted. A second official of your office reviews it now."))


@blueprint.post("/<decision_id>/return")
@guard(REVIEW_DECISION, fresh=True, decision=access_decision)
def return_draft(decision: Decision) -> Answer:
    """Send it back."""
    return _with_reason(decision, actions.return_draft, _("Returned to its author."))


@blueprint.post("/<decision_id>/approve")
@guard(REVIEW_DECISION, fresh=True, decision=access_decision)
def approve(decision: Decision) -> Answer:
    """Approve it: public notice begins."""
    return _plain(decision, actions.approve, _("Approved. The public notice has begun."))


@blueprint.post("/<decision_id>/reconsider")
@guard(PUBLISH_DECISION, decision=access_decision)
def reconsider(decision: Decision) -> Answer:
    """Take it back into drafting after objections."""
    return _with_reason(decision, actions.reconsider, _("Taken back into drafting."))


@blueprint.post("/<decision_id>/publish")
@guard(PUBLISH_DECISION, fresh=True, decision=access_decision)
def publish(decision: Decision) -> Answer:
    """Publish it after the notice."""
    return _plain(decision, actions.publish, _("Published. Everybody concerned is being told."))


@blueprint.post("/<decision_id>/withdraw")
@guard(EDIT_DECISION, decision=access_decision)
def withdraw(decision: Decision) -> Answer:
    """Give it up."""
    return _with_reason(decision, actions.withdraw, _("Withdrawn."))


@blueprint.post("/<decision_id>/complete")
@guard(REPORT_PROGRESS, decision=access_decision)
def complete(decision: Decision) -> Answer:
    """Call it carried out."""
    return _plain(decision, actions.complete, _("Carried out. Those concerned are asked to rate."))


@blueprint.post("/<decision_id>/progress")
@guard(REPORT_PROGRESS, decision=access_decision)
def progress(decision: Decision) -> Answer:
    """Report progress."""
    form = ProgressForm()
    known = {one.id: one for one in commitments(session(), decision)}
    form.commitment.choices = [SelectChoice("", ""), *(SelectChoice(key, one.text) for key, one in known.items())]
    return take(
        decision,
        form,
        lambda current: actions.report_progress(
            current,
            actor(),
            decision,
            body=form.body.data or "",
            commitment=known.get(form.commitment.data or ""),
        ),
        _("Reported. Everybody concerned is being told."),
        progress_form=form,
    )


@blueprint.post("/<decision_id>/commitments/<commitment_id>")
@guard(REPORT_PROGRESS, decision=access_decision, commitment=access_commitment)
def settle(decision: Decision, commitment: Commitment) -> Answer:
    """Say whether a commitment was kept."""
    if commitment.decision_id != decision.id:
        raise NotFound
    form = SettleForm()
    return take(
        decision,
        form,
        lambda current: actions.settle_commitment(
            current, actor(), commitment, state=CommitmentState(form.state.data), note=form.note.data or ""
        ),
        _("Noted in public."),
        settle_form=form,
        settling=commitment.id,
    )
