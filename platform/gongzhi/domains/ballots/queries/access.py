"""The only way to get a ballot by its id; what one may not see is not there."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.policy import Actor, allows

from ..models import Ballot
from ..permissions import READ_BALLOT


def access_ballot(session: Session, actor: Actor, ballot_id: str) -> Ballot:
    """A ballot the actor may see. Raises `NotFound`: a foreign draft looks like nothing at all."""
    ballot = session.get(Ballot, ballot_id)
    if ballot is None or not allows(actor, READ_BALLOT, ballot):
        raise NotFound
    return ballot
