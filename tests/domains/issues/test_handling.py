"""What an office does with an issue, what those concerned say of it, and what the clock does by itself."""

import threading
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import time_machine
from sqlalchemy import func, select

from gongzhi.domains.issues import jobs
from gongzhi.domains.issues.models import DeadlineMark, Issue, Rating
from gongzhi.kernel import db
from gongzhi.kernel.events import OutboxEvent
from tests.domains.issues.browsers import browser

TUESDAY = datetime(2026, 3, 10, 1, tzinfo=UTC)
WEDNESDAY = TUESDAY + timedelta(days=1)
THURSDAY = TUESDAY + timedelta(days=2)
FRIDAY = TUESDAY + timedelta(days=3)
NEXT_TUESDAY = TUESDAY + timedelta(days=7)


def announced(issue, kind):
    """The payloads of the events of a kind about an issue."""
    with db.isolated():
        rows = db.session().scalars(
            select(OutboxEvent.payload).where(OutboxEvent.kind == kind).order_by(OutboxEvent.id)
        )
        return [payload for payload in rows if payload.get("issue_id") == issue]


def loaded(issue):
    with db.isolated():
        found = db.session().get_one(Issue, issue)
        db.session().expunge(found)
        return found


def resolved(world, author=None):
    """An issue its office calls resolved."""
    issue, official = world.an_issue(by=author), world.an_official()
    official.steps(issue, "accept")
    official.steps(issue, "start")
    assert official.steps(issue, "resolve", reason="路灯已修好。").status_code == 200
    return issue


def test_each_step_is_dated_with_who_why_and_for_which_office(world):
    issue, official = world.an_issue(), world.an_official()
    for action, more in (
        ("accept", {}),
        ("triage", {"triage": "big", "reason": "属于市政设施。"}),
        ("start", {}),
        ("pause", {"reason": "等待备件。"}),
        ("resume", {}),
        ("extend", {"days": 5, "reason": "需更换整段电缆。"}),
        ("resolve", {"reason": "路灯已修好。"}),
    ):
        assert official.steps(issue, action, **more).status_code == 200, action
    links = world.a_resident().get(f"/issues/{issue}/trace").json["items"]
    assert [link["action"] for link in links] == [
        "publish", "accept", "triage", "start", "pause", "resume", "extend", "resolve"
    ]  # fmt: skip
    assert all(link["organisation"]["id"] == world.office.id for link in links[1:])
    assert {link["title"] for link in links[1:]} == {"城管专员"}
    assert links[-1]["reason"] == "路灯已修好。"
    states = [(link["from_state"], link["to_state"]) for link in links]
    assert all(before[1] == after[0] for before, after in pairwise(states))


@pytest.mark.parametrize(
    ("action", "more"),
    [("pause", {}), ("extend", {"days": 3}), ("decline", {}), ("route", {}), ("triage", {"triage": "big"})],
)
def test_a_step_that_needs_a_reason_is_refused_without_one(world, action, more):
    issue, official = world.an_issue(), world.an_official()
    official.steps(issue, "accept")
    answer = official.steps(issue, action, **more)
    assert answer.status_code == 422
    assert "reason" in answer.json["errors"]


def test_another_office_and_residents_cannot_handle_it(world):
    issue = world.an_issue()
    assert world.an_official(of=world.command).steps(issue, "accept").status_code == 403
    assert world.a_resident().steps(issue, "accept").status_code == 403
    assert world.an_official(of=world.bureau).post(f"/issues/{issue}/answers", {"body": "已安排。"}).status_code == 403


def test_a_stale_step_answers_409(world):
    issue, official = world.an_issue(), world.an_official()
    assert official.steps(issue, "accept", version=1).status_code == 200
    stale = official.steps(issue, "start", version=1)
    assert stale.status_code == 409
    assert stale.json["current"] == {"version": 2, "state": "accepted"}


def test_a_private_matter_needs_guidance_on_mediation(world):
    issue, official = world.an_issue(category=world.a_category("DIS.leak")), world.an_official()
    refused = official.steps(issue, "triage", triage="private", reason="邻里之间的事。")
    assert refused.status_code == 422
    assert "guidance" in refused.json["errors"]
    sorted_ = official.steps(
        issue, "triage", triage="private", reason="邻里之间的事。", guidance="请联系社区人民调解委员会。"
    )
    assert sorted_.json["guidance"] == "请联系社区人民调解委员会。"


def test_another_office_gets_the_issue_with_a_reason_and_has_to_accept_it(world):
    issue, official = world.an_issue(), world.an_official()
    official.steps(issue, "accept")
    assert official.steps(issue, "route", office=world.office.id, reason="就是我们。").status_code == 422
    assert official.steps(issue, "route", office=issue, reason="不存在的单位。").status_code == 422
    moved = official.steps(issue, "route", office=world.bureau.id, reason="属区城管局职责。")
    assert (moved.json["state"], moved.json["office"]["id"]) == ("published", world.bureau.id)
    event = announced(issue, "issue.state_changed")[-1]
    assert (event["office_id"], event["previous_office_id"]) == (world.bureau.id, world.office.id)
    assert official.steps(issue, "accept").status_code == 403
    assert world.an_official(of=world.bureau).steps(issue, "accept").status_code == 200


def test_an_answer_accepts_on_the_way_and_promises_a_next_step(world):
    issue, official = world.an_issue(), world.an_official()
    with time_machine.travel(TUESDAY):
        official = world.an_official()
        past = official.post(
            f"/issues/{issue}/answers", {"body": "已安排。", "next_step": "检修", "next_step_due": "2026-03-01"}
        )
        assert past.status_code == 422
        bare = official.post(f"/issues/{issue}/answers", {"body": "已安排。", "next_step_due": "2026-03-20"})
        assert "next_step" in bare.json["errors"]
        answer = official.post(
            f"/issues/{issue}/answers",
            {"body": "已安排检修。", "next_step": "完成检修", "next_step_due": "2026-03-20"},
        )
    assert answer.status_code == 201
    assert (answer.json["organisation"]["id"], answer.json["title"]) == (world.office.id, "城管专员")
    shown = world.a_resident().get(f"/issues/{issue}").json
    assert shown["state"] == "answered"
    assert [one["body"] for one in world.a_resident().get(f"/issues/{issue}/answers").json["items"]] == ["已安排检修。"]
    assert world.a_resident().get("/issues").json["items"][0]["due_on"] == "2026-03-20"


def test_a_pause_moves_the_deadline_by_its_working_days_and_an_extension_comes_once(world):
    with time_machine.travel(TUESDAY):
        issue, official = world.an_issue(), world.an_official()
        official.steps(issue, "accept")
        due = official.steps(issue, "pause", reason="等待备件。").json["answer_due"]
        assert due == "2026-03-17"
        assert official.steps(issue, "pause", reason="再次等待。").status_code == 409
        assert official.steps(issue, "extend", days=3, reason="来不及。").status_code == 409
    with time_machine.travel(THURSDAY):
        official = world.an_official()
        assert official.steps(issue, "resume").json["answer_due"] == "2026-03-19"
        assert official.steps(issue, "resume").status_code == 409
        assert official.steps(issue, "extend", days=16, reason="来不及。").status_code == 422
        assert official.steps(issue, "extend", days=2, reason="来不及。").json["answer_due"] == "2026-03-23"
        assert official.steps(issue, "extend", days=2, reason="来不及。").status_code == 409


def test_those_concerned_rate_the_outcome_and_may_change_their_mind(world):
    author, supporter = world.a_resident(), world.an_enterprise()
    issue = world.an_issue(by=author)
    supporter.votes(issue, "support")
    opponent = world.a_resident()
    opponent.votes(issue, "oppose")
    rating = {"solved": "partly", "satisfaction": 3, "comment": "还有一盏不亮。"}
    assert author.call("PUT", f"/issues/{issue}/rating", rating).status_code == 409
    official = world.an_official()
    official.steps(issue, "accept")
    official.steps(issue, "decline", reason="属于待拆迁区域,无法安装。")
    assert opponent.call("PUT", f"/issues/{issue}/rating", rating).status_code == 403
    assert official.call("PUT", f"/issues/{issue}/rating", rating).status_code == 403
    assert supporter.call("PUT", f"/issues/{issue}/rating", rating | {"satisfaction": 6}).status_code == 422
    assert supporter.call("PUT", f"/issues/{issue}/rating", rating).json["state"] == "rated"
    assert author.call("PUT", f"/issues/{issue}/rating", rating).status_code == 200
    assert author.call("PUT", f"/issues/{issue}/rating", rating | {"satisfaction": 1}).status_code == 200
    with db.isolated():
        grades = db.session().scalars(select(Rating.satisfaction).where(Rating.issue_id == issue)).all()
    assert sorted(grades) == [1, 3]
    trace = author.get(f"/issues/{issue}/trace").json["items"]
    assert [link["action"] for link in trace].count("rate") == 1


def test_its_author_reopens_an_issue_and_the_office_above_gets_it(world):
    author = world.a_resident()
    issue = resolved(world, author)
    assert author.post(f"/issues/{issue}/reopen", {"reason": ""}).status_code == 422
    assert author.post(f"/issues/{issue}/reopen", {"reason": "只亮了一晚。"}).json["reopened"] is True
    shown = author.get(f"/issues/{issue}").json
    assert (shown["state"], shown["reopened"], shown["office"]["id"]) == ("published", 1, world.bureau.id)
    assert announced(issue, "issue.reopened")[0]["previous_office_id"] == world.office.id
    assert author.votes(issue, "support").status_code == 200
    assert author.call("PATCH", f"/issues/{issue}", {"title": "换一个标题"}).status_code == 409


def test_ten_supporters_reopen_an_issue_nine_do_not_and_nobody_is_counted_twice(world):
    issue, official = world.an_issue(), world.an_official()
    supporters, bystander = [world.a_resident() for _ in range(10)], world.a_resident()
    for supporter in supporters:
        supporter.votes(issue, "support")
    official.steps(issue, "accept")
    official.steps(issue, "start")
    official.steps(issue, "resolve", reason="路灯已修好。")
    path, reason = f"/issues/{issue}/reopen", {"reason": "只亮了一晚。"}
    assert bystander.post(path, reason).status_code == 403
    for _ in range(3):
        assert supporters[0].post(path, reason).json == {"reopened": False, "requests": 1, "needed": 10}
    for place, supporter in enumerate(supporters[1:9], start=2):
        assert supporter.post(path, reason).json["requests"] == place
    assert bystander.get(f"/issues/{issue}").json["state"] == "resolved"
    assert supporters[9].post(path, reason).json == {"reopened": True, "requests": 10, "needed": 10}
    assert bystander.get(f"/issues/{issue}").json["state"] == "published"
    assert announced(issue, "issue.reopened")[0]["by"] == "supporters"


def test_after_thirty_days_nothing_is_reopened_and_the_issue_closes_once(world):
    with time_machine.travel(TUESDAY):
        issue = resolved(world, world.a_resident())
    with time_machine.travel(TUESDAY + timedelta(days=30)):
        jobs.close_old()
        assert loaded(issue).state == "resolved"
    with time_machine.travel(TUESDAY + timedelta(days=30, hours=1)):
        for _ in range(2):
            jobs.close_old()
        assert loaded(issue).state == "closed"
        late = world.a_resident()
        assert late.post(f"/issues/{issue}/reopen", {"reason": "又坏了。"}).status_code == 409
        assert late.call("PUT", f"/issues/{issue}/rating", {"solved": "no", "satisfaction": 1}).status_code == 409
    closings = [event for event in announced(issue, "issue.state_changed") if event["action"] == "close"]
    assert len(closings) == 1


def sweep_in_two_workers():
    """Two workers sweep at the same time."""
    start = threading.Barrier(2)

    def run():
        start.wait()
        try:
            jobs.remind_and_escalate()
        finally:
            db.close_session()

    workers = [threading.Thread(target=run) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def test_a_missed_acceptance_escalates_step_by_step_and_in_public_once(world):
    with time_machine.travel(TUESDAY):
        issue = world.an_issue()
        sweep_in_two_workers()
        assert announced(issue, "issue.deadline_near") == []
    with time_machine.travel(WEDNESDAY):
        sweep_in_two_workers()
        assert [event["mark"] for event in announced(issue, "issue.deadline_near")] == ["100"]
    with time_machine.travel(THURSDAY):
        sweep_in_two_workers()
        sweep_in_two_workers()
        assert [event["days"] for event in announced(issue, "issue.escalated")] == [1]
        assert loaded(issue).escalated_office_id == world.bureau.id
        assert (
            world.an_official(of=world.bureau).steps(issue, "triage", triage="big", reason="督办。").status_code == 200
        )
    with time_machine.travel(TUESDAY + timedelta(days=6)):
        sweep_in_two_workers()
        assert [event["days"] for event in announced(issue, "issue.escalated")] == [1, 3]
        assert loaded(issue).escalated_office_id == world.government.id
        links = world.a_resident().get(f"/issues/{issue}/trace").json["items"]
        assert [link["action"] for link in links].count("escalate") == 2


def test_the_office_is_reminded_before_an_answer_is_due_but_not_while_paused(world):
    with time_machine.travel(TUESDAY):
        issue, paused, official = world.an_issue(), world.an_issue(title="台阶扶手松动"), world.an_official()
        for one in (issue, paused):
            official.steps(one, "accept")
        official.steps(paused, "pause", reason="等待备件。")
    for moment in (WEDNESDAY, FRIDAY, TUESDAY + timedelta(days=6), NEXT_TUESDAY):
        with time_machine.travel(moment):
            sweep_in_two_workers()
    assert [event["mark"] for event in announced(issue, "issue.deadline_near")] == ["50", "80", "100"]
    assert announced(paused, "issue.deadline_near") == []
    with db.isolated():
        marks = db.session().scalar(
            select(func.count()).select_from(DeadlineMark).where(DeadlineMark.issue_id == paused)
        )
    assert marks == 0


def test_an_escalation_far_above_stays_with_the_highest_office(world):
    with time_machine.travel(TUESDAY):
        issue, official = world.an_issue(), world.an_official()
        official.steps(issue, "route", office=world.government.id, reason="需区里统筹。")
    with time_machine.travel(TUESDAY + timedelta(days=14)):
        jobs.remind_and_escalate()
    assert [event["above_id"] for event in announced(issue, "issue.escalated")] == [None, None]


def test_a_promised_next_step_is_reminded_once_before_and_once_on_the_day(world):
    with time_machine.travel(TUESDAY):
        issue, official = world.an_issue(), world.an_official()
        promised = (TUESDAY + timedelta(days=6)).date().isoformat()
        answered = official.post(
            f"/issues/{issue}/answers", {"body": "下周一更换。", "next_step": "更换路灯", "next_step_due": promised}
        )
        assert answered.status_code == 201, answered.json
    for moment in (TUESDAY, THURSDAY):
        with time_machine.travel(moment):
            sweep_in_two_workers()
    assert announced(issue, "issue.deadline_near") == []
    for moment in (FRIDAY, FRIDAY + timedelta(days=1), TUESDAY + timedelta(days=6), NEXT_TUESDAY):
        with time_machine.travel(moment):
            sweep_in_two_workers()
    told = announced(issue, "issue.deadline_near")
    assert [(event["deadline"], event["mark"]) for event in told] == [("promise", "near"), ("promise", "due")]
    assert announced(issue, "issue.escalated") == []


def test_an_overdue_promise_is_shown_to_everybody_and_lies_on_the_overdue_pile(world):
    with time_machine.travel(TUESDAY):
        kept, late, official = world.an_issue(), world.an_issue(title="台阶扶手松动"), world.an_official()
        for issue, days in ((kept, 30), (late, 1)):
            official.post(
                f"/issues/{issue}/answers",
                {
                    "body": "尽快处理。",
                    "next_step": "更换路灯",
                    "next_step_due": (TUESDAY + timedelta(days=days)).date().isoformat(),
                },
            )
    with time_machine.travel(FRIDAY):
        resident, desk = browser(world, world.a_resident()), browser(world, official)
        assert "超期" in resident.get(f"/issues/{late}").text
        assert "超期" not in resident.get(f"/issues/{kept}").text
        pile = desk.get("/desk?queue=overdue").text
        assert late in pile
        assert kept not in pile
