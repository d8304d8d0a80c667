"""Tests of identifying images, and of the sources they come from."""

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
def test_the_form_of_a_source_determines_its_kind(
    source: str, kind: SourceKind
) -> None:
    """Files, URLs, data URIs, UUIDs and standard input have different forms."""
    assert source_kind(source) is kind


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("harbour.jpg", Format.JPEG),
        ("harbour.png", Format.PNG),
        ("harbour.webp", Format.WEBP),
    ],
)
def test_the_bytes_determine_the_format(name: str, expected: Format) -> None:
    """The name of the file is ignored."""
    image = parse_image((draw.FOLDER / name).read_bytes(), name="misnamed.txt")

    assert image.format is expected
    assert image.format.media_type == f"image/{expected}"


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
def test_the_error_for_another_format_names_it_and_a_command(
    head: bytes, what: str
) -> None:
    """The command converts the file."""
    with pytest.raises(InputError, match=what) as caught:
        parse_image(head + bytes(64), name="my photo")

    assert caught.value.code == "unsupportedFormat"
    assert caught.value.hint == "magick 'my photo' converted.jpg"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "emptyImage"),
        (b"hello", "notAnImage"),
        (b"\x00\x00\x00\x18ftypmp42", "notAnImage"),
    ],
    ids=["empty", "text", "video"],
)
def test_files_that_are_not_images_are_rejected(data: bytes, code: str) -> None:
    """Before they cost anything."""
    with pytest.raises(InputError, match="thing") as caught:
        parse_image(data, name="thing")

    assert caught.value.code == code


@pytest.mark.parametrize(
    ("name", "word"),
    [("standard input", "-"), ("-p.gif", "./-p.gif"), ("a.gif", "a.gif")],
)
def test_the_command_in_a_hint_can_be_pasted_into_a_shell(name: str, word: str) -> None:
    """A name that begins with a dash is not taken for an option."""
    with pytest.raises(InputError) as caught:
        parse_image(b"GIF89a", name=name)

    assert caught.value.hint == f"magick {word} converted.jpg"


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
def test_the_brands_of_a_file_determine_its_codec(
    brands: bytes, expected: ConvertibleFormat | None
) -> None:
    """A generic major brand leaves the codec to the compatible brands."""
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
def test_any_bytes_are_an_image_or_an_input_error(data: bytes) -> None:
    """No other exception is raised."""
    try:
        image = parse_stream(data, name="stdin")
    except InputError:
        return

    assert identify(image.data) is image.format


@given(st.sampled_from(["jpg", "png", "webp"]), st.sampled_from([0, 1, 60, 76]))
def test_base64_and_data_uris_contain_the_same_image(kind: str, width: int) -> None:
    """Base64 on standard input can be wrapped in lines."""
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
def test_damaged_data_uris_are_rejected(uri: str) -> None:
    """The message does not repeat the payload."""
    with pytest.raises(InputError) as caught:
        parse_data_uri(uri)

    assert len(caught.value.message) < 120


def test_a_data_uri_is_shown_without_its_payload() -> None:
    """The payload can be a megabyte of base64."""
    uri = "data:image/jpeg;base64," + "A" * 1000

    assert source_label(uri) == "data:image/jpeg;base64,... (1000 characters)"
    assert source_label("photo.jpg") == "photo.jpg"


@pytest.mark.parametrize(
    "url", ["http://", "https://a b/c", "http:///x", "https:x", "https://e/\udcff"]
)
def test_incomplete_urls_are_rejected(url: str) -> None:
    """A URL needs a host and no white space."""
    with pytest.raises(InputError, match="not a complete"):
        parse_url(url)


def test_urls_and_uuids_are_passed_on() -> None:
    """A URL does not change; a UUID becomes lower case."""
    assert parse_url("https://example.com/a?b=c#d") == RemoteImage(
        "https://example.com/a?b=c#d"
    )
    assert parse_uuid(UUID.upper()) == RemoteImage(UUID)
