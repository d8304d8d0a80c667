"""Tests of taking captions out again: a file is what it was before."""

import re
from dataclasses import replace
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.errors import InputError
from rwcap.core.record import Record, RecordStatus
from rwcap.core.sidecar import MergeMode
from rwcap.images.formats import Format
from rwcap.metadata import embed
from rwcap.metadata.all_places import with_texts_in_all_places
from rwcap.metadata.merge import MergeRules
from rwcap.metadata.properties import (
    RWCAP_NAMESPACE,
    ImageTexts,
    Place,
    Property,
    xml_safe,
)
from rwcap.metadata.provenance import Authorship, read_marks
from rwcap.metadata.removal import (
    ChangedByHandError,
    original_image,
    original_packet,
    without_caption,
    without_captions,
)
from rwcap.metadata.xmp.packet import EMPTY_PACKET, read_text, write_texts
from tests.exiv2 import Metadata, metadata, with_metadata
from tests.images.containers import drawn, riff_chunk, webp
from tests.metadata.blocks import dataset, exif, jpeg, photoshop
from tests.metadata.packets import FORMS, OTHERS, alternatives, description, packet
from tests.metadata.test_embed import (
    RECORD,
    SAMPLES,
    UNREADABLE,
    change_of,
    embed_texts,
    with_packet,
)
from tests.metadata.test_places import (
    ALL_THREE,
    CAMERA,
    DIFFERENT,
    IGNORED,
    KEPT,
    MODES,
    NEW,
    PERSONS,
    captioned,
    texts,
)
from tests.metadata.test_pointers import TRAILERS, pointed

UNTOUCHED = {
    **{name: data for name, (data, _) in (PERSONS | KEPT).items()},
    **IGNORED,
    **{f"trailer: {name}": drawn("JPEG") + each for name, each in TRAILERS.items()},
    **{f"PNG: {name}": drawn("PNG") + each for name, each in TRAILERS.items()},
    **{f"WebP: {name}": drawn("WEBP") + each for name, each in TRAILERS.items()},
    "camera": jpeg(block=exif(CAMERA)),
    "preview": pointed("header"),
    "both": jpeg(
        block=exif(b"Boats\0", b"ASCII\0\0\0Boats"),
        iptc=photoshop(dataset(120, b"Boats")),
    ),
    "an extended WebP without need": webp(
        riff_chunk(b"VP8X", b"\0\0\0\0\x27\0\0\x1d\0\0"), drawn("WEBP")[12:]
    ),
    **{
        name: data
        for name, data in SAMPLES.items()
        if embed.parse_embeddable(data).packet is None
    },
}
"""Files without XMP."""


def removed(data: bytes) -> bytes | None:
    """Return the file without captions, or None if there are none."""
    image = embed.parse_embeddable(data)
    found = without_captions(image)
    assert found is None or embed.is_same_image(image, found)
    return found


@pytest.mark.parametrize("name", UNTOUCHED)
@pytest.mark.promises("undo")
def test_a_file_without_xmp_is_what_it_was_byte_for_byte(name: str) -> None:
    """After one caption, and after several in all modes."""
    data = UNTOUCHED[name]
    once = captioned(data, MergeMode.OVERWRITE)
    assert once
    twice = captioned(once, MergeMode.APPEND, "Another one, which is longer.")
    assert twice
    thrice = captioned(twice, MergeMode.PREPEND, "x")
    assert thrice

    assert [removed(each) for each in (once, twice, thrice)] == [data] * 3
    assert removed(data) is None


@pytest.mark.promises("undo")
def test_the_words_of_a_person_come_back_after_many_captions() -> None:
    """The marks have no captions, so they do not grow with their number."""
    data = jpeg(
        block=exif(b"Boats (Exif)\0", b"ASCII\0\0\0Boats (comment)"),
        iptc=photoshop(dataset(120, b"Boats (IPTC)")),
    )
    now, sizes = data, []
    for number in range(1, 15):
        new = captioned(now, MergeMode.OVERWRITE, f"Round {number} of a harbour. " * 20)
        assert new
        now = new
        marks = read_marks(embed.parse_embeddable(now).packet or b"")
        sizes += [len(marks["UndoExif"]) + len(marks["UndoIptc"])]

    assert max(sizes) < 400
    assert removed(now) == data


@pytest.mark.parametrize("lengths", [(1500, 3000), (3000, 10), (10, 10, 9000)])
@pytest.mark.promises("undo")
def test_the_padding_of_a_packet_comes_back_after_many_captions(
    lengths: tuple[int, ...],
) -> None:
    """Also if the first caption, or a later one, has used all of it."""
    data = with_packet(Format.JPEG, jpeg(), packet(description(OTHERS), padding=2000))
    now = data
    for number, length in enumerate(lengths):
        now = captioned(now, MergeMode.OVERWRITE, f"{number}" * length) or b""

    assert removed(now) == data


@pytest.mark.promises("persons")
def test_the_marks_keep_what_a_person_wrote_and_no_later_caption() -> None:
    """The texts of a person differ; a caption is added and then replaced."""
    once = captioned(DIFFERENT, MergeMode.APPEND)
    twice = captioned(once or b"", MergeMode.OVERWRITE, "Another one.")

    marks = read_marks(embed.parse_embeddable(twice or b"").packet or b"")

    for place, text in texts(DIFFERENT).items():
        name = "description" if place is Place.XMP else place.local_name
        assert marks[f"{name}Before"] == text


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.promises("persons")
def test_the_marks_keep_no_text_that_would_be_a_guess(order: str) -> None:
    """A comment names its encoding, and nothing after its end is part of a text."""
    codec = "utf-16-le" if order == "<" else "utf-16-be"
    wide = b"UNICODE\0" + "受付の猫 Café".encode(codec)
    half = "\ud800".encode(codec, "surrogatepass")
    damaged, whole = (
        jpeg(block=exif("Café\0".encode() + b"\xff\xfe\0", comment, order=order))
        for comment in (wide + half, wide)
    )

    found = [
        read_marks(embed.parse_embeddable(after or b"").packet or b"")
        for after in (captioned(each, MergeMode.OVERWRITE) for each in (damaged, whole))
    ]

    assert [each.get("UserCommentBefore") for each in found] == [None, "受付の猫 Café"]
    assert [each["ImageDescriptionBefore"] for each in found] == ["Café", "Café"]


@pytest.mark.promises("persons")
def test_what_others_have_put_beside_a_caption_stays() -> None:
    """A program writes a simple value as an attribute; a person translates."""
    once = embed.parse_embeddable(captioned(jpeg()) or b"").packet or b""
    rated = once.replace(b"rwcap:Request=", b"xmlns:a='urn:a' a:x='1' rwcap:Request=")
    translated = once.replace(b'"x-default"', b'"de"').replace(NEW.encode(), b"Boot")

    assert b"a:x='1'" in (without_caption(rated) or b"")
    assert not read_marks(without_caption(rated) or b"")
    assert b"Boot" in (without_caption(translated) or b"")
    assert not read_marks(without_caption(translated) or b"")


@pytest.mark.promises("persons")
def test_a_packet_whose_caption_a_person_has_changed_is_left() -> None:
    """Unless the marks alone are to go."""
    once = embed.parse_embeddable(captioned(jpeg()) or b"").packet or b""
    changed = once.replace(NEW.encode(), b"By Ann")

    with pytest.raises(ChangedByHandError):
        without_caption(changed)

    assert b"By Ann" in (without_caption(changed, strict=False) or b"")


def test_the_packet_without_captions_is_that_of_others() -> None:
    """Or nothing. A packet without captions, or one that is damaged, is as it was."""
    held = packet(description(OTHERS))
    once = captioned(with_packet(Format.JPEG, jpeg(), held))
    alone = captioned(jpeg())

    after, nothing = (
        original_packet(embed.parse_embeddable(each or b"").packet or b"")
        for each in (once, alone)
    )

    assert after == original_packet(held) == held
    assert nothing is None
    assert original_packet(b"<a") == b"<a"


def test_rules_under_which_other_texts_count_have_another_name() -> None:
    """A run notes by it which images have their texts."""
    wanted = [Property.DESCRIPTION]
    rules = [MergeRules(), MergeRules(xmp_only=True), MergeRules(placeholders=("x",))]

    assert len({each.index_tag(wanted) for each in rules}) == len(rules)


@pytest.mark.promises("persons")
def test_a_long_text_of_a_person_comes_back_or_is_not_replaced() -> None:
    """Image generators write thousands of characters into a comment."""
    kept, too_long = (
        jpeg(block=exif(comment=b"UNICODE\0" + ("“é” " * number).encode("utf-16-le")))
        for number in (1_500, 7_000)
    )
    once = captioned(kept, MergeMode.OVERWRITE)

    assert once
    assert removed(once) == kept
    with pytest.raises(InputError, match="too long to be kept"):
        captioned(too_long, MergeMode.OVERWRITE)


def same(data: bytes) -> Metadata:
    """Return what Exiv2 reads; a description has a language and is not blank."""
    found = metadata(data)
    xmp = dict(found.xmp)
    key = "Xmp.dc.description"
    value = xmp.pop(key, {})
    texts = {"x-default": value} if isinstance(value, str) else value
    assert isinstance(texts, dict)
    if kept := {language: text for language, text in texts.items() if text}:
        xmp[key] = kept
    return replace(found, xmp=xmp)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "name",
    [
        name
        for name, data in SAMPLES.items()
        if embed.parse_embeddable(data).packet and name not in UNREADABLE
    ],
)
def test_a_file_with_xmp_has_the_same_metadata(name: str, mode: MergeMode) -> None:
    """A text that was replaced comes back."""
    data = SAMPLES[name]
    once = captioned(data, mode)
    if once is None:  # a caption is there
        assert mode is MergeMode.SKIP
        assert removed(data) is None
        return
    twice = captioned(once, MergeMode.OVERWRITE, "Another.") or once

    for each in (once, twice):
        back = removed(each)
        assert back
        assert same(back) == same(data)
        assert removed(back) is None


@pytest.mark.parametrize("data", [ALL_THREE, DIFFERENT], ids=["agree", "differ"])
@pytest.mark.parametrize("mode", MODES[1:])
@pytest.mark.promises("undo")
def test_all_words_of_a_person_come_back(data: bytes, mode: MergeMode) -> None:
    """From XMP, IPTC and Exif."""
    once = captioned(data, mode)
    assert once

    back = removed(once)

    assert back
    assert texts(back) == texts(data)
    assert same(back) == same(data)


def edited(data: bytes, old: str, new: str) -> bytes:
    """Return a JPEG whose packet somebody has edited."""
    image = embed.parse_embeddable(data)
    assert image.packet
    changed = image.packet.replace(old.encode(), new.encode())
    assert changed != image.packet
    return embed.apply_change(image, embed.Change(changed))


def test_a_text_that_a_person_has_changed_is_left() -> None:
    """So is the whole file, because Exif has a copy of the text as it was."""
    once = captioned(jpeg(block=exif(CAMERA)), MergeMode.OVERWRITE)
    assert once
    in_xmp = edited(once, "harbour.", "harbour at dawn.")

    with pytest.raises(ChangedByHandError) as caught:
        removed(in_xmp)

    assert caught.value.code == "changedByHand"


@pytest.mark.parametrize("text", ["A café at the seaside.", "OLYMPUS DIGITAL CAMERA"])
@pytest.mark.promises("undo", "persons")
def test_a_text_that_a_person_has_changed_in_exif_alone_stays_there(text: str) -> None:
    """So does that of a camera that is there again. The caption in XMP goes."""
    once = captioned(jpeg(block=exif(CAMERA)), MergeMode.OVERWRITE)
    assert once
    by_hand = with_metadata(once, Metadata(exif={"Exif.Image.ImageDescription": text}))

    back = removed(by_hand)

    assert back
    assert texts(back) == {Place.EXIF_DESCRIPTION: text}


def captioned_by(
    data: bytes,
    mode: MergeMode,
    prompt: str,
    status: RecordStatus = RecordStatus.CACHED,
    key: Property = Property.DESCRIPTION,
) -> bytes | None:
    """Return the file with a caption that names its prompt; None if it has it."""
    image = embed.parse_embeddable(data)
    change = with_texts_in_all_places(
        image,
        ImageTexts({key: f"{prompt}: blue boats."}),
        RECORD._replace(prompt=prompt, status=status),
        rules=MergeRules(mode),
        date="2026-01-02",
    )
    return embed.apply_change(image, change) if change else None


@pytest.mark.parametrize("mode", [MergeMode.APPEND, MergeMode.PREPEND])
@pytest.mark.promises("persons")
def test_a_caption_is_not_added_again_to_its_correction(mode: MergeMode) -> None:
    """Two commands run each night. A new caption is added."""
    data = jpeg(block=exif(b"By Ann\0"))
    for prompt in ("One", "Two"):
        data = captioned_by(data, mode, prompt, RecordStatus.OK) or b""
    data = edited(data, "blue", "red")
    three = captioned_by(data, mode, "Three", RecordStatus.OK)
    assert three

    assert captioned_by(data, mode, "One", RecordStatus.OK)
    for each in (data, three, edited(three, "red", "green")):
        assert captioned_by(each, mode, "One") is None
        assert captioned_by(each, mode, "Two") is None


@pytest.mark.promises("persons")
def test_a_caption_is_not_added_again_where_only_exif_has_been_corrected() -> None:
    """Some programs change one place alone."""
    data = jpeg(block=exif(b"By Ann\0"))
    once = captioned_by(data, MergeMode.APPEND, "One", RecordStatus.OK) or b""
    place = Place.EXIF_DESCRIPTION
    text = texts(once)[place].replace("blue", "red")

    corrected = embed.replace_texts(embed.parse_embeddable(once), {place: text})

    assert captioned_by(corrected.data, MergeMode.APPEND, "One") is None


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.promises("persons")
def test_a_caption_of_another_property_does_not_hide_a_correction(
    mode: MergeMode,
) -> None:
    """It can be added itself later, because it is not in the other text."""
    once = captioned_by(jpeg(), MergeMode.SKIP, "One", RecordStatus.OK) or b""
    corrected = edited(once, "blue", "red")
    bought, alt = RecordStatus.OK, Property.ALT_TEXT

    both = captioned_by(corrected, mode, "Two", bought, alt) or b""
    again = captioned_by(both, mode, "Three", bought, Property.TITLE) or b""

    assert captioned_by(again, MergeMode.APPEND, "One") is None
    assert captioned_by(again, MergeMode.APPEND, "Two", key=alt) is None
    assert captioned_by(again, MergeMode.APPEND, "Two")


@pytest.mark.parametrize("earlier", [MergeMode.SKIP, MergeMode.APPEND])
def test_a_caption_is_added_again_after_another_one_has_replaced_it(
    earlier: MergeMode,
) -> None:
    """It is no longer in the text."""
    data = captioned_by(jpeg(), earlier, "One", RecordStatus.OK) or b""
    replaced = captioned_by(data, MergeMode.OVERWRITE, "Two", RecordStatus.OK) or b""

    added = captioned_by(replaced, MergeMode.APPEND, "One")

    assert added
    assert texts(added)[Place.XMP] == "Two: blue boats.\nOne: blue boats."


BLANKS = st.text(" \t\n\xa0\x85", max_size=3)


@given(
    text=st.text(max_size=40).map(lambda text: xml_safe(f"By {text} Ann")),
    blanks=st.tuples(BLANKS, BLANKS, BLANKS),
    mode=st.sampled_from((MergeMode.APPEND, MergeMode.PREPEND)),
)
@pytest.mark.promises("persons")
def test_any_text_of_a_person_with_a_caption_counts_as_a_persons(
    text: str, blanks: tuple[str, str, str], mode: MergeMode
) -> None:
    """Whatever characters it has, also at its ends."""
    before, between, after = blanks
    held = escape(f"{before}{text}{between}{text}{after}").replace("\r", "&#13;")
    data = with_packet(
        Format.JPEG, jpeg(), packet(description(alternatives(x_default=held)))
    )

    added = captioned_by(data, mode, "One") or b""

    found = embed.parse_embeddable(added).packet or b""
    author, key = Authorship(read_marks(found)), Property.DESCRIPTION
    assert author.model(read_text(found, key) or "", key) is None


def test_a_real_caption_is_added_after_one_of_the_sandbox_with_its_prompt() -> None:
    """Also if the ledger has it, beside the text of a person."""
    image = embed.parse_embeddable(jpeg(block=exif(b"By Ann\0")))
    rules = MergeRules(MergeMode.APPEND)
    for sandbox in (True, False):
        change = with_texts_in_all_places(
            image,
            ImageTexts({Property.DESCRIPTION: "Boats." if sandbox else NEW}),
            RECORD._replace(sandbox=sandbox, status=RecordStatus.CACHED),
            rules=rules,
            date="2026-01-02",
        )
        assert change
        image = embed.parse_embeddable(embed.apply_change(image, change))

    assert read_text(image.packet or b"") == f"By Ann\nBoats.\n{NEW}"


@pytest.mark.promises("undo", "persons")
def test_a_correction_comes_back_after_the_same_caption_has_replaced_it() -> None:
    """The block is then, byte for byte, what it was after the first caption."""
    old = photoshop(dataset(5, b"At sea") + dataset(25, b"Oslo") + dataset(120, b"Ann"))
    image = embed.parse_embeddable(jpeg(iptc=old))
    added = ImageTexts({Property.DESCRIPTION: NEW}, ("dawn",))
    record, rules = Record("a.jpg", RecordStatus.OK), MergeRules(MergeMode.OVERWRITE)
    date = "2026-01-02"
    change = with_texts_in_all_places(image, added, record, rules=rules, date=date)
    assert change
    once = embed.apply_change(image, change)
    corrected = embed.replace_texts(
        embed.parse_embeddable(once),
        {Place.IPTC: "Ann corrected", Place.IPTC_KEYWORDS: "Bergen"},
    )
    change = with_texts_in_all_places(corrected, added, record, rules=rules, date=date)
    assert change
    twice = embed.apply_change(corrected, change)
    blocks = [embed.blocks(embed.parse_embeddable(each)) for each in (once, twice)]
    assert blocks[0] == blocks[1]

    back = removed(twice)

    assert back
    found = metadata(back).iptc
    assert found["Iptc.Application2.Caption"] == "Ann corrected"
    assert found["Iptc.Application2.ObjectName"] == "At sea"
    assert "Bergen" in found["Iptc.Application2.Keywords"]


@pytest.mark.parametrize("keywords", [("dawn", "sea"), ("dawn",)])
@pytest.mark.promises("undo", "persons")
def test_keywords_of_a_person_that_rwcap_has_in_xmp_alone_stay(
    keywords: tuple[str, ...],
) -> None:
    """`--ignore-existing` writes none to IPTC."""
    data = jpeg(iptc=photoshop(dataset(25, b"dawn") + dataset(25, b"Oslo")))
    image = embed.parse_embeddable(data)
    rules = MergeRules(MergeMode.OVERWRITE, xmp_only=True)
    record = Record("a.jpg", RecordStatus.OK)
    change = with_texts_in_all_places(
        image, ImageTexts({}, keywords), record, rules=rules, date="2026-01-02"
    )
    assert change

    assert removed(embed.apply_change(image, change)) == data


@pytest.mark.parametrize("xmp_only", [False, True])
@pytest.mark.promises("undo", "persons")
def test_copies_of_keywords_are_taken_out_after_a_person_has_deleted_one(
    *, xmp_only: bool
) -> None:
    """In XMP and in IPTC, as Lightroom does. `--ignore-existing` is no difference."""
    image = embed.parse_embeddable(jpeg())
    rules = MergeRules(xmp_only=xmp_only)
    record = Record("a.jpg", RecordStatus.OK)
    change = with_texts_in_all_places(
        image, ImageTexts({}, ("sea", "bird")), record, rules=rules, date="2026-01-02"
    )
    assert change
    copies = Metadata(iptc={"Iptc.Application2.Keywords": ["sea", "Oslo"]})
    data = embed.apply_change(image, change)
    data = with_metadata(edited(data, "<rdf:li>bird</rdf:li>", ""), copies)

    back = removed(data)

    assert back
    assert metadata(back).iptc["Iptc.Application2.Keywords"] == ["Oslo"]


@pytest.mark.parametrize(
    ("block", "keyword", "copies", "kept"),
    [
        (b"", "sea", ["sea", "Oslo"], ["Oslo"]),
        (dataset(25, b"dawn") + dataset(120, b"By Ann"), "dawn", ["dawn"], ["dawn"]),
    ],
    ids=["a copy", "of a person"],
)
@pytest.mark.promises("undo", "persons")
def test_copies_of_keywords_are_taken_out(
    block: bytes, keyword: str, copies: list[str], kept: list[str]
) -> None:
    """Lightroom writes them to IPTC. Those that were there before stay."""
    data = jpeg(iptc=photoshop(block)) if block else jpeg()
    image = embed.parse_embeddable(data)
    added = ImageTexts({Property.DESCRIPTION: NEW}, (keyword,))
    record = Record("a.jpg", RecordStatus.OK)
    change = with_texts_in_all_places(
        image, added, record, rules=MergeRules(), date="2026-01-02"
    )
    assert change
    synced = with_metadata(
        embed.apply_change(image, change),
        Metadata(iptc={"Iptc.Application2.Keywords": copies}),
    )

    back = removed(synced)

    assert back
    assert metadata(back).iptc["Iptc.Application2.Keywords"] == kept


@pytest.mark.promises("undo")
def test_a_changed_text_without_a_copy_stays_alone() -> None:
    """An alternative text has no place in Exif: all others are as they were."""
    image = embed.parse_embeddable(jpeg(block=exif(b"By Ann\0")))
    added = {Property.DESCRIPTION: NEW, Property.ALT_TEXT: "Boats."}
    change = change_of(image, added, MergeRules(MergeMode.OVERWRITE))
    assert change
    data = edited(embed.apply_change(image, change), "Boats.", "Two boats.")

    back = removed(data)

    assert back
    assert texts(back) == {Place.EXIF_DESCRIPTION: "By Ann"}
    packet = embed.parse_embeddable(back).packet
    assert packet
    assert read_text(packet, Property.ALT_TEXT) == "Two boats."


@pytest.mark.parametrize("tagged", [False, True])
@pytest.mark.promises("undo", "persons")
def test_a_correction_that_rwcap_has_written_comes_back_in_all_places(
    *, tagged: bool
) -> None:
    """It replaced a caption of rwcap, which had replaced a text of a person."""
    once = captioned(jpeg(block=exif(b"By Ann\0")), MergeMode.OVERWRITE)
    assert once
    image = embed.parse_embeddable(once)
    edit = Record("a.jpg", RecordStatus.EDITED)
    change = with_texts_in_all_places(
        image,
        ImageTexts({Property.DESCRIPTION: "Corrected."}),
        edit,
        rules=MergeRules(MergeMode.OVERWRITE),
        date="2026-01-02",
    )
    assert change
    data = captioned(embed.apply_change(image, change), MergeMode.OVERWRITE, "Another.")
    assert data
    if tagged:
        data = with_metadata(data, Metadata(exif={"Exif.Image.Artist": "Ann"}))

    back = removed(data)

    assert back
    assert {*texts(back).values()} == {"Corrected."}
    assert len(texts(back)) == 2


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", PERSONS)
@pytest.mark.promises("undo", "persons")
def test_texts_come_back_after_another_program_has_written_the_blocks_anew(
    name: str, mode: MergeMode
) -> None:
    """Exiv2 adds an artist and, to IPTC, a headline; another caption follows.

    It writes some texts in another form, so their words are compared.
    """
    data, place = PERSONS[name]
    added = Metadata(
        exif={"Exif.Image.Artist": "Ann"},
        iptc={"Iptc.Application2.Headline": "Ann"} if place is Place.IPTC else {},
    )
    once = captioned(data, mode)
    tagged = with_metadata(once or data, added)
    twice = captioned(tagged, mode, "Another one.")

    back = removed(twice or tagged)

    assert texts(back or tagged) == texts(data)
    now = metadata(back or tagged)
    assert now.exif["Exif.Image.Artist"] == "Ann"
    assert now.iptc.get("Iptc.Application2.Headline") == added.iptc.get(
        "Iptc.Application2.Headline"
    )


@pytest.mark.parametrize(
    "data",
    [
        jpeg(block=exif("Бабушка".encode("cp1251") + b"\0")),
        jpeg(block=exif(comment=b"ASCII\0\0\0" + "Köln".encode("cp1252"))),
        jpeg(iptc=photoshop(dataset(120, "Бабушка".encode("koi8-r")))),
    ],
)
@pytest.mark.promises("persons", "undo")
def test_bytes_in_an_unknown_encoding_do_not_come_back_as_others(data: bytes) -> None:
    """They are kept in the file until nobody has changed the block around them."""
    once = captioned(data, MergeMode.OVERWRITE)
    assert once
    added = {"Iptc.Application2.Headline": "Ann"} if b"Photoshop" in data else {}
    artist = Metadata(exif={"Exif.Image.Artist": "Ann"}, iptc=added)

    with pytest.raises(ChangedByHandError):
        removed(with_metadata(once, artist))
    assert removed(once) == data


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.promises("undo", "persons")
def test_line_ends_of_a_person_come_back(mode: MergeMode) -> None:
    """Exiv2 and the programs of Adobe write CR as a reference."""
    old = "One\r\nTwo\rThree\n"
    added = Metadata(xmp={"Xmp.dc.description": {'lang="x-default"': old}})
    data = with_metadata(jpeg(), added)
    assert texts(data)[Place.XMP] == old

    once = captioned(data, mode)
    back = removed(once) if once else data

    assert back
    assert texts(back)[Place.XMP] == old


def test_keywords_that_others_have_added_to_iptc_since_stay() -> None:
    """Ours are taken out, and those that they replaced come back."""
    old = (dataset(25, b"Boats"), dataset(25, b"Oslo"))
    data = jpeg(iptc=photoshop(dataset(5, b"Ann") + b"".join(old)))
    image = embed.parse_embeddable(data)
    change = with_texts_in_all_places(
        image,
        ImageTexts({Property.TITLE: "Ships"}, ("dawn", "harbour")),
        Record(source="", status=RecordStatus.OK),
        rules=MergeRules(MergeMode.OVERWRITE),
        date="2026-01-02",
    )
    assert change
    once = embed.parse_embeddable(embed.apply_change(image, change))
    keywords = {Place.IPTC_KEYWORDS: "dawn\nharbour\nNorway"}
    tagged = embed.replace_texts(once, keywords).data

    back = removed(tagged)

    assert back
    assert embed.read_iptc_texts(embed.parse_embeddable(back)) == {
        Place.IPTC_TITLE: "Ann",
        Place.IPTC_KEYWORDS: "Boats\nOslo\nNorway",
    }


@pytest.mark.parametrize("captions", [1, 2])
@pytest.mark.promises("undo", "persons", "formats")
def test_a_file_whose_block_is_marked_in_an_older_form_is_left(captions: int) -> None:
    """Only the bytes of the block lead back then, also after another caption."""
    original = jpeg(block=exif(b"By Ann\0"))
    once = captioned(original, MergeMode.OVERWRITE)
    assert once
    image = embed.parse_embeddable(once)
    assert image.packet
    older = re.sub(rb' rwcap:ImageDescription\w+="[^"]*"', b"", image.packet)
    assert older != image.packet
    data = embed.apply_change(image, embed.Change(older))
    if captions > 1:
        data = captioned(data, MergeMode.OVERWRITE, "Another one.") or b""
    tagged = with_metadata(data, Metadata(exif={"Exif.Image.Artist": "Ann"}))

    assert removed(data) == original
    with pytest.raises(ChangedByHandError):
        removed(tagged)


@pytest.mark.parametrize(
    ("between", "artist"), [("", ""), ("Another one.", ""), ("Another one.", "Ann")]
)
@pytest.mark.promises("undo", "once")
def test_copies_of_a_caption_that_other_programs_make_are_taken_out(
    between: str, artist: str
) -> None:
    """Lightroom and digiKam write a caption to all places. It is no person's text."""
    once = captioned(jpeg())
    assert once
    copies = Metadata(
        exif={"Exif.Image.ImageDescription": NEW},
        iptc={"Iptc.Application2.Caption": NEW, "Iptc.Application2.Headline": "Ann"},
    )
    data = with_metadata(once, copies)
    assert len(texts(data)) == 3
    if between:
        data = captioned(data, MergeMode.OVERWRITE, between) or b""
    if artist:
        data = with_metadata(data, Metadata(exif={"Exif.Image.Artist": artist}))

    back = removed(data)

    assert back
    assert texts(back) == {}
    assert texts(original_image(data)) == {}
    assert metadata(back).iptc["Iptc.Application2.Headline"] == "Ann"


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
@pytest.mark.promises("undo")
def test_a_copy_with_other_line_ends_is_taken_out(end: str) -> None:
    """Adobe's programs write CR in IPTC."""
    text = "A harbour.\n\nThree boats."
    once = captioned(jpeg(), text=text)
    assert once
    copy = Metadata(iptc={"Iptc.Application2.Caption": text.replace("\n", end)})

    back = removed(with_metadata(once, copy))

    assert back
    assert texts(back) == {}


@pytest.mark.promises("undo")
def test_a_copy_beside_a_text_of_a_person_is_taken_out() -> None:
    """Another program makes it between two captions, and then writes Exif anew."""
    once = captioned(jpeg(block=exif(b"By Ann\0")), MergeMode.OVERWRITE)
    assert once
    copy = Metadata(exif={"Exif.Photo.UserComment": NEW})
    data = captioned(with_metadata(once, copy), MergeMode.OVERWRITE, "Another one.")
    assert data
    tagged = with_metadata(data, Metadata(exif={"Exif.Image.Artist": "Ann"}))

    back = removed(tagged)

    assert back
    assert texts(back) == {Place.EXIF_DESCRIPTION: "By Ann"}


def test_a_text_that_a_person_has_deleted_stays_deleted() -> None:
    """Only the marks are removed. A later caption does not bring back older words."""
    data = with_packet(
        Format.JPEG, jpeg(), packet(description(OTHERS + alternatives(x_default="Old")))
    )
    once = captioned(data, MergeMode.OVERWRITE)
    assert once
    image = embed.parse_embeddable(once)
    assert image.packet
    without = re.sub(rb"<dc:description>.*</dc:description>", b"", image.packet)
    deleted = embed.apply_change(image, embed.Change(without))

    back, again = removed(deleted), captioned(deleted)

    assert back
    assert again
    assert texts(back) == {}
    assert b"rwcap" not in back
    assert OTHERS.encode() in back
    last = removed(again)
    assert last
    assert texts(last) == {}


def test_properties_that_others_have_added_stay() -> None:
    """The packet, then, too."""
    once = embed_texts(drawn("JPEG"))
    rated = edited(once, "</rdf:RDF>", description(attributes="a:r='5'") + "</rdf:RDF>")

    back = removed(rated)

    assert back
    found = embed.parse_embeddable(back).packet
    assert found
    assert b"a:r='5'" in found
    assert b"rwcap:" not in found
    assert read_text(found) is None


def test_marks_in_the_form_of_elements_are_removed() -> None:
    """Exiftool writes them so, in a description of their own."""
    text = "A harbour."
    marks = read_marks(write_texts(None, {Property.DESCRIPTION: text}, {"Date": "d"}))
    digest = "5f7e2c"
    elements = "".join(
        f"<r:{name}>{value}</r:{name}>"
        for name, value in {**marks, "Model": "m", "AltTextDigest": digest}.items()
    )
    ours = f'<rdf:Description xmlns:r="{RWCAP_NAMESPACE}">{elements}</rdf:Description>'
    held = packet(description(OTHERS), ours)

    back = without_caption(held)

    assert back == packet(description(OTHERS))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Photoshop 3.0", b"Photoshop 4.0"),
        (b"Exif\0\0", b"Exof\0\0"),
        (b"\x02\x78\x00", b"\x02\x7b\x00"),
    ],
)
@pytest.mark.promises("undo")
def test_a_caption_goes_if_a_program_has_taken_out_what_it_replaced(
    old: bytes, new: bytes
) -> None:
    """The text of a person that was there does not come back then."""
    data = jpeg(block=exif(b"Boats\0"), iptc=photoshop(dataset(120, b"Boats")))
    once = captioned(data, MergeMode.OVERWRITE)
    assert once
    assert old in once

    back = removed(once.replace(old, new, 1))

    assert back
    assert b"rwcap" not in back
    assert NEW not in texts(back).values()


def test_an_empty_packet_of_rwcap_is_nothing() -> None:
    """Nothing is left of a caption in a file that had no XMP."""
    once = embed.parse_embeddable(embed_texts(drawn("PNG"))).packet
    assert once

    assert without_caption(once) is None
    assert read_marks(EMPTY_PACKET) == {}


TEXT = st.text(max_size=60).map(lambda text: f"A {text}.")


@given(
    st.sampled_from(sorted(UNTOUCHED)),
    st.lists(st.tuples(st.sampled_from(MODES[1:]), TEXT), min_size=1, max_size=3),
)
@pytest.mark.promises("undo")
def test_any_captions_of_any_file_can_be_taken_out(
    name: str, written: list[tuple[MergeMode, str]]
) -> None:
    """Byte for byte."""
    data = now = UNTOUCHED[name]
    for mode, text in written:
        now = captioned(now, mode, text) or now

    assert removed(now) in {data, None if now == data else data}


@given(
    st.sampled_from(sorted(FORMS.keys() - {"an empty default"})),  # it goes as well
    st.sampled_from(MODES),
    TEXT,
)
def test_any_packet_keeps_everything_else(
    form: str, mode: MergeMode, text: str
) -> None:
    """Its text comes back."""
    old = FORMS[form]
    data = with_packet(Format.JPEG, jpeg(), old)
    once = captioned(data, mode, text)
    back = removed(once) if once else data
    found = embed.parse_embeddable(back or b"").packet if back else None

    assert found
    assert (read_text(found) or "") == (read_text(old) or "")
    assert read_marks(found) == {}
    for piece in (OTHERS, "<a:b a:c='1'"):
        assert (piece.encode() in found) == (piece.encode() in old)


def test_a_simple_webp_that_has_more_metadata_now_stays_an_extended_one() -> None:
    """Another program has added Exif since."""
    added = riff_chunk(b"EXIF", exif(b"Boats\0"))
    captioned_file = embed_texts(drawn("WEBP"))

    found = removed(webp(captioned_file[12:], added))

    assert found is not None
    assert found.endswith(added)
    assert b"VP8X" in found
    assert b"XMP " not in found
