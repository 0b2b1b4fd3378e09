"""`gongzhi db upgrade` with one more migration behind the newest: what an upgrade to the next version does.

Asked with a folder, a database and a number of seconds to stay in the middle of it. The migration expands as
docs/for-developers.md asks (what runs meanwhile does not know of it), and makes tables anew on SQLite, as batch mode does.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path

from gongzhi.kernel import db
from gongzhi.kernel.settings import load
from gongzhi.web import schema

NEXT = '''
"""expand, for the tests."""

import time
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = {newest!r}
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("issue", recreate="auto") as table:
        table.add_column(sa.Column("extra", sa.Integer(), nullable=True))
    with op.batch_alter_table("comment", recreate="{recreate}") as table:
        table.add_column(sa.Column("extra", sa.String(40), nullable=True))
    op.create_table("extra_table", sa.Column("id", sa.Integer(), primary_key=True))
    Path({marker!r}).touch()
    time.sleep({seconds})
    op.execute("UPDATE issue SET extra = 1")
    op.create_index("ix_issue_extra", "issue", ["extra"])


def downgrade() -> None:
    op.drop_index("ix_issue_extra", table_name="issue")
    op.drop_table("extra_table")
    with op.batch_alter_table("comment") as table:
        table.drop_column("extra")
    with op.batch_alter_table("issue") as table:
        table.drop_column("extra")
'''


def write_next(folder: Path, seconds: float, *, sqlite: bool) -> Path:
    """A copy of the migrations with the next one; the folder they lie in."""
    root = folder / "next"
    if not root.exists():
        shutil.copytree(db.asset_root() / "migrations", root / "migrations")
    newest = max(path.name[:4] for path in (root / "migrations" / "versions").glob("[0-9]*.py"))
    words = NEXT.format(
        newest=newest, seconds=seconds, marker=str(folder / "under way"), recreate="always" if sqlite else "auto"
    )
    (root / "migrations" / "versions" / "next.py").write_text(words)
    return root


def main(folder: str, url: str, seconds: str, revision: str = "head") -> None:
    settings = replace(load(), database_url=url)
    root = write_next(Path(folder), float(seconds), sqlite=url.startswith("sqlite"))
    schema.db.asset_root = lambda: root
    step = schema.upgrade if revision == "head" else schema.downgrade
    step(settings, revision)


if __name__ == "__main__":
    main(*sys.argv[1:])
