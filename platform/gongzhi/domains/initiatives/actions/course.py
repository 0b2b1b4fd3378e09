"""The way of an initiative: begun, finished with a report, closed after the ratings, or stopped; who leads it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from gongzhi.kernel import clock, events
from gongzhi.kernel.errors import Conflict, Invalid
from gongzhi.kernel.policy import SYSTEM, Actor, require
from gongzhi.kernel.text import check_length, clean_text, shorten
from gongzhi.kernel.text import lazy as _l

from .. import rules
from ..events import InitiativeChanged, InitiativeClosed
from ..models import Initiative, InitiativeNeed, InitiativeState, PledgeState
from ..permissions import ACCEPT_COORDINATION, COORDINATE
from ..queries import is_participant, open_pledges, rated_out
from .steps import about, check_open, lock, note_step, take_step, tell_issues


def begin(session: Session, actor: Actor, initiative: Initiative) -> None:
    """The work begins; joining stays possible. Twice is once."""
    if _is_already(session, actor, initiative, InitiativeState.RUNNING):
        return
    take_step(session, actor, initiative, "begin", COORDINATE)
    initiative.begun_at = clock.now()
    tell_issues(session, actor, initiative, "initiative_begun")
    events.record(session, InitiativeChanged(**about(session, actor, initiative), what="begin"))


def finish(session: Session, actor: Actor, initiative: Initiative, *, report: str) -> None:
    """Finish with a report of what was achieved; those concerned are asked to rate.

    Raises `Conflict` while a pledge is not settled, `Invalid` without a report. The same twice is once.
    """
    words = clean_text(report)
    if _is_already(session, actor, initiative, InitiativeState.FINISHED) and initiative.report == words:
        return
    take_step(session, actor, initiative, "finish", COORDINATE)
    rules.refuse({"report": check_length(words, 20, rules.LONGEST_REPORT)})
    initiative.report, initiative.finished_at = words, clock.now()
    if open_pledges(session, initiative):
        raise Conflict(_l("Say of every pledge first whether it was kept."))
    tell_issues(session, actor, initiative, "initiative_done", shorten(words, 200))
    events.record(session, InitiativeClosed(**about(session, actor, initiative), state=InitiativeState.FINISHED))


def stop(session: Session, actor: Actor, initiative: Initiative, *, reason: str) -> None:
    """Give it up with a public reason; open pledges are released and no longer count. Twice is once."""
    if _is_already(session, actor, initiative, InitiativeState.STOPPED):
        return
    given = take_step(session, actor, initiative, "stop", COORDINATE, reason)
    initiative.stop_reason = given
    for pledge in open_pledges(session, initiative):
        pledge.state, pledge.changed_at = PledgeState.RELEASED, clock.now()
        if pledge.need_id is not None:
            session.execute(
                update(InitiativeNeed)
                .where(InitiativeNeed.id == pledge.need_id)
                .values(covered=InitiativeNeed.covered - pledge.amount)
            )
    tell_issues(session, actor, initiative, "initiative_stopped", given)
    events.record(session, InitiativeClosed(**about(session, actor, initiative), state=InitiativeState.STOPPED))


def _is_already(session: Session, actor: Actor, initiative: Initiative, state: InitiativeState) -> bool:
    """Whether a button pressed twice has done its work before; only for whoever may press it."""
    lock(session, initiative)
    require(actor, COORDINATE, initiative)
    return initiative.state == state


def close_rated(session: Session) -> int:
    """For the job: close what has been open for ratings long enough."""
    due = rated_out(session, clock.now() - timedelta(days=rules.RATING_DAYS))
    for initiative in due:
        take_step(session, SYSTEM, initiative, "close", COORDINATE)
        initiative.closed_at = clock.now()
        events.record(session, InitiativeClosed(**about(session, SYSTEM, initiative), state=InitiativeState.CLOSED))
    return len(due)


def name_helper(session: Session, actor: Actor, initiative: Initiative, voter_key: str) -> None:
    """Let a participant help to organise. Twice is once."""
    lock(session, initiative)
    require(actor, COORDINATE, initiative)
    check_open(initiative)
    _check_participant(session, initiative, voter_key, "helper")
    if voter_key == initiative.coordinator_key or voter_key in initiative.helper_keys:
        return
    if len(initiative.helper_keys) >= rules.MOST_HELPERS:
        raise Invalid.of("helper", _l("At most 10 helpers."))
    initiative.helper_keys = [*initiative.helper_keys, voter_key]
    events.record(session, InitiativeChanged(**about(session, actor, initiative), what="organisers"))


def dismiss_helper(session: Session, actor: Actor, initiative: Initiative, voter_key: str) -> None:
    """A helper is none any more. Twice is once."""
    lock(session, initiative)
    require(actor, COORDINATE, initiative)
    if voter_key not in initiative.helper_keys:
        return
    initiative.helper_keys = [key for key in initiative.helper_keys if key != voter_key]
    events.record(session, InitiativeChanged(**about(session, actor, initiative), what="organisers"))


def offer_coordination(session: Session, actor: Actor, initiative: Initiative, voter_key: str) -> None:
    """Ask a participant to take over; nothing changes until they accept. Another offer replaces it."""
    lock(session, initiative)
    require(actor, COORDINATE, initiative)
    check_open(initiative)
    _check_participant(session, initiative, voter_key, "successor")
    if voter_key == initiative.coordinator_key:
        raise Invalid.of("successor", _l("Choose somebody else."))
    if initiative.successor_key == voter_key:
        return
    initiative.successor_key = voter_key
    events.record(session, InitiativeChanged(**about(session, actor, initiative), what="successor"))


def accept_coordination(session: Session, actor: Actor, initiative: Initiative) -> None:
    """Take over when asked; who coordinated before stays on as a helper. Twice is once."""
    lock(session, initiative)
    if actor.signed_in and initiative.coordinator_key == actor.voter_key:
        return
    require(actor, ACCEPT_COORDINATION, initiative)
    check_open(initiative)
    before = initiative.coordinator_key
    helpers = [key for key in initiative.helper_keys if key != actor.voter_key]
    initiative.helper_keys = [*helpers, before][-rules.MOST_HELPERS :]
    initiative.coordinator_key, initiative.successor_key = actor.voter_key, None
    initiative.coordinator_id = actor.account_id or ""
    initiative.coordinator_organisation_id = actor.organisation_id
    note_step(session, actor, initiative, "hand_over", InitiativeState(initiative.state))
    events.record(session, InitiativeChanged(**about(session, actor, initiative), what="coordinator"))


def _check_participant(session: Session, initiative: Initiative, voter_key: str, field: str) -> None:
    if not is_participant(session, initiative, voter_key):
        raise Invalid.of(field, _l("Choose one of the participants."))
