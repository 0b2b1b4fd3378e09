"""The work and its end: steps, news with photos, organisers, report, ratings, stopping; who is told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import time_machine

from gongzhi.domains.initiatives.jobs import sweep
from gongzhi.domains.initiatives.models import Initiative, Participant, Step
from gongzhi.kernel import clock
from tests.domains.initiatives.world import (
    REPORT,
    a_photo,
    an_initiative,
    an_issue,
    check_counts,
    finished,
    in_days,
    joins,
    running,
    seen,
)
from tests.factories import a_person, a_resident, an_enterprise, an_ngo, an_official, bearer, reading


def key_of(person):
    return f"o:{person.acts_for}" if person.acts_for else f"a:{person.id}"


def test_steps_are_owned_by_participants_and_moved_on_by_them(client):
    coordinator, enterprise, stranger = a_resident(), an_enterprise("江岸物业"), a_resident()
    started, organiser = running(client, coordinator)
    joins(client, enterprise, started, started["needs"][0], 6)
    path = f"/initiatives/{started['id']}/steps"
    step = {"title": "更换三处扶手", "owner": key_of(enterprise), "due_on": in_days(4), "once": "mark-1"}
    assert organiser.post(path, data={**step, "owner": key_of(stranger)}).status_code == 422
    assert organiser.post(path, data={**step, "title": ""}).status_code == 422
    assert organiser.post(path, data={**step, "due_on": "gestern"}).status_code == 422
    assert client(enterprise).post(path, data=step).status_code == 403
    for _twice in range(2):
        assert organiser.post(path, data=step).status_code == 302
    (made,) = seen(client, started)["steps"]
    page = f"/initiatives/steps/{made['id']}"
    assert client(stranger).post(f"{page}/move", data={"state": "done"}).status_code == 403
    assert client().post(f"{page}/move", data={"state": "done"}).status_code == 302
    assert seen(client, started)["steps"][0]["state"] == "todo"
    assert client(enterprise).post(f"{page}/move", data={"state": "doing"}).status_code == 302
    assert organiser.post(f"{page}/move", data={"state": "dropped"}).status_code == 422
    assert organiser.post(f"{page}/move", data={"state": "flying"}).status_code == 422
    for _twice in range(2):
        assert organiser.post(f"{page}/move", data={"state": "dropped", "reason": "街道已更换"}).status_code == 302
    assert organiser.post(f"{page}/move", data={"state": "done"}).status_code == 409
    assert "街道已更换" in client().get(f"/initiatives/{started['id']}").text
    edit = {"edit-title": "更换四处扶手", "edit-owner": key_of(coordinator), "edit-due_on": in_days(9)}
    assert client(enterprise).post(f"{path}/{made['id']}/edit", data=edit).status_code == 403
    assert organiser.post(f"{path}/{made['id']}/edit", data=edit).status_code == 302
    assert seen(client, started)["steps"][0]["title"] == "更换四处扶手"


def test_news_carries_photos_and_what_is_no_photo_is_told_by_name(client):
    started, organiser = running(client, a_resident())
    path = f"/initiatives/{started['id']}/updates"
    news = {"body": "第一批扶手已经装好。", "once": "mark-1"}
    bad = {**news, "photos": (a_photo().__class__(b"<script>alert(1)</script>"), "坏文件.jpg")}
    refused = organiser.post(path, data=bad)
    assert refused.status_code == 422
    assert "坏文件.jpg" in refused.text
    assert "第一批扶手已经装好。" in refused.text
    for _twice in range(2):
        assert organiser.post(path, data={**news, "photos": (a_photo(), "扶手.jpg")}).status_code == 302
    (update,) = seen(client, started)["updates"]
    assert client().get(f"/files/{update['photos'][0]}").status_code == 200
    assert f"/files/{update['photos'][0]}" in client().get(f"/initiatives/{started['id']}").text
    assert organiser.post(path, data={"body": ""}).status_code == 422
    many = {**news, "photos": [(a_photo(), f"{number}.jpg") for number in range(7)]}
    assert organiser.post(path, data=many).status_code == 422
    assert client(a_resident()).post(path, data=news).status_code == 403


def test_what_photos_of_news_show_is_said_line_by_line(client):
    started, organiser = running(client, a_resident())
    sent = {
        "body": "第一批扶手已经装好。",
        "once": "mark-1",
        "photos": [(a_photo(), "a.jpg"), (a_photo(), "b.jpg")],
        "photo_texts": "新装的扶手\r\n<b>铺好的</b>防滑条\r\n多出的一行",
    }
    assert organiser.post(f"/initiatives/{started['id']}/updates", data=sent).status_code == 302
    page = client().get(f"/initiatives/{started['id']}").text
    assert 'alt="新装的扶手"' in page
    assert 'alt="&lt;b&gt;铺好的&lt;/b&gt;防滑条"' in page
    assert "多出的一行" not in page


def test_helpers_organise_and_coordination_is_handed_over_to_who_accepts(client):
    coordinator, helper, stranger = a_resident(), an_ngo("山茶社工"), a_resident()
    started, organiser = an_initiative(client, coordinator), client(coordinator)
    joins(client, helper, started, started["needs"][1], 1)
    path = f"/initiatives/{started['id']}"
    assert client(helper).get(f"{path}/manage").status_code == 403
    assert organiser.post(f"{path}/helpers", data={"helper-who": key_of(stranger)}).status_code == 422
    for _twice in range(2):
        assert organiser.post(f"{path}/helpers", data={"helper-who": key_of(helper)}).status_code == 302
    managing = client(helper).get(f"{path}/manage")
    assert managing.status_code == 200
    assert f"{path}/stop" not in managing.text
    assert client(helper).post(f"{path}/begin").status_code == 403
    assert client(helper).post(f"{path}/take-over").status_code == 403
    assert organiser.post(f"{path}/hand-over", data={"successor-who": key_of(stranger)}).status_code == 422
    assert organiser.post(f"{path}/hand-over", data={"successor-who": key_of(helper)}).status_code == 302
    assert f"{path}/take-over" in client(helper).get(path).text
    for _twice in range(2):
        assert client(helper).post(f"{path}/take-over").status_code == 302
    assert organiser.post(f"{path}/begin").status_code == 403
    assert client(helper).post(f"{path}/begin").status_code == 302
    assert "山茶社工" in seen(client, started)["coordinator"]
    assert organiser.get(f"{path}/manage").status_code == 200
    assert client(helper).post(f"{path}/helpers/{key_of(coordinator)}/dismiss").status_code == 302
    assert organiser.get(f"{path}/manage").status_code == 403


def test_finishing_needs_settled_pledges_and_a_report(client):
    issue = an_issue(client, a_resident())
    started, organiser = an_initiative(client, coordinator := a_resident(), issue=issue), client(coordinator)
    path = f"/initiatives/{started['id']}"
    pledge = joins(client, a_resident(), started, started["needs"][0], 2).json["id"]
    assert organiser.post(f"{path}/finish", data={"report": REPORT}).status_code == 409
    for _twice in range(2):
        assert organiser.post(f"{path}/begin").status_code == 302
    assert organiser.post(f"{path}/finish", data={"report": "好"}).status_code == 422
    waiting = organiser.post(f"{path}/finish", data={"report": REPORT})
    assert waiting.status_code == 409
    assert REPORT in waiting.text
    assert organiser.post(f"{path}/pledges/{pledge}/settle", data={"state": "kept"}).status_code == 302
    for _twice in range(2):
        assert organiser.post(f"{path}/finish", data={"report": REPORT}).status_code == 302
    assert seen(client, started)["state"] == "finished"
    assert REPORT in client().get(path).text
    assert "initiative_done" in client().get(f"/api/v1/issues/{issue}/trace").text
    assert joins(client, a_resident(), started, started["needs"][0]).status_code == 409
    assert organiser.post(f"{path}/updates", data={"body": "还有一件事"}).status_code == 409
    assert (
        organiser.post(f"{path}/needs", data={"kind": "venue", "description": "会议室", "required": "1"}).status_code
        == 409
    )


def test_stopping_needs_a_reason_and_releases_open_pledges(client):
    started, organiser = running(client, a_resident())
    joins(client, an_enterprise(), started, started["needs"][0], 6)
    path = f"/initiatives/{started['id']}"
    assert organiser.post(f"{path}/stop", data={"stop-reason": " "}).status_code == 422
    for _twice in range(2):
        assert organiser.post(f"{path}/stop", data={"stop-reason": "街道已全部更换"}).status_code == 302
    now = seen(client, started)
    assert (now["state"], now["stop_reason"], now["pledges"][0]["state"]) == ("stopped", "街道已全部更换", "released")
    assert now["needs"][0]["covered"] == 0
    check_counts(started["id"])
    assert joins(client, a_resident(), started, started["needs"][0]).status_code == 409


def test_participants_and_supporters_rate_once_a_voice_and_may_change_it(client):
    author, supporter, stranger = a_resident(), a_resident(), a_resident()
    issue = an_issue(client, author)
    vote = client().put(f"/api/v1/issues/{issue}/vote", json={"choice": "support"}, headers=bearer(supporter))
    assert vote.status_code == 200
    coordinator, official = a_resident(), an_official()
    started = finished(client, coordinator, issue=issue)
    path = f"/initiatives/{started['id']}/rate"
    good = {"solved": "yes", "satisfaction": "5", "comment": "下雨天也不怕了"}
    for person in (author, supporter, coordinator):
        for _twice in range(2):
            assert client(person).post(path, data=good).status_code == 302
    assert client(stranger).post(path, data=good).status_code == 409
    assert client(official).post(path, data=good).status_code == 403
    assert client().post(path, data=good).status_code == 302
    for wrong in ({"solved": "maybe"}, {"satisfaction": "6"}, {"satisfaction": ""}, {"comment": "长" * 1001}):
        assert client(author).post(path, data={**good, **wrong}).status_code == 422
    assert client(author).post(path, data={"solved": "no", "satisfaction": "1"}).status_code == 302
    assert seen(client, started)["ratings"] == 3
    with reading() as session:
        kept = session.get(Initiative, started["id"])
        assert (kept.solved_yes, kept.solved_no, kept.satisfaction_sum) == (2, 0 + 1, 11)
    page = client().get(f"/initiatives/{started['id']}").text
    assert "下雨天也不怕了" in page
    assert "n = 3" not in page


def test_rates_show_with_their_number_once_ten_have_rated(client):
    coordinator = a_resident()
    started, organiser = running(client, coordinator)
    people = [coordinator, *(a_resident() for _one in range(9))]
    for person in people[1:]:
        pledge = joins(client, person, started, started["needs"][1], 1).json["id"]
        organiser.post(f"/initiatives/{started['id']}/pledges/{pledge}/settle", data={"state": "kept"})
    assert organiser.post(f"/initiatives/{started['id']}/finish", data={"report": REPORT}).status_code == 302

    def rates(person):
        sent = {"solved": "partly", "satisfaction": "4"}
        return client(person).post(f"/initiatives/{started['id']}/rate", data=sent).status_code

    with ThreadPoolExecutor(5) as pool:
        assert set(pool.map(rates, people)) == {302}
    assert "n = 10" in client().get(f"/initiatives/{started['id']}").text


def test_ratings_close_by_themselves(client, app):
    coordinator = a_resident()
    started = finished(client, coordinator)
    with time_machine.travel(clock.now() + timedelta(days=13), tick=False), app.app_context():
        sweep()
    assert seen(client, started)["state"] == "finished"
    with time_machine.travel(clock.now() + timedelta(days=15), tick=False), app.app_context():
        sweep()
        sweep()
    assert seen(client, started)["state"] == "closed"
    rated = client(coordinator).post(f"/initiatives/{started['id']}/rate", data={"solved": "yes", "satisfaction": "5"})
    assert rated.status_code == 409


def test_following_and_comments_work_on_initiatives(client):
    started, person = an_initiative(client, a_resident()), a_person()
    browser, path = client(person), f"/initiatives/{started['id']}"
    for on in ("1", "1", "0", "1"):
        assert browser.post(f"{path}/follow", data={"on": on}).status_code == 302
    assert 'name="on" value="0"' in browser.get(path).text
    posted = browser.post(f"/comments/initiative/{started['id']}", data={"body": "周六我也来", "stance": "for"})
    assert posted.status_code == 302
    assert "周六我也来" in client().get(path).text
    comments = client().get(f"/api/v1{path}/comments").json["items"]
    assert [one["body"] for one in comments] == ["周六我也来"]
    again = client().post(f"/api/v1{path}/comments", json={"body": "算我一个"}, headers=bearer(person))
    assert again.status_code == 201
    assert seen(client, started)["comment_count"] == 2


def test_those_concerned_are_told_once(client, app):
    author, coordinator, enterprise = a_resident(), a_resident(), an_enterprise("江岸物业")
    issue = an_issue(client, author)
    started, organiser = running(client, coordinator, issue=issue)
    app.extensions["relay"].drain()
    pledge = joins(client, enterprise, started, started["needs"][0], 6).json["id"]
    organiser.post(f"/initiatives/{started['id']}/pledges/{pledge}/settle", data={"state": "kept"})
    organiser.post(f"/initiatives/{started['id']}/updates", data={"body": "扶手已经装好。"})
    organiser.post(f"/initiatives/{started['id']}/finish", data={"report": REPORT})
    for _twice in range(2):
        app.extensions["relay"].drain()

    def told(person):
        items = client().get("/api/v1/me/notices", headers=bearer(person)).json["items"]
        return sorted(one["text"] for one in items)

    titled = "梯坎安全行动"
    assert [text for text in told(coordinator) if titled in text and "江岸物业" in text]
    assert len([text for text in told(enterprise.for_oneself()) if titled in text]) == 3
    assert len([text for text in told(author) if titled in text]) == 2


def test_nobody_is_left_behind_in_steps_when_the_owner_leaves(client):
    coordinator, person = a_resident(), a_resident()
    started, organiser = running(client, coordinator)
    pledge = joins(client, person, started, started["needs"][1], 1).json["id"]
    step = {"title": "量尺寸", "owner": key_of(person), "due_on": in_days(2)}
    assert organiser.post(f"/initiatives/{started['id']}/steps", data=step).status_code == 302
    assert client(person).post(f"/initiatives/pledges/{pledge}/withdraw", data={"reason": "搬家了"}).status_code == 302
    with reading() as session:
        left = session.query(Participant).filter_by(initiative_id=started["id"], voter_key=key_of(person)).one()
        assert left.left_at is not None
        assert session.query(Step).one().owner_key == key_of(person)
    (made,) = seen(client, started)["steps"]
    assert organiser.get(f"/initiatives/steps/{made['id']}").status_code == 200
