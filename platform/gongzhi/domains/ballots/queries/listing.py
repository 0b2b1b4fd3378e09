"""Lists of ballots: the public one, those on an issue or decision, what an office works on, what awaits me."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from gongzhi.domains.people.models import Organisation
from gongzhi.domains.places.models import Place
from gongzhi.kernel.pages import Page, keyset, slice_page
from gongzhi.kernel.policy import Actor

from ..models import Ballot, BallotState, BallotTurnout, BallotVoter
from ..rules.course import Phase, phase_of


@dataclass(frozen=True)
class BallotRow:
    """A ballot in a list."""

    ballot: Ballot
    office: Organisation
    place: Place
    phase: Phase
    voted: int


LISTED = (Phase.OPEN, Phase.ANNOUNCED, Phase.CLOSED, Phase.CANCELLED)
"""The tabs of the public list; what is being counted stands among the closed ones."""


def list_ballots(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    phase: Phase = Phase.OPEN,
    place: Place | None = None,
    after: str | None = None,
    limit: int = 20,
) -> Page[BallotRow]:
    """Public ballots of the district in one phase: those that close next first, closed ones newest first."""
    upcoming = phase in (Phase.OPEN, Phase.ANNOUNCED)
    states: dict[Phase, ColumnElement[bool]] = {
        Phase.OPEN: and_(Ballot.state == BallotState.OPEN, Ballot.opens_at <= now, Ballot.closes_at > now),
        Phase.ANNOUNCED: and_(Ballot.state == BallotState.OPEN, Ballot.opens_at > now),
        Phase.CANCELLED: Ballot.state == BallotState.CANCELLED,
    }
    closed: ColumnElement[bool] = or_(
        Ballot.state == BallotState.CERTIFIED, and_(Ballot.state == BallotState.OPEN, Ballot.closes_at <= now)
    )
    statement = (
        select(Ballot, Organisation, Place, _voted())
        .join(Organisation, Organisation.id == Ballot.office_id)
        .join(Place, Place.id == Ballot.place_id)
        .where(Ballot.district_id == actor.district_id, states.get(phase, closed))
    )
    if place is not None:
        statement = statement.where(Ballot.place_path.startswith(place.path, autoescape=True))
    order = (Ballot.closes_at.asc(), Ballot.id.asc()) if upcoming else (Ballot.closes_at.desc(), Ballot.id.desc())
    rows = session.execute(keyset(statement, *order, after=after, limit=limit)).all()
    page = slice_page(rows, limit, lambda row: (row[0].closes_at, row[0].id))
    return Page([_row(row, now) for row in page.items], page.next_cursor)


def all_ballots(
    session: Session, actor: Actor, now: datetime, *, place: Place | None, after: str | None, limit: int
) -> Page[BallotRow]:
    """Every public ballot, newest first, for programs."""
    statement = (
        select(Ballot, Organisation, Place, _voted())
        .join(Organisation, Organisation.id == Ballot.office_id)
        .join(Place, Place.id == Ballot.place_id)
        .where(Ballot.district_id == actor.district_id, Ballot.rules_hash.is_not(None))
    )
    if place is not None:
        statement = statement.where(Ballot.place_path.startswith(place.path, autoescape=True))
    rows = session.execute(keyset(statement, Ballot.id.desc(), after=after, limit=limit)).all()
    page = slice_page(rows, limit, lambda row: (row[0].id,))
    return Page([_row(row, now) for row in page.items], page.next_cursor)


def ballots_on(
    session: Session, actor: Actor, now: datetime, subjects: Sequence[tuple[str, str]], *, drafts: bool = False
) -> list[BallotRow]:
    """Ballots held on these things (kind, id), oldest first; with the drafts of one's own office where asked."""
    if not subjects:
        return []
    readable: ColumnElement[bool] = Ballot.rules_hash.is_not(None)
    if drafts and actor.acts_for_government:
        own = Ballot.state.in_((BallotState.DRAFT, BallotState.IN_REVIEW))
        readable = or_(readable, and_(own, Ballot.office_id == actor.organisation_id))
    rows = session.execute(
        select(Ballot, Organisation, Place, _voted())
        .join(Organisation, Organisation.id == Ballot.office_id)
        .join(Place, Place.id == Ballot.place_id)
        .where(
            Ballot.district_id == actor.district_id,
            or_(*(and_(Ballot.subject_kind == kind, Ballot.subject_id == key) for kind, key in subjects)),
            readable,
        )
        .order_by(Ballot.id)
        .limit(20)
    )
    return [_row(row, now) for row in rows]


def _voted() -> Any:
    return (
        select(func.coalesce(func.sum(BallotTurnout.voted), 0))
        .where(BallotTurnout.ballot_id == Ballot.id)
        .correlate(Ballot)
        .scalar_subquery()
    )


def _row(row: Any, now: datetime) -> BallotRow:
    ballot, office, place, voted = row
    return BallotRow(ballot, office, place, phase_of(ballot, now), int(voted or 0))


def drafts_of_office(session: Session, actor: Actor) -> list[Ballot]:
    """What one's own office is drafting or reviewing, newest first."""
    if not actor.acts_for_government:
        return []
    return list(
        session.scalars(
            select(Ballot)
            .where(
                Ballot.office_id == actor.organisation_id,
                Ballot.state.in_((BallotState.DRAFT, BallotState.IN_REVIEW)),
            )
            .order_by(Ballot.id.desc())
            .limit(100)
        )
    )


def waiting_for_office(session: Session, actor: Actor, now: datetime) -> tuple[int, int]:
    """Ballots this official may approve, and running ones of the office whose papers are not confirmed."""
    rows = session.execute(
        select(Ballot.state, func.count())
        .where(
            Ballot.office_id == actor.organisation_id,
            or_(
                and_(Ballot.state == BallotState.IN_REVIEW, Ballot.author_id != actor.account_id),
                and_(
                    Ballot.state == BallotState.OPEN,
                    Ballot.paper.is_(True),
                    Ballot.paper_counts.is_(None),
                    Ballot.opens_at <= now,
                    Ballot.paper_until > now,
                ),
            ),
        )
        .group_by(Ballot.state)
    )
    counts = {str(state): number for state, number in rows}
    return counts.get(BallotState.IN_REVIEW, 0), counts.get(BallotState.OPEN, 0)


def awaiting_my_vote(session: Session, actor: Actor, now: datetime, limit: int = 3) -> list[Ballot]:
    """Running ballots in which this voice may vote and has not."""
    if actor.chamber is None:
        return []
    mine = BallotVoter.organisation_id == actor.organisation_id if actor.organisation_id else and_(
        BallotVoter.account_id == actor.account_id, BallotVoter.organisation_id.is_(None)
    )  # fmt: skip
    return list(
        session.scalars(
            select(Ballot)
            .join(BallotVoter, BallotVoter.ballot_id == Ballot.id)
            .where(
                mine,
                BallotVoter.how.is_(None),
                Ballot.district_id == actor.district_id,
                Ballot.state == BallotState.OPEN,
                Ballot.opens_at <= now,
                Ballot.closes_at > now,
            )
            .order_by(Ballot.closes_at)
            .limit(limit)
        )
    )
