"""Typed text made safe to keep: composed, without invisible tricks, and measured as people count."""

from __future__ import annotations

import re
import unicodedata

from gongzhi.kernel.text.messages import Lazy, lazy_plural

# Control characters, halves of surrogate pairs, non-characters, direction overrides and the
# other invisible ones; joiners stay, because emoji and some scripts need them.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_NEW_LINE = re.compile("\r\n|[\r\x85\u2028\u2029\x0b\x0c]")
_TRAILING = re.compile(r"[^\S\n]+$", re.MULTILINE)
_SPACES = re.compile(r"\s+")
_VISIBLE = re.compile("[^\\s\u200c\u200d\ufe00-\ufe0f\u3164\u115f\u1160\u2800]")
# What belongs to the character before it: combining marks are found by category.
_JOINER = "\u200d"


def clean_line(text: str) -> str:
    """One line: composed (NFC), white space collapsed; empty when nothing would be seen."""
    line = _UNWANTED.sub("", _NEW_LINE.sub(" ", text))
    line = _SPACES.sub(" ", unicodedata.normalize("NFC", line)).strip()
    return line if _VISIBLE.search(line) else ""


def clean_text(text: str) -> str:
    """Several lines: composed (NFC), lines end with a line feed and carry no trailing spaces."""
    lines = _UNWANTED.sub("", _NEW_LINE.sub("\n", text))
    lines = _TRAILING.sub("", unicodedata.normalize("NFC", lines)).strip("\n")
    return lines if _VISIBLE.search(lines) else ""


def length(text: str) -> int:
    """The number of characters; a rare character outside the basic plane counts once."""
    return len(unicodedata.normalize("NFC", text))


def shorten(text: str, longest: int) -> str:
    """At most ``longest`` characters, the last an ellipsis if something was cut."""
    if len(text) <= longest:
        return text
    end = max(longest - 1, 0)
    while end > 0 and _continues(text, end):
        end -= 1
    return text[:end].rstrip() + "…"


def check_length(text: str, shortest: int, longest: int) -> Lazy | None:
    """The sentence to show beside the field, or None when the length is right."""
    characters = length(text)
    if characters < shortest:
        return lazy_plural(
            "Please enter at least %(num)s character.",
            "Please enter at least %(num)s characters.",
            shortest,
        )
    if characters > longest:
        return lazy_plural(
            "Please keep to %(num)s character; there are %(length)s now.",
            "Please keep to %(num)s characters; there are %(length)s now.",
            longest,
            length=characters,
        )
    return None


def _continues(text: str, place: int) -> bool:
    """Whether cutting before ``place`` would tear one visible character apart."""
    following = text[place]
    return unicodedata.category(following).startswith("M") or following == _JOINER or text[place - 1] == _JOINER
