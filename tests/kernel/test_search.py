import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from gongzhi.kernel.ids import new_id
from gongzhi.kernel.pages import keyset
from gongzhi.kernel.search import FullTextIndex
from gongzhi.kernel.text import (
    bigrams,
    highlight,
    search_query,
    similar_terms,
    to_fts5,
    to_tsquery,
    to_tsvector,
)

TEXTS = {
    "parking": "老小区停车难,夜间堵住消防通道 Parking shortage",
    "lift": "加装电梯低层有异议。Lift for an old block",
    "app": "小区APP通知收不到",
    "rare": "𠀀字住户与𰻝𰻝面馆的油烟",
    "accents": "Café 二楼 ＡＢＣ１２３",
    "apart": "停在路边的车难以清走",
}
INDEX = FullTextIndex("kernel_test_search")
anything = st.text(alphabet=st.characters(exclude_categories=[]), max_size=60)


@pytest.fixture(scope="module")
def indexed(empty_database):
    """A session on an index of the texts, and the name of each id."""
    with empty_database.begin() as connection:
        INDEX.create(connection)
    with Session(empty_database) as session:
        names = {}
        for name, words in TEXTS.items():
            row_id = new_id()
            names[row_id] = name
            INDEX.put(session, row_id, words)
        session.commit()
        yield session, names


def found(indexed, query):
    session, names = indexed
    return {names[row_id] for row_id in session.scalars(INDEX.matching(session, search_query(query)))}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("停车", {"parking"}),
        ("停车难", {"parking"}),
        ("小区", {"parking", "app"}),
        ("区", {"parking", "app"}),
        ("难", {"parking", "apart"}),
        ("议", {"lift"}),
        ("𠀀", {"rare"}),
        ("𰻝面", {"rare"}),
        ("小区app", {"app"}),
        ("app通", {"app"}),
        ("区APP", {"app"}),
        ("电梯 block", {"lift"}),
        ("电梯,异议", {"lift"}),
        ("电梯 停车", set()),
        ('"old block"', {"lift"}),
        ('"block old"', set()),
        ("“消防通道”", {"parking"}),
        ("cafe", {"accents"}),
        ("abc123", {"accents"}),
        ("车区", set()),
        ("", set()),
        ("???", set()),
    ],
)
def test_chinese_and_latin_queries_find_what_they_say(indexed, query, names):
    assert found(indexed, query) == names


def test_any_of_the_terms_and_a_capped_count(indexed):
    session, names = indexed
    either = search_query("电梯 停车")
    ids = session.scalars(INDEX.matching(session, either, "OR")).all()
    assert {names[row_id] for row_id in ids} == {"lift", "parking"}
    assert INDEX.count(session, search_query("小区")) == 2
    assert INDEX.count(session, search_query("小区"), at_most=1) == 1
    assert INDEX.count(session, ()) == 0


def test_hits_come_newest_first_in_pages(indexed):
    session, names = indexed
    order = INDEX.row_id.desc()
    first = session.scalars(keyset(INDEX.matching(session, search_query("小区")), order, after=None, limit=1)).all()
    assert [names[row_id] for row_id in first] == ["app", "parking"]


def test_indexing_again_replaces_and_removing_forgets(indexed):
    session, _ = indexed
    row_id = new_id()
    INDEX.put(session, row_id, "临时文本甲乙")
    INDEX.put(session, row_id, "丙丁")
    assert session.scalars(INDEX.matching(session, search_query("甲乙"))).all() == []
    assert session.scalars(INDEX.matching(session, search_query("丙丁"))).all() == [row_id]
    INDEX.remove(session, row_id)
    assert session.scalars(INDEX.matching(session, search_query("丙丁"))).all() == []


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.one_of(anything, st.text(alphabet="\"*():^-+ANDORNEAR'\\|&!<>停车app ", max_size=40)))
def test_no_query_is_a_syntax_error_in_any_database(indexed, query):
    session, _ = indexed
    terms = search_query(query)
    for joined_by in ("AND", "OR"):
        session.scalars(INDEX.matching(session, terms, joined_by)).all()
    forbidden = set("\"' \0") | {chr(92)}
    assert not any(forbidden & set(token) for phrase in terms for token in phrase.tokens)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=anything)
def test_every_text_can_be_indexed_and_is_found_by_its_own_words(indexed, words):
    session, _ = indexed
    row_id = new_id()
    INDEX.put(session, row_id, words)
    terms = search_query(words.replace('"', " "))
    if terms:
        assert row_id in session.scalars(INDEX.matching(session, terms)).all()
    INDEX.remove(session, row_id)


def test_the_largest_text_still_fits_into_a_tsvector(empty_database):
    if empty_database.dialect.name != "postgresql":
        pytest.skip("only PostgreSQL has a tsvector")
    with empty_database.connect() as connection:
        for letter in "a中\U00010330":
            words = " ".join(letter * 28 + f"{n:04x}" for n in range(20_000))
            size = connection.scalar(text("SELECT length(CAST(:t AS tsvector))"), {"t": to_tsvector(words)})
            assert size > 100


def test_ends_of_runs_are_tokens_of_their_own():
    assert bigrams("停车难 APP，一") == "停车 车难 难 app 一"
    assert bigrams("") == bigrams("，。!") == ""
    assert to_tsvector("停车停车") == "'停车':1,3 '车停':2 '车':4"


def test_queries_are_rendered_for_both_databases():
    terms = search_query('停车难 区 "old block"')
    assert to_fts5(terms) == '"停车 车难" AND "区"* AND "old block"'
    assert to_tsquery(terms, "OR") == "('停车' <-> '车难') | ('区':*) | ('old' <-> 'block')"


def test_hits_are_marked_and_the_rest_is_escaped():
    assert highlight("<b>停车难</b>", search_query("停车")) == "&lt;b&gt;<mark>停车</mark>难&lt;/b&gt;"
    assert highlight("ＡＰＰ与Café", search_query("app cafe")) == "<mark>ＡＰＰ</mark>与<mark>Café</mark>"
    assert highlight("停在路边的车", search_query("停车")) == "停在路边的车"
    assert highlight("难上加难", search_query("难")) == "<mark>难</mark>上加<mark>难</mark>"
    long = "前" * 200 + "消防通道" + "后" * 200
    shown = highlight(long, search_query("消防通道"), 40)
    assert shown.startswith("…前")
    assert "<mark>消防通道</mark>" in shown
    assert len(shown.striptags()) == 42


@given(anything, anything, st.integers(1, 40))
def test_a_highlight_shows_only_text_and_marks(words, query, size):
    shown = highlight(words, search_query(query), size)
    bare = shown.replace("<mark>", "").replace("</mark>", "")
    assert "<" not in bare
    assert len(shown.unescape()) <= size + 2 + 13 * shown.count("<mark>")


def test_the_telling_words_find_a_similar_text(empty_database):
    index = FullTextIndex("kernel_test_similar")
    with empty_database.begin() as connection:
        index.create(connection)
        session = Session(connection)
        parking = new_id()
        index.put(session, parking, TEXTS["parking"])
        index.put(session, new_id(), TEXTS["lift"])
        terms = similar_terms("我们小区晚上停车位不够,希望解决消防通道被堵的问题")
        assert session.scalars(index.matching(session, terms, "OR")).all() == [parking]
    assert similar_terms("") == ()
    assert similar_terms("希望建议问题") == ()
