"""Accounts: found by contact, shown masked, with their sessions and who looked at their data."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased

from gongzhi.kernel import clock
from gongzhi.kernel.errors import Invalid, NotFound
from gongzhi.kernel.pages import Page, keyset, slice_page
from gongzhi.kernel.policy import Actor
from gongzhi.kernel.secrets import blind_indexes, decrypt, mask_email, mask_phone, verify_password
from gongzhi.kernel.text import clean_line

from ..models import (
    PLACE,
    Account,
    AccountSession,
    AccountState,
    Organisation,
    OutgoingMessage,
    PersonalDataAccess,
    RoleGrant,
)
from ..rules import Contact, parse_contact
from .identity import grant_in_force


def contact_condition(contact: Contact) -> ColumnElement[bool]:
    """Accounts with this contact, under every key of the ring."""
    column = Account.email_index if contact.kind == "email" else Account.phone_index
    return column.in_(blind_indexes(f"people.{contact.kind}", contact.value))


def account_by_contact(session: Session, contact: Contact) -> Account | None:
    """The account whose confirmed contact this is, in whichever district and state."""
    return session.scalar(select(Account).where(contact_condition(contact)))


def account_with_password(session: Session, login: str, password: str) -> Account | None:
    """The account if login and password are right; takes equally long when there is no such account.

    One that has no password, because another provider signs it in, is as good as none.
    """
    try:
        account = account_by_contact(session, parse_contact(login))
    except Invalid:
        account = None
    known = account.password_hash if account is not None and account.password_hash.startswith("$") else None
    right = verify_password(known, password[:1000])
    return account if right and account and account.state != AccountState.ERASED else None


def own_account(session: Session, actor: Actor) -> Account:
    """The actor's own account. Raises `NotFound` for visitors."""
    account = session.get(Account, actor.account_id) if actor.account_id else None
    if account is None:
        raise NotFound
    return account


def access_account(session: Session, actor: Actor, account_id: str) -> Account:
    """An account as an administrator may open it. Raises `NotFound` for anybody else."""
    account = session.get(Account, account_id)
    if account is None or account.district_id != actor.district_id or not actor.has("admin"):
        raise NotFound
    return account


def contacts_of(account: Account) -> dict[str, Contact]:
    """The confirmed contacts by kind, `email` before `phone`."""
    found = {}
    if account.email is not None:
        found["email"] = Contact("email", decrypt(account.email, "people.email"))
    if account.phone is not None:
        found["phone"] = Contact("phone", decrypt(account.phone, "people.phone"))
    return found


def contact_of(account: Account) -> Contact:
    """The contact to write to: the e-mail address, else the mobile number."""
    for contact in contacts_of(account).values():
        return contact
    raise NotFound


def masked_contacts(account: Account) -> dict[str, str]:
    """`email` and `phone`, masked, as far as there are any."""
    shown = {}
    if account.email is not None:
        shown["email"] = mask_email(decrypt(account.email, "people.email"))
    if account.phone is not None:
        shown["phone"] = mask_phone(decrypt(account.phone, "people.phone"))
    return shown


def own_sessions(session: Session, actor: Actor) -> list[AccountSession]:
    """One's sessions and tokens in force, the last used first."""
    return list(
        session.scalars(
            select(AccountSession)
            .where(
                AccountSession.account_id == actor.account_id,
                AccountSession.revoked_at.is_(None),
                AccountSession.expires_at > clock.now(),
            )
            .order_by(AccountSession.seen_at.desc(), AccountSession.id.desc())
            .limit(100)
        )
    )


@dataclass(frozen=True)
class Look:
    """One reading of somebody's personal data, as the person sees it."""

    at: datetime
    reader: str
    office: str | None
    capacity: str
    """`office`, or the role in which it was read; empty for reads kept before this was noted."""
    fields: tuple[str, ...]
    reason: str


def looks_at_me(session: Session, actor: Actor, locale: str, *, after: str | None, limit: int = 20) -> Page[Look]:
    """Who read one's own personal data, newest first: office, person, what, why."""
    reader = aliased(Account)
    statement = (
        select(PersonalDataAccess, reader.name, Organisation)
        .join(reader, reader.id == PersonalDataAccess.reader_id)
        .join(Organisation, Organisation.id == PersonalDataAccess.reader_organisation_id, isouter=True)
        .where(PersonalDataAccess.account_id == actor.account_id)
    )
    rows: Any = session.execute(keyset(statement, PersonalDataAccess.id.desc(), after=after, limit=limit)).all()
    page = slice_page(rows, limit, lambda row: (row[0].id,))
    looks = [
        Look(
            at=look.at,
            reader=name,
            office=None if office is None else office.name_for(locale),
            capacity=look.capacity or "",
            fields=tuple(look.fields),
            reason=look.reason,
        )
        for look, name, office in page.items
    ]
    return Page(looks, page.next_cursor)


def find_accounts(
    session: Session, actor: Actor, *, text: str = "", after: str | None = None, limit: int = 20
) -> Page[Account]:
    """Accounts of the district by whole contact or by the beginning of the name, newest first."""
    statement = select(Account).where(Account.district_id == actor.district_id)
    typed = clean_line(text)[:320]
    if typed:
        beginning = typed.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        wanted: Any = Account.name.like(beginning, escape="\\")
        with suppress(Invalid):
            wanted = or_(wanted, contact_condition(parse_contact(typed)))
        statement = statement.where(wanted)
    rows = session.scalars(keyset(statement, Account.id.desc(), after=after, limit=limit)).all()
    return slice_page(rows, limit, lambda account: (account.id,))


@dataclass(frozen=True)
class Grant:
    """A role in force with the place it is for."""

    id: str
    role: str
    place_zh: str | None
    place_en: str | None
    reason: str
    starts_at: datetime
    ends_at: datetime | None

    def place_for(self, locale: str) -> str | None:
        """The place's name in the reader's language; None means the whole district."""
        return self.place_en if locale == "en" and self.place_en else self.place_zh


def grants_of(session: Session, account: Account) -> list[Grant]:
    """The roles an account holds now or from a later day on."""
    rows = session.execute(
        select(RoleGrant, PLACE.c.name_zh, PLACE.c.name_en)
        .join(PLACE, PLACE.c.id == RoleGrant.place_id, isouter=True)
        .where(RoleGrant.account_id == account.id, RoleGrant.revoked_at.is_(None))
        .where(or_(RoleGrant.ends_at.is_(None), RoleGrant.ends_at > clock.now()))
        .order_by(RoleGrant.id)
    )
    return [Grant(grant.id, grant.role, zh, en, grant.reason, grant.starts_at, grant.ends_at) for grant, zh, en in rows]


def access_grant(session: Session, actor: Actor, grant_id: str) -> RoleGrant:
    """A role grant as an administrator may open it. Raises `NotFound` for anybody else."""
    grant = session.get(RoleGrant, grant_id)
    if grant is None or grant.district_id != actor.district_id or not actor.has("admin"):
        raise NotFound
    return grant


def admins_in_force(session: Session, district_id: str) -> list[RoleGrant]:
    """The administrators of a district who can act now, locked against others who would remove the last ones.

    The second statement sees what those did who held the lock before.
    """
    grants = select(RoleGrant).where(
        RoleGrant.district_id == district_id,
        RoleGrant.role == "admin",
        RoleGrant.revoked_at.is_(None),
        RoleGrant.place_id.is_(None),
    )
    session.execute(grants.with_only_columns(RoleGrant.id).order_by(RoleGrant.id).with_for_update()).all()
    return list(
        session.scalars(
            grants.join(Account, Account.id == RoleGrant.account_id)
            .where(grant_in_force(clock.now()), Account.state == AccountState.ACTIVE)
            .order_by(RoleGrant.id)
        )
    )


@dataclass(frozen=True)
class DemoAccount:
    """A demo account as the sign-in page lists it."""

    name: str
    login: str


def demo_accounts(session: Session, district_id: str) -> list[DemoAccount]:
    """The accounts of the demo data, in the order they were made."""
    rows = session.scalars(
        select(Account)
        .where(Account.district_id == district_id, Account.is_demo, Account.email.is_not(None))
        .order_by(Account.id)
        .limit(40)
    )
    return [DemoAccount(one.name, decrypt(one.email, "people.email")) for one in rows if one.email is not None]


@dataclass(frozen=True)
class KeptMessage:
    """A message as the outbox page shows it."""

    recipient: str
    channel: str
    subject: str
    body: str
    at: datetime


def outbox(session: Session, district_id: str, channels: tuple[str, ...]) -> list[KeptMessage]:
    """The newest messages of the channels that nobody carries away."""
    rows = session.scalars(
        select(OutgoingMessage)
        .where(OutgoingMessage.district_id == district_id, OutgoingMessage.channel.in_(channels))
        .order_by(OutgoingMessage.id.desc())
        .limit(50)
    )
    return [
        KeptMessage(
            recipient=decrypt(one.recipient, "people.message"),
            channel=one.channel,
            subject=one.subject,
            body=decrypt(one.body, "people.message"),
            at=one.created_at,
        )
        for one in rows
    ]
