"""Takes a backup while the platform serves: first the database as of one moment, then the uploads."""

from __future__ import annotations

import os
import tempfile
from importlib.metadata import version
from pathlib import Path

from gongzhi.kernel import storage
from gongzhi.kernel.settings import Settings
from gongzhi.web.backup import archive
from gongzhi.web.backup.archive import BadBackup, Manifest
from gongzhi.web.backup.databases import database_of


def take(settings: Settings, path: Path) -> Manifest:
    """Write the backup to `path`, which must be free. Raises `BadBackup`; nothing is left behind then.

    Uploads are named by their content and never change, so that all that the database refers to are there when they
    are read after it.
    """
    if path.exists():
        raise BadBackup(f"{path} is there already")
    if not path.parent.is_dir():
        raise BadBackup(f"there is no folder {path.parent}")
    database = database_of(settings)
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
            copy = Path(folder) / archive.DATABASE
            snapshot = database.copy_to(copy)
            with archive.writing(path) as writer:
                with copy.open("rb") as content:
                    writer.add(archive.DATABASE, content, copy.stat().st_size)
                copy.unlink()
                for key in storage.stored_keys():
                    with storage.open_file(key) as content:
                        size = content.seek(0, os.SEEK_END)
                        content.seek(0)
                        writer.add(f"{archive.UPLOADS}{key}", content, size)
                return writer.finish(
                    program=version("gongzhi"),
                    revision=snapshot.revision,
                    kind=database.kind,
                    made_at=snapshot.at.isoformat(),
                    rows=snapshot.rows,
                )
    except FileExistsError:
        raise BadBackup(f"{path} is there already") from None
    except OSError as error:
        raise BadBackup(f"the backup cannot be written: {error.strerror or error}") from None
