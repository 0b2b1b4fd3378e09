"""Things that happen at the very same moment, on both databases: no vote after the count, one row for one voice."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select, text

from gongzhi.domains.ballots import actions
from gongzhi.domains.ballots.models import Ballot, BallotTurnout, BallotVote, BallotVoter
from gongzhi.domains.ballots.queries import access_ballot
from gongzhi.domains.ballots.rules import verify_ballot
from gongzhi.kernel import clock, db
from gongzhi.kernel.errors import AlreadyClosed
from tests import factories
from tests.at_once import at_once
from tests.factories import a_resident, actor_of

from .steps import a_ballot, an_office_with_two, cast, document, later, stored


def loaded(actor, ballot_id):
    with factories.reading() as session:
        ballot = access_ballot(session, actor, ballot_id)
        session.expunge(ballot)
        return ballot


def voting(app, person, ballot_id, choice="for"):
    actor = actor_of(person)
    ballot = loaded(actor, ballot_id)

    def call():
        with app.app_context():
            return actions.vote_now(actor, ballot, choice=choice)

    return call


def counting(app, ballot_id):
    """Count it now, as the job would at its time."""

    def call():
        with app.app_context(), db.write() as session:
            ballot = session.get(Ballot, ballot_id, with_for_update=True)
            if ballot.state == "open":
                actions.certify(session, ballot)

    return call


@pytest.mark.parametrize("secret", [True, False])
def test_whatever_vote_was_answered_is_in_the_count_and_no_other(app, secret):
    for _ in range(3):
        voters = [a_resident() for _ in range(6)]
        ballot = a_ballot(secret=secret)
        calls = [voting(app, voter, ballot) for voter in voters]
        results = at_once(*calls[:3], counting(app, ballot), *calls[3:])
        del results[3]
        answered = {one.commitment for one in results if isinstance(one, actions.Receipt)}
        assert all(isinstance(one, (actions.Receipt, AlreadyClosed)) for one in results), results
        listed = document(ballot)
        assert {entry["commitment"] for entry in listed["entries"]} == answered
        assert listed["outcome"]["turnout"]["voted"] == len(answered)
        assert verify_ballot(listed) == []
        with factories.reading() as session:
            assert session.scalar(select(func.count()).select_from(BallotVote)) == 0


def test_a_vote_that_waited_for_the_count_is_refused(app, database):
    if database.get_backend_name() == "sqlite":
        pytest.skip("one writer at a time")
    voter = a_resident()
    ballot = a_ballot()
    call = voting(app, voter, ballot)
    outcome = []

    def vote():
        try:
            outcome.append(call())
        except AlreadyClosed as refused:
            outcome.append(refused)
        finally:
            db.close_session()

    with app.app_context(), db.write() as session:
        held = session.get(Ballot, ballot, with_for_update=True)
        thread = threading.Thread(target=vote)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
        actions.certify(session, held)
    thread.join(10)
    assert isinstance(outcome[0], AlreadyClosed)
    assert document(ballot)["entries"] == []


def test_the_same_voter_many_times_at_once_is_one_row_and_one_turnout(app):
    voter = a_resident()
    ballot = a_ballot()
    results = at_once(
        *(voting(app, voter, ballot, choice) for choice in ("for", "against", "abstain", "for", "against"))
    )
    assert all(isinstance(one, actions.Receipt) for one in results), results
    with factories.reading() as session:
        assert session.scalar(select(func.count()).select_from(BallotVote)) == 1
        assert session.scalar(select(func.sum(BallotTurnout.voted))) == 1
        assert session.scalar(select(func.count()).where(BallotVoter.how == "online")) == 1


def test_two_workers_certify_once(app):
    voter = a_resident()
    ballot = a_ballot()
    cast(voter, ballot)
    moment = clock.now()

    def job():
        from datetime import timedelta

        with clock.as_of(moment + timedelta(days=8)), app.app_context(), db.isolated(), db.write() as session:
            return actions.certify_if_due(session, ballot)

    assert sorted(at_once(job, job, job)) == [False, False, True]
    with factories.reading() as session:
        assert session.execute(text("SELECT count(*) FROM outbox_event WHERE kind = 'ballot.certified'")).scalar() == 1


def test_a_voter_ticked_off_and_voting_online_at_once_takes_part_once(app):
    first, second = an_office_with_two()
    voter = a_resident()
    ballot = a_ballot("resident_meeting", officials=(first, second))
    official = actor_of(first)

    def tick():
        with app.app_context(), db.write() as session:
            actions.tick_off(session, official, access_ballot(session, official, ballot), f"a:{voter.id}", on=True)
            return "ticked"

    at_once(voting(app, voter, ballot), tick)
    with factories.reading() as session:
        votes = session.scalar(select(func.count()).select_from(BallotVote))
        how = session.scalar(select(BallotVoter.how).where(BallotVoter.voter_key == f"a:{voter.id}"))
        assert (votes, how) in ((1, "online"), (0, "paper"))
        assert session.scalar(select(func.sum(BallotTurnout.voted))) == 1


def test_the_job_starts_reminds_and_certifies_each_once(app):
    from gongzhi.domains.ballots import jobs

    a_resident()
    ballot = a_ballot()
    for hours in (0, 150, 151, 170, 171):
        with later(hours=hours), app.app_context(), db.isolated():
            jobs.sweep()
    with factories.reading() as session:
        kinds = [
            row[0]
            for row in session.execute(text("SELECT kind FROM outbox_event WHERE kind LIKE 'ballot.%' ORDER BY id"))
        ]
    assert kinds == [
        "ballot.submitted",
        "ballot.moved_on",
        "ballot.opened",
        "ballot.closing_soon",
        "ballot.moved_on",
        "ballot.certified",
    ]
    assert stored(ballot).state == "certified"
