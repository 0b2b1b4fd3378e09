"""One's own inbox, nobody else's."""

from __future__ import annotations

from gongzhi.kernel.policy import permission, signed_in

READ_NOTICES = permission(
    "notices:inbox:read", holders=signed_in, about="Read and sort one's own notices", when_suspended=True
)
