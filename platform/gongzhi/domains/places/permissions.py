"""Who may do what with places: everybody reads them, administrators of a place change what is below it."""

from __future__ import annotations

from gongzhi.kernel.policy import PUBLIC, level, permission, role

READ_PLACES = PUBLIC
MANAGE_PLACES = permission(
    "places:place:manage",
    holders=role("admin") & level(1),
    about="Add, rename, move and retire places and set their boundaries, from one's own place downwards",
)
