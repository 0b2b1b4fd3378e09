"""The voices of those concerned: ratings of the outcome, following."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gongzhi.domains.issues.models import Follow, Solved
from gongzhi.kernel import clock, events
from gongzhi.kernel.db import dialect
from gongzhi.kernel.errors import AlreadyClosed, Conflict
from gongzhi.kernel.policy import SIGNED_IN, Actor, require
from gongzhi.kernel.text import Message, check_length, clean_text
from gongzhi.kernel.text import lazy as _l

from .. import rules
from ..events import InitiativeRated
from ..models import Initiative, InitiativeRating, InitiativeState
from ..permissions import RATE_INITIATIVE
from ..queries import is_concerned
from .steps import GOVERNMENT, about, lock

SOLVED_COLUMNS = {Solved.YES: "solved_yes", Solved.PARTLY: "solved_partly", Solved.NO: "solved_no"}


def rate(
    session: Session,
    actor: Actor,
    initiative: Initiative,
    *,
    solved: Solved,
    satisfaction: int,
    comment: str = "",
) -> None:
    """Rate the outcome, 1 to 5; one a voice, changeable while open. The sums move by the difference.

    Raises `Conflict` before the report and for those not concerned, `AlreadyClosed` after the ratings.
    """
    lock(session, initiative)
    require(actor, RATE_INITIATIVE, initiative)
    if initiative.state in (InitiativeState.CLOSED, InitiativeState.STOPPED):
        raise AlreadyClosed(_l("Ratings are closed."))
    if initiative.state != InitiativeState.FINISHED:
        raise Conflict(_l("An initiative is rated once it is finished."))
    if not is_concerned(session, actor, initiative):
        raise Conflict(_l("Those who took part or supported its issue rate an initiative."))
    words = clean_text(comment)
    wrong: dict[str, Message | None] = {"comment": check_length(words, 0, rules.LONGEST_COMMENT)}
    if not 1 <= satisfaction <= rules.BEST:
        wrong["satisfaction"] = _l("Choose 1 to 5.")
    rules.refuse(wrong)
    rating = session.scalar(
        select(InitiativeRating).where(
            InitiativeRating.initiative_id == initiative.id, InitiativeRating.voter_key == actor.voter_key
        ),
        execution_options={"populate_existing": True},
    )
    if rating is None:
        rating = InitiativeRating(
            initiative_id=initiative.id,
            voter_key=actor.voter_key,
            chamber=actor.chamber or GOVERNMENT,
        )
        session.add(rating)
    elif (rating.solved, rating.satisfaction, rating.comment) == (solved, satisfaction, words):
        return
    else:
        move_rating(initiative, Solved(rating.solved), rating.satisfaction, -1)
    move_rating(initiative, solved, satisfaction, 1)
    rating.account_id, rating.organisation_id = actor.account_id or "", actor.organisation_id
    rating.solved, rating.satisfaction, rating.comment, rating.at = solved, satisfaction, words, clock.now()
    events.record(session, InitiativeRated(**about(session, actor, initiative), satisfaction=satisfaction))


def move_rating(initiative: Initiative, solved: Solved, satisfaction: int, change: int) -> None:
    """Count a rating, or (`change` -1) no longer; under the lock of the initiative."""
    column = SOLVED_COLUMNS[solved]
    setattr(initiative, column, getattr(initiative, column) + change)
    initiative.satisfaction_sum += change * satisfaction


def follow(session: Session, actor: Actor, initiative: Initiative, *, on: bool) -> None:
    """Follow or no longer follow an initiative. Idempotent."""
    require(actor, SIGNED_IN, initiative)
    if not on:
        session.execute(
            delete(Follow).where(
                Follow.subject_kind == "initiative",
                Follow.subject_id == initiative.id,
                Follow.account_id == actor.account_id,
            )
        )
        return
    module = sqlite if dialect(session) == "sqlite" else postgresql
    session.execute(
        module.insert(Follow.__table__)
        .values(
            subject_kind="initiative",
            subject_id=initiative.id,
            account_id=actor.account_id,
            district_id=initiative.district_id,
            at=clock.now(),
        )
        .on_conflict_do_nothing()
    )
