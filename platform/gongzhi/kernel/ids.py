"""Opaque ids: 63-bit time-sorted numbers in the database, 13-character strings everywhere else.

A string in Python and a BIGINT in the database keeps indexes small at ten million votes, while
nobody is tempted to count or guess ids. An invalid string simply matches no row.
"""

import secrets
import threading
import time
from typing import Any

from sqlalchemy import BigInteger, Dialect
from sqlalchemy.types import TypeDecorator

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 13
EPOCH_MS = 1_704_067_200_000  # 2024-01-01T00:00:00Z
RANDOM_BITS = 22
NO_ROW = -1

_VALUES = {character: number for number, character in enumerate(ALPHABET)}
_lock = threading.Lock()
_last = 0


def new_id() -> str:
    """A new id, larger than every id made before in this process; milliseconds lead, randomness follows."""
    global _last  # noqa: PLW0603 - the one counter of the process
    with _lock:
        milliseconds = time.time_ns() // 1_000_000 - EPOCH_MS
        candidate = (milliseconds << RANDOM_BITS) | secrets.randbits(RANDOM_BITS)
        _last = max(candidate, _last + 1)
        return to_text(_last)


def to_text(number: int) -> str:
    """13 characters of Crockford's base 32, so that text order is number order."""
    characters = []
    for _ in range(LENGTH):
        number, digit = divmod(number, 32)
        characters.append(ALPHABET[digit])
    return "".join(reversed(characters))


def to_number(text: str) -> int:
    """The number behind an id; `NO_ROW` for anything that is no id."""
    if len(text) != LENGTH:
        return NO_ROW
    number = 0
    for character in text:
        digit = _VALUES.get(character)
        if digit is None:
            return NO_ROW
        number = number * 32 + digit
    return number if number < 1 << 63 else NO_ROW


def is_id(text: str) -> bool:
    """Whether the text has the form of an id."""
    return to_number(text) != NO_ROW


class Id(TypeDecorator[str]):
    """Column type of every id and of foreign keys to them."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy\'s signature
        """Text to number; anything that is not an id becomes a number no row has."""
        if value is None:
            return None
        return to_number(value) if isinstance(value, str) else NO_ROW

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy\'s signature
        """Number to text."""
        return None if value is None else to_text(value)
