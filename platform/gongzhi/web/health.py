"""Health for machines: `/healthz` (the process), `/readyz` (database, Redis, outbox), `/metrics`."""

from __future__ import annotations

import hmac
import ipaddress
from contextlib import suppress
from typing import Any

import redis
from flask import Blueprint, Flask, Response, current_app, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from gongzhi.kernel.db import session
from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.guard import guard
from gongzhi.kernel.policy import PUBLIC
from gongzhi.kernel.relay import backlog
from gongzhi.kernel.settings import Settings
from gongzhi.reactions.ledger.queries import unsigned_entries
from gongzhi.reactions.notices.watching import backlog as sending
from gongzhi.web.jobs import queued

MOST_BEHIND = 10_000
OUTBOX = Gauge("gongzhi_outbox", "Events waiting: unnumbered, behind for the slowest listener, stuck", ["what"])
BEHIND = Gauge("gongzhi_listener_behind", "Events a listener has not been given yet", ["listener"])
OLDEST = Gauge("gongzhi_outbox_oldest_seconds", "Age of the oldest event that some listener has not had")
STUCK = Gauge("gongzhi_stuck_events", "Events a listener could not digest, tried again later", ["listener"])
QUEUED = Gauge("gongzhi_jobs_queued", "Jobs in the queue that nobody has begun")
UNSIGNED = Gauge("gongzhi_ledger_unsigned", "Entries of public ledgers that no signed head covers yet")
NOTICES = Gauge("gongzhi_notices", "Messages due and late; audiences being told and people left to tell", ["what"])

blueprint = Blueprint("health", __name__)


def init_app(app: Flask, settings: Settings) -> None:
    """Register the three addresses."""
    app.config["METRICS_TOKEN"] = settings.metrics_token
    app.register_blueprint(blueprint)


@blueprint.get("/healthz")
@guard(PUBLIC)
def alive() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@guard(PUBLIC)
def ready() -> tuple[Response, int]:
    """Everything it needs answers, and events are flowing; 503 otherwise, naming what fails."""
    checks: dict[str, str] = {}
    waiting: dict[str, int] = {}
    try:
        session().execute(text("SELECT 1"))
        checks["database"] = "ok"
        waiting = backlog(session()).totals()
        checks["outbox"] = "ok" if waiting["unnumbered"] + waiting["behind"] < MOST_BEHIND else "behind"
    except SQLAlchemyError:
        checks["database"] = "down"
    settings: Settings = current_app.config["SETTINGS"]
    if settings.redis_url:
        try:
            redis.Redis.from_url(settings.redis_url, socket_timeout=2).ping()
            checks["redis"] = "ok"
        except redis.RedisError:
            checks["redis"] = "down"
    good = all(state == "ok" for state in checks.values())
    return jsonify(status="ok" if good else "not ready", checks=checks, outbox=waiting), 200 if good else 503


@blueprint.get("/metrics")
@guard(PUBLIC)
def metrics() -> Response:
    """Prometheus metrics, to loopback or to whoever shows the token; to others there is no such page."""
    if not _may_measure():
        raise NotFound
    waiting = backlog(session())
    for what, count in waiting.totals().items():
        OUTBOX.labels(what).set(count)
    OLDEST.set(waiting.oldest)
    for listener, count in waiting.behind.items():
        BEHIND.labels(listener).set(count)
        STUCK.labels(listener).set(waiting.stuck.get(listener, 0))
    UNSIGNED.set(unsigned_entries(session()))
    with suppress(redis.RedisError):
        # Redis away shows in `/readyz`; the other figures are wanted all the more then.
        QUEUED.set(queued(current_app.config["SETTINGS"]))
    for what, count in sending(session()).items():
        NOTICES.labels(what).set(count)
    return Response(generate_latest(), mimetype=CONTENT_TYPE_LATEST)


def _may_measure() -> bool:
    token: Any = current_app.config["METRICS_TOKEN"]
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token:
        return hmac.compare_digest(given.encode(), token.encode())
    if "X-Forwarded-For" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
