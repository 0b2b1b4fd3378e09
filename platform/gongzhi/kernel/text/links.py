"""Addresses of other sites in what people write."""

from __future__ import annotations

import re

_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"'()\[\]、,。;!?]+", re.IGNORECASE)


def links_in(text: str) -> list[str]:
    """The addresses, in lower case and without what follows the page, in the order they stand."""
    return [found.group().lower().rstrip(".,;:!?").partition("#")[0] for found in _LINK.finditer(text)]
