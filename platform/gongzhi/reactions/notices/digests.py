"""Gathering: what waits for an account and is due becomes the digest of a day, never an empty one.

Only accounts with something are ever looked at. An item goes into one digest: it is given away in the
transaction that makes the digest.
"""

from __future__ import annotations

from sqlalchemy import and_, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.clock import to_local
from gongzhi.kernel.db import isolated, write
from gongzhi.reactions.notices import channels
from gongzhi.reactions.notices.hours import Schedule
from gongzhi.reactions.notices.models import Delivery, DeliveryState, DigestItem, NoticeSchedule
from gongzhi.reactions.notices.planning import add_new, pending

PAGE = 500
Key = tuple[str, str]
"""Account and channel."""


_items = DigestItem.__table__
_GIVE = (
    update(_items)  # type: ignore[arg-type]
    .where(
        _items.c.account_id == bindparam("whose"),
        _items.c.channel == bindparam("where"),
        _items.c.delivery_id.is_(None),
        _items.c.due_at <= bindparam("now"),
    )
    .values(delivery_id=bindparam("into"), due_at=bindparam("until"))
)
"""Give an account's items that are due to a digest, or to a later day; for many accounts at once."""


def gather() -> int:
    """Make the digests that are due, a few hundred accounts at a time; returns how many."""
    made = 0
    after: Key | None = None
    with isolated():
        while True:
            with write() as session:
                new, after = _page(session, after)
            made += new
            if after is None:
                return made


def _page(session: Session, after: Key | None) -> tuple[int, Key | None]:
    """The digests of one page of accounts: how many were made, and where to go on, if anywhere."""
    now = clock.now()
    waiting = DigestItem.delivery_id.is_(None), DigestItem.due_at <= now
    beyond = []
    if after is not None:
        account, channel = after
        same = and_(DigestItem.account_id == account, DigestItem.channel > channel)
        beyond = [DigestItem.account_id >= account, or_(DigestItem.account_id > account, same)]
    groups = session.execute(
        select(DigestItem.account_id, DigestItem.channel, DigestItem.district_id, func.min(DigestItem.due_at))
        .where(*waiting, *beyond)
        .group_by(DigestItem.account_id, DigestItem.channel, DigestItem.district_id)
        .order_by(DigestItem.account_id, DigestItem.channel)
        .limit(PAGE)
    ).all()
    if not groups:
        return 0, None
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
    made, given = 0, []
    for row in rows:
        digest = there[(row["account_id"], row["channel"], row["digest_on"])]
        whose = {"whose": digest.account_id, "where": digest.channel}
        if digest.state == DeliveryState.PENDING and digest.lease_until is None:
            given.append({**whose, "into": digest.id, "until": row["due_at"]})
            made += digest.id == row["id"]
        else:
            # That day's has gone already (the hour was changed meanwhile): these go into the next.
            next_one = schedules.get(digest.account_id, Schedule()).next_digest(now)
            given.append({**whose, "into": None, "until": next_one})
    session.connection().execute(_GIVE, [{**one, "now": now} for one in given])
    return made, (groups[-1].account_id, groups[-1].channel) if len(groups) == PAGE else None
