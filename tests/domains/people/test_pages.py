"""Every page of the room shows, in both languages, to those who may see it and to nobody else."""

import pytest

from tests import factories
from tests.factories import a_grid_worker, a_person, a_resident, an_admin, an_enterprise, an_office, an_official

VISITOR_PAGES = ("/sign-in", "/register", "/password/forgotten", "/outbox", "/organisations")
OWN_PAGES = (
    "/account",
    "/account/password",
    "/account/contact",
    "/account/sessions",
    "/account/looks",
    "/account/organisations",
    "/account/verification",
    "/organisations/apply",
)
ADMIN_PAGES = ("/admin/accounts", "/admin/organisations", "/admin/offices/new", "/desk/organisations")


@pytest.mark.parametrize("language", ["zh_Hans_CN", "en"])
def test_pages_show_to_those_they_are_for(client, language):
    visitor, resident, admin = client(), client(a_resident()), client(an_admin())
    for browser in (visitor, resident, admin):
        assert browser.post("/preferences", data={"language": language}).status_code == 302
    for page in VISITOR_PAGES:
        answer = visitor.get(page)
        assert answer.status_code == 200, page
        assert ('<html lang="en"' in answer.text) == (language == "en")
    for page in OWN_PAGES:
        assert resident.get(page).status_code == 200, page
        assert visitor.get(page).status_code == 302, page
    for page in ADMIN_PAGES:
        assert admin.get(page).status_code == 200, page
        assert resident.get(page).status_code == 403, page
        assert visitor.get(page).status_code == 302, page


def test_desks_are_for_officials_and_grid_workers(client):
    office = an_office(factories.places().subdistrict)
    official, grid_worker, resident = client(an_official(office)), client(a_grid_worker()), client(a_resident())
    assert official.get("/desk/residents").status_code == 200
    assert grid_worker.get("/desk/residents").status_code == 200
    assert resident.get("/desk/residents").status_code == 403
    assert official.get("/desk/organisations").status_code == 200
    assert grid_worker.get("/desk/organisations").status_code == 403


def test_own_pages_need_few_statements(client, sql_count):
    browser = client(an_enterprise())
    for page in ("/account", "/account/sessions", "/account/looks", "/account/organisations", "/organisations"):
        with sql_count() as statements:
            assert browser.get(page).status_code == 200
        assert len(statements) <= 6, (page, statements)


def test_who_acts_costs_one_statement_for_a_visitor_and_two_for_a_person(client, sql_count):
    visitor, person = client(), client(a_person())
    with sql_count() as statements:
        visitor.get("/api/v1/openapi.json")
    assert len(statements) == 1
    with sql_count() as statements:
        person.get("/api/v1/openapi.json")
    assert len(statements) == 2


def test_reading_writes_neither_session_nor_cookie(client):
    browser = client(a_person())
    browser.get("/account")
    answer = browser.get("/account")
    assert "Set-Cookie" not in answer.headers
