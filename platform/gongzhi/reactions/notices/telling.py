"""Writing the notices of one message to a page of accounts, and planning what goes out of the house."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gongzhi.domains.people.models import Account, AccountState
from gongzhi.kernel import ids
from gongzhi.kernel.db import dialect
from gongzhi.kernel.relay import Delivered
from gongzhi.reactions.notices.audience import Message
from gongzhi.reactions.notices.models import (
    INBOX,
    MANDATORY,
    Notice,
    NoticePreference,
    ThingPreference,
)
from gongzhi.reactions.notices.planning import plan

CHUNK = 1000


def audience(delivered: Delivered, message: Message) -> Select[Any]:
    """Who wants this message: a column of accounts, each once."""
    told = message.accounts.subquery()
    (account,) = told.c
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
        muted = select(ThingPreference.account_id).where(
            ThingPreference.subject_kind == message.subject_kind,
            ThingPreference.subject_id == message.subject_id,
            ThingPreference.channel == INBOX,
            ThingPreference.wanted.is_(False),
        )
        wanted = wanted.where(account.not_in(unwanted), account.not_in(muted))
    return wanted


def page_of(session: Session, wanted: Select[Any], after: str | None, limit: int = CHUNK) -> list[str]:
    """The next accounts of an audience, in order."""
    (account,) = wanted.selected_columns
    page = wanted if after is None else wanted.where(account > after)
    return list(session.scalars(page.order_by(account).limit(limit)))


def tell(session: Session, delivered: Delivered, message: Message, accounts: list[str]) -> list[str]:
    """Write the notices to these accounts (in order); returns who was not told of this event before."""
    if not accounts:
        return []
    module = sqlite if dialect(session) == "sqlite" else postgresql
    happened_at = datetime.fromisoformat(delivered.at)
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
            "at": happened_at,
        }
        for account in accounts
    ]
    statement = (
        module.insert(Notice.__table__)
        .on_conflict_do_nothing(index_elements=["account_id", "event_id"])
        .returning(Notice.__table__.c.account_id)
    )
    told = list(session.scalars(statement, rows))
    if told:
        plan(session, delivered.id, happened_at, (message.subject_kind, message.subject_id), accounts[0], accounts[-1])
    return told
