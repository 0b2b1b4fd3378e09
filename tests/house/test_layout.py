"""Where things are, how long they get, and what does not belong into the repository."""

from __future__ import annotations

import re

from alembic.config import Config
from alembic.script import ScriptDirectory

from .tree import ROOT, committed, shown, under

LONGEST = 450
BUILT = re.compile(
    r"(^|/)(node_modules|\.venv|dist|build|__pycache__|var)/|\.(mo|pyc|min\.js|min\.css|woff2?|whl|sqlite3?)$"
)


def test_platform_never_becomes_a_package_since_it_would_shadow_the_standard_library():
    assert (ROOT / "platform" / "gongzhi" / "__init__.py").is_file()
    assert not (ROOT / "platform" / "__init__.py").exists()


def test_migrations_have_one_head():
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    heads = ScriptDirectory.from_config(config).get_heads()
    assert len(heads) == 1, f"the migrations fork or are missing: {heads}"


def test_no_file_grows_past_what_one_reads_at_a_sitting():
    files = under(
        "platform/", "tests/", "templates/", "static/src/", "bin/", "bench/",
        suffixes=(".py", ".html", ".js", ".mjs", ".scss", "bin/dev"),
    )  # fmt: skip
    assert files
    long = [
        f"{shown(path)}: {count} lines"
        for path in files
        if (count := path.read_text(encoding="utf-8").count("\n")) > LONGEST
    ]
    assert not long, "split by meaning: " + ", ".join(long)


def test_nothing_built_or_vendored_is_committed():
    assert not [name for name in committed() if BUILT.search(name)]
