"""What every step has in common: lock the issue, check, write the trace, announce. Lock order: the issue first."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.errors import NotFound, Stale
from gongzhi.kernel.events import record
from gongzhi.kernel.policy import Actor, Permission, require

from ..events import IssueStateChanged
from ..models import NO_DEADLINE, Issue, IssueState, IssueTransition, Pause
from ..queries.people import title_of
from ..rules.days import after_pause
from ..rules.lifecycle import MACHINE, Act


def lock_issue(
    session: Session, actor: Actor, issue: Issue, wanted: Permission, *, version: int | None = None
) -> Issue:
    """The issue read afresh and locked (`FOR UPDATE`), the permission checked again.

    Raises `NotPermitted`, or `Stale` with the present version when the writer saw an older one.
    """
    fresh = session.scalar(
        select(Issue).where(Issue.id == issue.id).with_for_update().execution_options(populate_existing=True)
    )
    if fresh is None:
        raise NotFound
    require(actor, wanted, fresh)
    if version is not None and version != fresh.version:
        raise Stale(current={"version": fresh.version, "state": str(fresh.state)})
    return fresh


def one_at_a_time(session: Session, model: Any, row_id: str | None) -> None:
    """Let writers that look whether something is there before they add it queue up on this row.

    `FOR NO KEY UPDATE`: what merely refers to the row goes on.
    """
    session.execute(select(model.id).where(model.id == row_id).with_for_update(key_share=True))


def check_step(issue: Issue, act: Act, reason: str = "") -> str:
    """The reason, trimmed. Raises `Conflict` when the state does not allow the step, `Invalid` without a reason."""
    return MACHINE.check(IssueState(issue.state), act).check_reason(reason)


def take_step(
    session: Session,
    actor: Actor,
    issue: Issue,
    act: Act,
    *,
    reason: str = "",
    details: dict[str, Any] | None = None,
    document_key: str | None = None,
) -> IssueTransition:
    """Move the locked issue on and write the step into its trace. Raises as `check_step`."""
    transition = MACHINE.check(IssueState(issue.state), act)
    step = IssueTransition(
        district_id=issue.district_id,
        issue_id=issue.id,
        action=act,
        from_state=issue.state,
        to_state=transition.target,
        actor_id=actor.account_id,
        organisation_id=actor.organisation_id,
        role_title=title_of(session, actor),
        office_id=issue.office_id,
        reason=transition.check_reason(reason),
        details=details or {},
        document_key=document_key,
        at=clock.now(),
    )
    issue.state = transition.target
    issue.version += 1
    session.add(step)
    session.flush()
    return step


def announce(
    session: Session,
    actor: Actor,
    issue: Issue,
    step: IssueTransition,
    *,
    previous_office_id: str | None = None,
    due: date | None = None,
) -> None:
    """Tell what happened, for steps without an event of their own."""
    record(
        session,
        IssueStateChanged(
            district_id=issue.district_id,
            actor=actor.account_id,
            organisation=actor.organisation_id,
            issue_id=issue.id,
            transition_id=step.id,
            action=str(step.action),
            from_state=str(step.from_state),
            to_state=str(step.to_state),
            office_id=issue.office_id,
            previous_office_id=previous_office_id or issue.office_id,
            reason=step.reason,
            due=due,
        ),
    )


def stop_clock(session: Session, actor: Actor, issue: Issue) -> None:
    """Nothing is due any more; a pause that still runs ends."""
    end_pause(session, actor, issue)
    issue.due_on = NO_DEADLINE


def end_pause(session: Session, actor: Actor, issue: Issue) -> None:
    """End the running pause, if there is one, and move the deadline by what it cost."""
    if issue.paused_at is None:
        return
    now = clock.now()
    started, ended = clock.to_local(issue.paused_at).date(), clock.today()
    pause = session.scalar(select(Pause).where(Pause.issue_id == issue.id, Pause.ended_at.is_(None)))
    before = issue.answer_due
    if before is not None:
        issue.answer_due = issue.due_on = after_pause(before, started, ended)
    if pause is not None:
        pause.ended_at = now
        pause.ended_by_id = actor.account_id
        pause.working_days = _working_days(pause.started_at, now)
    issue.paused_at = None
    issue.pause_reason = ""


def _working_days(start: datetime, end: datetime) -> int:
    from gongzhi.kernel.workdays import working_days_between

    return working_days_between(clock.to_local(start).date(), clock.to_local(end).date())
