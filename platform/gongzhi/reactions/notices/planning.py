"""From notices just written to what goes out of the house: at once, with the next digest, or not at all.

Planning the same notices again plans nothing: deliveries and digest items are unique by account, channel, notice.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gongzhi.domains.people.models import Account, AccountState
from gongzhi.kernel import clock, ids
from gongzhi.kernel.db import dialect
from gongzhi.reactions.notices import channels
from gongzhi.reactions.notices.hours import Schedule
from gongzhi.reactions.notices.models import (
    DIGEST,
    Channel,
    ChannelPreference,
    Delivery,
    DeliveryState,
    DigestItem,
    Notice,
    NoticeSchedule,
    PushSubscription,
    ThingPreference,
)
from gongzhi.reactions.notices.urgency import is_urgent

STALE = timedelta(days=2)

Choices = dict[str, dict[tuple[str, str], bool]]
"""By account: (kind, channel) → wanted, as far as somebody chose."""


def plan(
    session: Session, event_id: int, happened_at: datetime, subject: tuple[str, str], first: str, last: str
) -> None:
    """Plan the notices of an event to the accounts from `first` to `last`, about a subject (kind, id).

    What is told late (an import, demo data, a listener that was away for days) stays in the inbox.
    """
    offered = channels.offered()
    now = clock.now()
    if not offered or now - happened_at > STALE:
        return
    chosen = choices(session, ChannelPreference.account_id.between(first, last))
    of_thing = _of_thing(session, subject, first, last)
    deliveries: list[dict[str, Any]] = []
    items: list[dict[str, Any]] = []
    for row in session.execute(_statement(event_id, subject, first, last)):
        urgent = is_urgent(row.kind, row.text)
        schedule = Schedule(row.quiet_from, row.quiet_until, row.digest_hour) if row.has_schedule else Schedule()
        for channel in offered:
            if not _reaches(channel, row) or not _wanted(channel, row, urgent=urgent, chosen=chosen, of_thing=of_thing):
                continue
            base = {"account_id": row.account_id, "district_id": row.district_id, "channel": channel}
            if urgent:
                due = schedule.after_quiet(now) if channel in channels.QUIETED else now
                deliveries.append({**base, **pending(due, now), "notice_id": row.id, "digest_on": None})
            else:
                items.append({**base, "notice_id": row.id, "due_at": schedule.next_digest(now), "delivery_id": None})
    add_new(session, Delivery, deliveries, ("account_id", "channel", "notice_id"))
    add_new(session, DigestItem, items, ("account_id", "channel", "notice_id"))


def pending(due: datetime, now: datetime) -> dict[str, Any]:
    """The columns of a delivery nobody has touched."""
    return {
        "id": ids.new_id(),
        "state": DeliveryState.PENDING,
        "attempts": 0,
        "due_at": due,
        "created_at": now,
        "error": "",
    }


def add_new(session: Session, model: Any, rows: list[dict[str, Any]], unique: tuple[str, ...]) -> None:
    """Insert what is not there yet."""
    if rows:
        module = sqlite if dialect(session) == "sqlite" else postgresql
        session.execute(module.insert(model.__table__).on_conflict_do_nothing(index_elements=unique), rows)


def choices(session: Session, whose: Any) -> Choices:
    """What accounts chose by kind and channel; `whose` is a condition on `ChannelPreference`."""
    found: Choices = defaultdict(dict)
    for row in session.execute(
        select(
            ChannelPreference.account_id, ChannelPreference.kind, ChannelPreference.channel, ChannelPreference.wanted
        ).where(whose)
    ):
        found[row.account_id][(row.kind, row.channel)] = row.wanted
    return found


def wants(chosen: dict[tuple[str, str], bool], kind: str, channel: Channel, *, urgent: bool) -> bool:
    """Whether a kind comes on a channel: as chosen, else by default. What is gathered needs the digest as well."""
    if not urgent and (channel in channels.AT_ONCE_ONLY or not chosen.get((DIGEST, channel), True)):
        return False
    return chosen.get((kind, channel), channels.by_default(channel, kind))


def _statement(event_id: int, subject: tuple[str, str], first: str, last: str) -> Any:
    has_device = exists().where(PushSubscription.account_id == Account.id)
    return (
        select(
            Notice.id,
            Notice.district_id,
            Notice.account_id,
            Notice.kind,
            Notice.text,
            Account.email.is_not(None).label("has_mail"),
            Account.phone.is_not(None).label("has_phone"),
            Account.is_demo,
            has_device.label("has_device"),
            NoticeSchedule.account_id.is_not(None).label("has_schedule"),
            NoticeSchedule.quiet_from,
            NoticeSchedule.quiet_until,
            NoticeSchedule.digest_hour,
        )
        .join(Account, Account.id == Notice.account_id)
        .outerjoin(NoticeSchedule, NoticeSchedule.account_id == Notice.account_id)
        .where(
            Notice.event_id == event_id,
            Notice.subject_kind == subject[0],
            Notice.subject_id == subject[1],
            Notice.account_id.between(first, last),
            Account.state == AccountState.ACTIVE,
        )
    )


def _of_thing(session: Session, subject: tuple[str, str], first: str, last: str) -> dict[tuple[str, str], bool]:
    kind, subject_id = subject
    rows = session.execute(
        select(ThingPreference.account_id, ThingPreference.channel, ThingPreference.wanted).where(
            ThingPreference.subject_kind == kind,
            ThingPreference.subject_id == subject_id,
            ThingPreference.account_id.between(first, last),
        )
    )
    return {(row.account_id, row.channel): row.wanted for row in rows}


def _reaches(channel: Channel, row: Any) -> bool:
    if channel == Channel.MAIL:
        return bool(row.has_mail)
    if channel == Channel.SMS:
        return bool(row.has_phone)
    # In the demo, people without a device are shown in the outbox what one would get.
    return bool(row.has_device) or (channels.site().demo and row.is_demo)


def _wanted(
    channel: Channel, row: Any, *, urgent: bool, chosen: Choices, of_thing: dict[tuple[str, str], bool]
) -> bool:
    if not channels.carries(channel, row.kind) or (channel in channels.AT_ONCE_ONLY and not urgent):
        return False
    for_this = of_thing.get((row.account_id, channel))
    return wants(chosen.get(row.account_id, {}), row.kind, channel, urgent=urgent) if for_this is None else for_this
