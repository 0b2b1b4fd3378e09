"""Appeals go to somebody else, once, in time; a reversal gives everything back; figures tell of nobody."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from gongzhi.domains.moderation import jobs
from gongzhi.domains.moderation.models import ModerationAppeal, ModerationReport
from gongzhi.kernel.events import OutboxEvent
from gongzhi.reactions.notices.models import Notice
from tests import factories as f
from tests.at_once import at_once

from .world import a_moderator, api, case_of, decide, measures_of, report

pytestmark = pytest.mark.usefixtures("app")
MORNING = "2026-03-02T01:00:00+00:00"


@pytest.fixture
def hidden():
    """A comment that was hidden, by whom, its author and the measure."""
    author, first = f.a_resident(), a_moderator()
    issue = f.an_issue()
    comment = f.a_comment(author, issue, "街道办这次做得很差,王小明")
    report(f.a_resident(), comment)
    return issue, comment, author, first, decide(first, case_of(comment).id, "hide", "insult")


def appeal(client, author, measure, words="这是批评,不是辱骂。"):
    """Appeal over the API."""
    return api(client, author, "POST", f"/measures/{measure}/appeal", {"words": words})


def answer(client, moderator, appeal_id, outcome, **more):
    """Decide over the API."""
    body = {"outcome": outcome, "reason": "重新看过全文。", **more}
    return api(client, moderator, "POST", f"/moderation/appeals/{appeal_id}/decision", body)


def test_an_appeal_is_the_authors_once_and_within_fifteen_days(client, hidden):
    _issue, _comment, author, first, measure = hidden
    assert appeal(client, f.a_resident(), measure).status_code == 404
    with time_machine.travel(measures_of_time(measure) + timedelta(days=17)):
        assert appeal(client, author, measure).status_code == 409
    answers = at_once(*[lambda: appeal(client, author, measure).status_code] * 3)
    assert sorted(answers) == [201, 409, 409]
    page = client(author).get(f"/moderation/measures/{measure}").text
    assert "这是批评" in page
    assert client(first).get("/moderation/appeals").status_code == 200


def measures_of_time(measure_id):
    """When a measure was taken."""
    from gongzhi.domains.moderation.models import ModerationMeasure

    with f.reading() as session:
        return session.get_one(ModerationMeasure, measure_id).at


def test_whoever_took_the_measure_does_not_decide_the_appeal_and_a_reversal_gives_all_back(client, hidden):
    issue, comment, author, first, measure = hidden
    key = appeal(client, author, measure).json["id"]
    assert answer(client, first, key, "upheld").status_code == 403
    assert answer(client, f.a_resident(), key, "upheld").status_code == 404
    second = a_moderator()
    assert answer(client, second, key, "reversed").status_code == 200
    assert answer(client, second, key, "upheld").status_code == 409
    (shown,) = client().get(f"/api/v1/issues/{issue}/comments").json["items"]
    assert shown["body"] == "街道办这次做得很差,王小明"
    with f.reading() as session:
        assert session.scalars(select(ModerationReport.outcome)).all() == ["rejected"]
    f.deliver()
    with f.reading() as session:
        told = session.scalars(select(Notice.text).where(Notice.account_id == author.id)).all()
    assert "moderation.appeal_reversed" in told
    assert [one.kind for one in measures_of(case_of(comment).id)] == ["hide", "restore"]


@pytest.mark.parametrize(
    ("more", "body"),
    [({"passages": ["王小明"]}, "街道办这次做得很差,▇▇▇"), ({}, "街道办这次做得很差,王小明")],
)
def test_a_change_is_milder(client, hidden, more, body):
    issue, _comment, author, _first, measure = hidden
    key = appeal(client, author, measure).json["id"]
    assert answer(client, a_moderator(), key, "changed", **more).status_code == 200
    (shown,) = client().get(f"/api/v1/issues/{issue}/comments").json["items"]
    assert shown["body"] == body


def test_a_suspension_is_shortened_or_ended_by_an_appeal(client):
    author, first, issue = f.a_resident(), a_moderator(), f.an_issue()
    comment = f.a_comment(author, issue, "骂人的话")
    report(f.a_resident(), comment)
    measure = decide(first, case_of(comment).id, "suspend", "insult", days=7)
    key = appeal(client, author, measure).json["id"]
    second = a_moderator()
    assert answer(client, second, key, "changed", days=30).status_code == 422
    assert answer(client, second, key, "changed", days=1).status_code == 200
    with time_machine.travel(measures_of_time(measure) + timedelta(days=2)):
        assert api(client, author, "POST", f"/issues/{issue}/comments", {"body": "好的"}).status_code == 201
    other = f.a_comment(author_free := f.a_resident(), issue, "又骂人")
    report(f.a_resident(), other)
    measure = decide(first, case_of(other).id, "suspend", "insult", days=1)
    key = appeal(client, author_free, measure).json["id"]
    assert answer(client, second, key, "reversed").status_code == 200
    assert api(client, author_free, "POST", f"/issues/{issue}/comments", {"body": "好的"}).status_code == 201


def test_an_overdue_appeal_goes_to_the_administrators_once(client, hidden):
    _issue, _comment, author, _first, measure = hidden
    admin = f.an_admin()
    key = appeal(client, author, measure).json["id"]
    jobs.sweep()
    with time_machine.travel(measures_of_time(measure) + timedelta(days=10)):
        jobs.sweep()
        jobs.sweep()
        f.deliver()
    with f.reading() as session:
        assert session.get_one(ModerationAppeal, key).escalated_at is not None
        told = session.scalars(select(Notice.text).where(Notice.account_id == admin.id)).all()
    assert told.count("moderation.appeal_overdue") == 1
    assert answer(client, admin, key, "upheld").status_code == 200


def test_last_months_figures_are_published_once_and_small_ones_are_hidden(client):
    with time_machine.travel(MORNING, tick=False) as moment:
        moderator, issue = a_moderator(), f.an_issue()
        for number in range(6):
            comment = f.a_comment(f.a_resident(), issue, f"广告{number}")
            report(f.a_resident(), comment, ground="advertising")
            moment.shift(timedelta(hours=2))
            decide(moderator, case_of(comment).id, "hide" if number else "warn", "advertising")
        running = client().get("/api/v1/moderation/statistics").json["running"]
        assert (running["reports"]["advertising"], running["measures"]["hide"]) == (6, 5)
        assert (running["measures"]["warn"], running["measures"]["suspend"]) == ("<5", 0)
        assert running["median_hours"] == 2.0 and running["appeals"]["share"] is None
        moment.move_to("2026-04-02T01:00:00+00:00")
        at_once(jobs.keep_house, jobs.keep_house)
        published = client().get("/api/v1/moderation/statistics").json["published"]
        assert [one["month"] for one in published] == ["2026-03"]
        assert published[0] == running
        with f.reading() as session:
            (event,) = session.scalars(
                select(OutboxEvent).where(OutboxEvent.kind == "moderation.statistics_published")
            ).all()
        assert json.loads(event.payload["statistics"]) == published[0]
        page = client().get("/moderation").text
        assert "2026-03" in page and "&lt;5" in page
