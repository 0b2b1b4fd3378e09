"""Lazy messages: translatable sentences that may be written anywhere and are translated when shown.

Rules and actions may not import Flask, yet their messages must reach readers in their own
language. The web shell installs the translator once at start; until then a message shows
its English source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, TypeAlias


@dataclass(frozen=True, slots=True)
class Lazy:
    """A sentence that is translated and filled in each time it becomes a string."""

    msgid: str
    params: tuple[tuple[str, object], ...] = ()
    plural: str | None = None
    count: int = 0

    def __str__(self) -> str:
        if self.plural is None:
            sentence = _translator.one(self.msgid)
        else:
            sentence = _translator.many(self.msgid, self.plural, self.count)
        return sentence % dict(self.params) if self.params else sentence

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __add__(self, other: object) -> str:
        return str(self) + str(other)

    def __radd__(self, other: object) -> str:
        return str(other) + str(self)

    def __bool__(self) -> bool:
        return bool(self.msgid)


Message: TypeAlias = str | Lazy


class _Translator:
    """The two functions that turn a source sentence into the reader's; replaced at start."""

    def __init__(self) -> None:
        self.one: Callable[[str], str] = _as_it_stands
        self.many: Callable[[str, str, int], str] = _as_it_stands_plural


def _as_it_stands(msgid: str) -> str:
    return msgid


def _as_it_stands_plural(singular: str, plural: str, count: int) -> str:
    return singular if count == 1 else plural


_translator: Final = _Translator()


def set_translator(
    one: Callable[[str], str] = _as_it_stands,
    many: Callable[[str, str, int], str] = _as_it_stands_plural,
) -> tuple[Callable[[str], str], Callable[[str, str, int], str]]:
    """Install the translator: both functions return the sentence with its %(place)s unfilled. Returns the two before.

    They are called whenever a message is shown, so they must find the reader's language
    themselves. Called without arguments this goes back to the English source.
    """
    before = _translator.one, _translator.many
    _translator.one, _translator.many = one, many
    return before


def lazy(msgid: str, /, **params: object) -> Lazy:
    """Mark a sentence for translation; ``%(name)s`` places are filled from the keywords."""
    return Lazy(msgid, tuple(sorted(params.items())))


def lazy_plural(singular: str, plural: str, count: int, /, **params: object) -> Lazy:
    """Mark a sentence that depends on a number; the number fills ``%(num)s``."""
    return Lazy(singular, tuple(sorted({"num": count, **params}.items())), plural, count)


_spoken: ContextVar[str | None] = ContextVar("gongzhi_spoken", default=None)


@contextmanager
def speaking(locale: str | None) -> Iterator[None]:
    """Show messages in this language, whoever asks: for what is written to somebody outside of a request."""
    token = _spoken.set(locale)
    try:
        yield
    finally:
        _spoken.reset(token)


def spoken() -> str | None:
    """The language that `speaking` has set; None when the reader's own counts."""
    return _spoken.get()
