"""Deadlines in calendar days and in working days, with statutory holidays and make-up workdays.

The State Council announces each year's holidays late in the year before, so the calendar has a
horizon. Beyond it a deadline is reckoned with weekends and the holidays whose dates the law fixes,
and says that it is provisional; it must be reckoned again when the year is announced. Where a
provisional date will not do, `require_known` raises `BeyondCalendar`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import chinese_calendar
from chinese_calendar.constants import holidays

from gongzhi.kernel.errors import Conflict
from gongzhi.kernel.text.messages import lazy as _l

FIRST_YEAR: int = min(holidays).year
LAST_YEAR: int = max(holidays).year
# 全国年节及纪念日放假办法 (2024), Art 2: the days of the solar calendar; those of the lunar are announced.
FIXED_HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
_ONE_DAY = timedelta(days=1)
_SATURDAY = 5


class DayKind(StrEnum):
    """How the days of a period are counted."""

    CALENDAR = "calendar"
    WORKING = "working"


DAY_KIND_LABELS = {DayKind.CALENDAR: _l("calendar days"), DayKind.WORKING: _l("working days")}


class BeyondCalendar(Conflict):
    """The holidays of that year have not been announced, or lie before the calendar begins."""

    slug = "beyond-calendar"
    title = _l("Beyond the holiday calendar")

    def __init__(self, day: date) -> None:
        super().__init__(
            _l(
                "The public holidays of %(year)s are not known yet, so this date cannot be fixed.",
                year=day.year,
            )
        )


@dataclass(frozen=True, slots=True, order=True)
class Deadline:
    """The last day on which something is in time; provisional beyond the announced holidays."""

    date: date
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Period:
    """A number of days and the rule (依据) it comes from."""

    days: int
    kind: DayKind
    basis: str = ""

    def from_day(self, start: date) -> Deadline:
        """The deadline of a period whose cause happened on ``start``."""
        if self.kind is DayKind.WORKING:
            return add_working_days(start, self.days)
        return add_calendar_days(start, self.days)


def is_known(day: date) -> bool:
    """Whether the holidays of that year have been announced."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


def require_known(day: date) -> None:
    """Raise `BeyondCalendar` where a provisional date will not do."""
    if not is_known(day):
        raise BeyondCalendar(day)


def is_working_day(day: date) -> bool:
    """Whether people work on that day: by announcement, beyond the horizon by the fixed rules."""
    if is_known(day):
        return bool(chinese_calendar.is_workday(day))
    return day.weekday() < _SATURDAY and (day.month, day.day) not in FIXED_HOLIDAYS


def add_working_days(start: date, days: int) -> Deadline:
    """The last of ``days`` working days; the day of the start does not count (民法典 Art 201)."""
    _check_days(days)
    day = start
    remaining = days
    while remaining:
        day += _ONE_DAY
        remaining -= is_working_day(day)
    return _moved_on(day)


def add_calendar_days(start: date, days: int) -> Deadline:
    """The last of ``days`` days; one that is a holiday moves to the next working day (民法典 Art 203)."""
    _check_days(days)
    return _moved_on(start + timedelta(days=days))


def working_days_between(start: date, end: date) -> int:
    """The working days after ``start`` up to and with ``end``; negative when ``end`` is earlier."""
    if end < start:
        return -working_days_between(end, start)
    return sum(is_working_day(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))


def working_days_left(today: date, due: date) -> int:
    """The working days that remain after today; 0 on the last day, negative when it is over."""
    return working_days_between(today, due)


def shift_by_pause(due: date, paused_from: date, paused_to: date, kind: DayKind) -> Deadline:
    """The deadline after a pause (补正, 公示, 评议): what remained when it began remains when it ends.

    A pause that began after the deadline does not bring it back.
    """
    if paused_to < paused_from:
        msg = "A pause cannot end before it begins."
        raise ValueError(msg)
    if paused_from > due:
        return Deadline(due, provisional=not is_known(due))
    if kind is DayKind.WORKING:
        return add_working_days(paused_to, working_days_between(paused_from, due))
    return add_calendar_days(paused_to, (due - paused_from).days)


def _moved_on(day: date) -> Deadline:
    """That day or the next working day after it."""
    while not is_working_day(day):
        day += _ONE_DAY
    return Deadline(day, provisional=not is_known(day))


def _check_days(days: int) -> None:
    if days < 0:
        msg = "A period has no negative number of days."
        raise ValueError(msg)
