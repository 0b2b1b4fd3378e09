"""Which topics the rooms have, and what their events become: the one table that knows both sides."""

from __future__ import annotations

from gongzhi.kernel.policy import SIGNED_IN

from .topics import Topic, register_topic


def register_rooms() -> None:
    """Fill the registries; safe to repeat."""
    register_topic(Topic("me", SIGNED_IN, "notice", public=False, personal=True))
