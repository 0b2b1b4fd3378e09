"""What an account chooses: kinds by channel, single things, hours, areas, devices. Written here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gongzhi.domains.comments.queries import access_subject
from gongzhi.domains.places.queries import access_place
from gongzhi.kernel import clock, outward
from gongzhi.kernel.db import dialect
from gongzhi.kernel.errors import Conflict, Invalid, NotFound
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.secrets import token_hash
from gongzhi.kernel.text import clean_line
from gongzhi.kernel.text import lazy as _l
from gongzhi.reactions.notices import push
from gongzhi.reactions.notices.hours import Schedule
from gongzhi.reactions.notices.models import (
    INBOX,
    AreaAlert,
    Channel,
    ChannelPreference,
    DigestItem,
    NoticeSchedule,
    PushSubscription,
    ThingPreference,
)
from gongzhi.reactions.notices.permissions import CHOOSE_CHANNELS

MOST_AREAS = 10
MOST_DEVICES = 10
NEAREST_M, FARTHEST_M = 100, 5000
LONGEST_NAME = 40
DAY_MINUTES = 24 * 60


def choose(session: Session, account_id: str, wanted: Mapping[tuple[str, str], bool]) -> None:
    """Keep (kind, channel) → wanted for an account. Who may do so has been asked before."""
    insert = _insert(session, ChannelPreference)
    statement = insert.on_conflict_do_update(
        index_elements=["account_id", "kind", "channel"], set_={"wanted": insert.excluded.wanted}
    )
    rows = [
        {"account_id": account_id, "kind": kind, "channel": channel, "wanted": on}
        for (kind, channel), on in sorted(wanted.items())
    ]
    if rows:
        session.execute(statement, rows)


def choose_own(session: Session, actor: Actor, wanted: Mapping[tuple[str, str], bool]) -> None:
    """Keep one's own choices by kind and channel."""
    require(actor, CHOOSE_CHANNELS)
    choose(session, actor.account_id or "", wanted)


def choose_for_thing(
    session: Session, actor: Actor, kind: str, subject_id: str, wanted: Mapping[str, bool | None]
) -> None:
    """What one wants of one thing, by channel (`INBOX` False mutes it); None goes back to the choice by kind.

    Raises `NotFound` for what one may not see.
    """
    require(actor, CHOOSE_CHANNELS)
    access_subject(session, actor, kind, subject_id)
    for channel, on in wanted.items():
        if channel != INBOX and channel not in tuple(Channel):
            raise Invalid.of("channel", _l("This is not one of the choices."))
        key = {"account_id": actor.account_id, "subject_kind": kind, "subject_id": subject_id, "channel": channel}
        if on is None:
            session.execute(delete(ThingPreference).filter_by(**key))
            continue
        insert = _insert(session, ThingPreference).values(**key, wanted=on, at=clock.now())
        session.execute(
            insert.on_conflict_do_update(
                index_elements=["account_id", "subject_kind", "subject_id", "channel"],
                set_={"wanted": on, "at": clock.now()},
            )
        )


def set_hours(session: Session, actor: Actor, schedule: Schedule) -> None:
    """Keep quiet hours and the hour of the digest; what waits comes at the new hour. Raises `Invalid`."""
    require(actor, CHOOSE_CHANNELS)
    for field in ("quiet_from", "quiet_until"):
        if not 0 <= getattr(schedule, field) < DAY_MINUTES:
            raise Invalid.of(field, _l("Please enter a time like 22:00."))
    if not 0 <= schedule.digest_hour < 24:
        raise Invalid.of("digest_hour", _l("Please choose an hour from 0 to 23."))
    values = {
        "quiet_from": schedule.quiet_from,
        "quiet_until": schedule.quiet_until,
        "digest_hour": schedule.digest_hour,
    }
    insert = _insert(session, NoticeSchedule).values(account_id=actor.account_id, **values)
    session.execute(insert.on_conflict_do_update(index_elements=["account_id"], set_=values))
    session.execute(
        update(DigestItem)
        .where(DigestItem.account_id == actor.account_id, DigestItem.delivery_id.is_(None))
        .values(due_at=schedule.next_digest(clock.now()))
        .execution_options(synchronize_session=False)
    )


def add_area(
    session: Session,
    actor: Actor,
    *,
    name: str = "",
    place_id: str | None = None,
    centre: tuple[float, float] | None = None,
    radius_m: int | None = None,
) -> AreaAlert:
    """Be told of what is new in a place, or around a centre. Raises `Invalid`, `NotFound`, `Conflict`."""
    require(actor, CHOOSE_CHANNELS)
    if (place_id is None) == (centre is None):
        raise Invalid.of("place_id", _l("Choose a place, or a point and a distance."))
    if place_id is not None:
        access_place(session, actor, place_id)
        radius_m = None
    if centre is not None:
        if not (-90 <= centre[0] <= 90 and -180 <= centre[1] <= 180):
            raise Invalid.of("latitude", _l("This is no position."))
        if radius_m is None or not NEAREST_M <= radius_m <= FARTHEST_M:
            raise Invalid.of("radius_m", _l("Choose a distance from 100 metres to 5 kilometres."))
    own = select(func.count()).select_from(AreaAlert).where(AreaAlert.account_id == actor.account_id)
    if (session.scalar(own) or 0) >= MOST_AREAS:
        raise Conflict(_l("You have as many areas as there can be; remove one first."))
    made = AreaAlert(
        district_id=actor.district_id,
        account_id=actor.account_id or "",
        name=clean_line(name)[:LONGEST_NAME],
        place_id=place_id,
        latitude=centre[0] if centre else None,
        longitude=centre[1] if centre else None,
        radius_m=radius_m,
        created_at=clock.now(),
    )
    session.add(made)
    session.flush()
    return made


def remove_area(session: Session, actor: Actor, area_id: str) -> None:
    """Be told no more. Raises `NotFound` for what is not one's own."""
    require(actor, CHOOSE_CHANNELS)
    _remove(session, AreaAlert, actor, area_id)


def subscribe_device(
    session: Session, actor: Actor, *, endpoint: str, p256dh: str, auth: str, device: str
) -> PushSubscription:
    """Push to this browser from now on; it belongs to whoever subscribed it last. The oldest makes room.

    Raises `Invalid` for an address that is not a push service's on the open internet, or keys that are none.
    """
    require(actor, CHOOSE_CHANNELS)
    try:
        outward.check(endpoint)
    except outward.Forbidden:
        raise Invalid.of("endpoint", _l("Messages cannot be sent to this address.")) from None
    if not push.proper_keys(p256dh, auth):
        raise Invalid.of("keys", _l("These are not the keys of a browser."))
    session.execute(delete(PushSubscription).where(PushSubscription.endpoint_hash == token_hash(endpoint)))
    own = select(PushSubscription.id).where(PushSubscription.account_id == actor.account_id)
    surplus = list(session.scalars(own.order_by(PushSubscription.id.desc()).offset(MOST_DEVICES - 1)))
    session.execute(delete(PushSubscription).where(PushSubscription.id.in_(surplus)))
    made = PushSubscription(
        account_id=actor.account_id or "",
        session_id=actor.session_id,
        endpoint_hash=token_hash(endpoint),
        sealed=push.seal(endpoint, p256dh, auth),
        device=clean_line(device)[:120],
        created_at=clock.now(),
    )
    session.add(made)
    session.flush()
    return made


def remove_device(session: Session, actor: Actor, subscription_id: str) -> None:
    """Push to it no more. Raises `NotFound` for what is not one's own."""
    require(actor, CHOOSE_CHANNELS)
    _remove(session, PushSubscription, actor, subscription_id)


def _remove(session: Session, model: Any, actor: Actor, row_id: str) -> None:
    gone = delete(model).where(model.id == row_id, model.account_id == actor.account_id).returning(model.id)
    if session.scalar(gone) is None:
        raise NotFound


def _insert(session: Session, model: Any) -> Any:
    return (sqlite if dialect(session) == "sqlite" else postgresql).insert(model.__table__)
