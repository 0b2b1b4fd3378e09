"""Mail and SMS written as rows of the transaction that causes them; `delivery.py` hands them over."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.secrets import encrypt
from gongzhi.kernel.text import Message

from ..models import OutgoingMessage
from ..rules import Contact


def write_message(session: Session, contact: Contact, *, district_id: str, subject: Message, body: Message) -> None:
    """Put a message into the outbox of this transaction, in the language of who causes it."""
    now = clock.now()
    session.add(
        OutgoingMessage(
            district_id=district_id,
            channel=contact.channel,
            recipient=encrypt(contact.value, "people.message"),
            subject=str(subject)[:200],
            body=encrypt(str(body), "people.message"),
            created_at=now,
            next_try_at=now,
        )
    )


def keep_message(session: Session, *, district_id: str, channel: str, recipient: str, subject: str, body: str) -> None:
    """Show on the outbox page of the demo what somebody else has written and nobody carries; it counts as sent."""
    now = clock.now()
    session.add(
        OutgoingMessage(
            district_id=district_id,
            channel=channel,
            recipient=encrypt(recipient, "people.message"),
            subject=subject[:200],
            body=encrypt(body, "people.message"),
            created_at=now,
            sent_at=now,
        )
    )
