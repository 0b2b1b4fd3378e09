"""Search over everything public: documents fed by events, found by phrases of bigrams on either database.

Rooms do not know of it: `rooms.py` says how their objects become documents. Nothing hidden, private or
still a draft becomes one, and what stops being public is forgotten with the event that said so.
"""

from .indexing import Document, Source, refresh, register_source, reindex
from .schema import create_index, drop_index

__all__ = ["Document", "Source", "create_index", "drop_index", "refresh", "register_source", "reindex"]
