"""From events to inboxes. A small audience is told with the event; a large one is left to `fan_out`, in pages."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gongzhi.kernel import clock, events
from gongzhi.kernel.relay import Delivered
from gongzhi.reactions.notices.audience import Message, messages
from gongzhi.reactions.notices.events import NoticesSent
from gongzhi.reactions.notices.models import FanOut
from gongzhi.reactions.notices.planning import add_new
from gongzhi.reactions.notices.telling import CHUNK, audience, page_of, tell

FEW = 200


def deliver(session: Session, batch: Sequence[Delivered]) -> None:
    """Write the notices of each event; an account gets at most one of an event, and never its own."""
    for delivered in batch:
        found = messages(session, delivered.event)
        if not found or session.get(FanOut, delivered.id) is not None:
            continue
        pages = [(message, page_of(session, audience(delivered, message), None, CHUNK + 1)) for message in found]
        if any(len(accounts) > CHUNK for _message, accounts in pages):
            _leave_to_fan_out(session, delivered, found)
            continue
        told = [account for message, accounts in pages for account in tell(session, delivered, message, accounts)]
        if told:
            announce(session, delivered, told)


def announce(session: Session, delivered: Delivered, told: Sequence[str]) -> None:
    """Let open pages hear of the new notices."""
    events.record(
        session,
        NoticesSent(
            district_id=delivered.event.district_id,
            source_event=delivered.id,
            notice_kind=delivered.event.kind,
            accounts=tuple(told) if len(told) <= FEW else (),
        ),
    )


def _leave_to_fan_out(session: Session, delivered: Delivered, found: Sequence[Message]) -> None:
    counts = [
        session.scalar(select(func.count()).select_from(audience(delivered, message).subquery())) for message in found
    ]
    row = {
        "event_id": delivered.id,
        "district_id": delivered.event.district_id,
        "position": 0,
        "audience": sum(count or 0 for count in counts),
        "told": 0,
        "started_at": clock.now(),
        "moved_at": clock.now(),
    }
    add_new(session, FanOut, [row], ("event_id",))
