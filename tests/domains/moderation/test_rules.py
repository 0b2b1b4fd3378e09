"""What reports weigh, whatever is thrown at them; what is covered; what the public figures may say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongzhi.domains.moderation import rules
from gongzhi.domains.moderation.rules import Reporter
from gongzhi.kernel.errors import Invalid

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
OLD = NOW - timedelta(days=400)


def somebody(number, **more):
    """A verified resident of long standing, without any tie to the others."""
    given_ = {
        "account_id": f"{number:013d}",
        "level": 2,
        "registered_at": OLD - timedelta(hours=2 * number),
        "reported_at": NOW + timedelta(hours=number),
        "community_id": f"c{number}",
        "network": f"n{number}",
    }
    return Reporter(**{**given_, **more})


def test_three_independent_verified_readers_hold_and_two_do_not():
    assert rules.holds([somebody(number) for number in range(3)])
    assert not rules.holds([somebody(number) for number in range(2)])


@given(
    st.lists(
        st.builds(
            dict,
            age=st.integers(0, 400 * 24 * 60),
            at=st.integers(0, 10_000),
            upheld=st.integers(0, 50),
            network=st.sampled_from(["", "a", "b", "c"]),
            community=st.sampled_from([None, "x", "y"]),
        ),
        max_size=60,
    )
)
def test_unverified_accounts_hold_nothing_however_many_old_and_diligent(crowd):
    puppets = [
        somebody(
            number,
            level=1,
            registered_at=NOW - timedelta(minutes=one["age"]),
            reported_at=NOW + timedelta(minutes=one["at"]),
            upheld=one["upheld"],
            network=one["network"],
            community_id=one["community"],
        )
        for number, one in enumerate(crowd)
    ]
    assert rules.weight(puppets) <= rules.UNVERIFIED_TOGETHER
    assert not rules.holds(puppets)
    # Nor do they tip the scales for two who are real.
    assert not rules.holds([*puppets, somebody(1000), somebody(1001)])


@given(st.integers(1, 200), st.sampled_from(["network", "born", "burst", "companions"]))
def test_a_group_that_acts_together_is_one_voice_however_large(size, tie):
    ids = frozenset(f"{number:013d}" for number in range(size))
    ties = {
        "network": {"network": "one"},
        "born": {"registered_at": OLD},
        "burst": {"community_id": "here", "reported_at": NOW},
        "companions": {"companions": ids},
    }[tie]
    group = [somebody(number, **ties) for number in range(size)]
    assert rules.weight(group) <= 1.5
    assert not rules.holds(group)
    assert not rules.holds([*group, somebody(5000)])
    assert rules.holds([*group, somebody(5000), somebody(5001)])


@given(st.integers(0, 100))
def test_officials_weigh_nothing(size):
    office = [somebody(number, counts_not=True) for number in range(size)]
    assert rules.weight(office) == 0
    assert not rules.holds([*office, somebody(5000), somebody(5001)])


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 800), st.sampled_from([0, 1, 2, 3]), st.booleans())
def test_trust_stays_between_nothing_and_one_and_a_half_and_falls_with_every_wrong_report(
    upheld, rejected, days, level, official
):
    one = somebody(
        1,
        level=level,
        upheld=upheld,
        rejected=rejected,
        registered_at=NOW - timedelta(days=days),
        reported_at=NOW,
        counts_not=official,
    )
    worse = Reporter(**{**one.__dict__, "rejected": rejected + 1})
    assert 0 <= rules.trust(worse) <= rules.trust(one) <= 1.5


def test_those_whose_reports_were_wrong_need_more_company():
    assert not rules.holds([somebody(number, rejected=10) for number in range(3)])


@given(st.lists(st.integers(0, 30), min_size=1, max_size=20, unique=True))
def test_groups_neither_lose_nor_double_anybody(numbers):
    people = [somebody(number, network=f"n{number % 3}") for number in numbers]
    assert sorted(one.account_id for group in rules.groups(people) for one in group) == sorted(
        one.account_id for one in people
    )


def test_passages_are_covered_wherever_they_stand_and_only_they():
    words = {"title": "王小明家", "body": "王小明住3单元,王小明。", "photo:0": '{"key": "王小明"}'}
    covered = rules.cover(words, ["王小明", "3单元"])
    assert covered == {"title": "▇▇▇家", "body": "▇▇▇住▇▇▇,▇▇▇。", "photo:0": '{"key": "王小明"}'}
    for wrong in ([], ["不在这里"]):
        with pytest.raises(Invalid):
            rules.cover(words, wrong)


@given(st.text(min_size=1, max_size=60), st.data())
def test_no_covered_passage_is_left_anywhere(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    passage = text[start : data.draw(st.integers(start + 1, len(text)))].strip()
    if not passage or rules.COVER in passage:
        return
    covered = rules.cover({"body": text}, [passage])
    assert passage not in covered["body"]
    assert len(covered["body"]) == len(text)


def test_the_scale_of_suspensions_is_climbed_step_by_step_except_for_what_is_grave():
    assert [rules.advised_days(earlier) for earlier in range(4)] == [1, 7, 30, 30]
    assert rules.check_days(7, earlier=0, ground="insult") == 7
    assert rules.check_days(30, earlier=0, ground="minors") == 30
    for days, earlier in ((30, 0), (5, 2), (None, 1)):
        with pytest.raises(Invalid):
            rules.check_days(days, earlier=earlier, ground="insult")


@given(st.integers(0, 10_000))
def test_small_figures_are_never_told_exactly(number):
    assert rules.few(number) == (number if number == 0 or number >= 5 else "<5")


def test_almost_the_same_words_are_alike_and_others_are_not():
    one = rules.shingles("低价开锁换锁,联系电话 138,随叫随到,全城服务")
    assert rules.likeness(one, rules.shingles("低价开锁换锁,联系电话138,随叫随到,全城服务!")) > rules.ALIKE
    assert rules.likeness(one, rules.shingles("石阶里的路灯坏了两周,夜里看不清台阶。")) < 0.1
