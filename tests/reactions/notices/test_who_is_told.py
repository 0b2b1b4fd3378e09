"""Everybody concerned is told, once, and in their own language; and nobody sees the inbox of somebody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from gongzhi.kernel.db import write
from gongzhi.kernel.events import OutboxEvent, load
from gongzhi.kernel.relay import Delivered
from gongzhi.reactions.notices.listener import deliver
from gongzhi.reactions.notices.models import Notice
from tests import factories as f

pytestmark = pytest.mark.usefixtures("app")
MORNING = "2026-03-02T01:00:00+00:00"


def told(person, text=None):
    """The sentences in somebody's inbox by name, oldest first."""
    with f.reading() as session:
        rows = session.scalars(select(Notice.text).where(Notice.account_id == person.id).order_by(Notice.id))
        return [name for name in rows if text is None or name == text]


def deliver_everything_again(app):
    """As if the process had died before the listener noted how far it came."""
    with f.reading() as session:
        batch = [
            Delivered(row.id, row.seq, row.at.isoformat(), load(row), tuple(row.topics))
            for row in session.scalars(select(OutboxEvent).order_by(OutboxEvent.seq))
        ]
    with app.app_context(), write() as session:
        deliver(session, [one for one in batch if one.event is not None])


@pytest.fixture
def morning():
    """A moment in time that can be moved on."""
    with time_machine.travel(MORNING, tick=False) as moment:
        yield moment


@pytest.fixture
def crowd(morning):
    """An issue with everybody who may have to do with it."""
    people = {name: f.a_resident() for name in ("author", "voter", "commenter", "follower", "everything", "outsider")}
    issue = f.an_issue(people["author"])
    f.a_vote(people["voter"], issue, "oppose")
    f.a_comment(people["commenter"], issue)
    for name in ("voter", "everything"):
        f.a_vote(people[name], issue)
    f.a_comment(people["everything"], issue)
    for name in ("follower", "everything"):
        f.follow(people[name], issue)
    return issue, people


def test_all_concerned_are_told_of_a_decision_exactly_once_however_often_it_is_delivered(app, morning, crowd):
    issue, people = crowd
    office = f.an_office(f.places().subdistrict)
    author, second = f.an_official(office), f.an_official(office)
    decision = f.a_decision(author, [issue])
    f.step(author, decision, "submit")
    f.step(second, decision, "approve")
    f.deliver()
    morning.shift(timedelta(days=8))
    f.step(author, decision, "publish")
    for _again in range(2):
        deliver_everything_again(app)
        f.deliver()
    for name in ("author", "voter", "commenter", "follower", "everything"):
        assert [text for text in told(people[name]) if text.startswith("decision.")] == [
            "decision.notice",
            "decision.published",
        ]
    assert told(people["outsider"]) == []
    assert told(second, "decision.to_review") == ["decision.to_review"]
    assert told(author, "decision.to_review") == []
    with f.reading() as session:
        doubles = session.execute(
            select(Notice.account_id).group_by(Notice.account_id, Notice.event_id).having(func.count() > 1)
        ).all()
    assert doubles == []


def test_somebody_who_took_their_vote_back_is_no_longer_concerned(client, crowd):
    issue, people = crowd
    client().delete(f"/api/v1/issues/{issue}/vote", headers=f.bearer(people["voter"]))
    office = f.an_office(f.places().subdistrict)
    author, second = f.an_official(office), f.an_official(office)
    decision = f.a_decision(author, [issue])
    f.step(author, decision, "submit")
    f.step(second, decision, "approve")
    f.deliver()
    assert told(people["voter"], "decision.notice") == []
    assert told(people["author"], "decision.notice") == ["decision.notice"]


def test_a_draft_is_nobodys_business_but_the_offices(crowd):
    issue, people = crowd
    office = f.an_office(f.places().subdistrict)
    author, second = f.an_official(office), f.an_official(office)
    decision = f.a_decision(author, [issue])
    f.step(author, decision, "submit")
    f.step(second, decision, "return_draft", reason="金额不清")
    f.deliver()
    assert told(author, "decision.returned") == ["decision.returned"]
    for person in people.values():
        assert not [text for text in told(person) if text.startswith("decision.")]


def test_taken_back_from_the_notice_everybody_concerned_is_told_where_the_reason_stands(client, crowd):
    issue, people = crowd
    office = f.an_office(f.places().subdistrict)
    author, second = f.an_official(office), f.an_official(office)
    decision = f.a_decision(author, [issue])
    f.step(author, decision, "submit")
    f.step(second, decision, "approve")
    f.step(author, decision, "reconsider", reason="金额有误")
    f.deliver()
    assert told(people["follower"], "decision.taken_back") == ["decision.taken_back"]
    browser = client(people["follower"])
    notice = newest(people["follower"])
    assert browser.get(f"/notices/{notice}").location == f"/issues/{issue}"


def newest(person):
    """The id of the newest notice of somebody."""
    with f.reading() as session:
        return session.scalar(
            select(Notice.id).where(Notice.account_id == person.id).order_by(Notice.id.desc()).limit(1)
        )


def test_an_objection_is_a_task_of_the_office_and_its_answer_reaches_who_objected(client, crowd):
    issue, people = crowd
    office = f.an_office(f.places().subdistrict)
    author, second = f.an_official(office), f.an_official(office)
    decision = f.a_decision(author, [issue])
    f.step(author, decision, "submit")
    f.step(second, decision, "approve")
    f.step(people["outsider"], decision, "object_to", body="照明时间太短。")
    f.deliver()
    assert told(author, "decision.objection") == told(second, "decision.objection") == ["decision.objection"]
    f.answer_objections(author, decision)
    f.deliver()
    assert told(people["outsider"], "decision.objection_answered") == ["decision.objection_answered"]


@pytest.mark.parametrize("outcome", ["kept", "missed"])
def test_a_settled_commitment_is_told_in_its_own_words_and_a_report_in_others(client, crowd, outcome):
    issue, people = crowd
    office = f.an_office(f.places().subdistrict)
    author, second = f.an_official(office), f.an_official(office)
    with time_machine.travel("2026-03-02T01:00:00+00:00", tick=False) as moment:
        decision = f.a_decision(author, [issue])
        f.step(author, decision, "submit")
        f.step(second, decision, "approve")
        moment.shift(timedelta(days=8))
        f.step(author, decision, "publish")
        f.step(author, decision, "report_progress", body="灯具已到场。")
        f.deliver()
        reader = people["voter"]
        assert told(reader)[-1] == "decision.progress"
        promise = client().get(f"/api/v1/decisions/{decision}").json["commitments"][0]["id"]
        settled = client(author).post(
            f"/decisions/{decision}/commitments/{promise}", data={"state": outcome, "note": "厂家停产,换了型号。"}
        )
        assert settled.status_code == 302
        f.deliver()
        assert told(reader)[-1] == f"decision.{outcome}"
        assert ("已兑现" if outcome == "kept" else "未能兑现") in client(reader).get("/notices").text


def test_a_reply_a_mention_and_a_comment_each_reach_one_person_once(client):
    author, commenter, replier = f.a_resident("王一"), f.a_resident("陈二"), f.a_resident("李三")
    issue = f.an_issue(author)
    top = f.a_comment(commenter, issue, "第一句")
    f.deliver()
    assert told(author) == ["comment.on_yours"]
    reply = f.a_comment(replier, issue, "@王一 您看呢?@陈二 谢谢", reply_to=top)
    f.deliver()
    assert told(commenter) == ["comment.mention"]
    assert told(author) == ["comment.on_yours", "comment.mention"]
    assert told(replier) == []
    assert client(author).get(f"/notices/{newest(author)}").location == f"/comments/{reply}"
    client().patch(
        f"/api/v1/comments/{reply}", json={"body": "@王一 @陈二 再看看", "version": 1}, headers=f.bearer(replier)
    )
    f.deliver()
    assert told(author).count("comment.mention") == 1


def test_a_name_added_while_editing_is_told_too():
    author, writer = f.a_resident("王一"), f.a_resident("陈二")
    issue = f.an_issue(author)
    comment = f.a_comment(writer, issue, "没有点名")
    f.edit_comment(writer, comment, "@王一 请看", version=1)
    f.deliver()
    assert told(author) == ["comment.on_yours", "comment.mention"]


def test_what_somebody_does_is_no_news_to_themselves():
    resident = f.a_resident()
    issue = f.an_issue(resident)
    f.a_comment(resident, issue)
    f.deliver()
    assert told(resident) == []


def test_a_kind_switched_off_stays_silent_and_a_duty_cannot_be_switched_off(client):
    author = f.a_resident()
    issue = f.an_issue(author)
    kept = ["answer", "decision", "status", "reply", "mention", "initiative"]
    browser = client(author)
    assert browser.post("/notices/preferences", data={"kind": kept}).status_code == 302
    page = browser.get("/notices/preferences").text
    assert 'value="comment">' in page
    assert page.count(" disabled") == 2
    f.a_comment(f.a_resident(), issue)
    f.deliver()
    assert told(author) == []
    browser.post("/notices/preferences", data={"kind": [*kept, "comment", "nonsense"]})
    f.a_comment(f.a_resident(), issue)
    f.deliver()
    assert told(author) == ["comment.on_yours"]


def test_an_inbox_is_its_owners_alone(client):
    author, other = f.a_resident(), f.a_resident()
    f.a_comment(f.a_resident(), f.an_issue(author))
    f.deliver()
    notice = newest(author)
    assert client(other).get(f"/notices/{notice}").status_code == 404
    read = client().post("/api/v1/me/notices/read", json={"id": notice}, headers=f.bearer(other))
    assert read.status_code == 404
    assert client().get("/api/v1/me/notices", headers=f.bearer(other)).json["items"] == []
    assert client().get("/notices").status_code == 302
    assert client().get("/api/v1/me/notices").status_code == 401
    (mine,) = client().get("/api/v1/me/notices", headers=f.bearer(author)).json["items"]
    assert mine["read_at"] is None
    assert client().post("/api/v1/me/notices/read", json={"id": notice}, headers=f.bearer(author)).status_code == 204
    (mine,) = client().get("/api/v1/me/notices", headers=f.bearer(author)).json["items"]
    assert mine["read_at"] is not None


def test_the_inbox_speaks_the_readers_language_counts_and_marks_all_read(client):
    author = f.a_resident()
    issue = f.an_issue(author, title="Dark steps")
    for _number in range(3):
        f.a_comment(f.a_resident("Ann"), issue)
    f.deliver()
    browser = client(author)
    chinese = browser.get("/notices").text
    assert "评论了" in chinese
    browser.post("/preferences", data={"language": "en"})
    english = browser.get("/notices").text
    assert "commented on “Dark steps”" in english
    assert english.count("is-unread") == 3
    assert browser.post("/notices/read").status_code == 302
    assert "is-unread" not in browser.get("/notices").text


def test_the_inbox_is_paged_without_loss(client):
    author = f.a_resident()
    issue = f.an_issue(author)
    writer = f.a_resident()
    for number in range(7):
        f.a_comment(writer, issue, f"第{number}条")
    f.deliver()
    seen, cursor = [], ""
    while True:
        page = client().get(f"/api/v1/me/notices?limit=3{cursor}", headers=f.bearer(author)).json
        seen += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert len(seen) == len(set(seen)) == 7
    assert seen == sorted(seen, reverse=True)


def test_rights_that_ended_end_the_tasks_of_the_office(crowd):
    issue, _people = crowd
    office = f.an_office(f.places().subdistrict)
    author, gone = f.an_official(office), f.an_official(office)
    f.end_membership(gone, office)
    decision = f.a_decision(author, [issue])
    f.step(author, decision, "submit")
    f.deliver()
    assert told(gone, "decision.to_review") == []
