"""Who is told of decisions: the office while it is inside, everybody concerned once it is public."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from gongzhi.domains.comments.models import Comment
from gongzhi.domains.decisions import events
from gongzhi.domains.decisions.models import Decision, DecisionIssue, Objection
from gongzhi.domains.issues.models import Choice, Follow, Issue, Vote
from gongzhi.domains.places.models import Place
from gongzhi.reactions.notices.audience import (
    Message,
    commenters,
    followers,
    just,
    members,
    register_titles,
    teller,
)
from gongzhi.reactions.notices.models import NoticeKind
from gongzhi.reactions.notices.of_areas import around


def of_decision(decision_id: str) -> Any:
    """Everybody who posted, voted on, commented on or follows what the decision rests on, or itself."""
    linked = select(DecisionIssue.issue_id).where(DecisionIssue.decision_id == decision_id)
    return union(
        select(Issue.author_id).where(Issue.id.in_(linked), Issue.author_id.is_not(None)),
        select(Vote.account_id).where(Vote.issue_id.in_(linked), Vote.choice != Choice.NONE),
        select(Comment.account_id).where(Comment.subject_kind == "issue", Comment.subject_id.in_(linked)),
        select(Follow.account_id).where(Follow.subject_kind == "issue", Follow.subject_id.in_(linked)),
        commenters("decision", decision_id),
        followers("decision", decision_id),
        select(Objection.account_id).where(Objection.decision_id == decision_id),
    )


def _title(session: Session, decision_id: str) -> tuple[str, str | None]:
    row = session.execute(select(Decision.title, Decision.author_id).where(Decision.id == decision_id)).first()
    return (row[0], row[1]) if row else ("", None)


register_titles("decision", _title)


def _message(session: Session, happened: events.DecisionEvent, kind: NoticeKind, text: str, accounts: Any) -> Message:
    title, _author = _title(session, happened.decision_id)
    return Message(kind, text, "decision", happened.decision_id, accounts, {"title": title})


@teller(events.DecisionSubmitted)
def _submitted(session: Session, happened: events.DecisionSubmitted) -> list[Message]:
    return [_message(session, happened, NoticeKind.TASK, "decision.to_review", members(happened.office_id))]


@teller(events.DecisionReturned)
def _returned(session: Session, happened: events.DecisionReturned) -> list[Message]:
    return [_message(session, happened, NoticeKind.TASK, "decision.returned", just(happened.author_id))]


@teller(events.PromiseDue)
def _due(session: Session, happened: events.PromiseDue) -> list[Message]:
    """The office that decided and the one that carries it out."""
    responsible = session.scalar(select(Decision.responsible_id).where(Decision.id == happened.decision_id))
    offices = union(members(happened.office_id), members(responsible))
    return [_message(session, happened, NoticeKind.TASK, "decision.promise_due", offices)]


@teller(events.ObjectionChanged)
def _objection(session: Session, happened: events.ObjectionChanged) -> list[Message]:
    """Raised: the office must answer. Answered: whoever raised it is told."""
    found = session.execute(
        select(Objection.account_id, Objection.answered_at).where(Objection.id == happened.objection_id)
    ).first()
    if found is None:
        return []
    account_id, answered_at = found
    if happened.actor == account_id or answered_at is None:
        return [_message(session, happened, NoticeKind.TASK, "decision.objection", members(happened.office_id))]
    return [_message(session, happened, NoticeKind.DECISION, "decision.objection_answered", just(account_id))]


@teller(events.DecisionWithdrawn)
def _withdrawn(session: Session, happened: events.DecisionWithdrawn) -> list[Message]:
    """Only what had been public is missed by anybody; its own page may be gone, so the issue tells why."""
    if not happened.was_public or not happened.issues:
        return []
    title, _author = _title(session, happened.decision_id)
    told = of_decision(happened.decision_id)
    return [Message(NoticeKind.DECISION, "decision.taken_back", "issue", happened.issues[0], told, {"title": title})]


PUBLIC = {
    events.DecisionOnNotice: "decision.notice",
    events.DecisionPublished: "decision.published",
    events.DecisionDone: "decision.done",
}


def _public(session: Session, happened: events.DecisionEvent) -> list[Message]:
    told = of_decision(happened.decision_id)
    found = [_message(session, happened, NoticeKind.DECISION, PUBLIC[type(happened)], told)]
    if isinstance(happened, events.DecisionOnNotice):
        found += _near(session, happened)
    return found


def _near(session: Session, happened: events.DecisionOnNotice) -> list[Message]:
    """New in an area: when it is first shown, at its place and where the place's centre is known."""
    place = session.scalar(
        select(Place).join(Decision, Decision.place_id == Place.id).where(Decision.id == happened.decision_id)
    )
    if place is None:
        return []
    position = (place.latitude, place.longitude) if place.latitude is not None and place.longitude is not None else None
    near = around(happened.district_id, place.path, position)
    return [_message(session, happened, NoticeKind.AREA, "area.decision", near)]


@teller(events.DecisionProgress)
def _progress(session: Session, happened: events.DecisionProgress) -> list[Message]:
    """A report, or a commitment that was settled: what became of it is said at once."""
    text = f"decision.{happened.settled}" if happened.settled else "decision.progress"
    return [_message(session, happened, NoticeKind.DECISION, text, of_decision(happened.decision_id))]


for _kind in PUBLIC:
    teller(_kind)(_public)
