"""Tests of data after the end of an image, and of pointers to it."""

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.errors import InputError
from rwcap.metadata import embed
from rwcap.metadata.properties import Property
from tests.exiftool import exiftool
from tests.images.containers import drawn, png_chunk, riff_chunk, segment, webp
from tests.metadata.packets import FORMS, OTHERS, description, packet
from tests.metadata.test_embed import (
    SAMPLES,
    embed_texts,
    multi_picture,
    pixels,
)

JPEG, PNG, WEBP = drawn("JPEG"), drawn("PNG"), drawn("WEBP")
OTHER = {Property.DESCRIPTION: "Another text."}
PREVIEW = drawn("JPEG", "L")
TRAILERS = {
    "zeros": bytes(100),
    "one byte": b"x",
    "line end": b"\xff\r\n ",
    "block of a camera": b"CAMERA\0\1\2\3 temperature 21",
    "Samsung": b"\0\0QDIOBS\x12SEFT",
    "video": b"\0\0\0\x18ftypmp42" + bytes(40),
    "archive": b"PK\3\4" + bytes(30),
    "preview": PREVIEW,
    "padded preview": bytes(9) + PREVIEW,
    "block with a wrong position": b"AXS!\0\1\0\0\0\0\0\0AXS!\0\0\0\1\0\0\0\0",
}


def exif(offset: int, order: str = "<", notes: bytes = b"") -> bytes:
    """Return an Exif block that says where a preview is.

    A reader finds the preview by the tags JPEGInterchangeFormat and
    JPEGInterchangeFormatLength.
    """
    entries = [
        struct.pack(f"{order}HHII", 0x0201, 4, 1, offset),
        struct.pack(f"{order}HHII", 0x0202, 4, 1, len(PREVIEW)),
    ]
    if notes:
        entries.append(struct.pack(f"{order}HHII", 0x927C, 7, len(notes), 50))
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8)
    count = struct.pack(f"{order}H", len(entries))
    return b"".join((head, count, *entries, bytes(4), notes))


def pointed(
    base: str, order: str = "<", *, padding: bytes = b"", held: bytes = b""
) -> bytes:
    """Return a JPEG with a preview after its end, and a pointer to it.

    Args:
        base: What the pointer counts from: the file, the header of Exif, or the notes.
        order: The byte order.
        padding: Bytes before the preview.
        held: The bytes of a segment after that with the pointer.
    """
    note = struct.pack(f"{order}I", 0x12345678) + b"notes of a camera"
    size = len(exif(0, order, note))
    start = 20 + 10  # the TIFF header in the file
    at = len(JPEG) + len(segment(0xE1, bytes(size + 6))) + len(held) + len(padding)
    offset, value = 0, 0
    if base == "notes":
        value = at - (start + 50)
    else:
        offset = at - {"file": 0, "header": start}[base]
    note = struct.pack(f"{order}I", value) + b"notes of a camera"
    block = segment(0xE1, b"Exif\0\0" + exif(offset, order, note))
    return JPEG[:20] + block + held + JPEG[20:] + padding + PREVIEW


def preview(data: bytes) -> bytes:
    """Return the preview at the position that Exif or its notes state."""
    header = data.index(b"Exif\0\0") + 6
    order = "<" if data[header : header + 2] == b"II" else ">"
    (offset,) = struct.unpack_from(f"{order}I", data, header + 18)
    if offset:
        return data[header + offset :][: len(PREVIEW)]
    (value,) = struct.unpack_from(f"{order}I", data, header + 50)
    return data[header + 50 + value :][: len(PREVIEW)]


@pytest.mark.parametrize("name", TRAILERS)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_data_after_the_end_is_kept(kind: str, name: str) -> None:
    """Byte for byte, at the end, before and after a second text."""
    data = drawn(kind) + TRAILERS[name]

    once = embed_texts(data)

    assert once.endswith(TRAILERS[name])
    assert embed_texts(once, OTHER).endswith(TRAILERS[name])
    assert pixels(once) == pixels(data)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("base", ["header", "notes"])
@pytest.mark.parametrize("padding", [b"", bytes(7)])
def test_a_preview_stays_where_the_metadata_says(
    base: str, order: str, padding: bytes
) -> None:
    """The packet precedes the Exif block, so that both move by the same distance."""
    data = pointed(base, order, padding=padding)
    assert preview(data) == PREVIEW

    once = embed_texts(data)

    assert preview(once) == PREVIEW
    assert once.index(b"http://ns.adobe.com/xap") < once.index(b"Exif\0\0")
    assert preview(embed_texts(once, OTHER)) == PREVIEW
    assert pixels(once) == pixels(data)


def test_a_preview_of_sony_stays_where_the_metadata_says() -> None:
    """A header of 32 bytes precedes it, and its first byte is 0."""
    sony = b"\1" * 32 + b"\0\xd8\xff\xdb" + PREVIEW[4:]
    data = pointed("header", padding=bytes(7)).removesuffix(PREVIEW) + sony

    assert preview(embed_texts(data)) == sony[: len(PREVIEW)]


@pytest.mark.program("exiftool")
def test_exiftool_extracts_the_same_preview(tmp_path: Path) -> None:
    """It reads the tags of a thumbnail in the first directory as a preview."""
    before, after = tmp_path / "before.jpg", tmp_path / "after.jpg"
    before.write_bytes(pointed("header"))
    after.write_bytes(embed_texts(pointed("header")))

    exiftool("-b", "-OtherImage", "-w", "bin", before, after)

    shown = [each.with_suffix(".bin").read_bytes() for each in (before, after)]
    assert shown == [PREVIEW, PREVIEW]


def test_a_packet_with_padding_does_not_move_the_preview() -> None:
    """The new packet has the length of the old one."""
    held = segment(
        0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet(description(), padding=4000)
    )
    data = pointed("header", held=held)

    after = embed_texts(data)

    assert len(after) == len(data)
    assert preview(after) == PREVIEW


def test_a_packet_with_padding_does_not_move_the_end_of_a_png() -> None:
    """A pointer that counts from the beginning of the file stays correct."""
    held = png_chunk(
        b"iTXt",
        b"XML:com.adobe.xmp\0" + bytes(4) + packet(description(), padding=4000),
    )
    at = len(PNG) + len(held) + len(png_chunk(b"abCd", bytes(4)))
    pointer = png_chunk(b"abCd", struct.pack(">I", at))
    data = PNG[:33] + held + pointer + PNG[33:] + PREVIEW

    after = embed_texts(data)

    assert len(after) == len(data)
    assert after[at:] == PREVIEW


def test_a_pointer_to_a_thumbnail_in_the_metadata_moves_with_it() -> None:
    """The data after the image are not what it points to."""
    block = exif(EXIF_BYTES) + PREVIEW
    more = riff_chunk(b"ABCD", b"x" * 900)
    data = webp(WEBP[12:], riff_chunk(b"EXIF", block), more) + b"data of a phone"

    after = embed_texts(data)

    assert block in after
    assert after.endswith(b"data of a phone")


EXIF_BYTES = len(exif(0))
AXS = b"AXS!\0\1\0\0\0\0\0\0"
FIXED = {
    "at the end of the file": JPEG + AXS + struct.pack(">4sII", AXS, len(JPEG), 0),
    "the same, little-endian": JPEG
    + AXS.replace(b"!", b"*")
    + struct.pack("<4sII", b"AXS*", len(JPEG), 0),
    "from the beginning of the file": pointed("file"),
    "before a packet without padding": pointed(
        "header",
        held=segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + FORMS["nothing"]),
    ),
    "in a PNG": (
        PNG[:33]
        + png_chunk(b"abCd", struct.pack(">I", len(PNG) + 16))
        + PNG[33:]
        + PREVIEW
    ),
    "in a WebP": webp(WEBP[12:], riff_chunk(b"EXIF", exif(EXIF_BYTES + EXIF_BYTES % 2)))
    + PREVIEW,
}


@pytest.mark.parametrize("name", FIXED)
def test_a_file_whose_pointer_would_break_is_refused(name: str) -> None:
    """No room can be made without moving the preview."""
    with pytest.raises(InputError, match="states the position") as caught:
        embed_texts(FIXED[name])

    assert caught.value.code == "fixedTrailer"


@pytest.mark.parametrize(
    "data",
    [
        JPEG[:20] + segment(0xE5, b"MM\0*" * 100) + JPEG[20:] + b"x",
        JPEG + b"\xff\xd8\xff" * 200,
        PNG[:33] + png_chunk(b"abCd", bytes(17_000_000)) + PNG[33:] + b"x",
        PNG[:33]
        + png_chunk(b"abCd", b"MM\0*" * 50 + bytes(16_000_000))
        + PNG[33:]
        + b"\xff\xd8\xff",
    ],
    ids=["headers", "pictures", "size", "work"],
)
def test_a_file_with_too_many_possible_pointers_is_refused(data: bytes) -> None:
    """At once."""
    with pytest.raises(InputError, match="too many") as caught:
        embed_texts(data)

    assert caught.value.code == "fixedTrailer"


def test_notes_outside_of_their_block_are_ignored() -> None:
    """Their offset is four gigabytes."""
    note = struct.pack("<HHII", 0x927C, 7, 4, 0xFFFFFFFF)
    block = b"Exif\0\0II*\0\x08\0\0\0\1\0" + note + bytes(4)
    data = JPEG[:20] + segment(0xE1, block) + JPEG[20:] + b"data"

    assert embed_texts(data).endswith(b"data")


BROKEN_INDEXES = [
    b"MPF\0XX*\0\0\0\0\x08",
    b"MPF\0MM\0*\0\0\0\x08\0\x01\xb0\x02\0\x07\0\0\0\x20\0\0\xff\xff",
    b"MPF\0MM\0*\0\0\0\x08\0\x01" + bytes(12),
    b"MPF\0MM\0*\0\0\0\x08\0\x02" + bytes(12),
]


@pytest.mark.parametrize("index", BROKEN_INDEXES)
def test_a_broken_index_of_images_is_kept(index: bytes) -> None:
    """Nothing can be found by it before or after."""
    data = JPEG[:20] + segment(0xE2, index) + JPEG[20:] + PREVIEW

    after = embed_texts(data)

    assert after.endswith(PREVIEW)
    assert index in after


def test_a_pointer_in_exif_counts_beside_an_index_of_images() -> None:
    """The index is corrected, and what Exif says stays correct."""
    plain = multi_picture()
    size = len(segment(0xE1, b"Exif\0\0" + exif(0)))
    second = embed.parse_embeddable(plain).parts[-1].start + size
    data = plain[:2] + segment(0xE1, b"Exif\0\0" + exif(second - 12)) + plain[2:]

    after = embed_texts(data)

    header = after.index(b"Exif\0\0") + 6
    (offset,) = struct.unpack_from("<I", after, header + 18)
    assert after[header + offset :] == data[second:]
    assert pixels(after) == pixels(data)


@given(
    st.sampled_from(
        [
            name
            for name in SAMPLES
            if len(SAMPLES[name]) < 4000
            and name != "exif, profile.webp"  # its directory begins at its own size
        ]
    ),
    st.sampled_from(sorted(TRAILERS)),
    st.binary(max_size=20),
)
def test_any_file_keeps_what_follows_it(name: str, trailer: str, more: bytes) -> None:
    """Whatever metadata it has."""
    data = SAMPLES[name] + TRAILERS[trailer] + more

    once = embed_texts(data)

    assert once.endswith(TRAILERS[trailer] + more)
    assert embed_texts(once, OTHER).endswith(TRAILERS[trailer] + more)


@given(
    st.sampled_from(["header", "notes"]),
    st.sampled_from("<>"),
    st.binary(max_size=30).filter(lambda each: b"\xff" not in each),
    st.sampled_from([b"", segment(0xFE, OTHERS.encode())]),
)
@pytest.mark.promises("files")
def test_any_preview_is_found_after_the_change(
    base: str, order: str, padding: bytes, held: bytes
) -> None:
    """Or the file is refused."""
    data = pointed(base, order, padding=padding, held=held)

    after = embed_texts(data)

    assert preview(after) == preview(data) == PREVIEW
