"""What clients send: only the server publishes, and nobody asks for too much."""

import json
import time
from contextlib import suppress

import pytest
import websocket

from tests import factories
from tests.live.installation import until


def test_only_the_server_publishes(served):
    issue = served.an_issue()
    listener, liar = served.connect(), served.connect()
    for watcher in (listener, liar):
        watcher.watch(f"issue:{issue}")
    liar.io.emit("tally", {"topic": f"issue:{issue}", "version": 999, "data": {"total": 9}}, namespace="/live")
    liar.io.emit("join", {"room": f"issue:{issue}"}, namespace="/live")
    liar.io.emit("connect", {"token": "x"}, namespace="/live")
    served.vote(factories.a_resident(), issue)
    assert until(lambda: listener.messages("tally"))[0]["data"]["total"] == 1
    assert len(listener.messages("tally")) == 1
    assert liar.connected


def test_a_client_that_says_it_is_gone_is_gone(served):
    """Else it would stay in its rooms while nobody asks any more who it is."""
    watcher = served.connect()
    watcher.watch("issues")
    watcher.io.emit("disconnect", "bye", namespace="/live")
    until(lambda: not watcher.connected)


@pytest.mark.parametrize(
    "given",
    [None, 5, [], {}, {"topics": "issues"}, {"topics": {"a": 1}}, {"topics": [f"issue:{n}" for n in range(101)]}],
)
def test_a_watch_that_makes_no_sense_is_refused(served, given):
    watcher = served.connect()
    answer = watcher.call("watch", given)
    assert not answer["ok"]
    assert watcher.watch("issues")["ok"]


def test_odd_topics_are_refused_one_by_one(served):
    watcher = served.connect()
    odd = [None, 7, {"a": 1}, "", ":", "issue:", "issue:%", "x" * 500, "issue:" + "z" * 13, "office:\0"]
    answer = watcher.call("watch", {"topics": [*odd, "issues"]})
    assert answer["ok"]
    assert list(answer["versions"]) == ["issues"]
    assert len(answer["refused"]) == len(odd)


def test_resync_of_what_may_not_be_watched_is_refused(served):
    watcher = served.connect()
    for given in (None, {}, {"topic": "me"}, {"topic": 3}, {"topic": "issue:none", "version": "x"}):
        assert not watcher.call("resync", given)["ok"]


def test_who_asks_without_end_is_told_to_stop(served):
    watcher = served.connect()
    answers = [watcher.watch("issues")["ok"] for _ in range(70)]
    assert answers[0]
    assert not answers[-1]
    assert watcher.connected


def test_an_overlong_message_ends_the_connection(served):
    line = served.line()
    line.send("42/live,1" + json.dumps(["watch", {"topics": ["x" * 20_000]}]))
    heard = []
    with suppress(websocket.WebSocketConnectionClosedException, ConnectionError):
        while frame := line.recv():
            heard.append(frame)
    assert not [frame for frame in heard if frame.startswith("43")]
    assert served.connect().watch("issues")["ok"]


def test_no_other_address_becomes_a_socket(served):
    with pytest.raises(websocket.WebSocketBadStatusException):
        websocket.create_connection(f"{served.address.replace('http', 'ws')}/issues", timeout=10)


def test_a_slow_reader_gets_every_frame_whole(served):
    """simple-websocket under gevent tore frames when the peer's window was full (hard-won.md, 7)."""
    issue = served.an_issue()
    line = served.line(sockopt=((1, 8, 4096),))
    line.send("42/live,1" + json.dumps(["watch", {"topics": [f"issue:{issue}"]}]))
    author = factories.a_resident()
    words = "夜里施工的声音很大,孩子睡不着。" * 110
    for number in range(12):
        served.comment(author, issue, f"{number} {words}")
    time.sleep(1)
    heard = []
    while len(heard) < 12:
        frame = line.recv()
        if frame == "2":
            line.send("3")
        if frame.startswith("42/live,"):
            kind, message = json.loads(frame.removeprefix("42/live,"))
            if kind == "comment":
                heard.append(message["data"]["body"].split()[0])
    assert heard == [str(number) for number in range(12)]
