"""Fifty identical requests at the very same moment: one effect, and never a 500, for every write there is."""

from __future__ import annotations

import uuid

from sqlalchemy import func, select, text

from gongzhi.domains.people.models import Erasure
from gongzhi.kernel import db
from gongzhi.kernel.api import operations
from gongzhi.kernel.events import StreamVersion
from gongzhi.web.doctor import examine
from tests import factories as f
from tests.at_once import at_once
from tests.faults import writes_of_conduct  # noqa: F401 - adds its inputs
from tests.faults.writes import WITHOUT_KEY, WRITES, World

MANY = 50
ALWAYS_ANNOUNCED = {"put_ballot_vote"}
"""A secret vote is announced alike whether it changes anything or not: rows are compared, events are not."""
OWN = {"idempotency_record", "listener_state", "throttle", "stream_version", "push_key"}


def rows() -> dict[str, int]:
    """How many rows each table has, and how often a version was raised."""
    with f.reading() as session:
        counts = {
            name: session.scalar(select(func.count()).select_from(table))
            for name, table in db.Base.metadata.tables.items()
            if name not in OWN
        }
        return counts | {"versions": session.scalar(select(func.sum(StreamVersion.version))) or 0}


def more(before: dict[str, int]) -> dict[str, int]:
    """What has come since, or gone."""
    return {name: count - before[name] for name, count in rows().items() if count != before[name]}


def asked(app, method, request, headers, times):
    """The answers to that many identical requests at once."""

    def ask():
        answer = app.test_client().open(f"/api/v1{request.path}", method=method, json=request.body, headers=headers)
        return answer.status_code, answer.get_data(as_text=True)

    answers = at_once(*[ask] * times)
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    return answers


def test_every_operation_that_writes_has_an_entry(application):
    writing = {name for name, made in operations.items() if made.method != "GET"}
    assert set(WRITES) | WITHOUT_KEY == writing, "add yours to tests/faults/writes.py"


def test_fifty_identical_requests_have_the_effect_of_one(app):
    world = World.made()
    wrong = []
    for name, (make, alone) in WRITES.items():
        method = operations[name].method
        request, headers = _prepared(make, world)
        before = rows()
        (first,) = asked(app, method, request, headers | {"Idempotency-Key": uuid.uuid4().hex}, 1)
        effect = more(before)
        if first[0] >= 300 or not (effect or alone):
            wrong.append((name, "once", first, effect))
            continue
        for key in (uuid.uuid4().hex, None) if alone else (uuid.uuid4().hex,):
            request, headers = _prepared(make, world)
            before = rows()
            answers = asked(app, method, request, headers | ({"Idempotency-Key": key} if key else {}), MANY)
            found = more(before)
            if name in ALWAYS_ANNOUNCED:
                found |= {part: effect[part] for part in ("outbox_event", "versions") if part in effect}
            if found != effect:
                wrong.append((name, "key" if key else "no key", "effect", effect, found))
            if key and len(set(answers)) != 1:
                wrong.append((name, "key", "answers", sorted({status for status, _text in answers})))
            strange = {answer for answer in answers if answer[0] >= 500 or answer[0] not in (first[0], 404, 409)}
            if strange or first[0] not in {status for status, _text in answers}:
                wrong.append((name, "key" if key else "no key", "statuses", strange))
    assert not wrong, "\n".join(str(line)[:300] for line in wrong)
    f.deliver()
    with app.app_context(), db.isolated():
        assert [finding for finding in examine(app, deep=True) if not finding.good] == []


def _prepared(make, world):
    world.resident = f.a_resident()  # whose allowance of the day is whole
    request = make(world)
    return request, f.bearer(request.who)


def test_fifty_sign_ins_and_sign_outs_at_once_meet_no_error(app):
    person = f.a_resident()
    login = {"login": person.login, "password": person.password}

    def sign_in():
        return app.test_client().post("/api/v1/tokens", json=login).status_code

    assert set(at_once(*[sign_in] * MANY)) <= {201, 429}
    headers = f.bearer(person)

    def sign_out():
        return app.test_client().delete("/api/v1/tokens/current", headers=headers).status_code

    assert set(at_once(*[sign_out] * MANY)) <= {204, 401, 404}
    assert app.test_client().get("/api/v1/me", headers=headers).status_code == 401


def test_fifty_who_ask_at_once_to_leave_leave_once(app):
    person = f.a_resident()
    headers = f.bearer(person)

    def leave():
        return app.test_client().post("/api/v1/me/erasure", headers=headers).status_code

    assert 201 in (statuses := set(at_once(*[leave] * MANY)))
    assert statuses <= {201, 401, 409}
    with f.reading() as session:
        assert session.scalar(select(func.count()).select_from(Erasure)) == 1


def test_a_crowd_of_readers_takes_few_connections_of_the_server(app):
    issue = f.an_issue()
    answers = at_once(*[lambda: app.test_client().get(f"/issues/{issue}").status_code] * MANY)
    assert set(answers) == {200}
    if db.engine().dialect.name == "postgresql":
        with f.reading() as session:
            open_now = session.scalar(text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"))
        assert open_now <= 44
