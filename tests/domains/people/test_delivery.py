"""Messages leave once their transaction is on disk, are tried again, and are forgotten in time."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from gongzhi.domains.people import delivery
from gongzhi.domains.people.models import AccountSession, ConfirmationCode, OutgoingMessage, Throttle
from gongzhi.kernel import carriers, clock
from tests.domains.people.messages import messages_to
from tests.factories import a_person, reading

CONTACT = "reader@mail.gongzhi"


class Relay:
    """A carrier that keeps what it is given, and fails as often as it is told to."""

    def __init__(self, failures=0):
        self.failures = failures
        self.taken = []

    def send(self, recipient, subject, body):
        if self.failures:
            self.failures -= 1
            raise ConnectionRefusedError
        self.taken.append((recipient, subject, body))


@pytest.fixture
def relay():
    carrier = Relay()
    carriers.set_carrier("mail", carrier)
    yield carrier
    carriers.set_carrier("mail", carriers.Outbox())


def ask_for_code(browser):
    form = {"contact": CONTACT, "name": "读者", "password": "a fine long password", "agree": "y"}
    assert browser.post("/register", data=form).status_code == 302


def send(app):
    with app.app_context():
        return delivery.send_waiting_messages()


def test_a_message_is_handed_over_once(app, client, relay):
    ask_for_code(client())
    assert send(app) == 1
    assert send(app) == 0
    assert relay.taken[0][0] == CONTACT
    assert client().get("/outbox").text.count(CONTACT) == 0, "what is really sent is not shown"


def test_a_message_that_failed_is_tried_again_later_and_given_up_in_the_end(app, client, relay):
    ask_for_code(client())
    relay.failures = 1
    assert send(app) == 0
    assert send(app) == 0, "not at once"
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        assert send(app) == 1
    ask_for_code(client())
    relay.failures = 99
    for hours in range(1, 12):
        with time_machine.travel(clock.now() + timedelta(hours=hours * 5)):
            send(app)
    assert relay.failures == 99 - delivery.MOST_ATTEMPTS


def test_what_has_served_its_time_is_deleted(app, client):
    person = a_person()
    client().post("/sign-in", data={"login": person.login, "password": "wrong password"})
    client(person)
    ask_for_code(client())
    with app.app_context():
        assert delivery.forget_expired() == 0
    with time_machine.travel(clock.now() + timedelta(days=32)), app.app_context():
        assert delivery.forget_expired() >= 5
    with reading() as session:
        for kind in (OutgoingMessage, ConfirmationCode, Throttle, AccountSession):
            assert session.scalar(select(func.count()).select_from(kind)) == 0


def test_nothing_of_a_message_or_code_is_stored_readable(client):
    ask_for_code(client())
    assert messages_to(client(), CONTACT) == 1
    with reading() as session:
        message = session.scalars(select(OutgoingMessage)).one()
        code = session.scalars(select(ConfirmationCode)).one()
        assert CONTACT.encode() not in message.recipient + message.body + code.payload
        assert code.code_hash.isalnum()


@pytest.mark.parametrize(
    ("url", "host", "port", "sender"),
    [
        ("smtp://mail.gongzhi", "mail.gongzhi", 25, "noreply@mail.gongzhi"),
        ("smtps://me%40x.cn:p%40ss@mail.gongzhi", "mail.gongzhi", 465, "me@x.cn"),
        ("smtp+starttls://u:p@mail.gongzhi:2525?from=office%40x.cn", "mail.gongzhi", 2525, "office@x.cn"),
    ],
)
def test_the_mail_setting_says_how_to_reach_the_relay(url, host, port, sender):
    made = carriers.Smtp(url)
    assert (made.host, made.port, made.sender) == (host, port, sender)
