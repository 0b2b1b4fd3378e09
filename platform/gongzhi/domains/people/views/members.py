"""Inside an organisation: who acts for it, invitations, hand-over, leaving, appointments."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import DomainError, Invalid
from gongzhi.kernel.guard import actor, guard, may
from gongzhi.kernel.text import lazy as _l

from .. import actions, queries
from ..forms import AppointForm, EndAppointmentForm, InviteForm, ReasonForm, end_of
from ..models import MEMBER_ROLE_LABELS, Invitation, Membership, Organisation
from ..permissions import (
    APPLY_ORGANISATION,
    APPOINT_OFFICIALS,
    LEAVE_ORGANISATION,
    MANAGE_MEMBERS,
    SEE_MEMBERS,
)
from ..rules import INVITATIONS_PER_ORGANISATION
from .base import blueprint, cap_sessions, locale, public_url, show, spend


@blueprint.get("/organisations/<organisation_id>/members")
@guard(SEE_MEMBERS, organisation=queries.access_organisation)
def members(organisation: Organisation) -> Response:
    """Who acts for the organisation, and what the actor may change about it."""
    return _page(organisation, AppointForm() if organisation.kind == "government" else InviteForm())


def _page(organisation: Organisation, form: AppointForm | InviteForm, error: DomainError | None = None) -> Response:
    return show(
        "people/members.html",
        form,
        error,
        organisation=organisation,
        lang=locale(),
        members=queries.members_of(session(), organisation),
        invitations=queries.open_invitations(session(), organisation),
        labels=MEMBER_ROLE_LABELS,
        may_manage=may(MANAGE_MEMBERS, organisation),
        may_appoint=may(APPOINT_OFFICIALS, organisation),
        may_leave=may(LEAVE_ORGANISATION, organisation),
    )


@blueprint.post("/organisations/<organisation_id>/invitations")
@guard(MANAGE_MEMBERS, organisation=queries.access_organisation)
def invite(organisation: Organisation) -> Response:
    """Invite somebody by e-mail address or mobile number."""
    form = InviteForm()
    if not form.validate():
        return _page(organisation, form)
    try:
        spend((INVITATIONS_PER_ORGANISATION, organisation.id))
        with write() as current:
            actions.invite_member(current, actor(), organisation, contact=form.text("contact"), public_url=public_url())
    except DomainError as error:
        return _page(organisation, form, error)
    flash(str(_l("The invitation was sent.")), "success")
    return _back(organisation)


@blueprint.post("/organisations/<organisation_id>/invitations/<invitation_id>/withdraw")
@guard(MANAGE_MEMBERS, organisation=queries.access_organisation, invitation=queries.access_sent_invitation)
def withdraw_invitation(organisation: Organisation, invitation: Invitation) -> Response:
    """Make an invitation void."""
    with write() as current:
        actions.withdraw_invitation(current, actor(), organisation, invitation)
    flash(str(_l("The invitation was withdrawn.")), "success")
    return _back(organisation)


@blueprint.route("/invitations/<invitation_id>", methods=["GET", "POST"])
@guard(APPLY_ORGANISATION, invitation=queries.access_invitation)
def invitation(invitation: Invitation) -> Response | str:
    """Read an invitation, and accept it."""
    if request.method == "POST":
        with write() as current:
            joined = actions.accept_invitation(current, actor(), invitation)
        if g.identified is not None:
            _act_for(joined.id)
        flash(str(_l("You act for this organisation now. Switch at the top of each page.")), "success")
        return redirect(url_for("people.organisation", organisation_id=joined.id))
    inviting = session().get_one(Organisation, invitation.organisation_id)
    return render_template("people/invitation.html", organisation=inviting, lang=locale(), label=_label(invitation))


def _label(invitation: Invitation) -> str:
    return str(MEMBER_ROLE_LABELS[invitation.role])


def _act_for(organisation_id: str) -> None:
    session_id = g.identified.session.id
    fresh = queries.identify_sessions(session(), [session_id]).get(session_id)
    if fresh is not None and fresh.acting_for(organisation_id) is not None:
        with write() as current:
            actions.act_for(current, fresh, organisation_id)


@blueprint.post("/organisations/<organisation_id>/members/<member_id>/hand-over")
@guard(MANAGE_MEMBERS, fresh=True, organisation=queries.access_organisation, member=queries.access_member)
def hand_over(organisation: Organisation, member: Membership) -> Response:
    """Make somebody else the owner."""
    with write() as current:
        actions.hand_over(current, actor(), organisation, member)
    flash(str(_l("The organisation was handed over.")), "success")
    return _back(organisation)


@blueprint.post("/organisations/<organisation_id>/members/<member_id>/remove")
@guard(MANAGE_MEMBERS, organisation=queries.access_organisation, member=queries.access_member)
def remove_member(organisation: Organisation, member: Membership) -> Response:
    """End somebody's right to act for the organisation."""
    form = ReasonForm()
    form.validate()
    with write() as current:
        actions.remove_member(current, actor(), organisation, member, reason=form.text("reason"))
    flash(str(_l("This person acts for the organisation no more.")), "success")
    return _back(organisation)


@blueprint.post("/organisations/<organisation_id>/leave")
@guard(LEAVE_ORGANISATION, organisation=queries.access_organisation)
def leave(organisation: Organisation) -> Response:
    """Stop acting for the organisation oneself."""
    with write() as current:
        actions.leave_organisation(current, actor(), organisation)
        actions.act_for(current, g.identified, None)
    flash(str(_l("You act for this organisation no more.")), "success")
    return redirect(url_for("people.my_organisations"))


@blueprint.post("/organisations/<organisation_id>/appoint")
@guard(APPOINT_OFFICIALS, fresh=True, organisation=queries.access_organisation)
def appoint(organisation: Organisation) -> Response:
    """Appoint an official to the office."""
    form = AppointForm()
    if not form.validate():
        return _page(organisation, form)
    try:
        with write() as current:
            made = actions.appoint_official(
                current,
                actor(),
                organisation,
                contact=form.text("contact"),
                role=form.text("role"),
                title=form.text("title"),
                ends_at=end_of(form.ends_on.data),
            )
            cap_sessions(current, made.account_id)
    except DomainError as error:
        return _page(organisation, form, error)
    flash(str(_l("The official was appointed.")), "success")
    return _back(organisation)


@blueprint.post("/organisations/<organisation_id>/members/<member_id>/end")
@guard(APPOINT_OFFICIALS, organisation=queries.access_organisation, member=queries.access_member)
def end_appointment(organisation: Organisation, member: Membership) -> Response:
    """End an appointment at once or on a day."""
    form = EndAppointmentForm()
    if not form.validate():
        return _page(organisation, AppointForm(formdata=None), _refused(form))
    with write() as current:
        actions.end_appointment(
            current,
            actor(),
            organisation,
            member,
            ends_at=end_of(form.ends_on.data),
            reason=form.text("reason"),
        )
    flash(str(_l("The appointment was changed.")), "success")
    return _back(organisation)


def _refused(form: EndAppointmentForm) -> DomainError:
    return Invalid({name: list(errors) for name, errors in form.errors.items()})


def _back(organisation: Organisation) -> Response:
    if actor().organisation_id != organisation.id and not actor().has("admin"):
        return redirect(url_for("people.organisation", organisation_id=organisation.id))
    return redirect(url_for("people.members", organisation_id=organisation.id))
