"""What this room keeps about a person, registered like every other room's."""

from __future__ import annotations

from gongzhi.kernel.personal import register_personal_data

from .actions import forget_private
from .queries import personal_sheets


def connect() -> None:
    """Register this room's part in copies and erasures."""
    register_personal_data("people", personal_sheets, forget_private)
