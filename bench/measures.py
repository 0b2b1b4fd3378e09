"""What is measured. Each takes a run whose servers are up and gives figures with a `ratio` to its reference."""

import json
import random
import time
from urllib.parse import quote

from bench.bulk import ASK, TROUBLE, WHAT, WHERE
from bench.run import Run, wait_for

VOTERS_AT_ONCE = 500
QUERIES = 200


def pages(run: Run, paths: list[str], *, signed_in: bool) -> dict:
    """These pages, in turn, for one reader or for 64 residents with sessions of their own."""
    cookies = run.world["cookies"] if signed_in else run.world["visitors"]
    asked = [["GET", path, {"Cookie": cookie}, None] for cookie in cookies for path in paths]
    random.Random(1).shuffle(asked)
    first = run.load(run.port, asked[:1])
    return run.beside(asked, [["GET", f"/page/{first['bytes']}", {}, None]])


def issue_list(run: Run) -> dict:
    """The issue list, for visitors."""
    return pages(run, ["/issues"], signed_in=False)


def issue_list_signed_in(run: Run) -> dict:
    """The issue list, for residents."""
    return pages(run, ["/issues"], signed_in=True)


def issue_page(run: Run) -> dict:
    """One issue everybody looks at, for visitors."""
    return pages(run, [f"/issues/{run.world['issues'][0]}"], signed_in=False)


def issue_page_signed_in(run: Run) -> dict:
    """One issue everybody looks at, for residents."""
    return pages(run, [f"/issues/{run.world['issues'][0]}"], signed_in=True)


def many_pages(run: Run) -> dict:
    """A thousand issues in turn, for visitors: hardly one is asked for twice while it is kept."""
    return pages(run, [f"/issues/{issue}" for issue in run.world["spread"]], signed_in=False)


def votes(run: Run, issues: list[str], connections: int) -> dict:
    """Residents support and oppose in turn."""
    asked = [
        ["PUT", f"/api/v1/issues/{issue}/vote", {"Authorization": f"Bearer {token}"}, {"choice": choice}]
        for choice in ("support", "oppose")
        for place, issue in enumerate(issues)
        for token in (
            run.world["tokens"] if len(issues) == 1 else [run.world["tokens"][place % len(run.world["tokens"])]]
        )
    ]
    return run.beside(asked, [["PUT", "/empty", {}, {"choice": "support"}]], connections=connections)


def vote_hot(run: Run) -> dict:
    """Everybody on one issue."""
    return votes(run, run.world["issues"][:1], 16)


def vote_spread(run: Run) -> dict:
    """Over a thousand issues."""
    return votes(run, run.world["spread"], 16)


def vote_crowd(run: Run) -> dict:
    """500 voters at once on one issue; none may get an error."""
    return votes(run, run.world["issues"][:1], VOTERS_AT_ONCE)


def search(run: Run) -> dict:
    """Searches for two and three words, for visitors, newest first; beside a bare page."""
    dice = random.Random(3)
    asked = []
    for number in range(QUERIES):
        words = [dice.choice(WHERE), dice.choice(WHAT), dice.choice(TROUBLE)[:4]][: 1 + number % 3]
        asked.append(["GET", f"/api/v1/search?q={quote(' '.join(words))}", {}, None])
    ours = run.load(run.port, asked, connections=1)
    bare = run.load(run.bare, [["GET", "/page/8000", {}, None]], connections=1)
    return {**ours, "reference": bare, "ratio": ours["p95_ms"] / bare["p95_ms"]}


def similar(run: Run) -> dict:
    """The hint of similar issues while somebody writes; beside a bare page."""
    dice = random.Random(4)
    cookie = run.world["cookies"][0]
    asked = []
    for _number in range(QUERIES):
        title = f"{dice.choice(WHERE)}{dice.choice(WHAT)}{dice.choice(TROUBLE)}"
        query = f"title={quote(title)}&body={quote(dice.choice(ASK))}&category_id={run.world['category']}"
        asked.append(["GET", f"/issues/similar?{query}&place_id={run.world['place']}", {"Cookie": cookie}, None])
    ours = run.load(run.port, asked, connections=1)
    bare = run.load(run.bare, [["GET", "/page/8000", {}, None]], connections=1)
    return {**ours, "reference": bare, "ratio": ours["p95_ms"] / bare["p95_ms"]}


def live(run: Run, watchers: int, rate: int) -> dict:
    """So many watch one issue on one process while it gets votes; beside a bare broadcast to as many."""
    before = run.memory()
    ours = _watch(run, [run.port], f"issue:{run.world['issues'][0]}", _pokes(run), watchers, rate)
    counts = {"support": 1, "oppose": 2, "neutral": 3}
    body = {"chambers": dict.fromkeys(("resident", "enterprise", "ngo"), counts)}
    # The platform sends at most once an interval; the bare broadcast is asked for as often.
    bare = _watch(run, [run.bare], "all", [["POST", "/broadcast", {}, body]], watchers, min(rate, 4))
    per = (ours.pop("memory") - before) / max(ours["watchers"], 1)
    bare.pop("memory")
    ratio = ours["p99_ms"] / bare["p99_ms"] if bare["p99_ms"] else 0.0
    return {**ours, "kib_a_watcher": per / 1024, "reference": bare, "ratio": ratio}


def live_on_two(run: Run, watchers: int, rate: int, redis: str) -> dict:
    """So many over two processes with Redis between them; votes go to the first."""
    ports = [run.serve(GONGZHI_REDIS_URL=redis) for _ in range(2)]
    for port in ports:
        wait_for(port)
    ours = _watch(run, ports, f"issue:{run.world['issues'][0]}", _pokes(run), watchers, rate)
    ours.pop("memory")
    return ours


def _pokes(run: Run) -> list:
    path = f"/api/v1/issues/{run.world['issues'][0]}/vote"
    return [
        ["PUT", path, {"Authorization": f"Bearer {token}"}, {"choice": choice}]
        for choice in ("support", "oppose")
        for token in run.world["tokens"]
    ]


def _watch(run: Run, ports: list[int], topic: str, pokes: list, watchers: int, rate: int) -> dict:
    plan = {"ports": ports, "topic": topic, "poke": pokes, "watchers": watchers, "rate": rate, "seconds": run.seconds}
    path = run.folder / "plan.json"
    path.write_text(json.dumps(plan))
    process = run.launch("bench.load", "live", f"@{path}", str(run.folder / "live.json"))
    result = run.folder / "live.json"
    result.unlink(missing_ok=True)
    memory = 0
    while process.poll() is None:
        memory = max(memory, run.memory())
        time.sleep(0.5)
    run.running.remove(process)
    return {**json.loads(result.read_text()), "memory": memory}


def ledger_proof(run: Run, leaves: int) -> dict:
    """Inclusion proofs made and checked in a log of so many leaves, beside one row by its key."""
    found = run.told("bench.ledger", str(leaves), str(run.seconds))
    return {**found.pop("inclusion"), **found}
