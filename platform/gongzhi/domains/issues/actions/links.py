"""How rooms above add to an issue's trace: a step of the trace that changes nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.policy import Actor

from ..models import Issue, IssueTransition


def add_link(
    session: Session,
    actor: Actor,
    issue_ids: Iterable[str],
    *,
    action: str,
    subject_id: str,
    title: str,
    reason: str = "",
    details: dict[str, Any] | None = None,
) -> None:
    """Write the step `action` (registered with `queries.register_link`) into the trace of each issue.

    The caller has checked its own permission: a decision or an initiative decides what it rests on.
    """
    states = session.execute(select(Issue.id, Issue.state, Issue.district_id).where(Issue.id.in_(tuple(issue_ids))))
    for issue_id, state, district_id in states:
        session.add(
            IssueTransition(
                district_id=district_id,
                issue_id=issue_id,
                action=action,
                from_state=state,
                to_state=state,
                actor_id=actor.account_id,
                organisation_id=actor.organisation_id,
                reason=reason,
                details={"subject": subject_id, "title": title, **(details or {})},
                at=clock.now(),
            )
        )
