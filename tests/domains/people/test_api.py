"""The API about oneself: tokens, `GET /me`, acting for an organisation by a header."""

import pytest

from gongzhi.domains.people.rules import SIGN_IN_PER_LOGIN
from tests.factories import PASSWORD, a_person, a_resident, a_session, an_enterprise, an_official, bearer

TOKENS = "/api/v1/tokens"


def test_a_token_is_given_for_login_and_password_works_and_ends(client):
    person = a_resident()
    program = client()
    made = program.post(TOKENS, json={"login": person.login, "password": PASSWORD}, token=False)
    assert made.status_code == 201
    assert set(made.get_json()) == {"token", "expires_at"}
    headers = {"Authorization": f"Bearer {made.get_json()['token']}"}
    me = program.get("/api/v1/me", headers=headers)
    assert me.status_code == 200
    assert me.get_json()["name"] == person.name
    assert person.login not in me.text
    assert program.delete(f"{TOKENS}/current", headers=headers).status_code == 204
    assert program.get("/api/v1/me", headers=headers).status_code == 401
    assert "Set-Cookie" not in me.headers


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"login": "x"},
        {"login": "x", "password": ""},
        {"login": "x", "password": "y", "admin": True},
        {"login": 1, "password": ["x"]},
        {"login": "x" * 400, "password": "y"},
        [],
        None,
    ],
)
def test_a_wrong_body_is_a_problem_document(client, body):
    answer = client().post(TOKENS, json=body, token=False)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json()["errors"]


@pytest.mark.parametrize("data", [b"{", b"\xff\xfe", b"[" * 100000, b'{"login": "\\ud800", "password": "\\udfff"}'])
def test_malformed_json_is_never_an_error_of_ours(client, data):
    answer = client().post(TOKENS, data=data, content_type="application/json", token=False)
    assert answer.status_code in (400, 422)


def test_unknown_login_and_wrong_password_answer_alike_and_are_limited_alike(client):
    person = a_person()
    answers = [
        client().post(TOKENS, json={"login": login, "password": "wrong"}, token=False)
        for login in (person.login, "nobody96@mail.gongzhi")
    ]
    assert answers[0].status_code == answers[1].status_code == 422
    assert answers[0].data == answers[1].data
    for _try in range(SIGN_IN_PER_LOGIN.most):
        last = client().post(TOKENS, json={"login": person.login, "password": "wrong"}, token=False)
    assert last.status_code == 429
    assert int(last.headers["Retry-After"]) > 0


@pytest.mark.parametrize("header", ["Bearer x", "Bearer ", "bearer \u00e9", "Bearer " + "x" * 5000])
def test_a_token_that_is_none_is_401(client, header):
    answer = client().get("/api/v1/me", headers={"Authorization": header.encode("utf-8").decode("latin-1")})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_without_a_token_me_is_401_and_a_browsers_session_is_no_token(client):
    assert client().get("/api/v1/me").status_code == 401
    person = a_person()
    headers = {"Authorization": f"Bearer {a_session(person)}"}
    assert client().get("/api/v1/me", headers=headers).status_code == 401
    assert client(person).get("/api/v1/me").status_code == 200
    assert client(person).delete(f"{TOKENS}/current").status_code == 409


def test_a_program_acts_for_an_organisation_by_the_header_only_if_it_may(client):
    person, official = an_enterprise("嘉陵餐饮连锁"), an_official()
    headers = bearer(person)
    me = client().get("/api/v1/me", headers=headers).get_json()
    assert (me["acting_for"], me["chamber"], me["level"]) == (person.acts_for, "enterprise", 2)
    assert me["organisations"][0]["name_zh"] == "嘉陵餐饮连锁"
    headers["X-Acting-For"] = official.acts_for
    assert client().get("/api/v1/me", headers=headers).status_code == 403
    mine = client().get("/api/v1/me", headers=bearer(official)).get_json()
    assert (mine["acting_for"], mine["chamber"], mine["level"]) == (official.acts_for, None, 3)
    alone = client().get("/api/v1/me", headers=bearer(official.for_oneself())).get_json()
    assert (alone["acting_for"], alone["chamber"]) == (None, "resident")


def test_messages_come_in_the_language_a_program_asks_for(client):
    for language, words in (("en", "Login or password is not right."), ("zh-CN", "")):
        answer = client().post(
            TOKENS, json={"login": "x", "password": "y"}, headers={"Accept-Language": language}, token=False
        )
        assert words in answer.text
