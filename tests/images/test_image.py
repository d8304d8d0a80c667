"""Images are told by their bytes, and refused with a reason."""

import operator
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.errors import InputError
from rwcap.core.source import SourceKind, source_kind, source_label
from rwcap.images.formats import ConvertibleFormat, Format, identify
from rwcap.images.image import (
    RemoteImage,
    parse_data_uri,
    parse_image,
    parse_stream,
    parse_url,
    parse_uuid,
)
from tests import draw

JPEG = (draw.FOLDER / "harbour.jpg").read_bytes()
UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("-", SourceKind.STDIN),
        ("photo.jpg", SourceKind.PATH),
        ("./-", SourceKind.PATH),
        ("", SourceKind.PATH),
        ("http://example.com/a.jpg", SourceKind.URL),
        ("HTTPS://example.com/a.jpg", SourceKind.URL),
        ("ftp://example.com/a.jpg", SourceKind.PATH),
        ("data:image/png;base64,AAAA", SourceKind.DATA_URI),
        (UUID, SourceKind.UUID),
        (UUID.upper(), SourceKind.UUID),
        (UUID + ".jpg", SourceKind.PATH),
    ],
)
def test_a_source_is_told_by_its_shape(source: str, kind: SourceKind) -> None:
    """Files, URLs, data URIs, UUIDs and standard input do not look alike."""
    assert source_kind(source) is kind


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("harbour.jpg", Format.JPEG),
        ("harbour.png", Format.PNG),
        ("harbour.webp", Format.WEBP),
    ],
)
def test_the_bytes_tell_the_format(name: str, expected: Format) -> None:
    """The three formats that the service takes are known by their bytes."""
    picture = parse_image((draw.FOLDER / name).read_bytes(), name="misnamed.txt")

    assert picture.format is expected
    assert picture.format.media_type == f"image/{expected}"


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (b"GIF89a", "GIF"),
        (b"GIF87a", "GIF"),
        (b"II*\x00", "TIFF"),
        (b"MM\x00*", "TIFF"),
        (b"BM\x00\x00\x00\x00\x00\x00\x00\x00", "BMP"),
        (b"\x00\x00\x00\x18ftypheic", "HEIC"),
        (b"\x00\x00\x00\x18ftypavif", "AVIF"),
        (b"II*\x00\x10\x00\x00\x00CR", "raw"),
        (b"\xff\x0a", "JPEG XL"),
        (b"8BPS", "Photoshop"),
        (b"%PDF-1.7", "PDF"),
        (b"<?xml version='1.0'?><svg>", "SVG"),
    ],
)
def test_other_formats_are_named_with_the_way_out(head: bytes, what: str) -> None:
    """The refusal says what the file is and which command converts it."""
    with pytest.raises(InputError, match=what) as refused:
        parse_image(head + bytes(64), name="my photo")

    assert refused.value.code == "unsupportedFormat"
    assert refused.value.hint == "magick 'my photo' converted.jpg"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "emptyImage"),
        (b"hello", "notAnImage"),
        (b"\x00\x00\x00\x18ftypmp42", "notAnImage"),
    ],
    ids=["empty", "text", "video"],
)
def test_what_cannot_be_captioned_is_refused(data: bytes, code: str) -> None:
    """Empty files and other files cost nothing."""
    with pytest.raises(InputError, match="thing") as refused:
        parse_image(data, name="thing")

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("name", "word"),
    [("standard input", "-"), ("-p.gif", "./-p.gif"), ("a.gif", "a.gif")],
)
def test_the_command_in_a_hint_names_the_image_as_a_shell_must(
    name: str, word: str
) -> None:
    """A name that begins with a dash would be taken for an option."""
    with pytest.raises(InputError) as refused:
        parse_image(b"GIF89a", name=name)

    assert refused.value.hint == f"magick {word} converted.jpg"


@pytest.mark.parametrize(
    ("brands", "expected"),
    [
        (b"mif1\0\0\0\0mif1heic", ConvertibleFormat.HEIC),
        (b"mif1\0\0\0\0mif1avifmiaf", ConvertibleFormat.AVIF),
        (b"msf1\0\0\0\0hevc", ConvertibleFormat.HEIC),
        (b"mif1\0\0\0\0miaf", ConvertibleFormat.HEIC),
        (b"mp42\0\0\0\0heic", None),
    ],
)
def test_the_brands_of_a_file_tell_its_codec(
    brands: bytes, expected: ConvertibleFormat | None
) -> None:
    """The major one, or where that leaves it open, the first that names one."""
    box = (len(brands) + 8).to_bytes(4) + b"ftyp" + brands

    assert identify(box + b"....avif") is expected


HEADS = [
    JPEG,
    b"",
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"RIFF\0\0\0\0WEBP",
    b"data:",
]


@given(st.builds(operator.add, st.sampled_from(HEADS), st.binary(max_size=64)))
def test_any_bytes_are_a_picture_or_a_refusal(data: bytes) -> None:
    """Nothing but our own refusal comes out, and never an empty picture."""
    try:
        picture = parse_stream(data, name="stdin")
    except InputError:
        return

    assert identify(picture.data) is picture.format


@given(st.sampled_from(["jpg", "png", "webp"]), st.sampled_from([0, 1, 60, 76]))
def test_base64_and_data_uris_come_back_as_the_bytes(kind: str, width: int) -> None:
    """The three forms on standard input are one picture, wrapped lines or not."""
    data = (draw.FOLDER / f"harbour.{kind}").read_bytes()
    packed = b64encode(data)
    if width:
        packed = b"\n".join(
            packed[at : at + width] for at in range(0, len(packed), width)
        )
    uri = b"\ndata:application/octet-stream;base64," + packed + b"\n"

    assert parse_stream(packed, name="x") == parse_stream(data, name="x")
    assert parse_stream(uri, name="x").data == data


@pytest.mark.parametrize(
    "uri",
    [
        "data:image/png,plain",
        "data:image/png;base64",
        "data:image/png;base64,%%%",
        "data:image/png;base64,",
        "data:image/png;base64,aGVsbG8=",
        "data:image/png;base64,é",
    ],
)
def test_damaged_data_uris_are_refused(uri: str) -> None:
    """And the refusal does not repeat their payload."""
    with pytest.raises(InputError) as refused:
        parse_data_uri(uri)

    assert len(refused.value.message) < 120


def test_a_data_uri_is_shown_without_its_payload() -> None:
    """A megabyte of base64 has no place in a message or a record."""
    uri = "data:image/jpeg;base64," + "A" * 1000

    assert source_label(uri) == "data:image/jpeg;base64,... (1000 characters)"
    assert source_label("photo.jpg") == "photo.jpg"


@pytest.mark.parametrize(
    "url", ["http://", "https://a b/c", "http:///x", "https:x", "https://e/\udcff"]
)
def test_incomplete_urls_are_refused(url: str) -> None:
    """A URL needs a host and no white space."""
    with pytest.raises(InputError, match="not a complete"):
        parse_url(url)


def test_references_are_passed_on() -> None:
    """A URL stays as it is; a UUID is written in lower case."""
    assert parse_url("https://example.com/a?b=c#d") == RemoteImage(
        "https://example.com/a?b=c#d"
    )
    assert parse_uuid(UUID.upper()) == RemoteImage(UUID)
