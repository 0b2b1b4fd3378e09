"""What a clock starts: voting that begins, reminders, and the close."""

from __future__ import annotations

from gongzhi.kernel.db import moment, session, write
from gongzhi.kernel.policy import SYSTEM

from .actions import certify_if_due, remind, start_if_due
from .queries import to_certify, to_remind, to_start


def sweep() -> None:
    """Start, remind, certify what is due, each in a write of its own; safe in two workers at once."""
    current = session()
    now = moment(current)
    starting, reminding, closing = to_start(current, now), to_remind(current, now), to_certify(current, now)
    for ballot_id in starting:
        with write() as writing:
            start_if_due(writing, SYSTEM, ballot_id)
    for ballot_id in reminding:
        with write() as writing:
            remind(writing, SYSTEM, ballot_id)
    for ballot_id in closing:
        with write() as writing:
            certify_if_due(writing, ballot_id)
