"""What every step shares: lock, check the machine and the permission, note the step, tell the issues."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from gongzhi.domains.issues.actions.links import add_link
from gongzhi.kernel import clock, events
from gongzhi.kernel.errors import Invalid, NotFound, Stale
from gongzhi.kernel.policy import SYSTEM, Actor, Permission, require
from gongzhi.kernel.text import check_length, clean_text
from gongzhi.kernel.workflow import Transition

from ..events import BallotMovedOn
from ..models import Ballot, BallotState, BallotStep
from ..queries.subjects import access_ballot_subject
from ..rules.course import MACHINE

LONGEST_REASON = 1000


def begin_step(
    session: Session,
    actor: Actor,
    ballot: Ballot,
    action: str,
    wanted: Permission,
    *,
    version: int | None = None,
    reason: str = "",
) -> tuple[Transition[BallotState], str]:
    """Lock the ballot and check permission, version, state and reason; the transition and the cleaned reason.

    Errors: `NotPermitted`, `Stale` for whoever saw an older `version`, `Conflict` in a state without this
    action, `Invalid` without a required reason.
    """
    session.refresh(ballot, with_for_update=True)
    require(actor, wanted, ballot)
    transition = MACHINE.check(BallotState(ballot.state), action)
    check_version(ballot, version)
    cleaned = transition.check_reason(clean_text(reason))
    if wrong := check_length(cleaned, 0, LONGEST_REASON):
        raise Invalid({"reason": [wrong]})
    return transition, cleaned


def end_step(
    session: Session, actor: Actor, ballot: Ballot, transition: Transition[BallotState], reason: str = ""
) -> None:
    """Note the step and change the state."""
    note_step(session, actor, ballot, transition.action, transition.target, reason)
    ballot.state = transition.target
    ballot.version += 1


def note_step(
    session: Session, actor: Actor, ballot: Ballot, action: str, to: BallotState | None = None, reason: str = ""
) -> None:
    """Write the step into the ballot's own record."""
    session.add(
        BallotStep(
            ballot_id=ballot.id,
            action=action,
            to_state=to or ballot.state,
            actor_id=actor.account_id,
            organisation_id=actor.organisation_id,
            reason=reason,
            at=clock.now(),
        )
    )


def check_version(ballot: Ballot, version: int | None) -> None:
    """Raises `Stale` for a writer who saw an older version."""
    if version is not None and ballot.version != version:
        raise Stale(None, {"version": ballot.version, "state": ballot.state, "title": ballot.title})


def about(actor: Actor, ballot: Ballot) -> dict[str, Any]:
    """The fields every event of a ballot carries."""
    return {
        "district_id": ballot.district_id,
        "actor": actor.account_id,
        "organisation": actor.organisation_id,
        "ballot_id": ballot.id,
    }


def issues_of(session: Session, ballot: Ballot) -> tuple[str, ...]:
    """The issues it is about, directly or through the decision it is held on."""
    try:
        subject, thing = access_ballot_subject(session, _reader(ballot), ballot.subject_kind, ballot.subject_id)
    except NotFound:
        return ()
    return subject.issues(session, thing)


def _reader(ballot: Ballot) -> Actor:
    """The platform itself, in this district: a decision's draft is not public."""
    return Actor(name=SYSTEM.name, district_id=ballot.district_id, level=SYSTEM.level, is_system=True)


def tell_issues(
    session: Session, actor: Actor, ballot: Ballot, action: str, *, reason: str = "", **details: Any
) -> None:
    """A link in the trace of each issue, and a sign on its page."""
    linked = issues_of(session, ballot)
    if not linked:
        return
    add_link(
        session, actor, linked, action=action, subject_id=ballot.id, title=ballot.title, reason=reason, details=details
    )
    events.record(session, BallotMovedOn(**about(actor, ballot), issues=linked, status=str(ballot.state)))
