"""What tests of the ledger start from."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from sqlalchemy import select

from gongzhi.domains.people.models import Organisation, OrganisationKind
from tests import factories as f

MORNING = "2026-03-02T01:00:00+00:00"


@pytest.fixture
def morning():
    """A moment in time that can be moved on."""
    with time_machine.travel(MORNING, tick=False) as moment:
        yield moment


@pytest.fixture
def acts(app, client, morning):
    """A district in which offices acted in public: an issue handled, a decision announced, published, carried out."""
    office = f.an_office(f.places().subdistrict, "解放碑街道办事处")
    author, second = f.an_official(office, title="经办"), f.an_official(office, title="副主任")
    resident = f.a_resident("何小满")
    issue = f.an_issue(resident)
    f.a_vote(f.a_resident(), issue)
    handling(client, author, issue, "accept")
    handling(client, author, issue, "pause", reason="等待何小满提供照片")
    handling(client, author, issue, "resume")
    answered = client().post(
        f"/api/v1/issues/{issue}/answers", json={"body": "何小满您好,路灯本周修复。"}, headers=f.bearer(author)
    )
    assert answered.status_code == 201, answered.json
    decision = f.a_decision(author, [issue])
    f.step(author, decision, "submit")
    f.step(second, decision, "approve")
    f.deliver()
    morning.shift(timedelta(days=8))
    f.step(author, decision, "publish")
    f.deliver()
    return SimpleNamespace(
        office=office, author=author, second=second, resident=resident, issue=issue, decision=decision
    )


def handling(client, official, issue, action, **more):
    """A step an office takes with an issue."""
    done = client().post(f"/api/v1/issues/{issue}/steps", json={"action": action, **more}, headers=f.bearer(official))
    assert done.status_code == 200, done.json


def official_here():
    """An official of the office of the sub-district; issues are routed to it, so it is there before them."""
    with f.reading() as session:
        office = session.scalars(select(Organisation).where(Organisation.kind == OrganisationKind.GOVERNMENT)).first()
    return f.an_official(office or f.an_office(f.places().subdistrict))


def many_acts(client, count):
    """So many entries more, quickly: one issue whose deadline is paused and resumed again and again; who did it."""
    official = official_here()
    issue = f.an_issue()
    handling(client, official, issue, "accept")
    for number in range(count - 1):
        if number % 2:
            handling(client, official, issue, "resume")
        else:
            handling(client, official, issue, "pause", reason=f"等待第{number}份材料")
    f.deliver()
    return issue, official
