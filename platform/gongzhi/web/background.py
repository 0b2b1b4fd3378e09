"""What runs beside the requests of a process: delivery of events, live messages, jobs; and their orderly end.

Without Redis the serving process does it all. With Redis, serving processes only hold sockets, and workers
deliver and run jobs; of all processes that may deliver, one leads at a time (web/leader.py).
"""

from __future__ import annotations

import threading
from typing import Any

import structlog
from flask import Flask

from gongzhi.kernel.relay import Relay
from gongzhi.kernel.settings import Settings
from gongzhi.reactions.live import Live
from gongzhi.web.jobs import Jobs
from gongzhi.web.leader import lead
from gongzhi.web.schedule import SCHEDULE

LEAD_EVERY = 2.0

log = structlog.get_logger(__name__)


class Background:
    """The relay, the live flusher, the jobs and the lead, of one process."""

    def __init__(self, app: Flask, *, delivers: bool, serves_sockets: bool) -> None:
        settings: Settings = app.config["SETTINGS"]
        self.relay: Relay = app.extensions["relay"]
        self.live: Live = app.extensions["live"]
        self.jobs = Jobs(app, SCHEDULE, settings.namespace)
        self._delivers = delivers
        self._serves_sockets = serves_sockets
        self._lead = lead(settings)
        self._leading = False
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; returns at once."""
        if self._serves_sockets:
            self.live.serve()
        if not self._delivers:
            return
        self.relay.add("live", self.live.listen)
        self.jobs.consume(greenlets=self._serves_sockets)
        self._thread = threading.Thread(target=self._seek_lead, name="lead", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after what is at hand, sockets last."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
            self.jobs.stop()
        self.live.stop()

    def _seek_lead(self) -> None:
        while not self._stop.is_set():
            has = self._lead.take()
            if has and not self._leading:
                log.info("leading")
                self.live.lead()
                self.relay.start()
                self.jobs.keep_clock()
            elif self._leading and not has:
                log.warning("no_longer_leading")
                self._step_down()
            self._leading = has
            self._stop.wait(LEAD_EVERY)
        if self._leading:
            self._step_down()
        self._lead.release()

    def _step_down(self) -> None:
        self.relay.stop()
        self.jobs.stop_clock()
        self.live.follow()


def run_beside(worker: Any) -> None:
    """Start the background of a gunicorn worker, and stop it when the worker is told to end.

    Open sockets would otherwise hold the worker until its grace is over.
    """
    app: Flask = worker.app.callable
    settings: Settings = app.config["SETTINGS"]
    background = Background(app, delivers=settings.redis_url is None, serves_sockets=True)
    background.start()

    def watch() -> None:
        pause = threading.Event()
        while worker.alive:
            pause.wait(0.2)
        background.stop()

    threading.Thread(target=watch, name="ending", daemon=True).start()
