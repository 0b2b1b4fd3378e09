"""What is wrong with this installation, if anything: quick checks, and with `deep` every invariant."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

import redis
from flask import Flask
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from gongzhi.kernel import db
from gongzhi.kernel.events import StuckDelivery
from gongzhi.kernel.relay import backlog
from gongzhi.kernel.settings import Settings
from gongzhi.reactions.ledger.checks import quick_problems
from gongzhi.reactions.notices.watching import backlog as sending
from gongzhi.web.jobs import queued
from gongzhi.web.schedule import SCHEDULE

MOST_BEHIND = 10_000


@dataclass(frozen=True)
class Finding:
    """One check and its outcome."""

    what: str
    good: bool
    detail: str


Check = Callable[[Session], Finding]
_deep: list[Check] = []


def register_invariant(check: Check) -> None:
    """Add a check that only `--deep` runs."""
    if check not in _deep:
        _deep.append(check)


def examine(app: Flask, *, deep: bool = False) -> list[Finding]:
    """All findings, good ones too."""
    settings: Settings = app.config["SETTINGS"]
    session = db.session()
    tables = _tables()
    if not tables.good:
        return [tables]
    findings = [
        tables,
        _durable(session),
        _outbox(session),
        _stuck(session),
        _sending(session),
        _queue(settings),
        _ledger(session),
        _storage(settings),
    ]
    if deep:
        findings += [check(session) for check in _deep]
    return findings


def _tables() -> Finding:
    missing = set(db.Base.metadata.tables) - set(inspect(db.engine()).get_table_names())
    return Finding("tables", not missing, ", ".join(sorted(missing)) or "all there")


def _durable(session: Session) -> Finding:
    if db.dialect(session) == "postgresql":
        setting = session.scalar(text("SHOW fsync"))
        return Finding("durability", setting == "on", f"fsync {setting}")
    level = session.scalar(text("PRAGMA synchronous"))
    return Finding("durability", level == 2, f"synchronous {level}")


def _outbox(session: Session) -> Finding:
    waiting = backlog(session)
    totals = waiting.totals()
    good = totals["unnumbered"] + totals["behind"] < MOST_BEHIND
    late = ", ".join(f"{name} {count}" for name, count in sorted(waiting.behind.items()) if count)
    detail = f"{totals['unnumbered']} new, {totals['behind']} behind{f' ({late})' if late else ''}"
    return Finding("outbox", good, f"{detail}, oldest {waiting.oldest:.0f} s")


def _stuck(session: Session) -> Finding:
    stuck = session.query(StuckDelivery).limit(5).all()
    detail = "; ".join(f"{row.listener} event {row.event_id}: {row.error[:80]}" for row in stuck)
    return Finding("stuck events", not stuck, detail or "none")


def _queue(settings: Settings) -> Finding:
    try:
        waiting = queued(settings)
    except (OSError, sqlite3.Error, redis.RedisError) as error:
        return Finding("job queue", False, type(error).__name__)
    # Each job waits at most once: when all do, nobody takes them.
    return Finding("job queue", waiting < len(SCHEDULE), f"{waiting} waiting")


def _ledger(session: Session) -> Finding:
    problems = quick_problems(session)
    return Finding("public ledger", not problems, "; ".join(problems) or "extends its signed heads")


def _sending(session: Session) -> Finding:
    waiting = sending(session)
    detail = f"{waiting['due']} due, {waiting['late']} late; telling {waiting['untold']} of {waiting['telling']} events"
    return Finding("notices going out", not waiting["late"], detail)


def _storage(settings: Settings) -> Finding:
    if settings.storage_url:
        return Finding("storage", True, "by setting")
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".probe"
        probe.write_bytes(b"ok")
        probe.unlink()
    except OSError as error:
        return Finding("storage", False, type(error).__name__)
    return Finding("storage", True, "writable")
