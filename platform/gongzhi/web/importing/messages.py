"""Citizens' messages become issues: columns by header, bad rows told by line and skipped, nothing twice.

The writers have no account here, so nobody is the author, and the votes they got elsewhere are kept as a
fact about the source: they are not voices of this district and never enter a tally.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gongzhi.domains.issues.actions import import_issue
from gongzhi.domains.issues.models import Category
from gongzhi.domains.people.models import District
from gongzhi.domains.places.models import Place
from gongzhi.domains.places.queries import district_place, place_by_code
from gongzhi.kernel import clock
from gongzhi.kernel.clock import LOCAL
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import Invalid
from gongzhi.kernel.policy import SYSTEM, Actor
from gongzhi.kernel.tables import Row, rows_of
from gongzhi.kernel.text import clean_line, clean_text
from gongzhi.kernel.text import lazy as _l

from .guess import OTHER, category_code

BATCH = 500
LONGEST_WRITE = 0.5
"""Seconds after which a batch ends early: others want to write too."""
PAUSE = 0.05
TELL_EVERY = 2.0
HEADER_WITHIN = 10
MOST_TOLD = 200
SHORTEST_TITLE = 4
LONGEST_TITLE = 80
LARGEST_COUNT = 1_000_000_000

COLUMNS = {
    "number": ("留言编号", "编号"),
    "title": ("留言主题", "主题", "标题"),
    "at": ("留言时间", "时间"),
    "body": ("留言详情", "详情", "内容"),
    "oppose": ("反对数",),
    "support": ("点赞数", "支持数"),
    "label": ("一级分类", "一级标签"),
    "answer": ("答复意见",),
    "answered_at": ("答复时间",),
}
NEEDED = ("title", "body")
_TIME = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]+(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?(?:\.\d+)?)?")


class BadRow(Exception):
    """A row that cannot become an issue; the message says why."""


@dataclass
class Report:
    """What became of the rows."""

    read: int = 0
    imported: int = 0
    known: int = 0
    bad: list[tuple[int, str]] = field(default_factory=list)

    def lines(self) -> list[str]:
        """The report as printed: skipped rows first, the sums last."""
        told = [f"line {line}: {reason}" for line, reason in self.bad[:MOST_TOLD]]
        if len(self.bad) > MOST_TOLD:
            told.append(f"… and {len(self.bad) - MOST_TOLD} more")
        sums = f"{self.imported} imported, {self.known} already there, {len(self.bad)} skipped, of {self.read} rows"
        return [*told, sums]


@dataclass(frozen=True)
class _Message:
    key: str
    title: str
    body: str
    at: datetime
    code: str
    support: int | None
    oppose: int | None


@dataclass(frozen=True)
class _Target:
    actor: Actor
    place: Place
    categories: dict[str, Category]

    def category(self, code: str) -> Category:
        return self.categories.get(code) or self.categories.get(OTHER) or next(iter(self.categories.values()))


def import_messages(
    path: Path, *, district_code: str, place_code: str | None = None, progress: Callable[[str], object]
) -> Report:
    """Read the file into issues of the district, at a place of it. Raises `Invalid` for what is no such table."""
    target = _target(session(), district_code, place_code)
    rows = rows_of(path)
    columns = _header(rows)
    report = Report()
    told = time.monotonic()
    while _batch(target, columns, rows, report):
        if time.monotonic() - told >= TELL_EVERY:
            told = time.monotonic()
            progress(f"{report.read} rows read, {report.imported} imported")
        time.sleep(PAUSE)
    return report


def _target(current: Session, district_code: str, place_code: str | None) -> _Target:
    district = current.scalar(select(District).where(District.code == district_code))
    if district is None:
        raise Invalid.of("district", _l("There is no district of this code."))
    place = place_by_code(current, district.id, place_code) if place_code else district_place(current, district.id)
    if place is None:
        raise Invalid.of("place", _l("There is no place of this code."))
    categories = current.scalars(
        select(Category).where(
            Category.district_id == district.id,
            Category.parent_id.is_(None),
            Category.is_active.is_(True),
            Category.is_public.is_(True),
        )
    )
    by_code = {category.code.upper(): category for category in categories}
    if not by_code:
        raise Invalid.of("district", _l("The district has no categories yet."))
    current.expunge_all()
    return _Target(replace(SYSTEM, district_id=district.id), place, by_code)


def _header(rows: Iterator[Row]) -> dict[str, int]:
    """Where each column is; names may stand in any order and among others."""
    for _line, cells in islice(rows, HEADER_WITHIN):
        names = ["".join(str(cell or "").split()).strip("\ufeff") for cell in cells]
        found = {
            column: names.index(name)
            for column, aliases in COLUMNS.items()
            for name in reversed(aliases)
            if name in names
        }
        if all(column in found for column in NEEDED):
            return found
    needed = "、".join(COLUMNS[column][0] for column in NEEDED)
    raise Invalid.of("file", _l("No header row with the columns %(names)s was found.", names=needed))


def _batch(target: _Target, columns: dict[str, int], rows: Iterator[Row], report: Report) -> bool:
    """One transaction of rows; whether there were any."""
    started = time.monotonic()
    read = 0
    with write() as current:
        for line, cells in rows:
            read += 1
            report.read += 1
            try:
                message = _message(columns, cells)
                made = import_issue(
                    current,
                    target.actor,
                    import_key=message.key,
                    category_id=target.category(message.code).id,
                    place_id=target.place.id,
                    title=message.title,
                    body=message.body,
                    published_at=message.at,
                    source_support=message.support,
                    source_oppose=message.oppose,
                )
            except BadRow as bad:
                report.bad.append((line, str(bad)))
            except Invalid as invalid:
                report.bad.append((line, str(invalid)))
            else:
                report.imported += made is not None
                report.known += made is None
            if read == BATCH or time.monotonic() - started > LONGEST_WRITE:
                break
    return read > 0


def _message(columns: dict[str, int], cells: Sequence[Any]) -> _Message:
    def cell(column: str) -> Any:
        place = columns.get(column)
        return cells[place] if place is not None and place < len(cells) else None

    body = _words(cell("body"))
    title = clean_line(_text(cell("title")))
    if not body and not title:
        raise BadRow("neither subject nor text")
    if len(title) < SHORTEST_TITLE:
        title = clean_line(body[:LONGEST_TITLE])
    if len(body) < SHORTEST_TITLE:
        body = title
    at = _moment(cell("at"), "留言时间")
    code = category_code(_text(cell("label")), title, body)
    return _Message(
        key=_key(_text(cell("number")).strip(), title, body, at),
        title=title,
        body=_with_answer(body, cell("answer"), cell("answered_at")),
        at=at or clock.now(),
        code=code,
        support=_count(cell("support"), "点赞数"),
        oppose=_count(cell("oppose"), "反对数"),
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _words(value: Any) -> str:
    """Clean text whose lines begin with words: indented ones would be taken for program code."""
    return clean_text("\n".join(line.strip() for line in _text(value).splitlines()))


def _key(number: str, title: str, body: str, at: datetime | None) -> str:
    """The number of the source where there is one, else a fingerprint of the words: the same row, the same key."""
    if number:
        return f"n:{number}"[:80]
    return "h:" + hashlib.sha256(f"{title}\0{body}\0{at}".encode()).hexdigest()[:40]


def _with_answer(body: str, answer: Any, answered_at: Any) -> str:
    """An answer given in the former system stands below the words it answered; it is no answer of an office here."""
    words = _words(answer)
    if not words:
        return body
    moment = _moment(answered_at, "答复时间")
    when = f"({moment.astimezone(LOCAL):%Y-%m-%d})" if moment else ""
    return f"{body}\n\n---\n\n**原平台答复**{when}\n\n{words}"


def _moment(value: Any, column: str) -> datetime | None:
    """A moment in the district's time as people left it: a date cell, or text in one of the usual forms."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, datetime):
        return value.replace(tzinfo=LOCAL).astimezone(UTC)
    match = _TIME.fullmatch(_text(value).strip())
    if match is None:
        raise BadRow(f"{column} is no date and time: {_text(value)[:30]!r}")
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
        moment = datetime(year, month, day, hour, minute, second, tzinfo=LOCAL)
    except ValueError:
        raise BadRow(f"{column} is no date and time: {_text(value)[:30]!r}") from None
    return moment.astimezone(UTC)


def _count(value: Any, column: str) -> int | None:
    text = _text(value).strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or int(text[:12]) > LARGEST_COUNT:
        raise BadRow(f"{column} is no number: {text[:20]!r}")
    return int(text)
