"""Administration of accounts, roles, organisations and offices; each change for a reason, each recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import DomainError
from gongzhi.kernel.guard import actor, guard
from gongzhi.kernel.text import lazy as _l

from .. import actions, queries
from ..forms import GrantForm, OfficeForm, ReasonForm, choice, end_of
from ..models import (
    ACCOUNT_STATE_LABELS,
    KIND_LABELS,
    LEVEL_LABELS,
    ORGANISATION_STATE_LABELS,
    ROLE_LABELS,
    Account,
    Organisation,
    RoleGrant,
)
from ..permissions import ADMINISTER_ACCOUNTS, ADMINISTER_ORGANISATIONS, GRANT_ROLES
from .base import blueprint, cap_sessions, locale, place_options, show
from .organisations import organisation_page

SCOPES = ("subdistrict", "community", "grid")


@blueprint.get("/admin/accounts")
@guard(ADMINISTER_ACCOUNTS)
def accounts() -> str:
    """Accounts by whole contact or beginning of the name; contacts masked."""
    text = request.args.get("q", "")
    page = queries.find_accounts(session(), actor(), text=text, after=request.args.get("cursor"))
    return render_template(
        "people/accounts.html",
        page=page,
        text=text,
        contacts={one.id: queries.masked_contacts(one) for one in page.items},
        levels=LEVEL_LABELS,
        states=ACCOUNT_STATE_LABELS,
    )


@blueprint.get("/admin/accounts/<account_id>")
@guard(ADMINISTER_ACCOUNTS, account=queries.access_account)
def account_admin(account: Account) -> Response:
    """One account: its state and roles."""
    return _account_page(account, _grant_form())


def _grant_form() -> GrantForm:
    form = GrantForm(prefix="grant-")
    form.place_id.choices = place_options(SCOPES, _l("The whole district"))
    return form


def _account_page(account: Account, form: GrantForm, error: DomainError | None = None, **more: Any) -> Response:
    return show(
        "people/account_admin.html",
        form,
        error,
        account=account,
        contacts=queries.masked_contacts(account),
        level=LEVEL_LABELS[account.level],
        state=ACCOUNT_STATE_LABELS[account.state],
        grants=queries.grants_of(session(), account),
        roles=ROLE_LABELS,
        has_steps=actions.has_step(session(), account.id),
        lang=locale(),
        **{"reason_form": ReasonForm(formdata=None), **more},
    )


def _changed(account: Account, change: Callable[..., Any], done: Any) -> Response:
    """Run a change of the account for a reason, and show a refusal beside the reason."""
    form = ReasonForm()
    try:
        with write() as current:
            change(current, actor(), account, reason=form.text("reason"))
    except DomainError as error:
        form.take(error)
        response = _account_page(account, _empty_grant_form(), reason_form=form)
        response.status_code = error.status
        return response
    flash(str(done), "success")
    return redirect(url_for("people.account_admin", account_id=account.id))


def _empty_grant_form() -> GrantForm:
    form = GrantForm(formdata=None, prefix="grant-")
    form.place_id.choices = place_options(SCOPES, _l("The whole district"))
    return form


@blueprint.post("/admin/accounts/<account_id>/disable")
@guard(ADMINISTER_ACCOUNTS, fresh=True, account=queries.access_account)
def disable_account(account: Account) -> Response:
    """Close an account to use."""
    return _changed(account, actions.disable_account, _l("The account was disabled; all its sessions ended."))


@blueprint.post("/admin/accounts/<account_id>/enable")
@guard(ADMINISTER_ACCOUNTS, account=queries.access_account)
def enable_account(account: Account) -> Response:
    """Open an account again."""
    return _changed(account, actions.enable_account, _l("The account can be used again."))


@blueprint.post("/admin/accounts/<account_id>/second-steps/reset")
@guard(ADMINISTER_ACCOUNTS, fresh=True, account=queries.access_account)
def reset_second_steps(account: Account) -> Response:
    """Let somebody in again who lost all second steps."""
    return _changed(account, actions.reset_second_steps, _l("The second steps were reset; all sessions ended."))


@blueprint.post("/admin/accounts/<account_id>/roles")
@guard(GRANT_ROLES, fresh=True, account=queries.access_account)
def grant_role(account: Account) -> Response:
    """Grant a role."""
    form = _grant_form()
    if not form.validate():
        return _account_page(account, form)
    try:
        with write() as current:
            actions.grant_role(
                current,
                actor(),
                account,
                role=form.text("role"),
                place_id=form.place_id.data,
                ends_at=end_of(form.ends_on.data),
                reason=form.text("reason"),
            )
            cap_sessions(current, account.id)
    except DomainError as error:
        return _account_page(account, form, error)
    flash(str(_l("The role was granted.")), "success")
    return redirect(url_for("people.account_admin", account_id=account.id))


@blueprint.post("/admin/grants/<grant_id>/revoke")
@guard(GRANT_ROLES, fresh=True, grant=queries.access_grant)
def revoke_role(grant: RoleGrant) -> Response:
    """Take a role back."""
    account = queries.access_account(session(), actor(), grant.account_id)

    def revoke(current: Any, by: Any, _account: Account, *, reason: str) -> None:
        actions.revoke_role(current, by, grant, reason=reason)

    return _changed(account, revoke, _l("The role was taken back."))


@blueprint.get("/admin/organisations")
@guard(ADMINISTER_ORGANISATIONS)
def organisation_admin() -> str:
    """All organisations in every state."""
    kind, text = request.args.get("kind"), request.args.get("q", "")
    page = queries.list_organisations(
        session(), actor(), kind=kind, text=text, verified_only=False, after=request.args.get("cursor")
    )
    return render_template(
        "people/organisation_admin.html",
        page=page,
        kind=kind,
        text=text,
        kinds=KIND_LABELS,
        states=ORGANISATION_STATE_LABELS,
        lang=locale(),
    )


@blueprint.post("/admin/organisations/<organisation_id>/suspend")
@guard(ADMINISTER_ORGANISATIONS, organisation=queries.access_organisation)
def suspend_organisation(organisation: Organisation) -> Response:
    """Suspend an organisation for a reason."""
    return _switched(organisation, actions.suspend_organisation, _l("The organisation was suspended."))


@blueprint.post("/admin/organisations/<organisation_id>/resume")
@guard(ADMINISTER_ORGANISATIONS, organisation=queries.access_organisation)
def resume_organisation(organisation: Organisation) -> Response:
    """End a suspension for a reason."""
    return _switched(organisation, actions.resume_organisation, _l("The organisation may act again."))


def _switched(organisation: Organisation, switch: Callable[..., Any], done: Any) -> Response:
    try:
        with write() as current:
            switch(current, actor(), organisation, reason=ReasonForm().text("reason"))
    except DomainError as error:
        return organisation_page(organisation, error)
    flash(str(done), "success")
    return redirect(url_for("people.organisation", organisation_id=organisation.id))


@blueprint.route("/admin/offices/new", methods=["GET", "POST"])
@guard(ADMINISTER_ORGANISATIONS)
def new_office() -> Response:
    """Make a government office."""
    form = OfficeForm()
    form.place_id.choices = place_options(("subdistrict", "community"), _l("The whole district"))
    form.parent_id.choices = [choice("", str(_l("None")))] + [
        choice(one.id, one.name_for(locale())) for one in queries.offices(session(), actor().district_id)
    ]
    context: dict[str, Any] = {
        "title": _l("New office"),
        "intro": [_l("Appoint its officials on the next page.")],
        "submit": _l("Make the office"),
        "links": [(url_for("people.organisation_admin"), _l("All organisations"))],
    }
    if request.method == "GET" or not form.validate():
        return show("people/form.html", form, **context)
    try:
        with write() as current:
            made = actions.create_office(
                current,
                actor(),
                name_zh=form.text("name_zh"),
                name_en=form.text("name_en"),
                code=form.text("code"),
                about=form.text("about"),
                place_id=form.place_id.data,
                parent_id=form.parent_id.data,
            )
    except DomainError as error:
        return show("people/form.html", form, error, **context)
    flash(str(_l("The office was made.")), "success")
    return redirect(url_for("people.members", organisation_id=made.id))
