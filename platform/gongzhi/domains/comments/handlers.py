"""What can be commented on from below: issues. Rooms above register their own kinds. What is kept of a person."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from gongzhi.domains.comments.actions import erase_comments, export_comments, move_reactions
from gongzhi.domains.comments.queries import Subject, register_subject
from gongzhi.domains.issues.actions.scores import count_comment
from gongzhi.domains.issues.models import IssueState
from gongzhi.domains.issues.queries import access_issue
from gongzhi.kernel.personal import register_personal_data

CLOSED = (IssueState.CLOSED, IssueState.MERGED, IssueState.WITHDRAWN)


def _is_open(issue: Any) -> bool:
    return issue.state not in CLOSED


def _count(session: Session, issue_id: str, change: int) -> None:
    count_comment(session, issue_id, by=change)


def connect() -> None:
    """Let issues be commented on."""
    register_personal_data("comments", export_comments, erase_comments, move=move_reactions)
    register_subject(Subject("issue", access_issue, "issues.show", _is_open, _count))
