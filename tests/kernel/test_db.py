"""The one door for writes: joins, rolls back, begins IMMEDIATE, forgets what was read before."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, select, text
from sqlalchemy.exc import StatementError

from gongzhi.kernel import db, ids
from gongzhi.kernel.events import ListenerState, OutboxEvent
from tests.at_once import at_once


class Unexpected(Exception):
    """Something goes wrong in the middle of a write."""


def states(app):
    """What is stored, by name."""
    with app.app_context(), db.isolated():
        return dict(db.session().execute(select(ListenerState.listener, ListenerState.last_seq)).all())


def put(session, name, number=1):
    """Add a row."""
    session.add(ListenerState(listener=name, last_seq=number))


def test_a_write_commits_at_its_end_and_rolls_back_as_a_whole(app):
    with app.app_context():
        with db.write() as session:
            put(session, "kept")
        with pytest.raises(Unexpected), db.write() as session:
            put(session, "lost")
            session.flush()
            raise Unexpected
    assert states(app) == {"kept": 1}


def test_a_write_inside_a_write_joins_it_and_fails_with_it(app):
    with app.app_context():
        with pytest.raises(Unexpected), db.write() as outer:
            put(outer, "outer")
            with db.write() as inner:
                assert inner is outer
                put(inner, "inner")
            raise Unexpected
        assert db.writing() is None
    assert states(app) == {}


def test_what_is_to_follow_a_commit_follows_it_once_and_never_a_rollback(app):
    called = []
    with app.app_context():
        with db.write() as session:
            db.after_commit(session, lambda: called.append(states(app)))
            put(session, "kept")
            with db.write() as inner:
                db.after_commit(inner, lambda: called.append("inner"))
            assert called == []
        with pytest.raises(Unexpected), db.write() as session:
            db.after_commit(session, lambda: called.append("never"))
            raise Unexpected
        with db.write() as session:
            put(session, "more")
    assert called == [{"kept": 1}, "inner"]


def test_a_wakeup_after_a_rollback_is_not_lost(app):
    from gongzhi.kernel import events
    from tests import factories as f
    from tests.kernel.test_events import Happened

    woken = []
    events.on_recorded(lambda: woken.append(1))
    with app.app_context():
        with pytest.raises(Unexpected), db.write() as session:
            events.record(session, Happened(district_id=f.places().id, name="no"))
            raise Unexpected
        with db.write() as session:
            events.record(session, Happened(district_id=f.places().id, name="yes"))
    assert woken == [1]


def test_what_was_read_before_a_write_is_read_again_inside(app):
    with app.app_context():
        with db.write() as session:
            put(session, "counter", 1)
        mine = db.session().get_one(ListenerState, "counter")

        def elsewhere():
            with app.app_context(), db.isolated(), db.write() as other:
                other.get_one(ListenerState, "counter").last_seq = 5

        at_once(elsewhere)
        with db.write():
            assert mine.last_seq == 5


def test_counting_at_once_under_the_lock_loses_nothing(app):
    with app.app_context(), db.write() as session:
        put(session, "counter", 0)

    def count():
        for _number in range(10):
            with app.app_context(), db.isolated(), db.write() as session:
                row = session.scalars(
                    select(ListenerState).where(ListenerState.listener == "counter").with_for_update()
                ).one()
                row.last_seq += 1

    assert at_once(*[count] * 4) == [None] * 4
    assert states(app) == {"counter": 40}


def test_on_sqlite_a_write_begins_immediate_and_reading_does_not(app):
    if db.engine().dialect.name != "sqlite":
        with app.app_context():
            assert db.session().scalar(text("SHOW timezone")) == "UTC"
        return
    sent = []
    event.listen(db.engine(), "before_cursor_execute", lambda _c, _k, statement, *_r: sent.append(statement))
    with app.app_context():
        db.session().scalars(select(ListenerState)).all()
        with db.write() as session:
            put(session, "x")
    begins = [statement for statement in sent if statement.startswith("BEGIN")]
    assert begins == ["BEGIN", "BEGIN IMMEDIATE"]


def test_sqlite_is_durable_and_keeps_foreign_keys(app):
    if db.engine().dialect.name != "sqlite":
        return
    with app.app_context():
        found = {
            name: db.session().scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_readers_do_not_wait_for_a_writer(app):
    inside, done = threading.Event(), threading.Event()

    def writes():
        with app.app_context(), db.isolated(), db.write() as session:
            put(session, "slow")
            session.flush()
            inside.set()
            done.wait(10)

    thread = threading.Thread(target=writes)
    thread.start()
    assert inside.wait(10)
    assert states(app) == {}
    done.set()
    thread.join()
    assert states(app) == {"slow": 1}


def test_a_time_without_zone_is_refused_and_others_come_back_in_utc(app):
    from gongzhi.kernel import clock
    from tests import factories as f

    def an_event(at):
        return OutboxEvent(kind="x", district_id=f.places().id, topics=[], payload={}, at=at)

    east = datetime(2026, 3, 2, 9, 0, tzinfo=timezone(timedelta(hours=8)))
    with app.app_context():
        with db.write() as session:
            session.add(an_event(east))
        found = db.session().scalars(select(OutboxEvent.at).where(OutboxEvent.kind == "x")).one()
        assert found == east
        assert found.utcoffset() == timedelta(0)
        with pytest.raises((StatementError, ValueError)), db.write() as session:
            session.add(an_event(clock.now().replace(tzinfo=None)))


@given(st.text(max_size=20))
def test_text_that_is_no_id_matches_no_row(text_):
    number = ids.to_number(text_)
    assert number == ids.NO_ROW or ids.to_text(number) == text_


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1))
def test_ids_in_text_order_are_in_number_order(first, second):
    assert ids.to_number(ids.to_text(first)) == first
    assert (ids.to_text(first) < ids.to_text(second)) == (first < second)


def test_ids_made_at_once_are_all_different_and_grow():
    made = at_once(*[lambda: [ids.new_id() for _ in range(500)]] * 4)
    assert len({key for batch in made for key in batch}) == 2000
    assert all(batch == sorted(batch) for batch in made)
