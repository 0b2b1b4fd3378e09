"""The facts the platform carries: complete against their source, and fit to be loaded."""

import json
import os
import re
from pathlib import Path

import pytest
from shapely.geometry import Point, shape

from gongzhi.domains.places import queries
from gongzhi.domains.places.rules import DIGITS, PlaceKind

SOURCE = Path(__file__).parents[4] / "shared" / "data" / "places"
DISTRICTS = ("500103", "999999")
CHINESE = re.compile(r"[\u3400-\u9fff]")


@pytest.fixture
def source():
    file = SOURCE / "yuzhong_500103.json"
    if not file.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{file} is needed to check the places")
        pytest.skip("the source of the places is not on this machine")
    return json.loads(file.read_text("utf-8"))


def below(data):
    return [(entry, community) for entry in data["sub_districts"] for community in entry["communities"]]


def test_every_sub_district_and_community_of_the_source_is_carried_with_name_and_code(source):
    data, _outline = queries.district_file("500103")
    carried = {entry["code"]: entry["name_zh"] for entry in data["sub_districts"]}
    assert carried == {street["code9"]: street["name"] for street in source["streets"]}
    communities = {community["code"]: community["official_name"] for _entry, community in below(data)}
    assert communities == {
        community["code12"]: community["name"] for street in source["streets"] for community in street["communities"]
    }


def test_the_outline_is_that_of_the_source(source):
    _data, outline = queries.district_file("500103")
    drawn = json.loads((SOURCE / "yuzhong_outline.geojson").read_text("utf-8"))
    assert outline == drawn["features"][0]["geometry"]


@pytest.mark.parametrize("code", DISTRICTS)
def test_codes_grow_from_level_to_level_and_occur_once(code):
    data, _outline = queries.district_file(code)
    codes = [data["code"]]
    for entry in data["sub_districts"]:
        assert entry["code"].startswith(data["code"])
        assert len(entry["code"]) == len(data["code"]) + DIGITS[PlaceKind.SUBDISTRICT]
        codes.append(entry["code"])
    for entry, community in below(data):
        assert community["code"].startswith(entry["code"])
        assert len(community["code"]) == len(entry["code"]) + DIGITS[PlaceKind.COMMUNITY]
        codes.append(community["code"])
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("code", DISTRICTS)
def test_names_are_there_in_both_languages_and_do_not_mix_them(code):
    data, _outline = queries.district_file(code)
    for entry in data["sub_districts"]:
        assert entry["name_zh"].endswith("街道")
        assert entry["name_en"].endswith(" Sub-district")
    for _entry, community in below(data):
        assert community["name_zh"].endswith("社区")
        assert community["name_en"].endswith(" Community")
    everything = [data, *data["sub_districts"], *(community for _entry, community in below(data))]
    assert not [one["name_en"] for one in everything if CHINESE.search(one["name_en"])]


@pytest.mark.parametrize("code", DISTRICTS)
def test_every_point_lies_inside_the_outline(code):
    data, outline = queries.district_file(code)
    drawn = shape(outline)
    for one in [*data["sub_districts"], *(community for _entry, community in below(data))]:
        assert drawn.covers(Point(one["longitude"], one["latitude"])), one["name_zh"]


def test_names_with_more_than_one_reading_are_read_as_they_are_spoken():
    data, _outline = queries.district_file("500103")
    english = {community["name_zh"]: community["name_en"] for _entry, community in below(data)}
    assert english["人和街社区"] == "Renhejie Community"
    assert english["曾家岩社区"] == "Zengjiayan Community"
    assert english["新都巷社区"] == "Xinduxiang Community"
    assert english["民乐村社区"] == "Minlecun Community"
    assert english["中山二路社区"] == "Zhongshan'erlu Community"
