"""The whole course of a decision over the API: each step, and who may not take it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories as f

pytestmark = pytest.mark.usefixtures("app")


class Caller:
    """A program acting for a person."""

    def __init__(self, app, person):
        self.browser, self.headers = app.test_client(), f.bearer(person)

    def __call__(self, path, /, method="POST", **body):
        return self.browser.open(f"/api/v1/decisions{path}", method=method, json=body, headers=self.headers)


@pytest.fixture
def desk(app, morning, office):
    """The author and the second official of an office, as programs."""
    author, second, _third = office
    return Caller(app, author), Caller(app, second)


def drafted(author, issue):
    made = author(
        "",
        title="石阶里路灯改造",
        body="更换四盏路灯,并加装扶手照明。",
        issues=[issue],
        commitments=[{"text": "更换路灯", "due_on": "2026-04-01"}],
    )
    assert made.status_code == 201, made.text
    return made.json


def test_a_program_takes_a_decision_from_draft_to_done(app, desk, morning):
    author, second = desk
    voter = f.a_resident()
    issue = f.an_issue()
    f.a_vote(voter, issue)
    comment = f.a_comment(voter, issue, "扶手也要有灯。")
    draft = drafted(author, issue)
    at = f"/{draft['id']}"
    changed = author(
        at,
        "PATCH",
        version=draft["version"],
        title="石阶里路灯与扶手照明改造",
        money={"fen": 1_200_050, "source": "街道城市维护费"},
        adoptions={comment: {"adoption": "adopted"}},
    )
    assert changed.status_code == 200, changed.text
    assert (changed.json["title"], changed.json["money_fen"]) == ("石阶里路灯与扶手照明改造", 1_200_050)
    assert [one["text"] for one in changed.json["commitments"]] == ["更换路灯"]
    assert author(at, "PATCH", version=draft["version"], title="旧的版本").status_code == 409

    assert author(f"{at}/submit", version=changed.json["version"]).json["state"] == "in_review"
    assert author(f"{at}/approve").status_code == 403
    assert second(f"{at}/return", reason="").status_code == 422
    assert second(f"{at}/return", reason="请写明资金来源。").json["state"] == "draft"
    assert author(f"{at}/submit").status_code == 200
    noticed = second(f"{at}/approve").json
    assert (noticed["state"], noticed["notice_round"], noticed["notice_until"]) == ("public_notice", 1, "2026-03-09")

    resident = Caller(app, voter)
    objected = resident(f"{at}/objections", body="照明时间太短。")
    assert objected.status_code == 201
    assert resident(f"{at}/objections", body="再说一遍,太短。").status_code == 409
    (objection,) = objected.json["objections"]
    assert resident(f"{at}/objections/{objection['id']}", answer="我来回答。").status_code == 403
    answered = author(f"{at}/objections/{objection['id']}", answer="延长到夜里十一点。").json
    assert answered["objections"][0]["answer"] == "延长到夜里十一点。"
    taken_back = author(f"{at}/reconsider", reason="照明时间要改。").json
    assert (taken_back["state"], taken_back["notice_round"]) == ("draft", 2)
    author(f"{at}/submit")
    second(f"{at}/approve")
    assert author(f"{at}/publish").status_code == 409
    morning.shift(timedelta(days=8))
    assert author(f"{at}/publish").json["state"] == "published"

    assert author(f"{at}/progress", body="灯具已到场。").status_code == 201
    assert author(f"{at}/complete").status_code == 409
    (promise,) = author(at, "GET").json["commitments"]
    settle = f"{at}/commitments/{promise['id']}"
    assert resident(settle, state="kept").status_code == 403
    assert author(settle, state="missed").status_code == 422
    assert author(settle, state="kept", note="已更换").json["commitments"][0]["state"] == "kept"
    done = author(f"{at}/complete").json
    assert done["state"] == "done"
    assert [step["action"] for step in done["course"]] == [
        *("create", "submit", "return", "submit", "approve"),
        *("reconsider", "submit", "approve", "publish", "complete"),
    ]
    assert resident(f"{at}/rating", "PUT", solved="yes", satisfaction=5).status_code == 200
    assert Caller(app, f.a_resident())(f"{at}/rating", "PUT", solved="yes", satisfaction=5).status_code == 409


def test_a_draft_is_withdrawn_with_a_reason_and_strangers_never_see_it(app, desk):
    author, _second = desk
    at = f"/{drafted(author, f.an_issue())['id']}"
    stranger = Caller(app, f.an_official(f.an_office(f.places().subdistrict)))
    for step in ("submit", "approve", "publish", "complete"):
        assert stranger(f"{at}/{step}").status_code == 404
    assert author(f"{at}/withdraw", reason="不再需要。").json["state"] == "withdrawn"
    assert author(f"{at}/submit").status_code == 409


def test_a_commitment_or_objection_of_another_decision_is_not_there(app, desk, morning):
    author, second = desk
    first, other = (drafted(author, f.an_issue()) for _ in range(2))
    for one in (first, other):
        author(f"/{one['id']}/submit")
        second(f"/{one['id']}/approve")
    objected = Caller(app, f.a_resident())(f"/{other['id']}/objections", body="照明时间太短。").json
    objection = objected["objections"][0]["id"]
    promise = other["commitments"][0]["id"]
    assert author(f"/{first['id']}/objections/{objection}", answer="延长到夜里十一点。").status_code == 404
    assert author(f"/{first['id']}/commitments/{promise}", state="kept").status_code == 404
    assert author(f"/{other['id']}/objections/{objection}", answer="延长到夜里十一点。").status_code == 200


def test_following_over_the_api_is_idempotent(app, desk, office):
    author, second = desk
    at = f"/{drafted(author, f.an_issue())['id']}"
    author(f"{at}/submit")
    second(f"{at}/approve")
    reader = Caller(app, f.a_resident())
    for method in ("PUT", "PUT", "DELETE", "DELETE"):
        assert reader(f"{at}/follow", method).status_code == 204
    assert app.test_client().put(f"/api/v1/decisions{at}/follow").status_code == 401
