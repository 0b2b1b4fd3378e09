"""One's own account: settings, password, contact, sessions, organisations, and who looked at one's data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import DomainError, Invalid, NotFound
from gongzhi.kernel.guard import actor, guard
from gongzhi.kernel.text import lazy as _l

from .. import actions, queries
from ..forms import CodeForm, ContactForm, Form, NameForm, PasswordForm, RemoveContactForm
from ..models import LEVEL_LABELS, ROLE_LABELS
from ..permissions import MANAGE_OWN_ACCOUNT
from ..rules import CODES_PER_ADDRESS, CODES_PER_CONTACT, GUESSES_PER_ADDRESS, SIGN_IN_PER_LOGIN, Limit, parse_contact
from .base import address, blueprint, locale, show, spend
from .sign_in import WRONG_CODE, send_again

TABS = (
    ("people.account", _l("Settings")),
    ("people.my_verification", _l("Verification")),
    ("people.my_organisations", _l("Organisations")),
    ("people.security", _l("Sign-in")),
    ("people.my_sessions", _l("Devices")),
    ("people.my_data", _l("My data")),
    ("people.looks", _l("Who looked at my data")),
)


def tabs() -> list[dict[str, Any]]:
    """The pages of one's account."""
    return [
        {"label": str(label), "url": url_for(endpoint), "current": request.endpoint == endpoint}
        for endpoint, label in TABS
    ]


@blueprint.route("/account", methods=["GET", "POST"])
@guard(MANAGE_OWN_ACCOUNT)
def account() -> Response:
    """The overview; the form changes the name shown to others."""
    own = queries.own_account(session(), actor())
    form = NameForm(obj=own)
    error: DomainError | None = None
    if request.method == "POST" and form.validate():
        try:
            with write() as current:
                actions.rename_account(current, actor(), form.text("name"))
        except Invalid as refused:
            error = refused
        else:
            flash(str(_l("Your name was changed.")), "success")
            return redirect(url_for("people.account"))
    return show(
        "people/account.html",
        form,
        error,
        tabs=tabs(),
        own=own,
        contacts=queries.masked_contacts(own),
        level=LEVEL_LABELS[own.level],
        community=queries.place_name(session(), own.community_id, locale()),
    )


def _check_own_password(form: Form, *further: tuple[Limit, str]) -> None:
    """Guesses of one's own password are counted like those at the door; `further` limits are spent with it."""
    spend((SIGN_IN_PER_LOGIN, f"account {actor().account_id}"), *further)
    actions.check_own_password(session(), actor(), form.text("current_password"))


@contextmanager
def _forgiving() -> Iterator[Session]:
    """The write of somebody whose password was right: earlier guesses no longer count."""
    with write() as current:
        yield current
        actions.forgive(current, SIGN_IN_PER_LOGIN, f"account {actor().account_id}")


@blueprint.route("/account/password", methods=["GET", "POST"])
@guard(MANAGE_OWN_ACCOUNT)
def my_password() -> Response:
    """Change the password; all other sessions end."""
    form = PasswordForm()
    context: dict[str, Any] = {
        "title": _l("Change the password"),
        "intro": [_l("Your other devices are signed out.")],
        "submit": _l("Change the password"),
        "links": [(url_for("people.account"), _l("Back to the settings"))],
    }
    if request.method == "GET" or not form.validate():
        return show("people/form.html", form, **context)
    try:
        _check_own_password(form)
        hashed = actions.new_password_hash(form.text("password"), name=actor().name)
        with _forgiving() as current:
            actions.change_password(current, actor(), password_hash=hashed)
    except DomainError as error:
        return show("people/form.html", form, error, **context)
    flash(str(_l("Your password was changed; other devices were signed out.")), "success")
    return redirect(url_for("people.account"))


@blueprint.route("/account/contact", methods=["GET", "POST"])
@guard(MANAGE_OWN_ACCOUNT)
def my_contact() -> Response:
    """Ask for the new contact and send a code to it."""
    form = ContactForm()
    context: dict[str, Any] = {
        "title": _l("Add or change e-mail or mobile number"),
        "intro": [_l("We send a code to the new contact. Until you enter it, nothing changes.")],
        "submit": _l("Send the code"),
        "links": [(url_for("people.account"), _l("Back to the settings"))],
    }
    if request.method == "GET" or not form.validate():
        return show("people/form.html", form, **context)
    try:
        contact = parse_contact(form.text("contact"))
        _check_own_password(form, (CODES_PER_CONTACT, contact.value), (CODES_PER_ADDRESS, address()))
        with _forgiving() as current:
            code_id = actions.begin_contact_change(current, actor(), contact)
    except DomainError as error:
        return show("people/form.html", form, error, **context)
    return redirect(url_for("people.confirm_contact", code_id=code_id))


@blueprint.route("/account/contact/<code_id>", methods=["GET", "POST"])
@guard(MANAGE_OWN_ACCOUNT)
def confirm_contact(code_id: str) -> Response:
    """Enter the code sent to the new contact."""
    contact = actions.contact_of_code(session(), code_id, "contact", actor().account_id)
    form = CodeForm()
    context: dict[str, Any] = {
        "title": _l("Confirm your contact"),
        "intro": [
            _l("We sent a message to %(contact)s. Enter the code in it within 15 minutes.", contact=contact.masked)
        ],
        "submit": _l("Confirm"),
        "again": url_for("people.confirm_contact_again", code_id=code_id),
    }
    if request.method == "GET" or not form.validate():
        return show("people/form.html", form, **context)
    try:
        spend((GUESSES_PER_ADDRESS, address()))
        with write() as current:
            done = actions.confirm_contact_change(current, actor(), code_id, form.text("code"))
        if not done:
            raise Invalid.of("code", WRONG_CODE)
    except DomainError as error:
        return show("people/form.html", form, error, **context)
    flash(str(_l("Your contact was changed.")), "success")
    return redirect(url_for("people.account"))


@blueprint.route("/account/contacts/<kind>/remove", methods=["GET", "POST"])
@guard(MANAGE_OWN_ACCOUNT)
def remove_contact(kind: str) -> Response:
    """Remove one of two contacts; the password is asked again."""
    contacts = queries.contacts_of(queries.own_account(session(), actor()))
    if kind not in contacts:
        raise NotFound
    form = RemoveContactForm()
    context: dict[str, Any] = {
        "title": _l("Remove %(contact)s", contact=contacts[kind].masked),
        "intro": [_l("You can no longer sign in with it, and no message is sent to it any more.")],
        "submit": _l("Remove the contact"),
        "links": [(url_for("people.account"), _l("Back to the settings"))],
    }
    if request.method == "GET" or not form.validate():
        return show("people/form.html", form, **context)
    try:
        _check_own_password(form)
        with _forgiving() as current:
            actions.remove_contact(current, actor(), kind)
    except DomainError as error:
        return show("people/form.html", form, error, **context)
    flash(str(_l("The contact was removed.")), "success")
    return redirect(url_for("people.account"))


@blueprint.post("/account/contact/<code_id>/again")
@guard(MANAGE_OWN_ACCOUNT)
def confirm_contact_again(code_id: str) -> Response:
    """Send another code to the same contact."""
    return send_again(code_id, "contact", url_for("people.confirm_contact", code_id=code_id), actor().account_id)


@blueprint.get("/account/sessions")
@guard(MANAGE_OWN_ACCOUNT)
def my_sessions() -> str:
    """Where one is signed in."""
    return render_template(
        "people/sessions.html",
        tabs=tabs(),
        sessions=queries.own_sessions(session(), actor()),
        present=actor().session_id,
    )


@blueprint.post("/account/sessions/<session_id>/end")
@guard(MANAGE_OWN_ACCOUNT)
def end_session(session_id: str) -> Response:
    """Sign one device out."""
    with write() as current:
        actions.end_session(current, actor(), session_id)
    flash(str(_l("The device was signed out.")), "success")
    return redirect(url_for("people.my_sessions"))


@blueprint.post("/account/sessions/end-others")
@guard(MANAGE_OWN_ACCOUNT)
def end_other_sessions() -> Response:
    """Sign all other devices out."""
    with write() as current:
        actions.end_other_sessions(current, actor())
    flash(str(_l("All other devices were signed out.")), "success")
    return redirect(url_for("people.my_sessions"))


@blueprint.get("/account/looks")
@guard(MANAGE_OWN_ACCOUNT)
def looks() -> str:
    """谁看过我的信息: each reading of one's unmasked data with office, time and reason."""
    page = queries.looks_at_me(session(), actor(), locale(), after=request.args.get("cursor"))
    return render_template("people/looks.html", tabs=tabs(), page=page, roles=ROLE_LABELS)


@blueprint.get("/account/organisations")
@guard(MANAGE_OWN_ACCOUNT)
def my_organisations() -> str:
    """The organisations one acts for or has applied for."""
    return render_template(
        "people/my_organisations.html", tabs=tabs(), mine=queries.own_organisations(session(), actor())
    )
