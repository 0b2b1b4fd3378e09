"""Two issues about the same thing become one: supports united, nobody counted twice."""

import time_machine
from sqlalchemy import select

from gongzhi.domains.issues import actions
from gongzhi.domains.issues.models import Issue
from gongzhi.domains.issues.queries import participants
from gongzhi.kernel import db
from tests.domains.issues.browsers import browser, send
from tests.domains.issues.test_voting import all_at_once, counted, kept
from tests.domains.issues.world import World

MORNING = "2026-03-10T01:00:00Z"
NOON = "2026-03-10T04:00:00Z"


def test_supports_are_united_and_the_newest_choice_of_a_voter_stays(world):
    one, other, official = world.an_issue(), world.an_issue(title="台阶上的灯不亮"), world.an_official()
    on_both, only_old, changed, gone = (world.a_resident() for _ in range(4))
    company = world.an_enterprise()
    for voter, where, choice in (
        (on_both, one, "support"),
        (on_both, other, "support"),
        (only_old, one, "support"),
        (changed, other, "support"),
        (changed, one, "oppose"),
        (company, one, "neutral"),
        (gone, one, "support"),
        (gone, other, "oppose"),
    ):
        assert voter.votes(where, choice).status_code == 200
    gone.call("DELETE", f"/issues/{one}/vote")
    version = kept(other)["version"], kept(one)["version"]
    answer = official.post(f"/issues/{one}/merge", {"into": other, "reason": "同一处路灯。"})
    assert answer.status_code == 200, answer.json
    assert kept(other)["chambers"]["resident"] == {"support": 2, "oppose": 2, "neutral": 0}
    assert kept(other)["chambers"]["enterprise"] == {"support": 0, "oppose": 0, "neutral": 1}
    assert kept(one)["total"] == 0
    for issue in (one, other):
        assert kept(issue)["chambers"] == counted(issue)
    assert (kept(other)["version"], kept(one)["version"]) > version
    assert company.votes(other, "support").json["chambers"]["enterprise"]["support"] == 1


def test_a_merged_issue_points_to_the_other_takes_no_votes_and_leaves_the_list(world):
    one, other, official = world.an_issue(), world.an_issue(title="台阶上的灯不亮"), world.an_official()
    reader = world.a_resident()
    official.post(f"/issues/{one}/merge", {"into": other, "reason": "同一处路灯。"})
    shown = reader.get(f"/issues/{one}").json
    assert (shown["state"], shown["merged_into"]) == ("merged", other)
    assert reader.votes(one, "support").status_code == 409
    assert [row["id"] for row in reader.get("/issues").json["items"]] == [other]
    trace = reader.get(f"/issues/{other}/trace").json["items"]
    assert trace[-1]["action"] == "unite"
    assert trace[-1]["details"]["merged"] == one


def test_a_chain_of_mergers_leads_to_the_last(world):
    first, second, third = (world.an_issue(title=f"路灯不亮之{number}") for number in "甲乙丙")
    official = world.an_official()
    official.post(f"/issues/{first}/merge", {"into": second, "reason": "同一处。"})
    official.post(f"/issues/{second}/merge", {"into": third, "reason": "同一处。"})
    assert world.a_resident().get(f"/issues/{first}").json["merged_into"] == third


def test_merging_is_refused_into_itself_into_something_finished_or_by_a_stranger(world):
    one, other, official = world.an_issue(), world.an_issue(title="台阶上的灯不亮"), world.an_official()
    assert official.post(f"/issues/{one}/merge", {"into": one, "reason": "同一处。"}).status_code == 422
    assert official.post(f"/issues/{one}/merge", {"into": other, "reason": ""}).status_code == 422
    assert official.post(f"/issues/{one}/merge", {"into": "0000000000000", "reason": "同一处。"}).status_code == 404
    assert world.a_resident().post(f"/issues/{one}/merge", {"into": other, "reason": "同一处。"}).status_code == 403
    author = world.a_resident()
    withdrawn = world.an_issue(by=author, title="已经不需要了")
    author.post(f"/issues/{withdrawn}/withdraw", {"reason": "已自行解决。"})
    assert official.post(f"/issues/{one}/merge", {"into": withdrawn, "reason": "同一处。"}).status_code == 409
    assert world.a_resident().get(f"/issues/{one}").json["state"] == "published"


def test_votes_and_opposite_mergers_at_once_leave_nothing_uncounted(world):
    one, other = world.an_issue(), world.an_issue(title="台阶上的灯不亮")
    official, voters = world.an_official(), [world.a_resident() for _ in range(5)]
    for voter in voters:
        voter.votes(one, "support")
        voter.votes(other, "oppose")

    def vote(voter, where, choice):
        return lambda: actions.vote_now(voter.actor, where, choice=choice)

    def merge(source, target):
        return lambda: official.post(f"/issues/{source}/merge", {"into": target, "reason": "同一处。"}).status_code

    results = all_at_once(
        *(vote(voter, one, "neutral") for voter in voters),
        *(vote(voter, other, "support") for voter in voters),
        merge(one, other),
        merge(other, one),
    )
    assert sorted(results[-2:]) == [200, 409]
    for issue in (one, other):
        assert kept(issue)["chambers"] == counted(issue)
    assert kept(one)["total"] + kept(other)["total"] == len(voters)


def test_who_followed_the_one_follows_the_other_once(world):
    one, other, official = world.an_issue(), world.an_issue(title="台阶上的灯不亮"), world.an_official()
    both, single = world.a_resident(), world.a_resident()
    for person, issue in ((both, one), (both, other), (single, one)):
        assert person.call("PUT", f"/issues/{issue}/follow").status_code == 204
    official.post(f"/issues/{one}/merge", {"into": other, "reason": "同一处。"})
    with db.isolated():
        told = list(participants(db.session(), other))
    assert len(told) == len(set(told))
    assert {both.account_id, single.account_id} <= set(told)


def test_the_scores_follow_the_votes(world):
    with time_machine.travel(MORNING):
        one = world.an_issue()
    with time_machine.travel(NOON):
        other = world.an_issue(title="台阶上的灯不亮")
        for _ in range(3):
            world.a_resident().votes(one, "support")
    world.app.extensions["relay"].drain()
    reader = world.a_resident()
    assert [row["id"] for row in reader.get("/issues?order=new").json["items"]] == [other, one]
    assert [row["id"] for row in reader.get("/issues?order=support").json["items"]] == [one, other]
    with db.isolated():
        scores = dict(
            db.session().execute(select(Issue.id, Issue.support_score).where(Issue.id.in_([one, other]))).all()
        )
    assert scores == {one: 3, other: 0}


def test_the_other_issue_is_found_by_words_or_number_and_only_open_ones_of_the_district(world):
    one, twin = world.an_issue(), world.an_issue(title="台阶上的灯不亮", body="扶梯旁的灯坏了。")
    closed, foreign = world.an_issue(title="扶梯旁的灯早已修好"), World(world.app)
    abroad = foreign.an_issue(title="扶梯旁的灯在别的区")
    official, resident = world.an_official(), browser(world, world.a_resident())
    for step in ("accept", "start"):
        official.steps(closed, step)
    official.steps(closed, "resolve", reason="路灯已修好。")
    desk = browser(world, official)
    search = f"/issues/{one}/merge"
    assert search in desk.get(f"/issues/{one}").text
    assert resident.get(search).status_code == 403
    by_words = desk.get(f"{search}?q=扶梯 灯").text
    assert f'value="{twin}"' in by_words
    for other in (one, closed, abroad):
        assert f'value="{other}"' not in by_words
    for asked in (twin, twin.upper(), f"http://localhost/issues/{twin}?x=1"):
        assert f'value="{twin}"' in desk.get(search, query_string={"q": asked}).text
    assert "没有找到" in desk.get(search, query_string={"q": abroad}).text
    assert "没有找到" in desk.get(search, query_string={"q": "!?"}).text


def test_the_one_chosen_in_the_search_is_merged_into_and_a_missing_reason_is_told_there(world):
    one, twin = world.an_issue(), world.an_issue(title="台阶上的灯不亮")
    desk = browser(world, world.an_official())
    found = desk.get(f"/issues/{one}/merge?q=台阶上")
    assert send(desk, found, "/merge", reason="同一处路灯。").status_code == 422
    refused = send(desk, found, "/merge", into=twin, reason="")
    assert refused.status_code == 422
    assert f'value="{twin}"' in refused.get_data(as_text=True)
    merged = send(desk, found, "/merge", into=twin, reason="同一处路灯。")
    assert merged.location == f"/issues/{twin}"


def test_looking_for_the_other_issue_takes_few_statements(world, statements):
    one = world.an_issue()
    for number in range(8):
        world.an_issue(title=f"石阶里第{number}盏路灯不亮")
    desk = browser(world, world.an_official())
    desk.get(f"/issues/{one}/merge")
    statements.clear()
    assert desk.get(f"/issues/{one}/merge?q=路灯").status_code == 200
    assert len(statements) <= 13, statements
