"""The application, assembled: it imports and lists, nothing else."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from gongzhi.kernel import carriers, db, guard, policy, secrets, storage
from gongzhi.kernel.relay import Relay
from gongzhi.kernel.settings import Settings, load
from gongzhi.web import api, assets, drawing, errors, health, i18n, invariants, kept, logs, navigation, proof, security

ROOMS = ("people", "places", "issues", "comments", "ballots", "decisions", "initiatives", "moderation")
REACTIONS = ("notices", "live", "search", "ledger")
PAGES = ("home", "docs", "files", "pwa")


def create_app(settings: Settings | None = None) -> Flask:
    """A Flask application on the given settings. Refuses to start with an unguarded view."""
    settings = settings or load()
    root = db.asset_root()
    app = Flask(
        "gongzhi",
        static_folder=str(root / "static" / "dist"),
        static_url_path="/static",
        template_folder=str(root / "templates"),
    )
    app.config.update(SECRET_KEY=settings.secret_key, SETTINGS=settings, TESTING=settings.testing)
    use(settings)
    if proxies := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, proxies, proxies, proxies)  # type: ignore[method-assign]
    app.teardown_appcontext(_close)

    logs.init_app(app)
    errors.init_app(app)
    security.init_app(app, settings)
    kept.init_app(app)
    identity = importlib.import_module("gongzhi.web.identity")
    identity.init_app(app)
    proof.init_app(app)
    i18n.init_app(app, settings)
    assets.init_app(app, settings)
    drawing.init_app(app)
    for blueprint in _blueprints():
        app.register_blueprint(blueprint)
    api.init_app(app)
    health.init_app(app, settings)
    app.jinja_env.globals.update(navigation=navigation.Navigation(), may=guard.may)
    app.extensions["relay"] = connect(app)
    invariants.register()
    setattr(app.view_functions["static"], "permission", policy.PUBLIC)  # noqa: B010 - a function of Flask's own
    guard.refuse_unguarded(app)
    return app


def use(settings: Settings) -> None:
    """Point what a process has once (database, secrets, files, carriers, logs) at these settings."""
    logs.configure(settings)
    db.configure(settings.database_url)
    hashing = secrets.CHEAP_HASHING if settings.testing else secrets.SAFE_HASHING
    secrets.configure(settings.secret_key.encode(), hashing=hashing)
    storage.configure(settings.data_dir, settings.storage_url)
    carriers.configure(settings.mail_url, settings.sms_url)


def connect(app: Flask) -> Relay:
    """The one place that sees both announcers and listeners: rooms' handlers and the reactions."""
    relay = Relay()
    for module in _modules("gongzhi.domains", ROOMS, "handlers"):
        module.connect()
        if hasattr(module, "listen"):
            module.listen(relay)
    for module in _modules("gongzhi.reactions", REACTIONS, "connect"):
        module.connect(app, relay)
    return relay


def _blueprints() -> list[Any]:
    found: list[Any] = []
    for module in (
        *_modules("gongzhi.domains", ROOMS, "views"),
        *_modules("gongzhi.reactions", REACTIONS, "views"),
        *_modules("gongzhi.web", PAGES, ""),
    ):
        found.extend(getattr(module, "blueprints", None) or [module.blueprint])
    _modules("gongzhi.domains", ROOMS, "api")
    _modules("gongzhi.reactions", REACTIONS, "api")
    return found


def _modules(parent: str, names: tuple[str, ...], part: str) -> list[Any]:
    """The furniture of that name, of each room that has it."""
    found = []
    for name in names:
        full = ".".join(filter(None, (parent, name, part)))
        if find_spec(f"{parent}.{name}") is not None and find_spec(full) is not None:
            found.append(importlib.import_module(full))
    return found


def load_models() -> None:
    """Import every table, for migrations."""
    _modules("gongzhi.domains", ROOMS, "models")
    _modules("gongzhi.reactions", REACTIONS, "models")
    importlib.import_module("gongzhi.kernel.api")


def _close(_error: BaseException | None) -> None:
    db.close_session()
