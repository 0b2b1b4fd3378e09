"""`gongzhi backup` while people write, `gongzhi restore` into a new place; whatever does not fit changes nothing."""

from __future__ import annotations

import io
import json
import tarfile
import uuid
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import func, select, text

from gongzhi.domains.comments.models import Comment
from gongzhi.domains.issues.models import IssuePhoto
from gongzhi.kernel import clock, db, secrets, storage
from gongzhi.web import backup, schema
from tests import factories
from tests.conftest import _postgresql, _server
from tests.faults.conftest import REDIS
from tests.faults.site import Site
from tests.faults.writers import Writers
from tests.live.installation import until


def a_photo(issue: str, colour: str = "red") -> str:
    """A picture of an issue; its key."""
    drawn = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(drawn, "PNG")
    drawn.seek(0)
    kept = storage.store_image(drawn, "lamp.png")
    with factories.writing() as session:
        session.add(IssuePhoto(issue_id=issue, position=0, key=kept.key, alt="路灯", added_at=clock.now()))
    return kept.key


@contextmanager
def another_place(site, folder: Path):
    """An installation without a database, of the same kind."""
    folder.mkdir()
    name = f"gongzhi_faults_{uuid.uuid4().hex[:10]}"
    if site.scaled:
        other = Site(folder, _postgresql(name).render_as_string(hide_password=False), REDIS)
    else:
        other = Site(folder, f"sqlite:///{folder / 'gongzhi.sqlite3'}")
    try:
        yield other
    finally:
        other.stop()
        db.close_session()
        db.disconnect()
        if site.scaled:
            _server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def test_a_backup_taken_while_people_write_restores_into_a_new_place(site, tmp_path):
    site.start()
    with Writers(site) as writers:
        key = a_photo(writers.issue)
        until(lambda: writers.count > 20)
        before = writers.said()
        done = site.command("backup", str(tmp_path / "one.backup"))
        meanwhile = writers.count
        until(lambda: writers.count > meanwhile)
    assert done.returncode == 0, done.stderr
    writers.assert_refused_nothing()
    writers.assert_all_there()
    assert (tmp_path / "one.backup").stat().st_mode & 0o077 == 0
    assert list(tmp_path.glob(".one*")) == []

    site.stop()
    db.disconnect()
    with another_place(site, tmp_path / "new") as other:
        restored = other.command("restore", str(tmp_path / "one.backup"))
        assert restored.returncode == 0, restored.stdout + restored.stderr
        assert "tally = votes: holds" in restored.stdout
        assert "uploads referred to: holds" in restored.stdout
        uploaded = Path("uploads") / key[:2] / key
        assert (other.folder / uploaded).read_bytes() == (site.folder / uploaded).read_bytes()
        assert list(other.folder.glob("*restoring*")) == []
        db.configure(other.url)
        with factories.reading() as session:
            stored = dict(session.execute(select(Comment.id, Comment.body)).all())
        assert {name: stored.get(name) for name in before} == before
        other.start()
        assert other.answers(f"/issues/{writers.issue}")
        assert other.answers("/readyz")
        assert other.vote(writers.all[0].person, writers.issue, "support")["total"] > 0


@pytest.fixture
def kept(site, tmp_path):
    """A backup of an installation in which something was said, which is not running."""
    issue = site.an_issue()
    factories.a_comment(factories.a_resident(), issue)
    a_photo(issue)
    factories.deliver()
    path = tmp_path / "kept.backup"
    backup.take(settings_of(site), path)
    return path


def settings_of(site):
    return factories._world.app.config["SETTINGS"].__class__(
        **{**factories._world.app.config["SETTINGS"].__dict__, "database_url": site.url, "data_dir": site.folder}
    )


def comments() -> int:
    with factories.reading() as session:
        return session.scalar(select(func.count()).select_from(Comment))


def refused(site, path, *, replace=True) -> str:
    """The reason why it is not restored; nothing has changed."""
    before = comments()
    db.close_session()
    db.disconnect()
    with pytest.raises(backup.BadBackup) as reason:
        backup.restore(settings_of(site), path, replace=replace)
    db.configure(site.url)
    assert comments() == before > 0
    assert list(site.folder.glob("*restoring*")) == []
    assert "\n" not in str(reason.value)
    return str(reason.value)


def test_what_was_cut_short_or_changed_anywhere_is_refused(site, kept):
    whole = kept.read_bytes()
    for cut in (0, 100, 512, len(whole) // 3, len(whole) // 2, len(whole) - 12_000):
        kept.write_bytes(whole[:cut])
        refused(site, kept)
    with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
        contents = [(member, member.offset_data, member.size) for member in tar]
    assert {member.name.partition("/")[0] for member, *_rest in contents} == {
        "database", "uploads", "SHA256SUMS", "manifest.json", "seal"
    }  # fmt: skip
    for _member, start, size in contents:
        changed = bytearray(whole)
        changed[start + size // 2] ^= 1
        kept.write_bytes(changed)
        refused(site, kept)
    kept.write_bytes(whole)
    assert (
        refused(site, kept, replace=False) == "the database is not empty: say --replace to put the backup in its place"
    )


def test_a_forged_one_is_refused_though_all_its_hashes_fit(site, kept, tmp_path):
    secrets.configure(b"a forger's secret, longer than thirty-two characters", hashing=secrets.CHEAP_HASHING)
    forged = tmp_path / "forged.backup"
    backup.take(settings_of(site), forged)
    secrets.configure(site._environment["GONGZHI_SECRET_KEY"].encode(), hashing=secrets.CHEAP_HASHING)
    assert "GONGZHI_SECRET_KEY" in refused(site, forged)
    # With the probe of a real one put in, which anybody who saw a backup has.
    with tarfile.open(kept) as real:
        probe = json.load(real.extractfile("manifest.json"))["probe"]
    patched = tmp_path / "patched.backup"
    with tarfile.open(forged) as source, tarfile.open(patched, "w") as target:
        for member in source:
            content = source.extractfile(member).read()
            if member.name == "manifest.json":
                content = json.dumps({**json.loads(content), "probe": probe}).encode()
                member.size = len(content)
            target.addfile(member, io.BytesIO(content))
    assert "seal" in refused(site, patched)


def test_names_that_lead_elsewhere_and_links_are_refused(site, kept, tmp_path):
    for name, kind in (
        ("../../evil", tarfile.REGTYPE),
        ("uploads/../x", tarfile.REGTYPE),
        ("database", tarfile.SYMTYPE),
    ):
        path = tmp_path / f"{uuid.uuid4().hex}.backup"
        with tarfile.open(path, "w") as tar:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            tar.addfile(member, io.BytesIO(b""))
        assert "no backup of Gongzhi" in refused(site, path)


def test_a_newer_backup_is_refused_and_an_older_one_is_brought_up_to_date(site, kept, tmp_path, monkeypatch):
    monkeypatch.setattr(schema, "known", lambda _revision: False)
    assert "newer version" in refused(site, kept)
    monkeypatch.undo()
    upgraded = []
    monkeypatch.setattr(schema, "upgrade", lambda chosen: upgraded.append(chosen.database_url))
    db.close_session()
    db.disconnect()
    backup.restore(settings_of(site), kept, replace=True)
    assert ["restoring" in url for url in upgraded] == [True]
    db.configure(site.url)


def test_replace_keeps_the_former_database_beside(site, kept):
    factories.a_comment(factories.a_resident(), site.an_issue(), "写在备份之后")
    assert comments() == 2
    db.close_session()
    db.disconnect()
    done = backup.restore(settings_of(site), kept, replace=True)
    db.configure(site.url)
    assert comments() == 1
    former = done.kept.removeprefix("database ")
    address = _postgresql(former) if site.scaled else f"sqlite:///{former}"
    db.configure(address)
    assert comments() == 2
    db.close_session()
    db.disconnect()
    if site.scaled:
        _server(f'DROP DATABASE "{former}" WITH (FORCE)')
    db.configure(site.url)


def test_a_running_platform_is_never_replaced(site, kept):
    site.start()
    assert "stop" in refused(site, kept) if not site.scaled else True
    ended = site.command("restore", str(kept), "--replace")
    assert ended.returncode == 1
    assert ended.stderr.startswith("gongzhi: ") and ended.stderr.count("\n") == 1
    assert "stop" in ended.stderr
    assert site.answers("/readyz")


def test_a_backup_never_overwrites_and_leaves_nothing_half_behind(site, kept, tmp_path, monkeypatch):
    whole = kept.read_bytes()
    with pytest.raises(backup.BadBackup, match="there already"):
        backup.take(settings_of(site), kept)
    assert kept.read_bytes() == whole
    with pytest.raises(backup.BadBackup, match="no folder"):
        backup.take(settings_of(site), tmp_path / "none" / "x.backup")

    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage, "open_file", full)
    with pytest.raises(backup.BadBackup, match="No space left"):
        backup.take(settings_of(site), tmp_path / "other.backup")
    assert list(tmp_path.glob("*other*")) == []


def test_a_damaged_upload_is_replaced_by_the_backups(site, kept):
    (path,) = [p for p in (site.folder / "uploads").rglob("*.*") if "-small" not in p.name]
    right = path.read_bytes()
    path.write_bytes(b"damaged")
    db.close_session()
    db.disconnect()
    done = backup.restore(settings_of(site), kept, replace=True)
    assert path.read_bytes() == right
    if site.scaled:
        _server(f'DROP DATABASE "{done.kept.removeprefix("database ")}" WITH (FORCE)')
    db.configure(site.url)


def test_backup_and_restore_say_in_one_line_what_is_missing(site, tmp_path):
    ended = site.command("restore", str(tmp_path / "none.backup"))
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    with db.engine().begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    with pytest.raises(backup.BadBackup, match="no tables yet"):
        backup.take(settings_of(site), tmp_path / "x.backup")
