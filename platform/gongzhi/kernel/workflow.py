"""Declared state machines: which actions lead from which states to which, and what they require.

A machine is data. It is checked when it is declared, so a state nobody can reach or a transition
from a state that does not exist stops the program at its start and not a resident in the middle.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from gongzhi.kernel.errors import Conflict, Invalid
from gongzhi.kernel.text.messages import Lazy
from gongzhi.kernel.text.messages import lazy as _l
from gongzhi.kernel.workdays import Period

State = TypeVar("State", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Transition(Generic[State]):
    """An action that is possible in the source states and leads to the target.

    ``permission`` is the one an actor needs, ``deadline`` the time there is for the next step.
    """

    action: str
    sources: tuple[State, ...]
    target: State
    reason_required: bool = False
    permission: str | None = None
    deadline: Period | None = None

    def check_reason(self, reason: str | None, field: str = "reason") -> str:
        """The reason without surrounding space; `Invalid` when one is required and missing."""
        given = (reason or "").strip()
        if self.reason_required and not given:
            raise Invalid.of(field, _l("Please give a reason."))
        return given


class Machine(Generic[State]):
    """The states of one kind of thing and the transitions between them."""

    def __init__(
        self,
        name: str,
        initial: State,
        transitions: Iterable[Transition[State]],
        labels: Mapping[State, Lazy] | None = None,
    ) -> None:
        self.name = name
        self.initial = initial
        self.states: tuple[State, ...] = tuple(type(initial))
        self.transitions = tuple(transitions)
        self.labels: Mapping[State, Lazy] = labels or {}
        self._table: dict[tuple[State, str], Transition[State]] = {}
        for transition in self.transitions:
            self._declare(transition)
        unreachable = set(self.states) - self.reachable()
        if unreachable:
            msg = f"{name}: nothing leads to {', '.join(sorted(unreachable))}"
            raise ValueError(msg)

    def check(self, state: State, action: str) -> Transition[State]:
        """The transition this action is in this state; `Conflict` when it is not possible."""
        transition = self._table.get((state, action))
        if transition is None:
            raise Conflict(
                _l(
                    "This is not possible now, because the present state is “%(state)s”.",
                    state=self.labels.get(state, state),
                )
            )
        return transition

    def allows(self, state: State, action: str) -> bool:
        """Whether the action is possible in this state."""
        return (state, action) in self._table

    def actions_from(self, state: State) -> tuple[Transition[State], ...]:
        """The transitions out of a state, in the order they were declared: the buttons to show."""
        return tuple(each for each in self.transitions if state in each.sources)

    def is_final(self, state: State) -> bool:
        """Whether nothing leads out of this state."""
        return not self.actions_from(state)

    def reachable(self) -> set[State]:
        """Every state that some sequence of actions leads to from the first one."""
        found = {self.initial}
        waiting = [self.initial]
        while waiting:
            for transition in self.actions_from(waiting.pop()):
                if transition.target not in found:
                    found.add(transition.target)
                    waiting.append(transition.target)
        return found

    def _declare(self, transition: Transition[State]) -> None:
        for source in transition.sources:
            if (source, transition.action) in self._table:
                msg = f"{self.name}: {transition.action} from {source} is declared twice"
                raise ValueError(msg)
            self._table[source, transition.action] = transition
