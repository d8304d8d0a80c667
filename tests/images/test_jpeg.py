"""Tests of JPEG files: segments, properties, and removed metadata."""

from io import BytesIO

import pytest
from PIL import Image

from rwcap.core.errors import InputError
from rwcap.images.container import MAX_PARTS
from rwcap.images.exif import PREFIX
from rwcap.images.jpeg import EXTENDED_XMP, MAX_SCANS, XMP, parse, read_info, strip
from tests.images import profiles
from tests.images.containers import SIZE, drawn, segment, tiff

JPEG = drawn("JPEG")
SOI, EOI = b"\xff\xd8", b"\xff\xd9"
SOF = segment(0xC0, b"\x08\0\x40\0\x40\1")
SOS = segment(0xDA, bytes(6)) + b"pixels"
C2PA = b"JP\0\1\0\0\0\1\0\0\1\0jumb\0\0\0\x1ejumdc2pa"


def with_segments(*segments: bytes, after: int = 20) -> bytes:
    """Return the image with these segments after its first one."""
    return JPEG[:after] + b"".join(segments) + JPEG[after:]


def pixels(data: bytes) -> bytes:
    """Return the pixels that Pillow decodes."""
    with Image.open(BytesIO(data)) as image:
        return image.tobytes()


def kinds(data: bytes) -> list[str]:
    """Return the kinds of the segments of a file."""
    return [part.kind for part in parse(data)]


def test_a_file_is_parsed_into_segments() -> None:
    """A scan extends to the marker that ends it."""
    found = kinds(JPEG)

    assert found[:3] == ["SOI", "APP0", "DQT"]
    assert found[-2:] == ["SOS", "EOI"]
    assert {"SOF", "DHT"} <= set(found)


def test_a_progressive_file_has_many_scans() -> None:
    """Tables stand between the scans."""
    data = drawn("JPEG", progressive=True)

    assert kinds(data).count("SOS") > 5
    assert kinds(data)[-1] == "EOI"
    assert strip(data, parse(data)) == (data, ())


def test_restart_markers_belong_to_the_scan() -> None:
    """They stand between coded pixels."""
    data = drawn("JPEG", restart_marker_blocks=1)

    assert b"\xff\xd0" in data
    assert kinds(data).count("SOS") == 1
    assert strip(data, parse(data)) == (data, ())


@pytest.mark.parametrize(
    "between",
    [b"\xff" * 5, b"\xff\xd0", b"\xff\x01", b"lost", b"\xff\0", b"\0\xff\xff\0\n"],
)
def test_bytes_between_segments_are_skipped(between: bytes) -> None:
    """Decoders skip fill bytes, lone markers and garbage, too."""
    data = with_segments(between)
    stripped, removed = strip(data, parse(data))

    assert stripped == JPEG
    assert removed == (("padding", len(between)),)


@pytest.mark.parametrize(
    ("added", "label"),
    [
        (segment(0xE1, PREFIX + tiff(1)), "Exif"),
        (segment(0xE1, XMP + b"<x/>"), "XMP"),
        (segment(0xE1, EXTENDED_XMP + bytes(40)), "XMP"),
        (segment(0xE1, b"other"), "APP1"),
        (segment(0xE2, b"MPF\0" + bytes(9)), "more images"),
        (segment(0xE2, b"FPXR\0"), "APP2"),
        (segment(0xED, b"Photoshop 3.0\0" + b"8BIM"), "IPTC"),
        (segment(0xED, b"Adobe_CM\0"), "APP13"),
        (segment(0xEB, C2PA), "C2PA"),
        (segment(0xEB, b"HDR_RI"), "APP11"),
        (segment(0xEC, b"Ducky"), "APP12"),
        (segment(0xEE, b"other"), "APP14"),
        (segment(0xEE, b"Adobe"), "APP14"),
        (segment(0xE0, b"JFXX\0\x10" + JPEG), "thumbnail"),
        (segment(0xE0, b"JFIF\0"), "JFIF"),
        (JPEG[2:20], "JFIF"),
        (segment(0xE0, b""), "APP0"),
        (segment(0xDC, b"\0\1"), "DNL"),
        (segment(0xDE, b"Hello"), "DHP"),
        (segment(0xDF, b"\0"), "EXP"),
        (segment(0xFE, b"Hello"), "comment"),
        (segment(0xF7, b"LS"), "FFF7"),
    ],
)
def test_metadata_is_removed_and_labelled(added: bytes, label: str) -> None:
    """The label is for messages."""
    data = with_segments(added)

    assert strip(data, parse(data)) == (JPEG, ((label, len(added)),))


def test_data_after_the_image_is_removed() -> None:
    """Phones store a second image there."""
    data = JPEG + JPEG

    assert strip(data, parse(data)) == (JPEG, (("data after the end", len(JPEG)),))


def test_metadata_between_scans_are_removed() -> None:
    """This place is unusual but allowed."""
    data = JPEG[:-2] + segment(0xFE, b"late") + JPEG[-2:]

    assert strip(data, parse(data)) == (JPEG, (("comment", 8),))


JFIF, REST = JPEG[2:20], JPEG[20:]
ADOBE = b"Adobe\0\x64\0\0\0\0"


@pytest.mark.parametrize(
    "header",
    [
        b"",
        JFIF,
        segment(0xE0, b"JFIF\0\1\2\1\1\x2c\1\x2c\0\0"),
        segment(0xE0, b"JFIF\0\1\1\2\0\x48\0\x48\1\1rgb"),
        segment(0xFE, b"Hello") + JFIF,
        segment(0xE1, PREFIX + tiff(1)),
    ],
)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_another_density_or_a_missing_jfif_does_not_change_the_result(
    header: bytes, mode: str
) -> None:
    """Metadata editors change the density or remove the segment."""
    plain = drawn("JPEG", mode)
    data = plain[:2] + header + plain[20:]

    assert strip(data, parse(data))[0] == plain
    assert pixels(data) == pixels(plain)


def test_a_thumbnail_is_removed_from_the_jfif_segment() -> None:
    """It can show parts that were cropped from the image."""
    data = JPEG[:2] + segment(0xE0, JPEG[6:18] + b"\2\1" + bytes(6)) + REST

    assert strip(data, parse(data)) == (JPEG, (("thumbnail", 6),))


def with_component_names(
    names: bytes, *, adobe: int | None = None, jfif: bool
) -> bytes:
    """Return the image with other component names and these segments."""
    data = bytearray(REST)
    frame, scan = data.index(b"\xff\xc0") + 10, data.index(b"\xff\xda") + 5
    for at, name in enumerate(names):
        data[frame + 3 * at] = data[scan + 2 * at] = name
    said = b"" if adobe is None else segment(0xEE, ADOBE + bytes((adobe,)))
    return JPEG[:2] + JFIF * jfif + said + bytes(data)


@pytest.mark.parametrize("names", [b"\1\2\3", b"\0\1\2", b"RGB", b"YCc"])
@pytest.mark.parametrize("adobe", [None, 0, 1, 2])
def test_stripping_does_not_change_how_colours_are_decoded(
    names: bytes, adobe: int | None
) -> None:
    """JFIF matters if the components would otherwise be RGB."""
    bare, headed = (
        with_component_names(names, adobe=adobe, jfif=jfif) for jfif in (False, True)
    )
    is_rgb = adobe == 0 or (adobe is None and names == b"RGB")

    stripped = [strip(data, parse(data))[0] for data in (bare, headed)]

    assert list(map(pixels, stripped)) == [pixels(bare), pixels(headed)]
    assert (pixels(bare) != pixels(headed)) == is_rgb
    assert stripped == [bare if is_rgb else headed, headed]


@pytest.mark.parametrize("marker", [0xC3, 0xC7, 0xCB, 0xCF])
def test_no_jfif_is_added_to_a_lossless_image(marker: int) -> None:
    """Decoders assume RGB for it, unless JFIF says otherwise."""
    payload = b"\x08\0\x40\0\x40\3\1\x11\0\2\x11\0\3\x11\0"
    rest = segment(marker, payload) + SOS + EOI

    assert strip(SOI + rest, parse(SOI + rest)) == (SOI + rest, ())
    data = SOI + JFIF + rest
    assert strip(data, parse(data)) == (data, ())


def test_jfif_is_removed_from_a_cmyk_image() -> None:
    """JFIF does not define four components, so decoders ignore it."""
    plain = drawn("JPEG", "CMYK")
    data = plain[:2] + JFIF + plain[2:]

    assert strip(data, parse(data)) == (plain, (("JFIF", 18),))
    assert pixels(data) == pixels(plain)


def test_jfif_after_the_first_scan_is_ignored() -> None:
    """Decoders determine the colours before the first scan."""
    bare = with_component_names(b"RGB", jfif=False)
    data = bare[:-2] + JFIF + bare[-2:]

    assert strip(data, parse(data)) == (bare, (("JFIF", 18),))
    assert pixels(data) == pixels(bare)


def test_the_adobe_segment_is_kept() -> None:
    """It defines the colours of CMYK and RGB images."""
    data = drawn("JPEG", "CMYK")
    longer = data.replace(
        segment(0xEE, payload := adobe_payload(data)), segment(0xEE, payload + b"more")
    )

    assert strip(data, parse(data)) == (data, ())
    assert strip(longer, parse(longer)) == (data, (("APP14", 4),))
    assert read_info(data, parse(data)).cmyk


def adobe_payload(data: bytes) -> bytes:
    """Return the payload of the Adobe segment."""
    return next(part.payload(data) for part in parse(data) if part.kind == "APP14")


def test_a_colour_profile_is_kept() -> None:
    """Without it, the colours would be different."""
    data = with_segments(segment(0xE2, b"ICC_PROFILE\0\1\1profile"))

    assert strip(data, parse(data)) == (data, ())
    assert read_info(data, parse(data)).non_srgb


def test_an_srgb_profile_is_removed() -> None:
    """The image looks the same without it, also if it has several pieces."""
    profile = profiles.matrix()
    pieces = (b"\1\2" + profile[:99], b"\2\2" + profile[99:])
    added = [segment(0xE2, b"ICC_PROFILE\0" + piece) for piece in pieces]
    data = with_segments(*added)

    assert strip(data, parse(data)) == (JPEG, (("profile", sum(map(len, added))),))


def test_properties_are_read_from_the_segments() -> None:
    """The first Exif block counts."""
    plain = read_info(JPEG, parse(JPEG))
    data = with_segments(
        segment(0xE1, PREFIX + tiff(6)),
        segment(0xE1, PREFIX + tiff(3)),
        segment(0xEB, C2PA),
    )
    found = read_info(data, parse(data))

    assert (plain.width, plain.height, plain.depth) == (*SIZE, 8)
    assert (plain.orientation, plain.signed, plain.non_srgb) == (1, False, False)
    assert (plain.cmyk, plain.alpha, plain.animated) == (False, False, False)
    assert (found.orientation, found.signed) == (6, True)


@pytest.mark.parametrize(
    ("data", "code", "reason"),
    [
        (
            SOI + SOF + SOS * (MAX_SCANS + 1) + EOI,
            "tooManyScans",
            "501 scans; the maximum is 500",
        ),
        (SOI + EOI, "damagedImage", "no image data"),
        (SOI + SOF + EOI, "damagedImage", "no image data"),
        (SOI + SOS + EOI, "damagedImage", "no image data"),
        (SOI + SOS + SOF + EOI, "damagedImage", "no image data"),
        (SOI + segment(0xC0, b"") + SOS + EOI, "damagedImage", "too short"),
        (SOI + SOF + SOI + SOS + EOI, "damagedImage", "FFD8"),
        (SOI + SOF + SOS + b"\xff\x02" + EOI, "damagedImage", "FF02"),
        (SOI + b"\xff\xe0\0\1" + SOF + SOS + EOI, "damagedImage", "length"),
        (b"", "truncatedImage", "end"),
        (SOI + SOF + SOS, "truncatedImage", "end"),
        (SOI + SOF, "truncatedImage", "end"),
        (SOI + SOF[:-1], "truncatedImage", "past the end"),
        (SOI + b"\xff\xe0\0", "truncatedImage", "past the end"),
        (SOI + b"\xff\xfe\0\2" * MAX_PARTS, "damagedImage", "100,000"),
    ],
)
def test_invalid_files_are_rejected(data: bytes, code: str, reason: str) -> None:
    """The message states the reason."""
    with pytest.raises(InputError, match=reason) as caught:
        read_info(data, parse(data))

    assert caught.value.code == code


def test_the_maximum_number_of_scans_is_accepted() -> None:
    """Each scan covers the whole image, so their number is limited."""
    data = SOI + SOF + SOS * MAX_SCANS + EOI

    assert read_info(data, parse(data)).width == 64


def test_the_depth_of_samples_is_read() -> None:
    """Pillow does not support 12 bits."""
    data = SOI + segment(0xC1, b"\x0c\0\x40\0\x50\1") + SOS + EOI
    found = read_info(data, parse(data))

    assert (found.width, found.height, found.depth) == (80, 64, 12)


def test_pillow_reads_the_same_size() -> None:
    """From a file that is assembled byte by byte."""
    with Image.open(BytesIO(SOI + SOF[:-1] + b"\1\1\x11\0" + SOS + EOI)) as image:
        assert image.size == (64, 64)
