"""What happens by itself: holds end, overdue appeals go up, network marks are forgotten, a month is published."""

from __future__ import annotations

from gongzhi.domains.people import actions as people
from gongzhi.domains.people.queries import districts
from gongzhi.kernel import clock
from gongzhi.kernel.db import session, write

from .actions import escalate_overdue, forget_networks, publish_statistics, release_expired
from .queries import month_before

MINUTES = 300
HOUR = 3600


def sweep() -> None:
    """End holds that ran out and hand overdue appeals on; safe to run twice or in two workers."""
    with write() as current:
        release_expired(current)
    with write() as current:
        escalate_overdue(current)


def keep_house() -> None:
    """Forget network marks past their time, and publish last month's figures of every district, once."""
    with write() as current:
        people.forget_networks(current)
        forget_networks(current)
    last = month_before(f"{clock.today():%Y-%m}")
    for district_id in [district.id for district in districts(session())]:
        with write() as current:
            publish_statistics(current, district_id, last)


JOBS = (("moderation.sweep", MINUTES, sweep), ("moderation.house", HOUR, keep_house))
