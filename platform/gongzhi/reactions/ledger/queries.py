"""Reads of the log: a proof costs one statement, however long the log is."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Executable, func, literal_column, select, union_all
from sqlalchemy.orm import Session

from gongzhi.kernel.errors import Invalid, NotFound
from gongzhi.kernel.pages import Page, keyset, slice_page
from gongzhi.kernel.policy import Actor
from gongzhi.kernel.text import lazy as _l

from .merkle import Node, consistency_spans, fold, hashes_of, inclusion_spans, nodes_of
from .models import LedgerHead, LedgerLeaf, LedgerLog, LedgerNode, LedgerSalt, node_at, number_of

CHUNK = 1000


@dataclass(frozen=True)
class Filters:
    """What narrows the list of entries."""

    subject_kind: str | None = None
    subject_id: str | None = None


def log_of(session: Session, actor: Actor) -> LedgerLog | None:
    """The log of the actor's district; None before its first entry."""
    return session.get(LedgerLog, actor.district_id) if actor.district_id else None


def stored_nodes(session: Session, district_id: str, wanted: Collection[Node]) -> dict[Node, bytes]:
    """The hashes of these complete subtrees, leaves included: one statement."""
    leaves = [index for level, index in wanted if level == 0]
    parts: list[Executable] = []
    if leaves:
        parts.append(
            select(LedgerLeaf.position, literal_column("1"), LedgerLeaf.hash).where(
                LedgerLeaf.district_id == district_id, LedgerLeaf.position.in_(leaves)
            )
        )
    numbers = [number_of(level, index) for level, index in wanted if level]
    if numbers:
        parts.append(
            select(LedgerNode.number, literal_column("0"), LedgerNode.hash).where(
                LedgerNode.district_id == district_id, LedgerNode.number.in_(numbers)
            )
        )
    if not parts:
        return {}
    rows = session.execute(cast("Any", union_all)(*parts) if len(parts) > 1 else parts[0])
    return {(0, number) if leaf else node_at(number): hashed for number, leaf, hashed in rows}


def root_at(session: Session, district_id: str, size: int) -> bytes:
    """The root of the first `size` leaves."""
    nodes = nodes_of((0, size))
    stored = stored_nodes(session, district_id, nodes)
    return fold([stored[node] for node in nodes if node in stored])


@dataclass(frozen=True)
class InclusionProof:
    """Proof that a leaf is in the tree of a size."""

    index: int
    size: int
    leaf: bytes
    root: bytes
    path: list[bytes]


def prove_inclusion(session: Session, log: LedgerLog, index: int, size: int) -> InclusionProof:
    """Raises `Invalid` for numbers the log does not have."""
    _check_size(log, "size", size)
    if not 0 <= index < size:
        raise Invalid.of("index", _l("There is no such entry in a log of this size."))
    spans = inclusion_spans(index, size)
    wanted = {(0, index), *(node for span in spans for node in nodes_of(span)), *nodes_of((0, size))}
    stored = stored_nodes(session, log.district_id, wanted)
    root = fold([stored[node] for node in nodes_of((0, size))])
    return InclusionProof(index, size, stored[0, index], root, hashes_of(spans, stored))


@dataclass(frozen=True)
class ConsistencyProof:
    """Proof that the second tree begins with the first."""

    first: int
    second: int
    first_root: bytes
    second_root: bytes
    path: list[bytes]


def prove_consistency(session: Session, log: LedgerLog, first: int, second: int) -> ConsistencyProof:
    """Raises `Invalid` for sizes the log does not have, or the larger one first."""
    _check_size(log, "second", second)
    if not 0 < first <= second:
        raise Invalid.of("first", _l("The first size must be at least 1 and not larger than the second."))
    spans = consistency_spans(first, second)
    ends = nodes_of((0, first)), nodes_of((0, second))
    wanted = {node for span in spans for node in nodes_of(span)}.union(*ends)
    stored = stored_nodes(session, log.district_id, wanted)
    roots = [fold([stored[node] for node in nodes]) for nodes in ends]
    return ConsistencyProof(first, second, roots[0], roots[1], hashes_of(spans, stored))


def _check_size(log: LedgerLog, name: str, size: int) -> None:
    if not 0 < size <= log.size:
        raise Invalid.of(name, _l("The log has not had this size."))


def unsigned_entries(session: Session) -> int:
    """How many entries of all logs no signed head covers yet."""
    covered = select(func.coalesce(func.max(LedgerHead.size), 0)).where(LedgerHead.district_id == LedgerLog.district_id)
    return int(session.scalar(select(func.coalesce(func.sum(LedgerLog.size - covered.scalar_subquery()), 0))) or 0)


def newest_head(session: Session, district_id: str) -> LedgerHead | None:
    """The head signed last."""
    return session.scalars(
        select(LedgerHead).where(LedgerHead.district_id == district_id).order_by(LedgerHead.size.desc()).limit(1)
    ).first()


def access_head(session: Session, actor: Actor, size: int) -> LedgerHead:
    """The head of this size. Raises `NotFound`."""
    head = session.get(LedgerHead, (actor.district_id, size)) if actor.district_id else None
    if head is None:
        raise NotFound
    return head


def heads(session: Session, actor: Actor, *, after: str | None = None, limit: int = 20) -> Page[LedgerHead]:
    """All heads, newest first: one statement."""
    statement = select(LedgerHead).where(LedgerHead.district_id == actor.district_id)
    rows = session.scalars(keyset(statement, LedgerHead.size.desc(), after=after, limit=limit))
    return slice_page(rows, limit, lambda head: (head.size,))


def head_covering(session: Session, district_id: str, index: int) -> LedgerHead | None:
    """The first head that was signed over this entry."""
    return session.scalars(
        select(LedgerHead)
        .where(LedgerHead.district_id == district_id, LedgerHead.size > index)
        .order_by(LedgerHead.size)
        .limit(1)
    ).first()


def access_leaf(session: Session, actor: Actor, index: int) -> LedgerLeaf:
    """An entry of the actor's district. Raises `NotFound`."""
    leaf = session.get(LedgerLeaf, (actor.district_id, index)) if actor.district_id and index < 1 << 62 else None
    if leaf is None:
        raise NotFound
    return leaf


def entries(
    session: Session, actor: Actor, filters: Filters, *, after: str | None = None, limit: int = 20
) -> Page[LedgerLeaf]:
    """Entries, newest first: one statement."""
    statement = select(LedgerLeaf).where(LedgerLeaf.district_id == actor.district_id)
    if filters.subject_kind:
        statement = statement.where(LedgerLeaf.subject_kind == filters.subject_kind)
    if filters.subject_id:
        statement = statement.where(LedgerLeaf.subject_id == filters.subject_id)
    rows = session.scalars(keyset(statement, LedgerLeaf.position.desc(), after=after, limit=limit))
    return slice_page(rows, limit, lambda leaf: (leaf.position,))


def salt_of(session: Session, leaf: LedgerLeaf) -> bytes | None:
    """The salt of an entry's words; None when it has none, or none any more."""
    found = session.get(LedgerSalt, (leaf.district_id, leaf.position))
    return found.salt if found is not None else None


def leaves_between(session: Session, district_id: str, start: int, end: int) -> Iterator[tuple[int, str, bytes]]:
    """Position, record and hash of the leaves from `start` to before `end`, a thousand at a time."""
    while start < end:
        rows = session.execute(
            select(LedgerLeaf.position, LedgerLeaf.record, LedgerLeaf.hash)
            .where(LedgerLeaf.district_id == district_id, LedgerLeaf.position >= start, LedgerLeaf.position < end)
            .order_by(LedgerLeaf.position)
            .limit(CHUNK)
        ).all()
        if not rows:
            return
        yield from cast("Iterator[tuple[int, str, bytes]]", rows)
        start = rows[-1][0] + 1
