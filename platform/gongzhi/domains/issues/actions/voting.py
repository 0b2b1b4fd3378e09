"""Votes: one row for each voice under any race, and tallies that move by the difference (hard-won.md, 3 and 8).

Lock order: the issue (`FOR SHARE`, so that no vote lands after the close), the voter's row, the tally slot.
Not one clever statement: concurrent changes by the same voter would leave the tally wrong. The statements
are built once, because this is the busiest write of all.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.batch import gather
from gongzhi.kernel.db import dialect
from gongzhi.kernel.errors import AlreadyClosed, Invalid, NotFound
from gongzhi.kernel.events import record
from gongzhi.kernel.policy import Actor, require
from gongzhi.kernel.prepared import Driver, Prepared, Step
from gongzhi.kernel.text import lazy as _l

from ..events import VoteCast
from ..models import Choice, Issue, Vote, VoteTally
from ..permissions import CAST_VOTE
from ..queries.access import access_issue
from ..queries.tallies import COUNTED, Tally, fold_rows, tally_step
from ..rules.lifecycle import takes_votes
from ..rules.scores import slot_of

_ISSUE: Table = Issue.__table__  # type: ignore[assignment]
_VOTE: Table = Vote.__table__  # type: ignore[assignment]
_TALLY: Table = VoteTally.__table__  # type: ignore[assignment]
_COUNTS = tuple(choice.value for choice in COUNTED)


_STATE = Prepared(
    select(_ISSUE.c.state, _ISSUE.c.district_id, _ISSUE.c.is_hidden)
    .where(_ISSUE.c.id == bindparam("issue_id"))
    .with_for_update(read=True)
)
_MINE = Prepared(
    select(_VOTE.c.choice)
    .where(_VOTE.c.issue_id == bindparam("issue_id"), _VOTE.c.voter_key == bindparam("voter_key"))
    .with_for_update()
)
_CHANGE = Prepared(
    update(_VOTE)
    .where(_VOTE.c.issue_id == bindparam("on_issue"), _VOTE.c.voter_key == bindparam("by_voter"))
    .values(choice=bindparam("choice"), account_id=bindparam("account_id"), changed_at=bindparam("changed_at"))
)
_MOVE = Prepared(
    update(_TALLY)
    .where(
        _TALLY.c.issue_id == bindparam("on_issue"),
        _TALLY.c.chamber == bindparam("in_chamber"),
        _TALLY.c.slot == bindparam("in_slot"),
    )
    .values(**{name: _TALLY.c[name] + bindparam(f"more_{name}") for name in _COUNTS}, version=_TALLY.c.version + 1)
)


def _insert_vote(name: str) -> Any:
    return (
        _MODULES[name]
        .insert(_VOTE)
        .values({column.name: bindparam(column.name) for column in _VOTE.c})
        .on_conflict_do_nothing(index_elements=["issue_id", "voter_key"])
        .returning(_VOTE.c.choice)
    )


def _add_to_tally(name: str) -> Any:
    insert = _MODULES[name].insert(_TALLY).values({column.name: bindparam(column.name) for column in _TALLY.c})
    return insert.on_conflict_do_update(
        index_elements=["issue_id", "chamber", "slot"],
        set_={name: _TALLY.c[name] + insert.excluded[name] for name in _COUNTS} | {"version": _TALLY.c.version + 1},
    )


_MODULES: dict[str, Any] = {"sqlite": sqlite, "postgresql": postgresql}
_INSERT, _ADD = Prepared(_insert_vote), Prepared(_add_to_tally)


def vote_now(actor: Actor, issue_id: str, *, choice: str) -> Tally:
    """Cast (or with `none` retract) a vote in a write of its own, grouped with others on SQLite.

    For pages and the API: returns the tally once the vote is on disk. Raises as `cast_vote`.
    """
    require(actor, CAST_VOTE)
    return gather(lambda session: cast_vote(session, actor, issue_id, choice=choice), bare=True)


def cast_vote(session: Session, actor: Actor, issue_id: str, *, choice: str) -> Tally:
    """Support, oppose or be neutral; the last choice counts. Returns the tally with this vote in it.

    Raises `NotPermitted` for the government and the unconfirmed, `NotFound` for an issue the actor may not
    see, `AlreadyClosed` once voting has ended, `Invalid` for another word; all before anything is changed.
    """
    require(actor, CAST_VOTE)
    if choice not in tuple(Choice):
        raise Invalid.of("choice", _l("This is not one of the choices."))
    driver = Driver(session)
    who = {"issue_id": issue_id, "voter_key": actor.voter_key}
    states, votes = driver.together((_STATE, {"issue_id": issue_id}), (_MINE, who))
    if not states.rows or states.rows[0][1] != actor.district_id:
        raise NotFound
    state, _district, is_hidden = states.rows[0]
    if is_hidden:
        access_issue(session, actor, issue_id)
    if not takes_votes(state):
        raise AlreadyClosed(_l("Voting on this issue has ended."))
    before: str | None = votes.rows[0][0] if votes.rows else None
    if before is None and choice != Choice.NONE:
        before = _first(driver, actor, issue_id, choice)
    if (before or Choice.NONE) == choice:
        return fold_rows(driver.rows(*tally_step(issue_id)))
    record(
        session,
        VoteCast(
            district_id=actor.district_id,
            actor=actor.account_id,
            organisation=actor.organisation_id,
            issue_id=issue_id,
            chamber=actor.chamber or "",
            choice=str(choice),
            before=before,
        ),
        driver=driver,
    )
    if before is not None:
        driver.later(*_changed(actor, issue_id, choice))
    moved, counted = driver.together(_move(driver, actor, issue_id, before, choice), tally_step(issue_id))
    if moved.changed == 0:
        # The slots were laid out on another database: lay them out anew from the votes.
        recount(session, issue_id)
        return fold_rows(driver.rows(*tally_step(issue_id)))
    return fold_rows(counted.rows)


def retract_vote(session: Session, actor: Actor, issue_id: str) -> Tally:
    """Take one's vote back; nothing happens when there is none. Returns and raises as `cast_vote`."""
    return cast_vote(session, actor, issue_id, choice=Choice.NONE)


def _first(driver: Driver, actor: Actor, issue_id: str, choice: str) -> str | None:
    """Keep this voice's first choice; the choice before, when another request came first after all."""
    put = driver.row(
        _INSERT,
        {
            "issue_id": issue_id,
            "voter_key": actor.voter_key,
            "district_id": actor.district_id,
            "account_id": actor.account_id,
            "organisation_id": actor.organisation_id,
            "chamber": actor.chamber,
            "choice": choice,
            "changed_at": clock.now(),
        },
    )
    if put is not None:
        return None
    kept = driver.row(_MINE, {"issue_id": issue_id, "voter_key": actor.voter_key})
    return kept[0] if kept else None


def _changed(actor: Actor, issue_id: str, choice: str) -> Step:
    """The vote says something else now."""
    return _CHANGE, {
        "on_issue": issue_id,
        "by_voter": actor.voter_key,
        "choice": choice,
        "account_id": actor.account_id,
        "changed_at": clock.now(),
    }


def _move(driver: Driver, actor: Actor, issue_id: str, before: str | None, after: str) -> Step:
    """The tally of the voter's chamber moves by the difference."""
    slot = slot_of(actor.voter_key, driver.dialect.name)
    change = {name: int(name == after) - int(name == before) for name in _COUNTS}
    if before in (None, Choice.NONE):
        return _ADD, {"issue_id": issue_id, "chamber": actor.chamber, "slot": slot, "version": 1, **change}
    return _MOVE, {
        "on_issue": issue_id,
        "in_chamber": actor.chamber,
        "in_slot": slot,
        **{f"more_{name}": number for name, number in change.items()},
    }


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
