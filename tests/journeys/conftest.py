"""One running site with demo data for all journeys, and a Chromium to walk through it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.journeys.site import People, Site

PREPARED = "GONGZHI_TEST_DEMO_DIR"
"""A folder for the demo data; kept there, it need not be built anew for each run."""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site as `make run` starts it; the workers of a run share the building of the demo data."""
    own = tmp_path_factory.mktemp("site")
    run = own.parent.parent if "PYTEST_XDIST_WORKER" in os.environ else own.parent
    shared = Path(os.environ.get(PREPARED) or run / "demo")
    shared.mkdir(parents=True, exist_ok=True)
    made = Site(own)
    made.fill_from(shared)
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as play:
        launched = play.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def everyone(chromium: Browser, site: Site) -> Iterator[People]:
    """Browsers of a module; signing in is throttled and slow on purpose, so each person does it once."""
    made = People(chromium, site)
    yield made
    made.leave()


@pytest.fixture
def people(everyone: People) -> Iterator[People]:
    """Browsers of one test, closed after it."""
    yield everyone
    everyone.leave()
