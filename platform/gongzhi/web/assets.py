"""Built files by their hashed names, long cached; and what templates need to know of the site."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request, url_for

from gongzhi.kernel import db
from gongzhi.kernel.settings import Settings

YEAR = 31_536_000


@cache
def _manifest(path: Path, _changed: float) -> dict[str, str]:
    names: dict[str, str] = json.loads(path.read_text())
    return names


def asset(name: str) -> str:
    """URL of a built file, such as `main.css`; the plain name where no manifest was built."""
    path = db.asset_root() / "static" / "dist" / "manifest.json"
    names = _manifest(path, path.stat().st_mtime) if path.exists() else {}
    return url_for("static", filename=names.get(name, name))


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
