"""The words of a text as the search index knows them.

Runs of Chinese, Japanese and Korean characters become overlapping pairs and, last, their final
character: 停车难 is 停车, 车难, 难. So every character begins some token, and a query of one
character is a search for a beginning. Other runs of letters and digits are words, in lower case and
without accents. Widths and compatibility forms are made equal (ＡＰＰ is app).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

# A PostgreSQL tsvector counts positions up to 16,383 and holds a megabyte: later words are not found.
MOST_TOKENS = 16_383
MOST_BYTES = 600_000
LONGEST_WORD = 32

_CJK = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3041-\u3096\u309d-\u30fa\u30fc-\u318e\u31a0-\u31bf"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    "\U0001aff0-\U0001b16f\U00020000-\U0003fffd"
)
_RUNS = re.compile(f"(?P<cjk>[{_CJK}]+)|[^\\W_{_CJK}]+")
_LATIN = re.compile("[\u00c0-\u024f\u1e00-\u1eff]")


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a pair of characters, and where it stands in the original text."""

    text: str
    start: int
    end: int


class _Folding(dict[int, str]):
    """Character by character what search treats as equal, computed once each."""

    def __missing__(self, code: int) -> str:
        folded = unicodedata.normalize("NFKC", chr(code)).casefold()
        if _LATIN.search(folded):
            folded = _LATIN.sub(lambda letter: unicodedata.normalize("NFD", letter[0])[0], folded)
        if len(folded) == 1 and unicodedata.combining(folded):
            # A loose accent, as in NFD text; the letter before it stands alone.
            folded = ""
        self[code] = folded
        return folded


_folding = _Folding()


def tokens_in(folded: str) -> Iterator[Token]:
    """The tokens of a folded text with their places in it."""
    for run in _RUNS.finditer(folded):
        start, end = run.span()
        if run.lastgroup == "cjk":
            for place in range(start, end - 1):
                yield Token(folded[place : place + 2], place, place + 2)
            yield Token(folded[end - 1], end - 1, end)
        else:
            yield Token(folded[start : min(end, start + LONGEST_WORD)], start, end)


def fold(text: str) -> str:
    """The text as search compares it."""
    return text.translate(_folding)


def fold_with_places(text: str) -> tuple[str, list[int]]:
    """The folded text and, for each of its characters, the place of the original one."""
    pieces: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        folded = _folding[ord(character)]
        pieces.append(folded)
        places.extend([place] * len(folded))
    return "".join(pieces), places


def tokens(text: str) -> list[str]:
    """The tokens of a text in their order, as many as an index can hold."""
    found: list[str] = []
    room = MOST_BYTES
    for token in tokens_in(fold(text)):
        room -= len(token.text.encode())
        if room < 0 or len(found) == MOST_TOKENS:
            break
        found.append(token.text)
    return found


def bigrams(text: str) -> str:
    """The tokens joined by spaces: what goes into FTS5, with its ``ascii`` tokenizer."""
    return " ".join(tokens(text))


def to_tsvector(text: str) -> str:
    """The tokens with their positions: what PostgreSQL casts to ``tsvector``, without any parser."""
    places: dict[str, list[str]] = {}
    for position, token in enumerate(tokens(text), start=1):
        places.setdefault(token, []).append(str(position))
    # A lexeme has at most 255 positions that count; more make the value only larger.
    return " ".join(f"'{token}':{','.join(found[:255])}" for token, found in places.items())
