import os
import zipfile
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from PIL import Image, PngImagePlugin

from gongzhi.kernel import storage
from gongzhi.kernel.errors import Invalid, NotFound

RED = (200, 30, 30)


@pytest.fixture(params=["folder", "bucket"])
def depot(request, tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "_depot", None)
    storage.configure(tmp_path, None if request.param == "folder" else "memory:///")
    return tmp_path


def an_image(kind="JPEG", size=(64, 48), mode="RGB", colour=RED, **options):
    written = BytesIO()
    Image.new(mode, size, colour).save(written, kind, **options)
    return written.getvalue()


def a_zip(**members):
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return written.getvalue()


def a_workbook():
    written = BytesIO()
    Workbook().save(written)
    return written.getvalue()


def an_ole(*streams):
    return bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 512 + b"".join(name.encode("utf-16-le") for name in streams)


def content(key):
    with storage.open_file(key) as stored:
        return stored.read()


def refusal(store, data, name="x"):
    with pytest.raises(Invalid) as refused:
        store(BytesIO(data), name)
    (message,) = refused.value.errors["file"]
    return str(message)


def test_a_photograph_is_kept_upright_small_and_without_its_place(depot):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif.get_ifd(0x8825)[1] = "N"
    stored = storage.store_image(
        BytesIO(an_image(size=(3000, 1500), exif=exif, comment=b"secret place")), r"C:\照片\梯坎.JPEG"
    )
    assert (stored.width, stored.height) == (1024, 2048)
    assert (stored.media_type, stored.name) == ("image/jpeg", "梯坎.jpg")
    data = content(stored.key)
    assert len(data) == stored.size
    assert b"Exif" not in data
    assert b"secret" not in data
    with Image.open(BytesIO(content(storage.small_key(stored.key)))) as small:
        assert small.size == (240, 480)
    assert storage.media_type(storage.small_key(stored.key)) == "image/jpeg"


def test_transparency_is_kept_and_opaque_pictures_become_jpeg(depot):
    assert storage.store_image(BytesIO(an_image("PNG", mode="RGBA", colour=(*RED, 90))), "a").media_type == "image/webp"
    for data in (
        an_image("PNG", mode="RGBA", colour=(*RED, 255)),
        an_image("PNG", mode="P", colour=1),
        an_image("PNG", mode="I;16", colour=40_000),
        an_image("JPEG", mode="CMYK", colour=(0, 9, 9, 0)),
        an_image("WEBP"),
    ):
        assert storage.store_image(BytesIO(data), "a.png").media_type == "image/jpeg"


def test_sixteen_bit_grey_stays_grey(depot):
    stored = storage.store_image(BytesIO(an_image("PNG", mode="I;16", colour=32_768)), "a")
    with Image.open(BytesIO(content(stored.key))) as image:
        assert abs(image.getpixel((5, 5))[0] - 128) < 4


def test_a_picture_with_something_behind_it_loses_it(depot):
    hidden = b"<script>alert(1)</script>"
    stored = storage.store_image(BytesIO(an_image("PNG") + hidden + a_zip(a="b")), "a.html")
    assert hidden not in content(stored.key)
    assert b"PK\x03\x04" not in content(stored.key)
    assert stored.name == "a.jpg"


def test_the_same_picture_is_kept_once(depot):
    data = an_image()
    assert storage.store_image(BytesIO(data), "a").key == storage.store_image(BytesIO(data), "b").key
    assert len(list(storage.stored_keys())) == 2


def test_pictures_we_do_not_want_are_refused_with_the_reason(depot, monkeypatch):
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]
    moving = BytesIO()
    frames[0].save(moving, "WEBP", save_all=True, append_images=frames[1:])
    assert "still image" in refusal(storage.store_image, moving.getvalue())
    assert "pixels" in refusal(storage.store_image, an_image("PNG", size=(7000, 6000), mode="1", colour=1))
    assert "pixels" in refusal(storage.store_image, an_image("PNG", size=(20_000, 10_000), mode="1", colour=1))
    for data in (an_image("GIF", mode="P", colour=1), an_image("BMP"), b"<svg/>", an_image()[:300]):
        assert "can be read" in refusal(storage.store_image, data)
    assert "empty" in refusal(storage.store_image, b"")
    assert "12 MB" in refusal(storage.store_image, bytes(storage.LARGEST_IMAGE + 1))
    assert list(storage.stored_keys()) == []


def test_a_compressed_text_bomb_in_a_picture_does_no_harm(depot):
    notes = PngImagePlugin.PngInfo()
    notes.add_text("note", "x" * 80_000_000, zip=True)
    bomb = BytesIO()
    Image.new("RGB", (9, 9)).save(bomb, "PNG", pnginfo=notes)
    assert refusal(storage.store_image, bomb.getvalue())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_pictures_are_refused_or_written_anew(depot, data):
    source = bytearray(data.draw(st.sampled_from([an_image("JPEG"), an_image("PNG"), an_image("WEBP")])))
    for _ in range(data.draw(st.integers(1, 6))):
        source[data.draw(st.integers(0, len(source) - 1))] = data.draw(st.integers(0, 255))
    before = list(storage.stored_keys())
    try:
        stored = storage.store_image(BytesIO(bytes(source)), "x")
    except Invalid:
        assert list(storage.stored_keys()) == before
    else:
        with Image.open(BytesIO(content(stored.key))) as image:
            assert image.format in {"JPEG", "WEBP"}


def test_documents_are_known_by_their_content(depot):
    pdf = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n"
    odt = a_zip(mimetype="application/vnd.oasis.opendocument.text", **{"content.xml": "<x/>"})
    for data, extension in (
        (pdf, "pdf"),
        (a_workbook(), "xlsx"),
        (a_zip(**{"[Content_Types].xml": "", "word/document.xml": ""}), "docx"),
        (odt, "odt"),
        (an_ole("WordDocument"), "doc"),
        (an_ole("Workbook"), "xls"),
    ):
        stored = storage.store_document(BytesIO(data), "证明材料.exe")
        assert stored.name == f"证明材料.{extension}"
        assert stored.media_type == storage.media_type(stored.key)
        assert content(stored.key) == data


def test_documents_we_do_not_want_are_refused_with_the_reason(depot):
    ooxml = {"[Content_Types].xml": "", "word/document.xml": ""}
    assert "macros" in refusal(storage.store_document, a_zip(**ooxml, **{"word/vbaProject.bin": ""}))
    assert "macros" in refusal(storage.store_document, an_ole("WordDocument", "_VBA_PROJECT"))
    assert "password" in refusal(storage.store_document, an_ole("EncryptedPackage"))
    assert "damaged" in refusal(storage.store_document, b"PK\x03\x04 no zip")
    assert "damaged" in refusal(storage.store_document, b"%PDF-1.7 cut short")
    for data in (b"<html>", b"MZ\x90", a_zip(a="b"), b" %PDF-1.7 %%EOF", an_ole("Other"), an_image()):
        assert "not accepted" in refusal(storage.store_document, data)
    assert "20 MB" in refusal(storage.store_document, bytes(storage.LARGEST_DOCUMENT + 1))


@pytest.mark.parametrize(
    "key",
    [
        "",
        "../../etc/passwd",
        "a" * 64,
        "a" * 64 + ".exe",
        "A" * 64 + ".jpg",
        "a" * 64 + ".jpg\n",
        "a" * 64 + ".jpg",
    ],
)
def test_what_is_no_key_or_not_there_is_not_found(depot, key):
    with pytest.raises(NotFound):
        storage.open_file(key)


def test_removed_files_are_gone_and_removing_again_is_fine(depot):
    stored = storage.store_image(BytesIO(an_image()), "x")
    storage.remove_file(stored.key)
    storage.remove_file(stored.key)
    assert list(storage.stored_keys()) == []
    with pytest.raises(NotFound):
        storage.open_file(stored.key)


@given(st.text(max_size=300))
def test_a_cleaned_name_is_short_flat_and_has_its_extension(name):
    cleaned = storage.clean_name(name, "jpg")
    assert cleaned.endswith(".jpg")
    assert len(cleaned) <= storage.LONGEST_NAME
    assert not set('/\\<>:"|?*\n\0') & set(cleaned)
    assert not cleaned.startswith(".")


def test_a_failed_write_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "_depot", None)
    storage.configure(tmp_path)

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="space"):
            storage.store_document(BytesIO(a_workbook()), "x")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
