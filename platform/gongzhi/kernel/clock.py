"""The only "now". Times are kept in UTC; dates that people read are those of the district."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def today(zone: tzinfo = LOCAL) -> date:
    """The date on the district's calendar."""
    return now().astimezone(zone).date()


def to_local(moment: datetime, zone: tzinfo = LOCAL) -> datetime:
    """The same moment on the district's clock; a naive moment is an error, never a guess."""
    if moment.tzinfo is None:
        msg = "A moment needs a time zone."
        raise ValueError(msg)
    return moment.astimezone(zone)
