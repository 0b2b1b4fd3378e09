"""The pages and operations where one chooses: what they show, keep and refuse, and what they cost."""

from __future__ import annotations

import pytest

from gongzhi.reactions.notices.models import NoticeKind
from gongzhi.reactions.notices.texts import KIND_LABELS, TEXTS
from gongzhi.reactions.notices.urgency import URGENT
from tests import factories as f

pytestmark = pytest.mark.usefixtures("app")
PAGES = ("preferences", "areas", "devices", "things")


@pytest.mark.parametrize("page", PAGES)
def test_each_page_is_ones_own_and_costs_few_statements(client, sql_count, page):
    person = f.a_resident()
    for kind in range(5):
        f.follow(person, f.an_issue(f.a_resident(), title=f"第{kind}处路灯不亮"))
    browser = client(person)
    browser.get(f"/notices/{page}")
    with sql_count() as statements:
        assert browser.get(f"/notices/{page}").status_code == 200
    assert len(statements) <= 8, statements
    assert client().get(f"/notices/{page}").status_code == 302


def test_what_is_ticked_is_kept_cell_by_cell(client):
    browser = client(f.a_resident())
    page = browser.get("/notices/preferences").text
    assert 'value="comment:mail" checked' in page
    assert 'value="comment:sms"' not in page, "an SMS never carries what cannot be urgent"
    browser.post(
        "/notices/preferences", data={"kind": ["comment"], "on": ["answer:sms", "nonsense:mail", "comment:fax"]}
    )
    page = browser.get("/notices/preferences").text
    assert 'value="answer:sms" checked' in page
    assert 'value="comment:mail">' in page
    assert 'value="comment" checked' in page
    assert 'value="status">' in page


def test_times_that_are_none_are_refused_beside_their_field(client):
    browser = client(f.a_resident())
    for quiet_from in ("25:00", "x", "", "٢٢:00"):
        form = {"quiet": "y", "quiet_from": quiet_from, "quiet_until": "07:00", "digest_hour": "8"}
        answer = browser.post("/notices/hours", data=form)
        assert "22:00" in answer.text
        assert 'aria-invalid="true"' in answer.text
    form = {"quiet": "y", "quiet_from": "23:15", "quiet_until": "06:45", "digest_hour": "19"}
    assert browser.post("/notices/hours", data=form).status_code == 302
    page = browser.get("/notices/preferences").text
    assert 'value="23:15"' in page
    assert 'value="06:45"' in page
    del form["quiet"]
    browser.post("/notices/hours", data=form)
    assert 'id="quiet" name="quiet" type="checkbox" value="y">' in browser.get("/notices/preferences").text


def test_the_same_over_the_api(client):
    person = f.a_resident()
    browser, bearer = client(), f.bearer(person)
    change = {
        "kinds": {
            "comment": {"mail": False},
            "answer": {"sms": True},
            "digest": {"push": False},
            "status": {"inbox": False},
        },
        "hours": {"quiet_from": 0, "quiet_until": 0, "digest_hour": 20},
    }
    answer = browser.patch("/api/v1/me/notice-settings", json=change, headers=bearer)
    assert answer.status_code == 200
    settings = browser.get("/api/v1/me/notice-settings", headers=bearer).json
    assert settings == answer.json
    assert settings["kinds"]["comment"] == {"inbox": True, "mail": False, "push": False}
    assert settings["kinds"]["answer"]["sms"] is True
    assert settings["kinds"]["digest"] == {"mail": True, "push": False}
    assert settings["kinds"]["status"]["inbox"] is False
    assert settings["hours"]["digest_hour"] == 20
    for bad in (
        {"kinds": {"nonsense": {"mail": True}}},
        {"kinds": {"comment": {"fax": True}}},
        {"kinds": {"comment": {"sms": True}}},
        {"kinds": {"digest": {"inbox": True}}},
        {"kinds": {"task": {"inbox": False}}},
        {"hours": {"quiet_from": 1440, "quiet_until": 0, "digest_hour": 8}},
        {"unknown": 1},
    ):
        assert browser.patch("/api/v1/me/notice-settings", json=bad, headers=bearer).status_code == 422
    assert browser.get("/api/v1/me/notice-settings").status_code == 401


def test_a_thing_over_the_api_is_one_that_may_be_seen(client):
    person = f.a_resident()
    issue = f.an_issue()
    wanted = {"channels": {"inbox": False, "mail": True, "push": None}}
    url = f"/api/v1/me/things/issue/{issue}"
    assert client().put(url, json=wanted, headers=f.bearer(person)).status_code == 204
    assert "石阶里路灯不亮" in client(person).get("/notices/things").text
    assert client().put(url, json={"channels": {"fax": True}}, headers=f.bearer(person)).status_code == 422
    for url in ("/api/v1/me/things/issue/0000000000000", "/api/v1/me/things/account/0000000000000"):
        assert client().put(url, json=wanted, headers=f.bearer(person)).status_code == 404


def test_everything_urgent_is_a_sentence_and_every_kind_has_a_name():
    assert {text for _kind, text in URGENT} <= set(TEXTS)
    assert set(KIND_LABELS) == set(NoticeKind)
    assert all(URGENT.values())
