"""The two places uploads can be kept: a folder of this machine, or a bucket that speaks S3."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Protocol

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import from_url


class Depot(Protocol):
    """Keeps bytes under keys. What is there under a key is never replaced."""

    def put(self, key: str, data: bytes) -> None:
        """Keep the data durably before returning."""

    def open(self, key: str) -> BinaryIO:
        """Open for reading; FileNotFoundError if it is not there."""

    def remove(self, key: str) -> None:
        """Remove if it is there."""

    def list_keys(self) -> Iterator[str]:
        """All keys."""


class Folder:
    """Files in a folder, spread over subfolders by the first characters of their keys."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, key: str, data: bytes) -> None:
        """Write beside, flush to the disk, then rename: a reader never meets half a file."""
        path = self._path(key)
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as beside:
            try:
                beside.write(data)
                beside.flush()
                os.fsync(beside.fileno())
                Path(beside.name).replace(path)
            except BaseException:
                Path(beside.name).unlink(missing_ok=True)
                raise
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def open(self, key: str) -> BinaryIO:
        """Open for reading."""
        return self._path(key).open("rb")

    def remove(self, key: str) -> None:
        """Remove if it is there."""
        self._path(key).unlink(missing_ok=True)

    def list_keys(self) -> Iterator[str]:
        """All keys, except of files still being written."""
        return (path.name for path in self._root.glob("*/[!.]*"))

    def _path(self, key: str) -> Path:
        return self._root / key[:2] / key


class Bucket:
    """Objects in an S3 bucket; credentials come from the usual AWS environment variables."""

    def __init__(self, url: str) -> None:
        self._store = from_url(url)

    def put(self, key: str, data: bytes) -> None:
        """Upload unless it is there; the store answers only when the object is durable."""
        try:
            obstore.put(self._store, key, data, mode="create")
        except AlreadyExistsError:
            return

    def open(self, key: str) -> BinaryIO:
        """Fetch the whole object; uploads are small."""
        return BytesIO(bytes(obstore.get(self._store, key).bytes()))

    def remove(self, key: str) -> None:
        """Remove if it is there."""
        try:
            obstore.delete(self._store, key)
        except FileNotFoundError:
            return

    def list_keys(self) -> Iterator[str]:
        """All keys."""
        for batch in obstore.list(self._store):
            yield from (found["path"] for found in batch)
