"""What a clock starts: deadlines are swept, finished issues close."""

from __future__ import annotations

from gongzhi.kernel import clock

from .actions import close_finished, sweep_deadlines


def remind_and_escalate() -> None:
    """Reminders before a deadline, escalation after it."""
    sweep_deadlines(clock.now())


def close_old() -> None:
    """Close what nobody can reopen any more."""
    close_finished(clock.now())


JOBS = [
    ("issues.deadlines", 600, remind_and_escalate),
    ("issues.close", 3_600, close_old),
]
