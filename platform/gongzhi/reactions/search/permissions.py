"""Search finds what is public, so everybody may search."""

from __future__ import annotations

from gongzhi.kernel.policy import anyone, permission

SEARCH = permission(
    "search:document:find", holders=anyone, about="Search everything public of the district", when_suspended=True
)
