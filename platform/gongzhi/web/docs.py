"""Pages of the site itself: accessibility, privacy, how decisions are made; the same text in both languages."""

from __future__ import annotations

from functools import cache

from flask import Blueprint, render_template
from markupsafe import Markup

from gongzhi.kernel import db
from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.guard import guard
from gongzhi.kernel.policy import PUBLIC
from gongzhi.kernel.text import render_markdown
from gongzhi.web.i18n import language_tag

PAGES = ("accessibility", "privacy", "how-decisions-are-made")

blueprint = Blueprint("site", __name__)


@cache
def _text(language: str, name: str) -> tuple[str, Markup]:
    """Title and body of a page."""
    source = (db.asset_root() / "templates" / "site" / language / f"{name}.md").read_text(encoding="utf-8")
    title, _, body = source.partition("\n")
    return title.removeprefix("# ").strip(), render_markdown(body)


@blueprint.get("/about/<name>")
@guard(PUBLIC)
def show(name: str) -> str:
    """One page of the site."""
    if name not in PAGES:
        raise NotFound
    title, body = _text("en" if language_tag() == "en" else "zh", name)
    return render_template("site/page.html", title=title, body=body)
