"""Events delivered twice: whatever a listener did once it has done, whoever was told is told once."""

from __future__ import annotations

from sqlalchemy import func, select, update

from gongzhi.kernel import db
from gongzhi.kernel.events import ListenerState, OutboxEvent
from gongzhi.reactions.notices.models import Notice
from gongzhi.reactions.search.models import SearchDocument
from gongzhi.web.doctor import examine
from tests import factories as f
from tests.at_once import at_once

MOMENTS = {SearchDocument.__table__.c.at}
"""A place has no moment of its own: it is found as of when it was indexed."""
COUNTERS = {"outbox_event", "listener_state", "stream_version"}


def everything() -> dict[str, list]:
    """All rows of all tables but those that count deliveries, as text."""
    with f.reading() as session:
        return {
            name: sorted(
                str(tuple(row))
                for row in session.execute(select(*(c for c in table.c if not any(c is moment for moment in MOMENTS))))
            )
            for name, table in db.Base.metadata.tables.items()
            if name not in COUNTERS
        }


def a_busy_day() -> str:
    office = f.an_office(f.places().subdistrict)
    author, second = f.an_official(office), f.an_official(office)
    residents = [f.a_resident() for _ in range(3)]
    issue = f.an_issue(residents[0])
    f.follow(residents[2], issue)
    for resident, choice in zip(residents, ("support", "oppose", "neutral"), strict=True):
        f.a_vote(resident, issue, choice)
    top = f.a_comment(residents[1], issue)
    f.a_comment(residents[2], issue, reply_to=top)
    f.react(residents[2], top, "agree")
    decision = f.a_decision(author, [issue])
    f.step(author, decision, "submit")
    f.step(second, decision, "approve")
    return issue


def forget_how_far(session) -> None:
    """Every listener begins again: what happens when the cursors of a restored or copied database are behind."""
    session.execute(update(ListenerState).values(last_seq=0))


def test_what_is_delivered_again_changes_nothing(app):
    a_busy_day()
    f.deliver()
    before = everything()
    assert any(before["notice"])
    for _ in range(2):
        with f.writing() as session:
            forget_how_far(session)
        f.deliver()
        assert everything() == before
    with app.app_context(), db.isolated():
        assert [finding for finding in examine(app, deep=True) if not finding.good] == []


def test_two_relays_at_once_deliver_each_event_once(app):
    a_busy_day()

    def relay():
        with app.app_context():
            app.extensions["relay"].drain()

    assert [problem for problem in at_once(*[relay] * 4) if problem is not None] == []
    f.deliver()
    with f.reading() as session:
        twice = select(Notice.event_id).group_by(Notice.account_id, Notice.event_id).having(func.count() > 1)
        assert session.scalars(twice).all() == []
        numbers = session.scalars(select(OutboxEvent.seq).order_by(OutboxEvent.seq)).all()
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(set(session.scalars(select(ListenerState.last_seq)))) == 1
    once = everything()
    with f.writing() as session:
        forget_how_far(session)
    f.deliver()
    assert everything() == once


def test_a_person_hears_of_new_notices_only_when_there_are_some(app):
    """A second delivery announces nothing to open pages, since nothing came into any inbox."""
    a_busy_day()
    f.deliver()

    def announced():
        with f.reading() as session:
            return session.scalar(select(func.count()).where(OutboxEvent.kind == "notice.sent"))

    before = announced()
    assert before
    with f.writing() as session:
        forget_how_far(session)
    f.deliver()
    assert announced() == before
