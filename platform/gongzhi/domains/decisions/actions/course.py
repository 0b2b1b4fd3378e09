"""The way of a decision: review by a second official, public notice, publication; back, or withdrawn."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from gongzhi.domains.decisions.actions.steps import about, begin_step, end_step
from gongzhi.domains.decisions.events import (
    DecisionOnNotice,
    DecisionPublished,
    DecisionReturned,
    DecisionSubmitted,
    DecisionWithdrawn,
)
from gongzhi.domains.decisions.models import Decision, DecisionIssue, DecisionState
from gongzhi.domains.decisions.permissions import EDIT_DECISION, PUBLISH_DECISION, REVIEW_DECISION
from gongzhi.domains.decisions.queries import commitments, issue_ids, open_objections, wrote_on
from gongzhi.domains.issues.actions.links import add_link
from gongzhi.domains.issues.queries import tally
from gongzhi.domains.issues.queries.people import title_of
from gongzhi.domains.people.models import District
from gongzhi.kernel import clock, events
from gongzhi.kernel.errors import Conflict, Invalid, NotPermitted
from gongzhi.kernel.policy import SYSTEM, Actor
from gongzhi.kernel.text import lazy as _l


def submit(session: Session, actor: Actor, decision: Decision, *, version: int | None = None) -> None:
    """Hand the draft to a second official; the votes it rests on are kept as they stand now.

    Locks it. Raises `Invalid` when it rests on no issue or promises nothing, `Stale` for an older version.
    """
    step = begin_step(session, actor, decision, "submit", EDIT_DECISION, version=version)
    linked = issue_ids(session, decision)
    if not linked:
        raise Invalid.of("issues", _l("Name at least one issue this decision rests on."))
    if not commitments(session, decision):
        raise Invalid.of("commitments", _l("Promise at least one thing with a date."))
    end_step(session, actor, decision, step)
    for issue_id in linked:
        session.execute(
            update(DecisionIssue)
            .where(DecisionIssue.decision_id == decision.id, DecisionIssue.issue_id == issue_id)
            .values(tally=tally(session, issue_id))
        )
    events.record(session, DecisionSubmitted(**about(session, actor, decision)))


def return_draft(
    session: Session, actor: Actor, decision: Decision, *, reason: str, version: int | None = None
) -> None:
    """A second official sends it back with a reason."""
    step = begin_step(session, actor, decision, "return", REVIEW_DECISION, version=version, reason=reason)
    end_step(session, actor, decision, step, reason)
    events.record(
        session,
        DecisionReturned(**about(session, actor, decision), author_id=decision.author_id, reason=reason),
    )


def approve(session: Session, actor: Actor, decision: Decision, *, version: int | None = None) -> None:
    """A second official approves: it gets its number and goes on public notice.

    Locks it. Raises `NotPermitted` for whoever drafted it or wrote on it, `Stale` for an older version.
    """
    step = begin_step(session, actor, decision, "approve", REVIEW_DECISION, version=version)
    if wrote_on(session, actor, decision):
        raise NotPermitted(_l("You worked on this draft. Somebody else of your office must review it."))
    end_step(session, actor, decision, step)
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
    """Year and count; the district's row is the lock that keeps two from getting the same.

    FOR NO KEY UPDATE: whoever only refers to the district does not have to wait.
    """
    session.execute(select(District.id).where(District.id == district_id).with_for_update(key_share=True))
    last = session.scalar(
        select(func.max(Decision.number)).where(
            Decision.district_id == district_id, Decision.number.startswith(f"{year}-")
        )
    )
    count = int(last.partition("-")[2]) + 1 if last else 1
    return f"{year}-{count:05d}"


def reconsider(session: Session, actor: Actor, decision: Decision, *, reason: str, version: int | None = None) -> None:
    """Back into drafting, as objections showed a flaw: the reason is public, and the next notice is a new round."""
    step = begin_step(session, actor, decision, "reconsider", PUBLISH_DECISION, version=version, reason=reason)
    end_step(session, actor, decision, step, reason)
    decision.reviewer_id, decision.reviewer_title = None, ""
    decision.notice_round += 1
    _take_back(session, actor, decision, reason)


def publish(session: Session, actor: Actor, decision: Decision, *, version: int | None = None) -> None:
    """Publish after the notice. Locks it; raises `Conflict` while it runs or an objection is unanswered."""
    step = begin_step(session, actor, decision, "publish", PUBLISH_DECISION, version=version)
    if decision.notice_until is None or clock.today() <= decision.notice_until:
        raise Conflict(_l("The public notice is still running."))
    if open_objections(session, decision):
        raise Conflict(_l("Answer every objection first."))
    end_step(session, actor, decision, step)
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


def publish_if_due(session: Session, decision_id: str) -> bool:
    """For the job: publish it if its notice is over and no objection is open. Whether it was published."""
    decision = session.get(Decision, decision_id, with_for_update=True)
    if decision is None or decision.state != DecisionState.PUBLIC_NOTICE or open_objections(session, decision):
        return False
    if decision.notice_until is None or clock.today() <= decision.notice_until:
        return False
    publish(session, SYSTEM, decision)
    return True


def withdraw(session: Session, actor: Actor, decision: Decision, *, reason: str, version: int | None = None) -> None:
    """Give it up, with a reason; public if it had been shown."""
    step = begin_step(session, actor, decision, "withdraw", EDIT_DECISION, version=version, reason=reason)
    was_public = decision.state == DecisionState.PUBLIC_NOTICE
    end_step(session, actor, decision, step, reason)
    if was_public:
        _take_back(session, actor, decision, reason)
    else:
        events.record(session, DecisionWithdrawn(**about(session, actor, decision), reason=reason))


def _take_back(session: Session, actor: Actor, decision: Decision, reason: str) -> None:
    """Say in public that what stood on notice does so no longer."""
    add_link(
        session,
        actor,
        issue_ids(session, decision),
        action="decision_taken_back",
        subject_id=decision.id,
        title=decision.title,
        reason=reason,
    )
    events.record(
        session,
        DecisionWithdrawn(**about(session, actor, decision), reason=reason, was_public=True),
    )
