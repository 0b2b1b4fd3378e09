"""The log a command is about."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from gongzhi.domains.people.models import District
from gongzhi.kernel.errors import Invalid
from gongzhi.kernel.text import lazy as _l
from gongzhi.reactions.ledger.models import LedgerLog


def log_named(session: Session, district_code: str | None) -> LedgerLog:
    """The log of a district by its code; without one, the only log there is. Raises `Invalid`."""
    statement = select(LedgerLog)
    if district_code is not None:
        statement = statement.join(District).where(District.code == district_code)
    found = session.scalars(statement.limit(2)).all()
    if not found:
        raise Invalid.of("district", _l("There is no public ledger of this district yet."))
    if len(found) > 1:
        raise Invalid.of("district", _l("There are several districts: say which by its code."))
    return found[0]
