"""The description of the API is valid, complete, and what the operations answer is what it says."""

from __future__ import annotations

from openapi_spec_validator import OpenAPIV31SpecValidator

from gongzhi.kernel.api import operations
from gongzhi.kernel.policy import PUBLIC

PROMISED = {
    "POST /tokens",
    "GET /me",
    "GET /me/notices",
    "GET /issues",
    "POST /issues",
    "GET /issues/{issue_id}",
    "PATCH /issues/{issue_id}",
    "GET /issues/{issue_id}/trace",
    "PUT /issues/{issue_id}/vote",
    "DELETE /issues/{issue_id}/vote",
    "GET /issues/{issue_id}/tally",
    "GET /issues/{issue_id}/comments",
    "POST /issues/{issue_id}/comments",
    "GET /issues/{issue_id}/answers",
    "POST /issues/{issue_id}/answers",
    "GET /decisions",
    "POST /decisions",
    "GET /decisions/{decision_id}",
    "POST /decisions/{decision_id}/progress",
    "GET /initiatives",
    "POST /initiatives",
    "POST /initiatives/{initiative_id}/join",
    "GET /places",
    "GET /search",
}


def description(app):
    """The description as served."""
    answer = app.test_client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    return answer.json


def test_the_description_is_valid_openapi_3_1(app):
    said = description(app)
    assert said["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(said).validate()


def test_every_operation_of_the_contract_is_there(app):
    said = description(app)
    described = {f"{method.upper()} {path}" for path, item in said["paths"].items() for method in item}
    assert described >= PROMISED
    assert len(described) == len(operations)


def test_every_operation_has_words_a_permission_and_problem_answers(app):
    names = set()
    for item in description(app)["paths"].values():
        for method, said in item.items():
            names.add(said["operationId"])
            assert said["summary"].strip(), said["operationId"]
            assert not said["summary"].endswith("."), said["operationId"]
            assert said["x-permission"].count(":") == 2
            assert ("security" in said) is (said["x-permission"] != PUBLIC.name)
            assert {"401", "403", "404", "409", "422", "429"} <= set(said["responses"])
            if method != "get":
                assert any(parameter["name"] == "Idempotency-Key" for parameter in said["parameters"])
    assert names == set(operations)


def test_the_readable_page_names_every_operation(client):
    page = client().get("/api/docs")
    assert page.status_code == 200
    for made in operations.values():
        assert made.path.split("<", 1)[0] in page.text
