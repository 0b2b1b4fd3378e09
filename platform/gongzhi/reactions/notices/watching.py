"""How sending goes: for the operators' page, the doctor and the metrics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.reactions.notices.models import Delivery, DeliveryState, DigestItem, FanOut

LATE = timedelta(minutes=30)
RECENT = timedelta(days=1)
MOST_SHOWN = 20


@dataclass(frozen=True)
class Row:
    """How many deliveries of one channel are in one state."""

    channel: str
    state: str
    count: int


@dataclass(frozen=True)
class Sending:
    """What goes out now and what did within a day."""

    rows: Sequence[Row]
    digest_items: int
    fan_outs: Sequence[FanOut]
    errors: Sequence[tuple[str, str, int]]
    """Channel, what was said, how often: within a day."""


def backlog(session: Session) -> dict[str, int]:
    """Deliveries due and not sent, those late, audiences still being told, people still to be told."""
    now = clock.now()
    due = select(func.count()).where(Delivery.state == DeliveryState.PENDING)
    telling = session.execute(
        select(func.count(), func.coalesce(func.sum(FanOut.audience - FanOut.told), 0)).where(
            FanOut.finished_at.is_(None)
        )
    ).one()
    return {
        "due": session.scalar(due.where(Delivery.due_at <= now)) or 0,
        "late": session.scalar(due.where(Delivery.due_at <= now - LATE)) or 0,
        "telling": int(telling[0]),
        "untold": max(int(telling[1]), 0),
    }


def sending(session: Session) -> Sending:
    """For the operators' page; four statements."""
    since = clock.now() - RECENT
    recent = (Delivery.finished_at.is_(None)) | (Delivery.finished_at >= since)
    rows = session.execute(
        select(Delivery.channel, Delivery.state, func.count())
        .where(recent)
        .group_by(Delivery.channel, Delivery.state)
        .order_by(Delivery.channel, Delivery.state)
    )
    errors = session.execute(
        select(Delivery.channel, Delivery.error, func.count())
        .where(Delivery.finished_at >= since, Delivery.error != "")
        .group_by(Delivery.channel, Delivery.error)
        .order_by(func.count().desc())
        .limit(MOST_SHOWN)
    )
    return Sending(
        rows=[Row(*row) for row in rows],
        digest_items=session.scalar(
            select(func.count()).select_from(DigestItem).where(DigestItem.delivery_id.is_(None))
        )
        or 0,
        fan_outs=session.scalars(select(FanOut).order_by(FanOut.event_id.desc()).limit(MOST_SHOWN)).all(),
        errors=[(channel, error, count) for channel, error, count in errors],
    )


def last_moved(session: Session) -> datetime | None:
    """When the oldest open telling last moved."""
    return session.scalar(select(func.min(FanOut.moved_at)).where(FanOut.finished_at.is_(None)))
