"""`make bench`: every measure beside a reference on the same machine in the same minute.

    python3 bin/dev bench [--issues 300 --issues 100000 …] [--only NAME …] [--seconds 6]
                          [--watchers 2000] [--rate 200] [--leaves 1000000] [--postgresql URL] [--redis URL]
                          [--out FILE]

Prints a table and writes the figures as JSON. A ratio of requests over 1 is never expected; it says how much
of what the server could do at best is left after the platform's work. For latencies smaller is better.
Several `--issues` grow one district from size to size; the last table compares each measure with the size before.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from bench import measures
from bench.run import ROOT, Run

VOTERS = 64
FIRST = 300
MEASURES: dict[str, Callable[[Run], dict]] = {
    "list": measures.issue_list,
    "list, signed in": measures.issue_list_signed_in,
    "page": measures.issue_page,
    "page, signed in": measures.issue_page_signed_in,
    "1,000 pages": measures.many_pages,
    "vote, one issue": measures.vote_hot,
    "vote, 1,000 issues": measures.vote_spread,
    "vote, 500 at once": measures.vote_crowd,
    "search": measures.search,
    "similar": measures.similar,
}


def main() -> None:
    wanted = arguments()
    kinds = {**MEASURES, "live": lambda run: measures.live(run, wanted.watchers, wanted.rate)}
    kinds["ledger proof"] = lambda run: measures.ledger_proof(run, wanted.leaves)
    kinds["digest"] = lambda run: run.told("bench.digest", str(wanted.followers))
    if wanted.redis:
        kinds["live, 2 processes"] = lambda run: measures.live_on_two(
            run, wanted.far_watchers, wanted.rate, wanted.redis
        )
    if wanted.postgresql:
        kinds["pgbench"] = lambda run: run.pgbench("vote.sql")
    unknown = set(wanted.only or ()) - kinds.keys()
    if unknown:
        raise SystemExit(f"no such measure: {', '.join(sorted(unknown))}; there are: {', '.join(kinds)}")
    figures = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "database": "postgresql" if wanted.postgresql else "sqlite",
        "cores": os.cpu_count(),
        "python": sys.version.split()[0],
        "sizes": {},
    }
    with tempfile.TemporaryDirectory(prefix="gongzhi-bench-", dir=wanted.folder) as folder:
        run = Run(Path(folder), wanted.postgresql, wanted.seconds)
        build(run)
        for size in sorted(wanted.issues or [FIRST]):
            figures["sizes"][size] = at_size(run, size, {name: kinds[name] for name in wanted.only or kinds})
            show(size, figures["sizes"][size])
            wanted.out.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")
    compare(figures["sizes"])
    print(f"\nwritten to {wanted.out}")
    if any(row.get("failed") for rows in figures["sizes"].values() for row in rows.values()):
        raise SystemExit("some requests failed")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--issues", type=int, action="append", help="how many there are; may be given several times")
    parser.add_argument("--only", action="append", help="just this measure; may be given several times")
    parser.add_argument("--seconds", type=float, default=6, help="of each measure")
    parser.add_argument("--watchers", type=int, default=300, help="on one process")
    parser.add_argument("--far-watchers", type=int, default=1000, help="on two processes with Redis")
    parser.add_argument("--followers", type=int, default=50_000, help="of one thing, in the measure digest")
    parser.add_argument("--rate", type=int, default=20, help="votes a second while they watch")
    parser.add_argument("--leaves", type=int, default=100_000, help="of the public ledger")
    parser.add_argument("--postgresql", default="", help="an empty database's URL; SQLite without it")
    parser.add_argument("--redis", default="", help="Redis's URL, for the measure on two processes")
    parser.add_argument("--folder", default=None, help="where the data may lie meanwhile")
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "bench.json")
    wanted = parser.parse_args()
    wanted.out.parent.mkdir(parents=True, exist_ok=True)
    return wanted


def build(run: Run) -> None:
    print("· building the district", flush=True)
    run.call("gongzhi.web.cli", "db", "upgrade")
    run.world = run.told("bench.world", str(FIRST), str(VOTERS))
    run.world["spread"] = run.world["issues"]


def at_size(run: Run, size: int, kinds: dict[str, Callable[[Run], dict]]) -> dict[str, dict]:
    """All measures at this size."""
    if size > FIRST:
        began = time.monotonic()
        print(f"· growing to {size:,} issues", flush=True)
        run.world |= run.told("bench.world", "grow", str(size))
        print(f"  in {time.monotonic() - began:.0f} s", flush=True)
    found = {}
    run.start()
    try:
        for name, measure in kinds.items():
            print(f"· {name}", flush=True)
            found[name] = measure(run)
    finally:
        run.stop()
    return found


def show(size: int, rows: dict[str, dict]) -> None:
    print(f"\n{size:,} issues\n{'':20}{'ours':>30}{'reference':>30}{'ratio':>8}")
    for name, row in rows.items():
        beside = row.get("reference", {})
        print(f"{name:20}{said(row):>30}{said(beside):>30}{row.get('ratio', 0):>8.2f}")


def said(row: dict) -> str:
    if "watchers" in row:
        return f"{row['watchers']}: p50 {row['p50_ms']:.0f} p99 {row['p99_ms']:.0f} ms"
    if "per_second" not in row:
        return row.get("missing", "")
    tail = f", p99 {row['p99_ms']:.0f} ms" if "p99_ms" in row else ""
    return f"{row['per_second']:.0f}/s{tail}"


def compare(sizes: dict[int, dict[str, dict]]) -> None:
    """How much longer each takes with more rows: times of the larger over times of the smaller."""
    ordered = sorted(sizes)
    for smaller, larger in pairwise(ordered):
        print(f"\n{larger:,} issues beside {smaller:,}: time of one request")
        for name, row in sizes[larger].items():
            before = sizes[smaller].get(name, {})
            if "per_second" in row and "per_second" in before:
                print(f"{name:20}{before['per_second'] / row['per_second']:>8.2f} ×")


if __name__ == "__main__":
    main()
