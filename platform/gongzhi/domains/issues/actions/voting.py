"""Votes: one row for each voice under any race, and tallies that move by the difference (hard-won.md, 3 and 8).

Lock order: the issue (`FOR SHARE`, so that no vote lands after the close), the voter's row, the tally slot.
Not one clever statement: concurrent changes by the same voter would leave the tally wrong. The statements
are built once, because this is the busiest write of all.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.batch import gather
from gongzhi.kernel.db import dialect
from gongzhi.kernel.errors import AlreadyClosed, Invalid, NotFound
from gongzhi.kernel.events import record
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.text import lazy as _l

from ..events import VoteCast
from ..models import Choice, Issue, Vote, VoteTally
from ..permissions import CAST_VOTE
from ..queries.tallies import COUNTED, Tally, tally
from ..rules.lifecycle import takes_votes
from ..rules.scores import slot_of

_ISSUE: Table = Issue.__table__  # type: ignore[assignment]
_VOTE: Table = Vote.__table__  # type: ignore[assignment]
_TALLY: Table = VoteTally.__table__  # type: ignore[assignment]
_COUNTS = tuple(choice.value for choice in COUNTED)


class IssueRef(NamedTuple):
    """What a vote needs to know of an issue that was loaded elsewhere."""

    id: str
    district_id: str


_STATE = select(_ISSUE.c.state).where(_ISSUE.c.id == bindparam("issue_id")).with_for_update(read=True)
_MINE = (
    select(_VOTE.c.choice)
    .where(_VOTE.c.issue_id == bindparam("issue_id"), _VOTE.c.voter_key == bindparam("voter_key"))
    .with_for_update()
)
_CHANGE = (
    update(_VOTE)
    .where(_VOTE.c.issue_id == bindparam("on_issue"), _VOTE.c.voter_key == bindparam("by_voter"))
    .values(choice=bindparam("choice"), account_id=bindparam("account_id"), changed_at=bindparam("changed_at"))
)
_MOVE = (
    update(_TALLY)
    .where(
        _TALLY.c.issue_id == bindparam("on_issue"),
        _TALLY.c.chamber == bindparam("in_chamber"),
        _TALLY.c.slot == bindparam("in_slot"),
    )
    .values(**{name: _TALLY.c[name] + bindparam(f"more_{name}") for name in _COUNTS}, version=_TALLY.c.version + 1)
)


def _insert_vote(module: Any) -> Any:
    return (
        module.insert(_VOTE)
        .values({column.name: bindparam(column.name) for column in _VOTE.c})
        .on_conflict_do_nothing(index_elements=["issue_id", "voter_key"])
        .returning(_VOTE.c.choice)
    )


def _add_to_tally(module: Any) -> Any:
    insert = module.insert(_TALLY).values({column.name: bindparam(column.name) for column in _TALLY.c})
    return insert.on_conflict_do_update(
        index_elements=["issue_id", "chamber", "slot"],
        set_={name: _TALLY.c[name] + insert.excluded[name] for name in _COUNTS} | {"version": _TALLY.c.version + 1},
    )


_INSERT = {"sqlite": _insert_vote(sqlite), "postgresql": _insert_vote(postgresql)}
_ADD = {"sqlite": _add_to_tally(sqlite), "postgresql": _add_to_tally(postgresql)}


def vote_now(actor: Actor, issue: Issue, *, choice: str) -> Tally:
    """Cast (or with `none` retract) a vote in a write of its own, grouped with others on SQLite.

    For pages and the API: returns the tally once the vote is on disk.
    """
    require(actor, CAST_VOTE, issue)
    plain = IssueRef(issue.id, issue.district_id)
    return gather(lambda session: cast_vote(session, actor, plain, choice=choice))


def cast_vote(session: Session, actor: Actor, issue: Issue | IssueRef, *, choice: str) -> Tally:
    """Support, oppose or be neutral; the last choice counts. Returns the tally with this vote in it.

    Raises `NotPermitted` for the government and the unconfirmed, `AlreadyClosed` once voting has ended,
    `Invalid` for another word.
    """
    require(actor, CAST_VOTE, issue)
    if choice not in tuple(Choice):
        raise Invalid.of("choice", _l("This is not one of the choices."))
    state = session.scalar(_STATE, {"issue_id": issue.id})
    if state is None:
        raise NotFound
    if not takes_votes(state):
        raise AlreadyClosed(_l("Voting on this issue has ended."))
    before = _put(session, actor, issue, choice)
    if (before or Choice.NONE) != choice:
        _move(session, actor, issue.id, before, choice)
        record(
            session,
            VoteCast(
                district_id=issue.district_id,
                actor=actor.account_id,
                organisation=actor.organisation_id,
                issue_id=issue.id,
                chamber=actor.chamber or "",
                choice=str(choice),
                before=before,
            ),
        )
    return tally(session, issue.id)


def retract_vote(session: Session, actor: Actor, issue: Issue | IssueRef) -> Tally:
    """Take one's vote back; nothing happens when there is none. Returns and raises as `cast_vote`."""
    return cast_vote(session, actor, issue, choice=Choice.NONE)


def _put(session: Session, actor: Actor, issue: Issue | IssueRef, choice: str) -> str | None:
    """Keep the choice and return the one before; None when this is the voice's first on the issue."""
    who = {"issue_id": issue.id, "voter_key": actor.voter_key}
    now = clock.now()
    if choice != Choice.NONE:
        first = session.execute(
            _INSERT[dialect(session)],
            {
                **who,
                "district_id": issue.district_id,
                "account_id": actor.account_id,
                "organisation_id": actor.organisation_id,
                "chamber": actor.chamber,
                "choice": choice,
                "changed_at": now,
            },
        ).scalar()
        if first is not None:
            return None
    before: str | None = session.scalar(_MINE, who)
    if before is not None and before != choice:
        session.execute(
            _CHANGE,
            {
                "on_issue": issue.id,
                "by_voter": actor.voter_key,
                "choice": choice,
                "account_id": actor.account_id,
                "changed_at": now,
            },
        )
    return before


def _move(session: Session, actor: Actor, issue_id: str, before: str | None, after: str) -> None:
    """Move the tally of the voter's chamber by the difference."""
    slot = slot_of(actor.voter_key, dialect(session))
    change = {name: int(name == after) - int(name == before) for name in _COUNTS}
    if before in (None, Choice.NONE):
        row = {"issue_id": issue_id, "chamber": actor.chamber, "slot": slot, "version": 1}
        session.execute(_ADD[dialect(session)], row | change)
        return
    moved = session.execute(
        _MOVE,
        {
            "on_issue": issue_id,
            "in_chamber": actor.chamber,
            "in_slot": slot,
            **{f"more_{name}": number for name, number in change.items()},
        },
    )
    if moved.rowcount == 0:  # type: ignore[attr-defined]
        # The slots were laid out on another database: lay them out anew from the votes.
        recount(session, issue_id)


def recount(session: Session, issue_id: str) -> None:
    """Write the tallies afresh from the votes; their version grows. Hold the lock on the issue."""
    name = dialect(session)
    slots: dict[tuple[str, int], dict[str, int]] = {}
    for chamber, slot in _known_slots(session, issue_id):
        slots[chamber, slot] = dict.fromkeys(_COUNTS, 0)
    for voter_key, chamber, choice in session.execute(
        select(_VOTE.c.voter_key, _VOTE.c.chamber, _VOTE.c.choice)
        .where(_VOTE.c.issue_id == issue_id, _VOTE.c.choice != Choice.NONE)
        .execution_options(yield_per=1_000)
    ):
        counts = slots.setdefault((chamber, slot_of(voter_key, name)), dict.fromkeys(_COUNTS, 0))
        counts[choice] += 1
    known = set(_known_slots(session, issue_id))
    for (chamber, slot), counts in sorted(slots.items()):
        key = (_TALLY.c.issue_id == issue_id) & (_TALLY.c.chamber == chamber) & (_TALLY.c.slot == slot)
        if (chamber, slot) in known:
            session.execute(update(_TALLY).where(key).values(**counts, version=_TALLY.c.version + 1))
        else:
            session.execute(_TALLY.insert().values(issue_id=issue_id, chamber=chamber, slot=slot, version=1, **counts))


def _known_slots(session: Session, issue_id: str) -> Iterable[tuple[str, int]]:
    rows = session.execute(select(_TALLY.c.chamber, _TALLY.c.slot).where(_TALLY.c.issue_id == issue_id))
    return [(chamber, slot) for chamber, slot in rows]
