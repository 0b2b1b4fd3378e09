"""Proofs in a long log, each beside one indexed SELECT of the same database. Prints the figures as JSON.

    python -m bench.ledger LEAVES SECONDS

The leaves are made here, without events behind them, through the ledger's own `append`.
"""

import json
import random
import sys
import time

from sqlalchemy import select

from gongzhi.domains.people.models import District
from gongzhi.kernel import clock, db
from gongzhi.reactions.ledger.appending import append, lock_log
from gongzhi.reactions.ledger.merkle import verify_consistency, verify_inclusion
from gongzhi.reactions.ledger.models import LedgerLeaf
from gongzhi.reactions.ledger.queries import prove_consistency, prove_inclusion
from gongzhi.web.app import create_app

AT_ONCE = 5_000


def build(leaves: int) -> float:
    """Grow the log to so many leaves; seconds for each thousand."""
    began = time.perf_counter()
    with db.write() as session:
        first = made = lock_log(session, session.scalars(select(District.id)).first()).size
    while made < leaves:
        with db.write() as session:
            district = session.scalars(select(District)).first()
            log = lock_log(session, district.id)
            append(session, log, [row(number) for number in range(made, min(made + AT_ONCE, leaves))])
        made += AT_ONCE
    return (time.perf_counter() - began) / (made - first) * 1000 if made > first else 0.0


def row(number: int) -> dict:
    """A leaf as large as those of public acts are."""
    return {
        # Below every event there is.
        "event_id": -number - 1,
        "kind": "issue.state_changed",
        "subject_kind": "issue",
        "subject_id": db.new_id(),
        "record": json.dumps({"number": number, "rest": "x" * 380}),
        "at": clock.now(),
        "salt": None,
        "part_id": None,
    }


def measure(call, seconds: float) -> dict:
    """How often it can be done in a second, one after another, and how long one takes."""
    times = []
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends:
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1000)
        db.close_session()
    times.sort()
    return {
        "per_second": len(times) / (sum(times) / 1000),
        "p50_ms": times[len(times) // 2],
        "p99_ms": times[int(len(times) * 0.99)],
    }


def main(leaves: int, seconds: float) -> dict:
    thousand = build(leaves)
    with db.isolated():
        log = lock_log(db.session(), db.session().scalars(select(District.id)).first())
        db.session().expunge(log)
    chance = random.Random(1)

    def included() -> None:
        proof = prove_inclusion(db.session(), log, chance.randrange(leaves), leaves)
        assert verify_inclusion(proof.index, proof.size, proof.leaf, proof.path, proof.root)

    def consistent() -> None:
        proof = prove_consistency(db.session(), log, chance.randrange(1, leaves), leaves)
        assert verify_consistency(proof.first, proof.second, proof.first_root, proof.second_root, proof.path)

    def one_row() -> None:
        index = chance.randrange(leaves)
        found = db.session().execute(
            select(LedgerLeaf.position, LedgerLeaf.hash).where(
                LedgerLeaf.district_id == log.district_id, LedgerLeaf.position == index
            )
        )
        assert found.one().position == index

    included(), consistent(), one_row()
    reference = measure(one_row, seconds)
    figures = {"leaves": leaves, "append_ms_a_thousand": thousand * 1000, "reference": reference}
    for name, call in (("inclusion", included), ("consistency", consistent)):
        found = measure(call, seconds)
        figures[name] = {**found, "reference": reference, "ratio": found["per_second"] / reference["per_second"]}
    return figures


if __name__ == "__main__":
    app = create_app()
    with app.app_context():
        print(json.dumps(main(int(sys.argv[1]), float(sys.argv[2]))))
