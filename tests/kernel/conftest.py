"""Bare databases for the kernel's own tests: both dialects, nothing in them."""

import os
import uuid

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, event, text

POSTGRESQL = os.environ.get("GONGZHI_TEST_POSTGRESQL_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")

# Other work on the machine must not fail a property; slow code is a matter for bench/.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def empty_database(request):
    """An engine on an empty database; on PostgreSQL a schema of its own."""
    if request.param == "sqlite":
        engine = create_engine("sqlite://")
        yield engine
        engine.dispose()
        return
    schema = f"kernel_{uuid.uuid4().hex[:12]}"
    engine = create_engine(POSTGRESQL)

    @event.listens_for(engine, "connect")
    def use_schema(connection, _record):
        connection.autocommit = True
        connection.execute(f"SET search_path TO {schema}")
        connection.autocommit = False

    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    yield engine
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()
