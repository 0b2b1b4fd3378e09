"""Files that are not what they say: two things in one, bombs of pixels and of compression, formulas in exports.

What the storage itself refuses is in tests/kernel/test_storage.py; here it is tried through the doors. Addresses
inside, to which a push service could lead, are in tests/reactions/notices/test_push.py.
"""

from __future__ import annotations

import csv
import io
import re
import struct
import zipfile
import zlib

import pytest
from PIL import Image

from gongzhi.domains.ballots.views import drafting
from gongzhi.kernel import outward, tables
from tests import factories as f
from tests.domains.ballots.steps import a_draft, an_office_with_two

SCRIPT = b"<script>alert(1)</script>"


def a_picture(kind="JPEG"):
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "tan").save(data, kind)
    return data.getvalue()


def a_png_of(width, height):
    """The head of a picture of so many pixels, in a few bytes."""

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def an_issue_with(browser, data, name):
    form = {
        "title": "石阶里路灯不亮", "body": "上段四盏路灯坏了两周,夜里看不清台阶。", "category": f.categories()["FAC.lamp"].id,
        "place_id": f.places().community.id, "photos": [(io.BytesIO(data), name)],
    }  # fmt: skip
    return browser.post("/issues/new", data=form, content_type="multipart/form-data")


REFUSED = {
    "markup that says it is a picture": (b"GIF89a/*" + SCRIPT + b"*/=1", "x.gif"),
    "a picture of lines with script": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "x.svg"),
    "a page": (b"<!doctype html>" + SCRIPT, "x.jpg"),
    "a program": (b"MZ\x90\x00" + bytes(200), "x.png"),
    "very many pixels": (a_png_of(50_000, 50_000), "x.png"),
    "more pixels than numbers": (a_png_of(2**31 - 1, 2**31 - 1), "x.png"),
}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_picture_is_refused_beside_its_field(client, what):
    answer = an_issue_with(client(f.a_resident()), *REFUSED[what])
    assert answer.status_code == 422
    assert 'id="photos-error"' in answer.text
    assert client().get("/api/v1/issues").json["items"] == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("behind", [SCRIPT, b"PK\x03\x04" + bytes(60), b"%PDF-1.7\n%%EOF"])
def test_a_picture_with_something_else_in_it_is_given_out_as_a_picture_only(client, behind):
    answer = an_issue_with(client(f.a_resident()), a_picture() + behind, "lamp.html")
    assert answer.status_code == 302, answer.text
    page = client().get(answer.location.partition("?")[0]).text
    addresses = set(re.findall(r"/files/[\w.-]+", page))
    assert addresses
    for address in addresses:
        shown = client().get(address)
        assert shown.status_code == 200
        assert shown.mimetype in ("image/jpeg", "image/webp", "image/png")
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
        assert behind not in shown.data


# -- tables


def a_book(shared=b"", sheet=b"<sheetData/>", **more):
    """An XLSX file by its parts."""
    space = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    relations = b'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}.sharedStrings+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": b"<Relationships " + relations + b'><Relationship Id="r1" Type="' + office.encode()
        + b'/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": b"<workbook " + space + b' xmlns:r="' + office.encode()
        + b'"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": b"<Relationships " + relations + b'><Relationship Id="r1" Type="' + office.encode()
        + b'/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/sharedStrings.xml": b"<sst " + space + b">" + shared + b"</sst>",
        "xl/worksheets/sheet1.xml": b"<worksheet " + space + b">" + sheet + b"</worksheet>",
        **more,
    }  # fmt: skip
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return data.getvalue()


def row(*cells):
    return b"<row>" + b"".join(b'<c t="inlineStr"><is><t>%s</t></is></c>' % one.encode() for one in cells) + b"</row>"


@pytest.fixture
def upload(client):
    """Send a roll to a ballot that takes one; the answer."""
    first, _second = an_office_with_two()
    draft = a_draft(first, "owners_general", paper=False, secret=False)
    desk = client(first)

    def send(data, name="roll.xlsx"):
        return desk.post(
            f"/ballots/{draft}/roll", data={"file": (io.BytesIO(data), name)}, content_type="multipart/form-data"
        )

    return send


def test_a_table_that_unpacks_to_far_more_is_refused_before_it_is_read(upload, monkeypatch):
    good = b"<sheetData>" + row("姓名", "房号", "面积") + row("李四", "1-1", "80") + b"</sheetData>"
    assert upload(a_book(sheet=good)).status_code == 302
    bomb = a_book(shared=b"<si><t>" + b"0" * (tables.LARGEST_PART + 1) + b"</t></si>", sheet=good)
    assert len(bomb) < 1_000_000
    monkeypatch.setattr(tables, "load_workbook", lambda *_a, **_k: pytest.fail("it was opened"))
    assert upload(bomb).status_code == 422
    many = a_book(sheet=good, **{f"x/{number}": b"" for number in range(tables.MOST_PARTS)})
    assert upload(many).status_code == 422


def test_a_table_of_more_rows_than_people_is_refused(upload, monkeypatch):
    monkeypatch.setattr(drafting, "MOST_ROWS", 3)
    rows = [row("李四", f"1-{number}", "80") for number in range(4)]
    head = row("姓名", "房号", "面积")
    assert upload(a_book(sheet=b"<sheetData>" + head + b"".join(rows[:3]) + b"</sheetData>")).status_code == 302
    assert upload(a_book(sheet=b"<sheetData>" + head + b"".join(rows) + b"</sheetData>")).status_code == 422


@pytest.mark.parametrize(
    "entity",
    [
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        "<!DOCTYPE a [<!ENTITY x 'ha'>" + "".join(
            f"<!ENTITY x{n} '{'&x' + (str(n - 1) if n else '') + ';'}{('&x' + (str(n - 1) if n else '') + ';') * 9}'>"
            for n in range(12)
        ) + "]>",
    ],
    ids=["a file of the server", "entities of entities"],
)  # fmt: skip
def test_entities_in_a_table_are_not_followed(upload, entity):
    name = "x" if "SYSTEM" in entity else "x11"
    sheet = f'{entity}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'.encode()
    sheet += row("姓名", "房号", "面积") + row(f"&{name};", "1-1", "80") + b"</sheetData></worksheet>"
    answer = upload(a_book(**{"xl/worksheets/sheet1.xml": sheet}))
    assert answer.status_code in (302, 422)
    assert "root:" not in answer.text


def test_no_cell_of_a_table_given_out_begins_a_formula(client):
    """The only table for a spreadsheet is the empty roll; other exports are JSON, which no spreadsheet runs."""
    app = client().application
    views = [rule.rule for rule in app.url_map.iter_rules() if rule.rule.endswith((".csv", ".xlsx", ".tsv"))]
    assert views == ["/ballots/roll-template.csv"], "a new export of tables: escape cells that begin with = + - @"
    answer = client(f.an_official()).get("/ballots/roll-template.csv")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    for line in csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in line)


# -- links people give


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_link_somebody_writes_is_never_fetched(client, monkeypatch):
    """Links are shown, not looked up: no preview, no picture of another site."""
    monkeypatch.setattr(outward, "post", lambda *_a, **_k: pytest.fail("something was fetched"))
    monkeypatch.setattr(outward, "look_up", lambda *_a, **_k: pytest.fail("a name was looked up"))
    issue = f.an_issue()
    said = f.a_comment(
        f.a_resident(), issue, "见 http://169.254.169.254/latest/meta-data 和 ![x](http://10.0.0.1/a.png)"
    )
    f.deliver()
    page = client().get(f"/issues/{issue}").text
    assert said in page
    assert not re.search(r'<img[^>]+src="https?:', page)
