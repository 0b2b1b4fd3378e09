"""Leaves of issues: what offices decided about them, and their answers. Hidden issues leave none."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from gongzhi.domains.issues.events import (
    IssueAnswered,
    IssueEscalated,
    IssueEvent,
    IssueMerged,
    IssueStateChanged,
)
from gongzhi.domains.issues.models import Answer, Issue
from gongzhi.domains.issues.rules.lifecycle import Act as Step

from .leaves import Act, plain, register_leaf

OFFICE_STEPS = frozenset(
    {Step.ACCEPT, Step.ROUTE, Step.START, Step.PAUSE, Step.RESUME, Step.EXTEND, Step.RESOLVE, Step.DECLINE}
)


def _public(session: Session, happened: IssueEvent) -> Issue | None:
    issue = session.get(Issue, happened.issue_id)
    return None if issue is None or issue.is_hidden else issue


def _step(session: Session, happened: IssueStateChanged) -> Act | None:
    if happened.action not in OFFICE_STEPS or _public(session, happened) is None:
        return None
    return Act(
        subject_kind="issue",
        subject_id=happened.issue_id,
        part=("step", happened.transition_id),
        content={"reason": happened.reason} if happened.reason else None,
        private=True,
        facts={
            "action": str(happened.action),
            "from": str(happened.from_state),
            "to": str(happened.to_state),
            "due": plain(happened.due),
        },
        office_id=happened.office_id,
    )


def _answer(session: Session, happened: IssueAnswered) -> Act | None:
    answer = session.get(Answer, happened.answer_id)
    if answer is None or _public(session, happened) is None:
        return None
    words: dict[str, Any] = {
        "body": answer.body,
        "next_step": answer.next_step,
        "next_step_due": plain(answer.next_step_due),
        "attachments": [file["key"] for file in answer.attachments],
    }
    return Act(
        subject_kind="issue",
        subject_id=happened.issue_id,
        part=("answer", happened.answer_id),
        content=words,
        private=True,
        facts={"next_step_due": plain(answer.next_step_due)},
        office_id=happened.office_id,
    )


def _escalated(session: Session, happened: IssueEscalated) -> Act | None:
    if _public(session, happened) is None:
        return None
    return Act(
        subject_kind="issue",
        subject_id=happened.issue_id,
        facts={
            "deadline": happened.deadline,
            "days": happened.days,
            "due": plain(happened.due),
            "above": happened.above_id,
        },
        office_id=happened.office_id,
    )


def _merged(session: Session, happened: IssueMerged) -> Act | None:
    if _public(session, happened) is None:
        return None
    return Act(
        subject_kind="issue",
        subject_id=happened.issue_id,
        content={"reason": happened.reason},
        private=True,
        facts={"into": happened.into_id},
    )


def register() -> None:
    """Make them known."""
    register_leaf(IssueStateChanged, _step)
    register_leaf(IssueAnswered, _answer)
    register_leaf(IssueEscalated, _escalated)
    register_leaf(IssueMerged, _merged)
