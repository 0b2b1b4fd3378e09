from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongzhi.kernel.errors import Conflict, Invalid
from gongzhi.kernel.text import lazy
from gongzhi.kernel.workdays import DayKind, Period
from gongzhi.kernel.workflow import Machine, Transition


class Door(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    LOCKED = "locked"
    GONE = "gone"


TRANSITIONS = (
    Transition("close", (Door.OPEN,), Door.CLOSED),
    Transition("open", (Door.CLOSED,), Door.OPEN),
    Transition("lock", (Door.CLOSED,), Door.LOCKED, deadline=Period(3, DayKind.WORKING)),
    Transition("unlock", (Door.LOCKED,), Door.CLOSED, permission="door:lock:open"),
    Transition("remove", (Door.OPEN, Door.CLOSED), Door.GONE, reason_required=True),
)
DOOR = Machine("door", Door.OPEN, TRANSITIONS, {Door.GONE: lazy("removed")})


@given(st.lists(st.sampled_from([each.action for each in TRANSITIONS] + ["fly"]), max_size=20))
def test_any_sequence_of_actions_stays_in_the_declared_machine(actions):
    state = DOOR.initial
    for action in actions:
        possible = {each.action for each in DOOR.actions_from(state)}
        assert DOOR.allows(state, action) == (action in possible)
        if action in possible:
            state = DOOR.check(state, action).target
        else:
            with pytest.raises(Conflict):
                DOOR.check(state, action)
        assert state in DOOR.reachable() == set(Door)


def test_an_impossible_action_names_the_present_state():
    with pytest.raises(Conflict, match="removed"):
        DOOR.check(Door.GONE, "open")
    with pytest.raises(Conflict, match="locked"):
        DOOR.check(Door.LOCKED, "open")
    assert DOOR.is_final(Door.GONE)
    assert not DOOR.is_final(Door.LOCKED)


def test_a_required_reason_is_asked_for_beside_its_field():
    remove, close = DOOR.check(Door.OPEN, "remove"), DOOR.check(Door.OPEN, "close")
    assert remove.check_reason(" broken ") == "broken"
    assert close.check_reason(None) == ""
    with pytest.raises(Invalid) as refused:
        remove.check_reason("  ")
    assert list(refused.value.errors) == ["reason"]


def test_a_wrong_declaration_stops_the_start():
    with pytest.raises(ValueError, match="nothing leads to gone"):
        Machine("door", Door.OPEN, TRANSITIONS[:-1])
    with pytest.raises(ValueError, match="twice"):
        Machine("door", Door.OPEN, (*TRANSITIONS, Transition("close", (Door.OPEN,), Door.GONE)))
