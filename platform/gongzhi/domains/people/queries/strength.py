"""How strong an account is: its second steps, whether it needs one, and what its sessions may be meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.policy import Actor

from ..models import (
    Account,
    Membership,
    Organisation,
    OrganisationKind,
    OrganisationState,
    Passkey,
    ProviderLink,
    RecoveryCode,
    RoleGrant,
    Totp,
)
from ..rules import NEEDS_SECOND_STEP
from .identity import grant_in_force, membership_in_force


@dataclass(frozen=True)
class SecondSteps:
    """What an account has besides its password."""

    totp: Totp | None
    passkeys: tuple[Passkey, ...]
    recovery_left: int

    @property
    def any(self) -> bool:
        """Whether sign-in asks for a second step."""
        return self.totp is not None or bool(self.passkeys)

    @property
    def count(self) -> int:
        """How many steps there are; recovery codes are none of their own."""
        return len(self.passkeys) + (self.totp is not None)


def second_steps(session: Session, account_id: str) -> SecondSteps:
    """The second steps in force, the oldest passkey first."""
    totp = session.scalar(select(Totp).where(Totp.account_id == account_id, Totp.confirmed_at.is_not(None)))
    keys = session.scalars(select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.id)).all()
    left = session.scalar(
        select(func.count()).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    )
    return SecondSteps(totp, tuple(keys), left or 0)


def needs_second_step_since(session: Session, account_id: str) -> datetime | None:
    """Since when the account acts for the government or holds a role that needs a second step; None if neither."""
    now = clock.now()
    offices = (
        select(Membership.starts_at.label("since"))
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            Membership.account_id == account_id,
            membership_in_force(now),
            Organisation.kind == OrganisationKind.GOVERNMENT,
            Organisation.state == OrganisationState.VERIFIED,
        )
    )
    roles = select(RoleGrant.starts_at).where(
        RoleGrant.account_id == account_id, grant_in_force(now), RoleGrant.role.in_(NEEDS_SECOND_STEP)
    )
    both = union_all(offices, roles).subquery()
    earliest: datetime | None = session.scalar(select(func.min(both.c.since)))
    return earliest


@dataclass(frozen=True)
class Terms:
    """On which terms a session of an account without a needed second step is opened."""

    needed: bool = False
    limited: bool = False
    """The time to set one up is over: no office and no role until there is one."""
    until: datetime | None = None
    """The end of that time; no session outlives it."""


def terms_for(session: Session, account: Account, *, grace_days: int, demo: bool) -> Terms:
    """What a session may be that is opened now. In demo mode the demo accounts need no second step."""
    if demo and account.is_demo:
        return Terms()
    since = needs_second_step_since(session, account.id)
    if since is None or second_steps(session, account.id).any:
        return Terms()
    until = since + timedelta(days=grace_days)
    if until <= clock.now():
        return Terms(needed=True, limited=True)
    return Terms(needed=True, until=until)


def access_passkey(session: Session, actor: Actor, passkey_id: str) -> Passkey:
    """One of one's own passkeys. Raises `NotFound` for anybody else's."""
    found = session.get(Passkey, passkey_id)
    if found is None or not actor.signed_in or found.account_id != actor.account_id:
        raise NotFound
    return found


def own_links(session: Session, actor: Actor) -> list[ProviderLink]:
    """The providers that may sign one's account in."""
    return list(
        session.scalars(
            select(ProviderLink).where(ProviderLink.account_id == actor.account_id).order_by(ProviderLink.id)
        )
    )


def access_link(session: Session, actor: Actor, link_id: str) -> ProviderLink:
    """One of one's own links to a provider. Raises `NotFound` for anybody else's."""
    found = session.get(ProviderLink, link_id)
    if found is None or not actor.signed_in or found.account_id != actor.account_id:
        raise NotFound
    return found


def account_of_link(session: Session, issuer: str, subject: str) -> tuple[ProviderLink, Account] | None:
    """The account this person of this provider opens; None when there is none."""
    row = session.execute(
        select(ProviderLink, Account)
        .join(Account, Account.id == ProviderLink.account_id)
        .where(ProviderLink.issuer == issuer, ProviderLink.subject == subject)
    ).one_or_none()
    return None if row is None else (row[0], row[1])
