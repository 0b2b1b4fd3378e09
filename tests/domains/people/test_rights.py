"""Rights end at once with what gave them; administrators act for reasons, and never for themselves."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from gongzhi.domains.people import actions, queries
from gongzhi.domains.people.models import Account, Membership, Organisation, RoleGrant
from gongzhi.kernel import clock, db
from gongzhi.kernel.errors import Conflict
from gongzhi.kernel.events import OutboxEvent
from tests import factories
from tests.factories import (
    a_grid_worker,
    a_person,
    a_resident,
    actor_of,
    an_admin,
    an_office,
    an_official,
    bearer,
    places,
    reading,
    with_role,
    writing,
)

REASON = {"reason": "岗位变动"}


def kinds_for(person):
    with reading() as session:
        rows = session.scalars(select(OutboxEvent).order_by(OutboxEvent.id))
        return [row.kind for row in rows if row.payload.get("account_id") == person.id]


def test_an_ended_appointment_ends_the_right_with_the_next_request(client):
    office = an_office(places().subdistrict)
    leader, handler = client(an_official(office, role="leader")), an_official(office)
    browser = client(handler)
    assert browser.get("/desk/residents").status_code == 200
    page = leader.get(f"/organisations/{office.id}/members").text
    end = [part for part in page.split('"') if part.endswith("/end")][-1]
    assert leader.post(end, data={"reason": ""}).status_code == 422
    assert leader.post(end, data=REASON).status_code == 302
    assert kinds_for(handler)[-1] == "people.rights_changed"
    refused = browser.get("/desk/residents")
    assert refused.status_code == 403
    assert browser.get("/account").status_code == 200


def test_an_appointment_ends_on_its_last_day(client):
    office = an_office(places().subdistrict)
    leader, handler = client(an_official(office, role="leader")), an_official(office)
    browser = client(handler)
    page = leader.get(f"/organisations/{office.id}/members").text
    end = [part for part in page.split('"') if part.endswith("/end")][-1]
    last = (clock.today() + timedelta(days=5)).isoformat()
    assert leader.post(end, data={**REASON, "ends_on": last}).status_code == 302
    with time_machine.travel(clock.now() + timedelta(days=4)):
        assert browser.get("/desk/residents").status_code == 200
    with time_machine.travel(clock.now() + timedelta(days=7)):
        assert browser.get("/desk/residents").status_code == 403


def test_a_page_that_acts_for_an_organisation_no_more_does_nothing_when_it_is_sent(client):
    office = an_office(places().subdistrict)
    official = an_official(office)
    browser = client(official)
    browser.get("/account")
    with writing() as session:
        session.scalars(select(Membership).where(Membership.account_id == official.id)).one().ended_at = clock.now()
    answer = browser.post("/account", data={"name": "另一个名字"})
    assert answer.status_code == 409
    assert "另一个名字" not in browser.get("/account").text
    assert browser.post("/account", data={"name": "另一个名字"}).status_code == 302


def test_a_suspended_organisation_is_acted_for_by_nobody(client):
    official, admin = an_official(), client(an_admin())
    browser = client(official)
    assert browser.get("/desk/residents").status_code == 200
    base = f"/admin/organisations/{official.acts_for}"
    assert admin.post(f"{base}/suspend", data={"reason": ""}).status_code == 422
    assert admin.post(f"{base}/suspend", data=REASON).status_code == 302
    assert admin.post(f"{base}/suspend", data=REASON).status_code == 409
    assert kinds_for(official) == ["people.rights_changed"]
    assert browser.get("/desk/residents").status_code == 403
    assert admin.post(f"{base}/resume", data=REASON).status_code == 302
    browser.post("/acting-as", data={"as": official.acts_for})
    assert browser.get("/desk/residents").status_code == 200


def test_a_disabled_account_is_out_in_pages_and_api_at_once(client):
    person, admin = a_resident(), client(an_admin())
    browser, headers = client(person), bearer(person)
    assert client().get("/api/v1/me", headers=headers).status_code == 200
    base = f"/admin/accounts/{person.id}"
    assert admin.post(f"{base}/disable", data={"reason": "x"}).status_code == 422
    assert admin.post(f"{base}/disable", data=REASON).status_code == 302
    assert browser.get("/account").status_code == 302
    assert client().get("/api/v1/me", headers=headers).status_code == 401
    signed_in = client().post("/sign-in", data={"login": person.login, "password": person.password})
    assert signed_in.status_code == 422
    assert admin.post(f"{base}/enable", data=REASON).status_code == 302
    assert browser.get("/account").status_code == 302, "ended sessions stay ended"
    assert client().post("/sign-in", data={"login": person.login, "password": person.password}).status_code == 302


def test_a_role_is_granted_for_a_place_until_a_day_and_taken_back_at_once(client):
    person, admin = a_person(), client(an_admin())
    browser = client(person)
    base = f"/admin/accounts/{person.id}"
    grant = {"grant-role": "grid_worker", "grant-place_id": places().grid.id, "grant-reason": "入职"}
    assert browser.get("/desk/residents").status_code == 403
    assert admin.post(f"{base}/roles", data={**grant, "grant-reason": ""}).status_code == 422
    assert admin.post(f"{base}/roles", data={**grant, "grant-role": "king"}).status_code == 422
    assert admin.post(f"{base}/roles", data={**grant, "grant-place_id": "x"}).status_code == 422
    last = clock.today() + timedelta(days=30)
    assert admin.post(f"{base}/roles", data={**grant, "grant-ends_on": last.isoformat()}).status_code == 302
    assert browser.get("/desk/residents").status_code == 200
    with time_machine.travel(clock.now() + timedelta(days=32)):
        assert browser.get("/desk/residents").status_code in (302, 403)
    revoke = next(part for part in admin.get(base).text.split('"') if part.endswith("/revoke"))
    assert admin.post(revoke, data=REASON).status_code == 302
    assert admin.post(revoke, data=REASON).status_code == 409
    assert browser.get("/desk/residents").status_code == 403
    assert kinds_for(person) == [
        "people.role_granted",
        "people.rights_changed",
        "people.role_revoked",
        "people.rights_changed",
    ]


def test_nobody_grants_to_themselves_and_only_administrators_grant(client):
    admin = an_admin()
    grant = {"grant-role": "auditor", "grant-reason": "想要"}
    assert client(admin).post(f"/admin/accounts/{admin.id}/roles", data=grant).status_code == 403
    assert client(admin).post(f"/admin/accounts/{admin.id}/disable", data=REASON).status_code == 403
    for other in (a_resident(), an_official(), a_grid_worker(), with_role(a_person(), "auditor")):
        assert client(other).post(f"/admin/accounts/{admin.id}/roles", data=grant).status_code == 404


def test_administrators_of_another_district_see_and_change_nothing_here(client):
    elsewhere = factories.a_district()
    stranger, person = client(an_admin(elsewhere.id)), a_resident()
    office = an_office()
    assert stranger.get(f"/admin/accounts/{person.id}").status_code == 404
    assert person.name not in stranger.get("/admin/accounts").text
    assert stranger.get(f"/admin/accounts?q={person.login}").text.count('class="item"') == 0
    assert stranger.post(f"/admin/organisations/{office.id}/suspend", data=REASON).status_code == 404
    assert stranger.get(f"/organisations/{office.id}").status_code == 404


def test_the_last_administrator_stays(client):
    only = an_admin()
    with reading() as session:
        grant = session.scalar(select(RoleGrant).where(RoleGrant.account_id == only.id))
    assert client(only).post(f"/admin/grants/{grant.id}/revoke", data=REASON).status_code == 409
    second = an_admin()
    assert client(second).post(f"/admin/grants/{grant.id}/revoke", data=REASON).status_code == 302
    assert client(second).post(f"/admin/accounts/{only.id}/disable", data=REASON).status_code == 302


def test_two_administrators_who_disable_each_other_at_once_leave_one(app):
    first, second = an_admin(), an_admin()
    actors = {first.id: actor_of(first), second.id: actor_of(second)}

    def disable(by, of):
        with app.app_context():
            try:
                with db.write() as session:
                    actions.disable_account(session, actors[by.id], session.get_one(Account, of.id), reason="争执")
            except Conflict:
                return "kept"
        return "disabled"

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(disable, (first, second), (second, first)))
    assert sorted(outcomes) == ["disabled", "kept"]
    with writing() as session:
        assert len(queries.admins_in_force(session, first.district_id)) == 1


def test_accounts_are_found_by_whole_contact_or_beginning_of_the_name_and_shown_masked(client):
    person, admin = a_person("陈小渝"), client(an_admin())
    for text in (person.login, person.login.upper(), "陈小"):
        page = admin.get("/admin/accounts", query_string={"q": text}).text
        assert f"/admin/accounts/{person.id}" in page, text
        assert f"<span>{person.login}" not in page
    for text in (person.login[:-3], "小渝", "%", "_", "\x00陈", "'; DROP TABLE account"):
        page = admin.get("/admin/accounts", query_string={"q": text})
        assert page.status_code == 200
    assert person.id not in admin.get("/admin/accounts", query_string={"q": "%"}).text


@pytest.mark.parametrize("path", ["/admin/accounts", "/admin/organisations", "/organisations", "/desk/organisations"])
def test_a_damaged_cursor_is_refused(client, path):
    assert client(an_admin()).get(f"{path}?cursor=x").status_code == 422


def test_rights_read_from_sessions_in_bulk_are_those_of_each(app):
    office = an_office(places().subdistrict)
    people = [a_resident(), an_official(office), a_grid_worker()]
    tokens = [factories.a_session(person) for person in people]
    with reading() as session:
        single = {}
        for token in tokens:
            held, actor = queries.actor_for_token(session, token)
            single[held.id] = actor
        assert queries.actors_of_sessions(session, list(single)) == single
        assert queries.actors_of_sessions(session, []) == {}
        organisation = session.get(Organisation, office.id)
        assert single[next(iter(single))].organisation_id is None
    assert organisation.place_id == places().subdistrict.id
