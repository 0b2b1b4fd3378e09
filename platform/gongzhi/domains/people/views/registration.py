"""Registration: contact, name and password, then the code that proves the contact."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import DomainError, Invalid
from gongzhi.kernel.guard import actor, guard
from gongzhi.kernel.policy import PUBLIC
from gongzhi.kernel.text import lazy as _l

from .. import actions
from ..forms import CodeForm, RegisterForm
from ..rules import CODES_PER_ADDRESS, CODES_PER_CONTACT, GUESSES_PER_ADDRESS, local_path
from .base import address, blueprint, locale, public_url, show, spend
from .sign_in import WRONG_CODE, enter, send_again


@blueprint.route("/register", methods=["GET", "POST"])
@guard(PUBLIC)
def register() -> Response:
    """Ask for contact, name and password; the account exists once the contact is confirmed."""
    form = RegisterForm()
    if request.method == "GET":
        form.next.data = local_path(request.args.get("next")) or ""
        return _page(form)
    if not form.validate():
        return _page(form)
    try:
        wanted = actions.prepare_registration(
            contact=form.text("contact"), name=form.text("name"), password=form.text("password")
        )
        spend((CODES_PER_CONTACT, wanted.contact.value), (CODES_PER_ADDRESS, address()))
    except DomainError as error:
        return _page(form, error)
    with write() as current:
        code_id = actions.begin_registration(
            current, wanted, district_id=actor().district_id, locale=locale(), public_url=public_url()
        )
    return redirect(url_for("people.confirm", code_id=code_id, next=local_path(form.next.data)))


def _page(form: RegisterForm, error: DomainError | None = None) -> Response:
    return show(
        "people/form.html",
        form,
        error,
        title=_l("Register"),
        intro=[_l("With an account you can raise issues, vote and take part. Reading needs none.")],
        submit=_l("Send me a code"),
        links=[(url_for("people.sign_in"), _l("I have an account: sign in"))],
    )


@blueprint.route("/register/<code_id>", methods=["GET", "POST"])
@guard(PUBLIC)
def confirm(code_id: str) -> Response:
    """Enter the code; the account is made and the browser signed in."""
    contact = actions.contact_of_code(session(), code_id, "register")
    form = CodeForm()
    if request.method == "GET":
        form.next.data = local_path(request.args.get("next")) or ""
    context: dict[str, Any] = {
        "title": _l("Confirm your contact"),
        "intro": [
            _l("We sent a message to %(contact)s. Enter the code in it within 15 minutes.", contact=contact.masked)
        ],
        "submit": _l("Confirm"),
        "again": url_for("people.confirm_again", code_id=code_id),
    }
    if request.method == "GET" or not form.validate():
        return show("people/form.html", form, **context)
    try:
        spend((GUESSES_PER_ADDRESS, address()))
        with write() as current:
            account = actions.confirm_registration(current, code_id, form.text("code"))
        if account is None:
            raise Invalid.of("code", WRONG_CODE)
    except DomainError as error:
        return show("people/form.html", form, error, **context)
    enter(account)
    flash(str(_l("Welcome! You can take part now.")), "success")
    return redirect(local_path(form.next.data) or "/")


@blueprint.post("/register/<code_id>/again")
@guard(PUBLIC)
def confirm_again(code_id: str) -> Response:
    """Send another code to the same contact."""
    return send_again(code_id, "register", url_for("people.confirm", code_id=code_id))
