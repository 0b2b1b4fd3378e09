"""What every step shares: lock, check the machine and the permission, note the step."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gongzhi.domains.decisions.models import Decision, DecisionState, DecisionStep
from gongzhi.domains.decisions.queries import issue_ids
from gongzhi.domains.decisions.rules import MACHINE
from gongzhi.domains.people.models import Membership
from gongzhi.kernel import clock
from gongzhi.kernel.errors import Stale
from gongzhi.kernel.policy import Actor, Permission, require
from gongzhi.kernel.text import clean_text


def take_step(
    session: Session, actor: Actor, decision: Decision, action: str, wanted: Permission, reason: str = ""
) -> None:
    """Lock the decision, check permission and state, move it and note the step.

    Errors: `NotPermitted`, `Conflict` in a state without this action, `Invalid` without a required reason.
    """
    session.refresh(decision, with_for_update=True)
    require(actor, wanted, decision)
    transition = MACHINE.check(DecisionState(decision.state), action)
    given = transition.check_reason(clean_text(reason))
    note_step(session, actor, decision, action, transition.target, given)
    decision.state = transition.target
    decision.version += 1


def note_step(
    session: Session, actor: Actor, decision: Decision, action: str, to: DecisionState, reason: str = ""
) -> None:
    """Write the step into the decision's own record."""
    session.add(
        DecisionStep(
            decision_id=decision.id,
            action=action,
            from_state=decision.state,
            to_state=to,
            actor_id=actor.account_id,
            organisation_id=actor.organisation_id,
            reason=reason,
            at=clock.now(),
        )
    )


def check_version(decision: Decision, version: int) -> None:
    """Raises `Stale` with the present words for a writer who saw an older version."""
    if decision.version != version:
        raise Stale(None, {"version": decision.version, "state": decision.state, "title": decision.title})


def about(session: Session, actor: Actor, decision: Decision) -> dict[str, Any]:
    """The fields every event of a decision carries."""
    return {
        "district_id": decision.district_id,
        "actor": actor.account_id,
        "organisation": actor.organisation_id,
        "decision_id": decision.id,
        "office_id": decision.office_id,
        "issues": issue_ids(session, decision),
    }


def title_of(session: Session, actor: Actor) -> str:
    """The public function of an official in the office acted for."""
    return (
        session.scalar(
            select(Membership.title).where(
                Membership.account_id == actor.account_id,
                Membership.organisation_id == actor.organisation_id,
                Membership.ended_at.is_(None),
            )
        )
        or ""
    )
