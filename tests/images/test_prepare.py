"""Tests of preparing images as people have them for the model."""

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


def decode(data: bytes) -> Image.Image:
    """Return the image that a simple decoder shows."""
    with Image.open(BytesIO(data)) as image:
        image.load()
    return image


def prepared(data: bytes, options: PrepareOptions = DEFAULT_OPTIONS) -> PreparedImage:
    """Return the prepared image of a file."""
    return prepare(data, "x", options)


def error_for(data: bytes, options: PrepareOptions = DEFAULT_OPTIONS) -> InputError:
    """Return the error for a file that cannot be captioned."""
    with pytest.raises(InputError, match=r"^x: ") as caught:
        prepared(data, options)
    return caught.value


def max_difference(one: Image.Image, other: Image.Image) -> int:
    """Return the maximum difference between the samples of two images."""
    assert one.size == other.size
    return max(
        ImageChops.difference(one.convert("RGB"), other.convert("RGB")).tobytes()
    )


def are_alike(one: Image.Image, other: Image.Image) -> bool:
    """Return whether two images show the same at a low resolution."""
    size = (one.width // 20, one.height // 20)
    return (
        one.size == other.size
        and max_difference(one.resize(size), other.resize(size)) < 16
    )


# Orientation


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_every_image_is_made_upright(kind: str, orientation: int) -> None:
    """The pixels are those of Pillow; the result has no orientation."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(draw.harbour(), kind, exif=exif)
    result = prepared(data)
    upright = ImageOps.exif_transpose(decode(data))

    if orientation == 1:
        assert (result.format, result.changes) == (kind.lower(), ())
        assert prepared(saved(draw.harbour(), kind)).digest == result.digest
    else:
        encoded = saved(upright, "JPEG", quality=JPEG_QUALITY, subsampling=0)
        assert max_difference(decode(result.data), decode(encoded)) == 0
        assert result.changes == (f"orientation {orientation}",)
    assert decode(result.data).size == result.size == upright.size
    assert not decode(result.data).getexif()


def test_the_orientation_is_part_of_the_identity() -> None:
    """The files differ only in their metadata, but show different images."""
    turned = [
        prepared(JPEG[:20] + segment(0xE1, PREFIX + tiff(n)) + JPEG[20:])
        for n in range(1, 9)
    ]

    assert len({result.digest for result in turned}) == 8
    assert turned[0].digest == sha256(JPEG).hexdigest()


@pytest.mark.parametrize("kind", ["TIFF", "AVIF", "HEIF"])
def test_convertible_formats_are_made_upright(kind: str) -> None:
    """Exactly once, whichever part of Pillow does it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(draw.harbour(), kind, exif=exif.tobytes())

    result = prepared(data)

    assert result.size == (320, 480)
    assert are_alike(decode(result.data), draw.harbour().rotate(-90, expand=True))
    assert (result.info.width, result.info.height) in {(480, 320), (320, 480)}


# Size


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
def test_a_long_side_is_scaled_to_the_limit(kind: str) -> None:
    """The image is otherwise the same, also if a JPEG is decoded at a fraction."""
    result = prepared(harbour(kind), SMALL)

    assert result.size == decode(result.data).size == (120, 80)
    assert result.changes[-1] == "side 120"
    fine = draw.harbour().resize((120, 80), Image.Resampling.LANCZOS)
    assert are_alike(decode(result.data), fine)


@pytest.mark.promises("free")
def test_a_limit_changes_the_identity_only_if_it_changes_the_image() -> None:
    """Of four limits, only the last is smaller than the image."""
    digests = [
        prepared(JPEG, PrepareOptions(max_side=side)).digest
        for side in (1536, 480, 0, 479)
    ]

    assert digests[0] == digests[1] == digests[2] == sha256(JPEG).hexdigest()
    assert digests[3] != digests[0]


def test_the_short_side_of_a_narrow_image_keeps_28_pixels() -> None:
    """The long side can then exceed its limit."""
    assert prepared(saved(Image.new("L", (5000, 40)), "PNG")).size == (3500, 28)
    assert prepared(saved(Image.new("L", (5600, 28)), "PNG")).changes == ()


def test_an_image_too_large_to_send_is_encoded_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is rejected if it is then still too large, or must not be encoded."""
    noise = saved(Image.effect_noise((200, 200), 50), "PNG")
    monkeypatch.setattr("rwcap.images.prepare.MAX_UPLOAD_BYTES", len(noise) - 1)

    result = prepared(noise)

    assert result.changes == ("encoded again",)
    assert len(result.data) < len(noise)
    assert error_for(noise, NEVER).code == "imageTooLarge"
    monkeypatch.setattr("rwcap.images.prepare.MAX_UPLOAD_BYTES", 1000)
    assert error_for(noise).code == "imageTooLarge"


# Colours


RED = (200, 30, 40)


def flat(mode: str, colour: Any) -> Image.Image:  # noqa: ANN401  # depends on the mode
    """Return an image of one colour."""
    return Image.new(mode, (40, 40), colour)


def palette(transparent: int | bytes | None) -> Image.Image:
    """Return an image with red left and black, possibly transparent, right."""
    image = flat("P", 0)
    image.putpalette([*RED, 0, 0, 0])
    image.paste(1, (20, 0, 40, 40))
    if transparent is not None:
        image.info["transparency"] = transparent
    return image


def red_with_colour_key() -> bytes:
    """Return an image with red left and transparent black right."""
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
def test_colours_look_as_in_an_image_viewer(
    data: bytes, left: tuple[int, ...], right: tuple[int, ...]
) -> None:
    """Transparency, CMYK, 16 bits and palettes are converted."""
    result = prepared(data)
    image = decode(result.data).convert("RGB")

    assert result.format is Format.JPEG
    for place, expected in (((5, 20), left), ((35, 20), right)):
        found = image.getpixel(place)
        assert isinstance(found, tuple)
        assert all(abs(a - b) < 6 for a, b in zip(found, expected, strict=True))


def test_cmyk_is_not_inverted() -> None:
    """The Adobe segment is not removed with the metadata."""
    data = saved(draw.harbour().convert("CMYK"), "JPEG", quality=95)

    result = prepared(data)

    assert b"Adobe" in data
    assert result.changes == ("inks to RGB",)
    assert are_alike(decode(result.data), draw.harbour())


def test_samples_of_any_range_are_scaled_to_black_and_white() -> None:
    """Measurement software writes such files."""
    image = flat("F", -3.0)
    image.paste(12.5, (20, 0, 40, 40))

    decoded = decode(prepared(saved(image, "TIFF")).data)

    assert decoded.mode == "L"
    assert [decoded.getpixel((x, 20)) for x in (5, 35)] == [0, 255]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "HEIF"])
def test_a_profile_is_applied_and_removed(kind: str) -> None:
    """The red of Display P3 has a larger value in sRGB."""
    wide = profiles.matrix(profiles.DISPLAY_P3)
    data = saved(flat("RGB", (220, 90, 60)), kind, icc_profile=wide)

    decoded = decode(prepared(data).data)
    pixel = decoded.getpixel((20, 20))

    assert isinstance(pixel, tuple)
    assert pixel[0] > 228
    assert pixel[1] < 88
    assert "icc_profile" not in decoded.info


@pytest.mark.parametrize(
    ("mode", "profile"),
    [
        ("RGB", b"no profile at all"),
        ("L", profiles.matrix(profiles.DISPLAY_P3)),
        ("CMYK", profiles.matrix(profiles.DISPLAY_P3)),
        ("RGB", profiles.matrix(profiles.DISPLAY_P3)[:200]),
    ],
)
def test_a_profile_that_cannot_be_applied_is_ignored(mode: str, profile: bytes) -> None:
    """Browsers ignore it, too."""
    image = flat("RGB", (120, 120, 120)).convert(mode)

    result = prepared(saved(image, "JPEG", icc_profile=profile))

    assert "profile to sRGB" in result.changes
    assert max_difference(decode(result.data), flat("RGB", (120, 120, 120))) < 6


def test_a_profile_can_have_megabytes() -> None:
    """Only a decompression bomb has more."""
    wide = profiles.matrix(profiles.DISPLAY_P3) + bytes(3_000_000)
    bomb = wide + bytes(9_000_000)
    files = [saved(flat("RGB", RED), "PNG", icc_profile=each) for each in (wide, bomb)]

    assert prepared(files[0]).changes == ("profile to sRGB",)
    assert error_for(files[1]).code == "undecodableImage"


def test_an_srgb_profile_requires_no_change() -> None:
    """Most photographs have one."""
    result = prepared(saved(flat("RGB", RED), "JPEG", icc_profile=profiles.matrix()))

    assert result.changes == ()


# Formats


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "AVIF", "HEIF"])
def test_convertible_formats_become_jpeg(kind: str) -> None:
    """The whole file determines the identity, not the encoded bytes."""
    data = harbour(kind)
    result = prepared(data)
    change = f"from {'HEIC' if kind == 'HEIF' else kind}"

    assert (result.format, result.size) == (Format.JPEG, (480, 320))
    assert result.changes == (change,)
    origin = sha256(data).digest()
    assert result.digest == sha256(origin + change.encode()).hexdigest()
    assert are_alike(decode(result.data), draw.harbour())


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF", "AVIF"])
def test_the_first_frame_of_an_animated_image_is_sent(kind: str) -> None:
    """A notice is given once, for the first animated image."""
    notices: list[str] = []
    animation = animated(kind)
    reader = ImageReader(lambda: BytesIO(animation), DEFAULT_OPTIONS, notices.append)

    images = [reader.read("-") for _ in range(3)]

    assert notices == [
        "standard input: only the first frame of an animated image is captioned"
    ]
    for result in images:
        assert isinstance(result, PreparedImage)
        assert (
            max_difference(decode(result.data), flat("RGB", "#7a1f2b").resize((40, 30)))
            < 9
        )


def test_without_pillow_heif_the_error_names_the_command_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Other formats still work."""
    monkeypatch.setitem(sys.modules, "pillow_heif", None)

    error = error_for(harbour("HEIF"))

    assert error.code == "needsPackage"
    assert error.hint == "pipx inject rwcap pillow-heif (or pip install pillow-heif)"
    assert prepared(harbour("AVIF")).size == (480, 320)


@pytest.mark.promises("formats")
def test_the_identity_does_not_depend_on_the_encoder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another version of Pillow can write other bytes for the same image."""
    before = prepared(JPEG, SMALL)
    monkeypatch.setattr("rwcap.images.convert.JPEG_QUALITY", 50)
    after = prepared(JPEG, SMALL)

    assert before.data != after.data
    assert before.digest == after.digest


# Options


def test_prepare_always_encodes_every_image_again() -> None:
    """The identity changes, because other bytes are sent."""
    result = prepared(JPEG, ALWAYS)

    assert result.changes == ("encoded again",)
    assert result.data != JPEG
    assert result.digest != prepared(JPEG).digest


def test_prepare_never_encodes_no_image() -> None:
    """Metadata is removed; size and colours do not change."""
    for kind in ("PNG", "WEBP"):
        data = saved(flat("RGBA", (*RED, 9)), kind)
        result = prepared(data, NEVER._replace(max_side=30))
        assert (result.data, result.changes) == (data, ())
        assert result.digest == sha256(data).hexdigest() != prepared(data).digest


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
def test_prepare_never_rejects_an_image_that_needs_a_change(
    data: bytes, what: str
) -> None:
    """The caption of a wrong image would be paid for."""
    error = error_for(data, NEVER)

    assert what in error.message
    assert error.hint == "leave out --prepare never"


# Metadata


TAGS = (
    *("-GPSLatitude=48.2", "-GPSLongitude=16.4", "-EXIF:Make=Camera"),
    *("-XMP-dc:Creator=Somebody", "-EXIF:Orientation#=6"),
)


def with_all_metadata(kind: str) -> bytes:
    """Return an image with all metadata that Exiv2 or Pillow can write."""
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
    """Pillow would write a comment again."""
    data = with_all_metadata(kind)
    before = metadata(data)

    sent = prepared(data, ALWAYS).data

    if kind == "GIF":
        assert decode(data).info["comment"] == b"Hello"
    else:
        assert before.exif["Exif.Image.Make"] == "Camera"
        assert before.exif["Exif.GPSInfo.GPSLatitudeRef"] == "N"
        assert before.xmp["Xmp.dc.creator"] == ["Somebody"]
    assert metadata(sent) == NOTHING
    assert not decode(sent).info.keys() & {"comment", "exif", "xmp"}


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
def test_exiftool_finds_no_metadata_in_the_bytes_to_send(
    kind: str, tags: tuple[str, ...], tmp_path: Path
) -> None:
    """It also finds metadata that Exiv2 and Pillow cannot write."""
    path = tmp_path / f"full.{kind.replace('HEIF', 'heic').lower()}"
    path.write_bytes(saved(flat("RGB", RED), kind))
    exiftool("-overwrite_original", *tags, path)
    before = exiftool("-G1", "-s", "-a", path)

    path.write_bytes(prepared(path.read_bytes(), ALWAYS).data)
    after = exiftool("-G0", "-s", "-a", path)

    assert all(tag.split("=")[0].split(":")[-1].strip("-#") in before for tag in tags)
    assert set(after.replace("[", "]").split("]")[1::2]) <= HARMLESS
    assert not [word for word in ("GPS", "Hello", "Camera", "Vienna") if word in after]


# Hostile files


@pytest.mark.parametrize("kind", ["png", "jpg", "gif", "bmp"])
@pytest.mark.parametrize("side", [60_000, 15_000])
def test_a_decompression_bomb_is_rejected_by_its_header(kind: str, side: int) -> None:
    """Its size is far above the limit, or just above it."""
    for options in (DEFAULT_OPTIONS, ALWAYS):
        error = error_for(dict(claiming(side, side))[kind], options)
        assert error.code == "tooManyPixels"
        assert "--max-pixels" in str(error.hint)


def test_a_header_with_a_wrong_size_is_damage() -> None:
    """A small file claims to have millions of pixels."""
    files = dict(claiming(3000, 3000))

    for kind in ("png", "bmp"):
        assert error_for(files[kind]).code == "undecodableImage"
    for kind in ("jpg", "gif"):  # the rest is empty, as in browsers
        assert prepared(files[kind]).size == (1536, 1536)


def test_sizes_that_the_model_rejects_are_rejected_in_all_formats() -> None:
    """Before an image is decoded."""
    for kind in ("GIF", "BMP", "TIFF", "AVIF", "HEIF"):
        assert error_for(saved(Image.new("L", (20, 300)), kind)).code == "imageTooSmall"
    assert error_for(saved(Image.new("L", (9000, 30)), "GIF")).code == "imageTooNarrow"


def resident_bytes() -> int:
    """Return the resident memory of this process in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf(
        "SC_PAGE_SIZE"
    )


def test_an_idle_thread_keeps_no_image_memory() -> None:
    """Otherwise 32 threads would keep the memory of the 32 largest images."""
    data = saved(Image.new("RGBA", (4000, 3000), (9, 9, 9, 9)), "PNG", compress_level=1)
    done = Barrier(7)
    measured = Barrier(7)

    def work() -> None:
        prepared(data)
        done.wait(60)
        measured.wait(60)

    prepared(data, SMALL)
    before = resident_bytes()
    threads = [Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    done.wait(60)
    held = resident_bytes() - before
    measured.wait(60)

    assert held < 6 * 48_000_000  # less than one image of 48 million bytes per thread


FILES: dict[str, Callable[[], bytes]] = {
    kind: lambda kind=kind: drawn(kind) for kind in ("GIF", "BMP", "TIFF", "AVIF")
} | {
    "HEIC": lambda: saved(decode(drawn("PNG")), "HEIF"),
    "large JPEG": lambda: saved(Image.new("RGB", (130, 90)), "JPEG", progressive=True),
    "large PNG": lambda: saved(Image.new("RGBA", (130, 90)), "PNG"),
    "large WebP": lambda: saved(Image.new("RGBA", (130, 90)), "WEBP"),
    "compressed": lambda: saved(decode(drawn("PNG")), "TIFF", compression="jpeg"),
    "packed": lambda: saved(decode(drawn("PNG")), "TIFF", compression="tiff_lzw"),
}


@given(
    st.sampled_from(sorted(FILES)),
    st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=6)), max_size=4),
    st.floats(0.2, 1),
)
def test_a_damaged_file_is_prepared_or_rejected(
    kind: str, damages: list[tuple[float, bytes]], end: float
) -> None:
    """Overwritten anywhere and truncated, it raises no other exception."""
    damaged = bytearray(FILES[kind]())
    for place, noise in damages:
        at = round(place * len(damaged))
        damaged[at : at + len(noise)] = noise
    with suppress(InputError):
        prepared(bytes(damaged[: round(end * len(damaged))]), SMALL)


WHOLE = {
    "baseline": drawn("JPEG"),
    "optimized": drawn("JPEG", optimize=True),
    "restarts": drawn("JPEG", restart_marker_blocks=2),
    "progressive": drawn("JPEG", progressive=True),
    "grey": drawn("JPEG", "L"),
    "metadata": JPEG[:2] + segment(0xE1, b"Exif\0\0" + tiff(1)) + JPEG[2:],
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_jpeg_without_its_end_marker_is_the_same_image(name: str) -> None:
    """Only the copy that is sent is completed."""
    whole = WHOLE[name]

    for cut in (whole[:-1], whole[:-2]):
        image = prepared(cut)

        assert image.digest == prepared(whole).digest
        assert image.data == prepared(whole).data


@pytest.mark.parametrize("name", sorted({*WHOLE} - {"metadata"}))
def test_a_jpeg_that_is_cut_in_its_picture_is_rejected(name: str) -> None:
    """Wherever it is cut; what is accepted shows the same pixels."""
    whole, pixels = WHOLE[name], decode(WHOLE[name]).tobytes()

    for end in range(2, len(whole) - 2):
        with suppress(InputError):
            image = prepared(whole[:end])
            assert end > len(whole) - 6
            assert decode(image.data).tobytes() == pixels
    with pytest.raises(InputError, match="truncated"):
        prepared(whole[: len(whole) * 3 // 4])


@pytest.mark.parametrize(
    "garbage", [b"\0", b"garbage", b"\xff\0\xff\xff", b"\xff\xd0x"]
)
def test_garbage_between_segments_is_passed_over(garbage: bytes) -> None:
    """As decoders do."""
    at = JPEG.index(b"\xff\xdb")
    data = JPEG[:at] + garbage + JPEG[at:]

    assert prepared(data).digest == prepared(JPEG).digest
    assert decode(data).tobytes() == decode(JPEG).tobytes()


def test_a_damaged_file_is_reported_once(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pillow and libtiff write nothing to standard error."""
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # as without pytest
    packed = bytearray(saved(draw.harbour(), "TIFF", compression="tiff_lzw"))
    packed[200:260] = bytes(byte ^ 0x5A for byte in packed[200:260])
    samples = saved(draw.harbour(), "TIFF")
    tag = samples.index(b"\x15\x01\x03\0\1\0\0\0\3") + 8  # SamplesPerPixel

    errors = [
        error_for(bytes(packed)),
        error_for(samples[:tag] + b"\x70" + samples[tag + 1 :]),
    ]

    assert {each.code for each in errors} == {"undecodableImage"}
    assert capfd.readouterr() == ("", "")


@given(
    st.sampled_from([b"GIF89a", b"II*\0", b"MM\0*", b"BM\0\0\0\0\0\0\0\0", b""]),
    st.binary(max_size=300),
)
def test_random_bytes_are_rejected(head: bytes, rest: bytes) -> None:
    """Also after the signature of a format."""
    with pytest.raises(InputError, match="x: "):
        prepared(head + rest)


def test_every_convertible_format_has_a_damaged_file() -> None:
    """`FILES` contains all of them."""
    assert {kind.value for kind in ConvertibleFormat} <= {*FILES}
