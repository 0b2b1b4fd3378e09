"""The processes of a run: a fresh data folder, servers, the load beside them, and what they leave behind."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SECRET = "only for measuring, longer than thirty-two characters"
CONNECTIONS = 16
START = 120


class Run:
    """One folder, one database, and the servers on it."""

    def __init__(self, folder: Path, postgresql: str, seconds: float) -> None:
        self.folder, self.postgresql, self.seconds = folder, postgresql, seconds
        self.running: list[subprocess.Popen] = []
        self.world: dict = {}
        self.port = self.bare = 0
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("GONGZHI_")},
            "GONGZHI_DATA_DIR": str(folder),
            "GONGZHI_SECRET_KEY": SECRET,
            "GONGZHI_TESTING": "1",
            **({"GONGZHI_DATABASE_URL": postgresql} if postgresql else {}),
        }

    def start(self) -> None:
        """The platform and its reference, each one process."""
        self.bare = free_port()
        self.port = self.serve()
        self.launch("gunicorn", "-c", "bench/reference_conf.py", "-b", f"127.0.0.1:{self.bare}", "bench.reference:app")
        for each in (self.port, self.bare):
            wait_for(each)

    def serve(self, **settings: str) -> int:
        """One more web process; its port."""
        port = free_port()
        self.launch("gongzhi.web.cli", "serve", GONGZHI_PORT=str(port), **settings)
        return port

    def launch(self, module: str, *words: str, **settings: str) -> subprocess.Popen:
        """A process that runs until `stop`."""
        log = (self.folder / f"{module}-{time.monotonic_ns()}.log").open("wb")
        process = subprocess.Popen(
            [sys.executable, "-m", module, *words],
            env={**self.environment, **settings}, cwd=ROOT, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        self.running.append(process)
        return process

    def stop(self) -> None:
        """End all of them."""
        for process in self.running:
            process.send_signal(signal.SIGTERM)
        for process in self.running:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
        self.running.clear()

    def call(self, module: str, *words: str) -> str:
        """Run a module to its end; what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", module, *words],
            env=self.environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
        return done.stdout

    def told(self, module: str, *words: str) -> dict:
        """The JSON on the last line of what a module prints."""
        return json.loads(self.call(module, *words).splitlines()[-1])

    def load(self, port: int, requests: list, *, connections: int = CONNECTIONS) -> dict:
        """Requests over kept connections for the time of a measure."""
        plan = {"port": port, "seconds": self.seconds, "connections": connections, "requests": requests}
        path = self.folder / "plan.json"
        path.write_text(json.dumps(plan))
        return self.told("bench.load", "http", f"@{path}")

    def beside(self, ours: list, bare: list, *, connections: int = CONNECTIONS) -> dict:
        """Ours, then the reference, and the ratio of their rates."""
        mine = self.load(self.port, ours, connections=connections)
        reference = self.load(self.bare, [[*each] for each in bare], connections=connections)
        return {**mine, "reference": reference, "ratio": mine["per_second"] / reference["per_second"]}

    def memory(self) -> int:
        """Bytes held by all servers of the platform and what they started."""
        total = 0
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                words = status.read_text()
                environment = (status.parent / "environ").read_bytes()
                command = (status.parent / "cmdline").read_bytes()
            except OSError:
                continue
            ours = f"GONGZHI_DATA_DIR={self.folder}".encode() in environment and b"gongzhi.web" in command
            if ours and "VmRSS:" in words:
                total += int(words.split("VmRSS:")[1].split()[0]) * 1024
        return total

    def pgbench(self, script: str) -> dict:
        """Statements by PostgreSQL's own tool on eight connections."""
        tool = shutil.which("pgbench") or next(map(str, Path("/usr/lib/postgresql").glob("*/bin/pgbench")), None)
        if tool is None:
            return {"missing": "pgbench is not installed"}
        url = self.postgresql.replace("+psycopg", "")
        done = subprocess.run(
            [tool, "-n", "-f", str(ROOT / "bench" / script), "-c", "8", "-j", "2", "-T", str(int(self.seconds)), url],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        line = next(line for line in done.stdout.splitlines() if line.startswith("tps"))
        return {"per_second": float(line.split("=")[1].split()[0])}


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
