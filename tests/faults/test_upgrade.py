"""Upgrading with traffic, and upgrades that are killed or meet each other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sqlalchemy import inspect, text

from gongzhi.domains.comments.models import Comment, CommentReaction
from gongzhi.kernel import db
from tests import factories
from tests.faults.site import kill
from tests.faults.writers import Writers
from tests.live.installation import until

MIGRATE = Path(__file__).with_name("migrate.py")
PATIENCE = 200


def migrate(site, seconds: float = 0, revision: str = "head") -> subprocess.Popen:
    """The upgrade to the next version, begun."""
    (site.folder / "under way").unlink(missing_ok=True)
    return subprocess.Popen(
        [sys.executable, MIGRATE, site.folder, site.url, str(seconds), revision],
        env=site._environment,
        cwd=site.folder,
        stderr=subprocess.PIPE,
        text=True,
    )


def done(started: subprocess.Popen) -> str:
    _, told = started.communicate(timeout=PATIENCE)
    return told if started.returncode else ""


def revision() -> str:
    with db.engine().connect() as connection:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()


def is_next() -> bool:
    """Whether all of the next migration is there; half of it is an error."""
    found = inspect(db.engine())
    there = {
        "extra_table" in found.get_table_names(),
        "extra" in {column["name"] for column in found.get_columns("issue")},
        "extra" in {column["name"] for column in found.get_columns("comment")},
        "ix_issue_extra" in {index["name"] for index in found.get_indexes("issue")},
        revision() == "next",
    }
    assert len(there) == 1, "half a migration"
    return there.pop()


def test_people_write_while_the_tables_are_upgraded_and_taken_back(site):
    site.start()
    with Writers(site) as writers:
        until(lambda: writers.count > 10)
        comment = factories.a_comment(factories.a_resident(), writers.issue)
        factories.react(factories.a_resident(), comment, "agree")
        assert done(migrate(site, 1)) == ""
        assert is_next()
        known = writers.count
        until(lambda: writers.count > known + 10, 60)
        assert done(migrate(site, 0, "-1")) == ""
        assert not is_next()
        known = writers.count
        until(lambda: writers.count > known + 10, 60)
    writers.assert_refused_nothing()
    writers.assert_all_there()
    writers.assert_votes_as_told()
    with factories.reading() as session:
        # Made anew on SQLite, the table keeps its rows and those that refer to them.
        assert session.get(Comment, comment) is not None
        assert session.query(CommentReaction).filter_by(comment_id=comment).count() == 1
    site.deliver()
    site.assert_well()


def test_a_migration_killed_in_the_middle_is_not_there_and_the_next_try_finishes(site):
    issue = site.an_issue()
    factories.a_comment(factories.a_resident(), issue)
    before = revision()
    db.close_session()
    started = migrate(site, 60)
    until((site.folder / "under way").exists, PATIENCE)
    kill(started.pid)
    started.communicate()
    assert not is_next()
    assert revision() == before
    # PostgreSQL notices the broken connection, SQLite the journal: nobody has to tidy up.
    assert done(migrate(site)) == ""
    assert is_next()
    factories.deliver()
    site.assert_well()


def test_two_upgrades_at_once_are_one(site):
    both = [migrate(site, 0.5), migrate(site, 0.5)]
    assert [done(each) for each in both] == ["", ""]
    assert is_next()
