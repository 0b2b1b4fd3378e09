"""Who acts for an organisation: invited, accepted, handed over, left, removed; officials appointed to an office."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.errors import Conflict, Invalid, NotFound, NotPermitted
from gongzhi.kernel.events import record
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.secrets import blind_index, encrypt, random_token, token_hash
from gongzhi.kernel.text import clean_line
from gongzhi.kernel.text import lazy as _l

from ..events import MemberInvited, MembershipBegan, MembershipChanged, MembershipEnded, RightsChanged
from ..models import Invitation, MemberRole, Membership, Organisation
from ..permissions import (
    APPLY_ORGANISATION,
    APPOINT_OFFICIALS,
    LEAVE_ORGANISATION,
    MANAGE_MEMBERS,
)
from ..queries import account_to_appoint, membership_of
from ..rules import INVITATION_LIFE, OFFICE_ROLES, parse_contact
from .messages import write_message
from .organisations import needed_reason
from .sessions import by


def invite_member(
    session: Session, actor: Actor, organisation: Organisation, *, contact: str, public_url: str
) -> Invitation:
    """Send a link with which its reader may represent the organisation, once, within two weeks."""
    require(actor, MANAGE_MEMBERS, organisation)
    reached = parse_contact(contact)
    token, now = random_token(), clock.now()
    made = Invitation(
        district_id=organisation.district_id,
        organisation_id=organisation.id,
        role=MemberRole.REPRESENTATIVE,
        contact=encrypt(reached.value, "people.invitation"),
        contact_index=blind_index(f"people.{reached.kind}", reached.value),
        token_hash=token_hash(token),
        invited_by_id=actor.account_id or "",
        created_at=now,
        expires_at=now + INVITATION_LIFE,
    )
    session.add(made)
    session.flush()
    write_message(
        session,
        reached,
        district_id=organisation.district_id,
        subject=_l("Invitation to represent %(name)s", name=organisation.name_zh),
        body=_l(
            "%(name)s invites you to act for it on Gongzhi. Accept within 14 days: %(url)s/invitations/%(token)s",
            name=organisation.name_zh,
            url=public_url,
            token=token,
        ),
    )
    record(session, MemberInvited(**by(actor), organisation_id=organisation.id, invitation_id=made.id))
    return made


def withdraw_invitation(session: Session, actor: Actor, organisation: Organisation, invitation: Invitation) -> None:
    """The link leads nowhere from now on."""
    require(actor, MANAGE_MEMBERS, organisation)
    session.refresh(invitation, with_for_update=True)
    if invitation.organisation_id != organisation.id:
        raise NotFound
    if invitation.accepted_at is not None:
        raise Conflict(_l("This invitation was accepted already."))
    invitation.withdrawn_at = clock.now()


def accept_invitation(session: Session, actor: Actor, invitation: Invitation) -> Organisation:
    """Become a representative. Raises `NotFound` for a used link, `Conflict` for somebody who is one already."""
    require(actor, APPLY_ORGANISATION, invitation)
    taken = session.execute(
        update(Invitation)
        .where(
            Invitation.id == invitation.id,
            Invitation.accepted_at.is_(None),
            Invitation.withdrawn_at.is_(None),
            Invitation.expires_at > clock.now(),
        )
        .values(accepted_at=clock.now())
        .returning(Invitation.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if taken is None:
        raise NotFound
    organisation = session.get_one(Organisation, invitation.organisation_id)
    _begin(
        session,
        actor,
        organisation,
        account_id=actor.account_id or "",
        role=invitation.role,
        granted_by=invitation.invited_by_id,
    )
    return organisation


def hand_over(session: Session, actor: Actor, organisation: Organisation, member: Membership) -> None:
    """Make another member the owner; oneself stays as a representative."""
    require(actor, MANAGE_MEMBERS, organisation)
    own = _lock(session, organisation, actor.account_id or "")
    other = _lock(session, organisation, member.account_id)
    if own is None or other is None or own.id == other.id:
        raise NotFound
    if own.role != MemberRole.OWNER:
        raise NotPermitted
    own.role = MemberRole.REPRESENTATIVE
    session.flush()  # the database allows one owner at a time
    other.role = MemberRole.OWNER
    session.flush()
    for one in (own, other):
        _announce_change(session, actor, one)


def leave_organisation(session: Session, actor: Actor, organisation: Organisation) -> None:
    """Stop acting for the organisation. Raises `Conflict` for an owner, who hands it over first."""
    require(actor, LEAVE_ORGANISATION, organisation)
    own = _lock(session, organisation, actor.account_id or "")
    if own is None:
        raise NotFound
    if own.role == MemberRole.OWNER:
        raise Conflict(_l("Hand the organisation over to somebody else before you leave."))
    _end(session, actor, own, "left")


def remove_member(
    session: Session, actor: Actor, organisation: Organisation, member: Membership, *, reason: str
) -> None:
    """End somebody's right to act for the organisation at once."""
    require(actor, MANAGE_MEMBERS, organisation)
    other = _lock(session, organisation, member.account_id)
    if other is None or other.id != member.id:
        raise NotFound
    if other.role == MemberRole.OWNER:
        raise Conflict(_l("Hand the organisation over to somebody else before you leave."))
    _end(session, actor, other, needed_reason(reason))


def appoint_official(
    session: Session,
    actor: Actor,
    office: Organisation,
    *,
    contact: str,
    role: str,
    title: str,
    ends_at: datetime | None,
) -> Membership:
    """Appoint somebody who has an account to the office, until a day or until further notice."""
    require(actor, APPOINT_OFFICIALS, office)
    if role not in OFFICE_ROLES:
        raise Invalid.of("role", _l("This is not one of the choices."))
    if ends_at is not None and ends_at <= clock.now():
        raise Invalid.of("ends_on", _l("This day is over."))
    account = account_to_appoint(session, office.district_id, contact)
    if account.id == actor.account_id:
        raise NotPermitted(_l("Nobody can grant rights to themselves."))
    return _begin(
        session,
        actor,
        office,
        account_id=account.id,
        role=MemberRole(role),
        granted_by=actor.account_id,
        title=clean_line(title)[:60],
        ends_at=ends_at,
    )


def end_appointment(
    session: Session,
    actor: Actor,
    office: Organisation,
    member: Membership,
    *,
    ends_at: datetime | None,
    reason: str,
) -> None:
    """End an appointment at once, or on a day to come."""
    require(actor, APPOINT_OFFICIALS, office)
    other = _lock(session, office, member.account_id)
    if other is None or other.id != member.id:
        raise NotFound
    cause = needed_reason(reason)
    if ends_at is None or ends_at <= clock.now():
        _end(session, actor, other, cause)
        return
    other.ends_at = ends_at
    _announce_change(session, actor, other)


def _begin(
    session: Session,
    actor: Actor,
    organisation: Organisation,
    *,
    account_id: str,
    role: MemberRole,
    granted_by: str | None,
    title: str = "",
    ends_at: datetime | None = None,
) -> Membership:
    now = clock.now()
    before = membership_of(session, organisation.id, account_id)
    if before is not None and before.ends_at is not None and before.ends_at <= now:
        before.ended_at = before.ends_at
        session.flush()
    made = Membership(
        district_id=organisation.district_id,
        account_id=account_id,
        organisation_id=organisation.id,
        role=role,
        title=title,
        starts_at=now,
        ends_at=ends_at,
        granted_by_id=granted_by,
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        raise Conflict(_l("This person acts for the organisation already.")) from None
    record(
        session,
        MembershipBegan(**by(actor), organisation_id=organisation.id, account_id=account_id, role=str(role)),
    )
    record(session, RightsChanged(**by(actor), account_id=account_id))
    return made


def _lock(session: Session, organisation: Organisation, account_id: str) -> Membership | None:
    found = membership_of(session, organisation.id, account_id)
    if found is not None:
        session.refresh(found, with_for_update=True)
    return found if found is not None and found.ended_at is None else None


def _end(session: Session, actor: Actor, member: Membership, reason: str) -> None:
    member.ended_at = clock.now()
    record(
        session,
        MembershipEnded(
            **by(actor), organisation_id=member.organisation_id, account_id=member.account_id, reason=reason
        ),
    )
    record(session, RightsChanged(**by(actor), account_id=member.account_id))


def _announce_change(session: Session, actor: Actor, member: Membership) -> None:
    record(
        session,
        MembershipChanged(
            **by(actor),
            organisation_id=member.organisation_id,
            account_id=member.account_id,
            role=str(member.role),
        ),
    )
    record(session, RightsChanged(**by(actor), account_id=member.account_id))
