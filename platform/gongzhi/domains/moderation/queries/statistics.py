"""The public figures of a month: how much was reported and done, on which grounds, how appeals ended, how fast."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from statistics import median
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gongzhi.domains.people.rules import Ground
from gongzhi.kernel import clock

from ..models import (
    AppealOutcome,
    MeasureKind,
    ModerationAppeal,
    ModerationCase,
    ModerationMeasure,
    ModerationMonth,
    ModerationReport,
)
from ..rules import FEW, few

SHOWN = (*MeasureKind,)
MEDIAN_OF = 10_000
"""The median is taken of at most so many measures of a month."""


def bounds(month: str) -> tuple[datetime, datetime]:
    """First moment of a month like `2026-11` on the district's calendar, and of the next."""
    year, number = map(int, month.split("-"))
    start = datetime(year, number, 1, tzinfo=clock.LOCAL)
    return start, datetime(year + number // 12, number % 12 + 1, 1, tzinfo=clock.LOCAL)


def month_before(month: str) -> str:
    """The month before."""
    year, number = map(int, month.split("-"))
    return f"{year - (number == 1):04d}-{(number - 2) % 12 + 1:02d}"


def month_statistics(session: Session, district_id: str, month: str) -> dict[str, Any]:
    """The figures, small ones as "<5": five statements."""
    start, end = bounds(month)

    def counted(column: Any, table: Any, at: Any, values: Sequence[str]) -> dict[str, int | str]:
        rows = session.execute(
            select(column, func.count()).where(table.district_id == district_id, at >= start, at < end).group_by(column)
        )
        numbers = {str(key): int(number) for key, number in rows}
        return {value: few(numbers.get(value, 0)) for value in values}

    reported, measured = ModerationReport, ModerationMeasure
    outcomes = {
        outcome: int(number)
        for outcome, number in session.execute(
            select(ModerationAppeal.outcome, func.count())
            .where(
                ModerationAppeal.district_id == district_id,
                ModerationAppeal.decided_at >= start,
                ModerationAppeal.decided_at < end,
            )
            .group_by(ModerationAppeal.outcome)
        )
    }
    decided = sum(outcomes.values())
    won = outcomes.get(AppealOutcome.REVERSED, 0) + outcomes.get(AppealOutcome.CHANGED, 0)
    return {
        "month": month,
        "reports": counted(reported.ground, reported, reported.at, tuple(Ground)),
        "measures": counted(measured.kind, measured, measured.at, SHOWN),
        "grounds": _grounds(session, district_id, start, end),
        "appeals": {
            "decided": few(decided),
            "reversed_or_changed": few(won),
            # A share of few says who it was.
            "share": round(100 * won / decided) if decided >= FEW else None,
        },
        "median_hours": _median(session, district_id, start, end),
    }


def _grounds(session: Session, district_id: str, start: datetime, end: datetime) -> dict[str, int | str]:
    rows = session.execute(
        select(ModerationMeasure.ground, func.count())
        .where(
            ModerationMeasure.district_id == district_id,
            ModerationMeasure.at >= start,
            ModerationMeasure.at < end,
            ModerationMeasure.kind.in_(("hide", "redact", "warn", "suspend")),
        )
        .group_by(ModerationMeasure.ground)
    )
    numbers = {str(key): int(number) for key, number in rows}
    return {ground.value: few(numbers.get(ground.value, 0)) for ground in Ground}


def _median(session: Session, district_id: str, start: datetime, end: datetime) -> float | None:
    """Hours from the first report to the decision; None below five cases."""
    rows = session.execute(
        select(ModerationCase.opened_at, ModerationCase.decided_at)
        .where(
            ModerationCase.district_id == district_id,
            ModerationCase.decided_at >= start,
            ModerationCase.decided_at < end,
        )
        .limit(MEDIAN_OF)
    )
    hours = [(decided - opened).total_seconds() / 3600 for opened, decided in rows if decided is not None]
    return round(median(hours), 1) if len(hours) >= FEW else None


def published_months(session: Session, district_id: str, limit: int = 12) -> list[ModerationMonth]:
    """The newest published months."""
    return list(
        session.scalars(
            select(ModerationMonth)
            .where(ModerationMonth.district_id == district_id)
            .order_by(ModerationMonth.month.desc())
            .limit(limit)
        )
    )
