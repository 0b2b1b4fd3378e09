"""New things in a place or around a point reach those who asked, at most once, and nobody else."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from gongzhi.domains.issues import actions
from gongzhi.reactions.notices.models import Notice
from tests import factories as f

pytestmark = pytest.mark.usefixtures("app")
STEPS = (29.5600, 106.5770)


def told(person):
    with f.reading() as session:
        return list(session.scalars(select(Notice.text).where(Notice.account_id == person.id)))


def an_issue_at(latitude, longitude, by=None, in_=None):
    actor, category = f.actor_of(by or f.a_resident()), f.categories()["FAC.lamp"]
    with f.writing() as session:
        made = actions.publish_issue(
            session,
            actor,
            category_id=category.id,
            place_id=(in_ or f.places().community).id,
            title="石阶里路灯不亮",
            body="上段四盏路灯坏了两周,夜里看不清台阶。",
            latitude=latitude,
            longitude=longitude,
        )
    f.deliver()
    return made.id


def watch(client, person, **area):
    answer = client().post("/api/v1/me/area-alerts", json=area, headers=f.bearer(person))
    assert answer.status_code == 201, answer.text
    return answer.json["id"]


def test_a_place_means_everything_below_it(client):
    places = f.places()
    above, beside, author = f.a_resident(), f.a_resident(), f.a_resident()
    watch(client, above, place_id=places.subdistrict.id)
    watch(client, beside, place_id=places.other_community.id)
    watch(client, author, place_id=places.community.id)
    watch(client, above, place_id=places.community.id)
    f.an_issue(author, in_=places.grid)
    f.deliver()
    assert told(above) == ["area.issue"], "two areas that both hold it tell once"
    assert told(beside) == told(author) == []


@pytest.mark.parametrize(("east", "reached"), [(0.00503, True), (0.00530, False)])
def test_a_circle_ends_at_its_radius(client, east, reached):
    # At this latitude 500 m are 0.00516 degrees of longitude.
    person = f.a_resident()
    watch(client, person, latitude=STEPS[0], longitude=STEPS[1], radius_m=500)
    an_issue_at(STEPS[0], STEPS[1] + east)
    an_issue_at(None, None)
    assert told(person) == (["area.issue"] if reached else [])


def test_a_decision_on_public_notice_reaches_its_area(client):
    person = f.a_resident()
    watch(client, person, place_id=f.places().subdistrict.id)
    office = f.an_office(f.places().subdistrict)
    author, second = f.an_official(office), f.an_official(office)
    issue = f.an_issue()
    decision = f.a_decision(author, [issue])
    f.step(author, decision, "submit")
    f.deliver()
    assert told(person) == ["area.issue"], "a draft is nobody's business"
    f.step(second, decision, "approve")
    f.deliver()
    assert told(person) == ["area.issue", "area.decision"]


def test_areas_are_added_and_removed_on_the_page(client):
    person = f.a_resident()
    browser = client(person)
    places = f.places()
    chosen = {"name": "家门口", "place_id": [places.subdistrict.id, places.community.id], "radius_m": "500"}
    assert browser.post("/notices/areas", data=chosen).status_code == 302
    point = {"name": "上班路", "latitude": "29.56", "longitude": "106.577", "radius_m": "1000"}
    assert browser.post("/notices/areas", data=point).status_code == 302
    page = browser.get("/notices/areas").text
    assert "家门口" in page
    assert "沧白路社区" in page
    assert "周围 1,000 米" in page
    area = page.partition("/notices/areas/")[2].partition("/")[0]
    assert client(f.a_resident()).post(f"/notices/areas/{area}/remove").status_code == 404
    assert browser.post(f"/notices/areas/{area}/remove").status_code == 302
    assert "家门口" not in browser.get("/notices/areas").text


def test_what_is_no_area_is_refused_beside_its_field(client):
    person = f.a_resident()
    browser = client(person)
    assert "请选择一个地方" in browser.post("/notices/areas", data={"radius_m": "500"}).text
    wrong = {"latitude": "x", "longitude": "1", "radius_m": "500"}
    assert "这不是有效的位置" in browser.post("/notices/areas", data=wrong).text
    for area in (
        {},
        {"latitude": 29.5, "longitude": 106.5},
        {"latitude": 29.5, "longitude": 106.5, "radius_m": 99},
        {"latitude": 29.5, "longitude": 106.5, "radius_m": 5001},
        {"latitude": 29.5, "longitude": 106.5, "radius_m": 500, "place_id": f.places().community.id},
    ):
        assert client().post("/api/v1/me/area-alerts", json=area, headers=f.bearer(person)).status_code == 422
    elsewhere = f.a_district("500104")
    answer = client().post(
        "/api/v1/me/area-alerts", json={"place_id": elsewhere.community.id}, headers=f.bearer(person)
    )
    assert answer.status_code == 404


def test_there_is_a_limit_of_areas(client):
    person = f.a_resident()
    for _number in range(10):
        watch(client, person, place_id=f.places().community.id)
    one_more = {"place_id": f.places().community.id}
    assert client().post("/api/v1/me/area-alerts", json=one_more, headers=f.bearer(person)).status_code == 409
    assert "添加关注区域" not in client(person).get("/notices/areas").text
