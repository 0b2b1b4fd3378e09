"""What a clock starts, and how often: the one list. Every job is safe to run twice or in two workers."""

from __future__ import annotations

from gongzhi.domains.decisions.jobs import sweep as sweep_decisions
from gongzhi.domains.issues.actions.deadlines import sweep_deadlines
from gongzhi.domains.people.delivery import send_waiting_messages
from gongzhi.kernel import clock
from gongzhi.web.jobs import Job


def _deadlines() -> None:
    sweep_deadlines(clock.now())


SCHEDULE = (
    Job("messages", 2, send_waiting_messages),
    Job("deadlines", 60, _deadlines),
    Job("decisions", 60, sweep_decisions),
)
