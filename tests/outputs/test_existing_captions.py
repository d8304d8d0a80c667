"""What an image says already, place by place, and who wrote it."""

from html import escape
from pathlib import Path

import pytest

from rwcap.core.record import Record, RecordStatus
from rwcap.core.sidecar import MergeMode
from rwcap.metadata.merge import MergeRules, with_texts
from rwcap.metadata.properties import ImageTexts, Property
from rwcap.outputs.existing_captions import (
    read_image_files,
    shown_texts,
    words_of_people,
)
from rwcap.outputs.prompt_metadata import image_facts
from tests.exiftool import exiftool
from tests.exiv2 import Metadata, only_xmp, with_metadata
from tests.metadata.blocks import dataset, exif, jpeg, photoshop
from tests.metadata.packets import alternatives, description, packet
from tests.metadata.test_all_places import (
    ALT,
    ANN,
    FOUR,
    PERSONS,
    TITLE,
    put,
    with_iptc,
)
from tests.metadata.test_embed import embed_texts
from tests.metadata.test_places import CAMERA


def shown(path: Path) -> list[tuple[str, str, str]]:
    """Return place, author and text of everything that an image says."""
    found = shown_texts(read_image_files(str(path)))
    return [(each.place, each.author, each.line) for each in found]


def test_titles_and_keywords_are_shown_by_author(tmp_path: Path) -> None:
    """Those of a person before those of a model, in XMP and in IPTC."""
    (tmp_path / "a.jpg").write_bytes(put(PERSONS))
    (tmp_path / "b.jpg").write_bytes(put(with_iptc(ANN)))
    model, added = "runware:152@1", "harbour, dawn, black/white, Ålesund"

    assert shown(tmp_path / "a.jpg") == [
        ("XMP-dc:description", "person", "By Ann."),
        ("XMP-Iptc4xmpCore:AltTextAccessibility", model, ALT),
        ("XMP-dc:title", "person", "Ships"),
        ("XMP-dc:subject", "person", "Boats"),
        ("XMP-dc:subject", model, added),
        ("IFD0:ImageDescription", "person", "By Ann."),
        ("IPTC:Caption-Abstract", "person", "By Ann."),
        ("IPTC:ObjectName", "person", "Ships"),
        ("IPTC:Keywords", "person", "Boats"),
        ("IPTC:Keywords", model, added),
    ]
    assert ("IPTC:ObjectName", model, TITLE) in shown(tmp_path / "b.jpg")


def test_the_words_of_people_are_found_in_all_places(tmp_path: Path) -> None:
    """The first text of each kind, and all keywords; nothing of rwcap."""
    named = dataset(5, b"Ships"), dataset(25, b"Boats"), dataset(25, b"boat")
    for name, data in (
        ("ours.jpg", put(with_iptc(ANN))),
        ("iptc.jpg", with_iptc(*named)),
        ("mixed.jpg", put(PERSONS)),
    ):
        (tmp_path / name).write_bytes(data)
    ours, iptc, mixed = (
        words_of_people(str(tmp_path / f"{name}.jpg"), (), (), but=())
        for name in ("ours", "iptc", "mixed")
    )

    assert ours == ImageTexts({}, ())
    assert iptc == ImageTexts({Property.TITLE: "Ships"}, ("Boats",))
    texts = {Property.TITLE: "Ships", Property.DESCRIPTION: "By Ann."}
    assert mixed == ImageTexts(texts, ("Boats",))


def test_what_rwcap_has_written_fills_no_prompt(tmp_path: Path) -> None:
    """So a second run asks for the same."""
    for name, before in (("a.jpg", with_iptc(ANN)), ("b.jpg", PERSONS)):
        path = tmp_path / name
        path.write_bytes(before)
        facts = image_facts(str(path))
        path.write_bytes(put(before))

        assert path.read_bytes() != before
        assert image_facts(str(path)) == facts


@pytest.mark.promises("once", "persons")
def test_copies_in_other_files_and_places_are_no_texts_of_people(
    tmp_path: Path,
) -> None:
    """Other programs make them; the next prompt would have captions of rwcap."""
    path, other = tmp_path / "a.jpg", tmp_path / "a.jpg.xmp"
    path.write_bytes(put(jpeg()))
    subject = "".join(f"<rdf:li>{escape(each)}</rdf:li>" for each in FOUR.keywords)
    texts = alternatives(x_default=escape(FOUR.texts[Property.DESCRIPTION]))
    texts += f"<dc:subject><rdf:Bag>{subject}</rdf:Bag></dc:subject>"
    other.write_bytes(packet(description(texts)))
    copies = Metadata(
        exif={"Exif.Image.XPComment": FOUR.texts[Property.DESCRIPTION]},
        iptc={"Iptc.Application2.Keywords": [*FOUR.keywords]},
    )
    path.write_bytes(with_metadata(path.read_bytes(), copies))

    found = shown(path)

    assert len(found) == 8
    assert {author for _, author, _ in found} == {"runware:152@1"}
    assert image_facts(str(path)) == {}


@pytest.mark.parametrize("known", [("boat", "quay"), ("boat", "quay", "water"), ()])
@pytest.mark.promises("once", "persons")
def test_keywords_of_a_person_are_no_copies_of_those_in_an_xmp_file(
    tmp_path: Path, known: tuple[str, ...]
) -> None:
    """A model often repeats the keywords that it was given."""
    path, record = tmp_path / "a.jpg", Record("a.jpg", RecordStatus.OK)
    words = [dataset(25, each.encode()) for each in known or ("boat", "quay")]
    path.write_bytes(jpeg(iptc=photoshop(b"".join(words))))
    before = image_facts(str(path))
    written = with_texts(
        None,
        ImageTexts({}, ("boat", "water")),
        record,
        rules=MergeRules(MergeMode.APPEND, xmp_only=not known),
        date="2026-01-02",
        elsewhere=ImageTexts({}, known),
        keywords_elsewhere=True,
    )
    assert written
    (tmp_path / "a.jpg.xmp").write_bytes(written)

    assert image_facts(str(path)) == before
    assert before["keywords"] == ", ".join(known or ("boat", "quay"))


@pytest.mark.promises("once")
def test_a_replaced_text_of_a_camera_fills_no_prompt(tmp_path: Path) -> None:
    """As it did before it was replaced."""
    path = tmp_path / "a.jpg"
    path.write_bytes(put(jpeg(block=exif(CAMERA)), MergeMode.OVERWRITE))

    path.write_bytes(only_xmp(path.read_bytes()))

    assert image_facts(str(path)) == {}


@pytest.mark.promises("once")
def test_a_replaced_text_fills_a_prompt_even_if_its_place_is_gone(
    tmp_path: Path,
) -> None:
    """So a second run asks for the same after the metadata has been stripped."""
    path = tmp_path / "a.jpg"
    path.write_bytes(
        jpeg(block=exif(b"By Ann\0"), iptc=photoshop(dataset(5, b"At sea")))
    )
    before = image_facts(str(path))
    path.write_bytes(put(path.read_bytes(), MergeMode.OVERWRITE))

    path.write_bytes(only_xmp(path.read_bytes()))

    assert image_facts(str(path)) == before
    assert before == {"description": "By Ann", "title": "At sea"}


@pytest.mark.program("exiftool")
@pytest.mark.promises("persons")
def test_exiftool_copies_marks_with_the_whole_packet(tmp_path: Path) -> None:
    """Without it, exiftool takes none of them for its own, such as that of a camera."""
    source, copy, single = (str(tmp_path / f"{name}.jpg") for name in "abc")
    Path(source).write_bytes(embed_texts(jpeg()))
    for path in (copy, single):
        Path(path).write_bytes(jpeg())

    exiftool("-q", "-tagsfromfile", source, "-xmp", copy)
    exiftool("-q", "-tagsfromfile", source, single)

    copied, others = (shown_texts(read_image_files(each)) for each in (copy, single))
    assert {text.author for text in copied} == {"runware:152@1"}
    assert {text.author for text in others} == {"person"}
    assert not exiftool("-IFD0:Model", "-XMP-dc:Date", single)
