"""Reading and sorting one's own inbox."""

from __future__ import annotations

from sqlalchemy import ScalarSelect, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gongzhi.domains.people.models import Account
from gongzhi.kernel import clock
from gongzhi.kernel.db import dialect
from gongzhi.kernel.errors import Invalid
from gongzhi.kernel.pages import Page, keyset, slice_page
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.text import lazy as _l
from gongzhi.reactions.notices.models import MANDATORY, Notice, NoticeKind, NoticePreference
from gongzhi.reactions.notices.permissions import READ_NOTICES


def inbox(session: Session, actor: Actor, *, after: str | None = None, limit: int = 20) -> Page[Notice]:
    """One's notices, newest first."""
    statement = select(Notice).where(Notice.account_id == actor.account_id)
    rows = session.scalars(keyset(statement, Notice.id.desc(), after=after, limit=limit)).all()
    return slice_page(rows, limit, lambda notice: (notice.id,))


def unread_of_account() -> ScalarSelect[int]:
    """The unread notices of the account a statement is about, for `count_with_identity`."""
    return (
        select(func.count())
        .where(Notice.account_id == Account.id, Notice.read_at.is_(None))
        .correlate(Account)
        .scalar_subquery()
    )


def inbox_version(session: Session, account_id: str) -> int:
    """The version of the private topic of an account: its number of notices."""
    return session.scalar(select(func.count()).select_from(Notice).where(Notice.account_id == account_id)) or 0


def mark_read(session: Session, actor: Actor, notice_id: str | None = None) -> None:
    """Mark one notice of one's own as read, or all of them."""
    require(actor, READ_NOTICES)
    statement = update(Notice).where(Notice.account_id == actor.account_id, Notice.read_at.is_(None))
    if notice_id is not None:
        statement = statement.where(Notice.id == notice_id)
    session.execute(statement.values(read_at=clock.now()))


def own_notice(session: Session, actor: Actor, notice_id: str) -> Notice | None:
    """One's own notice."""
    notice = session.get(Notice, notice_id)
    return notice if notice is not None and notice.account_id == actor.account_id else None


def preferences(session: Session, actor: Actor) -> dict[NoticeKind, bool]:
    """What one wants to be told; everything unless switched off."""
    kept = session.scalars(select(NoticePreference).where(NoticePreference.account_id == actor.account_id))
    off = {row.kind for row in kept if not row.wanted}
    return {kind: kind in MANDATORY or kind not in off for kind in NoticeKind}


def prefer(session: Session, actor: Actor, wanted: dict[NoticeKind, bool]) -> None:
    """Keep what one wants to be told. Raises `Invalid` for a kind that is a duty."""
    require(actor, READ_NOTICES)
    module = sqlite if dialect(session) == "sqlite" else postgresql
    for kind, on in wanted.items():
        if kind in MANDATORY and not on:
            raise Invalid.of(kind, _l("These notices cannot be switched off."))
        insert = module.insert(NoticePreference.__table__).values(account_id=actor.account_id, kind=kind, wanted=on)
        session.execute(insert.on_conflict_do_update(index_elements=["account_id", "kind"], set_={"wanted": on}))
