"""Tests of captions in Exif, IPTC and PNG texts, beside that in XMP."""

import struct
from dataclasses import replace
from zlib import compress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rwcap.core.errors import InputError
from rwcap.core.sidecar import MergeMode
from rwcap.images.formats import Format
from rwcap.metadata import embed, exif_text
from rwcap.metadata.all_places import has_texts
from rwcap.metadata.merge import MergeRules, has_text
from rwcap.metadata.properties import Place, Property
from rwcap.metadata.removal import ChangedByHandError, without_captions
from rwcap.metadata.selection import CAPTION
from rwcap.metadata.splices import apply, undo, undo_text
from rwcap.metadata.xmp.xml_parser import MAX_XML_BYTES
from tests.exiv2 import Metadata, metadata, with_metadata
from tests.images.containers import drawn, png_chunk, riff_chunk, segment, webp
from tests.metadata.blocks import (
    NOTES,
    UTF_8,
    dataset,
    exif,
    jpeg,
    md5_of,
    photoshop,
    png,
    resource,
    webp_with,
)
from tests.metadata.packets import alternatives, description, packet
from tests.metadata.test_embed import change_of, pixels, with_packet, without_ours

MODES = [mode for mode in MergeMode if mode is not MergeMode.REMOVE]
NEW = "A café at the harbour."
OLD = "Boats at dawn"
LATIN = "Ein Café in Köln"


def texts(data: bytes) -> dict[Place, str]:
    """Return the captions of a file."""
    return embed.read_texts(embed.parse_embeddable(data))


def captioned(
    data: bytes,
    mode: MergeMode = MergeMode.SKIP,
    text: str = NEW,
    *,
    xmp_only: bool = False,
) -> bytes | None:
    """Return the file with a caption, or None if nothing is written."""
    before = embed.parse_embeddable(data)
    change = change_of(
        before, {Property.DESCRIPTION: text}, MergeRules(mode, xmp_only=xmp_only)
    )
    if change is None:
        return None
    after = embed.apply_change(before, change)
    assert embed.differs_only_in(change, before, after)
    return after


def is_captioned(data: bytes, *, xmp_only: bool = False) -> bool:
    """Return whether mode `skip` leaves a file alone."""
    return has_texts(
        embed.parse_embeddable(data),
        CAPTION.wanted,
        rules=MergeRules(xmp_only=xmp_only),
        include_sandbox=False,
    )


CODE = b"ASCII\0\0\0"
WIDE = b"UNICODE\0"
XMP = packet(description(alternatives(x_default=OLD)))
PERSONS: dict[str, tuple[bytes, Place]] = {
    "IPTC": (
        jpeg(iptc=photoshop(UTF_8 + dataset(120, OLD.encode()))),
        Place.IPTC,
    ),
    "IPTC without a character set": (
        jpeg(iptc=photoshop(dataset(5, b"title") + dataset(120, OLD.encode()))),
        Place.IPTC,
    ),
    "Exif": (jpeg(block=exif(OLD.encode() + b"\0")), Place.EXIF_DESCRIPTION),
    "Exif, big-endian": (
        jpeg(block=exif(OLD.encode() + b"\0", order=">")),
        Place.EXIF_DESCRIPTION,
    ),
    "Exif in a PNG": (png(block=exif(OLD.encode())), Place.EXIF_DESCRIPTION),
    "Exif in a WebP": (webp_with(exif(OLD.encode())), Place.EXIF_DESCRIPTION),
    "Exif with a prefix in a WebP": (
        webp_with(b"Exif\0\0" + exif(OLD.encode())),
        Place.EXIF_DESCRIPTION,
    ),
    "comment": (
        jpeg(block=exif(comment=CODE + OLD.encode() + bytes(60))),
        Place.EXIF_COMMENT,
    ),
    "comment in UTF-16": (
        jpeg(block=exif(comment=WIDE + OLD.encode("utf-16-le"))),
        Place.EXIF_COMMENT,
    ),
    "comment in the other order": (
        jpeg(block=exif(comment=WIDE + OLD.encode("utf-16-be"))),
        Place.EXIF_COMMENT,
    ),
    "comment without a code": (
        jpeg(block=exif(comment=bytes(8) + OLD.encode())),
        Place.EXIF_COMMENT,
    ),
    "comment in JIS": (
        jpeg(block=exif(comment=b"JIS\0\0\0\0\0" + OLD.encode())),
        Place.EXIF_COMMENT,
    ),
}
KEPT: dict[str, tuple[bytes, Place]] = {
    "Windows title": (
        jpeg(block=exif(title=OLD.encode("utf-16-le") + b"\0\0")),
        Place.WINDOWS_TITLE,
    ),
    "Windows comment": (
        jpeg(block=exif(remark=OLD.encode("utf-16-le") + b"\0\0")),
        Place.WINDOWS_COMMENT,
    ),
    "PNG text": (png(text=OLD.encode()), Place.PNG_DESCRIPTION),
    "compressed PNG text": (
        png(text=OLD.encode(), kind=b"zTXt"),
        Place.PNG_DESCRIPTION,
    ),
    "international PNG text": (
        png(text=OLD.encode(), kind=b"iTXt"),
        Place.PNG_DESCRIPTION,
    ),
}
ALL_THREE = with_packet(
    Format.JPEG,
    jpeg(
        block=exif(OLD.encode() + b"\0"),
        iptc=photoshop(UTF_8 + dataset(120, OLD.encode())),
    ),
    XMP,
)
DIFFERENT = with_packet(
    Format.JPEG,
    jpeg(
        block=exif(b"Boats (Exif)\0", CODE + b"Boats (comment)"),
        iptc=photoshop(UTF_8 + dataset(120, b"Boats (IPTC)")),
    ),
    XMP,
)


@pytest.mark.parametrize("name", PERSONS | KEPT)
@pytest.mark.promises("persons")
def test_the_words_of_a_person_count_in_every_place(name: str) -> None:
    """The image is left alone; alternative text is another text."""
    data, place = (PERSONS | KEPT)[name]

    assert texts(data) == {place: OLD}
    assert is_captioned(data)
    assert not is_captioned(data, xmp_only=True)
    assert captioned(data) is None
    image = embed.parse_embeddable(data)
    alt = {Property.DESCRIPTION: NEW, Property.ALT_TEXT: NEW}
    change = change_of(image, alt, MergeRules())
    assert change
    assert not change.texts
    assert texts(embed.apply_change(image, change)) == {place: OLD}
    assert has_text(
        change.packet, Property.ALT_TEXT, rules=MergeRules(), include_sandbox=False
    )


@pytest.mark.parametrize("name", PERSONS)
@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (MergeMode.OVERWRITE, NEW),
        (MergeMode.APPEND, f"{OLD}\n{NEW}"),
        (MergeMode.PREPEND, f"{NEW}\n{OLD}"),
    ],
)
@pytest.mark.promises("persons")
def test_all_places_agree_afterwards(name: str, mode: MergeMode, expected: str) -> None:
    """A second time changes nothing."""
    data, place = PERSONS[name]

    after = captioned(data, mode)

    assert after
    assert texts(after) == {Place.XMP: expected, place: expected}
    assert captioned(after, mode) is None
    assert pixels(after) == pixels(data)


@pytest.mark.parametrize("name", KEPT)
@pytest.mark.promises("persons")
def test_some_places_are_read_and_never_written(name: str) -> None:
    """A caption starts from their text."""
    data, place = KEPT[name]

    after = captioned(data, MergeMode.APPEND)

    assert after
    assert texts(after) == {Place.XMP: f"{OLD}\n{NEW}", place: OLD}


def test_three_places_agree_before_and_after() -> None:
    """The digest of IPTC is corrected."""
    after = captioned(ALL_THREE, MergeMode.OVERWRITE)

    assert captioned(ALL_THREE) is None
    assert after
    assert set(texts(after).values()) == {NEW}
    found = metadata(after)
    assert found.iptc["Iptc.Application2.Caption"] == NEW
    assert found.exif["Exif.Image.ImageDescription"] == NEW
    assert found.texts["Description"] == NEW
    iptc = UTF_8 + dataset(120, NEW.encode())
    assert resource(0x0404, iptc) + resource(0x0425, md5_of(iptc)) in after


def test_texts_that_differ_keep_their_own_words() -> None:
    """Overwritten, they agree."""
    after = captioned(DIFFERENT, MergeMode.APPEND)
    overwritten = captioned(DIFFERENT, MergeMode.OVERWRITE)

    assert captioned(DIFFERENT) is None
    assert after
    assert overwritten
    assert texts(after) == {
        place: f"{text}\n{NEW}" for place, text in texts(DIFFERENT).items()
    }
    assert len(texts(overwritten)) == 4
    assert set(texts(overwritten).values()) == {NEW}


def test_exif_precedes_iptc_and_both_precede_a_comment() -> None:
    """XMP gets the text that the Metadata Working Group prefers."""
    data = jpeg(
        block=exif(b"Exif\0", CODE + b"comment"), iptc=photoshop(dataset(120, b"IPTC"))
    )

    after = captioned(data, MergeMode.APPEND)

    assert after
    assert texts(after)[Place.XMP] == f"Exif\n{NEW}"


def test_without_the_other_places_only_xmp_changes() -> None:
    """As with `--ignore-existing`."""
    data, place = PERSONS["IPTC"]

    after = captioned(data, MergeMode.OVERWRITE, xmp_only=True)

    assert after
    assert texts(after) == {Place.XMP: NEW, place: OLD}


CAMERA = b"OLYMPUS DIGITAL CAMERA         \0"


@pytest.mark.parametrize("mode", MODES)
def test_the_default_of_a_camera_is_replaced(mode: MergeMode) -> None:
    """In Exif and in XMP."""
    default = packet(description(alternatives(x_default="OLYMPUS DIGITAL CAMERA")))
    data = with_packet(Format.JPEG, jpeg(block=exif(CAMERA)), default)

    after = captioned(data, mode)

    assert not is_captioned(data)
    assert after
    assert texts(after) == {Place.XMP: NEW, Place.EXIF_DESCRIPTION: NEW}


@pytest.mark.parametrize("value", [b" " * 31 + b"\0", bytes(8), b"   ", b""])
def test_a_blank_description_counts_as_none(value: bytes) -> None:
    """Some cameras reserve the room for one, and it is used."""
    data = jpeg(block=exif(value, CODE + bytes(100)))
    after, alone = captioned(data), captioned(data, xmp_only=True)

    assert not is_captioned(data)
    assert after
    assert alone
    assert texts(after) == {Place.XMP: NEW, Place.EXIF_DESCRIPTION: NEW}
    assert texts(alone) == {Place.XMP: NEW}


def test_a_default_that_cannot_be_replaced_stays() -> None:
    """The segment is full; the words of a person would be refused."""
    full = bytes(65_000 - len(exif(CAMERA)))
    longer = "long " * 200
    data = jpeg(block=exif(CAMERA) + full)

    after = captioned(data, text=longer)

    assert after
    assert texts(after)[Place.EXIF_DESCRIPTION] == "OLYMPUS DIGITAL CAMERA"
    with pytest.raises(InputError, match="segment is full") as caught:
        captioned(jpeg(block=exif(OLD.encode()) + full), MergeMode.OVERWRITE, longer)
    assert caught.value.code == "fullMetadata"


def others(data: bytes) -> Metadata:
    """Return all metadata that Exiv2 reads, except captions and their marks."""
    found = without_ours(metadata(data))
    texts = {
        "Exif.Image.ImageDescription",
        "Exif.Photo.UserComment",
        "Exif.Image.ExifTag",
    }
    return replace(
        found,
        exif={key: each for key, each in found.exif.items() if key not in texts},
        iptc={
            key: each
            for key, each in found.iptc.items()
            if key not in {"Iptc.Application2.Caption", "Iptc.Envelope.CharacterSet"}
        },
    )


FIT = {"same": OLD, "short": "A", "inline": "abc", "long": NEW * 20, "wide": "東京"}


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("text", FIT.values(), ids=FIT)
@pytest.mark.parametrize("kind", ["description", "comment", "both", "inline"])
def test_exif_keeps_everything_else(kind: str, text: str, order: str) -> None:
    """The notes of the maker stay where they are."""
    block = {
        "description": exif(OLD.encode() + b"\0", order=order),
        "comment": exif(comment=CODE + OLD.encode(), order=order),
        "both": exif(OLD.encode() + b"\0", CODE + OLD.encode() + b"!", order=order),
        "inline": exif(b"ab\0", order=order),
    }[kind]
    data = jpeg(block=block)

    after = captioned(data, MergeMode.OVERWRITE, text)

    assert after
    assert set(texts(after).values()) == {text}
    where = after.index(b"Exif\0\0") - data.index(b"Exif\0\0")
    assert after.index(NOTES) - data.index(NOTES) == where
    assert others(after) == others(data)
    exiv2 = metadata(after).exif
    assert text in exiv2.get("Exif.Image.ImageDescription", text)


@pytest.mark.parametrize(
    ("before", "text", "after"),
    [
        (UTF_8 + dataset(120, b"old"), "日本", UTF_8 + dataset(120, "日本".encode())),
        (dataset(120, b"old"), "Café", UTF_8 + dataset(120, "Café".encode())),
        (dataset(120, b"old"), "Cafe", dataset(120, b"Cafe")),
        (
            dataset(0, b"\0\4", 1) + dataset(120, b"old"),
            "Café",
            dataset(0, b"\0\4", 1) + UTF_8 + dataset(120, "Café".encode()),
        ),
        (
            dataset(80, b"Jos\xe9") + dataset(120, b"old"),
            "Café",
            dataset(80, b"Jos\xe9") + dataset(120, b"Caf\xe9"),
        ),
        (
            dataset(80, "José".encode()) + dataset(120, b"old"),
            "日本",
            dataset(80, "José".encode()) + dataset(120, "日本".encode()),
        ),
        (
            dataset(90, b"\x1b.A", 1) + dataset(120, b"caf\xe9"),
            "Köln",
            dataset(90, b"\x1b.A", 1) + dataset(120, b"K\xf6ln"),
        ),
        (
            dataset(120, b"old") + dataset(25, b"word") + b"\0\0",
            "A",
            dataset(120, b"A") + dataset(25, b"word") + b"\0\0",
        ),
        (
            b"\x1c\x02\x78\x80\x04\0\0\0\x03old" + dataset(25, b"word"),
            "A",
            dataset(120, b"A") + dataset(25, b"word"),
        ),
    ],
)
def test_iptc_is_written_in_a_character_set_that_fits(
    before: bytes, text: str, after: bytes
) -> None:
    """The other texts keep their meaning; every size and the digest are right."""
    for trailing in (photoshop, lambda iptc: resource(0x0404, iptc)):
        new = captioned(jpeg(iptc=trailing(before)), MergeMode.OVERWRITE, text)

        assert new
        assert trailing(after) in new
        assert texts(new)[Place.IPTC] == text


@pytest.mark.parametrize(("kind", "count"), [(2, 24), (3, 12), (4, 6)])
@pytest.mark.promises("files")
def test_a_value_that_two_tags_share_is_kept(kind: int, count: int) -> None:
    """Some programs store equal values once: the new text gets a place of its own."""
    shared = b"Taken at sea, in August\0"
    block = (
        struct.pack("<4sIH", b"II*\0", 8, 2)
        + struct.pack("<HHII", 0x010D, kind, count, 38)
        + struct.pack("<HHIII", 0x010E, 2, len(shared), 38, 0)
        + shared
    )

    splices = exif_text.text_splices(block, Place.EXIF_DESCRIPTION, "A boat.")
    changed = apply(block, splices)

    assert exif_text.find_texts(changed) == {Place.EXIF_DESCRIPTION: "A boat."}
    assert changed[38 : 38 + len(shared)] == shared
    assert undo(changed, undo_text(block, splices)) == block


@pytest.mark.parametrize("tag", [0x8769, 0x8825, 0xA005, 0x014A, None])
@pytest.mark.parametrize("images", [1, 2])
@pytest.mark.promises("files")
def test_a_value_that_another_directory_shares_is_kept(
    tag: int | None, images: int
) -> None:
    """That of GPS, of a thumbnail (no tag), or of one of two further images."""
    shared = b"Taken at sea, in August\0"
    listed = struct.pack("<2I", 62, 62)[: 4 * images].ljust(8, b"\0")
    start = 62 + 18
    pointer = (tag or 0x0110, 4, images, 62 if images == 1 else 54)
    block = (
        struct.pack("<4sIH", b"II*\0", 8, 3)
        + struct.pack("<HHII", 0x010E, 2, len(shared), start)
        + struct.pack("<HHII", 0x0112, 3, 1, 1)
        + struct.pack("<HHII", *pointer)
        + struct.pack("<I", 0 if tag else 62)
        + bytes(4)
        + listed
        + struct.pack("<HHHIII", 1, 0x001B, 7, len(shared), start, 0)
        + shared
    )

    changed = apply(
        block, exif_text.text_splices(block, Place.EXIF_DESCRIPTION, "A boat.")
    )

    assert exif_text.find_texts(changed) == {Place.EXIF_DESCRIPTION: "A boat."}
    assert changed[start : start + len(shared)] == shared


@pytest.mark.parametrize(
    ("start", "kind", "count", "in_place"),
    [(38, 5, 1, True), (42, 5, 1, False), (69, 2, 8, False), (70, 2, 8, True)],
)
def test_a_value_beside_a_text_is_kept(
    start: int, kind: int, count: int, *, in_place: bool
) -> None:
    """One that shares a few bytes with the text leaves no place for a new one."""
    old = b"Taken at sea, in August\0"
    block = (
        struct.pack("<4sIH", b"II*\0", 8, 2)
        + struct.pack("<HHII", 0x010D, kind, count, start)
        + struct.pack("<HHIII", 0x010E, 2, len(old), 46, 0)
        + (b"-before-" + old + b"-after--")
    )

    splices = exif_text.text_splices(block, Place.EXIF_DESCRIPTION, "A boat.")
    changed = apply(block, splices)

    assert exif_text.find_texts(changed) == {Place.EXIF_DESCRIPTION: "A boat."}
    assert (len(changed) == len(block)) is in_place
    assert changed[start : start + 8] == block[start : start + 8]
    assert not in_place or changed[46:70] == b"A boat.".ljust(24, b"\0")


@pytest.mark.parametrize("more", [b"", b"x", b"xx", b"xxx"])
@pytest.mark.parametrize(
    ("text", "in_place"),
    [("A", True), ("abc", True), ("x" * 23, True), ("x" * 24, False)],
)
def test_a_text_is_written_in_place_if_it_fits(
    text: str, more: bytes, *, in_place: bool
) -> None:
    """Else at an even position, as TIFF demands. A number is no position."""
    old = b"Taken at sea, in August\0"
    block = (
        struct.pack("<4sIH", b"II*\0", 8, 2)
        + struct.pack("<HHII", 0x0100, 4, 1, 40)  # a width of 40 pixels
        + struct.pack("<HHIII", 0x010E, 2, len(old), 38, 0)
        + (old + more)
    )

    changed = apply(block, exif_text.text_splices(block, Place.EXIF_DESCRIPTION, text))

    start = int.from_bytes(changed[30:34], "little")
    assert exif_text.find_texts(changed) == {Place.EXIF_DESCRIPTION: text}
    assert (len(changed) == len(block)) is in_place
    assert start % 2 == 0 or changed[30:34] == text.encode().ljust(4, b"\0")


def test_the_last_entry_of_a_block_is_read() -> None:
    """Nothing follows it."""
    block = struct.pack("<4sIHHHI4s", b"II*\0", 8, 1, 0x010E, 2, 4, b"abc\0")

    assert exif_text.find_texts(block) == {Place.EXIF_DESCRIPTION: "abc"}


@pytest.mark.parametrize("sharing", ["first", "second", "none"])
@pytest.mark.promises("files")
def test_a_value_that_one_of_two_further_images_shares_is_kept(sharing: str) -> None:
    """The other one has no entries, and no directory follows it."""
    shared = b"Taken at sea, in August\0"
    start, empty, full = 70, 46, 52
    listed = {"first": (full, empty), "second": (empty, full), "none": (empty, empty)}
    block = (
        struct.pack("<4sIH", b"II*\0", 8, 2)
        + struct.pack("<HHII", 0x010E, 2, len(shared), start)
        + struct.pack("<HHIII", 0x014A, 4, 2, 38, 0)
        + struct.pack("<2I", *listed[sharing])
        + struct.pack("<HI", 0, 0)
        + struct.pack("<HHHIII", 1, 0x010D, 2, len(shared), start, 0)
        + shared
    )

    changed = apply(
        block, exif_text.text_splices(block, Place.EXIF_DESCRIPTION, "A boat.")
    )

    assert exif_text.find_texts(changed) == {Place.EXIF_DESCRIPTION: "A boat."}
    assert (changed[start : start + len(shared)] == shared) is (sharing != "none")


@pytest.mark.parametrize("end", [b"", b"\0", b"\0\0"])
def test_a_damaged_text_of_windows_counts(end: bytes) -> None:
    """It has half of a pair of surrogates."""
    damaged = OLD.encode("utf-16-le") + b"\0\xd8" + end

    for block in (exif(title=damaged), exif(remark=damaged)):
        assert [*texts(jpeg(block=block)).values()] == [f"{OLD}\ufffd"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("港に停泊する船。祖父が撮影", "shift_jis"),
        ("Dům babičky na vsi - žluťoučký kůň", "cp1250"),
        ("Müller Straße Köln", "cp850"),
    ],
)
@pytest.mark.promises("persons")
def test_a_text_of_a_person_in_an_old_encoding_is_kept(
    text: str, encoding: str
) -> None:
    """Exif knows ASCII alone; older programs write the encoding of their system."""
    value = text.encode(encoding) + b"\0"
    for data in (jpeg(block=exif(value)), jpeg(block=exif(comment=CODE + value))):
        replaced = captioned(data, MergeMode.OVERWRITE)

        assert is_captioned(data)
        assert captioned(data) is None
        assert replaced
        assert without_captions(embed.parse_embeddable(replaced)) == data
        for mode in (MergeMode.APPEND, MergeMode.PREPEND):
            with pytest.raises(InputError, match="not in UTF-8"):
                captioned(data, mode)
        tagged = with_metadata(replaced, Metadata(exif={"Exif.Image.Artist": "Ann"}))
        with pytest.raises(ChangedByHandError):
            without_captions(embed.parse_embeddable(tagged))


def test_a_digest_that_was_wrong_stays() -> None:
    """It says that IPTC has changed since a program compared it with XMP."""
    old = dataset(120, OLD.encode())

    after = captioned(jpeg(iptc=photoshop(old, bytes(16))), MergeMode.OVERWRITE, "A")

    assert after
    assert photoshop(dataset(120, b"A"), bytes(16)) in after


def test_latin_1_is_read_without_a_declaration() -> None:
    """So is UTF-8."""
    for encoding in ("latin-1", "utf-8"):
        data = jpeg(iptc=photoshop(dataset(120, LATIN.encode(encoding))))
        assert texts(data) == {Place.IPTC: LATIN}
    data = jpeg(block=exif(LATIN.encode("latin-1")))
    assert texts(data) == {Place.EXIF_DESCRIPTION: LATIN}


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (png(text=b"caf\xe9", kind=b"iTXt"), "caf\ufffd"),
        (jpeg(iptc=photoshop(UTF_8 + dataset(120, b"caf\xe9"))), "caf\ufffd"),
        (jpeg(iptc=photoshop(dataset(120, b"caf\xe9 \x81."))), "café \ufffd."),
        (jpeg(block=exif(comment=b"JIS\0\0\0\0\0caf\xe9")), "caf\ufffd"),
        (jpeg(block=exif(title=OLD.encode("utf-16-le") + b"\0")), OLD),
        (jpeg(block=exif(comment=WIDE + OLD.encode("utf-16-le") + b"x")), OLD),
        (jpeg(block=exif("Café\0".encode() + b"\xff\1\2\0")), "Café"),
    ],
    ids=range(7),
)
def test_damaged_bytes_hide_no_text(data: bytes, text: str) -> None:
    """What no encoding has, half a character, or what follows the end of a text."""
    assert [*texts(data).values()] == [text]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_the_byte_order_mark_of_a_comment_is_no_part_of_its_text(
    order: str, codec: str
) -> None:
    """In either byte order."""
    comment = WIDE + f"\ufeff{OLD}".encode(codec)

    assert texts(jpeg(block=exif(comment=comment, order=order))) == {
        Place.EXIF_COMMENT: OLD
    }


def test_a_compressed_text_is_read_up_to_a_limit() -> None:
    """A few bytes can stand for gigabytes."""
    data = png(text=b"x" * (MAX_XML_BYTES + 1000), kind=b"zTXt")

    (text,) = texts(data).values()

    assert len(text) <= MAX_XML_BYTES + 1


def test_the_size_of_a_webp_leaves_out_what_follows_it() -> None:
    """Also after a text in Exif has grown."""
    trailer = b"data of a phone"

    data = webp(webp_with(exif(OLD.encode()))[12:], riff_chunk(b"ABCD", b"x" * 900))

    after = captioned(data + trailer, MergeMode.OVERWRITE)

    assert after
    assert after.endswith(trailer)
    assert int.from_bytes(after[4:8], "little") == len(after) - 8 - len(trailer)


def test_a_block_without_a_date_or_a_value_has_none() -> None:
    """Nor one whose value ends outside of the block."""
    outside = struct.pack("<4sIHHHIII", b"II*\0", 8, 1, 0x02BC, 1, 99, 10, 0)

    assert exif_text.read_date(b"") == exif_text.read_date(exif()) == ""
    assert exif_text.find_value(b"", 0x02BC) == b""
    assert exif_text.find_value(outside, 0x02BC) == b""


def test_the_first_photoshop_block_with_a_caption_counts() -> None:
    """Large blocks are divided into several segments."""
    words, caption = (
        segment(0xED, b"Photoshop 3.0\0" + resource(0x0404, each))
        for each in (dataset(25, b"word"), dataset(120, OLD.encode()))
    )

    assert texts(jpeg(more=words)) == {}
    assert texts(jpeg(more=caption + words)) == {Place.IPTC: OLD}
    assert texts(jpeg(more=words + caption)) == {Place.IPTC: OLD}


def test_hostile_metadata_is_read_at_once() -> None:
    """Only the first blocks are looked at."""
    block = segment(0xED, b"Photoshop 3.0\0" + resource(0x0404, dataset(5, b"") * 9000))
    caption = segment(
        0xED, b"Photoshop 3.0\0" + resource(0x0404, dataset(120, OLD.encode()))
    )
    bomb = png_chunk(b"zTXt", b"Description\0\0" + compress(bytes(4_000_000)))
    plain = drawn("PNG")

    assert texts(jpeg(more=block * 300 + caption)) == {}
    assert texts(plain[:33] + bomb * 500 + plain[33:]) == {}


TWO = dataset(120, b"one") + dataset(120, b"two")
REFUSED = {
    "IPTC that ends early": resource(0x0404, dataset(120, b"old") + b"\x1c\2\5\0\x09x"),
    "IPTC with garbage": resource(0x0404, dataset(120, b"old") + b"xyz"),
    "IPTC with half a dataset": resource(0x0404, dataset(120, b"old") + b"\x1c\2"),
    "two captions": resource(0x0404, TWO),
    "a broken resource": resource(0x0404, dataset(120, b"old"))
    + b"8BIM\4\5\0\0\xff\xff\xff\xff....",
    "a resource without a signature": resource(0x0404, dataset(120, b"old"))
    + b"....\4\5\0\0\0\0\0\0....",
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.promises("persons")
def test_a_damaged_iptc_block_is_never_changed(name: str) -> None:
    """A caption that is readable in it counts."""
    data = jpeg(iptc=REFUSED[name])

    assert is_captioned(data)
    with pytest.raises(InputError, match="IPTC block is damaged") as caught:
        captioned(data, MergeMode.OVERWRITE)
    assert caught.value.code == "damagedIptc"


@pytest.mark.parametrize("end", [b"", bytes(3), resource(0x040D, b"")])
def test_an_iptc_block_with_an_unusual_end_is_undamaged(end: bytes) -> None:
    """It is padded, or ends with an empty resource."""
    block = resource(0x0404, dataset(120, b"old")) + end

    after = captioned(jpeg(iptc=block), MergeMode.OVERWRITE)

    assert after
    assert texts(after)[Place.IPTC] == NEW


@pytest.mark.parametrize(
    ("old", "text", "code", "hint"),
    [
        (b"", "x" * 2001, "fullIptc", "--write xmp --ignore-existing"),
        (dataset(80, b"Jos\xe9"), "日本", "noCharacterSet", "--write metadata"),
        (dataset(90, b"\x1b.A", 1), "日本", "noCharacterSet", "--write metadata"),
    ],
)
def test_a_text_that_iptc_cannot_hold_is_refused(
    old: bytes, text: str, code: str, hint: str
) -> None:
    """So that no two captions disagree."""
    block = photoshop(old + dataset(120, b"old"))
    with pytest.raises(InputError) as caught:
        captioned(jpeg(iptc=block), MergeMode.OVERWRITE, text)

    assert caught.value.code == code
    assert (caught.value.hint or "").startswith(hint)


IGNORED = {
    "no IPTC": jpeg(iptc=resource(0x03ED, b"resolution")),
    "IPTC without a caption": jpeg(iptc=photoshop(dataset(25, b"word"))),
    "a blank caption": jpeg(iptc=photoshop(dataset(120, b" \0"))),
    "a size of 4 GB": jpeg(iptc=b"8BIM\4\4\0\0\xff\xff\xff\xff" + dataset(120, b"old")),
    "no TIFF": jpeg(block=b"XX*\0\x08\0\0\0"),
    "a directory outside": jpeg(block=b"II*\0\xff\xff\xff\xff"),
    "a directory cut off": jpeg(block=b"II*\0\x08\0\0\0\xff\xff\x0e\1\2\0"),
    "a text outside": jpeg(
        block=b"II*\0\x08\0\0\0\1\0\x0e\1\2\0\xff\0\0\0\xff\xff\xff\xff" + bytes(4)
    ),
    "a size of 4 GB in Exif": jpeg(
        block=b"II*\0\x08\0\0\0\1\0\x0e\1\2\0\xff\xff\xff\xff\x08\0\0\0" + bytes(4)
    ),
    "a number for a text": jpeg(
        block=b"II*\0\x08\0\0\0\1\0\x0e\1\4\0\1\0\0\0abcd" + bytes(4)
    ),
    "a directory that contains itself": jpeg(
        block=b"II*\0\x08\0\0\0\1\0\x69\x87\4\0\1\0\0\0\x08\0\0\0" + bytes(4)
    ),
    "a directory of another type": jpeg(
        block=b"II*\0\x08\0\0\0\1\0\x69\x87\3\0\1\0\0\0\x08\0\0\0" + bytes(4)
    ),
    "a comment with an unknown code": jpeg(block=exif(comment=b"KLINGON\0qapla")),
    "a comment of binary data": jpeg(block=exif(comment=CODE + b"a\1\2\3b")),
    "a short comment": jpeg(block=exif(comment=b"AS")),
    "a comment of the JPEG": jpeg(more=segment(0xFE, b"a comment")),
    "another PNG text": (
        drawn("PNG")[:33] + png_chunk(b"tEXt", b"Title\0Old") + drawn("PNG")[33:]
    ),
    "a damaged PNG text": (
        drawn("PNG")[:33]
        + png_chunk(b"zTXt", b"Description\0\0no zlib")
        + drawn("PNG")[33:]
    ),
}


@pytest.mark.parametrize("name", IGNORED)
def test_what_is_no_caption_is_passed_over(name: str) -> None:
    """It stays as it is."""
    after = captioned(IGNORED[name])

    assert texts(IGNORED[name]) == {}
    assert after
    assert texts(after) == {Place.XMP: NEW}


def test_a_comment_in_utf_16_without_latin_letters_is_in_the_order_of_the_block() -> (
    None
):
    """In the other order, its characters are rare ones."""
    for order, codec in (("<", "utf-16-le"), (">", "utf-16-be")):
        block = exif(comment=WIDE + "港の船".encode(codec), order=order)
        assert texts(jpeg(block=block)) == {Place.EXIF_COMMENT: "港の船"}
    assert texts(jpeg(block=exif(comment=WIDE))) == {}


TEXT = st.text(
    st.characters(
        max_codepoint=0xFFFF,  # Exiv2 reads no others in a comment
        exclude_categories=["C"],
        exclude_characters="\u2028\u2029\x85",
    ),
    min_size=1,
    max_size=80,
).map(lambda text: f"A {text}.")


@given(
    st.none() | TEXT,
    st.none() | TEXT,
    st.none() | TEXT,
    st.none() | TEXT,
    st.sampled_from("<>"),
    st.sampled_from([MergeMode.OVERWRITE, MergeMode.APPEND, MergeMode.PREPEND]),
    TEXT,
)
@example(None, None, None, "A x.", "<", MergeMode.OVERWRITE, "A x.")
@example("A a.", "A b.", "A c.", "A d.", ">", MergeMode.APPEND, "A x.")
def test_any_texts_are_read_and_replaced(  # noqa: PLR0913, PLR0917  # one for each place
    described: str | None,
    commented: str | None,
    caption: str | None,
    xmp: str | None,
    order: str,
    mode: MergeMode,
    text: str,
) -> None:
    """Everything else that Exiv2 reads stays, and so do the pixels."""
    block = exif(
        described.encode() if described else None,
        WIDE + commented.encode(f"utf-16-{'l' if order == '<' else 'b'}e")
        if commented
        else None,
        order=order,
    )
    iptc = UTF_8 + dataset(25, b"word")
    iptc += dataset(120, caption.encode()) if caption else b""
    data = jpeg(block=block, iptc=photoshop(iptc))
    escaped = (xmp or "").replace("&", "&amp;").replace("<", "&lt;")
    if xmp:
        held = packet(description(alternatives(x_default=escaped)))
        data = with_packet(Format.JPEG, data, held)

    once = captioned(data, mode, text)

    if once is None:  # the caption was there
        assert set(texts(data).values()) == {text}
        return
    assert captioned(once, mode, text) is None
    assert texts(once).keys() == texts(data).keys() | {Place.XMP}
    assert all(text.strip() in each for each in texts(once).values())
    assert pixels(once) == pixels(data)
    assert others(once) == others(data)


@given(
    st.sampled_from(sorted(PERSONS | KEPT)),
    st.lists(st.tuples(st.integers(0, 700), st.binary(min_size=1, max_size=4))),
    st.sampled_from(MODES),
)
@example("IPTC", [(0, b"no JPEG")], MergeMode.SKIP)
@example("IPTC", [], MergeMode.OVERWRITE)
def test_damaged_metadata_is_changed_correctly_or_refused(
    name: str, damages: list[tuple[int, bytes]], mode: MergeMode
) -> None:
    """No other exception is raised."""
    damaged = bytearray((PERSONS | KEPT)[name][0])
    for at, noise in damages:
        damaged[at : at + len(noise)] = noise
    try:
        captioned(bytes(damaged), mode)
    except InputError:
        return


def test_a_place_that_is_missing_takes_no_text() -> None:
    """Only places that have a text are replaced."""
    with pytest.raises(InputError, match="the metadata is damaged") as caught:
        embed.replace_texts(embed.parse_embeddable(jpeg()), {Place.IPTC: NEW})

    assert caught.value.code == "notEmbeddable"
