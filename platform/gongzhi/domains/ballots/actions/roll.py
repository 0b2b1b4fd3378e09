"""The electoral roll: drawn up from those entitled when the ballot is opened, or imported line by line before.

It is frozen with the rules. Whoever moves in, is verified or joins an organisation later votes in the next ballot.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, or_, select
from sqlalchemy.orm import Session

from gongzhi.domains.people.models import Account, AccountState, Organisation, OrganisationState
from gongzhi.domains.people.queries import account_by_contact
from gongzhi.domains.people.rules import parse_contact
from gongzhi.domains.places.models import Place
from gongzhi.kernel.errors import AlreadyClosed, Invalid
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.secrets import encrypt
from gongzhi.kernel.text import Message, clean_line
from gongzhi.kernel.text import lazy as _l

from ..models import Ballot, BallotState, BallotVoter
from ..permissions import EDIT_BALLOT
from ..rules.course import has_imported_roll
from .steps import note_step

CHUNK = 2_000
MOST_LINES = 20_000
MOST_TOLD = 50
LARGEST_AREA = 10**9
NAME_PURPOSE = "ballots.roll_name"


@dataclass(frozen=True)
class RollLine:
    """A line of an imported roll as typed: a contact of an account, or a name; the unit; the area in m²."""

    number: int
    contact: str = ""
    name: str = ""
    unit: str = ""
    area: str = ""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a line."""

    line: int
    message: Message


def import_roll(session: Session, actor: Actor, ballot: Ballot, lines: Sequence[RollLine]) -> tuple[int, list[Fault]]:
    """Replace the roll of a draft; how many voices it has, or the faults, of which one is enough to change nothing.

    An account named twice is one voice, and its areas are added. Locks the ballot.
    """
    session.refresh(ballot, with_for_update=True)
    require(actor, EDIT_BALLOT, ballot)
    if ballot.state != BallotState.DRAFT:
        raise AlreadyClosed(_l("Only a draft can be edited."))
    if not has_imported_roll(ballot):
        raise Invalid.of("file", _l("This ballot has no imported roll."))
    if not lines:
        raise Invalid.of("file", _l("There is no line in this file."))
    if len(lines) > MOST_LINES:
        raise Invalid.of("file", _l("At most %(most)s lines.", most=MOST_LINES))
    voices: dict[str, dict[str, Any]] = {}
    faults: list[Fault] = []
    for line in lines:
        try:
            _add(session, ballot, line, voices)
        except Invalid as wrong:
            faults.append(Fault(line.number, next(iter(wrong.errors.values()))[0]))
            if len(faults) >= MOST_TOLD:
                break
    if faults:
        return 0, faults
    session.execute(delete(BallotVoter).where(BallotVoter.ballot_id == ballot.id))
    _insert(session, iter(voices.values()))
    note_step(session, actor, ballot, "edit")
    ballot.version += 1
    return len(voices), []


def _add(session: Session, ballot: Ballot, line: RollLine, voices: dict[str, dict[str, Any]]) -> None:
    name, unit = clean_line(line.name)[:60], clean_line(line.unit)[:60]
    account = None
    if line.contact.strip():
        account = account_by_contact(session, parse_contact(line.contact))
        if account is None or account.district_id != ballot.district_id or account.state != AccountState.ACTIVE:
            raise Invalid.of("contact", _l("There is no account with this contact."))
        if account.level < ballot.level:
            raise Invalid.of("contact", _l("This account is not verified as this ballot asks."))
    elif not name:
        raise Invalid.of("name", _l("Give the contact of an account, or a name."))
    area = area_of(line.area)
    key = f"a:{account.id}" if account else f"r:{line.number}"
    before = voices.get(key)
    if before is not None:
        before["area"] += area
        before["unit"] = f"{before['unit']}, {unit}"[:60]
        return
    voices[key] = {
        "ballot_id": ballot.id,
        "voter_key": key,
        "account_id": account.id if account else None,
        "organisation_id": None,
        "chamber": "resident",
        "area": area,
        "unit": unit,
        "name": encrypt(name, NAME_PURPOSE) if name and account is None else None,
    }


def area_of(text: str) -> int:
    """Square metres with at most two decimals as 0.01 m²; nothing is zero. Raises `Invalid`."""
    whole, _dot, rest = text.strip().partition(".")
    if not whole and not rest:
        return 0
    if not (whole.isascii() and whole.isdigit() and (not rest or (rest.isascii() and rest.isdigit()))) or len(rest) > 2:
        raise Invalid.of("area", _l("Enter an area such as 89.50."))
    area = int(whole) * 100 + int(rest.ljust(2, "0") or 0)
    if area > LARGEST_AREA:
        raise Invalid.of("area", _l("Enter an area such as 89.50."))
    return area


def draw_up(session: Session, ballot: Ballot) -> None:
    """Write everybody entitled into the roll: verified residents and organisations of the places, one voice each."""
    if has_imported_roll(ballot):
        return
    session.execute(delete(BallotVoter).where(BallotVoter.ballot_id == ballot.id))
    if "resident" in ballot.chambers:
        _insert(session, _residents(session, ballot))
    if set(ballot.chambers) - {"resident"}:
        _insert(session, _organisations(session, ballot))


def _in_places(session: Session, ballot: Ballot) -> Any:
    paths = session.scalars(select(Place.path).where(Place.id.in_(ballot.places))).all()
    return or_(*(Place.path.startswith(path, autoescape=True) for path in paths))


def _residents(session: Session, ballot: Ballot) -> Iterator[dict[str, Any]]:
    """A verified person has one account (blind index of the identity), so one voice."""
    rows = session.execute(
        select(Account.id)
        .join(Place, Place.id == Account.community_id)
        .where(
            Account.district_id == ballot.district_id,
            Account.state == AccountState.ACTIVE,
            Account.level >= ballot.level,
            _in_places(session, ballot),
        )
    )
    for (account_id,) in rows.all():
        yield _row(ballot, f"a:{account_id}", "resident", account_id=account_id)


def _organisations(session: Session, ballot: Ballot) -> Iterator[dict[str, Any]]:
    rows = session.execute(
        select(Organisation.id, Organisation.kind)
        .join(Place, Place.id == Organisation.place_id)
        .where(
            Organisation.district_id == ballot.district_id,
            Organisation.state == OrganisationState.VERIFIED,
            Organisation.kind.in_([name for name in ballot.chambers if name != "resident"]),
            _in_places(session, ballot),
        )
    )
    for organisation_id, kind in rows.all():
        yield _row(ballot, f"o:{organisation_id}", str(kind), organisation_id=organisation_id)


def _row(
    ballot: Ballot, key: str, chamber: str, *, account_id: str | None = None, organisation_id: str | None = None
) -> dict[str, Any]:
    return {
        "ballot_id": ballot.id,
        "voter_key": key,
        "account_id": account_id,
        "organisation_id": organisation_id,
        "chamber": chamber,
        "area": 0,
        "unit": "",
        "name": None,
    }


def _insert(session: Session, rows: Iterator[dict[str, Any]]) -> None:
    chunk: list[dict[str, Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            session.execute(insert(BallotVoter), chunk)
            chunk = []
    if chunk:
        session.execute(insert(BallotVoter), chunk)


def electorate(session: Session, ballot: Ballot) -> dict[str, Any]:
    """How many are on the roll, by chamber, and the area they own."""
    rows = session.execute(
        select(BallotVoter.chamber, func.count(), func.sum(BallotVoter.area))
        .where(BallotVoter.ballot_id == ballot.id)
        .group_by(BallotVoter.chamber)
    ).all()
    return {
        "number": sum(number for _chamber, number, _area in rows),
        "area": sum(int(area or 0) for _chamber, _number, area in rows),
        "chambers": {str(chamber): number for chamber, number, _area in rows},
    }
