"""An entry made checkable by eye: the steps from its record to the root, and the words its hash is of."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy.orm import Session

from .leaves import content_now
from .merkle import node_hash
from .models import LedgerLeaf
from .queries import InclusionProof, salt_of
from .records import SALTED_HASH, content_hash


@dataclass(frozen=True)
class Step:
    """One hash of the path, on which side it stands, and what both make."""

    beside: str
    on_left: bool
    makes: str


def proof_steps(proof: InclusionProof) -> list[Step]:
    """The path from the leaf to the root, step by step."""
    steps, whole = [], proof.leaf
    place, last = proof.index, proof.size - 1
    for part in proof.path:
        on_left = bool(place & 1) or place == last
        whole = node_hash(part, whole) if on_left else node_hash(whole, part)
        steps.append(Step(part.hex(), on_left, whole.hex()))
        if on_left:
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        place, last = place >> 1, last >> 1
    return steps


@dataclass(frozen=True)
class Words:
    """The published words an entry has the hash of. `state`: none, same, changed, gone or erased."""

    state: str
    algorithm: str = ""
    value: str = ""
    salt: str | None = None
    content: str | None = None


def words_of(session: Session, leaf: LedgerLeaf) -> Words:
    """Compare the words published now with those registered."""
    stated = json.loads(leaf.record).get("content")
    if stated is None:
        return Words("none")
    algorithm, value = stated["hash"], stated["value"]
    salt = salt_of(session, leaf) if algorithm == SALTED_HASH else b""
    if salt is None:
        return Words("erased", algorithm, value)
    shown_salt = salt.hex() if salt else None
    content = content_now(session, leaf.event_id)
    if content is None:
        return Words("gone", algorithm, value, shown_salt)
    state = "same" if content_hash(content, salt) == value else "changed"
    return Words(state, algorithm, value, shown_salt, content)
