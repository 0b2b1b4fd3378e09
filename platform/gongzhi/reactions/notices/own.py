"""Reading what one has chosen: the table of kinds and channels, hours, areas, devices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from gongzhi.domains.people.models import Account
from gongzhi.domains.places.models import Place
from gongzhi.kernel.policy import Actor
from gongzhi.reactions.notices import channels
from gongzhi.reactions.notices.hours import Schedule
from gongzhi.reactions.notices.inbox import preferences
from gongzhi.reactions.notices.models import (
    DIGEST,
    MANDATORY,
    AreaAlert,
    Channel,
    ChannelPreference,
    NoticeKind,
    NoticeSchedule,
    PushSubscription,
    ThingPreference,
)
from gongzhi.reactions.notices.planning import choices


@dataclass(frozen=True)
class Line:
    """One kind: whether it comes into the inbox, and on which channels; None where a channel never carries it."""

    kind: NoticeKind
    inbox: bool
    always: bool
    channels: dict[Channel, bool | None]


@dataclass(frozen=True)
class Table:
    """Everything of the table of kinds and channels."""

    lines: Sequence[Line]
    offered: Sequence[Channel]
    digest: dict[Channel, bool]
    reachable: dict[Channel, bool]
    """Whether there is an address, number or device at all."""


@dataclass(frozen=True)
class Area:
    """An area alert with the name of its place."""

    id: str
    name: str
    place_id: str | None
    place_zh: str | None
    place_en: str | None
    latitude: float | None
    longitude: float | None
    radius_m: int | None


def table(session: Session, actor: Actor) -> Table:
    """Four statements."""
    account_id = actor.account_id or ""
    inbox = preferences(session, actor)
    chosen = choices(session, ChannelPreference.account_id == account_id).get(account_id, {})
    found = session.execute(
        select(
            Account.email.is_not(None).label("mail"),
            Account.phone.is_not(None).label("phone"),
            select(PushSubscription.id).where(PushSubscription.account_id == Account.id).exists().label("device"),
        ).where(Account.id == account_id)
    ).one()
    offered = channels.offered()
    return Table(
        lines=[
            Line(
                kind,
                inbox[kind],
                kind in MANDATORY,
                {
                    channel: chosen.get((kind, channel), channels.by_default(channel, kind))
                    if channels.carries(channel, kind)
                    else None
                    for channel in offered
                },
            )
            for kind in NoticeKind
        ],
        offered=offered,
        digest={
            channel: chosen.get((DIGEST, channel), True) for channel in offered if channel not in channels.AT_ONCE_ONLY
        },
        reachable={Channel.MAIL: found.mail, Channel.SMS: found.phone, Channel.PUSH: found.device},
    )


def schedule(session: Session, actor: Actor) -> Schedule:
    """One's hours, as chosen or by default."""
    kept = session.get(NoticeSchedule, actor.account_id)
    return Schedule(kept.quiet_from, kept.quiet_until, kept.digest_hour) if kept else Schedule()


def areas(session: Session, actor: Actor) -> list[Area]:
    """One's area alerts, the oldest first."""
    rows = session.execute(
        select(
            AreaAlert.id,
            AreaAlert.name,
            AreaAlert.place_id,
            Place.name_zh,
            Place.name_en,
            AreaAlert.latitude,
            AreaAlert.longitude,
            AreaAlert.radius_m,
        )
        .outerjoin(Place, Place.id == AreaAlert.place_id)
        .where(AreaAlert.account_id == actor.account_id)
        .order_by(AreaAlert.id)
    )
    return [Area(*row) for row in rows]


def devices(session: Session, actor: Actor) -> Sequence[PushSubscription]:
    """The browsers that push goes to, the newest first."""
    return session.scalars(
        select(PushSubscription)
        .where(PushSubscription.account_id == actor.account_id)
        .order_by(PushSubscription.id.desc())
    ).all()


def of_thing(session: Session, actor: Actor, kind: str, subject_id: str) -> dict[str, bool]:
    """What one has chosen for one thing, by channel (and `INBOX`)."""
    rows = session.scalars(
        select(ThingPreference).where(
            ThingPreference.account_id == actor.account_id,
            ThingPreference.subject_kind == kind,
            ThingPreference.subject_id == subject_id,
        )
    )
    return {row.channel: row.wanted for row in rows}
