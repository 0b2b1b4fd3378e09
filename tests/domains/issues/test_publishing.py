"""Writing an issue: where it goes, until when, what is refused, and what its public versions say."""

import pytest
import time_machine

from gongzhi.domains.issues import actions, queries
from gongzhi.domains.issues.models import Issue
from gongzhi.kernel import db
from gongzhi.kernel.errors import NotFound
from gongzhi.kernel.text import render_markdown

TUESDAY = "2026-03-10T01:00:00Z"
BEFORE_NATIONAL_DAY = "2026-09-30T01:00:00Z"


def test_an_issue_goes_to_the_office_its_category_and_place_lead_to(world):
    official, reader = world.an_official(), world.a_resident()
    assert reader.get(f"/issues/{world.an_issue()}").json["office"]["id"] == world.office.id
    admin = world.an_admin().actor
    with db.isolated(), db.write() as session:
        actions.set_routing(session, admin, category=world.lamp, office=world.bureau)
    assert reader.get(f"/issues/{world.an_issue()}").json["office"]["id"] == world.bureau.id
    with db.isolated(), db.write() as session:
        line = actions.set_routing(
            session, admin, category=world.a_category("FAC"), place=world.renhe, office=world.command
        )
    in_renhe, elsewhere = world.an_issue(place=world.grid), world.an_issue(place=world.linjiang)
    assert reader.get(f"/issues/{in_renhe}").json["office"]["id"] == world.command.id
    assert reader.get(f"/issues/{elsewhere}").json["office"]["id"] == world.bureau.id
    with db.isolated(), db.write() as session:
        actions.remove_routing(session, admin, session.get_one(type(line), line.id))
    assert reader.get(f"/issues/{world.an_issue()}").json["office"]["id"] == world.bureau.id
    assert official.get(f"/issues/{in_renhe}").json["office"]["id"] == world.command.id


def test_what_nobody_else_answers_for_goes_to_the_sub_district_office(world):
    shown = world.a_resident().get(f"/issues/{world.an_issue(category=world.a_category('OTH'))}").json
    assert shown["office"]["id"] in (world.office.id, world.command.id)


@pytest.mark.parametrize(
    ("moment", "accept", "answer"),
    [(TUESDAY, "2026-03-11", "2026-03-17"), (BEFORE_NATIONAL_DAY, "2026-10-08", "2026-10-13")],
)
def test_deadlines_are_working_days_from_the_day_after(world, moment, accept, answer):
    with time_machine.travel(moment):
        shown = world.a_resident().get(f"/issues/{world.an_issue()}").json
    assert shown["accept_due"] == accept
    assert shown["answer_due"] >= answer


def test_every_fault_is_told_beside_its_field_and_nothing_is_kept(world):
    author = world.a_resident()
    answer = author.post(
        "/issues",
        {"category": "nowhere", "place": "0000000000000", "title": "灯", "body": " \u200b ", "latitude": 29.5},
    )
    assert answer.status_code == 422
    assert set(answer.json["errors"]) == {"category", "place", "title", "body", "longitude"}
    assert author.get("/issues").json["items"] == []


@pytest.mark.parametrize(
    "broken",
    [
        {"title": "灯" * 81},
        {"body": "灯" * 10_001},
        {"title": 7},
        {"latitude": "north", "longitude": 106.5},
        {"latitude": 91, "longitude": 106.5},
        {"unknown": "field"},
        {"photos": [{"key": "../../etc/passwd"}]},
        {"photos": [{"key": "0" * 64 + ".jpg"}]},
        {"category": ""},
    ],
)
def test_bad_input_is_a_problem_document(world, broken):
    sound = {"category": world.lamp.id, "place": world.renhe.id, "title": "路灯不亮", "body": "坏了两周。"}
    answer = world.a_resident().post("/issues", sound | broken)
    assert answer.status_code == 422
    assert answer.content_type.startswith("application/problem+json")
    assert answer.json["errors"]


def test_markup_is_kept_as_typed_and_never_runs(world):
    issue = world.an_issue(title="<script>alert(1)</script>灯", body="<img src=x onerror=alert(1)>坏了")
    shown = world.a_resident().get(f"/issues/{issue}").json
    assert shown["title"] == "<script>alert(1)</script>灯"
    assert shown["body"] == "<img src=x onerror=alert(1)>坏了"
    assert "<img" not in render_markdown(shown["body"])


def test_a_minor_at_risk_is_never_offered_nor_published(world):
    author = world.a_resident()
    codes = {category["code"] for category in author.get("/categories?limit=100").json["items"]}
    assert "FAC.lamp" in codes
    assert "MINOR" not in codes
    answer = author.post(
        "/issues",
        {
            "category": world.a_category("MINOR").id,
            "place": world.renhe.id,
            "title": "有孩子无人照料",
            "body": "晚上无人照料。",
        },
    )
    assert answer.status_code == 422
    assert "category" in answer.json["errors"]


def test_photos_are_shown_in_their_order_with_their_words(world):
    one, two = world.a_photo(), world.a_photo()
    issue = world.an_issue(photos=[{"key": one, "alt": "台阶"}, {"key": two}])
    shown = world.a_resident().get(f"/issues/{issue}").json["photos"]
    assert [(photo["key"], photo["alt"]) for photo in shown] == [(one, "台阶"), (two, "")]


def test_the_unconfirmed_and_the_government_do_not_publish(world):
    sound = {"category": world.lamp.id, "place": world.renhe.id, "title": "路灯不亮", "body": "坏了两周。"}
    assert world.a_resident(level=0).post("/issues", sound).status_code == 403
    assert world.an_official().post("/issues", sound).status_code == 403
    assert world.an_enterprise().post("/issues", sound).status_code == 201


def test_an_edit_is_a_public_version_with_its_difference(world):
    author = world.a_resident()
    issue = world.an_issue(by=author, body="坏了两周。")
    edited = author.call("PATCH", f"/issues/{issue}", {"version": 1, "body": "坏了三周。", "note": "更正时间"})
    assert edited.status_code == 200
    assert (edited.json["body"], edited.json["version_count"]) == ("坏了三周。", 2)
    with db.isolated():
        newest, first = queries.versions(db.session(), db.session().get_one(Issue, issue))
    assert [(piece.kind, piece.text) for piece in newest.body_diff] == [
        ("same", "坏了"),
        ("removed", "两"),
        ("added", "三"),
        ("same", "周。"),
    ]
    assert first.body_diff == []


def test_a_stale_edit_answers_409_with_the_present_version(world):
    author = world.a_resident()
    issue = world.an_issue(by=author)
    assert author.call("PATCH", f"/issues/{issue}", {"version": 1, "title": "路灯还是不亮"}).status_code == 200
    stale = author.call("PATCH", f"/issues/{issue}", {"version": 1, "title": "灯全灭了呀"})
    assert stale.status_code == 409
    assert stale.json["current"]["version"] == 2
    assert author.get(f"/issues/{issue}").json["title"] == "路灯还是不亮"


def test_another_place_leads_to_another_office(world):
    author, admin = world.a_resident(), world.an_admin()
    with db.isolated(), db.write() as session:
        actions.set_routing(session, admin.actor, category=world.lamp, place=world.linjiang, office=world.bureau)
    issue = world.an_issue(by=author)
    moved = author.call("PATCH", f"/issues/{issue}", {"place": world.linjiang.id})
    assert moved.json["office"]["id"] == world.bureau.id
    assert moved.json["places"][-1]["id"] == world.linjiang.id


def test_words_stay_once_accepted_but_a_note_can_be_added(world):
    author, official = world.a_resident(), world.an_official()
    issue = world.an_issue(by=author)
    official.steps(issue, "accept")
    assert author.call("PATCH", f"/issues/{issue}", {"title": "另一件事情"}).status_code == 409
    assert author.post(f"/issues/{issue}/notes", {"note": "昨晚又有人摔倒。"}).status_code == 201
    assert author.get(f"/issues/{issue}/trace").json["items"][-1]["reason"] == "昨晚又有人摔倒。"
    assert world.a_resident().post(f"/issues/{issue}/notes", {"note": "我也看见了。"}).status_code == 403


def test_only_its_author_withdraws_an_issue(world):
    author = world.a_resident()
    issue = world.an_issue(by=author)
    assert world.a_resident().post(f"/issues/{issue}/withdraw", {"reason": "不要了。"}).status_code == 403
    assert author.post(f"/issues/{issue}/withdraw", {"reason": ""}).status_code == 422
    assert author.post(f"/issues/{issue}/withdraw", {"reason": "已经修好了。"}).status_code == 200
    assert author.get("/issues").json["items"] == []
    assert author.get(f"/issues/{issue}").json["state"] == "withdrawn"


def test_another_district_does_not_exist(world):
    from tests.domains.issues.world import World

    issue, stranger = world.an_issue(), World(world.app).a_resident()
    for method, path, body in (
        ("GET", "", None),
        ("GET", "/trace", None),
        ("GET", "/tally", None),
        ("GET", "/answers", None),
        ("PUT", "/vote", {"choice": "support"}),
        ("PATCH", "", {"title": "别处的事情"}),
        ("PUT", "/follow", None),
    ):
        answer = stranger.call(method, f"/issues/{issue}{path}", body)
        assert answer.status_code == 404, (method, path)
        nowhere = stranger.call(method, f"/issues/0000000000000{path}", body)
        assert answer.json == nowhere.json
    assert stranger.get("/issues").json["items"] == []
    assert stranger.get(f"/issues?place={world.renhe.id}").status_code == 422
    assert stranger.get(f"/issues?category={world.lamp.id}").status_code == 422


def test_a_hidden_issue_is_there_for_its_author_only(world):
    author = world.a_resident()
    issue = world.an_issue(by=author)
    with db.isolated(), db.write() as session:
        session.get_one(Issue, issue).is_hidden = True
    assert author.get(f"/issues/{issue}").status_code == 200
    assert world.a_resident().get(f"/issues/{issue}").status_code == 404
    assert world.a_resident().votes(issue, "support").status_code == 404
    assert world.a_resident().get("/issues").json["items"] == []


def test_a_draft_sent_twice_is_one_draft_and_belongs_to_its_writer(world):
    writer, other = world.a_resident().actor, world.a_resident().actor
    with db.isolated(), db.write() as session:
        first = actions.save_draft(session, writer, client_key="k1", title="路灯", category_id="nowhere")
        again = actions.save_draft(session, writer, client_key="k1", title="路灯不亮", body="坏了。" * 5_000)
        assert first.id == again.id
        draft_id = first.id
    with db.isolated():
        draft = queries.access_draft(db.session(), writer, draft_id)
        assert (draft.title, draft.category_id, len(draft.body)) == ("路灯不亮", None, 10_000)
        with pytest.raises(NotFound):
            queries.access_draft(db.session(), other, draft_id)
    with db.isolated(), db.write() as session:
        actions.publish_issue(
            session,
            writer,
            category_id=world.lamp.id,
            place_id=world.renhe.id,
            title="路灯不亮",
            body="坏了两周。",
            draft=queries.access_draft(session, writer, draft_id),
        )
    with db.isolated():
        assert queries.drafts(db.session(), writer) == []


def test_an_imported_message_comes_once(world):
    from datetime import UTC, datetime

    admin = world.an_admin().actor
    with db.isolated(), db.write() as session:
        for _ in range(2):
            actions.import_issue(
                session,
                # The command line acts as the system, in a district.
                type(admin)(is_system=True, level=3, district_id=world.district_id),
                import_key="2024-17",
                category_id=world.lamp.id,
                place_id=world.renhe.id,
                title="关于路灯的来信" * 20,
                body="尊敬的领导:路灯坏了。",
                published_at=datetime(2024, 5, 6, tzinfo=UTC),
            )
    rows = world.a_resident().get("/issues").json["items"]
    assert [row["author"] for row in rows] == [""]
    assert len(rows[0]["title"]) == 80
