"""Who may listen: asked at the handshake, at every call and every two seconds, not once and for all."""

import time

import pytest
import socketio
from sqlalchemy import update

from gongzhi.domains.issues.events import DeadlineNear, VoteCast
from gongzhi.domains.issues.models import Issue
from gongzhi.domains.people import actions
from gongzhi.domains.people.models import Account, AccountSession, Membership
from gongzhi.kernel import clock
from gongzhi.kernel.events import record
from tests import factories
from tests.live.installation import until

AT_ONCE = 6.0
"""Two seconds, and the patience that a busy test machine needs."""


def test_a_visitor_may_not_watch_what_is_private(served):
    office = factories.an_office()
    official = factories.an_official(office)
    visitor = served.connect()
    assert visitor.watch("me", f"office:{office.id}", "issue:0000000000000", "nothing:1", "issue", "issues:1") == {
        "ok": True,
        "refused": ["me", f"office:{office.id}", "issue:0000000000000", "nothing:1", "issue", "issues:1"],
        "versions": {},
    }
    assert served.connect(factories.a_resident()).watch(f"office:{office.id}")["refused"] == [f"office:{office.id}"]
    assert served.connect(official).watch(f"office:{office.id}", "me")["refused"] == []


def test_private_topics_name_only_what_to_fetch(served):
    author = factories.a_resident()
    issue = served.an_issue(by=author)
    watcher = served.connect(author)
    watcher.watch("me")
    served.comment(factories.a_resident(), issue, "我家楼下也是这样。")
    message = until(lambda: watcher.messages("notice"))[0]
    assert message["topic"] == "me"
    assert message["data"] == {}


def test_a_session_that_is_ended_drops_its_socket(served):
    person = factories.a_resident()
    issue = served.an_issue()
    leaver, stayer = served.connect(person), served.connect(factories.a_resident())
    for watcher in (leaver, stayer):
        assert watcher.watch(f"issue:{issue}")["ok"]
    with factories.writing() as session:
        actions.end_all_sessions(session, session.get_one(Account, person.id), ended_by=person.id)
    until(lambda: not leaver.connected, AT_ONCE)
    served.vote(factories.a_resident(), issue)
    until(lambda: stayer.messages("tally"))
    assert not leaver.messages("tally")


def test_an_account_disabled_behind_the_back_is_dropped_by_the_sweep(served):
    """No event tells of it: the row alone changes."""
    person = factories.a_resident()
    watcher = served.connect(person)
    with factories.writing() as session:
        session.execute(update(Account).where(Account.id == person.id).values(auth_epoch=Account.auth_epoch + 1))
    until(lambda: not watcher.connected, AT_ONCE)


def test_an_official_who_loses_the_office_leaves_its_topic_at_once(served):
    office = factories.an_office(factories.places().subdistrict)
    leaver, stayer = factories.an_official(office), factories.an_official(office)
    one, other = served.connect(leaver), served.connect(stayer)
    for watcher in (one, other):
        assert watcher.watch(f"office:{office.id}")["refused"] == []
    with factories.writing() as session:
        session.execute(update(Membership).where(Membership.account_id == leaver.id).values(ended_at=clock.now()))
    time.sleep(AT_ONCE / 2)
    with factories.writing() as session:
        record(
            session,
            DeadlineNear(
                district_id=office.district_id,
                issue_id="0000000000000",
                office_id=office.id,
                deadline="answer",
                mark="80",
                due=clock.today(),
            ),
        )
    until(lambda: other.messages("notice"))
    assert one.heard == []


def test_a_hidden_issue_is_no_longer_told_to_everybody(served):
    issue = served.an_issue()
    visitor = served.connect()
    visitor.watch(f"issue:{issue}")
    with factories.writing() as session:
        session.execute(update(Issue).where(Issue.id == issue).values(is_hidden=True))
    with factories.writing() as session:
        record(
            session, VoteCast(district_id=factories.places().id, issue_id=issue, chamber="resident", choice="support")
        )
    message = until(lambda: visitor.messages("tally"))[-1]
    assert message["data"] == {}
    assert served.connect().watch(f"issue:{issue}")["refused"] == [f"issue:{issue}"]


@pytest.mark.parametrize("auth", [{"token": "wrong"}, {"token": 5}, {"token": None, "acting_for": "x"}])
def test_a_wrong_token_is_refused_and_none_is_a_visitor(served, auth):
    if auth["token"] is None:
        assert served.connect(auth=auth).watch("me")["refused"] == ["me"]
        return
    with pytest.raises(socketio.exceptions.ConnectionError):
        served.connect(auth=auth)


def test_a_page_of_another_origin_gets_no_socket(served):
    line = served.line(origin="https://elsewhere.example", greet=False)
    assert not line.recv()
    assert served.connect(origin=served.address).watch("issues")["ok"]


def test_the_cookie_counts_only_from_a_page_of_ours(served):
    person = factories.a_resident()
    cookie = _cookie(person)
    with pytest.raises(socketio.exceptions.ConnectionError):
        served.connect(headers={"Cookie": cookie}, origin=None)
    page = served.connect(headers={"Cookie": cookie}, origin=served.address)
    assert page.watch("me")["refused"] == []
    with factories.writing() as session:
        session.execute(
            update(AccountSession).where(AccountSession.account_id == person.id).values(revoked_at=clock.now())
        )
    until(lambda: not page.connected, AT_ONCE)


def _cookie(person):
    """The session cookie, signed as the application signs it."""
    app = factories._world.app
    token = factories.a_session(person)
    signed = app.session_interface.get_signing_serializer(app).dumps({"_user_id": token})
    return f"{app.config['SESSION_COOKIE_NAME']}={signed}"
