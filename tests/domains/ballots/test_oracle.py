"""Ranked rules against published elections, with votelib as a second opinion on each."""

from __future__ import annotations

import random

import pytest
import votelib.convert
import votelib.evaluate.auxiliary
import votelib.evaluate.condorcet
import votelib.evaluate.core
import votelib.evaluate.sequential

from gongzhi.domains.ballots.rules.ranked import instant_runoff, schulze


def rankings(text: str):
    """`5: A>C>B` a line."""
    found = []
    for line in text.strip().splitlines():
        number, _colon, order = line.strip().partition(":")
        found.append(([group.strip().split("=") for group in order.split(">")], int(number)))
    return found


def keys(votes):
    return sorted({key for groups, _number in votes for group in groups for key in group})


# M. Schulze, "A new monotonic … single-winner election method", Social Choice and Welfare 36 (2011), example 1 (45 voters).
SCHULZE_1 = rankings(
    "5: A>C>B>E>D\n5: A>D>E>C>B\n8: B>E>D>A>C\n3: C>A>B>E>D\n7: C>A>E>B>D\n2: C>B>A>D>E\n7: D>C>E>B>A\n8: E>B>A>D>C"
)
# The same paper, example 2 (30 voters, 4 options), and 3 and 4.
SCHULZE_2 = rankings(
    "5: A>C>B>D\n2: A>C>D>B\n3: A>D>C>B\n4: B>A>C>D\n3: C>B>D>A\n3: C>D>B>A\n1: D>A>C>B\n5: D>B>A>C\n4: D>C>B>A"
)
SCHULZE_3 = rankings(
    "3: A>B>D>E>C\n5: A>D>E>B>C\n1: A>D>E>C>B\n2: B>A>D>E>C\n2: B>D>E>C>A\n4: C>A>B>D>E\n6: C>B>A>D>E\n2: D>B>E>C>A\n5: D>E>C>A>B"
)
SCHULZE_4 = rankings("3: A>B>C>D\n2: D>A>B>C\n2: D>B>C>A\n2: C>B>D>A")
# Four cities choose the capital of Tennessee, the textbook example (42, 26, 15, 17 per cent).
TENNESSEE = rankings(
    "42: Memphis>Nashville>Chattanooga>Knoxville\n26: Nashville>Chattanooga>Knoxville>Memphis\n"
    "15: Chattanooga>Knoxville>Nashville>Memphis\n17: Knoxville>Chattanooga>Nashville>Memphis"
)
# The mayor of Burlington, Vermont, 2009: the three who remained, with the ballots as published afterwards.
BURLINGTON = rankings(
    "1332: Montroll>Kiss>Wright\n767: Montroll>Wright>Kiss\n455: Montroll\n2043: Kiss>Montroll>Wright\n371: Kiss>Wright>Montroll\n"
    "568: Kiss\n1513: Wright>Montroll>Kiss\n495: Wright>Kiss>Montroll\n1289: Wright"
)
# Debian, a Condorcet paradox in small.
PARADOX = rankings("9: A>B>C\n8: B>C>A\n7: C>A>B")
PUBLISHED = {
    "Schulze 1": (SCHULZE_1, ["E"]),
    "Schulze 2": (SCHULZE_2, ["D"]),
    "Schulze 3": (SCHULZE_3, ["B"]),
    "Schulze 4": (SCHULZE_4, ["B", "D"]),
    "Tennessee": (TENNESSEE, ["Nashville"]),
    "Burlington 2009": (BURLINGTON, ["Montroll"]),
    "paradox": (PARADOX, ["A"]),
}


def votelib_votes(votes):
    return {
        tuple(group[0] if len(group) == 1 else frozenset(group) for group in groups): number for groups, number in votes
    }


@pytest.mark.parametrize("name", PUBLISHED)
def test_schulze_elects_whom_the_published_election_elected(name):
    votes, winners = PUBLISHED[name]
    assert schulze(keys(votes), votes)["winners"] == winners


@pytest.mark.parametrize("name", [name for name, (_votes, winners) in PUBLISHED.items() if len(winners) == 1])
def test_schulze_agrees_with_votelib(name):
    votes, winners = PUBLISHED[name]
    pairs = votelib.convert.RankedToCondorcetVotes().convert(votelib_votes(votes))
    assert votelib.evaluate.condorcet.Schulze().evaluate(pairs, 1) == winners


def test_the_first_example_of_the_paper_has_its_matrix_and_its_strongest_paths():
    found = schulze(list("ABCDE"), SCHULZE_1)
    assert found["matrix"]["A"] == {"B": 20, "C": 26, "D": 30, "E": 22}
    assert found["matrix"]["E"] == {"A": 23, "B": 27, "C": 21, "D": 31}
    assert found["paths"]["A"] == {"B": 28, "C": 28, "D": 30, "E": 24}
    assert found["paths"]["E"] == {"A": 25, "B": 28, "C": 28, "D": 31}
    assert [group[0] for group in found["order"]] == list("EACBD")


def test_burlington_elected_kiss_by_instant_runoff_though_montroll_beats_each_of_them():
    found = instant_runoff(keys(BURLINGTON), BURLINGTON, "")
    assert found["winners"] == ["Kiss"]
    assert found["rounds"][0]["counts"] == {"Kiss": 2982, "Montroll": 2554, "Wright": 3297}
    assert found["rounds"][0]["eliminated"] == "Montroll"
    assert found["rounds"][1]["counts"] == {"Kiss": 4314, "Wright": 4064}
    assert found["rounds"][1]["exhausted"] == 455


def test_tennessee_elects_knoxville_by_instant_runoff():
    found = instant_runoff(keys(TENNESSEE), TENNESSEE, "")
    assert [one["eliminated"] for one in found["rounds"]] == ["Chattanooga", "Nashville", None]
    assert found["winners"] == ["Knoxville"]


def runoff_of_votelib(votes):
    evaluator = votelib.evaluate.sequential.TransferableVoteSelector(quota_function="droop")
    return evaluator.evaluate(votelib_votes(votes), 1)


@pytest.mark.parametrize("name", ["Burlington 2009", "Tennessee", "Schulze 3", "paradox"])
def test_instant_runoff_agrees_with_votelib(name):
    votes, _winners = PUBLISHED[name]
    assert instant_runoff(keys(votes), votes, "")["winners"] == runoff_of_votelib(votes)


@pytest.mark.parametrize("seed", range(60))
def test_random_elections_come_out_as_votelib_has_them(seed):
    rng = random.Random(seed)
    options = list("ABCDEF")[: rng.randint(3, 6)]
    votes = []
    for _ in range(rng.randint(3, 25)):
        order = rng.sample(options, len(options))
        votes.append(([[key] for key in order], rng.randint(1, 97)))
    pairs = votelib.convert.RankedToCondorcetVotes().convert(votelib_votes_added(votes))
    ours = schulze(options, votes)["winners"]
    if len(ours) == 1:
        assert votelib.evaluate.condorcet.Schulze().evaluate(pairs, 1) == ours
    runoff = instant_runoff(options, votes, "")
    if len(runoff["winners"]) == 1 and all(one["by"] in (None, "votes") for one in runoff["rounds"]):
        assert runoff_of_votelib_added(votes) == runoff["winners"]


def votelib_votes_added(votes):
    found = {}
    for order, number in votelib_pairs(votes):
        found[order] = found.get(order, 0) + number
    return found


def votelib_pairs(votes):
    return [(tuple(group[0] for group in groups), number) for groups, number in votes]


def runoff_of_votelib_added(votes):
    evaluator = votelib.evaluate.sequential.TransferableVoteSelector(quota_function="droop")
    return evaluator.evaluate(votelib_votes_added(votes), 1)
