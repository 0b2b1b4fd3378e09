"""The work desk: what waits for an office, most urgent first, and what its members write with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.pages import Page, keyset, slice_page
from gongzhi.kernel.policy import Actor
from gongzhi.kernel.text import lazy as _l

from ..models import AnswerTemplate, Issue, IssueDraft, IssueState
from ..rules.lifecycle import ANSWER_STATES, DONE_STATES
from .listing import ORDERS, IssueRow, Order, issues_by_id
from .trace import taken_over


class DeskQueue(StrEnum):
    """The piles on the desk."""

    TO_ACCEPT = "to_accept"
    TO_ANSWER = "to_answer"
    ANSWERED = "answered"
    OVERDUE = "overdue"
    ESCALATED = "escalated"
    FINISHED = "finished"


QUEUE_LABELS = {
    DeskQueue.TO_ACCEPT: _l("To accept"),
    DeskQueue.TO_ANSWER: _l("To answer"),
    DeskQueue.ANSWERED: _l("Answered, not finished"),
    DeskQueue.OVERDUE: _l("Overdue"),
    DeskQueue.ESCALATED: _l("Escalated to us"),
    DeskQueue.FINISHED: _l("Finished"),
}


@dataclass(frozen=True)
class DeskCounts:
    """How much lies on each pile."""

    to_accept: int = 0
    to_answer: int = 0
    answered: int = 0
    overdue: int = 0
    escalated: int = 0

    def of(self, queue: str) -> int | None:
        """The number of a pile; None where it is not counted."""
        return getattr(self, queue, None)


def office_queue(
    session: Session,
    actor: Actor,
    queue: DeskQueue = DeskQueue.TO_ACCEPT,
    *,
    after: str | None = None,
    limit: int = 20,
) -> Page[IssueRow]:
    """A pile of the office the actor acts for, nearest deadline first."""
    chosen = select(Issue.id, Issue.due_on).where(
        Issue.district_id == actor.district_id, *_pile(queue, actor.organisation_id or "")
    )
    ids = session.execute(keyset(chosen, *ORDERS[Order.DUE], after=after, limit=limit)).all()
    page = slice_page(ids, limit, lambda row: (row.due_on, row.id))
    return Page(issues_by_id(session, actor, [row.id for row in page.items]), page.next_cursor)


def desk_counts(session: Session, actor: Actor) -> DeskCounts:
    """All piles counted in one statement; an office's own issues are few."""
    office_id = actor.organisation_id or ""
    mine = or_(Issue.office_id == office_id, Issue.escalated_office_id == office_id)
    counted = (DeskQueue.TO_ACCEPT, DeskQueue.TO_ANSWER, DeskQueue.ANSWERED, DeskQueue.OVERDUE, DeskQueue.ESCALATED)
    row = session.execute(
        select(
            *(
                func.coalesce(func.sum(case((_all(_pile(queue, office_id)), 1), else_=0)), 0).label(queue.value)
                for queue in counted
            )
        ).where(mine, Issue.district_id == actor.district_id, Issue.state.not_in(DONE_STATES))
    ).one()
    return DeskCounts(**{queue.value: int(getattr(row, queue.value)) for queue in counted})


def _all(conditions: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    first, *others = conditions
    for other in others:
        first &= other
    return first


def _pile(queue: DeskQueue, office_id: str) -> list[ColumnElement[bool]]:
    mine = [Issue.office_id == office_id, Issue.is_hidden.is_(False)]
    match queue:
        case DeskQueue.TO_ACCEPT:
            return [*mine, Issue.state == IssueState.PUBLISHED]
        case DeskQueue.TO_ANSWER:
            return [*mine, Issue.state.in_(ANSWER_STATES)]
        case DeskQueue.ANSWERED:
            return [*mine, Issue.state == IssueState.ANSWERED]
        case DeskQueue.OVERDUE:
            running = Issue.state.in_((IssueState.PUBLISHED, *ANSWER_STATES))
            promised = and_(Issue.state == IssueState.ANSWERED, ~taken_over())
            return [*mine, Issue.due_on < clock.today(), or_(running, promised)]
        case DeskQueue.ESCALATED:
            return [Issue.escalated_office_id == office_id, Issue.is_hidden.is_(False), Issue.state.not_in(DONE_STATES)]
        case DeskQueue.FINISHED:
            return [*mine, Issue.state.in_(DONE_STATES)]


def templates(session: Session, actor: Actor) -> list[AnswerTemplate]:
    """The answer templates of the office the actor acts for."""
    return list(
        session.scalars(
            select(AnswerTemplate)
            .where(AnswerTemplate.office_id == (actor.organisation_id or ""), AnswerTemplate.is_active.is_(True))
            .order_by(AnswerTemplate.name)
        )
    )


def drafts(session: Session, actor: Actor, *, limit: int = 50) -> list[IssueDraft]:
    """One's own drafts, newest first."""
    return list(
        session.scalars(
            select(IssueDraft)
            .where(IssueDraft.account_id == (actor.account_id or ""), IssueDraft.district_id == actor.district_id)
            .order_by(IssueDraft.updated_at.desc(), IssueDraft.id.desc())
            .limit(limit)
        )
    )
