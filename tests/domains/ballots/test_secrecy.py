"""A secret ballot: what is kept while it runs and after, and that nothing readable leads from a voter to a choice."""

from __future__ import annotations

import json
import sqlite3

import pytest
from sqlalchemy import text

from gongzhi.domains.ballots import actions
from gongzhi.domains.ballots.queries import access_ballot
from gongzhi.domains.ballots.rules import verify_ballot
from gongzhi.kernel import db
from tests import factories
from tests.factories import a_resident, actor_of, bearer

from .steps import a_ballot, an_office_with_two, cast, closed, document, later, stored


def everything_stored():
    """Every row of every table as text, by table."""
    with factories.reading() as session:
        names = db.Base.metadata.tables
        return {
            name: "\n".join(repr(tuple(row)) for row in session.execute(text(f'SELECT * FROM "{name}"')))
            for name in names
        }


def test_while_it_runs_no_choice_salt_or_receipt_is_readable_anywhere(app, client):
    voter = a_resident()
    ballot = a_ballot()
    answer = client().put(
        f"/api/v1/ballots/{ballot}/vote",
        json={"choice": "against", "reason": "石阶太陡", "nonce": "n" * 30},
        headers={**bearer(voter), "Idempotency-Key": "my key"},
    )
    assert answer.status_code == 200, answer.text
    told = answer.json
    held = everything_stored()
    for secret in (told["receipt"], told["salt"], told["nonce"], "石阶太陡", "against"):
        for table, rows in held.items():
            assert secret not in rows or (secret == "against" and table == "ballot"), (secret, table)
    assert held["idempotency_record"] == ""
    assert voter.id not in "\n".join(row for row in held["outbox_event"].splitlines() if "ballot.vote_cast" in row)


def test_after_the_close_the_envelopes_and_keys_are_gone_and_nothing_in_the_urn_is_the_voters(app):
    voters = [a_resident() for _ in range(6)]
    ballot = a_ballot()
    receipts = [
        cast(voter, ballot, "for" if place % 2 else "against", reason=f"理由{place}")
        for place, voter in enumerate(voters)
    ]
    assert stored(ballot).private_key is not None
    closed(ballot, app)
    kept = stored(ballot)
    assert kept.private_key is None and kept.nonce_key is None
    held = everything_stored()
    assert held["ballot_vote"] == ""
    numbers = [repr(text_id) for text_id in (db.Id().process_bind_param(voter.id, None) for voter in voters)]
    for table in ("ballot_entry", "ballot_reason"):
        assert not any(
            number in held[table] or voter.id in held[table] for number, voter in zip(numbers, voters, strict=True)
        )
    listed = document(ballot)
    assert {entry["commitment"] for entry in listed["entries"]} == {receipt.commitment for receipt in receipts}
    assert all(set(entry) == {"commitment", "salt", "choice"} for entry in listed["entries"])
    assert sorted(listed["reasons"]) == sorted(f"理由{place}" for place in range(6))
    assert verify_ballot(json.loads(json.dumps(listed))) == []


def test_on_sqlite_the_deleted_envelopes_are_overwritten_in_the_file(app, database):
    if database.get_backend_name() != "sqlite":
        pytest.skip("a file of SQLite")
    voter = a_resident()
    ballot = a_ballot()
    cast(voter, ballot)
    with factories.reading() as session:
        envelope = bytes(session.execute(text("SELECT envelope FROM ballot_vote")).scalar_one())
        wrapped = bytes(session.execute(text("SELECT private_key FROM ballot")).scalar_one())
    closed(ballot, app)
    db.disconnect()
    connection = sqlite3.connect(database.database)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    with open(database.database, "rb") as file:  # noqa: PTH123
        content = file.read()
    assert envelope[40:200] not in content and wrapped[20:60] not in content


def test_the_urn_lies_in_an_order_that_is_not_the_voters(app):
    voters = [a_resident() for _ in range(8)]
    ballot = a_ballot()
    receipts = [cast(voter, ballot) for voter in voters]
    closed(ballot, app)
    with factories.reading() as session:
        rows = [row[0] for row in session.execute(text("SELECT commitment FROM ballot_entry"))]
        ids = (
            [row[0] for row in session.execute(text("SELECT sql FROM sqlite_master WHERE name = 'ballot_entry'"))]
            if db.dialect(session) == "sqlite"
            else []
        )
    assert rows != [receipt.commitment for receipt in receipts]
    assert all("WITHOUT ROWID" in one for one in ids)


def test_a_secret_ballot_is_told_to_nobody_before_its_close_by_any_door(app, client):
    voter, other = a_resident(), a_resident()
    ballot = a_ballot()
    cast(voter, ballot, "for")
    for person in (None, voter, other, factories.an_admin(), *an_office_with_two()):
        browser = client(person)
        found = browser.get(f"/api/v1/ballots/{ballot}/result").json
        assert found["outcome"] is None and found["kind"] == "gongzhi-ballot-running"
        assert browser.get(f"/ballots/{ballot}/certificate").status_code == 404
        page = browser.get(f"/ballots/{ballot}")
        assert "data-outcome" not in page.text
        assert browser.get(f"/ballots/{ballot}/votes").status_code == 404


def test_changing_a_vote_leaves_one_voice_and_the_last_choice(app):
    voter = a_resident()
    ballot = a_ballot()
    first = cast(voter, ballot, "for")
    last = cast(voter, ballot, "against")
    assert first.commitment != last.commitment
    closed(ballot, app)
    listed = document(ballot)
    assert [entry["choice"] for entry in listed["entries"]] == ["against"]
    assert listed["entries"][0]["commitment"] == last.commitment
    assert listed["outcome"]["turnout"]["voted"] == 1


def test_the_same_request_gives_the_same_receipt_and_another_voter_another_one(app):
    voter, other = a_resident(), a_resident()
    ballot = a_ballot()
    assert cast(voter, ballot) == cast(voter, ballot)
    assert cast(voter, ballot, nonce="x" * 22) == cast(voter, ballot, nonce="x" * 22)
    assert cast(voter, ballot, nonce="x" * 22).commitment != cast(other, ballot, nonce="x" * 22).commitment


def test_a_cancelled_ballot_destroys_its_votes_unread(app):
    officials = an_office_with_two()
    voter = a_resident()
    ballot = a_ballot(officials=officials)
    cast(voter, ballot)
    actor = actor_of(officials[0])
    with factories.writing() as session:
        actions.cancel(session, actor, access_ballot(session, actor, ballot), reason="问题表述有误")
    assert stored(ballot).private_key is None
    assert everything_stored()["ballot_vote"] == ""
    closed(ballot, app)
    assert stored(ballot).state == "cancelled" and stored(ballot).outcome is None


def test_a_vote_that_was_moved_to_another_voter_does_not_open(app):
    one, other = a_resident(), a_resident()
    ballot = a_ballot()
    cast(one, ballot, "for")
    cast(other, ballot, "against")
    with factories.writing() as session:
        session.execute(
            text(
                "UPDATE ballot_vote SET envelope = (SELECT envelope FROM ballot_vote WHERE voter_key = :one) WHERE voter_key = :other"
            ),
            {"one": f"a:{one.id}", "other": f"a:{other.id}"},
        )
    closed(ballot, app)
    listed = document(ballot)
    assert [entry["choice"] for entry in listed["entries"]] == ["for"]
    assert listed["spoiled"] == 1


def test_a_vote_after_its_time_is_refused_though_the_job_is_late(app, client):
    voter = a_resident()
    ballot = a_ballot()
    with later(days=7, minutes=1):
        late = client(voter).put(f"/api/v1/ballots/{ballot}/vote", json={"choice": "for"})
    assert late.status_code == 409 and late.json["type"].endswith("already-closed")
    assert client(voter).put(f"/api/v1/ballots/{ballot}/vote", json={"choice": "for"}).status_code == 200
