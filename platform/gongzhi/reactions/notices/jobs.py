"""What a clock starts: telling on, gathering digests, handing over, forgetting. All safe to run twice at once."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, literal, select

from gongzhi.kernel import clock
from gongzhi.kernel.db import isolated, write
from gongzhi.reactions.notices.digests import gather
from gongzhi.reactions.notices.fan_out import fan_out
from gongzhi.reactions.notices.models import Delivery, DigestItem, FanOut
from gongzhi.reactions.notices.sending import send_waiting

KEEP = timedelta(days=60)
PAGE = 2000


def forget_old() -> int:
    """Delete what went out long ago, a page at a time; the notices stay in the inbox. Returns how many rows.

    The events behind it were delivered to the listener long before, so nothing of it is ever planned again.
    """
    gone = 0
    before = clock.now() - KEEP
    with isolated():
        while True:
            with write() as session:
                old = list(
                    session.scalars(
                        select(Delivery.id).where(Delivery.finished_at < before).order_by(Delivery.id).limit(PAGE)
                    )
                )
                session.execute(delete(DigestItem).where(DigestItem.delivery_id.in_(old)))
                gone += len(session.execute(delete(Delivery).where(Delivery.id.in_(old)).returning(literal(1))).all())
                session.execute(delete(FanOut).where(FanOut.finished_at < before))
            if len(old) < PAGE:
                return gone


JOBS = (
    ("notices.fan_out", 1, fan_out),
    ("notices.gather", 60, gather),
    ("notices.send", 2, send_waiting),
    ("notices.forget", 3600, forget_old),
)
