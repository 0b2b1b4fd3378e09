import base64
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select

from gongzhi.kernel.db import UtcDateTime
from gongzhi.kernel.errors import Invalid
from gongzhi.kernel.ids import Id, new_id
from gongzhi.kernel.pages import decode_cursor, encode_cursor, keyset, slice_page

metadata = MetaData()
street = Table("street", metadata, Column("id", Id, primary_key=True), Column("name", String(20), nullable=False))
issue = Table(
    "issue",
    metadata,
    Column("id", Id, primary_key=True),
    Column("street_id", Id, nullable=False),
    Column("votes", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
BEGIN = datetime(2026, 11, 2, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def issues(empty_database):
    """A connection with 60 issues in two streets, many of them with equal votes."""
    metadata.create_all(empty_database)
    with empty_database.connect() as connection:
        streets = [new_id(), new_id()]
        connection.execute(insert(street), [{"id": each, "name": f"街道{each}"} for each in streets])
        rows = [
            {
                "id": new_id(),
                "street_id": streets[n % 2],
                "votes": n * 7 % 4,
                "at": BEGIN + timedelta(minutes=n // 5),
            }
            for n in range(60)
        ]
        connection.execute(insert(issue), rows)
        connection.commit()
        yield connection


ORDERS = {
    "most votes": (issue.c.votes.desc(), issue.c.id.desc()),
    "fewest votes, newest": (issue.c.votes.asc(), issue.c.id.desc()),
    "votes, time, id": (issue.c.votes.desc(), issue.c.at.asc(), issue.c.id.desc()),
    "newest": (issue.c.id.desc(),),
    "oldest": (issue.c.id.asc(),),
    "by time": (issue.c.at.desc(), issue.c.id.desc()),
}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@pytest.mark.parametrize("limit", [1, 7, 60])
def test_pages_together_are_the_whole_list_in_its_order(issues, order, limit):
    columns = [part.element.name for part in order]
    statement = select(issue, street.c.name).join(street, street.c.id == issue.c.street_id).where(issue.c.votes < 3)
    whole = issues.execute(statement.order_by(*order)).all()
    seen, cursor = [], None
    while True:
        rows = issues.execute(keyset(statement, *order, after=cursor, limit=limit)).all()
        page = slice_page(rows, limit, lambda row: tuple(row._mapping[name] for name in columns))
        assert len(page.items) <= limit
        seen.extend(page.items)
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == whole
    assert len(whole) == 45


def test_a_cursor_of_another_order_is_refused(issues):
    newest = encode_cursor(new_id())
    votes = encode_cursor("five", new_id())
    for cursor in (newest, votes, encode_cursor(True, new_id()), encode_cursor(2, new_id(), 3)):
        with pytest.raises(Invalid) as refused:
            keyset(select(issue), *ORDERS["most votes"], after=cursor, limit=5)
        assert list(refused.value.errors) == ["cursor"]


moments = st.datetimes(timezones=st.just(UTC))
keys = st.one_of(
    st.integers(-(2**63) + 1, 2**63 - 1),
    st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
    st.booleans(),
    st.floats(allow_nan=False),
    st.dates(),
    moments,
)


@given(st.lists(keys, min_size=1, max_size=4))
def test_a_cursor_gives_back_what_was_put_in(values):
    assert decode_cursor(encode_cursor(*values), *map(type, values)) == tuple(values)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.text(max_size=60),
        st.text(alphabet="ABCabc123-_=", max_size=60),
        st.sampled_from(
            [
                '["\\u0000"]',
                '["\\ud800"]',
                "[1e999999]",
                "[99999999999999999999]",
                "{}",
                "[]",
                "[null]",
                '[{"t":"2026-01-01T00:00:00"}]',
                '[{"t":1}]',
                '[{"d":"x"}]',
                "[" * 500,
                '[["a"]]',
            ]
        ).map(lambda packed: base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")),
    )
)
def test_a_cursor_that_is_none_is_refused_beside_its_field(text):
    try:
        values = decode_cursor(text, int, str)
    except Invalid as refused:
        fields = list(refused.errors)
    else:
        fields = ["cursor"]
        assert [type(value) for value in values] == [int, str]
    assert fields == ["cursor"]


def test_dates_and_moments_keep_their_kind():
    moment = datetime(2026, 11, 24, 5, 30, 1, 250, tzinfo=UTC)
    assert decode_cursor(encode_cursor(moment, date(2026, 1, 2)), datetime, date) == (
        moment,
        date(2026, 1, 2),
    )
    with pytest.raises(Invalid):
        decode_cursor(encode_cursor(moment), date)
