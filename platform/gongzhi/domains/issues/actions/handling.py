"""What the responsible office does: accept, sort, start, pause, extend, answer, finish. Each is a public step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gongzhi.domains.people.models import Organisation, OrganisationKind, OrganisationState
from gongzhi.kernel import clock, storage
from gongzhi.kernel.errors import Conflict, Invalid, NotFound
from gongzhi.kernel.events import record
from gongzhi.kernel.policy import Actor
from gongzhi.kernel.text import clean_line
from gongzhi.kernel.text import lazy as _l

from ..events import IssueAnswered
from ..models import NO_DEADLINE, Answer, Category, Issue, IssueState, Pause, Triage
from ..permissions import ANSWER_ISSUE, HANDLE_ISSUE, TRIAGE_ISSUE
from ..queries.catalogue import office_for, publishable_category
from ..rules.days import MOST_EXTENSION, deadlines, extended
from ..rules.lifecycle import Act
from ..rules.words import (
    ANSWER_LENGTH,
    GUIDANCE_LENGTH,
    MOST_ATTACHMENTS,
    REASON_LENGTH,
    STEP_LENGTH,
    Errors,
    check_text,
)
from .steps import announce, check_step, end_pause, lock_issue, stop_clock, take_step
from .writing import place_chain

FARTHEST_PROMISE = timedelta(days=5 * 366)


def accept_issue(session: Session, actor: Actor, issue: Issue, *, version: int | None = None) -> Issue:
    """Take the issue on; from now the time to answer runs."""
    issue = lock_issue(session, actor, issue, HANDLE_ISSUE, version=version)
    _accept(session, actor, issue)
    return issue


def correct_routing(
    session: Session,
    actor: Actor,
    issue: Issue,
    *,
    reason: str,
    office_id: str | None = None,
    category_id: str | None = None,
    version: int | None = None,
) -> Issue:
    """Give the issue to another office, or to the one another category leads to, and say why.

    The new office has to accept it. Raises `Invalid` when neither office nor category would change.
    """
    issue = lock_issue(session, actor, issue, TRIAGE_ISSUE, version=version)
    reason = _reason(issue, Act.ROUTE, reason)
    category = _category(session, issue, category_id)
    if office_id is None:
        places = place_chain(session, issue.district_id, issue.place_id)
        office_id = office_for(session, category, places)
    elif not _is_office(session, issue.district_id, office_id):
        raise Invalid.of("office", _l("Please choose one of the offices."))
    if (office_id, category.id) == (issue.office_id, issue.category_id):
        raise Invalid.of("office", _l("Choose another office or another category."))
    previous = issue.office_id
    end_pause(session, actor, issue)
    issue.office_id, issue.category_id = office_id, category.id
    issue.handler_id = issue.escalated_office_id = None
    _start_deadlines(issue, category, clock.today())
    step = take_step(session, actor, issue, Act.ROUTE, reason=reason, details={"previous_office": previous})
    announce(session, actor, issue, step, previous_office_id=previous, due=issue.accept_due)
    return issue


def triage_issue(
    session: Session,
    actor: Actor,
    issue: Issue,
    *,
    triage: Triage,
    reason: str,
    guidance: str = "",
    version: int | None = None,
) -> Issue:
    """Sort the issue (三事分流). A private matter needs words on where to turn and who mediates."""
    issue = lock_issue(session, actor, issue, TRIAGE_ISSUE, version=version)
    reason = _reason(issue, Act.TRIAGE, reason)
    if triage not in tuple(Triage):
        raise Invalid.of("triage", _l("This is not one of the choices."))
    issue.guidance = check_text("guidance", guidance, GUIDANCE_LENGTH) if triage == Triage.PRIVATE else ""
    issue.triage = Triage(triage)
    step = take_step(session, actor, issue, Act.TRIAGE, reason=reason, details={"triage": str(triage)})
    announce(session, actor, issue, step)
    return issue


def start_work(session: Session, actor: Actor, issue: Issue, *, note: str = "", version: int | None = None) -> Issue:
    """Say that work on the issue has begun."""
    issue = lock_issue(session, actor, issue, HANDLE_ISSUE, version=version)
    issue.handler_id = actor.account_id
    step = take_step(session, actor, issue, Act.START, reason=clean_line(note)[: REASON_LENGTH[1]])
    announce(session, actor, issue, step)
    return issue


def pause_issue(session: Session, actor: Actor, issue: Issue, *, reason: str, version: int | None = None) -> Issue:
    """Stop the clock, with a public reason; what remained remains when it goes on."""
    issue = lock_issue(session, actor, issue, HANDLE_ISSUE, version=version)
    reason = _reason(issue, Act.PAUSE, reason)
    if issue.paused_at is not None:
        raise Conflict(_l("The deadline is paused already."))
    now = clock.now()
    issue.paused_at, issue.pause_reason, issue.due_on = now, reason, NO_DEADLINE
    session.add(Pause(issue_id=issue.id, reason=reason, started_at=now, started_by_id=actor.account_id))
    step = take_step(session, actor, issue, Act.PAUSE, reason=reason)
    announce(session, actor, issue, step)
    return issue


def resume_issue(session: Session, actor: Actor, issue: Issue, *, version: int | None = None) -> Issue:
    """Let the clock go on; the deadline moves by the working days of the pause."""
    issue = lock_issue(session, actor, issue, HANDLE_ISSUE, version=version)
    check_step(issue, Act.RESUME)
    if issue.paused_at is None:
        raise Conflict(_l("The deadline is not paused."))
    end_pause(session, actor, issue)
    _step_with_due(session, actor, issue, Act.RESUME)
    return issue


def extend_deadline(
    session: Session, actor: Actor, issue: Issue, *, days: int, reason: str, version: int | None = None
) -> Issue:
    """Extend the time to answer, once and by a limited number of working days, with a public reason."""
    issue = lock_issue(session, actor, issue, HANDLE_ISSUE, version=version)
    reason = _reason(issue, Act.EXTEND, reason)
    if issue.extended_days:
        raise Conflict(_l("The deadline has been extended once already."))
    if issue.paused_at is not None or issue.answer_due is None:
        raise Conflict(_l("The deadline is paused already."))
    if not 1 <= days <= MOST_EXTENSION.days:
        raise Invalid.of("days", _l("Choose 1 to %(most)s working days.", most=MOST_EXTENSION.days))
    issue.extended_days = days
    issue.answer_due = issue.due_on = extended(issue.answer_due, days)
    _step_with_due(session, actor, issue, Act.EXTEND, reason)
    return issue


def answer_issue(
    session: Session,
    actor: Actor,
    issue: Issue,
    *,
    body: str,
    next_step: str = "",
    next_step_due: date | None = None,
    attachments: Sequence[dict[str, Any]] = (),
    template_id: str | None = None,
    version: int | None = None,
) -> Answer:
    """Answer publicly on behalf of one's office. An issue not yet accepted is accepted on the way."""
    issue = lock_issue(session, actor, issue, ANSWER_ISSUE, version=version)
    body, next_step = _check_answer(body, next_step, next_step_due, attachments)
    if issue.state == IssueState.PUBLISHED:
        _accept(session, actor, issue)
    check_step(issue, Act.ANSWER)
    stop_clock(session, actor, issue)
    step = take_step(session, actor, issue, Act.ANSWER)
    answer = Answer(
        district_id=issue.district_id,
        issue_id=issue.id,
        transition_id=step.id,
        author_id=actor.account_id,
        organisation_id=actor.organisation_id or issue.office_id,
        role_title=step.role_title,
        body=body,
        next_step=next_step,
        next_step_due=next_step_due,
        attachments=[dict(each) for each in attachments],
        template_id=template_id,
        at=step.at,
    )
    session.add(answer)
    issue.answered_at = issue.answered_at or step.at
    issue.handler_id = actor.account_id
    issue.due_on = next_step_due or NO_DEADLINE
    session.flush()
    record(
        session,
        IssueAnswered(
            district_id=issue.district_id,
            actor=actor.account_id,
            organisation=actor.organisation_id,
            issue_id=issue.id,
            answer_id=answer.id,
            office_id=answer.organisation_id,
        ),
    )
    return answer


def resolve_issue(
    session: Session,
    actor: Actor,
    issue: Issue,
    *,
    reason: str,
    document_key: str | None = None,
    version: int | None = None,
) -> Issue:
    """Declare the issue resolved and say how; votes end, ratings begin."""
    return _finish(session, actor, issue, Act.RESOLVE, reason, document_key, version)


def declare_not_possible(
    session: Session,
    actor: Actor,
    issue: Issue,
    *,
    reason: str,
    document_key: str | None = None,
    version: int | None = None,
) -> Issue:
    """Declare that it cannot be done, and why; votes end, ratings begin."""
    return _finish(session, actor, issue, Act.DECLINE, reason, document_key, version)


def _finish(
    session: Session,
    actor: Actor,
    issue: Issue,
    act: Act,
    reason: str,
    document_key: str | None,
    version: int | None,
) -> Issue:
    issue = lock_issue(session, actor, issue, HANDLE_ISSUE, version=version)
    reason = _reason(issue, act, reason, GUIDANCE_LENGTH)
    if document_key is not None:
        _check_file(document_key, "document")
    stop_clock(session, actor, issue)
    step = take_step(session, actor, issue, act, reason=reason, document_key=document_key)
    issue.resolved_at = step.at
    announce(session, actor, issue, step)
    return issue


def _accept(session: Session, actor: Actor, issue: Issue) -> None:
    check_step(issue, Act.ACCEPT)
    issue.handler_id = actor.account_id
    issue.accepted_at = clock.now()
    issue.due_on = issue.answer_due or NO_DEADLINE
    _step_with_due(session, actor, issue, Act.ACCEPT)


def _step_with_due(session: Session, actor: Actor, issue: Issue, act: Act, reason: str = "") -> None:
    """Take a step whose point is the date until which an answer is due."""
    due = issue.answer_due
    details = {"due": due.isoformat()} if due else {}
    step = take_step(session, actor, issue, act, reason=reason, details=details)
    announce(session, actor, issue, step, due=due)


def _start_deadlines(issue: Issue, category: Category, today: date) -> None:
    """A new office has its time to accept from today; the answer does not come later for it, if it can."""
    due = deadlines(today, category.accept_days, category.answer_days)
    began = issue.due_from or today
    answer = max(due.accept, deadlines(began, category.accept_days, category.answer_days).answer)
    issue.accept_due, issue.answer_due, issue.due_on = due.accept, answer, due.accept


def _reason(issue: Issue, act: Act, reason: str, lengths: tuple[int, int] = REASON_LENGTH) -> str:
    check_step(issue, act, reason)
    return check_text("reason", reason, lengths)


def _category(session: Session, issue: Issue, category_id: str | None) -> Category:
    if category_id is None or category_id == issue.category_id:
        return session.get_one(Category, issue.category_id)
    category = publishable_category(session, issue.district_id, category_id)
    if category is None:
        raise Invalid.of("category", _l("Please choose one of the categories."))
    return category


def _is_office(session: Session, district_id: str, office_id: str) -> bool:
    found = session.scalar(
        select(Organisation.id).where(
            Organisation.id == office_id,
            Organisation.district_id == district_id,
            Organisation.kind == OrganisationKind.GOVERNMENT,
            Organisation.state == OrganisationState.VERIFIED,
        )
    )
    return found is not None


def _check_answer(
    body: str, next_step: str, next_step_due: date | None, attachments: Sequence[dict[str, Any]]
) -> tuple[str, str]:
    errors = Errors()
    body = errors.text("body", body, ANSWER_LENGTH)
    next_step = errors.line("next_step", next_step, STEP_LENGTH)
    today = clock.today()
    if next_step_due is not None and not today <= next_step_due <= today + FARTHEST_PROMISE:
        errors.add("next_step_due", _l("Choose a date from today on, within five years."))
    if next_step_due is not None and not next_step:
        errors.add("next_step", _l("Say what happens by this date."))
    if len(attachments) > MOST_ATTACHMENTS:
        errors.add("attachments", _l("Please attach at most %(most)s files.", most=MOST_ATTACHMENTS))
    errors.done()
    for each in attachments:
        _check_file(str(each.get("key", "")), "attachments")
    return body, next_step


def _check_file(key: str, field: str) -> None:
    try:
        storage.open_file(key).close()
    except NotFound:
        raise Invalid.of(field, _l("This file is not here any more. Please add it again.")) from None
