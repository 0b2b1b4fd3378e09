"""The way of a decision: each step of the pages, one operation each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from gongzhi.domains.decisions import actions
from gongzhi.domains.decisions.models import Commitment, Decision
from gongzhi.domains.decisions.permissions import EDIT_DECISION, PUBLISH_DECISION, REPORT_PROGRESS, REVIEW_DECISION
from gongzhi.domains.decisions.queries import access_commitment, access_decision
from gongzhi.domains.people.models import Organisation
from gongzhi.kernel.api import ApiIn, operation
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import Invalid, NotFound
from gongzhi.kernel.guard import actor
from gongzhi.kernel.policy import Permission
from gongzhi.kernel.text import lazy as _l

from .shapes import (
    DecisionDetail,
    DecisionReasonedStepIn,
    DecisionStepIn,
    ProgressIn,
    ReportOut,
    SettleIn,
    detail,
)


def _step(name: str, right: Permission, body: type[ApiIn], *, fresh: bool = False) -> Callable[..., Any]:
    """An operation that moves a decision on and answers it as it then is."""
    return operation(
        "POST",
        f"/decisions/<decision_id>/{name}",
        right,
        body=body,
        answer=DecisionDetail,
        tag="decisions",
        fresh=fresh,
        decision=access_decision,
    )


@_step("submit", EDIT_DECISION, DecisionStepIn)
def submit_decision(decision: Decision, body: DecisionStepIn) -> DecisionDetail:
    """Hand a draft to a second official of one's office"""
    with write() as current:
        actions.submit(current, actor(), decision, version=body.version)
    return detail(decision)


@_step("return", REVIEW_DECISION, DecisionReasonedStepIn, fresh=True)
def return_decision(decision: Decision, body: DecisionReasonedStepIn) -> DecisionDetail:
    """A second official sends it back to its author, with a reason"""
    with write() as current:
        actions.return_draft(current, actor(), decision, reason=body.reason, version=body.version)
    return detail(decision)


@_step("approve", REVIEW_DECISION, DecisionStepIn, fresh=True)
def approve_decision(decision: Decision, body: DecisionStepIn) -> DecisionDetail:
    """A second official approves: it gets its number and the public notice begins"""
    with write() as current:
        actions.approve(current, actor(), decision, version=body.version)
    return detail(decision)


@_step("reconsider", PUBLISH_DECISION, DecisionReasonedStepIn)
def reconsider_decision(decision: Decision, body: DecisionReasonedStepIn) -> DecisionDetail:
    """Take it back from public notice into drafting, with a public reason"""
    with write() as current:
        actions.reconsider(current, actor(), decision, reason=body.reason, version=body.version)
    return detail(decision)


@_step("publish", PUBLISH_DECISION, DecisionStepIn, fresh=True)
def publish_decision(decision: Decision, body: DecisionStepIn) -> DecisionDetail:
    """Publish it once the public notice is over and every objection is answered"""
    with write() as current:
        actions.publish(current, actor(), decision, version=body.version)
    return detail(decision)


@_step("withdraw", EDIT_DECISION, DecisionReasonedStepIn)
def withdraw_decision(decision: Decision, body: DecisionReasonedStepIn) -> DecisionDetail:
    """Give it up, with a reason"""
    with write() as current:
        actions.withdraw(current, actor(), decision, reason=body.reason, version=body.version)
    return detail(decision)


@_step("complete", REPORT_PROGRESS, DecisionStepIn)
def complete_decision(decision: Decision, body: DecisionStepIn) -> DecisionDetail:
    """Call it carried out once every commitment is settled"""
    with write() as current:
        actions.complete(current, actor(), decision, version=body.version)
    return detail(decision)


def _named_commitment(current: Session, commitment_id: str) -> Commitment:
    try:
        return access_commitment(current, actor(), commitment_id)
    except NotFound:
        raise Invalid.of("commitment", _l("There is no such commitment.")) from None


@operation(
    "POST",
    "/decisions/<decision_id>/progress",
    REPORT_PROGRESS,
    body=ProgressIn,
    answer=ReportOut,
    status=201,
    tag="decisions",
    decision=access_decision,
)
def report_decision_progress(decision: Decision, body: ProgressIn) -> ReportOut:
    """Report progress of a published decision."""
    with write() as current:
        commitment = _named_commitment(current, body.commitment) if body.commitment else None
        report = actions.report_progress(current, actor(), decision, body=body.body, commitment=commitment)
    office = session().get_one(Organisation, report.organisation_id)
    return ReportOut(id=report.id, body=report.body, organisation=office.name_zh, at=report.at)


@operation(
    "POST",
    "/decisions/<decision_id>/commitments/<commitment_id>",
    REPORT_PROGRESS,
    body=SettleIn,
    answer=DecisionDetail,
    tag="decisions",
    decision=access_decision,
    commitment=access_commitment,
)
def settle_commitment(decision: Decision, commitment: Commitment, body: SettleIn) -> DecisionDetail:
    """Say in public whether a commitment was kept or missed"""
    if commitment.decision_id != decision.id:
        raise NotFound
    with write() as current:
        actions.settle_commitment(current, actor(), commitment, state=body.state, note=body.note)
    return detail(decision)
