"""Who carries mail and SMS out of the house: an SMTP relay, an SMS gateway, or nobody (the outbox of the demo).

A carrier says what became of a message in three ways, because whoever must not send twice needs to know:
it was taken (no exception), it was certainly not taken (`NotNow`, `Refused`), or nobody knows (`Uncertain`).
"""

from __future__ import annotations

import base64
import json
import secrets
import smtplib
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from email.header import Header
from email.utils import formatdate, make_msgid
from typing import Protocol, runtime_checkable
from urllib.parse import unquote, urlsplit

from gongzhi.kernel import outward

TIMEOUT = 20
TAKEN = range(200, 300)
BUSY = (429, 503)
_DATA_TAKEN = 250
_PERMANENT = 500


class NotCarried(OSError):
    """The carrier did not say that it took the message."""


class NotNow(NotCarried):
    """Certainly not taken; it may be offered again later."""


class Refused(NotCarried):
    """Certainly not taken, and never will be."""


class Uncertain(NotCarried):
    """The message went out and the answer did not come back."""


@dataclass(frozen=True)
class Letter:
    """One message to one recipient. `key` is its own for ever: a carrier that sees it twice may know it again."""

    recipient: str
    subject: str
    text: str
    html: str = ""
    key: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


Hand = Callable[[Letter], None]
"""Hands one letter over: returns when it was taken, raises `NotCarried` otherwise."""


class Carrier(Protocol):
    """Takes one message to its recipient or raises an exception."""

    def send(self, recipient: str, subject: str, body: str) -> None:
        """Hand the message over; an exception means: try again later."""


@runtime_checkable
class Lined(Protocol):
    """A carrier that can keep a line open, and says what became of each letter."""

    def line(self) -> AbstractContextManager[Hand]:
        """A line for many letters, one after another."""


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
        with self.line() as hand:
            hand(Letter(recipient, subject, body))

    @contextmanager
    def line(self) -> Iterator[Hand]:
        """One connection for many messages, opened with the first and again after it broke."""
        line = _SmtpLine(self)
        try:
            yield line.hand
        finally:
            line.close()

    def connect(self) -> smtplib.SMTP:
        """A relay that waits for a message."""
        context = ssl.create_default_context()
        if self.scheme == "smtps":
            relay: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT, context=context)
        else:
            relay = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT)
        try:
            if self.scheme == "smtp+starttls":
                relay.starttls(context=context)
            if self.user:
                relay.login(self.user, self.password)
            relay.ehlo_or_helo_if_needed()
        except BaseException:
            relay.close()
            raise
        return relay

    def compose(self, letter: Letter) -> bytes:
        """The message as it goes over the wire. Raises ValueError for an address that is none.

        Put together by hand: the library's own composing takes five milliseconds a mail, and a digest has 50,000.
        """
        domain = self.sender.rpartition("@")[2]
        headers = {
            "From": _address(self.sender),
            "To": _address(letter.recipient),
            "Subject": Header(_one_line(letter.subject), "utf-8", header_name="Subject").encode(linesep="\r\n"),
            "Date": formatdate(),
            "Message-ID": f"<{letter.key}@{domain}>" if letter.key else make_msgid(domain=domain),
            "MIME-Version": "1.0",
            **{name: _one_line(value) for name, value in letter.headers.items()},
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        plain = _part("text/plain", letter.text)
        if not letter.html:
            return head.encode("ascii") + plain
        edge = f"=_{secrets.token_hex(12)}"
        parts = b"".join(b"--%b\r\n%b" % (edge.encode(), part) for part in (plain, _part("text/html", letter.html)))
        kind = f'Content-Type: multipart/alternative; boundary="{edge}"\r\n\r\n'
        return (head + kind).encode("ascii") + parts + f"--{edge}--\r\n".encode()


class _SmtpLine:
    """A connection that is kept, and the stages of handing over: only the last one can leave a doubt."""

    def __init__(self, smtp: Smtp) -> None:
        self._smtp = smtp
        self._relay: smtplib.SMTP | None = None

    def hand(self, letter: Letter) -> None:
        try:
            whole = self._smtp.compose(letter)
        except (ValueError, UnicodeError) as error:
            raise Refused(type(error).__name__) from error
        relay = self._address(letter)
        try:
            code, _answer = relay.data(whole)
        except smtplib.SMTPDataError as error:
            self._again(relay)
            raise _verdict(error.smtp_code) from error
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise Uncertain(type(error).__name__) from error
        if code != _DATA_TAKEN:
            self._again(relay)
            raise _verdict(code)

    def _address(self, letter: Letter) -> smtplib.SMTP:
        """Say from whom and to whom; nothing of the message has gone yet."""
        try:
            if self._relay is None:
                self._relay = self._smtp.connect()
            relay = self._relay
            for code, _answer in (relay.mail(self._smtp.sender), relay.rcpt(letter.recipient)):
                if code >= 400:
                    self._again(relay)
                    raise _verdict(code)
        except NotCarried:
            raise
        except UnicodeError as error:
            self.close()
            raise Refused(type(error).__name__) from error
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise NotNow(type(error).__name__) from error
        return relay

    def _again(self, relay: smtplib.SMTP) -> None:
        """Make the connection ready for the next message, or give it up."""
        try:
            relay.rset()
        except (OSError, smtplib.SMTPException):
            self.close()

    def close(self) -> None:
        if self._relay is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._relay.quit()
            self._relay.close()
            self._relay = None


class SmsGateway:
    """An SMS gateway by HTTP: `POST {"to", "text", "id"}` as JSON, the token of the address as bearer.

    `https://:token@gateway.example/send`. 2xx takes the message; a gateway of another manner is put behind a
    few lines that speak this, or given to `set_carrier`.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        self.url = parts._replace(netloc=host).geturl()
        self.token = unquote(parts.password or "")

    def send(self, recipient: str, subject: str, body: str) -> None:
        """The text alone: an SMS has no subject."""
        self._hand(Letter(recipient, subject, body))

    @contextmanager
    def line(self) -> Iterator[Hand]:
        """Each message is a request of its own."""
        yield self._hand

    def _hand(self, letter: Letter) -> None:
        body = json.dumps({"to": letter.recipient, "text": letter.text, "id": letter.key}, ensure_ascii=False)
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {self.token}"} if self.token else {}
        )
        try:
            answer = outward.post_to_partner(self.url, body.encode(), headers)
        except outward.Unreached as error:
            raise NotNow(str(error)) from error
        except outward.Unanswered as error:
            raise Uncertain(str(error)) from error
        if answer.status in TAKEN:
            return
        if answer.status in BUSY:
            raise NotNow(f"HTTP {answer.status}")
        if answer.status >= _PERMANENT:
            # It broke while it had the message: nobody knows what it did with it.
            raise Uncertain(f"HTTP {answer.status}")
        raise Refused(f"HTTP {answer.status}")


_carriers: dict[str, Carrier] = {"mail": Outbox(), "sms": Outbox()}


def set_carrier(channel: str, carrier: Carrier) -> None:
    """Send the messages of a channel (`mail` or `sms`) with this carrier."""
    _carriers[channel] = carrier


def configure(mail_url: str | None, sms_url: str | None = None) -> None:
    """Choose the carriers by the settings; without one, messages stay on the outbox page."""
    _carriers["mail"] = Smtp(mail_url) if mail_url else Outbox()
    _carriers["sms"] = SmsGateway(sms_url) if sms_url else Outbox()


def carrier(channel: str) -> Carrier:
    """Who carries the messages of this channel. Raises KeyError for an unknown one."""
    return _carriers[channel]


def kept_channels() -> tuple[str, ...]:
    """The channels whose messages stay on the outbox page."""
    return tuple(channel for channel, one in _carriers.items() if isinstance(one, Outbox))


def line(channel: str) -> AbstractContextManager[Hand]:
    """A line to the carrier of a channel, for many letters one after another."""
    found = _carriers[channel]
    if isinstance(found, Lined):
        return found.line()
    return _single(found)


@contextmanager
def _single(found: Carrier) -> Iterator[Hand]:
    yield lambda letter: found.send(letter.recipient, letter.subject, letter.text)


def _part(kind: str, text: str) -> bytes:
    """A text with its headers; base64 keeps Chinese and long lines whole on every relay."""
    head = f'Content-Type: {kind}; charset="utf-8"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    return head.encode() + base64.encodebytes(text.encode()).replace(b"\n", b"\r\n")


def _address(text: str) -> str:
    if not text.isascii() or not text.isprintable() or " " in text or "@" not in text:
        raise ValueError("no address")
    return text


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _verdict(code: int) -> NotCarried:
    return Refused(f"SMTP {code}") if code >= _PERMANENT else NotNow(f"SMTP {code}")
