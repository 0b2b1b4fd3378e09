"""The list and the issue page: filters, pages without script, votes, cost in statements."""

import re

from tests.domains.issues.browsers import browser, form_to, send, words

MOST_STATEMENTS = 7  # six, and one for the ballots held on an issue


def titles(answer):
    return re.findall(r'<h2><a href="/issues/\w+">([^<]+)</a></h2>', answer.get_data(as_text=True))


def test_an_empty_list_invites(world):
    answer = browser(world).get("/issues")
    assert answer.status_code == 200
    assert "提交第一个议题" in words(answer)


def test_the_list_is_filtered_by_place_category_state_and_kind(world):
    here = world.an_issue(title="人和街路灯不亮")
    world.an_issue(title="临江门垃圾堆放", place=world.linjiang, category=world.a_category("ENV"))
    official = world.an_official()
    assert official.steps(here, "accept").status_code == 200
    visitor = browser(world)
    assert titles(visitor.get(f"/issues?place={world.renhe.id}")) == ["人和街路灯不亮"]
    assert titles(visitor.get(f"/issues?category={world.a_category('ENV').id}")) == ["临江门垃圾堆放"]
    assert len(titles(visitor.get(f"/issues?place={world.jiefangbei.id}&status=open"))) == 2
    assert titles(visitor.get("/issues?status=done")) == []
    assert titles(visitor.get("/issues?kind=big")) == []


def test_unknown_filters_and_damaged_cursors_show_the_list_rather_than_an_error(world):
    world.an_issue(title="路灯不亮三天了")
    visitor = browser(world)
    for query in (
        "place=x",
        "category=0000000000000",
        "status=%00",
        "kind=<b>",
        "order=../..",
        "cursor=%FF",
        "cursor=e30",
    ):
        answer = visitor.get(f"/issues?{query}")
        assert answer.status_code == 200, query
        assert titles(answer) == ["路灯不亮三天了"], query


def test_load_more_is_a_link_that_works_without_script(world):
    author = world.a_resident()
    for number in range(23):
        world.an_issue(by=author, title=f"路灯不亮第{number}处")
    visitor = browser(world)
    seen, url = [], "/issues?order=new"
    while url:
        answer = visitor.get(url)
        seen += titles(answer)
        more = re.search(r'class="btn" href="(/issues\?[^"]*cursor=[^"]+)"', answer.get_data(as_text=True))
        url = more.group(1).replace("&amp;", "&") if more else None
    assert len(seen) == len(set(seen)) == 23


def test_the_list_shows_nothing_of_another_district(world):
    world.an_issue(title="只在本区的议题")
    stranger = world.app.test_client()
    stranger.set_cookie("district", "0000000000000")
    assert "只在本区的议题" not in words(stranger.get("/issues"))


def test_list_and_page_cost_few_statements(world, statements):
    first = world.an_issue()
    for _number in range(12):
        world.an_issue()
    voter = world.a_resident()
    voter.votes(first, "support")
    for someone in (None, voter):
        client = browser(world, someone)
        client.get("/issues")
        for url in ("/issues", f"/issues/{first}"):
            client.application.extensions["kept"].forget()
            statements.clear()
            assert client.get(url).status_code == 200
            assert statements
            assert len(statements) <= MOST_STATEMENTS, (url, someone and someone.name, statements)


def test_a_page_is_not_sent_again_while_nothing_changed(world):
    issue = world.an_issue()
    for someone in (None, world.a_resident()):
        client = browser(world, someone)
        first = client.get(f"/issues/{issue}")
        again = client.get(f"/issues/{issue}", headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304
        world.a_resident().votes(issue, "support")
        changed = client.get(f"/issues/{issue}", headers={"If-None-Match": first.headers["ETag"]})
        assert changed.status_code == 200


def test_votes_without_script_lead_back_to_the_issue_and_show_which_is_mine(world):
    issue = world.an_issue()
    client = browser(world, world.a_resident())
    page = client.get(f"/issues/{issue}")
    answer = send(client, page, "/vote", choice="support")
    assert answer.status_code == 302
    page = client.get(f"/issues/{issue}")
    assert re.search(r'value="support" aria-pressed="true"', page.get_data(as_text=True))
    send(client, page, "/vote", choice="retract")
    page = client.get(f"/issues/{issue}")
    assert 'aria-pressed="true"' not in re.sub(r"display.*", "", form_text(page))


def form_text(page):
    body = page.get_data(as_text=True)
    return body[body.index("data-vote=") : body.index("</form>", body.index("data-vote="))]


def test_a_vote_asked_for_as_json_answers_the_tally_and_my_choice(world):
    issue = world.an_issue()
    client = browser(world, world.an_enterprise())
    answer = client.post(f"/issues/{issue}/vote", data={"choice": "oppose"}, headers={"Accept": "application/json"})
    assert answer.status_code == 200
    assert answer.json["mine"] == "oppose"
    assert answer.json["chambers"]["enterprise"]["oppose"] == 1
    assert set(answer.json) == {"version", "chambers", "total", "mine"}
    wrong = client.post(f"/issues/{issue}/vote", data={"choice": "maybe"}, headers={"Accept": "application/json"})
    assert wrong.status_code == 422
    assert wrong.json["errors"]["choice"]


def test_visitors_are_asked_to_sign_in_and_offices_are_told_why_they_do_not_vote(world):
    issue = world.an_issue()
    assert "登录" in words(browser(world).get(f"/issues/{issue}"))
    page = browser(world, world.an_official()).get(f"/issues/{issue}")
    assert "政府单位不参与表态" in words(page)
    assert (
        browser(world, world.an_official()).post(f"/issues/{issue}/vote", data={"choice": "support"}).status_code == 403
    )


def test_following_and_no_longer(world):
    issue = world.an_issue()
    client = browser(world, world.a_resident())
    page = client.get(f"/issues/{issue}")
    assert send(client, page, "/follow").status_code == 302
    page = client.get(f"/issues/{issue}")
    assert form_to(page, "/follow")["fields"]["stop"] == ["1"]
    assert "已关注" in words(page)


def test_the_poster_has_a_code_and_the_versions_show_what_changed(world):
    author = world.a_resident()
    issue = world.an_issue(by=author, title="路灯不亮两周")
    client = browser(world, author)
    edit = client.get(f"/issues/{issue}/edit")
    assert send(client, edit, "/edit", title="路灯不亮三周", note="又过了一周").status_code == 302
    shown = client.get(f"/issues/{issue}/versions").get_data(as_text=True)
    assert "<del>两</del><ins>三</ins>" in shown.replace("\n", "")
    assert "又过了一周" in shown
    poster = browser(world).get(f"/issues/{issue}/poster").get_data(as_text=True)
    assert "<svg" in poster
    assert "style=" not in poster
    assert f"/issues/{issue}" in poster


def test_what_is_not_there_is_not_found(world):
    for path in ("/issues/0000000000000", "/issues/x", "/issues/x/versions", "/issues/x/poster", "/issues/x/edit"):
        assert browser(world, world.a_resident()).get(path).status_code == 404, path


def test_the_map_names_points_and_a_row_can_be_fetched_alone(world):
    issue = world.an_issue(latitude=29.56, longitude=106.57)
    visitor = browser(world)
    points = visitor.get("/issues/map.geojson").json
    assert [feature["properties"]["url"] for feature in points["features"]] == [f"/issues/{issue}"]
    assert "data-row-tally" in visitor.get(f"/issues/{issue}/row").get_data(as_text=True)


def test_pages_speak_english_when_asked(world):
    issue = world.an_issue(title="Lamp broken", body="The lamp has been dark for a week.")
    said = words(browser(world, language="en").get(f"/issues/{issue}"))
    assert "Where everybody stands" in said
    assert "各方表态" not in said


def test_words_are_shown_as_words_and_never_run(world):
    issue = world.an_issue(
        title="<script>alert(1)</script>", body="<img src=x onerror=alert(1)> [a](javascript:alert(1))"
    )
    body = browser(world).get(f"/issues/{issue}").get_data(as_text=True)
    assert "<script>alert" not in body
    assert "onerror=" not in body.replace("&lt;img src=x onerror=", "")
    assert 'href="javascript:' not in body
