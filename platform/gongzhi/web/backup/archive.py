"""The backup's file: a plain tar, in this order: `database`, `uploads/…`, `SHA256SUMS`, `manifest.json`, `seal`.

`sha256sum -c SHA256SUMS` checks an unpacked one without this program. The manifest names the hash of SHA256SUMS, and
the seal is a keyed hash of the manifest, with a key derived from the installation's secret: what was changed, cut
short, or made by somebody else shows before anything is touched. Everything is streamed: memory does not grow with
the installation.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import os
import re
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from gongzhi.kernel import secrets, storage

FORMAT = 1
CHUNK = 1024 * 1024
LARGEST_NOTE = 16 * 1024 * 1024
DATABASE, UPLOADS, SUMS, MANIFEST, SEAL = "database", "uploads/", "SHA256SUMS", "manifest.json", "seal"
ENDING = (SUMS, MANIFEST, SEAL)
PROBE, PURPOSE = "this key fits", "backup.probe"
_WHOLE_HASH = re.compile(r"[0-9a-f]{64}\.")


class BadBackup(Exception):
    """Why a backup cannot be made or used, on one line."""


@dataclass(frozen=True)
class Manifest:
    """What the file says of itself. `rows` counts each table; `probe` is a text only the right key can read."""

    format: int
    program: str
    revision: str
    kind: str
    made_at: str
    rows: dict[str, int]
    uploads: int
    sums: str
    probe: str


class _Hashing(io.RawIOBase):
    """A stream that hashes what is read through it."""

    def __init__(self, inner: IO[bytes]) -> None:
        super().__init__()
        self._inner = inner
        self.hash = hashlib.sha256()

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Some bytes."""
        data = self._inner.read(size)
        self.hash.update(data)
        return data


class Writer:
    """Writes one backup; `writing` gives it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._tar: Any = tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - ended by `finish`
        self._sums = tempfile.SpooledTemporaryFile(CHUNK)  # noqa: SIM115 - likewise
        self.uploads = 0

    def add(self, name: str, content: IO[bytes], size: int) -> None:
        """Add a member of this size."""
        hashing = _Hashing(content)
        self._put(name, hashing, size)
        self._sums.write(_line(hashing.hash.hexdigest(), name))
        self.uploads += name.startswith(UPLOADS)

    def finish(self, **known: Any) -> Manifest:
        """Write the sums, the manifest and the seal."""
        size = self._sums.tell()
        self._sums.seek(0)
        sums = _Hashing(self._sums)
        self._put(SUMS, sums, size)
        manifest = Manifest(
            format=FORMAT,
            uploads=self.uploads,
            sums=sums.hash.hexdigest(),
            probe=secrets.encrypt(PROBE, PURPOSE).decode(),
            **known,
        )
        told = json.dumps(asdict(manifest), indent=1, ensure_ascii=False).encode()
        self._put(MANIFEST, io.BytesIO(told), len(told))
        seal = _seal(told).encode()
        self._put(SEAL, io.BytesIO(seal), len(seal))
        self._tar.close()
        return manifest

    def close(self) -> None:
        """Let go of the sums."""
        self._sums.close()

    def _put(self, name: str, content: Any, size: int) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        self._tar.addfile(member, content)
        self._tar.members.clear()  # tarfile would remember every one


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """A writer whose file appears under its name only when it is whole and on the disk."""
    partial = path.with_name(f".{path.name}.partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            with closing(Writer(cast("BinaryIO", stream))) as writer:
                yield writer
            stream.flush()
            os.fsync(stream.fileno())
        # A name that is taken meanwhile is not overwritten.
        os.link(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Make a name durable."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def verify(stream: BinaryIO) -> Manifest:
    """Read it all, and compare every byte with what the seal vouches for. Raises `BadBackup`."""
    sums, uploads = hashlib.sha256(), 0
    notes: dict[str, bytes] = {}
    try:
        for place, (member, content) in enumerate(members(stream)):
            if notes or member.name == SUMS:
                if len(notes) == len(ENDING) or member.name != ENDING[len(notes)] or member.size > LARGEST_NOTE:
                    raise BadBackup("this is no backup of Gongzhi: it has parts in the wrong order")
                notes[member.name] = content.read()
                continue
            found = _digest(content)
            _check_name(place, member.name, found)
            uploads += place > 0
            sums.update(_line(found, member.name))
    except (tarfile.TarError, EOFError, OSError) as error:
        raise BadBackup(f"the file is damaged or cut short: {error}") from None
    if len(notes) != len(ENDING):
        raise BadBackup("the file is cut short")
    manifest = _manifest(notes[MANIFEST])
    _check_key(manifest, notes)
    if not (manifest.sums == sums.hexdigest() == hashlib.sha256(notes[SUMS]).hexdigest()):
        raise BadBackup("the file was changed: a hash does not fit")
    if manifest.uploads != uploads:
        raise BadBackup("the file was changed: files are missing")
    return manifest


def members(stream: BinaryIO) -> Iterator[tuple[tarfile.TarInfo, IO[bytes]]]:
    """Each member with its content, which is read before the next one is asked for."""
    stream.seek(0)
    tar: Any
    with tarfile.open(fileobj=stream, mode="r:") as tar:
        while (member := tar.next()) is not None:
            tar.members.clear()
            content = tar.extractfile(member) if member.isreg() else None
            if content is None:
                raise BadBackup(f"this is no backup of Gongzhi: {member.name!r} is no file")
            yield member, content


def _check_name(place: int, name: str, found: str) -> None:
    """First the database, then uploads under their keys, which name their content (a small version's does not)."""
    key = name.removeprefix(UPLOADS)
    if (name == DATABASE) is not (place == 0) or (place > 0 and not (name.startswith(UPLOADS) and storage.is_key(key))):
        raise BadBackup(f"this is no backup of Gongzhi: {name!r} does not belong there")
    if place > 0 and _WHOLE_HASH.match(key) and not key.startswith(found):
        raise BadBackup(f"the file was changed: {key} is not what its name says")


def _manifest(told: bytes) -> Manifest:
    try:
        manifest = Manifest(**json.loads(told))
    except (ValueError, TypeError):
        raise BadBackup("this is no backup of this version of Gongzhi") from None
    if manifest.format != FORMAT:
        raise BadBackup(f"the backup has format {manifest.format}, this version reads {FORMAT}")
    return manifest


def _check_key(manifest: Manifest, notes: dict[str, bytes]) -> None:
    try:
        fits = secrets.decrypt(manifest.probe.encode(), PURPOSE) == PROBE
    except secrets.Undecipherable:
        fits = False
    if not fits:
        raise BadBackup("the backup was made with another GONGZHI_SECRET_KEY: set that one first")
    if not hmac.compare_digest(_seal(notes[MANIFEST]).encode(), notes[SEAL]):
        raise BadBackup("the file was changed: its seal does not fit")


def _seal(told: bytes) -> str:
    return secrets.blind_index("backup.seal", hashlib.sha256(told).hexdigest())


def _digest(content: IO[bytes]) -> str:
    hashing = hashlib.sha256()
    while data := content.read(CHUNK):
        hashing.update(data)
    return hashing.hexdigest()


def _line(found: str, name: str) -> bytes:
    """As `sha256sum` writes it."""
    return f"{found}  {name}\n".encode()
