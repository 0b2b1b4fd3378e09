"""Telling very many: a page of a thousand accounts in each transaction, and where it stands in the same one.

Memory holds one page. A worker that dies loses the page at hand, which the next one writes again; two workers
never hold the same event, since its row is locked.
"""

from __future__ import annotations

import time

from sqlalchemy import select
from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.db import isolated, write
from gongzhi.kernel.events import OutboxEvent, load
from gongzhi.kernel.relay import Delivered
from gongzhi.reactions.notices.audience import messages
from gongzhi.reactions.notices.listener import announce
from gongzhi.reactions.notices.models import FanOut
from gongzhi.reactions.notices.telling import CHUNK, audience, page_of, tell

MOST_SECONDS = 45.0


def fan_out(seconds: float = MOST_SECONDS) -> int:
    """Tell on until nothing is left or the time is over; returns how many were told."""
    ends = time.monotonic() + seconds
    told = 0
    with isolated():
        while time.monotonic() < ends:
            with write() as session:
                more = _page(session)
            if more is None:
                break
            told += more
    return told


def _page(session: Session) -> int | None:
    """One page of the oldest event that is open; None when there is none."""
    row = session.scalar(
        select(FanOut)
        .where(FanOut.finished_at.is_(None))
        .order_by(FanOut.event_id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    kept = session.get(OutboxEvent, row.event_id)
    happened = load(kept) if kept is not None else None
    row.moved_at = clock.now()
    if kept is None or happened is None:
        row.finished_at = row.moved_at
        return 0
    delivered = Delivered(kept.id, kept.seq or 0, kept.at.isoformat(), happened, tuple(kept.topics))
    found = messages(session, happened)
    if row.position >= len(found):
        row.finished_at = row.moved_at
        # Nobody is named: so many open pages hear of it by the sweep of live.
        announce(session, delivered, ())
        return 0
    message = found[row.position]
    accounts = page_of(session, audience(delivered, message), row.last_account_id)
    told = len(tell(session, delivered, message, accounts))
    row.told += told
    row.last_account_id = accounts[-1] if len(accounts) == CHUNK else None
    if row.last_account_id is None:
        row.position += 1
    return told
