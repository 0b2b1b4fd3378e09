"""Work that waits together is committed together, and each piece stands or falls alone."""

import threading

import pytest
from sqlalchemy import event, text

from gongzhi.kernel import db
from gongzhi.kernel.batch import gather


@pytest.fixture
def counter(tmp_path):
    """A SQLite file with one table, and the number of its commits."""
    engine = db.configure(f"sqlite:///{tmp_path / 'batch.sqlite3'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE done (name TEXT PRIMARY KEY)"))
    commits = []
    event.listen(engine, "commit", lambda _connection: commits.append(1))
    yield commits
    db.close_session()
    engine.dispose()


def names():
    with db.isolated():
        return sorted(db.session().scalars(text("SELECT name FROM done")))


def add(name, told=None, fail=False):
    def work(session):
        session.execute(text("INSERT INTO done VALUES (:name)"), {"name": name})
        if told is not None:
            db.after_commit(session, lambda: told.append(name))
        if fail:
            raise ValueError(name)
        return f"{name}!"

    return work


def test_work_alone_is_committed_and_its_result_returned(counter):
    assert gather(add("one")) == "one!"
    assert names() == ["one"]


def test_many_at_once_share_commits_and_one_that_fails_takes_back_only_its_own(counter):
    start, told, results = threading.Barrier(20), [], {}

    def run(number):
        start.wait()
        try:
            results[number] = gather(add(f"n{number:02}", told, fail=number % 5 == 0))
        except ValueError as error:
            results[number] = error
        finally:
            db.close_session()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(20)]
    with db.isolated(), db.write():
        # Everybody arrives while somebody else writes.
        for thread in threads:
            thread.start()
        while start.n_waiting:
            pass
    for thread in threads:
        thread.join()
    kept = [f"n{number:02}" for number in range(20) if number % 5]
    assert names() == kept
    assert sorted(told) == kept
    assert {number for number, result in results.items() if isinstance(result, ValueError)} == {0, 5, 10, 15}
    assert len(counter) < 20


def test_inside_a_write_it_joins_that_write(counter):
    with pytest.raises(ValueError, match="inner"), db.write():
        gather(add("inner", fail=True))
    assert names() == []


def test_a_commit_that_fails_is_told_to_everybody(counter):
    def spoil(session):
        session.execute(text("PRAGMA defer_foreign_keys = ON"))
        session.execute(text("CREATE TABLE parent (id INTEGER PRIMARY KEY)"))
        session.execute(text("CREATE TABLE child (id INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)"))
        session.execute(text("INSERT INTO child VALUES (1)"))

    with pytest.raises(Exception, match="FOREIGN KEY"):
        gather(spoil)
    assert gather(add("after")) == "after!"
    assert names() == ["after"]
