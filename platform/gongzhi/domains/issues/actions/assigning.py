"""Who in the office works on an issue: a matter of the office, so no step of the public trace."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gongzhi.kernel.policy import Actor

from ..models import Issue
from ..permissions import HANDLE_ISSUE
from .steps import lock_issue


def assign_to_me(session: Session, actor: Actor, issue: Issue, *, version: int | None = None) -> Issue:
    """Take the issue over from whoever had it. Locks the issue; raises `NotPermitted` and `Stale`."""
    issue = lock_issue(session, actor, issue, HANDLE_ISSUE, version=version)
    issue.handler_id = actor.account_id
    issue.version += 1
    session.flush()
    return issue
