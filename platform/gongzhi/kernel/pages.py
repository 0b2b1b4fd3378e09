"""Keyset pages: lists that stay as fast on page ten thousand as on page one.

A cursor names the last row a reader has seen. It carries no authority (queries are scoped
anyway), so it is opaque but not signed; one that was damaged or belongs to another order of
the list is refused beside the field ``cursor``.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, Select, UnaryExpression, and_, select, union_all
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeDecorator

from gongzhi.kernel.errors import Invalid
from gongzhi.kernel.ids import Id
from gongzhi.kernel.text.messages import lazy as _l

T = TypeVar("T")
Statement = TypeVar("Statement", bound="Select[*tuple[Any, ...]]")
Key: TypeAlias = str | int | float | bool | date | datetime

LONGEST_CURSOR = 1000
LARGEST_INTEGER = 2**63 - 1
_BAD_CURSOR = _l("This position in the list is not valid. Please start from the beginning.")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items of a list and the cursor of the next ones, if there are more."""

    items: Sequence[T]
    next_cursor: str | None = None


def encode_cursor(*values: Key) -> str:
    """The position after the row that has these values in the order's columns."""
    packed = json.dumps([_pack(value) for value in values], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode("ascii").rstrip("=")


def decode_cursor(cursor: str, *kinds: type) -> tuple[Key, ...]:
    """The values in a cursor; with ``kinds`` also checked to be exactly of these types."""
    try:
        values = _unpack_all(cursor)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _bad_cursor() from error
    if kinds and (
        len(values) != len(kinds) or any(type(value) is not kind for value, kind in zip(values, kinds, strict=True))
    ):
        raise _bad_cursor()
    return values


def keyset(statement: Statement, *order: UnaryExpression[Any], after: str | None, limit: int) -> Statement:
    """Order a list and take one row more than ``limit``, beginning after the cursor.

    ``order`` is like ``Issue.votes.desc(), Issue.id.desc()``: columns that are never NULL, the
    last one unique, and an index has them in this order. Give the rows to `slice_page`.

    Ties are a branch of their own joined by UNION ALL. At 300,000 rows with many ties SQLite
    3.40 needs 0.05 ms so and 2 to 17 ms for the row comparison ``(votes, id) < (?, ?)``, of which it
    uses the index for the first column only; PostgreSQL needs 0.5 ms against 0.3 ms.
    """
    ordered = _ordered(statement, order, limit)
    if after is None:
        return ordered
    columns = [part.element for part in order]
    values = decode_cursor(after, *(_kind(column) for column in columns))
    beyond = [_beyond(part, value) for part, value in zip(order, values, strict=True)]
    if len(order) == 1:
        return ordered.where(beyond[0])
    branches = []
    for place in reversed(range(len(order))):
        ties = [column == value for column, value in zip(columns[:place], values, strict=False)]
        only_ids = statement.with_only_columns(columns[-1], maintain_column_froms=True)
        branch = _ordered(only_ids.where(and_(*ties, beyond[place])), order[place:], limit)
        branches.append(select(branch.subquery()))
    return ordered.where(columns[-1].in_(union_all(*branches)))


def slice_page(rows: Iterable[T], limit: int, key: Callable[[T], tuple[Key, ...]]) -> Page[T]:
    """Make a page of the rows a `keyset` statement gave; ``key`` gives a row's order values."""
    found = list(rows)
    if len(found) <= limit:
        return Page(found)
    items = found[:limit]
    return Page(items, encode_cursor(*key(items[-1])))


def _ordered(statement: Statement, order: Sequence[UnaryExpression[Any]], limit: int) -> Statement:
    return statement.order_by(None).order_by(*order).limit(limit + 1)


def _beyond(part: UnaryExpression[Any], value: Key) -> ColumnElement[bool]:
    column = part.element
    return column < value if part.modifier is operators.desc_op else column > value


def _kind(column: ColumnElement[Any]) -> type:
    """The Python type of a column's values; a decorated type goes by what it decorates."""
    if isinstance(column.type, Id):
        return str
    if isinstance(column.type, TypeDecorator):
        return column.type.impl_instance.python_type
    return column.type.python_type


def _bad_cursor() -> Invalid:
    return Invalid.of("cursor", _BAD_CURSOR)


def _pack(value: Key) -> object:
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    return value


def _unpack_all(cursor: str) -> tuple[Key, ...]:
    if len(cursor) > LONGEST_CURSOR or not cursor.isascii():
        msg = "not a cursor"
        raise ValueError(msg)
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from error
    packed = json.loads(text)
    if not isinstance(packed, list) or not packed:
        msg = "not a list of values"
        raise ValueError(msg)
    return tuple(_unpack(value) for value in packed)


def _unpack(value: object) -> Key:
    match value:
        case {"t": str(moment)}:
            unpacked = datetime.fromisoformat(moment)
            if unpacked.tzinfo is None:
                msg = "a moment needs a time zone"
                raise ValueError(msg)
            return unpacked
        case {"d": str(day)}:
            return date.fromisoformat(day)
        case bool() | float():
            return value
        case int() if abs(value) <= LARGEST_INTEGER:
            return value
        # No database takes a NUL or half a surrogate pair.
        case str() if "\0" not in value and value.encode():
            return value
        case str() if not value:
            return value
        case _:
            msg = "not a value of a key"
            raise TypeError(msg)
