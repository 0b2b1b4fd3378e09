"""Joining with a pledge, withdrawing it, saying whether it was kept, and objecting to what was said."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gongzhi.kernel import clock, events
from gongzhi.kernel.errors import Conflict, Invalid
from gongzhi.kernel.policy import SYSTEM, Actor, require
from gongzhi.kernel.text import check_length, clean_line, clean_text, shorten
from gongzhi.kernel.text import lazy as _l

from .. import rules
from ..events import InitiativeJoined, InitiativeLeft, PledgeDisputed, PledgeOverdue, PledgeSettled
from ..models import Initiative, InitiativeNeed, NeedKind, Pledge, PledgeState
from ..permissions import JOIN_INITIATIVE, ORGANISE, OWN_PLEDGE
from ..queries import overdue_pledges, participant, pledges_of
from .steps import GOVERNMENT, about, check_open, count, lock, take_part, tell_issues

OWN = "own"
SETTLED = (PledgeState.KEPT, PledgeState.MISSED)


def join(
    session: Session,
    actor: Actor,
    initiative: Initiative,
    *,
    need: InitiativeNeed | None,
    amount: int,
    due_on: date,
    text: str = "",
    unit: str = "",
) -> Pledge:
    """Pledge for a need, or in one's own words without one; again for the same need changes the pledge.

    Locks the initiative, so that what is covered always equals the pledges. Raises `AlreadyClosed` once it
    has ended, `Conflict` when the pledge is settled, `Invalid` field by field.
    """
    lock(session, initiative)
    require(actor, JOIN_INITIATIVE, initiative)
    check_open(initiative)
    if need is not None and need.initiative_id != initiative.id:
        raise Invalid.of("need", _l("This need belongs to another initiative."))
    words, measure = clean_line(text), clean_line(unit) if need is None else need.unit
    rules.refuse(
        {
            "text": check_length(words, 0 if need else 4, rules.LONGEST_PLEDGE),
            "amount": rules.check_amount(amount),
            "unit": check_length(measure, 0, rules.LONGEST_UNIT),
            "due_on": rules.check_day(due_on, clock.today()),
        }
    )
    need_key = need.id if need else OWN
    pledge = session.scalar(
        select(Pledge).where(
            Pledge.initiative_id == initiative.id,
            Pledge.voter_key == actor.voter_key,
            Pledge.need_key == need_key,
        ),
        execution_options={"populate_existing": True},
    )
    wanted = (words, amount, measure, due_on)
    if pledge is not None:
        if pledge.state in SETTLED:
            raise Conflict(_l("This pledge is settled and can no longer be changed."))
        if pledge.state == PledgeState.OPEN and wanted == (pledge.text, pledge.amount, pledge.unit, pledge.due_on):
            return pledge
    now = clock.now()
    counted = pledge.amount if pledge is not None and pledge.state == PledgeState.OPEN else 0
    if pledge is None:
        pledge = Pledge(
            initiative_id=initiative.id,
            need_id=need.id if need else None,
            need_key=need_key,
            voter_key=actor.voter_key,
            chamber=actor.chamber or GOVERNMENT,
            created_at=now,
        )
        session.add(pledge)
    pledge.account_id, pledge.organisation_id = actor.account_id or "", actor.organisation_id
    pledge.text, pledge.amount, pledge.unit, pledge.due_on = wanted
    pledge.state, pledge.note, pledge.flagged_on, pledge.changed_at = PledgeState.OPEN, "", None, now
    first = take_part(session, actor, initiative, participant(session, initiative, actor.voter_key))
    _cover(session, need.id if need else None, amount - counted)
    session.flush()
    if first:
        tell_issues(session, actor, initiative, "initiative_joined", _in_words(need, pledge))
    events.record(session, InitiativeJoined(**about(session, actor, initiative), join_id=pledge.id, first=first))
    return pledge


def _cover(session: Session, need_id: str | None, change: int) -> None:
    if need_id is None or not change:
        return
    session.execute(
        update(InitiativeNeed).where(InitiativeNeed.id == need_id).values(covered=InitiativeNeed.covered + change)
    )


def _in_words(need: InitiativeNeed | None, pledge: Pledge) -> str:
    """The pledge for the trace; no sentence, since it stands beside "joined" in the reader's language."""
    if need is None:
        return shorten(pledge.text, 200)
    if need.kind == NeedKind.MONEY:
        return f"{need.description} · ¥{pledge.amount / rules.FEN:,.2f}"
    return f"{need.description} · {pledge.amount} {pledge.unit}".rstrip()


def withdraw_pledge(session: Session, actor: Actor, pledge: Pledge, *, reason: str) -> None:
    """Take back an open pledge with a public reason; without any other its voice leaves. Twice is once."""
    initiative = session.get_one(Initiative, pledge.initiative_id)
    lock(session, initiative)
    session.refresh(pledge)
    require(actor, OWN_PLEDGE, pledge)
    if pledge.state == PledgeState.WITHDRAWN:
        return
    check_open(initiative)
    if pledge.state != PledgeState.OPEN:
        raise Conflict(_l("This pledge is settled and can no longer be changed."))
    words = clean_text(reason)
    rules.refuse({"reason": check_length(words, 2, rules.LONGEST_NOTE)})
    pledge.state, pledge.note, pledge.changed_at = PledgeState.WITHDRAWN, words, clock.now()
    _cover(session, pledge.need_id, -pledge.amount)
    gone = _leave_if_nothing_is_left(session, initiative, pledge)
    events.record(session, InitiativeLeft(**about(session, actor, initiative), join_id=pledge.id, gone=gone))


def _leave_if_nothing_is_left(session: Session, initiative: Initiative, pledge: Pledge) -> bool:
    session.flush()
    stands = [one for one in pledges_of(session, initiative, pledge.voter_key) if one.state != PledgeState.WITHDRAWN]
    if stands or pledge.voter_key == initiative.coordinator_key:
        return False
    row = participant(session, initiative, pledge.voter_key)
    if row is None or row.left_at is not None:
        return False
    row.left_at = clock.now()
    count(initiative, row.chamber, -1)
    initiative.helper_keys = [key for key in initiative.helper_keys if key != pledge.voter_key]
    if initiative.successor_key == pledge.voter_key:
        initiative.successor_key = None
    return True


def settle_pledge(session: Session, actor: Actor, pledge: Pledge, *, state: PledgeState, note: str = "") -> None:
    """Say in public whether a pledge was kept; "missed" needs a note. A missed one may be corrected to kept.

    Raises `Conflict` for any other change of what was said. The same again changes nothing.
    """
    initiative = session.get_one(Initiative, pledge.initiative_id)
    lock(session, initiative)
    session.refresh(pledge)
    require(actor, ORGANISE, initiative)
    if state not in SETTLED:
        raise Invalid.of("state", _l("Choose kept or missed."))
    if pledge.state == state:
        return
    check_open(initiative)
    if pledge.state not in (PledgeState.OPEN, PledgeState.MISSED):
        raise Conflict(_l("This pledge is settled and can no longer be changed."))
    words = clean_text(note)
    if state == PledgeState.MISSED and not words:
        raise Invalid.of("note", _l("Say what happened and what is done now."))
    rules.refuse({"note": check_length(words, 0, rules.LONGEST_NOTE)})
    counted_before = pledge.state == PledgeState.OPEN
    pledge.state, pledge.note, pledge.settled_at = state, words, clock.now()
    pledge.settled_by_key = actor.voter_key
    counts_now = state == PledgeState.KEPT
    _cover(session, pledge.need_id, (counts_now - counted_before) * pledge.amount)
    events.record(session, PledgeSettled(**about(session, actor, initiative), pledge_id=pledge.id, state=state))


def object_to_settlement(session: Session, actor: Actor, pledge: Pledge, *, text: str) -> None:
    """Object to "missed"; the words are shown beside it. They can be changed, the same again is once."""
    initiative = session.get_one(Initiative, pledge.initiative_id)
    lock(session, initiative)
    session.refresh(pledge)
    require(actor, OWN_PLEDGE, pledge)
    if pledge.state != PledgeState.MISSED:
        raise Conflict(_l("Only to a pledge called missed can be objected."))
    words = clean_text(text)
    rules.refuse({"text": check_length(words, 5, 1000)})
    if words == pledge.objection:
        return
    pledge.objection, pledge.objected_at = words, clock.now()
    events.record(session, PledgeDisputed(**about(session, actor, initiative), pledge_id=pledge.id))


def flag_overdue(session: Session) -> int:
    """For the job: tell once of each pledge whose day has passed and that nobody has settled."""
    due = overdue_pledges(session, clock.today())
    for pledge in due:
        pledge.flagged_on = clock.today()
        initiative = session.get_one(Initiative, pledge.initiative_id)
        events.record(session, PledgeOverdue(**about(session, SYSTEM, initiative), pledge_id=pledge.id))
    return len(due)
