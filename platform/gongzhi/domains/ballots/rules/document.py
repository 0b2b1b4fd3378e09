"""The certificate of a ballot: everything a stranger needs to recount it, and the recount itself.

`verify_ballot` needs no database and nothing of the platform but this folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .canonical import canonical, digest, digest_of_text
from .choices import INVALID, NotAChoice, canonical_choice
from .counting import Bundle, count, counts_area
from .sealing import commitment_of

KIND = "gongzhi-ballot"
VERSION = 1


def seed_of(commitments: Iterable[str], paper: Any) -> str:
    """What decides lots: known to nobody before the last vote, and to everybody after."""
    return digest_of_text("\n".join([*sorted(commitments), canonical(paper)]))


def bundles_of(entries: Iterable[Mapping[str, Any]], paper: Iterable[Mapping[str, Any]]) -> list[Bundle]:
    """Votes as they are counted: each entry one voter, each line of paper as many as it says."""
    votes = [Bundle(one["choice"], one.get("chamber", ""), 1, one.get("area", 0)) for one in entries]
    votes += [Bundle(one["choice"], one.get("chamber", ""), one["number"], one.get("area", 0)) for one in paper]
    return votes


def make_document(
    rules: Mapping[str, Any],
    *,
    entries: Sequence[Mapping[str, Any]],
    paper: Sequence[Mapping[str, Any]],
    reasons: Sequence[str],
    certified_at: str,
    spoiled: int = 0,
) -> dict[str, Any]:
    """The certificate with its hash; entries in the order of their commitments."""
    listed = sorted(entries, key=lambda entry: str(entry["commitment"]))
    seed = seed_of((entry["commitment"] for entry in listed), list(paper))
    document = {
        "kind": KIND,
        "version": VERSION,
        "rules": dict(rules),
        "rules_hash": digest(rules),
        "entries": list(listed),
        "paper": list(paper),
        "reasons": sorted(reasons),
        "spoiled": spoiled,
        "outcome": count(rules, bundles_of(listed, paper), seed),
        "certified_at": certified_at,
    }
    return {**document, "hash": digest(document)}


def verify_ballot(document: Any) -> list[str]:
    """Recount a certificate. Each fault in a sentence; an empty list is a sound one."""
    if not isinstance(document, dict) or document.get("kind") != KIND:
        return [f"this is not a {KIND} document"]
    if document.get("version") != VERSION:
        return [f"version {document.get('version')!r} is not known here"]
    try:
        return _faults(document)
    except (KeyError, TypeError, ValueError, AttributeError, AssertionError) as error:
        return [f"the document is malformed: {type(error).__name__}: {error}"]


def _faults(document: Mapping[str, Any]) -> list[str]:
    rules, entries, paper = document["rules"], document["entries"], document["paper"]
    faults = []
    if digest(rules) != document["rules_hash"]:
        faults.append("the rules do not have the hash they were frozen with")
    faults += _entries(rules, entries)
    faults += _paper(rules, paper)
    counted = {entry["commitment"] for entry in entries}
    if len(counted) != len(entries):
        faults.append("a commitment is listed twice")
    if len(entries) + sum(line["number"] for line in paper) > rules["electorate"]["number"]:
        faults.append("more votes than people entitled")
    if faults:
        return faults
    outcome = count(rules, bundles_of(entries, paper), seed_of(counted, paper))
    if outcome != document["outcome"]:
        names = sorted(name for name in outcome if outcome[name] != document["outcome"].get(name))
        faults.append(f"the votes do not give this outcome: {', '.join(names) or 'more than it should hold'}")
    if digest({name: value for name, value in document.items() if name != "hash"}) != document["hash"]:
        faults.append("the document does not have the hash it was certified with")
    return faults


def _entries(rules: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> list[str]:
    faults = []
    areas = counts_area(rules)
    for entry in entries:
        name = str(entry["commitment"])
        choice = entry["choice"]
        try:
            if canonical_choice(rules, choice) != choice:
                faults.append(f"{name}: the choice is not in its canonical form")
        except NotAChoice as wrong:
            faults.append(f"{name}: not a choice of this ballot ({wrong})")
        if commitment_of(rules["ballot"], choice, entry["salt"]) != name:
            faults.append(f"{name}: choice and salt do not give this commitment")
        if areas and (type(entry.get("area")) is not int or entry["area"] < 0):
            faults.append(f"{name}: the area is missing")
        if entry.get("chamber", "") not in ("", *rules["chambers"]):
            faults.append(f"{name}: no such chamber votes here")
    return faults


def _paper(rules: Mapping[str, Any], paper: Sequence[Mapping[str, Any]]) -> list[str]:
    faults = []
    if paper and not rules["paper"]:
        faults.append("the rules do not allow paper votes")
    for line in paper:
        if type(line["number"]) is not int or line["number"] < 1:
            faults.append("a line of paper votes counts less than one")
        choice = line["choice"]
        try:
            if choice != INVALID and canonical_choice(rules, choice) != choice:
                faults.append("a paper choice is not in its canonical form")
        except NotAChoice as wrong:
            faults.append(f"a paper choice is none of this ballot ({wrong})")
    return faults
