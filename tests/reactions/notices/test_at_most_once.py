"""At most once for each person and channel: workers are killed, events come again, listeners race; relays count."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from gongzhi.kernel import clock
from gongzhi.kernel.carriers import Smtp
from gongzhi.kernel.db import write
from gongzhi.kernel.events import OutboxEvent, load
from gongzhi.kernel.relay import Delivered
from gongzhi.reactions.notices import fan_out as fanning
from gongzhi.reactions.notices import listener, sending
from gongzhi.reactions.notices.listener import deliver
from gongzhi.reactions.notices.models import Delivery, FanOut, Notice
from gongzhi.reactions.notices.sending import send_waiting
from tests import factories as f
from tests.at_once import at_once
from tests.conftest import SECRET
from tests.reactions.notices.channels import (
    NEXT_MORNING,
    NOON,
    Keeper,
    answered,
    at,
    carried_by,
    deliveries,
    items,
    run,
)
from tests.reactions.notices.relay import mail_relay


@pytest.fixture
def start(app, tmp_path):
    """Start a worker of its own on this test's database and that relay; it is gone at the end."""
    started = []

    def worker(relay):
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("GONGZHI_")},
            "GONGZHI_DATA_DIR": str(tmp_path / "data"),
            "GONGZHI_DATABASE_URL": app.config["SETTINGS"].database_url,
            "GONGZHI_SECRET_KEY": SECRET,
            "GONGZHI_TESTING": "1",
            "GONGZHI_MAIL_URL": relay.url,
        }
        command = [sys.executable, "-m", "tests.reactions.notices.worker"]
        started.append(subprocess.Popen(command, env=environment))
        return started[-1]

    yield worker
    for process in started:
        process.kill()
        process.wait(30)


def leases_end():
    """As if their time were over."""
    with f.writing() as session:
        session.execute(
            update(Delivery).where(Delivery.lease.is_not(None)).values(lease_until=clock.now() - timedelta(minutes=1))
        )


def people_with_mail_waiting(count):
    people = [f.a_resident() for _number in range(count)]
    issues = [f.an_issue(person) for person in people]
    for issue in issues:
        answered(issue)
    return people


@pytest.mark.parametrize("answers", [True, False], ids=["after the relay took it", "before the relay answered"])
def test_a_worker_killed_in_the_middle_costs_at_most_the_message_in_its_hand(app, start, answers):
    people = people_with_mail_waiting(7)
    victim = []

    def kill(taken):
        if len(taken) == 3 and victim[0].poll() is None:
            if not answers:
                victim[0].send_signal(signal.SIGKILL)
                victim[0].wait(30)
                return None
            # The relay's answer is on its way; the worker dies before it can write it down.
            victim[0].send_signal(signal.SIGSTOP)
            os.kill(victim[0].pid, signal.SIGKILL)
            victim[0].wait(30)
        return "250 taken"

    with mail_relay(before_answer=kill) as relay:
        victim.append(start(relay))
        assert victim[0].wait(60) == -signal.SIGKILL
        with carried_by(mail=Smtp(relay.url)):
            assert run(app) == 0, "the leases of the dead one hold what it had"
            leases_end()
            assert run(app) == 4
            assert run(app) == 0
    assert Counter(relay.recipients()) == {person.login: 1 for person in people}, "nobody got two, and nobody none"
    assert Counter(one.state for one in deliveries(channel="mail")) == {"sent": 6, "dropped": 1}
    assert [one.error for one in deliveries(state="dropped")] == ["uncertain"]


def test_two_workers_at_once_send_each_message_once(app, start):
    people = people_with_mail_waiting(12)
    with mail_relay() as relay:
        for worker in [start(relay), start(relay)]:
            assert worker.wait(60) == 0
    assert Counter(relay.recipients()) == {person.login: 1 for person in people}
    assert len({message["Message-ID"] for message in relay.taken}) == 12


def test_many_messages_take_one_connection_and_one_refusal_stops_nobody_else(app):
    people = people_with_mail_waiting(5)
    with mail_relay(refuse=[people[2].login]) as relay:
        with carried_by(mail=Smtp(relay.url)):
            assert run(app) == 4
        assert relay.connections == 1
    (mail,) = [message for message in relay.taken if message["To"] == people[0].login]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/notices/stop/" in mail["List-Unsubscribe"]
    assert {part.get_content_type() for part in mail.iter_parts()} == {"text/plain", "text/html"}
    assert [one.state for one in deliveries(people[2])] == ["failed"]


def test_a_worker_that_lost_its_lease_does_not_send(app):
    (person,) = people_with_mail_waiting(1)
    keeper = Keeper()

    def steal(letter):
        with f.writing() as session:
            session.execute(update(Delivery).values(lease="another"))
        return letter

    with carried_by(mail=keeper):
        prepare = sending.prepare
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sending, "prepare", lambda batch: steal(prepare(batch)))
            with app.app_context():
                send_waiting(0.5)
    assert keeper.to(person) == []


def again(app):
    """Hand every event to the listener once more."""
    with f.reading() as session:
        batch = [
            Delivered(row.id, row.seq or row.id, row.at.isoformat(), load(row), tuple(row.topics))
            for row in session.scalars(select(OutboxEvent).order_by(OutboxEvent.id))
        ]
    with app.app_context(), write() as session:
        deliver(session, batch)


def test_events_delivered_again_and_again_send_nothing_again(app):
    author, follower = f.a_resident(), f.a_resident()
    keeper = Keeper()
    with carried_by(mail=keeper):
        with at(NOON):
            issue = f.an_issue(author)
            f.follow(follower, issue)
            answered(issue)
            again(app)
            run(app)
            again(app)
            run(app)
        with at(NEXT_MORNING):
            run(app)
            again(app)
            run(app)
    assert len(keeper.to(author)) == len(keeper.to(follower)) == 1
    assert len(items(follower)) == 1


def test_two_listeners_at_once_tell_each_once(app):
    author, follower = f.a_resident(), f.a_resident()
    issue = f.an_issue(author)
    f.follow(follower, issue)
    f.a_comment(f.a_resident(), issue)
    at_once(*[lambda: again(app)] * 3)
    with f.reading() as session:
        told = list(session.scalars(select(Notice.account_id)))
    assert Counter(told) == {author.id: 1, follower.id: 1}
    assert len(items(author)) == len(items(follower)) == 1


@pytest.fixture
def small_pages(monkeypatch):
    """As if a page were three accounts, so that eight are many."""
    for module in (fanning, listener):
        monkeypatch.setattr(module, "CHUNK", 3)
    monkeypatch.setattr(fanning, "page_of", lambda *given: page(*given, limit=3))
    page = listener.page_of


def test_a_large_audience_is_told_page_by_page_and_taken_up_where_it_stopped(app, small_pages, client):
    followers = [f.a_resident() for _number in range(8)]
    issue = f.an_issue(f.a_resident())
    for person in followers:
        f.follow(person, issue)
    f.a_comment(f.a_resident(), issue)
    f.deliver()
    with f.reading() as session:
        assert list(session.scalars(select(Notice.id))) == []
        assert session.scalars(select(FanOut)).one().audience == 9
    with app.app_context():
        with write() as session:
            fanning._page(session)
        with pytest.raises(RuntimeError), write() as session:
            fanning._page(session)
            raise RuntimeError("the worker dies")
    with f.reading() as session:
        assert session.scalars(select(FanOut)).one().told == 3
    browser = client(f.an_admin())
    assert "已通知 3 人" in browser.get("/notices/sending").text
    assert client(f.a_resident()).get("/notices/sending").status_code == 403
    again(app)
    at_once(*[lambda: told_on(app)] * 2)
    with f.reading() as session:
        told = Counter(session.scalars(select(Notice.account_id)))
        row = session.scalars(select(FanOut)).one()
    assert set(told.values()) == {1}
    assert set(told) >= {person.id for person in followers}
    assert row.told == 9
    assert row.finished_at is not None


def told_on(app):
    with app.app_context():
        fanning.fan_out(20)
