"""Hands waiting mail and SMS to their carriers. The default carrier only keeps them for the outbox page,
which is shown in demo mode; SMTP is chosen by a setting, an SMS gateway by `set_carrier`.
"""

from __future__ import annotations

import smtplib
import ssl
from datetime import timedelta
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Protocol
from urllib.parse import unquote, urlsplit

import structlog
from sqlalchemy import delete, literal, select

from gongzhi.kernel import clock
from gongzhi.kernel.db import isolated, write
from gongzhi.kernel.secrets import decrypt

from .models import AccountSession, ConfirmationCode, OutgoingMessage, Throttle
from .rules import KEEP_MESSAGES

log = structlog.get_logger(__name__)

BATCH = 20
MOST_ATTEMPTS = 8
TIMEOUT = 20


class Carrier(Protocol):
    """Takes one message to its recipient or raises an exception."""

    def send(self, recipient: str, subject: str, body: str) -> None:
        """Hand the message over; an exception means: try again later."""


class Outbox:
    """The default: the row itself is the outbox, so there is nothing to hand over."""

    def send(self, recipient: str, subject: str, body: str) -> None:
        """Nothing leaves this machine."""


class Smtp:
    """A mail relay: `smtp://user:password@host:25`, `smtps://` or `smtp+starttls://`, `?from=` the sender."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.scheme = parts.scheme
        self.host = parts.hostname or "localhost"
        self.port = parts.port or {"smtps": 465, "smtp+starttls": 587}.get(parts.scheme, 25)
        self.user = unquote(parts.username or "")
        self.password = unquote(parts.password or "")
        query = dict(pair.partition("=")[::2] for pair in parts.query.split("&") if pair)
        self.sender = unquote(query.get("from", "")) or (self.user if "@" in self.user else f"noreply@{self.host}")

    def send(self, recipient: str, subject: str, body: str) -> None:
        """One connection for one message: codes are few and must not wait for each other."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, recipient, subject
        message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=self.sender.rpartition("@")[2])
        message.set_content(body)
        context = ssl.create_default_context()
        if self.scheme == "smtps":
            relay: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT, context=context)
        else:
            relay = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT)
        with relay:
            if self.scheme == "smtp+starttls":
                relay.starttls(context=context)
            if self.user:
                relay.login(self.user, self.password)
            relay.send_message(message)


_carriers: dict[str, Carrier] = {"mail": Outbox(), "sms": Outbox()}


def set_carrier(channel: str, carrier: Carrier) -> None:
    """Send the messages of a channel (`mail` or `sms`) with this carrier."""
    _carriers[channel] = carrier


def configure(mail_url: str | None) -> None:
    """Choose the mail carrier by the setting; without one, messages stay on the outbox page."""
    _carriers["mail"] = Smtp(mail_url) if mail_url else Outbox()


def kept_channels() -> tuple[str, ...]:
    """The channels whose messages stay on the outbox page."""
    return tuple(channel for channel, carrier in _carriers.items() if isinstance(carrier, Outbox))


def send_waiting_messages() -> int:
    """Hand over what waits, at least once each; returns how many went. Failures are tried again, later and later.

    The rows are taken in one short transaction and sent outside it, so that a slow relay blocks nobody.
    """
    sent = 0
    with isolated():
        for message_id, channel, recipient, subject, body in _take():
            error = ""
            try:
                _carriers[channel].send(recipient, subject, body)
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
