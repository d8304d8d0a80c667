"""The facts in a packet, in the forms that other programs write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.errors import InputError
from rwcap.metadata.descriptive import MAX_CHARS, read_facts, read_older_facts
from rwcap.metadata.provenance import Authorship
from tests.metadata import blocks
from tests.metadata.packets import description, packet

NAMESPACES = " ".join(
    f'xmlns:{prefix}="{namespace}"'
    for prefix, namespace in {
        "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
        "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
        "photoshop": "http://ns.adobe.com/photoshop/1.0/",
        "exif": "http://ns.adobe.com/exif/1.0/",
        "xmp": "http://ns.adobe.com/xap/1.0/",
        "mwg-rs": "http://www.metadataworkinggroup.com/schemas/regions/",
    }.items()
)


def facts(inner: str = "", attributes: str = "") -> dict[str, str]:
    """Return the facts of a packet."""
    return read_facts(
        packet(description(inner, f"{NAMESPACES} {attributes}")), Authorship()
    )


def bag(tag: str, *texts: str) -> str:
    """Return a property that is a list."""
    items = "".join(f"<rdf:li>{text}</rdf:li>" for text in texts)
    return f"<{tag}><rdf:Bag>{items}</rdf:Bag></{tag}>"


def test_title_keywords_people_place_and_date_are_read() -> None:
    """Each on one line. Coordinates are no place."""
    found = facts(
        "<dc:title><rdf:Alt><rdf:li xml:lang='x-default'>At\nsea</rdf:li>"
        "<rdf:li xml:lang='de'>Am Meer</rdf:li></rdf:Alt></dc:title>"
        + bag("dc:subject", "harbour", " ", "dawn", "harbour")
        + bag("Iptc4xmpExt:PersonInImage", "Ann")
        + "<Iptc4xmpCore:Location>Old harbour</Iptc4xmpCore:Location>",
        "photoshop:City='Berry' photoshop:Country='Australia'"
        " xmp:CreateDate='2020' exif:DateTimeOriginal='2025-03-15T07:12:00'"
        " exif:GPSLatitude='34,46S'",
    )

    assert found == {
        "title": "At sea",
        "keywords": "dawn, harbour",
        "people": "Ann",
        "place": "Old harbour, Berry, Australia",
        "date": "2025-03-15",
    }


def test_the_names_of_faces_are_people() -> None:
    """As attributes and as elements. Other regions, such as pets, are none."""
    regions = (
        "<mwg-rs:Regions rdf:parseType='Resource'><mwg-rs:RegionList><rdf:Bag>"
        "<rdf:li><rdf:Description mwg-rs:Name='Ann' mwg-rs:Type='Face'/></rdf:li>"
        "<rdf:li rdf:parseType='Resource'><mwg-rs:Name>Ben</mwg-rs:Name>"
        "<mwg-rs:Type>Face</mwg-rs:Type></rdf:li>"
        "<rdf:li mwg-rs:Name='Rex' mwg-rs:Type='Pet'/>"
        "<rdf:li mwg-rs:Name='Cyd'/><rdf:li mwg-rs:Type='Face'/>"
        "</rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>"
    )

    assert facts(regions)["people"] == "Ann, Ben, Cyd"


def test_an_empty_packet_has_no_facts() -> None:
    """A date in another form is none."""
    assert facts() == {}
    assert facts("<dc:subject/>", "xmp:CreateDate='yesterday'") == {}


@pytest.mark.parametrize("content", [b"", b"<a/>", b"<x"])
def test_an_invalid_packet_is_refused(content: bytes) -> None:
    """By the reader of packets."""
    with pytest.raises(InputError):
        read_facts(content, Authorship())


@given(st.lists(st.text(st.characters(categories=["L", "P", "Zs"])), min_size=1))
@pytest.mark.promises("hostile")
def test_any_keywords_are_one_short_line(keywords: list[str]) -> None:
    """Markup and braces in them have no meaning."""
    escaped = [word.replace("&", "&amp;").replace("<", "&lt;") for word in keywords]

    text = facts(bag("dc:subject", *escaped * 100)).get("keywords", "")

    assert text.isprintable() or " " in text
    assert len(text) <= MAX_CHARS + 3


def older(date: bytes | None, *datasets: tuple[int, bytes]) -> dict[str, str]:
    """Return the facts of an Exif block with a date, and of IPTC datasets."""
    iptc = b"".join(blocks.dataset(*each) for each in datasets)
    return read_older_facts(
        blocks.dated(date) if date else blocks.exif(),
        blocks.photoshop(iptc),
        Authorship(),
    )


def test_older_programs_write_iptc_and_exif() -> None:
    """The smallest place comes first. Blank texts and repetitions do not count."""
    found = older(
        b"2025:03:15 07:12:00\0",
        (5, b"At sea"),
        (25, "Häfen".encode()),
        (25, b" "),
        (25, b"dawn"),
        (25, b"dawn"),
        (55, b"20250101"),
        (90, b"Berry"),
        (92, b"Old\nharbour"),
        (101, b"Australia"),
    )

    assert found == {
        "title": "At sea",
        "keywords": "Häfen, dawn",
        "place": "Old harbour, Berry, Australia",
        "date": "2025-03-15",
    }


@pytest.mark.parametrize("exif_date", [None, b"0000:00:00 00:00:00\0", b"    :  :  "])
def test_the_date_of_iptc_counts_if_exif_has_none(exif_date: bytes | None) -> None:
    """Cameras without a clock write zeros or blanks."""
    assert older(exif_date, (55, b"20250315")) == {"date": "2025-03-15"}
    assert older(exif_date) == {}


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_damaged_blocks_say_what_can_be_read(exif: bytes, iptc: bytes) -> None:
    """Each fact is one line of limited length."""
    found = read_older_facts(
        b"II*\0\x08\0\0\0" + exif, blocks.photoshop(iptc), Authorship()
    )

    assert read_older_facts(b"", b"", Authorship()) == {}
    assert all(len(text) <= MAX_CHARS + 3 and text.isprintable() for text in found)
