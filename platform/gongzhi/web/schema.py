"""Migrations by Alembic, run from the checkout or an installed wheel, on either database."""

from __future__ import annotations

from alembic import command
from alembic.config import Config

from gongzhi.kernel import db
from gongzhi.kernel.settings import Settings


def config(url: str) -> Config:
    """Alembic's configuration for the database at `url`."""
    made = Config()
    made.set_main_option("script_location", str(db.asset_root() / "migrations"))
    made.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return made


def upgrade(settings: Settings, revision: str = "head") -> None:
    """Bring the tables up to `revision`."""
    db.configure(settings.database_url)
    command.upgrade(config(settings.database_url), revision)


def downgrade(settings: Settings, revision: str) -> None:
    """Take the tables back to `revision`."""
    db.configure(settings.database_url)
    command.downgrade(config(settings.database_url), revision)
