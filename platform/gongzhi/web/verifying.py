"""`gongzhi verify FILE`: checks what the platform exported, without database, settings or network.

`VERIFIERS` holds, by a document's `kind`, the function that answers everything wrong with it; `STREAMS` those
whose files are JSON lines, the first of them a head with the `kind`, and may be too large to hold in memory.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from gongzhi.domains.ballots.rules import verify_ballot
from gongzhi.reactions.ledger import checking
from gongzhi.reactions.ledger.checking import Report
from gongzhi.reactions.ledger.records import FILE_KIND

VERIFIERS: dict[str, Callable[[dict[str, Any]], list[str]]] = {"gongzhi-ballot": verify_ballot}
STREAMS: dict[str, Callable[[Iterable[str], Mapping[str, Any] | None], Report]] = {FILE_KIND: checking.check_file}

LONGEST_LINE = 64 * 1024 * 1024


def verify_file(path: Path, known_head: Mapping[str, Any] | None = None) -> Report:
    """What is wrong with the file, and a line on what was checked."""
    try:
        with path.open(encoding="utf-8") as opened:
            first = opened.readline(LONGEST_LINE)
            kind = _kind(first)
            if kind in STREAMS:
                return STREAMS[kind](chain([first], opened), known_head)
            document = json.loads(first + opened.read())
    except (UnicodeDecodeError, ValueError, RecursionError):
        return Report(["this is not a file of text and JSON"])
    if not isinstance(document, dict) or document.get("kind") not in VERIFIERS:
        known = ", ".join(sorted([*VERIFIERS, *STREAMS]))
        return Report([f"this is no document that can be checked; known kinds: {known}"])
    return Report(VERIFIERS[document["kind"]](document), f"{document['kind']}")


def read_head(path: Path) -> dict[str, Any]:
    """A head kept earlier: what `/api/v1/ledger` answered, or one of `/api/v1/ledger/heads`. Raises ValueError."""
    value = json.loads(path.read_text(encoding="utf-8"))
    head = value.get("head", value) if isinstance(value, dict) else None
    if isinstance(head, dict) and isinstance(head.get("size"), int) and isinstance(head.get("root"), str):
        return head
    raise ValueError("no head of a log is in it")


def _kind(line: str) -> str | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    kind = value.get("kind") if isinstance(value, dict) else None
    return kind if isinstance(kind, str) else None
