"""What tests of decisions start from."""

from __future__ import annotations

import pytest
import time_machine

from tests import factories as f

MORNING = "2026-03-02T01:00:00+00:00"


@pytest.fixture
def morning():
    """A moment in time that can be moved on."""
    with time_machine.travel(MORNING, tick=False) as moment:
        yield moment


@pytest.fixture
def office():
    """An office with an author, a second official and a third."""
    place = f.an_office(f.places().subdistrict)
    return [f.an_official(place, title=title) for title in ("起草员", "副主任", "主任")]
