"""The JSON API's one decorator: permission, validation, idempotency and description in a single place.

`@operation("PUT", "/issues/<issue_id>/vote", CAST_VOTE, body=VoteIn, answer=TallyOut, issue=access_issue)`
guards the view, parses and validates its input (unknown keys are 422), honours `Idempotency-Key`, and is
what `/api/v1/openapi.json` is generated from, so that description and behaviour cannot drift apart.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, g, request
from psycopg.errors import LockNotAvailable
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Integer, Row, String, Text, delete, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, Session, mapped_column

from gongzhi.kernel import clock
from gongzhi.kernel.db import Base, UtcDateTime, dialect, write
from gongzhi.kernel.errors import Conflict, Invalid
from gongzhi.kernel.guard import Loader, actor, load_subjects
from gongzhi.kernel.pages import Page
from gongzhi.kernel.policy import Permission, require, require_fresh
from gongzhi.kernel.text import lazy as _l

MAX_BODY = 1_048_576
KEY_LIFE = timedelta(hours=24)
MAX_KEY = 200


class ApiIn(BaseModel):
    """Parent of request bodies and queries: unknown keys are refused, strings are stripped."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class ApiOut(BaseModel):
    """Parent of answers: built from objects or dictionaries."""

    model_config = ConfigDict(from_attributes=True)


class ListQuery(ApiIn):
    """Query of every list."""

    cursor: str | None = Field(None, max_length=400, description="next_cursor of the page before")
    limit: int = Field(20, ge=1, le=100)


class IdempotencyRecord(Base):
    """The answer once given to a key: the same key and body gets it again for a day."""

    __tablename__ = "idempotency_record"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(Integer, default=0)
    body: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Operation:
    """What the description says of one operation."""

    method: str
    path: str
    permission: Permission
    view: Callable[..., Any]
    body: type[ApiIn] | None
    query: type[ApiIn] | None
    answer: type[BaseModel] | None
    lists: bool
    status: int
    tag: str
    summary: str
    fresh: bool = False
    loaders: dict[str, Loader] = field(default_factory=dict)
    keeps: bool = True
    """Whether the answer to an Idempotency-Key is kept."""

    @property
    def name(self) -> str:
        """operationId: the view's name."""
        return self.view.__name__


operations: dict[str, Operation] = {}


def operation(
    method: str,
    path: str,
    permission: Permission,
    *,
    body: type[ApiIn] | None = None,
    query: type[ApiIn] | None = None,
    answer: type[BaseModel] | None = None,
    lists: bool = False,
    status: int = 200,
    tag: str = "",
    fresh: bool = False,
    keeps: bool = True,
    **loaders: Loader,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare an operation of the API; the first paragraph of the view's docstring is its summary.

    The view gets its loaded objects, `body` and `query`, and returns a model, a dictionary, or with
    `lists=True` a `Page`; None answers 204. With `fresh=True` it is a decisive act: the token must have been
    made, or its bearer proved, within the last ten minutes. With `keeps=False` neither
    request nor answer leaves a trace in the store of idempotency keys: for an operation that gives the same
    answer by itself and whose content must not be found beside an account, such as a secret vote.
    """

    def declare(view: Callable[..., Any]) -> Callable[..., Any]:
        name = view.__name__
        if name in operations and operations[name].view.__module__ != view.__module__:
            raise ValueError(f"API operation {name!r} is declared twice")
        operations[name] = Operation(
            method, path, permission, view, body, query, answer, lists, status, tag,
            _summary(view) or name, fresh, dict(loaders), keeps,
        )  # fmt: skip
        return view

    return declare


def _summary(view: Callable[..., Any]) -> str:
    """The first paragraph of its docstring on one line, as a heading without a full stop."""
    return " ".join((view.__doc__ or "").strip().partition("\n\n")[0].split()).removesuffix(".")


def attach(blueprint: Blueprint) -> None:
    """Give the blueprint a route for every operation declared so far."""
    for made in operations.values():
        run = _runner(made)
        blueprint.add_url_rule(made.path, made.name, run, methods=[made.method])


def _runner(made: Operation) -> Callable[..., Any]:
    def run(**arguments: Any) -> Response:
        subject = load_subjects(made.loaders, arguments)
        require(actor(), made.permission, subject)
        if made.fresh:
            require_fresh(actor())
        if made.body is not None:
            arguments["body"] = _validated(made.body, _json())
        if made.query is not None:
            arguments["query"] = _validated(made.query, _query())
        key = request.headers.get("Idempotency-Key")
        if key is None or made.method == "GET" or not made.keeps or not actor().signed_in:
            return _answer(made, made.view(**arguments))
        return _once(key, lambda: _answer(made, made.view(**arguments)))

    run.permission = made.permission  # type: ignore[attr-defined]
    run.__name__ = made.name
    return run


def _json() -> Any:
    if request.content_length is not None and request.content_length > MAX_BODY:
        raise Invalid.of("body", _l("The body is larger than 1 MiB."))
    if not request.is_json:
        raise Invalid.of("body", _l("Send JSON with the content type application/json."))
    try:
        return json.loads(request.get_data(cache=True).decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise Invalid.of("body", _l("This is not valid JSON.")) from None


def _query() -> dict[str, Any]:
    return {name: values[0] if len(values) == 1 else values for name, values in request.args.lists()}


def _validated(model: type[ApiIn], value: Any) -> ApiIn:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise Invalid(_by_field(error)) from None


MESSAGES = {
    "missing": _l("This is required."),
    "extra_forbidden": _l("This field is not known here."),
    "string_too_long": _l("This is too long."),
    "string_too_short": _l("This is too short."),
    "string_type": _l("Expected text."),
    "enum": _l("This is not one of the choices."),
    "literal_error": _l("This is not one of the choices."),
}


def _by_field(error: ValidationError) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for problem in error.errors(include_url=False, include_context=False, include_input=False):
        name = ".".join(str(part) for part in problem["loc"]) or "body"
        found.setdefault(name[:100], []).append(MESSAGES.get(problem["type"], _l("This value cannot be used.")))
    return found


def _answer(made: Operation, result: Any) -> Response:
    if result is None:
        return Response(status=HTTPStatus.NO_CONTENT)
    if isinstance(result, Response):
        return result
    if isinstance(result, Page):
        items = [_dump(made.answer, item) for item in result.items]
        text = json.dumps({"items": items, "next_cursor": result.next_cursor}, ensure_ascii=False)
    else:
        text = json.dumps(_dump(made.answer, result), ensure_ascii=False)
    return Response(text, status=made.status, mimetype="application/json")


def _dump(model: type[BaseModel] | None, item: Any) -> Any:
    if model is None:
        return item
    if not isinstance(item, model):
        item = model.model_validate(item)
    return item.model_dump(mode="json")


def _once(key: str, answer: Callable[[], Response]) -> Response:
    """Run at most once for a key of this account; 422 for another body.

    The key, what is done and the answer to repeat are one transaction: a process that dies leaves none of them,
    and whoever comes with the same key meanwhile waits for the first, for at most the database's lock timeout (409).
    """
    if not key.strip() or len(key) > MAX_KEY:
        raise Invalid.of("Idempotency-Key", _l("Use a key of 1 to 200 characters."))
    kept_under = _sha(f"{actor().account_id}|{actor().organisation_id}|{key}")
    fingerprint = _sha(f"{request.method}|{request.path}|", request.get_data(cache=True))
    with write() as current:
        before = _claim(current, kept_under, fingerprint)
        if before is None:
            response = answer()
            current.execute(
                update(IdempotencyRecord)
                .where(IdempotencyRecord.key == kept_under)
                .values(status=response.status_code, body=response.get_data(as_text=True))
            )
            return response
    if before.fingerprint != fingerprint:
        raise Invalid.of("Idempotency-Key", _l("This key was used with another request."))
    again = Response(before.body, status=before.status, mimetype="application/json")
    again.headers["Idempotency-Replayed"] = "true"
    return again


def _claim(current: Session, kept_under: str, fingerprint: str) -> Row[str, int, str] | None:
    """Take the key, also over from an answer grown too old; or what was kept by who took it before."""
    now = clock.now()
    fresh = {"fingerprint": fingerprint, "status": 0, "body": "", "at": now}
    module = sqlite if dialect(current) == "sqlite" else postgresql
    taken = (
        module.insert(IdempotencyRecord.__table__)
        .values(key=kept_under, **fresh)
        .on_conflict_do_update(
            index_elements=["key"], set_=fresh, where=IdempotencyRecord.__table__.c.at < now - KEY_LIFE
        )
        .returning(literal(1))
    )
    try:
        if current.scalar(taken) is not None:
            return None
    except OperationalError as error:
        if isinstance(error.orig, LockNotAvailable):
            raise Conflict(_l("The first request with this key is still running.")) from None
        raise
    kept = select(IdempotencyRecord.fingerprint, IdempotencyRecord.status, IdempotencyRecord.body)
    return current.execute(kept.where(IdempotencyRecord.key == kept_under)).one()


def forget_old_keys() -> None:
    """For the job: drop the answers nobody may ask for again."""
    with write() as current:
        current.execute(delete(IdempotencyRecord).where(IdempotencyRecord.at < clock.now() - KEY_LIFE))


def _sha(text: str, data: bytes = b"") -> str:
    return hashlib.sha256(text.encode() + data).hexdigest()


def mark_api_request() -> None:
    """Note that this request is the API's, so that errors answer as problem documents."""
    g.api = True
