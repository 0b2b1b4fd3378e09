"""What counts how much, when something is held by itself, what may be appealed until when. No session, no clock."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Any

from gongzhi.domains.people.rules import Ground
from gongzhi.kernel.errors import Invalid
from gongzhi.kernel.text import Lazy
from gongzhi.kernel.text import lazy as _l
from gongzhi.kernel.workdays import add_working_days

from .models import AppealOutcome, MeasureKind

URGENT = (Ground.MINORS, Ground.PRIVACY)
"""Waiting does harm: minors (未成年人保护法 第七十七条) and leaked personal data (个人信息保护法 第五十七条)."""
URGENT_HOURS = 24
"""The time within which sites usually promise to act on harm; the district's own figure."""
ORDINARY_DAYS = 3
"""Working days; the district's own figure."""
APPEAL_WITHIN_DAYS = 15
"""Calendar days to appeal; the district's own figure, a generous one."""
APPEAL_DECIDED_DAYS = 5
"""Working days to decide an appeal; then it goes to the administrators."""
HOLD_HOURS = 24
"""A hold nobody has decided in this time ends by itself."""
HOLDS_PER_AUTHOR = 3
"""Automatic holds of one author's things in seven days: whoever is held more often is a case for people, not rules."""
HOLD = timedelta(hours=HOLD_HOURS)
HOLD_REASON = _l("Several independent readers reported it; a moderator will look within 24 hours.")
RELEASE_REASON = _l("Nobody decided in 24 hours, so it is shown again.")
CLAIM = timedelta(minutes=30)
"""How long a claimed case is left to whoever claimed it."""
SUSPENSIONS = (1, 7, 30)
GRAVE = (Ground.UNLAWFUL, Ground.MINORS)
APPEALABLE = (MeasureKind.HIDE, MeasureKind.REDACT, MeasureKind.WARN, MeasureKind.SUSPEND)
BY_HAND = (*APPEALABLE, MeasureKind.DISMISS, MeasureKind.RESTORE)
BULK = (MeasureKind.DISMISS, MeasureKind.HIDE)
MOST_BULK = 50
FEW = 5
"""Public figures below this are shown as "<5" (interface.md, Honest face)."""
COVER = "▇"
KEEP_NETWORKS = timedelta(days=30)

SERIOUSNESS = (
    Ground.MINORS, Ground.PRIVACY, Ground.UNLAWFUL, Ground.HATRED, Ground.INSULT,
    Ground.FALSE, Ground.ADVERTISING, Ground.FLOODING, Ground.OTHER,
)  # fmt: skip

MEASURE_LABELS: dict[str, Lazy] = {
    MeasureKind.DISMISS: _l("No measure"),
    MeasureKind.HIDE: _l("Hide"),
    MeasureKind.REDACT: _l("Cover a part"),
    MeasureKind.WARN: _l("Warn"),
    MeasureKind.SUSPEND: _l("Suspend"),
    MeasureKind.RESTORE: _l("Show again"),
    MeasureKind.HOLD: _l("Held for checking"),
    MeasureKind.RELEASE: _l("Hold ended by itself"),
}
APPEAL_LABELS: dict[str, Lazy] = {
    AppealOutcome.UPHELD: _l("The measure stands"),
    AppealOutcome.REVERSED: _l("Reversed"),
    AppealOutcome.CHANGED: _l("Changed to a milder one"),
}


@dataclass(frozen=True)
class CommunityRule:
    """An item of the community's rules (社区公约), in both languages."""

    ground: str
    zh: str
    en: str
    text_zh: str
    text_en: str
    basis: str


def _rules() -> tuple[CommunityRule, ...]:
    kept = json.loads(Path(__file__).with_name("community_rules.json").read_text(encoding="utf-8"))
    return tuple(CommunityRule(**one) for one in kept)


COMMUNITY_RULES = _rules()
_BY_GROUND = {rule.ground: rule for rule in COMMUNITY_RULES}


def placeholder(part: str, words: str, ground: str) -> str:
    """What stands in the place of hidden words, in both languages, since it is kept and not translated."""
    if not words or part.startswith("photo"):
        return ""
    if part == "name":
        return "匿名用户"
    rule = _BY_GROUND[ground]
    return f"〔因「{rule.zh}」被隐藏 · Hidden: {rule.en}〕"


def cover(words: Mapping[str, str], passages: Sequence[str]) -> dict[str, str]:
    """The words with each passage covered wherever it stands, a block a character.

    Pictures stay. Raises `Invalid` on field `passages` for none, or for one that stands nowhere.
    """
    wanted = sorted({passage.strip() for passage in passages if passage.strip()}, key=len, reverse=True)
    if not wanted:
        raise Invalid.of("passages", _l("Give the passages to cover, one a line."))
    covered = dict(words)
    for passage in wanted:
        found = False
        for part, text in covered.items():
            if not part.startswith("photo") and passage in text:
                covered[part] = text.replace(passage, COVER * len(passage))
                found = True
        # A passage that lies within a longer one is covered with it.
        if not found and not any(passage in other for other in wanted if other != passage):
            raise Invalid.of("passages", _l("These words do not stand there: %(passage)s", passage=passage[:40]))
    return covered


def digest(words: Mapping[str, str]) -> str:
    """Names exactly these words."""
    return hashlib.sha256(json.dumps(dict(words), sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def is_urgent(ground: str) -> bool:
    """Whether waiting does harm."""
    return ground in URGENT


def most_serious(grounds: Iterable[str]) -> str:
    """The one that decides how soon somebody must look."""
    return min(grounds, key=lambda ground: SERIOUSNESS.index(Ground(ground)))


def _end_of(day: date, zone: tzinfo | None) -> datetime:
    return datetime.combine(day, time(23, 59, 59), zone)


def due_at(ground: str, local: datetime) -> datetime:
    """By when a moderator must have looked; `local` is now on the district's clock."""
    if is_urgent(ground):
        return local + timedelta(hours=URGENT_HOURS)
    return _end_of(add_working_days(local.date(), ORDINARY_DAYS).date, local.tzinfo)


def appeal_until(local: datetime) -> datetime:
    """The end of the last day to appeal."""
    return _end_of(local.date() + timedelta(days=APPEAL_WITHIN_DAYS), local.tzinfo)


def appeal_due(local: datetime) -> datetime:
    """By when an appeal must be decided."""
    return _end_of(add_working_days(local.date(), APPEAL_DECIDED_DAYS).date, local.tzinfo)


def advised_days(earlier: int) -> int:
    """How long to suspend, by the number of earlier suspensions: 1, then 7, then 30 days."""
    return SUSPENSIONS[min(earlier, len(SUSPENSIONS) - 1)]


def check_days(days: int | None, *, earlier: int, ground: str) -> int:
    """A step of the scale, not past the next one unless the ground is grave. Raises `Invalid` on `days`."""
    if days not in SUSPENSIONS:
        raise Invalid.of("days", _l("Choose 1, 7 or 30 days."))
    if ground not in GRAVE and days > SUSPENSIONS[min(earlier + 1, len(SUSPENSIONS) - 1)]:
        raise Invalid.of("days", _l("That is too long for a first suspension on this ground."))
    return int(days)


# ------------------------------------------------------------ automatic holds


THRESHOLD = 3.0
LEAST_GROUPS = 3
VERIFIED = 2
UNVERIFIED_WORTH = 0.25
UNVERIFIED_TOGETHER = 0.75
GROWN_UP = timedelta(days=30)
BORN_TOGETHER = timedelta(hours=1)
BURST = timedelta(minutes=10)
COMPANIONS_FROM = 3
PRIOR = (2, 2)


@dataclass(frozen=True)
class Reporter:
    """What is known of somebody who reported a thing, at that moment."""

    account_id: str
    level: int
    registered_at: datetime
    reported_at: datetime
    upheld: int = 0
    rejected: int = 0
    community_id: str | None = None
    network: str = ""
    counts_not: bool = False
    """Speaks for an office, or belongs to one: never holds anything by itself."""
    companions: frozenset[str] = field(default_factory=frozenset)
    """Accounts with whom this one reported the same things at least three times before."""


def trust(reporter: Reporter) -> float:
    """What one report counts, from 0 to 1.5.

    - An official's, or that of a member of any office: nothing. Offices have other ways; critics of theirs must
      not be silenced by a rule.
    - Verified: 1, for behind it stands one person whose identity was checked; unverified: 0.25.
    - An account grows up over 30 days: fresh ones count in proportion to their age.
    - The share of earlier reports that were right, with a Beta(2, 2) prior so that few of them say little:
      from 0 (always wrong) over 1 (no record) to 1.5.
    """
    if reporter.counts_not:
        return 0.0
    worth = 1.0 if reporter.level >= VERIFIED else UNVERIFIED_WORTH
    age = max(timedelta(), reporter.reported_at - reporter.registered_at)
    known, prior = reporter.upheld + reporter.rejected, sum(PRIOR)
    share = (reporter.upheld + PRIOR[0]) / (known + prior)
    return worth * min(1.0, age / GROWN_UP) * min(1.5, 2 * share)


def together(one: Reporter, other: Reporter) -> bool:
    """Whether two reports are no independent voices.

    Same network; registered within an hour of each other; neighbours who report within ten minutes; or people
    who keep reporting the same things. Families and housemates are meant too: together they are one report.
    """
    return (
        bool(one.network and one.network == other.network)
        or abs(one.registered_at - other.registered_at) <= BORN_TOGETHER
        or (
            one.community_id is not None
            and one.community_id == other.community_id
            and abs(one.reported_at - other.reported_at) <= BURST
        )
        or other.account_id in one.companions
        or one.account_id in other.companions
    )


def groups(reporters: Collection[Reporter]) -> list[list[Reporter]]:
    """The reporters by who is together with whom, also through others."""
    found: list[list[Reporter]] = []
    for reporter in sorted(reporters, key=lambda one: one.account_id):
        joined = [group for group in found if any(together(reporter, member) for member in group)]
        merged = [reporter, *(member for group in joined for member in group)]
        found = [group for group in found if group not in joined] + [merged]
    return found


def weight(reporters: Collection[Reporter]) -> float:
    """What all reports of a thing count: each group as its weightiest member, all unverified ones at most 0.75.

    So an organised group is one voice however large, and unverified accounts alone, however many, never come
    near the threshold.
    """
    sure = [reporter for reporter in reporters if reporter.level >= VERIFIED]
    unsure = [reporter for reporter in reporters if reporter.level < VERIFIED]
    strong = sum(max(map(trust, group)) for group in groups(sure))
    weak = sum(max(map(trust, group)) for group in groups(unsure))
    return strong + min(weak, UNVERIFIED_TOGETHER)


def holds(reporters: Collection[Reporter]) -> bool:
    """Whether these reports hold the thing until somebody has looked.

    At least three independent groups with a verified member that counts for something, and a weight of three.
    """
    sure = [reporter for reporter in reporters if reporter.level >= VERIFIED and trust(reporter) > 0]
    return len(groups(sure)) >= LEAST_GROUPS and weight(reporters) >= THRESHOLD


# ------------------------------------------------------------ likeness


_SPACE = re.compile(r"\s+")
ALIKE = 0.7


def shingles(text: str) -> frozenset[str]:
    """Every three characters in a row, without spaces and case."""
    bare = _SPACE.sub("", text).lower()
    return frozenset(bare[at : at + 3] for at in range(max(1, len(bare) - 2)))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """How much two texts share (Jaccard), from 0 to 1."""
    return len(one & other) / len(one | other) if one and other else 0.0


# ------------------------------------------------------------ public figures


def few(number: int) -> int | str:
    """A figure that identifies nobody: below five, and not zero, it is "<5"."""
    return "<5" if 0 < number < FEW else number


def canonical(statistics: Mapping[str, Any]) -> str:
    """The one spelling of these figures: sorted keys, no spaces."""
    return json.dumps(statistics, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
