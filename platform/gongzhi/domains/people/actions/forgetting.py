"""What this room forgets with an account: sign-in, sessions, requests, copies; and what ends by the clock."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.personal import Parting
from gongzhi.kernel.secrets import encrypt

from ..models import (
    Account,
    AccountSession,
    ConfirmationCode,
    DataCopy,
    Invitation,
    Membership,
    PasskeyChallenge,
    PersonalDataAccess,
    ProviderLink,
    ProviderVisit,
    VerificationRequest,
    VerificationState,
)
from ..rules import KEEP_LOOKS
from .own_data import drop_copies
from .second_steps import drop_second_steps


def forget_private(session: Session, parting: Parting) -> None:
    """All of this room but the account's row, which the caller empties last, and what the law wants kept.

    Who looked at whose data stays for three years, by number only (rules.KEEP_LOOKS).
    """
    account = session.get_one(Account, parting.account_id)
    drop_second_steps(session, account.id)
    contacts = [index for index in (account.email_index, account.phone_index) if index is not None]
    for condition in (ConfirmationCode.account_id == account.id, ConfirmationCode.contact_index.in_(contacts)):
        session.execute(delete(ConfirmationCode).where(condition))
    session.execute(delete(AccountSession).where(AccountSession.account_id == account.id))
    session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.account_id == account.id))
    session.execute(delete(ProviderLink).where(ProviderLink.account_id == account.id))
    session.execute(delete(Invitation).where(Invitation.contact_index.in_(contacts), Invitation.accepted_at.is_(None)))
    session.execute(
        update(Invitation)
        .where(Invitation.contact_index.in_(contacts))
        .values(contact=encrypt("", "people.invitation"), contact_index="")
    )
    asked = VerificationRequest.account_id == account.id
    session.execute(
        update(VerificationRequest)
        .where(asked, VerificationRequest.state == VerificationState.WAITING)
        .values(state=VerificationState.WITHDRAWN, decided_at=clock.now())
    )
    session.execute(
        update(VerificationRequest).where(asked).values(real_name=None, identity=None, identity_index="", note="")
    )
    session.execute(
        update(Membership)
        .where(Membership.account_id == account.id, Membership.ended_at.is_(None))
        .values(ended_at=clock.now())
    )
    drop_copies(session, session.scalars(select(DataCopy).where(DataCopy.account_id == account.id)).all())
    session.flush()


def forget_by_clock(session: Session) -> None:
    """Ways to providers and challenges never walked to the end, and reads of data older than three years."""
    now = clock.now()
    session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.expires_at <= now))
    session.execute(delete(ProviderVisit).where(ProviderVisit.expires_at <= now))
    session.execute(delete(PersonalDataAccess).where(PersonalDataAccess.at < now - KEEP_LOOKS))
