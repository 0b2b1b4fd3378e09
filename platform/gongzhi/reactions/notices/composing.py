"""From deliveries to letters, a batch in a few statements: who gets it, in which language, and whether still wanted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from gongzhi.domains.people.models import Account, AccountState
from gongzhi.domains.people.queries import contacts_of
from gongzhi.kernel import clock
from gongzhi.kernel.carriers import Letter
from gongzhi.kernel.db import session
from gongzhi.kernel.text import speaking
from gongzhi.reactions.notices import channels, letters, push
from gongzhi.reactions.notices.hours import Schedule
from gongzhi.reactions.notices.models import (
    INBOX,
    Channel,
    ChannelPreference,
    Delivery,
    DigestItem,
    Notice,
    NoticeSchedule,
    PushSubscription,
    ThingPreference,
)
from gongzhi.reactions.notices.planning import Choices, choices, wants
from gongzhi.reactions.notices.urgency import is_urgent

MOST_OF_DIGEST = letters.MOST_THINGS * letters.MOST_LINES
CONTACTS = {Channel.MAIL: "email", Channel.SMS: "phone"}
NOBODY = Letter("", "", "")


@dataclass(frozen=True)
class Prepared:
    """A delivery ready to be handed over; with a `reason` it is not handed over (now, or ever)."""

    id: str
    district_id: str
    channel: Channel
    attempts: int
    urgent: bool = False
    letter: Letter = NOBODY
    payload: dict[str, str] = field(default_factory=dict)
    devices: tuple[push.Device, ...] = ()
    reason: str = ""
    wait_until: datetime | None = None


@dataclass
class _Batch:
    """Everything the deliveries of a batch need, read at once."""

    accounts: dict[str, Account]
    notices: dict[str, Notice]
    digests: dict[str, list[Notice]]
    chosen: Choices
    of_things: dict[tuple[str, str, str, str], bool]
    schedules: dict[str, Schedule]
    devices: dict[str, list[push.Device]]


def prepare(ids: Sequence[str]) -> list[Prepared]:
    """The deliveries with these ids, oldest first, each with what is to be handed over."""
    rows = session().scalars(select(Delivery).where(Delivery.id.in_(ids)).order_by(Delivery.due_at, Delivery.id)).all()
    batch = _read(rows)
    return [_prepared(row, batch) for row in rows]


def _read(rows: Sequence[Delivery]) -> _Batch:
    current = session()
    whose = sorted({row.account_id for row in rows})
    digests = _of_digests([row.id for row in rows if row.notice_id is None])
    wanted = [row.notice_id for row in rows if row.notice_id is not None]
    devices = defaultdict(list)
    if any(row.channel == Channel.PUSH for row in rows):
        for one in current.scalars(select(PushSubscription).where(PushSubscription.account_id.in_(whose))):
            devices[one.account_id].append(push.unseal(one.id, one.sealed))
    return _Batch(
        accounts={one.id: one for one in current.scalars(select(Account).where(Account.id.in_(whose)))},
        notices={one.id: one for one in current.scalars(select(Notice).where(Notice.id.in_(wanted)))},
        digests=digests,
        chosen=choices(current, ChannelPreference.account_id.in_(whose)),
        of_things={
            (one.account_id, one.subject_kind, one.subject_id, one.channel): one.wanted
            for one in current.scalars(select(ThingPreference).where(ThingPreference.account_id.in_(whose)))
        },
        schedules={
            one.account_id: Schedule(one.quiet_from, one.quiet_until, one.digest_hour)
            for one in current.scalars(select(NoticeSchedule).where(NoticeSchedule.account_id.in_(whose)))
        },
        devices=devices,
    )


def _of_digests(ids: Sequence[str]) -> dict[str, list[Notice]]:
    """The unread notices of each digest, the newest of them if there are very many: what was read is no news."""
    found: dict[str, list[Notice]] = defaultdict(list)
    if not ids:
        return found
    place = func.row_number().over(partition_by=DigestItem.delivery_id, order_by=DigestItem.notice_id.desc())
    newest = (
        select(DigestItem.delivery_id, DigestItem.notice_id, place.label("place"))
        .join(Notice, Notice.id == DigestItem.notice_id)
        .where(DigestItem.delivery_id.in_(ids), Notice.read_at.is_(None))
        .subquery()
    )
    rows = session().execute(
        select(newest.c.delivery_id, Notice)
        .join(newest, newest.c.notice_id == Notice.id)
        .where(newest.c.place <= MOST_OF_DIGEST)
    )
    for delivery_id, notice in rows:
        found[delivery_id].append(notice)
    return found


def _prepared(row: Delivery, batch: _Batch) -> Prepared:
    account = batch.accounts[row.account_id]
    base: dict[str, Any] = {
        "id": row.id,
        "district_id": row.district_id,
        "channel": Channel(row.channel),
        "attempts": row.attempts,
        "urgent": row.notice_id is not None,
    }
    if account.state != AccountState.ACTIVE:
        return Prepared(**base, reason="account closed")
    if row.channel in channels.QUIETED:
        free = batch.schedules.get(row.account_id, Schedule()).after_quiet(clock.now())
        if free > clock.now():
            return Prepared(**base, reason="quiet hours", wait_until=free)
    notices = [batch.notices[row.notice_id]] if row.notice_id is not None else batch.digests.get(row.id, [])
    notices = [notice for notice in notices if _still_wanted(row, notice, batch)]
    if not notices:
        return Prepared(**base, reason="nothing wanted")
    contacts = {kind: contact.value for kind, contact in contacts_of(account).items()}
    devices = tuple(batch.devices.get(row.account_id, ()))
    recipient = account.name if row.channel == Channel.PUSH else contacts.get(CONTACTS[row.channel])
    if not recipient or (row.channel == Channel.PUSH and not devices and not channels.site().demo):
        return Prepared(**base, reason="no address")
    with speaking(account.locale or channels.site().locale):
        letter, payload = _written(row, recipient, notices)
    return Prepared(**base, letter=letter, payload=payload, devices=devices)


def _written(row: Delivery, recipient: str, notices: Sequence[Notice]) -> tuple[Letter, dict[str, str]]:
    if row.channel == Channel.PUSH:
        day = row.digest_on.isoformat() if row.digest_on else ""
        payload = letters.push_digest(day, notices) if day else letters.push_payload(notices[0])
        text = f"{payload['body']} {payload['url']}"
        return Letter(recipient, payload["title"], text, key=row.id), payload
    if row.notice_id is None:
        return letters.digest_mail(recipient, row.id, row.account_id, notices), {}
    write = letters.sms if row.channel == Channel.SMS else letters.urgent_mail
    return write(recipient, row.id, notices[0]), {}


def _still_wanted(row: Delivery, notice: Notice, batch: _Batch) -> bool:
    """Choices may have changed since it was planned: a stop counts for what waits as well."""
    thing = (row.account_id, notice.subject_kind, notice.subject_id)
    if not batch.of_things.get((*thing, INBOX), True):
        return False
    for_this = batch.of_things.get((*thing, row.channel))
    if for_this is not None:
        return for_this
    urgent = is_urgent(notice.kind, notice.text)
    return wants(batch.chosen.get(row.account_id, {}), notice.kind, Channel(row.channel), urgent=urgent)
