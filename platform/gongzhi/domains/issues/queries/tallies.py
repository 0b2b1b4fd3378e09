"""Tallies: kept, not counted; read in one statement with their version, so that both belong together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, bindparam, cast, func, literal, select, union_all
from sqlalchemy.orm import Session

from gongzhi.kernel.events import StreamVersion
from gongzhi.kernel.policy import Actor
from gongzhi.kernel.prepared import Driver, Prepared, Step

from ..models import Chamber, Choice, Vote, VoteTally

Tally = dict[str, Any]
COUNTED = (Choice.SUPPORT, Choice.OPPOSE, Choice.NEUTRAL)


def empty_tally(version: int = 0) -> Tally:
    """No votes yet."""
    return {
        "version": version,
        "chambers": {chamber.value: {choice.value: 0 for choice in COUNTED} for chamber in Chamber},
        "total": 0,
    }


_tally = VoteTally.__table__
_stream = StreamVersion.__table__
_SUMS = (
    cast(func.sum(_tally.c.support), BigInteger).label("support"),
    cast(func.sum(_tally.c.oppose), BigInteger).label("oppose"),
    cast(func.sum(_tally.c.neutral), BigInteger).label("neutral"),
    cast(func.sum(_tally.c.version), BigInteger).label("version"),
)
_ONE = Prepared(
    union_all(
        select(_tally.c.chamber, *_SUMS).where(_tally.c.issue_id == bindparam("issue_id")).group_by(_tally.c.chamber),
        select(
            literal(""),
            literal(0),
            literal(0),
            literal(0),
            cast(func.coalesce(func.sum(_stream.c.version), 0), BigInteger),
        ).where(_stream.c.topic == bindparam("topic")),
    )
)

_MANY = (
    select(_tally.c.issue_id, _tally.c.chamber, *_SUMS)
    .where(_tally.c.issue_id.in_(bindparam("issue_ids", expanding=True)))
    .group_by(_tally.c.issue_id, _tally.c.chamber)
)


def tally(session: Session, issue_id: str) -> Tally:
    """What `GET …/tally` answers: `{version, chambers: {…: {support, oppose, neutral}}, total}`.

    The version is that of the live topic `issue:<id>`, read together with the numbers.
    """
    return fold_rows(Driver(session).rows(*tally_step(issue_id)))


def tally_step(issue_id: str) -> Step:
    """The statement of `tally`, whose rows `fold_rows` reads."""
    return _ONE, {"issue_id": issue_id, "topic": f"issue:{issue_id}"}


def fold_rows(rows: Iterable[tuple[Any, ...]]) -> Tally:
    """A tally out of rows (chamber, support, oppose, neutral, version); an empty chamber adds to the version."""
    found = empty_tally()
    for chamber, support, oppose, neutral, version in rows:
        found["version"] += int(version)
        if chamber:
            counts = found["chambers"][chamber]
            counts["support"] += int(support)
            counts["oppose"] += int(oppose)
            counts["neutral"] += int(neutral)
            found["total"] += int(support) + int(oppose) + int(neutral)
    return found


def tally_version(session: Session, issue_id: str) -> int:
    """The tallies' own share of the version of `issue:<id>` (registered with kernel.events)."""
    return int(
        session.scalar(select(func.coalesce(func.sum(_tally.c.version), 0)).where(_tally.c.issue_id == issue_id)) or 0
    )


def tallies(session: Session, issue_ids: Sequence[str]) -> dict[str, Tally]:
    """The tallies of many issues; their `version` here is the tallies' own share only."""
    if not issue_ids:
        return {}
    rows = session.execute(_MANY, {"issue_ids": list(issue_ids)})
    grouped: dict[str, list[tuple[str, int, int, int, int]]] = {}
    for issue_id, *numbers in rows:
        grouped.setdefault(issue_id, []).append(tuple(numbers))
    return {issue_id: fold_rows(grouped.get(issue_id, ())) for issue_id in issue_ids}


def my_votes(session: Session, actor: Actor, issue_ids: Sequence[str]) -> dict[str, Choice]:
    """How the voice the actor speaks with has voted on each of these; retracted ones are left out."""
    if not actor.signed_in or not issue_ids:
        return {}
    rows = session.execute(
        select(Vote.issue_id, Vote.choice).where(
            Vote.issue_id.in_(issue_ids), Vote.voter_key == actor.voter_key, Vote.choice != Choice.NONE
        )
    )
    return {issue_id: Choice(choice) for issue_id, choice in rows}
