"""Pictures as people have them become pictures that the model sees right."""

import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageOps

from rwcap.core.errors import InputError
from rwcap.images.convert import JPEG_QUALITY
from rwcap.images.exif import PREFIX
from rwcap.images.formats import ConvertibleFormat, Format
from rwcap.images.image import PreparedImage
from rwcap.images.limits import DEFAULT_OPTIONS, PrepareMode, PrepareOptions
from rwcap.images.prepare import prepare
from rwcap.images.read import ImageReader
from tests import draw
from tests.corpus import claiming, saved
from tests.exiftool import exiftool
from tests.exiv2 import NOTHING, metadata, with_metadata
from tests.images import profiles
from tests.images.containers import animated, drawn, segment, tiff
from tests.images.test_strip import HARMLESS, MORE_OF_IT, SOME
from tests.metadata.packets import description, packet

ALWAYS, NEVER = (PrepareOptions(mode=PrepareMode(how)) for how in ("always", "never"))
SMALL = PrepareOptions(max_side=120)
JPEG = (draw.FOLDER / "harbour.jpg").read_bytes()


@cache
def harbour(kind: str) -> bytes:
    """Return the scene in a format that Pillow writes."""
    return saved(draw.harbour(), kind)


def seen(data: bytes) -> Image.Image:
    """Return what a plain decoder shows."""
    with Image.open(BytesIO(data)) as image:
        image.load()
    return image


def made(data: bytes, preparation: PrepareOptions = DEFAULT_OPTIONS) -> PreparedImage:
    """Return the picture of a file."""
    return prepare(data, "x", preparation)


def refusal(data: bytes, preparation: PrepareOptions = DEFAULT_OPTIONS) -> InputError:
    """Return why a file is not captioned."""
    with pytest.raises(InputError, match=r"^x: ") as refused:
        made(data, preparation)
    return refused.value


def differ(one: Image.Image, other: Image.Image) -> int:
    """Return by how much the most different samples differ."""
    assert one.size == other.size
    return max(
        ImageChops.difference(one.convert("RGB"), other.convert("RGB")).tobytes()
    )


def alike(one: Image.Image, other: Image.Image) -> bool:
    """Return whether they show the same, however finely."""
    size = (one.width // 20, one.height // 20)
    return one.size == other.size and differ(one.resize(size), other.resize(size)) < 16


# Orientation


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_every_picture_is_upright(kind: str, orientation: int) -> None:
    """Pixel by pixel as Pillow turns it; the result says nothing of it any more."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(draw.harbour(), kind, exif=exif)
    picture = made(data)
    upright = ImageOps.exif_transpose(seen(data))

    if orientation == 1:
        assert (picture.format, picture.changes) == (kind.lower(), ())
        assert made(saved(draw.harbour(), kind)).digest == picture.digest
    else:
        encoded = saved(upright, "JPEG", quality=JPEG_QUALITY, subsampling=0)
        assert differ(seen(picture.data), seen(encoded)) == 0
        assert picture.changes == (f"orientation {orientation}",)
    assert seen(picture.data).size == picture.size == upright.size
    assert not seen(picture.data).getexif()


def test_a_picture_that_is_turned_is_another() -> None:
    """Its bytes are the same without metadata, but not what it shows."""
    turned = [
        made(JPEG[:20] + segment(0xE1, PREFIX + tiff(n)) + JPEG[20:])
        for n in range(1, 9)
    ]

    assert len({picture.digest for picture in turned}) == 8
    assert turned[0].digest == sha256(JPEG).hexdigest()


@pytest.mark.parametrize("kind", ["TIFF", "AVIF", "HEIF"])
def test_other_formats_are_turned_as_they_say(kind: str) -> None:
    """Once, by whichever part of Pillow does it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(draw.harbour(), kind, exif=exif.tobytes())

    picture = made(data)

    assert picture.size == (320, 480)
    assert alike(seen(picture.data), draw.harbour().rotate(-90, expand=True))
    assert (picture.info.width, picture.info.height) in {(480, 320), (320, 480)}


# Size


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
def test_a_long_side_is_scaled_to_the_limit(kind: str) -> None:
    """The picture is the same otherwise; a JPEG is decoded at a fraction for it."""
    picture = made(harbour(kind), SMALL)

    assert picture.size == seen(picture.data).size == (120, 80)
    assert picture.changes[-1] == "side 120"
    fine = draw.harbour().resize((120, 80), Image.Resampling.LANCZOS)
    assert alike(seen(picture.data), fine)


def test_a_picture_is_another_only_where_the_limit_makes_it_another() -> None:
    """The default, another limit that does not matter, and one that does."""
    digests = [
        made(JPEG, PrepareOptions(max_side=side)).digest for side in (1536, 480, 0, 479)
    ]

    assert digests[0] == digests[1] == digests[2] == sha256(JPEG).hexdigest()
    assert digests[3] != digests[0]


def test_a_narrow_picture_keeps_what_the_model_needs() -> None:
    """However long it is."""
    assert made(saved(Image.new("L", (5000, 40)), "PNG")).size == (3500, 28)
    assert made(saved(Image.new("L", (5600, 28)), "PNG")).changes == ()


def test_what_is_too_large_to_be_sent_is_encoded_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And refused only if it is too large then, or must not be encoded."""
    noise = saved(Image.effect_noise((200, 200), 50), "PNG")
    monkeypatch.setattr("rwcap.images.prepare.MAX_UPLOAD_BYTES", len(noise) - 1)

    picture = made(noise)

    assert picture.changes == ("encoded again",)
    assert len(picture.data) < len(noise)
    assert refusal(noise, NEVER).code == "imageTooLarge"
    monkeypatch.setattr("rwcap.images.prepare.MAX_UPLOAD_BYTES", 1000)
    assert refusal(noise).code == "imageTooLarge"


# Colours


RED = (200, 30, 40)


def flat(mode: str, colour: Any) -> Image.Image:  # noqa: ANN401  # of the mode
    """Return a picture of one colour."""
    return Image.new(mode, (40, 40), colour)


def palette(transparent: int | bytes | None) -> Image.Image:
    """Return red in one half, and black in the other, which may be transparent."""
    image = flat("P", 0)
    image.putpalette([*RED, 0, 0, 0])
    image.paste(1, (20, 0, 40, 40))
    if transparent is not None:
        image.info["transparency"] = transparent
    return image


def red_with_colour_key() -> bytes:
    """Return red, black being transparent."""
    image = flat("RGB", (0, 0, 0))
    image.paste(RED, (0, 0, 20, 40))
    return saved(image, "PNG", transparency=(0, 0, 0))


GREY16 = flat("I;16", 0x8123)


@pytest.mark.parametrize(
    ("data", "left", "right"),
    [
        (saved(flat("RGBA", (*RED, 0)), "PNG"), (255, 255, 255), (255, 255, 255)),
        (saved(flat("RGBA", (0, 0, 0, 128)), "WEBP"), (127,) * 3, (127,) * 3),
        (saved(flat("LA", (0, 128)), "PNG"), (127,) * 3, (127,) * 3),
        (saved(palette(bytes((255, 0))), "PNG"), RED, (255, 255, 255)),
        (saved(palette(1), "GIF"), RED, (255, 255, 255)),
        (saved(palette(None), "BMP"), RED, (0, 0, 0)),
        (red_with_colour_key(), RED, (255, 255, 255)),
        (saved(GREY16, "PNG"), (0x81,) * 3, (0x81,) * 3),
        (saved(GREY16, "TIFF"), (0x81,) * 3, (0x81,) * 3),
        (saved(GREY16, "PNG", transparency=9), (0x81,) * 3, (0x81,) * 3),
        (saved(flat("F", 0.5), "TIFF"), (0,) * 3, (0,) * 3),
        (saved(flat("1", 1), "TIFF"), (255,) * 3, (255,) * 3),
        (saved(flat("CMYK", (55, 225, 215, 0)), "JPEG"), RED, RED),
        (saved(flat("CMYK", (55, 225, 215, 0)), "TIFF"), RED, RED),
        (saved(flat("RGB", RED).convert("YCbCr"), "TIFF"), RED, RED),
    ],
)
def test_colours_are_those_that_a_person_sees(
    data: bytes, left: tuple[int, ...], right: tuple[int, ...]
) -> None:
    """Transparent on white, inks as light, 16 bits as 8, palettes as colours."""
    picture = made(data)
    image = seen(picture.data).convert("RGB")

    assert picture.format is Format.JPEG
    for place, expected in (((5, 20), left), ((35, 20), right)):
        found = image.getpixel(place)
        assert isinstance(found, tuple)
        assert all(abs(a - b) < 6 for a, b in zip(found, expected, strict=True))


def test_inks_are_not_shown_inverted() -> None:
    """What Adobe's segment says of them is not lost with the metadata."""
    data = saved(draw.harbour().convert("CMYK"), "JPEG", quality=95)

    picture = made(data)

    assert b"Adobe" in data
    assert picture.changes == ("inks to RGB",)
    assert alike(seen(picture.data), draw.harbour())


def test_samples_without_a_range_go_from_black_to_white() -> None:
    """As measuring programs write them."""
    image = flat("F", -3.0)
    image.paste(12.5, (20, 0, 40, 40))

    shown = seen(made(saved(image, "TIFF")).data)

    assert shown.mode == "L"
    assert [shown.getpixel((x, 20)) for x in (5, 35)] == [0, 255]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "HEIF"])
def test_a_profile_is_heeded_and_dropped(kind: str) -> None:
    """The red of a phone's screen is redder than the same number in sRGB."""
    wide = profiles.matrix(profiles.DISPLAY_P3)
    data = saved(flat("RGB", (220, 90, 60)), kind, icc_profile=wide)

    shown = seen(made(data).data)
    pixel = shown.getpixel((20, 20))

    assert isinstance(pixel, tuple)
    assert pixel[0] > 228
    assert pixel[1] < 88
    assert "icc_profile" not in shown.info


@pytest.mark.parametrize(
    ("mode", "profile"),
    [
        ("RGB", b"no profile at all"),
        ("L", profiles.matrix(profiles.DISPLAY_P3)),
        ("CMYK", profiles.matrix(profiles.DISPLAY_P3)),
        ("RGB", profiles.matrix(profiles.DISPLAY_P3)[:200]),
    ],
)
def test_a_profile_that_does_not_fit_is_ignored(mode: str, profile: bytes) -> None:
    """As browsers do; the picture is not to blame."""
    image = flat("RGB", (120, 120, 120)).convert(mode)

    picture = made(saved(image, "JPEG", icc_profile=profile))

    assert "profile to sRGB" in picture.changes
    assert differ(seen(picture.data), flat("RGB", (120, 120, 120))) < 6


def test_a_profile_of_a_scanner_may_be_large() -> None:
    """Its tables have millions of bytes, which only a bomb has more of."""
    wide = profiles.matrix(profiles.DISPLAY_P3) + bytes(3_000_000)
    bomb = wide + bytes(9_000_000)
    files = [saved(flat("RGB", RED), "PNG", icc_profile=each) for each in (wide, bomb)]

    assert made(files[0]).changes == ("profile to sRGB",)
    assert refusal(files[1]).code == "undecodableImage"


def test_a_profile_of_srgb_changes_nothing() -> None:
    """Most photographs have one."""
    picture = made(saved(flat("RGB", RED), "JPEG", icc_profile=profiles.matrix()))

    assert picture.changes == ()


# Formats


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "AVIF", "HEIF"])
def test_other_formats_become_jpeg(kind: str) -> None:
    """Known by all their bytes, whatever a library makes of them."""
    data = harbour(kind)
    picture = made(data)
    words = f"from {'HEIC' if kind == 'HEIF' else kind}"

    assert (picture.format, picture.size) == (Format.JPEG, (480, 320))
    assert picture.changes == (words,)
    origin = sha256(data).digest()
    assert picture.digest == sha256(origin + words.encode()).hexdigest()
    assert alike(seen(picture.data), draw.harbour())


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF", "AVIF"])
def test_of_a_moving_picture_the_first_frame_is_looked_at(kind: str) -> None:
    """This is said once, of the first that moves."""
    told: list[str] = []
    moving = animated(kind)
    reader = ImageReader(lambda: BytesIO(moving), DEFAULT_OPTIONS, told.append)

    pictures = [reader.read("-") for _ in range(3)]

    assert told == [
        "standard input: only the first frame of an animated image is captioned"
    ]
    for picture in pictures:
        assert isinstance(picture, PreparedImage)
        assert differ(seen(picture.data), flat("RGB", "#7a1f2b").resize((40, 30))) < 9


def test_without_the_extra_a_heic_is_refused_with_the_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Everything else works."""
    monkeypatch.setitem(sys.modules, "pillow_heif", None)

    error = refusal(harbour("HEIF"))

    assert error.code == "needsPackage"
    assert error.hint == "pipx inject rwcap pillow-heif (or pip install pillow-heif)"
    assert made(harbour("AVIF")).size == (480, 320)


@pytest.mark.parametrize("tags", [{254: 1}, {50706: b"\1\4\0\0"}])
def test_a_raw_file_is_not_taken_for_its_preview(tags: dict[int, object]) -> None:
    """What comes first in it is a small picture."""
    error = refusal(saved(draw.harbour(), "TIFF", tiffinfo=tags))

    assert error.code == "unsupportedFormat"
    assert "camera raw" in error.message


def test_the_identity_does_not_depend_on_the_encoder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another version of Pillow can write other bytes for the same image."""
    before = made(JPEG, SMALL)
    monkeypatch.setattr("rwcap.images.convert.JPEG_QUALITY", 50)
    after = made(JPEG, SMALL)

    assert before.data != after.data
    assert before.digest == after.digest


# Wishes


def test_all_can_be_encoded_again() -> None:
    """It is then another picture, as it is not the same bytes that are sent."""
    picture = made(JPEG, ALWAYS)

    assert picture.changes == ("encoded again",)
    assert picture.data != JPEG
    assert picture.digest != made(JPEG).digest


def test_none_can_be() -> None:
    """What is sent then has no metadata, and all it had of size and colours."""
    for kind in ("PNG", "WEBP"):
        data = saved(flat("RGBA", (*RED, 9)), kind)
        picture = made(data, NEVER._replace(max_side=30))
        assert (picture.data, picture.changes) == (data, ())
        assert picture.digest == sha256(data).hexdigest() != made(data).digest


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (drawn("GIF"), "convert GIF to JPEG"),
        (
            JPEG[:20] + segment(0xE1, PREFIX + tiff(6)) + JPEG[20:],
            "rotate the image",
        ),
    ],
)
def test_what_would_be_seen_wrong_is_refused_then(data: bytes, what: str) -> None:
    """Rather than paid for."""
    error = refusal(data, NEVER)

    assert what in error.message
    assert error.hint == "leave out --prepare never"


# What leaves the machine


TAGS = (
    *("-GPSLatitude=48.2", "-GPSLongitude=16.4", "-EXIF:Make=Camera"),
    *("-XMP-dc:Creator=Somebody", "-EXIF:Orientation#=6"),
)


def full(kind: str) -> bytes:
    """Return a picture with metadata: that which Exiv2 or Pillow can write."""
    image = flat("RGB", RED)
    if kind in {"JPEG", "PNG"}:
        return with_metadata(saved(image, kind), MORE_OF_IT)
    if kind in {"TIFF", "WEBP"}:
        return with_metadata(saved(image, kind), SOME)
    if kind == "GIF":
        return saved(image, kind, comment=b"Hello")
    creator = "<dc:creator><rdf:Seq><rdf:li>Somebody</rdf:li></rdf:Seq></dc:creator>"
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    exif.get_ifd(0x8825)[1] = "N"
    return saved(image, kind, exif=exif, xmp=packet(description(creator)))


KINDS = ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF", "GIF"]


@pytest.mark.parametrize("kind", KINDS)
def test_no_metadata_is_sent(kind: str) -> None:
    """Not even a comment, which Pillow would write again."""
    data = full(kind)
    before = metadata(data)

    sent = made(data, ALWAYS).data

    if kind == "GIF":
        assert seen(data).info["comment"] == b"Hello"
    else:
        assert before.exif["Exif.Image.Make"] == "Camera"
        assert before.exif["Exif.GPSInfo.GPSLatitudeRef"] == "N"
        assert before.xmp["Xmp.dc.creator"] == ["Somebody"]
    assert metadata(sent) == NOTHING
    assert not seen(sent).info.keys() & {"comment", "exif", "xmp"}


@pytest.mark.program("exiftool")
@pytest.mark.parametrize(
    ("kind", "tags"),
    [
        ("JPEG", (*TAGS, "-Comment=Hello", "-IPTC:City=Vienna")),
        ("PNG", (*TAGS, "-Comment=Hello")),
        ("WEBP", TAGS),
        ("TIFF", (*TAGS, "-IPTC:City=Vienna")),
        ("AVIF", TAGS),
        ("HEIF", TAGS),
        ("GIF", ("-Comment=Hello", "-XMP-dc:Creator=Somebody")),
    ],
)
def test_exiftool_finds_nothing_in_what_is_sent(
    kind: str, tags: tuple[str, ...], tmp_path: Path
) -> None:
    """Not even metadata that Exiv2 and Pillow cannot write."""
    path = tmp_path / f"full.{kind.replace('HEIF', 'heic').lower()}"
    path.write_bytes(saved(flat("RGB", RED), kind))
    exiftool("-overwrite_original", *tags, path)
    before = exiftool("-G1", "-s", "-a", path)

    path.write_bytes(made(path.read_bytes(), ALWAYS).data)
    after = exiftool("-G0", "-s", "-a", path)

    assert all(tag.split("=")[0].split(":")[-1].strip("-#") in before for tag in tags)
    assert set(after.replace("[", "]").split("]")[1::2]) <= HARMLESS
    assert not [word for word in ("GPS", "Hello", "Camera", "Vienna") if word in after]


# Hostile files


@pytest.mark.parametrize("kind", ["png", "jpg", "gif", "bmp"])
@pytest.mark.parametrize("side", [60_000, 15_000])
def test_a_bomb_is_refused_by_its_header(kind: str, side: int) -> None:
    """Gigabytes when decoded, or a little more than is allowed."""
    for how in (DEFAULT_OPTIONS, ALWAYS):
        error = refusal(dict(claiming(side, side))[kind], how)
        assert error.code == "tooManyPixels"
        assert "--max-pixels" in str(error.hint)


def test_a_size_that_was_not_meant_is_a_damaged_picture() -> None:
    """The header of a small file says more than there is."""
    files = dict(claiming(3000, 3000))

    for kind in ("png", "bmp"):
        assert refusal(files[kind]).code == "undecodableImage"
    for kind in ("jpg", "gif"):  # the rest is empty, as in browsers
        assert made(files[kind]).size == (1536, 1536)


def test_sizes_that_the_model_refuses_are_refused_in_all_formats() -> None:
    """Before anything is decoded."""
    for kind in ("GIF", "BMP", "TIFF", "AVIF", "HEIF"):
        assert refusal(saved(Image.new("L", (20, 300)), kind)).code == "imageTooSmall"
    assert refusal(saved(Image.new("L", (9000, 30)), "GIF")).code == "imageTooNarrow"


def resident() -> int:
    """Return how many bytes of memory this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf(
        "SC_PAGE_SIZE"
    )


def test_a_thread_that_waits_holds_no_pictures() -> None:
    """Or 32 of them would hold what the largest 32 pictures take."""
    data = saved(Image.new("RGBA", (4000, 3000), (9, 9, 9, 9)), "PNG", compress_level=1)
    done = Barrier(7)
    measured = Barrier(7)

    def work() -> None:
        made(data)
        done.wait(60)
        measured.wait(60)

    made(data, SMALL)
    before = resident()
    threads = [Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    done.wait(60)
    held = resident() - before
    measured.wait(60)

    assert held < 6 * 48_000_000  # not one picture, of 48 million bytes, for each


FILES: dict[str, Callable[[], bytes]] = {
    kind: lambda kind=kind: drawn(kind) for kind in ("GIF", "BMP", "TIFF", "AVIF")
} | {
    "HEIC": lambda: saved(seen(drawn("PNG")), "HEIF"),
    "large JPEG": lambda: saved(Image.new("RGB", (130, 90)), "JPEG", progressive=True),
    "large PNG": lambda: saved(Image.new("RGBA", (130, 90)), "PNG"),
    "large WebP": lambda: saved(Image.new("RGBA", (130, 90)), "WEBP"),
    "compressed": lambda: saved(seen(drawn("PNG")), "TIFF", compression="jpeg"),
    "packed": lambda: saved(seen(drawn("PNG")), "TIFF", compression="tiff_lzw"),
}


@given(
    st.sampled_from(sorted(FILES)),
    st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=6)), max_size=4),
    st.floats(0.2, 1),
)
def test_damage_is_refused_or_survived(
    kind: str, damages: list[tuple[float, bytes]], end: float
) -> None:
    """Overwritten anywhere and cut: nothing is raised but our own refusal."""
    spoilt = bytearray(FILES[kind]())
    for place, noise in damages:
        at = round(place * len(spoilt))
        spoilt[at : at + len(noise)] = noise
    with suppress(InputError):
        made(bytes(spoilt[: round(end * len(spoilt))]), SMALL)


def test_a_damaged_file_is_told_of_once(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the refusal, and not by Pillow and libtiff on standard error, too."""
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # as it is without pytest
    packed = bytearray(saved(draw.harbour(), "TIFF", compression="tiff_lzw"))
    packed[200:260] = bytes(byte ^ 0x5A for byte in packed[200:260])
    samples = saved(draw.harbour(), "TIFF")
    tag = samples.index(b"\x15\x01\x03\0\1\0\0\0\3") + 8  # SamplesPerPixel

    refusals = [
        refusal(bytes(packed)),
        refusal(samples[:tag] + b"\x70" + samples[tag + 1 :]),
    ]

    assert {each.code for each in refusals} == {"undecodableImage"}
    assert capfd.readouterr() == ("", "")


@given(
    st.sampled_from([b"GIF89a", b"II*\0", b"MM\0*", b"BM\0\0\0\0\0\0\0\0", b""]),
    st.binary(max_size=300),
)
def test_any_bytes_are_refused(head: bytes, rest: bytes) -> None:
    """However they begin."""
    with pytest.raises(InputError, match="x: "):
        made(head + rest)


def test_all_foreign_formats_are_tested() -> None:
    """Above, by the names that Pillow has for them."""
    assert {kind.value for kind in ConvertibleFormat} <= {*FILES}
