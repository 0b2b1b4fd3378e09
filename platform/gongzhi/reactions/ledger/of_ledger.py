"""Leaves of the ledger itself: another key signs from here on."""

from __future__ import annotations

from .events import LedgerKeyRotated
from .leaves import facts_of, register_leaf


def register() -> None:
    """Make them known."""
    register_leaf(LedgerKeyRotated, facts_of("ledger", "key_row_id", "key_id", "previous_key_id"))
