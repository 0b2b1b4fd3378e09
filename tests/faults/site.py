"""An installation that can be hurt: its processes killed and started again, its commands run, its records examined."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import requests
from sqlalchemy import select

from gongzhi.domains.issues.models import Choice, Vote
from gongzhi.kernel import db
from gongzhi.kernel.events import ListenerState, OutboxEvent, StuckDelivery
from gongzhi.web.doctor import examine
from tests import factories
from tests.live.installation import START, Installation, until

COMMAND = 240


class Site(Installation):
    """One web process, whose children are killed one after the other, and with Redis a worker."""

    def __init__(self, folder: Path, url: str, redis_url: str = "") -> None:
        super().__init__(folder, url, redis_url)
        self.url, self.redis_url = url, redis_url
        self.web: subprocess.Popen | None = None
        self.supervisor: subprocess.Popen | None = None

    def start(self) -> None:
        """`gongzhi serve`, its program loaded before it forks, so that a child killed is back in a moment."""
        self.web = self.run("serve", GUNICORN_CMD_ARGS="--preload")
        if self.scaled:
            self.supervise_worker()
        until(self.is_ready, START)

    def supervise_worker(self) -> None:
        """`gongzhi worker`, started again whenever it dies, as systemd does; forked from a loaded program."""
        with (self.folder / "worker.log").open("ab") as log:
            self.supervisor = subprocess.Popen(
                [sys.executable, Path(__file__).with_name("supervisor.py")],
                env=self._environment,
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )
        self.running.append(self.supervisor)

    def kill_web(self) -> None:
        """SIGKILL to the process that serves; gunicorn's parent, like systemd, starts another."""
        for child in until(lambda: children(self.web.pid)):
            kill(child)

    def kill_worker(self) -> None:
        for child in until(lambda: children(self.supervisor.pid)):
            kill(child)

    def command(self, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """`gongzhi …` on this installation."""
        return subprocess.run(
            [sys.executable, "-m", "gongzhi.web.cli", *words],
            env={**self._environment, **settings},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=COMMAND,
            check=False,
        )

    def stop(self) -> None:
        """End everything, in whatever state it is."""
        self.hang_up()
        for process in reversed(self.running):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.running:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                for child in children(process.pid):
                    kill(child)
                process.kill()
                process.wait(20)
        self.running.clear()

    def answers(self, path: str = "/healthz") -> bool:
        try:
            return requests.get(f"{self.address}{path}", timeout=5).ok
        except requests.RequestException:
            return False

    # -- what is stored

    def votes(self, issue: str) -> dict[str, str]:
        """The choice of each account that voted on the issue."""
        with factories.reading() as session:
            rows = session.execute(select(Vote.account_id, Vote.choice).where(Vote.issue_id == issue)).all()
        assert len({account for account, _choice in rows}) == len(rows)
        return {account: str(Choice(choice)) for account, choice in rows}

    def deliver(self) -> None:
        """Wait until every listener of the installation has had every event."""

        def done() -> bool:
            with factories.reading() as session:
                waiting = session.scalar(select(OutboxEvent.id).where(OutboxEvent.seq.is_(None)).limit(1))
                newest = max(session.scalars(select(OutboxEvent.seq)).all(), default=0) if waiting is None else None
                reached = dict(session.execute(select(ListenerState.listener, ListenerState.last_seq)).all())
            return (
                waiting is None and set(reached) >= {"notices", "search", "live"} and set(reached.values()) == {newest}
            )

        until(done, 60)

    def assert_well(self) -> None:
        """Every invariant holds, nothing is stuck, and the log speaks of no error that was nobody's fault."""
        app = factories._world.app
        with app.app_context(), db.isolated():
            bad = [f for f in examine(app, deep=True) if not f.good and f.what not in ("job queue", "tables")]
            stuck = db.session().scalars(select(StuckDelivery)).all()
        assert bad == []
        assert stuck == []


def children(parent: int) -> list[int]:
    """The processes a process started."""
    try:
        return [int(child) for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    except FileNotFoundError:
        return []


def kill(process: int) -> None:
    """kill -9, of a process that may be gone already."""
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return
