"""Public acts become entries: once, in order, without people in them, and nothing can take them back."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, text
from sqlalchemy.exc import DatabaseError

from gongzhi.domains.people.models import Account
from gongzhi.kernel import db
from gongzhi.kernel.db import isolated, write
from gongzhi.kernel.events import OutboxEvent, load
from gongzhi.kernel.relay import Delivered
from gongzhi.reactions.ledger.appending import listen
from gongzhi.reactions.ledger.erasing import forget_words
from gongzhi.reactions.ledger.heads import sign_grown_logs
from gongzhi.reactions.ledger.models import LedgerHead, LedgerLeaf, LedgerLog, LedgerNode
from gongzhi.reactions.ledger.records import canonical
from tests import factories as f
from tests.at_once import at_once
from tests.reactions.ledger.conftest import handling, many_acts

UNCHANGEABLE = ("ledger_leaf", "ledger_node", "ledger_head")


def leaves():
    """Everything in the log, in its order."""
    with f.reading() as session:
        return list(session.scalars(select(LedgerLeaf).order_by(LedgerLeaf.position)))


def everything():
    """All events as the relay hands them over."""
    with f.reading() as session:
        rows = session.scalars(select(OutboxEvent).where(OutboxEvent.seq.is_not(None)).order_by(OutboxEvent.seq))
        return [Delivered(row.id, row.seq, row.at.isoformat(), load(row), tuple(row.topics)) for row in rows]


def test_what_offices_did_stands_in_the_log_in_the_order_it_happened(acts):
    records = [json.loads(leaf.record) for leaf in leaves()]
    assert [(record["event"], record["facts"].get("action")) for record in records] == [
        ("issue.state_changed", "accept"),
        ("issue.state_changed", "pause"),
        ("issue.state_changed", "resume"),
        ("issue.answered", None),
        ("decision.on_notice", None),
        ("decision.published", None),
    ]
    assert {record["by"]["name"] for record in records} == {"解放碑街道办事处"}
    assert {record["by"]["role"] for record in records} == {"official"}
    assert records[4]["facts"] == {"number": "2026-00001", "until": "2026-03-09"}
    assert records[4]["content"]["hash"] == "sha256"
    assert records[1]["content"]["hash"] == records[3]["content"]["hash"] == "sha256-salted"
    assert all(record["district"] == "500103" for record in records)


def test_no_person_is_in_any_leaf(acts):
    everything_written = "".join(leaf.record for leaf in leaves())
    with f.reading() as session:
        accounts = session.scalars(select(Account)).all()
    for account in accounts:
        assert account.id not in everything_written
        assert account.name not in everything_written
    assert "何小满" not in everything_written
    assert "经办" not in everything_written


def test_a_record_is_the_only_way_to_write_what_it_says(acts):
    for leaf in leaves():
        assert canonical(json.loads(leaf.record)) == leaf.record


@pytest.mark.parametrize("value", [1.5, {"a": (1,)}, {"ä": 1}, "\ud800", {1: 2}])
def test_what_has_no_one_way_to_be_written_is_refused(value):
    with pytest.raises(TypeError):
        canonical(value)


def test_votes_comments_and_drafts_leave_no_entry(app):
    issue = f.an_issue()
    f.a_vote(f.a_resident(), issue)
    f.a_comment(f.a_resident(), issue)
    office = f.an_office(f.places().subdistrict)
    f.step(f.an_official(office), f.a_decision(f.an_official(office), [issue]), "withdraw", reason="重复起草")
    f.deliver()
    assert leaves() == []


def test_events_that_are_delivered_again_leave_no_second_entry(app, acts):
    before = [(leaf.position, leaf.event_id) for leaf in leaves()]
    with app.app_context(), write() as session:
        listen(session, everything())
    assert [(leaf.position, leaf.event_id) for leaf in leaves()] == before


def test_two_workers_that_append_at_once_make_one_log(app, client):
    """Both get every event at the same moment, while the log does not even exist."""
    many_acts_undelivered(client, 12)
    with app.app_context():
        app.extensions["relay"]._number()
    batch = everything()

    def append():
        with app.app_context(), isolated(), write() as session:
            listen(session, batch)

    assert at_once(append, append, append) == [None, None, None]
    found = leaves()
    assert [leaf.position for leaf in found] == list(range(12))
    assert [leaf.event_id for leaf in found] == sorted(leaf.event_id for leaf in found)
    with f.reading() as session:
        assert session.scalar(select(LedgerLog.size)) == 12
        assert session.scalar(select(func.count()).select_from(LedgerLog)) == 1
        # Complete subtrees above 12 leaves: 6 + 3 + 1.
        assert session.scalar(select(func.count()).select_from(LedgerNode)) == 10


def many_acts_undelivered(client, count):
    official = f.an_official(f.an_office(f.places().subdistrict))
    issue = f.an_issue()
    handling(client, official, issue, "accept")
    for number in range(count - 1):
        more = {"reason": "等待材料中"} if number % 2 == 0 else {}
        handling(client, official, issue, "resume" if number % 2 else "pause", **more)


def test_each_district_has_a_log_of_its_own(acts, client):
    other = f.a_district("500104")
    with f.reading() as session:
        names = session.scalars(select(LedgerLog.name)).all()
    assert [name.partition("-")[0] for name in names] == ["500103"]
    assert other.id not in {leaf.district_id for leaf in leaves()}


def test_appending_costs_the_same_however_long_the_log_is(app, client, sql_count):
    issue, official = many_acts(client, 5)
    turns = itertools.cycle((("pause", {"reason": "等待材料中"}), ("resume", {})))

    def cost():
        action, more = next(turns)
        handling(client, official, issue, action, **more)
        with app.app_context():
            app.extensions["relay"]._number()
        batch = everything()[-1:]
        with app.app_context(), sql_count() as statements, write() as session:
            listen(session, batch)
        return len(statements)

    assert max(cost(), cost(), cost()) <= 14


@pytest.mark.parametrize("table", UNCHANGEABLE)
@pytest.mark.parametrize("harm", ["UPDATE {} SET hash = hash", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_database_itself_refuses_to_change_or_remove_what_is_in_the_log(app, acts, table, harm):
    statement = harm.format(table).replace("hash = hash", "root = root" if table == "ledger_head" else "hash = hash")
    with app.app_context(), db.isolated():
        if statement.startswith("TRUNCATE") and db.dialect(db.session()) == "sqlite":
            pytest.skip("SQLite has no TRUNCATE")
    with pytest.raises(DatabaseError, match="never changed or removed"), app.app_context(), write() as session:
        session.execute(text(statement))
    with f.reading() as session:
        assert session.scalar(text(f"SELECT count(*) FROM {table}")) > 0


def test_erasing_the_words_breaks_no_proof_and_leaves_no_way_to_guess_them(app, acts, client):
    answer = next(leaf for leaf in leaves() if leaf.kind == "issue.answered")
    part = json.loads(answer.record)["object"]["part"]["id"]
    proof = client().get(f"/api/v1/ledger/proofs/inclusion?index={answer.position}&size=6").json
    told = client().get(f"/api/v1/ledger/entries/{answer.position}").json["words"]
    assert told["state"] == "same" and told["salt"]
    with app.app_context(), write() as session:
        assert forget_words(session, part) == 1
    assert client().get(f"/api/v1/ledger/proofs/inclusion?index={answer.position}&size=6").json == proof
    told = client().get(f"/api/v1/ledger/entries/{answer.position}").json["words"]
    assert told == {"state": "erased", "salt": None, "content": None}
    assert "已抹除" in client().get(f"/ledger/{answer.position}").get_data(as_text=True)


def test_an_account_can_be_erased_without_touching_the_log(app, acts, client):
    """No row of the ledger refers to an account, so that nothing there stands in the way of erasing one."""
    tables = [table for name, table in db.Base.metadata.tables.items() if name.startswith("ledger_")]
    assert len(tables) == 6
    assert {key.column.table.name for table in tables for key in table.foreign_keys} == {"district", "ledger_key"}
    before = client().get("/api/v1/ledger/proofs/inclusion?index=0&size=6").json
    stranger = f.a_resident()
    with f.writing() as session:
        session.execute(delete(Account).where(Account.id == stranger.id))
    assert client().get("/api/v1/ledger/proofs/inclusion?index=0&size=6").json == before


# -- heads


def heads():
    with f.reading() as session:
        return list(session.scalars(select(LedgerHead).order_by(LedgerHead.size)))


def test_the_first_entries_are_signed_at_once_and_the_rest_by_the_job_when_the_log_grew(app, acts):
    assert [head.size for head in heads()] == [5]
    with app.app_context():
        assert sign_grown_logs() == 1
        assert sign_grown_logs() == 0
    assert [head.size for head in heads()] == [5, 6]


def test_two_workers_sign_a_grown_log_once(app, acts):
    def sign():
        with app.app_context():
            return sign_grown_logs()

    assert sorted(at_once(sign, sign)) == [0, 1]
    assert [head.size for head in heads()] == [5, 6]


HARM = {
    "an earlier entry's subtree": "UPDATE ledger_node SET hash = (SELECT hash FROM ledger_leaf WHERE position = 0) WHERE number >> 56 = 2",
    "a new entry": "UPDATE ledger_leaf SET record = '{}' WHERE position = 5",
    "a new entry is gone": "DELETE FROM ledger_leaf WHERE position = 5",
}


@pytest.mark.parametrize("harm", HARM.values(), ids=HARM)
def test_a_log_that_was_tampered_with_is_not_signed_and_the_doctor_says_so(app, acts, harm):
    from gongzhi.web.doctor import examine

    past_the_triggers(app, harm)
    with app.app_context():
        assert sign_grown_logs() == 0
        found = {finding.what: finding for finding in examine(app)}
    assert [head.size for head in heads()] == [5]
    assert not found["public ledger"].good


def past_the_triggers(app, statement):
    """What somebody with the rights of the database's owner can do."""
    with app.app_context(), write() as session:
        if db.dialect(session) == "postgresql":
            session.execute(text("SET LOCAL session_replication_role = replica"))
            session.execute(text(statement))
            return
        triggers = session.execute(text("SELECT name, sql FROM sqlite_master WHERE name LIKE 'ledger_%_no_%'")).all()
        for name, _sql in triggers:
            session.execute(text(f"DROP TRIGGER {name}"))
        session.execute(text(statement))
        for _name, sql in triggers:
            session.execute(text(sql))


def test_the_doctor_sees_a_log_nobody_signs(app, acts, morning):
    from gongzhi.web.doctor import examine

    def finding():
        with app.app_context():
            return next(one for one in examine(app) if one.what == "public ledger")

    assert finding().good
    morning.shift(timedelta(minutes=11))
    assert finding().detail.endswith("no head was signed since it grew")
    with app.app_context():
        sign_grown_logs()
    assert finding().good


@pytest.mark.parametrize(
    ("harm", "found", "words"),
    [
        ("UPDATE ledger_leaf SET record = '{}' WHERE position = 2", "ledger extends its heads", "entry 2 was changed"),
        ("UPDATE ledger_head SET signature = root", "ledger extends its heads", "signature of the head of size 5"),
        ("UPDATE ledger_head SET root = (SELECT hash FROM ledger_leaf WHERE position = 0)", "ledger extends its heads", "does not follow"),
        ("UPDATE ledger_node SET hash = (SELECT hash FROM ledger_leaf WHERE position = 0) WHERE number >> 56 = 1", "ledger extends its heads", "subtree 1/0"),
        ("DELETE FROM ledger_leaf WHERE position = 3", "public acts in the ledger", "issue.answered"),
    ],
)  # fmt: skip
def test_the_deep_doctor_names_what_was_done_to_the_log(app, acts, harm, found, words):
    from gongzhi.web.doctor import examine

    def finding():
        with app.app_context(), db.isolated():
            return next(one for one in examine(app, deep=True) if one.what == found)

    assert finding().good, finding().detail
    past_the_triggers(app, harm)
    assert words in finding().detail


# -- keys


def rotate(app):
    from gongzhi.reactions.ledger.keys import rotate_key

    with app.app_context():
        with write() as session:
            made = rotate_key(session, session.scalars(select(LedgerLog)).one())
        app.extensions["relay"].drain()
        sign_grown_logs()
        return made.key_id


def test_a_new_key_is_vouched_for_by_the_old_one_whose_heads_remain_valid(app, acts, client, morning):
    morning.shift(timedelta(minutes=1))
    new = rotate(app)
    keys = client().get("/api/v1/ledger/keys").json["items"]
    assert [key["key"] for key in keys][1] == new
    assert keys[1]["endorsed_by"] == keys[0]["key"]
    assert keys[0]["valid_until"] == keys[1]["valid_from"] and keys[1]["valid_until"] is None
    assert [head.key_id for head in heads()] == [keys[0]["key"], new]
    assert [json.loads(leaf.record)["event"] for leaf in leaves()][-1] == "ledger.key_rotated"
    page = client().get("/ledger/heads").get_data(as_text=True)
    assert page.count("签名相符") == 2 and "签名不符" not in page


def test_the_private_part_of_a_replaced_key_is_destroyed(app, acts):
    from gongzhi.reactions.ledger.models import LedgerKey

    rotate(app)
    with f.reading() as session:
        old, new = session.scalars(select(LedgerKey).order_by(LedgerKey.id)).all()
    assert old.private_key is None
    assert new.private_key.startswith(b"v1.a256gcm.")


def test_two_who_rotate_at_once_leave_one_line_of_keys(app, acts, client):
    from gongzhi.reactions.ledger.keys import rotate_key

    def turn():
        with app.app_context(), isolated(), write() as session:
            return rotate_key(session, session.scalars(select(LedgerLog)).one()).key_id

    first, second = at_once(turn, turn)
    keys = client().get("/api/v1/ledger/keys").json["items"]
    assert len(keys) == 3
    assert {first, second} == {keys[1]["key"], keys[2]["key"]}
    assert [key["endorsed_by"] for key in keys[1:]] == [keys[0]["key"], keys[1]["key"]]
