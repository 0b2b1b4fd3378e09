"""A decision taken back and announced again: whoever objected before may object to the new words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from alembic import command
from sqlalchemy import text

from gongzhi.web import schema
from tests import factories as f
from tests.domains.decisions.steps import on_notice

pytestmark = pytest.mark.usefixtures("app")

REASON = "照明时间要改,重新征求意见。"


def announced_again(author, second):
    """A decision in its second public notice; its id, and who objected in the first."""
    decision, objector = on_notice(author, second), f.a_resident()
    objected(objector, decision, "照明时间太短。")
    f.answer_objections(author, decision, "延长到夜里十一点。")
    f.step(author, decision, "reconsider", reason=REASON)
    f.step(author, decision, "submit")
    f.step(second, decision, "approve")
    return decision, objector


def objected(person, decision, body):
    f.step(person, decision, "object_to", body=body)


def test_who_objected_before_may_object_once_more_in_the_next_notice(client, morning, office):
    author, second, _third = office
    decision, objector = announced_again(author, second)
    morning.shift(timedelta(minutes=5))
    browser, address = client(objector), f"/decisions/{decision}/objections"
    assert f'action="{address}"' in browser.get(f"/decisions/{decision}").text
    assert browser.post(address, data={"body": "十一点还是太早。"}).status_code == 302
    assert browser.post(address, data={"body": "再说一次。再说一次。"}).status_code == 409
    assert f'action="{address}"' not in browser.get(f"/decisions/{decision}").text


def test_the_page_shows_objections_by_notice_and_what_became_of_the_earlier_one(client, morning, office):
    author, second, _third = office
    decision, objector = announced_again(author, second)
    once = client().get(f"/decisions/{on_notice(author, second)}").text
    assert "第1次公示" not in once
    objected(objector, decision, "十一点还是太早。")
    page = client().get(f"/decisions/{decision}").text
    places = [
        page.index(words)
        for words in ("第2次公示", "十一点还是太早。", "第1次公示", REASON, "照明时间太短。", "延长到夜里十一点。")
    ]
    assert places == sorted(places)


def test_the_second_notice_cannot_end_while_its_objection_is_open(client, morning, office):
    author, second, _third = office
    decision, objector = announced_again(author, second)
    objected(objector, decision, "十一点还是太早。")
    morning.shift(timedelta(days=8))
    assert client(author).post(f"/decisions/{decision}/publish").status_code == 409
    f.answer_objections(author, decision)
    assert client(author).post(f"/decisions/{decision}/publish").status_code == 302


def test_rounds_are_found_from_the_course_when_older_data_gets_them(app, morning, office):
    author, second, _third = office
    decision, _objector = announced_again(author, second)
    plain, other = on_notice(author, second), f.a_resident()
    objected(other, plain, "不同意这样安排。")
    morning.shift(timedelta(minutes=1))
    objected(f.a_resident(), decision, "夜里太亮了,睡不着。")
    settings = app.config["SETTINGS"]
    command.stamp(schema.config(settings.database_url), "head")
    try:
        schema.downgrade(settings, "0002")
        with f.reading() as session:
            assert session.scalar(text("SELECT count(*) FROM decision_objection")) == 3
            assert session.scalar(text("SELECT sum(version) FROM stream_version WHERE topic = 'decisions'")) > 0
            session.rollback()
    finally:
        schema.upgrade(settings)
    with f.reading() as session:
        found = session.execute(text("SELECT body, notice_round FROM decision_objection")).all()
        rounds = {row.body: row.notice_round for row in found}
        states = session.execute(text("SELECT notice_round FROM decision ORDER BY id")).scalars().all()
        lists = session.scalars(text("SELECT topic FROM stream_version WHERE topic LIKE 'decisions%'")).all()
    assert rounds == {"照明时间太短。": 1, "不同意这样安排。": 1, "夜里太亮了,睡不着。": 2}
    assert states == [2, 1]
    assert set(lists) == {f"decisions:{f.places().id}"}


def test_going_back_keeps_the_newest_of_two_objections_of_one_voice(app, morning, office):
    author, second, _third = office
    decision, objector = announced_again(author, second)
    objected(objector, decision, "十一点还是太早。")
    settings = app.config["SETTINGS"]
    command.stamp(schema.config(settings.database_url), "head")
    try:
        schema.downgrade(settings, "0002")
        with f.reading() as session:
            assert session.scalars(text("SELECT body FROM decision_objection")).all() == ["十一点还是太早。"]
            session.rollback()
    finally:
        schema.upgrade(settings)
