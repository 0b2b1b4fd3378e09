"""Search hits shown in their surroundings."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup, escape

from gongzhi.kernel.text.query import Phrase, Terms
from gongzhi.kernel.text.words import Token, fold_with_places, tokens_in

ELLIPSIS = "…"


def highlight(text: str, terms: Terms, length: int = 120) -> Markup:
    """Plain text around the first hit, escaped, with every hit in ``<mark>``."""
    hits = _merged(sorted(_hits(text, terms)))
    start = max(hits[0][0] - length // 4, 0) if hits else 0
    start = max(min(start, len(text) - length), 0)
    end = min(start + length, len(text))
    pieces = [escape(ELLIPSIS)] if start else []
    place = start
    for hit_start, hit_end in hits:
        if hit_start >= end or hit_end <= start:
            continue
        first, last = max(hit_start, start), min(hit_end, end)
        pieces.append(escape(text[place:first]))
        pieces.append(Markup("<mark>{}</mark>").format(text[first:last]))
        place = last
    pieces.append(escape(text[place:end]))
    if end < len(text):
        pieces.append(escape(ELLIPSIS))
    return Markup("").join(pieces)


def _hits(text: str, terms: Terms) -> Iterator[tuple[int, int]]:
    """Where the phrases stand in the original text."""
    folded, places = fold_with_places(text)
    found = list(tokens_in(folded))
    at: dict[str, list[int]] = {}
    for number, token in enumerate(found):
        at.setdefault(token.text, []).append(number)
    for phrase in terms:
        for number in _candidates(phrase, at, len(found)):
            span = _span(phrase, found, number)
            if span is not None:
                yield places[span[0]], places[span[1] - 1] + 1


def _candidates(phrase: Phrase, at: dict[str, list[int]], total: int) -> list[int]:
    if len(phrase.tokens) == 1 and phrase.begins:
        return list(range(total))
    return at.get(phrase.tokens[0], [])


def _span(phrase: Phrase, found: list[Token], number: int) -> tuple[int, int] | None:
    """The place of the phrase in the folded text if it stands at this token."""
    there = found[number : number + len(phrase.tokens)]
    if len(there) < len(phrase.tokens):
        return None
    *wanted, last = phrase.tokens
    if any(token.text != word for token, word in zip(there, wanted, strict=False)):
        return None
    if phrase.begins:
        if not there[-1].text.startswith(last):
            return None
        return there[0].start, there[-1].start + len(last)
    return (there[0].start, there[-1].end) if there[-1].text == last else None


def _merged(hits: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in hits:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
