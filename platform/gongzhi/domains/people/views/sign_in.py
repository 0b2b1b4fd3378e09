"""Sign-in, sign-out, forgotten passwords, and the outbox of the demo."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask_login import login_user, logout_user
from werkzeug.wrappers import Response

from gongzhi.kernel import clock
from gongzhi.kernel.carriers import kept_channels
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import DomainError, Invalid, NeedsSignIn, NotFound, TooMany
from gongzhi.kernel.guard import actor, guard
from gongzhi.kernel.policy import PUBLIC
from gongzhi.kernel.text import lazy as _l

from .. import actions, queries
from ..forms import ForgottenForm, ResetForm, SecondForm, SignInForm
from ..models import Account, AccountState
from ..rules import (
    CODES_PER_ADDRESS,
    CODES_PER_CONTACT,
    GUESSES_PER_ADDRESS,
    HALF_WAY,
    SECOND_PER_ACCOUNT,
    SIGN_IN_PER_ADDRESS,
    SIGN_IN_PER_LOGIN,
    local_path,
    parse_contact,
)
from .base import SignedIn, address, blueprint, show, site, spend, terms

WRONG = _l("Login or password is not right.")
DISABLED = _l("This account was disabled. Please ask the office of your sub-district.")
WRONG_SECOND = _l("This code is not right, or it was used already.")
WRONG_CODE = _l("This code is not right, or it has expired.")


def enter(account: Account, password: str | None = None) -> queries.Terms:
    """Sign this browser in with a new session; the one it had before ends, and nothing of its cookie stays.

    Whoever signs in keeps the account: an erasure asked for is cancelled. Returns on which terms the session is
    open: without a second step that is needed, for a time or for very little.
    """
    with write() as current:
        if g.identified is not None:
            actions.end_session(current, actor(), g.identified.session.id)
        fresh = current.get_one(Account, account.id)
        granted = terms(fresh)
        stays = actions.cancel_erasure(current, fresh)
        token, _opened = actions.open_session(
            current,
            fresh,
            kind="browser",
            device=request.headers.get("User-Agent", ""),
            address=request.remote_addr or "",
            password=password,
            terms=granted,
        )
    cookie.clear()
    cookie.permanent = True
    login_user(SignedIn(token))
    if stays:
        flash(str(_l("The erasure of your account was cancelled. It stays as it was.")), "success")
    return granted


def welcome(granted: queries.Terms, next_page: str | None) -> Response:
    """Where to go after signing in: to the second step first, where it is needed and its time is over."""
    if granted.limited:
        flash(str(_l("Your office or role needs a second step of sign-in. Set it up now to go on.")), "warning")
        return redirect(url_for("people.security"))
    if granted.until is not None:
        days = max(1, -(-int((granted.until - clock.now()).total_seconds()) // 86400))
        flash(
            str(
                _l(
                    "Your office or role needs a second step of sign-in. Set it up within %(num)s days, "
                    "in your account under “Sign-in”.",
                    num=days,
                )
            ),
            "warning",
        )
    return redirect(local_path(next_page) or "/")


def go_on(account: Account, next_page: str | None, password: str | None = None) -> Response:
    """The first step was right: ask for the second one where there is one, else sign in."""
    if not actions.has_step(session(), account.id):
        return welcome(enter(account, password), next_page)
    cookie["half"] = {
        "account": account.id,
        "epoch": account.auth_epoch,
        "until": (clock.now() + HALF_WAY).timestamp(),
        "next": local_path(next_page) or "",
    }
    return redirect(url_for("people.second"))


def half_way() -> tuple[Account, str]:
    """Who gave the right password in this browser a moment ago, and where to go. Raises `NeedsSignIn`."""
    held = cookie.get("half")
    if not isinstance(held, dict) or float(held.get("until", 0)) < clock.now().timestamp():
        raise NeedsSignIn(_l("Please sign in again: that took too long."))
    account = session().get(Account, str(held["account"]))
    if account is None or account.state != AccountState.ACTIVE or account.auth_epoch != held["epoch"]:
        raise NeedsSignIn(_l("Please sign in again: that took too long."))
    return account, str(held.get("next", ""))


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
    context = sign_in_context()
    if request.method == "GET" or not form.validate():
        return show("people/sign_in.html", form, **context)
    try:
        account = checked_account(form.text("login"), form.text("password"))
    except (Invalid, TooMany) as error:
        return show("people/sign_in.html", form, error, **context)
    return go_on(account, form.next.data, form.text("password"))


@blueprint.route("/sign-in/second", methods=["GET", "POST"])
@guard(PUBLIC)
def second() -> Response:
    """The second step: a code of the app, a recovery code, or a passkey."""
    account, next_page = half_way()
    form = SecondForm()
    steps = queries.second_steps(session(), account.id)
    context: dict[str, Any] = {"steps": steps, "has_passkey": bool(steps.passkeys)}
    if request.method == "GET":
        return show("people/second.html", form, **context)
    try:
        spend((SECOND_PER_ACCOUNT, account.id), (SIGN_IN_PER_ADDRESS, address()))
        with write() as current:
            if form.passkey.data:
                actions.use_passkey(current, site(), form.passkey.data, purpose="second", account_id=account.id)
            elif not actions.use_code(current, account.id, form.text("code")):
                raise Invalid.of("code", WRONG_SECOND)
            actions.forgive(current, SECOND_PER_ACCOUNT, account.id)
    except DomainError as error:
        return show("people/second.html", form, error, **context)
    left = queries.second_steps(session(), account.id).recovery_left
    granted = enter(account)
    if steps.recovery_left != left:
        used = _l("You used a recovery code; %(num)s are left. Renew them in your account under “Sign-in”.", num=left)
        flash(str(used), "warning")
    return welcome(granted, next_page)


@blueprint.post("/sign-in/passkey")
@guard(PUBLIC)
def sign_in_with_passkey() -> Response:
    """A passkey alone: the device has made sure who it is, so no password and no second step is asked for."""
    form = SignInForm()
    try:
        spend((SIGN_IN_PER_ADDRESS, address()))
        with write() as current:
            account = actions.use_passkey(
                current, site(), request.form.get("passkey", ""), purpose="sign_in", account_id=None
            )
        if account.state != AccountState.ACTIVE:
            raise Invalid.of("passkey", DISABLED)
    except DomainError as error:
        return show("people/sign_in.html", SignInForm(formdata=None), error, **sign_in_context())
    return welcome(enter(account), form.next.data)


def sign_in_context() -> dict[str, Any]:
    """What the sign-in page shows besides its form."""
    settings = current_app.config["SETTINGS"]
    return {
        "demo_accounts": queries.demo_accounts(session(), actor().district_id) if settings.demo else [],
        "providers": settings.providers,
    }


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
