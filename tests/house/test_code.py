"""Rules that no linter knows: who may commit, who tells the time, what a room may see of another."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from .tree import PACKAGE, parsed, shown, under

SHARED_BY_ROOMS = {"models", "events", "rules", "queries", "actions"}
# A discussion, shown on many kinds of object, has doors of its own that other rooms' doors open.
SHARED_BY_DOORS = {
    "views": {"views", "forms", "permissions"},
    "api": {"api", "permissions"},
    "permissions": {"permissions"},
}
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today")}


def code() -> list[Path]:
    return under("platform/gongzhi/", suffixes=(".py",))


def calls(path: Path) -> Iterator[tuple[ast.Call, ast.Attribute]]:
    """Every call of a method or of a function reached through a name."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node, node.func


def committing(path: Path) -> list[str]:
    return [
        shown(path, call.lineno)
        for call, method in calls(path)
        if method.attr in {"commit", "rollback"} and not call.args and not call.keywords
    ]


def test_only_the_kernels_database_module_commits():
    allowed = {PACKAGE / "kernel" / "db.py", *(PACKAGE / "kernel" / "db").glob("*.py")}
    assert [place for path in code() if path in allowed for place in committing(path)]
    assert [place for path in code() if path not in allowed for place in committing(path)] == []


def test_only_the_kernels_clock_reads_the_time():
    clock = PACKAGE / "kernel" / "clock.py"
    found = [
        (path, shown(path, call.lineno))
        for path in code()
        for call, method in calls(path)
        if isinstance(method.value, ast.Name) and (method.value.id, method.attr) in CLOCKS
    ]
    assert [place for path, place in found if path == clock]
    assert [place for path, place in found if path != clock] == []


def foreign_rooms(path: Path) -> Iterator[tuple[str, str, int]]:
    """What a room's file imports from other rooms: room, the piece of furniture, line."""
    room = path.relative_to(PACKAGE / "domains").parts[0]
    for node in ast.walk(parsed(path)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[:2] == ["gongzhi", "domains"] and len(parts) > 3 and parts[2] != room:
                yield parts[2], parts[3], node.lineno


def furniture(path: Path) -> str:
    """Which piece of its room a file belongs to: `views` for views.py and for views/page.py."""
    return path.relative_to(PACKAGE / "domains").parts[1].removesuffix(".py")


def test_a_room_sees_of_another_only_what_it_offers():
    wrong = [
        f"{shown(path, line)} imports {room}.{piece}"
        for path in under("platform/gongzhi/domains/", suffixes=(".py",))
        if path.parent != PACKAGE / "domains"
        for room, piece, line in foreign_rooms(path)
        if piece not in SHARED_BY_ROOMS | SHARED_BY_DOORS.get(furniture(path), set())
    ]
    assert wrong == []


@pytest.mark.parametrize("room", sorted(path.name for path in (PACKAGE / "domains").iterdir() if path.is_dir()))
def test_rules_are_pure_and_know_no_session(room):
    for path in under(f"platform/gongzhi/domains/{room}/rules", suffixes=(".py",)):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ImportFrom):
                assert node.module not in {"sqlalchemy.orm", "gongzhi.kernel.db", "gongzhi.kernel.clock"}, shown(
                    path, node.lineno
                )
