"""The site as an app: what Lighthouse would look at, and how heavy pages are."""

from __future__ import annotations

import gzip
import io
import re

import pytest
from PIL import Image

from tests import factories as f

pytestmark = pytest.mark.usefixtures("app")
HEAVIEST = 150 * 1024


def test_the_manifest_is_one_an_app_can_be_installed_from(client):
    answer = client().get("/manifest.webmanifest?lang=zh")
    assert answer.mimetype == "application/manifest+json"
    made = answer.get_json(force=True)
    assert made["short_name"] == "共治"
    assert made["display"] == "standalone"
    assert made["start_url"].startswith(made["scope"])
    purposes = set()
    for icon in made["icons"]:
        picture = Image.open(io.BytesIO(client().get(icon["src"]).data))
        assert picture.format == "PNG"
        assert f"{picture.width}x{picture.height}" == icon["sizes"]
        purposes.add((icon["sizes"], icon["purpose"]))
        corner = picture.convert("RGBA").getpixel((0, 0))
        assert (corner[3] == 255) == (icon["purpose"] == "maskable"), "only what may be cut fills its corners"
    assert purposes == {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")}
    assert made["share_target"]["params"]["files"][0]["accept"] == ["image/*"]
    assert client().get("/manifest.webmanifest?lang=en").get_json(force=True)["short_name"] == "Gongzhi"


def test_every_page_names_the_manifest_and_says_whose_it_is(client):
    person = f.a_resident()
    assert 'rel="manifest" href="/manifest.webmanifest?lang=zh"' in client().get("/").text
    assert 'data-account=""' in client().get("/").text
    assert f'data-account="{person.id}"' in client(person).get("/").text


def test_the_worker_may_look_after_the_whole_site_and_keeps_nothing_private(client):
    answer = client().get("/sw.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    kept = re.findall(r'"([\w.-]+\.(?:js|css|svg))"', answer.text)
    assert any(name.startswith("main-") for name in kept)
    for name in kept:
        assert client().get(f"/static/{name}").status_code == 200


def test_the_offline_page_is_the_same_for_everybody_and_gives_no_token(client):
    visitor, person = client().get("/offline"), client(f.a_resident("王某某")).get("/offline")
    assert visitor.status_code == 200
    assert "王某某" not in person.text
    assert 'name="csrf-token" content=""' in visitor.text
    assert "Set-Cookie" not in visitor.headers


def test_photos_shared_without_a_worker_lead_to_the_form(client):
    answer = client().post("/share", data={}, token=False)
    assert (answer.status_code, answer.location) == (303, "/issues/new")


def zipped(data):
    return len(gzip.compress(data, 6))


@pytest.mark.parametrize("page", ["/", "/issues", "/issues/{issue}"])
def test_a_page_weighs_at_most_150_kilobytes_compressed_without_the_map(client, page):
    issue = f.an_issue()
    for number in range(25):
        f.an_issue(title=f"第{number}处路灯不亮")
        f.a_comment(f.a_resident(), issue, f"第{number}条意见:这里晚上很暗,老人不敢走。")
    browser = client(f.a_resident())
    html = browser.get(page.format(issue=issue)).data
    parts = {re.sub(r"#.*", "", url) for url in re.findall(r'(?:href|src)="(/static/[^"]+)"', html.decode())}
    assert any(url.endswith(".js") for url in parts)
    assert any(url.endswith(".css") for url in parts)
    weight = zipped(html) + sum(zipped(browser.get(url).data) for url in parts)
    assert weight <= HEAVIEST, weight
