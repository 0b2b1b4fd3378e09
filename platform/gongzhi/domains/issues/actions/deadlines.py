"""The sweep: reminders before a deadline or a promised next step, escalation after a deadline.

It is safe to run in two workers at once: what was done is a row of `issue_deadline_mark`; whoever inserts it
announces it, the other finds it there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.db import dialect, isolated, session, write
from gongzhi.kernel.events import record
from gongzhi.kernel.policy import SYSTEM

from ..events import DeadlineNear, IssueEscalated
from ..models import NO_DEADLINE, Answer, DeadlineMark, Issue, IssueState
from ..queries.trace import taken_over
from ..rules.days import escalations_due, promise_reminders_due, reminders_due
from ..rules.lifecycle import ANSWER_STATES, Act
from .outcome import office_above
from .steps import take_step

_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
RUNNING = (IssueState.PUBLISHED, *ANSWER_STATES, IssueState.ANSWERED)
CHUNK = 500


def sweep_deadlines(now: datetime) -> int:
    """Remind and escalate whatever is due at `now`; how many announcements were made."""
    today = clock.to_local(now).date()
    made = 0
    with isolated():
        for chunk in _running(session()):
            for issue_id in _with_new_marks(session(), chunk, today):
                with isolated(), write() as writing:
                    made += sweep_issue(writing, issue_id, today)
    return made


def _running(reading: Session) -> Iterator[Sequence[Issue]]:
    """The issues whose deadline, or the date of the next step promised, is known, in chunks."""
    last: str | None = None
    while True:
        statement = (
            select(Issue)
            .where(Issue.state.in_(RUNNING), Issue.due_on < NO_DEADLINE, Issue.office_id.is_not(None))
            .order_by(Issue.id)
            .limit(CHUNK)
        )
        chunk = reading.scalars(statement if last is None else statement.where(Issue.id > last)).all()
        if not chunk:
            return
        yield chunk
        last = chunk[-1].id


def _with_new_marks(reading: Session, chunk: Sequence[Issue], today: date) -> list[str]:
    known = {
        (mark.issue_id, mark.deadline, mark.due, mark.mark)
        for mark in reading.scalars(
            select(DeadlineMark).where(DeadlineMark.issue_id.in_([issue.id for issue in chunk]))
        )
    }
    return [
        issue.id
        for issue in chunk
        if any((issue.id, _deadline(issue), issue.due_on, mark) not in known for mark in _marks(issue, today))
    ]


def _marks(issue: Issue, today: date) -> list[str]:
    if issue.state == IssueState.ANSWERED:
        return list(promise_reminders_due(issue.due_on, today))
    start = issue.due_from or issue.due_on - timedelta(days=1)
    return [
        *reminders_due(start, issue.due_on, today),
        *(f"+{days}" for days in escalations_due(issue.due_on, today)),
    ]


def _deadline(issue: Issue) -> str:
    return {IssueState.PUBLISHED: "accept", IssueState.ANSWERED: "promise"}.get(IssueState(issue.state), "answer")


def _promise_rests(reading: Session, issue: Issue, today: date) -> bool:
    """Whether nobody is reminded of the promise: it was given today, or a decision has taken it over since."""
    answered_on = reading.scalar(select(func.max(Answer.at)).where(Answer.issue_id == issue.id))
    if answered_on is None or clock.to_local(answered_on).date() == today:
        return True
    return bool(reading.scalar(select(Issue.id).where(Issue.id == issue.id, taken_over())))


def sweep_issue(writing: Session, issue_id: str, today: date) -> int:
    """Look again under the lock, mark, and announce the strongest of what is new."""
    issue = writing.scalar(select(Issue).where(Issue.id == issue_id, Issue.state.in_(RUNNING)).with_for_update())
    if issue is None or issue.due_on == NO_DEADLINE or issue.office_id is None:
        return 0
    if issue.state == IssueState.ANSWERED and _promise_rests(writing, issue, today):
        return 0
    new = [mark for mark in _marks(issue, today) if _put_mark(writing, issue, mark)]
    escalations = [int(mark) for mark in new if mark.startswith("+")]
    for days in escalations:
        _escalate(writing, issue, days)
    if escalations or not new:
        return len(escalations)
    record(
        writing,
        DeadlineNear(
            district_id=issue.district_id,
            issue_id=issue.id,
            office_id=issue.office_id,
            deadline=_deadline(issue),
            mark=new[-1],
            due=issue.due_on,
        ),
    )
    return 1


def _put_mark(writing: Session, issue: Issue, mark: str) -> bool:
    """Whether this mark is new."""
    inserted = writing.execute(
        _INSERTS[dialect(writing)](DeadlineMark)
        .values(issue_id=issue.id, deadline=_deadline(issue), due=issue.due_on, mark=mark, at=clock.now())
        .on_conflict_do_nothing()
        .returning(DeadlineMark.issue_id)
    ).scalar()
    return inserted is not None


def _escalate(writing: Session, issue: Issue, days: int) -> None:
    """Let the office above step in; a further escalation goes one office higher, as far as there is one."""
    if issue.office_id is None:
        return
    above = office_above(writing, issue.escalated_office_id or issue.office_id) or issue.escalated_office_id
    issue.escalated_office_id = above
    take_step(
        writing,
        SYSTEM,
        issue,
        Act.ESCALATE,
        details={"days": days, "deadline": _deadline(issue), "due": issue.due_on.isoformat(), "above": above},
    )
    record(
        writing,
        IssueEscalated(
            district_id=issue.district_id,
            issue_id=issue.id,
            office_id=issue.office_id,
            above_id=above,
            deadline=_deadline(issue),
            days=days,
            due=issue.due_on,
        ),
    )
