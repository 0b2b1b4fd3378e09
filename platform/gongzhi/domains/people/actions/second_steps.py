"""Second steps of sign-in: an authenticator app, recovery codes, and their removal."""

from __future__ import annotations

import pyotp
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.errors import Conflict, Invalid, NotFound, NotPermitted
from gongzhi.kernel.events import record
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.secrets import blind_index, blind_indexes, decrypt, encrypt
from gongzhi.kernel.text import Lazy
from gongzhi.kernel.text import lazy as _l

from ..events import SecondStepChanged
from ..models import Account, AccountState, Passkey, RecoveryCode, Totp
from ..permissions import ADMINISTER_ACCOUNTS, MANAGE_OWN_ACCOUNT
from ..queries import contact_of, needs_second_step_since, own_account, second_steps
from ..rules import RECOVERY_CODES, new_recovery_code, normal_recovery_code, totp_step
from .messages import write_message
from .organisations import needed_reason
from .sessions import by, end_all_sessions, lift_limits

SECRET = "people.totp"  # noqa: S105 - the name of a purpose
RECOVERY = "people.recovery_code"
LAST_STEP = _l("Your office or role needs a second step. Set up another one before you remove this one.")
WRONG_CODE = _l("This code is not right. Check that the clock of your phone is set automatically.")


def begin_totp(session: Session, actor: Actor) -> str:
    """A secret for the authenticator app, kept until a first code confirms it; the same one when asked again.

    Raises `Conflict` where an app is set up already.
    """
    require(actor, MANAGE_OWN_ACCOUNT)
    own = own_account(session, actor)
    session.refresh(own, with_for_update=True)
    row = session.get(Totp, own.id)
    if row is not None and row.confirmed_at is not None:
        raise Conflict(_l("An authenticator app is set up already. Remove it first to use another one."))
    if row is None:
        row = Totp(account_id=own.id, secret=encrypt(pyotp.random_base32(), SECRET), created_at=clock.now())
        session.add(row)
        session.flush()
    return decrypt(row.secret, SECRET)


def pending_totp(session: Session, actor: Actor) -> str | None:
    """The secret that waits for its first code; None when there is none."""
    row = session.get(Totp, actor.account_id) if actor.signed_in else None
    return None if row is None or row.confirmed_at is not None else decrypt(row.secret, SECRET)


def confirm_totp(session: Session, actor: Actor, code: str) -> list[str]:
    """The app is set up once its first code is right; returns new recovery codes when there were none.

    Raises `Invalid` beside `code`, `NotFound` when nothing was begun.
    """
    require(actor, MANAGE_OWN_ACCOUNT)
    own = own_account(session, actor)
    row = session.get(Totp, own.id, with_for_update=True, populate_existing=True)
    if row is None or row.confirmed_at is not None:
        raise NotFound
    step = totp_step(decrypt(row.secret, SECRET), code, clock.now(), after=row.last_step)
    if step is None:
        raise Invalid.of("code", WRONG_CODE)
    row.last_step, row.confirmed_at, row.used_at = step, clock.now(), clock.now()
    return step_added(session, actor, own, "totp")


def use_totp(session: Session, account_id: str, code: str) -> bool:
    """Whether the app's code is right and was not used before; under the lock of its row."""
    row = session.get(Totp, account_id, with_for_update=True, populate_existing=True)
    if row is None or row.confirmed_at is None:
        return False
    step = totp_step(decrypt(row.secret, SECRET), code, clock.now(), after=row.last_step)
    if step is None:
        return False
    row.last_step, row.used_at = step, clock.now()
    return True


def use_recovery_code(session: Session, account_id: str, typed: str) -> bool:
    """Whether this is one of the account's unused recovery codes; it is used now, whoever else tries at once."""
    code = normal_recovery_code(typed)
    if code is None:
        return False
    hashes = blind_indexes(RECOVERY, f"{account_id}:{code}")
    used = session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.account_id == account_id,
            RecoveryCode.code_hash.in_(hashes),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=clock.now())
        .returning(RecoveryCode.id)
        .execution_options(synchronize_session=False)
    ).all()
    return bool(used)


def use_code(session: Session, account_id: str, typed: str) -> bool:
    """A code of the app, or a recovery code."""
    return use_totp(session, account_id, typed) or use_recovery_code(session, account_id, typed)


def renew_recovery_codes(session: Session, actor: Actor) -> list[str]:
    """Ten new codes, shown this once; the old ones are void. Raises `Conflict` without a second step."""
    require(actor, MANAGE_OWN_ACCOUNT)
    own = own_account(session, actor)
    session.refresh(own, with_for_update=True)
    if not second_steps(session, own.id).any:
        raise Conflict(_l("Set up an authenticator app or a passkey first."))
    codes = _new_codes(session, own.id)
    _tell(session, own, _l("The recovery codes of your Gongzhi account were renewed. The old ones are void."))
    record(session, SecondStepChanged(**by(actor), account_id=own.id, step="recovery", change="added"))
    return codes


def step_added(session: Session, actor: Actor, own: Account, step: str) -> list[str]:
    """What follows a new second step: sessions are whole, the person is told; recovery codes with the first one."""
    session.flush()
    lift_limits(session, own)
    _tell(session, own, _l("A second step of sign-in was added to your Gongzhi account."))
    record(session, SecondStepChanged(**by(actor), account_id=own.id, step=step, change="added"))
    return [] if second_steps(session, own.id).recovery_left else _new_codes(session, own.id)


def remove_totp(session: Session, actor: Actor) -> None:
    """Forget the authenticator app. Raises `Conflict` for the last step of somebody who needs one."""
    require(actor, MANAGE_OWN_ACCOUNT)
    own = own_account(session, actor)
    session.refresh(own, with_for_update=True)
    row = session.get(Totp, own.id, populate_existing=True)
    if row is None:
        raise NotFound
    if row.confirmed_at is not None:
        _check_removal(session, own)
    session.delete(row)
    _removed(session, actor, own, "totp")


def remove_passkey(session: Session, actor: Actor, passkey: Passkey) -> None:
    """Forget a passkey. Raises `Conflict` for the last step of somebody who needs one."""
    require(actor, MANAGE_OWN_ACCOUNT)
    own = own_account(session, actor)
    session.refresh(own, with_for_update=True)
    if passkey.account_id != own.id:
        raise NotFound
    _check_removal(session, own)
    gone = session.execute(delete(Passkey).where(Passkey.id == passkey.id).returning(Passkey.id)).scalar()
    if gone is None:
        raise NotFound  # another request of the same person removed it first
    _removed(session, actor, own, "passkey")


def reset_second_steps(session: Session, actor: Actor, account: Account, *, reason: str) -> None:
    """An administrator lets a person in again who lost all of them, after looking at who it is.

    All sessions end and the person is told. Never for oneself.
    """
    require(actor, ADMINISTER_ACCOUNTS, account)
    if account.id == actor.account_id:
        raise NotPermitted(_l("Another administrator does this for you."))
    needed_reason(reason)
    forget_second_steps(session, account, by_id=actor.account_id)


def forget_second_steps(session: Session, account: Account, *, by_id: str | None) -> None:
    """Forget them all and end all sessions. Raises `Conflict` where there are none."""
    session.refresh(account, with_for_update=True)
    if account.state != AccountState.ACTIVE or not second_steps(session, account.id).any:
        raise Conflict(_l("This account has no second step."))
    drop_second_steps(session, account.id)
    end_all_sessions(session, account, ended_by=by_id)
    _tell(
        session,
        account,
        _l("The second steps of your Gongzhi account were reset by an administrator. Set up a new one at sign-in."),
    )
    record(
        session,
        SecondStepChanged(
            district_id=account.district_id, actor=by_id, account_id=account.id, step="all", change="reset"
        ),
    )


def drop_second_steps(session: Session, account_id: str) -> None:
    """Delete every second step there is."""
    for kind in (Totp, Passkey, RecoveryCode):
        session.execute(delete(kind).where(kind.account_id == account_id))
    session.expire_all()


def _check_removal(session: Session, own: Account) -> None:
    if second_steps(session, own.id).count == 1 and needs_second_step_since(session, own.id) is not None:
        raise Conflict(LAST_STEP)


def _removed(session: Session, actor: Actor, own: Account, step: str) -> None:
    session.flush()
    if not second_steps(session, own.id).any:
        session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == own.id))
    _tell(session, own, _l("A second step of sign-in was removed from your Gongzhi account."))
    record(session, SecondStepChanged(**by(actor), account_id=own.id, step=step, change="removed"))


def _new_codes(session: Session, account_id: str) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    codes = [new_recovery_code() for _ in range(RECOVERY_CODES)]
    for code in codes:
        index = blind_index(RECOVERY, f"{account_id}:{normal_recovery_code(code)}")
        session.add(RecoveryCode(account_id=account_id, code_hash=index, created_at=clock.now()))
    session.flush()
    return codes


def _tell(session: Session, account: Account, sentence: Lazy) -> None:
    write_message(
        session,
        contact_of(account),
        district_id=account.district_id,
        subject=_l("The sign-in of your account was changed"),
        body=_l("%(what)s If this was not you, choose a new password at once.", what=sentence),
    )


def has_step(session: Session, account_id: str) -> bool:
    """Whether signing in needs more than the password."""
    passkey = select(Passkey.id).where(Passkey.account_id == account_id).limit(1)
    totp = select(Totp.account_id).where(Totp.account_id == account_id, Totp.confirmed_at.is_not(None))
    return session.scalar(totp) is not None or session.scalar(passkey) is not None
