"""What the tests of channels share: moments, jobs run by hand, and what is stored."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import time_machine
from sqlalchemy import select

from gongzhi.domains.issues.events import IssueAnswered
from gongzhi.domains.people.models import Account
from gongzhi.kernel import carriers, events
from gongzhi.kernel.db import new_id
from gongzhi.kernel.secrets import encrypt
from gongzhi.reactions.notices.choices import choose
from gongzhi.reactions.notices.digests import gather
from gongzhi.reactions.notices.fan_out import fan_out
from gongzhi.reactions.notices.models import Delivery, DigestItem
from gongzhi.reactions.notices.sending import send_waiting
from tests import factories as f

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
"""Twelve o'clock in Chongqing."""
NEXT_MORNING = datetime(2026, 11, 25, 0, 1, tzinfo=UTC)
"""One minute past eight there: the digest is due, the quiet hours are over."""
NIGHT = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
"""Half past eleven in the evening there."""
A_DAY = timedelta(days=1)


def run(app):
    """Everything the clock would start, once; returns how many messages were taken."""
    with app.app_context():
        fan_out()
        gather()
        return send_waiting()


@contextmanager
def at(moment):
    """At this moment, time standing still."""
    with time_machine.travel(moment, tick=False):
        yield


def deliveries(person=None, **wanted):
    """What is kept of deliveries, the oldest first."""
    with f.reading() as session:
        statement = select(Delivery).filter_by(**wanted).order_by(Delivery.id)
        if person is not None:
            statement = statement.where(Delivery.account_id == person.id)
        rows = list(session.scalars(statement))
        session.expunge_all()
        return rows


def items(person):
    """What waits for digests, or went into one."""
    with f.reading() as session:
        return list(session.scalars(select(DigestItem).where(DigestItem.account_id == person.id)))


@contextmanager
def carried_by(mail=None, sms=None):
    """With these carriers instead of the outbox."""
    for channel, carrier in (("mail", mail), ("sms", sms)):
        if carrier is not None:
            carriers.set_carrier(channel, carrier)
    try:
        yield
    finally:
        carriers.configure(None)


class Keeper:
    """A carrier that keeps letters, and does as told before each."""

    def __init__(self, *manner):
        self.letters = []
        self.manner = list(manner)

    @contextmanager
    def line(self):
        yield self.hand

    def hand(self, letter):
        error = self.manner.pop(0) if self.manner else None
        if error is not None:
            raise error
        self.letters.append(letter)

    def send(self, recipient, subject, body):
        self.hand(carriers.Letter(recipient, subject, body))

    def to(self, person):
        return [letter for letter in self.letters if letter.recipient == person.login]


def answered(issue):
    """An official answer to an issue, as far as notices hear of it."""
    official = f.an_official()
    with f.writing() as session:
        events.record(
            session,
            IssueAnswered(
                district_id=official.district_id,
                actor=official.id,
                organisation=official.acts_for,
                issue_id=issue,
                answer_id=new_id(),
                office_id=official.acts_for,
            ),
        )
    f.deliver()


def commented(issue, by=None):
    """A comment, delivered."""
    f.a_comment(by or f.a_resident(), issue)
    f.deliver()


def with_phone(person, number="+8613800138000"):
    """Let the person have a mobile number."""
    with f.writing() as session:
        session.get_one(Account, person.id).phone = encrypt(number, "people.phone")
    return number


def chosen(person, wanted):
    """(kind, channel) → wanted, as the person chose."""
    with f.writing() as session:
        choose(session, person.id, wanted)
