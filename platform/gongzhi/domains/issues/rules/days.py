"""Which day something is due. Numbers of days are parameters with their basis (依据), all in this file
or in the categories of the district.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from gongzhi.kernel.workdays import (
    DayKind,
    Period,
    add_working_days,
    is_working_day,
    shift_by_pause,
    working_days_between,
)

# Reopening: issue 2, point 4: by its author or ten supporters within 30 days of "resolved".
REOPEN_WITHIN = timedelta(days=30)
REOPEN_SUPPORTERS = 10
# Closing: once nobody can reopen any more; ratings are taken until then.
CLOSE_AFTER = REOPEN_WITHIN
# domain.md, 3.3, level 4: one extension of at most 15 days, its reason shown to the reporter.
MOST_EXTENSION = Period(15, DayKind.WORKING, "domain.md 3.3, level 4")
# domain.md, 14: overdue tasks escalate to the next level after +1 and +3 working days.
ESCALATE_AFTER = (1, 3)
REMIND_AT = (50, 80, 100)
"""Per cent of the time that has passed."""
PROMISE_NEAR, PROMISE_DUE = "near", "due"


@dataclass(frozen=True, slots=True)
class Due:
    """The two deadlines of an issue."""

    accept: date
    answer: date


def deadlines(start: date, accept_days: int, answer_days: int) -> Due:
    """Both deadlines, in working days from the day after the start."""
    accept = add_working_days(start, accept_days).date
    return Due(accept, max(accept, add_working_days(start, answer_days).date))


def after_pause(due: date, paused_from: date, paused_to: date) -> date:
    """The deadline once the pause is over: what remained when it began remains."""
    return shift_by_pause(due, paused_from, paused_to, DayKind.WORKING).date


def extended(due: date, days: int) -> date:
    """The deadline some working days later."""
    return add_working_days(due, days).date


def reminders_due(start: date, due: date, today: date) -> tuple[str, ...]:
    """The reminders whose time has come, mildest first; none once the deadline is over."""
    if today > due:
        return ()
    whole = max(working_days_between(start, due), 1)
    passed = 100 * working_days_between(start, today) / whole
    return tuple(str(mark) for mark in REMIND_AT if passed >= mark)


def promise_reminders_due(due: date, today: date) -> tuple[str, ...]:
    """Reminders of a promised next step whose time has come: the working day before it, and the day itself."""
    before = due - timedelta(days=1)
    while not is_working_day(before):
        before -= timedelta(days=1)
    return (*((PROMISE_NEAR,) if today >= before else ()), *((PROMISE_DUE,) if today >= due else ()))


def escalations_due(due: date, today: date) -> tuple[int, ...]:
    """The escalations whose time has come, in working days after the deadline."""
    late = working_days_between(due, today)
    return tuple(days for days in ESCALATE_AFTER if late >= days)
