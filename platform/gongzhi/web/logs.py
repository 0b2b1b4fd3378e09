"""Structured logs: one line a request, without personal data; never bodies, cookies, queries or addresses."""

from __future__ import annotations

import logging
import secrets
import sys
import time
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog
from flask import Flask, Response, g, request
from prometheus_client import Counter, Histogram

from gongzhi.kernel.guard import actor
from gongzhi.kernel.settings import Settings

REQUESTS = Counter("gongzhi_requests", "Requests answered", ["endpoint", "method", "status"])
SECONDS = Histogram("gongzhi_request_seconds", "Time to answer", ["endpoint"])
log = structlog.get_logger("gongzhi.request")


class _Unfailing:
    """A stream to which writing never fails: a full disk under the log must not turn what was done into an error."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write, if that is possible."""
        with suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        """Flush, likewise."""
        with suppress(OSError):
            self._stream.flush()


def configure(settings: Settings) -> None:
    """JSON lines to stderr; in tests only warnings."""
    level = logging.WARNING if settings.testing else logging.INFO
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_to_stderr,
        cache_logger_on_first_use=False,
    )


def _to_stderr(*_name: Any) -> structlog.PrintLogger:
    """Wherever stderr leads when the line is written."""
    return structlog.PrintLogger(cast("TextIO", _Unfailing(sys.stderr)))


def init_app(app: Flask) -> None:
    """Give each request an id and write its line when it is answered."""

    @app.before_request
    def begin() -> None:
        g.started = time.perf_counter()
        g.request_id = secrets.token_hex(8)

    @app.after_request
    def end(response: Response) -> Response:
        took = time.perf_counter() - g.get("started", time.perf_counter())
        endpoint = request.endpoint or "none"
        REQUESTS.labels(endpoint, request.method, str(response.status_code)).inc()
        SECONDS.labels(endpoint).observe(took)
        response.headers["X-Request-Id"] = g.get("request_id", "")
        if endpoint not in ("static", "health.alive"):
            facts: dict[str, Any] = {"id": g.get("request_id"), "ms": round(took * 1000, 1)}
            log.info(
                "request",
                method=request.method,
                endpoint=endpoint,
                status=response.status_code,
                account=actor().account_id,
                **facts,
            )
        return response
