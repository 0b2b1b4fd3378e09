"""One voice, one vote, whatever happens at once; and a tally that always equals the votes."""

import random
import threading

import pytest
from sqlalchemy import func, select

from gongzhi.domains.issues import actions
from gongzhi.domains.issues.models import Vote, VoteTally
from gongzhi.domains.issues.queries import tally
from gongzhi.kernel import db
from gongzhi.kernel.errors import AlreadyClosed
from gongzhi.kernel.events import OutboxEvent

NOTHING = {"support": 0, "oppose": 0, "neutral": 0}


def counted(issue_id):
    """What the votes themselves add up to, by chamber."""
    with db.isolated():
        rows = db.session().execute(
            select(Vote.chamber, Vote.choice, func.count())
            .where(Vote.issue_id == issue_id, Vote.choice != "none")
            .group_by(Vote.chamber, Vote.choice)
        )
        found = {chamber: dict(NOTHING) for chamber in ("resident", "enterprise", "ngo")}
        for chamber, choice, number in rows:
            found[chamber][choice] = number
        return found


def kept(issue_id):
    """What the tally says."""
    with db.isolated():
        return tally(db.session(), issue_id)


def all_at_once(*calls):
    """Run the calls in threads that start together; what they returned or raised."""
    start = threading.Barrier(len(calls))
    results = [None] * len(calls)

    def run(place, call):
        start.wait()
        try:
            results[place] = call()
        except Exception as error:  # noqa: BLE001 - the outcome is looked at below
            results[place] = error
        finally:
            db.close_session()

    threads = [threading.Thread(target=run, args=(place, call)) for place, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_each_chamber_is_tallied_by_itself_and_the_answer_has_the_new_tally(world):
    issue = world.an_issue()
    first = world.a_resident().votes(issue, "support")
    assert first.status_code == 200
    world.an_enterprise().votes(issue, "oppose")
    last = world.an_ngo().votes(issue, "neutral").json
    assert last["chambers"] == {
        "resident": {"support": 1, "oppose": 0, "neutral": 0},
        "enterprise": {"support": 0, "oppose": 1, "neutral": 0},
        "ngo": {"support": 0, "oppose": 0, "neutral": 1},
    }
    assert last["total"] == 3
    assert last["version"] > first.json["version"]
    assert world.a_resident().get(f"/issues/{issue}/tally").json == last


def test_the_last_choice_counts_and_can_be_taken_back(world):
    issue, voter = world.an_issue(), world.a_resident()
    versions = [voter.votes(issue, choice).json["version"] for choice in ("support", "oppose", "neutral")]
    assert versions == sorted(set(versions))
    assert voter.get(f"/issues/{issue}").json["my_vote"] == "neutral"
    taken_back = voter.call("DELETE", f"/issues/{issue}/vote")
    assert taken_back.status_code == 200
    assert taken_back.json["total"] == 0
    assert voter.get(f"/issues/{issue}").json["my_vote"] is None
    assert voter.votes(issue, "support").json["chambers"]["resident"]["support"] == 1


def test_the_same_choice_again_changes_and_announces_nothing(world):
    issue, voter = world.an_issue(), world.a_resident()
    before = voter.votes(issue, "support").json
    assert voter.votes(issue, "support").json == before
    with db.isolated():
        told = db.session().scalar(
            select(func.count())
            .select_from(OutboxEvent)
            .where(OutboxEvent.kind == "issue.vote_cast", OutboxEvent.district_id == world.district_id)
        )
    assert told == 1


def test_taking_back_what_was_never_given_is_no_error(world):
    answer = world.a_resident().call("DELETE", f"/issues/{world.an_issue()}/vote")
    assert answer.status_code == 200
    assert answer.json["total"] == 0


def test_an_organisation_has_one_voice_whoever_speaks_for_it(world):
    issue, one = world.an_issue(), world.an_enterprise()
    one.votes(issue, "support")
    answer = world.another_representative_of(one).votes(issue, "oppose").json
    assert answer["chambers"]["enterprise"] == {"support": 0, "oppose": 1, "neutral": 0}
    assert answer["total"] == 1


def test_the_government_the_unconfirmed_and_visitors_cannot_vote(world):
    issue = world.an_issue()
    assert world.an_official().votes(issue, "support").status_code == 403
    assert world.a_resident(level=0).votes(issue, "support").status_code == 403
    assert world.a_visitor().votes(issue, "support").status_code in (401, 403)
    assert world.a_resident(level=1).votes(issue, "support").status_code == 200
    assert kept(issue)["total"] == 1


@pytest.mark.parametrize(
    "body", [{"choice": "none"}, {"choice": "yes"}, {"choice": None}, {}, [], {"choice": ["support"]}]
)
def test_another_word_than_the_three_is_refused_beside_its_field(world, body):
    issue = world.an_issue()
    answer = world.a_resident().call("PUT", f"/issues/{issue}/vote", body)
    assert answer.status_code == 422
    assert answer.json["errors"]
    assert kept(issue)["total"] == 0


def test_no_vote_counts_after_the_office_has_finished(world):
    issue, voter, official = world.an_issue(), world.a_resident(), world.an_official()
    voter.votes(issue, "support")
    official.steps(issue, "accept")
    official.steps(issue, "start")
    assert official.steps(issue, "resolve", reason="路灯已修好。").status_code == 200
    refused = world.a_resident().votes(issue, "support")
    assert refused.status_code == 409
    assert refused.json["title"]
    assert voter.call("DELETE", f"/issues/{issue}/vote").status_code == 409
    assert kept(issue)["total"] == 1


def test_a_resident_cannot_vote_twice_even_at_once(world):
    issue, voter = world.an_issue(), world.a_resident()
    answers = all_at_once(*(lambda: voter.votes(issue, "support") for _ in range(8)))
    assert [answer.status_code for answer in answers] == [200] * 8
    assert kept(issue)["total"] == 1


def test_the_tally_equals_the_votes_after_a_crowd_has_changed_its_mind_at_once(world):
    issue = world.an_issue()
    dice = random.Random(8)
    choices = ("support", "oppose", "neutral", "none")
    undecided = world.a_resident()
    crowd = [world.a_resident() for _ in range(6)] + [world.an_enterprise(), world.an_ngo()]
    plans = [[dice.choice(choices) for _ in range(6)] for _ in crowd]
    plans += [[dice.choice(choices) for _ in range(6)] for _ in range(4)]

    def follow(person, plan):
        def run():
            return [actions.vote_now(person.actor, issue, choice=choice)["version"] for choice in plan]

        return run

    voters = [*crowd, *[undecided] * 4]
    results = all_at_once(*(follow(person, plan) for person, plan in zip(voters, plans, strict=True)))
    for versions in results:
        assert not isinstance(versions, Exception), versions
        assert versions == sorted(versions)
    assert kept(issue)["chambers"] == counted(issue)
    with db.isolated():
        rows = db.session().scalar(select(func.count()).select_from(Vote).where(Vote.issue_id == issue))
    assert rows <= len(crowd) + 1


def test_votes_that_race_with_the_close_are_counted_or_refused_never_both(world):
    issue, official = world.an_issue(), world.an_official()
    official.steps(issue, "accept")
    official.steps(issue, "start")
    voters = [world.a_resident() for _ in range(6)]

    def vote(voter):
        return lambda: actions.vote_now(voter.actor, issue, choice="support")

    results = all_at_once(
        *(vote(voter) for voter in voters), lambda: official.steps(issue, "resolve", reason="已处理完毕。")
    )
    assert results[-1].status_code == 200
    accepted = [result for result in results[:-1] if isinstance(result, dict)]
    assert all(isinstance(result, dict | AlreadyClosed) for result in results[:-1])
    assert kept(issue)["total"] == len(accepted)
    assert kept(issue)["chambers"] == counted(issue)


def test_tallies_laid_out_on_another_database_heal_with_the_next_change(world):
    issue, voter = world.an_issue(), world.a_resident()
    world.a_resident().votes(issue, "oppose")
    voter.votes(issue, "support")
    before = kept(issue)
    with db.write() as session:
        for row in session.scalars(select(VoteTally).where(VoteTally.issue_id == issue)):
            row.slot += 50
    answer = voter.votes(issue, "neutral").json
    assert answer["chambers"]["resident"] == {"support": 0, "oppose": 1, "neutral": 1}
    assert answer["version"] > before["version"]
    assert kept(issue)["chambers"] == counted(issue)
