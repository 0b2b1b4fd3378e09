"""Reactions: one a voice whatever happens at once, and the order they give."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from gongzhi.domains.comments import rules
from gongzhi.domains.comments.models import Comment, CommentMention, CommentReaction, ReactionKind
from gongzhi.domains.comments.queries import thread
from tests import factories as f
from tests.at_once import at_once

COUNT = st.integers(min_value=0, max_value=10**6)


def kept_and_counted(comment_id):
    """The counts on the comment, and what the reactions themselves add up to."""
    with f.reading() as session:
        comment = session.get_one(Comment, comment_id)
        rows = dict(
            session.execute(
                select(CommentReaction.kind, func.count())
                .where(CommentReaction.comment_id == comment_id)
                .group_by(CommentReaction.kind)
            ).all()
        )
        return (comment.agree, comment.disagree), (rows.get("agree", 0), rows.get("disagree", 0))


def reacts(client, person, comment, kind):
    """React over the API; the answer."""
    return client().put(f"/api/v1/comments/{comment}/reaction", json={"kind": kind}, headers=f.bearer(person))


def test_a_reaction_is_changed_and_taken_back_and_counted_once(app, client):
    reader = f.a_resident()
    comment = f.a_comment(f.a_resident(), f.an_issue())
    for kind, counts in (
        ("agree", (1, 0)),
        ("agree", (1, 0)),
        ("disagree", (0, 1)),
        ("none", (0, 0)),
        ("agree", (1, 0)),
    ):
        answer = reacts(client, reader, comment, kind)
        assert (answer.json["agree"], answer.json["disagree"]) == counts
        assert kept_and_counted(comment) == (counts, counts)


def test_nobody_reacts_to_their_own_comment_nor_with_anything_else(app, client):
    writer = f.a_resident()
    comment = f.a_comment(writer, f.an_issue())
    assert reacts(client, writer, comment, "agree").status_code == 422
    assert reacts(client, f.a_resident(), comment, "love").status_code == 422
    assert client(f.a_resident()).post(f"/comments/{comment}/react", data={"kind": "love"}).status_code in (400, 422)
    assert kept_and_counted(comment) == ((0, 0), (0, 0))


def test_a_person_and_their_organisation_are_two_voices_and_two_representatives_are_one(app, client):
    comment = f.a_comment(f.a_resident(), f.an_issue())
    owner = f.an_enterprise()
    with f.reading() as session:
        from gongzhi.domains.people.models import Organisation

        organisation = session.get_one(Organisation, owner.acts_for)
    second = f.a_member(organisation, "representative")
    for person in (owner, second, owner.for_oneself()):
        assert reacts(client, person, comment, "agree").status_code == 200
    assert kept_and_counted(comment) == ((2, 0), (2, 0))


def test_clicks_at_once_leave_one_reaction_a_voice_and_counts_equal_to_the_rows(app):
    comment = f.a_comment(f.a_resident(), f.an_issue())
    people = [f.a_resident() for _ in range(3)]
    headers = [f.bearer(person) for person in people]
    choices = random.Random(7)

    def click(sent):
        kind = choices.choice(["agree", "disagree", "none"])
        return lambda: (
            app.test_client().put(f"/api/v1/comments/{comment}/reaction", json={"kind": kind}, headers=sent).status_code
        )

    for _round in range(3):
        answers = at_once(*(click(sent) for sent in headers for _twice in range(3)))
        assert set(answers) == {200}
        kept, counted = kept_and_counted(comment)
        assert kept == counted
    with f.reading() as session:
        assert session.scalar(select(func.count()).select_from(CommentReaction)) == len(people)


def test_a_click_without_javascript_and_one_with_it_answer_in_their_own_way(app, client):
    reader = client(f.a_resident())
    comment = f.a_comment(f.a_resident(), f.an_issue())
    assert reader.post(f"/comments/{comment}/react", data={"kind": "agree"}).status_code == 302
    fragment = reader.post(f"/comments/{comment}/react", data={"kind": "none"}, headers={"HX-Request": "true"})
    assert fragment.text.strip().startswith("<form")
    said = reader.post(f"/comments/{comment}/react", data={"kind": "disagree"}, headers={"Accept": "application/json"})
    assert said.json["disagree"] == 1
    assert said.json["mine"] == "disagree"
    assert said.json["version"] > 0


@given(COUNT, COUNT)
def test_the_bound_lies_between_nothing_and_the_share_of_agreement(agree, disagree):
    bound = rules.wilson(agree, disagree)
    share = agree / (agree + disagree) if agree + disagree else 0.0
    assert -1e-9 <= bound <= share + 1e-9


@given(st.integers(1, 10**4), st.integers(0, 10**4))
def test_more_agreement_never_lowers_and_more_disagreement_never_raises_a_comment(agree, disagree):
    bound = rules.wilson(agree, disagree)
    assert rules.wilson(agree + 1, disagree) >= bound
    assert rules.wilson(agree, disagree + 1) <= bound
    assert rules.wilson(agree * 2, disagree * 2) >= bound


def test_best_first_goes_by_the_bound_and_pages_lose_and_double_nothing(app, client):
    writer, issue = f.a_resident(), f.an_issue()
    comments = [f.a_comment(writer, issue, f"第{number}条") for number in range(23)]
    with f.writing() as session:
        for number, key in enumerate(comments):
            comment = session.get_one(Comment, key)
            comment.agree, comment.disagree = (number % 4) * 3, number % 3
            comment.score = rules.wilson(comment.agree, comment.disagree)
    for order in ("best", "newest"):
        seen, cursor = [], ""
        for _page in itertools.count():
            answer = client().get(f"/api/v1/issues/{issue}/comments?limit=5&order={order}{cursor}").json
            seen += answer["items"]
            if answer["next_cursor"] is None:
                break
            cursor = f"&cursor={answer['next_cursor']}"
        assert len(seen) == 23
        assert {one["id"] for one in seen} == set(comments)
        if order == "newest":
            assert [one["id"] for one in seen] == sorted(comments, reverse=True)
        else:
            keys = [(rules.wilson(one["agree"], one["disagree"]), one["id"]) for one in seen]
            assert keys == sorted(keys, reverse=True)


def test_replies_are_paged_oldest_first_and_a_cursor_of_another_order_is_refused(app, client):
    writer, issue = f.a_resident(), f.an_issue()
    top = f.a_comment(writer, issue)
    other = f.a_comment(writer, issue)
    replies = [f.a_comment(writer, issue, f"{number}", reply_to=top) for number in range(9)]
    first = client().get(f"/api/v1/issues/{issue}/comments?parent={top}&limit=4").json
    rest = client().get(f"/api/v1/issues/{issue}/comments?parent={top}&limit=100&cursor={first['next_cursor']}").json
    assert [one["id"] for one in first["items"] + rest["items"]] == replies
    assert rest["next_cursor"] is None
    newest = client().get(f"/api/v1/issues/{issue}/comments?order=newest&limit=1").json["next_cursor"]
    wrong = client().get(f"/api/v1/issues/{issue}/comments?order=best&cursor={newest}")
    assert wrong.status_code == 422
    assert list(wrong.json["errors"]) == ["cursor"]
    assert client().get(f"/comments/issue/{issue}?comments=xx").status_code == 422
    assert client().get(f"/comments/replies/{other}").status_code == 200


def test_a_page_of_a_thread_with_its_replies_is_one_statement(app, sql_count):
    writer, issue = f.a_resident(), f.an_issue()
    for _number in range(4):
        top = f.a_comment(writer, issue)
        f.a_comment(writer, issue, reply_to=top)
    actor = f.actor_of(writer)
    with f.reading() as session, sql_count() as statements:
        page = thread(session, actor, "issue", issue)
    assert len(page.items) == 4
    assert len(statements) == 1


def test_mine_says_how_this_voice_reacted(app, client):
    reader = f.a_resident()
    comment = f.a_comment(f.a_resident(), f.an_issue())
    assert reacts(client, reader, comment, ReactionKind.AGREE).json["mine"] == "agree"
    assert reacts(client, reader, comment, ReactionKind.NONE).json["mine"] is None


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("@张三 怎么看", ["张三"]),
        ("请@张三看看", ["张三"]),
        ("@张三丰 你好", ["张三丰"]),
        ("@Li Wei, please", ["Li Wei"]),
        ("@liwei please", ["Li Wei"]),
        ("@Ann and @Li Wei", ["Ann", "Li Wei"]),
        ("@Annette", []),
        ("write to someone@Ann.example", []),
        ("@ 张三", []),
        ("@张三 @张三", ["张三"]),
        ("", []),
    ],
)
def test_an_at_names_people_of_the_thread(body, named):
    people = [(name, name) for name in ("张三", "张三丰", "Li Wei", "Ann")]
    assert list(rules.mentioned(body, people)) == named


@given(st.text(max_size=200))
def test_whatever_is_written_names_at_most_ten_people_and_never_fails(body):
    people = [(str(number), name) for number, name in enumerate(["a", "b", "c", "张", "李 四", " ", ""] * 3)]
    assert len(rules.mentioned(body + "@a@b@c@张@李四" * 4, people)) <= rules.MOST_MENTIONS


def test_those_named_are_remembered_once_and_never_the_writer(app):
    first, second, issue = f.a_resident("王一"), f.a_resident("陈二"), f.an_issue()
    f.a_comment(first, issue)
    comment = f.a_comment(second, issue, "@王一 @王一 @陈二 请看")
    with f.reading() as session:
        found = session.scalars(select(CommentMention.account_id).where(CommentMention.comment_id == comment)).all()
    assert found == [first.id]
