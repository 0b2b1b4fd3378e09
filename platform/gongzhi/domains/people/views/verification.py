"""A resident asks to be verified, and sees how it stands."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import DomainError
from gongzhi.kernel.guard import actor, guard
from gongzhi.kernel.text import lazy as _l

from .. import actions, queries
from ..forms import VerificationForm
from ..permissions import ASK_VERIFICATION
from .account import tabs
from .base import blueprint, locale, place_options, show


@blueprint.route("/account/verification", methods=["GET", "POST"])
@guard(ASK_VERIFICATION)
def my_verification() -> Response:
    """What verification is for, the form, and the state of one's request."""
    form = VerificationForm()
    form.community_id.choices = place_options(("community",), _l("Choose one"))
    error: DomainError | None = None
    if request.method == "POST" and form.validate():
        try:
            with write() as current:
                actions.ask_verification(
                    current,
                    actor(),
                    community_id=form.community_id.data,
                    real_name=form.text("real_name"),
                    identity=form.text("identity"),
                    note=form.text("note"),
                )
        except DomainError as refused:
            error = refused
        else:
            flash(str(_l("Your request was sent to the community. You are told when it is answered.")), "success")
            return redirect(url_for("people.my_verification"))
    own = queries.own_account(session(), actor())
    asked = queries.own_request(session(), actor())
    return show(
        "people/verification.html",
        form,
        error,
        tabs=tabs(),
        own=own,
        community=queries.place_name(session(), own.community_id, locale()),
        asked=asked,
        asked_community=queries.place_name(session(), asked.community_id if asked else None, locale()),
    )


@blueprint.post("/account/verification/withdraw")
@guard(ASK_VERIFICATION)
def withdraw_verification() -> Response:
    """Take the waiting request back."""
    with write() as current:
        actions.withdraw_request(current, actor())
    flash(str(_l("Your request was taken back and what it held is deleted.")), "success")
    return redirect(url_for("people.my_verification"))
