"""The list: filters, orders, pages without gaps, few statements; and similar issues while one writes."""

import pytest

from gongzhi.domains.issues import queries
from gongzhi.domains.issues.models import Issue
from gongzhi.kernel import db


def ids(answer):
    assert answer.status_code == 200, answer.json
    return [row["id"] for row in answer.json["items"]]


def test_a_place_holds_what_lies_below_it_and_a_main_category_its_finer_ones(world):
    reader = world.a_resident()
    in_grid = world.an_issue(place=world.grid)
    in_linjiang = world.an_issue(place=world.linjiang, category=world.a_category("NOI.dance"))
    everywhere = {in_grid, in_linjiang}
    assert set(ids(reader.get(f"/issues?place={world.district.id}"))) == everywhere
    assert set(ids(reader.get(f"/issues?place={world.jiefangbei.id}"))) == everywhere
    assert ids(reader.get(f"/issues?place={world.renhe.id}")) == [in_grid]
    assert ids(reader.get(f"/issues?place={world.grid.id}")) == [in_grid]
    assert ids(reader.get(f"/issues?category={world.a_category('FAC').id}")) == [in_grid]
    assert ids(reader.get(f"/issues?category={world.a_category('FAC.lift').id}")) == []


def test_states_kinds_and_offices_narrow_the_list(world):
    reader, official = world.a_resident(), world.an_official()
    fresh, answered, done = (world.an_issue(title=f"路灯不亮之{number}") for number in "甲乙丙")
    for issue in (answered, done):
        official.post(f"/issues/{issue}/answers", {"body": "已安排检修。"})
    official.steps(done, "resolve", reason="已修好。")
    official.steps(fresh, "triage", triage="small", reason="邻里可共同商量。")
    assert ids(reader.get("/issues?state=open")) == [fresh]
    assert ids(reader.get("/issues?state=answered")) == [answered]
    assert ids(reader.get("/issues?state=done")) == [done]
    assert ids(reader.get("/issues?triage=small")) == [fresh]
    assert set(ids(reader.get(f"/issues?office={world.office.id}"))) == {fresh, answered, done}
    assert ids(reader.get(f"/issues?office={world.bureau.id}")) == []
    assert ids(reader.get("/issues?order=due"))[0] == fresh


@pytest.mark.parametrize("order", ["hot", "new", "support", "due"])
def test_pages_follow_each_other_without_gap_or_repetition_even_among_ties(world, order):
    reader = world.a_resident()
    written = [world.an_issue(by=reader, title=f"路灯不亮 {number}") for number in range(7)]
    with db.isolated(), db.write() as session:
        for number, issue in enumerate(written):
            session.get_one(Issue, issue).support_score = number // 3
            session.get_one(Issue, issue).hot_score = float(number // 3)
    seen, cursor = [], ""
    while cursor is not None:
        page = reader.get(f"/issues?order={order}&limit=2{cursor and f'&cursor={cursor}'}")
        seen += ids(page)
        cursor = page.json["next_cursor"]
    assert sorted(seen) == sorted(written)
    assert seen == ids(reader.get(f"/issues?order={order}&limit=100"))
    if order in ("hot", "support"):
        assert seen == sorted(written, key=lambda issue: (written.index(issue) // 3, issue), reverse=True)


@pytest.mark.parametrize(
    "query", ["cursor=nonsense", "limit=101", "limit=0", "order=best", "state=secret", "page=2", "place="]
)
def test_a_query_that_means_nothing_is_refused(world, query):
    answer = world.a_resident().get(f"/issues?{query}")
    assert answer.status_code == 422
    assert answer.json["errors"]


def test_a_cursor_of_another_order_is_refused(world):
    reader = world.a_resident()
    for number in range(3):
        world.an_issue(by=reader, title=f"路灯不亮 {number}")
    cursor = reader.get("/issues?order=new&limit=1").json["next_cursor"]
    assert reader.get(f"/issues?order=support&limit=1&cursor={cursor}").status_code == 422


def test_list_and_page_take_at_most_six_statements(world, statements):
    reader, official = world.a_resident(), world.an_official()
    for number in range(5):
        issue = world.an_issue(title=f"路灯不亮 {number}", photos=[{"key": world.a_photo()}])
        reader.votes(issue, "support")
        official.post(f"/issues/{issue}/answers", {"body": "已安排检修。"})
    for path, most in (("/issues", 6), (f"/issues/{issue}", 6), (f"/issues/{issue}/tally", 4)):
        statements.clear()
        assert reader.get(path).status_code == 200
        assert len(statements) <= most, "\n".join(statements)
    statements.clear()
    with db.isolated():
        page = queries.list_issues(db.session(), reader.actor)
        assert len(page.items) == 5
    assert len(statements) <= 3
    statements.clear()
    with db.isolated():
        shown = queries.access_issue_page(db.session(), reader.actor, issue)
    assert len(statements) <= 3
    assert shown.my_vote == "support"
    assert len(shown.answers) == len(shown.photos) == 1


def test_similar_open_issues_are_found_by_words_and_by_nearness(world):
    author = world.a_resident().actor
    lamp = world.an_issue(
        title="石阶里路灯不亮", body="上段四盏路灯坏了两周,晚归很怕。", latitude=29.5600, longitude=106.5700
    )
    dogs = world.an_issue(title="流浪犬聚集", body="后山步道有流浪犬。", category=world.a_category("OTH"))
    with db.isolated():
        by_words = queries.similar_issues(db.session(), author, "路灯坏了,晚上不亮")
        near = queries.similar_issues(
            db.session(), author, "灯", category=world.lamp, latitude=29.5610, longitude=106.5705
        )
        far = queries.similar_issues(
            db.session(), author, "灯", category=world.lamp, latitude=29.5700, longitude=106.5705
        )
        nothing = queries.similar_issues(db.session(), author, "  ")
    assert [found.row.id for found in by_words] == [lamp]
    assert dogs not in [found.row.id for found in by_words]
    assert [found.row.id for found in near] == [lamp]
    assert 100 < near[0].metres < 140
    assert far == nothing == []


def test_the_desk_shows_the_office_its_own_piles(world):
    official, elsewhere = world.an_official(), world.an_official(of=world.bureau)
    waiting, accepted = world.an_issue(), world.an_issue(title="台阶扶手松动")
    official.steps(accepted, "accept")
    with db.isolated():
        session = db.session()
        assert [row.id for row in queries.office_queue(session, official.actor).items] == [waiting]
        to_answer = queries.office_queue(session, official.actor, queries.DeskQueue.TO_ANSWER)
        assert [row.id for row in to_answer.items] == [accepted]
        counts = queries.desk_counts(session, official.actor)
        assert (counts.to_accept, counts.to_answer, counts.overdue) == (1, 1, 0)
        assert queries.office_queue(session, elsewhere.actor).items == []


def test_an_old_twin_is_found_among_many_newer_ones_by_what_it_says(world, monkeypatch):
    monkeypatch.setattr("gongzhi.domains.issues.queries.similar.COMPARED", 2)
    author = world.a_resident()
    twin = world.an_issue(by=author, title="电梯夹层渗水漏电", body="二栋电梯夹层渗水,电箱漏电。")
    for number in range(5):
        world.an_issue(by=author, title=f"电梯停运第{number}次", body="物业一直不修。")
    other = world.an_issue(by=author, title="电梯夹层渗水漏电", category=world.a_category("OTH"))
    with db.isolated():
        found = queries.similar_issues(db.session(), author.actor, "电梯夹层渗水,漏电危险", category=world.lamp)
        anywhere = queries.similar_issues(db.session(), author.actor, "电梯夹层渗水,漏电危险")
    assert found[0].row.id == twin
    assert other not in [one.row.id for one in found]
    assert {one.row.id for one in anywhere} == {twin, other}


def test_what_was_edited_is_found_by_its_new_words_only(world):
    author = world.a_resident()
    issue = world.an_issue(by=author, title="消防通道被占用", body="消防通道被占用。")
    author.call("PATCH", f"/issues/{issue}", {"title": "垃圾桶满溢", "body": "垃圾桶满溢三天。", "version": 1})
    with db.isolated():
        assert queries.similar_issues(db.session(), author.actor, "消防通道") == []
        assert [one.row.id for one in queries.similar_issues(db.session(), author.actor, "垃圾桶满溢")] == [issue]


def test_similar_issues_take_the_same_few_statements_however_many_there_are(world, statements):
    author = world.a_resident()
    for number in range(6):
        world.an_issue(by=author, title=f"石阶里第{number}盏路灯不亮", latitude=29.56, longitude=106.57)
    with db.isolated():
        session = db.session()
        statements.clear()
        found = queries.similar_issues(
            session, author.actor, "路灯不亮", category=world.lamp, latitude=29.56, longitude=106.57
        )
    assert len(found) == 5
    assert len(statements) <= 6, statements
