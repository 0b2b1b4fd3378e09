"""Every page of the room shows in both languages without mixing them, and needs few statements."""

import re

import pytest

from tests.domains.initiatives.world import (
    HANDS,
    LAMPS,
    MONEY,
    an_initiative,
    an_issue,
    finished,
    in_days,
    joins,
    running,
)
from tests.factories import a_resident, an_enterprise, an_ngo

HAN = re.compile(r"[\u4e00-\u9fff]+")
NEED = {"kind": "skill", "description": "Draw a plan", "required": 2, "unit": "hours"}
ENGLISH = {"title": "Safe steps", "goal": "Everybody walks the steps safely, by day and by night.", "needs": [NEED]}


def pages_of(started, pledge, step):
    path = f"/initiatives/{started['id']}"
    return (
        "/initiatives", "/initiatives/new", path, f"{path}/join", f"{path}/pledges", f"{path}/manage",
        f"{path}/edit", f"{path}/needs/{started['needs'][0]['id']}", f"/initiatives/pledges/{pledge}",
        f"/initiatives/steps/{step}",
    )  # fmt: skip


@pytest.mark.parametrize("language", ["zh_Hans_CN", "en"])
def test_pages_show_in_both_languages(client, language):
    coordinator = a_resident("Chen Xi")
    started, browser = running(client, coordinator, **ENGLISH)
    pledge = joins(client, coordinator, started, started["needs"][0]).json["id"]
    step = {"title": "Measure", "owner": f"a:{coordinator.id}", "due_on": in_days(3)}
    assert browser.post(f"/initiatives/{started['id']}/steps", data=step).status_code == 302
    step_id = client().get(f"/api/v1/initiatives/{started['id']}").json["steps"][0]["id"]
    assert browser.post("/preferences", data={"language": language}).status_code == 302
    for address in pages_of(started, pledge, step_id):
        answer = browser.get(address)
        assert answer.status_code == 200, address
        assert "<form" in answer.text or address.endswith("/pledges")
        main = answer.text.partition("<main")[2].partition("</main>")[0]
        words = re.sub(r"<select.*?</select>|<[^>]+>", " ", main, flags=re.DOTALL)
        if language == "en":
            places = HAN.sub("", words.replace("沧白路社区", ""))
            assert HAN.findall(words.replace("沧白路社区", "")) == [], address
            assert places
        else:
            assert HAN.search(words), address


def test_the_money_note_says_that_nothing_is_collected(client):
    started = an_initiative(client, a_resident(), needs=[MONEY])
    browser = client(an_enterprise())
    for address in (f"/initiatives/{started['id']}", f"/initiatives/{started['id']}/join", "/initiatives/new"):
        assert "本平台不收款" in browser.get(address).text


def test_lists_and_pages_need_at_most_six_statements(client, sql_count):
    coordinator, enterprise = a_resident(), an_enterprise()
    issue = an_issue(client, coordinator)
    for number in range(5):
        started = an_initiative(client, coordinator, needs=[LAMPS, HANDS], issue=issue, title=f"行动{number}第一步")
        for person in (enterprise, an_ngo(), a_resident()):
            joins(client, person, started, started["needs"][0], 2)
    done = finished(client, a_resident(), issue=issue)
    path = f"/initiatives/{started['id']}"
    for browser in (client(), client(enterprise), client(coordinator)):
        for address in ("/initiatives", "/initiatives?needed=material", path, f"/initiatives/{done['id']}"):
            browser.get(address)
            with sql_count() as statements:
                assert browser.get(address).status_code == 200
            assert len(statements) <= 6, (address, len(statements), statements)


def test_strangers_see_masked_names_and_organisers_the_whole(client):
    coordinator, person = a_resident("陈小渝"), a_resident("刘德华强")
    started = an_initiative(client, coordinator)
    joins(client, person, started, started["needs"][0], 2)
    address = f"/initiatives/{started['id']}"
    assert "刘德华强" not in client().get(address).text
    assert "刘德华强" not in client().get(f"/api/v1{address}").text
    assert "刘德华强" in client(coordinator).get(address).text


def test_script_and_markup_typed_by_people_stay_text(client):
    evil = "<script>alert(1)</script><b onclick=x>"
    started = an_initiative(client, a_resident(), title=f"标题{evil}", goal=f"目标目标目标{evil}")
    joins(client, a_resident(), started, text=f"水{evil}")
    page = client().get(f"/initiatives/{started['id']}").text
    assert "<script>alert" not in page
    assert "onclick=x>" not in page.replace("&lt;b onclick=x&gt;", "")


def test_unknown_ids_are_not_there(client):
    browser = client(a_resident())
    for address in ("nonsense", "nonsense/join", "nonsense/manage", "pledges/nonsense", "steps/nonsense"):
        assert browser.get(f"/initiatives/{address}").status_code == 404
    for address in ("nonsense/rate", "nonsense/steps", "pledges/nonsense/withdraw", "steps/nonsense/move"):
        assert browser.post(f"/initiatives/{address}").status_code == 404
    assert client().get("/api/v1/initiatives/nonsense").status_code == 404
