"""Targets in image files: formats, metadata that is read and written, conversion."""

from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from zlib import crc32

from PIL import Image

from rwcap.core.errors import InputError
from rwcap.core.record import Record, RecordStatus
from rwcap.core.sidecar import MergeMode
from rwcap.images import raw
from rwcap.images.image import parse_image
from rwcap.images.limits import PrepareMode, PrepareOptions
from rwcap.images.prepare import prepare
from rwcap.metadata import embed, exif_text, iptc, provenance, removal
from rwcap.metadata.all_places import with_texts_in_all_places
from rwcap.metadata.descriptive import read_facts
from rwcap.metadata.file_texts import read_file_texts
from rwcap.metadata.merge import MergeRules, with_texts
from rwcap.metadata.properties import WRITABLE, ImageTexts, Place, Property
from rwcap.metadata.splices import apply, undo, undo_text
from rwcap.metadata.xmp.packet import read_text, write_texts
from tests.images.containers import animated, drawn, segment, webp
from tests.images.profiles import matrix
from tests.metadata import blocks
from tests.metadata.packets import FORMS
from tests.metadata.test_embed import SAMPLES

TEXT = "A duck 🦆 on the Öresund.\nIts <wake> & foam."
RECORD = Record(source="a.jpg", status=RecordStatus.OK, model="runware:152@1")
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
SMALL = PrepareOptions(PrepareMode.ALWAYS, max_side=64, max_pixels=100_000)


def parsed(data: bytes) -> None:
    """Check that what is sent of an image has its identity and no metadata."""
    try:
        image = parse_image(with_checksums(data), name="x")
    except InputError:
        return
    again = parse_image(image.data, name="x")
    assert again.digest == image.digest
    assert again.removed == ()


def embedded(data: bytes) -> None:
    """Check that a caption changes nothing else, is read, and can be taken out."""
    try:
        before = embed.parse_embeddable(with_checksums(data))
        change = with_texts_in_all_places(
            before,
            ImageTexts({Property.DESCRIPTION: TEXT}, ("duck", "wake")),
            RECORD,
            rules=MergeRules(MergeMode.OVERWRITE),
            date="2026-01-02",
        )
        change = change or embed.Change(write_texts(before.packet, {}, {}))
        embed.check_embedding(before, change)
        after = embed.apply_change(before, change)
    except InputError:
        return
    now = embed.parse_embeddable(after)
    assert embed.read_texts(now)[Place.XMP] == TEXT
    if before.packet is None:
        restored = without_captions(now) or before.data
        assert without_flags(restored) == without_flags(before.data)
    elif not provenance.read_marks(before.packet):
        restored = without_captions(now) or before.data
        assert embed.is_same_image(before, restored)
        kept = embed.parse_unchanged(restored).packet
        assert description_of(kept) == description_of(before.packet)


def without_flags(data: bytes) -> bytes:
    """Return a file without the flags of a WebP, which may state what is not there."""
    return data[:20] + data[21:] if data[12:16] == b"VP8X" else data


def without_captions(image: embed.EmbeddableImage) -> bytes | None:
    """Return an image file without our captions.

    None if a number in its metadata is now, by chance, the position of data after the
    image: rwcap does not move what a pointer may point to.
    """
    try:
        return removal.without_captions(image)
    except InputError as error:
        return {"fixedTrailer": None}[error.code]


def converted(data: bytes) -> None:
    """Check that what is converted is a whole image without metadata."""
    try:
        image = prepare(with_checksums(data), "x", SMALL)
    except InputError:
        return
    assert max(image.size) <= max(64, 28 * 200)
    assert parse_image(image.data, name="x").removed == ()


def raw_file(data: bytes) -> None:
    """Check that the preview in a raw file is a JPEG."""
    raw.is_raw(data)
    with suppress(InputError):
        preview, orientation = raw.find_preview(data, "x")
        assert 1 <= orientation <= 8
        parse_image(preview, name="x")


def file_texts(data: bytes) -> None:
    """Check that the texts of any file, and the facts in it, are read or refused."""
    with suppress(InputError):
        found = read_file_texts(data)
        "".join(found.captions.values()).encode()
        read_facts(found.packet or b"", provenance.Authorship())


def packet(data: bytes) -> None:
    """Check that a text in a packet is read, and can be taken out."""
    try:
        before, marks = description_of(data), provenance.read_marks(data)
        changed = with_texts(
            data,
            ImageTexts({Property.DESCRIPTION: TEXT}, ("duck", "wake")),
            RECORD,
            rules=MergeRules(MergeMode.OVERWRITE),
            date="2026-01-02",
        )
        changed = changed or data
        restored = removal.without_caption(changed)
    except InputError:
        return
    assert read_text(changed) == TEXT
    assert marks or description_of(restored) == before


def description_of(packet: bytes | None) -> str:
    """Return the description in the default language; empty if there is none."""
    return (packet and read_text(packet, any_language=False)) or ""


def exif_block(data: bytes) -> None:
    """Check that a text in Exif is replaced, and can be restored."""
    exif_text.read_date(data)
    for place in exif_text.find_texts(data).keys() & {*WRITABLE}:
        splices = exif_text.text_splices(data, place, TEXT)
        changed = apply(data, splices)
        assert exif_text.find_texts(changed)[place] == TEXT
        assert_undone(data, changed, undo_text(data, splices))


def iptc_block(data: bytes) -> None:
    """Check that a text in IPTC is replaced, and can be restored."""
    iptc.read_caption(data)
    if not iptc.has_texts(data):
        return
    for number in (iptc.CAPTION, iptc.TITLE, iptc.KEYWORDS):
        try:
            splices = iptc.text_splices(data, number, ["A duck 🦆."])
        except InputError:
            continue
        changed = apply(data, splices)
        assert iptc.read_texts(changed, number) == ["A duck 🦆."]
        assert_undone(data, changed, undo_text(data, splices))


def assert_undone(before: bytes, changed: bytes, description: str) -> None:
    """Check that a change is undone by its description, if that is not too long."""
    assert not description or undo(changed, description) == before


def with_checksums(data: bytes) -> bytes:
    """Return a PNG whose chunks have correct checksums; other bytes as they are.

    Hardly any damage would get past them otherwise.
    """
    if not data.startswith(PNG_SIGNATURE):
        return data
    fixed, at = bytearray(data), len(PNG_SIGNATURE)
    while (end := at + 8 + int.from_bytes(data[at : at + 4])) + 4 <= len(data):
        fixed[end : end + 4] = crc32(data[at + 4 : end]).to_bytes(4)
        at = end + 4
    return bytes(fixed)


def files() -> Iterator[bytes]:
    """Yield image files of each kind, with metadata and without."""
    yield from (data for data in SAMPLES.values() if len(data) < 10_000)
    yield from (animated("WEBP"), drawn("JPEG", "CMYK"), webp(b""))
    with_caption = embed.parse_unchanged(drawn("JPEG"))
    yield from (
        embed.apply_change(with_caption, embed.Change(write_texts(None, texts, marks)))
        for texts in ({}, {Property.DESCRIPTION: TEXT})
        for marks in ({}, {"Model": "x"})
    )


def convertible_files() -> Iterator[bytes]:
    """Yield image files of formats that are converted."""
    yield from (drawn(kind) for kind in ("GIF", "BMP", "TIFF", "AVIF"))
    yield from (drawn("PNG", "I;16"), drawn("PNG", "LA"), drawn("JPEG", "CMYK"))
    plain = drawn("JPEG")
    yield plain[:20] + segment(0xE2, b"ICC_PROFILE\0\1\1" + matrix()) + plain[20:]


def raw_files() -> Iterator[bytes]:
    """Yield files that begin as raw files do, with a preview."""
    dng = b"II*\0\x08\0\0\0\1\0" + b"\x12\xc6\1\0\4\0\0\0\1\4\0\0" + bytes(4)
    preview = BytesIO()
    Image.new("L", (raw.MIN_SIDE, 28)).save(preview, "JPEG")
    yield from (
        dng,
        dng + preview.getvalue(),
        b"FUJIFILMCCD-RAW " + bytes(64) + drawn("JPEG"),
    )
    yield from (b"not an image", drawn("JPEG")[:-9], drawn("TIFF"))
    yield SAMPLES["full.jpg"]
    yield from (b"", blocks.exif(b"A boat.\0", b"ASCII\0\0\0A boat."))


def packets() -> Iterator[bytes]:
    """Yield XMP packets."""
    yield from (*FORMS.values(), write_texts(None, {Property.DESCRIPTION: TEXT}, {}))


def exif_blocks() -> Iterator[bytes]:
    """Yield Exif blocks with texts in each encoding."""
    for order, name in (("<", "utf-16-le"), (">", "utf-16-be")):
        said = "Ein Böot".encode(name)
        yield blocks.exif(b"A boat.\0", b"UNICODE\0" + said, order=order)
        yield blocks.exif(title=said, remark="A boat".encode("utf-16-le"), order=order)


def iptc_blocks() -> Iterator[bytes]:
    """Yield Photoshop blocks with IPTC."""
    yield from (
        blocks.photoshop(blocks.UTF_8 + blocks.dataset(120, "Böot".encode())),
        blocks.photoshop(blocks.dataset(25, b"sea") + blocks.dataset(5, b"Boat")),
    )
