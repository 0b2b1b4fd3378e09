"""What each room keeps about a person: how it is given to them, and what becomes of it when they leave.

Every room that keeps anything under an account registers its part here (`handlers.py`). The room of people
asks all of them when somebody downloads their data or has their account erased (decisions/0014).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, select, update
from sqlalchemy.orm import Session

from gongzhi.kernel.text.messages import Lazy


@dataclass(frozen=True)
class Sheet:
    """Rows of one kind: a list in JSON and a table in CSV; `photos` are keys of pictures to put beside them."""

    name: str
    rows: Sequence[Mapping[str, Any]]
    photos: tuple[str, ...] = ()


@dataclass(frozen=True)
class Parting:
    """An erasure under way. Public words stay with `account_id`, which has no name any more; voices that count
    move to `voice_id`, an account with nothing in it, so that words and votes cannot be put together.
    """

    account_id: str
    voice_id: str
    district_id: str
    files: list[str] = field(default_factory=list)
    """Keys of files nobody needs any more; removed once the erasure is on disk."""


@dataclass(frozen=True)
class PersonalData:
    """A room's part. `move` hands voices from one account to another: at an erasure, and back when the person
    returns; where both spoke on the same thing only the newer account's voice stays. `holds` says in words
    what stands against an erasure at the moment.
    """

    room: str
    export: Callable[[Session, str], Iterable[Sheet]]
    erase: Callable[[Session, Parting], None] | None = None
    move: Callable[[Session, str, str], None] | None = None
    holds: Callable[[Session, str], Iterable[Lazy]] | None = None


_rooms: dict[str, PersonalData] = {}


def register_personal_data(
    room: str,
    export: Callable[[Session, str], Iterable[Sheet]],
    erase: Callable[[Session, Parting], None] | None = None,
    *,
    move: Callable[[Session, str, str], None] | None = None,
    holds: Callable[[Session, str], Iterable[Lazy]] | None = None,
) -> None:
    """Register a room's part; registering twice replaces."""
    _rooms[room] = PersonalData(room, export, erase, move, holds)


def rooms() -> tuple[PersonalData, ...]:
    """Every room's part, in the order of registration, which is the ladder of rooms."""
    return tuple(_rooms.values())


def rows_of(
    session: Session, table: type[Any], *conditions: ColumnElement[bool], leave: tuple[str, ...] = ()
) -> list[dict[str, Any]]:
    """The rows of a table as dictionaries, without the columns to leave, the oldest first."""
    columns = [column for column in table.__table__.c if column.name not in leave]
    first = next(iter(table.__table__.primary_key))
    found = session.execute(select(*columns).where(*conditions).order_by(first)).mappings()
    return [dict(row) for row in found]


def voice_of(account_id: str) -> str:
    """The key under which a person's own voice counts (`Actor.voter_key`)."""
    return f"a:{account_id}"


def move_voices(session: Session, table: type[Any], before: str, after: str, *, one_for: tuple[str, ...]) -> None:
    """Hand the rows of a table with `voter_key` and `account_id` to another account.

    `one_for` names the columns under which a voice speaks once. Where the new account has spoken there
    already, the old row goes. For tables without sums beside them.
    """
    rows: Table = table.__table__
    theirs = rows.alias("theirs")
    both = [rows.c[name] == theirs.c[name] for name in one_for]
    there = select(theirs.c.voter_key).where(theirs.c.voter_key == voice_of(after), *both).exists()
    session.execute(delete(rows).where(rows.c.voter_key == voice_of(before), there))
    session.execute(update(rows).where(rows.c.voter_key == voice_of(before)).values(voter_key=voice_of(after)))
    # What was said for an organisation stays the organisation's; who clicked is forgotten with the rest.
    session.execute(update(rows).where(rows.c.account_id == before).values(account_id=after))
