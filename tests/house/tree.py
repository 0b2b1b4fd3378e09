"""What the repository holds, as git sees it, for the tests beside this file."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "platform" / "gongzhi"


@cache
def tracked() -> tuple[str, ...]:
    """Paths that are in the repository or would be with the next commit; ignored files are not."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return tuple(name for name in listed.split("\0") if name and (ROOT / name).is_file())


def committed() -> tuple[str, ...]:
    """Paths git keeps, whatever .gitignore says."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return tuple(name for name in listed.decode().split("\0") if name)


def under(*places: str, suffixes: tuple[str, ...]) -> list[Path]:
    """Tracked files below these folders with one of these endings."""
    return [ROOT / name for name in tracked() if name.startswith(places) and name.endswith(suffixes)]


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def shown(path: Path, line: int = 0) -> str:
    """A place as a reader can open it."""
    name = path.relative_to(ROOT).as_posix()
    return f"{name}:{line}" if line else name
