"""One's own inbox and channels, nobody else's; how sending goes is the administrators' to see."""

from __future__ import annotations

from gongzhi.kernel.policy import permission, role, signed_in

CHOOSE_CHANNELS = permission(
    "notices:channels:choose", holders=signed_in, about="Choose what one is told, where and when"
)
WATCH_SENDING = permission("notices:sending:watch", holders=role("admin"), about="See how the sending of notices goes")
READ_NOTICES = permission(
    "notices:inbox:read", holders=signed_in, about="Read and sort one's own notices", when_suspended=True
)
