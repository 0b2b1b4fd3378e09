"""What moves reaches those who watch: with the data anybody may read, in versions that only grow."""

import time
import uuid

from gongzhi.reactions.live.flusher import SWEEP_EVERY
from tests import factories
from tests.live.installation import until


def test_a_vote_reaches_watchers_as_the_tally_that_everybody_can_fetch(served):
    issue = served.an_issue()
    visitor = served.connect()
    answer = visitor.watch(f"issue:{issue}", "issues")
    assert answer["ok"]
    assert answer["refused"] == []
    before = answer["versions"][f"issue:{issue}"]

    own = served.vote(factories.a_resident(), issue)
    message = until(lambda: visitor.messages("tally"))[-1]

    assert message["topic"] == f"issue:{issue}"
    assert message["version"] > before
    assert message["at"]
    assert message["data"] == served.tally(issue)
    assert message["data"]["chambers"]["resident"]["support"] == 1
    assert message["version"] == message["data"]["version"]
    assert own["tally"] == message["data"] if "tally" in own else own["chambers"] == message["data"]["chambers"]


def test_state_before_and_messages_give_the_state_after(served):
    issue = served.an_issue()
    topic = f"issue:{issue}"
    visitor = served.connect()
    visitor.watch(topic)
    before = visitor.call("resync", {"topic": topic, "version": 0})
    assert before["ok"]
    resident, enterprise, ngo = factories.a_resident(), factories.an_enterprise(), factories.an_ngo()
    served.vote(resident, issue)
    served.vote(enterprise, issue, "oppose")
    served.vote(ngo, issue, "neutral")
    served.vote(resident, issue, "oppose")
    said = served.comment(resident, issue, "支持,也请考虑夜间施工的噪音。")
    until(lambda: visitor.messages("comment"))
    after = until(lambda: _caught_up(served, visitor, topic))

    state = {**before["state"]}
    known = before["version"]
    for kind, message in visitor.heard:
        assert message["version"] >= known
        known = message["version"]
        if kind == "tally":
            state["tally"] = message["data"]
        if kind == "comment":
            state["comment_count"] += 1
    # A tally bears the version of its topic, which the comment has raised since.
    state["tally"] = {**state["tally"], "version": after["version"]}
    assert state == after["state"]
    assert known == after["version"]
    comment = visitor.messages("comment")[0]["data"]
    assert (comment["id"], comment["body"], comment["author"]) == (said["id"], said["body"], said["author"])


def _caught_up(served, watcher, topic):
    now = watcher.call("resync", {"topic": topic, "version": 0})
    return now if watcher.heard and watcher.heard[-1][1]["version"] == now["version"] else None


def test_a_vote_of_another_process_arrives_too(served):
    """The test process casts it in its own application, and drains its own relay as a command would."""
    issue, voter = served.an_issue(), factories.a_resident()
    visitor = served.connect()
    visitor.watch(f"issue:{issue}")
    app = factories._world.app
    headers = factories.bearer(voter)
    answer = app.test_client().put(f"/api/v1/issues/{issue}/vote", json={"choice": "support"}, headers=headers)
    assert answer.status_code == 200
    with app.app_context():
        app.extensions["relay"].drain()
    until(lambda: [m for m in visitor.messages("tally") if m["data"].get("total") == 1])


def test_many_votes_are_one_message_after_the_other_and_the_last_is_right(served):
    issue = served.an_issue()
    voters = [factories.a_resident() for _ in range(12)]
    visitor = served.connect()
    visitor.watch(f"issue:{issue}")
    with served.at_once([lambda voter=voter: served.vote(voter, issue) for voter in voters]):
        pass
    until(lambda: [m for m in visitor.messages("tally") if m["data"]["total"] == 12])
    versions = [message["version"] for message in visitor.messages("tally")]
    assert versions == sorted(set(versions))
    assert visitor.messages("tally")[-1]["data"] == served.tally(issue)


def test_every_socket_hears_whichever_process_holds_it(served):
    issue = served.an_issue()
    watchers = [served.connect() for _ in range(6)]
    for watcher in watchers:
        watcher.watch(f"issue:{issue}")
    served.vote(factories.a_resident(), issue)
    for watcher in watchers:
        assert until(lambda watcher=watcher: watcher.messages("tally"))[-1]["data"]["total"] == 1


def test_after_a_lost_line_resync_tells_the_present_state(served):
    issue = served.an_issue()
    first = served.connect()
    known = first.watch(f"issue:{issue}")["versions"][f"issue:{issue}"]
    first.io.disconnect()
    served.vote(factories.a_resident(), issue)
    again = served.connect()
    assert again.watch(f"issue:{issue}")["versions"][f"issue:{issue}"] > known
    answer = again.call("resync", {"topic": f"issue:{issue}", "version": known})
    assert answer["ok"]
    assert answer["version"] > known
    assert answer["state"]["tally"] == served.tally(issue)


def test_who_stops_watching_hears_no_more(served):
    issue = served.an_issue()
    leaver, stayer = served.connect(), served.connect()
    for watcher in (leaver, stayer):
        watcher.watch(f"issue:{issue}")
    assert leaver.call("unwatch", {"topics": [f"issue:{issue}"]}) == {"ok": True}
    served.vote(factories.a_resident(), issue)
    until(lambda: stayer.messages("tally"))
    assert not leaver.messages("tally")


def test_a_new_issue_moves_the_list(served):
    visitor = served.connect()
    visitor.watch("issues")
    issue = served.an_issue(title="井盖松动,车过就响")
    message = until(lambda: [m for m in visitor.messages("status", "issues") if m["data"].get("issue_id") == issue])[0]
    assert message["data"]["title"] == "井盖松动,车过就响"
    assert message["data"]["event"] == "issue.published"


def test_another_district_hears_nothing_and_cannot_watch(served):
    issue = served.an_issue()
    elsewhere = factories.a_district(f"9{uuid.uuid4().int % 100_000:05d}")
    stranger = served.connect(factories.a_person(district_id=elsewhere.id))
    neighbour = served.connect()
    assert stranger.watch(f"issue:{issue}", "issues")["refused"] == [f"issue:{issue}"]
    neighbour.watch("issues")
    other = served.an_issue()
    until(lambda: [m for m in neighbour.messages("status") if m["data"].get("issue_id") == other])
    # The sweep would tell of a version the districts share: it must have looked before silence means anything.
    time.sleep(SWEEP_EVERY + 1)
    assert stranger.heard == []
    assert stranger.call("resync", {"topic": "issues", "version": 0})["version"] == 0
