"""Title, alternative text, description and keywords, in all places of a file."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.errors import InputError
from rwcap.core.keywords import new_keywords
from rwcap.core.record import SANDBOX_PREFIX
from rwcap.core.sidecar import MergeMode
from rwcap.images.formats import Format
from rwcap.metadata import embed
from rwcap.metadata.all_places import has_texts, with_texts_in_all_places
from rwcap.metadata.merge import MergeRules
from rwcap.metadata.properties import ImageTexts, Place, Property
from rwcap.metadata.removal import ChangedByHandError, original_image
from rwcap.metadata.selection import fields_selection
from tests.exiv2 import Metadata, Value, metadata
from tests.images.containers import drawn
from tests.metadata.blocks import (
    UTF_8,
    dataset,
    exif,
    jpeg,
    md5_of,
    photoshop,
    resource,
)
from tests.metadata.packets import (
    OTHER_PROGRAMS,
    OTHERS,
    alternatives,
    description,
    packet,
)
from tests.metadata.test_embed import RECORD, exiftool_json, pixels, with_packet
from tests.metadata.test_places import MODES
from tests.metadata.test_provenance import UNTOUCHED, edited, removed, same

FIELDS = fields_selection(["title", "alt", "description", "keywords"])
TITLE, ALT = "Boats at dawn", "Two boats in a harbour."
TEXT = "Two boats lie in a harbour; it's dawn & <calm>."
KEYWORDS = ("harbour", "boat", "dawn", "black/white", "Ålesund")
FOUR = ImageTexts(
    {Property.TITLE: TITLE, Property.ALT_TEXT: ALT, Property.DESCRIPTION: TEXT},
    KEYWORDS,
)
OTHER = ImageTexts(
    {Property.TITLE: "A quay", Property.DESCRIPTION: "Ropes on a quay."},
    ("quay", "boats"),
)
BARE = {"JPEG": jpeg(), "PNG": drawn("PNG"), "WebP": drawn("WEBP")}


def written(
    data: bytes,
    mode: MergeMode = MergeMode.SKIP,
    added: ImageTexts = FOUR,
    *,
    sandbox: bool = False,
    xmp_only: bool = False,
) -> bytes | None:
    """Return the file with texts, verified like the files of users, or None."""
    image = embed.parse_embeddable(data)
    change = with_texts_in_all_places(
        image,
        added,
        RECORD._replace(sandbox=sandbox),
        rules=MergeRules(mode, xmp_only=xmp_only),
        date="2026-01-02",
    )
    if change is None:
        return None
    after = embed.apply_change(image, change)
    assert embed.differs_only_in(change, image, after)
    assert pixels(after) == pixels(data)
    return after


def put(
    data: bytes, mode: MergeMode = MergeMode.SKIP, added: ImageTexts = FOUR
) -> bytes:
    """Return the file with texts that change it."""
    after = written(data, mode, added)
    assert after
    return after


def found(data: bytes) -> dict[str, Value]:
    """Return the texts and keywords that Exiv2 reads, by short names."""
    read = metadata(data)
    keys = {
        "title": read.xmp.get("Xmp.dc.title"),
        "alt": read.xmp.get("Xmp.iptc.AltTextAccessibility"),
        "description": read.xmp.get("Xmp.dc.description"),
        "keywords": read.xmp.get("Xmp.dc.subject"),
        "Lightroom": read.xmp.get("Xmp.lr.hierarchicalSubject"),
        "digiKam": read.xmp.get("Xmp.digiKam.TagsList"),
        "IPTC title": read.iptc.get("Iptc.Application2.ObjectName"),
        "IPTC caption": read.iptc.get("Iptc.Application2.Caption"),
        "IPTC keywords": read.iptc.get("Iptc.Application2.Keywords"),
        "Exif": read.exif.get("Exif.Image.ImageDescription"),
    }
    return {
        name: value["x-default"] if isinstance(value, dict) else value
        for name, value in keys.items()
        if value
    }


IN_XMP = {"title": TITLE, "alt": ALT, "description": TEXT, "keywords": [*KEYWORDS]}


def has_four(data: bytes, *, include_sandbox: bool = False) -> bool:
    """Return whether mode `skip` leaves a file alone."""
    return has_texts(
        embed.parse_embeddable(data),
        FIELDS.wanted,
        rules=MergeRules(),
        include_sandbox=include_sandbox,
    )


@pytest.mark.parametrize("name", BARE)
def test_a_file_without_metadata_gets_four_properties(name: str) -> None:
    """No other place is made. A second time changes nothing."""
    after = put(BARE[name])

    assert found(after) == IN_XMP
    assert has_four(after)
    assert not has_four(BARE[name])
    assert written(after) is None
    assert removed(after) == BARE[name]


@pytest.mark.parametrize("name", OTHER_PROGRAMS)
@pytest.mark.parametrize("kind", BARE)
def test_keywords_are_added_to_those_of_other_programs(name: str, kind: str) -> None:
    """To every list that such a program reads; what a person wrote comes first."""
    data = embed.apply_change(
        embed.parse_embeddable(BARE[kind]), embed.Change(OTHER_PROGRAMS[name])
    )

    after = put(data)

    own = ["boat", "dawn", "black/white", "Ålesund"]
    lists = {
        "keywords": own,
        "Lightroom": own,
        "digiKam": [each.replace("/", " ") for each in own],
    }
    old = found(data)
    assert found(after) == IN_XMP | {
        name: [*old[name], *lists[name]] for name in lists if name in old
    }
    ours = ("Xmp.dc.", "Xmp.rwcap.", "Xmp.iptc.", "Xmp.lr.", "Xmp.digiKam.TagsList")
    assert others(metadata(after), ours) == others(metadata(data), ours)
    assert written(after) is None
    assert removed(after) == data


def others(read: Metadata, ours: tuple[str, ...]) -> dict[str, Value]:
    """Return the properties whose keys do not begin with one of these texts."""
    return {key: each for key, each in read.xmp.items() if not key.startswith(ours)}


ANN = dataset(80, b"Ann")
IN_IPTC = {"IPTC title": TITLE, "IPTC keywords": [*KEYWORDS]}


def with_iptc(*datasets: bytes) -> bytes:
    """Return a JPEG with IPTC."""
    return jpeg(iptc=photoshop(UTF_8 + b"".join(datasets)))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (with_iptc(ANN), IN_XMP | IN_IPTC),
        (jpeg(iptc=photoshop(ANN)), IN_XMP | IN_IPTC),
        (jpeg(iptc=resource(0x0404, ANN)), IN_XMP | IN_IPTC),
        (
            with_iptc(dataset(5, b" "), ANN, dataset(25, b"")),
            IN_XMP | IN_IPTC,
        ),
        (
            with_iptc(dataset(5, b"Ships"), dataset(25, b"Boats"), ANN),
            {
                "alt": ALT,
                "description": TEXT,
                "keywords": ["Boats", "harbour", "dawn", "black/white", "Ålesund"],
                "IPTC title": "Ships",
                "IPTC keywords": ["Boats", "harbour", "dawn", "black/white", "Ålesund"],
            },
        ),
        (
            with_iptc(ANN, dataset(120, b"By Ann.")),
            {key: IN_XMP[key] for key in ("title", "alt", "keywords")}
            | IN_IPTC
            | {"IPTC caption": "By Ann."},
        ),
        (
            with_iptc(dataset(25, b"x" * 70), ANN),
            IN_XMP
            | {
                "IPTC title": TITLE,
                "keywords": ["x" * 70, *KEYWORDS],
                "IPTC keywords": ["x" * 70, *KEYWORDS],
            },
        ),
        (jpeg(iptc=resource(0x03ED, b"resolution")), IN_XMP),
    ],
)
def test_iptc_gets_title_and_keywords_if_it_has_texts(
    data: bytes, expected: dict[str, Value]
) -> None:
    """What people wrote there stays, also in XMP, which gets their keywords."""
    after = put(data)

    assert found(after) == expected
    assert metadata(after).iptc.get("Iptc.Application2.Byline") in (None, ["Ann"])
    assert written(after) is None
    assert removed(after) == data


def test_keywords_of_xmp_are_copied_to_iptc_that_has_none() -> None:
    """A program that reads IPTC first then misses none."""
    held = packet(
        description("<dc:subject><rdf:Bag><rdf:li>Oslo</rdf:li></rdf:Bag></dc:subject>")
    )
    data = with_packet(Format.JPEG, with_iptc(ANN), held)

    after = put(data)

    assert found(after)["IPTC keywords"] == found(after)["keywords"]
    assert found(after)["keywords"] == ["Oslo", *KEYWORDS]
    assert removed(after) == data


def test_the_digest_of_iptc_is_corrected() -> None:
    """Programs take a wrong one for a change that XMP does not have."""
    data = jpeg(iptc=photoshop(UTF_8 + ANN))

    after = put(data)

    words = b"".join(dataset(25, each.encode()) for each in KEYWORDS)
    iptc = UTF_8 + dataset(5, TITLE.encode()) + words + ANN
    assert resource(0x0404, iptc) + resource(0x0425, md5_of(iptc)) in after


LONG = ImageTexts({Property.TITLE: "Ö" * 40}, ("ö" * 40, "boat"))


@pytest.mark.promises("texts")
def test_what_is_too_long_for_iptc_is_in_xmp_alone() -> None:
    """64 bytes are the limit of a title and of a keyword."""
    after = put(with_iptc(ANN), added=LONG)

    assert found(after) == {
        "title": "Ö" * 40,
        "keywords": ["ö" * 40, "boat"],
        "IPTC keywords": ["boat"],
    }
    alone = ImageTexts({}, ("ö" * 40,))
    kept = put(with_iptc(dataset(25, b"Old")), MergeMode.OVERWRITE, alone)
    assert found(kept) == {"keywords": ["ö" * 40], "IPTC keywords": ["Old"]}
    with pytest.raises(InputError, match="more than 64 bytes"):
        written(with_iptc(dataset(5, b"Old")), MergeMode.OVERWRITE, LONG)


def test_latin_1_takes_keywords_that_it_has_and_no_others() -> None:
    """A block in another character set keeps its texts."""
    latin = jpeg(iptc=photoshop(dataset(80, b"Jos\xe9")))

    after, kept = put(latin), put(latin, added=ImageTexts({}, ("\u6771\u4eac",)))

    assert b"\x1c\x02\x19\0\x07\xc5lesund" in after
    iptc_texts = embed.read_iptc_texts(embed.parse_embeddable(kept))
    assert iptc_texts == {Place.IPTC_TITLE: "", Place.IPTC_KEYWORDS: ""}
    assert removed(after) == removed(kept) == latin


def test_a_damaged_iptc_block_keeps_its_bytes() -> None:
    """XMP gets the texts."""
    data = jpeg(iptc=resource(0x0404, ANN + b"\x1c\2"))

    after = put(data)

    assert resource(0x0404, ANN + b"\x1c\2") in after
    assert removed(after) == data


THEIRS = (
    "<dc:title><rdf:Alt><rdf:li xml:lang='x-default'>Ships</rdf:li></rdf:Alt>"
    "</dc:title>"
    "<dc:subject><rdf:Bag><rdf:li>Boats</rdf:li></rdf:Bag></dc:subject>"
)
PERSONS = with_packet(
    Format.JPEG,
    jpeg(
        block=exif(b"By Ann.\0"),
        iptc=photoshop(
            UTF_8
            + dataset(5, b"Ships")
            + dataset(25, b"Boats")
            + dataset(120, b"By Ann.")
        ),
    ),
    packet(
        description(THEIRS + alternatives(x_default="By Ann.") + OTHERS), padding=50
    ),
)


@pytest.mark.parametrize(
    ("mode", "title", "text", "keywords"),
    [
        (
            MergeMode.SKIP,
            "Ships",
            "By Ann.",
            ["Boats", "harbour", "dawn", "black/white", "Ålesund"],
        ),
        (MergeMode.OVERWRITE, TITLE, TEXT, [*KEYWORDS]),
        (
            MergeMode.APPEND,
            "Ships",
            f"By Ann.\n{TEXT}",
            ["Boats", "harbour", "dawn", "black/white", "Ålesund"],
        ),
        (
            MergeMode.PREPEND,
            "Ships",
            f"{TEXT}\nBy Ann.",
            ["harbour", "dawn", "black/white", "Ålesund", "Boats"],
        ),
    ],
)
@pytest.mark.promises("persons")
def test_modes_say_what_becomes_of_the_words_of_a_person(
    mode: MergeMode, title: str, text: str, keywords: list[str]
) -> None:
    """All places agree, and all words come back. Nothing is added to a title."""
    after = put(PERSONS, mode)

    assert found(after) == {
        "title": title,
        "alt": ALT,
        "description": text,
        "keywords": keywords,
        "IPTC title": title,
        "IPTC caption": text,
        "IPTC keywords": keywords,
        "Exif": text,
    }
    assert written(after, mode) is None
    back = removed(after)
    assert back
    assert same(back) == same(PERSONS)
    assert back == PERSONS or mode is MergeMode.OVERWRITE


@pytest.mark.parametrize("mode", MODES)
def test_newer_keywords_replace_ours_except_when_they_are_added(
    mode: MergeMode,
) -> None:
    """Those of the person are there only once."""
    after = put(put(PERSONS), mode, OTHER)

    added = ["harbour", "dawn", "black/white", "Ålesund"]
    assert (
        found(after)["keywords"]
        == found(after)["IPTC keywords"]
        == {
            MergeMode.SKIP: ["Boats", "quay"],
            MergeMode.OVERWRITE: ["quay", "boats"],
            MergeMode.APPEND: ["Boats", *added, "quay"],
            MergeMode.PREPEND: ["quay", "Boats", *added],
        }[mode]
    )
    back = removed(after)
    assert back
    assert found(back) == found(PERSONS)


def test_overwritten_keywords_are_in_the_new_order() -> None:
    """The most important ones come first."""
    held = packet(
        description(
            "<dc:subject><rdf:Bag><rdf:li>cat</rdf:li><rdf:li>dog</rdf:li></rdf:Bag>"
            "</dc:subject>"
        )
    )
    iptc = with_iptc(dataset(25, b"cat"), dataset(25, b"dog"))
    data = with_packet(Format.JPEG, iptc, held)

    after = put(data, MergeMode.OVERWRITE, ImageTexts({}, ("dog", "cat")))

    assert found(after)["keywords"] == found(after)["IPTC keywords"] == ["dog", "cat"]


def test_thousands_of_keywords_are_merged_at_once() -> None:
    """Each is compared with no more than those that are the same."""
    words = [f"w{number}" for number in range(5_000)]
    items = "".join(f"<rdf:li>{word}</rdf:li>" for word in words)
    held = packet(description(f"<dc:subject><rdf:Bag>{items}</rdf:Bag></dc:subject>"))
    png_file = with_packet(Format.PNG, drawn("PNG"), held)
    blank = jpeg(iptc=resource(0x0404, dataset(25, b"") * 6000 + dataset(5, b"") * 99))
    many = [dataset(25, word.encode()) for word in words]
    full = with_iptc(*many[:2_000])

    for data, mode in (
        (png_file, MergeMode.SKIP),
        (png_file, MergeMode.OVERWRITE),
        (blank, MergeMode.SKIP),
        (full, MergeMode.OVERWRITE),
    ):
        assert KEYWORDS[-1] in found(put(data, mode))["keywords"]
    with pytest.raises(InputError, match="too long to be kept"):
        put(with_iptc(*many), MergeMode.OVERWRITE)


def test_keywords_in_iptc_stay_those_of_a_person() -> None:
    """XMP has a copy of them, also after newer ones."""
    data = with_iptc(dataset(25, b"Boats"), ANN)

    after = put(put(data), added=OTHER)

    assert (
        found(after)["keywords"] == found(after)["IPTC keywords"] == ["Boats", "quay"]
    )
    assert removed(after) == data


def test_real_keywords_replace_those_of_the_sandbox() -> None:
    """In every mode, and only if the run is real."""
    sample = ImageTexts(
        dict.fromkeys(
            (Property.TITLE, Property.ALT_TEXT, Property.DESCRIPTION),
            f"{SANDBOX_PREFIX} A file.",
        ),
        ("sandbox", "jpeg"),
    )
    for mode in MODES:
        trial = written(with_iptc(ANN), mode, sample, sandbox=True)
        assert trial
        assert has_four(trial, include_sandbox=True)
        assert not has_four(trial)

        real = put(trial, mode)

        assert found(real) == IN_XMP | IN_IPTC
        assert has_four(real)
        assert removed(real) == with_iptc(ANN)


def test_an_image_whose_person_has_all_keywords_is_done() -> None:
    """Though nothing is added, so that it is not asked for again."""
    data = with_packet(Format.JPEG, jpeg(), packet(description(THEIRS)))
    added = ImageTexts({}, ("boat",))
    keywords = fields_selection(["title", "keywords"])

    after = put(data, added=added)

    for each, is_done in ((data, False), (after, True)):
        image = embed.parse_embeddable(each)
        rules = MergeRules()
        done = has_texts(image, keywords.wanted, rules=rules, include_sandbox=False)
        assert done is is_done
    assert found(after) == found(data)
    assert removed(after) == data


def test_only_xmp_changes_if_only_xmp_counts() -> None:
    """As with `--ignore-existing`."""
    data = with_iptc(dataset(5, b"Ships"), dataset(25, b"Boats"))

    after = written(data, xmp_only=True)

    assert after
    assert found(after) == IN_XMP | {"IPTC title": "Ships", "IPTC keywords": ["Boats"]}
    assert removed(after) == data


@pytest.mark.parametrize(
    "form",
    [
        "<dc:subject>Boats</dc:subject>",
        "<dc:subject><rdf:Seq><rdf:li>Boats</rdf:li></rdf:Seq></dc:subject>",
        "<dc:subject><rdf:Bag><rdf:li/><rdf:li>Boats</rdf:li></rdf:Bag></dc:subject>",
    ],
)
def test_keywords_in_other_forms_are_kept(form: str) -> None:
    """Some software writes one keyword as a text."""
    data = with_packet(Format.JPEG, jpeg(), packet(description(OTHERS + form)))

    after = put(data, added=ImageTexts({}, ("dawn",)))
    back = removed(after)

    texts = found(after)["keywords"]
    assert [each for each in texts if each.strip()] == ["Boats", "dawn"]
    assert back
    assert OTHERS.encode() in back
    assert "Boats" in found(back)["keywords"]
    assert "dawn" not in found(back)["keywords"]


@pytest.mark.parametrize(
    "form", ["<dc:subject/>", "<dc:subject><rdf:Bag/></dc:subject>"]
)
def test_an_empty_list_is_filled(form: str) -> None:
    """It is gone afterwards."""
    data = with_packet(Format.JPEG, jpeg(), packet(description(OTHERS + form)))

    after = put(data, MergeMode.PREPEND)
    back = removed(after)

    assert found(after) == IN_XMP
    assert back
    assert found(back) == {}


def test_a_keyword_as_an_attribute_is_kept() -> None:
    """In the form of a list."""
    data = with_packet(
        Format.PNG, drawn("PNG"), packet(description("", "dc:subject='Boats'"))
    )

    after = put(data, added=ImageTexts({}, ("dawn",)))
    back = removed(after)

    assert found(after)["keywords"] == ["Boats", "dawn"]
    assert back
    assert found(back)["keywords"] == ["Boats"]


@pytest.mark.parametrize(
    "form",
    [
        "<dc:subject><rdf:Alt><rdf:li>Boats</rdf:li></rdf:Alt></dc:subject>",
        "<dc:subject><rdf:Bag><rdf:li a:by='Ada'>Boats</rdf:li></rdf:Bag></dc:subject>",
        "<dc:subject rdf:resource='a'/>",
    ],
)
def test_a_list_that_cannot_be_read_is_an_error(form: str) -> None:
    """It is in a form that XMP does not allow."""
    data = with_packet(Format.JPEG, jpeg(), packet(description(form)))

    with pytest.raises(InputError, match="unusable XMP"):
        written(data)


@pytest.mark.promises("undo")
def test_keywords_that_others_have_added_since_stay() -> None:
    """And those that they have taken out do not come back."""
    once = put(with_packet(Format.JPEG, jpeg(), packet(description(THEIRS))))
    more = edited(once, "<rdf:li>Boats</rdf:li>", "<rdf:li>Oslo</rdf:li>")
    fewer = edited(more, "<rdf:li>dawn</rdf:li>", "")

    back = removed(fewer)

    assert back
    assert found(back) == {"title": "Ships", "keywords": ["Oslo"]}


@pytest.mark.promises("persons")
@pytest.mark.parametrize("mode", MODES)
def test_a_keyword_that_others_have_deleted_is_not_added_again(mode: MergeMode) -> None:
    """Nor a later one that is the same, unless all keywords are replaced."""
    once = put(with_packet(Format.JPEG, jpeg(), packet(description(THEIRS))))
    fewer = edited(once, "<rdf:li>dawn</rdf:li>", "")
    again = written(fewer, MergeMode.APPEND, ImageTexts({}, KEYWORDS))

    later = put(fewer, mode, ImageTexts({}, ("Dawns", "quay")))
    last = put(later, mode, ImageTexts({}, ("sea", "dawn")))

    assert again is None
    assert ("Dawns" in found(later)["keywords"]) == (mode is MergeMode.OVERWRITE)
    assert ("dawn" in found(last)["keywords"]) == (mode is MergeMode.OVERWRITE)
    back = removed(last)
    assert back
    assert found(back)["keywords"] == ["Boats"]


def test_overwritten_keywords_come_back_beside_later_ones() -> None:
    """Each of them once."""
    data = with_packet(Format.JPEG, jpeg(), packet(description(THEIRS)))
    once = put(data, MergeMode.OVERWRITE)
    more = edited(once, "<rdf:li>dawn</rdf:li>", "<rdf:li>Oslo</rdf:li>")
    twice = put(more, MergeMode.OVERWRITE, OTHER)

    back = removed(twice)

    assert back
    assert found(back) == {"title": "Ships", "keywords": ["Boats", "Oslo"]}


@pytest.mark.parametrize(
    "added",
    [FOUR, FOUR._replace(keywords=()), FOUR._replace(texts={Property.TITLE: TITLE})],
)
def test_a_text_that_a_person_has_changed_is_left(added: ImageTexts) -> None:
    """The others are taken out."""
    by_hand = edited(put(jpeg(), added=added), f">{TITLE}<", ">My boats<")

    back = removed(by_hand)

    assert back
    assert found(back) == {"title": "My boats"}
    assert removed(back) is None


@pytest.mark.promises("once")
def test_each_text_of_a_person_is_known_whatever_becomes_of_the_others() -> None:
    """A person has changed the title since; prompts get the rest as it was."""
    old = (dataset(5, b"Ann"), dataset(25, b"Oslo"), dataset(120, b"Ann at dawn"))
    data = jpeg(block=exif(b"Boats\0"), iptc=photoshop(UTF_8 + b"".join(old)))
    by_hand = edited(put(data, MergeMode.OVERWRITE), f">{TITLE}<", ">My boats<")

    known = found(original_image(by_hand))

    assert known["title"] == "My boats"
    assert known["IPTC keywords"] == ["Oslo"]
    assert (known["IPTC caption"], known["Exif"]) == ("Ann at dawn", "Boats")
    assert original_image(data) == data
    assert original_image(b"no image") == b"no image"


@pytest.mark.parametrize(
    ("data", "added"),
    [
        (jpeg(), ImageTexts({Property.TITLE: TITLE})),
        (with_iptc(ANN), FOUR),
    ],
)
@pytest.mark.promises("persons")
def test_a_file_is_left_if_nothing_else_can_be_taken_out(
    data: bytes, added: ImageTexts
) -> None:
    """Or if IPTC has a copy of the text as it was."""
    by_hand = edited(put(data, added=added), f">{TITLE}<", ">My boats<")

    with pytest.raises(ChangedByHandError):
        removed(by_hand)


def test_texts_and_keywords_are_safe_in_xml_and_on_one_line() -> None:
    """They come from a model."""
    added = ImageTexts(
        {Property.TITLE: "a\0<b>\ufffe & ]]>"},
        ("x\ny", "\x1b[31mred", "&amp;", "</rdf:li>"),
    )

    after = put(with_iptc(ANN), added=added)

    assert found(after) == {
        "title": "a<b>\ufffd & ]]>",
        "keywords": ["x y", "[31mred", "&amp;", "</rdf:li>"],
        "IPTC title": "a<b>\ufffd & ]]>",
        "IPTC keywords": ["x y", "[31mred", "&amp;", "</rdf:li>"],
    }
    assert written(with_iptc(ANN), added=ImageTexts({}, ("\0", " "))) is None


@pytest.mark.program("exiftool")
def test_exiftool_reads_four_fields_without_a_warning(tmp_path: Path) -> None:
    """In every format, in the packets of other programs, and in IPTC."""
    before, after = tmp_path / "before", tmp_path / "after"
    for folder in (before, after):
        folder.mkdir()
    for name, data in samples().items():
        (before / name).write_bytes(data)
        (after / name).write_bytes(put(data))

    options = ("-all", "-charset", "iptc=UTF8")
    old, new = exiftool_json(before, *options), exiftool_json(after, *options)
    warnings = ("-validate", "-warning", "-error")
    assert found_by(after, *warnings) == found_by(before, *warnings)

    for name, each in new.items():
        assert each["XMP-dc:Title"] == TITLE, name
        assert each["XMP-iptcCore:AltTextAccessibility"] == ALT
        assert each["XMP-dc:Description"] == TEXT
        theirs = old[name].get("XMP-dc:Subject", [])
        assert each["XMP-dc:Subject"] == [*theirs, *KEYWORDS[len(theirs) > 0 :]]
    with_both = new["IPTC.jpg"]
    assert with_both["IPTC:ObjectName"] == TITLE
    assert with_both["IPTC:Keywords"] == [*KEYWORDS]
    assert with_both["Photoshop:IPTCDigest"] == with_both["File:CurrentIPTCDigest"]


def found_by(folder: Path, *options: str) -> dict[str, dict[str, Any]]:
    """Return what exiftool says of each file of a folder, without their paths."""
    read = exiftool_json(folder, *options)
    return {name: {**each, "SourceFile": name} for name, each in read.items()}


def samples() -> dict[str, bytes]:
    """Return files by name: bare ones, those of other programs, one with IPTC."""
    kinds = {"jpg": jpeg(), "png": drawn("PNG"), "webp": drawn("WEBP")}
    found = {f"bare.{kind}": data for kind, data in kinds.items()}
    for name, held in OTHER_PROGRAMS.items():
        for kind, data in kinds.items():
            image, change = embed.parse_embeddable(data), embed.Change(held)
            found[f"{name}.{kind}"] = embed.apply_change(image, change)
    return {**found, "IPTC.jpg": with_iptc(ANN)}


WORD = (
    st.text(
        st.characters(max_codepoint=0xFFFF, exclude_categories=["C", "Zl", "Zp"]),
        min_size=1,
        max_size=12,
    )
    .map(lambda word: " ".join(word.split()))
    .filter(bool)
)
SOME = st.lists(
    st.sampled_from(["cat", "Cats", "cAT", "dog", "a&b", "a/b", "a|b"]) | WORD,
    max_size=5,
)


@given(
    SOME,
    SOME,
    SOME,
    SOME,
    st.lists(st.tuples(st.sampled_from(MODES), SOME), max_size=3),
)
@pytest.mark.promises("undo")
def test_any_keywords_are_merged_and_taken_out(
    main: list[str],
    levels: list[str],
    tags: list[str],
    iptc: list[str],
    runs: list[tuple[MergeMode, list[str]]],
) -> None:
    """What people wrote stays unless it is overwritten, and comes back then."""
    data = jpeg(
        iptc=photoshop(
            UTF_8 + ANN + b"".join(dataset(25, each.encode()) for each in iptc)
        )
    )
    data = embed.apply_change(
        embed.parse_embeddable(data), embed.Change(listed(main, levels, tags))
    )
    now = data
    for mode, added in runs:
        now = written(now, mode, ImageTexts({}, tuple(added))) or now
        texts = found(now)
        if added:
            assert new_keywords(added, texts["keywords"]) == ()
        if mode is not MergeMode.OVERWRITE:
            assert written(now, mode, ImageTexts({}, tuple(added))) is None
    modes = {mode for mode, added in runs if added}
    if MergeMode.OVERWRITE not in modes:
        for name, own in (("keywords", main), ("Lightroom", levels), ("digiKam", tags)):
            assert {*own} <= {*found(now).get(name, ())}
        assert {*iptc} <= {*found(now).get("IPTC keywords", ())}
    back = removed(now) or data
    assert {name: {*each} for name, each in found(back).items()} == {
        name: {*each} for name, each in found(data).items()
    }
    assert back == data or MergeMode.OVERWRITE in modes


@pytest.mark.parametrize("tags", [["cat"], []])
def test_the_separator_of_levels_is_left_out_of_a_new_keyword(tags: list[str]) -> None:
    """At its ends, too; what is only a separator is no keyword of that list."""
    data = embed.apply_change(
        embed.parse_embeddable(jpeg()), embed.Change(listed([], [], tags))
    )

    after = put(data, added=ImageTexts({}, ("w/", "/", "a/b")))

    assert found(after).get("digiKam", []) == [*tags, *(("w", "a b") if tags else ())]
    assert found(after)["keywords"] == ["w/", "/", "a/b"]


def listed(main: list[str], levels: list[str], tags: list[str]) -> bytes:
    """Return a packet with keywords in the lists of several programs."""
    inner = "".join(
        f"<{tag}><rdf:Bag>"
        + "".join(
            f"<rdf:li>{each.replace('&', '&amp;').replace('<', '&lt;')}</rdf:li>\n"
            for each in words
        )
        + f"</rdf:Bag></{tag}>"
        for tag, words in (
            ("dc:subject", main),
            ("lr:hierarchicalSubject", levels),
            ("digiKam:TagsList", tags),
        )
        if words
    )
    names = (
        "xmlns:lr='http://ns.adobe.com/lightroom/1.0/'"
        " xmlns:digiKam='http://www.digikam.org/ns/1.0/'"
    )
    return packet(description(inner, names))


@given(
    st.sampled_from(sorted(UNTOUCHED)),
    st.lists(
        st.tuples(st.sampled_from(MODES), st.sampled_from([FOUR, OTHER, LONG])),
        min_size=1,
        max_size=3,
    ),
)
def test_any_file_without_xmp_is_what_it_was_afterwards(
    name: str, runs: list[tuple[MergeMode, ImageTexts]]
) -> None:
    """Byte for byte, whatever it contained."""
    data = now = UNTOUCHED[name]
    for mode, added in runs:
        with suppress(InputError):  # IPTC is full or damaged
            now = written(now, mode, added) or now

    assert removed(now) in {data, None if now == data else data}
