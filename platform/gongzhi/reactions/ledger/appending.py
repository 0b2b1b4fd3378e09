"""How the log grows: public acts out of the relay, in order, once each, under the lock of the log's row."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from gongzhi.domains.people.models import District
from gongzhi.kernel import clock
from gongzhi.kernel.relay import Delivered

from .heads import sign_head
from .keys import make_key
from .leaves import act_of, record_of
from .merkle import Frontier, leaf_hash, nodes_of
from .models import LedgerLeaf, LedgerLog, LedgerNode, LedgerSalt, number_of
from .queries import newest_head, stored_nodes
from .records import SALT_BYTES

# Statements built once, past the unit of work.
LEAVES, NODES, SALTS = (insert(model.__table__) for model in (LedgerLeaf, LedgerNode, LedgerSalt))  # type: ignore[arg-type]


def listen(session: Session, batch: Sequence[Delivered]) -> None:
    """Append a leaf for each public act of the batch; what has one already is passed over."""
    acts = [(one, act) for one in batch if (act := act_of(session, one.event)) is not None]
    for district_id, group in groupby(sorted(acts, key=_district), key=_district):
        log = lock_log(session, district_id)
        here = list(group)
        there = set(
            session.scalars(select(LedgerLeaf.event_id).where(LedgerLeaf.event_id.in_([one.id for one, _ in here])))
        )
        rows: list[dict[str, Any]] = []
        for one, act in here:
            if one.id in there:
                continue
            at = datetime.fromisoformat(one.at)
            made = record_of(session, one.event, act, at=at, salt=os.urandom(SALT_BYTES))
            rows.append(
                {
                    "event_id": one.id,
                    "kind": one.event.kind,
                    "subject_kind": act.subject_kind,
                    "subject_id": act.subject_id,
                    "record": made.record,
                    "at": at,
                    "salt": made.salt,
                    "part_id": act.part[1] if act.part else None,
                }
            )
        if not rows:
            continue
        append(session, log, rows)
        if newest_head(session, district_id) is None:
            sign_head(session, log)


def _district(pair: tuple[Delivered, Any]) -> str:
    return pair[0].event.district_id


def lock_log(session: Session, district_id: str) -> LedgerLog:
    """The district's log, locked until the end of the transaction; made with its first key when there is none.

    Two that make it at once meet at the district's row, so that only one key begins a log.
    """
    locked = select(LedgerLog).where(LedgerLog.district_id == district_id).with_for_update()
    log = session.scalar(locked.execution_options(populate_existing=True))
    if log is not None:
        return log
    code = session.scalar(select(District.code).where(District.id == district_id).with_for_update(key_share=True))
    log = session.scalar(locked.execution_options(populate_existing=True))
    if log is None:
        log = LedgerLog(district_id=district_id, name=make_key(session, district_id, str(code)), created_at=clock.now())
        session.add(log)
        session.flush()
    return log


def append(session: Session, log: LedgerLog, rows: Sequence[dict[str, Any]]) -> None:
    """Add leaves to a locked log: their rows and those of the subtrees they complete, in three statements."""
    edge = nodes_of((0, log.size))
    stored = stored_nodes(session, log.district_id, edge)
    tree = Frontier(log.size, [stored[node] for node in edge])
    leaves, nodes, salts = [], [], []
    for row in rows:
        kept = {name: value for name, value in row.items() if name not in ("salt", "part_id")}
        place = {"district_id": log.district_id, "position": tree.size}
        hashed = leaf_hash(row["record"].encode())
        leaves.append({**kept, **place, "hash": hashed})
        if row["salt"] is not None:
            about = {"subject_id": row["subject_id"], "part_id": row["part_id"], "salt": row["salt"]}
            salts.append({**place, **about})
        nodes += [
            {"district_id": log.district_id, "number": number_of(level, index), "hash": value}
            for level, index, value in tree.append(hashed)
        ]
    session.execute(LEAVES, leaves)
    for statement, made in ((NODES, nodes), (SALTS, salts)):
        if made:
            session.execute(statement, made)
    log.size, log.grown_at = tree.size, clock.now()
    session.flush()
