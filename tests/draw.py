"""Draw the images of the tests and of the README: a harbour at dusk.

`python -m tests.draw` writes them to tests/photos.
"""

from functools import cache
from io import BytesIO
from pathlib import Path
from zlib import crc32

from PIL import Image, ImageDraw

FOLDER = Path(__file__).parent / "photos"
SIZE = (480, 320)

_HORIZON = 190
_SKY = ((28, 38, 92), (245, 150, 80))
_SEA = ((214, 120, 84), (16, 24, 56))
_BOATS = (
    (70, 230, 1.0, "#7a1f2b"),
    (250, 216, 0.6, "#2e4a62"),
    (350, 262, 1.5, "#163c32"),
)


def harbour() -> Image.Image:
    """Return the scene: sun, sea, hills and three boats."""
    image = Image.new("RGB", SIZE)
    draw = ImageDraw.Draw(image)
    width, height = SIZE
    for y in range(height):
        top, bottom, share = (
            (*_SKY, y / _HORIZON)
            if y < _HORIZON
            else (*_SEA, (y - _HORIZON) / (height - _HORIZON))
        )
        mixed = [round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True)]
        draw.line([(0, y), (width, y)], fill=tuple(mixed))
    draw.ellipse([280, 130, 350, 200], fill=(255, 226, 150))
    draw.polygon(
        [(0, 190), (0, 150), (70, 120), (180, 178), (240, 190)], fill="#23203f"
    )
    draw.polygon([(200, 190), (330, 168), (480, 140), (480, 190)], fill="#2f2748")
    for step in range(12):
        y = _HORIZON + 6 + step * 9
        half = 44 - step * 2
        draw.line([(315 - half, y), (315 + half, y)], fill=(255, 206, 140), width=2)
    for x, y, scale, colour in _BOATS:
        _boat(draw, x, y, scale, colour)
    return image


def _boat(draw: ImageDraw.ImageDraw, x: int, y: int, scale: float, colour: str) -> None:
    def at(*points: tuple[int, int]) -> list[tuple[float, float]]:
        return [(x + scale * dx, y + scale * dy) for dx, dy in points]

    draw.polygon(at((-34, 0), (34, 0), (24, 14), (-26, 14)), fill=colour)
    draw.line(at((0, 0), (0, -58)), fill="#1b1b1b", width=2)
    draw.polygon(at((3, -56), (3, -6), (30, -6)), fill="#f4efe4")
    draw.polygon(at((-3, -50), (-3, -6), (-22, -6)), fill="#e2d8c4")


@cache
def _square(image_format: str) -> bytes:
    drawn = BytesIO()
    Image.new("RGB", (32, 32), "#7a1f2b").save(drawn, image_format, quality=50)
    return drawn.getvalue()


def snapshot(number: int, image_format: str = "JPEG") -> bytes:
    """Return a small image that differs from all others by its number.

    All of a format have one size, and `number_of` reads it again.
    """
    mark = b"#%08d" % number
    return (marked_jpeg if image_format == "JPEG" else _marked_png)(
        _square(image_format), mark
    )


def number_of(data: bytes) -> int:
    """Return which snapshot it is."""
    return int(data[data.index(b"#0") + 1 :][:8])


def marked_jpeg(data: bytes, mark: bytes) -> bytes:
    """Return the same JPEG with a mark of up to 64 bytes, where it is no metadata.

    It becomes a quantisation table that no pixel uses, behind the header of JFIF.
    """
    return data[:20] + b"\xff\xdb\x00\x43\x03" + mark.ljust(64, b".") + data[20:]


def _marked_png(data: bytes, mark: bytes) -> bytes:
    """Return the same PNG with a mark of 9 bytes, as three colours of a palette.

    Pixels in full colour do not use it.
    """
    chunk = b"PLTE" + mark
    sized = len(mark).to_bytes(4) + chunk + crc32(chunk).to_bytes(4)
    return data[:33] + sized + data[33:]


def album(folder: Path, *names: str) -> None:
    """Put a snapshot under each name, numbered from 1 in the order given."""
    for number, name in enumerate(names, 1):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(snapshot(number, "PNG" if name.endswith("png") else "JPEG"))


def main() -> None:
    """Write the scene as JPEG, PNG and WebP."""
    FOLDER.mkdir(exist_ok=True)
    scene = harbour()
    scene.save(FOLDER / "harbour.jpg", quality=85)
    scene.save(FOLDER / "harbour.png", optimize=True)
    scene.save(FOLDER / "harbour.webp", quality=80)


if __name__ == "__main__":
    main()
