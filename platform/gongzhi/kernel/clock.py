"""The only "now". Times are kept in UTC; dates that people read are those of the district."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")
_as_of: ContextVar[datetime | None] = ContextVar("gongzhi_as_of", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _as_of.get() or datetime.now(UTC)


def moved() -> bool:
    """Whether this context acts as at another moment, see `as_of`: then the database's clock is not asked either."""
    return _as_of.get() is not None


@contextmanager
def as_of(moment: datetime) -> Iterator[None]:
    """Act as at another moment: for demo data and for taking over old records, never in a request."""
    if moment.tzinfo is None:
        msg = "A moment needs a time zone."
        raise ValueError(msg)
    token = _as_of.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _as_of.reset(token)


def today(zone: tzinfo = LOCAL) -> date:
    """The date on the district's calendar."""
    return now().astimezone(zone).date()


def to_local(moment: datetime, zone: tzinfo = LOCAL) -> datetime:
    """The same moment on the district's clock; a naive moment is an error, never a guess."""
    if moment.tzinfo is None:
        msg = "A moment needs a time zone."
        raise ValueError(msg)
    return moment.astimezone(zone)
