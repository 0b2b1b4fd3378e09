"""What script adds to writing an issue: the place of a position, and what each photo shows."""

from __future__ import annotations

import io

from PIL import Image

INSIDE = {"latitude": 29.557, "longitude": 106.577}
OUTSIDE = {"latitude": 31.0, "longitude": 121.0}


def a_picture(name, colour):
    drawn = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(drawn, "JPEG")
    return {"name": name, "mimeType": "image/jpeg", "buffer": drawn.getvalue()}


def test_the_device_or_a_click_on_the_map_fills_in_the_place_and_outside_the_district_it_is_said(people):
    person = people.at("resident")
    page = person.go("/issues/new")
    person.context.grant_permissions(["geolocation"])
    person.context.set_geolocation(INSIDE)
    page.locator(".compose-map summary").click()
    page.get_by_role("button", name="使用我的位置").click()
    message = page.locator("[data-place-message]")
    message.get_by_text("已填入地点：解放碑街道").wait_for()
    chosen = page.locator("#place_id-community option:checked")
    first = chosen.inner_text()
    assert first in message.inner_text()

    area = page.locator("[data-map]")
    area.locator("path.map-area").wait_for(state="attached")
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.1, box["y"] + box["height"] * 0.5)
    page.wait_for_function(
        "first => document.querySelector('#place_id-community option:checked')?.textContent !== first", arg=first
    )
    page.wait_for_function(
        "() => document.querySelector('[data-place-message]').textContent"
        ".includes(document.querySelector('#place_id-community option:checked').textContent)"
    )

    page.evaluate(
        """place => { for (const name of ["latitude", "longitude"]) {
            const input = document.querySelector(`[name=${name}]`);
            input.value = place[name];
            input.dispatchEvent(new Event("change", { bubbles: true }));
        } }""",
        OUTSIDE,
    )
    message.get_by_text("不在本区范围内").wait_for()


def test_each_photo_has_an_input_for_what_it_shows_and_keeps_it_when_another_is_removed(people):
    page = people.at("resident").go("/issues/new")
    page.locator("input[type=file]").set_input_files([a_picture("a.jpg", "red"), a_picture("b.jpg", "blue")])
    shows = page.locator("[data-photos-list] input")
    shows.nth(1).fill("右侧扶手松动")
    lines = page.locator("[name=photo_texts]")
    assert not lines.is_visible()
    assert lines.input_value() == "\n右侧扶手松动"
    page.get_by_role("button", name="移除 a.jpg").click()
    assert shows.count() == 1
    assert lines.input_value() == "右侧扶手松动"
