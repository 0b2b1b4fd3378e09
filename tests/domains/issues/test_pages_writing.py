"""Writing an issue on a page: without script, with bad input, drafts, photos, what is similar."""

import io
import re

from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.domains.issues.browsers import browser, form_to, send, words


def a_picture(colour=(200, 90, 40)):
    stream = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(stream, "JPEG")
    stream.seek(0)
    return stream


def filled(world, **changed):
    return {
        "category": world.lamp.id,
        "place_id": world.renhe.id,
        "title": "石阶里路灯不亮",
        "body": "上段四盏路灯坏了两周,夜里看不清台阶。",
        **changed,
    }


def issue_of(answer):
    return re.search(r"/issues/(\w{13})$", answer.headers["Location"]).group(1)


def test_one_page_without_script_publishes_an_issue_with_photos(world):
    client = browser(world, world.a_resident())
    page = client.get("/issues/new")
    assert page.status_code == 200
    assert "119" in words(page)
    assert "110" in words(page)
    fields = {**form_to(page, "/issues/new")["fields"], **filled(world)}
    fields["photos"] = [(a_picture(), "灯.jpg"), (a_picture((1, 2, 3)), "b.jpg")]
    answer = client.post("/issues/new", data=fields, content_type="multipart/form-data")
    assert answer.status_code == 302
    shown = client.get(answer.headers["Location"])
    assert shown.get_data(as_text=True).count("/files/") >= 4
    photo = re.search(r'href="(/files/[^"]+)"', shown.get_data(as_text=True)).group(1)
    picture = client.get(photo)
    assert picture.mimetype == "image/jpeg"
    assert "immutable" in picture.headers["Cache-Control"]


def test_errors_stand_beside_their_fields_and_nothing_typed_or_uploaded_is_lost(world):
    client = browser(world, world.a_resident())
    fields = filled(world, title="", category="", body="短")
    fields["photos"] = [(a_picture(), "好.jpg"), (io.BytesIO(b"not a picture"), "坏.jpg")]
    answer = client.post("/issues/new", data=fields, content_type="multipart/form-data")
    assert answer.status_code == 422
    body = answer.get_data(as_text=True)
    assert 'id="photos-error"' in body
    kept = form_to(answer, "/issues/new")["fields"]
    assert len(kept["kept"]) == 1
    assert kept["body"] == ["短"]
    assert world.renhe.id in kept["place_id"]
    again = client.post(
        "/issues/new",
        data=filled(world, title="", category="", body="短", kept=kept["kept"]),
        content_type="multipart/form-data",
    )
    assert again.status_code == 422
    for field in ("title", "category", "body"):
        assert f'id="{field}-error"' in again.get_data(as_text=True), field
    whole = client.post("/issues/new", data=filled(world, kept=kept["kept"]), content_type="multipart/form-data")
    assert whole.status_code == 302
    assert kept["kept"][0] in client.get(whole.headers["Location"]).get_data(as_text=True)


def test_what_photos_show_is_said_when_they_are_added_and_stays_while_one_edits(world):
    client = browser(world, world.a_resident())
    fields = filled(world, photo_texts="松动的扶手\r\n", title="")
    fields["photos"] = [(a_picture(), "a.jpg"), (a_picture((1, 2, 3)), "b.jpg")]
    refused = client.post("/issues/new", data=fields, content_type="multipart/form-data")
    sent = form_to(refused, "/issues/new")["fields"]
    first, second = sent["kept"]
    assert (sent[f"alt-{first}"], sent[f"alt-{second}"], sent["photo_texts"]) == (["松动的扶手"], [""], [""])
    sent |= {"title": ["梯坎扶手松动了"], f"alt-{second}": ["上段的台阶"]}
    answer = client.post("/issues/new", data=sent, content_type="multipart/form-data")
    address = answer.headers["Location"]
    assert 'alt="松动的扶手"' in client.get(address).get_data(as_text=True)
    changed = send(client, client.get(f"{address}/edit"), "/edit", note="写清楚。")
    assert changed.status_code == 302
    shown = client.get(address).get_data(as_text=True)
    assert 'alt="松动的扶手"' in shown
    assert 'alt="上段的台阶"' in shown


def test_a_photo_can_be_left_out_again(world):
    client = browser(world, world.a_resident())
    key = world.a_photo()
    answer = client.post("/issues/new", data=filled(world, kept=[key], drop=[key]), content_type="multipart/form-data")
    assert key not in client.get(answer.headers["Location"]).get_data(as_text=True)


def test_a_page_sent_twice_is_one_issue(world):
    client = browser(world, world.a_resident())
    first = client.post("/issues/new", data=filled(world))
    second = client.post("/issues/new", data=filled(world))
    assert issue_of(first) == issue_of(second)


def test_what_is_similar_can_be_supported_instead(world):
    twin = world.an_issue(title="石阶里路灯不亮了")
    client = browser(world, world.a_resident())
    found = client.get("/issues/similar", query_string={"title": "石阶里路灯不亮", "category": world.lamp.id})
    assert f"/issues/{twin}" in found.get_data(as_text=True)
    assert f'formaction="/issues/{twin}/vote"' in found.get_data(as_text=True)
    looked = client.post("/issues/new", data=filled(world, look="1"))
    assert looked.status_code == 200
    assert f"/issues/{twin}" in looked.get_data(as_text=True)
    assert client.post(f"/issues/{twin}/vote", data=filled(world, choice="support")).status_code == 302
    assert (
        client.get("/issues/similar", query_string={"title": "", "latitude": "nan", "longitude": "x"}).status_code
        == 200
    )


def test_drafts_are_kept_gone_on_with_published_and_dropped(world):
    client = browser(world, world.a_resident())
    kept = client.post(
        "/issues/drafts", data=filled(world, title="半句话", client_key="k1"), headers={"Accept": "application/json"}
    )
    assert kept.status_code == 200
    again = client.post("/issues/drafts", data=filled(world, title="一句话", client_key="k1"))
    assert again.json["id"] == kept.json["id"]
    page = client.get(f"/issues/new?draft={kept.json['id']}")
    assert form_to(page, "/issues/new")["fields"]["title"] == ["一句话"]
    assert "一句话" in words(client.get("/my"))
    answer = client.post("/issues/new", data=filled(world, draft=kept.json["id"]))
    assert answer.status_code == 302
    assert client.get(f"/issues/new?draft={kept.json['id']}").status_code == 404
    client.post("/issues/new", data=filled(world, keep="1", title="只存草稿"))
    mine = client.get("/my")
    assert "只存草稿" in words(mine)
    assert send(client, mine, "/drop").status_code == 302
    assert "只存草稿" not in words(client.get("/my"))


def test_somebody_elses_draft_does_not_exist(world):
    draft = browser(world, world.a_resident()).post("/issues/drafts", data=filled(world)).json["id"]
    other = browser(world, world.a_resident())
    assert other.get(f"/issues/new?draft={draft}").status_code == 404
    assert other.post(f"/issues/drafts/{draft}/drop").status_code == 404


def test_visitors_sign_in_first_and_offices_are_told_that_they_answer(world):
    answer = browser(world).get("/issues/new?place_id=x")
    assert answer.status_code == 302
    assert "/sign-in?next=" in answer.headers["Location"]
    official = browser(world, world.an_official())
    assert "政府单位负责答复议题" in words(official.get("/issues/new"))
    unconfirmed = browser(world, world.a_resident(level=0))
    assert "请先确认" in words(unconfirmed.get("/issues/new"))
    assert world_is_empty(world)


def world_is_empty(world):
    return "data-row-tally" not in browser(world).get("/issues").get_data(as_text=True)


def test_a_post_without_the_token_changes_nothing(world):
    client = browser(world, world.a_resident())
    assert client.post("/issues/new", data=filled(world), token=False).status_code == 403
    assert world_is_empty(world)


def test_a_stale_edit_keeps_what_was_typed_and_says_so(world):
    author = world.a_resident()
    issue = world.an_issue(by=author)
    client = browser(world, author)
    page = client.get(f"/issues/{issue}/edit")
    assert send(client, page, "/edit", title="先改的标题在这里").status_code == 302
    stale = send(client, page, "/edit", title="后改的标题在这里")
    assert stale.status_code == 409
    fields = form_to(stale, "/edit")["fields"]
    assert fields["title"] == ["后改的标题在这里"]
    assert send(client, stale, "/edit").status_code == 302
    assert "后改的标题在这里" in words(client.get(f"/issues/{issue}"))


def test_only_its_author_edits_and_only_until_it_is_accepted(world):
    author = world.a_resident()
    issue = world.an_issue(by=author)
    assert browser(world, world.a_resident()).get(f"/issues/{issue}/edit").status_code == 403
    world.an_official().steps(issue, "accept")
    client = browser(world, author)
    assert client.get(f"/issues/{issue}/edit").status_code == 302
    page = client.get(f"/issues/{issue}")
    assert send(client, page, "/note", note="昨晚又灭了一盏").status_code == 302
    assert "昨晚又灭了一盏" in words(client.get(f"/issues/{issue}"))
    empty = send(client, client.get(f"/issues/{issue}"), "/note", note="")
    assert empty.status_code == 422
    assert 'id="note-note-error"' in empty.get_data(as_text=True)


anything = st.text(max_size=200) | st.sampled_from(
    ["", "\x00", "<script>", "0000000000000", "9" * 400, "nan", "1e999", "\ud800", "٣", "-1", "2026-13-45", "../../x"]
)


@settings(max_examples=30)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            name: st.lists(anything, min_size=1, max_size=2)
            for name in (
                "category", "place_id", "title", "body", "latitude", "longitude", "draft", "client_key", "version",
                "kept", "drop", "look", "keep",
            )
        },
    )
)  # fmt: skip
def test_no_input_breaks_the_form(world, typed):
    client = getattr(world, "typist", None) or browser(world, world.a_resident())
    world.typist = client
    sent = {name: [text.encode("utf-8", "replace").decode() for text in values] for name, values in typed.items()}
    for url in ("/issues/new", "/issues/drafts"):
        answer = client.post(url, data=sent)
        assert answer.status_code in (200, 302, 413, 422), (url, answer.status_code, sent)
    assert client.get("/issues/similar", query_string=sent).status_code == 200
