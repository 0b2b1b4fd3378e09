"""A form whose button is pressed fifty times at once, without script or key: one effect, and never a 500."""

from __future__ import annotations

import pytest

from tests import factories as f
from tests.at_once import at_once
from tests.faults.test_at_once import MANY, more, rows
from tests.faults.writes import REASON, World


def _vote(world):
    return f.a_resident(), f"/issues/{world.issue()}/vote", {"choice": "support"}


def _follow(world):
    return f.a_resident(), f"/issues/{world.issue()}/follow", {"on": "1"}


def _comment(world):
    return world.resident, f"/comments/issue/{world.issue()}", {"body": "我也遇到了。", "stance": "neutral"}


def _reply(world):
    issue = world.issue()
    parent = f.a_comment(f.a_resident(), issue)
    return world.resident, f"/comments/issue/{issue}", {"body": "同意。", "stance": "neutral", "parent": parent}


def _react(world):
    return f.a_resident(), f"/comments/{f.a_comment(world.resident, world.issue())}/react", {"kind": "agree"}


def _publish(world):
    sent = {
        "category": f.categories()["FAC.lamp"].id,
        "place_id": f.places().community.id,
        "title": "石阶里路灯不亮",
        "body": "上段四盏路灯坏了两周,夜里看不清台阶。",
    }
    return f.a_resident(), "/issues/new", sent


def _start_initiative(world):
    sent = {
        "title": "一起修扶手",
        "goal": "把梯坎的扶手修好,装上照明。",
        "place_id": f.places().community.id,
        "once": "a-mark",
    }
    return f.a_resident(), "/initiatives/new", sent


def _object(world):
    return f.a_resident(), f"/decisions/{world.noticed()}/objections", {"body": "扶手的材料不合适。"}


def _withdraw(world):
    return world.resident, f"/issues/{world.issue()}/withdraw", {"withdraw-reason": REASON}


FORMS = (_vote, _follow, _comment, _reply, _react, _publish, _start_initiative, _object, _withdraw)


@pytest.mark.parametrize("make", FORMS, ids=lambda make: make.__name__.strip("_"))
def test_a_button_pressed_fifty_times_at_once_is_pressed_once(app, client, make):
    world = World.made()

    def pressed(times):
        person, path, sent = make(world)
        browsers = [client(person) for _ in range(times)]
        before = rows()
        answers = at_once(*[lambda browser=browser: browser.post(path, data=sent).status_code for browser in browsers])
        return answers, more(before)

    (first,), effect = pressed(1)
    assert first in (200, 302, 303)
    assert effect
    answers, effect_of_many = pressed(MANY)
    assert [answer for answer in answers if isinstance(answer, Exception) or answer >= 500] == []
    assert first in answers
    assert effect_of_many == effect
