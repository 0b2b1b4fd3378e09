"""The work itself: steps with an owner and a day, and news with photos."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gongzhi.domains.people.actions import spend_allowance
from gongzhi.kernel import clock, events
from gongzhi.kernel.errors import Invalid
from gongzhi.kernel.policy import Actor, allows, require
from gongzhi.kernel.storage import StoredFile
from gongzhi.kernel.text import check_length, clean_line, clean_text
from gongzhi.kernel.text import lazy as _l

from .. import rules
from ..events import StepChanged, UpdatePosted
from ..models import Initiative, Participant, Step, StepState, Update
from ..permissions import MOVE_OWN_STEP, ORGANISE
from ..queries import participant
from .steps import about, check_open, lock


def add_step(
    session: Session,
    actor: Actor,
    initiative: Initiative,
    *,
    title: str,
    owner_key: str,
    due_on: date,
    once: str | None = None,
) -> Step:
    """Plan a step owned by a participant. The same `once` gives the step it made before."""
    lock(session, initiative)
    require(actor, ORGANISE, initiative)
    check_open(initiative)
    if once is not None:
        before = session.scalar(select(Step).where(Step.initiative_id == initiative.id, Step.once == once))
        if before is not None:
            return before
    number = session.scalar(select(func.count()).where(Step.initiative_id == initiative.id)) or 0
    if number >= rules.MOST_STEPS:
        raise Invalid.of("title", _l("At most 100 steps."))
    words = _checked_title(title)
    rules.refuse({"due_on": rules.check_day(due_on, clock.today())})
    owner = _owner(session, initiative, owner_key)
    step = Step(
        initiative_id=initiative.id,
        title=words,
        owner_key=owner.voter_key,
        account_id=owner.account_id,
        organisation_id=owner.organisation_id,
        due_on=due_on,
        state=StepState.TODO,
        once=once,
        changed_at=clock.now(),
    )
    session.add(step)
    session.flush()
    events.record(session, StepChanged(**about(session, actor, initiative), step_id=step.id, state=step.state))
    return step


def edit_step(session: Session, actor: Actor, step: Step, *, title: str, owner_key: str, due_on: date) -> None:
    """Change a step's title, owner or day; the same again changes nothing."""
    initiative = session.get_one(Initiative, step.initiative_id)
    lock(session, initiative)
    session.refresh(step)
    require(actor, ORGANISE, initiative)
    check_open(initiative)
    words = _checked_title(title)
    if due_on != step.due_on:
        rules.refuse({"due_on": rules.check_day(due_on, clock.today())})
    owner = _owner(session, initiative, owner_key)
    if (words, owner.voter_key, due_on) == (step.title, step.owner_key, step.due_on):
        return
    step.title, step.owner_key, step.due_on = words, owner.voter_key, due_on
    step.account_id, step.organisation_id = owner.account_id, owner.organisation_id
    step.changed_at = clock.now()
    events.record(session, StepChanged(**about(session, actor, initiative), step_id=step.id, state=step.state))


def move_step(session: Session, actor: Actor, step: Step, *, state: StepState, reason: str = "") -> None:
    """Move a step on; dropping it needs a reason. Its owner may, and the organisers. Twice is once."""
    initiative = session.get_one(Initiative, step.initiative_id)
    lock(session, initiative)
    session.refresh(step)
    if not allows(actor, MOVE_OWN_STEP, step):
        require(actor, ORGANISE, initiative)
    check_open(initiative)
    if step.state == state:
        return
    transition = rules.STEPS.check(StepState(step.state), state)
    words = transition.check_reason(clean_text(reason))
    rules.refuse({"reason": check_length(words, 0, rules.LONGEST_NOTE)})
    step.state, step.reason, step.changed_at = transition.target, words, clock.now()
    events.record(session, StepChanged(**about(session, actor, initiative), step_id=step.id, state=step.state))


def _checked_title(title: str) -> str:
    words = clean_line(title)
    rules.refuse({"title": check_length(words, 2, rules.LONGEST_TITLE)})
    return words


def _owner(session: Session, initiative: Initiative, voter_key: str) -> Participant:
    owner = participant(session, initiative, voter_key)
    if owner is None or owner.left_at is not None:
        raise Invalid.of("owner", _l("Choose one of the participants."))
    return owner


def post_update(
    session: Session,
    actor: Actor,
    initiative: Initiative,
    *,
    body: str,
    photos: Sequence[tuple[StoredFile, str]] = (),
    once: str | None = None,
) -> Update:
    """Tell how the work goes, with stored photos and what they show. The same `once` gives the one before."""
    lock(session, initiative)
    require(actor, ORGANISE, initiative)
    check_open(initiative)
    if once is not None:
        before = session.scalar(select(Update).where(Update.initiative_id == initiative.id, Update.once == once))
        if before is not None:
            return before
    words = clean_text(body)
    rules.refuse({"body": check_length(words, 2, rules.LONGEST_UPDATE)})
    if len(photos) > rules.MOST_PHOTOS:
        raise Invalid.of("photos", _l("At most 6 photos."))
    spend_allowance(session, actor, "update", words)
    update = Update(
        initiative_id=initiative.id,
        account_id=actor.account_id,
        organisation_id=actor.organisation_id,
        body=words,
        photos=[_photo(stored, alt) for stored, alt in photos],
        once=once,
        at=clock.now(),
    )
    session.add(update)
    session.flush()
    events.record(session, UpdatePosted(**about(session, actor, initiative), update_id=update.id))
    return update


def _photo(stored: StoredFile, alt: str) -> dict[str, Any]:
    return {"key": stored.key, "width": stored.width, "height": stored.height, "alt": clean_line(alt)[:200]}
