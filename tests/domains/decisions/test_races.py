"""Two at once: numbers stay unique, one approval counts, no objection is left open."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from gongzhi.domains.decisions.models import Decision
from tests import factories as f
from tests.at_once import at_once
from tests.domains.decisions.steps import on_notice, run_jobs

pytestmark = pytest.mark.usefixtures("app")


def test_numbers_are_unique_however_many_are_approved_at_once(app, office):
    author, second, _third = office
    issue = f.an_issue()
    decisions = [f.a_decision(author, [issue], title=f"第{number}项决定") for number in range(6)]
    for decision in decisions:
        f.step(author, decision, "submit")
    headers = {"Cookie": ""}
    browsers = [f.sign_in(app.test_client(), second) for _ in decisions]
    tokens = [{"X-CSRFToken": browser.csrf_token(), **headers} for browser in browsers]
    answers = at_once(
        *(
            lambda browser=browser, decision=decision, token=token: (
                browser.post(
                    f"/decisions/{decision}/approve", headers={"X-CSRFToken": token["X-CSRFToken"]}
                ).status_code
            )
            for browser, decision, token in zip(browsers, decisions, tokens, strict=True)
        )
    )
    assert answers == [302] * 6
    with f.reading() as session:
        numbers = sorted(session.get_one(Decision, key).number for key in decisions)
    year = numbers[0][:4]
    assert numbers == [f"{year}-{count:05d}" for count in range(1, 7)]


def test_approved_twice_at_once_counts_once(app, office):
    author, second, third = office
    decision = f.a_decision(author, [f.an_issue()])
    f.step(author, decision, "submit")
    browsers = [f.sign_in(app.test_client(), person) for person in (second, third)]
    tokens = [browser.csrf_token() for browser in browsers]
    answers = at_once(
        *(
            lambda browser=browser, token=token: (
                browser.post(f"/decisions/{decision}/approve", headers={"X-CSRFToken": token}).status_code
            )
            for browser, token in zip(browsers, tokens, strict=True)
        )
    )
    assert sorted(answers) == [302, 409]


def test_an_objection_and_the_publication_at_once_never_leave_an_open_objection(app, morning, office):
    author, second, _third = office
    decision = on_notice(author, second, notice_days=3)
    morning.shift(timedelta(days=3, hours=14, minutes=59))
    objector = f.sign_in(app.test_client(), f.a_resident())
    token = objector.csrf_token()

    def objects():
        return objector.post(
            f"/decisions/{decision}/objections", data={"body": "照明时间太短。"}, headers={"X-CSRFToken": token}
        ).status_code

    def publishes():
        morning.shift(timedelta(minutes=2))
        run_jobs(app)

    at_once(objects, publishes)
    with f.reading() as session:
        open_ones = session.scalar(text("SELECT count(*) FROM decision_objection WHERE answered_at IS NULL"))
        published = session.get_one(Decision, decision).state == "published"
    assert not (published and open_ones)
