"""What happens by itself: publication after the notice, reminders of promises."""

from __future__ import annotations

from gongzhi.domains.decisions.actions import publish_due, remind_of_commitments
from gongzhi.kernel.db import write


def sweep() -> None:
    """Publish what is due, then remind of promises; safe to run twice or in two workers."""
    with write() as session:
        publish_due(session)
    with write() as session:
        remind_of_commitments(session)
