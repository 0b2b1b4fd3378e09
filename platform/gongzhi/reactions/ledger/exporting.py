"""A whole log as one file of JSON lines that can be checked without this platform; docs/decisions/0011 describes it.

Head of the file, then blocks of 256 hashes with their checksums, each followed by its entries, and each signed
head after the last entry it covers; at the end how many there were. Written and read a thousand lines at a time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gongzhi.domains.people.models import District
from gongzhi.kernel import clock

from .keys import keys_of
from .models import LedgerHead, LedgerKey, LedgerLog
from .probes import BLOCK, probes
from .queries import CHUNK, leaves_between
from .records import FILE_KIND, FILE_VERSION, moment


def head_shown(head: LedgerHead) -> dict[str, Any]:
    """A head as files, pages and the API show it: what `records.head_text` needs, and the signature."""
    return {
        "size": head.size,
        "root": head.root.hex(),
        "time": moment(head.time),
        "key": head.key_id,
        "algorithm": head.algorithm,
        "signature": head.signature.hex(),
    }


def key_shown(key: LedgerKey) -> dict[str, Any]:
    """A public key with its period and who vouches for it."""
    return {
        "key": key.key_id,
        "algorithm": key.algorithm,
        "public_key": key.public_key.hex(),
        "from": moment(key.valid_from),
        "until": moment(key.valid_until) if key.valid_until else None,
        "endorsed_by": key.endorsed_by,
        "endorsement": key.endorsement.hex(),
    }


def lines(session: Session, log: LedgerLog) -> Iterator[str]:
    """The lines of the file, each ended. What is added meanwhile is not in it."""
    district = session.get_one(District, log.district_id)
    size = log.size
    yield _line(
        {
            "kind": FILE_KIND,
            "version": FILE_VERSION,
            "log": log.name,
            "district": district.code,
            "name": district.name_zh,
            "size": size,
            "made_at": moment(clock.now()),
            "keys": [key_shown(key) for key in keys_of(session, log.district_id)],
        }
    )
    heads = _heads(session, log.district_id, size)
    head = next(heads, None)
    shown = 0
    leaves = leaves_between(session, log.district_id, 0, size)
    while block := list(islice(leaves, BLOCK)):
        hashes = [hashed.hex() for _position, _record, hashed in block]
        yield _line({"block": block[0][0] // BLOCK, "hashes": hashes, "probes": probes(hashes)})
        for position, record, _hashed in block:
            yield _line({"entry": position, "record": record})
            if head is not None and head.size == position + 1:
                yield _line({"head": head_shown(head)})
                head, shown = next(heads, None), shown + 1
    yield _line({"end": size, "heads": shown})


def _heads(session: Session, district_id: str, size: int) -> Iterator[LedgerHead]:
    last = 0
    while True:
        found = session.scalars(
            select(LedgerHead)
            .where(LedgerHead.district_id == district_id, LedgerHead.size > last, LedgerHead.size <= size)
            .order_by(LedgerHead.size)
            .limit(CHUNK)
        ).all()
        if not found:
            return
        yield from found
        last = found[-1].size
        for head in found:
            session.expunge(head)


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"
