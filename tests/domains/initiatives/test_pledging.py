"""Pledges: joining, changing, withdrawing, kept or missed; and that what is covered always equals them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine

from gongzhi.domains.initiatives.jobs import sweep
from gongzhi.kernel import clock
from gongzhi.kernel.events import OutboxEvent
from tests.domains.initiatives.world import (
    HANDS,
    LAMPS,
    MONEY,
    an_initiative,
    an_issue,
    check_counts,
    in_days,
    joins,
    running,
    seen,
)
from tests.factories import a_member, a_resident, an_enterprise, an_ngo, an_organisation, reading


def test_residents_enterprises_and_ngos_join_with_a_concrete_pledge(client):
    issue = an_issue(client, a_resident())
    started = an_initiative(client, a_resident(), issue=issue)
    lamps, hands = started["needs"]
    assert joins(client, an_enterprise("江岸物业"), started, lamps, 6).status_code == 201
    assert joins(client, an_ngo("山茶社工"), started, hands, 2).status_code == 201
    assert joins(client, a_resident(), started, text="周六烧一壶老荫茶").status_code == 201
    now = seen(client, started)
    assert [need["covered"] for need in now["needs"]] == [6, 2]
    assert now["participants"] == {"resident": 2, "enterprise": 1, "ngo": 1, "government": 0}
    assert check_counts(started["id"]) == 4
    page = client().get(f"/initiatives/{started['id']}").text
    assert "江岸物业" in page
    assert "山茶社工" in page
    assert "周六烧一壶老荫茶" in page
    assert page.count("<progress") == 2
    trace = client().get(f"/api/v1/issues/{issue}/trace").text
    assert trace.count("initiative_joined") == 3


def test_the_same_again_changes_the_pledge_and_pressing_twice_is_once(client):
    started, enterprise = an_initiative(client, a_resident()), an_enterprise()
    lamps = started["needs"][0]
    first = joins(client, enterprise, started, lamps, 6).json
    again = joins(client, enterprise, started, lamps, 6).json
    changed = joins(client, enterprise, started, lamps, 4).json
    assert first["id"] == again["id"] == changed["id"]
    assert seen(client, started)["needs"][0]["covered"] == 4
    assert check_counts(started["id"]) == 2


def test_one_organisation_is_one_voice_whoever_acts_for_it(client):
    started = an_initiative(client, a_resident())
    company = an_organisation("enterprise", "朝门商业")
    owner, colleague = a_member(company, "owner"), a_member(company, "representative")
    joins(client, owner, started, started["needs"][0], 3)
    joins(client, colleague, started, started["needs"][0], 5)
    assert seen(client, started)["needs"][0]["covered"] == 5
    assert seen(client, started)["participants"]["enterprise"] == 1


def test_the_form_joins_without_script(client):
    started, enterprise = an_initiative(client, a_resident(), needs=[MONEY]), an_enterprise()
    browser, path = client(enterprise), f"/initiatives/{started['id']}/join"
    money = started["needs"][0]["id"]
    page = browser.get(f"{path}?need={money}").text
    assert 'value="2000"' in page
    sent = {"need": money, "amount": "500.50", "due_on": in_days(3), "text": "到账以慈善组织票据为准"}
    assert browser.post(path, data=sent).status_code == 302
    assert seen(client, started)["needs"][0]["covered"] == 50_050
    again = browser.get(f"{path}?need={money}").text
    assert 'value="500.50"' in again
    assert client().get(path).status_code == 302


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"need": ""}, "need"),
        ({"need": "nonsense"}, "need"),
        ({"amount": ""}, "amount"),
        ({"amount": "many"}, "amount"),
        ({"amount": "-3"}, "amount"),
        ({"amount": "99999999999999999999"}, "amount"),
        ({"due_on": ""}, "due_on"),
        ({"due_on": "2001-01-01"}, "due_on"),
        ({"due_on": "9999-12-31"}, "due_on"),
        ({"need": "own", "text": ""}, "text"),
        ({"need": "own", "text": "长" * 301}, "text"),
    ],
)
def test_what_is_wrong_with_a_pledge_is_told_beside_its_field(client, wrong, field):
    started = an_initiative(client, a_resident())
    sent = {"need": started["needs"][0]["id"], "amount": "3", "due_on": in_days(3), "text": "", **wrong}
    answer = client(a_resident()).post(f"/initiatives/{started['id']}/join", data=sent)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert seen(client, started)["pledges"] == []


def test_a_need_of_another_initiative_is_none(client):
    first, second = an_initiative(client, a_resident()), an_initiative(client, a_resident())
    answer = joins(client, a_resident(), first, second["needs"][0])
    assert answer.status_code == 422
    assert seen(client, second)["needs"][0]["covered"] == 0


def test_many_joining_at_once_are_all_counted_and_each_voice_once(client, app):
    started = an_initiative(client, a_resident(), needs=[LAMPS, HANDS])
    people = [a_resident() for _one in range(5)] + [an_enterprise()]
    tries = [(person, need, amount) for person in people for need in started["needs"] for amount in (1, 3)]

    def join(wanted):
        person, need, amount = wanted
        return joins(client, person, started, need, amount).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(join, tries)) == {201}
    assert check_counts(started["id"]) == len(people) + 1
    assert len(seen(client, started)["pledges"]) == 2 * len(people)


def test_withdrawing_needs_a_reason_is_public_and_whoever_has_nothing_left_has_left(client):
    started, person = an_initiative(client, a_resident()), a_resident()
    lamps, hands = started["needs"]
    first, second = (joins(client, person, started, need, 2).json["id"] for need in (lamps, hands))
    browser = client(person)
    assert (
        client(a_resident()).post(f"/initiatives/pledges/{first}/withdraw", data={"reason": "替他撤回"}).status_code
        == 403
    )
    assert browser.post(f"/initiatives/pledges/{first}/withdraw", data={"reason": ""}).status_code == 422
    for _twice in range(2):
        assert browser.post(f"/initiatives/pledges/{first}/withdraw", data={"reason": "临时出差"}).status_code == 302
    assert check_counts(started["id"]) == 2
    assert "临时出差" in client().get(f"/initiatives/{started['id']}").text
    assert browser.post(f"/initiatives/pledges/{second}/withdraw", data={"reason": "临时出差"}).status_code == 302
    assert check_counts(started["id"]) == 1
    assert [need["covered"] for need in seen(client, started)["needs"]] == [0, 0]
    assert joins(client, person, started, lamps, 1).json["id"] == first
    assert check_counts(started["id"]) == 2


def test_organisers_settle_in_public_and_the_pledger_may_object(client):
    coordinator, enterprise = a_resident(), an_enterprise("江岸物业")
    started, organiser = running(client, coordinator)
    pledge = joins(client, enterprise, started, started["needs"][0], 6).json["id"]
    settle, shown = f"/initiatives/{started['id']}/pledges/{pledge}/settle", f"/initiatives/pledges/{pledge}"
    assert client(enterprise).post(settle, data={"state": "kept"}).status_code == 403
    assert organiser.post(settle, data={"state": "missed", "note": ""}).status_code == 422
    assert organiser.post(settle, data={"state": "great"}).status_code == 422
    objection = {"text": "灯已在十一月送到物业仓库"}
    assert client(enterprise).post(f"{shown}/object", data=objection).status_code == 409
    assert organiser.post(settle, data={"state": "missed", "note": "到期未送达"}).status_code == 302
    assert seen(client, started)["needs"][0]["covered"] == 0
    assert joins(client, enterprise, started, started["needs"][0], 6).status_code == 409
    assert client(a_resident()).post(f"{shown}/object", data=objection).status_code == 403
    assert client(enterprise).post(f"{shown}/object", data=objection).status_code == 302
    page = client().get(shown).text
    assert "到期未送达" in page
    assert "灯已在十一月送到物业仓库" in page
    for _twice in range(2):
        assert organiser.post(settle, data={"state": "kept", "note": "查到了"}).status_code == 302
    assert seen(client, started)["needs"][0]["covered"] == 6
    assert organiser.post(settle, data={"state": "missed", "note": "又没了"}).status_code == 409
    check_counts(started["id"])


def test_a_pledge_cannot_be_settled_through_another_initiative(client):
    mine, theirs = a_resident(), a_resident()
    own, other = an_initiative(client, mine), an_initiative(client, theirs)
    pledge = joins(client, a_resident(), other, other["needs"][0]).json["id"]
    answer = client(mine).post(f"/initiatives/{own['id']}/pledges/{pledge}/settle", data={"state": "kept"})
    assert answer.status_code == 403
    assert seen(client, other)["pledges"][0]["state"] == "open"


def test_overdue_pledges_are_flagged_once(client, app):
    started = an_initiative(client, a_resident())
    joins(client, a_resident(), started, started["needs"][0], 1)
    with time_machine.travel(clock.now() + timedelta(days=30), tick=False), app.app_context():
        sweep()
        sweep()
        page = client().get(f"/initiatives/{started['id']}").text
        assert "tag-late" in page
    with reading() as session:
        told = session.query(OutboxEvent).filter_by(kind="initiative.pledge_overdue").count()
    assert told == 1
