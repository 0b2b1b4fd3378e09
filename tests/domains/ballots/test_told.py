"""Who is told of a ballot, what its live messages carry, and what search finds of it."""

from __future__ import annotations

from sqlalchemy import select

from gongzhi.domains.ballots.events import BallotVoteCast
from gongzhi.domains.ballots.models import Results
from gongzhi.domains.issues.models import Follow
from gongzhi.kernel import clock
from gongzhi.kernel.policy import Actor
from gongzhi.reactions.live.flusher import Flusher, RoomSeen
from gongzhi.reactions.live.topics import room_of
from gongzhi.reactions.notices.models import Notice
from tests import factories as f
from tests.factories import a_resident, an_enterprise, an_issue, deliver, places

from .steps import a_ballot, a_draft, an_office_with_two, cast, closed, later, opened, stored


def told(person):
    with f.reading() as session:
        rows = session.scalars(select(Notice.text).where(Notice.account_id == person.id).order_by(Notice.id))
        return [name for name in rows if name.startswith("ballot.")]


def following(person, issue):
    with f.writing() as session:
        session.add(
            Follow(
                subject_kind="issue",
                subject_id=issue,
                account_id=person.id,
                district_id=person.district_id,
                at=clock.now(),
            )
        )


def test_those_who_may_vote_and_care_are_told_and_all_others_only_before_the_close(app):
    first, second = an_office_with_two()
    author, follower, stranger, far = a_resident(), a_resident(), a_resident(), a_resident(in_=places().far_community)
    enterprise = an_enterprise(at=places().community)
    issue = an_issue(author)
    for person in (follower, far, enterprise):
        following(person, issue)
    ballot = a_draft(first, on=issue)
    opened(first, second, ballot)
    deliver()
    assert told(second) == ["ballot.to_approve"]
    for person in (author, follower, enterprise):
        assert told(person) == ["ballot.opened"]
    assert told(stranger) == told(far) == []
    cast(follower, ballot)
    closed(ballot, app, hours=150)
    deliver()
    assert told(stranger) == ["ballot.closing"]
    assert told(author) == ["ballot.opened", "ballot.closing"]
    assert told(follower) == ["ballot.opened"]
    closed(ballot, app)
    deliver()
    assert told(follower) == ["ballot.opened", "ballot.certified"]
    assert told(stranger) == ["ballot.closing"]


class Wire:
    """Somebody watches the ballot; what was sent to them."""

    def __init__(self, district, topic):
        self.sent = []
        self.seen = {room_of(district, topic): RoomSeen(district, topic, 1, 0)}

    def emit(self, name, message, room):
        self.sent.append((name, message))

    def rooms(self):
        return self.seen


def messages_after_votes(app, ballot, number):
    kept = stored(ballot)
    topic = f"ballot:{ballot}"
    wire = Wire(kept.district_id, topic)
    flusher = Flusher(wire)
    for _ in range(number):
        flusher.mark(BallotVoteCast(district_id=kept.district_id, ballot_id=ballot), (topic,), "2026-01-01T00:00:00Z")
    with app.app_context():
        flusher._send_due()
    return wire.sent


def test_many_votes_are_one_message_of_the_turnout_and_of_nothing_else_while_sealed(app):
    voters = [a_resident() for _ in range(3)]
    ballot = a_ballot()
    for voter in voters:
        cast(voter, ballot)
    ((name, message),) = messages_after_votes(app, ballot, 3)
    assert name == "ballot" and message["topic"] == f"ballot:{ballot}"
    assert message["data"]["voted"] == 3 and message["data"]["tally"] is None
    assert message["data"]["status"] == "open"


def test_an_open_count_goes_out_only_where_everybody_may_see_it(app):
    voter = a_resident()
    for results, shown in ((Results.LIVE, True), (Results.VOTED, False), (Results.CLOSED, False)):
        ballot = a_ballot(secret=False, results=results)
        cast(voter, ballot)
        ((_name, message),) = messages_after_votes(app, ballot, 1)
        assert (message["data"]["tally"] is not None) is shown


def test_a_visitor_watches_a_ballot_but_not_a_draft(app):
    from gongzhi.reactions.live.topics import resolve

    first, second = an_office_with_two()
    a_resident()
    draft, shown = a_draft(first), a_ballot(officials=(first, second))
    with f.reading() as session:
        visitor = Actor(district_id=places().id)
        assert resolve(session, visitor, f"ballot:{shown}") is not None
        assert resolve(session, visitor, f"ballot:{draft}") is None
        assert resolve(session, visitor, "ballots") is not None


def test_search_finds_the_question_of_a_public_ballot_and_never_its_count(client):
    first, second = an_office_with_two()
    voter = a_resident()
    a_draft(first, title="草稿里的秘密问题")
    ballot = a_ballot(officials=(first, second), title="是否封闭这条小巷")
    cast(voter, ballot)
    deliver()
    assert f"/ballots/{ballot}" in client().get("/search?q=封闭这条小巷").text
    assert "草稿里的秘密" not in client().get("/search?q=秘密问题").text.split("<main")[1].replace("秘密问题", "")
    assert later is not None
