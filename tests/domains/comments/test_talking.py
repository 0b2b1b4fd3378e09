"""Posting, replying, editing, taking back: over the pages and the API."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from gongzhi.domains.comments.models import Comment
from gongzhi.domains.issues.models import Issue, IssueState
from tests import factories as f

pytestmark = pytest.mark.usefixtures("app")
MORNING = "2026-03-02T01:00:00+00:00"


def api(client, person, method, path, json=None, **headers):
    """A call of the API as this person."""
    return client().open(f"/api/v1{path}", method=method, json=json, headers={**f.bearer(person), **headers})


def count_of(issue_id):
    """The number of comments the issue says it has."""
    with f.reading() as session:
        return session.get_one(Issue, issue_id).comment_count


def close(issue_id):
    """Set the issue closed, whatever came before."""
    with f.writing() as session:
        session.get_one(Issue, issue_id).state = IssueState.CLOSED


def test_a_comment_and_a_reply_stand_on_the_issue_with_the_official_voice_marked(client):
    resident, official = f.a_resident("李文"), f.an_official()
    issue = f.an_issue()
    posted = client(resident).post(f"/comments/issue/{issue}", data={"body": "夜里**很黑**。", "stance": "for"})
    assert posted.status_code == 302
    listed = client().get(f"/api/v1/issues/{issue}/comments").json["items"]
    assert [(one["author"], one["stance"], one["official"]) for one in listed] == [("李*", "for", False)]
    top = listed[0]["id"]
    assert posted.location.endswith(f"order=newest#comment-{top}")
    replied = client(official).post(
        f"/comments/issue/{issue}", data={"body": "本周内更换。", "stance": "neutral", "parent": top}
    )
    assert replied.location.endswith(f"/issues/{issue}#comment-{replied.location[-13:]}")
    page = client().get(f"/comments/issue/{issue}").text
    assert "<strong>很黑</strong>" in page
    assert "talk-official" in page
    (shown,) = client().get(f"/api/v1/issues/{issue}/comments").json["items"]
    assert shown["reply_count"] == 1
    assert shown["replies"][0]["official"] is True
    assert count_of(issue) == 2


def test_there_are_two_levels_and_no_third(client):
    resident, issue = f.a_resident(), f.an_issue()
    top = f.a_comment(resident, issue)
    reply = f.a_comment(resident, issue, reply_to=top)
    refused = api(client, resident, "POST", f"/issues/{issue}/comments", {"body": "再回复", "parent": reply})
    assert refused.status_code == 422
    assert list(refused.json["errors"]) == ["parent"]
    assert count_of(issue) == 2


@pytest.mark.parametrize("parent", ["0000000000000", "not-an-id", "elsewhere"])
def test_a_reply_needs_a_comment_of_the_same_thing(client, parent):
    resident, issue = f.a_resident(), f.an_issue()
    if parent == "elsewhere":
        parent = f.a_comment(resident, f.an_issue())
    answer = api(client, resident, "POST", f"/issues/{issue}/comments", {"body": "在吗", "parent": parent})
    assert answer.status_code == 422
    assert "parent" in answer.json["errors"]
    assert api(client, resident, "GET", f"/issues/{issue}/comments?parent={parent}").status_code == 422
    page = client(resident).post(
        f"/comments/issue/{issue}", data={"body": "写好的话", "stance": "for", "parent": parent}
    )
    assert page.status_code == 422
    assert "写好的话" in page.text


@pytest.mark.parametrize("body", ["", "   ", "\u200b", "长" * 4001])
def test_words_that_cannot_be_used_stay_typed_and_nothing_is_written(client, body):
    resident, issue = f.a_resident(), f.an_issue()
    page = client(resident).post(f"/comments/issue/{issue}", data={"body": body, "stance": "against"})
    assert page.status_code == 422
    assert "field-error" in page.text
    assert 'value="against" checked' in page.text
    if len(body) > 4000:
        assert body[:100] in page.text
    assert api(client, resident, "POST", f"/issues/{issue}/comments", {"body": body}).status_code == 422
    assert count_of(issue) == 0


def test_scripts_in_a_comment_are_never_markup(client):
    resident, issue = f.a_resident(), f.an_issue()
    f.a_comment(resident, issue, "<script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror=alert(1)>")
    page = client(resident).get(f"/comments/issue/{issue}").text
    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    assert "<img src=x" not in page


def test_a_visitor_is_asked_to_sign_in_and_a_contact_confirmed_person_may_speak(client):
    issue = f.an_issue()
    refused = client().post(f"/comments/issue/{issue}", data={"body": "你好", "stance": "for"})
    assert refused.status_code == 302
    assert "/sign-in" in refused.location
    assert client().post(f"/api/v1/issues/{issue}/comments", json={"body": "你好"}).status_code in (401, 403)
    newcomer = f.a_person(level=1)
    assert api(client, newcomer, "POST", f"/issues/{issue}/comments", {"body": "你好"}).status_code == 201


def test_a_closed_discussion_takes_no_words_and_no_reactions_and_loses_nothing_typed(client):
    resident, other, issue = f.a_resident(), f.a_resident(), f.an_issue()
    comment = f.a_comment(other, issue)
    close(issue)
    page = client(resident).post(f"/comments/issue/{issue}", data={"body": "还没修好", "stance": "against"})
    assert page.status_code == 409
    assert "还没修好" in page.text
    assert api(client, resident, "POST", f"/issues/{issue}/comments", {"body": "还没修好"}).status_code == 409
    assert api(client, resident, "PUT", f"/comments/{comment}/reaction", {"kind": "agree"}).status_code == 409
    assert count_of(issue) == 1


@time_machine.travel(MORNING, tick=False)
def test_another_districts_discussion_looks_like_none_at_all(client):
    stranger = f.a_resident(district_id=f.a_district("500104").id)
    issue = f.an_issue()
    comment = f.a_comment(f.a_resident(), issue)
    browser = client(stranger)
    for there, nowhere in (
        (f"/comments/issue/{issue}", "/comments/issue/0000000000000"),
        (f"/comments/{comment}/versions", "/comments/0000000000000/versions"),
        (f"/comments/replies/{comment}", "/comments/replies/0000000000000"),
    ):
        first, second = browser.get(there), browser.get(nowhere)
        assert (first.status_code, second.status_code) == (404, 404)
        assert first.text.replace(there, "") == second.text.replace(nowhere, "")
    assert api(client, stranger, "GET", f"/issues/{issue}/comments").status_code == 404
    assert api(client, stranger, "PUT", f"/comments/{comment}/reaction", {"kind": "agree"}).status_code == 404
    assert client(stranger).get("/comments/planet/0000000000000").status_code == 404


def test_words_can_be_edited_for_thirty_minutes_and_what_was_said_stays_readable(client):
    with time_machine.travel(MORNING, tick=False) as now:
        resident, issue = f.a_resident(), f.an_issue()
        comment = f.a_comment(resident, issue, "第一句")
        browser = client(resident)
        now.shift(timedelta(minutes=29))
        assert (
            browser.post(
                f"/comments/{comment}/edit", data={"body": "第二句", "stance": "for", "version": "1"}
            ).status_code
            == 302
        )
        versions = client().get(f"/comments/{comment}/versions").text
        assert "第一句" in versions
        assert "第二句" in versions
        now.shift(timedelta(minutes=2))
        late = browser.post(f"/comments/{comment}/edit", data={"body": "第三句", "stance": "for", "version": "2"})
        assert late.status_code == 409
        assert "第三句" in late.text
        assert "第三句" not in client().get(f"/comments/issue/{issue}").text
        assert "textarea" not in browser.get(f"/comments/{comment}/edit").text


def test_an_older_version_is_refused_with_the_present_one_and_the_next_save_counts(client):
    resident, issue = f.a_resident(), f.an_issue()
    comment = f.a_comment(resident, issue, "原话")
    assert api(client, resident, "PATCH", f"/comments/{comment}", {"body": "改过", "version": 1}).json["version"] == 2
    stale = api(client, resident, "PATCH", f"/comments/{comment}", {"body": "晚了", "version": 1})
    assert stale.status_code == 409
    assert stale.json["current"] == {"version": 2, "body": "改过"}
    page = client(resident).post(f"/comments/{comment}/edit", data={"body": "晚了", "stance": "for", "version": "1"})
    assert page.status_code == 409
    assert "改过" in page.text
    assert "晚了" in page.text
    assert 'name="version" type="hidden" value="2"' in page.text


def test_editing_is_offered_while_the_window_is_open_and_taking_back_afterwards(client):
    with time_machine.travel(MORNING, tick=False) as now:
        resident, issue = f.a_resident(), f.an_issue()
        comment = f.a_comment(resident, issue, "第一句")
        edit = f'href="/comments/{comment}/edit">'
        own, other = client(resident), client(f.a_resident())
        assert f"{edit}修改" in own.get(f"/issues/{issue}").text
        assert edit not in other.get(f"/issues/{issue}").text
        now.shift(timedelta(minutes=31))
        assert f"{edit}撤回" in own.get(f"/issues/{issue}").text
        assert f"{edit}撤回" in own.get(f"/comments/replies/{comment}").text
        assert edit not in other.get(f"/issues/{issue}").text


def test_nobody_edits_or_takes_back_the_words_of_somebody_else(client):
    resident, other, issue = f.a_resident(), f.a_resident(), f.an_issue()
    comment = f.a_comment(resident, issue, "我的话")
    assert client(other).post(f"/comments/{comment}/edit", data={"body": "你的话"}).status_code == 403
    assert client(other).post(f"/comments/{comment}/remove").status_code == 403
    assert api(client, other, "PATCH", f"/comments/{comment}", {"body": "x", "version": 1}).status_code == 403
    assert api(client, other, "DELETE", f"/comments/{comment}").status_code == 403
    as_enterprise = f.a_member(f.an_organisation("enterprise"), "owner", resident)
    assert api(client, as_enterprise, "DELETE", f"/comments/{comment}").status_code == 403


def test_a_comment_taken_back_loses_its_words_and_keeps_its_replies(client):
    resident, other, issue = f.a_resident(), f.a_resident(), f.an_issue()
    comment = f.a_comment(resident, issue, "说错了的话")
    f.a_comment(other, issue, "回复还在", reply_to=comment)
    assert count_of(issue) == 2
    for _again in range(2):
        assert client(resident).post(f"/comments/{comment}/remove").status_code == 302
    page = client(other).get(f"/comments/issue/{issue}").text
    assert "说错了的话" not in page
    assert "回复还在" in page
    assert "说错了的话" not in client().get(f"/comments/{comment}/versions").text
    assert count_of(issue) == 1
    refused = api(client, other, "POST", f"/issues/{issue}/comments", {"body": "在吗", "parent": comment})
    assert refused.status_code == 422
    assert api(client, other, "PUT", f"/comments/{comment}/reaction", {"kind": "agree"}).status_code == 409


def test_a_comment_taken_back_without_replies_is_gone_from_the_thread(client):
    resident, issue = f.a_resident(), f.an_issue()
    comment = f.a_comment(resident, issue, "不说了")
    assert api(client, resident, "DELETE", f"/comments/{comment}").status_code == 204
    assert client().get(f"/api/v1/issues/{issue}/comments").json["items"] == []
    with f.reading() as session:
        assert session.scalar(select(func.count()).select_from(Comment)) == 1


def test_the_address_of_a_comment_leads_to_where_it_can_be_read(client):
    resident, issue = f.a_resident(), f.an_issue()
    top = f.a_comment(resident, issue, "主帖")
    replies = [f.a_comment(resident, issue, f"第{number}条", reply_to=top) for number in range(28)]
    browser = client()
    assert browser.get(f"/comments/{top}").location == f"/issues/{issue}#comment-{top}"
    assert browser.get(f"/comments/{replies[0]}").location == f"/issues/{issue}#comment-{replies[0]}"
    for reply in (replies[6], replies[27]):
        target = browser.get(f"/comments/{reply}").location
        assert f'id="comment-{reply}"' in browser.get(target).text


def test_english_pages_of_a_discussion_show_no_chinese_of_ours(client):
    issue = f.an_issue(title="Lamp")
    f.a_comment(f.a_resident("Ann"), issue, "dark")
    browser = client()
    browser.set_cookie("language", "en")
    page = browser.get(f"/comments/issue/{issue}").text
    assert "Discussion" in page
    section = page[page.index('id="discussion"') : page.index("</section>", page.index('id="discussion"'))]
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in section)
