"""The trace: the whole chain of an issue as one dated line, each link with who, when, why and the document.

Rooms above (decisions, initiatives) write their links as steps too, so that reading stays one statement.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from gongzhi.domains.people.models import Account, Organisation
from gongzhi.kernel.text import Message

from ..models import Answer, Issue, IssueTransition
from ..rules.lifecycle import ACT_LABELS, Act
from .listing import Named


@dataclass(frozen=True)
class AnswerView:
    """An official answer as shown."""

    id: str
    body: str
    next_step: str
    next_step_due: date | None
    attachments: list[dict[str, Any]]
    organisation: Named | None
    role_title: str
    author_name: str
    at: datetime


@dataclass(frozen=True)
class TraceLink:
    """One link. `kind` is step, answer, or what a room above names its own; `key` is unique in the trace."""

    key: str
    kind: str
    at: datetime
    label: Message
    action: str = ""
    from_state: str | None = None
    to_state: str | None = None
    actor_name: str = ""
    organisation: Named | None = None
    role_title: str = ""
    office: Named | None = None
    reason: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    document_key: str | None = None
    subject_id: str | None = None
    """The decision or initiative a link of a room above stands for."""
    answer: AnswerView | None = None


_links: dict[str, tuple[str, Message]] = {}


def register_link(action: str, kind: str, label: Message) -> None:
    """Let a room above write steps named `action` (see actions/links.py), shown as links of `kind`."""
    _links[action] = (kind, label)


def taken_over() -> ColumnElement[bool]:
    """Whether a decision was put on the issue after its last answer: from then on its dates count."""
    last = select(func.max(Answer.transition_id)).where(Answer.issue_id == Issue.id).scalar_subquery()
    decided = [action for action, (kind, _label) in _links.items() if kind == "decision"]
    return (
        select(IssueTransition.id)
        .where(IssueTransition.issue_id == Issue.id, IssueTransition.action.in_(decided), IssueTransition.id > last)
        .exists()
    )


def trace(session: Session, issue: Issue) -> list[TraceLink]:
    """All links, oldest first, those that rooms above wrote among them: one statement."""
    office, organisation = aliased(Organisation), aliased(Organisation)
    rows = session.execute(
        select(IssueTransition, Answer, Account.name, organisation, office)
        .outerjoin(Answer, Answer.transition_id == IssueTransition.id)
        .outerjoin(Account, Account.id == IssueTransition.actor_id)
        .outerjoin(organisation, organisation.id == IssueTransition.organisation_id)
        .outerjoin(office, office.id == IssueTransition.office_id)
        .where(IssueTransition.issue_id == issue.id)
        .order_by(IssueTransition.id)
    )
    return [_link(*row) for row in rows]


def _link(
    step: IssueTransition,
    answer: Answer | None,
    name: str | None,
    organisation: Organisation | None,
    office: Organisation | None,
) -> TraceLink:
    kind, label = _links.get(step.action) or ("answer" if answer else "step", ACT_LABELS[Act(step.action)])
    return TraceLink(
        key=step.id,
        kind=kind,
        at=step.at,
        label=label,
        action=step.action,
        from_state=step.from_state,
        to_state=step.to_state,
        actor_name=name or "",
        organisation=_named(organisation),
        role_title=step.role_title,
        office=_named(office),
        reason=step.reason,
        details=step.details,
        document_key=step.document_key,
        subject_id=step.details.get("subject"),
        answer=_answer(answer, name, organisation) if answer else None,
    )


def _answer(answer: Answer, name: str | None, organisation: Organisation | None) -> AnswerView:
    return AnswerView(
        id=answer.id,
        body=answer.body,
        next_step=answer.next_step,
        next_step_due=answer.next_step_due,
        attachments=answer.attachments,
        organisation=_named(organisation),
        role_title=answer.role_title,
        author_name=name or "",
        at=answer.at,
    )


def _named(organisation: Organisation | None) -> Named | None:
    return None if organisation is None else Named(organisation.id, organisation.name_zh, organisation.name_en)
