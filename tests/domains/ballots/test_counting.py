"""Counting by itself: thresholds, quorum, chambers, areas, ties, and properties that must hold for any votes."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongzhi.domains.ballots.rules import verify_ballot
from gongzhi.domains.ballots.rules.choices import NotAChoice, canonical_choice, paper_lines
from gongzhi.domains.ballots.rules.counting import Bundle, count, share_of
from gongzhi.domains.ballots.rules.document import make_document
from gongzhi.domains.ballots.rules.ranked import instant_runoff, schulze
from gongzhi.domains.ballots.rules.sealing import (
    CannotOpen,
    Vote,
    commitment_of,
    new_key,
    salt_of,
    seal,
    unseal,
)
from gongzhi.domains.ballots.rules.templates import BY_CODE, STANDARD

OPTIONS = [{"key": f"o{place}", "label": f"方案{place}", "about": ""} for place in range(1, 5)]
KEYS = [option["key"] for option in OPTIONS]


def rules_for(code, *, number=100, area=0, chambers=None, **more):
    template = BY_CODE[code]
    return {
        "ballot": "0000000000001",
        "method": str(template.method),
        "options": [] if template.method == "motion" else OPTIONS,
        "score_max": 5,
        "quorum": list(template.quorum),
        "thresholds": list(template.thresholds),
        "chambers": list(template.chambers),
        "electorate": {"number": number, "area": area, "chambers": chambers or {"resident": number}},
        "paper": True,
        "secret": True,
        **more,
    }


def motion(yes, no, abstain=0, invalid=0, chamber="resident"):
    counts = {"for": yes, "against": no, "abstain": abstain, "invalid": invalid}
    return [Bundle(choice, chamber, number) for choice, number in counts.items()]


@pytest.mark.parametrize(
    ("code", "votes", "status"),
    [
        ("simple", motion(51, 49), "passed"),
        ("simple", motion(50, 50), "tie"),
        ("simple", motion(1, 0, 90), "passed"),
        ("simple", motion(0, 0, 3), "failed"),
        ("simple", [], "no_votes"),
        ("two_thirds", motion(66, 34), "failed"),
        ("two_thirds", motion(2, 1), "passed"),
        ("resident_meeting", motion(26, 25), "passed"),
        ("resident_meeting", motion(25, 25), "no_quorum"),
        ("resident_meeting", motion(26, 20, 6), "failed"),
        ("resident_meeting", motion(27, 20, 6), "passed"),
        ("resident_meeting", motion(27, 20, 0, 7), "failed"),
    ],
)
def test_a_motion_passes_by_its_template(code, votes, status):
    assert count(rules_for(code), votes)["status"] == status


def owners(yes, no):
    return [Bundle("for", "resident", *yes), Bundle("against", "resident", *no)]


@pytest.mark.parametrize(
    ("code", "votes", "status"),
    [
        ("owners_general", owners((40, 5000), (27, 1700)), "passed"),
        ("owners_general", owners((40, 3000), (27, 3700)), "failed"),
        ("owners_general", owners((30, 5000), (37, 1700)), "failed"),
        ("owners_general", owners((60, 5000), (6, 1700)), "no_quorum"),
        ("owners_general", owners((60, 4000), (7, 2600)), "no_quorum"),
        ("owners_special", owners((51, 6000), (17, 2000)), "passed"),
        ("owners_special", owners((51, 5999), (17, 2001)), "failed"),
        ("owners_special", owners((50, 7000), (18, 1000)), "failed"),
    ],
)
def test_owners_count_by_number_and_by_area(code, votes, status):
    assert count(rules_for(code, number=100, area=10_000), votes)["status"] == status


@pytest.mark.parametrize(
    ("residents", "enterprises", "ngos", "status"),
    [
        ((6, 4), (2, 1), (0, 1), "passed"),
        ((6, 4), (1, 2), (0, 1), "failed"),
        ((4, 6), (2, 0), (2, 0), "failed"),
        ((6, 4), (1, 1), (0, 0), "failed"),
        ((6, 4), (0, 0), (0, 0), "passed"),
    ],
)
def test_residents_and_most_of_the_chambers_must_be_for(residents, enterprises, ngos, status):
    votes = motion(*residents) + motion(*enterprises, chamber="enterprise") + motion(*ngos, chamber="ngo")
    found = count(rules_for("chambers", chambers={"resident": 90, "enterprise": 8, "ngo": 2}), votes)
    assert found["status"] == status
    assert [one["measure"] for one in found["thresholds"]] == ["chamber", "chambers"]


def test_the_arithmetic_is_all_there():
    found = count(rules_for("resident_meeting"), motion(30, 20, 5, 1))
    assert found["turnout"] == {"entitled": 100, "voted": 56, "abstained": 5, "invalid": 1, "valid": 50}
    assert found["quorum"] == [
        {"measure": "number", "share": "1/2", "strict": True, "base": 100, "reached": 56, "met": True}
    ]
    assert found["thresholds"][0] | {"base": 56, "reached": 30, "met": True} == found["thresholds"][0]


def test_approval_and_scores_name_the_winner_and_report_ties():
    approval = rules_for("approval")
    assert count(approval, [Bundle(["o1", "o2"], "", 3), Bundle(["o2"], "", 1)])["winners"] == ["o2"]
    tied = count(approval, [Bundle(["o1"], "", 3), Bundle(["o2"], "", 3)])
    assert (tied["status"], tied["winners"]) == ("tie", ["o1", "o2"])
    score = count(
        rules_for("score"),
        [Bundle({"o1": 5, "o2": 4, "o3": 0, "o4": 0}, "", 2), Bundle({"o1": 0, "o2": 4, "o3": 0, "o4": 1}, "", 1)],
    )
    assert score["winners"] == ["o2"]
    assert score["tally"]["counts"] == {"o1": 10, "o2": 12, "o3": 0, "o4": 1}


@pytest.mark.parametrize("text", ["0/2", "3/2", "1/0", "0.5", "", "a/b", "1/2/3", "-1/2"])
def test_a_share_is_a_fraction_of_one(text):
    assert share_of("2/3").denominator == 3
    with pytest.raises(ValueError):
        share_of(text)


@pytest.mark.parametrize(
    ("code", "good", "bad"),
    [
        ("simple", ["for", "against", "abstain"], ["yes", "", None, ["for"], "invalid"]),
        ("approval", [["o1"], ["o2", "o4"], "abstain"], [[], ["o9"], ["o1", "o1"], "o1", [1]]),
        ("schulze", [[["o1"], ["o2", "o3"]], ["o4"]], [[], [["o1"], ["o1"]], [[]], [["o9"]], [[1]], {"o1": 1}]),
        ("irv", [["o1", "o2"], [["o4"]]], [[["o1", "o2"]], ["o1", "o1"]]),
        ("score", [{"o1": 5}, {}, {"o2": 0}], [{"o1": 6}, {"o9": 1}, {"o1": True}, {"o1": 1.5}, ["o1"]]),
    ],
)
def test_only_what_can_be_chosen_is_a_choice(code, good, bad):
    rules = rules_for(code)
    for choice in good:
        assert canonical_choice(rules, canonical_choice(rules, choice)) == canonical_choice(rules, choice)
    for choice in bad:
        with pytest.raises(NotAChoice):
            canonical_choice(rules, choice)


def test_papers_are_read_line_by_line_and_wrong_lines_named():
    lines, wrong = paper_lines(rules_for("schulze"), "3: 2>1=3\n1:弃权\n\n2:无效\nx: 1\n4: 9\n5: 1>1")
    assert lines == [([["o2"], ["o1", "o3"]], 3), ("abstain", 1), ("invalid", 2)]
    assert [place for place, _line in wrong] == [5, 6, 7]


# --- properties ---------------------------------------------------------------------------------------------------

ranking = st.permutations(KEYS).flatmap(
    lambda order: st.integers(1, 4).map(lambda length: [[key] for key in order[:length]])
)
elections = st.lists(st.tuples(ranking, st.integers(1, 30)), min_size=1, max_size=12)


@given(elections, st.randoms())
def test_the_order_in_which_votes_are_counted_changes_nothing(votes, rng):
    shuffled = votes[:]
    rng.shuffle(shuffled)
    assert schulze(KEYS, votes) == schulze(KEYS, shuffled)
    assert instant_runoff(KEYS, votes, "s") == instant_runoff(KEYS, shuffled, "s")


@given(elections)
def test_whoever_has_more_than_half_of_the_first_places_wins_under_every_ranked_rule(votes):
    first = {key: sum(number for groups, number in votes if groups[0] == [key]) for key in KEYS}
    best = max(first, key=first.get)
    if 2 * first[best] > sum(first.values()):
        assert schulze(KEYS, votes)["winners"] == [best]
        assert instant_runoff(KEYS, votes, "s")["winners"] == [best]


@given(elections)
def test_schulze_elects_whoever_beats_everybody(votes):
    found = schulze(KEYS, votes)
    for key in KEYS:
        if all(found["matrix"][key][other] > found["matrix"][other][key] for other in KEYS if other != key):
            assert found["winners"] == [key]


@given(elections)
def test_somebody_always_wins_and_everybody_has_a_place(votes):
    found = schulze(KEYS, votes)
    assert found["winners"]
    assert sorted(key for group in found["order"] for key in group) == KEYS
    runoff = instant_runoff(KEYS, votes, "s")
    assert runoff["winners"]
    for one in runoff["rounds"]:
        assert sum(one["counts"].values()) + one["exhausted"] == sum(number for _groups, number in votes)


@given(elections, st.integers(1, 50))
def test_abstentions_change_no_ranked_winner(votes, abstaining):
    for code in ("schulze", "irv"):
        bundles = [Bundle(groups, "", number) for groups, number in votes]
        without = count(rules_for(code, number=1000), bundles, "s")
        with_them = count(rules_for(code, number=1000), [*bundles, Bundle("abstain", "", abstaining)], "s")
        assert without["winners"] == with_them["winners"]


@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 200), st.integers(1, 50))
def test_one_more_vote_for_never_turns_a_passed_motion(yes, no, abstain, more):
    for code in ("simple", "two_thirds", "resident_meeting"):
        rules = rules_for(code, number=1000)
        if count(rules, motion(yes, no, abstain))["status"] == "passed":
            assert count(rules, motion(yes + more, no, abstain))["status"] == "passed"


def test_a_lot_falls_by_the_published_seed_and_only_when_nothing_else_decides():
    votes = [([["o1"]], 5), ([["o2"]], 3), ([["o3"]], 3)]
    drawn = {instant_runoff(KEYS[:3], votes, str(seed))["rounds"][0]["eliminated"] for seed in range(20)}
    assert drawn == {"o2", "o3"}
    assert instant_runoff(KEYS[:3], votes, "a") == instant_runoff(KEYS[:3], votes, "a")
    assert instant_runoff(KEYS[:2], [([["o1"]], 5), ([["o2"]], 5)], "a")["winners"] == ["o1", "o2"]


# --- envelopes and certificates -----------------------------------------------------------------------------------


def test_an_envelope_opens_for_its_ballot_its_voter_and_its_key_only():
    private, public = new_key()
    sealed = seal(public, "b1", "a:1", Vote("for", "5" * 64, "因为"), with_reasons=True)
    assert unseal(private, "b1", "a:1", sealed) == Vote("for", "5" * 64, "因为")
    for ballot, voter, key, envelope in (
        ("b2", "a:1", private, sealed),
        ("b1", "a:2", private, sealed),
        ("b1", "a:1", new_key()[0], sealed),
        ("b1", "a:1", private, sealed[:-8] + b"AAAAAAAA"),
        ("b1", "a:1", private, b"v0." + sealed),
    ):
        with pytest.raises(CannotOpen):
            unseal(key, ballot, voter, envelope)


@given(st.text(max_size=500), st.sampled_from(["for", "against", "abstain"]))
def test_the_length_of_an_envelope_says_nothing(reason, choice):
    _private, public = new_key()
    sealed = seal(
        public, "b1", "a:1", Vote(choice, "5" * 64, reason.encode("utf-8", "ignore").decode()), with_reasons=True
    )
    assert len(sealed) == len(seal(public, "b1", "a:1", Vote("for", "5" * 64), with_reasons=True))


def a_document(code="simple", choices=("for", "for", "against"), **more):
    rules = rules_for(code, number=10, **more)
    entries = []
    for place, choice in enumerate(choices):
        salt = salt_of(rules["ballot"], f"a:{place}", f"nonce {place}")
        chosen = canonical_choice(rules, choice)
        entries.append({"commitment": commitment_of(rules["ballot"], chosen, salt), "salt": salt, "choice": chosen})
    paper = [{"choice": canonical_choice(rules, choices[0]), "number": 2}]
    return make_document(
        rules, entries=entries, paper=paper, reasons=["乙", "甲"], certified_at="2026-11-24T10:00:00+00:00"
    )


@pytest.mark.parametrize(
    ("code", "choices"),
    [
        ("simple", ("for", "against", "abstain")),
        ("approval", (["o1"], ["o1", "o2"], "abstain")),
        ("schulze", (["o1", "o2"], [["o2"], ["o3", "o1"]])),
        ("irv", (["o1", "o2"], ["o2"])),
        ("score", ({"o1": 3}, {"o2": 5})),
    ],
)
def test_a_certificate_can_be_recounted_from_its_file_alone(code, choices):
    document = json.loads(json.dumps(a_document(code, choices)))
    assert verify_ballot(document) == []


def changed(path, value):
    document = copy.deepcopy(a_document())
    *way, last = path
    target = document
    for step in way:
        target = target[step]
    target[last] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("rules", "question"), "另一个问题", "hash they were frozen with"),
        (("entries", 0, "choice"), "abstain", "do not give this commitment"),
        (("entries", 0, "choice"), "maybe", "not a choice"),
        (("entries", 0, "salt"), "0" * 64, "do not give this commitment"),
        (("paper", 0, "number"), 3, "do not give this outcome"),
        (("paper", 0, "number"), 0, "less than one"),
        (("paper", 0, "number"), 999, "more votes than people"),
        (("outcome", "status"), "failed", "do not give this outcome: status"),
        (("outcome", "turnout", "voted"), 9, "do not give this outcome: turnout"),
        (("reasons",), [], "hash it was certified with"),
        (("certified_at",), "2026-11-25T10:00:00+00:00", "hash it was certified with"),
        (("version",), 2, "version 2"),
        (("kind",), "other", "not a gongzhi-ballot"),
        (("entries",), None, "malformed"),
    ],
)
def test_every_change_of_a_certificate_is_found_and_named(path, value, said):
    assert verify_ballot(a_document()) == []
    faults = verify_ballot(changed(path, value))
    assert any(said in fault for fault in faults), faults


def test_a_vote_listed_twice_or_left_out_is_found():
    document = a_document()
    twice = {**document, "entries": [*document["entries"], document["entries"][0]]}
    assert any("twice" in fault for fault in verify_ballot(twice))
    fewer = {**document, "entries": document["entries"][1:]}
    assert any("outcome" in fault for fault in verify_ballot(fewer))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_whatever_is_given_to_the_verifier_it_answers_with_faults(value):
    assert verify_ballot(value)
    assert verify_ballot({"kind": "gongzhi-ballot", "version": 1, "rules": value, "entries": value, "paper": value})


def test_every_standard_template_is_consistent():
    for template in STANDARD:
        for one in (*template.quorum, *template.thresholds):
            share_of(one["share"])
        assert (template.method == "motion") == bool(template.thresholds)
        assert not template.fixed or template.basis
