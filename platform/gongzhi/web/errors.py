"""Domain errors translated once: to a page for people, to an RFC 9457 problem document for programs."""

from __future__ import annotations

import errno
import json
from typing import Any

import structlog
from flask import Flask, Response, flash, g, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from psycopg.errors import DiskFull, ReadOnlySqlTransaction
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.orm.exc import ObjectDeletedError
from werkzeug.exceptions import HTTPException

from gongzhi.kernel import db
from gongzhi.kernel.errors import (
    Conflict,
    DomainError,
    Invalid,
    NeedsProof,
    NeedsSignIn,
    NotFound,
    NotPermitted,
    Stale,
    TooMany,
)
from gongzhi.kernel.policy import PROOF_HOLDS
from gongzhi.kernel.text import lazy as _l
from gongzhi.web import proof

log = structlog.get_logger(__name__)

PROBLEM = "application/problem+json"
TITLES = {
    400: _l("Bad request"),
    403: _l("Not permitted"),
    404: _l("Not found"),
    405: _l("Method not allowed"),
    413: _l("Too large"),
    415: _l("Unsupported media type"),
    429: _l("Too many requests"),
    500: _l("Something went wrong"),
    503: _l("Busy at the moment"),
    507: _l("No space left"),
}
NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def wants_json() -> bool:
    """Whether a program asks: the API, or a script of a page that says so."""
    if g.get("api") or request.path.startswith("/api/v1"):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], default="text/html")
    return best == "application/json"


def problem(
    status: int, title: str, detail: str, *, slug: str = "about:blank", errors: Any = None, **more: Any
) -> Response:
    """A problem document (RFC 9457)."""
    body: dict[str, Any] = {"type": slug, "title": title, "status": status, "detail": detail}
    if errors:
        body["errors"] = {name: [str(text) for text in texts] for name, texts in errors.items()}
    body.update(more)
    return Response(json.dumps(body, ensure_ascii=False, default=str), status=status, mimetype=PROBLEM)


def init_app(app: Flask) -> None:
    """Install the handlers."""
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    for kind in (OperationalError, InterfaceError, NoConnectionFree):
        app.register_error_handler(kind, _busy)
    app.register_error_handler(DBAPIError, _refused)
    app.register_error_handler(OSError, _system)
    app.register_error_handler(IntegrityError, _collided)
    app.register_error_handler(ObjectDeletedError, _gone)
    app.register_error_handler(DataError, _unstorable)
    app.register_error_handler(UnicodeError, _encoding)
    app.register_error_handler(Exception, _unexpected)


def _domain(error: DomainError) -> Any:
    if not wants_json() and isinstance(error, NeedsSignIn):
        if request.method in ("GET", "HEAD"):
            return redirect(url_for("people.sign_in", next=request.full_path.rstrip("?")))
        flash(str(error), "warning")
        return redirect(url_for("people.sign_in"))
    if not wants_json() and isinstance(error, NeedsProof):
        return proof.ask(error)
    status = error.status
    if wants_json():
        more = {"current": error.current} if isinstance(error, Stale) else {}
        response = problem(
            status, str(error.title), str(error), slug=f"/problems/{error.slug}", errors=error.errors, **more
        )
    else:
        response = page(status, str(error.title), str(error), error.errors)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, NeedsSignIn):
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, NeedsProof):
        # RFC 9470: the token is good, but made too long ago for this.
        response.headers["WWW-Authenticate"] = (
            f'Bearer error="insufficient_user_authentication", max_age={int(PROOF_HOLDS.total_seconds())}'
        )
    return response


def page(status: int, title: str, detail: str, errors: Any = None) -> Response:
    """An error page in the reader's language; plain text when the server cannot even draw that."""
    if status >= 500:
        g.unread = 0  # the page of a failure asks the database for nothing
    try:
        body = render_template(
            "errors/error.html",
            status=status,
            title=title,
            detail=detail,
            errors=errors or {},
            reference=g.get("request_id") if status >= 500 else None,
        )
    except SQLAlchemyError:
        return Response(f"{status} {title}\n{detail}\n", status=status, mimetype="text/plain")
    return Response(body, status=status, mimetype="text/html")


def _csrf(_error: CSRFError) -> Any:
    return _domain(NotPermitted(_l("This page was open too long. Go back, reload it and try again.")))


def _http(error: HTTPException) -> Any:
    status = error.code or 500
    if status < 400:
        return error
    if status == 404:
        return _domain(NotFound())
    title = str(TITLES.get(status, _l("Bad request")))
    detail = str(_l("The server cannot do this request as it was sent."))
    answer = problem(status, title, detail) if wants_json() else page(status, title, detail)
    if status == 405:
        allow = error.get_response().headers.get("Allow")
        if allow:
            answer.headers["Allow"] = allow
    return answer


def _collided(error: IntegrityError) -> Any:
    """Two did the same at once, and a constraint of the database let only one through."""
    log.error("integrity", endpoint=request.endpoint, exc_info=error)
    db.close_session()
    return _domain(Conflict(_l("Somebody else did the same at this moment. Please look at the present state.")))


def _gone(_error: ObjectDeletedError) -> Any:
    """What this request had found was deleted by another one before it could be locked."""
    db.close_session()
    return _domain(NotFound())


def _unstorable(error: DataError) -> Any:
    log.error("unstorable", endpoint=request.endpoint, exc_info=error)
    db.close_session()
    return _domain(Invalid({}, _l("Something you sent cannot be stored. Please check your entries.")))


def _busy(error: SQLAlchemyError) -> Any:
    """The database is away, locked, or has no space: nothing was changed, and the same request may succeed later."""
    reason = getattr(error, "orig", None) or error
    db.close_session()
    if isinstance(reason, DiskFull) or "disk is full" in str(reason):
        return _no_space(reason)
    log.warning("database_busy", error=type(reason).__name__)
    detail = str(_l("The server is busy. Nothing was changed; please try again in a moment."))
    return _later(503, detail)


def _refused(error: DBAPIError) -> Any:
    """What else a database says when it goes away or only reads, as after a change to a standby."""
    if error.connection_invalidated or isinstance(error.orig, ReadOnlySqlTransaction):
        return _busy(error)
    return _unexpected(error)


def _system(error: OSError) -> Any:
    """Uploads, and what the server itself writes."""
    return _no_space(error) if error.errno in NO_SPACE else _unexpected(error)


def _no_space(error: BaseException) -> Any:
    log.error("no_space", endpoint=request.endpoint, error=type(error).__name__)
    return _later(507, str(_l("The server has no space left. Nothing was changed; please try again later.")))


def _later(status: int, detail: str) -> Any:
    title = str(TITLES[status])
    answer = problem(status, title, detail) if wants_json() else page(status, title, detail)
    answer.headers["Retry-After"] = "2" if status == 503 else "60"
    return answer


def _encoding(_error: UnicodeError) -> Any:
    title, detail = str(TITLES[400]), str(_l("The text is not valid UTF-8."))
    return problem(400, title, detail) if wants_json() else page(400, title, detail)


def _unexpected(error: Exception) -> Any:
    log.error("unexpected_error", endpoint=request.endpoint, exc_info=error)
    title = str(TITLES[500])
    detail = str(_l("This is our fault, not yours. Nothing was changed. Please try again later."))
    return problem(500, title, detail) if wants_json() else page(500, title, detail)
