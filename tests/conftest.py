"""What every test can ask for: a fresh database of each kind, the application on it, and clients of it."""

from __future__ import annotations

import os
import shutil
import uuid
from contextlib import contextmanager
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import make_url

from gongzhi.kernel import db, settings
from gongzhi.reactions.notices import channels
from gongzhi.web.app import use
from tests import factories

POSTGRESQL = os.environ.get("GONGZHI_TEST_POSTGRESQL_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
SECRET = "a secret of tests, longer than thirty-two characters"


class Browser(FlaskClient):
    """A client that sends the CSRF token as a page's form or script would; `token=False` leaves it out."""

    def open(self, *args, token=True, **kwargs):
        method = kwargs.get("method", "GET").upper()
        headers = dict(kwargs.pop("headers", None) or {})
        if token and method not in ("GET", "HEAD", "OPTIONS") and "Authorization" not in headers:
            headers.setdefault("X-CSRFToken", self.csrf_token())
        kwargs.setdefault("buffered", True)
        return super().open(*args, headers=headers, **kwargs)

    def csrf_token(self):
        """The token of this browser's session."""
        with self.session_transaction() as kept:
            raw = kept.setdefault("csrf_token", uuid.uuid4().hex)
        return URLSafeTimedSerializer(self.application.secret_key, salt="wtf-csrf-token").dumps(raw)


@pytest.fixture(scope="session")
def application(tmp_path_factory):
    """The one application of this test process; `app` gives it a fresh database."""
    from gongzhi.web.app import create_app

    folder = tmp_path_factory.mktemp("data")
    chosen = settings.load(
        {
            "GONGZHI_DATA_DIR": str(folder),
            "GONGZHI_DATABASE_URL": f"sqlite:///{folder / 'none.sqlite3'}",
            "GONGZHI_SECRET_KEY": SECRET,
            "GONGZHI_TESTING": "1",
            "GONGZHI_DEMO": "1",
            "GONGZHI_REDIS_URL": "",
        }
    )
    made = create_app(chosen)
    made.test_client_class = Browser
    return made


@pytest.fixture(scope="session")
def empty_sqlite(application, tmp_path_factory):
    """A file with all tables, to be copied."""
    path = tmp_path_factory.mktemp("template") / "empty.sqlite3"
    engine = db.configure(f"sqlite:///{path}")
    _create_all(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def own_postgresql(application):
    """The name of a database of this test process with all tables; `database` empties it for each test.

    One that is made and dropped for each test costs two checkpoints, seconds on a busy disk.
    """
    name = f"gongzhi_test_{uuid.uuid4().hex[:10]}"
    _server(f'CREATE DATABASE "{name}"')
    engine = db.configure(_postgresql(name))
    _create_all(engine)
    engine.dispose()
    yield name
    db.disconnect()
    _server(f'DROP DATABASE "{name}" WITH (FORCE)')


EMPTY_ALL = """
DO $$ DECLARE one record; BEGIN
  SET LOCAL session_replication_role = replica;
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
    EXECUTE format('DELETE FROM %%I', one.tablename);
  END LOOP;
  FOR one IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
    EXECUTE format('ALTER SEQUENCE %%I RESTART', one.sequencename);
  END LOOP;
END $$
"""


def _create_all(engine):
    from gongzhi.web.app import load_models

    load_models()
    with engine.connect().execution_options(gongzhi_write=True) as connection, connection.begin():
        db.Base.metadata.create_all(connection)


def _postgresql(name):
    return make_url(POSTGRESQL).set(database=name)


def _server(statement):
    engine = create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    """The URL of a fresh database with all tables, of each kind in turn."""
    if request.param == "sqlite":
        path = tmp_path / "test.sqlite3"
        shutil.copyfile(request.getfixturevalue("empty_sqlite"), path)
        yield make_url(f"sqlite:///{path}")
        return
    address = _postgresql(request.getfixturevalue("own_postgresql"))
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.exec_driver_sql(EMPTY_ALL)
    engine.dispose()
    yield address


@pytest.fixture
def app(application, database):
    """The application on the fresh database, with a district and its places in it."""
    before = application.config["SETTINGS"]
    application.config["SETTINGS"] = replace(before, database_url=database.render_as_string(hide_password=False))
    # Some tests make an application of their own, and a process has one of each of these.
    use(application.config["SETTINGS"])
    channels.configure(application.extensions["site"])
    factories.begin(application)
    yield application
    application.config["SETTINGS"] = before
    db.close_session()
    db.disconnect()


@pytest.fixture
def client(app):
    """`client()` is a visitor's browser, `client(person)` one where the person is signed in."""

    def make(person=None):
        made = app.test_client()
        return made if person is None else factories.sign_in(made, person)

    return make


@pytest.fixture
def sql_count(app):
    """`with sql_count() as statements:` collects the statements sent to the database meanwhile, no page being kept."""

    @contextmanager
    def counting():
        seen = []
        app.extensions["kept"].forget()

        def note(_connection, _cursor, statement, *_rest):
            if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "SAVEPOINT", "RELEASE")):
                seen.append(statement)

        event.listen(db.engine(), "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(db.engine(), "before_cursor_execute", note)

    return counting
