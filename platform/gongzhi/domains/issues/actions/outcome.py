"""After the office is done: those concerned rate, reopen, or let it close."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, literal, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gongzhi.domains.people.models import Organisation, OrganisationKind, OrganisationState
from gongzhi.kernel import clock
from gongzhi.kernel.db import dialect, write
from gongzhi.kernel.errors import AlreadyClosed, Conflict, Invalid, NotPermitted
from gongzhi.kernel.events import record
from gongzhi.kernel.policy import SYSTEM, Actor
from gongzhi.kernel.text import lazy as _l

from ..events import IssueRated, IssueReopened
from ..models import Category, Choice, Issue, IssueState, Rating, ReopenRequest, Solved, Vote
from ..permissions import RATE_ISSUE, REOPEN_ISSUE
from ..rules.days import CLOSE_AFTER, REOPEN_SUPPORTERS, REOPEN_WITHIN, deadlines
from ..rules.lifecycle import MACHINE, RATEABLE_STATES, Act
from ..rules.words import COMMENT_LENGTH, REASON_LENGTH, check_text
from .steps import announce, check_step, lock_issue, take_step

_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
CHUNK = 100


@dataclass(frozen=True, slots=True)
class Reopening:
    """Whether the issue is open again, and how many supporters of how many have asked."""

    reopened: bool
    requests: int
    needed: int = REOPEN_SUPPORTERS


def rate_issue(
    session: Session, actor: Actor, issue: Issue, *, solved: Solved, satisfaction: int, comment: str = ""
) -> Issue:
    """Say whether it is solved and how satisfied one is; may be changed until the issue closes.

    Only its author and those who supported it are asked. Raises `NotPermitted`, `Conflict`, `Invalid`.
    """
    issue = lock_issue(session, actor, issue, RATE_ISSUE)
    check_step(issue, Act.RATE)
    if not _is_concerned(session, actor, issue):
        raise NotPermitted(_l("Only its author and those who supported it can rate this issue."))
    if solved not in tuple(Solved):
        raise Invalid.of("solved", _l("This is not one of the choices."))
    if not 1 <= satisfaction <= 5:
        raise Invalid.of("satisfaction", _l("Choose 1 to 5."))
    words = {
        "account_id": actor.account_id,
        "solved": str(solved),
        "satisfaction": satisfaction,
        "comment": check_text("comment", comment, COMMENT_LENGTH),
        "at": clock.now(),
    }
    new = session.scalar(
        _INSERTS[dialect(session)](Rating)
        .values(
            issue_id=issue.id,
            voter_key=actor.voter_key,
            round=issue.reopened,
            organisation_id=actor.organisation_id,
            chamber=actor.chamber,
            **words,
        )
        .on_conflict_do_update(
            index_elements=["issue_id", "voter_key", "round"],
            set_=words,
            where=or_(*(getattr(Rating, name) != words[name] for name in ("solved", "satisfaction", "comment"))),
        )
        .returning(literal(1))
    )
    if new is None:
        return issue  # the same again, as when a button is pressed twice
    if issue.state != IssueState.RATED:
        step = take_step(session, actor, issue, Act.RATE)
        announce(session, actor, issue, step)
    record(
        session,
        IssueRated(
            district_id=issue.district_id,
            actor=actor.account_id,
            organisation=actor.organisation_id,
            issue_id=issue.id,
            solved=str(solved),
            satisfaction=satisfaction,
            office_id=issue.office_id,
        ),
    )
    return issue


def reopen_issue(session: Session, actor: Actor, issue: Issue, *, reason: str) -> Reopening:
    """Open the issue again at the office above: at once for its author, with ten supporters otherwise.

    Raises `AlreadyClosed` after 30 days, `NotPermitted` for those it does not concern, `Conflict`, `Invalid`.
    """
    issue = lock_issue(session, actor, issue, REOPEN_ISSUE)
    check_step(issue, Act.REOPEN, reason or "-")
    reason = check_text("reason", reason, REASON_LENGTH)
    if issue.resolved_at is None or clock.now() - issue.resolved_at > REOPEN_WITHIN:
        raise AlreadyClosed(_l("An issue can be reopened within 30 days only."))
    if issue.author_key == actor.voter_key:
        _reopen(session, actor, issue, "author", reason)
        return Reopening(reopened=True, requests=0)
    if not _is_concerned(session, actor, issue):
        raise NotPermitted(_l("Only its author and those who supported it can ask to reopen this issue."))
    session.execute(
        _INSERTS[dialect(session)](ReopenRequest)
        .values(
            issue_id=issue.id,
            round=issue.reopened,
            voter_key=actor.voter_key,
            account_id=actor.account_id,
            reason=reason,
            at=clock.now(),
        )
        .on_conflict_do_nothing()
    )
    asked = (
        session.scalar(
            select(func.count()).where(ReopenRequest.issue_id == issue.id, ReopenRequest.round == issue.reopened)
        )
        or 0
    )
    if asked < REOPEN_SUPPORTERS:
        return Reopening(reopened=False, requests=asked)
    _reopen(session, actor, issue, "supporters", reason)
    return Reopening(reopened=True, requests=asked)


def close_finished(now: datetime) -> int:
    """Close what nobody can reopen any more; how many were closed. Safe to run twice at once."""
    closed = 0
    before = now - CLOSE_AFTER
    while True:
        with write() as session:
            due = session.scalars(
                select(Issue)
                .where(Issue.state.in_(RATEABLE_STATES), Issue.resolved_at < before)
                .order_by(Issue.id)
                .limit(CHUNK)
                .with_for_update(skip_locked=True)
            ).all()
            for issue in due:
                step = take_step(session, SYSTEM, issue, Act.CLOSE)
                issue.closed_at = step.at
                announce(session, SYSTEM, issue, step)
        closed += len(due)
        if len(due) < CHUNK:
            return closed


def office_above(session: Session, office_id: str | None) -> str | None:
    """The verified office above this one, if there is one."""
    if office_id is None:
        return None
    office = session.get(Organisation, office_id)
    if office is None or office.parent_id is None:
        return None
    above = session.get(Organisation, office.parent_id)
    if above is None or above.kind != OrganisationKind.GOVERNMENT or above.state != OrganisationState.VERIFIED:
        return None
    return above.id


def _is_concerned(session: Session, actor: Actor, issue: Issue) -> bool:
    """The author's voice, or one that supports the issue."""
    if issue.author_key == actor.voter_key:
        return True
    vote = session.get(Vote, (issue.id, actor.voter_key))
    return vote is not None and vote.choice == Choice.SUPPORT


def _reopen(session: Session, actor: Actor, issue: Issue, by: str, reason: str) -> None:
    if not MACHINE.allows(IssueState(issue.state), Act.REOPEN):
        raise Conflict
    previous = issue.office_id
    issue.office_id = office_above(session, previous) or previous
    category = session.get_one(Category, issue.category_id)
    today = clock.today()
    due = deadlines(today, category.accept_days, category.answer_days)
    issue.accept_due, issue.answer_due = due.accept, due.answer
    issue.due_on, issue.due_from = due.accept, today
    issue.handler_id = issue.escalated_office_id = None
    issue.accepted_at = issue.answered_at = issue.resolved_at = issue.closed_at = None
    issue.extended_days = 0
    step = take_step(session, actor, issue, Act.REOPEN, reason=reason, details={"by": by, "previous_office": previous})
    issue.reopened += 1
    record(
        session,
        IssueReopened(
            district_id=issue.district_id,
            actor=actor.account_id,
            organisation=actor.organisation_id,
            issue_id=issue.id,
            by=by,
            reason=step.reason,
            office_id=issue.office_id,
            previous_office_id=previous,
        ),
    )
