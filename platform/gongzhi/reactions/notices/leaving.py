"""What becomes of notices when an account is erased: its own go, and its name goes from those of others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from gongzhi.kernel.events import OutboxEvent
from gongzhi.kernel.masks import DELETED
from gongzhi.kernel.personal import Parting, Sheet, rows_of
from gongzhi.reactions.notices.models import (
    AreaAlert,
    ChannelPreference,
    Delivery,
    DigestItem,
    Notice,
    NoticePreference,
    NoticeSchedule,
    PushSubscription,
    ThingPreference,
)

OWN: tuple[tuple[str, type[Any], tuple[str, ...]], ...] = (
    ("preferences", NoticePreference, ()),
    ("channels", ChannelPreference, ()),
    ("things", ThingPreference, ()),
    ("schedule", NoticeSchedule, ()),
    ("area_alerts", AreaAlert, ()),
    ("push", PushSubscription, ("sealed",)),
    ("deliveries", Delivery, ()),
    ("digests", DigestItem, ()),
)
"""What belongs to one account besides its inbox: name in the copy, table, what is no use to anybody."""


def export_notices(session: Session, account_id: str) -> Iterable[Sheet]:
    """The inbox and what is wanted in it."""
    yield Sheet("notices", rows_of(session, Notice, Notice.account_id == account_id))
    for name, table, leave in OWN:
        yield Sheet(name, rows_of(session, table, table.account_id == account_id, leave=leave))


def erase_notices(session: Session, parting: Parting) -> None:
    """Delete the inbox; what others were told keeps no name, not even a masked one."""
    for _name, table, _leave in reversed(OWN):
        session.execute(delete(table).where(table.account_id == parting.account_id))
    session.execute(delete(Notice).where(Notice.account_id == parting.account_id))
    done = select(OutboxEvent.id).where(
        OutboxEvent.actor_id == parting.account_id, OutboxEvent.organisation_id.is_(None)
    )
    for details in session.scalars(select(Notice.details).where(Notice.event_id.in_(done)).distinct()).all():
        if "who" in details:
            session.execute(
                update(Notice)
                .where(Notice.event_id.in_(done), Notice.details == details)
                .values(details={**details, "who": DELETED})
                .execution_options(synchronize_session=False)
            )
