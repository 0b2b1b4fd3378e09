"""Who read whose personal data, and why: one row for each read, written before the data is shown."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.events import record
from gongzhi.kernel.policy import Actor

from ..events import PersonalDataRead
from ..models import PersonalDataAccess, Role
from .organisations import needed_reason
from .sessions import by

OFFICE = "office"


def note_access(session: Session, actor: Actor, *, account_id: str, fields: list[str], reason: str) -> None:
    """Keep a read of somebody's unmasked data; the person sees office or role, name, time and reason.

    Every room that shows such data calls this in the transaction that reads it. One's own is not noted.
    """
    cause = needed_reason(reason)
    if account_id == actor.account_id:
        return
    session.add(
        PersonalDataAccess(
            district_id=actor.district_id,
            account_id=account_id,
            reader_id=actor.account_id or "",
            reader_organisation_id=actor.organisation_id,
            fields=fields,
            reason=cause,
            capacity=_capacity(actor),
            at=clock.now(),
        )
    )
    record(session, PersonalDataRead(**by(actor), account_id=account_id, reason=cause))


def _capacity(actor: Actor) -> str:
    if actor.organisation_id is not None:
        return OFFICE
    held = {role.role for role in actor.roles}
    return next((str(role) for role in Role if role in held), "")
