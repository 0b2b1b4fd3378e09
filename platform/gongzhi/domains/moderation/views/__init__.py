"""Pages of this room: reporting, the moderators' desk, what concerns oneself, and what everybody may see."""

from . import desk, own, reporting
from .base import blueprint

__all__ = ["blueprint", "desk", "own", "reporting"]
