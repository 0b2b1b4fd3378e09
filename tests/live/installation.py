"""An installation that really runs: `gongzhi serve`, when scaled with two processes and a worker, and its clients."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests
import socketio
import websocket
from sqlalchemy import select

from gongzhi.domains.issues.actions import publish_issue
from gongzhi.domains.issues.actions.catalogue import install_categories
from gongzhi.domains.issues.models import Category
from gongzhi.kernel import db
from gongzhi.kernel.policy import SYSTEM
from tests import factories

PATIENCE = 20.0
START = 120.0
KINDS = ("tally", "comment", "status", "answer", "decision", "progress", "joined", "ballot", "notice")


def until(condition, seconds: float = PATIENCE):
    """Wait for something to become true; its value."""
    ends = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return chosen.getsockname()[1]


@dataclass
class Watcher:
    """A Socket.IO client that keeps what it hears as (kind, message)."""

    io: socketio.Client
    heard: list = field(default_factory=list)

    def call(self, event: str, data=None):
        return self.io.call(event, data, namespace="/live", timeout=PATIENCE)

    def watch(self, *topics: str):
        return self.call("watch", {"topics": list(topics)})

    def messages(self, kind: str, topic: str | None = None):
        return [m for k, m in self.heard if k == kind and topic in (None, m["topic"])]

    @property
    def connected(self) -> bool:
        return "/live" in self.io.namespaces


class Installation:
    """Processes on a database, and the test process beside them as one more that writes."""

    def __init__(self, folder: Path, url: str, redis_url: str = "", processes: int = 1) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.scaled = bool(redis_url)
        self.running: list[subprocess.Popen] = []
        self.clients: list[socketio.Client] = []
        self.lines: list[websocket.WebSocket] = []
        self._environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("GONGZHI_", "PYTHONDONT"))},
            # Compiled once for all processes of the tests, outside the checkout.
            "PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / "gongzhi-tests-pycache"),
            "GONGZHI_DATA_DIR": str(folder),
            "GONGZHI_DATABASE_URL": url,
            "GONGZHI_REDIS_URL": redis_url,
            "GONGZHI_WEB_PROCESSES": str(processes),
            "GONGZHI_PORT": str(self.port),
            "GONGZHI_SECRET_KEY": "a secret of tests, longer than thirty-two characters",
            "GONGZHI_TESTING": "1",
        }

    def start(self) -> None:
        self.run("serve")
        if self.scaled:
            self.run("worker")
        try:
            until(self.is_ready, START)
        except AssertionError:
            self.stop()
            raise

    def run(self, command: str, **settings: str) -> subprocess.Popen:
        log = (self.folder / f"{command}.log").open("ab")
        started = subprocess.Popen(
            [sys.executable, "-m", "gongzhi.web.cli", command],
            env={**self._environment, **settings},
            cwd=self.folder,
            stdout=log,
            stderr=log,
        )
        log.close()
        self.running.append(started)
        return started

    def is_ready(self) -> bool:
        for process in self.running:
            assert process.poll() is None, f"{process.returncode}: {self._log()}"
        if self.scaled and "is running" not in (self.folder / "worker.log").read_text():
            return False
        try:
            return requests.get(f"{self.address}/healthz", timeout=2).ok
        except requests.RequestException:
            return False

    def _log(self) -> str:
        return "".join(path.read_text()[-3000:] for path in self.folder.glob("*.log"))

    def stop(self) -> None:
        self.hang_up()
        for process in self.running:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        ended = [process.wait(30) for process in self.running]
        assert ended == [0] * len(self.running), self._log()

    # -- clients

    def connect(self, person=None, *, origin: str | None = "", **options) -> Watcher:
        """A client; as a program with the token of this person if one is given. None hides its origin."""
        extra = {"suppress_origin": origin is None} | ({"origin": origin} if origin else {})
        client = socketio.Client(reconnection=False, websocket_extra_options=extra)
        watcher = Watcher(client)
        for kind in KINDS:
            client.on(kind, lambda message, kind=kind: watcher.heard.append((kind, message)), namespace="/live")
        if person is not None:
            token = factories.a_session(person.for_oneself(), kind="token")
            options.setdefault("auth", {"token": token, **({"acting_for": person.acts_for} if person.acts_for else {})})
        self.clients.append(client)
        client.connect(self.address, namespaces=["/live"], transports=["websocket"], wait_timeout=PATIENCE, **options)
        return watcher

    def line(self, *, greet: bool = True, **options) -> websocket.WebSocket:
        """A bare WebSocket in the namespace, which reads only when told to."""
        line = websocket.create_connection(
            f"{self.address.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket", timeout=30, **options
        )
        self.lines.append(line)
        if not greet:
            return line
        assert line.recv().startswith("0")
        line.send("40/live,")
        assert line.recv().startswith("40/live,")
        return line

    def hang_up(self) -> None:
        for client in self.clients:
            client.shutdown()
            if client.eio.ws is not None:
                client.eio.ws.close()
        for line in self.lines:
            line.close()
        self.clients.clear()
        self.lines.clear()

    def api(self, method: str, path: str, person=None, **options) -> requests.Response:
        headers = factories.bearer(person) if person is not None else {}
        return requests.request(method, f"{self.address}/api/v1{path}", headers=headers, timeout=60, **options)

    def vote(self, person, issue_id: str, choice: str = "support") -> dict:
        answer = self.api("PUT", f"/issues/{issue_id}/vote", person, json={"choice": choice})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def tally(self, issue_id: str) -> dict:
        return self.api("GET", f"/issues/{issue_id}/tally").json()

    def comment(self, person, issue_id: str, body: str) -> dict:
        answer = self.api("POST", f"/issues/{issue_id}/comments", person, json={"body": body})
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    # -- the world

    def categories(self) -> None:
        with factories.writing() as session:
            install_categories(session, SYSTEM, factories.places().id)

    def an_issue(self, by=None, title: str = "路灯不亮") -> str:
        """The id of an issue, published by this process."""
        author = factories.actor_of(by or factories.a_resident())
        with factories.writing() as session:
            category = session.scalars(
                select(Category).where(Category.district_id == author.district_id, Category.is_public.is_(True))
            ).first()
            issue = publish_issue(
                session,
                author,
                category_id=category.id,
                place_id=factories.places().community.id,
                title=title,
                body="晚上回家看不见台阶,老人孩子走路都怕摔倒。",
            )
            return issue.id

    @contextmanager
    def at_once(self, calls):
        """Run these calls in threads of their own; joined at the end."""
        threads = [threading.Thread(target=call) for call in calls]
        for thread in threads:
            thread.start()
        yield
        for thread in threads:
            thread.join(PATIENCE)

    def configure(self) -> None:
        db.configure(self._environment["GONGZHI_DATABASE_URL"])
