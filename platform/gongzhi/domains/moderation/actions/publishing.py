"""The month's public figures, published once and never changed."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gongzhi.kernel import clock, events
from gongzhi.kernel.db import dialect

from ..events import ModerationStatisticsPublished
from ..models import ModerationMonth
from ..queries import month_statistics
from ..rules import canonical


def publish_statistics(session: Session, district_id: str, month: str) -> bool:
    """Publish a month's figures; False when they were published before. Two workers at once publish once."""
    figures = month_statistics(session, district_id, month)
    module: Any = sqlite if dialect(session) == "sqlite" else postgresql
    put = session.execute(
        module.insert(ModerationMonth.__table__)
        .values(district_id=district_id, month=month, statistics=figures, published_at=clock.now())
        .on_conflict_do_nothing()
        .returning(ModerationMonth.__table__.c.month)
    ).first()
    if put is None:
        return False
    events.record(
        session,
        ModerationStatisticsPublished(district_id=district_id, month=month, statistics=canonical(figures)),
    )
    return True
