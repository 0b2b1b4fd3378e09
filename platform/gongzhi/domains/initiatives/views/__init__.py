"""The pages of this room, by meaning: reading, starting, joining, managing, the work."""

from . import joining, managing, reading, starting, work
from .base import blueprint

__all__ = ["blueprint", "joining", "managing", "reading", "starting", "work"]
