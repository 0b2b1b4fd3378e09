"""Search finds what is public of one's own district, in Chinese and English, and nothing else."""

import pytest
from sqlalchemy import select, update

from gongzhi.domains.issues.actions import publish_issue
from gongzhi.domains.issues.actions.catalogue import install_categories
from gongzhi.domains.issues.models import Category, Issue
from gongzhi.kernel.policy import SYSTEM
from gongzhi.reactions.search import refresh, reindex
from tests import factories


@pytest.fixture
def district(app):
    """The district with its categories; `district.issue(title, body)` publishes one and lets the relay run."""
    with factories.writing() as session:
        install_categories(session, SYSTEM, factories.places().id)
    return District(app)


class District:
    def __init__(self, app):
        self.app = app
        self.author = factories.a_resident()

    def settle(self):
        with self.app.app_context():
            self.app.extensions["relay"].drain()

    def issue(self, title, body="楼道里的灯坏了一个多月,晚上看不清台阶。", *, place=None, category="FAC"):
        actor = factories.actor_of(self.author)
        with factories.writing() as session:
            chosen = session.scalars(
                select(Category).where(
                    Category.district_id == actor.district_id,
                    Category.is_public.is_(True),
                    Category.code.ilike(f"{category}%"),
                )
            ).first()
            made = publish_issue(
                session,
                actor,
                category_id=chosen.id,
                place_id=(place or factories.places().community).id,
                title=title,
                body=body,
            )
            key = made.id
        self.settle()
        return key

    def find(self, query, **filters):
        answer = self.app.test_client().get("/api/v1/search", query_string={"q": query, **filters})
        assert answer.status_code == 200, answer.text
        return answer.json

    def ids(self, query, **filters):
        return [hit["id"] for hit in self.find(query, **filters)["items"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("路灯", True),
        ("梯坎", True),
        ("灯", True),
        ("扶手松动", True),
        ("松动扶手", False),
        ("路灯 扶手", True),
        ("路灯 电梯", False),
        ("lamp", True),
        ("LAMP", True),
        ("ＬＡＭＰ", True),
        ("'; DROP TABLE issue; --", False),
        ('"', False),
        ("* OR NEAR(", False),
        ("𠀀", True),
    ],
)
def test_words_are_found_as_they_stand(district, query, found):
    issue = district.issue("梯坎路灯不亮", "右边的扶手松动了。The lamp post is dark. 报修人:𠀀先生")
    district.issue("小区电梯停运", "老人上下楼不方便。")
    assert (issue in district.ids(query)) is found


def test_hits_show_the_words_marked_and_everything_else_escaped(district):
    district.issue("<script>alert(1)</script>路灯", "**路灯**坏了 <img src=x onerror=alert(1)>")
    page = district.app.test_client().get("/search", query_string={"q": "路灯"})
    assert page.status_code == 200
    assert "<mark>路灯</mark>" in page.text
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text


def test_a_hidden_issue_and_its_comments_are_found_no_more(district):
    issue = district.issue("桥下积水")
    said = district.app.test_client().post(
        f"/api/v1/issues/{issue}/comments", json={"body": "积水有半米深"}, headers=factories.bearer(district.author)
    )
    assert said.status_code == 201, said.text
    district.settle()
    assert set(district.ids("积水")) == {issue, said.json["id"]}
    with factories.writing() as session:
        session.execute(update(Issue).where(Issue.id == issue).values(is_hidden=True))
        refresh(session, "issue", [issue])
    assert district.ids("积水") == []
    with factories.writing() as session:
        session.execute(update(Issue).where(Issue.id == issue).values(is_hidden=False))
        refresh(session, "issue", [issue])
    assert set(district.ids("积水")) == {issue, said.json["id"]}


def test_another_district_finds_nothing_of_ours(district):
    issue = district.issue("路灯不亮")
    elsewhere = factories.a_district("900001")
    stranger = factories.a_person(district_id=elsewhere.id)
    answer = district.app.test_client().get("/api/v1/search?q=路灯", headers=factories.bearer(stranger))
    assert answer.json["items"] == []
    assert issue in district.ids("路灯")


def test_filters_narrow_by_kind_place_category_and_date(district):
    places = factories.places()
    here = district.issue("路灯不亮", place=places.community)
    far = district.issue("路灯太亮", place=places.far_community, category="ENV")
    assert set(district.ids("路灯")) == {here, far}
    assert district.ids("路灯", place=places.subdistrict.id) == [here]
    assert set(district.ids("路灯", place=places.district.id)) == {here, far}
    with factories.reading() as session:
        wanted = session.scalars(select(Category.id).where(Category.code.ilike("env"))).first()
    assert district.ids("路灯", category=wanted) == [far]
    assert district.ids("路灯", kind="place") == []
    assert district.ids("路灯", until="2001-01-01") == []
    assert set(district.ids("路灯", since="2001-01-01")) == {here, far}


@pytest.mark.parametrize("order", ["best", "newest"])
def test_pages_follow_each_other_without_gap_or_repeat(district, order):
    made = [district.issue(f"路灯第{number}处") for number in range(7)]
    seen, cursor = [], None
    while True:
        page = district.find("路灯", order=order, limit=3, **({"cursor": cursor} if cursor else {}))
        seen += [hit["id"] for hit in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(made)
    if order == "newest":
        assert seen == made[::-1]


def test_the_title_counts_more_than_the_text(district):
    first = district.issue("噪音扰民")
    district.issue("路灯不亮", "旁边的工地噪音也大。")
    assert district.ids("噪音")[0] == first


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "secret"},
        {"place": "nowhere"},
        {"category": "nothing"},
        {"since": "yesterday"},
        {"until": "2026-02-30"},
        {"order": "worst"},
        {"cursor": "%%%"},
    ],
)
def test_a_filter_that_cannot_be_used_is_told_and_never_breaks(district, given):
    district.issue("路灯不亮")
    asked = {"q": "路灯", **given}
    page = district.app.test_client().get("/search", query_string=asked)
    assert page.status_code == 422
    assert "field-error" in page.text
    answer = district.app.test_client().get("/api/v1/search", query_string=asked)
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == list(given)


def test_the_index_can_be_built_anew(district):
    issue = district.issue("路灯不亮")
    with factories.writing() as session:
        session.execute(update(Issue).where(Issue.id == issue).values(title="井盖松动"))
    assert district.ids("井盖") == []
    with district.app.app_context():
        assert reindex() > 0
    assert district.ids("井盖") == [issue]


def test_the_page_takes_few_statements(district, sql_count):
    for number in range(5):
        district.issue(f"路灯第{number}处")
    browser = district.app.test_client()
    browser.get("/search?q=路灯")
    with sql_count() as statements:
        assert browser.get("/search?q=路灯").status_code == 200
    assert len(statements) <= 6, statements
