"""Tests of embedding XMP into JPEG, PNG and WebP without any other change."""

import json
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any
from zlib import compress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from rwcap.core.errors import InputError
from rwcap.core.record import Record, RecordStatus
from rwcap.core.sidecar import MergeMode
from rwcap.images.container import Part
from rwcap.images.formats import CONTAINERS, Format
from rwcap.images.image import parse_image
from rwcap.images.jpeg import EXTENDED_XMP, XMP
from rwcap.images.png import XMP as KEYWORD
from rwcap.metadata import embed
from rwcap.metadata.all_places import with_texts_in_all_places
from rwcap.metadata.containers import jpeg as jpeg_metadata
from rwcap.metadata.containers.multi_picture import with_moved_images
from rwcap.metadata.merge import MergeRules
from rwcap.metadata.properties import CAPTIONS, ImageTexts, Property
from rwcap.metadata.xmp.packet import read_text
from tests.exiftool import exiftool
from tests.exiv2 import TEXTS as KEYS
from tests.exiv2 import Metadata, metadata
from tests.images.containers import (
    animated,
    drawn,
    png_chunk,
    riff_chunk,
    segment,
    tiff,
    webp,
)
from tests.metadata.packets import DC, FORMS, OTHERS, alternatives, description, packet

TEXT = "A duck 🦆 on the Öresund,\nits 'wake' & <foam> behind it."
TEXTS = {
    Property.DESCRIPTION: TEXT,
    Property.ALT_TEXT: "A duck 🦆.",
    Property.EXTENDED_DESCRIPTION: f"{TEXT} 東京",
}
OVERWRITE = MergeRules(MergeMode.OVERWRITE)
RECORD = Record(source="a.jpg", status=RecordStatus.OK, model="runware:152@1")
FULL = packet(
    description(
        f"{OTHERS}{alternatives(x_default='Mum', de_DE='Müll')}"
        "<a:list><rdf:Bag><rdf:li>one</rdf:li></rdf:Bag></a:list>"
    ),
    padding=2000,
)
EXIF = b"Exif\0\0" + tiff(1)


def change_of(
    image: embed.EmbeddableImage, texts: dict[Property, str], rules: MergeRules
) -> embed.Change | None:
    """Return the change that adds texts to a file."""
    return with_texts_in_all_places(
        image, ImageTexts(texts), RECORD, rules=rules, date="2026-01-02"
    )


def embed_texts(data: bytes, texts: dict[Property, str] | None = None) -> bytes:
    """Return the file with texts, verified like the files of users."""
    before = embed.parse_embeddable(data)
    change = change_of(before, texts or TEXTS, OVERWRITE)
    assert change is not None
    after = embed.apply_change(before, change)
    assert embed.differs_only_in(change, before, after)
    return after


def texts_in(data: bytes) -> dict[Property, str | None]:
    """Return the texts of a file."""
    held = embed.parse_embeddable(data).packet
    assert held is not None
    return {key: read_text(held, key) for key in CAPTIONS}


def with_packet(
    kind: Format, data: bytes, held: bytes, *, zipped: bool = False
) -> bytes:
    """Return a file with a packet that rwcap did not write."""
    if kind is Format.JPEG:
        return data[:20] + segment(0xE1, XMP + held) + data[20:]
    if kind is Format.PNG:
        flag, text = (b"\1", compress(held)) if zipped else (b"\0", held)
        return (
            data[:33] + png_chunk(b"iTXt", KEYWORD + flag + bytes(3) + text) + data[33:]
        )
    assert data[12:16] == b"VP8X"
    flagged = data[:20] + bytes((data[20] | 4,)) + data[21:]
    return webp(flagged[12:], riff_chunk(b"XMP ", held))


def saved(kind: str, **options: object) -> bytes:
    """Return an image with metadata, written by Pillow."""
    image = Image.radial_gradient("L").resize((40, 30)).convert("RGB")
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def profile() -> bytes:
    """Return a colour profile."""
    from PIL.ImageCms import ImageCmsProfile, createProfile

    return ImageCmsProfile(createProfile("sRGB")).tobytes()


def multi_picture() -> bytes:
    """Return a JPEG with three images and an index of them."""
    frames = [Image.new("RGB", (40, 30), name) for name in ("red", "green", "blue")]
    file = BytesIO()
    frames[0].save(file, "MPO", save_all=True, append_images=frames[1:])
    return file.getvalue()


IPTC = b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x0c\x1c\x02\x19\0\x07Keyword"
SAMPLES: dict[str, bytes] = {
    "plain.jpg": drawn("JPEG"),
    "grey progressive.jpg": drawn("JPEG", "L", progressive=True),
    "print.jpg": drawn("JPEG", "CMYK"),
    "exif, profile.jpg": saved("JPEG", exif=EXIF, icc_profile=profile(), comment="x"),
    "iptc.jpg": (plain := drawn("JPEG"))[:20] + segment(0xED, IPTC) + plain[20:],
    "several images.jpg": multi_picture(),
    "full.jpg": with_packet(Format.JPEG, plain, FULL),
    "plain.png": drawn("PNG"),
    "palette.png": drawn("PNG", "P"),
    "exif, profile.png": saved("PNG", exif=EXIF, icc_profile=profile()),
    "moving.png": animated("PNG"),
    "full.png": with_packet(Format.PNG, drawn("PNG", "RGBA"), FULL),
    "zipped.png": with_packet(Format.PNG, drawn("PNG"), FULL, zipped=True),
    "lossy.webp": drawn("WEBP"),
    "lossless.webp": drawn("WEBP", lossless=True),
    "lossless clear.webp": drawn("WEBP", "RGBA", lossless=True),
    "lossy clear.webp": drawn("WEBP", "RGBA", quality=60),
    "exif, profile.webp": saved("WEBP", exif=EXIF, icc_profile=profile()),
    "moving.webp": animated("WEBP"),
    "full.webp": with_packet(Format.WEBP, animated("WEBP"), FULL),
    "photo.webp": saved("WEBP", xmp=FULL, quality=50),
}
SAMPLES |= {
    f"{name}.jpg": with_packet(Format.JPEG, plain, form)
    for name, form in FORMS.items()
    if name != "no prefix"  # which neither Exiv2 nor exiftool can read
}
UNREADABLE = {"other prefixes.jpg", "not RDF.jpg"}
"""Samples whose XMP only exiftool can read; Exiv2 takes `rdf:` for a fixed prefix."""


def exiftool_json(folder: Path, *options: str) -> dict[str, dict[str, Any]]:
    """Return the metadata that exiftool finds in each file of a folder."""
    found = json.loads(exiftool("-j", "-G1", "-a", "-struct", *options, folder))
    return {Path(each["SourceFile"]).name: each for each in found}


def without_ours(found: Metadata) -> Metadata:
    """Return metadata without the entries that rwcap writes."""
    xmp = {
        key: {name: text for name, text in value.items() if name != "x-default"}
        if isinstance(value, dict) and key in KEYS.values()
        else value
        for key, value in found.xmp.items()
        if not key.startswith("Xmp.rwcap.")
    }
    return replace(found, xmp={key: value for key, value in xmp.items() if value})


def pixels(data: bytes) -> list[tuple[str, tuple[int, int], bytes]]:
    """Return mode, size and pixels of each frame, decoded by Pillow."""
    with Image.open(BytesIO(data)) as image:
        return [
            (frame.mode, frame.size, frame.tobytes())
            for frame in ImageSequence.Iterator(image)
        ]


def pillow_info(data: bytes) -> dict[str | tuple[int, int], Any]:
    """Return the metadata that Pillow reads, except XMP and image positions."""
    with Image.open(BytesIO(data)) as image:
        image.load()
        names = image.info.keys() - {"xmp", "XML:com.adobe.xmp", "mp", "mpoffset"}
        return {name: image.info[name] for name in names}


@pytest.mark.parametrize("name", [each for each in SAMPLES if each not in UNREADABLE])
@pytest.mark.promises("files")
def test_exiv2_reads_all_texts_and_all_existing_metadata(
    name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Structures, languages, Exif, IPTC, profile and comment, without a warning."""
    before, after = metadata(SAMPLES[name]), metadata(embed_texts(SAMPLES[name]))

    assert after.texts == {
        "Description": TEXT,
        "AltTextAccessibility": TEXTS[Property.ALT_TEXT],
        "ExtDescrAccessibility": TEXTS[Property.EXTENDED_DESCRIPTION],
    }
    assert after.xmp["Xmp.rwcap.CaptionModel"] == "runware:152@1"
    assert without_ours(after) == without_ours(before)
    assert capfd.readouterr() == ("", "")


@pytest.mark.program("exiftool")
def test_exiftool_reads_all_texts_and_gives_no_new_warning(tmp_path: Path) -> None:
    """It also finds all metadata that it found before."""
    before, after = tmp_path / "before", tmp_path / "after"
    for folder in (before, after):
        folder.mkdir()
    for name, data in SAMPLES.items():
        (before / name).write_bytes(data)
        (after / name).write_bytes(embed_texts(data))

    options = ("-validate", "-warning", "-error", "-all", "-b", "--System:all")
    old, new = exiftool_json(before, *options), exiftool_json(after, *options)

    ours = ("XMP-rwcap:", "XMP-dc:Description", "XMP-iptcCore:", "XMP-x:XMPToolkit")
    # Sizes, positions and the XMP flag of the container.
    about = ["SourceFile", "File:FileType", "MPImage1:MPImageLength", "RIFF:WebP_Flags"]
    about += ["MPImage2:MPImageStart", "MPImage3:MPImageStart"]
    for name in SAMPLES:
        found = new[name]
        assert found["XMP-iptcCore:AltTextAccessibility"] == TEXTS[Property.ALT_TEXT], (
            name
        )
        assert (
            found["XMP-iptcCore:ExtDescrAccessibility"]
            == TEXTS[Property.EXTENDED_DESCRIPTION]
        )
        assert found["XMP-dc:Description"] == TEXT, name
        assert found["XMP-rwcap:CaptionModel"] == "runware:152@1"
        for key, value in old[name].items():
            if not key.startswith((*ours, *about)) and "ExifTool:" not in key:
                assert found.get(key) == value, (name, key)
        validity = {"OK", old[name]["ExifTool:Validate"]}
        assert found["ExifTool:Validate"] in validity, name
        for key in ("ExifTool:Warning", "ExifTool:Error"):
            assert found.get(key) in {None, old[name].get(key)}, name


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.promises("files")
def test_pixels_and_identity_do_not_change(name: str) -> None:
    """Also after a second text, and for everything that Pillow reads but XMP."""
    data = SAMPLES[name]

    once = embed_texts(data)
    twice = embed_texts(once, {Property.DESCRIPTION: "Other."})

    assert pixels(once) == pixels(twice) == pixels(data)
    assert pillow_info(once) == pillow_info(twice) == pillow_info(data)
    digests = {parse_image(each, name="").digest for each in (data, once, twice)}
    assert len(digests) == 1
    assert texts_in(once) == TEXTS
    assert texts_in(twice) == {**TEXTS, Property.DESCRIPTION: "Other."}


def test_the_packet_is_in_its_standard_position() -> None:
    """In JPEG after JFIF and Exif, in PNG before and in WebP after the pixels."""
    jpeg, png = (
        embed_texts(SAMPLES["exif, profile.jpg"]),
        embed_texts(SAMPLES["plain.png"]),
    )
    lossless, moving = (
        embed_texts(SAMPLES["lossless clear.webp"]),
        embed_texts(animated("WEBP")),
    )
    order = [jpeg.index(each) for each in (b"JFIF", b"Exif", XMP, b"ICC_PROFILE")]

    assert order == sorted(order)
    plain = embed_texts(drawn("JPEG"))
    assert plain.index(b"JFIF") < plain.index(XMP)
    assert embed_texts(JPEG[:2] + JPEG[20:]).index(XMP) == 6
    assert jpeg.count(XMP) == png.count(KEYWORD) == 1
    assert png.index(KEYWORD) == 41
    assert lossless[12:30] == b"VP8X\x0a\0\0\0\x14\0\0\0\x27\0\0\x1d\0\0"
    assert embed_texts(drawn("WEBP"))[20] == 0x04
    assert moving[20] == animated("WEBP")[20] | 0x04
    for each in (lossless, moving):
        assert int.from_bytes(each[4:8], "little") == len(each) - 8
        assert len(each) % 2 == 0


def test_a_packet_fits_in_a_jpeg_up_to_the_size_of_a_segment() -> None:
    """A larger one would need the extended form, which few programs read."""
    data = drawn("JPEG")
    parts = CONTAINERS[Format.JPEG].parse(data)
    longest = bytes(jpeg_metadata.MAX_PACKET_BYTES)

    changed = jpeg_metadata.insert_packet(data, parts, longest)

    found = CONTAINERS[Format.JPEG].parse(changed)
    assert jpeg_metadata.find_packet(changed, found) == longest
    with pytest.raises(InputError):
        jpeg_metadata.insert_packet(data, parts, longest + b" ")


def test_other_images_in_a_file_are_still_found() -> None:
    """With the packet before their index, and after it."""
    data = multi_picture()
    (at,) = [n for n in range(len(data)) if data[n : n + 8][4:] == b"MPF\0"][:1]
    end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
    index = Part("APP2", at, at + 4, end, end)
    added = segment(0xE1, XMP + FORMS["nothing"])

    late = with_moved_images(data[:end] + added + data[end:], index, end, len(added))

    before, after = embed_texts(data), embed_texts(late)
    assert before.index(XMP) < before.index(b"MPF\0")
    assert after.index(XMP) > after.index(b"MPF\0")
    assert len(pixels(data)) == 3
    assert pixels(data) == pixels(late) == pixels(before) == pixels(after)


def test_the_index_is_updated() -> None:
    """The first image grows; images before the change do not move.

    A size that ends before the change cannot be that of the first image, and stays.
    """
    images = [(1000, 0), (50, 60), (70, 900), (9, 0)]
    entries = b"".join(
        bytes(4) + size.to_bytes(4) + offset.to_bytes(4) + bytes(4)
        for size, offset in images
    )
    held = b"MM\0*\0\0\0\x08\0\x02" + bytes(12) + b"\xb0\x02\0\x07\0\0\0\x40\0\0\0\x26"
    held = b"MPF\0" + held + bytes(4) + entries
    index = Part("APP2", 0, 4, 4 + len(held), 4 + len(held))

    moved = with_moved_images(bytes(4) + held, index, 500, 23)

    items = [moved[-64 + n * 16 :][4:12] for n in range(4)]
    numbers = [(int.from_bytes(each[:4]), int.from_bytes(each[4:])) for each in items]
    assert numbers == [(1023, 0), (50, 60), (70, 923), (9, 0)]


SHORT = {Property.DESCRIPTION: "Text."}


@pytest.mark.parametrize(
    "packet_",
    [
        packet(description(attributes="a:MicroVideoOffset='4'")),
        packet(description("<a:MotionPhoto>1</a:MotionPhoto>")),
        packet(description("<Container:Directory xmlns:Container='urn:c'/>")),
    ],
)
@pytest.mark.promises("files")
def test_a_motion_photo_keeps_its_video(packet_: bytes) -> None:
    """Its XMP gives the position from the end of the file, which does not change."""
    data = with_packet(Format.JPEG, drawn("JPEG"), packet_) + b"....ftyp"

    after = embed_texts(data, SHORT)

    assert after.endswith(b"\xff\xd9....ftyp")


JPEG, PNG, WEBP = drawn("JPEG"), drawn("PNG"), drawn("WEBP")
ELSEWHERE = packet(
    description(attributes='xmlns:dcterms="urn:t" dcterms:provenance="u"')
)
TWICE = with_packet(Format.JPEG, with_packet(Format.JPEG, JPEG, FULL), FULL)
EXTENSION = EXTENDED_XMP + b"0" * 32 + bytes(8)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"GIF89a", "notEmbeddable"),
        (b"hello", "notAnImage"),
        (JPEG[:-5], "missingEnd"),
        (JPEG[:-1], "missingEnd"),
        (JPEG[:-2] + b"\xff\xff\xff", "missingEnd"),
        (JPEG[:30], "truncatedImage"),
        (PNG[:-5], "truncatedImage"),
        (JPEG[:2] + segment(0xEB, b"JP..jumb..c2pa") + JPEG[2:], "signedImage"),
        (PNG[:33] + png_chunk(b"caBX", b"c2pa") + PNG[33:], "signedImage"),
        (webp(WEBP[12:], riff_chunk(b"C2PA", b"c2pa")), "signedImage"),
        (with_packet(Format.JPEG, JPEG, ELSEWHERE), "signedImage"),
        (TWICE, "unreadableXmp"),
        (
            JPEG[:20] + segment(0xE1, EXTENSION + f"<a {DC}/>".encode()) + JPEG[20:],
            "extendedXmp",
        ),
        (
            JPEG[:20]
            + segment(0xE1, EXTENSION + b"<a xmlns='http://purl.org/dc/ele")
            + segment(0xE1, EXTENSION + b"ments/1.1/'/>")
            + JPEG[20:],
            "extendedXmp",
        ),
        (
            PNG[:33] + png_chunk(b"iTXt", KEYWORD + b"\1\0\0\0no zlib") + PNG[33:],
            "unreadableXmp",
        ),
    ],
)
def test_files_that_must_not_change_are_rejected(data: bytes, code: str) -> None:
    """Before a caption is bought."""
    with pytest.raises(InputError) as caught:
        embed.parse_embeddable(data)

    assert caught.value.code == code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (with_packet(Format.JPEG, JPEG, b"<a"), "unreadableXmp"),
        (with_packet(Format.JPEG, JPEG, packet(description("x" * 64_500))), "fullXmp"),
        (
            b"RIFF\x17\0\0\0WEBPVP8L\x0b\0\0\0\x2f\x27\x40\x07" + bytes(7),
            "damagedImage",
        ),
        (with_packet(Format.PNG, PNG, b"a" * 5_000_000, zipped=True), "unreadableXmp"),
    ],
)
def test_files_that_cannot_be_changed_are_rejected(data: bytes, code: str) -> None:
    """While the packet is written."""
    with pytest.raises(InputError) as caught:
        embed_texts(data)

    assert caught.value.code == code


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"GIF89a", "cannot embed a caption: GIF is not supported"),
        (
            JPEG[:2] + segment(0xEB, b"JP..jumb..c2pa") + JPEG[2:],
            "signed (Content Credentials): embedding would invalidate the signature",
        ),
    ],
)
def test_a_file_that_takes_no_metadata_can_have_an_xmp_file(
    data: bytes, reason: str
) -> None:
    """The hint says so."""
    with pytest.raises(InputError) as caught:
        embed.parse_embeddable(data)

    assert caught.value.message == reason
    assert caught.value.hint == "--write xmp (writes a file next to the image)"


def test_extended_xmp_is_kept() -> None:
    """It contains no property of ours, and the packet names its digest."""
    note = "xmlns:n='http://ns.adobe.com/xmp/note/' n:HasExtendedXMP='0F'"
    extension = segment(0xE1, EXTENSION + b"<a xmlns='urn:depth'/>")
    data = with_packet(Format.JPEG, JPEG, packet(description("", note)))
    data = data[:-2].replace(b"\xff\xdb", extension + b"\xff\xdb", 1) + data[-2:]

    after = embed_texts(data)

    assert extension in after
    assert b"n:HasExtendedXMP='0F'" in after


def test_an_unknown_chunk_is_kept() -> None:
    """It follows the packet."""
    known = drawn("WEBP", "RGBA", quality=60)
    data = webp(known[12:], riff_chunk(b"ABCD", b"odd"))

    after = embed_texts(data)

    assert after.index(b"XMP ") < after.index(b"ABCD\3\0\0\0odd\0")


@pytest.mark.parametrize(("width", "height"), [(0, 30), (40, 0)])
def test_an_image_without_a_size_is_rejected(width: int, height: int) -> None:
    """An extended header cannot state a size of 0."""
    size = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    data = webp(riff_chunk(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + size))

    with pytest.raises(InputError, match="the width or height is 0") as caught:
        embed_texts(data)

    assert caught.value.code == "damagedImage"


def test_embedding_that_would_change_other_bytes_is_rejected() -> None:
    """Here, a padding byte that is not zero."""
    header = bytes(4) + b"\x27\0\0\x1d\0\0"
    odd = riff_chunk(b"VP8X", header + b"\0")[:-1] + b"x"
    profile = riff_chunk(b"ICCP", b"a profile!")
    data = webp(odd, profile, drawn("WEBP")[12:])

    with pytest.raises(InputError, match="would not read back unchanged") as caught:
        embed.check_embedding(embed.parse_embeddable(data), embed.Change(packet()))

    assert caught.value.code == "notEmbeddable"


def test_any_other_difference_is_detected() -> None:
    """Other pixels, comments, packets or formats, and damage."""
    before = embed.parse_embeddable(JPEG)
    change = embed.Change(packet(), {})
    after = embed.apply_change(before, change)
    comment = after[:20] + segment(0xFE, b"hello") + after[20:]

    assert embed.differs_only_in(change, before, after)
    for wrong in (
        JPEG,
        comment,
        embed_texts(drawn("JPEG", "L")),
        embed_texts(PNG),
        after[:-3],
        b"",
    ):
        assert not embed.differs_only_in(change, before, wrong)
    assert not embed.differs_only_in(embed.Change(packet() + b" "), before, after)


@pytest.mark.parametrize("data", [JPEG, PNG, WEBP])
def test_a_backup_is_a_file_with_the_same_pixels(data: bytes) -> None:
    """Whatever its metadata are. Damage makes it another file."""
    image = embed.parse_embeddable(embed_texts(data))

    assert embed.has_same_pixels(image, data)
    for other in (drawn("JPEG", "L"), drawn("PNG", "L"), data[:-9], b"", b"notes"):
        assert not embed.has_same_pixels(image, other)


@pytest.mark.promises("files")
@given(
    st.sampled_from([data for data in SAMPLES.values() if len(data) < 4000]),
    st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=6)), max_size=4),
    st.text(max_size=40),
)
def test_a_damaged_file_is_changed_correctly_or_rejected(
    data: bytes, damages: list[tuple[float, bytes]], text: str
) -> None:
    """No other exception is raised."""
    damaged = bytearray(data)
    for place, noise in damages:
        at = round(place * len(damaged))
        damaged[at : at + len(noise)] = noise
    try:
        before = embed.parse_embeddable(bytes(damaged))
        change = change_of(before, {Property.DESCRIPTION: f"{text}."}, OVERWRITE)
        after = embed.apply_change(before, change or embed.Change(packet()))
    except InputError:
        return
    assert change is None or embed.differs_only_in(change, before, after)
