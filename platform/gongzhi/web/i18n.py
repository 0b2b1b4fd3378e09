"""Two languages: the translator behind lazy messages, and dates, numbers and money by locale."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from babel.dates import format_timedelta
from babel.numbers import format_currency
from flask import Flask, g, has_request_context
from flask_babel import Babel, format_date, format_datetime, format_decimal, get_locale, get_translations, gettext

from gongzhi.kernel import clock, text
from gongzhi.kernel.settings import Settings

LANGUAGE_TAGS = {"zh_Hans_CN": "zh-Hans", "en": "en"}


def init_app(app: Flask, settings: Settings) -> None:
    """Install Babel, the filters, and the translator of the kernel's lazy messages."""
    catalogues = Path(__file__).resolve().parents[1] / "locales" / "build"

    def choose() -> str:
        chosen: str = g.get("locale") or settings.locale if has_request_context() else settings.locale
        return chosen

    Babel(
        app,
        default_locale=settings.locale,
        default_timezone="Asia/Shanghai",
        default_translation_directories=str(catalogues),
        locale_selector=choose,
    )
    text.set_translator(
        lambda msgid: str(get_translations().ugettext(msgid)),
        lambda singular, plural, count: str(get_translations().ungettext(singular, plural, count)),
    )
    app.jinja_env.filters.update(
        datetime=show_datetime, date=show_date, number=show_number, money=show_money, ago=show_ago
    )

    @app.context_processor
    def language() -> dict[str, Any]:
        return {"locale": language_tag(), "language": "en" if language_tag() == "en" else "zh"}


def language_tag() -> str:
    """`zh-Hans` or `en`: for the lang attribute and for names in two languages."""
    return LANGUAGE_TAGS.get(str(get_locale()), "en")


def show_datetime(moment: datetime | None) -> str:
    """`11月24日 10:32`, with the year when it is another one; ISO in English."""
    if moment is None:
        return ""
    local = clock.to_local(moment)
    if language_tag() == "en":
        return local.strftime("%Y-%m-%d %H:%M")
    pattern = "M月d日 HH:mm" if local.year == clock.today().year else "y年M月d日 HH:mm"
    return str(format_datetime(moment, pattern))


def show_date(day: date | datetime | None) -> str:
    """`2026年11月24日`; ISO in English."""
    if day is None:
        return ""
    if isinstance(day, datetime):
        day = clock.to_local(day).date()
    return day.isoformat() if language_tag() == "en" else str(format_date(day, "y年M月d日"))


def show_number(value: float) -> str:
    """Grouped by locale."""
    return str(format_decimal(value))


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
