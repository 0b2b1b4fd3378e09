"""Rows of an XLSX or CSV file, one at a time, whatever its size and whatever it claims about it."""

from __future__ import annotations

import codecs
import csv
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from gongzhi.kernel.errors import Invalid
from gongzhi.kernel.text import lazy as _l

Row = tuple[int, Sequence[Any]]

MOST_EMPTY = 2_000
"""So many empty rows in a row end a sheet: some claim a million and fill a hundred."""
LONGEST_CELL = 1_000_000
LARGEST_SHEET = 256 << 20
"""Bytes of a sheet once unpacked. Sheets are read row by row."""
LARGEST_PART = 64 << 20
"""Bytes of any other part once unpacked, such as the shared texts: it is held in memory whole."""
MOST_PARTS = 1_000
CHUNK = 1 << 20
ENCODINGS = ("utf-8-sig", "gb18030")


def rows_of(path: Path) -> Iterator[Row]:
    """Line number and cells of every row that is not empty. Raises `Invalid` for a file that is no table."""
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        yield from _xlsx(path)
    elif suffix == ".csv":
        yield from _csv(path)
    else:
        raise Invalid.of("file", _l("Give a file whose name ends in .xlsx or .csv."))


def _xlsx(path: Path) -> Iterator[Row]:
    try:
        with warnings.catch_warnings():
            # openpyxl warns of styles and validations it leaves out; only values matter here.
            warnings.simplefilter("ignore", UserWarning)
            _check_unpacked(path)
            book = load_workbook(path, read_only=True, data_only=True)
            with closing(book):
                sheet = book.worksheets[0]
                sheet.reset_dimensions()
                yield from _filled(enumerate(sheet.iter_rows(values_only=True), start=1))
    except (InvalidFileException, zipfile.BadZipFile, KeyError, IndexError, ValueError, OSError, EOFError) as error:
        raise Invalid.of("file", _l("This is not a readable XLSX file.")) from error


def _check_unpacked(path: Path) -> None:
    """A few hundred kilobytes may unpack to gigabytes. What a part says of its size binds: no more of it is read."""
    with zipfile.ZipFile(path) as packed:
        parts = packed.infolist()
    if len(parts) > MOST_PARTS or any(
        part.file_size > (LARGEST_SHEET if part.filename.startswith("xl/worksheets/") else LARGEST_PART)
        for part in parts
    ):
        raise Invalid.of("file", _l("This table is too large. Please divide it, or send it as CSV."))


def _csv(path: Path) -> Iterator[Row]:
    encoding = _encoding(path)
    csv.field_size_limit(LONGEST_CELL)
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline(CHUNK)
        file.seek(0)
        delimiter = max(",;\t", key=first.count)
        reader = csv.reader(file, delimiter=delimiter)
        try:
            yield from _filled(_numbered(reader))
        except csv.Error as error:
            raise Invalid.of("file", _l("Line %(line)s cannot be read.", line=reader.line_num)) from error


def _numbered(reader: Any) -> Iterator[Row]:
    """Each row with the line it begins at: a cell may hold many lines."""
    begins = 1
    for row in reader:
        yield begins, row
        begins = reader.line_num + 1


def _filled(rows: Iterator[Row]) -> Iterator[Row]:
    empty = 0
    for line, cells in rows:
        if any(cell is not None and str(cell).strip() for cell in cells):
            empty = 0
            yield line, cells
        else:
            empty += 1
            if empty == MOST_EMPTY:
                return


def _encoding(path: Path) -> str:
    """The first encoding in which the whole file is text. UTF-8 is never right by accident, GB18030 may be."""
    for name in ENCODINGS:
        decoder = codecs.getincrementaldecoder(name)()
        try:
            with path.open("rb") as file:
                while chunk := file.read(CHUNK):
                    if b"\0" in chunk:
                        break
                    decoder.decode(chunk)
                else:
                    decoder.decode(b"", final=True)
                    return name
        except UnicodeDecodeError:
            continue
    raise Invalid.of("file", _l("The file is neither UTF-8 nor GB18030 text."))
