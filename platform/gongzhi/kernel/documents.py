"""Uploaded documents: which kinds are accepted, told from the content and never from the name."""

from __future__ import annotations

import zipfile
from io import BytesIO

from gongzhi.kernel.errors import Invalid
from gongzhi.kernel.text.messages import lazy as _l

DOCUMENT_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
}
MOST_UNPACKED = 300 * 1024 * 1024

_PDF = b"%PDF-"
_ZIP = b"PK\x03\x04"
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_OOXML_PARTS = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "ppt/presentation.xml": "pptx"}
_OLE_STREAMS = {"WordDocument": "doc", "Workbook": "xls", "PowerPoint Document": "ppt"}

_UNKNOWN = _l("This kind of file is not accepted. Please use PDF or a Word, Excel or PowerPoint file.")
_DAMAGED = _l("This file is damaged and cannot be read.")
_MACROS = _l("Files with macros are not accepted. Please save it without macros.")
_LOCKED = _l("This file is protected by a password. Please save it without one.")


def recognise(data: bytes, field: str) -> str:
    """The extension of the kind the content really is; `Invalid` beside ``field`` otherwise."""
    if data.startswith(_PDF):
        if b"%%EOF" not in data[-2048:]:
            raise Invalid.of(field, _DAMAGED)
        kind: str | None = "pdf"
    elif data.startswith(_ZIP):
        kind = _kind_of_zip(data, field)
    elif data.startswith(_OLE):
        kind = _kind_of_ole(data, field)
    else:
        kind = None
    if kind is None:
        raise Invalid.of(field, _UNKNOWN)
    return kind


def _kind_of_zip(data: bytes, field: str) -> str | None:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            members = archive.infolist()
            names = {member.filename for member in members}
            declared = _declared_type(archive) if "mimetype" in names else ""
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, EOFError) as error:
        raise Invalid.of(field, _DAMAGED) from error
    if sum(member.file_size for member in members) > MOST_UNPACKED:
        raise Invalid.of(field, _DAMAGED)
    if any(name.lower().endswith("vbaproject.bin") or name.startswith("Basic/") for name in names):
        raise Invalid.of(field, _MACROS)
    if "[Content_Types].xml" in names:
        return next((kind for part, kind in _OOXML_PARTS.items() if part in names), None)
    return next((kind for kind, media in DOCUMENT_TYPES.items() if media == declared.strip()), None)


def _declared_type(archive: zipfile.ZipFile) -> str:
    """What an OpenDocument file says it is, in its member ``mimetype``."""
    with archive.open("mimetype") as member:
        return member.read(200).decode("ascii", "replace")


def _kind_of_ole(data: bytes, field: str) -> str | None:
    """The old binary formats: their directory holds the names of their streams in UTF-16."""
    if _named("EncryptedPackage") in data:
        raise Invalid.of(field, _LOCKED)
    if _named("_VBA_PROJECT") in data:
        raise Invalid.of(field, _MACROS)
    return next((kind for stream, kind in _OLE_STREAMS.items() if _named(stream) in data), None)


def _named(stream: str) -> bytes:
    return stream.encode("utf-16-le")
