"""Numbers that order lists, and the slot of a voter."""

from __future__ import annotations

import math
import zlib
from datetime import datetime

SLOTS = {"sqlite": 1, "postgresql": 8}
"""SQLite has one writer anyway; PostgreSQL's voters of a hot issue should rarely meet on one row."""
HOT_EPOCH = 1_704_067_200
HOT_SECONDS = 45_000


def slot_of(voter_key: str, dialect: str) -> int:
    """The tally slot of a voter: always the same one, so that a changed vote takes back what it gave."""
    return zlib.crc32(voter_key.encode()) % SLOTS[dialect]


def hot_score(published_at: datetime, support: int, oppose: int, neutral: int, comments: int) -> float:
    """What moves now: tenfold participation outweighs half a day of age, and nothing needs to decay.

    Every voice counts as much as another whatever it says: a disputed issue is hot as well.
    """
    voices = support + oppose + neutral + comments
    age = published_at.timestamp() - HOT_EPOCH
    return round(math.log10(max(voices, 1)) + age / HOT_SECONDS, 6)
