"""Lists of decisions: the public one, those of an issue, and what an office is working on."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gongzhi.domains.people.models import Organisation
from gongzhi.domains.places.models import Place
from gongzhi.kernel.pages import Page, keyset, slice_page
from gongzhi.kernel.policy import Actor

from ..models import Decision, DecisionIssue, DecisionState
from ..rules import PUBLIC_STATES


@dataclass(frozen=True)
class DecisionRow:
    """A decision in a list."""

    decision: Decision
    office: Organisation
    place: Place


def list_decisions(
    session: Session,
    actor: Actor,
    *,
    state: DecisionState | None = None,
    place: Place | None = None,
    after: str | None = None,
    limit: int = 20,
) -> Page[DecisionRow]:
    """Public decisions of the district, newest first: one statement."""
    statement = (
        select(Decision, Organisation, Place)
        .join(Organisation, Organisation.id == Decision.office_id)
        .join(Place, Place.id == Decision.place_id)
        .where(
            Decision.district_id == actor.district_id,
            Decision.shown_at.is_not(None),
            Decision.state.in_([state] if state in PUBLIC_STATES else PUBLIC_STATES),
        )
    )
    if place is not None:
        statement = statement.where(Decision.place_path.startswith(place.path))
    order = (Decision.shown_at.desc(), Decision.id.desc())
    rows = session.execute(keyset(statement, *order, after=after, limit=limit)).all()
    page = slice_page(rows, limit, lambda row: (row[0].shown_at or row[0].created_at, row[0].id))
    return Page([DecisionRow(*row) for row in page.items], page.next_cursor)


def drafts_of_office(session: Session, actor: Actor) -> list[Decision]:
    """What one's own office is drafting or reviewing, newest first."""
    if not actor.acts_for_government:
        return []
    return list(
        session.scalars(
            select(Decision)
            .where(
                Decision.office_id == actor.organisation_id,
                Decision.state.in_((DecisionState.DRAFT, DecisionState.IN_REVIEW, DecisionState.PUBLIC_NOTICE)),
            )
            .order_by(Decision.id.desc())
            .limit(100)
        )
    )


def waiting_for_review(session: Session, actor: Actor) -> int:
    """Decisions of one's own office that this official may review."""
    return (
        session.scalar(
            select(func.count()).where(
                Decision.office_id == actor.organisation_id,
                Decision.state == DecisionState.IN_REVIEW,
                Decision.author_id != actor.account_id,
            )
        )
        or 0
    )


def decisions_of_issue(session: Session, actor: Actor, issue_id: str) -> list[Decision]:
    """Public decisions that rest on an issue, oldest first."""
    return list(
        session.scalars(
            select(Decision)
            .join(DecisionIssue, DecisionIssue.decision_id == Decision.id)
            .where(
                DecisionIssue.issue_id == issue_id,
                Decision.district_id == actor.district_id,
                Decision.shown_at.is_not(None),
                Decision.state.in_(PUBLIC_STATES),
            )
            .order_by(Decision.shown_at)
        )
    )
