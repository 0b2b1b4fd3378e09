"""Reporting over pages and API; holds that organised reporting cannot abuse; allowances."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from gongzhi.domains.comments.models import Comment
from gongzhi.domains.moderation import jobs
from gongzhi.domains.moderation.models import ModerationReport
from gongzhi.kernel import clock
from tests import factories as f
from tests.at_once import at_once

from .world import a_moderator, api, case_of, decide, measures_of, of_long_standing, report

pytestmark = pytest.mark.usefixtures("app")
MORNING = "2026-03-02T01:00:00+00:00"


def test_a_report_needs_a_reason_and_an_account_and_its_sender_stays_unknown_to_the_author(client):
    author, reporter = f.a_resident("李文"), f.a_resident("周明")
    comment = f.a_comment(author, f.an_issue(), "你们都是骗子!")
    address = f"/moderation/report/comment/{comment}"
    visitor = client().get(address)
    assert visitor.status_code == 200 and "tel:110" in visitor.text
    assert client().post(address, data={"ground": "insult"}).status_code in (302, 401)
    assert client(reporter).post(address, data={}).status_code == 422
    assert client(reporter).post(address, data={"ground": "other", "words": ""}).status_code == 422
    sent = client(reporter).post(address, data={"ground": "insult", "words": "骂人"})
    assert sent.status_code == 302
    again = client(reporter).post(address, data={"ground": "insult"})
    assert again.status_code == 409
    own = client(author).post(address, data={"ground": "insult"})
    assert own.status_code == 422
    decide(a_moderator(), case_of(comment).id, "warn", "insult")
    measure = measures_of(case_of(comment).id)[0]
    shown = client(author).get(f"/moderation/measures/{measure.id}").text
    assert "周" not in shown.split("<main")[1] and "骂人" not in shown
    assert api(client, reporter, "GET", "/me/reports").json["items"][0]["outcome"] == "upheld"
    assert client(author).get(f"/moderation/cases/{case_of(comment).id}").status_code == 404


def test_one_report_a_person_and_thing_even_at_once(client):
    reporter, comment = f.a_resident(), f.a_comment(f.a_resident(), f.an_issue())
    body = {"kind": "comment", "subject": comment, "ground": "insult"}
    answers = at_once(*[lambda: api(client, reporter, "POST", "/reports", body).status_code] * 4)
    assert sorted(answers) == [201, 409, 409, 409]
    with f.reading() as session:
        assert session.scalar(select(func.count()).select_from(ModerationReport)) == 1
    assert case_of(comment).reports == 1


@pytest.mark.parametrize("subject", ["0000000000000", "elsewhere", "account"])
def test_what_one_may_not_see_cannot_be_reported(client, subject):
    kind, reporter = "issue", f.a_resident()
    if subject == "elsewhere":
        subject = f.an_issue()
        reporter = f.a_resident(district_id=f.a_district("500106", "沙坪坝区", "Shapingba").id)
    if subject == "account":
        kind, subject = "account", f.a_resident().id
    body = {"kind": kind, "subject": subject, "ground": "insult"}
    assert api(client, reporter, "POST", "/reports", body).status_code == 404
    assert client(reporter).get(f"/moderation/report/{kind}/{subject}").status_code == 404


def test_three_independent_residents_fold_it_up_and_it_is_shown_again_after_a_day(client):
    with time_machine.travel(MORNING, tick=False) as moment:
        author, issue = f.a_resident(), f.an_issue()
        comment = f.a_comment(author, issue, "开锁找我")
        for number in range(3):
            report(of_long_standing(number), comment, ground="advertising")
            moment.shift(timedelta(minutes=30))
        (shown,) = client().get(f"/api/v1/issues/{issue}/comments").json["items"]
        assert (shown["moderation"], shown["body"]) == ("held", "开锁找我")
        assert "<details" in client().get(f"/issues/{issue}").text.split(f'id="comment-{comment}"')[1]
        moment.shift(timedelta(hours=25))
        jobs.sweep()
        jobs.sweep()
        assert [one.kind for one in measures_of(case_of(comment).id)] == ["hold", "release"]
        (shown,) = client().get(f"/api/v1/issues/{issue}/comments").json["items"]
        assert shown["moderation"] is None
        for number in range(3, 6):
            report(of_long_standing(number), comment, ground="advertising")
            moment.shift(timedelta(minutes=30))
        assert case_of(comment).mark is None
        # New words are another matter.
        with f.writing() as session:
            session.get_one(Comment, comment).body = "开锁找我,新号码"
        for number in range(6, 9):
            report(of_long_standing(number), comment, ground="advertising")
            moment.shift(timedelta(minutes=30))
        assert case_of(comment).mark == "held"


def test_an_office_and_a_crowd_of_new_accounts_cannot_silence_a_critic():
    office = f.an_office(f.places().subdistrict)
    critic = f.a_comment(f.a_resident(), f.an_issue(), "街道办这次做得很差。")
    for _each in range(4):
        official = f.an_official(office)
        report(official, critic)
    for _each in range(12):
        report(f.a_resident(level=1), critic)
    report(f.an_official(office).for_oneself(), critic)
    found = case_of(critic)
    assert found.mark is None and found.reports == 17
    assert found.weight < 1


def test_an_author_is_held_by_itself_at_most_three_times_a_week():
    with time_machine.travel(MORNING, tick=False) as moment:
        author, issue = f.a_resident(), f.an_issue()
        held = []
        for round_ in range(4):
            comment = f.a_comment(author, issue, f"第{round_}句话")
            for number in range(3):
                report(of_long_standing(round_ * 3 + number), comment)
                moment.shift(timedelta(minutes=30))
            held.append(case_of(comment).mark)
        assert held == ["held", "held", "held", None]


def test_new_unverified_accounts_write_little_and_are_told_when_again(client):
    newcomer, resident, issue = f.a_resident(level=1), f.a_resident(), f.an_issue()
    for number in range(15):
        f.a_comment(newcomer, issue, f"第{number}条")
    body = {"body": "再来一条"}
    refused = api(client, newcomer, "POST", f"/issues/{issue}/comments", body)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0 and refused.json["type"].endswith("too-many")
    assert client(newcomer).post(f"/comments/issue/{issue}", data={**body, "stance": "neutral"}).status_code == 429
    for number in range(16):
        f.a_comment(resident, issue, f"第{number}条")
    links = {"body": "http://a.example http://b.example http://c.example http://d.example"}
    other = f.a_resident(level=1)
    assert api(client, other, "POST", f"/issues/{issue}/comments", links).status_code == 429
    # What was refused cost nothing.
    assert api(client, other, "POST", f"/issues/{issue}/comments", body).status_code == 201


def test_the_days_allowance_holds_at_once(client):
    newcomer, issue = f.a_resident(level=1), f.an_issue()
    for number in range(13):
        f.a_comment(newcomer, issue, f"第{number}条")
    answers = at_once(
        *[lambda: api(client, newcomer, "POST", f"/issues/{issue}/comments", {"body": "一起"}).status_code] * 5
    )
    assert sorted(answers) == [201, 201, 429, 429, 429]


def test_network_marks_are_forgotten_after_a_month(client):
    with time_machine.travel(MORNING, tick=False) as moment:
        person = f.a_resident()
        made = client().post("/api/v1/tokens", json={"login": person.login, "password": person.password})
        assert made.status_code == 201
        assert [one.network != "" for one in f.sessions_of(person)] == [True]
        assert "127.0.0" not in f.sessions_of(person)[0].network
        moment.shift(timedelta(days=31))
        jobs.keep_house()
        assert [one.network for one in f.sessions_of(person)] == [""]
    assert clock.now()
