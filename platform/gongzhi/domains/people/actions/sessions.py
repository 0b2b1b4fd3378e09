"""Sessions: opened at sign-in with a new token, listed, switched between acting choices, and ended."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.errors import Invalid, NotFound, Suspended
from gongzhi.kernel.events import record
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.secrets import blind_index, hash_password, needs_rehash, random_token, token_hash
from gongzhi.kernel.text import clean_line
from gongzhi.kernel.text import lazy as _l

from ..events import RightsChanged
from ..models import (
    Account,
    AccountSession,
    Membership,
    Organisation,
    OrganisationKind,
    OrganisationState,
)
from ..permissions import MANAGE_OWN_ACCOUNT, SWITCH_ACTING
from ..queries import Identified, Terms, membership_in_force
from ..rules import KEEP_NETWORKS, NAME_MOST, SEEN_EVERY, SESSION_LIFE, TOKEN_LIFE, check_name

LOCALES = ("zh_Hans_CN", "en")
THEMES = ("auto", "light", "dark")
TYPE_SIZES = ("normal", "large")


def open_session(
    session: Session,
    account: Account,
    *,
    kind: str,
    device: str = "",
    address: str = "",
    password: str | None = None,
    terms: Terms | None = None,
) -> tuple[str, AccountSession]:
    """Start a browser session or an API token for an account whose password or code was right.

    Of the address only a keyed hash of its prefix is kept, for a month.

    Returns the token, which is kept nowhere, and its row. With the password just checked, a hash made with
    older parameters is renewed. `terms` say what holds for an account that lacks the second step it needs.
    """
    limited = terms is not None and terms.limited
    now = clock.now()
    token = random_token()
    opened = AccountSession(
        account_id=account.id,
        token_hash=token_hash(token),
        kind=kind,
        device=clean_line(device)[:120],
        network=network_mark(address, now.date()),
        auth_epoch=account.auth_epoch,
        acting_for_id=None if limited else _usual(session, account),
        created_at=now,
        seen_at=now,
        expires_at=now + (TOKEN_LIFE if kind == "token" else SESSION_LIFE),
        proved_at=now,
        limited_at=now if limited else None,
    )
    if terms is not None and terms.until is not None:
        opened.expires_at = min(opened.expires_at, terms.until)
    session.add(opened)
    if password is not None and needs_rehash(account.password_hash):
        account.password_hash = hash_password(password)
    session.flush()
    return token, opened


def network_mark(address: str, day: date) -> str:
    """Which network an address belongs to this month, as a keyed hash: /24 of IPv4, /48 of IPv6; empty without one.

    It says whether two sessions came from one network, and nothing about which; next month's says something else.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    prefix = ip_network((found, 24 if found.version == 4 else 48), strict=False)
    return blind_index("network", f"{day:%Y-%m}|{prefix}")[:32]


def forget_networks(session: Session) -> None:
    """Drop the marks of sessions opened more than 30 days ago."""
    session.execute(
        update(AccountSession)
        .where(AccountSession.created_at < clock.now() - KEEP_NETWORKS, AccountSession.network != "")
        .values(network="")
    )


def _usual(session: Session, account: Account) -> str | None:
    """For whom a new session acts: as the last one did, an official for the office; else for oneself."""
    return session.scalar(
        select(Organisation.id)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(
            Membership.account_id == account.id,
            membership_in_force(clock.now()),
            Organisation.state == OrganisationState.VERIFIED,
            or_(
                Organisation.id == account.usual_organisation_id,
                Organisation.kind == OrganisationKind.GOVERNMENT,
            ),
        )
        .order_by((Organisation.id == account.usual_organisation_id).desc(), Membership.id)
        .limit(1)
    )


def note_proof(session: Session, actor: Actor) -> None:
    """The person has just proved to be the one, in this session."""
    require(actor, MANAGE_OWN_ACCOUNT)
    session.execute(update(AccountSession).where(AccountSession.id == actor.session_id).values(proved_at=clock.now()))


def lift_limits(session: Session, account: Account) -> None:
    """The account has the second step it needed: its sessions are whole again, and act as usual."""
    held = AccountSession.account_id == account.id, AccountSession.revoked_at.is_(None)
    for opened in session.scalars(select(AccountSession).where(*held)):
        opened.expires_at = opened.created_at + (TOKEN_LIFE if opened.kind == "token" else SESSION_LIFE)
        if opened.limited_at is not None:
            opened.limited_at, opened.acting_for_id = None, _usual(session, account)


def cap_sessions(session: Session, account_id: str, until: datetime) -> None:
    """Somebody appointed without a second step: no session outlives the time there is to set one up."""
    session.execute(
        update(AccountSession)
        .where(AccountSession.account_id == account_id, AccountSession.expires_at > until)
        .values(expires_at=until)
    )


def note_seen(session: Session, session_id: str, seen_before: timedelta = SEEN_EVERY) -> None:
    """Remember that the session is in use; at most once in ten minutes."""
    now = clock.now()
    session.execute(
        update(AccountSession)
        .where(AccountSession.id == session_id, AccountSession.seen_at < now - seen_before)
        .values(seen_at=now)
    )


def act_for(session: Session, identified: Identified, organisation_id: str | None) -> None:
    """Act for an organisation, or for oneself again, from now on in this session.

    Raises `Invalid` where the account has no such right.
    """
    require(identified.actor, SWITCH_ACTING)
    if identified.acting_for(organisation_id) is None:
        raise Invalid.of("as", _l("You cannot act for this organisation."))
    session.execute(
        update(AccountSession).where(AccountSession.id == identified.session.id).values(acting_for_id=organisation_id)
    )
    session.execute(
        update(Account).where(Account.id == identified.session.account_id).values(usual_organisation_id=organisation_id)
    )
    record(session, RightsChanged(**by(identified.actor), account_id=identified.session.account_id))


def end_session(session: Session, actor: Actor, session_id: str) -> None:
    """End one of one's own sessions. Raises `NotFound` for anybody else's."""
    require(actor, MANAGE_OWN_ACCOUNT)
    ended = session.execute(
        update(AccountSession)
        .where(
            AccountSession.id == session_id,
            AccountSession.account_id == actor.account_id,
            AccountSession.revoked_at.is_(None),
        )
        .values(revoked_at=clock.now())
        .returning(AccountSession.id)
    ).all()
    if not ended:
        raise NotFound
    record(session, RightsChanged(**by(actor), account_id=actor.account_id or ""))


def end_other_sessions(session: Session, actor: Actor) -> int:
    """End all of one's own sessions but the present one; returns how many."""
    require(actor, MANAGE_OWN_ACCOUNT)
    ended = session.execute(
        update(AccountSession)
        .where(
            AccountSession.account_id == actor.account_id,
            AccountSession.id != actor.session_id,
            AccountSession.revoked_at.is_(None),
        )
        .values(revoked_at=clock.now())
        .returning(AccountSession.id)
    ).all()
    record(session, RightsChanged(**by(actor), account_id=actor.account_id or ""))
    return len(ended)


def end_all_sessions(session: Session, account: Account, *, ended_by: str | None, but: str | None = None) -> None:
    """Raise the account's epoch: every session but one ends, in pages, API and sockets."""
    account.auth_epoch += 1
    session.flush()
    if but is not None:
        session.execute(update(AccountSession).where(AccountSession.id == but).values(auth_epoch=account.auth_epoch))
    session.execute(
        update(AccountSession)
        .where(
            AccountSession.account_id == account.id,
            AccountSession.revoked_at.is_(None),
            AccountSession.id != (but or ""),
        )
        .values(revoked_at=clock.now())
    )
    record(
        session,
        RightsChanged(district_id=account.district_id, actor=ended_by, account_id=account.id),
    )


def keep_preferences(
    session: Session,
    actor: Actor,
    *,
    locale: str | None = None,
    theme: str | None = None,
    type_size: str | None = None,
) -> None:
    """Keep language, brightness and size of type with the account; what is None stays."""
    require(actor, MANAGE_OWN_ACCOUNT)
    check_preferences(locale=locale, theme=theme, type_size=type_size)
    values = {"locale": locale, "theme": theme, "type_size": type_size}
    chosen = {name: value for name, value in values.items() if value is not None}
    if chosen:
        session.execute(update(Account).where(Account.id == actor.account_id).values(**chosen))


def check_preferences(*, locale: str | None, theme: str | None, type_size: str | None) -> None:
    """Raises `Invalid` for a value that is not on offer."""
    for field, value, offered in (
        ("language", locale, LOCALES),
        ("theme", theme, THEMES),
        ("type", type_size, TYPE_SIZES),
    ):
        if value is not None and value not in offered:
            raise Invalid.of(field, _l("This is not one of the choices."))


def by(actor: Actor) -> dict[str, Any]:
    """Who did it and on whose behalf, for an event."""
    return {
        "district_id": actor.district_id,
        "actor": actor.account_id,
        "organisation": actor.organisation_id,
    }


def rename_account(session: Session, actor: Actor, name: str) -> None:
    """Change the name that others see."""
    require(actor, MANAGE_OWN_ACCOUNT)
    if actor.suspended_until is not None:
        raise Suspended(actor.suspended_until)
    shown = check_name(name)
    if shown is None:
        raise Invalid.of("name", _l("Enter a name of at most %(num)s characters.", num=NAME_MOST))
    session.execute(update(Account).where(Account.id == actor.account_id).values(name=shown))
