"""Signing in through another provider: there and back, then which account is meant. WeChat speaks no OpenID Connect."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, redirect, request, url_for
from flask import session as cookie
from werkzeug.wrappers import Response

from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import DomainError, Invalid, NotFound
from gongzhi.kernel.guard import actor, guard, prove_now
from gongzhi.kernel.policy import PUBLIC
from gongzhi.kernel.settings import Provider
from gongzhi.kernel.text import lazy as _l

from .. import actions, oidc, queries
from ..actions import Vouched
from ..forms import SignInForm, VouchedForm
from ..models import AccountState, ProviderVisit
from ..rules import VISITS_PER_ADDRESS, local_path
from .base import address, blueprint, locale, public_url, show, spend
from .sign_in import DISABLED, checked_account, go_on

LINKED = _l("The other sign-in belongs to your account now.")


def _provider(name: str) -> Provider:
    """The provider of that name. Raises `NotFound`."""
    for one in current_app.config["SETTINGS"].providers:
        if one.name == name:
            found: Provider = one
            return found
    raise NotFound


def _back(provider: Provider) -> str:
    """Where the provider sends people back to; an address of its own for each, so that answers cannot be mixed up."""
    return f"{public_url()}{url_for('people.provider_back', provider=provider.name)}"


@blueprint.get("/sign-in/with/<provider>")
@guard(PUBLIC)
def sign_in_with(provider: str) -> Response:
    """Send the person to the provider."""
    chosen = _provider(provider)
    spend((VISITS_PER_ADDRESS, address()))
    with write() as current:
        departure = actions.depart(current, chosen.name, local_path(request.args.get("next")) or "")
    way = oidc.way_to(chosen, departure, _back(chosen))
    cookie["visit"] = departure.browser
    return redirect(way)


@blueprint.get("/sign-in/with/<provider>/back")
@guard(PUBLIC)
def provider_back(provider: str) -> Response:
    """The provider sent somebody back: sign in whom it opens an account for, and ask all others which one is meant."""
    chosen = _provider(provider)
    spend((VISITS_PER_ADDRESS, address()))
    with write() as current:
        visit, nonce, verifier = actions.come_back(
            current, chosen.name, request.args.get("state", ""), str(cookie.get("visit", ""))
        )
    code = oidc.check_answer(chosen, request.args.to_dict())
    vouched = oidc.redeem(chosen, code, nonce=nonce, verifier=verifier, back=_back(chosen))
    known = queries.account_of_link(session(), vouched.issuer, vouched.subject)
    if known is None:
        with write() as current:
            actions.keep_vouched(current, visit, vouched)
        return redirect(url_for("people.visit", visit_id=visit.id))
    link, account = known
    if actor().signed_in:
        flash(
            str(LINKED if account.id == actor().account_id else _l("This sign-in belongs to another account.")),
            "warning",
        )
        return redirect(url_for("people.security"))
    if account.state != AccountState.ACTIVE:
        raise Invalid({}, DISABLED)
    with write() as current:
        actions.note_link_used(current, link)
    return go_on(account, visit.next)


def _visit(visit_id: str) -> tuple[ProviderVisit, Vouched, Provider]:
    visit, vouched = actions.open_visit(session(), visit_id, str(cookie.get("visit", "")))
    return visit, vouched, _provider(visit.provider)


@blueprint.route("/sign-in/visits/<visit_id>", methods=["GET", "POST"])
@guard(PUBLIC)
def visit(visit_id: str) -> Response:
    """Which account is meant: one's own, proved by its password; never one with the same e-mail address just so."""
    found, vouched, provider = _visit(visit_id)
    form = SignInForm()
    if actor().signed_in:
        return _link_own(found, vouched, provider, form)
    if request.method == "GET" or not form.validate():
        return _page(found, vouched, provider, form)
    try:
        account = checked_account(form.text("login"), form.text("password"))
        if actions.has_step(session(), account.id):
            # The password alone must not open a second way in.
            flash(str(_l("Sign in first, then add the other sign-in in your account under “Sign-in”.")), "warning")
            return go_on(account, url_for("people.security"), form.text("password"))
        with write() as current:
            actions.link_provider(current, account, found, vouched)
    except DomainError as error:
        return _page(found, vouched, provider, form, error)
    flash(str(LINKED), "success")
    return go_on(account, found.next, form.text("password"))


def _link_own(found: ProviderVisit, vouched: Vouched, provider: Provider, form: SignInForm) -> Response:
    """Somebody signed in confirms that the other sign-in shall open this account."""
    if request.method == "GET":
        return _page(found, vouched, provider, form)
    prove_now(actor())
    try:
        with write() as current:
            actions.link_provider(current, queries.own_account(current, actor()), found, vouched)
    except DomainError as error:
        return _page(found, vouched, provider, form, error)
    flash(str(LINKED), "success")
    return redirect(url_for("people.security"))


@blueprint.post("/sign-in/visits/<visit_id>/register")
@guard(PUBLIC)
def register_visit(visit_id: str) -> Response:
    """A new account, with the e-mail address the provider has confirmed."""
    found, vouched, provider = _visit(visit_id)
    form = VouchedForm()
    if actor().signed_in:
        raise NotFound
    if not form.validate():
        return _page(found, vouched, provider, SignInForm(formdata=None), new=form)
    try:
        with write() as current:
            account = actions.register_vouched(
                current, found, vouched, name=form.text("name"), district_id=actor().district_id, locale=locale()
            )
    except DomainError as error:
        return _page(found, vouched, provider, SignInForm(formdata=None), error, new=form)
    flash(str(_l("Welcome! You can take part now.")), "success")
    return go_on(account, found.next)


def _page(
    found: ProviderVisit,
    vouched: Vouched,
    provider: Provider,
    form: SignInForm,
    error: DomainError | None = None,
    new: VouchedForm | None = None,
) -> Response:
    fresh = new or VouchedForm(formdata=None, data={"name": vouched.name[:40]})
    if error is not None and new is not None:
        new.take(error)
    context: dict[str, Any] = {
        "visit": found,
        "vouched": vouched,
        "provider": provider,
        "new": fresh,
        "may_register": actions.may_register(session(), vouched),
    }
    return show("people/visit.html", form, error, **context)
