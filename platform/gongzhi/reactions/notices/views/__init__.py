"""The doors: inbox, choices, stop link, and how sending goes."""

from gongzhi.reactions.notices.views import choosing, sending, stopping
from gongzhi.reactions.notices.views.inbox import blueprint

__all__ = ["blueprint", "choosing", "sending", "stopping"]
