"""Signed tree heads: made when the log grew, and only if the tree extends the head before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from gongzhi.kernel import clock
from gongzhi.kernel.db import isolated, session, write
from gongzhi.kernel.secrets import Undecipherable

from . import records
from .keys import key_in_use, sign
from .merkle import Frontier, leaf_hash, nodes_of
from .models import LedgerHead, LedgerLog
from .queries import leaves_between, newest_head, root_at, stored_nodes

log_ = structlog.get_logger(__name__)

LATEST_AFTER = timedelta(minutes=10)
"""A log that grew this long ago has a head; otherwise something is wrong."""


class Forked(Exception):
    """The log as stored does not extend the head that was signed last."""


def sign_head(current: Session, log: LedgerLog) -> LedgerHead | None:
    """A new head of a locked log; None when it has not grown. Raises `Forked`, and signs nothing then."""
    before = newest_head(current, log.district_id)
    if before is not None and before.size == log.size:
        return None
    root = checked_root(current, log, before)
    key = key_in_use(current, log.district_id)
    now = clock.now()
    time = max(now, before.time, key.valid_from) if before is not None else max(now, key.valid_from)
    text = records.head_text(log=log.name, size=log.size, root=root, time=records.moment(time), key=key.key_id)
    made = LedgerHead(
        district_id=log.district_id,
        size=log.size,
        root=root,
        time=time,
        key_id=key.key_id,
        algorithm=records.ALGORITHM,
        signature=sign(key, text),
    )
    current.add(made)
    current.flush()
    return made


def checked_root(current: Session, log: LedgerLog, before: LedgerHead | None) -> bytes:
    """The root of the log as stored, made from the leaves since the head before. Raises `Forked`.

    The stored subtrees must give the root of that head; the leaves since, hashed anew from their records, must
    follow one another without a gap; and what they make must be what the stored subtrees say now.
    """
    size = before.size if before is not None else 0
    edge = nodes_of((0, size))
    stored = stored_nodes(current, log.district_id, edge)
    if len(stored) < len(edge):
        raise Forked("subtrees are missing")
    tree = Frontier(size, [stored[node] for node in edge])
    if before is not None and tree.root != before.root:
        raise Forked(f"the head of size {before.size} does not follow from what is stored")
    _add(tree, leaves_between(current, log.district_id, size, log.size))
    if tree.size != log.size:
        raise Forked(f"entry {tree.size} is missing")
    if tree.root != root_at(current, log.district_id, log.size):
        raise Forked("the subtrees do not fit the leaves")
    return tree.root


def _add(tree: Frontier, leaves: Iterable[tuple[int, str, bytes]]) -> None:
    for position, record, hashed in leaves:
        if position != tree.size:
            raise Forked(f"entry {tree.size} is missing")
        if leaf_hash(record.encode()) != hashed:
            raise Forked(f"entry {position} was changed")
        tree.append(hashed)


def sign_grown_logs() -> int:
    """For the job: a head for every log that grew. What cannot be signed is logged, and shown by the doctor."""
    with isolated():
        grown = [
            district_id
            for district_id, size in session().execute(select(LedgerLog.district_id, LedgerLog.size))
            if size and ((head := newest_head(session(), district_id)) is None or head.size < size)
        ]
    signed = 0
    for district_id in grown:
        try:
            with write() as current:
                log = current.scalars(
                    select(LedgerLog).where(LedgerLog.district_id == district_id).with_for_update()
                ).one()
                signed += sign_head(current, log) is not None
        except (Forked, Undecipherable) as refused:
            log_.exception("ledger_not_signed", district=district_id, reason=str(refused))
    return signed


def problem_of(current: Session, log: LedgerLog) -> str | None:
    """Why the next head of this log could not be signed, or is late; None when all is well."""
    before = newest_head(current, log.district_id)
    try:
        checked_root(current, log, before)
        sign(key_in_use(current, log.district_id), "")
    except Forked as forked:
        return str(forked)
    except Undecipherable:
        return "the signing key cannot be decrypted with this secret"
    late = log.grown_at is not None and log.grown_at < clock.now() - LATEST_AFTER
    if late and (before is None or before.size < log.size):
        return "no head was signed since it grew"
    return None
