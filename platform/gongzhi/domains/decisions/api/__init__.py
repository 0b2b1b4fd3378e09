"""Decisions over the JSON API, as product.md names it: all that the pages can do."""

from . import course, drafts, reading, voices

__all__ = ["course", "drafts", "reading", "voices"]
