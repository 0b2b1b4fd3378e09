"""The ledger over the JSON API: everything a program needs to check it by itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from gongzhi.kernel.api import ApiIn, ApiOut, ListQuery, operation
from gongzhi.kernel.db import session
from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.guard import actor
from gongzhi.kernel.pages import Page

from . import queries
from .exporting import head_shown, key_shown
from .keys import keys_of
from .models import LedgerLeaf, LedgerLog
from .permissions import READ_LEDGER
from .proving import words_of
from .records import key_text, moment
from .views import whole_number
from .words import KIND_LABELS

LARGEST = 1 << 53


class HeadOut(ApiOut):
    """A signed tree head. Signed is the canonical JSON of these fields but `signature`, with `format` and `log`."""

    size: int
    root: str = Field(description="hexadecimal")
    time: str
    key: str
    algorithm: str
    signature: str = Field(description="hexadecimal")


class LedgerOut(ApiOut):
    """The district's log; `head` is the newest signed one, `size` may be a little ahead of it."""

    log: str | None
    size: int
    head: HeadOut | None


class KeyOut(ApiOut):
    """A public key; `signed_text` is what the key named in `endorsed_by` signed."""

    key: str
    algorithm: str
    public_key: str
    valid_from: str
    valid_until: str | None
    endorsed_by: str
    endorsement: str
    signed_text: str


class EntryOut(ApiOut):
    """An entry; the leaf hash is SHA-256 of a zero byte and `record` in UTF-8."""

    index: int
    event: str
    subject_kind: str
    subject_id: str
    at: datetime
    record: str
    leaf_hash: str


class WordsOut(ApiOut):
    """The words whose hash the record has: SHA-256 of `salt` (bytes) and `content` (UTF-8)."""

    state: str = Field(description="none, same, changed, gone or erased")
    salt: str | None
    content: str | None


class EntryWithWordsOut(EntryOut):
    """An entry and the words it is about, as they are published now."""

    words: WordsOut


class InclusionOut(ApiOut):
    """Proof that a leaf is in the tree (RFC 9162, 2.1.3)."""

    index: int
    size: int
    leaf_hash: str
    root: str
    path: list[str]


class ConsistencyOut(ApiOut):
    """Proof that the second tree begins with the first (RFC 9162, 2.1.4)."""

    first: int
    second: int
    first_root: str
    second_root: str
    path: list[str]


class EntriesQuery(ListQuery):
    """What narrows the list."""

    kind: str | None = Field(None, max_length=24, description=", ".join(KIND_LABELS))
    object: str | None = Field(None, max_length=13, description="id of an issue, a decision, a ballot …")


class InclusionQuery(ApiIn):
    """Which entry, in the tree of which size."""

    index: int = Field(ge=0, le=LARGEST)
    size: int = Field(ge=1, le=LARGEST)


class ConsistencyQuery(ApiIn):
    """Two sizes of the tree, the smaller first."""

    first: int = Field(ge=1, le=LARGEST)
    second: int = Field(ge=1, le=LARGEST)


@operation("GET", "/ledger", READ_LEDGER, answer=LedgerOut, tag="ledger")
def get_ledger() -> dict[str, Any]:
    """The public ledger's newest signed head."""
    log = queries.log_of(session(), actor())
    head = queries.newest_head(session(), log.district_id) if log else None
    return {
        "log": log.name if log else None,
        "size": log.size if log else 0,
        "head": head_shown(head) if head else None,
    }


@operation("GET", "/ledger/heads", READ_LEDGER, query=ListQuery, answer=HeadOut, lists=True, tag="ledger")
def list_ledger_heads(query: ListQuery) -> Page[dict[str, Any]]:
    """All signed heads, newest first."""
    page = queries.heads(session(), actor(), after=query.cursor, limit=query.limit)
    return Page([head_shown(head) for head in page.items], page.next_cursor)


@operation("GET", "/ledger/keys", READ_LEDGER, answer=KeyOut, lists=True, tag="ledger")
def list_ledger_keys() -> Page[dict[str, Any]]:
    """The public keys with their periods, the first one first."""
    log = queries.log_of(session(), actor())
    found = []
    for key in keys_of(session(), log.district_id) if log else ():
        said = key_shown(key)
        said["valid_from"], said["valid_until"] = said.pop("from"), said.pop("until")
        name = log.name if log else ""
        text = key_text(log=name, public_key=key.public_key, valid_from=moment(key.valid_from))
        found.append({**said, "signed_text": text})
    return Page(found)


@operation("GET", "/ledger/entries", READ_LEDGER, query=EntriesQuery, answer=EntryOut, lists=True, tag="ledger")
def list_ledger_entries(query: EntriesQuery) -> Page[dict[str, Any]]:
    """Entries, newest first."""
    filters = queries.Filters(query.kind, query.object)
    page = queries.entries(session(), actor(), filters, after=query.cursor, limit=query.limit)
    return Page([_entry(leaf) for leaf in page.items], page.next_cursor)


@operation("GET", "/ledger/entries/<index>", READ_LEDGER, answer=EntryWithWordsOut, tag="ledger")
def get_ledger_entry(index: str) -> dict[str, Any]:
    """One entry, and the words it is about."""
    number = whole_number(index)
    if number is None:
        raise NotFound
    leaf = queries.access_leaf(session(), actor(), number)
    return {**_entry(leaf), "words": words_of(session(), leaf)}


@operation("GET", "/ledger/proofs/inclusion", READ_LEDGER, query=InclusionQuery, answer=InclusionOut, tag="ledger")
def prove_ledger_inclusion(query: InclusionQuery) -> dict[str, Any]:
    """Prove that an entry is in the log of a size."""
    proof = queries.prove_inclusion(session(), _log(), query.index, query.size)
    return {
        "index": proof.index,
        "size": proof.size,
        "leaf_hash": proof.leaf.hex(),
        "root": proof.root.hex(),
        "path": [part.hex() for part in proof.path],
    }


@operation(
    "GET", "/ledger/proofs/consistency", READ_LEDGER, query=ConsistencyQuery, answer=ConsistencyOut, tag="ledger"
)
def prove_ledger_consistency(query: ConsistencyQuery) -> dict[str, Any]:
    """Prove that the log of one size begins with that of a smaller size."""
    proof = queries.prove_consistency(session(), _log(), query.first, query.second)
    return {
        "first": proof.first,
        "second": proof.second,
        "first_root": proof.first_root.hex(),
        "second_root": proof.second_root.hex(),
        "path": [part.hex() for part in proof.path],
    }


def _entry(leaf: LedgerLeaf) -> dict[str, Any]:
    return {
        "index": leaf.position,
        "event": leaf.kind,
        "subject_kind": leaf.subject_kind,
        "subject_id": leaf.subject_id,
        "at": leaf.at,
        "record": leaf.record,
        "leaf_hash": leaf.hash.hex(),
    }


def _log() -> LedgerLog:
    log = queries.log_of(session(), actor())
    if log is None:
        raise NotFound
    return log
