"""Administration of places: what an administrator may do, what nobody else may, and what is refused."""

import json
import threading

import pytest
from shapely.geometry import box
from sqlalchemy import select

from gongzhi.domains.issues.actions import install_categories, publish_issue
from gongzhi.domains.issues.models import Category, Issue
from gongzhi.domains.places import actions, queries
from gongzhi.domains.places.models import Place
from gongzhi.domains.places.rules import as_geojson, fingerprint
from gongzhi.kernel import db
from gongzhi.kernel.errors import Invalid
from gongzhi.kernel.events import OutboxEvent
from gongzhi.kernel.policy import SYSTEM
from tests.factories import (
    a_district,
    a_grid_worker,
    a_resident,
    actor_of,
    an_admin,
    an_official,
    places,
    reading,
    writing,
)


def stored(place):
    with reading() as session:
        return session.get_one(Place, place.id)


def events_of(place):
    with reading() as session:
        rows = session.scalars(select(OutboxEvent).order_by(OutboxEvent.id))
        return [(row.kind, row.payload.get("change")) for row in rows if row.payload.get("place_id") == place.id]


def changed(place, **fields):
    kept = stored(place)
    values = {"name_zh": kept.name_zh, "name_en": kept.name_en, "seen": fingerprint(kept), **fields}
    return {f"change-{name}": value for name, value in values.items()}


def geojson(*corners):
    return json.dumps(as_geojson(box(*corners)))


def test_an_administrator_adds_a_grid_which_gets_the_next_code_and_an_event(client):
    here = places()
    answer = client(an_admin()).post(
        f"/admin/places/{here.community.id}/add", data={"add-name_zh": "沧白路社区第2网格", "add-name_en": "Grid 2"}
    )
    assert answer.status_code == 302
    with reading() as session:
        added = queries.place_by_code(session, here.id, f"{here.community.code}002")
    assert added is not None
    assert (added.kind, added.path) == ("grid", f"{here.community.path}{added.id}/")
    assert events_of(added) == [("place.changed", "added")]


@pytest.mark.parametrize("who", ["visitor", "resident", "grid worker", "official"])
def test_nobody_else_administers_places(client, who):
    people = {"visitor": lambda: None, "resident": a_resident, "grid worker": a_grid_worker, "official": an_official}
    browser = client(people[who]())
    here = places()
    refused = {302, 401} if who == "visitor" else {403}
    assert browser.get("/admin/places").status_code in refused
    for action in ("add", "change", "move", "retire", "restore", "boundary"):
        answer = browser.post(f"/admin/places/{here.community.id}/{action}", data={"add-name_zh": "别人的"})
        assert answer.status_code in refused, action
    with reading() as session:
        assert len(queries.children(session, session.get_one(Place, here.community.id))) == 1
    assert stored(here.community).retired_at is None


def test_an_administrator_of_one_district_does_not_reach_another(client):
    other = a_district()
    browser = client(an_admin())
    assert browser.get(f"/admin/places/{other.community.id}").status_code == 404
    assert browser.post(f"/admin/places/{other.community.id}/retire").status_code == 404
    assert other.community.id not in browser.get("/admin/places").get_data(as_text=True)
    move = browser.post(f"/admin/places/{places().grid.id}/move", data={"move-parent_id": other.community.id})
    assert move.status_code == 422
    assert stored(places().grid).parent_id == places().community.id


def test_the_pages_of_administration_show_what_can_be_done(client):
    browser = client(an_admin())
    page = browser.get(f"/admin/places/{places().community.id}").get_data(as_text=True)
    for part in ("add-name_zh", "change-name_zh", "move-parent_id", "boundary-boundary"):
        assert f'name="{part}"' in page


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"add-name_zh": ""}, "请填写中文名称"),
        ({"add-name_zh": "长" * 81}, "80"),
        ({"add-name_zh": "网格", "add-code": "no spaces!"}, "连字符"),
        ({"add-name_zh": "网格", "add-latitude": "北"}, "数字"),
        ({"add-name_zh": "网格", "add-latitude": "29.5"}, "纬度和经度"),
        ({"add-name_zh": "网格", "add-latitude": "129", "add-longitude": "106"}, "-90"),
    ],
)
def test_what_is_not_valid_is_said_beside_its_field_and_what_was_typed_stays(client, data, words):
    answer = client(an_admin()).post(f"/admin/places/{places().community.id}/add", data=data)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert words in page
    assert 'aria-invalid="true"' in page
    for typed in data.values():
        assert typed[:60] in page


def test_a_code_is_given_once_in_a_district(client):
    here = places()
    answer = client(an_admin()).post(
        f"/admin/places/{here.community.id}/add", data={"add-name_zh": "又一个", "add-code": here.grid.code}
    )
    assert answer.status_code == 422


def test_a_change_on_top_of_somebody_elses_is_refused_with_the_present_name(client):
    here = places()
    browser = client(an_admin())
    first, second = changed(here.community, name_zh="甲社区"), changed(here.community, name_zh="乙社区")
    assert browser.post(f"/admin/places/{here.community.id}/change", data=first).status_code == 302
    late = browser.post(f"/admin/places/{here.community.id}/change", data=second)
    assert late.status_code == 409
    assert "甲社区" in late.get_data(as_text=True)
    assert stored(here.community).name_zh == "甲社区"


def test_a_private_looking_text_is_no_telephone_number(client):
    here = places()
    data = changed(here.community, contact_phone="问老王")
    assert client(an_admin()).post(f"/admin/places/{here.community.id}/change", data=data).status_code == 422
    assert stored(here.community).contact_phone == ""


def test_a_grid_moves_with_all_below_it_and_says_from_where_to_where(client):
    here = places()
    admin = an_admin()
    actor = actor_of(admin)
    with writing() as session:
        building = actions.add_place(session, actor, session.get_one(Place, here.grid.id), name_zh="1栋")
    answer = client(admin).post(f"/admin/places/{here.grid.id}/move", data={"move-parent_id": here.other_community.id})
    assert answer.status_code == 302
    assert stored(here.grid).path == f"{here.other_community.path}{here.grid.id}/"
    assert stored(building).path == f"{here.other_community.path}{here.grid.id}/{building.id}/"
    assert ("place.moved", None) in events_of(here.grid)


def test_the_issues_of_a_moved_grid_move_with_it(client, app):
    here = places()
    with writing() as session:
        install_categories(session, SYSTEM, here.id)
    with reading() as session:
        category = session.scalars(
            select(Category.id).where(Category.district_id == here.id, Category.is_public.is_(True))
        ).first()
    author = actor_of(a_resident())
    with writing() as session:
        issue = publish_issue(
            session, author, category_id=category, place_id=here.grid.id, title="路灯不亮", body="三盏路灯坏了两周。"
        ).id
    client(an_admin()).post(f"/admin/places/{here.grid.id}/move", data={"move-parent_id": here.other_community.id})
    with reading() as session:
        moved = session.get_one(Issue, issue)
        assert moved.place_path == f"{here.other_community.path}{here.grid.id}/"
        assert (moved.subdistrict_id, moved.community_id, moved.grid_id) == (
            here.subdistrict.id, here.other_community.id, here.grid.id,
        )  # fmt: skip
        assert moved.district_id == here.id


def test_a_grid_does_not_move_below_a_sub_district(client):
    here = places()
    answer = client(an_admin()).post(f"/admin/places/{here.grid.id}/move", data={"move-parent_id": here.subdistrict.id})
    assert answer.status_code == 422
    assert stored(here.grid).parent_id == here.community.id


def test_a_place_retires_only_when_nothing_is_used_below_it_and_can_come_back(client):
    here = places()
    browser = client(an_admin())
    browser.post(f"/admin/places/{here.community.id}/retire")
    assert stored(here.community).retired_at is None
    browser.post(f"/admin/places/{here.grid.id}/retire")
    assert stored(here.grid).retired_at is not None
    assert browser.get(f"/places/{here.grid.id}").status_code == 200
    browser.post(f"/admin/places/{here.grid.id}/restore")
    assert stored(here.grid).retired_at is None


def test_nothing_is_added_to_a_retired_place(client):
    here = places()
    browser = client(an_admin())
    browser.post(f"/admin/places/{here.far_community.id}/retire")
    answer = browser.post(f"/admin/places/{here.far_community.id}/add", data={"add-name_zh": "新网格"})
    assert answer.status_code == 409


def test_the_district_itself_does_not_retire(client):
    client(an_admin()).post(f"/admin/places/{places().district.id}/retire")
    assert stored(places().district).retired_at is None


class TestBoundaries:
    def test_one_inside_its_parent_is_kept_and_an_overlap_is_reported(self, client):
        here = places()
        browser = client(an_admin())
        for place, corners in (
            (here.subdistrict, (106.5, 29.5, 106.6, 29.6)), (here.community, (106.5, 29.5, 106.55, 29.6)),
        ):  # fmt: skip
            data = {"boundary-boundary": geojson(*corners)}
            assert browser.post(f"/admin/places/{place.id}/boundary", data=data).status_code == 302
        data = {"boundary-boundary": geojson(106.54, 29.5, 106.6, 29.6)}
        page = browser.post(
            f"/admin/places/{here.other_community.id}/boundary", data=data, follow_redirects=True
        ).get_data(as_text=True)
        assert "沧白路社区" in page
        assert "重叠" in page
        assert stored(here.other_community).boundary["type"] == "Polygon"

    def test_one_outside_its_parent_is_refused(self, client):
        here = places()
        browser = client(an_admin())
        browser.post(
            f"/admin/places/{here.subdistrict.id}/boundary",
            data={"boundary-boundary": geojson(106.5, 29.5, 106.6, 29.6)},
        )
        answer = browser.post(
            f"/admin/places/{here.community.id}/boundary",
            data={"boundary-boundary": geojson(106.58, 29.5, 106.7, 29.6)},
        )
        assert answer.status_code == 422
        assert stored(here.community).boundary is None

    def test_it_can_be_taken_away_again(self, client):
        here = places()
        browser = client(an_admin())
        browser.post(
            f"/admin/places/{here.subdistrict.id}/boundary",
            data={"boundary-boundary": geojson(106.5, 29.5, 106.6, 29.6)},
        )
        browser.post(f"/admin/places/{here.subdistrict.id}/boundary", data={"remove": "1"})
        assert stored(here.subdistrict).boundary is None

    @pytest.mark.parametrize("text", ["", "no", '{"type": "Point", "coordinates": [1, 2]}', "<script>"])
    def test_what_is_no_boundary_is_refused(self, client, text):
        answer = client(an_admin()).post(
            f"/admin/places/{places().community.id}/boundary", data={"boundary-boundary": text}
        )
        assert answer.status_code == 422


def test_the_platforms_own_district_loads_once_however_often_it_is_loaded(app):
    with writing() as session:
        top = actions.load_district(session, "999999")
        again = actions.load_district(session, "999999")
        assert again.id == top.id
        names = {place.name_zh for place in session.scalars(select(Place).where(Place.district_id == top.district_id))}
    assert names == {"示例区", "示例街道", "样板街道", "甲社区", "乙社区", "丙社区"}


def test_loading_again_brings_new_names_and_keeps_what_an_administrator_set(app):
    data, outline = queries.district_file("999999")
    with writing() as session:
        actions.load_places(session, data, outline)
    data["sub_districts"][0]["communities"][0]["name_zh"] = "新甲社区"
    with writing() as session:
        district = actions.load_district(session, "999999").district_id
        kept = queries.place_by_code(session, district, "999999001001")
        kept.latitude = 29.6001
    with writing() as session:
        actions.load_places(session, data, outline)
        kept = queries.place_by_code(session, district, "999999001001")
        assert (kept.name_zh, kept.latitude) == ("新甲社区", 29.6001)


def test_an_unknown_district_is_said_to_be_unknown(app):
    with writing() as session, pytest.raises(Invalid):
        actions.load_district(session, "123456")


def test_two_administrators_adding_the_same_code_at_once_make_one_place(app):
    here, actor = places(), actor_of(an_admin())
    outcomes = []
    gate = threading.Barrier(2)

    def add():
        with app.app_context(), db.isolated():
            gate.wait()
            try:
                with db.write() as session:
                    parent = session.get_one(Place, here.community.id)
                    actions.add_place(session, actor, parent, name_zh="同一个", code="500103003001777")
                outcomes.append("added")
            except Invalid:
                outcomes.append("refused")

    threads = [threading.Thread(target=add) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["added", "refused"]
