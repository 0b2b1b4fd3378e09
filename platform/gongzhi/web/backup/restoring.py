"""Puts a backup in place: everything is verified first, built beside what is there, and exchanged in one step."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from gongzhi.kernel import db, storage
from gongzhi.kernel.settings import Settings
from gongzhi.web import schema
from gongzhi.web.backup import archive
from gongzhi.web.backup.archive import BadBackup, Manifest
from gongzhi.web.backup.databases import Database, database_of


@dataclass(frozen=True)
class Restored:
    """What was restored, and where the former database is kept (nothing if it was empty)."""

    manifest: Manifest
    kept: str


def restore(settings: Settings, path: Path, *, replace: bool) -> Restored:
    """Restore the backup at `path`. Raises `BadBackup` with nothing in use changed.

    Uploads are put back first: they are named by their content, so that those the former database refers to stay.
    """
    try:
        with path.open("rb") as stream:
            return _restore(settings, cast("BinaryIO", stream), replace=replace)
    except OSError as error:
        raise BadBackup(f"{path}: {error.strerror or error}") from None


def _restore(settings: Settings, stream: BinaryIO, *, replace: bool) -> Restored:
    manifest = archive.verify(stream)
    database = database_of(settings)
    if manifest.kind != database.kind:
        raise BadBackup(f"the backup is of {manifest.kind}, GONGZHI_DATABASE_URL names {database.kind}")
    if not schema.known(manifest.revision):
        raise BadBackup(f"the backup is of a newer version (revision {manifest.revision}): install that one first")
    database.check_unused()
    if not replace and not database.is_empty():
        raise BadBackup("the database is not empty: say --replace to put the backup in its place")
    try:
        _build(database, manifest, stream)
        kept = database.exchange()
    finally:
        database.discard()
    return Restored(manifest, kept)


def _build(database: Database, manifest: Manifest, stream: BinaryIO) -> None:
    """The new database, upgraded, and the uploads."""
    for member, content in archive.members(stream):
        if member.name == archive.DATABASE:
            new = database.prepare(content)
            counted = database.count(sorted(manifest.rows))
            if counted != manifest.rows:
                differing = ", ".join(name for name in counted if counted[name] != manifest.rows[name])
                raise BadBackup(f"the new database has other numbers of rows than the backup: {differing}")
            schema.upgrade(new)
            db.disconnect()
        elif member.name.startswith(archive.UPLOADS):
            storage.restore_file(member.name.removeprefix(archive.UPLOADS), content.read())
