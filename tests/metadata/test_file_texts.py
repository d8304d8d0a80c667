"""Tests of the texts in TIFF files and camera raw files."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.metadata.file_texts import read_file_texts
from rwcap.metadata.properties import Place
from tests.metadata import blocks
from tests.metadata.packets import alternatives, description, packet

PACKET = packet(description(alternatives(x_default="By Ada")))
IPTC = blocks.dataset(120, b"Boats at dawn!!")  # 20 bytes, five numbers of 4
WORDS = {
    0x010E: (2, b"A harbour\0"),
    0x02BC: (1, PACKET),
    0x83BB: (7, IPTC),
}


def tiff(
    values: dict[int, tuple[int, bytes]], order: str = "<", head: bytes = b""
) -> bytes:
    """Return a TIFF file with these values: type and bytes of each tag."""
    start = 8
    at = start + 2 + 12 * len(values) + 4
    entries, held = b"", b""
    for tag, (kind, value) in sorted(values.items()):
        count = len(value) // (4 if kind == 4 else 1)
        entries += struct.pack(f"{order}HHII", tag, kind, count, at + len(held))
        held += value
    head = head or (b"II*\0" if order == "<" else b"MM\0*")
    header = head + struct.pack(f"{order}IH", start, len(values))
    return header + entries + bytes(4) + held


@pytest.mark.parametrize(
    "data",
    [
        *(tiff(WORDS), tiff(WORDS, ">"), tiff(WORDS | {0x83BB: (4, IPTC)})),
        *(tiff(WORDS, head=b"IIRO"), tiff(WORDS, head=b"IIU\0")),
        b"\0\0\0\x18ftypcrx " + bytes(30) + b"CMT1" + tiff(WORDS),
    ],
)
def test_the_words_in_a_file_are_read(data: bytes) -> None:
    """In either byte order, and under the headers that makers of cameras use."""
    found = read_file_texts(data)

    assert found.packet == PACKET
    assert found.captions == {
        Place.EXIF_DESCRIPTION: "A harbour",
        Place.IPTC: "Boats at dawn!!",
    }


def test_a_photoshop_block_can_contain_the_words() -> None:
    """As Photoshop saves a TIFF."""
    found = read_file_texts(tiff({0x8649: (7, blocks.photoshop(IPTC))}))

    assert (found.packet, found.captions) == (None, {Place.IPTC: "Boats at dawn!!"})


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a", b"II+\0" + tiff(WORDS)[4:], tiff(WORDS)[:48]]
)
def test_other_files_and_damaged_ones_say_nothing(data: bytes) -> None:
    """The last one ends before its values."""
    found = read_file_texts(data)

    assert (found.packet, dict(found.captions)) == (None, {})


@given(st.integers(4, 60), st.binary(max_size=8), st.sampled_from(["<", ">"]))
def test_a_damaged_directory_is_passed_over(at: int, noise: bytes, order: str) -> None:
    """A text is found or not; nothing fails."""
    data = tiff(WORDS, order)

    found = read_file_texts(data[:at] + noise + data[at + len(noise) :])

    assert len(found.captions) <= len(WORDS)
