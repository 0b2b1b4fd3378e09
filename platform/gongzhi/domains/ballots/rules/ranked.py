"""Ranked rules: Schulze's method and instant run-off, with all their arithmetic shown."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

Ranking = tuple[list[list[str]], int]
"""Groups of options, the best first, and how many voters ranked them so."""


def schulze(keys: Sequence[str], rankings: Sequence[Ranking]) -> dict[str, Any]:
    """Schulze's method with winning votes (M. Schulze, Social Choice and Welfare 36, 2011, sections 2.2 and 2.3).

    An option that is not ranked stands below all that are. `matrix[a][b]` voters prefer a to b; `paths[a][b]` is
    the strength of the strongest path; `order` lists groups of equal standing, the winners first.
    """
    matrix = {a: dict.fromkeys((b for b in keys if b != a), 0) for a in keys}
    for groups, number in rankings:
        place = {key: rank for rank, group in enumerate(groups) for key in group}
        for a in keys:
            for b in keys:
                if a != b and place.get(a, len(keys)) < place.get(b, len(keys)):
                    matrix[a][b] += number
    paths = {a: {b: matrix[a][b] if matrix[a][b] > matrix[b][a] else 0 for b in keys if b != a} for a in keys}
    for via in keys:
        for a in keys:
            for b in keys:
                if len({a, b, via}) == 3:
                    paths[a][b] = max(paths[a][b], min(paths[a][via], paths[via][b]))
    order: list[list[str]] = []
    left = list(keys)
    while left:
        best = [a for a in left if all(paths[a][b] >= paths[b][a] for b in left if b != a)]
        order.append(best)
        left = [key for key in left if key not in best]
    return {"matrix": matrix, "paths": paths, "order": order, "winners": order[0] if order else []}


def lot(seed: str, key: str) -> str:
    """The lot of an option: SHA-256 of the published seed and its key; the smallest is drawn."""
    return hashlib.sha256(f"gongzhi-ballot-lot-v1\n{seed}\n{key}".encode()).hexdigest()


def instant_runoff(keys: Sequence[str], rankings: Sequence[Ranking], seed: str) -> dict[str, Any]:
    """Instant run-off: while nobody has more than half of the ballots still counted, the last one drops out.

    Among equal last ones drops out whoever had fewer first places in the latest round in which they differ; where
    they never differed, the smallest lot. When all that are left are equal, it is a tie and nobody wins by lot.
    """
    left = list(keys)
    rounds: list[dict[str, Any]] = []
    winners: list[str] = []
    while left:
        counts = dict.fromkeys(left, 0)
        exhausted = 0
        for groups, number in rankings:
            top = next((key for group in groups for key in group if key in counts), None)
            if top is None:
                exhausted += number
            else:
                counts[top] += number
        this: dict[str, Any] = {"counts": counts, "exhausted": exhausted, "eliminated": None, "by": None}
        rounds.append(this)
        counted = sum(counts.values())
        most = max(counts.values())
        if counted == 0:
            break
        if 2 * most > counted or len(left) == 1:
            winners = [key for key in left if counts[key] == most]
            break
        if len(set(counts.values())) == 1:
            winners = list(left)
            break
        this["eliminated"], this["by"] = _last(rounds, counts, seed)
        left.remove(this["eliminated"])
    return {"rounds": rounds, "winners": winners}


def _last(rounds: Sequence[Mapping[str, Any]], counts: Mapping[str, int], seed: str) -> tuple[str, str]:
    fewest = min(counts.values())
    last = [key for key, count in counts.items() if count == fewest]
    if len(last) == 1:
        return last[0], "votes"
    for earlier in reversed(rounds[:-1]):
        then = {key: earlier["counts"][key] for key in last}
        last = [key for key in last if then[key] == min(then.values())]
        if len(last) == 1:
            return last[0], "earlier"
    return min(last, key=lambda key: lot(seed, key)), "lot"
