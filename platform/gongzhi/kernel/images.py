"""Uploaded images: decoded, turned upright, made smaller and written anew without any metadata."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

from gongzhi.kernel.errors import Invalid
from gongzhi.kernel.text.messages import lazy as _l

IMAGE_TYPES = {"jpg": "image/jpeg", "webp": "image/webp"}
ACCEPTED = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 40_000_000
LONGEST_EDGE = 2048
SMALL_EDGE = 480
JPEG_QUALITY = 85
WEBP_QUALITY = 82

_UNREADABLE = _l("This file is not an image that can be read. Please use JPEG, PNG or WebP.")
_TOO_MANY_PIXELS = _l("This image has too many pixels. Please make it smaller than 40 megapixels.")
_MOVING = _l("Moving images are not accepted. Please use a still image.")


@dataclass(frozen=True, slots=True)
class NormalImage:
    """An image as it is stored, and its small version in the same format."""

    data: bytes
    small: bytes
    extension: str
    width: int
    height: int


def normalise(data: bytes, field: str) -> NormalImage:
    """Decode and write anew; `Invalid` beside ``field`` when it is not a still image of a known kind."""
    try:
        return _rewrite(data, field)
    except Invalid:
        raise
    except Image.DecompressionBombError as error:
        raise Invalid.of(field, _TOO_MANY_PIXELS) from error
    except Exception as error:
        # Decoders fail in many ways on damaged or hostile files; all mean the same to the reader.
        raise Invalid.of(field, _UNREADABLE) from error


def _rewrite(data: bytes, field: str) -> NormalImage:
    with warnings.catch_warnings():
        # Pillow warns early and refuses late; the size is checked below, before any pixel is decoded.
        warnings.simplefilter("ignore")
        image = Image.open(BytesIO(data), formats=ACCEPTED)
    with image:
        if image.width * image.height > MOST_PIXELS:
            raise Invalid.of(field, _TOO_MANY_PIXELS)
        if getattr(image, "n_frames", 1) > 1:
            raise Invalid.of(field, _MOVING)
        # Shrinking first lets the JPEG decoder skip pixels; turning keeps the longest edge.
        image.thumbnail((LONGEST_EDGE, LONGEST_EDGE), reducing_gap=2.0)
        upright = _plain_mode(ImageOps.exif_transpose(image))
    small = upright.copy()
    small.thumbnail((SMALL_EDGE, SMALL_EDGE), reducing_gap=2.0)
    return NormalImage(
        data=_encode(upright),
        small=_encode(small),
        extension="webp" if upright.mode == "RGBA" else "jpg",
        width=upright.width,
        height=upright.height,
    )


def _plain_mode(image: Image.Image) -> Image.Image:
    """RGBA if anything is transparent, else RGB."""
    if image.mode.startswith("I"):
        # 16-bit grey: keep the high byte, where Pillow would clip to white.
        image = image.convert("I").point(lambda level: level * (1 / 256)).convert("L")
    if image.has_transparency_data:
        layered = image.convert("RGBA")
        if layered.getchannel("A").getextrema() != (255, 255):
            return layered
        return layered.convert("RGB")
    return image.convert("RGB")


def _encode(image: Image.Image) -> bytes:
    # A fresh image carries pixels only: no EXIF, no colour profile, no comments.
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    written = BytesIO()
    if image.mode == "RGBA":
        bare.save(written, "WEBP", quality=WEBP_QUALITY, method=4)
    else:
        bare.save(written, "JPEG", quality=JPEG_QUALITY, optimize=True, progressive=True)
    return written.getvalue()
