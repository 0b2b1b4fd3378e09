"""What this reaction announces, so that open pages hear of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from gongzhi.kernel.events import Event, event


@event("notice.sent")
@dataclass(frozen=True, kw_only=True)
class NoticesSent(Event):
    """Notices of one event are in the inboxes; the inbox's own version is its number of notices."""

    versioned: ClassVar[bool] = False

    source_event: int
    notice_kind: str
    accounts: tuple[str, ...] = ()
    """Who was told, where these are few; many hear of it by the sweep of live within seconds."""

    def topics(self) -> tuple[str, ...]:
        """The private topics of those who were told."""
        return tuple(f"me:{account}" for account in self.accounts)
