"""The list of initiatives: a page in two statements, the second for what is still needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, defer

from gongzhi.domains.people.models import Account, Organisation
from gongzhi.domains.people.rules import Mark
from gongzhi.domains.places.models import Place
from gongzhi.kernel.pages import Page, keyset, slice_page
from gongzhi.kernel.policy import Actor

from ..models import Initiative, InitiativeNeed, InitiativeState, NeedKind


@dataclass(frozen=True)
class InitiativeRow:
    """A row of the list: who coordinates it, and what is still needed."""

    initiative: Initiative
    place: Place
    coordinator_name: str
    organisation: Organisation | None
    needs: list[InitiativeNeed] = field(default_factory=list)

    @property
    def still_needed(self) -> list[InitiativeNeed]:
        """The needs not covered yet."""
        return [need for need in self.needs if not need.is_covered]


def not_hidden() -> ColumnElement[bool]:
    """Not hidden by moderation."""
    return or_(Initiative.mark.is_(None), Initiative.mark != Mark.HIDDEN)


def list_initiatives(
    session: Session,
    actor: Actor,
    *,
    place: Place | None = None,
    state: InitiativeState | None = None,
    needed: NeedKind | None = None,
    issue_id: str | None = None,
    decision_id: str | None = None,
    after: str | None = None,
    limit: int = 20,
) -> Page[InitiativeRow]:
    """Initiatives of the district, newest first; `needed` leaves those that still lack that kind."""
    statement = select(Initiative.id, Initiative.created_at).where(
        Initiative.district_id == actor.district_id, not_hidden()
    )
    if place is not None:
        statement = statement.where(Initiative.place_path.startswith(place.path, autoescape=True))
    if state is not None:
        statement = statement.where(Initiative.state == state)
    if issue_id is not None:
        statement = statement.where(Initiative.issue_id == issue_id)
    if decision_id is not None:
        statement = statement.where(Initiative.decision_id == decision_id)
    if needed is not None:
        lacking = select(InitiativeNeed.id).where(
            InitiativeNeed.initiative_id == Initiative.id,
            InitiativeNeed.kind == needed,
            InitiativeNeed.covered < InitiativeNeed.required,
        )
        statement = statement.where(
            lacking.exists(), Initiative.state.in_((InitiativeState.PLANNING, InitiativeState.RUNNING))
        )
    order = (Initiative.created_at.desc(), Initiative.id.desc())
    ids = keyset(statement, *order, after=after, limit=limit).subquery()
    rows = session.execute(
        select(Initiative, Place, Account.name, Organisation)
        .join(ids, ids.c.id == Initiative.id)
        .join(Place, Place.id == Initiative.place_id)
        .join(Account, Account.id == Initiative.coordinator_id)
        .outerjoin(Organisation, Organisation.id == Initiative.coordinator_organisation_id)
        .options(defer(Place.boundary))
        .order_by(*order)
    ).all()
    page = slice_page(rows, limit, lambda row: (row[0].created_at, row[0].id))
    needs = needs_of(session, [row[0].id for row in page.items])
    return Page([InitiativeRow(*row, needs.get(row[0].id, [])) for row in page.items], page.next_cursor)


def needs_of(session: Session, initiative_ids: Sequence[str]) -> dict[str, list[InitiativeNeed]]:
    """The needs of many initiatives in their order."""
    found: dict[str, list[InitiativeNeed]] = {}
    if initiative_ids:
        for need in session.scalars(
            select(InitiativeNeed)
            .where(InitiativeNeed.initiative_id.in_(initiative_ids))
            .order_by(InitiativeNeed.initiative_id, InitiativeNeed.position)
        ):
            found.setdefault(need.initiative_id, []).append(need)
    return found


def initiatives_of(session: Session, actor: Actor, *, issue_id: str) -> list[Initiative]:
    """Initiatives that came from an issue, newest first, for its page."""
    wanted = select(Initiative).where(
        Initiative.district_id == actor.district_id, Initiative.issue_id == issue_id, not_hidden()
    )
    return list(session.scalars(wanted.order_by(Initiative.id.desc()).limit(20)))
