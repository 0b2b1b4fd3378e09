"""Starting an initiative: who may, from where, and what a form says when something is wrong."""

import pytest

from tests import factories
from tests.domains.initiatives.world import (
    GOAL,
    LAMPS,
    MONEY,
    a_public_decision,
    an_initiative,
    an_issue,
    in_days,
    once_in,
    seen,
)
from tests.factories import a_resident, an_enterprise, an_official, bearer


def form_of(**more):
    return {
        "title": "梯坎安全行动",
        "goal": GOAL,
        "place_id": factories.places().community.id,
        "needs-0-kind": "material",
        "needs-0-description": "感应灯",
        "needs-0-required": "10",
        "needs-0-unit": "盏",
        "needs-1-kind": "money",
        "needs-1-description": "材料费",
        "needs-1-required": "1,200.50",
        **more,
    }


def test_anyone_verified_starts_one_and_coordinates_it(client):
    for person in (a_resident(), an_enterprise(), an_official()):
        answer = client(person).post("/initiatives/new", data=form_of())
        assert answer.status_code == 302
        page = client(person).get(answer.location)
        assert page.status_code == 200
        assert "梯坎安全行动" in page.text
        assert "¥1,200.50" in page.text
        assert f"{answer.location}/manage" in page.text


def test_whoever_is_not_verified_is_told_how_and_starts_nothing(client):
    browser = client(a_resident(level=1))
    assert "/initiatives" in browser.get("/initiatives/new").text
    assert browser.post("/initiatives/new", data=form_of()).status_code == 200
    refused = client().post(
        "/api/v1/initiatives", json={"title": "abcd", "goal": GOAL}, headers=bearer(a_resident(level=1))
    )
    assert refused.status_code == 403
    assert client().get("/initiatives/new").status_code == 302
    assert client().get("/api/v1/initiatives").json["items"] == []


def test_a_form_sent_twice_starts_one(client):
    browser = client(a_resident())
    once = once_in(browser.get("/initiatives/new").text)
    first = browser.post("/initiatives/new", data=form_of(once=once))
    second = browser.post("/initiatives/new", data=form_of(once=once))
    assert first.location == second.location
    assert len(client().get("/api/v1/initiatives").json["items"]) == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "长" * 121}, "title"),
        ({"goal": "短"}, "goal"),
        ({"ends_on": "1999-01-01"}, "ends_on"),
        ({"ends_on": "morgen"}, "ends_on"),
        ({"needs-0-required": "viel"}, "needs-0-required"),
        ({"needs-0-required": "0"}, "needs-0-required"),
        ({"needs-0-required": "1.5"}, "needs-0-required"),
        ({"needs-1-required": "1.555"}, "needs-1-required"),
        ({"needs-0-required": "1e99"}, "needs-0-required"),
        ({"needs-0-kind": "gold"}, "needs-0-kind"),
        ({"needs-0-description": ""}, "needs-0-description"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_nothing_typed_is_lost(client, wrong, field):
    data = form_of(**wrong)
    answer = client(a_resident()).post("/initiatives/new", data=data)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert client().get("/api/v1/initiatives").json["items"] == []
    if "title" not in wrong:
        assert "梯坎安全行动" in answer.text


def test_a_place_must_be_chosen_and_one_of_another_district_is_none(client):
    browser = client(a_resident())
    far = factories.a_district()
    for place in ("", "nonsense", far.community.id):
        assert browser.post("/initiatives/new", data=form_of(place_id=place)).status_code == 422
    assert client().get("/api/v1/initiatives").json["items"] == []


def test_one_more_need_works_without_script(client):
    browser = client(a_resident())
    page = browser.post("/initiatives/new", data=form_of(more="1"))
    assert page.status_code == 200
    assert "needs-2-description" in page.text
    assert "感应灯" in page.text


def test_from_an_issue_it_stands_in_the_issues_trace_and_on_its_page(client):
    author = a_resident()
    issue = an_issue(client, author)
    page = client(author).get(f"/initiatives/new?issue={issue}")
    assert "石阶里上段四盏路灯坏了" in page.text
    started = an_initiative(client, an_enterprise("江岸物业"), issue=issue, place=None)
    assert started["place"] == factories.places().community.id
    trace = client().get(f"/api/v1/issues/{issue}/trace").json
    links = trace["items"] if isinstance(trace, dict) else trace
    assert any(link["action"] == "initiative_started" for link in links)
    shown = client().get(f"/issues/{issue}").text
    assert f"/initiatives/{started['id']}" in shown


def test_from_nothing_that_exists_is_refused(client):
    person = a_resident()
    assert client(person).get("/initiatives/new?issue=nonsense").status_code == 404
    assert client(person).get("/initiatives/new?decision=nonsense").status_code == 404
    body = {"title": "梯坎安全行动", "goal": GOAL, "issue": "nonsense"}
    answer = client().post("/api/v1/initiatives", json=body, headers=bearer(person))
    assert answer.status_code == 422
    assert "issue" in answer.json["errors"]


def test_words_are_changed_by_the_coordinator_and_a_stale_version_is_told(client):
    coordinator, other = a_resident(), a_resident()
    started = an_initiative(client, coordinator)
    path = f"/initiatives/{started['id']}/edit"
    assert client(other).get(path).status_code == 403
    browser = client(coordinator)
    words = {"title": "新的题目", "goal": GOAL, "version": str(started["version"])}
    assert browser.post(path, data=words).status_code == 302
    stale = browser.post(path, data={**words, "title": "更新的题目"})
    assert stale.status_code == 409
    assert "更新的题目" in stale.text
    assert "新的题目" in stale.text
    assert seen(client, started)["title"] == "新的题目"


def test_needs_are_added_once_and_corrected(client):
    coordinator = a_resident()
    started, browser = an_initiative(client, coordinator, needs=[LAMPS]), client(coordinator)
    path = f"/initiatives/{started['id']}"
    more = {"kind": "money", "description": "材料费", "required": "2000"}
    for _again in range(2):
        assert browser.post(f"{path}/needs", data=more).status_code == 302
    needs = seen(client, started)["needs"]
    assert [(need["kind"], need["required"]) for need in needs] == [("material", 10), ("money", 200_000)]
    changed = {"description": "感应灯", "required": "12", "unit": "盏"}
    assert browser.post(f"{path}/needs/{needs[0]['id']}", data=changed).status_code == 302
    assert seen(client, started)["needs"][0]["required"] == 12
    assert browser.post(f"{path}/needs/{needs[0]['id']}", data={**changed, "required": "-1"}).status_code == 422
    stranger = client(a_resident())
    assert stranger.post(f"{path}/needs", data=more).status_code == 403
    assert stranger.post(f"{path}/needs/{needs[0]['id']}", data=changed).status_code == 403


def test_the_list_filters_by_place_state_and_what_is_still_needed(client):
    here, person = factories.places(), a_resident()
    first = an_initiative(client, person, needs=[LAMPS])
    second = an_initiative(client, person, needs=[MONEY], place=here.far_community.id)
    listed = lambda query: [one["id"] for one in client().get(f"/api/v1/initiatives{query}").json["items"]]  # noqa: E731
    assert listed("") == [second["id"], first["id"]]
    assert listed(f"?place={here.subdistrict.id}") == [first["id"]]
    assert listed("?needed=money") == [second["id"]]
    assert listed("?state=running") == []
    assert listed("?place=nonsense") == []
    page = client().get("/initiatives?needed=material")
    assert first["id"] in page.text
    assert second["id"] not in page.text
    two = client().get("/api/v1/initiatives?limit=1").json
    assert listed(f"?limit=1&cursor={two['next_cursor']}") == [first["id"]]
    assert client().get("/initiatives?cursor=rubbish&state=none&place=none&needed=none").status_code == 200
    assert client().get(f"/initiatives?needed=venue&ends={in_days(1)}").status_code == 200


def test_another_district_sees_nothing_of_it(client):
    started = an_initiative(client, a_resident())
    far = factories.a_district()
    stranger = client(a_resident(district_id=far.id))
    assert stranger.get(f"/initiatives/{started['id']}").status_code == 404
    assert stranger.get(f"/initiatives/{started['id']}/join").status_code == 404
    assert started["id"] not in stranger.get("/initiatives").text


def test_a_public_decision_leads_to_its_initiatives(client):
    decision = a_public_decision(client, an_issue(client, a_resident()))
    person = a_resident()
    page = client(person).get(f"/decisions/{decision}").text
    assert f"/initiatives/new?decision={decision}" in page
    form = client(person).get(f"/initiatives/new?decision={decision}")
    assert form.status_code == 200
    assert f"/decisions/{decision}" in form.text
    started = an_initiative(client, person, decision=decision, place=None)
    an_initiative(client, person, title="另一个行动")
    listed = client().get(f"/initiatives?decision={decision}").text
    assert started["id"] in listed
    assert "另一个行动" not in listed
