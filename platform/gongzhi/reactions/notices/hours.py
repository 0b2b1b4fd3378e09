"""Times of day: when somebody may be disturbed, and when the next digest is due. Pure; no clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from gongzhi.kernel.clock import LOCAL

DAY = 24 * 60


@dataclass(frozen=True)
class Schedule:
    """Minutes of the day between which push and SMS wait, and the hour of the digest, on the district's clock."""

    quiet_from: int = 22 * 60
    quiet_until: int = 8 * 60
    digest_hour: int = 8

    def after_quiet(self, moment: datetime) -> datetime:
        """The moment itself, or the end of the quiet hours it falls into."""
        there = moment.astimezone(LOCAL)
        minute = there.hour * 60 + there.minute
        since = (minute - self.quiet_from) % DAY
        length = (self.quiet_until - self.quiet_from) % DAY
        if since >= length:
            return moment
        begins = there.replace(second=0, microsecond=0) - timedelta(minutes=since)
        return (begins + timedelta(minutes=length)).astimezone(moment.tzinfo)

    def next_digest(self, moment: datetime) -> datetime:
        """The first digest after this moment."""
        there = moment.astimezone(LOCAL)
        today = there.replace(hour=self.digest_hour, minute=0, second=0, microsecond=0)
        return (today if today > there else today + timedelta(days=1)).astimezone(moment.tzinfo)
