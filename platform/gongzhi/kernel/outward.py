"""Requests that leave this machine for an address somebody else chose: https, public, pinned, small, short.

An address given by a user could point into our own network (server-side request forgery). So the name is
resolved here, every address it has must be a public one, and the connection goes to the very address that was
looked at: a name that resolves differently a moment later gains nothing. Redirects are not followed.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

TIMEOUT = 10
LARGEST_ANSWER = 64 * 1024
LONGEST_URL = 1000
HTTPS_PORT = 443
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class Forbidden(ValueError):
    """The address is none that requests may go to."""


class Unreached(OSError):
    """No connection came about: nothing was handed over."""


class Unanswered(OSError):
    """The request went out and no whole answer came back: it may have been taken, or not."""


@dataclass(frozen=True)
class Answer:
    """What came back; of the body at most `LARGEST_ANSWER` bytes."""

    status: int
    body: bytes


def check(url: str) -> SplitResult:
    """The parts of an address whose form is allowed. Raises `Forbidden`; looks nothing up."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Forbidden(url[:80]) from None
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST_URL
    if not plain or parts.scheme != "https" or not parts.hostname or parts.username is not None:
        raise Forbidden(url[:80])
    if port not in (None, HTTPS_PORT):
        raise Forbidden(url[:80])
    try:
        address = ipaddress.ip_address(parts.hostname)
    except ValueError:
        return parts
    if not is_public(address):
        raise Forbidden(url[:80])
    return parts


def is_public(address: IPAddress) -> bool:
    """Whether this is an address of the open internet: none of ours, none inside another notation."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


def look_up(host: str, port: int) -> list[str]:
    """All addresses of a name."""
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def public_address(host: str, port: int) -> str:
    """An address of the name, all of which are public. Raises `Forbidden` or `Unreached`."""
    try:
        found = look_up(host, port)
    except (OSError, UnicodeError) as error:
        raise Unreached(type(error).__name__) from error
    if not found or not all(is_public(ipaddress.ip_address(one.partition("%")[0])) for one in found):
        raise Forbidden(host)
    return found[0]


class _Pinned(http.client.HTTPSConnection):
    """A connection to the address that was looked at; the certificate must be the name's."""

    def __init__(self, host: str, port: int, address: str) -> None:
        super().__init__(host, port, timeout=TIMEOUT)
        self._address = address

    def connect(self) -> None:
        """To the address, not to whatever the name says now."""
        plain = socket.create_connection((self._address, self.port), TIMEOUT)
        try:
            self.sock = tls().wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise


def tls() -> ssl.SSLContext:
    """Whom we believe."""
    return ssl.create_default_context()


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send to a public https address. Raises `Forbidden`, `Unreached` or `Unanswered`."""
    parts = check(url)
    host, port = parts.hostname or "", parts.port or HTTPS_PORT
    return _exchange(_Pinned(host, port, public_address(host, port)), parts, body, headers)


def post_to_partner(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send to an address the operator has set, which may be inside the house. Raises `Unreached` or `Unanswered`."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return _exchange(kind(parts.hostname or "", parts.port, timeout=TIMEOUT), parts, body, headers)


def _exchange(
    connection: http.client.HTTPConnection, parts: SplitResult, body: bytes, headers: Mapping[str, str]
) -> Answer:
    try:
        try:
            connection.connect()
        except (OSError, http.client.HTTPException) as error:
            raise Unreached(type(error).__name__) from error
        try:
            target = parts.path or "/"
            connection.request("POST", f"{target}?{parts.query}" if parts.query else target, body, dict(headers))
            answer = connection.getresponse()
            return Answer(answer.status, answer.read(LARGEST_ANSWER))
        except (OSError, http.client.HTTPException) as error:
            raise Unanswered(type(error).__name__) from error
    finally:
        connection.close()
