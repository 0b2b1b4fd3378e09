"""Gathering: what waits for an account and is due becomes the digest of a day, never an empty one.

Only accounts with something are ever looked at. An item goes into one digest: it is given away in the
transaction that makes the digest.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.clock import to_local
from gongzhi.kernel.db import isolated, write
from gongzhi.reactions.notices import channels
from gongzhi.reactions.notices.hours import Schedule
from gongzhi.reactions.notices.models import Delivery, DeliveryState, DigestItem, NoticeSchedule
from gongzhi.reactions.notices.planning import add_new, pending

PAGE = 500


def gather() -> int:
    """Make the digests that are due, a few hundred accounts at a time; returns how many."""
    made = 0
    with isolated():
        while True:
            with write() as session:
                found, new = _page(session)
            made += new
            if found < PAGE:
                return made


def _page(session: Session) -> tuple[int, int]:
    """The digests of one page of accounts: how many were looked at, how many were made."""
    now = clock.now()
    waiting = DigestItem.delivery_id.is_(None), DigestItem.due_at <= now
    groups = session.execute(
        select(DigestItem.account_id, DigestItem.channel, DigestItem.district_id, func.min(DigestItem.due_at))
        .where(*waiting)
        .group_by(DigestItem.account_id, DigestItem.channel, DigestItem.district_id)
        .order_by(DigestItem.account_id, DigestItem.channel)
        .limit(PAGE)
    ).all()
    if not groups:
        return 0, 0
    accounts = sorted({group.account_id for group in groups})
    schedules = {
        row.account_id: Schedule(row.quiet_from, row.quiet_until, row.digest_hour)
        for row in session.scalars(select(NoticeSchedule).where(NoticeSchedule.account_id.in_(accounts)))
    }
    rows = []
    for account_id, channel, district_id, since in groups:
        schedule = schedules.get(account_id, Schedule())
        due = schedule.after_quiet(now) if channel in channels.QUIETED else now
        base = {"account_id": account_id, "district_id": district_id, "channel": channel}
        rows.append({**base, **pending(due, now), "notice_id": None, "digest_on": to_local(since).date()})
    add_new(session, Delivery, rows, ("account_id", "channel", "digest_on"))
    days = {row["digest_on"] for row in rows}
    there = {
        (row.account_id, row.channel, row.digest_on): row
        for row in session.scalars(
            select(Delivery).where(Delivery.account_id.in_(accounts), Delivery.digest_on.in_(days))
        )
    }
    made = 0
    for row in rows:
        digest = there[(row["account_id"], row["channel"], row["digest_on"])]
        open_ = digest.state == DeliveryState.PENDING and digest.lease_until is None
        mine = (
            update(DigestItem)
            .where(DigestItem.account_id == digest.account_id, DigestItem.channel == digest.channel, *waiting)
            .execution_options(synchronize_session=False)
        )
        if open_:
            session.execute(mine.values(delivery_id=digest.id))
            made += digest.id == row["id"]
        else:
            # That day's has gone already (the hour was changed meanwhile): these go into the next.
            schedule = schedules.get(digest.account_id, Schedule())
            session.execute(mine.values(due_at=max(schedule.next_digest(now), now + timedelta(minutes=1))))
    return len(groups), made
