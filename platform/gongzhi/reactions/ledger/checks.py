"""For the doctor: the log extends every earlier head, its subtrees fit its leaves, and no public act is missing."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from gongzhi.kernel.events import ListenerState, OutboxEvent, StuckDelivery, load

from .exporting import head_shown
from .heads import problem_of
from .keys import keys_of
from .leaves import act_of, leaf_kinds
from .merkle import Frontier, leaf_hash
from .models import LedgerHead, LedgerLeaf, LedgerLog, LedgerNode, node_at, number_of
from .queries import CHUNK, leaves_between
from .records import head_fits

MOST_NAMED = 5
LISTENER = "ledger"


def quick_problems(session: Session) -> list[str]:
    """Why a log could not be signed now: the first thing wrong with each."""
    found = []
    for log in session.scalars(select(LedgerLog)):
        problem = problem_of(session, log)
        if problem:
            found.append(f"{log.name}: {problem}")
    return found


def deep_problems(session: Session) -> list[str]:
    """Every log from its first leaf on: leaves, subtrees, heads and signatures."""
    found: list[str] = []
    for log in session.scalars(select(LedgerLog)).all():
        found += [f"{log.name}: {problem}" for problem in _whole(session, log)]
    return found[:MOST_NAMED]


def _whole(session: Session, log: LedgerLog) -> list[str]:
    public = {key.key_id: key.public_key for key in keys_of(session, log.district_id)}
    heads = {
        head.size: head for head in session.scalars(select(LedgerHead).where(LedgerHead.district_id == log.district_id))
    }
    found: list[str] = []
    tree = Frontier()
    for start in range(0, log.size, CHUNK):
        stored = _completed(session, log.district_id, start, min(start + CHUNK, log.size))
        for position, record, hashed in leaves_between(session, log.district_id, start, start + CHUNK):
            if position != tree.size:
                return [*found, f"entry {tree.size} is missing"]
            if leaf_hash(record.encode()) != hashed:
                found.append(f"entry {position} was changed")
            for level, index, made in tree.append(hashed):
                if stored.pop((level, index), None) != made:
                    found.append(f"subtree {level}/{index} does not fit its leaves")
            if (head := heads.pop(tree.size, None)) is not None:
                found += _of_head(head, tree.root, public.get(head.key_id, b""), log.name)
        if stored:
            found.append("there are subtrees no leaf completes")
        if len(found) >= MOST_NAMED:
            return found
    if tree.size != log.size:
        found.append(f"entry {tree.size} is missing")
    return [*found, *(f"the head of size {size} is beyond the log" for size in sorted(heads))]


def _of_head(head: LedgerHead, root: bytes, public_key: bytes, log: str) -> list[str]:
    found = []
    if head.root != root:
        found.append(f"the head of size {head.size} does not follow from the entries")
    if not head_fits(head_shown(head), public_key, log):
        found.append(f"the signature of the head of size {head.size} does not fit")
    return found


def _completed(session: Session, district_id: str, start: int, end: int) -> dict[tuple[int, int], bytes]:
    """The stored subtrees whose last leaf is from `start` to before `end`, level by level."""
    found: dict[tuple[int, int], bytes] = {}
    level = 1
    while end >> level:
        rows = session.execute(
            select(LedgerNode.number, LedgerNode.hash).where(
                LedgerNode.district_id == district_id,
                LedgerNode.number >= number_of(level, start >> level),
                LedgerNode.number < number_of(level, end >> level),
            )
        )
        found.update({node_at(number): hashed for number, hashed in rows})
        level += 1
    return found


def acts_without_leaf(session: Session) -> list[str]:
    """Public acts the relay has brought and the log does not have, other than those set aside."""
    reached = session.scalar(select(ListenerState.last_seq).where(ListenerState.listener == LISTENER)) or 0
    aside = select(StuckDelivery.event_id).where(StuckDelivery.listener == LISTENER)
    missing = session.scalars(
        select(OutboxEvent)
        .where(
            OutboxEvent.kind.in_(leaf_kinds()),
            OutboxEvent.seq <= reached,
            ~select(LedgerLeaf.event_id).where(LedgerLeaf.event_id == OutboxEvent.id).exists(),
            OutboxEvent.id.not_in(aside),
        )
        .order_by(OutboxEvent.seq)
    )
    found: list[str] = []
    for row in missing:
        happened = load(row)
        if happened is not None and act_of(session, happened) is not None:
            found.append(f"{row.kind} {row.id}")
        if len(found) == MOST_NAMED:
            break
    return found
