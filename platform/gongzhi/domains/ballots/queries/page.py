"""The page of a ballot: its head in one statement, its course, its urn page by page, and its certificate."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from gongzhi.domains.people.models import Account, Organisation
from gongzhi.domains.places.models import Place
from gongzhi.kernel.events import StreamVersion
from gongzhi.kernel.pages import Page, keyset, slice_page
from gongzhi.kernel.policy import Actor

from ..models import Ballot, BallotEntry, BallotReason, BallotState, BallotStep, BallotTurnout, BallotVoter
from ..rules.canonical import digest
from ..rules.course import Phase, phase_of
from ..rules.document import KIND, VERSION
from .standing import Standing, rules_of, standing

ENTRIES = 50


@dataclass(frozen=True)
class StepView:
    """A step of its course; without a name for what happened by itself."""

    action: str
    to_state: BallotState
    reason: str
    at: datetime
    actor_id: str | None
    name: str | None
    office: Organisation | None


@dataclass(frozen=True)
class BallotPage:
    """All that the page of a ballot shows but its urn."""

    ballot: Ballot
    phase: Phase
    office: Organisation
    place: Place
    places: list[Place]
    author_name: str
    approver_name: str | None
    voted: int
    version: int
    mine: Standing
    steps: list[StepView]


def ballot_page(session: Session, actor: Actor, ballot: Ballot, now: datetime) -> BallotPage:
    """The page of a ballot in four statements."""
    author, approver = aliased(Account), aliased(Account)
    version = select(func.coalesce(func.sum(StreamVersion.version), 0)).where(
        StreamVersion.topic == f"ballot:{ballot.id}"
    )
    turnout = select(
        func.coalesce(func.sum(BallotTurnout.voted), 0).label("voted"),
        func.coalesce(func.sum(BallotTurnout.version), 0).label("version"),
    ).where(BallotTurnout.ballot_id == ballot.id)
    part = turnout.subquery()
    office, place, author_name, approver_name, bumped, voted, moved = session.execute(
        select(Organisation, Place, author.name, approver.name, version.scalar_subquery(), part.c.voted, part.c.version)
        .select_from(Ballot)
        .join(Organisation, Organisation.id == Ballot.office_id)
        .join(Place, Place.id == Ballot.place_id)
        .join(author, author.id == Ballot.author_id)
        .outerjoin(approver, approver.id == Ballot.approver_id)
        .join(part, part.c.voted.is_not(None))
        .where(Ballot.id == ballot.id)
    ).one()
    places = session.scalars(select(Place).where(Place.id.in_(ballot.places)).order_by(Place.code)).all()
    return BallotPage(
        ballot=ballot,
        phase=phase_of(ballot, now),
        office=office,
        place=place,
        places=list(places),
        author_name=author_name,
        approver_name=approver_name,
        voted=int(voted),
        version=int(bumped) + int(moved),
        mine=standing(session, actor, ballot),
        steps=_steps(session, ballot),
    )


def _steps(session: Session, ballot: Ballot) -> list[StepView]:
    rows = session.execute(
        select(BallotStep, Account.name, Organisation)
        .outerjoin(Account, Account.id == BallotStep.actor_id)
        .outerjoin(Organisation, Organisation.id == BallotStep.organisation_id)
        .where(BallotStep.ballot_id == ballot.id)
        .order_by(BallotStep.id)
    )
    return [
        StepView(step.action, BallotState(step.to_state), step.reason, step.at, step.actor_id, name, office)
        for step, name, office in rows
    ]


def entries(session: Session, ballot: Ballot, *, after: str | None = None, limit: int = ENTRIES) -> Page[BallotEntry]:
    """The urn after the close, in the order of the commitments."""
    statement = select(BallotEntry).where(BallotEntry.ballot_id == ballot.id)
    found = session.scalars(keyset(statement, BallotEntry.commitment.asc(), after=after, limit=limit))
    return slice_page(found, limit, lambda entry: (entry.commitment,))


def find_entry(session: Session, ballot: Ballot, commitment: str) -> BallotEntry | None:
    """The vote of a receipt."""
    return session.get(BallotEntry, (ballot.id, commitment.strip().lower()[:64]))


def reasons_of(session: Session, ballot: Ballot, limit: int = 200) -> list[str]:
    """The reasons of a secret ballot, in the order of random keys."""
    found = session.scalars(
        select(BallotReason.body).where(BallotReason.ballot_id == ballot.id).order_by(BallotReason.key).limit(limit)
    )
    return list(found)


def certificate(session: Session, ballot: Ballot) -> dict[str, Any]:
    """The certificate as it was certified: put together again from what is kept, with the hash given then."""
    rules = rules_of(ballot)
    listed = session.scalars(
        select(BallotEntry).where(BallotEntry.ballot_id == ballot.id).order_by(BallotEntry.commitment)
    )
    reasons = session.scalars(select(BallotReason.body).where(BallotReason.ballot_id == ballot.id))
    by_chamber = any(one["measure"] in ("chamber", "chambers") for one in rules["thresholds"])
    assert ballot.ended_at is not None
    return {
        "kind": KIND,
        "version": VERSION,
        "rules": rules,
        "rules_hash": ballot.rules_hash,
        "entries": [entry_row(entry, by_chamber=by_chamber, secret=rules["secret"]) for entry in listed],
        "paper": ballot.paper_counts or [],
        "reasons": sorted(reasons),
        "spoiled": ballot.spoiled,
        "outcome": ballot.outcome,
        "certified_at": ballot.ended_at.isoformat(),
        "hash": ballot.result_hash,
    }


def entry_row(entry: BallotEntry, *, by_chamber: bool, secret: bool) -> dict[str, Any]:
    """An entry as the certificate has it."""
    row: dict[str, Any] = {
        "commitment": entry.commitment,
        "salt": entry.salt,
        "choice": json.loads(entry.choice),
    }
    if by_chamber:
        row["chamber"] = entry.chamber
    if entry.area is not None:
        row["area"] = entry.area
    if not secret:
        row |= {"voter": entry.voter, "reason": entry.reason}
    return row


def rules_intact(ballot: Ballot) -> bool:
    """Whether the frozen rules still have their hash: nobody can have changed them, so this is shown as a check."""
    return ballot.frozen is not None and digest(rules_of(ballot)) == ballot.rules_hash


@dataclass(frozen=True)
class RollLineView:
    """A line of the roll as officials see it when they tick off paper voters."""

    voter_key: str
    name: str | None
    sealed_name: bytes | None
    unit: str
    chamber: str
    area: int
    how: str | None


def roll_lines(
    session: Session, ballot: Ballot, *, search: str = "", after: str | None = None, limit: int = 50
) -> Page[RollLineView]:
    """The roll, by unit or name; names of an import are decrypted by the door that shows them."""
    statement = (
        select(BallotVoter, Account.name, Organisation.name_zh)
        .outerjoin(Account, Account.id == BallotVoter.account_id)
        .outerjoin(Organisation, Organisation.id == BallotVoter.organisation_id)
        .where(BallotVoter.ballot_id == ballot.id)
    )
    if search:
        wanted = BallotVoter.unit.contains(search, autoescape=True)
        wanted |= Account.name.contains(search, autoescape=True)
        wanted |= Organisation.name_zh.contains(search, autoescape=True)
        statement = statement.where(wanted)
    rows = session.execute(keyset(statement, BallotVoter.voter_key.asc(), after=after, limit=limit)).all()
    page = slice_page(rows, limit, lambda row: (row[0].voter_key,))
    return Page([_line(*row) for row in page.items], page.next_cursor)


def _line(voter: BallotVoter, name: str | None, organisation: str | None) -> RollLineView:
    return RollLineView(
        voter.voter_key, organisation or name, voter.name, voter.unit, voter.chamber, voter.area, voter.how
    )
