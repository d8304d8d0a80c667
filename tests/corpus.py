"""Files as people have them and as nobody should, each with what becomes of it.

`python -m tests.corpus FOLDER` writes them.
"""

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from pillow_heif import register_heif_opener

from tests.images import profiles
from tests.images.containers import animated, drawn, png_chunk

GOOD = ""
"""What becomes of a file that is captioned; of the others, the code of the refusal."""

register_heif_opener()


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:  # noqa: ANN401  # of Pillow
    """Return the file that Pillow makes of a picture."""
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def write(folder: Path) -> dict[str, str]:
    """Write all files, and return by name what becomes of each."""
    fates: dict[str, str] = {}
    for name, data, fate in files():
        (folder / name).write_bytes(data)
        fates[name] = fate
    return fates


def files() -> Iterator[tuple[str, bytes, str]]:
    """Yield name, bytes and fate."""
    yield from _truncations()
    yield from _ordinary()
    yield from _sizes()
    yield from _bombs()
    yield from _polyglots()


def _truncations() -> Iterator[tuple[str, bytes, str]]:
    """Yield every beginning of a small JPEG, PNG and WebP, and the whole files.

    A JPEG that lacks only its end marker of two bytes has all its pixels.
    """
    image = Image.radial_gradient("L").resize((30, 28))
    for kind, known, spare in (("JPEG", 3, 2), ("PNG", 8, 0), ("WEBP", 12, 0)):
        data = saved(image, kind, quality=20)
        for length in range(len(data)):
            fate = "truncatedImage" if length >= known else "notAnImage"
            fate = GOOD if length >= len(data) - spare else fate
            name = f"cut {length:04}.{kind.lower()}"
            yield name, data[:length], fate if length else "emptyImage"
        yield f"whole.{kind.lower()}", data, GOOD


def _ordinary() -> Iterator[tuple[str, bytes, str]]:
    """Yield what phones, cameras, scanners and programs make."""
    image = Image.open(BytesIO(drawn("PNG"))).convert("RGB")
    for kind in ("GIF", "BMP", "TIFF", "AVIF", "HEIF"):
        yield f"plain.{kind.lower()}", saved(image, kind), GOOD
    for kind in ("GIF", "PNG", "WEBP", "TIFF", "AVIF"):
        yield f"moving.{kind.lower()}", animated(kind), GOOD
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        yield f"turned {orientation}.jpg", saved(image, "JPEG", exif=exif), GOOD
    wide = profiles.matrix(profiles.DISPLAY_P3)
    yield "wide.jpg", saved(image, "JPEG", icc_profile=wide), GOOD
    yield "junk profile.png", saved(image, "PNG", icc_profile=b"junk"), GOOD
    yield "inks.jpg", saved(image.convert("CMYK"), "JPEG"), GOOD
    yield "inks.tif", saved(image.convert("CMYK"), "TIFF"), GOOD
    yield "deep.png", saved(Image.new("I;16", (40, 40), 999), "PNG"), GOOD
    yield "deep.tif", saved(Image.new("I;16", (40, 40), 999), "TIFF"), GOOD
    yield "floating.tif", saved(Image.new("F", (40, 40), 0.5), "TIFF"), GOOD
    few = image.quantize(8)
    yield "palette.png", saved(few, "PNG"), GOOD
    yield "palette with alpha.png", saved(few, "PNG", transparency=b"\0\x80"), GOOD
    yield "clear.webp", saved(Image.new("RGBA", (40, 40)), "WEBP"), GOOD
    yield "photo.gif.png", drawn("JPEG"), GOOD
    yield "photo.txt", drawn("WEBP"), GOOD
    yield "raw.tif", saved(image, "TIFF", tiffinfo={254: 1}), "noPreview"
    yield "text.jpg", b"Hello.\n", "notAnImage"
    yield "film.avif", b"\0\0\0\x18ftypmp42" + bytes(99), "notAnImage"
    yield (
        "drawing.svg",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        ("unsupportedFormat"),
    )


def _sizes() -> Iterator[tuple[str, bytes, str]]:
    """Yield the smallest, the narrowest, the largest."""
    for kind in ("JPEG", "PNG", "WEBP", "GIF", "TIFF"):
        dot = Image.new("RGB", (1, 1))
        yield f"dot.{kind.lower()}", saved(dot, kind), "imageTooSmall"
    for kind in ("JPEG", "PNG", "GIF", "TIFF"):
        line = Image.new("L", (30_000, 20))
        yield f"line.{kind.lower()}", saved(line, kind), "imageTooSmall"
        strip = Image.new("L", (30_000, 200))
        yield f"strip.{kind.lower()}", saved(strip, kind), GOOD
        string = Image.new("L", (30_000, 40))
        yield f"string.{kind.lower()}", saved(string, kind), "imageTooNarrow"


def claiming(width: int, height: int) -> Iterator[tuple[str, bytes]]:
    """Yield small files that say they are of this size."""
    png, jpeg, gif, bmp = (drawn(kind) for kind in ("PNG", "JPEG", "GIF", "BMP"))
    header = png_chunk(b"IHDR", width.to_bytes(4) + height.to_bytes(4) + png[24:29])
    frame = jpeg.index(b"\xff\xc0") + 5
    sides = height.to_bytes(2) + width.to_bytes(2)
    short, long = (
        width.to_bytes(size, "little") + height.to_bytes(size, "little")
        for size in (2, 4)
    )
    yield "png", png[:8] + header + png[33:]
    yield "jpg", jpeg[:frame] + sides + jpeg[frame + 4 :]
    yield "gif", gif[:6] + short + gif[10:]
    yield "bmp", bmp[:18] + long + bmp[26:]


def _bombs() -> Iterator[tuple[str, bytes, str]]:
    """Yield what would be gigabytes, or more than there is."""
    for suffix, data in claiming(60_000, 60_000):
        yield f"bomb.{suffix}", data, "tooManyPixels"
    for suffix, data in claiming(3000, 3000):
        lenient = suffix in {"jpg", "gif"}  # whose missing parts are empty
        yield f"bluff.{suffix}", data, GOOD if lenient else "undecodableImage"
    zeros = saved(Image.new("1", (14_000, 14_000)), "PNG")
    yield "zeros.png", zeros, "tooManyPixels"
    yield "marks.jpg", b"\xff\xd8" + b"\xff\xfe\0\2" * 200_000, "damagedImage"


def _polyglots() -> Iterator[tuple[str, bytes, str]]:
    """Yield what is two things at once: the first bytes decide."""
    script, archive = b"<script>alert(1)</script>", b"PK\3\4" + bytes(60)
    jpeg, png, webp, gif = (drawn(kind) for kind in ("JPEG", "PNG", "WEBP", "GIF"))
    yield "jpeg and zip.jpg", jpeg + archive, GOOD
    yield "png and script.png", png + script, GOOD
    yield "webp and jpeg.webp", webp + jpeg, GOOD
    yield "gif and script.gif", gif + script, GOOD
    yield "pdf and jpeg.jpg", b"%PDF-1.7\n" + jpeg, "unsupportedFormat"
    yield "script and jpeg.jpg", script + jpeg, "notAnImage"
    yield "postscript.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n", "notAnImage"
    yield "gif as jpeg.jpg", b"\xff\xd8\xff" + gif, "damagedImage"


if __name__ == "__main__":
    write(Path(sys.argv[1]))
