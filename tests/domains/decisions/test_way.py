"""The way of a decision: drafted, reviewed by a second official, on public notice, published, carried out."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from gongzhi.domains.decisions.models import Decision, DecisionIssue
from tests import factories as f
from tests.domains.decisions.steps import on_notice, run_jobs

pytestmark = pytest.mark.usefixtures("app")


def state_of(decision_id):
    """The state the API gives an official or anybody; None when there is nothing to see."""
    with f.reading() as session:
        return str(session.get_one(Decision, decision_id).state)


def test_the_straight_way_from_draft_to_done(app, client, morning, office):
    author, second, _third = office
    voter = f.a_resident()
    issue = f.an_issue()
    f.a_vote(voter, issue)
    desk, other_desk, visitor = client(author), client(second), client()
    page = desk.get(f"/decisions/new?issue={issue}").text
    assert issue in page
    made = desk.post(
        "/decisions/new",
        data={
            "title": "石阶里路灯改造",
            "body": "更换四盏路灯,并加装扶手照明。",
            "issues": f"http://localhost/issues/{issue}",
            "responsible": author.acts_for,
            "money": "12,000.50",
            "money_source": "街道城市维护费",
            "notice_days": "7",
            "promises-0-text": "更换路灯",
            "promises-0-due_on": "2026-04-01",
        },
    )
    assert made.status_code == 302, made.text
    decision = made.location.rsplit("/", 1)[1]
    assert desk.post(f"/decisions/{decision}/submit").status_code == 302
    assert other_desk.post(f"/decisions/{decision}/approve").status_code == 302
    shown = visitor.get(f"/api/v1/decisions/{decision}").json
    assert (shown["state"], shown["number"], shown["money_fen"]) == ("public_notice", "2026-00001", 1_200_050)
    assert shown["notice_until"] == "2026-03-09"
    morning.shift(timedelta(days=8))
    assert desk.post(f"/decisions/{decision}/publish").status_code == 302
    assert (
        desk.post(f"/decisions/{decision}/progress", data={"body": "灯具已到场。", "commitment": ""}).status_code == 302
    )
    (promise,) = visitor.get(f"/api/v1/decisions/{decision}").json["commitments"]
    refused = desk.post(f"/decisions/{decision}/complete")
    assert refused.status_code == 409
    settled = desk.post(f"/decisions/{decision}/commitments/{promise['id']}", data={"state": "kept", "note": "已更换"})
    assert settled.status_code == 302
    assert desk.post(f"/decisions/{decision}/complete").status_code == 302
    rated = client(voter).post(f"/decisions/{decision}/rating", data={"solved": "yes", "satisfaction": "5"})
    assert rated.status_code == 302
    final = visitor.get(f"/decisions/{decision}")
    assert final.status_code == 200
    for words in ("石阶里路灯改造", "灯具已到场", "已更换", "起草员", "副主任"):
        assert words in final.text
    trace = visitor.get(f"/api/v1/issues/{issue}/trace").json
    actions = [link["action"] for link in trace["items"]]
    assert [name for name in actions if name.startswith("decision_")] == [
        "decision_on_notice",
        "decision_published",
        "decision_progress",
        "decision_kept",
        "decision_done",
    ]


def test_its_author_cannot_review_it_and_somebody_of_another_office_neither(client, office):
    author, second, _third = office
    decision = f.a_decision(author, [f.an_issue()])
    f.step(author, decision, "submit")
    assert client(author).post(f"/decisions/{decision}/approve").status_code == 403
    assert client(author).post(f"/decisions/{decision}/return", data={"reason": "自己退回"}).status_code == 403
    assert client(f.an_official()).post(f"/decisions/{decision}/approve").status_code == 404
    assert state_of(decision) == "in_review"
    page = client(author).get(f"/decisions/{decision}").text
    assert f'action="/decisions/{decision}/approve"' not in page
    assert client(second).post(f"/decisions/{decision}/approve").status_code == 302


def test_whoever_worked_on_the_draft_cannot_review_it_either(client, office):
    author, second, third = office
    decision = f.a_decision(author, [issue := f.an_issue()])
    edited = client(second).post(
        f"/decisions/{decision}/edit", data=form_of(author, issue, version=1, title="改过的标题")
    )
    assert edited.status_code == 302, edited.text
    f.step(author, decision, "submit")
    assert client(second).post(f"/decisions/{decision}/approve").status_code == 403
    assert f'action="/decisions/{decision}/approve"' not in client(second).get(f"/decisions/{decision}").text
    assert client(third).post(f"/decisions/{decision}/approve").status_code == 302


def form_of(author, issue, *, version, title="石阶里路灯改造", **more):
    """The form to edit a decision, filled in."""
    return {
        "title": title,
        "body": "更换四盏路灯,并加装扶手照明。",
        "issues": issue,
        "responsible": author.acts_for,
        "notice_days": "7",
        "promises-0-text": "更换路灯",
        "promises-0-due_on": "2036-01-01",
        "version": str(version),
        **more,
    }


def test_the_database_itself_refuses_an_author_as_reviewer(office):
    decision = f.a_decision(office[0], [f.an_issue()])
    with pytest.raises(IntegrityError), f.writing() as session:
        session.execute(text("UPDATE decision SET reviewer_id = author_id"))
    assert state_of(decision) == "draft"


def test_what_a_reviewer_did_not_see_is_not_approved(client, office):
    author, second, _third = office
    issue = f.an_issue()
    decision = f.a_decision(author, [issue])
    f.step(author, decision, "submit")
    seen = re.search(r'name="version" value="(\d+)"', client(second).get(f"/decisions/{decision}").text)[1]
    f.step(second, decision, "return_draft", reason="金额不清")
    with f.reading() as session:
        version = session.get_one(Decision, decision).version
    client(author).post(f"/decisions/{decision}/edit", data=form_of(author, issue, version=version, title="换了的标题"))
    f.step(author, decision, "submit")
    refused = client(second).post(f"/decisions/{decision}/approve", data={"version": seen})
    assert refused.status_code == 409
    assert "换了的标题" in refused.text
    assert state_of(decision) == "in_review"


def test_an_older_version_is_refused_with_409_and_nothing_typed_is_lost(client, office):
    author, second, _third = office
    issue = f.an_issue()
    decision = f.a_decision(author, [issue])
    first = client(author).post(f"/decisions/{decision}/edit", data=form_of(author, issue, version=1, title="甲的标题"))
    assert first.status_code == 302
    late = client(second).post(f"/decisions/{decision}/edit", data=form_of(author, issue, version=1, title="乙的标题"))
    assert late.status_code == 409
    assert "乙的标题" in late.text
    assert 'name="version" type="hidden" value="2"' in late.text
    again = client(second).post(f"/decisions/{decision}/edit", data=form_of(author, issue, version=2, title="乙的标题"))
    assert again.status_code == 302
    f.step(author, decision, "submit")
    closed = client(author).post(
        f"/decisions/{decision}/edit", data=form_of(author, issue, version=4, title="来得太晚了")
    )
    assert closed.status_code == 409
    assert "来得太晚了" in closed.text


def test_the_votes_it_rests_on_are_kept_as_they_stood_when_it_was_submitted(client, office):
    author, _second, _third = office
    issue = f.an_issue()
    f.a_vote(f.a_resident(), issue)
    f.a_vote(f.an_enterprise(), issue, "oppose")
    decision = f.a_decision(author, [issue])
    f.step(author, decision, "submit")
    f.a_vote(f.a_resident(), issue)
    with f.reading() as session:
        tally = session.get_one(DecisionIssue, (decision, issue)).tally
    assert tally["total"] == 2
    assert tally["chambers"]["resident"]["support"] == 1
    assert tally["chambers"]["enterprise"]["oppose"] == 1


def test_publication_is_refused_while_the_notice_runs(app, client, morning, office):
    author, second, _third = office
    decision = on_notice(author, second, notice_days=3)
    for days in (0, 2, 1):
        morning.shift(timedelta(days=days))
        refused = client(author).post(f"/decisions/{decision}/publish")
        assert refused.status_code == 409
        run_jobs(app)
        assert state_of(decision) == "public_notice"
    morning.shift(timedelta(days=1))
    run_jobs(app)
    run_jobs(app)
    assert state_of(decision) == "published"
    steps = [action for action in trace_actions(client, decision) if action == "decision_published"]
    assert len(steps) == 1


def trace_actions(client, decision):
    """The steps on the trace of the first issue a decision rests on."""
    issue = client().get(f"/api/v1/decisions/{decision}").json["issues"][0]
    return [link["action"] for link in client().get(f"/api/v1/issues/{issue}/trace").json["items"]]


def test_publication_is_refused_while_an_objection_is_open_by_hand_and_by_the_clock(app, client, morning, office):
    author, second, _third = office
    decision = on_notice(author, second)
    objector = f.a_resident()
    objected = client(objector).post(f"/decisions/{decision}/objections", data={"body": "照明时间太短。"})
    assert objected.status_code == 302
    morning.shift(timedelta(days=8))
    assert client(author).post(f"/decisions/{decision}/publish").status_code == 409
    run_jobs(app)
    assert state_of(decision) == "public_notice"
    page = client(author).get(f"/decisions/{decision}").text
    answer = re.search(rf"/decisions/{decision}/objections/(\w{{13}})", page)[0]
    empty = client(author).post(answer, data={"answer": ""})
    assert empty.status_code == 422
    assert client(f.an_official()).post(answer, data={"answer": "不归我答复。"}).status_code == 403
    assert client(author).post(answer, data={"answer": "已改为整夜照明。"}).status_code == 302
    twice = client(author).post(answer, data={"answer": "另一个答复。"})
    assert twice.status_code == 409
    run_jobs(app)
    assert state_of(decision) == "published"
    assert "已改为整夜照明" in client().get(f"/decisions/{decision}").text


def test_one_objection_a_voice_and_none_after_the_notice(client, morning, office):
    author, second, _third = office
    decision = on_notice(author, second)
    objector = f.a_resident()
    address = f"/decisions/{decision}/objections"
    assert client(objector).post(address, data={"body": "短"}).status_code == 422
    assert client(objector).post(address, data={"body": "照明时间太短。"}).status_code == 302
    again = client(objector).post(address, data={"body": "我还有别的意见。"})
    assert again.status_code == 409
    assert "我还有别的意见。" in again.text
    assert client(second).post(address, data={"body": "官员不能反对。"}).status_code == 403
    morning.shift(timedelta(days=8))
    late = client(f.a_resident()).post(address, data={"body": "来晚了的异议。"})
    assert late.status_code == 409


@pytest.mark.usefixtures("morning")
def test_drafts_are_seen_by_their_office_only(client, office):
    author, second, _third = office
    decision = f.a_decision(author, [f.an_issue()], title="还没有人知道的决定")
    for stage in ("draft", "in_review"):
        assert state_of(decision) == stage
        assert client(second).get(f"/decisions/{decision}").status_code == 200
        for browser in (client(), client(f.a_resident()), client(f.an_official()), client(f.an_admin())):
            for address in ("/decisions/{}", "/api/v1/decisions/{}", "/comments/decision/{}"):
                hidden, nothing = browser.get(address.format(decision)), browser.get(address.format("0000000000000"))
                assert hidden.status_code == 404
                assert hidden.text.replace(decision, "") == nothing.text.replace("0000000000000", "")
            assert "还没有人知道的决定" not in browser.get("/decisions").text
        assert client(f.a_resident()).post(f"/decisions/{decision}/follow").status_code == 404
        if stage == "draft":
            f.step(author, decision, "submit")
    assert client().get("/api/v1/decisions").json["items"] == []
    assert "还没有人知道的决定" in client(second).get("/decisions").text


@pytest.mark.usefixtures("morning")
def test_another_district_sees_no_decision_at_all(client, office):
    author, second, _third = office
    decision = on_notice(author, second)
    stranger = client(f.a_resident(district_id=f.a_district("500104").id))
    for address in ("/decisions/{}", "/api/v1/decisions/{}", "/comments/decision/{}"):
        hidden, nothing = stranger.get(address.format(decision)), stranger.get(address.format("0000000000000"))
        assert hidden.status_code == 404
        assert hidden.text.replace(decision, "") == nothing.text.replace("0000000000000", "")
    assert stranger.get("/api/v1/decisions").json["items"] == []


def test_a_draft_without_issue_or_promise_cannot_be_submitted(client, office):
    author, _second, _third = office
    made = client(author).post(
        "/decisions/new",
        data={
            "title": "没有依据的决定",
            "body": "还没有写清楚依据的内容。",
            "issues": "",
            "responsible": author.acts_for,
            "notice_days": "7",
        },
    )
    decision = made.location.rsplit("/", 1)[1]
    refused = client(author).post(f"/decisions/{decision}/submit")
    assert refused.status_code == 422
    assert state_of(decision) == "draft"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "短"),
        ("title", "长" * 121),
        ("body", ""),
        ("issues", "0000000000000"),
        ("issues", "没有这个"),
        ("responsible", "0000000000000"),
        ("money", "1e99999999"),
        ("money", "-5"),
        ("money", "NaN"),
        ("money", "12.345"),
        ("notice_days", "2"),
        ("notice_days", "61"),
        ("notice_days", "很多"),
        ("promises-0-due_on", "2020-01-01"),
        ("promises-0-due_on", "明天"),
        ("promises-0-text", ""),
    ],
)
def test_wrong_entries_are_told_and_nothing_typed_is_lost(client, office, field, value):
    author, _second, _third = office
    sent = form_of(author, f.an_issue(), version=1, title="可以看懂的标题") | {field: value}
    page = client(author).post("/decisions/new", data=sent)
    assert page.status_code == 422
    assert "error-summary" in page.text
    assert sent["title"][:100] in page.text
    assert sent["body"] in page.text
    with f.reading() as session:
        assert session.query(Decision).count() == 0


def test_money_needs_a_source(client, office):
    author, _second, _third = office
    sent = form_of(author, f.an_issue(), version=1, money="12000")
    assert client(author).post("/decisions/new", data=sent).status_code == 422
    assert client(author).post("/decisions/new", data={**sent, "money_source": "街道经费"}).status_code == 302


def test_comments_are_adopted_or_not_with_a_reason_and_only_those_of_its_issues(client, office):
    author, second, _third = office
    issue = f.an_issue()
    good = f.a_comment(f.a_resident("王一"), issue, "请装感应灯。")
    unhappy = f.a_resident("陈二")
    bad = f.a_comment(unhappy, issue, "请换成红灯。")
    foreign = f.a_comment(f.a_resident(), f.an_issue())
    decision = f.a_decision(author, [issue])
    desk = client(author)
    assert "请装感应灯" in desk.get(f"/decisions/{decision}/edit").text
    unsaid = form_of(author, issue, version=1, **{f"adoption-{bad}": "not_adopted", f"adoption-{good}": "adopted"})
    refused = desk.post(f"/decisions/{decision}/edit", data=unsaid)
    assert refused.status_code == 422
    assert '<option value="not_adopted" selected>' in refused.text
    elsewhere = form_of(author, issue, version=1, **{f"adoption-{foreign}": "adopted"})
    assert desk.post(f"/decisions/{decision}/edit", data=elsewhere).status_code == 422
    said = {**unsaid, f"adoption_reason-{bad}": "红灯影响睡眠。"}
    assert desk.post(f"/decisions/{decision}/edit", data=said).status_code == 302
    f.step(author, decision, "submit")
    f.step(second, decision, "approve")
    page = client().get(f"/decisions/{decision}").text
    for words in ("请装感应灯", "请换成红灯", "红灯影响睡眠"):
        assert words in page
    client().delete(f"/api/v1/comments/{bad}", headers=f.bearer(unhappy))
    assert "请换成红灯" not in client().get(f"/decisions/{decision}").text


def test_taken_back_it_is_a_draft_again_and_the_issue_says_why(client, office):
    author, second, third = office
    issue = f.an_issue()
    decision = on_notice(author, second, [issue])
    assert client(author).post(f"/decisions/{decision}/reconsider", data={"reason": " "}).status_code == 422
    assert client(author).post(f"/decisions/{decision}/reconsider", data={"reason": "金额有误"}).status_code == 302
    assert client().get(f"/decisions/{decision}").status_code == 404
    assert "金额有误" in client().get(f"/api/v1/issues/{issue}/trace").text
    f.step(author, decision, "submit")
    f.step(third, decision, "approve")
    assert client().get(f"/api/v1/decisions/{decision}").json["number"].endswith("-00001")


def test_withdrawn_from_the_notice_it_stays_readable_with_its_reason(client, office):
    author, second, _third = office
    decision = on_notice(author, second)
    assert client(author).post(f"/decisions/{decision}/withdraw", data={"reason": "由区里统一处理"}).status_code == 302
    page = client().get(f"/decisions/{decision}")
    assert page.status_code == 200
    assert "由区里统一处理" in page.text
    assert client().get("/api/v1/decisions").json["items"] == []
    never_shown = f.a_decision(author, [f.an_issue()])
    f.step(author, never_shown, "withdraw", reason="不需要了")
    assert client().get(f"/decisions/{never_shown}").status_code == 404
