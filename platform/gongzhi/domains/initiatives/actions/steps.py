"""What every action shares: the lock, the check of state and permission, the note of it, the facts of events."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from gongzhi.domains.issues.actions.links import add_link
from gongzhi.kernel import clock
from gongzhi.kernel.errors import AlreadyClosed, Stale
from gongzhi.kernel.policy import Actor, Permission, require
from gongzhi.kernel.text import check_length, clean_text
from gongzhi.kernel.text import lazy as _l

from ..models import Initiative, InitiativeState, InitiativeTransition, Participant
from ..queries import linked_issues
from ..rules import LONGEST_REASON, MACHINE, OPEN_STATES, refuse

GOVERNMENT = "government"
COUNTS = {"resident": "residents", "enterprise": "enterprises", "ngo": "ngos", GOVERNMENT: "offices"}


def lock(session: Session, initiative: Initiative) -> None:
    """Hold the initiative's row until commit: pledges, counts and states of one initiative move one at a time."""
    session.refresh(initiative, with_for_update=True)


def check_open(initiative: Initiative) -> None:
    """Raises `AlreadyClosed` once the work has ended."""
    if initiative.state not in OPEN_STATES:
        raise AlreadyClosed(_l("This initiative has ended."))


def take_step(
    session: Session, actor: Actor, initiative: Initiative, action: str, wanted: Permission, reason: str = ""
) -> str:
    """Lock, check permission and state, move and note it; returns the cleaned reason.

    Errors: `NotPermitted`, `Conflict` in a state without this action, `Invalid` without a required reason.
    """
    lock(session, initiative)
    require(actor, wanted, initiative)
    transition = MACHINE.check(InitiativeState(initiative.state), action)
    given = transition.check_reason(clean_text(reason))
    refuse({"reason": check_length(given, 0, LONGEST_REASON)})
    note_step(session, actor, initiative, action, transition.target, given)
    initiative.state = transition.target
    initiative.version += 1
    return given


def note_step(
    session: Session,
    actor: Actor,
    initiative: Initiative,
    action: str,
    to: InitiativeState,
    reason: str = "",
    *,
    first: bool = False,
) -> None:
    """Write it into the initiative's own record."""
    session.add(
        InitiativeTransition(
            initiative_id=initiative.id,
            action=action,
            from_state=None if first else initiative.state,
            to_state=to,
            account_id=actor.account_id,
            organisation_id=actor.organisation_id,
            reason=reason,
            at=clock.now(),
        )
    )


def check_version(initiative: Initiative, version: int) -> None:
    """Raises `Stale` with the present words for a writer who saw an older version."""
    if initiative.version != version:
        raise Stale(
            None,
            {
                "version": initiative.version,
                "state": initiative.state,
                "title": initiative.title,
                "goal": initiative.goal,
            },
        )


def about(session: Session, actor: Actor, initiative: Initiative) -> dict[str, Any]:
    """The facts every event of an initiative carries."""
    return {
        "district_id": initiative.district_id,
        "actor": actor.account_id,
        "organisation": actor.organisation_id,
        "initiative_id": initiative.id,
        "issue_id": initiative.issue_id,
        "issues": linked_issues(session, initiative),
    }


def tell_issues(session: Session, actor: Actor, initiative: Initiative, action: str, reason: str = "") -> None:
    """Write a link into the trace of each issue the initiative serves."""
    add_link(
        session,
        actor,
        linked_issues(session, initiative),
        action=action,
        subject_id=initiative.id,
        title=initiative.title,
        reason=reason,
        details={"url": f"/initiatives/{initiative.id}"},
    )


def take_part(session: Session, actor: Actor, initiative: Initiative, row: Participant | None) -> bool:
    """Make the actor's voice a participant and count it; whether it was none before. Needs the lock."""
    if row is not None and row.left_at is None:
        return False
    if row is None:
        row = Participant(
            initiative_id=initiative.id,
            voter_key=actor.voter_key,
            account_id=actor.account_id,
            organisation_id=actor.organisation_id,
            chamber=actor.chamber or GOVERNMENT,
            joined_at=clock.now(),
        )
        session.add(row)
    row.left_at, row.joined_at = None, clock.now()
    count(initiative, row.chamber, 1)
    return True


def count(initiative: Initiative, chamber: str, change: int) -> None:
    """Move the number of participants of a chamber. Needs the lock."""
    column = COUNTS[chamber]
    setattr(initiative, column, getattr(initiative, column) + change)
