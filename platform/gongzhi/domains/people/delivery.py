"""Hands waiting codes and invitations to their carriers (kernel/carriers.py). Without a carrier messages are only
kept for the outbox page, which is shown in demo mode.
"""

from __future__ import annotations

import smtplib
from datetime import timedelta

import structlog
from sqlalchemy import delete, literal, select

from gongzhi.kernel import clock
from gongzhi.kernel.carriers import carrier
from gongzhi.kernel.db import isolated, write
from gongzhi.kernel.secrets import decrypt

from .models import AccountSession, ConfirmationCode, OutgoingMessage, Throttle
from .rules import KEEP_MESSAGES

log = structlog.get_logger(__name__)

BATCH = 20
MOST_ATTEMPTS = 8


def send_waiting_messages() -> int:
    """Hand over what waits, at least once each; returns how many went. Failures are tried again, later and later.

    The rows are taken in one short transaction and sent outside it, so that a slow relay blocks nobody.
    """
    sent = 0
    with isolated():
        for message_id, channel, recipient, subject, body in _take():
            error = ""
            try:
                carrier(channel).send(recipient, subject, body)
                sent += 1
            except (OSError, smtplib.SMTPException, ValueError, KeyError) as problem:
                error = type(problem).__name__
                log.warning("message_not_sent", channel=channel, error=error)
            _note(message_id, error)
    return sent


def _take() -> list[tuple[str, str, str, str, str]]:
    now = clock.now()
    with write() as session:
        rows = session.scalars(
            select(OutgoingMessage)
            .where(OutgoingMessage.next_try_at <= now)
            .order_by(OutgoingMessage.next_try_at)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        for row in rows:
            row.attempts += 1
            row.next_try_at = now + timedelta(seconds=30 * 2**row.attempts)
        return [
            (
                row.id,
                row.channel,
                decrypt(row.recipient, "people.message"),
                row.subject,
                decrypt(row.body, "people.message"),
            )
            for row in rows
        ]


def _note(message_id: str, error: str) -> None:
    with write() as session:
        row = session.get(OutgoingMessage, message_id)
        if row is None:
            return
        row.error = error[:300]
        if not error:
            row.sent_at, row.next_try_at = clock.now(), None
        elif row.attempts >= MOST_ATTEMPTS:
            row.next_try_at = None


def forget_expired() -> int:
    """Delete what has served its time: old messages, codes, counted tries and sessions; returns how many rows."""
    now = clock.now()
    outdated = (
        (OutgoingMessage, OutgoingMessage.created_at < now - KEEP_MESSAGES),
        (ConfirmationCode, ConfirmationCode.expires_at < now),
        (Throttle, Throttle.window_ends < now),
        (AccountSession, AccountSession.expires_at < now),
    )
    gone = 0
    with isolated(), write() as session:
        for kind, over in outdated:
            gone += len(session.execute(delete(kind).where(over).returning(literal(1))).all())
    return gone
