"""What must be told to nobody: personal data in logs, errors, search, the public API, exports and metrics;
the choice of a secret vote; a sealed result before its close.

One person with a name, a number and a mobile number that occur nowhere else does everything a person does;
afterwards every public door is read. That a running ballot gives nothing away at its own addresses, and what of it
is stored, is in tests/domains/ballots/test_secrecy.py; that a topic of it tells only the turnout, in test_told.py.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gongzhi.domains.people import actions, queries
from gongzhi.domains.people.models import Account
from gongzhi.kernel.secrets import blind_index, encrypt
from gongzhi.web import logs
from tests import factories as f
from tests.domains.ballots.steps import a_ballot, an_office_with_two
from tests.domains.initiatives.world import HANDS, an_initiative, joins
from tests.security.test_matrix import READ, address, rules
from tests.security.world import a_town

REAL_NAME = "欧阳隐姓"
IDENTITY = "11010519491231002X"
PHONE = "13987650123"
PASSWORD = "a password nobody else has"
LOGIN = "hidden.person@mail.gongzhi"
WORDS = "藏在投票理由里的话"


@pytest.fixture
def hidden(client):
    """A resident of whom everything is known to the platform, and who took part in everything."""
    person = f.a_resident("山城步道")
    with f.writing() as session:
        account = session.get_one(Account, person.id)
        account.real_name = encrypt(REAL_NAME, "people.real_name")
        account.identity = encrypt(IDENTITY, "people.identity")
        account.email, account.email_index = encrypt(LOGIN, "people.email"), blind_index("people.email", LOGIN)
        account.phone = encrypt(f"+86{PHONE}", "people.phone")
        account.phone_index = blind_index("people.phone", f"+86{PHONE}")
        account.password_hash = actions.new_password_hash(PASSWORD, contact=LOGIN)
    return person


@pytest.fixture
def said_to_operators(app, capsys):
    """`said_to_operators()` is every line of the log so far, written as in a running platform."""
    logs.configure(replace(app.config["SETTINGS"], testing=False))
    yield lambda: capsys.readouterr().err
    logs.configure(app.config["SETTINGS"])


def takes_part(client, person):
    """Issue, comment, initiative, pledge, ballot; the ballot's id, and what the voter alone was told."""
    issue = f.an_issue(person)
    f.a_comment(person, issue, "我家楼下也是这样。")
    initiative = an_initiative(client, person, needs=[HANDS], issue=issue)
    assert joins(client, f.a_resident(), initiative, initiative["needs"][0], 1).status_code == 201
    ballot = a_ballot(officials=an_office_with_two(), on=issue)
    voted = client().put(
        f"/api/v1/ballots/{ballot}/vote",
        json={"choice": "against", "reason": WORDS, "nonce": "a nonce of thirty-two characters"},
        headers=f.bearer(person),
    )
    assert voted.status_code == 200, voted.text
    f.deliver()
    return ballot, (voted.json["receipt"], voted.json["salt"])


def found_in(text, secrets):
    return sorted({secret for secret in secrets if secret in text})


PERSONAL = (REAL_NAME, IDENTITY, PHONE, PASSWORD, LOGIN)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_no_public_page_answer_export_or_number_tells_who_somebody_is(app, client, hidden):
    """Every address there is, as a visitor and as another resident, with things of this person at the addresses."""
    town = a_town(client)
    ballot, told = takes_part(client, hidden)
    town.ids["ballot_id"] = ballot
    secrets = (*PERSONAL, *told, WORDS)
    faults = []
    for who in ("visitor", "resident", "official of another office", "auditor"):
        browser = client(town.people[who])
        for rule, method in rules(app):
            if method not in READ or rule.endpoint in ("static", "people.outbox"):
                continue
            text = browser.get(address(app, rule, town.values(rule))).data.decode("utf-8", "replace")
            faults += [f"{who}: {rule.rule} tells {one}" for one in found_in(text, secrets)]
    assert faults == []


def test_search_finds_nobody_by_what_is_private(client, hidden):
    takes_part(client, hidden)
    for secret in (*PERSONAL, WORDS):
        for path in ("/search", "/api/v1/search", "/organisations", "/issues"):
            answer = client().get(path, query_string={"q": secret})
            assert answer.status_code in (200, 422)
            assert "山城步道" not in answer.text, (path, secret)
        hits = client().get("/api/v1/search", query_string={"q": secret}).json
        assert hits["items"] == [], secret


def test_an_error_repeats_nothing_that_was_typed_or_stored(app, client, hidden, monkeypatch, said_to_operators):
    """Neither the page nor the problem document of a failure, and not the log of it."""

    def fail(*_arguments, **_more):
        raise RuntimeError("inside")

    monkeypatch.setattr(queries, "account_with_password", fail)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    page = client().post("/sign-in", data={"login": LOGIN, "password": PASSWORD})
    document = client().post("/api/v1/tokens", json={"login": LOGIN, "password": PASSWORD})
    for answer in (page, document):
        assert answer.status_code == 500
        assert found_in(answer.text, (*PERSONAL, "inside", "Traceback", "sign_in.py", "SELECT")) == []
    said = said_to_operators()
    assert "unexpected_error" in said
    assert found_in(said, PERSONAL) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_log_of_a_day_names_nobody_and_holds_no_token(client, hidden, said_to_operators):
    browser = client()
    assert browser.post("/sign-in", data={"login": LOGIN, "password": PASSWORD}).status_code == 302
    with browser.session_transaction() as kept:
        session_token = kept["_user_id"]
    given = client().post("/api/v1/tokens", json={"login": PHONE, "password": PASSWORD})
    assert given.status_code in (200, 201), given.text
    bearer = given.json["token"]
    browser.get("/account/verification")
    browser.post(
        "/account/verification",
        data={"community_id": f.places().community.id, "real_name": REAL_NAME, "identity": IDENTITY, "agree": "y"},
    )
    browser.post("/account/password", data={"current_password": PASSWORD, "password": f"{PASSWORD}!"})
    client().post("/sign-in", data={"login": LOGIN, "password": PASSWORD})
    client().post("/register", data={"contact": LOGIN, "name": REAL_NAME, "password": PASSWORD, "agree": "y"})
    client().get("/search", query_string={"q": REAL_NAME})
    client().get("/api/v1/me", headers={"Authorization": f"Bearer {bearer}"})
    client().get(f"/password/reset/{LOGIN}")
    client().get(f"/{PHONE}")
    _ballot, told = takes_part(client, hidden)
    said = said_to_operators()
    assert '"event": "request"' in said, "nothing was logged: the test cannot fail"
    assert found_in(said, (*PERSONAL, *told, WORDS, session_token, bearer, "山城步道", "against")) == []


def test_metrics_count_and_name_nobody(client, hidden):
    takes_part(client, hidden)
    text = client().get("/metrics").text
    assert "gongzhi" in text
    assert found_in(text, (*PERSONAL, WORDS, hidden.id, "山城步道")) == []


def test_a_problem_document_does_not_repeat_a_refused_value(client, hidden):
    answers = (
        client().post("/api/v1/tokens", json={"login": LOGIN, "password": PASSWORD + "x", "extra": IDENTITY}),
        client().post("/api/v1/tokens", json={"login": [LOGIN], "password": {"a": PASSWORD}}),
        client().get("/api/v1/issues", query_string={"order": PHONE, "cursor": IDENTITY}),
        client().post("/api/v1/issues", json={"title": IDENTITY, "body": LOGIN}, headers=f.bearer(hidden)),
    )
    for answer in answers:
        assert 400 <= answer.status_code < 500
        assert found_in(json.dumps(answer.json, ensure_ascii=False), PERSONAL) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_two_running_ballots_that_differ_only_in_their_votes_look_the_same_at_every_door(app, client):
    """A sealed result is read early by nobody: neither the office nor its administrator sees a difference."""
    voters = [f.a_resident() for _ in range(3)]
    officials = an_office_with_two()
    issue = f.an_issue()
    ballots = [a_ballot(officials=officials, on=issue) for _ in range(2)]
    for ballot, choices in zip(ballots, (("for", "for", "for"), ("against", "against", "abstain")), strict=True):
        for voter, choice in zip(voters, choices, strict=True):
            answer = client().put(
                f"/api/v1/ballots/{ballot}/vote",
                json={"choice": choice, "nonce": "a nonce of thirty-two characters"},
                headers=f.bearer(voter),
            )
            assert answer.status_code == 200, answer.text
    f.deliver()
    for person in (None, voters[0], *officials, f.an_admin(), f.with_role(f.a_resident(), "auditor")):
        browser = client(person)
        for path in ("/api/v1/ballots/{}/result", "/ballots/{}/votes", "/ballots/{}/certificate"):
            one, other = (browser.get(path.format(ballot)) for ballot in ballots)
            assert one.status_code == other.status_code
            if one.is_json and one.status_code == 200:
                assert one.json["outcome"] is None
                assert other.json["outcome"] is None
        one, other = (browser.get(f"/api/v1/ballots/{ballot}").json for ballot in ballots)
        apart = {name for name in one if one[name] != other[name]}
        assert apart <= {"id", "opens_at", "closes_at", "rules", "rules_hash"}, "the rules name ballot and moments"
        assert found_in(json.dumps(one["rules"]), ('for":', "against", "tally")) == []
        listed = browser.get("/api/v1/ballots").text + browser.get("/ballots").text + browser.get("/metrics").text
        assert "abstain" not in listed
