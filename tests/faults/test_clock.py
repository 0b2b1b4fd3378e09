"""Clocks that are wrong by hours, and jump: nothing is lost, told twice, or left waiting."""

from __future__ import annotations

import uuid
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import requests

from tests import factories
from tests.faults.writers import Writers
from tests.live.installation import until

HOURS = 3600


def moved(site, hours: float) -> None:
    """All processes started from now on have a clock that is wrong by so much."""
    folder = str(Path(__file__).with_name("moved"))
    site._environment |= {"PYTHONPATH": folder, "GONGZHI_CLOCK_MOVED": str(int(hours * HOURS))}


def test_processes_whose_clocks_differ_by_hours_lose_nothing(site):
    """The web is five hours ahead of the test process, then four behind; the worker stays where it was first."""
    moved(site, 5)
    site.start()
    with Writers(site, 3) as writers:
        until(lambda: writers.count > 10)
        key = uuid.uuid4().hex
        once = said(site, writers, key)
        assert once.status_code == 201
        ahead = its_time(site)
        site.web.terminate()
        assert site.web.wait(60) == 0
        site.running.remove(site.web)
        moved(site, -4)
        site.web = site.run("serve", GUNICORN_CMD_ARGS="--preload")
        known = writers.count
        until(lambda: writers.count > known + 10, 120)
        again = said(site, writers, key)
    assert ahead - its_time(site) > timedelta(hours=8)
    assert again.status_code == 201
    assert again.json() == once.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    writers.assert_refused_nothing()
    writers.assert_all_there()
    writers.assert_votes_as_told()
    site.deliver()
    site.assert_well()
    # Live goes on: versions count, they are no times.
    watcher = site.connect()
    watcher.watch(f"issue:{writers.issue}")
    site.vote(factories.a_resident(), writers.issue)
    until(lambda: watcher.messages("tally"))


def its_time(site):
    """The time as the serving process has it."""
    return parsedate_to_datetime(requests.get(f"{site.address}/healthz", timeout=30).headers["Date"])


def said(site, writers, key):
    """A comment of the first writer under a key, so that both calls are the same request."""
    writer = writers.all[0]
    return requests.post(
        f"{writer.address}/comments",
        json={"body": "时钟走错也只说一次。"},
        headers={**writer.speaker, "Idempotency-Key": key},
        timeout=60,
    )
