"""A disk that is full: what was acknowledged stays, errors say so in words, and with space all goes on by itself."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import uuid
from pathlib import Path

import pytest
import requests
from PIL import Image

from gongzhi.kernel import db
from tests import factories
from tests.faults.conftest import begin, end
from tests.faults.site import Site
from tests.faults.writers import Writers
from tests.live.installation import until

SIZE = 12 * 1024 * 1024


@pytest.fixture
def small_disk(tmp_path):
    """A file system of a few megabytes, where this may be mounted; else the test says what is needed."""
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if done.returncode:
        yield None
        return
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def cramped(small_disk, application, tmp_path, sqlite_template):
    """An embedded installation, and how to take its space away and give it back."""
    before = application.config["SETTINGS"]
    folder = small_disk or tmp_path
    shutil.copyfile(sqlite_template, folder / "gongzhi.sqlite3")
    made = Site(folder, f"sqlite:///{folder / 'gongzhi.sqlite3'}")
    try:
        begin(application, made)
        yield made
    finally:
        made.stop()
        end(application, before)


class Space:
    """Takes the space of an installation away: a file that fills the disk, or a limit on the size of its files."""

    def __init__(self, site, small_disk) -> None:
        self._site = site
        self._filler = small_disk / "filler" if small_disk else None

    def take(self) -> None:
        if self._filler is None:
            self._limit(Path(self._site.url.removeprefix("sqlite:///")).stat().st_size)
            return
        with self._filler.open("wb", buffering=0) as filler:
            for size in (65_536, 512):
                try:
                    while True:
                        filler.write(b"x" * size)
                except OSError:
                    continue

    def give(self) -> None:
        if self._filler is None:
            self._limit(None)
        else:
            self._filler.unlink()

    def _limit(self, size: int | None) -> None:
        from tests.faults.site import children

        for process in children(self._site.web.pid):
            soft = "unlimited" if size is None else str(size)
            subprocess.run(["prlimit", f"--pid={process}", f"--fsize={soft}:unlimited"], check=True)


def test_a_full_disk_loses_nothing_acknowledged_and_is_told(cramped, small_disk):
    cramped.start()
    space = Space(cramped, small_disk)
    with Writers(cramped) as writers:
        until(lambda: writers.count > 10)
        space.take()
        (refused,) = until(lambda: without_space(writers), 60)
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert refused.headers["Retry-After"]
        assert refused.json()["status"] == 507
        writers.assert_all_there()
        # Reading goes on.
        assert requests.get(f"{cramped.address}/api/v1/issues", timeout=30).status_code == 200
        assert requests.get(f"{cramped.address}/issues/{writers.issue}", timeout=30).status_code == 200
        space.give()
        known = writers.count
        until(lambda: writers.count > known + 5, 60)
    writers.assert_refused_nothing()
    writers.assert_all_there()
    writers.assert_votes_as_told()
    cramped.deliver()
    cramped.assert_well()


def without_space(writers):
    """The answer to a comment once there is no room for it, in a list: an answer that refuses counts as false."""
    writer = writers.all[0]
    answer = requests.post(
        f"{writer.address}/comments",
        json={"body": "满" * 900},
        headers={**writer.speaker, "Idempotency-Key": uuid.uuid4().hex},
        timeout=60,
    )
    if answer.status_code == 201:
        writer.comments[answer.json()["id"]] = "满" * 900
    return [answer] if answer.status_code == 507 else []


def test_an_upload_without_space_is_refused_in_words(app, client, monkeypatch):
    """In the test process: no room for the file itself."""
    drawn = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(drawn, "PNG")

    def full(*_arguments):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    resident = factories.a_resident()
    sent = {"photos": (io.BytesIO(drawn.getvalue()), "lamp.png"), "title": "石阶里路灯不亮"}
    answer = client(resident).post("/issues/new", data=sent, headers={"Accept-Language": "en"})
    assert answer.status_code == 507
    assert list((app.config["SETTINGS"].data_dir / "uploads").rglob(".*")) == []
    db.close_session()
