"""What the ledger itself announces."""

from __future__ import annotations

from dataclasses import dataclass

from gongzhi.kernel.events import Event, event


@event("ledger.key_rotated")
@dataclass(frozen=True, kw_only=True)
class LedgerKeyRotated(Event):
    """The log is signed with another key from now on; the ids are those of the keys."""

    key_row_id: str
    key_id: str
    previous_key_id: str
