"""What moderation does to accounts and their public words, and how much an account may write in a day."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.errors import TooMany
from gongzhi.kernel.events import record
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.text import lazy as _l
from gongzhi.kernel.text import links_in

from ..events import AccountSuspended, OrganisationReworded, RightsChanged
from ..models import Account, Organisation
from ..permissions import MODERATE_PEOPLE
from ..rules import allowance
from .sessions import by
from .throttle import spend

VERIFIED = 2


def suspend_account(session: Session, actor: Actor, account: Account, *, until: datetime | None) -> None:
    """Let an account only read and appeal until then; None gives it back at once. Open sockets ask again.

    Locks the account. The next request of each of its sessions and tokens has the new rights (hard-won.md, S2).
    """
    require(actor, MODERATE_PEOPLE, account)
    session.refresh(account, with_for_update=True)
    account.suspended_until = until
    session.flush()
    record(session, AccountSuspended(**_who(actor, account), account_id=account.id, until=until))
    record(session, RightsChanged(**_who(actor, account), account_id=account.id))


def reword_account(session: Session, actor: Actor, account: Account, *, name: str) -> None:
    """Replace the name that others see."""
    require(actor, MODERATE_PEOPLE, account)
    account.name = name
    session.flush()


def reword_organisation(session: Session, actor: Actor, organisation: Organisation, *, about: str) -> None:
    """Replace what an organisation says of itself."""
    require(actor, MODERATE_PEOPLE, organisation)
    organisation.about = about
    session.flush()
    record(session, OrganisationReworded(**_who(actor, organisation), organisation_id=organisation.id))


def _who(actor: Actor, subject: Any) -> dict[str, Any]:
    return {**by(actor), "district_id": subject.district_id}


def spend_allowance(session: Session, actor: Actor, what: str, *words: str) -> None:
    """Count one thing written, and the links in it, against the day's allowance. Raises `TooMany`.

    Counted in the transaction that writes: what is refused later costs nothing, and two at once queue up
    on the count's row. Offices and the system itself have no limit.
    """
    if actor.is_system or actor.acts_for_government:
        return
    created_at = session.scalar(select(Account.created_at).where(Account.id == actor.account_id))
    if created_at is None:
        return
    age = clock.now() - created_at
    for kind, number in ((what, 1), ("link", sum(len(links_in(text)) for text in words))):
        limit = allowance(kind, verified=actor.level >= VERIFIED, age=age)
        for _each in range(min(number, limit.most + 1)):
            if wait := spend(session, limit, actor.account_id or ""):
                raise TooMany(wait, _SENTENCES[kind](limit.most, wait))


def _hours(wait: int) -> int:
    return -(-wait // 3600)


_SENTENCES = {
    "issue": lambda most, wait: _l(
        "Your account may publish %(most)s issues a day. You can publish again in %(hours)s hours.",
        most=most,
        hours=_hours(wait),
    ),
    "comment": lambda most, wait: _l(
        "Your account may post %(most)s comments a day. You can post again in %(hours)s hours.",
        most=most,
        hours=_hours(wait),
    ),
    "initiative": lambda most, wait: _l(
        "Your account may start %(most)s initiatives a day. You can start one again in %(hours)s hours.",
        most=most,
        hours=_hours(wait),
    ),
    "update": lambda most, wait: _l(
        "Your account may post %(most)s pieces of news a day. You can post again in %(hours)s hours.",
        most=most,
        hours=_hours(wait),
    ),
    "link": lambda most, wait: _l(
        "Your account may post %(most)s links a day. You can post links again in %(hours)s hours.",
        most=most,
        hours=_hours(wait),
    ),
    "report": lambda most, wait: _l(
        "Your account may report %(most)s things a day. You can report again in %(hours)s hours; "
        "in danger call 110, 119 or 120.",
        most=most,
        hours=_hours(wait),
    ),
}
