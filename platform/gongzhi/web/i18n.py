"""Two languages: the translator behind lazy messages, and dates, numbers and money by locale."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from babel.dates import format_timedelta
from babel.numbers import format_currency
from babel.support import Translations
from flask import Flask, g, has_request_context
from flask_babel import Babel, format_decimal, get_locale, get_translations, gettext

from gongzhi.kernel import clock, text
from gongzhi.kernel.settings import Settings

GROUPED = 1000
CATALOGUES = Path(__file__).resolve().parents[1] / "locales" / "build"
LANGUAGE_TAGS = {"zh_Hans_CN": "zh-Hans", "en": "en"}


def init_app(app: Flask, settings: Settings) -> None:
    """Install Babel, the filters, and the translator of the kernel's lazy messages."""

    def choose() -> str:
        chosen: str = g.get("locale") or settings.locale if has_request_context() else settings.locale
        return chosen

    Babel(
        app,
        default_locale=settings.locale,
        default_timezone="Asia/Shanghai",
        default_translation_directories=str(CATALOGUES),
        locale_selector=choose,
    )
    text.set_translator(_one, _many)
    # A page asks for hundreds of sentences: the catalogue is looked up once a request, not once a sentence.
    app.jinja_env.install_gettext_callables(_one, _many, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.filters.update(
        datetime=show_datetime, date=show_date, number=show_number, money=show_money, ago=show_ago
    )

    @app.context_processor
    def language() -> dict[str, Any]:
        return {"locale": language_tag(), "language": "en" if language_tag() == "en" else "zh"}


@dataclass(frozen=True, slots=True)
class _Reader:
    """The language of a request: as chosen, its tag and its catalogue."""

    chosen: str | None
    tag: str
    translations: Any


def _reader() -> _Reader:
    """The reader's language, looked up once a request (and again should it change meanwhile)."""
    asked = text.spoken()
    if asked is not None:
        return _speaker(asked)
    if not has_request_context():
        return _Reader(None, LANGUAGE_TAGS.get(str(get_locale()), "en"), get_translations())
    chosen = g.get("locale")
    kept: _Reader | None = g.get("reader")
    if kept is None or kept.chosen != chosen:
        kept = g.reader = _Reader(chosen, LANGUAGE_TAGS.get(str(get_locale()), "en"), get_translations())
    return kept


@cache
def _speaker(locale: str) -> _Reader:
    """The language of a letter, which is its recipient's."""
    return _Reader(locale, LANGUAGE_TAGS.get(locale, "en"), Translations.load(str(CATALOGUES), [locale]))


def _one(msgid: str) -> str:
    """A sentence in the reader's language, its places unfilled."""
    return str(_reader().translations.ugettext(msgid))


def _many(singular: str, plural: str, count: int) -> str:
    """The form for this number in the reader's language, its places unfilled."""
    return str(_reader().translations.ungettext(singular, plural, count))


def language_tag() -> str:
    """`zh-Hans` or `en`: for the lang attribute and for names in two languages."""
    return _reader().tag


def show_datetime(moment: datetime | None) -> str:
    """`11月24日 10:32`, with the year when it is another one; ISO in English."""
    if moment is None:
        return ""
    local = clock.to_local(moment)
    if language_tag() == "en":
        return local.strftime("%Y-%m-%d %H:%M")
    year = "" if local.year == clock.today().year else f"{local.year}年"
    return f"{year}{local.month}月{local.day}日 {local:%H:%M}"


def show_date(day: date | datetime | None) -> str:
    """`2026年11月24日`; ISO in English."""
    if day is None:
        return ""
    if isinstance(day, datetime):
        day = clock.to_local(day).date()
    return day.isoformat() if language_tag() == "en" else f"{day.year}年{day.month}月{day.day}日"


def show_number(value: float) -> str:
    """Grouped by locale; whole numbers below a thousand look the same in both."""
    return str(value) if isinstance(value, int) and 0 <= value < GROUPED else str(format_decimal(value))


def show_money(fen: int) -> str:
    """`¥12,000.00`; in Chinese, round tens of thousands as `1.2万元`."""
    if language_tag() != "en" and abs(fen) >= 1_000_000 and fen % 10_000 == 0:
        return f"{format_decimal(fen / 1_000_000)}万元"
    return str(format_currency(fen / 100, "CNY", locale="en" if language_tag() == "en" else "zh_Hans_CN"))


def show_ago(moment: datetime | None) -> str:
    """`20分钟前` within two weeks, the date otherwise."""
    if moment is None:
        return ""
    passed = clock.now() - moment
    if passed.days >= 14:
        return show_date(moment)
    if passed.total_seconds() < 60:
        return str(gettext("just now"))
    return format_timedelta(-passed, add_direction=True, locale=get_locale(), threshold=1)
