"""Organisations, their members and invitations, the officials' queue, and places to choose from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.errors import Invalid, NotFound
from gongzhi.kernel.pages import Page, keyset, slice_page
from gongzhi.kernel.policy import Actor, allows
from gongzhi.kernel.secrets import decrypt, token_hash
from gongzhi.kernel.text import clean_line
from gongzhi.kernel.text import lazy as _l

from ..models import (
    PLACE,
    Account,
    Invitation,
    Membership,
    Organisation,
    OrganisationKind,
    OrganisationState,
)
from ..permissions import VERIFY_ORGANISATIONS
from ..rules import parse_contact
from .accounts import account_by_contact
from .identity import membership_in_force


def access_organisation(session: Session, actor: Actor, organisation_id: str) -> Organisation:
    """An organisation: verified ones are public, others for their people and those who decide on them."""
    organisation = session.get(Organisation, organisation_id)
    if organisation is None or organisation.district_id != actor.district_id:
        raise NotFound
    if organisation.state == OrganisationState.VERIFIED or _concerned(session, actor, organisation):
        return organisation
    raise NotFound


def _concerned(session: Session, actor: Actor, organisation: Organisation) -> bool:
    if not actor.signed_in:
        return False
    if organisation.applied_by_id == actor.account_id or allows(actor, VERIFY_ORGANISATIONS, organisation):
        return True
    return membership_of(session, organisation.id, actor.account_id or "") is not None


def membership_of(session: Session, organisation_id: str, account_id: str) -> Membership | None:
    """The membership of this account that has not ended."""
    return session.scalar(
        select(Membership).where(
            Membership.organisation_id == organisation_id,
            Membership.account_id == account_id,
            Membership.ended_at.is_(None),
        )
    )


@dataclass(frozen=True)
class Member:
    """Somebody who may act for an organisation."""

    id: str
    account_id: str
    name: str
    role: str
    title: str
    starts_at: datetime
    ends_at: datetime | None


def members_of(session: Session, organisation: Organisation) -> list[Member]:
    """The members, owners and leaders first."""
    rows = session.execute(
        select(Membership, Account.name)
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.organisation_id == organisation.id, membership_in_force(clock.now()))
        .order_by(Membership.id)
        .limit(500)
    ).all()
    ranks = {"owner": 0, "leader": 1}
    found = [
        Member(one.id, one.account_id, name, one.role, one.title, one.starts_at, one.ends_at) for one, name in rows
    ]
    return sorted(found, key=lambda member: ranks.get(member.role, 2))


def access_member(session: Session, actor: Actor, membership_id: str) -> Membership:
    """A membership not yet ended. Raises `NotFound` to those of another district or organisation."""
    membership = session.get(Membership, membership_id)
    if membership is None or membership.district_id != actor.district_id or membership.ended_at is not None:
        raise NotFound
    if not (
        membership.account_id == actor.account_id
        or membership.organisation_id == actor.organisation_id
        or actor.has("admin")
    ):
        raise NotFound
    return membership


@dataclass(frozen=True)
class OpenInvitation:
    """An invitation not yet answered; the contact is masked."""

    id: str
    contact: str
    role: str
    expires_at: datetime


def open_invitations(session: Session, organisation: Organisation) -> list[OpenInvitation]:
    """Invitations that can still be accepted."""
    rows = session.scalars(
        select(Invitation)
        .where(
            Invitation.organisation_id == organisation.id,
            Invitation.accepted_at.is_(None),
            Invitation.withdrawn_at.is_(None),
            Invitation.expires_at > clock.now(),
        )
        .order_by(Invitation.id.desc())
        .limit(100)
    )
    return [OpenInvitation(one.id, _masked(one), one.role, one.expires_at) for one in rows]


def _masked(invitation: Invitation) -> str:
    return parse_contact(decrypt(invitation.contact, "people.invitation")).masked


def access_invitation(session: Session, actor: Actor, token: str) -> Invitation:
    """The invitation behind a link that can still be accepted. Raises `NotFound` otherwise."""
    invitation = session.scalar(select(Invitation).where(Invitation.token_hash == token_hash(token)))
    if (
        invitation is None
        or invitation.accepted_at is not None
        or invitation.withdrawn_at is not None
        or invitation.expires_at <= clock.now()
        or (actor.signed_in and invitation.district_id != actor.district_id)
    ):
        raise NotFound
    return invitation


def access_sent_invitation(session: Session, actor: Actor, invitation_id: str) -> Invitation:
    """An invitation as those of the inviting organisation see it."""
    invitation = session.get(Invitation, invitation_id)
    if invitation is None or invitation.organisation_id != actor.organisation_id:
        raise NotFound
    return invitation


def own_organisations(session: Session, actor: Actor) -> list[tuple[Organisation, Membership | None]]:
    """The organisations one may act for or has applied for, with one's membership."""
    rows = session.execute(
        select(Organisation, Membership)
        .join(
            Membership,
            (Membership.organisation_id == Organisation.id)
            & (Membership.account_id == actor.account_id)
            & membership_in_force(clock.now()),
            isouter=True,
        )
        .where((Membership.id.is_not(None)) | (Organisation.applied_by_id == actor.account_id))
        .where(Organisation.district_id == actor.district_id)
        .order_by(Organisation.id)
        .limit(100)
    )
    return [(organisation, membership) for organisation, membership in rows]


def waiting_organisations(
    session: Session, actor: Actor, *, after: str | None = None, limit: int = 20
) -> Page[Organisation]:
    """Applications this office or administrator decides on, the oldest first."""
    statement = select(Organisation).where(
        Organisation.district_id == actor.district_id, Organisation.state == OrganisationState.APPLIED
    )
    own = actor.organisation_place_path
    if not actor.has("admin") and own is not None:
        statement = statement.join(PLACE, PLACE.c.id == Organisation.place_id).where(
            PLACE.c.path.startswith(own, autoescape=True)
        )
    rows = session.scalars(keyset(statement, Organisation.id.asc(), after=after, limit=limit)).all()
    return slice_page(rows, limit, lambda one: (one.id,))


def list_organisations(
    session: Session,
    actor: Actor,
    *,
    kind: str | None = None,
    text: str = "",
    verified_only: bool = True,
    after: str | None = None,
    limit: int = 20,
) -> Page[Organisation]:
    """Organisations of the district by kind and part of the name; all states only for administrators."""
    statement = select(Organisation).where(Organisation.district_id == actor.district_id)
    if verified_only or not actor.has("admin"):
        statement = statement.where(Organisation.state == OrganisationState.VERIFIED)
    if kind in tuple(OrganisationKind):
        statement = statement.where(Organisation.kind == kind)
    if part := clean_line(text)[:60]:
        statement = statement.where(
            Organisation.name_zh.contains(part, autoescape=True) | Organisation.name_en.icontains(part, autoescape=True)
        )
    rows = session.scalars(keyset(statement, Organisation.id.desc(), after=after, limit=limit)).all()
    return slice_page(rows, limit, lambda one: (one.id,))


def offices(session: Session, district_id: str) -> list[Organisation]:
    """The government offices in use, for choosing one."""
    return list(
        session.scalars(
            select(Organisation)
            .where(
                Organisation.district_id == district_id,
                Organisation.kind == OrganisationKind.GOVERNMENT,
                Organisation.state == OrganisationState.VERIFIED,
            )
            .order_by(Organisation.id)
            .limit(1000)
        )
    )


def place_named(
    session: Session, district_id: str, place_id: str | None, *, kinds: tuple[str, ...], field: str
) -> str | None:
    """The id again if it is a place of this district and one of these kinds; None stays None. Raises `Invalid`."""
    if not place_id:
        return None
    found = session.scalar(
        select(PLACE.c.id).where(
            PLACE.c.id == place_id,
            PLACE.c.district_id == district_id,
            PLACE.c.kind.in_(kinds),
            PLACE.c.retired_at.is_(None),
        )
    )
    if found is None:
        raise Invalid.of(field, _l("Choose a place from the list."))
    return str(found)


@dataclass(frozen=True)
class PlaceChoice:
    """A place in a list to choose from."""

    id: str
    parent_id: str | None
    kind: str
    name_zh: str
    name_en: str
    path: str

    def name_for(self, locale: str) -> str:
        """The name in the reader's language."""
        return self.name_en if locale == "en" and self.name_en else self.name_zh


def places_to_choose(session: Session, district_id: str, kinds: tuple[str, ...]) -> list[PlaceChoice]:
    """The places of these kinds by code."""
    rows = session.execute(
        select(PLACE.c.id, PLACE.c.parent_id, PLACE.c.kind, PLACE.c.name_zh, PLACE.c.name_en, PLACE.c.path)
        .where(PLACE.c.district_id == district_id, PLACE.c.kind.in_(kinds), PLACE.c.retired_at.is_(None))
        .order_by(PLACE.c.code)
        .limit(3000)
    )
    return [PlaceChoice(*row) for row in rows]


def place_name(session: Session, place_id: str | None, locale: str) -> str | None:
    """The name of a place in the reader's language; None for none."""
    if place_id is None:
        return None
    row = session.execute(select(PLACE.c.name_zh, PLACE.c.name_en).where(PLACE.c.id == place_id)).one_or_none()
    return None if row is None else (row.name_en if locale == "en" and row.name_en else row.name_zh)


def account_to_appoint(session: Session, district_id: str, contact: str) -> Account:
    """The account with this contact in the district. Raises `Invalid` beside `contact`."""
    account = account_by_contact(session, parse_contact(contact))
    if account is None or account.district_id != district_id:
        raise Invalid.of("contact", _l("Nobody is registered here with this contact."))
    return account
