"""The way of a ballot: submitted, returned or approved, withdrawn, cancelled."""

from __future__ import annotations

from collections.abc import Callable

from flask import request
from flask_babel import gettext as _

from gongzhi.kernel.db import write
from gongzhi.kernel.errors import Conflict, Invalid
from gongzhi.kernel.guard import actor, guard

from .. import actions
from ..forms import ReasonForm
from ..models import Ballot
from ..permissions import APPROVE_BALLOT, CANCEL_BALLOT, EDIT_BALLOT
from ..queries import access_ballot
from .page import Answer, blueprint, home, show_page


def _seen() -> int | None:
    """The version the page showed."""
    return request.form.get("version", type=int)


def _plain(ballot: Ballot, act: Callable[..., None], said: str) -> Answer:
    """A step that needs no words; what stands against it is shown on the page."""
    try:
        with write() as current:
            act(current, actor(), ballot, version=_seen())
    except (Invalid, Conflict) as wrong:
        problems = [str(text) for texts in wrong.errors.values() for text in texts] or [str(wrong)]
        return show_page(ballot, wrong.status, problems=problems)
    return home(ballot, said)


def _with_reason(ballot: Ballot, act: Callable[..., None], said: str) -> Answer:
    form = ReasonForm()
    status = form.attempt(
        lambda current: act(current, actor(), ballot, reason=form.reason.data or "", version=_seen()),
    )
    return home(ballot, said) if status == 302 else show_page(ballot, status, reason_form=form, asked=request.endpoint)


@blueprint.post("/<ballot_id>/submit")
@guard(EDIT_BALLOT, ballot=access_ballot)
def submit(ballot: Ballot) -> Answer:
    """Hand it to a second official."""
    return _plain(ballot, actions.submit, _("Submitted. A second official of your office approves it now."))


@blueprint.post("/<ballot_id>/return")
@guard(APPROVE_BALLOT, fresh=True, ballot=access_ballot)
def return_draft(ballot: Ballot) -> Answer:
    """Send it back."""
    return _with_reason(ballot, actions.return_draft, _("Returned to its author."))


@blueprint.post("/<ballot_id>/approve")
@guard(APPROVE_BALLOT, fresh=True, ballot=access_ballot)
def approve(ballot: Ballot) -> Answer:
    """Open it: rules and roll are frozen."""
    return _plain(ballot, actions.approve, _("Opened. Rules and roll are frozen; nobody can change them."))


@blueprint.post("/<ballot_id>/withdraw")
@guard(EDIT_BALLOT, ballot=access_ballot)
def withdraw(ballot: Ballot) -> Answer:
    """Give a draft up."""
    return _with_reason(ballot, actions.withdraw, _("Withdrawn."))


@blueprint.post("/<ballot_id>/cancel")
@guard(CANCEL_BALLOT, fresh=True, ballot=access_ballot)
def cancel(ballot: Ballot) -> Answer:
    """Stop an opened ballot."""
    return _with_reason(ballot, actions.cancel, _("Cancelled. The reason is public."))
