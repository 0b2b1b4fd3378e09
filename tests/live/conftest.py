"""Two installations that really run: embedded on SQLite, and scaled on PostgreSQL and Redis."""

from __future__ import annotations

import os

import pytest

from gongzhi.kernel import db
from tests import factories
from tests.conftest import _create_all, _postgresql, _server
from tests.live.installation import Installation

REDIS = os.environ.get("GONGZHI_TEST_REDIS_URL", "redis://127.0.0.1:6379/9")


@pytest.fixture(scope="module", params=["embedded", "scaled"])
def installation(request, application, tmp_path_factory):
    """The running installation of a module, with a district and its categories."""
    folder = tmp_path_factory.mktemp(request.param)
    name = f"gongzhi_live_{os.getpid()}_{folder.name}".lower().replace("-", "_")
    if request.param == "embedded":
        url = f"sqlite:///{folder / 'gongzhi.sqlite3'}"
        made = Installation(folder, url)
    else:
        _server(f'CREATE DATABASE "{name}"')
        url = _postgresql(name).render_as_string(hide_password=False)
        made = Installation(folder, url, REDIS, processes=2)
    _create_all(db.configure(url))
    factories.begin(application)
    made.categories()
    made.start()
    yield made
    made.stop()
    db.close_session()
    db.disconnect()
    if request.param == "scaled":
        _server(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def served(installation):
    """The installation, without clients left from the test before."""
    yield installation
    installation.hang_up()
    db.close_session()
