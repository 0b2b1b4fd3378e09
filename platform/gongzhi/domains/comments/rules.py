"""What a comment may be, how comments are ranked, and who is meant by an @."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from gongzhi.domains.comments.models import Stance
from gongzhi.kernel.errors import Invalid
from gongzhi.kernel.text import check_length, clean_text
from gongzhi.kernel.text import lazy as _l

LONGEST = 4000
EDIT_WINDOW = timedelta(minutes=30)
CONFIDENCE = 1.96
MOST_MENTIONS = 10
_NAMED = re.compile(r"@([^\s@,。,.!?!?::;;、()()<>《》\"'“”]{1,60})")

STANCE_LABELS = {
    Stance.FOR: _l("For"),
    Stance.NEUTRAL: _l("Neutral"),
    Stance.AGAINST: _l("Has concerns"),
}


def checked_body(body: str) -> str:
    """The cleaned words. Raises `Invalid` on field `body`."""
    words = clean_text(body)
    if wrong := check_length(words, 1, LONGEST):
        raise Invalid({"body": [wrong]})
    return words


def wilson(agree: int, disagree: int) -> float:
    """Lower bound of the Wilson score interval at 95 % (E. B. Wilson, JASA 22, 1927); 0 without reactions."""
    n = agree + disagree
    if n == 0:
        return 0.0
    share = agree / n
    z2 = CONFIDENCE * CONFIDENCE
    centre = share + z2 / (2 * n)
    spread = CONFIDENCE * math.sqrt((share * (1 - share) + z2 / (4 * n)) / n)
    return (centre - spread) / (1 + z2 / n)


def may_still_edit(created_at: datetime, now: datetime) -> bool:
    """Within the edit window."""
    return now - created_at <= EDIT_WINDOW


def named(body: str) -> list[str]:
    """The names written after an @, at most ten, each once."""
    return list(dict.fromkeys(_NAMED.findall(body)))[:MOST_MENTIONS]


def mentioned(body: str, people: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Accounts of the thread (id, name) whose name begins what follows an @; the longest name wins."""
    by_name = sorted(people, key=lambda person: -len(person[1]))
    found = []
    for written in named(body):
        for account_id, name in by_name:
            if name and written.startswith(name.replace(" ", "")):
                found.append(account_id)
                break
    return tuple(dict.fromkeys(found))
