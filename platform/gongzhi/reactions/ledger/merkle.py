"""The tree of RFC 6962, section 2: hashes, which stored subtrees a proof needs, and how proofs are checked.

Pure: no database, no clock. A complete subtree is named by (level, index): level 0 are the leaves, and subtree
(level, index) covers the leaves from index·2^level to before (index+1)·2^level.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

Node: TypeAlias = tuple[int, int]
Span: TypeAlias = tuple[int, int]
"""Leaves from the first number to before the second."""

EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """MTH({d}) = SHA-256(0x00 || d)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def nodes_of(span: Span) -> list[Node]:
    """The complete subtrees a span consists of, from the left; it begins where a subtree of its size may begin."""
    start, end = span
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def fold(hashes: Sequence[bytes]) -> bytes:
    """The hash of a span from those of its complete subtrees, left to right."""
    if not hashes:
        return EMPTY
    whole = hashes[-1]
    for left in reversed(hashes[:-1]):
        whole = node_hash(left, whole)
    return whole


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_spans(index: int, size: int) -> list[Span]:
    """PATH(index, D[size]): the spans whose hashes prove the leaf, from the bottom. Needs 0 <= index < size."""
    spans: list[Span] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((start, middle))
            start = middle
    return spans[::-1]


def consistency_spans(first: int, second: int) -> list[Span]:
    """PROOF(first, D[second]): the spans that prove the second tree extends the first. Needs 0 < first <= second."""
    spans: list[Span] = []
    start, end, whole = 0, second, True
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((start, middle))
            start, whole = middle, False
    return ([] if whole else [(start, end)]) + spans[::-1]


def hashes_of(spans: Sequence[Span], stored: Mapping[Node, bytes]) -> list[bytes]:
    """The hash of each span, from the stored subtrees. Raises KeyError when one is missing."""
    return [fold([stored[node] for node in nodes_of(span)]) for span in spans]


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof leads from the leaf at `index` to the root of a tree of `size` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, whole = index, size - 1, leaf
    for part in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            whole = node_hash(part, whole)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            whole = node_hash(whole, part)
        place, last = place >> 1, last >> 1
    return last == 0 and whole == root


def verify_consistency(first: int, second: int, one: bytes, other: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the tree `second` with root `other` begins with the tree `first` with root `one` (RFC 9162, 2.1.4.2)."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not proof and one == other
    parts = [one, *proof] if first & (first - 1) == 0 else list(proof)
    if not parts:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = parts[0]
    for part in parts[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            before, after = node_hash(part, before), node_hash(part, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, part)
        place, last = place >> 1, last >> 1
    return last == 0 and before == one and after == other


class Frontier:
    """A tree that grows at its right edge, in the memory of its complete subtrees: about log2(size) hashes."""

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        """Continue a tree: `hashes` are those of `nodes_of((0, size))`."""
        self.size = size
        self._edge = list(hashes)

    def append(self, leaf: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Add a leaf; gives level, index and hash of every subtree above level 0 that it completes."""
        self._edge.append(leaf)
        level, rest = 0, self.size
        self.size += 1
        made = []
        while rest & 1:
            level, rest = level + 1, rest >> 1
            right = self._edge.pop()
            self._edge[-1] = node_hash(self._edge[-1], right)
            made.append((level, rest, self._edge[-1]))
        return iter(made)

    @property
    def root(self) -> bytes:
        """The hash of the tree as it stands."""
        return fold(self._edge)
