"""A rule in plain words, and a choice as a person would say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gongzhi.kernel.text import Message
from gongzhi.kernel.text import lazy as _l

from .choices import RANKED, Method
from .counting import AREA, CHAMBER, CHAMBERS, ENTITLED, PRESENT, VALID
from .course import CHOICE_LABELS

_QUORUM = {
    (False, False): _l("At least %(share)s of those entitled must take part."),
    (False, True): _l("More than %(share)s of those entitled must take part."),
    (True, False): _l("At least %(share)s of the area must take part."),
    (True, True): _l("More than %(share)s of the area must take part."),
}
_FOR = {
    (False, VALID, True): _l("More than %(share)s of the votes for or against must be for."),
    (False, VALID, False): _l("At least %(share)s of the votes for or against must be for."),
    (False, PRESENT, True): _l("More than %(share)s of those taking part must be for."),
    (False, PRESENT, False): _l("At least %(share)s of those taking part must be for."),
    (False, ENTITLED, True): _l("More than %(share)s of those entitled must be for."),
    (False, ENTITLED, False): _l("At least %(share)s of those entitled must be for."),
    (True, VALID, True): _l("More than %(share)s of the area for or against must be for."),
    (True, VALID, False): _l("At least %(share)s of the area for or against must be for."),
    (True, PRESENT, True): _l("More than %(share)s of the area taking part must be for."),
    (True, PRESENT, False): _l("At least %(share)s of the area taking part must be for."),
    (True, ENTITLED, True): _l("More than %(share)s of the area entitled must be for."),
    (True, ENTITLED, False): _l("At least %(share)s of the area entitled must be for."),
}
_METHODS = {
    Method.APPROVAL: _l("Tick every option you can live with; the one with most ticks wins."),
    Method.SCHULZE: _l("Put the options in order; each is compared with each other one."),
    Method.IRV: _l("Put the options in order; the last one drops out until one has more than half."),
    Method.SCORE: _l("Give each option a score; the highest sum wins."),
}
TIES = {
    Method.APPROVAL: _l("Options with equally many ticks are a tie."),
    Method.SCHULZE: _l("Options of which neither beats the other are a tie."),
    Method.IRV: _l(
        "Among equal last ones drops out whoever had fewer first places in the latest round where they differ; "
        "else the lot decides, drawn from the published list of all votes."
    ),
    Method.SCORE: _l("Options with equal sums are a tie."),
}


def quorum_sentence(one: Mapping[str, Any]) -> Message:
    """How many must take part."""
    return _filled(_QUORUM[one["measure"] == AREA, bool(one["strict"])], one)


def threshold_sentence(one: Mapping[str, Any]) -> Message:
    """How many must be in favour."""
    if one["measure"] == CHAMBERS:
        return _l("More than %(share)s of the chambers must be for.", share=one["share"])
    if one["measure"] == CHAMBER:
        return _l("More than %(share)s of the residents for or against must be for.", share=one["share"])
    return _filled(_FOR[one["measure"] == AREA, one["of"], bool(one["strict"])], one)


def _filled(sentence: Any, one: Mapping[str, Any]) -> Message:
    return _l(sentence.msgid, share=one["share"])


def rule_sentences(method: str, quorum: list[dict[str, Any]], thresholds: list[dict[str, Any]]) -> list[Message]:
    """The whole rule, a sentence each."""
    found = [quorum_sentence(one) for one in quorum]
    found += [threshold_sentence(one) for one in thresholds]
    if method in _METHODS:
        found += [_METHODS[Method(method)], TIES[Method(method)]]
    return found


def spoken(options: list[dict[str, str]], choice: Any, method: str) -> str:
    """A choice in words."""
    if isinstance(choice, str):
        return str(CHOICE_LABELS.get(choice, choice))
    labels = {option["key"]: option["label"] for option in options}
    if method in RANKED:
        return " > ".join(" = ".join(labels[key] for key in group) for group in choice)
    if isinstance(choice, dict):
        return " · ".join(f"{labels[key]} {score}" for key, score in choice.items())
    return " · ".join(labels[key] for key in choice)
