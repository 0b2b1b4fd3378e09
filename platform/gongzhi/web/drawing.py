"""What templates need besides the macros: Markdown, excerpts, and the panels rooms above offer."""

from __future__ import annotations

from flask import Flask
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from gongzhi.kernel.panels import Panel
from gongzhi.kernel.text import excerpt, render_markdown


@pass_context
def draw(context: Context, panel: Panel) -> Markup:
    """A panel, drawn with what its page knows and what it brought itself."""
    template = context.environment.get_template(panel.template)
    return Markup(template.render({**context.get_all(), **panel.context}))  # noqa: S704 - a template's own output


def init_app(app: Flask) -> None:
    """Install the filters `markdown`, `excerpt` and `draw`."""
    app.jinja_env.filters.update(markdown=render_markdown, excerpt=excerpt, draw=draw)
