"""Statements sent to the driver as they are: the same values, the same transaction, the same order."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import bindparam, delete, func, insert, select, update

from gongzhi.kernel import clock, db
from gongzhi.kernel.events import OutboxEvent, StreamVersion
from gongzhi.kernel.ids import new_id
from gongzhi.kernel.prepared import Driver, Prepared
from tests import factories as f

TABLE = StreamVersion.__table__
OUTBOX = OutboxEvent.__table__
ADD = Prepared(insert(TABLE).values(topic=bindparam("topic"), slot=bindparam("slot"), version=bindparam("version")))
RAISE = Prepared(
    update(TABLE).where(TABLE.c.topic == bindparam("which")).values(version=TABLE.c.version + bindparam("more"))
)
READ = Prepared(select(TABLE.c.slot, TABLE.c.version).where(TABLE.c.topic == bindparam("topic")).order_by(TABLE.c.slot))


def test_values_go_in_and_come_out_as_through_a_session(app):
    person, at = new_id(), clock.now() - timedelta(minutes=3)
    put = Prepared(
        insert(OUTBOX)
        .inline()
        .values({name: bindparam(name) for name in ("kind", "district_id", "actor_id", "topics", "payload", "at")})
    )
    get = Prepared(
        select(OUTBOX.c.district_id, OUTBOX.c.actor_id, OUTBOX.c.topics, OUTBOX.c.payload, OUTBOX.c.at).where(
            OUTBOX.c.kind == bindparam("kind")
        )
    )
    given = {"kind": "x.y", "district_id": person, "actor_id": None, "topics": ["甲"], "payload": {"字": 1}, "at": at}
    with f.writing() as session:
        Driver(session).run(put, given)
    with f.reading() as session:
        assert Driver(session).rows(get, {"kind": "x.y"}) == [(person, None, ["甲"], {"字": 1}, at)]
        stored = session.scalars(select(OutboxEvent).where(OutboxEvent.kind == "x.y")).one()
    assert (stored.district_id, stored.topics, stored.payload, stored.at) == (person, ["甲"], {"字": 1}, at)


def test_what_waits_in_the_session_is_sent_first_and_all_is_undone_together(app):
    with pytest.raises(RuntimeError), f.writing() as session:
        session.add(StreamVersion(topic="t", slot=0, version=1))
        driver = Driver(session)
        assert driver.run(RAISE, {"which": "t", "more": 4}) == 1
        assert driver.rows(READ, {"topic": "t"}) == [(0, 5)]
        raise RuntimeError
    with f.reading() as session:
        assert session.scalar(select(func.count()).where(StreamVersion.topic == "t")) == 0


def test_several_statements_run_in_their_order_and_each_tells_its_own(app):
    with f.writing() as session:
        driver = Driver(session)
        driver.later(ADD, {"topic": "t", "slot": 0, "version": 1})
        driver.later(ADD, {"topic": "t", "slot": 1, "version": 10})
        raised, read, none = driver.together(
            (RAISE, {"which": "t", "more": 2}), (READ, {"topic": "t"}), (RAISE, {"which": "nothing", "more": 1})
        )
        assert (raised.changed, read.rows, none.changed) == (2, [(0, 3), (1, 12)], 0)
        assert driver.row(READ, {"topic": "nothing"}) is None


def test_a_statement_that_fails_undoes_those_before_it(app):
    with pytest.raises(Exception, match=r"(?i)unique"), f.writing() as session:
        Driver(session).together(
            (ADD, {"topic": "t", "slot": 0, "version": 1}), (ADD, {"topic": "t", "slot": 0, "version": 1})
        )
    with f.writing() as session:
        assert Driver(session).rows(READ, {"topic": "t"}) == []
        assert session.execute(delete(StreamVersion).where(StreamVersion.topic == "t")).rowcount == 0


def test_a_connection_that_died_while_idle_is_replaced(app, monkeypatch):
    if db.engine().dialect.name != "postgresql":
        pytest.skip("SQLite has no connections that die")
    monkeypatch.setattr(db, "ASK_AFTER", 0.0)
    with db.engine().connect() as one:
        mine = one.exec_driver_sql("SELECT pg_backend_pid()").scalar()
    plain = db.engine().url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (mine,))
    with db.engine().connect() as again:
        assert again.exec_driver_sql("SELECT pg_backend_pid()").scalar() != mine
