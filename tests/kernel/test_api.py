"""What every operation of the API does with its input, its key and its errors."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from gongzhi.domains.comments.models import Comment
from gongzhi.kernel.api import IdempotencyRecord, forget_old_keys
from tests import factories as f
from tests.at_once import at_once

pytestmark = pytest.mark.usefixtures("app")
PROBLEM = "application/problem+json"


@pytest.fixture
def asked(client):
    """`asked(body, key=…)` posts a comment as one resident on one issue."""
    resident, issue = f.a_resident(), f.an_issue()
    headers = f.bearer(resident)

    def ask(body=None, *, key=None, path=f"/api/v1/issues/{issue}/comments", **more):
        sent = {**headers, **({"Idempotency-Key": key} if key else {})}
        return client().post(path, json=body if body is not None else {"body": "你好"}, headers=sent, **more)

    ask.issue, ask.headers = issue, headers
    return ask


def comments():
    """How many comments there are."""
    with f.reading() as session:
        return session.scalar(select(func.count()).select_from(Comment))


def test_the_same_key_and_body_gives_the_same_answer_and_one_effect(asked):
    first, again = asked(key="k1"), asked(key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.data == again.data
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert comments() == 1
    assert asked(key="k2").status_code == 201
    assert comments() == 2


def test_the_same_key_with_another_body_or_address_is_refused(asked):
    assert asked(key="k1").status_code == 201
    other = asked({"body": "别的话"}, key="k1")
    assert other.status_code == 422
    assert list(other.json["errors"]) == ["Idempotency-Key"]
    elsewhere = f"/api/v1/issues/{f.an_issue()}/comments"
    assert asked(key="k1", path=elsewhere).status_code == 422
    assert comments() == 1


def test_a_key_belongs_to_one_account(asked, client):
    assert asked(key="k1").status_code == 201
    other = {**f.bearer(f.a_resident()), "Idempotency-Key": "k1"}
    answer = client().post(f"/api/v1/issues/{asked.issue}/comments", json={"body": "你好"}, headers=other)
    assert answer.status_code == 201
    assert "Idempotency-Replayed" not in answer.headers
    assert comments() == 2


def test_at_once_one_key_has_one_effect(app, asked):
    sent = {**asked.headers, "Idempotency-Key": "one"}

    def ask():
        answer = app.test_client().post(f"/api/v1/issues/{asked.issue}/comments", json={"body": "你好"}, headers=sent)
        return answer.status_code, answer.json.get("id")

    answers = at_once(*[ask] * 5)
    assert {status for status, _key in answers} == {201}
    assert len({key for _status, key in answers}) == 1
    assert comments() == 1
    assert asked(key="one").status_code == 201


def test_a_request_that_died_under_way_leaves_its_key_free(asked, monkeypatch):
    class Killed(BaseException):
        """What no handler catches."""

    def die(*_arguments, **_more):
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr("gongzhi.domains.comments.actions.post_comment", die)
        asked(key="k1")
    with f.reading() as session:
        assert session.scalar(select(func.count()).select_from(IdempotencyRecord)) == 0
    assert asked(key="k1").status_code == 201
    assert comments() == 1


def test_what_was_refused_may_be_tried_again_with_its_key(asked):
    assert asked({"body": ""}, key="k1").status_code == 422
    assert asked({"body": "你好"}, key="k1").status_code == 201
    with f.reading() as session:
        assert session.scalar(select(func.count()).select_from(IdempotencyRecord)) == 1


@pytest.mark.parametrize("key", [" ", "x" * 201])
def test_a_key_has_one_to_two_hundred_characters(asked, key):
    assert asked(key=key).status_code == 422
    assert comments() == 0


def test_a_key_is_forgotten_after_a_day(app, asked):
    with time_machine.travel("2026-03-02T01:00:00+00:00", tick=False) as now:
        resident = f.bearer(f.a_resident())
        asked.headers.update(resident)
        assert asked(key="k1").status_code == 201
        now.shift(timedelta(hours=25))
        with app.app_context():
            forget_old_keys()
        with f.reading() as session:
            assert session.scalar(select(func.count()).select_from(IdempotencyRecord)) == 0
        assert asked(key="k1").status_code == 201
    assert comments() == 2


def test_a_password_is_never_kept_under_a_key(client):
    person = f.a_resident()
    login = {"login": person.login, "password": person.password}
    tokens = [
        client().post("/api/v1/tokens", json=login, headers={"Idempotency-Key": "k"}).json["token"] for _ in range(2)
    ]
    assert tokens[0] != tokens[1]
    with f.reading() as session:
        assert session.scalar(select(func.count()).select_from(IdempotencyRecord)) == 0


def test_unknown_keys_are_named_in_body_and_query(asked, client):
    wrong = asked({"body": "你好", "is_official": True, "extra": 1})
    assert wrong.status_code == 422
    assert set(wrong.json["errors"]) == {"is_official", "extra"}
    asked_for = client().get(f"/api/v1/issues/{asked.issue}/comments?sort=best")
    assert asked_for.status_code == 422
    assert list(asked_for.json["errors"]) == ["sort"]
    assert comments() == 0


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (b"{", "application/json"),
        (b"", "application/json"),
        (b"\xff\xfe{}", "application/json"),
        ('{"body": "你好"}'.encode("gb18030"), "application/json"),
        (b"[" * 100_000, "application/json"),
        (b'{"body": "x"}', "text/plain"),
        (b"body=x", "application/x-www-form-urlencoded"),
        (b'"text"', "application/json"),
        (b"[]", "application/json"),
        (b"null", "application/json"),
        (b'{"body": 5}', "application/json"),
        (b'{"body": null}', "application/json"),
        (b'{"body": "\\ud800"}', "application/json"),
        (b'{"body": "\\u0000"}', "application/json"),
        (b'{"body": "x", "stance": "maybe"}', "application/json"),
        (b'{"body": "x", "parent": {}}', "application/json"),
        (b'{"body": NaN}', "application/json"),
    ],
)
def test_a_body_that_cannot_be_used_is_a_problem_document_and_changes_nothing(asked, client, data, content_type):
    answer = client().post(
        f"/api/v1/issues/{asked.issue}/comments", data=data, content_type=content_type, headers=asked.headers
    )
    assert answer.status_code == 422
    assert answer.mimetype == PROBLEM
    assert answer.json["status"] == 422
    assert answer.json["errors"]
    assert comments() == 0


def test_a_body_over_a_mebibyte_is_refused(asked):
    answer = asked({"body": "长" * 400_000})
    assert answer.status_code in (413, 422)
    assert answer.mimetype == PROBLEM


def test_every_refusal_is_a_problem_document(asked, client):
    issue = asked.issue
    for answer, status in (
        (client().get("/api/v1/me/notices"), 401),
        (client().get("/api/v1/me", headers={"Authorization": "Bearer nonsense"}), 401),
        (client().get("/api/v1/issues/0000000000000"), 404),
        (client().get("/api/v1/nothing"), 404),
        (client().delete("/api/v1/issues"), 405),
        (client().put(f"/api/v1/issues/{issue}/vote", json={"choice": "x"}, headers=asked.headers), 422),
        (client().get("/api/v1/issues?limit=101"), 422),
        (client().get("/api/v1/issues?limit=0"), 422),
        (client().get("/api/v1/issues?cursor=%00"), 422),
        (client().get("/api/v1/issues?cursor=bm9uc2Vuc2U"), 422),
    ):
        assert answer.status_code == status
        assert answer.mimetype == PROBLEM
        assert set(answer.json) >= {"type", "title", "status", "detail"}
        assert answer.json["status"] == status
    assert "WWW-Authenticate" in client().get("/api/v1/me/notices").headers


def test_problems_speak_the_language_that_is_asked_for(client):
    chinese = client().get("/api/v1/issues/0000000000000", headers={"Accept-Language": "zh-CN"}).json
    english = client().get("/api/v1/issues/0000000000000", headers={"Accept-Language": "en"}).json
    assert english["title"] == "Not found"
    assert chinese["title"] != english["title"]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese["title"])


def test_a_browsers_cookie_needs_the_token_of_the_page_and_a_bearer_does_not(client):
    resident, issue = f.a_resident(), f.an_issue()
    path, body = f"/api/v1/issues/{issue}/comments", {"body": "你好"}
    assert client(resident).post(path, json=body, token=False).status_code == 403
    assert client(resident).post(path, json=body).status_code == 201
    for scheme in ("Bearer", "bearer"):
        token = f.bearer(resident)["Authorization"].removeprefix("Bearer ")
        answer = client().post(path, json=body, headers={"Authorization": f"{scheme} {token}"})
        assert answer.status_code == 201
    forged = client(resident).post(path, json=body, headers={"Authorization": "Bearer nonsense"}, token=False)
    assert forged.status_code == 401
    assert comments() == 3
