from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from gongzhi.kernel import clock
from gongzhi.kernel.workdays import (
    LAST_YEAR,
    BeyondCalendar,
    DayKind,
    Deadline,
    Period,
    add_calendar_days,
    add_working_days,
    is_known,
    is_working_day,
    require_known,
    shift_by_pause,
    working_days_between,
    working_days_left,
)

days = st.dates(date(2015, 1, 1), date(2035, 12, 31))
few = st.integers(0, 60)


def test_holidays_and_make_up_workdays_of_2025_count_as_announced():
    assert not is_working_day(date(2025, 10, 1))
    assert is_working_day(date(2025, 9, 28))  # a Sunday people worked for the National Day
    assert not is_working_day(date(2025, 10, 8))
    assert add_working_days(date(2025, 9, 30), 1) == Deadline(date(2025, 10, 9))


def test_the_day_of_the_start_does_not_count():
    assert add_working_days(date(2025, 3, 3), 5).date == date(2025, 3, 10)
    assert add_calendar_days(date(2025, 3, 3), 7).date == date(2025, 3, 10)


def test_a_last_day_on_a_holiday_moves_on():
    assert add_calendar_days(date(2025, 9, 24), 7).date == date(2025, 10, 9)
    assert add_working_days(date(2025, 3, 1), 0).date == date(2025, 3, 3)


def test_days_left_are_zero_on_the_last_day_and_negative_after():
    due = date(2025, 3, 10)
    assert working_days_left(date(2025, 3, 7), due) == 1
    assert working_days_left(due, due) == 0
    assert working_days_left(date(2025, 3, 12), due) == -2


def test_beyond_the_announced_holidays_a_deadline_is_provisional():
    first = date(LAST_YEAR + 1, 1, 1)
    assert not is_known(first)
    assert not is_working_day(first)
    assert not is_working_day(date(LAST_YEAR + 1, 10, 1))
    assert add_working_days(date(LAST_YEAR, 12, 20), 30).provisional
    assert not add_working_days(date(LAST_YEAR, 6, 1), 5).provisional
    require_known(date(LAST_YEAR, 12, 31))
    with pytest.raises(BeyondCalendar, match=str(LAST_YEAR + 1)):
        require_known(first)


@given(days, few)
def test_counting_back_gives_the_days_that_were_added(start, number):
    end = add_working_days(start, number).date
    assert is_working_day(end)
    moved_on = number == 0 and not is_working_day(start)
    assert working_days_between(start, end) == (1 if moved_on else number)


@given(days, few, few)
def test_adding_in_two_steps_is_adding_at_once(start, first, second):
    there = add_working_days(start, first + 1).date
    assert add_working_days(there, second) == add_working_days(start, first + 1 + second)


@given(days, st.integers(1, 40), few, few)
def test_after_a_pause_as_many_working_days_remain_as_before_it(start, number, used, length):
    due = add_working_days(start, number).date
    paused = start + timedelta(days=min(used, (due - start).days))
    resumed = paused + timedelta(days=length)
    shifted = shift_by_pause(due, paused, resumed, DayKind.WORKING)
    assert shifted.date >= due
    if paused < due:
        assert working_days_between(resumed, shifted.date) == working_days_between(paused, due)


def test_pauses_in_calendar_days_and_after_the_deadline():
    due = date(2025, 3, 10)
    assert shift_by_pause(due, date(2025, 3, 5), date(2025, 3, 12), DayKind.CALENDAR).date == date(2025, 3, 17)
    assert shift_by_pause(due, date(2025, 3, 11), date(2025, 4, 11), DayKind.WORKING).date == due
    with pytest.raises(ValueError, match="pause"):
        shift_by_pause(due, date(2025, 3, 5), date(2025, 3, 4), DayKind.WORKING)
    with pytest.raises(ValueError, match="negative"):
        add_working_days(due, -1)


def test_a_period_knows_how_to_count():
    assert Period(5, DayKind.WORKING, "第十九条").from_day(date(2025, 3, 3)).date == date(2025, 3, 10)
    assert Period(7, DayKind.CALENDAR).from_day(date(2025, 9, 24)).date == date(2025, 10, 9)


def test_today_is_the_districts_date():
    with time_machine.travel("2026-11-24T16:30:00+00:00", tick=False):
        assert clock.now() == datetime(2026, 11, 24, 16, 30, tzinfo=UTC)
        assert clock.today() == date(2026, 11, 25)
        assert clock.today(UTC) == date(2026, 11, 24)
        assert clock.to_local(clock.now()).hour == 0
    with pytest.raises(ValueError, match="time zone"):
        clock.to_local(datetime(2026, 1, 1))  # noqa: DTZ001 - what it refuses
