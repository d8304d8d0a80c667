"""XMP packets: texts read, put in, and nothing else touched."""

import re
from hashlib import sha256
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.errors import InputError
from rwcap.core.record import Record, RecordStatus
from rwcap.core.sidecar import MergeMode
from rwcap.metadata.merge import with_texts
from rwcap.metadata.packet import read_text, write_texts
from rwcap.metadata.properties import RWCAP_NAMESPACE, Property, provenance, xml_safe
from tests.metadata.packets import (
    DC,
    FORMS,
    OTHERS,
    RDF,
    alternatives,
    description,
    packet,
)

DESCRIPTION = Property.DESCRIPTION
RECORD = Record(source="a.jpg", status=RecordStatus.OK, model="m@1", prompt="Why?")
ITEM = re.compile("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}li")


def put(
    old: bytes | None, text: str, mode: MergeMode = MergeMode.OVERWRITE
) -> bytes | None:
    """Return the packet with a description in it."""
    return with_texts(old, {DESCRIPTION: text}, RECORD, mode=mode, date="2026-01-02")


def changed(
    old: bytes | None, text: str, mode: MergeMode = MergeMode.OVERWRITE
) -> bytes:
    """Return the packet where it changes."""
    new = put(old, text, mode)
    assert new is not None
    return new


def inventory(data: bytes) -> list[tuple[str, object]]:
    """Return all that a packet says, but for its descriptions and for our marks."""
    found: list[tuple[str, object]] = []
    root = ET.fromstring(data.removeprefix(b"\xef\xbb\xbf").rstrip(b"\0"))  # noqa: S314  # our own
    for element in root.iter():
        attributes = {
            name: value
            for name, value in element.attrib.items()
            if not name.startswith(f"{{{RWCAP_NAMESPACE}}}")
            and not name.endswith("}description")
        }
        if "x-default" in {value.lower() for value in attributes.values()}:
            continue
        if element.tag.endswith(("}Description", "}description", "}Alt", "}xmpmeta")):
            attributes = {k: v for k, v in attributes.items() if "about" not in k}
            if not attributes:
                continue
        found.append((element.tag, (attributes, (element.text or "").strip())))
    return found


@pytest.mark.parametrize("form", FORMS)
def test_a_description_is_put_into_any_packet(form: str) -> None:
    """Whatever else it says, it says afterwards, too; a second time changes nothing."""
    old = FORMS[form]
    kept = inventory(old)
    text = 'Mum & <Dad> "it\'s" ümlaut 🦆\nline two ]]>'

    new = changed(old, text)

    assert read_text(new) == text
    assert inventory(new) == kept
    assert put(new, text) is None
    assert (OTHERS.encode() in new) == (OTHERS.encode() in old)
    assert b"<x:xmpmeta" in new or form == "no prefix"
    again = changed(new, "Other")
    assert read_text(again) == "Other"
    assert inventory(again) == kept
    assert again.count(b"Description ") == new.count(b"Description ")


def test_a_picture_without_a_packet_gets_one() -> None:
    """In the form that WordPress looks for: elements, below literal names."""
    texts = {
        Property.ALT_TEXT: "Short.",
        Property.EXTENDED_DESCRIPTION: "Long.",
        DESCRIPTION: "Text.",
    }

    new = write_texts(None, texts, provenance(texts, model="m", request="r", date="d"))

    root = ET.fromstring(new)  # noqa: S314  # our own
    names = {
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "i": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    }
    path = "rdf:RDF/rdf:Description/i:{}/rdf:Alt/rdf:li"
    assert b'<x:xmpmeta xmlns:x="adobe:ns:meta/"' in new
    assert b"<Iptc4xmpCore:AltTextAccessibility><rdf:Alt" in new
    for name, text in (("AltText", "Short."), ("ExtDescr", "Long.")):
        found = root.findall(path.format(f"{name}Accessibility"), names)
        assert [each.text for each in found] == [text]
    assert {wanted: read_text(new, wanted) for wanted in Property} == texts


def test_a_machine_says_that_it_wrote() -> None:
    """Which model, on what request, and which text: each is told once."""
    digest = "7a5b5d0a4c2b"
    new = changed(packet(), 'A "text".')
    newer = changed(new, "Another.")

    for data, count in ((new, 1), (newer, 1)):
        for name in (b"Model", b"Request", b"Date", b"descriptionDigest"):
            assert len(re.findall(rb'rwcap:%s="[^"]+"' % name, data)) == count
    assert b'rwcap:Model="m@1"' in new
    assert digest.encode() not in new
    assert re.findall(b'Digest="([^"]+)', new) != re.findall(b'Digest="([^"]+)', newer)


def test_marks_that_another_program_wrote_anew_are_found() -> None:
    """As exiftool does, which makes elements of them."""
    mark = f'<r:Model xmlns:r="{RWCAP_NAMESPACE}">old</r:Model>'

    new = changed(packet(description(mark)), "Text.")

    assert new.count(b"Model") == 2
    assert f'<r:Model xmlns:r="{RWCAP_NAMESPACE}">m@1</r:Model>'.encode() in new


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (MergeMode.OVERWRITE, "New."),
        (MergeMode.APPEND, "Old text\nNew."),
        (MergeMode.PREPEND, "New.\nOld text"),
    ],
)
@pytest.mark.parametrize("form", ["elements", "attributes", "a text alone"])
def test_modes_mean_what_they_mean_for_text_files(
    mode: MergeMode, expected: str, form: str
) -> None:
    """And are done only once."""
    new = changed(FORMS[form], "New.", mode)

    assert read_text(new) == expected
    assert put(new, "New.", mode) is None


@pytest.mark.parametrize("mode", list(MergeMode))
def test_the_digest_is_of_the_text_that_stands_there(mode: MergeMode) -> None:
    """All of it: so a change by a person shows, whichever line it is in."""
    old = FORMS["elements" if mode is not MergeMode.SKIP else "nothing"]

    new = changed(old, "New.", mode)

    digest = sha256((read_text(new) or "").encode()).hexdigest()
    assert f'rwcap:descriptionDigest="{digest}"'.encode() in new


def test_of_texts_in_languages_the_first_stands_for_all() -> None:
    """Where none is said to; it stays as it is."""
    old = FORMS["no default"]

    new = changed(old, "New.", MergeMode.APPEND)

    assert read_text(old) == "Alt"
    assert read_text(new) == "Alt\nNew."
    assert new.index(b"x-default") < new.index(b"de-DE")
    assert b'<rdf:li xml:lang="de-DE">Alt</rdf:li>' in new


def test_padding_is_used_so_that_nothing_moves() -> None:
    """As long as there is any; then it grows."""
    old = FORMS["padded"]

    new = changed(old, "Text.")
    shorter = changed(new, ".")
    longest = changed(new, "long " * 1000)

    assert len(old) == len(new) == len(shorter)
    assert longest.endswith(b"</x:xmpmeta>  " + b'<?xpacket end="w"?>')


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<a", "not well-formed"),
        (b"<a/>", "exactly one rdf:RDF"),
        (b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>', "exactly one rdf:RDF"),
        (b"<!DOCTYPE a><a/>", "document type declarations"),
        (
            packet(description(alternatives(x_default="a")) * 2),
            "occurs more than once",
        ),
        (
            packet(description(alternatives(x_default="a"), "dc:description='b'")),
            "description occurs more than once",
        ),
        (
            packet(description("<dc:description rdf:resource='a'/>")),
            "found a reference",
        ),
        (
            packet(description("<dc:description><rdf:Bag/></dc:description>")),
            "expected language alternatives",
        ),
        (
            packet(description(f"<r:Model xmlns:r='{RWCAP_NAMESPACE}'/>" * 2)),
            "Model occurs more than once",
        ),
        (
            packet(description(alternatives(x_default="<a:b/>a"))),
            "contains more than text",
        ),
        (
            packet(description('<dc:description xml:lang="de">a</dc:description>')),
            "expected language alternatives",
        ),
    ],
)
def test_what_cannot_be_changed_safely_is_refused(data: bytes, reason: str) -> None:
    """It is left as it is."""
    with pytest.raises(InputError, match=reason):
        with_texts(data, {DESCRIPTION: "b"}, RECORD, mode=MergeMode.OVERWRITE, date="d")


def test_a_text_that_reads_otherwise_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever the reason."""
    monkeypatch.setattr("rwcap.metadata.merge.write_texts", lambda *_: packet())

    with pytest.raises(InputError, match="does not read back as it was written"):
        put(None, "Text.")


@given(st.text(max_size=200), st.sampled_from([None, *FORMS.values()]))
def test_any_text_comes_back(text: str, old: bytes | None) -> None:
    """As far as XML can hold it."""
    new = put(old, text)
    kept = read_text(old) if old else None

    if new is None:
        assert kept == xml_safe(text)
    else:
        assert read_text(new) == xml_safe(text)
        ET.fromstring(new)  # noqa: S314  # our own


NAMES = st.sampled_from(["a:p", "a:q", "dc:title", "dc:subject", "a:description"])
VALUES = st.text("xyz &<>'\"\n\u00e9\U0001f986", max_size=8)
ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", '"': "&quot;"})
SIMPLE = st.builds(
    lambda name, value: f"<{name}>{value.translate(ESCAPES)}</{name}>", NAMES, VALUES
)
NESTED = st.recursive(
    SIMPLE | st.just("<a:n/>") | st.just("<!--x-->") | st.just(" \n"),
    lambda inner: st.builds(
        lambda name, parts: f"<{name} a:z='1'>{''.join(parts)}</{name}>",
        NAMES,
        st.lists(inner, max_size=3),
    ),
    max_leaves=12,
)
LANGUAGES = st.dictionaries(st.sampled_from(["x_default", "de", "en_GB"]), VALUES)


@given(
    st.lists(st.lists(NESTED, max_size=4).map("".join), min_size=1, max_size=3),
    LANGUAGES,
    VALUES.map(lambda value: value.translate(ESCAPES)),
    st.integers(0, 3000),
)
def test_any_packet_keeps_what_is_not_ours(
    inner: list[str], texts: dict[str, str], value: str, padding: int
) -> None:
    """Word for word, and in its place."""
    told = {name: text.translate(ESCAPES) for name, text in texts.items()}
    own = alternatives(**told) if texts else ""
    attribute = f'a:v="{value}"'
    descriptions = [
        description(own + inner[0], attribute),
        *map(description, inner[1:]),
    ]
    old = packet(*descriptions, padding=padding)

    new = changed(old, "A text that is new.")

    assert read_text(new) == "A text that is new."
    assert inventory(new) == inventory(old)
    assert all(each.encode() in new for each in (*inner, attribute))


@given(
    st.binary(max_size=100)
    | st.lists(
        st.sampled_from(
            [
                *("<rdf:RDF ", RDF, DC, ">", "</rdf:RDF>", "<rdf:Description", "/>"),
                *("<dc:description>", "</dc:description>", " dc:description='a'"),
                *("<rdf:Alt>", "</rdf:Alt>", "<rdf:li xml:lang='x-default'", "&", "a"),
                *("</rdf:Description>", '<x:xmpmeta xmlns:x="adobe:ns:meta/"', " "),
            ]
        )
    ).map(lambda parts: "".join(parts).encode())
)
def test_any_bytes_are_changed_or_refused(data: bytes) -> None:
    """Nothing but our own errors is raised."""
    try:
        new = put(data, "Text.")
    except InputError:
        return
    assert new is None or read_text(new) == "Text."
