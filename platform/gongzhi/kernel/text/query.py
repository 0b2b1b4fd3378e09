"""What somebody typed into a search box, as phrases that no database can misunderstand.

A query is phrases that must all occur. Quotation marks keep words together; everything else is split
at white space and punctuation. Tokens hold only letters and digits, so the rendered query
cannot be a syntax error whatever was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from gongzhi.kernel.text.words import fold, tokens_in

MOST_PHRASES = 8
MOST_TOKENS_IN_A_PHRASE = 24
LONGEST_QUERY = 200

_QUOTED = re.compile(r"[\"“”„«»「」『』]([^\"“”„«»「」『』]+)[\"“”„«»「」『』]")
_BETWEEN = re.compile(r"[\s\"“”„«»「」『』,，、;；。!！?？|｜()（）\[\]【】《》<>]+")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Tokens that follow each other; ``begins``: the last may be only the beginning of a token."""

    tokens: tuple[str, ...]
    begins: bool = False


Terms: TypeAlias = tuple[Phrase, ...]


def search_query(query: str) -> Terms:
    """The phrases of a query; empty when there is nothing to search for."""
    found: dict[Phrase, None] = {}
    for piece in _pieces(query[:LONGEST_QUERY]):
        phrase = phrase_of(piece)
        if phrase is not None:
            found[phrase] = None
        if len(found) == MOST_PHRASES:
            break
    return tuple(found)


def phrase_of(text: str) -> Phrase | None:
    """One phrase of all the words in a text."""
    parts = list(tokens_in(fold(text)))[:MOST_TOKENS_IN_A_PHRASE]
    if not parts:
        return None
    last = parts[-1]
    follows_a_pair = len(parts) > 1 and parts[-2].end == last.end
    if follows_a_pair:
        # The final character of a run need not be final in the text that is searched.
        return Phrase(tuple(part.text for part in parts[:-1]))
    alone = last.end - last.start == 1 and not last.text.isascii()
    return Phrase(tuple(part.text for part in parts), begins=alone)


def to_fts5(terms: Terms, joined_by: Literal["AND", "OR"] = "AND") -> str:
    """The query for SQLite's ``MATCH``; without terms it matches nothing."""
    if not terms:
        return '""'
    return f" {joined_by} ".join(f'"{" ".join(phrase.tokens)}"{"*" if phrase.begins else ""}' for phrase in terms)


def to_tsquery(terms: Terms, joined_by: Literal["AND", "OR"] = "AND") -> str:
    """The query for PostgreSQL, to be cast to ``tsquery``; without terms it matches nothing."""
    operator = " & " if joined_by == "AND" else " | "
    return operator.join(_tsquery_phrase(phrase) for phrase in terms)


def _tsquery_phrase(phrase: Phrase) -> str:
    quoted = [f"'{token}'" for token in phrase.tokens]
    if phrase.begins:
        quoted[-1] += ":*"
    return f"({' <-> '.join(quoted)})"


def _pieces(query: str) -> Iterator[str]:
    end = 0
    for quoted in _QUOTED.finditer(query):
        yield from _BETWEEN.split(query[end : quoted.start()])
        yield quoted[1]
        end = quoted.end()
    yield from _BETWEEN.split(query[end:])
