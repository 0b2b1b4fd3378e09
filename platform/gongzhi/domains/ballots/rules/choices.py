"""What can be chosen under each method, and its one canonical form.

motion: `"for"`, `"against"`; approval: keys of options; ranked: groups of keys, the best group first; score: a
number for each key. `"abstain"` is possible everywhere, and `"invalid"` only on paper.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeAlias

Choice: TypeAlias = str | list[str] | list[list[str]] | dict[str, int]

FOR, AGAINST, ABSTAIN, INVALID = "for", "against", "abstain", "invalid"
MOST_OPTIONS = 20
LARGEST_SCORE = 10
_LINE = re.compile(r"(?P<number>[0-9]{1,6})\s*[:\uff1ax×*]\s*(?P<what>.*)")


class Method(StrEnum):
    """How votes become a result."""

    MOTION = "motion"
    APPROVAL = "approval"
    SCHULZE = "schulze"
    IRV = "irv"
    SCORE = "score"


RANKED = (Method.SCHULZE, Method.IRV)


class NotAChoice(ValueError):
    """What was given cannot be chosen in this ballot."""


def keys_of(options: Iterable[Mapping[str, Any]]) -> list[str]:
    """The keys of the options in their order on the paper."""
    return [str(option["key"]) for option in options]


def canonical_choice(rules: Mapping[str, Any], raw: Any) -> Choice:
    """The choice in its one form. Raises `NotAChoice`."""
    if raw == ABSTAIN:
        return ABSTAIN
    method = rules["method"]
    if method == Method.MOTION:
        if raw in (FOR, AGAINST):
            return str(raw)
        raise NotAChoice("for, against or abstain")
    keys = keys_of(rules["options"])
    if method == Method.APPROVAL:
        return _approved(keys, raw)
    if method in RANKED:
        return _ranked(keys, raw, ties=method == Method.SCHULZE)
    return _scored(keys, int(rules["score_max"]), raw)


def _approved(keys: Sequence[str], raw: Any) -> list[str]:
    if not isinstance(raw, list) or not raw or any(not isinstance(key, str) for key in raw):
        raise NotAChoice("a list of at least one option")
    if len(set(raw)) != len(raw) or not set(raw) <= set(keys):
        raise NotAChoice("each option at most once")
    return sorted(raw, key=keys.index)


def _ranked(keys: Sequence[str], raw: Any, *, ties: bool) -> list[list[str]]:
    if not isinstance(raw, list) or not raw:
        raise NotAChoice("at least one option, the best first")
    groups = [[group] if isinstance(group, str) else group for group in raw]
    if any(not isinstance(group, list) or not group for group in groups):
        raise NotAChoice("groups of options, the best first")
    named = [key for group in groups for key in group]
    if any(not isinstance(key, str) for key in named):
        raise NotAChoice("options by their keys")
    if len(set(named)) != len(named) or not set(named) <= set(keys):
        raise NotAChoice("each option at most once")
    if not ties and any(len(group) > 1 for group in groups):
        raise NotAChoice("no two options in the same place")
    return [sorted(group, key=keys.index) for group in groups]


def _scored(keys: Sequence[str], most: int, raw: Any) -> dict[str, int]:
    if not isinstance(raw, dict) or not set(raw) <= set(keys):
        raise NotAChoice("a score for each option")
    scores = {key: raw.get(key, 0) for key in keys}
    if any(type(score) is not int or not 0 <= score <= most for score in scores.values()):
        raise NotAChoice("whole numbers from 0 to the highest score")
    return scores


def paper_lines(rules: Mapping[str, Any], text: str) -> tuple[list[tuple[Choice, int]], list[tuple[int, str]]]:
    """Counted papers, one line for each way they were filled in, and the lines that cannot be read with why.

    `12: 1,3` (approval), `12: 2>1=3` (ranked), `12: 1=4,2=0` (score); options by their place on the paper, and
    `3: abstain`, `1: invalid`.
    """
    found: list[tuple[Choice, int]] = []
    wrong: list[tuple[int, str]] = []
    for place, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        parsed = _LINE.fullmatch(line.strip())
        if parsed is None:
            wrong.append((place, line.strip()[:40]))
            continue
        try:
            choice = _typed(rules, parsed["what"].strip().casefold())
        except (ValueError, IndexError):
            wrong.append((place, line.strip()[:40]))
            continue
        found.append((choice, int(parsed["number"])))
    return found, wrong


def _typed(rules: Mapping[str, Any], what: str) -> Choice:
    if what in ("invalid", "无效"):
        return INVALID
    if what in (ABSTAIN, "弃权"):
        return ABSTAIN
    keys = keys_of(rules["options"])

    def key(number: str) -> str:
        place = int(number)
        if not 1 <= place <= len(keys):
            raise NotAChoice("no such option")
        return keys[place - 1]

    plain = what.translate({0xFF0C: ",", 0x3001: ",", 0xFF1E: ">", 0xFF1D: "="})
    method = rules["method"]
    if method == Method.APPROVAL:
        raw: Any = [key(part) for part in plain.split(",")]
    elif method in RANKED:
        raw = [[key(part) for part in group.split("=")] for group in plain.split(">")]
    else:
        raw = {key(part.partition("=")[0]): int(part.partition("=")[2]) for part in plain.split(",")}
    return canonical_choice(rules, raw)
