"""The office: steps from the issue page and from the work desk, templates, categories, routing, home."""

import io

from hypothesis import given, settings
from hypothesis import strategies as st

from gongzhi.domains.issues.views.handling import STEPS
from gongzhi.kernel import db
from tests.domains.issues.browsers import browser, form_to, forms_of, send, words


def desk_item(client, issue, queue="to_accept"):
    return client.get(f"/desk?queue={queue}&issue={issue}")


def test_an_issue_goes_from_the_desk_to_its_result_without_script(world):
    author = world.a_resident()
    issue = world.an_issue(by=author)
    client = browser(world, world.an_official())
    page = desk_item(client, issue)
    assert page.status_code == 200
    assert "石阶里路灯不亮" in words(page)
    accepted = send(client, page, "/accept")
    assert accepted.headers["Location"].startswith("/desk?queue=to_accept")
    page = desk_item(client, issue, "to_answer")
    assert send(client, page, "/triage", triage="big", reason="属政府职责").status_code == 302
    assert send(client, desk_item(client, issue, "mine"), "/start", note="今日派工").status_code == 302
    page = desk_item(client, issue, "to_answer")
    answered = send(
        client,
        page,
        "/answer",
        files={"answer-attachments": (io.BytesIO(b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"), "方案.pdf")},
        body="已现场查看,四盏路灯今日更换。",
        next_step="更换灯具",
        next_step_due="",
    )
    assert answered.status_code == 302, words(answered)
    shown = browser(world).get(f"/issues/{issue}")
    assert "已现场查看" in words(shown)
    assert "方案.pdf" in words(shown)
    finished = send(client, desk_item(client, issue, "answered"), "/resolve", reason="四盏路灯已更换。")
    assert finished.status_code == 302
    supporter = browser(world, author)
    page = supporter.get(f"/issues/{issue}")
    assert send(supporter, page, "/rate", solved="yes", satisfaction="5", comment="亮了").status_code == 302
    page = supporter.get(f"/issues/{issue}")
    assert "不足五条" in words(page)
    assert send(supporter, page, "/reopen", reason="又坏了一盏").status_code == 302
    assert "重启" in words(browser(world).get(f"/issues/{issue}"))


def test_a_document_of_an_answer_is_given_under_its_name_and_no_other_file_is(world):
    issue = world.an_issue()
    client = browser(world, world.an_official())
    page = desk_item(client, issue)
    file = (io.BytesIO(b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"), "方案.pdf")
    send(client, page, "/answer", files={"answer-attachments": file}, body="已现场查看,方案见附件。")
    body = browser(world).get(f"/issues/{issue}").get_data(as_text=True)
    address = body[body.index(f"/issues/{issue}/documents/") :].split('"')[0]
    document = browser(world).get(address)
    assert document.status_code == 200
    assert document.headers["Content-Disposition"].startswith("attachment")
    other = world.an_issue(title="另一件议题在此")
    key = address.rsplit("/", 1)[1]
    assert browser(world).get(f"/issues/{other}/documents/{key}").status_code == 404


def test_a_refused_step_shows_the_desk_again_with_the_error_beside_its_field(world):
    issue = world.an_issue()
    client = browser(world, world.an_official())
    send(client, desk_item(client, issue), "/accept")
    page = desk_item(client, issue, "to_answer")
    for step, field, changed in (
        ("pause", "reason", {"reason": ""}),
        ("extend", "days", {"reason": "需要更多时间", "days": "99"}),
        ("extend", "days", {"reason": "需要更多时间", "days": "很多"}),
        ("answer", "body", {"body": ""}),
        ("answer", "next_step_due", {"body": "正文写在这里", "next_step_due": "2020-02-30"}),
        ("triage", "guidance", {"triage": "private", "reason": "属私事", "guidance": ""}),
        ("route", "office", {"reason": "不属本单位"}),
        ("merge", "into", {"into": "没有这个", "reason": "同一件事"}),
    ):
        answer = send(client, page, f"/{step}", **changed)
        assert answer.status_code == 422, step
        assert f'id="{step}-{field}-error"' in answer.get_data(as_text=True), (step, field)
        assert "data-desk" in answer.get_data(as_text=True)
    typed = send(client, page, "/answer", body="这些话不能丢", next_step_due="2020-01-01", next_step="换灯")
    assert form_to(typed, "/answer")["fields"]["answer-body"] == ["这些话不能丢"]


def test_whoever_is_slower_sees_the_present_state(world):
    issue = world.an_issue()
    first, second = browser(world, world.an_official()), browser(world, world.an_official())
    seen_by_second = desk_item(second, issue)
    send(first, desk_item(first, issue), "/accept")
    late = send(second, seen_by_second, "/accept")
    assert late.status_code == 409
    assert "已受理" in words(late)
    assert (
        form_to(late, "/pause")["fields"]["pause-version"]
        != form_to(seen_by_second, "/triage")["fields"]["triage-version"]
    )


def test_no_other_office_and_no_resident_can_act(world):
    issue = world.an_issue()
    with db.isolated(), db.write() as session:
        elsewhere = world._office(session, "临江门社区居委会", world.linjiang, None)
    stranger, resident = world.an_official(of=elsewhere), world.a_resident()
    for step in STEPS:
        for someone in (stranger, resident):
            answer = browser(world, someone).post(f"/issues/{issue}/{step}", data={f"{step}-reason": "理由"})
            assert answer.status_code == 403, (step, someone.name)
    assert browser(world, resident).post("/issues/0000000000000/accept").status_code == 404
    assert "石阶里路灯不亮" not in words(browser(world, stranger).get("/desk?queue=to_accept"))


def test_the_office_panel_stands_on_the_issue_page_too(world):
    issue = world.an_issue()
    client = browser(world, world.an_official())
    page = client.get(f"/issues/{issue}")
    assert send(client, page, "/accept").headers["Location"].endswith(f"/issues/{issue}")
    refused = send(client, client.get(f"/issues/{issue}"), "/pause", reason="")
    assert refused.status_code == 422
    assert 'id="pause-reason-error"' in refused.get_data(as_text=True)
    assert "data-desk" not in refused.get_data(as_text=True)
    assert 'id="office-title"' not in browser(world, world.a_resident()).get(f"/issues/{issue}").get_data(as_text=True)


def test_pausing_merging_and_taking_over_from_the_desk(world):
    issue, other = world.an_issue(), world.an_issue(title="石阶里的路灯也不亮")
    client = browser(world, world.an_official())
    send(client, desk_item(client, issue), "/accept")
    send(client, desk_item(client, issue, "mine"), "/pause", reason="等待配件")
    assert "等待配件" in words(browser(world).get(f"/issues/{issue}"))
    assert "石阶里路灯不亮" in words(client.get("/desk?queue=paused"))
    send(client, desk_item(client, issue, "paused"), "/resume")
    colleague = browser(world, world.an_official())
    assert send(colleague, desk_item(colleague, issue, "to_answer"), "/assign").status_code == 302
    assert "石阶里路灯不亮" in words(colleague.get("/desk?queue=mine"))
    merged = send(
        colleague, desk_item(colleague, other), "/merge", into=f"https://x/issues/{issue}?a=1", reason="同一件事"
    )
    assert merged.headers["Location"] == f"/issues/{issue}"
    assert "并入另一议题" in words(browser(world).get(f"/issues/{other}"))


def test_the_desk_asks_for_whom_one_works_and_shows_every_pile(world):
    official = world.an_official()
    world.an_issue()
    client = browser(world, official)
    for queue in ("to_accept", "to_answer", "overdue", "promised", "paused", "rated_badly", "area", "mine", "escalated",
                  "finished", "answered", "nonsense", "<x>"):  # fmt: skip
        assert client.get("/desk", query_string={"queue": queue, "cursor": "%%"}).status_code == 200, queue
    assert "没有代表任何单位" in words(browser(world, world.a_resident()).get("/desk"))
    assert browser(world).get("/desk").status_code == 302


def test_templates_belong_to_the_office(world):
    client = browser(world, world.an_official())
    assert (
        send(client, client.get("/desk/templates"), "/desk/templates", name="路灯", body="已安排更换路灯。").status_code
        == 302
    )
    page = client.get("/desk/templates")
    assert "路灯" in words(page)
    issue = world.an_issue()
    item = desk_item(client, issue)
    link = item.get_data(as_text=True)
    template = link[link.index("template=") + 9 :].split('"')[0].split("#")[0].split("&")[0]
    chosen = client.get(f"/desk?queue=to_accept&issue={issue}&template={template}")
    assert form_to(chosen, "/answer")["fields"]["answer-body"] == ["已安排更换路灯。"]
    assert send(client, page, "/desk/templates", name="", body="").status_code == 422
    stranger = browser(world, world.an_official(of=world.command))
    assert stranger.get(f"/desk/templates/{template}").status_code == 404
    assert send(client, page, "/retire").status_code == 302
    assert "已安排更换路灯" not in words(client.get("/desk/templates"))


def test_categories_and_routing_are_edited_on_pages(world):
    client = browser(world, world.an_admin())
    assert client.get("/admin").status_code == 200
    page = client.get("/admin/categories/new")
    fields = form_fields(page)
    made = client.post(
        "/admin/categories/new",
        data={**fields, "code": "ENV.test", "parent": world.a_category("ENV").id, "name_zh": "试验", "name_en": "Test",
              "basis": "某规定第三条"},
    )  # fmt: skip
    assert made.status_code == 302
    assert "试验" in words(client.get("/admin/categories"))
    twice = client.post(
        "/admin/categories/new", data={**fields, "code": "ENV.test", "name_zh": "试", "name_en": "T", "basis": "依据"}
    )
    assert twice.status_code == 422
    assert 'id="code-error"' in twice.get_data(as_text=True)
    lamp = client.get(f"/admin/categories/{world.lamp.id}")
    wrong = client.post(
        f"/admin/categories/{world.lamp.id}", data={**form_fields(lamp), "accept_days": "9", "answer_days": "3"}
    )
    assert wrong.status_code == 422
    assert 'id="answer_days-error"' in wrong.get_data(as_text=True)
    line = client.post(
        "/admin/routing", data={"category": world.lamp.id, "place": world.linjiang.id, "office": world.command.id}
    )
    assert line.status_code == 302
    issue = world.an_issue(place=world.linjiang)
    assert "朝天门街道办事处" in words(browser(world).get(f"/issues/{issue}"))
    assert client.post("/admin/routing", data={"category": "x", "place": "y", "office": "z"}).status_code == 422
    assert send(client, client.get("/admin/routing"), "/remove").status_code == 302


def form_fields(page):
    return next(form["fields"] for form in forms_of(page) if "basis" in form["fields"])


def test_residents_administer_nothing(world):
    client = browser(world, world.a_resident())
    for path in ("/admin", "/admin/categories", "/admin/categories/new", "/admin/routing", "/desk/templates"):
        assert client.get(path).status_code == 403, path
    assert browser(world).get("/admin").status_code == 302


def test_home_shows_what_moves_and_what_awaits(world):
    author = world.a_resident()
    issue = world.an_issue(by=author)
    official = world.an_official()
    home = words(browser(world).get("/"))
    assert "石阶里路灯不亮" in home
    assert "待受理" in words(browser(world, official).get("/"))
    official.steps(issue, "accept")
    official.steps(issue, "start")
    official.steps(issue, "resolve", reason="路灯已经换好")
    assert "请评价结果" in words(browser(world, author).get("/"))
    assert "石阶里路灯不亮" in words(browser(world, author).get("/my"))
    assert "石阶里路灯不亮" in words(browser(world).get("/home/moves"))
    assert browser(world).get("/my").status_code == 302


anything = st.text(max_size=120) | st.sampled_from(
    ["", "\x00", "0000000000000", "9" * 300, "-1", "2026-02-30", "private", "<b>"]
)


@settings(max_examples=40)
@given(step=st.sampled_from(sorted(STEPS)), typed=st.dictionaries(
    st.sampled_from(["reason", "days", "office", "category", "triage", "guidance", "body", "next_step", "next_step_due",
                     "into", "version", "back", "template", "note"]), anything, max_size=8))  # fmt: skip
def test_no_input_breaks_a_step(world, step, typed):
    if not hasattr(world, "handler"):
        world.handler = browser(world, world.an_official())
        world.handled = world.an_issue()
    sent = {f"{step}-{name}": text.encode("utf-8", "replace").decode() for name, text in typed.items()}
    answer = world.handler.post(f"/issues/{world.handled}/{step}", data=sent)
    assert answer.status_code in (302, 403, 409, 422), (step, answer.status_code, sent)
