"""Erasing an account (注销): asked for, thought over, carried out in one transaction (decisions/0014).

Public words stay under 已注销用户; counted voices stay counted, with an account that has nothing in it. Contacts,
names, identity, sign-in and everything private go.
"""

from __future__ import annotations

from functools import partial

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gongzhi.kernel import clock, personal, storage
from gongzhi.kernel.db import after_commit
from gongzhi.kernel.errors import Conflict
from gongzhi.kernel.events import record
from gongzhi.kernel.masks import DELETED
from gongzhi.kernel.personal import Parting
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.secrets import blind_index, blind_indexes, decrypt
from gongzhi.kernel.text import Lazy
from gongzhi.kernel.text import lazy as _l

from ..events import AccountErased, ErasureCancelled, ErasureRequested
from ..models import (
    Account,
    AccountState,
    Erasure,
    MemberRole,
    Membership,
    Organisation,
    OrganisationKind,
    RoleGrant,
    Tombstone,
)
from ..permissions import MANAGE_OWN_ACCOUNT
from ..queries import contact_of, erasure_of, grant_in_force, membership_in_force, own_account
from ..rules import ERASURE_WAIT, TOMBSTONE_LIFE
from .messages import write_message
from .proving import UNUSABLE
from .sessions import by, end_all_sessions

GRAVE = "people.tombstone"
OWNS = _l("You own an organisation here. Hand it over to somebody else first.")
OFFICE = _l("You are appointed to a government office. Ask it to end your appointment first.")
ROLE = _l("You hold a role. Ask an administrator to take it back first.")


def obstacles(session: Session, account_id: str) -> list[Lazy]:
    """What stands against erasing the account now, in plain words: first duties are handed over."""
    now = clock.now()
    found: list[Lazy] = []
    mine = select(Membership.id).where(Membership.account_id == account_id, membership_in_force(now)).limit(1)
    if session.scalar(mine.where(Membership.role == MemberRole.OWNER)) is not None:
        found.append(OWNS)
    offices = mine.join(Organisation, Organisation.id == Membership.organisation_id)
    if session.scalar(offices.where(Organisation.kind == OrganisationKind.GOVERNMENT)) is not None:
        found.append(OFFICE)
    roles = select(RoleGrant.id).where(RoleGrant.account_id == account_id, grant_in_force(now)).limit(1)
    if session.scalar(roles) is not None:
        found.append(ROLE)
    for room in personal.rooms():
        if room.holds is not None:
            found.extend(room.holds(session, account_id))
    return found


def ask_erasure(session: Session, actor: Actor) -> Erasure:
    """Ask to have one's account erased after fifteen days; all sessions end at once.

    Raises `Conflict` with what stands against it, or when it was asked for already.
    """
    require(actor, MANAGE_OWN_ACCOUNT)
    own = own_account(session, actor)
    session.refresh(own, with_for_update=True)
    against = obstacles(session, own.id)
    if against:
        raise Conflict(against[0])
    now = clock.now()
    made = Erasure(district_id=own.district_id, account_id=own.id, requested_at=now, due_at=now + ERASURE_WAIT)
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        raise Conflict(_l("The erasure of your account was asked for already.")) from None
    record(session, ErasureRequested(**by(actor), account_id=own.id))
    write_message(
        session,
        contact_of(own),
        district_id=own.district_id,
        subject=_l("Your account will be erased"),
        body=_l(
            "Your Gongzhi account will be erased on %(day)s. If you want to keep it, sign in before that day: "
            "this cancels the erasure.",
            day=f"{made.due_at.astimezone(clock.LOCAL):%Y-%m-%d}",
        ),
    )
    end_all_sessions(session, own, ended_by=own.id)
    return made


def cancel_erasure(session: Session, account: Account) -> bool:
    """Whoever signs in again stays: cancel what was asked for. True if there was anything to cancel."""
    session.refresh(account, with_for_update=True)
    found = erasure_of(session, account.id)
    if found is None:
        return False
    found.cancelled_at = clock.now()
    record(session, ErasureCancelled(district_id=account.district_id, actor=account.id, account_id=account.id))
    write_message(
        session,
        contact_of(account),
        district_id=account.district_id,
        subject=_l("Your account stays"),
        body=_l("The erasure of your Gongzhi account was cancelled. Your account stays as it was."),
    )
    return True


def due_erasures(session: Session) -> list[str]:
    """The ids of those whose day has come."""
    return list(
        session.scalars(
            select(Erasure.id)
            .where(Erasure.due_at <= clock.now(), Erasure.cancelled_at.is_(None), Erasure.done_at.is_(None))
            .order_by(Erasure.id)
            .limit(50)
        )
    )


def carry_out(session: Session, erasure_id: str) -> bool:
    """Erase one account, under its lock; twice is once. Where something stands against it now, it is cancelled."""
    row = session.get(Erasure, erasure_id)
    if row is None:
        return False
    account = session.get_one(Account, row.account_id, with_for_update=True, populate_existing=True)
    session.refresh(row, with_for_update=True)
    if row.done_at is not None or row.cancelled_at is not None or row.due_at > clock.now():
        return False
    if account.state == AccountState.ACTIVE and obstacles(session, account.id):
        cancel_erasure(session, account)
        return False
    erase(session, account)
    row.done_at = clock.now()
    return True


def erase(session: Session, account: Account) -> None:
    """Take name, contacts, identity, sign-in and everything private away, in every room."""
    write_message(
        session,
        contact_of(account),
        district_id=account.district_id,
        subject=_l("Your account was erased"),
        body=_l("Your Gongzhi account was erased. This is the last message you receive from us."),
    )
    voice = Account(
        district_id=account.district_id,
        name=DELETED,
        password_hash=UNUSABLE,
        state=AccountState.ERASED,
        created_at=account.created_at,
    )
    session.add(voice)
    session.flush()
    if account.identity is not None:
        session.add(
            Tombstone(
                district_id=account.district_id,
                hash=blind_index(GRAVE, decrypt(account.identity, "people.identity")),
                voice_id=voice.id,
                expires_at=clock.now() + TOMBSTONE_LIFE,
            )
        )
    parting = Parting(account.id, voice.id, account.district_id)
    for room in personal.rooms():
        if room.move is not None:
            room.move(session, account.id, voice.id)
        if room.erase is not None:
            room.erase(session, parting)
    end_all_sessions(session, account, ended_by=None)
    _empty(account)
    session.flush()
    record(session, AccountErased(district_id=account.district_id, account_id=account.id))
    for key in parting.files:
        after_commit(session, partial(storage.remove_file, key))


def _empty(account: Account) -> None:
    account.name, account.password_hash, account.state = DELETED, UNUSABLE, AccountState.ERASED
    account.email = account.phone = account.real_name = account.identity = None
    account.email_index = account.phone_index = account.identity_index = None
    account.level, account.community_id, account.usual_organisation_id = 0, None, None
    account.locale, account.theme, account.type_size = None, "auto", "normal"
    account.verified_at = account.verified_by_id = account.verified_by_organisation_id = None
    account.is_demo = False


def take_back_voices(session: Session, account: Account, identity: str) -> None:
    """Somebody is verified again after an erasure: the voices that still count are the person's again, so that
    nobody votes twice on the same thing.

    By identity only: a mobile number may belong to somebody else by now, who must not see how another voted.
    """
    graves = session.scalars(
        select(Tombstone)
        .where(Tombstone.district_id == account.district_id, Tombstone.hash.in_(blind_indexes(GRAVE, identity)))
        .order_by(Tombstone.id)
        .with_for_update()
    ).all()
    for grave in graves:
        for room in personal.rooms():
            if room.move is not None:
                room.move(session, grave.voice_id, account.id)
        session.delete(grave)
    session.flush()


def forget_graves(session: Session) -> None:
    """Keyed hashes whose time is over."""
    session.execute(delete(Tombstone).where(Tombstone.expires_at <= clock.now()))
