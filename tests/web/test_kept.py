"""Pages given again while nothing was committed: never an old one, never another reader's."""

from __future__ import annotations

import re
from datetime import timedelta

import time_machine
from sqlalchemy import event

from gongzhi.kernel import clock, db
from tests import factories as f

TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


def statements_of(client, path):
    """How many statements a page takes as it stands, kept or not."""
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    event.listen(db.engine(), "before_cursor_execute", note)
    try:
        answer = client.get(path)
    finally:
        event.remove(db.engine(), "before_cursor_execute", note)
    assert answer.status_code == 200
    return len(seen), answer.get_data(as_text=True)


def test_a_page_is_given_again_without_a_statement_until_something_is_committed(client):
    issue = f.an_issue(title="江边路灯不亮")
    for reader in (client(), client(f.a_resident())):
        for path in ("/issues", f"/issues/{issue}"):
            first, page = statements_of(reader, path)
            assert first > 0
            # On PostgreSQL the whole cluster counts, and other tests write into it.
            same = next(same for count, same in (statements_of(reader, path) for _try in range(200)) if count == 0)
            assert "江边路灯不亮" in same
            assert same.replace(TOKEN.search(same)[1], "") == page.replace(TOKEN.search(page)[1], "")
    f.a_vote(f.a_resident(), issue)
    later, _page = statements_of(reader, f"/issues/{issue}")
    assert later > 0


def test_every_write_shows_at_once_to_everybody(client):
    issue = f.an_issue()
    visitor, resident = client(), client(f.a_resident())
    for reader in (visitor, resident):
        reader.get(f"/comments/issue/{issue}")
    f.a_comment(f.a_resident(), issue, "这盏灯上周又坏了。")
    for reader in (visitor, resident):
        assert "这盏灯上周又坏了。" in reader.get(f"/comments/issue/{issue}").get_data(as_text=True)


def test_nobody_gets_the_page_of_another(client):
    issue = f.an_issue()
    one, other = f.a_resident("何一"), f.a_resident("何二")
    f.a_vote(one, issue)
    pages = {}
    for someone in (one, other, None):
        reader = client(someone)
        for _twice in range(2):
            pages[someone and someone.name] = reader.get(f"/issues/{issue}").get_data(as_text=True)
    assert "何一 · " in pages["何一"] and 'value="support" aria-pressed="true"' in pages["何一"]
    assert "何一 · " not in pages["何二"] and 'value="support" aria-pressed="true"' not in pages["何二"]
    assert "何一 · " not in pages[None] and "何二 · " not in pages[None]


def test_the_token_in_a_page_given_again_is_the_readers_own(client):
    f.an_issue()
    tokens = set()
    for _reader in range(2):
        reader = client()
        for _twice in range(2):
            tokens.add(TOKEN.search(reader.get("/issues").get_data(as_text=True))[1])
        used = TOKEN.search(reader.get("/issues").get_data(as_text=True))[1]
        answer = reader.post("/preferences", data={"csrf_token": used, "type": "large"}, token=False)
        assert answer.status_code == 302
        assert 'data-type="large"' in reader.get("/issues").get_data(as_text=True)
    assert len(tokens) >= 2


def test_language_and_display_have_pages_of_their_own(client):
    f.an_issue()
    reader = client()
    assert 'lang="zh-Hans"' in reader.get("/issues").get_data(as_text=True)
    reader.set_cookie("language", "en")
    assert 'lang="en"' in reader.get("/issues").get_data(as_text=True)
    reader.set_cookie("theme", "dark")
    assert 'data-bs-theme="dark"' in reader.get("/issues").get_data(as_text=True)


def test_a_message_is_shown_once(client):
    issue = f.an_issue()
    reader = client(f.a_resident())
    reader.get(f"/issues/{issue}")
    reader.post(f"/issues/{issue}/follow")
    assert 'class="flashes"' in reader.get(f"/issues/{issue}").get_data(as_text=True)
    for _twice in range(2):
        assert 'class="flashes"' not in reader.get(f"/issues/{issue}").get_data(as_text=True)


def test_a_revoked_session_gets_the_visitors_page(client):
    issue = f.an_issue()
    person = f.a_resident("何一")
    reader = client(person)
    assert "何一 · " in reader.get(f"/issues/{issue}").get_data(as_text=True)
    with f.writing() as session:
        for one in f.sessions_of(person):
            session.merge(one).revoked_at = clock.now()
    assert "何一 · " not in reader.get(f"/issues/{issue}").get_data(as_text=True)


def test_whoever_holds_a_role_is_read_afresh(client):
    issue = f.an_issue()
    official = client(f.an_official())
    for _twice in range(2):
        count, _page = statements_of(official, f"/issues/{issue}")
        assert count > 0


def test_a_page_is_made_anew_when_it_has_aged(client):
    issue = f.an_issue()
    visitor = client()
    visitor.get(f"/issues/{issue}")
    with time_machine.travel(clock.now() + timedelta(minutes=3), tick=True):
        count, _page = statements_of(visitor, f"/issues/{issue}")
    assert count > 0


def test_what_was_not_there_is_asked_for_again(client):
    visitor = client()
    assert visitor.get("/issues/nothing").status_code == 404
    issue = f.an_issue()
    assert visitor.get(f"/issues/{issue}").status_code == 200
