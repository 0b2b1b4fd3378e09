"""Installations that really run, with all tables and their revision, on both databases."""

from __future__ import annotations

import os
import shutil
import uuid
from dataclasses import replace

import pytest
from alembic import command

from gongzhi.kernel import db, secrets, storage
from gongzhi.web import schema
from tests import factories
from tests.conftest import _create_all, _postgresql, _server
from tests.faults.site import Site

REDIS = os.environ.get("GONGZHI_TEST_REDIS_URL", "redis://127.0.0.1:6379/9")


@pytest.fixture(scope="session")
def sqlite_template(application, tmp_path_factory):
    """A file with all tables and their revision, to be copied."""
    path = tmp_path_factory.mktemp("template") / "stamped.sqlite3"
    stamped(f"sqlite:///{path}")
    with db.engine().connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    db.disconnect()
    return path


@pytest.fixture(scope="session")
def postgresql_template(application):
    """The name of a database with all tables and their revision, to be copied."""
    name = f"gongzhi_template_{uuid.uuid4().hex[:10]}"
    _server(f'CREATE DATABASE "{name}"')
    stamped(_postgresql(name).render_as_string(hide_password=False))
    db.disconnect()
    yield name
    _server(f'DROP DATABASE "{name}" WITH (FORCE)')


def stamped(url: str) -> None:
    """All tables, and their revision."""
    _create_all(db.configure(url))
    command.stamp(schema.config(url), "head")


def begin(application, made: Site) -> None:
    """A district and its categories; the test process is one more that reads and writes."""
    db.configure(made.url)
    application.config["SETTINGS"] = replace(
        application.config["SETTINGS"], database_url=made.url, data_dir=made.folder, redis_url=made.redis_url or None
    )
    secrets.configure(made._environment["GONGZHI_SECRET_KEY"].encode(), hashing=secrets.CHEAP_HASHING)
    storage.configure(made.folder)
    factories.begin(application)
    made.categories()


def end(application, before) -> None:
    """As it was."""
    application.config["SETTINGS"] = before
    storage.configure(before.data_dir)
    db.close_session()
    db.disconnect()


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request, application, tmp_path):
    """An installation that was not started yet: embedded on SQLite, scaled on PostgreSQL."""
    before = application.config["SETTINGS"]
    name = f"gongzhi_faults_{uuid.uuid4().hex[:10]}"
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("sqlite_template"), tmp_path / "gongzhi.sqlite3")
        made = Site(tmp_path, f"sqlite:///{tmp_path / 'gongzhi.sqlite3'}")
    else:
        _server(f'CREATE DATABASE "{name}" TEMPLATE "{request.getfixturevalue("postgresql_template")}"')
        made = Site(tmp_path, _postgresql(name).render_as_string(hide_password=False), REDIS)
    try:
        begin(application, made)
        yield made
    finally:
        made.stop()
        end(application, before)
        if request.param == "postgresql":
            _server(f'DROP DATABASE "{name}" WITH (FORCE)')
