"""Sign-in, sign-out, forgotten passwords, and the outbox of the demo."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask_login import login_user, logout_user
from werkzeug.wrappers import Response

from gongzhi.kernel.carriers import kept_channels
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import DomainError, Invalid, NotFound, TooMany
from gongzhi.kernel.guard import actor, guard
from gongzhi.kernel.policy import PUBLIC
from gongzhi.kernel.text import lazy as _l

from .. import actions, queries
from ..forms import ForgottenForm, ResetForm, SignInForm
from ..models import Account, AccountState
from ..rules import (
    CODES_PER_ADDRESS,
    CODES_PER_CONTACT,
    GUESSES_PER_ADDRESS,
    SIGN_IN_PER_ADDRESS,
    SIGN_IN_PER_LOGIN,
    local_path,
    parse_contact,
)
from .base import SignedIn, address, blueprint, show, spend

WRONG = _l("Login or password is not right.")
DISABLED = _l("This account was disabled. Please ask the office of your sub-district.")
WRONG_CODE = _l("This code is not right, or it has expired.")


def enter(account: Account, password: str | None = None) -> None:
    """Sign this browser in with a new session; the one it had before ends, and nothing of its cookie stays."""
    with write() as current:
        if g.identified is not None:
            actions.end_session(current, actor(), g.identified.session.id)
        fresh = current.get_one(Account, account.id)
        token, _opened = actions.open_session(
            current, fresh, kind="browser", device=request.headers.get("User-Agent", ""), password=password
        )
    cookie.clear()
    cookie.permanent = True
    login_user(SignedIn(token))


def checked_account(login: str, password: str) -> Account:
    """The account with this login and password; limits count first, and failures all look and last the same.

    Raises `TooMany`, or `Invalid` beside `password`.
    """
    spend((SIGN_IN_PER_LOGIN, login), (SIGN_IN_PER_ADDRESS, address()))
    account = queries.account_with_password(session(), login, password)
    if account is None:
        raise Invalid.of("password", WRONG)
    if account.state != AccountState.ACTIVE:
        raise Invalid.of("login", DISABLED)
    with write() as current:
        actions.forgive(current, SIGN_IN_PER_LOGIN, login)
    return account


@blueprint.route("/sign-in", methods=["GET", "POST"])
@guard(PUBLIC)
def sign_in() -> Response:
    """Ask for login and password, and go where the person wanted to go."""
    form = SignInForm()
    if request.method == "GET":
        form.next.data = local_path(request.args.get("next")) or ""
    demo = current_app.config["SETTINGS"].demo
    context: dict[str, Any] = {"demo_accounts": queries.demo_accounts(session(), actor().district_id) if demo else []}
    if request.method == "GET" or not form.validate():
        return show("people/sign_in.html", form, **context)
    try:
        account = checked_account(form.text("login"), form.text("password"))
    except (Invalid, TooMany) as error:
        return show("people/sign_in.html", form, error, **context)
    enter(account, form.text("password"))
    return redirect(local_path(form.next.data) or "/")


@blueprint.post("/sign-out")
@guard(PUBLIC)
def sign_out() -> Response:
    """End this session, in the database as well as in the cookie."""
    if g.identified is not None and g.identified.session.kind == "browser":
        with write() as current:
            actions.end_session(current, actor(), g.identified.session.id)
    logout_user()
    cookie.clear()
    flash(str(_l("You are signed out.")), "success")
    return redirect("/")


@blueprint.route("/password/forgotten", methods=["GET", "POST"])
@guard(PUBLIC)
def forgotten() -> Response:
    """Ask where to send a code for a new password."""
    form = ForgottenForm()
    if request.method == "GET" or not form.validate():
        return _forgotten_page(form)
    try:
        contact = parse_contact(form.text("contact"))
        spend((CODES_PER_CONTACT, contact.value), (CODES_PER_ADDRESS, address()))
    except (Invalid, TooMany) as error:
        return _forgotten_page(form, error)
    with write() as current:
        code_id = actions.begin_reset(current, contact, district_id=actor().district_id)
    return redirect(url_for("people.reset", code_id=code_id))


def _forgotten_page(form: ForgottenForm, error: DomainError | None = None) -> Response:
    return show(
        "people/form.html",
        form,
        error,
        title=_l("Choose a new password"),
        intro=[_l("We send you a code. With it you choose a new password.")],
        submit=_l("Send the code"),
        links=[(url_for("people.sign_in"), _l("Back to sign-in"))],
    )


@blueprint.route("/password/reset/<code_id>", methods=["GET", "POST"])
@guard(PUBLIC)
def reset(code_id: str) -> Response:
    """Enter the code and a new password; all sessions end."""
    contact = actions.contact_of_code(session(), code_id, "reset")
    form = ResetForm()
    context: dict[str, Any] = {
        "title": _l("Choose a new password"),
        "intro": [_l("If there is an account with %(contact)s, a code is on its way.", contact=contact.masked)],
        "submit": _l("Set the new password"),
        "again": url_for("people.reset_again", code_id=code_id),
    }
    if request.method == "GET" or not form.validate():
        return show("people/form.html", form, **context)
    try:
        spend((GUESSES_PER_ADDRESS, address()))
        hashed = actions.new_password_hash(form.text("password"), contact=contact.value)
        with write() as current:
            account = actions.reset_password(current, code_id, form.text("code"), password_hash=hashed)
        if account is None:
            raise Invalid.of("code", WRONG_CODE)
    except DomainError as error:
        return show("people/form.html", form, error, **context)
    flash(str(_l("Your new password is set. Please sign in with it.")), "success")
    return redirect(url_for("people.sign_in"))


@blueprint.post("/password/reset/<code_id>/again")
@guard(PUBLIC)
def reset_again(code_id: str) -> Response:
    """Send another code to the same contact."""
    return send_again(code_id, "reset", url_for("people.reset", code_id=code_id))


def send_again(code_id: str, purpose: str, page: str, account_id: str | None = None) -> Response:
    """A new code for the same page, within the limits of a first one."""
    contact = actions.contact_of_code(session(), code_id, purpose, account_id)
    spend((CODES_PER_CONTACT, contact.value), (CODES_PER_ADDRESS, address()))
    with write() as current:
        actions.send_code_again(current, code_id, purpose, account_id)
    flash(str(_l("A new code is on its way.")), "success")
    return redirect(page)


@blueprint.get("/outbox")
@guard(PUBLIC)
def outbox() -> str:
    """The messages that would have been sent: in demo mode only, and only those nobody carries away."""
    channels = kept_channels()
    if not current_app.config["SETTINGS"].demo or not channels:
        raise NotFound
    messages = queries.outbox(session(), actor().district_id, (*channels, "push"))
    return render_template("people/outbox.html", messages=messages)
