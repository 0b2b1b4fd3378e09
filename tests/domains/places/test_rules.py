"""What makes a place valid, without a database."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box, shape

from gongzhi.domains.places import rules
from gongzhi.domains.places.models import PlaceKind
from gongzhi.kernel.errors import Invalid

SQUARE = box(106.5, 29.5, 106.6, 29.6)


def geojson(drawn):
    return json.dumps(drawn.__geo_interface__)


def problem_of(call, *arguments):
    with pytest.raises(Invalid) as caught:
        call(*arguments)
    return {field: [str(message) for message in messages] for field, messages in caught.value.errors.items()}


def test_a_geometry_a_feature_and_a_collection_of_one_are_all_read():
    geometry = SQUARE.__geo_interface__
    feature = {"type": "Feature", "properties": {}, "geometry": geometry}
    for document in (geometry, feature, {"type": "FeatureCollection", "features": [feature]}):
        assert rules.read_boundary(json.dumps(document)).equals(SQUARE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        "null",
        "1",
        '{"type": "Point", "coordinates": [106.5, 29.5]}',
        '{"type": "Polygon"}',
        '{"type": "Polygon", "coordinates": "here"}',
        '{"type": "Polygon", "coordinates": [[[106.5, 29.5], [106.6, 29.5]]]}',
        '{"type": "Polygon", "coordinates": [[["a", "b"], ["c", "d"], ["e", "f"], ["a", "b"]]]}',
        '{"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}',
        '{"type": "Polygon", "coordinates": [[[500, 29], [501, 29], [501, 30], [500, 29]]]}',
        '{"type": "Polygon", "coordinates": [[[NaN, 29], [501, 29], [501, 30], [NaN, 29]]]}',
        '{"type": "Polygon", "coordinates": []}',
        '{"type": "FeatureCollection", "features": []}',
        '{"type": "FeatureCollection", "features": 7}',
        '{"type": "Feature", "geometry": null}',
        "[" * 100_000,
        "x" * (rules.MAX_BOUNDARY_BYTES + 1),
        "\ud800",
    ],
)
def test_what_is_no_polygon_is_refused_beside_the_field(text):
    assert list(problem_of(rules.read_boundary, text)) == ["boundary"]


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.sampled_from(["Polygon", "Feature"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["type", "coordinates", "geometry", "features"]), inner, max_size=4)
    ),
    max_leaves=25,
)


@given(json_values)
def test_no_json_at_all_gets_past_as_anything_but_a_polygon_or_a_message(document):
    fields, drawn = [], None
    try:
        drawn = rules.read_boundary(json.dumps(document))
    except Invalid as invalid:
        fields = list(invalid.errors)
    assert (drawn is not None and drawn.is_valid) or fields == ["boundary"]


def test_too_many_points_are_refused():
    many = SQUARE.centroid.buffer(0.05, quad_segs=rules.MAX_POINTS // 4 + 1)
    assert "points" in problem_of(rules.read_boundary, geojson(many))["boundary"][0]


def test_a_boundary_may_stick_out_of_its_parent_by_a_hair_but_not_by_more():
    hair = box(106.5, 29.5, 106.60003, 29.6)
    rules.check_inside(hair, SQUARE, "甲")
    assert "甲" in problem_of(rules.check_inside, box(106.55, 29.5, 106.7, 29.6), SQUARE, "甲")["boundary"][0]


def test_neighbours_that_meet_do_not_overlap_and_those_that_overlap_are_named_with_their_share():
    beside, across = box(106.6, 29.5, 106.7, 29.6), box(106.55, 29.5, 106.65, 29.6)
    found = rules.overlaps(SQUARE, [("旁边", beside), ("重叠", across)])
    assert [overlap.name for overlap in found] == ["重叠"]
    assert found[0].share == pytest.approx(0.5)


def test_a_kept_boundary_is_the_drawn_one_rounded_to_ten_centimetres():
    kept = rules.as_geojson(box(106.51234567, 29.5, 106.6, 29.6))
    assert kept["type"] == "Polygon"
    assert shape(kept).bounds == (106.512346, 29.5, 106.6, 29.6)


@pytest.mark.parametrize(
    ("latitude", "longitude", "field"),
    [(91, 0, "latitude"), (0, 181, "longitude"), (float("nan"), 0, "latitude"), (0, float("inf"), "longitude"),
     (None, 106.5, "latitude"), (29.5, None, "longitude")],
)  # fmt: skip
def test_a_point_off_the_earth_or_half_a_point_is_refused(latitude, longitude, field):
    assert list(problem_of(rules.check_point, latitude, longitude)) == [field]


def test_no_point_is_no_mistake_and_a_typed_one_is_read():
    assert rules.check_point(None, None) is None
    assert rules.read_number("latitude", " 29.56 ") == 29.56
    assert rules.read_number("latitude", "") is None
    assert list(problem_of(rules.read_number, "latitude", "north")) == ["latitude"]


def test_the_next_code_is_the_first_free_one():
    taken = {"500103011015001", "500103011015003"}
    assert rules.next_code("500103011015", PlaceKind.GRID, taken) == "500103011015002"


def test_nothing_stands_below_a_building():
    assert rules.child_kind(PlaceKind.GRID) == PlaceKind.BUILDING
    assert list(problem_of(rules.child_kind, PlaceKind.BUILDING)) == ["parent_id"]


@pytest.mark.parametrize("phone", ["023-0000 0001", "+86 23 0000 0001", "110", ""])
def test_telephone_numbers_are_taken_as_people_write_them(phone):
    assert rules.check_phone("contact_phone", phone) == phone


@pytest.mark.parametrize("phone", ["call me", "1", "<script>", "0" * 41])
def test_what_is_no_telephone_number_is_refused(phone):
    assert list(problem_of(rules.check_phone, "contact_phone", phone)) == ["contact_phone"]


def test_distances_are_right_within_a_district():
    assert rules.distance_metres((29.56, 106.55), (29.57, 106.55)) == pytest.approx(1113, abs=2)
    assert rules.distance_metres((29.56, 106.55), (29.56, 106.56)) == pytest.approx(968, abs=3)
