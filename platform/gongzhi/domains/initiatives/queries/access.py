"""The only way to get an object of this room by its id; another district's is not there."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.policy import Actor

from ..models import Initiative, InitiativeNeed, InitiativeRating, Pledge, Step, Update


def access_initiative(session: Session, actor: Actor, initiative_id: str) -> Initiative:
    """An initiative of the actor's district. Raises `NotFound`."""
    initiative = session.get(Initiative, initiative_id)
    if initiative is None or not (actor.is_system or initiative.district_id == actor.district_id):
        raise NotFound
    return initiative


def access_need(session: Session, actor: Actor, need_id: str) -> InitiativeNeed:
    """A need. Raises `NotFound`."""
    need = session.get(InitiativeNeed, need_id)
    if need is None:
        raise NotFound
    access_initiative(session, actor, need.initiative_id)
    return need


def access_pledge(session: Session, actor: Actor, pledge_id: str) -> Pledge:
    """A pledge. Raises `NotFound`."""
    pledge = session.get(Pledge, pledge_id)
    if pledge is None:
        raise NotFound
    access_initiative(session, actor, pledge.initiative_id)
    return pledge


def access_step(session: Session, actor: Actor, step_id: str) -> Step:
    """A step. Raises `NotFound`."""
    step = session.get(Step, step_id)
    if step is None:
        raise NotFound
    access_initiative(session, actor, step.initiative_id)
    return step


def access_update(session: Session, actor: Actor, update_id: str) -> Update:
    """A piece of news. Raises `NotFound`."""
    update = session.scalar(select(Update).where(Update.id == update_id))
    if update is None:
        raise NotFound
    access_initiative(session, actor, update.initiative_id)
    return update


def access_rating(session: Session, actor: Actor, rating_id: str) -> InitiativeRating:
    """What somebody said of the outcome. Raises `NotFound`."""
    rating = session.get(InitiativeRating, rating_id)
    if rating is None:
        raise NotFound
    access_initiative(session, actor, rating.initiative_id)
    return rating
