"""The application on both databases, and in it a district of one's own for each test."""

import os
import uuid

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import make_url

from gongzhi.kernel import db
from gongzhi.kernel.settings import load
from gongzhi.web.app import create_app
from tests.domains.issues.world import World

POSTGRESQL = os.environ.get("GONGZHI_TEST_POSTGRESQL_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
settings.load_profile("patient")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def room(request, tmp_path_factory):
    """The application with an empty database of its own; on PostgreSQL made and dropped here."""
    folder = tmp_path_factory.mktemp("data")
    name = f"gongzhi_issues_{uuid.uuid4().hex[:10]}"
    url = f"sqlite:///{folder / 'test.sqlite3'}"
    server = None
    if request.param == "postgresql":
        server = create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        url = make_url(POSTGRESQL).set(database=name).render_as_string(hide_password=False)
    made = create_app(
        load(
            {
                "GONGZHI_DATABASE_URL": url,
                "GONGZHI_DATA_DIR": str(folder),
                "GONGZHI_SECRET_KEY": "a secret that only tests use, long enough",
                "GONGZHI_TESTING": "1",
            }
        )
    )
    db.Base.metadata.create_all(db.engine())
    yield made
    db.close_session()
    db.disconnect()
    if server is not None:
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()


@pytest.fixture
def world(room):
    """A new district with places, offices, categories, and people to act in it."""
    made = World(room)
    yield made
    db.close_session()


@pytest.fixture
def statements(room):
    """The statements sent to the database since the list was cleared."""
    sent = []

    def note(_connection, _cursor, statement, *_rest):
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    event.listen(db.engine(), "before_cursor_execute", note)
    yield sent
    event.remove(db.engine(), "before_cursor_execute", note)
