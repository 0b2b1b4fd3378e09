"""The public pages of places: my community, the picker, maps, the API; two districts that do not mix."""

import json
import re

import pytest
from shapely.geometry import box

from gongzhi.domains.places import actions, queries
from gongzhi.domains.places.rules import as_geojson
from gongzhi.kernel.policy import SYSTEM
from tests.factories import (
    a_district,
    a_grid_worker,
    a_resident,
    an_office,
    an_official,
    places,
    reading,
    writing,
)

IDENTITY_AND_PAGE = 6


def text_of(response):
    assert response.status_code == 200
    return response.get_data(as_text=True)


def draw(place, *corners):
    with writing() as session:
        actions.set_boundary(session, SYSTEM, session.get_one(type(place), place.id), _geojson(box(*corners)))


def _geojson(drawn):
    return json.dumps(as_geojson(drawn))


def test_a_visitor_finds_a_community_with_its_chain_its_office_and_its_grid_worker(client):
    an_office(places().subdistrict, "解放碑街道办事处")
    a_grid_worker()
    page = text_of(client().get(f"/places/{places().community.id}"))
    for expected in ("渝中区", "解放碑街道", "沧白路社区", "解放碑街道办事处", "网格员", "沧白路社区第1网格"):
        assert expected in page
    assert "七牌坊社区" not in page


def test_an_english_reader_sees_english_names(client):
    browser = client()
    browser.set_cookie("language", "en")
    page = text_of(browser.get(f"/places/{places().community.id}"))
    assert "Cangbailu" in page
    assert "Whom to turn to" in page


def test_the_page_of_a_place_takes_few_statements(client, sql_count):
    an_official()
    a_grid_worker()
    browser = client(a_resident())
    browser.get(f"/places/{places().community.id}")
    with sql_count() as statements:
        browser.get(f"/places/{places().community.id}")
    assert len(statements) <= IDENTITY_AND_PAGE, "\n".join(s[:300] for s in statements)


def test_a_posted_telephone_number_holds_for_the_places_below(client):
    with writing() as session:
        session.get_one(type(places().subdistrict), places().subdistrict.id).contact_phone = "023-0000 0001"
    page = text_of(client().get(f"/places/{places().grid.id}"))
    assert "023-0000 0001" in page
    assert 'href="tel:023-00000001"' in page


def test_all_sub_districts_and_communities_are_listed(client):
    page = text_of(client().get("/places"))
    assert all(name in page for name in ("解放碑街道", "大坪街道", "沧白路社区", "七牌坊社区"))


def test_a_place_of_another_district_does_not_exist_here(client):
    other = a_district()
    missing = client().get("/places/0000000000000")
    foreign = client().get(f"/places/{other.community.id}")
    assert (foreign.status_code, missing.status_code) == (404, 404)
    for path in ("", ".geojson"):
        assert client().get(f"/places/{other.community.id}{path}").status_code == 404
    assert client().get(f"/api/v1/places/{other.community.id}").status_code == 404
    listed = client().get("/api/v1/places?limit=100").get_json()["items"]
    assert other.community.id not in {item["id"] for item in listed}
    below = client().get(f"/api/v1/places?parent={other.subdistrict.id}").get_json()["items"]
    assert below == []
    picker = client().get(f"/places/select?place_id={other.subdistrict.id}")
    assert other.community.id not in text_of(picker)


class TestThePicker:
    def test_it_starts_with_sub_districts_and_goes_down_with_each_choice(self, client):
        here = places()
        page = text_of(client().get("/places/select"))
        assert here.subdistrict.id in page
        assert here.community.id not in page
        page = text_of(client().get(f"/places/select?place_id={here.subdistrict.id}"))
        assert here.community.id in page
        assert here.grid.id not in page
        chosen = f"place_id={here.subdistrict.id}&place_id={here.community.id}"
        assert here.grid.id in text_of(client().get(f"/places/select?{chosen}"))

    def test_a_choice_left_over_from_another_branch_does_not_count(self, client):
        here = places()
        query = f"place_id={here.other_subdistrict.id}&place_id={here.community.id}"
        page = text_of(client().get(f"/places/select?{query}"))
        assert here.far_community.id in page
        assert here.grid.id not in page

    def test_with_script_only_the_fragment_is_sent(self, client):
        page = text_of(client().get("/places/select?name=home", headers={"HX-Request": "true"}))
        assert page.lstrip().startswith("<fieldset")
        assert 'name="home"' in page

    def test_without_script_it_leads_back_to_the_form_with_the_choice(self, client):
        here = places()
        answer = client().get(f"/places/select?place_id={here.subdistrict.id}&next=/issues/new%3Fa%3D1&use=1")
        assert answer.status_code == 302
        assert answer.headers["Location"] == f"/issues/new?a=1&place_id={here.subdistrict.id}"

    @pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example"])
    def test_it_never_leads_to_another_site(self, client, elsewhere):
        answer = client().get(
            "/places/select", query_string={"place_id": places().subdistrict.id, "next": elsewhere, "use": "1"}
        )
        assert answer.status_code == 200
        assert 'name="use"' not in answer.get_data(as_text=True)

    @pytest.mark.parametrize("name", ["", "a b", '"><script>', "x" * 41])
    def test_a_name_that_is_none_is_refused(self, client, name):
        assert client().get("/places/select", query_string={"name": name}).status_code == 404

    def test_a_retired_place_is_not_offered(self, client):
        with writing() as session:
            actions.retire_place(
                session, SYSTEM, session.get_one(type(places().far_community), places().far_community.id)
            )
        page = text_of(client().get(f"/places/select?place_id={places().other_subdistrict.id}"))
        assert places().far_community.id not in page


class TestAtAPosition:
    def test_the_smallest_drawn_place_is_found(self, client):
        here = places()
        draw(here.subdistrict, 106.50, 29.50, 106.60, 29.60)
        draw(here.community, 106.50, 29.50, 106.55, 29.60)
        draw(here.grid, 106.50, 29.50, 106.55, 29.55)
        between_all = here.community  # drawn nowhere, and the nearest community of the sub-district
        for latitude, longitude, expected in (
            (29.52, 106.52, here.grid), (29.58, 106.52, here.community), (29.52, 106.58, between_all),
        ):  # fmt: skip
            answer = client().get(f"/places/at?latitude={latitude}&longitude={longitude}").get_json()
            assert answer["id"] == expected.id
            assert answer["chain"][0]["id"] == here.district.id

    def test_without_boundaries_the_nearest_community_is_taken_unless_it_is_far_away(self, client):
        here = places()
        with writing() as session:
            for place, latitude in ((here.community, 29.56), (here.other_community, 29.57)):
                found = session.get_one(type(place), place.id)
                found.latitude, found.longitude = latitude, 106.55
        near = client().get("/api/v1/places/at?latitude=29.5605&longitude=106.5501")
        assert near.get_json()["id"] == here.community.id
        assert client().get("/api/v1/places/at?latitude=29.90&longitude=106.5501").status_code == 404

    @pytest.mark.parametrize("query", ["", "latitude=29.5", "latitude=x&longitude=1", "latitude=nan&longitude=106"])
    def test_half_a_position_is_refused(self, client, query):
        assert client().get(f"/places/at?{query}", headers={"Accept": "application/json"}).status_code == 422
        assert client().get(f"/api/v1/places/at?{query}").status_code == 422

    def test_another_districts_ground_belongs_to_nobody_here(self, client):
        other = a_district()
        draw(other.subdistrict, 107.0, 29.5, 107.1, 29.6)
        assert client().get("/api/v1/places/at?latitude=29.55&longitude=107.05").status_code == 404


class TestMaps:
    def test_a_place_and_what_is_below_it_are_drawn_as_areas_or_points(self, client):
        here = places()
        draw(here.community, 106.50, 29.50, 106.55, 29.60)
        with writing() as session:
            found = session.get_one(type(here.other_community), here.other_community.id)
            found.latitude, found.longitude = 29.5, 106.58
        response = client().get(f"/places/{here.subdistrict.id}.geojson")
        assert response.mimetype == "application/geo+json"
        kinds = {
            feature["properties"]["label"]: feature["geometry"]["type"] for feature in response.get_json()["features"]
        }
        assert kinds == {"沧白路社区": "Polygon", "邹容路社区": "Point"}
        areas = client().get(f"/places/{here.subdistrict.id}.geojson?show=areas").get_json()["features"]
        assert [feature["geometry"]["type"] for feature in areas] == ["Polygon"]

    def test_an_unchanged_map_is_not_sent_twice(self, client):
        browser = client()
        first = browser.get(f"/places/{places().community.id}.geojson")
        again = browser.get(
            f"/places/{places().community.id}.geojson", headers={"If-None-Match": first.headers["ETag"]}
        )
        assert again.status_code == 304

    def test_the_outline_of_the_district_is_there(self, client):
        assert client().get("/places/outline.geojson").get_json()["type"] == "FeatureCollection"


class TestTheApi:
    def test_places_are_listed_by_code_and_paged(self, client):
        first = client().get("/api/v1/places?limit=3").get_json()
        second = client().get(f"/api/v1/places?limit=3&cursor={first['next_cursor']}").get_json()
        codes = [item["code"] for item in first["items"] + second["items"]]
        assert codes == sorted(codes)
        assert len(set(codes)) == 6

    def test_they_can_be_asked_for_by_parent_and_kind(self, client):
        here = places()
        found = client().get(f"/api/v1/places?parent={here.subdistrict.id}").get_json()["items"]
        assert {item["name_zh"] for item in found} == {"沧白路社区", "邹容路社区"}
        grids = client().get("/api/v1/places?kind=grid").get_json()["items"]
        assert [item["id"] for item in grids] == [here.grid.id]

    def test_one_comes_with_those_above_it(self, client):
        found = client().get(f"/api/v1/places/{places().grid.id}").get_json()
        assert [one["kind"] for one in found["chain"]] == ["district", "subdistrict", "community", "grid"]

    @pytest.mark.parametrize("query", ["kind=planet", "limit=101", "cursor=!!", "colour=red"])
    def test_what_makes_no_sense_is_a_problem_document(self, client, query):
        response = client().get(f"/api/v1/places?{query}")
        assert response.status_code == 422
        assert response.mimetype == "application/problem+json"


def test_the_tree_hangs_together(app):
    with reading() as session:
        root = queries.tree(session, places().id)
        assert root is not None
        assert [node.place.name_zh for node in root.children] == ["解放碑街道", "大坪街道"]
        seen = []

        def walk(node):
            seen.append(node.place)
            for child in node.children:
                assert child.place.parent_id == node.place.id
                assert child.place.path == f"{node.place.path}{child.place.id}/"
                walk(child)

        walk(root)
    assert len(seen) == 7


def test_every_page_closes_what_it_opens(client):
    page = text_of(client().get(f"/places/{places().community.id}"))
    for tag in ("section", "dl", "ul", "details", "main"):
        assert len(re.findall(rf"<{tag}[ >]", page)) == page.count(f"</{tag}>"), tag
