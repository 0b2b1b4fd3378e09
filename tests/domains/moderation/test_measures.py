"""Hide, cover, warn, suspend, restore: always with a reason, the words nowhere, the original kept and looks noted."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from gongzhi.domains.moderation import actions
from gongzhi.domains.moderation.models import ModerationOriginal, OriginalLook
from gongzhi.domains.moderation.queries import access_case
from gongzhi.kernel import clock
from gongzhi.kernel.errors import Conflict, NotPermitted
from gongzhi.reactions.notices.models import Notice
from tests import factories as f
from tests.at_once import at_once

from .world import REASON, a_moderator, api, case_of, decide, measures_of, report

pytestmark = pytest.mark.usefixtures("app")
MORNING = "2026-03-02T01:00:00+00:00"
SECRET = "王小明的电话是13800000000"


def notices(person):
    """The sentences in somebody's inbox."""
    f.deliver()
    with f.reading() as session:
        return list(session.scalars(select(Notice.text).where(Notice.account_id == person.id)))


@pytest.fixture
def scene():
    """A comment with somebody's number, its author, who reported it, and a moderator."""
    people = {"author": f.a_resident("李文"), "reporter": f.a_resident("周明"), "moderator": a_moderator()}
    issue = f.an_issue()
    comment = f.a_comment(people["author"], issue, f"找他去:{SECRET}")
    f.edit_comment(people["author"], comment, f"都找他去:{SECRET}", version=1)
    report(people["reporter"], comment, ground="privacy")
    return issue, comment, people


def everywhere(client, issue, comment, reader=None):
    """All that is served of the issue and its discussion, to this reader."""
    browser = client(reader) if reader else client()
    pages = (
        f"/issues/{issue}",
        f"/comments/issue/{issue}",
        f"/comments/{comment}/versions",
        f"/comments/replies/{comment}",
        f"/api/v1/issues/{issue}/comments",
        "/api/v1/search?q=13800000000",
        "/search?q=13800000000",
        f"/api/v1/issues/{issue}/trace",
        "/",
    )
    return "".join(browser.get(page).text for page in pages)


def test_a_hidden_comment_is_nowhere_and_its_author_reads_why_with_the_own_words(client, scene):
    issue, comment, people = scene
    f.deliver()
    assert SECRET in everywhere(client, issue, comment)
    measure = decide(people["moderator"], case_of(comment).id, "hide")
    f.deliver()
    for reader in (None, people["reporter"], people["author"], people["moderator"]):
        assert "13800000000的" not in everywhere(client, issue, comment, reader)
        assert SECRET not in everywhere(client, issue, comment, reader)
    page = client().get(f"/issues/{issue}").text
    assert "该内容因「泄露个人信息」被隐藏。" in page
    own = client(people["author"]).get(f"/moderation/measures/{measure}")
    assert SECRET in own.text and REASON in own.text
    assert own.headers["Cache-Control"] == "no-store" and own.mimetype == "text/html"
    assert client(people["reporter"]).get(f"/moderation/measures/{measure}").status_code == 404
    assert "moderation.hide" in notices(people["author"])
    assert "moderation.report_upheld" in notices(people["reporter"])
    refused = api(client, people["author"], "PATCH", f"/comments/{comment}", {"body": SECRET, "version": 2})
    assert refused.status_code == 409
    assert api(client, people["reporter"], "PUT", f"/comments/{comment}/reaction", {"kind": "agree"}).status_code in (
        404,
        405,
        409,
    )


def test_what_was_hidden_comes_back_whole_with_its_earlier_versions_and_counts(client, scene):
    issue, comment, people = scene
    count = client().get(f"/api/v1/issues/{issue}").json["comment_count"]
    decide(people["moderator"], case_of(comment).id, "hide")
    assert client().get(f"/api/v1/issues/{issue}").json["comment_count"] == count - 1
    decide(people["moderator"], case_of(comment).id, "restore")
    assert client().get(f"/api/v1/issues/{issue}").json["comment_count"] == count
    (shown,) = client().get(f"/api/v1/issues/{issue}/comments").json["items"]
    assert (shown["body"], shown["moderation"]) == (f"都找他去:{SECRET}", None)
    assert f"找他去:{SECRET}" in client().get(f"/comments/{comment}/versions").text


def test_a_covered_passage_leaves_the_rest_and_can_grow(client, scene):
    issue, comment, people = scene
    decide(people["moderator"], case_of(comment).id, "redact", passages=["13800000000"])
    (shown,) = client().get(f"/api/v1/issues/{issue}/comments").json["items"]
    assert shown["body"] == "都找他去:王小明的电话是" + "▇" * 11
    assert "13800000000" not in client().get(f"/issues/{issue}").text
    assert "13800000000" not in client().get(f"/comments/{comment}/versions").text
    decide(people["moderator"], case_of(comment).id, "redact", passages=["13800000000", "王小明"])
    (shown,) = client().get(f"/api/v1/issues/{issue}/comments").json["items"]
    assert shown["body"] == "都找他去:▇▇▇的电话是" + "▇" * 11
    decide(people["moderator"], case_of(comment).id, "restore")
    (shown,) = client().get(f"/api/v1/issues/{issue}/comments").json["items"]
    assert shown["body"] == f"都找他去:{SECRET}"


def test_a_hidden_issue_leaves_lists_and_says_why_at_its_address(client):
    author, moderator = f.a_resident(), a_moderator()
    issue = f.an_issue(author, title="举报王小明13800000000")
    report(f.a_resident(), issue, kind="issue", ground="privacy")
    decide(moderator, case_of(issue).id, "hide")
    f.deliver()
    for path in (f"/issues/{issue}", "/issues", "/", "/api/v1/issues", "/search?q=王小明", "/api/v1/search?q=王小明"):
        assert "举报王小明" not in client().get(path).text.replace("q=王小明", "")
    page = client().get(f"/issues/{issue}")
    assert page.status_code == 200 and "泄露个人信息" in page.text
    assert client().get(f"/api/v1/issues/{issue}").status_code == 404
    assert client(f.a_resident()).post(f"/issues/{issue}/vote", data={"choice": "support"}).status_code == 404
    own = client(author).get(f"/issues/{issue}")
    assert own.status_code == 200 and "举报王小明" not in own.text
    refused = api(client, author, "PATCH", f"/issues/{issue}", {"title": "举报王小明13800000000", "version": 2})
    assert refused.status_code == 409
    decide(moderator, case_of(issue).id, "restore")
    assert "举报王小明13800000000" in client().get(f"/issues/{issue}").text


@pytest.mark.parametrize("kind", ["dismiss", "hide", "redact", "warn", "suspend"])
def test_every_measure_needs_a_reason_and_a_ground(client, scene, kind):
    _issue, comment, people = scene
    case_id = case_of(comment).id
    body = {"kind": kind, "ground": "privacy", "reason": " ", "passages": ["13800000000"], "days": 1}
    assert api(client, people["moderator"], "POST", f"/moderation/cases/{case_id}/measures", body).status_code == 422
    assert measures_of(case_id) == []
    body["reason"] = REASON
    answer = api(client, people["moderator"], "POST", f"/moderation/cases/{case_id}/measures", body)
    assert answer.status_code == 201
    (measure,) = measures_of(case_id)
    assert (measure.kind, measure.reason, measure.role) == (kind, REASON, "moderator")


def test_nobody_decides_in_their_own_matter(client):
    office = f.an_office(f.places().subdistrict)
    author = f.with_role(f.a_resident(), "moderator")
    reporter = f.with_role(f.a_resident(), "moderator")
    talker = f.with_role(f.a_resident(), "moderator")
    official = f.with_role(f.an_official(office), "moderator")
    elsewhere = a_moderator(f.places().far_community)
    issue = f.an_issue()
    with f.writing() as session:
        from gongzhi.domains.issues.models import Issue

        session.get_one(Issue, issue).office_id = office.id
    comment = f.a_comment(author, issue, "街道办不作为")
    f.a_comment(talker, issue)
    report(reporter, comment)
    case_id = case_of(comment).id
    for party in (reporter, talker, official, official.for_oneself()):
        with pytest.raises(NotPermitted):
            decide(party, case_id, "hide")
        assert client(party).get(f"/moderation/cases/{case_id}").status_code == 200
    for outsider in (author, elsewhere, f.a_resident(), f.an_official()):
        assert client(outsider).get(f"/moderation/cases/{case_id}").status_code == 404
    assert decide(a_moderator(f.places().subdistrict), case_id, "dismiss")


def test_two_moderators_do_not_work_on_the_same_case(client, scene):
    _issue, comment, people = scene
    case_id, other = case_of(comment).id, a_moderator()
    assert client(people["moderator"]).post(f"/moderation/cases/{case_id}/claim").status_code == 302
    assert client(other).post(f"/moderation/cases/{case_id}/claim").status_code == 409
    with pytest.raises(Conflict):
        decide(other, case_id, "hide")
    with time_machine.travel(clock.now() + timedelta(minutes=31)):
        assert decide(other, case_id, "hide")


def test_two_measures_at_once_keep_the_originals_once(scene):
    _issue, comment, people = scene
    case_id, other = case_of(comment).id, a_moderator()
    results = at_once(*[lambda who=who: decide(who, case_id, "hide") for who in (people["moderator"], other)])
    assert sum(isinstance(one, Conflict) for one in results) == 1
    with f.reading() as session:
        kept = session.scalars(select(ModerationOriginal.text)).all()
    assert sorted(kept) == sorted([f"都找他去:{SECRET}", f"找他去:{SECRET}"])


def test_each_look_at_an_original_is_noted_for_good(client, scene):
    _issue, comment, people = scene
    case_id = case_of(comment).id
    decide(people["moderator"], case_id, "hide")
    auditor = f.with_role(f.a_resident("方正"), "auditor")
    assert SECRET not in client(auditor).get(f"/moderation/cases/{case_id}").text
    assert SECRET in client(auditor).post(f"/moderation/cases/{case_id}/originals").text
    with f.reading() as session:
        looks = session.execute(select(OriginalLook.reader_id, OriginalLook.role)).all()
    assert looks == [(auditor.id, "auditor")]
    assert client(f.a_resident()).post(f"/moderation/cases/{case_id}/originals").status_code == 404
    assert client(auditor).post(f"/moderation/cases/{case_id}", data={"kind": "restore"}).status_code == 403


@pytest.mark.parametrize("table", ["moderation_measure", "moderation_original", "moderation_look"])
def test_the_database_itself_keeps_what_was_decided_and_looked_at(client, scene, table):
    _issue, comment, people = scene
    case_id = case_of(comment).id
    decide(people["moderator"], case_id, "hide")
    client(people["moderator"]).post(f"/moderation/cases/{case_id}/originals")
    column = {"moderation_measure": "reason", "moderation_original": "text", "moderation_look": "role"}[table]
    for statement in (f"UPDATE {table} SET {column} = 'x'", f"DELETE FROM {table}"):
        with pytest.raises(DBAPIError), f.writing() as session:
            session.execute(text(statement))


def test_a_suspended_account_reads_and_appeals_and_writes_nothing(client, scene):
    issue, comment, people = scene
    author = people["author"]
    browser = client(author)
    measure = decide(people["moderator"], case_of(comment).id, "suspend", days=7)
    for method, path, body in (
        ("POST", f"/issues/{issue}/comments", {"body": "还想说"}),
        ("PUT", f"/issues/{issue}/vote", {"choice": "support"}),
        ("POST", "/reports", {"kind": "issue", "subject": issue, "ground": "insult"}),
        ("PUT", f"/issues/{issue}/follow", None),
    ):
        refused = api(client, author, method, path, body)
        assert refused.status_code in (403, 405)
        if refused.status_code == 403:
            assert refused.json["type"].endswith("suspended")
    assert browser.post(f"/issues/{issue}/vote", data={"choice": "support"}).status_code == 403
    assert browser.post("/account/name", data={"name": "新名字"}).status_code in (403, 404)
    for path in (
        f"/issues/{issue}",
        "/my",
        "/notices",
        "/moderation/mine",
        f"/moderation/measures/{measure}",
        "/account",
    ):
        assert browser.get(path).status_code == 200
    assert (
        browser.post(f"/moderation/measures/{measure}/appeal", data={"words": "我没有骂人,请再看"}).status_code == 302
    )
    with time_machine.travel(clock.now() + timedelta(days=8)):
        assert api(client, author, "POST", f"/issues/{issue}/comments", {"body": "回来了"}).status_code == 201


def test_an_administrator_is_not_suspended_and_a_first_suspension_is_short():
    admin, moderator = f.an_admin(), a_moderator()
    comment = f.a_comment(admin, f.an_issue(), "胡说")
    report(f.a_resident(), comment)
    with pytest.raises(Conflict):
        decide(moderator, case_of(comment).id, "suspend", days=1)


def test_chosen_rows_are_decided_together_and_what_cannot_be_is_named(client):
    moderator, issue = a_moderator(), f.an_issue()
    comments = [f.a_comment(f.a_resident(), issue, f"广告{number}") for number in range(3)]
    for comment in comments:
        report(f.a_resident(), comment, ground="advertising")
    own = f.a_comment(f.a_resident(), issue, "我举报的")
    report(moderator, own)
    ids = [case_of(comment).id for comment in (*comments, own)]
    browser = client(moderator)
    form = {"kind": "hide", "ground": "advertising", "reason": "广告,与事项无关。"}
    assert browser.post("/moderation/desk", data=form).status_code == 422
    assert browser.post("/moderation/desk", data={**form, "reason": "", "case": ids}).status_code == 422
    assert browser.post("/moderation/desk", data={**form, "case": ids}).status_code == 302
    assert [case_of(comment).mark for comment in (*comments, own)] == ["hidden"] * 3 + [None]
    assert "举报" in browser.get("/moderation/desk").text


def test_the_queue_is_ordered_by_deadline_filtered_paged_and_costs_the_same_however_long(client, sql_count):
    moderator, issue = a_moderator(), f.an_issue()
    for number in range(25):
        report(f.a_resident(), f.a_comment(f.a_resident(), issue, f"第{number}条"))
    urgent = f.a_comment(f.a_resident(), issue, "孩子的照片")
    report(f.a_resident(), urgent, ground="minors")
    browser = client(moderator)
    first = browser.get("/moderation/desk").text
    assert first.index("孩子的照片") < first.index("第0条")
    browser.get("/moderation/desk")
    with sql_count() as statements:
        browser.get("/moderation/desk")
    assert len(statements) <= 9, statements
    only = browser.get("/moderation/desk?urgent=1").text
    assert "孩子的照片" in only and "第0条" not in only
    assert "第0条" not in browser.get("/moderation/desk?kind=issue").text
    listed, cursor = [], ""
    while True:
        page = api(client, moderator, "GET", f"/moderation/cases?limit=10{cursor}").json
        listed += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert len(listed) == len(set(listed)) == 26
    assert client(f.a_resident()).get("/moderation/desk").status_code == 403


def test_hints_are_shown_to_moderators_and_change_nothing(client):
    moderator, issue = a_moderator(), f.an_issue()
    words = "低价开锁换锁,加微信,http://spam.example/a 随叫随到,全城服务"
    spam = f.a_comment(f.a_resident(level=1), issue, words)
    f.a_comment(f.a_resident(level=1), issue, words + "!")
    report(f.a_resident(), spam, ground="advertising")
    answer = client(moderator).get(f"/moderation/cases/{case_of(spam).id}")
    assert answer.mimetype == "text/html"
    page = answer.text
    assert "新账号" in page
    assert case_of(spam).mark is None and measures_of(case_of(spam).id) == []


def test_words_of_objections_ratings_news_and_organisations_can_be_covered(client):
    moderator = a_moderator()
    company = f.an_enterprise("某公司")
    with f.writing() as session:
        from gongzhi.domains.people.models import Organisation

        session.get_one(Organisation, company.acts_for).about = "全城最低价,电话13800000000"
    report(f.a_resident(), company.acts_for, kind="organisation", ground="advertising")
    decide(moderator, case_of(company.acts_for).id, "redact", "advertising", passages=["13800000000"])
    page = client().get(f"/organisations/{company.acts_for}").text
    assert "全城最低价" in page and "13800000000" not in page
    decide(moderator, case_of(company.acts_for).id, "hide", "advertising")
    assert "全城最低价" not in client().get(f"/organisations/{company.acts_for}").text
    author = f.a_resident("骂人的名字")
    comment = f.a_comment(author, f.an_issue())
    report(f.a_resident(), comment)
    opened = client(moderator).post(f"/moderation/cases/{case_of(comment).id}/name")
    assert opened.status_code == 302
    decide(moderator, case_of(author.id).id, "hide", "insult")
    assert f.actor_of(author).name == "匿名用户"
    decide(moderator, case_of(author.id).id, "restore", "insult")
    assert f.actor_of(author).name == "骂人的名字"


def test_an_account_that_is_suspended_is_so_in_the_next_request_of_a_signed_in_page(client, scene):
    issue, comment, people = scene
    browser = client(people["author"])
    assert browser.post(f"/issues/{issue}/vote", data={"choice": "support"}).status_code == 302
    decide(people["moderator"], case_of(comment).id, "suspend", days=1)
    assert browser.post(f"/issues/{issue}/vote", data={"choice": "oppose"}).status_code == 403
    actor = f.actor_of(people["author"])
    with f.reading() as session, pytest.raises(NotPermitted):
        actions.claim(session, actor, access_case(session, f.actor_of(people["moderator"]), case_of(comment).id))
