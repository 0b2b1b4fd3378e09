"""The outbox and its relay: nothing told that did not happen, everything told at least once and in order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from gongzhi.kernel import clock, db, events
from gongzhi.kernel.events import ListenerState, OutboxEvent, StuckDelivery
from gongzhi.kernel.relay import Relay, backlog
from tests import factories as f
from tests.at_once import at_once

pytestmark = pytest.mark.usefixtures("app")


@events.event("test.happened")
@dataclass(frozen=True, kw_only=True)
class Happened(events.Event):
    """Something happened in a test."""

    name: str
    on: date | None = None
    at: datetime | None = None
    who: tuple[str, ...] = ()

    def topics(self):
        return ("test:1", "tests")


class Unexpected(Exception):
    """What a listener raises in these tests."""


def record(*names, district_id=None):
    """Record events of these names in one transaction."""
    with f.writing() as session:
        for name in names:
            events.record(session, Happened(district_id=district_id or f.places().id, name=name))


def a_relay(handler, name="test"):
    """A relay with one listener that hears only of these events, one call an event."""
    relay = Relay()

    def hear(session, batch):
        for delivered in batch:
            if isinstance(delivered.event, Happened):
                handler(session, delivered)

    relay.add(name, hear)
    return relay


def test_what_is_rolled_back_never_happened():
    heard = []
    with pytest.raises(Unexpected), f.writing() as session:
        events.record(session, Happened(district_id=f.places().id, name="no"))
        raise Unexpected
    record("yes")
    a_relay(lambda _session, one: heard.append(one.event.name)).drain()
    assert heard == ["yes"]


def test_an_event_comes_back_as_it_went_in():
    at = datetime(2026, 3, 2, 9, 30, tzinfo=clock.LOCAL)
    sent = Happened(
        district_id=f.places().id, actor=db.new_id(), name="词语", on=date(2026, 3, 2), at=at, who=("a", "b")
    )
    with f.writing() as session:
        events.record(session, sent)
    heard = []
    a_relay(lambda _session, one: heard.append(one)).drain()
    assert heard[0].event == sent
    assert heard[0].topics == ("test:1", "tests")


def test_listeners_hear_in_the_order_of_the_sequence_each_once():
    first, second = [], []
    relay = a_relay(lambda _session, one: first.append((one.seq, one.event.name)))
    relay.add("other", lambda _session, batch: second.extend(one.seq for one in batch))
    for number in range(7):
        record(f"{number}a", f"{number}b")
    relay.drain()
    relay.drain()
    assert [name for _seq, name in first] == [f"{number}{part}" for number in range(7) for part in "ab"]
    assert second == sorted(set(second))
    with f.reading() as session:
        numbers = session.scalars(select(OutboxEvent.seq).order_by(OutboxEvent.seq)).all()
    assert numbers == list(range(1, len(numbers) + 1))


def test_what_was_heard_but_not_noted_is_heard_again():
    """A process that dies between the two: at least once, never less."""
    heard = []
    record("once more")
    relay = a_relay(lambda _session, one: heard.append(one.event.name))
    relay.drain()
    with f.writing() as session:
        session.get_one(ListenerState, "test").last_seq = 0
    relay.drain()
    assert heard == ["once more", "once more"]


def test_an_event_nobody_can_digest_is_set_aside_and_tried_again_while_the_rest_goes_on():
    heard, broken = [], True

    def handler(_session, one):
        if one.event.name == "bad" and broken:
            raise Unexpected("cannot digest this")
        heard.append(one.event.name)

    with time_machine.travel("2026-03-02T01:00:00+00:00", tick=False) as now:
        record("good", "bad", "better")
        relay = a_relay(handler)
        relay.drain()
        assert list(dict.fromkeys(heard)) == ["good", "better"]
        with f.reading() as session:
            (stuck,) = session.scalars(select(StuckDelivery)).all()
            assert (stuck.listener, stuck.attempts) == ("test", 1)
            assert "cannot digest this" in stuck.error
            assert backlog(session).totals()["stuck"] == 1
        now.shift(timedelta(seconds=31))
        relay.step()
        with f.reading() as session:
            assert session.scalars(select(StuckDelivery.attempts)).all() == [2]
        broken = False
        now.shift(timedelta(minutes=2))
        relay.step()
    assert list(dict.fromkeys(heard)) == ["good", "better", "bad"]
    with f.reading() as session:
        assert backlog(session).totals()["stuck"] == 0


def test_what_a_listener_wrote_before_it_failed_is_undone():
    def handler(session, one):
        session.add(ListenerState(listener=f"trace-{one.event.name}", last_seq=1))
        if one.event.name == "bad":
            raise Unexpected

    record("good", "bad")
    a_relay(handler).drain()
    with f.reading() as session:
        traces = session.scalars(select(ListenerState.listener).where(ListenerState.listener.startswith("trace-")))
        assert traces.all() == ["trace-good"]


def test_an_event_of_a_kind_no_longer_known_stops_nobody():
    heard = []
    record("known")
    with f.writing() as session:
        session.add(
            OutboxEvent(kind="gone.for.good", district_id=f.places().id, topics=[], payload={"x": 1}, at=clock.now())
        )
    record("known too")
    a_relay(lambda _session, one: heard.append(one.event.name)).drain()
    assert heard == ["known", "known too"]


def test_a_handler_of_the_same_transaction_fails_with_it():
    told = []

    @events.event("test.strict")
    @dataclass(frozen=True, kw_only=True)
    class Strict(events.Event):
        """Its subscriber can refuse."""

        good: bool

    def refuse(_session, happened):
        told.append(happened.good)
        if not happened.good:
            raise Unexpected

    events.subscribe(Strict, refuse)
    events.subscribe(Strict, refuse)
    with f.writing() as session:
        events.record(session, Strict(district_id=f.places().id, good=True))
    with pytest.raises(Unexpected), f.writing() as session:
        events.record(session, Strict(district_id=f.places().id, good=False))
    assert told == [True, False]
    with f.reading() as session:
        assert len(session.scalars(select(OutboxEvent.id).where(OutboxEvent.kind == "test.strict")).all()) == 1


def test_two_kinds_cannot_share_a_name():
    with pytest.raises(ValueError, match="declared twice"):

        @events.event("test.happened")
        @dataclass(frozen=True, kw_only=True)
        class Another(events.Event):
            """Takes a name that is taken."""


def test_the_version_of_a_topic_only_grows_and_counts_every_event_even_at_once(app):
    with f.reading() as session:
        before = events.stream_version(session, "test:1")

    def several():
        for _number in range(5):
            with app.app_context(), db.isolated(), db.write() as session:
                events.record(session, Happened(district_id=f.places().id, name="x"))

    results = at_once(*[several] * 4)
    assert results == [None] * 4
    with f.reading() as session:
        assert events.stream_version(session, "test:1") == before + 20
        own_list = events.kept_name("tests", f.places().id)
        assert events.stream_versions(session, ["test:1", own_list, "tests", "nothing"]) == {
            "test:1": before + 20,
            own_list: before + 20,
            "tests": 0,
            "nothing": 0,
        }


def test_events_recorded_while_relays_run_at_once_are_each_numbered_and_heard_once(app):
    heard = []
    relays = [a_relay(lambda _session, one: heard.append(one.event.name)) for _ in range(2)]
    names = [f"{part}{number}" for part in "abc" for number in range(8)]

    def writes(part):
        def write():
            for number in range(8):
                with app.app_context(), db.isolated(), db.write() as session:
                    events.record(session, Happened(district_id=f.places().id, name=f"{part}{number}"))

        return write

    def serves(relay):
        def serve():
            for _round in range(12):
                relay.step()

        return serve

    at_once(*map(writes, "abc"), *map(serves, relays))
    relays[0].drain()
    assert sorted(set(heard)) == names
    with f.reading() as session:
        assert backlog(session).totals() == {"unnumbered": 0, "behind": 0, "stuck": 0}
        numbers = session.scalars(select(OutboxEvent.seq).order_by(OutboxEvent.seq)).all()
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_running_relay_wakes_up_for_what_was_committed(app):
    import threading

    arrived = threading.Event()
    relay = a_relay(lambda _session, one: arrived.set())
    relay.start()
    try:
        record("wake up")
        assert arrived.wait(10)
    finally:
        relay.stop()
