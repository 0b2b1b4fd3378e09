"""Who is this: from a session's token to the actor with all rights in force, in two statements.

Everything is read afresh with each request, so that a right that ended, an organisation that was suspended
or an account that was disabled ends with the very next request (hard-won.md, S2).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    ScalarSelect,
    and_,
    bindparam,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from gongzhi.kernel import clock
from gongzhi.kernel.db import UtcDateTime
from gongzhi.kernel.policy import Actor, RoleHeld
from gongzhi.kernel.secrets import token_hash

from ..models import (
    PLACE,
    Account,
    AccountSession,
    AccountState,
    District,
    Membership,
    Organisation,
    OrganisationKind,
    OrganisationState,
    RoleGrant,
)


@dataclass(frozen=True)
class SessionInForce:
    """A browser session or API token that is neither revoked, expired nor from an older epoch."""

    id: str
    account_id: str
    kind: str
    device: str
    acting_for_id: str | None
    seen_at: datetime
    expires_at: datetime
    proved_at: datetime | None = None
    limited: bool = False
    """Whether a second step must be set up before any office or role is in force."""


@dataclass(frozen=True)
class ActingChoice:
    """An organisation the account may act for, with its part there."""

    organisation_id: str
    kind: str
    name_zh: str
    name_en: str
    member_role: str
    title: str
    place_path: str | None

    def name_for(self, locale: str) -> str:
        """The name in the reader's language."""
        return self.name_en if locale == "en" and self.name_en else self.name_zh


@dataclass(frozen=True)
class Identified:
    """The session, the actor it acts as, what else it could act as, and the person's settings."""

    session: SessionInForce
    actor: Actor
    choices: tuple[ActingChoice, ...]
    grants: tuple[RoleHeld, ...]
    person: Actor
    """The same person acting for nobody else."""
    theme: str
    type_size: str
    district_name_zh: str
    district_name_en: str
    is_demo: bool
    valid_until: datetime
    """When the session or the first of the rights ends by the clock."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """What `count_with_identity` asked for, by name."""

    def acting_for(self, organisation_id: str | None) -> Identified | None:
        """The same person acting for another organisation; None where there is no such right."""
        if organisation_id is None:
            return replace(self, actor=self.person)
        for choice in self.choices:
            if choice.organisation_id == organisation_id:
                return replace(self, actor=_acting(self.person, choice))
        return None


_counts: dict[str, ScalarSelect[int]] = {}


def count_with_identity(name: str, count: ScalarSelect[int]) -> None:
    """Read one more number of the account, correlated to `Account`, in the statement every request makes anyway.

    For what every page shows, such as unread notices: it saves each page a way to the database.
    """
    _counts[name] = count


def counts_now(session: Session, account_id: str) -> dict[str, int]:
    """The numbers asked for by `count_with_identity`, of somebody already identified."""
    names = tuple(_counts)
    row = session.execute(_counts_of(names), {"account": account_id}).one() if names else ()
    return {name: number or 0 for name, number in zip(names, row, strict=True)}


@cache
def _counts_of(names: tuple[str, ...]) -> Any:
    return select(*(_counts[name] for name in names)).where(Account.id == bindparam("account", type_=Account.id.type))


def actor_for_token(session: Session, token: str) -> tuple[SessionInForce, Actor] | None:
    """The session and actor behind a token; None when there is none in force."""
    found = identify_token(session, token)
    return None if found is None else (found.session, found.actor)


def identify_token(session: Session, token: str) -> Identified | None:
    """All about the bearer of this token; None when the session is not in force."""
    found = _identify(session, "token", token_hash(token))
    return next(iter(found.values()), None)


def identify_sessions(session: Session, session_ids: Sequence[str]) -> dict[str, Identified]:
    """All about those of these sessions that are still in force, however many, in two statements."""
    return _identify(session, "ids", list(session_ids)) if session_ids else {}


def actors_of_sessions(session: Session, session_ids: Sequence[str]) -> dict[str, Actor]:
    """The actors of those of these sessions that are still in force, however many, in two statements."""
    found = identify_sessions(session, session_ids)
    return {session_id: identified.actor for session_id, identified in found.items()}


def _identify(session: Session, by: str, value: str | list[str]) -> dict[str, Identified]:
    now = clock.now()
    rows = session.execute(_sessions(by, tuple(_counts)), {by: value, "now": now}).all()
    if not rows:
        return {}
    choices: dict[str, list[ActingChoice]] = defaultdict(list)
    grants: dict[str, list[RoleHeld]] = defaultdict(list)
    ends: dict[str, list[datetime]] = defaultdict(list)
    accounts = sorted({row.account_id for row in rows})
    for right in session.execute(_rights(), {"accounts": accounts, "now": now}):
        if right.ends_at is not None:
            ends[right.account_id].append(right.ends_at)
        if right.what == "grant":
            grants[right.account_id].append(RoleHeld(right.role, right.path, right.organisation_id))
        else:
            choices[right.account_id].append(
                ActingChoice(
                    organisation_id=right.organisation_id,
                    kind=right.kind,
                    name_zh=right.name_zh,
                    name_en=right.name_en,
                    member_role=right.role,
                    title=right.title,
                    place_path=right.path,
                )
            )
    return {
        row.id: _identified(
            row,
            choices[row.account_id],
            grants[row.account_id],
            min([row.expires_at, *ends[row.account_id], *filter(None, [_still(row.suspended_until)])]),
        )
        for row in rows
    }


@cache
def _sessions(by: str, counts: tuple[str, ...]) -> Any:
    """Built once: every request begins with this statement and the next."""
    which = (
        AccountSession.token_hash == bindparam("token")
        if by == "token"
        else AccountSession.id.in_(bindparam("ids", expanding=True))
    )
    community = PLACE.alias("community")
    return (
        select(
            AccountSession.id,
            AccountSession.account_id,
            AccountSession.kind,
            AccountSession.device,
            AccountSession.acting_for_id,
            AccountSession.seen_at,
            AccountSession.expires_at,
            AccountSession.proved_at,
            AccountSession.limited_at,
            Account.district_id,
            Account.name,
            Account.level,
            Account.locale,
            Account.theme,
            Account.type_size,
            Account.community_id,
            Account.is_demo,
            Account.suspended_until,
            community.c.path.label("community_path"),
            District.name_zh.label("district_name_zh"),
            District.name_en.label("district_name_en"),
            *(_counts[name].label(f"count_{name}") for name in counts),
        )
        .join(Account, Account.id == AccountSession.account_id)
        .join(District, District.id == Account.district_id)
        .join(community, community.c.id == Account.community_id, isouter=True)
        .where(
            which,
            AccountSession.revoked_at.is_(None),
            AccountSession.expires_at > bindparam("now", type_=UtcDateTime()),
            AccountSession.auth_epoch == Account.auth_epoch,
            Account.state == AccountState.ACTIVE,
        )
    )


def membership_in_force(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Begun, not ended, not past its end date."""
    return and_(
        Membership.ended_at.is_(None),
        Membership.starts_at <= now,
        or_(Membership.ends_at.is_(None), Membership.ends_at > now),
    )


def grant_in_force(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Begun, not taken back, not past its end date."""
    return and_(
        RoleGrant.revoked_at.is_(None),
        RoleGrant.starts_at <= now,
        or_(RoleGrant.ends_at.is_(None), RoleGrant.ends_at > now),
    )


@cache
def _rights() -> Any:
    account_ids: BindParameter[str] = bindparam("accounts", expanding=True)
    now: BindParameter[datetime] = bindparam("now", type_=UtcDateTime())
    place = PLACE.alias("of_organisation")
    granted = PLACE.alias("granted")
    members = aliased(Organisation)
    memberships = (
        select(
            literal("member").label("what"),
            Membership.account_id,
            Membership.role,
            Membership.organisation_id,
            Membership.title,
            members.kind,
            members.name_zh,
            members.name_en,
            place.c.path,
            Membership.ends_at,
            Membership.id,
        )
        .join(members, members.id == Membership.organisation_id)
        .join(place, place.c.id == members.place_id, isouter=True)
        .where(
            Membership.account_id.in_(account_ids),
            membership_in_force(now),
            members.state == OrganisationState.VERIFIED,
        )
    )
    roles = (
        select(
            literal("grant"),
            RoleGrant.account_id,
            RoleGrant.role,
            RoleGrant.organisation_id,
            literal(""),
            null(),
            null(),
            null(),
            granted.c.path,
            RoleGrant.ends_at,
            RoleGrant.id,
        )
        .join(granted, granted.c.id == RoleGrant.place_id, isouter=True)
        .where(RoleGrant.account_id.in_(account_ids), grant_in_force(now))
    )
    both = union_all(memberships, roles).subquery()
    return select(both).order_by(both.c.id)


def _identified(row: Any, choices: list[ActingChoice], grants: list[RoleHeld], valid_until: datetime) -> Identified:
    held = SessionInForce(
        id=row.id,
        account_id=row.account_id,
        kind=row.kind,
        device=row.device,
        acting_for_id=row.acting_for_id,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        proved_at=row.proved_at,
        limited=row.limited_at is not None,
    )
    if held.limited:
        grants = []
        choices = [one for one in choices if one.kind != OrganisationKind.GOVERNMENT]
    person = Actor(
        account_id=row.account_id,
        name=row.name,
        district_id=row.district_id,
        level=row.level,
        roles=tuple(grants),
        locale=row.locale,
        place_id=row.community_id,
        place_path=row.community_path,
        session_id=row.id,
        proved_at=row.proved_at,
        suspended_until=_still(row.suspended_until),
    )
    alone = Identified(
        session=held,
        actor=person,
        choices=tuple(choices),
        grants=tuple(grants),
        person=person,
        theme=row.theme,
        type_size=row.type_size,
        district_name_zh=row.district_name_zh,
        district_name_en=row.district_name_en,
        is_demo=row.is_demo,
        valid_until=valid_until,
        counts={name: getattr(row, f"count_{name}") or 0 for name in _counts},
    )
    return alone.acting_for(row.acting_for_id) or alone


def _still(until: datetime | None) -> datetime | None:
    return until if until is not None and until > clock.now() else None


def _acting(person: Actor, choice: ActingChoice) -> Actor:
    """Level 3 while acting for an office; a verified organisation's representative counts as verified (2)."""
    government = choice.kind == OrganisationKind.GOVERNMENT
    return replace(
        person,
        level=3 if government else max(person.level, 2),
        organisation_id=choice.organisation_id,
        organisation_kind=str(choice.kind),
        organisation_name=choice.name_zh,
        organisation_place_path=choice.place_path,
        roles=(
            *person.roles,
            RoleHeld(f"member:{choice.member_role}", choice.place_path, choice.organisation_id),
        ),
    )


def districts(session: Session) -> list[District]:
    """The districts of this installation, oldest first."""
    return list(session.scalars(select(District).order_by(District.id)))
