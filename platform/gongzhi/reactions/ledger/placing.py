"""Which entries of a file stand in their place: the changed, missing, added and exchanged ones are named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

MOST_KEPT = 10_000
"""Beyond this many faults no more are kept: the memory stays bounded whatever the file holds."""


@dataclass
class Placing:
    """Compares entries with the hashes of the log, block by block; what does not fit is resolved at the end."""

    absent: dict[int, str] = field(default_factory=dict)
    """Places no entry of their block fits, with the hash expected there."""
    strays: list[tuple[int, str]] = field(default_factory=list)
    """Entries (number, hash) that fit no place of their block."""
    displaced: set[int] = field(default_factory=set)
    misnumbered: set[int] = field(default_factory=set)

    def place(self, start: int, hashes: Sequence[str], entries: Iterable[tuple[int, str]]) -> None:
        """One block: the hashes of the places from `start`, and the entries (number, hash) in the file's order."""
        where = {hashed: start + place for place, hashed in enumerate(hashes)}
        order: list[int] = []
        wrong: dict[int, int] = {}
        for number, hashed in entries:
            place = where.pop(hashed, None)
            if place is None:
                if len(self.strays) < MOST_KEPT:
                    self.strays.append((number, hashed))
                continue
            order.append(place)
            if number != place:
                wrong[place] = number
        exchanged = {place for place, number in wrong.items() if wrong.get(number) == place}
        self.displaced |= exchanged
        self.misnumbered |= wrong.keys() - exchanged
        self.displaced |= {place for place, right in zip(order, sorted(order), strict=True) if place != right}
        if len(self.absent) < MOST_KEPT:
            self.absent.update((place, hashed) for hashed, place in where.items())

    def faults(self) -> list[str]:
        """Everything that is not in its place, in plain words."""
        found: list[str] = []
        expected = {hashed: place for place, hashed in self.absent.items()}
        added = []
        for number, hashed in self.strays:
            place = expected.get(hashed)
            if place is not None:
                self.displaced.add(place)
                self.absent.pop(place, None)
            else:
                added.append(number)
        for number in added:
            if self.absent.pop(number, None) is not None:
                found.append(f"entry {number} was changed")
            else:
                found.append(f"entry {number} was added: the log has no such entry there")
        found += [_said(span, "is missing", "are missing") for span in _spans(self.absent)]
        places = sorted(self.displaced)
        if len(places) == 2:
            found.append(f"entries {places[0]} and {places[1]} change places")
        else:
            found += [_said(span, "stands in another place", "are not in their order") for span in _spans(places)]
        found += [
            _said(span, "bears another number", "bear other numbers than their own")
            for span in _spans(self.misnumbered - self.displaced)
        ]
        return found


def _spans(places: Iterable[int]) -> list[tuple[int, int]]:
    """Runs of numbers: the first and the last of each."""
    runs: list[tuple[int, int]] = []
    for place in sorted(places):
        if runs and place == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    return runs


def _said(span: tuple[int, int], one: str, many: str) -> str:
    first, last = span
    return f"entry {first} {one}" if first == last else f"entries {first} to {last} {many}"
