"""What administrators do with accounts and roles: always for a reason, never for themselves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.errors import Conflict, Invalid, NotPermitted, Stale
from gongzhi.kernel.events import record
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.text import lazy as _l

from ..events import AccountDisabled, AccountEnabled, RightsChanged, RoleGranted, RoleRevoked
from ..models import Account, AccountState, Role, RoleGrant
from ..permissions import ADMINISTER_ACCOUNTS, GRANT_ROLES
from ..queries import admins_in_force, place_named
from .organisations import needed_reason
from .sessions import by, end_all_sessions

LAST_ADMIN = _l("This is the last administrator of the district. Name another one first.")
NOT_ONESELF = _l("Nobody can grant rights to themselves.")
ANY_PLACE = ("district", "subdistrict", "community", "grid", "building")


def disable_account(session: Session, actor: Actor, account: Account, *, reason: str) -> None:
    """Close the account to use: all its sessions end at once. Raises `Conflict` for the last administrator."""
    require(actor, ADMINISTER_ACCOUNTS, account)
    if account.id == actor.account_id:
        raise NotPermitted(_l("You cannot disable your own account."))
    cause = needed_reason(reason)
    admins = admins_in_force(session, account.district_id)
    session.refresh(account, with_for_update=True)
    if account.state != AccountState.ACTIVE:
        raise Stale(current={"state": str(account.state)})
    _keep_one([grant for grant in admins if grant.account_id != account.id], admins)
    account.state = AccountState.DISABLED
    end_all_sessions(session, account, ended_by=actor.account_id)
    record(session, AccountDisabled(**by(actor), account_id=account.id, reason=cause))


def enable_account(session: Session, actor: Actor, account: Account, *, reason: str) -> None:
    """Open a disabled account again; its sessions stay ended."""
    require(actor, ADMINISTER_ACCOUNTS, account)
    cause = needed_reason(reason)
    session.refresh(account, with_for_update=True)
    if account.state != AccountState.DISABLED:
        raise Stale(current={"state": str(account.state)})
    account.state = AccountState.ACTIVE
    record(session, AccountEnabled(**by(actor), account_id=account.id, reason=cause))


def grant_role(
    session: Session,
    actor: Actor,
    account: Account,
    *,
    role: str,
    place_id: str | None,
    ends_at: datetime | None,
    reason: str,
) -> RoleGrant:
    """Grant a role for a place and all below it, or the district, until a day or until taken back."""
    require(actor, GRANT_ROLES, account)
    if account.id == actor.account_id:
        raise NotPermitted(NOT_ONESELF)
    if role not in tuple(Role):
        raise Invalid.of("role", _l("This is not one of the choices."))
    cause = needed_reason(reason)
    if ends_at is not None and ends_at <= clock.now():
        raise Invalid.of("ends_on", _l("This day is over."))
    place = place_named(session, actor.district_id, place_id, kinds=ANY_PLACE, field="place_id")
    if role == Role.ADMIN and place is not None:
        raise Invalid.of("place_id", _l("Administrators are the whole district's."))
    made = RoleGrant(
        district_id=account.district_id,
        account_id=account.id,
        role=Role(role),
        place_id=place,
        reason=cause,
        starts_at=clock.now(),
        ends_at=ends_at,
        granted_by_id=actor.account_id,
    )
    session.add(made)
    session.flush()
    record(
        session,
        RoleGranted(**by(actor), account_id=account.id, role=role, place_id=place, reason=cause),
    )
    record(session, RightsChanged(**by(actor), account_id=account.id))
    return made


def revoke_role(session: Session, actor: Actor, grant: RoleGrant, *, reason: str) -> None:
    """Take a role back at once. Raises `Conflict` for the last administrator's."""
    require(actor, GRANT_ROLES, grant)
    cause = needed_reason(reason)
    admins = admins_in_force(session, grant.district_id)
    session.refresh(grant, with_for_update=True)
    if grant.revoked_at is not None:
        raise Stale(_l("This role was taken back already."))
    if grant.role == Role.ADMIN:
        remaining = [one for one in admins if one.id != grant.id]
        _keep_one(remaining, admins)
    grant.revoked_at, grant.revoked_by_id = clock.now(), actor.account_id
    record(session, RoleRevoked(**by(actor), account_id=grant.account_id, role=str(grant.role), reason=cause))
    record(session, RightsChanged(**by(actor), account_id=grant.account_id))


def _keep_one(remaining: list[RoleGrant], before: list[RoleGrant]) -> None:
    if before and not remaining:
        raise Conflict(LAST_ADMIN)
