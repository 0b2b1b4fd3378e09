"""Jobs: what a clock starts, run by Huey. The store is a file of its own, or Redis when scaled.

web/schedule.py lists them. The leader's clock puts each due job into the queue, once however long it waits
there; any process with a consumer runs it. A job that fails is logged and simply due again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask
from huey import Huey, RedisHuey, SqliteHuey
from huey.consumer import Consumer

from gongzhi.kernel import db
from gongzhi.kernel.settings import Settings

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Job:
    """A function that runs every so many seconds."""

    name: str
    every: int
    run: Callable[[], Any]


class _Consumer(Consumer):
    """A consumer inside a process that has its own signal handlers."""

    def _set_signal_handlers(self) -> None:
        """Signals belong to the server."""


class Jobs:
    """The queue, its jobs, the consumer and the clock of this process."""

    def __init__(self, app: Flask, listed: Iterable[Job], name: str) -> None:
        self._app = app
        self.listed = {job.name: job for job in listed}
        self._due = dict.fromkeys(self.listed, 0.0)
        self.huey = _store(app.config["SETTINGS"], name)
        self._task = self.huey.task(name="run_job")(self._run)
        self._consumer: _Consumer | None = None
        self._clock: threading.Thread | None = None
        self._stop = threading.Event()

    def consume(self, *, greenlets: bool) -> None:
        """Run queued jobs in this process."""
        self._consumer = _Consumer(
            self.huey,
            workers=2,
            periodic=False,
            initial_delay=0.2,
            max_delay=1.0,
            check_worker_health=False,
            worker_type="greenlet" if greenlets else "thread",
        )
        self._consumer.start()

    def keep_clock(self) -> None:
        """Put due jobs into the queue, as the leader. What an earlier leader left is forgotten first."""
        self._stop.clear()
        for name in self.listed:
            self.huey.delete(_mark(name))
        self._clock = threading.Thread(target=self._tick, name="clock", daemon=True)
        self._clock.start()

    def stop_clock(self) -> None:
        """Another process leads."""
        self._stop.set()
        if self._clock is not None:
            self._clock.join(timeout=5)
            self._clock = None

    def stop(self) -> None:
        """End with the jobs at hand."""
        self.stop_clock()
        if self._consumer is not None:
            self._consumer.stop(graceful=True)

    def _tick(self) -> None:
        while not self._stop.is_set():
            now = time.monotonic()
            for job in self.listed.values():
                if now >= self._due[job.name]:
                    self._due[job.name] = now + job.every
                    self._queue(job)
            self._stop.wait(1)

    def _queue(self, job: Job) -> None:
        try:
            if self.huey.put_if_empty(_mark(job.name), b"1"):
                self._task(job.name)
        except Exception as error:  # noqa: BLE001 - the store may be away for a moment; the job is due again
            log.warning("job_not_queued", job=job.name, error=type(error).__name__)

    def _run(self, name: str) -> None:
        self.huey.delete(_mark(name))
        job = self.listed.get(name)
        if job is None:
            return
        started = time.monotonic()
        try:
            with self._app.app_context(), db.isolated():
                job.run()
        except Exception:
            log.exception("job_failed", job=name)
            return
        log.debug("job_done", job=name, seconds=round(time.monotonic() - started, 3))


def queued(settings: Settings) -> int:
    """How many jobs wait in the queue, as any process can see it."""
    store = _store(settings, settings.namespace)
    try:
        return int(store.pending_count())
    finally:
        store.storage.close()


def _mark(name: str) -> str:
    return f"queued.{name}"


def _store(settings: Settings, name: str) -> Huey:
    if settings.redis_url:
        return RedisHuey(name, url=settings.redis_url, results=False)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return SqliteHuey(name, filename=str(settings.data_dir / "jobs.sqlite3"), results=False)
