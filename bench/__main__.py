"""`make bench`: list, page, vote and live fan-out, each beside its reference on the same machine at the same time.

    python3 bin/dev bench [--seconds 6] [--watchers 300] [--issues 300] [--postgresql URL] [--out FILE]

Prints a table and writes the figures as JSON. A ratio of requests over 1 is never expected; it says how much
of what the server could do at best is left after the platform's work. For latencies smaller is better.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SECRET = "only for measuring, longer than thirty-two characters"
CONNECTIONS = 16
VOTERS = 64
RATE = 20
START = 120


def main() -> None:
    wanted = arguments()
    with tempfile.TemporaryDirectory(prefix="gongzhi-bench-") as folder:
        run = Run(Path(folder), wanted)
        try:
            figures = run.all()
        finally:
            run.stop()
    show(figures)
    Path(wanted.out).write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")
    print(f"\nwritten to {wanted.out}")
    if any(row.get("failed") for row in figures["measures"].values()):
        raise SystemExit("some requests failed")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--seconds", type=float, default=6, help="of each measure")
    parser.add_argument("--watchers", type=int, default=300)
    parser.add_argument("--issues", type=int, default=300)
    parser.add_argument("--postgresql", default="", help="an empty database's URL; SQLite without it")
    parser.add_argument("--out", default=str(ROOT / "var" / "bench.json"))
    wanted = parser.parse_args()
    Path(wanted.out).parent.mkdir(parents=True, exist_ok=True)
    return wanted


class Run:
    """The processes of one run and what they measured."""

    def __init__(self, folder: Path, wanted: argparse.Namespace) -> None:
        self.folder, self.wanted = folder, wanted
        self.running: list[subprocess.Popen] = []
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("GONGZHI_")},
            "GONGZHI_DATA_DIR": str(folder),
            "GONGZHI_SECRET_KEY": SECRET,
            "GONGZHI_TESTING": "1",
            **({"GONGZHI_DATABASE_URL": wanted.postgresql} if wanted.postgresql else {}),
        }

    def all(self) -> dict:
        port, other = free_port(), free_port()
        self.environment["GONGZHI_PORT"] = str(port)
        print("· building the district", flush=True)
        self.call("-m", "gongzhi.web.cli", "db", "upgrade")
        world = json.loads(self.call("-m", "bench.world", str(self.wanted.issues), str(VOTERS)).splitlines()[-1])
        self.start("-m", "gongzhi.web.cli", "serve")
        self.start("-m", "gunicorn", "-c", "bench/reference_conf.py", "-b", f"127.0.0.1:{other}", "bench.reference:app")
        for each in (port, other):
            wait_for(each)
        measures = {}
        for name, path in (("list", "/issues"), ("page", f"/issues/{world['issues'][0]}")):
            measures[name] = self.pages(name, port, other, path)
        measures["vote"] = self.votes(port, other, world)
        measures["live"] = self.live(port, other, world)
        if self.wanted.postgresql:
            measures["pgbench"] = self.pgbench(measures["vote"])
        return {
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "database": "postgresql" if self.wanted.postgresql else "sqlite",
            "cores": os.cpu_count(),
            "python": sys.version.split()[0],
            "measures": measures,
        }

    def pages(self, name: str, port: int, other: int, path: str) -> dict:
        print(f"· {name}", flush=True)
        ours = self.load("http", port, requests=[["GET", path, {}, None]])
        bare = self.load("http", other, requests=[["GET", f"/page/{ours['bytes']}", {}, None]])
        return {**ours, "reference": bare, "ratio": ours["per_second"] / bare["per_second"]}

    def votes(self, port: int, other: int, world: dict) -> dict:
        print("· vote", flush=True)
        ours = self.load("http", port, requests=vote_requests(world))
        bare = self.load("http", other, requests=[["PUT", "/empty", {}, {"choice": "support"}]])
        return {**ours, "reference": bare, "ratio": ours["per_second"] / bare["per_second"]}

    def live(self, port: int, other: int, world: dict) -> dict:
        print(f"· live, {self.wanted.watchers} watchers", flush=True)
        plan = {"watchers": self.wanted.watchers, "rate": RATE}
        ours = self.load("live", port, topic=f"issue:{world['issues'][0]}", poke=vote_requests(world), **plan)
        counts = {"support": 1, "oppose": 2, "neutral": 3}
        body = {"chambers": dict.fromkeys(("resident", "enterprise", "ngo"), counts)}
        bare = self.load("live", other, topic="all", poke=[["POST", "/broadcast", {}, body]], **plan)
        ratio = ours["p99_ms"] / bare["p99_ms"] if bare["p99_ms"] else 0.0
        return {**ours, "reference": bare, "ratio": ratio}

    def pgbench(self, vote: dict) -> dict:
        """The statements of a vote, by PostgreSQL's own tool on eight connections."""
        tool = shutil.which("pgbench")
        if tool is None:
            return {"missing": "pgbench is not installed"}
        print("· pgbench", flush=True)
        script = self.folder / "vote.sql"
        script.write_text((ROOT / "bench" / "vote.sql").read_text())
        url = self.wanted.postgresql.replace("+psycopg", "")
        done = subprocess.run(
            [tool, "-n", "-f", str(script), "-c", "8", "-j", "2", "-T", str(int(self.wanted.seconds)), url],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        line = next(line for line in done.stdout.splitlines() if line.startswith("tps"))
        tps = float(line.split("=")[1].split()[0])
        return {"per_second": tps, "ratio": vote["per_second"] / tps}

    def load(self, kind: str, port: int, **plan) -> dict:
        whole = {"port": port, "seconds": self.wanted.seconds, "connections": CONNECTIONS, **plan}
        return json.loads(self.call("-m", "bench.load", kind, json.dumps(whole)))

    def call(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words], env=self.environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
        )
        return done.stdout

    def start(self, *words: str) -> None:
        log = (self.folder / f"{len(self.running)}.log").open("wb")
        self.running.append(
            subprocess.Popen([sys.executable, *words], env=self.environment, cwd=ROOT, stdout=log, stderr=log)
        )

    def stop(self) -> None:
        for process in self.running:
            process.send_signal(signal.SIGTERM)
        for process in self.running:
            process.wait(30)


def vote_requests(world: dict) -> list:
    """Everybody changes their mind on one hot issue, again and again."""
    path = f"/api/v1/issues/{world['issues'][0]}/vote"
    return [
        ["PUT", path, {"Authorization": f"Bearer {token}"}, {"choice": choice}]
        for choice in ("support", "oppose")
        for token in world["tokens"]
    ]


def free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return chosen.getsockname()[1]


def wait_for(port: int) -> None:
    ends = time.monotonic() + START
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
                return
        except OSError:
            if time.monotonic() > ends:
                raise SystemExit(f"nothing answers on port {port}") from None
            time.sleep(0.2)


def show(figures: dict) -> None:
    print(f"\n{figures['database']}, {figures['cores']} cores, Python {figures['python']}\n")
    print(f"{'':8}{'ours':>28}{'reference':>28}{'ratio':>8}")
    for name, row in figures["measures"].items():
        beside = row.get("reference", {})
        print(f"{name:8}{said(row):>28}{said(beside):>28}{row.get('ratio', 0):>8.2f}")


def said(row: dict) -> str:
    if "watchers" in row:
        return f"p50 {row['p50_ms']:.0f} p99 {row['p99_ms']:.0f} ms"
    if "per_second" not in row:
        return row.get("missing", "")
    tail = f", p99 {row['p99_ms']:.0f} ms" if "p99_ms" in row else ""
    return f"{row['per_second']:.0f}/s{tail}"


if __name__ == "__main__":
    main()
