"""From events to inboxes, a thousand accounts at a time, so that fifty thousand take no more memory than one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gongzhi.domains.people.models import Account, AccountState
from gongzhi.kernel import events, ids
from gongzhi.kernel.db import dialect
from gongzhi.kernel.relay import Delivered
from gongzhi.reactions.notices.audience import Message, messages
from gongzhi.reactions.notices.events import NoticesSent
from gongzhi.reactions.notices.models import MANDATORY, Notice, NoticePreference

CHUNK = 1000
FEW = 200


def deliver(session: Session, batch: Sequence[Delivered]) -> None:
    """Write the notices of each event; an account gets at most one of an event, and never its own."""
    for delivered in batch:
        told: list[str] = []
        for message in messages(session, delivered.event):
            for accounts in _audience(session, delivered, message):
                _insert(session, delivered, message, accounts)
                told += accounts[: max(0, FEW + 1 - len(told))]
        if told:
            events.record(
                session,
                NoticesSent(
                    district_id=delivered.event.district_id,
                    source_event=delivered.id,
                    notice_kind=delivered.event.kind,
                    accounts=tuple(dict.fromkeys(told)) if len(told) <= FEW else (),
                ),
            )


def _audience(session: Session, delivered: Delivered, message: Message) -> Iterator[list[str]]:
    """Who wants this message, a thousand at a time."""
    audience = message.accounts.subquery()
    (account,) = audience.c
    wanted = (
        select(account.label("account_id"))
        .join(Account, Account.id == account)
        .where(Account.state != AccountState.ERASED)
        .distinct()
    )
    if delivered.event.actor:
        wanted = wanted.where(account != delivered.event.actor)
    if message.kind not in MANDATORY:
        unwanted = select(NoticePreference.account_id).where(
            NoticePreference.kind == message.kind, NoticePreference.wanted.is_(False)
        )
        wanted = wanted.where(account.not_in(unwanted))
    last: str | None = None
    while True:
        page = wanted if last is None else wanted.where(account > last)
        accounts = list(session.scalars(page.order_by(account).limit(CHUNK)))
        if not accounts:
            return
        yield accounts
        last = accounts[-1]


def _insert(session: Session, delivered: Delivered, message: Message, accounts: list[str]) -> None:
    module = sqlite if dialect(session) == "sqlite" else postgresql
    rows = [
        {
            "id": ids.new_id(),
            "district_id": delivered.event.district_id,
            "account_id": account,
            "event_id": delivered.id,
            "kind": message.kind,
            "text": message.text,
            "subject_kind": message.subject_kind,
            "subject_id": message.subject_id,
            "details": message.details,
            "at": datetime.fromisoformat(delivered.at),
        }
        for account in accounts
    ]
    statement = module.insert(Notice.__table__).on_conflict_do_nothing(index_elements=["account_id", "event_id"])
    session.execute(statement, rows)
