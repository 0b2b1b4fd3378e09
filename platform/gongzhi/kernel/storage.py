"""Uploads: kept under the hash of their content, in a local folder or an S3 bucket.

Nothing is stored as it came. Images are decoded and written anew, which drops their metadata
and whatever else was hidden in the file; documents must be of a known kind. A key names
one content for ever, so files can be cached without end and the same file is kept once.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from gongzhi.kernel.depots import Bucket, Depot, Folder
from gongzhi.kernel.documents import DOCUMENT_TYPES, recognise
from gongzhi.kernel.errors import Invalid, NotFound
from gongzhi.kernel.images import IMAGE_TYPES, normalise
from gongzhi.kernel.text.clean import clean_line
from gongzhi.kernel.text.messages import lazy as _l

LARGEST_IMAGE = 12 * 1024 * 1024
LARGEST_DOCUMENT = 20 * 1024 * 1024
LONGEST_NAME = 100
FIELD = "file"

SEALED_TYPES = {"sealed": "application/octet-stream"}
"""What the platform encrypted itself; the room that made it opens it again."""
MEDIA_TYPES = IMAGE_TYPES | DOCUMENT_TYPES | SEALED_TYPES
_KEY = re.compile(rf"[0-9a-f]{{64}}(-small)?\.({'|'.join(MEDIA_TYPES)})")
_NOT_IN_NAMES = re.compile(r'[<>:"|?*%\x00-\x1f]')


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What to remember of an upload; ``width`` and ``height`` are zero for documents."""

    key: str
    media_type: str
    size: int
    width: int
    height: int
    name: str


_depot: Depot | None = None


def configure(data_dir: Path, storage_url: str | None = None) -> None:
    """Keep files in ``data_dir/uploads``, or where ``storage_url`` (``s3://bucket/prefix``) says."""
    global _depot  # noqa: PLW0603 - set once when the process starts
    _depot = Bucket(storage_url) if storage_url else Folder(Path(data_dir) / "uploads")


def store_image(stream: IO[bytes], filename: str) -> StoredFile:
    """Keep a photograph (JPEG, PNG or WebP) and its small version; `Invalid` on the field ``file``."""
    data = _read(stream, LARGEST_IMAGE)
    image = normalise(data, FIELD)
    key = f"{hashlib.sha256(image.data).hexdigest()}.{image.extension}"
    depot = _configured()
    depot.put(key, image.data)
    depot.put(small_key(key), image.small)
    return StoredFile(
        key=key,
        media_type=IMAGE_TYPES[image.extension],
        size=len(image.data),
        width=image.width,
        height=image.height,
        name=clean_name(filename, image.extension),
    )


def store_document(stream: IO[bytes], filename: str) -> StoredFile:
    """Keep a PDF or office document as it is; `Invalid` on the field ``file``."""
    data = _read(stream, LARGEST_DOCUMENT)
    extension = recognise(data, FIELD)
    key = f"{hashlib.sha256(data).hexdigest()}.{extension}"
    _configured().put(key, data)
    return StoredFile(
        key=key,
        media_type=DOCUMENT_TYPES[extension],
        size=len(data),
        width=0,
        height=0,
        name=clean_name(filename, extension),
    )


def store_sealed(sealed: bytes) -> str:
    """Keep something the platform made and encrypted itself, such as a person's own data; returns its key."""
    key = f"{hashlib.sha256(sealed).hexdigest()}.sealed"
    _configured().put(key, sealed)
    return key


def open_file(key: str) -> BinaryIO:
    """The content under a key, open for reading; `NotFound` for what is no key or not there."""
    _check_key(key)
    try:
        return _configured().open(key)
    except FileNotFoundError:
        raise NotFound from None


def media_type(key: str) -> str:
    """The media type of what is stored under a key; only ever one of ours."""
    _check_key(key)
    return MEDIA_TYPES[key.rpartition(".")[2]]


def small_key(key: str) -> str:
    """The key of the small version of an image."""
    stem, _, extension = key.partition(".")
    return f"{stem}-small.{extension}"


def remove_file(key: str) -> None:
    """Remove a file and its small version, once nothing refers to them; gone already is fine."""
    _check_key(key)
    for each in (key, small_key(key)):
        _configured().remove(each)


def stored_keys() -> Iterator[str]:
    """Every key in the store, for the search for orphans."""
    return (key for key in _configured().list_keys() if _KEY.fullmatch(key))


def is_key(text: str) -> bool:
    """Whether this could be a key of the store."""
    return _KEY.fullmatch(text) is not None


def restore_file(key: str, data: bytes) -> None:
    """Put back what a backup has under a key; what is there and differs was damaged, and is replaced."""
    _check_key(key)
    depot = _configured()
    try:
        with depot.open(key) as there:
            if there.read() == data:
                return
        depot.remove(key)
    except FileNotFoundError:
        pass
    depot.put(key, data)


def clean_name(filename: str, extension: str) -> str:
    """A file name fit to be shown and downloaded, with the extension of the real kind."""
    last = clean_line(filename.replace("\\", "/").rpartition("/")[2])
    stem, dot, _ = last.rpartition(".")
    stem = _NOT_IN_NAMES.sub("", stem if dot else last).strip(". ")
    return f"{stem[: LONGEST_NAME - len(extension) - 1] or 'file'}.{extension}"


def _read(stream: IO[bytes], largest: int) -> bytes:
    data = stream.read(largest + 1)
    if not data:
        raise Invalid.of(FIELD, _l("This file is empty."))
    if len(data) > largest:
        megabytes = largest // (1024 * 1024)
        raise Invalid.of(FIELD, _l("This file is too large. The limit is %(megabytes)s MB.", megabytes=megabytes))
    return data


def _check_key(key: str) -> None:
    if not _KEY.fullmatch(key):
        raise NotFound


def _configured() -> Depot:
    if _depot is None:
        msg = "storage.configure() has not been called."
        raise RuntimeError(msg)
    return _depot
