"""The whole API driven by schemathesis from its own description: no 5xx, and every answer as described."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gongzhi.domains.places.models import Place
from tests import factories as f
from tests.domains.ballots.steps import a_ballot

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 8
BOUNDED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def known(app):
    """Ids of things that exist, by the names under which operations ask for them."""
    office = f.an_office(f.places().subdistrict)
    author, second = f.an_official(office), f.an_official(office)
    resident = f.a_resident()
    issue = f.an_issue(resident)
    comment = f.a_comment(f.a_resident(), issue)
    started = app.test_client().post(
        "/api/v1/initiatives",
        json={"title": "一起修扶手", "goal": "把梯坎的扶手修好，装上照明。", "issue": issue},
        headers=f.bearer(resident),
    )
    assert started.status_code == 201, started.json
    decision = f.a_decision(author, [issue])
    f.step(author, decision, "submit")
    f.step(second, decision, "approve")
    f.deliver()
    with f.reading() as session:
        place = session.get_one(Place, f.places().community.id).id
    return {
        "resident": resident,
        "official": author,
        "ids": {
            "issue_id": issue,
            "comment_id": comment,
            "decision_id": decision,
            "initiative_id": started.json["id"],
            "ballot_id": a_ballot("schulze", officials=(author, second), on=issue),
            "place_id": place,
            "place": place,
            "category": f.categories()["FAC.lamp"].id,
            "issue": issue,
            "parent": comment,
        },
    }


def name_known(part, known, chosen):
    """Put ids of things that exist in the place of invented ones, where the draw says so."""
    if not isinstance(part, dict):
        return
    for name in list(part):
        if name in known and chosen.draw(st.booleans()):
            part[name] = known[name]
    if "issues" in part and chosen.draw(st.booleans()):
        part["issues"] = [known["issue_id"]]


@pytest.mark.parametrize("who", ["resident", "official"])
def test_no_input_makes_an_operation_fail_or_answer_otherwise_than_described(app, known, who):
    headers = f.bearer(known[who])
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path.startswith(("/tokens", "/me/erasure")):
            continue  # signing in and out has tests of its own, and would end this one's

        @BOUNDED
        @given(case=operation.as_strategy(), chosen=st.data())
        def one(case, chosen):
            name_known(case.path_parameters, known["ids"], chosen)
            name_known(case.query, known["ids"], chosen)
            name_known(case.body, known["ids"], chosen)
            case.headers.pop("Authorization", None)
            answer = case.call(headers=headers)
            case.validate_response(answer, checks=CHECKS)

        one()
        tried += 1
    assert tried > 30
