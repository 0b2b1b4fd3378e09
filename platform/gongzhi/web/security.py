"""Headers and checks around every request: strict CSP, same-origin writes, CSRF tokens, limits."""

from __future__ import annotations

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import RequestEntityTooLarge

from gongzhi.kernel.settings import Settings

CSP = "; ".join(  # noqa: FLY002 - one rule a line can be read
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
    )
)
MAX_REQUEST = 64 * 1024 * 1024
MAX_FORM_MEMORY = 2 * 1024 * 1024
FORM = "application/x-www-form-urlencoded"

csrf = CSRFProtect()


def init_app(app: Flask, settings: Settings) -> None:
    """Install headers, cookie rules and CSRF protection."""
    secure = settings.public_url.startswith("https://")
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_REQUEST,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_MEMORY,
        MAX_FORM_PARTS=2000,
        SESSION_COOKIE_NAME="__Host-gongzhi" if secure else "gongzhi",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_HEADERS=["X-CSRFToken", "X-CSRF-Token"],
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_SSL_STRICT=False,
    )
    csrf.init_app(app)

    @app.before_request
    def not_too_large() -> None:
        """Only files may be large: the parser's own limit leaves url-encoded forms out."""
        if request.mimetype == FORM and (request.content_length or 0) > MAX_FORM_MEMORY:
            raise RequestEntityTooLarge

    @app.before_request
    def same_origin() -> None:
        """Unsafe requests need the token, unless a bearer token, which no browser sends by itself, does."""
        if request.method in ("GET", "HEAD", "OPTIONS", "TRACE"):
            return
        if request.headers.get("Authorization", "").lower().startswith("bearer "):
            return
        if request.endpoint in app.config["CSRF_FREE"]:
            return
        csrf.protect()

    @app.after_request
    def headers(response: Response) -> Response:
        add = response.headers.setdefault
        add("Content-Security-Policy", CSP)
        add("X-Content-Type-Options", "nosniff")
        add("Referrer-Policy", "same-origin")
        add("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()")
        add("Cross-Origin-Opener-Policy", "same-origin")
        add("Cross-Origin-Resource-Policy", "same-origin")
        if secure:
            add("Strict-Transport-Security", "max-age=31536000")
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "private, no-cache"
        return response

    app.config.setdefault("CSRF_FREE", frozenset({"api.create_token", "pwa.share"}))
