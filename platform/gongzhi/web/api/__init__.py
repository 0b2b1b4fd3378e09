"""The JSON API under /api/v1: its operations, their OpenAPI 3.1 description and a readable page of it."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, g, jsonify, render_template

from gongzhi.kernel import api as operations
from gongzhi.kernel.guard import guard
from gongzhi.kernel.policy import PUBLIC
from gongzhi.web.api.description import describe

__all__ = ["init_app"]


def init_app(app: Flask) -> None:
    """Register a route for every operation, the description and the page."""
    blueprint = Blueprint("api", __name__, url_prefix="/api/v1")

    @blueprint.before_request
    def mark() -> None:
        g.api = True

    operations.attach(blueprint)

    @blueprint.get("/openapi.json")
    @guard(PUBLIC)
    def openapi() -> Response:
        return jsonify(describe(app.config["SETTINGS"].public_url))

    app.register_blueprint(blueprint)
    pages = Blueprint("api_docs", __name__)

    @pages.get("/api/docs")
    @guard(PUBLIC)
    def page() -> str:
        description = describe(app.config["SETTINGS"].public_url)
        return render_template("api/docs.html", description=description)

    app.register_blueprint(pages)
