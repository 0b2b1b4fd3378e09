"""The way of a decision: review by a second official, public notice, publication; back, or withdrawn."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from gongzhi.domains.decisions.actions.steps import about, take_step, title_of
from gongzhi.domains.decisions.events import (
    DecisionOnNotice,
    DecisionPublished,
    DecisionReturned,
    DecisionSubmitted,
    DecisionWithdrawn,
)
from gongzhi.domains.decisions.models import Decision, DecisionIssue, DecisionState
from gongzhi.domains.decisions.permissions import EDIT_DECISION, PUBLISH_DECISION, REVIEW_DECISION
from gongzhi.domains.decisions.queries import commitments, issue_ids, open_objections
from gongzhi.domains.issues.actions.links import add_link
from gongzhi.domains.issues.queries import tally
from gongzhi.domains.people.models import District
from gongzhi.kernel import clock, events
from gongzhi.kernel.errors import Conflict, Invalid
from gongzhi.kernel.policy import SYSTEM, Actor
from gongzhi.kernel.text import lazy as _l


def submit(session: Session, actor: Actor, decision: Decision) -> None:
    """Hand the draft to a second official; the votes it rests on are kept as they stand now.

    Raises `Invalid` when it rests on no issue or promises nothing.
    """
    linked = issue_ids(session, decision)
    if not linked:
        raise Invalid.of("issues", _l("Name at least one issue this decision rests on."))
    if not commitments(session, decision):
        raise Invalid.of("commitments", _l("Promise at least one thing with a date."))
    take_step(session, actor, decision, "submit", EDIT_DECISION)
    for issue_id in linked:
        session.execute(
            update(DecisionIssue)
            .where(DecisionIssue.decision_id == decision.id, DecisionIssue.issue_id == issue_id)
            .values(tally=tally(session, issue_id))
        )
    events.record(session, DecisionSubmitted(**about(session, actor, decision)))


def return_draft(session: Session, actor: Actor, decision: Decision, *, reason: str) -> None:
    """A second official sends it back with a reason."""
    take_step(session, actor, decision, "return", REVIEW_DECISION, reason)
    events.record(
        session,
        DecisionReturned(**about(session, actor, decision), author_id=decision.author_id, reason=reason),
    )


def approve(session: Session, actor: Actor, decision: Decision) -> None:
    """A second official approves: it gets its number and goes on public notice."""
    take_step(session, actor, decision, "approve", REVIEW_DECISION)
    now, today = clock.now(), clock.today()
    decision.reviewer_id = actor.account_id
    decision.reviewer_title = title_of(session, actor)
    decision.notice_from = today
    decision.notice_until = today + timedelta(days=decision.notice_days)
    decision.shown_at = decision.shown_at or now
    if decision.number is None:
        decision.number = _next_number(session, decision.district_id, today.year)
    add_link(
        session,
        actor,
        issue_ids(session, decision),
        action="decision_on_notice",
        subject_id=decision.id,
        title=decision.title,
        details={"until": decision.notice_until.isoformat()},
    )
    events.record(
        session,
        DecisionOnNotice(**about(session, actor, decision), until=decision.notice_until.isoformat()),
    )


def _next_number(session: Session, district_id: str, year: int) -> str:
    """Year and count; the district's row is the lock that keeps two from getting the same."""
    session.execute(select(District.id).where(District.id == district_id).with_for_update())
    last = session.scalar(
        select(func.max(Decision.number)).where(
            Decision.district_id == district_id, Decision.number.startswith(f"{year}-")
        )
    )
    count = int(last.partition("-")[2]) + 1 if last else 1
    return f"{year}-{count:05d}"


def reconsider(session: Session, actor: Actor, decision: Decision, *, reason: str) -> None:
    """Back into drafting, as objections showed a flaw: the reason is public."""
    linked = issue_ids(session, decision)
    take_step(session, actor, decision, "reconsider", PUBLISH_DECISION, reason)
    decision.reviewer_id, decision.reviewer_title = None, ""
    add_link(
        session, actor, linked, action="decision_taken_back", subject_id=decision.id, title=decision.title,
        reason=reason,
    )  # fmt: skip
    events.record(session, DecisionWithdrawn(**about(session, actor, decision), reason=reason, was_public=True))


def publish(session: Session, actor: Actor, decision: Decision) -> None:
    """Publish after the notice. Raises `Conflict` while it runs or an objection is unanswered."""
    if decision.notice_until is not None and clock.today() <= decision.notice_until and not actor.is_system:
        raise Conflict(_l("The public notice is still running."))
    if open_objections(session, decision):
        raise Conflict(_l("Answer every objection first."))
    take_step(session, actor, decision, "publish", PUBLISH_DECISION)
    decision.published_at = clock.now()
    add_link(
        session,
        actor,
        issue_ids(session, decision),
        action="decision_published",
        subject_id=decision.id,
        title=decision.title,
    )
    events.record(session, DecisionPublished(**about(session, actor, decision)))


def publish_due(session: Session) -> int:
    """For the job: publish what was on notice long enough and has no open objection."""
    due = session.scalars(
        select(Decision).where(Decision.state == DecisionState.PUBLIC_NOTICE, Decision.notice_until < clock.today())
    ).all()
    published = 0
    for decision in due:
        if not open_objections(session, decision):
            publish(session, SYSTEM, decision)
            published += 1
    return published


def withdraw(session: Session, actor: Actor, decision: Decision, *, reason: str) -> None:
    """Give it up, with a reason; public if it had been shown."""
    was_public = decision.state == DecisionState.PUBLIC_NOTICE
    linked = issue_ids(session, decision)
    take_step(session, actor, decision, "withdraw", EDIT_DECISION, reason)
    if was_public:
        add_link(
            session, actor, linked, action="decision_taken_back", subject_id=decision.id,
            title=decision.title, reason=reason,
        )  # fmt: skip
    events.record(
        session,
        DecisionWithdrawn(**about(session, actor, decision), reason=reason, was_public=was_public),
    )
