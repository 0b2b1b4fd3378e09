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
_AT = re.compile(r"(?<![A-Za-z0-9._%+-])@(?=\S)")
"""An @ that names somebody: not the one inside an e-mail address."""

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


def mentioned(body: str, people: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Accounts of the thread (id, name) whose name follows an @, at most ten; the longest name wins.

    Spaces of a name may be left out, and upper or lower case does not matter.
    """
    spellings = sorted(
        ((account_id, spelling) for account_id, name in people for spelling in _spellings(name)),
        key=lambda entry: (-len(entry[1]), entry[0]),
    )
    found: dict[str, None] = {}
    for at in _AT.finditer(body):
        rest = body[at.end() :].casefold()
        account_id = next((key for key, spelling in spellings if _begins(rest, spelling)), None)
        if account_id is not None:
            found[account_id] = None
        if len(found) == MOST_MENTIONS:
            break
    return tuple(found)


def may_name_somebody(body: str) -> bool:
    """Whether it is worth asking who takes part in the thread."""
    return _AT.search(body) is not None


def _spellings(name: str) -> set[str]:
    plain = name.casefold()
    return {plain, plain.replace(" ", "")} - {""}


def _begins(rest: str, spelling: str) -> bool:
    """Whether the name stands here, and not only as the beginning of a longer Latin word."""
    if not rest.startswith(spelling):
        return False
    following = rest[len(spelling) : len(spelling) + 1]
    return not (spelling[-1].isascii() and spelling[-1].isalnum() and following.isascii() and following.isalnum())
