"""OpenAPI 3.1, generated from the operations themselves, so that it cannot say what they do not do."""

from __future__ import annotations

import re
from typing import Any

from pydantic.json_schema import models_json_schema

from gongzhi import __version__
from gongzhi.kernel.api import Operation, operations
from gongzhi.kernel.policy import PUBLIC

REF = "#/components/schemas/{model}"
PROBLEM_SCHEMA = {
    "type": "object",
    "description": "RFC 9457 problem details",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
        "current": {"type": "object"},
    },
}
PROBLEMS = {
    "400": "Not understood as it was sent",
    "401": "Sign in first",
    "403": "Not permitted",
    "404": "No such thing, or not for you",
    "409": "In conflict with the present state",
    "422": "Input that cannot be used",
    "429": "Too many requests",
    "503": "Busy; nothing was changed",
}


def describe(server: str) -> dict[str, Any]:
    """The whole description as a dictionary."""
    models = {
        model for made in operations.values() for model in (made.body, made.query, made.answer) if model is not None
    }
    _, definitions = models_json_schema(
        [(model, "validation" if _is_input(model) else "serialization") for model in sorted(models, key=str)],
        ref_template=REF,
    )
    schemas = dict(definitions.get("$defs", {}))
    schemas["Problem"] = PROBLEM_SCHEMA
    paths: dict[str, dict[str, Any]] = {}
    for made in operations.values():
        path = re.sub(r"<(?:[a-z]+:)?([a-z_]+)>", r"{\1}", made.path)
        paths.setdefault(path, {})[made.method.lower()] = _operation(made, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Gongzhi API",
            "version": __version__,
            "description": "Governing together: issues, votes, answers, decisions and initiatives of a district.",
        },
        "servers": [{"url": f"{server}/api/v1"}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _is_input(model: type) -> bool:
    return any(parent.__name__ == "ApiIn" for parent in model.__mro__)


def _operation(made: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {
        "operationId": made.name,
        "summary": made.summary,
        "tags": [made.tag or "site"],
        "parameters": _parameters(made, schemas),
        "responses": _responses(made),
        "x-permission": made.permission.name,
    }
    if made.body is not None:
        said["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": REF.format(model=made.body.__name__)}}},
        }
    if made.permission is not PUBLIC:
        said["security"] = [{"token": []}]
    return said


def _parameters(made: Operation, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"<(?:[a-z]+:)?([a-z_]+)>", made.path)
    ]
    if made.query is not None:
        schema = schemas[made.query.__name__]
        found += [
            {
                "name": name,
                "in": "query",
                "required": name in schema.get("required", ()),
                "schema": value,
            }
            for name, value in schema["properties"].items()
        ]
    if made.method != "GET":
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "schema": {"type": "string", "minLength": 1, "maxLength": 200},
            }
        )
    return found


def _responses(made: Operation) -> dict[str, Any]:
    if made.answer is None:
        good: dict[str, Any] = {"description": "Done"}
        status = "204"
    else:
        item = {"$ref": REF.format(model=made.answer.__name__)}
        schema: dict[str, Any] = item
        if made.lists:
            schema = {
                "type": "object",
                "required": ["items", "next_cursor"],
                "properties": {
                    "items": {"type": "array", "items": item},
                    "next_cursor": {"type": ["string", "null"]},
                },
            }
        good = {"description": "As asked", "content": {"application/json": {"schema": schema}}}
        status = str(made.status)
    answers: dict[str, Any] = {status: good}
    for code, meaning in PROBLEMS.items():
        answers[code] = {
            "description": meaning,
            "content": {"application/problem+json": {"schema": {"$ref": REF.format(model="Problem")}}},
        }
    return answers
