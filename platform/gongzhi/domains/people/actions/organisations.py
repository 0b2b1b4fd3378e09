"""Organisations: the application, the answer to it, offices, suspension."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.errors import Conflict, Invalid, Stale
from gongzhi.kernel.events import record
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.text import clean_line, clean_text
from gongzhi.kernel.text import lazy as _l

from ..events import (
    MembershipBegan,
    OfficeCreated,
    OrganisationApplied,
    OrganisationDecided,
    OrganisationResumed,
    OrganisationSuspended,
    RightsChanged,
)
from ..models import Account, MemberRole, Membership, Organisation, OrganisationKind, OrganisationState
from ..permissions import ADMINISTER_ORGANISATIONS, APPLY_ORGANISATION, VERIFY_ORGANISATIONS
from ..queries import contact_of, membership_of, offices, place_named
from ..rules import check_registration_number
from .messages import write_message
from .sessions import by

APPLICANT_KINDS = (OrganisationKind.ENTERPRISE, OrganisationKind.NGO)
AREAS = ("district", "subdistrict", "community")


def apply_for_organisation(
    session: Session,
    actor: Actor,
    *,
    kind: str,
    name_zh: str,
    name_en: str,
    registration_number: str,
    about: str,
    place_id: str | None,
    proof_key: str,
) -> Organisation:
    """Apply for an enterprise or social organisation; an official verifies it. A refused one may be asked again.

    Raises `Invalid` by field, `Conflict` when the number belongs to an organisation that is here already.
    """
    require(actor, APPLY_ORGANISATION)
    if kind not in APPLICANT_KINDS:
        raise Invalid.of("kind", _l("This is not one of the choices."))
    number = check_registration_number(registration_number)
    name = clean_line(name_zh)
    if not 2 <= len(name) <= 120:
        raise Invalid.of("name_zh", _l("Enter the registered name, 2 to 120 characters."))
    if not proof_key:
        raise Invalid.of("proof", _l("Add a photo or PDF of the registration certificate."))
    place = place_named(session, actor.district_id, place_id, kinds=AREAS, field="place_id")
    known = session.scalar(
        select(Organisation)
        .where(Organisation.district_id == actor.district_id, Organisation.registration_number == number)
        .with_for_update()
    )
    if known is not None and known.state != OrganisationState.REFUSED:
        raise Conflict(_l("An organisation with this number is registered here, or its application is waiting."))
    made = known or Organisation(
        district_id=actor.district_id, registration_number=number, created_at=clock.now(), kind=kind, name_zh=name
    )
    made.kind, made.name_zh, made.name_en = OrganisationKind(kind), name, clean_line(name_en)[:160]
    made.about, made.place_id, made.proof_key = clean_text(about)[:2000], place, proof_key
    made.state, made.state_reason, made.applied_by_id = OrganisationState.APPLIED, "", actor.account_id
    _write(session, made)
    record(session, OrganisationApplied(**by(actor), organisation_id=made.id))
    return made


def verify_organisation(session: Session, actor: Actor, organisation: Organisation) -> None:
    """Verify the application; the applicant becomes its owner. Raises `Stale` when it was decided already."""
    _decide(session, actor, organisation, OrganisationState.VERIFIED, "")
    organisation.verified_by_id, organisation.verified_at = actor.account_id, clock.now()
    applicant = organisation.applied_by_id or ""
    if membership_of(session, organisation.id, applicant) is None:
        session.add(
            Membership(
                district_id=organisation.district_id,
                account_id=applicant,
                organisation_id=organisation.id,
                role=MemberRole.OWNER,
                starts_at=clock.now(),
                granted_by_id=actor.account_id,
            )
        )
    record(
        session,
        MembershipBegan(**by(actor), organisation_id=organisation.id, account_id=applicant, role=MemberRole.OWNER),
    )
    record(session, RightsChanged(**by(actor), account_id=applicant))


def refuse_organisation(session: Session, actor: Actor, organisation: Organisation, *, reason: str) -> None:
    """Refuse the application for a reason the applicant reads."""
    _decide(session, actor, organisation, OrganisationState.REFUSED, needed_reason(reason))


def _decide(session: Session, actor: Actor, organisation: Organisation, state: OrganisationState, reason: str) -> None:
    session.refresh(organisation, with_for_update=True)
    require(actor, VERIFY_ORGANISATIONS, organisation)
    if organisation.state != OrganisationState.APPLIED:
        raise Stale(_l("This application was decided already."), current={"state": str(organisation.state)})
    organisation.state, organisation.state_reason = state, reason
    applicant = organisation.applied_by_id or ""
    record(
        session,
        OrganisationDecided(
            **by(actor),
            organisation_id=organisation.id,
            applicant_id=applicant,
            state=state,
            reason=reason,
        ),
    )
    account = session.get(Account, applicant)
    if account is not None:
        verified = state == OrganisationState.VERIFIED
        write_message(
            session,
            contact_of(account),
            district_id=organisation.district_id,
            subject=_l("Your organisation was verified") if verified else _l("Your application was refused"),
            body=_l("%(name)s is verified. You can act for it now.", name=organisation.name_zh)
            if verified
            else _l(
                "The application of %(name)s was refused: %(reason)s You can correct it and apply again.",
                name=organisation.name_zh,
                reason=reason,
            ),
        )


def create_office(
    session: Session,
    actor: Actor,
    *,
    name_zh: str,
    name_en: str,
    code: str,
    about: str = "",
    place_id: str | None,
    parent_id: str | None,
) -> Organisation:
    """Make a government office; without a place it is the district's own."""
    require(actor, ADMINISTER_ORGANISATIONS)
    name, number = clean_line(name_zh), clean_line(code).upper()
    if not 2 <= len(name) <= 120:
        raise Invalid.of("name_zh", _l("Enter the name of the office, 2 to 120 characters."))
    if not 2 <= len(number) <= 30 or not number.replace("-", "").isalnum():
        raise Invalid.of("code", _l("Use 2 to 30 letters, digits and hyphens."))
    place = place_named(session, actor.district_id, place_id, kinds=AREAS, field="place_id")
    if parent_id and all(one.id != parent_id for one in offices(session, actor.district_id)):
        raise Invalid.of("parent_id", _l("Choose an office from the list."))
    made = Organisation(
        district_id=actor.district_id,
        kind=OrganisationKind.GOVERNMENT,
        name_zh=name,
        name_en=clean_line(name_en)[:160],
        registration_number=number,
        about=clean_text(about)[:2000],
        place_id=place,
        parent_id=parent_id or None,
        state=OrganisationState.VERIFIED,
        created_at=clock.now(),
        verified_at=clock.now(),
        verified_by_id=actor.account_id,
    )
    try:
        _write(session, made)
    except Conflict:
        raise Invalid.of("code", _l("There is already an office with this code.")) from None
    record(session, OfficeCreated(**by(actor), organisation_id=made.id))
    return made


def suspend_organisation(session: Session, actor: Actor, organisation: Organisation, *, reason: str) -> None:
    """Nobody acts for the organisation until it is resumed; all its people lose the right at once."""
    cause = _switch(session, actor, organisation, OrganisationState.VERIFIED, OrganisationState.SUSPENDED, reason)
    record(session, OrganisationSuspended(**by(actor), organisation_id=organisation.id, reason=cause))


def resume_organisation(session: Session, actor: Actor, organisation: Organisation, *, reason: str) -> None:
    """End a suspension."""
    cause = _switch(session, actor, organisation, OrganisationState.SUSPENDED, OrganisationState.VERIFIED, reason)
    record(session, OrganisationResumed(**by(actor), organisation_id=organisation.id, reason=cause))


def _switch(
    session: Session,
    actor: Actor,
    organisation: Organisation,
    before: OrganisationState,
    after: OrganisationState,
    reason: str,
) -> str:
    session.refresh(organisation, with_for_update=True)
    require(actor, ADMINISTER_ORGANISATIONS, organisation)
    cause = needed_reason(reason)
    if organisation.state != before:
        raise Stale(current={"state": str(organisation.state)})
    organisation.state, organisation.state_reason = after, cause
    for account_id in session.scalars(
        select(Membership.account_id).where(
            Membership.organisation_id == organisation.id, Membership.ended_at.is_(None)
        )
    ):
        record(session, RightsChanged(**by(actor), account_id=account_id))
    return cause


def needed_reason(reason: str) -> str:
    """The reason in its clean form. Raises `Invalid` when there is none."""
    clean = clean_line(reason)
    if not 2 <= len(clean) <= 300:
        raise Invalid.of("reason", _l("Give a reason of 2 to 300 characters."))
    return clean


def _write(session: Session, organisation: Organisation) -> None:
    try:
        with session.begin_nested():
            session.add(organisation)
    except IntegrityError:
        raise Conflict(
            _l("An organisation with this number is registered here, or its application is waiting.")
        ) from None
