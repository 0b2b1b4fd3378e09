"""From votes to an outcome with its full arithmetic: turnout, quorum, thresholds, tallies, ties.

Shares are texts such as `"2/3"`; numbers are people or organisations, areas are in 0.01 m².
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .choices import ABSTAIN, AGAINST, FOR, INVALID, RANKED, Choice, Method, keys_of
from .ranked import instant_runoff, schulze

NUMBER, AREA, CHAMBER, CHAMBERS = "number", "area", "chamber", "chambers"
VALID, PRESENT, ENTITLED = "valid", "present", "entitled"
BASES = (VALID, PRESENT, ENTITLED)
"""For and against; all who took part; all who are entitled."""


@dataclass(frozen=True)
class Bundle:
    """So many voters of one chamber who chose the same, and the area they own."""

    choice: Choice
    chamber: str = ""
    number: int = 1
    area: int = 0


def share_of(text: str) -> Fraction:
    """`"2/3"` as a number between 0 and 1. Raises ValueError."""
    if not isinstance(text, str):
        raise ValueError("not a share")  # noqa: TRY004 - one kind of error for whatever is wrong with a share
    above, slash, below = text.partition("/")
    if not slash or not (above.isdecimal() and below.isdecimal()) or int(below) == 0:
        raise ValueError("not a share")
    share = Fraction(int(above), int(below))
    if not 0 < share <= 1:
        raise ValueError("not a share")
    return share


def count(rules: Mapping[str, Any], bundles: Iterable[Bundle], seed: str = "") -> dict[str, Any]:
    """The outcome under these rules. `seed` decides what is drawn by lot, see `ranked.instant_runoff`."""
    votes = [bundle for bundle in bundles if bundle.number]
    turnout = _turnout(rules, votes)
    quorum = [_quorum(rules, one, turnout) for one in rules["quorum"]]
    valid = [bundle for bundle in votes if bundle.choice not in (ABSTAIN, INVALID)]
    tally, tests, status, winners = _COUNT[Method(rules["method"])](rules, votes, valid, seed)
    if not all(one["met"] for one in quorum):
        status, winners = "no_quorum", []
    elif not turnout["voted"]:
        status, winners = "no_votes", []
    return {
        "method": str(rules["method"]),
        "turnout": turnout,
        "quorum": quorum,
        "thresholds": tests,
        "tally": tally,
        "status": status,
        "winners": winners,
    }


def _turnout(rules: Mapping[str, Any], votes: Sequence[Bundle]) -> dict[str, Any]:
    electorate = rules["electorate"]
    found: dict[str, Any] = {
        "entitled": electorate["number"],
        "voted": _sum(votes),
        "abstained": _sum(one for one in votes if one.choice == ABSTAIN),
        "invalid": _sum(one for one in votes if one.choice == INVALID),
    }
    found["valid"] = found["voted"] - found["abstained"] - found["invalid"]
    if counts_area(rules):
        found["area_entitled"] = electorate["area"]
        found["area_voted"] = sum(one.area for one in votes)
    return found


def counts_area(rules: Mapping[str, Any]) -> bool:
    """Whether quorum or thresholds go by area."""
    return any(one["measure"] == AREA for one in (*rules["quorum"], *rules["thresholds"]))


def counts_chambers(rules: Mapping[str, Any]) -> bool:
    """Whether thresholds go by chamber."""
    return any(one["measure"] in (CHAMBER, CHAMBERS) for one in rules["thresholds"])


def _quorum(rules: Mapping[str, Any], one: Mapping[str, Any], turnout: Mapping[str, Any]) -> dict[str, Any]:
    by_area = one["measure"] == AREA
    base = rules["electorate"]["area"] if by_area else rules["electorate"]["number"]
    reached = turnout["area_voted"] if by_area else turnout["voted"]
    return {**one, "base": base, "reached": reached, "met": reaches(one, reached, base)}


def reaches(test: Mapping[str, Any], reached: int, base: int) -> bool:
    """Whether `reached` of `base` is the share asked for, or more than it where it is strict; never of nothing."""
    share = share_of(test["share"])
    have, need = reached * share.denominator, base * share.numerator
    return base > 0 and (have > need if test["strict"] else have >= need)


def _sum(votes: Iterable[Bundle]) -> int:
    return sum(one.number for one in votes)


_Counted = tuple[dict[str, Any], list[dict[str, Any]], str, list[str]]


def _motion(rules: Mapping[str, Any], votes: Sequence[Bundle], _valid: Sequence[Bundle], _seed: str) -> _Counted:
    by_area = counts_area(rules)
    tally: dict[str, Any] = {"total": _motion_counts(votes, by_area=by_area)}
    if counts_chambers(rules):
        tally["chambers"] = {
            chamber: _motion_counts([one for one in votes if one.chamber == chamber], by_area=by_area)
            for chamber in rules["chambers"]
        }
    tests = [_threshold(rules, one, tally) for one in rules["thresholds"]]
    total = tally["total"]
    passed = bool(tests) and all(one["met"] for one in tests)
    simple = [(one["measure"], one.get("of"), one["share"]) for one in tests] == [(NUMBER, VALID, "1/2")]
    tie = simple and not passed and total[FOR]["number"] == total[AGAINST]["number"] != 0
    return tally, tests, "passed" if passed else "tie" if tie else "failed", [FOR] if passed else []


def _motion_counts(votes: Sequence[Bundle], *, by_area: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for choice in (FOR, AGAINST, ABSTAIN, INVALID):
        chosen = [one for one in votes if one.choice == choice]
        found[choice] = {"number": _sum(chosen)} | ({"area": sum(one.area for one in chosen)} if by_area else {})
    return found


def _threshold(rules: Mapping[str, Any], one: Mapping[str, Any], tally: Mapping[str, Any]) -> dict[str, Any]:
    if one["measure"] == CHAMBERS:
        voting = {
            name: counts
            for name, counts in tally["chambers"].items()
            if counts[FOR]["number"] + counts[AGAINST]["number"]
        }
        reached = sum(counts[FOR]["number"] > counts[AGAINST]["number"] for counts in voting.values())
        return {**one, "base": len(voting), "reached": reached, "met": reaches(one, reached, len(voting))}
    measure = AREA if one["measure"] == AREA else NUMBER
    counts = tally["chambers"][one["chamber"]] if one["measure"] == CHAMBER else tally["total"]
    bases = {
        VALID: counts[FOR][measure] + counts[AGAINST][measure],
        PRESENT: sum(each[measure] for each in counts.values()),
        ENTITLED: rules["electorate"]["chambers"].get(one["chamber"], 0)
        if one["measure"] == CHAMBER
        else rules["electorate"][measure],
    }
    base, reached = bases[one["of"]], counts[FOR][measure]
    return {**one, "base": base, "reached": reached, "met": reaches(one, reached, base)}


def _approval(rules: Mapping[str, Any], _votes: Sequence[Bundle], valid: Sequence[Bundle], _seed: str) -> _Counted:
    counts = {key: _sum(one for one in valid if key in one.choice) for key in keys_of(rules["options"])}
    return {"counts": counts}, [], *_most(counts)


def _score(rules: Mapping[str, Any], _votes: Sequence[Bundle], valid: Sequence[Bundle], _seed: str) -> _Counted:
    sums = dict.fromkeys(keys_of(rules["options"]), 0)
    for one in valid:
        assert isinstance(one.choice, dict)
        for key, score in one.choice.items():
            sums[key] += score * one.number
    return {"counts": sums, "ballots": _sum(valid)}, [], *_most(sums)


def _most(counts: Mapping[str, int]) -> tuple[str, list[str]]:
    best = max(counts.values(), default=0)
    winners = [key for key, number in counts.items() if number == best and best]
    return _status(winners), winners


def _status(winners: Sequence[str]) -> str:
    return "elected" if len(winners) == 1 else "tie" if winners else "failed"


def _ranked(rules: Mapping[str, Any], _votes: Sequence[Bundle], valid: Sequence[Bundle], seed: str) -> _Counted:
    rankings: list[Any] = [(one.choice, one.number) for one in valid]
    keys = keys_of(rules["options"])
    if rules["method"] == Method.SCHULZE:
        found = schulze(keys, rankings)
    else:
        found = {**instant_runoff(keys, rankings, seed), "seed": seed}
    winners = found.pop("winners") if valid else []
    return found, [], _status(winners), winners


_COUNT: dict[Method, Callable[[Mapping[str, Any], Sequence[Bundle], Sequence[Bundle], str], _Counted]] = {
    Method.MOTION: _motion,
    Method.APPROVAL: _approval,
    Method.SCORE: _score,
    **dict.fromkeys(RANKED, _ranked),
}
