"""The only way to get a decision or what belongs to it by an id; what one may not see is not there."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.policy import Actor, allows

from ..models import Commitment, Decision, Objection
from ..permissions import READ_DECISION


def access_decision(session: Session, actor: Actor, decision_id: str) -> Decision:
    """A decision the actor may see. Raises `NotFound`: a foreign draft looks like nothing at all."""
    decision = session.get(Decision, decision_id)
    if decision is None or not allows(actor, READ_DECISION, decision):
        raise NotFound
    return decision


def access_commitment(session: Session, actor: Actor, commitment_id: str) -> Commitment:
    """A promise of a decision the actor may see. Raises `NotFound`."""
    commitment = session.get(Commitment, commitment_id)
    if commitment is None:
        raise NotFound
    access_decision(session, actor, commitment.decision_id)
    return commitment


def access_objection(session: Session, actor: Actor, objection_id: str) -> Objection:
    """An objection to a decision the actor may see. Raises `NotFound`."""
    objection = session.get(Objection, objection_id)
    if objection is None:
        raise NotFound
    access_decision(session, actor, objection.decision_id)
    return objection
