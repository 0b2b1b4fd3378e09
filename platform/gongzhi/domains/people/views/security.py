"""How one signs in: the authenticator app, recovery codes, passkeys, other providers; each changed by oneself only."""

from __future__ import annotations

from typing import Any

import pyotp
import segno
from flask import current_app, flash, redirect, render_template, request, url_for
from flask import session as cookie
from markupsafe import Markup
from werkzeug.wrappers import Response

from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import DomainError, NotFound
from gongzhi.kernel.guard import actor, guard
from gongzhi.kernel.policy import PUBLIC
from gongzhi.kernel.text import lazy as _l

from .. import actions, queries
from ..forms import AppForm, PasskeyForm
from ..models import Passkey, ProviderLink
from ..permissions import MANAGE_OWN_ACCOUNT
from ..rules import CHALLENGES_PER_ADDRESS, SECOND_PER_ACCOUNT
from .account import tabs
from .base import address, blueprint, no_store, show, site, spend, terms
from .sign_in import half_way

ADDED = _l("The second step was added.")
REMOVED = _l("The second step was removed.")


@blueprint.get("/account/security")
@guard(MANAGE_OWN_ACCOUNT)
def security() -> str:
    """How one signs in, and what to set up."""
    own = queries.own_account(session(), actor())
    links = queries.own_links(session(), actor())
    providers = current_app.config["SETTINGS"].providers
    linked = {one.issuer for one in links}
    return render_template(
        "people/security.html",
        tabs=tabs(),
        own=own,
        steps=queries.second_steps(session(), own.id),
        terms=terms(own),
        links=links,
        labels={one.name: one.label for one in providers},
        unlinked=[one for one in providers if one.issuer not in linked],
        has_password=own.password_hash != actions.UNUSABLE,
    )


@blueprint.post("/account/security/app/begin")
@guard(MANAGE_OWN_ACCOUNT, fresh=True)
def begin_app() -> Response:
    """Make a secret for the authenticator app."""
    with write() as current:
        actions.begin_totp(current, actor())
    return redirect(url_for("people.app"))


@blueprint.route("/account/security/app", methods=["GET", "POST"])
@guard(MANAGE_OWN_ACCOUNT, fresh=True)
def app() -> Response:
    """Show the secret as a QR code and in letters; the app's first code confirms it."""
    secret = actions.pending_totp(session(), actor())
    if secret is None:
        return redirect(url_for("people.security"))
    form = AppForm()
    contact = next(iter(queries.masked_contacts(queries.own_account(session(), actor())).values()), actor().name)
    address_of_app = pyotp.TOTP(secret).provisioning_uri(name=contact, issuer_name=str(_l("Gongzhi")))
    context: dict[str, Any] = {
        "qr": Markup(segno.make(address_of_app, error="m").svg_inline(scale=5, border=4)),  # noqa: S704 - segno's own drawing
        "secret": " ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        "address": address_of_app,
    }
    if request.method == "GET" or not form.validate():
        return no_store(show("people/app.html", form, **context))
    try:
        spend((SECOND_PER_ACCOUNT, actor().account_id or ""))
        with write() as current:
            codes = actions.confirm_totp(current, actor(), form.text("code"))
            actions.forgive(current, SECOND_PER_ACCOUNT, actor().account_id or "")
    except DomainError as error:
        return no_store(show("people/app.html", form, error, **context))
    return _added(codes)


def _added(codes: list[str]) -> Response:
    """The recovery codes, this once; or back to the overview where there are some already."""
    if codes:
        return no_store(current_app.make_response(render_template("people/codes.html", codes=codes)))
    flash(str(ADDED), "success")
    return redirect(url_for("people.security"))


@blueprint.post("/account/security/app/remove")
@guard(MANAGE_OWN_ACCOUNT, fresh=True)
def remove_app() -> Response:
    """Forget the authenticator app."""
    with write() as current:
        actions.remove_totp(current, actor())
    flash(str(REMOVED), "success")
    return redirect(url_for("people.security"))


@blueprint.post("/account/security/codes/renew")
@guard(MANAGE_OWN_ACCOUNT, fresh=True)
def renew_codes() -> Response:
    """Ten new recovery codes; the old ones are void."""
    with write() as current:
        codes = actions.renew_recovery_codes(current, actor())
    return _added(codes)


@blueprint.route("/account/security/passkeys/new", methods=["GET", "POST"])
@guard(MANAGE_OWN_ACCOUNT, fresh=True)
def new_passkey() -> Response:
    """Let the browser make a passkey, and keep it."""
    form = PasskeyForm()
    if request.method == "GET" or not form.validate():
        return show("people/passkey.html", form)
    try:
        with write() as current:
            codes = actions.add_passkey(current, actor(), site(), form.text("passkey"), form.text("name"))
    except DomainError as error:
        return show("people/passkey.html", form, error)
    return _added(codes)


@blueprint.post("/account/security/passkeys/<passkey_id>/remove")
@guard(MANAGE_OWN_ACCOUNT, fresh=True, passkey=queries.access_passkey)
def remove_passkey(passkey: Passkey) -> Response:
    """Forget a passkey."""
    with write() as current:
        actions.remove_passkey(current, actor(), passkey)
    flash(str(REMOVED), "success")
    return redirect(url_for("people.security"))


@blueprint.post("/account/security/providers/<link_id>/unlink")
@guard(MANAGE_OWN_ACCOUNT, fresh=True, link=queries.access_link)
def unlink_provider(link: ProviderLink) -> Response:
    """The other provider signs this account in no more."""
    with write() as current:
        actions.unlink_provider(current, actor(), link)
    flash(str(_l("The other sign-in was removed.")), "success")
    return redirect(url_for("people.security"))


@blueprint.post("/passkeys/options/<purpose>")
@guard(PUBLIC)
def passkey_options(purpose: str) -> dict[str, Any]:
    """A challenge for the browser: to sign in, as the second step, to prove oneself again, or for a new passkey."""
    spend((CHALLENGES_PER_ADDRESS, address()))
    if purpose == "sign_in":
        with write() as current:
            return actions.sign_in_options(current, site())
    if purpose == "second" and cookie.get("half"):
        account, _next = half_way()
        with write() as current:
            return actions.check_options(current, site(), account.id, "second")
    if purpose == "prove" and actor().signed_in:
        with write() as current:
            return actions.check_options(current, site(), actor().account_id or "", "prove")
    if purpose == "register" and actor().signed_in:
        with write() as current:
            return actions.registration_options(current, actor(), site())
    raise NotFound
