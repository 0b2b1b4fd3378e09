"""One's copies of one's own data, an erasure under way, and what this room keeps about a person."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gongzhi.kernel.personal import Sheet, rows_of
from gongzhi.kernel.policy import Actor
from gongzhi.kernel.secrets import Undecipherable, decrypt

from ..models import (
    Account,
    AccountSession,
    CopyState,
    DataCopy,
    Erasure,
    Invitation,
    Membership,
    Organisation,
    Passkey,
    PersonalDataAccess,
    ProviderLink,
    RecoveryCode,
    RoleGrant,
    Totp,
    VerificationRequest,
)

SEALED = ("email", "phone", "real_name", "identity")


def own_copies(session: Session, actor: Actor) -> list[DataCopy]:
    """The copies one asked for, the newest first; those whose week is over are not shown."""
    return list(
        session.scalars(
            select(DataCopy)
            .where(DataCopy.account_id == actor.account_id, DataCopy.state != CopyState.GONE)
            .order_by(DataCopy.id.desc())
            .limit(10)
        )
    )


def erasure_of(session: Session, account_id: str) -> Erasure | None:
    """The newest erasure asked for and not carried out."""
    return session.scalar(
        select(Erasure).where(
            Erasure.account_id == account_id, Erasure.cancelled_at.is_(None), Erasure.done_at.is_(None)
        )
    )


def personal_sheets(session: Session, account_id: str) -> Iterable[Sheet]:
    """All that this room keeps about a person, for the person."""
    yield Sheet("account", [_account(session, account_id)])
    for name, table, leave in (
        ("sessions", AccountSession, ("token_hash", "auth_epoch")),
        ("memberships", Membership, ()),
        ("roles", RoleGrant, ()),
        ("who_looked_at_my_data", PersonalDataAccess, ("reader_id",)),
        ("authenticator_app", Totp, ("secret", "last_step")),
        ("recovery_codes", RecoveryCode, ("code_hash",)),
        ("passkeys", Passkey, ("public_key",)),
        ("other_providers", ProviderLink, ()),
        ("copies_of_my_data", DataCopy, ("key",)),
        ("erasures", Erasure, ()),
    ):
        yield Sheet(name, rows_of(session, table, table.account_id == account_id, leave=leave))
    yield Sheet("reads_by_me", rows_of(session, PersonalDataAccess, PersonalDataAccess.reader_id == account_id))
    requests = rows_of(
        session, VerificationRequest, VerificationRequest.account_id == account_id, leave=("identity_index",)
    )
    yield Sheet("verification_requests", [_opened(row) for row in requests])
    yield Sheet("invitations_sent", _invitations(session, account_id))
    mine = or_(Organisation.applied_by_id == account_id, Organisation.verified_by_id == account_id)
    yield Sheet("organisations", rows_of(session, Organisation, mine, leave=("proof_key",)))


def _account(session: Session, account_id: str) -> dict[str, object]:
    leave = ("password_hash", "email_index", "phone_index", "identity_index", "auth_epoch")
    return _opened(rows_of(session, Account, Account.id == account_id, leave=leave)[0])


def _invitations(session: Session, account_id: str) -> list[dict[str, object]]:
    rows = rows_of(
        session, Invitation, Invitation.invited_by_id == account_id, leave=("token_hash", "contact_index", "contact")
    )
    return [dict(row) for row in rows]


def _opened(row: dict[str, object]) -> dict[str, object]:
    """The row with what is kept encrypted in it readable, for the person it is about."""
    opened = dict(row)
    for name in SEALED:
        sealed = opened.get(name)
        if isinstance(sealed, bytes):
            opened[name] = None
            with suppress(Undecipherable):
                opened[name] = decrypt(sealed, f"people.{name}")
    return opened
