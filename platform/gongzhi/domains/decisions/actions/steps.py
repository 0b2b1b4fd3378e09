"""What every step shares: lock, check the machine and the permission, note the step."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from gongzhi.domains.decisions.models import Decision, DecisionState, DecisionStep
from gongzhi.domains.decisions.queries import issue_ids
from gongzhi.domains.decisions.rules import MACHINE
from gongzhi.kernel import clock
from gongzhi.kernel.errors import Invalid, Stale
from gongzhi.kernel.policy import Actor, Permission, require
from gongzhi.kernel.text import check_length, clean_text
from gongzhi.kernel.workflow import Transition

LONGEST_REASON = 1000


def begin_step(
    session: Session,
    actor: Actor,
    decision: Decision,
    action: str,
    wanted: Permission,
    *,
    version: int | None = None,
    reason: str = "",
) -> Transition[DecisionState]:
    """Lock the decision and check permission, version and state; what else must hold is checked after this.

    Errors: `NotPermitted`, `Stale` for whoever saw an older `version`, `Conflict` in a state without this
    action, `Invalid` without a required reason.
    """
    session.refresh(decision, with_for_update=True)
    require(actor, wanted, decision)
    transition = MACHINE.check(DecisionState(decision.state), action)
    if version is not None:
        check_version(decision, version)
    if wrong := check_length(transition.check_reason(clean_text(reason)), 0, LONGEST_REASON):
        raise Invalid.of("reason", wrong)
    return transition


def end_step(
    session: Session, actor: Actor, decision: Decision, transition: Transition[DecisionState], reason: str = ""
) -> None:
    """Move the decision, locked by `begin_step`, and note the step."""
    note_step(session, actor, decision, transition.action, transition.target, clean_text(reason))
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
