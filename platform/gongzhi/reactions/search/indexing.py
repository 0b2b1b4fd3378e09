"""From events to documents: what an event touched is read afresh and indexed, or forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gongzhi.kernel.db import isolated, session, write
from gongzhi.kernel.events import Event
from gongzhi.kernel.relay import Delivered

from .models import SearchDocument
from .schema import WORDS

EventType = TypeVar("EventType", bound=Event)
BATCH = 200
LONGEST_TEXT = 4_000
LONGEST_TITLE = 200


@dataclass(frozen=True)
class Document:
    """A public object as search shows it."""

    id: str
    district_id: str
    path: str
    title: str
    text: str
    at: datetime
    place_path: str = ""
    category_id: str | None = None
    state: str = ""
    language: str = "zh_Hans_CN"
    within_id: str | None = None


@dataclass(frozen=True)
class Source:
    """How objects of one kind become documents.

    `load` gives those of these ids that are public, `all_ids` every id there is, `within` those that
    belong to an object of another kind.
    """

    kind: str
    load: Callable[[Session, Sequence[str]], list[Document]]
    all_ids: Callable[[Session], Iterator[str]]
    within: Callable[[Session, str], list[str]] | None = None


_sources: dict[str, Source] = {}
_silent: set[type[Event]] = set()
_followed: dict[type[Event], Callable[[Session, Any], None]] = {}


def register_source(source: Source) -> None:
    """Make objects of this kind findable. Events name them in a field `<kind>_id`."""
    _sources[source.kind] = source


def ignore(*events: type[Event]) -> None:
    """These events change no words: votes come by the thousand."""
    _silent.update(events)


def follow(event: type[EventType], act: Callable[[Session, EventType], None]) -> None:
    """What to do about an event that touches more than the objects it names."""
    _followed[event] = act


def kinds() -> tuple[str, ...]:
    """All kinds that can be found, in the order they are offered."""
    return tuple(_sources)


def listen(current: Session, batch: Sequence[Delivered]) -> None:
    """The relay's listener: refresh what the events touched."""
    touched: dict[str, set[str]] = {}
    for delivered in batch:
        if type(delivered.event) in _silent:
            continue
        act = _followed.get(type(delivered.event))
        if act is not None:
            act(current, delivered.event)
        for kind in _sources:
            key = getattr(delivered.event, f"{kind}_id", None)
            if isinstance(key, str):
                touched.setdefault(kind, set()).add(key)
    for kind, ids in touched.items():
        refresh(current, kind, sorted(ids))


def refresh(current: Session, kind: str, ids: Sequence[str]) -> int:
    """Read these objects afresh: index those that are public, forget the others. Number of documents."""
    source = _sources[kind]
    documents = source.load(current, ids)
    before = set(current.scalars(select(SearchDocument.id).where(SearchDocument.id.in_(ids))))
    there = {document.id for document in documents}
    for document in documents:
        _put(current, kind, document)
    gone = before - there
    if gone:
        _forget(current, gone)
    for other in _sources.values():
        if other.within is None:
            continue
        for key in there - before:
            belonging = other.within(current, key)
            if belonging:
                refresh(current, other.kind, belonging)
    return len(documents)


def _put(current: Session, kind: str, document: Document) -> None:
    current.merge(
        SearchDocument(
            id=document.id,
            kind=kind,
            district_id=document.district_id,
            within_id=document.within_id,
            place_path=document.place_path,
            category_id=document.category_id,
            state=document.state,
            path=document.path,
            title=document.title[:LONGEST_TITLE],
            text=document.text[:LONGEST_TEXT],
            language=document.language,
            at=document.at,
        )
    )
    WORDS.put(current, document.id, f"{document.title}\n{document.text}")


def _forget(current: Session, ids: Iterable[str]) -> None:
    """Forget documents and what belongs to them."""
    gone = set(ids)
    gone |= set(current.scalars(select(SearchDocument.id).where(SearchDocument.within_id.in_(gone))))
    current.execute(delete(SearchDocument).where(SearchDocument.id.in_(gone)))
    for key in gone:
        WORDS.remove(current, key)


def reindex() -> int:
    """Index everything anew, in batches so that others can write in between; the number of documents."""
    total = 0
    for source in list(_sources.values()):
        with isolated():
            ids = list(source.all_ids(session()))
        found: set[str] = set()
        for batch in _batches(ids):
            with isolated(), write() as current:
                total += refresh(current, source.kind, batch)
                found.update(batch)
        _forget_lost(source.kind, found)
    return total


def _forget_lost(kind: str, there: set[str]) -> None:
    with isolated(), write() as current:
        known = set(current.scalars(select(SearchDocument.id).where(SearchDocument.kind == kind)))
        for batch in _batches(sorted(known - there)):
            _forget(current, batch)


def _batches(ids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while batch := list(islice(rest, BATCH)):
        yield batch
