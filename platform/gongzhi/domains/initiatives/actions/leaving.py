"""What becomes of a person's part in initiatives when the account is erased (decisions/0014)."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gongzhi.domains.initiatives.models import (
    Initiative,
    InitiativeRating,
    InitiativeState,
    InitiativeTransition,
    Participant,
    Pledge,
    PledgeState,
    Step,
    Update,
)
from gongzhi.domains.issues.models import Solved
from gongzhi.kernel.personal import Parting, Sheet, move_voices, rows_of, voice_of
from gongzhi.kernel.policy import Actor
from gongzhi.kernel.text import Lazy
from gongzhi.kernel.text import lazy as _l

from .pledging import withdraw_pledge
from .voices import move_rating

OPEN = (InitiativeState.PLANNING, InitiativeState.RUNNING, InitiativeState.FINISHED)
COORDINATES = _l("You coordinate an initiative. Hand it over to somebody else, or end it, first.")
LEFT = _l("The account was deleted.")


def export_initiatives(session: Session, account_id: str) -> Iterable[Sheet]:
    """All that this room keeps about a person, for the person."""
    part = or_(Initiative.starter_id == account_id, Initiative.coordinator_id == account_id)
    updates = rows_of(session, Update, Update.account_id == account_id)
    photos = tuple(str(photo["key"]) for row in updates for photo in row["photos"] if "key" in photo)
    yield Sheet("initiatives", rows_of(session, Initiative, part))
    yield Sheet("participations", rows_of(session, Participant, Participant.account_id == account_id))
    yield Sheet("pledges", rows_of(session, Pledge, Pledge.account_id == account_id))
    yield Sheet("steps_of_work", rows_of(session, Step, Step.account_id == account_id))
    yield Sheet("news", updates, photos)
    yield Sheet("ratings", rows_of(session, InitiativeRating, InitiativeRating.account_id == account_id))
    yield Sheet("changes", rows_of(session, InitiativeTransition, InitiativeTransition.account_id == account_id))


def holds_back(session: Session, account_id: str) -> Iterable[Lazy]:
    """Who coordinates something that is open hands it over first."""
    coordinated = select(Initiative.id).where(
        Initiative.coordinator_key == voice_of(account_id), Initiative.state.in_(OPEN)
    )
    return [] if session.scalar(coordinated.limit(1)) is None else [COORDINATES]


def erase_initiatives(session: Session, parting: Parting) -> None:
    """Open pledges are withdrawn, so that nobody waits for them; what was promised and written stays, nameless."""
    leaver = Actor(account_id=parting.account_id, district_id=parting.district_id, level=1)
    open_ones = session.scalars(
        select(Pledge)
        .join(Initiative, Initiative.id == Pledge.initiative_id)
        .where(
            Pledge.voter_key == leaver.voter_key,
            Pledge.state == PledgeState.OPEN,
            Initiative.state.in_((InitiativeState.PLANNING, InitiativeState.RUNNING)),
        )
        .order_by(Pledge.initiative_id, Pledge.id)
    ).all()
    for pledge in open_ones:
        withdraw_pledge(session, leaver, pledge, reason=str(LEFT))


def move_ratings(session: Session, before: str, after: str) -> None:
    """Ratings go over to another account; where both rated, the older one no longer counts."""
    there = select(InitiativeRating.initiative_id).where(InitiativeRating.voter_key == voice_of(after))
    twice = session.scalars(
        select(InitiativeRating)
        .where(InitiativeRating.voter_key == voice_of(before), InitiativeRating.initiative_id.in_(there))
        .order_by(InitiativeRating.initiative_id)
    ).all()
    for rating in twice:
        initiative = session.get_one(Initiative, rating.initiative_id, with_for_update=True, populate_existing=True)
        move_rating(initiative, Solved(rating.solved), rating.satisfaction, -1)
    session.flush()
    move_voices(session, InitiativeRating, before, after, one_for=("initiative_id",))
