"""Migrations: one line of them, up and down with data on both databases, and exactly the tables of the models."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.engine import make_url

from gongzhi.kernel import clock, db
from gongzhi.web import schema
from tests.conftest import POSTGRESQL, _server


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request, tmp_path, application):
    """Settings of an empty database of each kind."""
    before = application.config["SETTINGS"]
    if request.param == "sqlite":
        yield replace(before, database_url=f"sqlite:///{tmp_path / 'bare.sqlite3'}")
        db.disconnect()
        return
    name = f"gongzhi_bare_{uuid.uuid4().hex[:10]}"
    _server(f'CREATE DATABASE "{name}"')
    url = make_url(POSTGRESQL).set(database=name)
    yield replace(before, database_url=url.render_as_string(hide_password=False))
    db.disconnect()
    _server(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_there_is_one_line_of_migrations_and_they_are_numbered():
    scripts = ScriptDirectory.from_config(schema.config("sqlite://"))
    revisions = [revision.revision for revision in scripts.walk_revisions()]
    assert len(scripts.get_heads()) == 1
    assert sorted(revisions) == [f"{number:04d}" for number in range(1, len(revisions) + 1)]


def test_migrations_make_exactly_the_tables_of_the_models(bare):
    schema.upgrade(bare)
    command.check(schema.config(bare.database_url))


TRIGGERS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name",
    "postgresql": "SELECT tgname, pg_get_triggerdef(t.oid) || p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = tgfoid"
    " WHERE NOT tgisinternal ORDER BY tgname",
}


def triggers(connection):
    """What each trigger says, spaces aside."""
    rows = connection.execute(text(TRIGGERS[connection.dialect.name]))
    return {name: "".join(said.split()) for name, said in rows}


def test_migrations_make_exactly_the_triggers_of_the_models(bare):
    """A table made anew on SQLite (batch mode) loses its triggers: the migration must make them again."""
    schema.upgrade(bare)
    with db.engine().connect() as connection:
        migrated = triggers(connection)
    schema.downgrade(bare, "base")
    with db.engine().connect().execution_options(gongzhi_write=True) as connection, connection.begin():
        db.Base.metadata.create_all(connection)
        made = triggers(connection)
        db.Base.metadata.drop_all(connection)
    assert migrated == made
    assert any(name.startswith("rights_") for name in made)


def test_migrations_go_up_and_down_and_up_again_with_data_in_the_tables(bare):
    schema.upgrade(bare)
    with db.engine().connect().execution_options(gongzhi_write=True) as connection, connection.begin():
        connection.execute(
            text(
                "INSERT INTO district (id, code, name_zh, name_en, created_at) VALUES (1, '500103', '渝中区', '', :at)"
            ),
            {"at": clock.now().isoformat()},
        )
    schema.downgrade(bare, "base")
    tables = set(inspect(db.engine()).get_table_names())
    assert tables <= {"alembic_version"}
    schema.upgrade(bare)
    assert "issue" in inspect(db.engine()).get_table_names()


def test_a_second_upgrade_changes_nothing(bare):
    schema.upgrade(bare)
    before = inspect(db.engine()).get_table_names()
    schema.upgrade(bare)
    assert inspect(db.engine()).get_table_names() == before
