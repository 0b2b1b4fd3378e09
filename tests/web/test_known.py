"""Sessions identified a moment ago: a right that ended is gone with the very next request, whoever ended it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import text

from gongzhi.domains.people.models import Organisation, RoleGrant
from gongzhi.kernel import clock, db
from tests import factories as f

ENDINGS = {
    "disabled": "UPDATE account SET state = 'disabled' WHERE id = :account",
    "signed out everywhere": "UPDATE account SET auth_epoch = auth_epoch + 1 WHERE id = :account",
    "session revoked": "UPDATE account_session SET revoked_at = created_at WHERE account_id = :account",
}


def raw(statement, **values):
    """A write that goes past every action, as another program's might."""
    with f.writing() as session:
        session.execute(text(statement), values)


def number_of(person):
    with f.reading() as session:
        return session.scalar(text("SELECT id FROM account WHERE name = :name"), {"name": person.name})


@pytest.fixture
def counted(sql_count):
    """How many statements know who asks."""

    def asked(client, headers):
        with sql_count() as statements:
            assert client.get("/api/v1/me", headers=headers).status_code == 200
        return sum("account_session" in one for one in statements)

    return asked


def test_who_asks_again_is_known_without_a_statement(client, counted):
    headers = f.bearer(f.a_resident())
    program = client()
    assert counted(program, headers) == 1
    assert counted(program, headers) == 0


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_ends_in_the_database_ends_with_the_next_request(client, ending):
    person = f.a_resident()
    headers = f.bearer(person)
    program = client()
    for _twice in range(2):
        assert program.get("/api/v1/me", headers=headers).status_code == 200
    raw(ENDINGS[ending], account=number_of(person))
    assert program.get("/api/v1/me", headers=headers).status_code == 401


def test_a_member_who_left_cannot_vote_for_the_organisation_with_the_next_request(client):
    person, issue = f.an_enterprise(), f.an_issue()
    headers = f.bearer(person)
    program = client()
    vote = {"json": {"choice": "support"}, "headers": headers}
    assert program.put(f"/api/v1/issues/{issue}/vote", **vote).status_code == 200
    with f.reading() as session:
        organisation = session.get_one(Organisation, person.acts_for)
    f.end_membership(person, organisation)
    assert program.put(f"/api/v1/issues/{issue}/vote", **vote).status_code == 403


def test_a_suspended_organisation_speaks_no_more(client):
    person, issue = f.an_ngo(), f.an_issue()
    headers = f.bearer(person)
    program = client()
    vote = {"json": {"choice": "support"}, "headers": headers}
    assert program.put(f"/api/v1/issues/{issue}/vote", **vote).status_code == 200
    raw("UPDATE organisation SET state = 'suspended' WHERE kind = 'ngo'")
    assert program.put(f"/api/v1/issues/{issue}/vote", **vote).status_code == 403


def test_a_new_role_counts_with_the_next_request(client):
    person = f.a_resident()
    headers = f.bearer(person)
    program = client()
    assert program.get("/api/v1/me", headers=headers).json["roles"] == []
    f.with_role(person, "auditor")
    assert program.get("/api/v1/me", headers=headers).json["roles"] != []


def test_a_role_that_ends_by_the_clock_is_gone_at_that_moment(client):
    person = f.with_role(f.a_resident(), "auditor")
    ends = clock.now() + timedelta(seconds=10)
    with f.writing() as session:
        for grant in session.query(RoleGrant).filter_by(account_id=person.id):
            grant.ends_at = ends
    headers = f.bearer(person)
    program = client()
    assert program.get("/api/v1/me", headers=headers).json["roles"] != []
    with time_machine.travel(ends + timedelta(seconds=1), tick=True):
        assert program.get("/api/v1/me", headers=headers).json["roles"] == []


def test_the_stamp_does_not_move_for_what_changes_no_right(app):
    person, issue = f.a_resident(), f.an_issue()
    browser = f.sign_in(app.test_client(), person)
    before = db.rights()
    assert browser.put(f"/api/v1/issues/{issue}/vote", json={"choice": "support"}).status_code == 200
    app.test_client().post("/sign-in", data={"login": person.login, "password": f.PASSWORD})
    raw("UPDATE account_session SET seen_at = created_at")
    assert db.rights() == before
    raw("UPDATE account SET level = 1")
    assert db.rights() != before
