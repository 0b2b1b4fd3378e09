"""What happens by itself: overdue pledges are flagged, ratings close."""

from __future__ import annotations

from gongzhi.domains.initiatives.actions import close_rated, flag_overdue
from gongzhi.kernel.db import write

HOUR = 3600


def sweep() -> None:
    """Flag overdue pledges, then close what has been rated long enough; safe to run twice or in two workers."""
    with write() as session:
        flag_overdue(session)
    with write() as session:
        close_rated(session)


JOBS = (("initiatives.sweep", HOUR, sweep),)
