"""Residents verified to a community: one person, one voice; who looks must say why, and is seen."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from gongzhi.domains.people import actions, queries
from gongzhi.domains.people.models import Account, VerificationRequest
from gongzhi.kernel import db
from gongzhi.kernel.errors import Conflict
from tests import factories
from tests.factories import a_grid_worker, a_person, actor_of, an_admin, an_office, an_official, places, reading

# Fictional numbers with right check characters.
IDENTITY = "500103199001010014"
OTHER_IDENTITY = "500103198512310022"


def checked(first):
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return first + "10X98765432"[sum(w * int(d) for w, d in zip(weights, first, strict=True)) % 11]


IDENTITY = checked(IDENTITY[:17])
OTHER_IDENTITY = checked(OTHER_IDENTITY[:17])


def asking(**more):
    return {
        "community_id": places().community.id,
        "real_name": "欧阳示例",
        "identity": IDENTITY,
        "note": "住在3栋",
        "agree": "y",
        **more,
    }


def ask(browser, **more):
    return browser.post("/account/verification", data=asking(**more))


def request_of(person):
    with reading() as session:
        return queries.own_request(
            session, factories.queries.identify_token(session, factories.a_session(person)).actor
        )


def test_a_grid_worker_verifies_a_resident_who_then_has_level_two_and_a_community(client):
    person = a_person()
    resident, worker = client(person), client(a_grid_worker())
    assert ask(resident).status_code == 302
    assert ask(resident).status_code == 409, "one request at a time"
    queue = worker.get("/desk/residents").text
    assert "欧阳**" in queue
    assert "欧阳示例" not in queue
    assert IDENTITY not in queue
    page = f"/desk/residents/{request_of(person).id}"
    assert worker.post(f"{page}/approve").status_code == 302
    assert worker.post(f"{page}/approve").status_code == 409
    assert worker.post(f"{page}/refuse", data={"reason": "重复"}).status_code == 409
    me = client().get("/api/v1/me", headers=factories.bearer(person)).get_json()
    assert (me["level"], me["community_id"]) == (2, places().community.id)
    with reading() as session:
        done = session.get(VerificationRequest, request_of(person).id)
        assert done.identity is None
        assert done.real_name is None
        assert session.get(Account, person.id).identity is not None


@pytest.mark.parametrize("at", ["other_community", "far_community", "other_subdistrict"])
def test_those_responsible_elsewhere_see_nothing(client, at):
    person = a_person()
    ask(client(person))
    page = f"/desk/residents/{request_of(person).id}"
    place = getattr(places(), at)
    for other in (a_grid_worker(place), an_official(an_office(place))):
        browser = client(other)
        assert "欧阳" not in browser.get("/desk/residents").text
        assert browser.get(page).status_code == 404
        assert browser.post(f"{page}/approve").status_code == 404
        assert browser.post(f"{page}/reveal", data={"reason": "看看"}).status_code == 404
    assert client(an_admin()).get(page).status_code == 404
    assert client(an_official(an_office(places().subdistrict))).get(page).status_code == 200


def test_looking_needs_a_reason_and_the_person_sees_who_looked_and_why(client):
    person, official = a_person(), an_official(an_office(places().subdistrict, "解放碑街道办事处"))
    resident, browser = client(person), client(official)
    ask(resident)
    page = f"/desk/residents/{request_of(person).id}"
    assert IDENTITY not in browser.get(page).text
    assert browser.post(f"{page}/reveal", data={"reason": " "}).status_code == 422
    shown = browser.post(f"{page}/reveal", data={"reason": "上门核对身份证"})
    assert shown.status_code == 200
    assert IDENTITY in shown.text
    assert "欧阳示例" in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert IDENTITY not in browser.get(page).text
    looks = resident.get("/account/looks").text
    assert "上门核对身份证" in looks
    assert "解放碑街道办事处" in looks
    assert looks.count('class="item"') == 1
    assert 'class="item"' not in client(a_person()).get("/account/looks").text


def test_a_refusal_says_why_and_forgets_the_identity(client):
    person = a_person()
    resident, worker = client(person), client(a_grid_worker())
    ask(resident)
    page = f"/desk/residents/{request_of(person).id}"
    assert worker.post(f"{page}/refuse", data={"reason": ""}).status_code == 422
    assert worker.post(f"{page}/refuse", data={"reason": "不住在本社区"}).status_code == 302
    assert "不住在本社区" in resident.get("/account/verification").text
    with reading() as session:
        assert session.get(VerificationRequest, request_of(person).id).identity is None
    assert ask(resident).status_code == 302, "it can be asked again"
    assert resident.post("/account/verification/withdraw").status_code == 302
    assert resident.post("/account/verification/withdraw").status_code == 409


def test_one_identity_has_one_voice_in_a_district_and_the_official_is_told(client):
    first, second = a_person(), a_person()
    ask(client(first))
    ask(client(second))
    worker = client(a_grid_worker())
    worker.post("/preferences", data={"language": "en"})
    assert worker.post(f"/desk/residents/{request_of(first).id}/approve").status_code == 302
    refused = worker.post(f"/desk/residents/{request_of(second).id}/approve")
    assert refused.status_code == 409
    assert "One person has one voice" in refused.text
    me = client().get("/api/v1/me", headers=factories.bearer(second)).get_json()
    assert me["level"] == 1


def test_one_identity_has_one_voice_even_when_two_are_verified_at_once(app, client):
    people = [a_person() for _number in range(4)]
    for person in people:
        assert ask(client(person)).status_code == 302
    requests = [request_of(person).id for person in people]
    worker = actor_of(a_grid_worker())

    def approve(request_id):
        with app.app_context():
            try:
                with db.write() as session:
                    actions.approve_request(session, worker, session.get_one(VerificationRequest, request_id))
            except Conflict:
                return "refused"
        return "verified"

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(approve, requests))
    assert outcomes == ["refused"] * 3 + ["verified"]
    with reading() as session:
        levels = session.scalars(select(Account.level).where(Account.id.in_([person.id for person in people])))
        assert sorted(levels) == [1, 1, 1, 2]


def test_one_request_is_answered_once_however_many_click(app, client):
    person = a_person()
    ask(client(person))
    request_id = request_of(person).id
    workers = [actor_of(a_grid_worker()) for _number in range(4)]

    def approve(worker):
        with app.app_context():
            try:
                with db.write() as session:
                    actions.approve_request(session, worker, session.get_one(VerificationRequest, request_id))
            except Conflict:
                return 0
        return 1

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(approve, workers)) == 1


def test_nobody_verifies_themselves(client):
    worker = a_grid_worker()
    browser = client(worker)
    assert ask(browser).status_code == 302
    assert "欧阳" not in browser.get("/desk/residents").text
    assert browser.post(f"/desk/residents/{request_of(worker).id}/approve").status_code == 403


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("identity", IDENTITY[:-1] + ("0" if IDENTITY[-1] != "0" else "1")),
        ("identity", "500103199002300017"),
        ("identity", "x"),
        ("real_name", "王"),
        ("community_id", ""),
        ("community_id", "0000000000000"),
        ("note", "长" * 301),
        ("agree", ""),
    ],
)
def test_a_wrong_entry_is_said_beside_its_field(client, field, value):
    answer = ask(client(a_person()), **{field: value})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    if field != "real_name":
        assert "欧阳示例" in answer.text, "what was typed stays"


def test_only_communities_of_ones_own_district_can_be_chosen(client):
    elsewhere = factories.a_district()
    for place in (elsewhere.community, places().subdistrict, places().grid):
        assert ask(client(a_person()), community_id=place.id).status_code == 422


def test_a_verified_resident_moves_to_another_community_with_the_same_identity(client):
    person = a_person()
    browser, official = client(person), client(an_official(an_office()))
    for community in (places().community, places().far_community):
        assert ask(browser, community_id=community.id).status_code == 302
        assert official.post(f"/desk/residents/{request_of(person).id}/approve").status_code == 302
        me = client().get("/api/v1/me", headers=factories.bearer(person)).get_json()
        assert me["community_id"] == community.id
    assert OTHER_IDENTITY != IDENTITY
