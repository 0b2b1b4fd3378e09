"""Notices and what one is told, over the JSON API."""

from gongzhi.reactions.notices.api import choosing, inbox

__all__ = ["choosing", "inbox"]
