"""Checksums over a block of hashes that tell which single one of them was changed.

For each binary digit of the place in the block there is one checksum over the hashes whose place has 0 there and
one over those that have 1. A single changed hash spoils exactly one of each pair; together they spell its place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

BLOCK = 256
DIGITS = 8


def probes(hashes: Sequence[str]) -> list[str]:
    """Two checksums for each binary digit, the lowest first."""
    return [
        hashlib.sha256(
            "".join(each for place, each in enumerate(hashes) if place >> digit & 1 == bit).encode()
        ).hexdigest()
        for digit in range(DIGITS)
        for bit in (0, 1)
    ]


def locate(hashes: Sequence[str], stated: Sequence[str]) -> int | None:
    """The place of the one hash that was changed; None when none was, or when it cannot be said."""
    now, place = probes(hashes), 0
    if len(stated) != len(now):
        return None
    for digit in range(DIGITS):
        good = [now[2 * digit + bit] == stated[2 * digit + bit] for bit in (0, 1)]
        if good[0] == good[1]:
            return None
        place |= good[0] << digit
    return place
