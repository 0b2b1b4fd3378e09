"""Carrying out: progress, promises kept or missed, done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from gongzhi.domains.decisions.actions.steps import about, begin_step, end_step
from gongzhi.domains.decisions.events import DecisionDone, DecisionProgress, PromiseDue
from gongzhi.domains.decisions.models import (
    Commitment,
    CommitmentState,
    Decision,
    DecisionState,
    ProgressReport,
)
from gongzhi.domains.decisions.permissions import REPORT_PROGRESS
from gongzhi.domains.decisions.queries import commitments, issue_ids, overdue_commitments
from gongzhi.domains.issues.actions.links import add_link
from gongzhi.kernel import clock, events
from gongzhi.kernel.errors import Conflict, Invalid
from gongzhi.kernel.policy import SYSTEM, Actor, require
from gongzhi.kernel.text import check_length, clean_text, shorten
from gongzhi.kernel.text import lazy as _l

LONGEST_REPORT = 5000
LONGEST_NOTE = 500


def report_progress(
    session: Session,
    actor: Actor,
    decision: Decision,
    *,
    body: str,
    commitment: Commitment | None = None,
    attachments: Sequence[dict[str, Any]] = (),
) -> ProgressReport:
    """Report what has been done. Raises `Conflict` unless it is being carried out."""
    session.refresh(decision, with_for_update=True)
    require(actor, REPORT_PROGRESS, decision)
    if decision.state != DecisionState.PUBLISHED:
        raise Conflict(_l("Progress can be reported while a decision is being carried out."))
    words = clean_text(body)
    if wrong := check_length(words, 2, LONGEST_REPORT):
        raise Invalid({"body": [wrong]})
    if commitment is not None and commitment.decision_id != decision.id:
        raise Invalid.of("commitment", _l("This commitment belongs to another decision."))
    report = ProgressReport(
        decision_id=decision.id,
        commitment_id=commitment.id if commitment else None,
        author_id=actor.account_id,
        organisation_id=actor.organisation_id,
        body=words,
        attachments=list(attachments),
        at=clock.now(),
    )
    session.add(report)
    session.flush()
    _tell(session, actor, decision, "decision_progress", shorten(words, 200), report_id=report.id)
    return report


def settle_commitment(
    session: Session, actor: Actor, commitment: Commitment, *, state: CommitmentState, note: str = ""
) -> None:
    """Say in public whether a promise was kept or missed; missing it needs a reason. Once settled, it stays."""
    decision = session.get_one(Decision, commitment.decision_id)
    session.refresh(decision, with_for_update=True)
    session.refresh(commitment, with_for_update=True)
    require(actor, REPORT_PROGRESS, decision)
    if decision.state != DecisionState.PUBLISHED:
        raise Conflict(_l("Progress can be reported while a decision is being carried out."))
    if commitment.state != CommitmentState.OPEN:
        if commitment.state == state:
            return
        raise Conflict(_l("This commitment is settled."))
    if state == CommitmentState.OPEN:
        raise Invalid.of("state", _l("Choose kept or missed."))
    words = clean_text(note)
    if state == CommitmentState.MISSED and not words:
        raise Invalid.of("note", _l("Say why it was missed and what happens now."))
    if wrong := check_length(words, 0, LONGEST_NOTE):
        raise Invalid({"note": [wrong]})
    commitment.state, commitment.note, commitment.settled_at = state, words, clock.now()
    action = "decision_kept" if state == CommitmentState.KEPT else "decision_missed"
    _tell(
        session,
        actor,
        decision,
        action,
        shorten(commitment.text, 200),
        commitment_id=commitment.id,
        settled=state.value,
    )


def _tell(session: Session, actor: Actor, decision: Decision, action: str, reason: str, **what: Any) -> None:
    linked = issue_ids(session, decision)
    add_link(session, actor, linked, action=action, subject_id=decision.id, title=decision.title, reason=reason)
    events.record(session, DecisionProgress(**about(session, actor, decision), **what))


def complete(session: Session, actor: Actor, decision: Decision, *, version: int | None = None) -> None:
    """Call it carried out; every commitment must be settled before. Those concerned are asked to rate."""
    step = begin_step(session, actor, decision, "complete", REPORT_PROGRESS, version=version)
    if any(commitment.state == CommitmentState.OPEN for commitment in commitments(session, decision)):
        raise Conflict(_l("Settle every commitment first."))
    end_step(session, actor, decision, step)
    decision.done_at = clock.now()
    add_link(
        session,
        actor,
        issue_ids(session, decision),
        action="decision_done",
        subject_id=decision.id,
        title=decision.title,
    )
    events.record(session, DecisionDone(**about(session, actor, decision)))


def remind_of_commitments(session: Session) -> int:
    """For the job: tell the office once of each promise that is due and not settled."""
    due = overdue_commitments(session, clock.today())
    for commitment in due:
        decision = session.get_one(Decision, commitment.decision_id)
        commitment.reminded_on = clock.today()
        events.record(session, PromiseDue(**about(session, SYSTEM, decision), commitment_id=commitment.id))
    return len(due)
