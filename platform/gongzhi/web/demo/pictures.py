"""Pictures for the demo, drawn rather than shipped: simple scenes that show nobody and no real place."""

from __future__ import annotations

import io
import random

from PIL import Image, ImageDraw

SIZE = (960, 720)
PALETTES = (
    ((206, 216, 222), (122, 130, 128), (168, 92, 70)),
    ((226, 214, 196), (140, 116, 96), (84, 116, 104)),
    ((196, 208, 196), (96, 112, 104), (180, 140, 80)),
    ((40, 48, 66), (82, 86, 104), (226, 190, 110)),
)


def scene(kind: str, seed: int) -> bytes:
    """A JPEG of `stairs`, `street`, `court` or `slope`; the same seed gives the same picture."""
    rng = random.Random(f"{kind}{seed}")  # noqa: S311 - repeatable, not secret
    sky, ground, mark = PALETTES[rng.randrange(len(PALETTES))]
    picture = _gradient(sky, ground)
    draw = ImageDraw.Draw(picture)
    {"stairs": _stairs, "street": _street, "court": _court, "slope": _slope}[kind](draw, rng, ground, mark)
    return _jpeg(picture)


def certificate() -> bytes:
    """A sheet with lines, standing for a registration certificate."""
    picture = Image.new("RGB", (600, 840), (250, 247, 240))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((30, 30, 570, 810), outline=(156, 47, 31), width=6)
    for line in range(12):
        draw.line((90, 180 + line * 45, 510 - line % 4 * 60, 180 + line * 45), fill=(120, 116, 110), width=4)
    return _jpeg(picture)


def _gradient(top: tuple[int, int, int], bottom: tuple[int, int, int]) -> Image.Image:
    column = Image.new("RGB", (1, SIZE[1]))
    for y in range(SIZE[1]):
        share = y / SIZE[1]
        column.putpixel((0, y), tuple(round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True)))
    return column.resize(SIZE)


def _stairs(draw: ImageDraw.ImageDraw, rng: random.Random, ground: tuple[int, ...], mark: tuple[int, ...]) -> None:
    steps = rng.randint(9, 13)
    high = SIZE[1] * 0.7 / steps
    for number in range(steps):
        left, top = 120 + number * 55, SIZE[1] - (number + 1) * high
        shade = tuple(min(255, value + number * 6) for value in ground)
        draw.rectangle((left, top, SIZE[0], SIZE[1]), fill=shade)
        draw.line((left, top, SIZE[0], top), fill=tuple(value // 2 for value in ground), width=3)
    for number in range(0, steps, 2):
        left, top = 120 + number * 55, SIZE[1] - (number + 1) * high
        lean = rng.randint(-14, 14) if number == 4 else 0
        draw.line((left + 20, top, left + 20 + lean, top - 110), fill=mark, width=9)
    draw.line((140, SIZE[1] - high - 110, 140 + steps * 55, SIZE[1] - steps * high - 110), fill=mark, width=9)


def _street(draw: ImageDraw.ImageDraw, rng: random.Random, ground: tuple[int, ...], mark: tuple[int, ...]) -> None:
    left = 0
    while left < SIZE[0]:
        wide, high = rng.randint(110, 190), rng.randint(240, 480)
        shade = tuple(max(0, value - rng.randint(10, 40)) for value in ground)
        draw.rectangle((left, 560 - high, left + wide, 560), fill=shade)
        for x in range(left + 18, left + wide - 30, 44):
            for y in range(580 - high, 520, 60):
                draw.rectangle((x, y, x + 22, y + 30), fill=mark if rng.random() < 0.3 else (220, 222, 218))
        left += wide + rng.randint(4, 16)
    draw.rectangle((0, 560, SIZE[0], SIZE[1]), fill=(96, 96, 100))
    for x in range(0, SIZE[0], 160):
        draw.rectangle((x + 20, 632, x + 100, 644), fill=(230, 228, 220))


def _court(draw: ImageDraw.ImageDraw, rng: random.Random, ground: tuple[int, ...], mark: tuple[int, ...]) -> None:
    draw.rectangle((0, 430, SIZE[0], SIZE[1]), fill=tuple(min(255, value + 30) for value in ground))
    for _number in range(5):
        x, wide = rng.randint(40, 860), rng.randint(60, 130)
        draw.rectangle((x - 7, 330, x + 7, 480), fill=(104, 84, 66))
        draw.ellipse((x - wide, 190, x + wide, 380), fill=(92, 128, 90))
    for number in range(3):
        x = 160 + number * 250
        draw.rectangle((x, 560, x + 150, 578), fill=mark)
        draw.rectangle((x + 12, 578, x + 24, 630), fill=(90, 84, 80))
        draw.rectangle((x + 126, 578, x + 138, 630), fill=(90, 84, 80))


def _slope(draw: ImageDraw.ImageDraw, rng: random.Random, ground: tuple[int, ...], mark: tuple[int, ...]) -> None:
    draw.polygon(((0, 120), (SIZE[0], 520), (SIZE[0], SIZE[1]), (0, SIZE[1])), fill=tuple(ground))
    for _number in range(40):
        x = rng.randint(0, SIZE[0])
        y = rng.randint(120 + x * 400 // SIZE[0], SIZE[1])
        size = rng.randint(8, 34)
        draw.ellipse((x, y, x + size, y + size * 2 // 3), fill=tuple(max(0, value - 28) for value in ground))
    points = [(180 + step * 40, 300 + step * 34 + rng.randint(-16, 16)) for step in range(10)]
    draw.line(points, fill=tuple(value // 3 for value in ground), width=7)
    draw.rectangle((620, 600, 930, 622), fill=mark)


def _jpeg(picture: Image.Image) -> bytes:
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=80)
    return kept.getvalue()
