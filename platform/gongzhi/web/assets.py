"""Built files by their hashed names, long cached; and what templates need to know of the site."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from flask import Flask, Response, has_request_context, request, url_for

from gongzhi.kernel import db
from gongzhi.kernel.settings import Settings

YEAR = 31_536_000
LOOK_EVERY = 1.0


class _Built:
    """The manifest of built files, looked at once a second, and the URLs made from it: a page asks for hundreds."""

    def __init__(self) -> None:
        self._looked = 0.0
        self._changed = -1.0
        self._names: dict[str, str] = {}
        self._urls: dict[tuple[str, str], str] = {}

    def url(self, name: str) -> str:
        now = time.monotonic()
        if now - self._looked > LOOK_EVERY:
            self._looked = now
            self._look(db.asset_root() / "static" / "dist" / "manifest.json")
        key = (request.script_root if has_request_context() else "", name)
        found = self._urls.get(key)
        if found is None:
            found = self._urls[key] = url_for("static", filename=self._names.get(name, name))
        return found

    def _look(self, path: Path) -> None:
        changed = path.stat().st_mtime if path.exists() else 0.0
        if changed != self._changed:
            self._changed = changed
            self._names = json.loads(path.read_text()) if changed else {}
            self._urls.clear()


_built = _Built()


def asset(name: str) -> str:
    """URL of a built file, such as `main.css`; the plain name where no manifest was built."""
    return _built.url(name)


def init_app(app: Flask, settings: Settings) -> None:
    """Offer `asset()` and `demo` to templates; cache hashed files for a year."""
    # A global, since macros are imported without the page's context.
    app.jinja_env.globals["asset"] = asset

    @app.context_processor
    def site() -> dict[str, Any]:
        return {"demo": settings.demo, "public_url": settings.public_url}

    @app.after_request
    def cache_static(response: Response) -> Response:
        if request.endpoint == "static" and response.status_code in (200, 304):
            hashed = "-" in (request.view_args or {}).get("filename", "")
            response.headers["Cache-Control"] = (
                f"public, max-age={YEAR}, immutable" if hashed else "public, max-age=300"
            )
        return response
