"""What may be written: lengths, positions, and what changed between two versions."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from gongzhi.kernel.errors import Invalid
from gongzhi.kernel.text import Message, check_length, clean_line, clean_text
from gongzhi.kernel.text import lazy as _l

TITLE_LENGTH = (4, 80)
BODY_LENGTH = (4, 10_000)
REASON_LENGTH = (2, 500)
NOTE_LENGTH = (2, 2_000)
ANSWER_LENGTH = (4, 10_000)
GUIDANCE_LENGTH = (4, 2_000)
COMMENT_LENGTH = (0, 1_000)
STEP_LENGTH = (0, 300)
ALT_LENGTH = (0, 200)
MOST_PHOTOS = 9
MOST_ATTACHMENTS = 10
NEARBY_METRES = 250.0
EARTH_RADIUS = 6_371_000.0


class Errors:
    """Messages by field, gathered so that a writer sees all of them at once."""

    def __init__(self) -> None:
        self.found: dict[str, list[Message]] = {}

    def add(self, field: str, message: Message | None) -> None:
        """Put a message beside a field; None is no message."""
        if message is not None:
            self.found.setdefault(field, []).append(message)

    def line(self, field: str, text: str, lengths: tuple[int, int]) -> str:
        """One clean line of a fitting length."""
        return self._fitting(field, clean_line(text), lengths)

    def text(self, field: str, text: str, lengths: tuple[int, int]) -> str:
        """Clean text of a fitting length."""
        return self._fitting(field, clean_text(text), lengths)

    def done(self) -> None:
        """Raises `Invalid` when anything was found."""
        if self.found:
            raise Invalid(self.found)

    def _fitting(self, field: str, cleaned: str, lengths: tuple[int, int]) -> str:
        if lengths[0] and not cleaned:
            self.add(field, _l("This is required."))
        else:
            self.add(field, check_length(cleaned, *lengths))
        return cleaned


def check_text(field: str, text: str, lengths: tuple[int, int]) -> str:
    """The clean text. Raises `Invalid` beside the field."""
    errors = Errors()
    cleaned = errors.text(field, text, lengths)
    errors.done()
    return cleaned


def check_position(errors: Errors, latitude: float | None, longitude: float | None) -> None:
    """Both or neither, and on this planet."""
    if latitude is None and longitude is None:
        return
    if latitude is None or longitude is None:
        errors.add("latitude" if latitude is None else "longitude", _l("A position needs latitude and longitude."))
        return
    if not (math.isfinite(latitude) and -90 <= latitude <= 90):
        errors.add("latitude", _l("The latitude must be between -90 and 90."))
    if not (math.isfinite(longitude) and -180 <= longitude <= 180):
        errors.add("longitude", _l("The longitude must be between -180 and 180."))


def metres_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The way between two positions as the crow flies (haversine)."""
    (lat1, lon1), (lat2, lon2) = (tuple(map(math.radians, place)) for place in (one, other))
    chord = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS * math.asin(min(1.0, math.sqrt(chord)))


def box_around(latitude: float, longitude: float, metres: float) -> tuple[float, float, float, float]:
    """South, north, west and east of a box that holds the circle."""
    up = math.degrees(metres / EARTH_RADIUS)
    across = up / max(math.cos(math.radians(latitude)), 0.01)
    return latitude - up, latitude + up, longitude - across, longitude + across


@dataclass(frozen=True, slots=True)
class DiffPiece:
    """A piece of text that stayed, came or went."""

    kind: Literal["same", "added", "removed"]
    text: str


_PIECES = re.compile(r"[A-Za-z0-9]+|\s+|.", re.DOTALL)
LARGEST_DIFF = 2_000


def diff(before: str, after: str) -> list[DiffPiece]:
    """What changed: by characters (words in Latin script); by lines where the text is long."""
    long = max(len(before), len(after)) > LARGEST_DIFF
    old: Sequence[str] = before.splitlines(keepends=True) if long else _PIECES.findall(before)
    new: Sequence[str] = after.splitlines(keepends=True) if long else _PIECES.findall(after)
    pieces: list[DiffPiece] = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag == "equal":
            pieces.append(DiffPiece("same", "".join(old[old_from:old_to])))
            continue
        if old_to > old_from:
            pieces.append(DiffPiece("removed", "".join(old[old_from:old_to])))
        if new_to > new_from:
            pieces.append(DiffPiece("added", "".join(new[new_from:new_to])))
    return pieces
