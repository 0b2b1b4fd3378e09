"""Moderation in the ledger: the figures of each month, so that none can be bettered afterwards."""

from __future__ import annotations

from gongzhi.domains.moderation.events import ModerationStatisticsPublished

from .leaves import facts_of, register_leaf


def register() -> None:
    """Make them entries."""
    register_leaf(ModerationStatisticsPublished, facts_of("moderation", "district_id", "month", "statistics"))
