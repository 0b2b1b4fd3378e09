"""What the platform needs goes away and comes back: PostgreSQL, Redis, the client's line."""

from __future__ import annotations

import pytest
import requests
import socketio

from gongzhi.kernel import db
from tests import factories
from tests.faults.conftest import begin, end, stamped
from tests.faults.servers import Line, Postgres, Redis
from tests.faults.site import Site
from tests.faults.writers import Writers
from tests.live.installation import PATIENCE, Watcher, until


@pytest.fixture(scope="module")
def servers():
    """A PostgreSQL and a Redis of this module's own."""
    postgres, redis = Postgres(), Redis()
    yield postgres, redis
    redis.remove()
    postgres.remove()


@pytest.fixture(scope="module")
def scaled(servers, application, tmp_path_factory):
    """The scaled installation on these servers, running."""
    postgres, redis = servers
    before = application.config["SETTINGS"]
    made = Site(tmp_path_factory.mktemp("away"), postgres.url, redis.url)
    try:
        stamped(made.url)
        begin(application, made)
        made.start()
        yield made
    finally:
        made.stop()
        end(application, before)


def writes_go_on(writers, more: int = 5) -> None:
    known = writers.count
    until(lambda: writers.count > known + more, 90)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_postgresql_restarted_under_writes_loses_nothing_acknowledged(scaled, servers, mode):
    postgres, _redis = servers
    with Writers(scaled) as writers:
        writes_go_on(writers)
        db.disconnect()
        postgres.stop(mode)
        # Without its database it lives, says so, and answers in words that a program reads.
        assert requests.get(f"{scaled.address}/healthz", timeout=30).status_code == 200
        assert requests.get(f"{scaled.address}/readyz", timeout=30).status_code == 503
        refused = requests.get(f"{scaled.address}/api/v1/issues", timeout=30)
        assert refused.status_code == 503
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert refused.headers["Retry-After"]
        assert requests.get(f"{scaled.address}/issues", timeout=30).status_code == 503
        postgres.start()
        db.disconnect()
        writes_go_on(writers)
    writers.assert_refused_nothing()
    writers.assert_all_there()
    writers.assert_votes_as_told()
    scaled.deliver()
    scaled.assert_well()
    assert scaled.answers("/readyz")


def test_redis_away_and_back_stops_no_write_and_live_goes_on(scaled, servers):
    _postgres, redis = servers
    with Writers(scaled) as writers:
        writes_go_on(writers)
        redis.stop()
        assert requests.get(f"{scaled.address}/readyz", timeout=30).json()["checks"]["redis"] == "down"
        writes_go_on(writers)
        watcher = scaled.connect()
        redis.start()
        writes_go_on(writers)
        assert until(lambda: watcher.watch(f"issue:{writers.issue}"))["ok"]
        until(lambda: watcher.messages("tally"), 60)
    writers.assert_refused_nothing()
    writers.assert_all_there()
    writers.assert_votes_as_told()
    scaled.deliver()
    scaled.assert_well()
    assert until(lambda: scaled.answers("/readyz"), 30)


def test_a_client_that_loses_the_line_for_minutes_ends_with_what_a_fresh_get_shows(scaled):
    """The minutes are what passes meanwhile: the server gives the silent client up, and much happens."""
    issue = scaled.an_issue()
    topic = f"issue:{issue}"
    line = Line(scaled.port)
    io = socketio.Client(reconnection=True, reconnection_delay=0.2, reconnection_delay_max=0.5)
    watcher = Watcher(io)
    back = []
    io.on("connect", lambda: back.append(watcher), namespace="/live")
    for kind in ("tally", "comment"):
        io.on(kind, lambda message, kind=kind: watcher.heard.append((kind, message)), namespace="/live")
    scaled.clients.append(io)
    try:
        io.connect(
            f"http://127.0.0.1:{line.port}", namespaces=["/live"], transports=["websocket"], wait_timeout=PATIENCE
        )
        watcher.watch(topic)
        scaled.vote(factories.a_resident(), issue)
        until(lambda: watcher.messages("tally"))
        before = watcher.messages("tally")[-1]["version"]

        line.cut()
        for choice in ("support", "oppose", "neutral"):
            scaled.vote(factories.a_resident(), issue, choice)
        scaled.comment(factories.a_resident(), issue, "断线的时候说的话。")
        assert watcher.messages("tally")[-1]["version"] == before
        line.mend()
        until(lambda: len(back) > 1, 60)

        # What static/src/ui/live.js does: watch again, and fetch again whatever is newer.
        answer = until(lambda: watcher.watch(topic))
        assert answer["versions"][topic] > before
        state = watcher.call("resync", {"topic": topic, "version": before})
        assert state["ok"]
        assert state["state"]["tally"]["chambers"] == scaled.tally(issue)["chambers"]
        assert state["state"]["comment_count"] == 1
        # And messages come again.
        scaled.vote(factories.a_resident(), issue)
        until(lambda: [m for m in watcher.messages("tally") if m["version"] > state["version"]])
        assert watcher.messages("tally")[-1]["data"] == scaled.tally(issue)
    finally:
        line.close()
