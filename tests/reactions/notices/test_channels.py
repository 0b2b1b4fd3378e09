"""Urgent things at once, the rest in one digest a day; where, when and whether at all is each person's to say."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from gongzhi.domains.people.models import Account, AccountState
from gongzhi.kernel.carriers import NotNow, Refused, Uncertain
from gongzhi.reactions.notices import channels
from gongzhi.reactions.notices.hours import Schedule
from tests import factories as f
from tests.reactions.notices.channels import (
    A_DAY,
    NEXT_MORNING,
    NIGHT,
    NOON,
    Keeper,
    answered,
    at,
    carried_by,
    chosen,
    commented,
    deliveries,
    items,
    run,
    with_phone,
)

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def keeper():
    carrier = Keeper()
    with carried_by(mail=carrier, sms=carrier):
        yield carrier


def test_the_answer_to_ones_own_issue_comes_at_once_and_once(app, keeper):
    author, follower = f.a_resident(), f.a_resident()
    with at(NOON):
        issue = f.an_issue(author)
        f.follow(follower, issue)
        answered(issue)
        assert run(app) == 1
        assert run(app) == 0
    (letter,) = keeper.to(author)
    assert "答复了您的议题“石阶里路灯不亮”" in letter.subject
    assert f"/issues/{issue}" in letter.text
    assert keeper.to(follower) == [], "to others it is no emergency: it waits for the digest"
    assert len(items(follower)) == 1


def test_what_is_not_urgent_comes_in_one_digest_by_issue_newest_first(app, keeper):
    author = f.a_resident()
    with at(NOON):
        lamp, steps = f.an_issue(author, title="路灯不亮"), f.an_issue(author, title="石阶松动")
        commented(lamp)
    with at(NOON + timedelta(hours=1)):
        commented(steps)
    with at(NOON + timedelta(hours=2)):
        commented(lamp)
        assert run(app) == 0, "nothing before the hour of the digest"
    with at(NEXT_MORNING):
        assert run(app) == 1
        assert run(app) == 0
    (letter,) = keeper.to(author)
    assert letter.subject == "您关注的 2 件事有新进展"
    assert letter.text.index("路灯不亮") < letter.text.index("石阶松动"), "the thing with the newest comes first"
    assert letter.text.index("14:00") < letter.text.index("12:00"), "and so within it"
    assert letter.html.count("<h2>") == 2
    assert "<img" not in letter.html


def test_there_is_never_an_empty_digest(app, client, keeper):
    reader, silent, muted = f.a_resident(), f.a_resident(), f.a_resident()
    with at(NOON):
        for person in (reader, muted):
            commented(f.an_issue(person))
        browser = client(reader)
        browser.post("/notices/read")
        chosen(muted, {("comment", "mail"): False})
    with at(NEXT_MORNING):
        assert run(app) == 0
    assert keeper.letters == []
    assert deliveries(silent) == []
    assert [one.state for one in deliveries(reader)] == ["dropped"], "what was read in the inbox is no news"
    assert [one.error for one in deliveries(muted)] == ["nothing wanted"], "a stop counts for what waits as well"


def test_each_gets_the_digest_at_their_hour_and_in_their_language(app, client, keeper):
    early, english = f.a_resident(), f.a_resident()
    with at(NOON):
        client(english).post("/preferences", data={"language": "en"})
        hours = {"quiet": "y", "quiet_from": "22:00", "quiet_until": "06:00", "digest_hour": "19"}
        assert client(early).post("/notices/hours", data=hours).status_code == 302
        for person in (early, english):
            commented(f.an_issue(person))
    with at(NOON + timedelta(hours=7, minutes=1)):
        assert run(app) == 1
        assert len(keeper.to(early)) == 1
    with at(NEXT_MORNING):
        assert run(app) == 1
    assert keeper.to(english)[0].subject == "1 thing you follow has moved on"
    assert "No more mail of this kind" in keeper.to(english)[0].text


def test_the_hour_changed_after_todays_digest_gives_no_second_one_today(app, client, keeper):
    person = f.a_resident()
    with at(NOON):
        issue = f.an_issue(person)
        commented(issue)
    with at(NEXT_MORNING):
        assert run(app) == 1
        commented(issue)
        hours = {"quiet_from": "22:00", "quiet_until": "06:00", "digest_hour": "12"}
        client(person).post("/notices/hours", data=hours)
    with at(NEXT_MORNING + timedelta(hours=4)):
        assert run(app) == 0
    with at(NEXT_MORNING + timedelta(hours=4) + A_DAY):
        assert run(app) == 1
    assert [one.digest_on.isoformat() for one in deliveries(person)] == ["2026-11-25", "2026-11-26"]


def test_quiet_hours_hold_sms_back_and_let_mail_through(app, keeper):
    author = f.a_resident()
    number = with_phone(author)
    chosen(author, {("answer", "sms"): True})
    with at(NIGHT):
        answered(f.an_issue(author))
        assert run(app) == 1
        assert [letter.recipient for letter in keeper.letters] == [author.login]
    with at(NIGHT + timedelta(hours=8)):
        assert run(app) == 0
    with at(NEXT_MORNING):
        assert run(app) == 1
    sms = keeper.letters[-1]
    assert sms.recipient == number
    assert "退订" in sms.text
    assert sms.html == ""


def test_an_sms_is_never_sent_for_what_is_not_urgent_nor_unasked(app, keeper):
    author, unasked = f.a_resident(), f.a_resident()
    for number, person in enumerate((author, unasked)):
        with_phone(person, f"+861380013800{number}")
    chosen(author, {("comment", "sms"): True, ("answer", "sms"): True})
    with at(NOON):
        commented(f.an_issue(author))
        answered(f.an_issue(unasked))
        run(app)
    with at(NEXT_MORNING):
        run(app)
    assert {one.channel for one in deliveries()} == {"mail"}


def test_a_thing_can_be_muted_or_wanted_on_a_channel_of_its_own(app, client, keeper):
    author = f.a_resident()
    number = with_phone(author)
    with at(NOON):
        quiet, loud, other = f.an_issue(author), f.an_issue(author), f.an_issue(author)
        browser = client(author)
        assert browser.post(f"/notices/things/issue/{quiet}", data={"mute": "y"}).status_code == 302
        assert browser.post(f"/notices/things/issue/{loud}", data={"sms": "yes", "mail": "no"}).status_code == 302
        for issue in (quiet, loud, other):
            answered(issue)
        run(app)
        shown = browser.get("/notices/things").text
    assert [letter.recipient for letter in keeper.letters] == [number, author.login]
    assert "已静音" in shown
    assert "短信" in shown
    assert browser.get("/notices").text.count("is-unread") == 2
    stranger = client(f.a_resident())
    assert stranger.get("/notices/things/issue/0000000000000").status_code == 404
    assert stranger.get("/notices/things/nonsense/0000000000000").status_code == 404


@pytest.mark.parametrize(
    ("error", "state", "again"),
    [(NotNow("SMTP 451"), "pending", 1), (Refused("SMTP 550"), "failed", 0), (Uncertain("timeout"), "dropped", 0)],
)
def test_only_what_was_certainly_not_taken_is_tried_again(app, error, state, again):
    author = f.a_resident()
    keeper = Keeper(error)
    with carried_by(mail=keeper):
        with at(NOON):
            answered(f.an_issue(author))
            assert run(app) == 0
            assert run(app) == 0, "not at once"
            assert [one.state for one in deliveries(author)] == [state]
        with at(NOON + timedelta(minutes=2)):
            assert run(app) == again
    assert len(keeper.letters) == again


def test_a_carrier_that_is_away_is_not_asked_a_hundred_times(app):
    people = [f.a_resident() for _number in range(6)]
    keeper = Keeper(*[NotNow("away")] * 99)
    with carried_by(mail=keeper), at(NOON):
        for issue in [f.an_issue(person) for person in people]:
            answered(issue)
        run(app)
        assert len(keeper.manner) == 99 - 3
        assert {one.state for one in deliveries()} == {"pending"}
        keeper.manner.clear()
    with carried_by(mail=keeper), at(NOON + timedelta(minutes=5)):
        assert run(app) == 6


def test_without_relay_and_gateway_nothing_is_planned_outside_the_demo(app, monkeypatch):
    author = f.a_resident()
    monkeypatch.setattr(channels, "_here", [replace(channels.site(), demo=False)])
    with at(NOON):
        answered(f.an_issue(author))
        commented(f.an_issue(author))
    assert deliveries(author) == items(author) == []


def test_what_is_told_days_late_stays_in_the_inbox(app, keeper, client):
    author = f.a_resident()
    with at(NOON):
        issue = f.an_issue(author)
        f.a_comment(f.a_resident(), issue)
    with at(NOON + 3 * A_DAY):
        f.deliver()
        run(app)
    assert deliveries(author) == items(author) == []
    assert client(author).get("/notices").text.count("is-unread") == 1


def test_the_demo_shows_in_its_outbox_what_would_have_gone(app, client):
    author = f.a_resident()
    with at(NOON):
        answered(f.an_issue(author))
        assert run(app) == 1
    shown = client().get("/outbox").text
    assert author.login in shown
    assert "答复了您的议题" in shown


@pytest.mark.parametrize(
    ("hour", "minute", "waits"),
    [(21, 59, 0), (22, 0, 10 * 60), (0, 0, 8 * 60), (7, 59, 1), (8, 0, 0), (12, 0, 0)],
)
def test_quiet_hours_run_over_midnight(hour, minute, waits):
    moment = NOON + timedelta(hours=hour - 12, minutes=minute)
    assert Schedule().after_quiet(moment) == moment + timedelta(minutes=waits)
    assert Schedule(quiet_from=480, quiet_until=480).after_quiet(moment) == moment


def test_the_next_digest_is_always_later():
    for hour in range(24):
        due = Schedule(digest_hour=hour).next_digest(NOON)
        assert timedelta(0) < due - NOON <= A_DAY


def test_an_account_that_was_closed_gets_nothing_more(app, keeper):
    author = f.a_resident()
    with at(NOON):
        answered(f.an_issue(author))
        with f.writing() as session:
            session.get_one(Account, author.id).state = AccountState.DISABLED
        assert run(app) == 0
    assert [one.state for one in deliveries(author)] == ["dropped"]
