"""Pages given again while nothing was committed since they were made.

A view marked `@kept` depends on nothing but its address, its reader and the database. Its page is kept for that
reader and given again, without asking who reads and without a statement, for as long as `db.standing()` is the
same; and for at most `LIFE`, since words such as "3 minutes ago" and dates that pass depend on the clock.
Nothing is kept for whoever holds a role or acts for an organisation: such rights may end by the clock alone.
The CSRF token is the reader's own in each answer.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from flask import Flask, Response, g, request, session
from flask_wtf.csrf import generate_csrf

from gongzhi.domains.people.queries import Identified
from gongzhi.kernel import clock, db
from gongzhi.kernel.guard import actor
from gongzhi.kernel.policy import Actor

LIFE = timedelta(seconds=10)
LARGEST = 64 * 1024 * 1024
"""Bytes of pages kept in one process."""
TOKENS = 10_000
COOKIES = ("language", "theme", "type", "district")
NOT_KEPT = ("Content-Length", "X-Request-Id")
Key = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class _Page:
    """A page as it was answered, cut where the CSRF token stood."""

    standing: str
    made: datetime
    actor: Actor
    pieces: tuple[str, ...]
    digest: bytes
    headers: tuple[tuple[str, str], ...]
    size: int


class Kept:
    """The pages of one application, the longest unused ones dropped first."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._pages: OrderedDict[Key, _Page] = OrderedDict()
        self._tokens: OrderedDict[str, str] = OrderedDict()
        self._size = 0

    def answer(self) -> Response | None:
        """The page of this request, if it is kept and still true; else note under what to keep it."""
        view: Any = self._app.view_functions.get(request.endpoint or "")
        if request.method not in ("GET", "HEAD") or not getattr(view, "kept", False) or "_flashes" in session:
            return None
        if "Authorization" in request.headers:
            return None
        standing = db.standing()
        if standing is None:
            return None
        key = self._key()
        page = self._pages.get(key)
        if page is None or page.standing != standing or not timedelta() <= clock.now() - page.made < LIFE:
            g.to_keep = (key, standing, clock.now())
            return None
        self._pages.move_to_end(key)
        g.actor = page.actor
        response = Response(self._token().join(page.pieces))
        response.headers.extend(page.headers)
        return _conditional(response, page)

    def keep(self, response: Response) -> Response:
        """Keep the page just made, if it may be."""
        wanted = g.pop("to_keep", None)
        if wanted is None or response.status_code != 200 or response.mimetype != "text/html" or not _plain(response):
            return response
        found: Identified | None = g.get("identified")
        if found is not None and (found.actor.roles or found.choices):
            return response
        key, standing, made = wanted
        token: str | None = g.get("csrf_token")
        body = response.get_data(as_text=True)
        headers = tuple((name, value) for name, value in response.headers if name not in NOT_KEPT)
        pieces = tuple(body.split(token)) if token else (body,)
        self._drop(key)
        digest = hashlib.sha256("".join(pieces).encode()).digest()
        page = self._pages[key] = _Page(standing, made, actor(), pieces, digest, headers, len(body))
        self._size += len(body)
        while self._size > LARGEST:
            self._drop(next(iter(self._pages)))
        return _conditional(response, page)

    def forget(self) -> None:
        """Make every page anew."""
        self._pages.clear()
        self._size = 0

    def _drop(self, key: Key) -> None:
        gone = self._pages.pop(key, None)
        if gone is not None:
            self._size -= gone.size

    def _key(self) -> Key:
        """The reader (by the token of their session) and all of the request that a page may depend on."""
        cookies = request.cookies
        return (
            session.get("_user_id"),
            request.host,
            request.script_root,
            request.full_path,
            request.headers.get("HX-Request"),
            *(cookies.get(name) for name in COOKIES),
        )

    def _token(self) -> str:
        """The reader's CSRF token; signed once for each session instead of with each page."""
        raw: str | None = session.get("csrf_token")
        if raw is None:
            return str(generate_csrf())
        token = self._tokens.get(raw)
        if token is None:
            token = self._tokens[raw] = str(generate_csrf())
            if len(self._tokens) > TOKENS:
                self._tokens.popitem(last=False)
        return token


def _conditional(response: Response, page: _Page) -> Response:
    """With an ETag, of the page and the session whose token it holds; 304 for a browser that has it."""
    whose = f"{session.get('_user_id')}{session.get('csrf_token')}".encode()
    response.set_etag(hashlib.sha256(page.digest + whose).hexdigest()[:32], weak=True)
    response.headers["Vary"] = "Cookie"
    return cast("Response", response.make_conditional(request))


def _plain(response: Response) -> bool:
    """Neither streamed nor with a message that was shown once."""
    return not response.is_streamed and "_flashes" not in session and "Set-Cookie" not in response.headers


def init_app(app: Flask) -> None:
    """Look before the reader is identified, keep what was made at the end."""
    pages = app.extensions["kept"] = Kept(app)
    app.before_request(pages.answer)
    app.after_request(pages.keep)
