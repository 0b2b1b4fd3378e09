"""Leaves of decisions: what was announced, published, taken back, promised and kept."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gongzhi.domains.decisions.events import (
    DecisionDone,
    DecisionEvent,
    DecisionOnNotice,
    DecisionProgress,
    DecisionPublished,
    DecisionWithdrawn,
    ObjectionChanged,
)
from gongzhi.domains.decisions.models import Commitment, Decision, Objection, ProgressReport

from .leaves import Act, plain, register_leaf


def _words(session: Session, decision: Decision) -> dict[str, Any]:
    """The document as it stands on its page: an official text, hashed without a salt."""
    promises = session.scalars(
        select(Commitment).where(Commitment.decision_id == decision.id).order_by(Commitment.position)
    )
    return {
        "number": decision.number,
        "title": decision.title,
        "body": decision.body,
        "grounds": decision.grounds,
        "adopted": decision.adopted,
        "not_adopted": decision.not_adopted,
        "money_fen": decision.money_fen,
        "money_source": decision.money_source,
        "attachments": [file["key"] for file in decision.attachments],
        "commitments": [
            {"text": promise.text, "responsible": promise.responsible, "due": plain(promise.due_on)}
            for promise in promises
        ],
    }


def _document(session: Session, happened: DecisionEvent) -> Act:
    decision = session.get_one(Decision, happened.decision_id)
    return Act(
        subject_kind="decision",
        subject_id=decision.id,
        content=_words(session, decision),
        facts={"number": decision.number, "until": getattr(happened, "until", None)},
        office_id=happened.office_id,
    )


def _withdrawn(session: Session, happened: DecisionWithdrawn) -> Act | None:
    if not happened.was_public:
        return None
    return Act(
        subject_kind="decision",
        subject_id=happened.decision_id,
        content={"reason": happened.reason},
        private=True,
        facts={"number": session.get_one(Decision, happened.decision_id).number},
        office_id=happened.office_id,
    )


def _progress(session: Session, happened: DecisionProgress) -> Act | None:
    report = session.get(ProgressReport, happened.report_id) if happened.report_id else None
    if report is not None:
        return Act(
            subject_kind="decision",
            subject_id=happened.decision_id,
            part=("report", report.id),
            content={"body": report.body, "attachments": [file["key"] for file in report.attachments]},
            private=True,
            facts={"commitment": report.commitment_id},
            office_id=happened.office_id,
        )
    promise = session.get(Commitment, happened.commitment_id) if happened.commitment_id else None
    if promise is None:
        return None
    return Act(
        subject_kind="decision",
        subject_id=happened.decision_id,
        part=("commitment", promise.id),
        content={"text": promise.text, "responsible": promise.responsible, "note": promise.note},
        private=True,
        facts={"state": str(promise.state), "due": plain(promise.due_on)},
        office_id=happened.office_id,
    )


def _done(session: Session, happened: DecisionDone) -> Act:
    return Act(
        subject_kind="decision",
        subject_id=happened.decision_id,
        facts={"number": session.get_one(Decision, happened.decision_id).number},
        office_id=happened.office_id,
    )


def _objection(session: Session, happened: ObjectionChanged) -> Act | None:
    """The answer to an objection; raising one is a resident's act, and theirs alone."""
    objection = session.get(Objection, happened.objection_id)
    if objection is None or objection.answered_at is None or happened.actor != objection.answered_by_id:
        return None
    return Act(
        subject_kind="decision",
        subject_id=happened.decision_id,
        part=("objection", objection.id),
        content={"answer": objection.answer},
        private=True,
        office_id=happened.office_id,
    )


def register() -> None:
    """Make them known."""
    register_leaf(DecisionOnNotice, _document)
    register_leaf(DecisionPublished, _document)
    register_leaf(DecisionWithdrawn, _withdrawn)
    register_leaf(DecisionProgress, _progress)
    register_leaf(DecisionDone, _done)
    register_leaf(ObjectionChanged, _objection)
