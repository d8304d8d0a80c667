"""Tests of reading and writing texts in XMP packets without any other change."""

import re
from hashlib import sha256
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rwcap.core.errors import InputError
from rwcap.core.record import Record, RecordStatus
from rwcap.core.sidecar import MergeMode
from rwcap.ledger.reservation import RequestKey
from rwcap.metadata.merge import MergeRules, with_texts
from rwcap.metadata.properties import (
    CAPTIONS,
    RWCAP_NAMESPACE,
    ImageTexts,
    Property,
    provenance,
    xml_safe,
)
from rwcap.metadata.provenance import model_of, read_marks
from rwcap.metadata.removal import without_caption
from rwcap.metadata.xmp.packet import read_text, write_texts
from tests.exiv2 import metadata
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


def with_description(
    old: bytes | None, text: str, mode: MergeMode = MergeMode.OVERWRITE
) -> bytes | None:
    """Return the packet with a description, or None if nothing changes."""
    return with_texts(
        old,
        ImageTexts({DESCRIPTION: text}),
        RECORD,
        rules=MergeRules(mode),
        date="2026-01-02",
    )


def changed_packet(
    old: bytes | None, text: str, mode: MergeMode = MergeMode.OVERWRITE
) -> bytes:
    """Return the packet with a description that changes it."""
    new = with_description(old, text, mode)
    assert new is not None
    return new


def inventory(data: bytes) -> list[tuple[str, object]]:
    """Return the content of a packet without descriptions and provenance."""
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
def test_a_description_can_be_added_to_any_packet(form: str) -> None:
    """All else stays, and a second time changes nothing."""
    old = FORMS[form]
    kept = inventory(old)
    text = 'Mum & <Dad> "it\'s" ümlaut 🦆\nline two ]]>'

    new = changed_packet(old, text)

    assert read_text(new) == text
    assert inventory(new) == kept
    assert with_description(new, text) is None
    assert (OTHERS.encode() in new) == (OTHERS.encode() in old)
    assert b"<x:xmpmeta" in new or form == "no prefix"
    again = changed_packet(new, "Other")
    assert read_text(again) == "Other"
    assert inventory(again) == kept
    assert again.count(b"Description ") == new.count(b"Description ")


def test_a_new_packet_has_the_form_that_wordpress_reads() -> None:
    """Elements with the usual prefixes."""
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
    assert {key: read_text(new, key) for key in CAPTIONS} == texts


def test_a_byte_order_mark_stays_and_a_removal_restores_the_file() -> None:
    """It is part of what somebody else has written."""
    mark, old = b"\xef\xbb\xbf", packet(description(OTHERS))

    new = changed_packet(mark + old, "A boat.")

    assert new == mark + changed_packet(old, "A boat.")
    assert without_caption(new) == mark + old


@pytest.mark.promises("persons")
def test_the_provenance_of_a_text_is_stated_once() -> None:
    """Model, request, date and the digest of the text."""
    digest = "7a5b5d0a4c2b"
    new = changed_packet(packet(), 'A "text".')
    newer = changed_packet(new, "Another.")

    for data, count in ((new, 1), (newer, 1)):
        for name in (b"CaptionModel", b"Request", b"CaptionDate", b"descriptionDigest"):
            assert len(re.findall(rb'rwcap:%s="[^"]+"' % name, data)) == count
    assert b'rwcap:CaptionModel="m@1"' in new
    assert digest.encode() not in new
    assert re.findall(b'Digest="([^"]+)', new) != re.findall(b'Digest="([^"]+)', newer)


def test_provenance_in_the_form_of_elements_is_replaced() -> None:
    """Exiftool rewrites attributes as elements."""
    mark = f'<r:Request xmlns:r="{RWCAP_NAMESPACE}">old</r:Request>'

    new = changed_packet(packet(description(mark)), "Text.")

    assert new.count(b"Request") == 2
    assert mark.encode() not in new


@pytest.mark.parametrize(
    "marks",
    [
        f'<r:Model xmlns:r="{RWCAP_NAMESPACE}">old</r:Model>',
        "<dc:title>Boats</dc:title>",
    ],
)
def test_former_names_of_marks_are_replaced(marks: str) -> None:
    """Exiftool took them for the model of the camera."""
    attributes = f' xmlns:r="{RWCAP_NAMESPACE}" r:Date="old"'

    new = changed_packet(packet(description(marks, attributes)), "Text.")

    assert b'rwcap:CaptionModel="m@1"' in new
    assert re.findall(rb"r:Model|r:Date|old", new) == []
    assert model_of({"Model": "m@1"}) == model_of(read_marks(new)) == "m@1"


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (MergeMode.OVERWRITE, "New."),
        (MergeMode.APPEND, "Old text\nNew."),
        (MergeMode.PREPEND, "New.\nOld text"),
    ],
)
@pytest.mark.parametrize("form", ["elements", "attributes", "a text alone"])
def test_modes_work_as_for_text_files(
    mode: MergeMode, expected: str, form: str
) -> None:
    """A second time changes nothing."""
    new = changed_packet(FORMS[form], "New.", mode)

    assert read_text(new) == expected
    assert with_description(new, "New.", mode) is None


@pytest.mark.parametrize(
    "mode", [mode for mode in MergeMode if mode is not MergeMode.REMOVE]
)
def test_the_digest_covers_the_whole_text(mode: MergeMode) -> None:
    """An edit of any line by a person is detectable."""
    old = FORMS["elements" if mode is not MergeMode.SKIP else "nothing"]

    new = changed_packet(old, "New.", mode)

    digest = sha256((read_text(new) or "").encode()).hexdigest()
    assert f'rwcap:descriptionDigest="{digest}"'.encode() in new


ODD_FORMS = [
    "<dc:description><rdf:Bag><rdf:li>Old text</rdf:li></rdf:Bag></dc:description>",
    "<dc:description><rdf:Seq><rdf:li>Old text</rdf:li></rdf:Seq></dc:description>",
    "<dc:description xml:lang='de'>Old text</dc:description>",
    "<dc:description rdf:parseType='Literal'>Old text</dc:description>",
]


@pytest.mark.parametrize("form", ODD_FORMS)
def test_a_text_in_a_form_that_is_not_allowed_is_read(form: str) -> None:
    """It is written in the form that XMP requires."""
    new = changed_packet(packet(description(OTHERS + form)), "New.", MergeMode.APPEND)

    assert read_text(packet(description(form))) == "Old text"
    assert metadata(new).texts["Description"] == "Old text\nNew."
    assert OTHERS.encode() in new


def test_a_list_of_texts_is_one_text_with_a_line_each() -> None:
    """Programs that keep keywords write such lists."""
    items = "<rdf:li>One</rdf:li><rdf:li>Two</rdf:li>"
    old = f"<dc:description><rdf:Bag>{items}</rdf:Bag></dc:description>"

    assert read_text(packet(description(old))) == "One\nTwo"


def test_without_a_default_language_the_first_text_is_used() -> None:
    """It does not change."""
    old = FORMS["no default"]

    new = changed_packet(old, "New.", MergeMode.APPEND)

    assert read_text(old) == "Alt"
    assert read_text(new) == "Alt\nNew."
    assert new.index(b"x-default") < new.index(b"de-DE")
    assert b'<rdf:li xml:lang="de-DE">Alt</rdf:li>' in new


def test_a_text_in_another_language_counts_beside_an_empty_default() -> None:
    """Programs that clear a description leave an empty default."""
    assert read_text(FORMS["an empty default"]) == "Alt"


def test_numbered_items_are_items() -> None:
    """Libraries for RDF write them."""
    item = "<rdf:_1 xml:lang='x-default'>Mum</rdf:_1>"
    old = f"<dc:description><rdf:Alt>{item}</rdf:Alt></dc:description>"

    assert read_text(packet(description(old))) == "Mum"


def test_padding_keeps_the_length_of_a_packet() -> None:
    """The packet grows if the padding is too short."""
    old = FORMS["padded"]

    new = changed_packet(old, "Text.")
    shorter = changed_packet(new, ".")
    longest = changed_packet(new, "long " * 1000)

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
            packet(description("<dc:description><a:b/></dc:description>")),
            "expected language alternatives",
        ),
        (
            packet(
                description(
                    "<dc:description><rdf:Bag><rdf:li a:by='Ada'>a</rdf:li></rdf:Bag>"
                    "</dc:description>"
                )
            ),
            "found a structure",
        ),
        (
            packet(
                description("<dc:description xml:lang='de'><rdf:Alt/></dc:description>")
            ),
            "expected language alternatives",
        ),
        (
            packet(description(f"<r:Request xmlns:r='{RWCAP_NAMESPACE}'/>" * 2)),
            "Request occurs more than once",
        ),
        (
            packet(description(alternatives(x_default="<a:b/>a"))),
            "contains more than text",
        ),
    ],
)
def test_packets_that_cannot_be_changed_safely_are_rejected(
    data: bytes, reason: str
) -> None:
    """The message states the reason."""
    with pytest.raises(InputError, match=reason):
        changed_packet(data, "b")


def test_a_text_that_does_not_read_back_is_rejected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever the reason is."""
    monkeypatch.setattr("rwcap.metadata.merge.write_texts", lambda *_: packet())

    with pytest.raises(InputError, match="does not read back as it was written"):
        with_description(None, "Text.")


@given(st.text(max_size=200), st.sampled_from([None, *FORMS.values()]))
@example("Old text", FORMS["elements"])
def test_any_text_reads_back(text: str, old: bytes | None) -> None:
    """Characters that XML does not allow are replaced."""
    new = with_description(old, text)
    kept = read_text(old) if old else None

    if new is None:
        assert kept == xml_safe(text)
    else:
        assert read_text(new, any_language=False) == xml_safe(text)
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
@pytest.mark.promises("persons")
def test_any_packet_keeps_all_other_properties(
    inner: list[str], texts: dict[str, str], value: str, padding: int
) -> None:
    """With the same bytes, in the same order."""
    escaped = {name: text.translate(ESCAPES) for name, text in texts.items()}
    own = alternatives(**escaped) if texts else ""
    attribute = f'a:v="{value}"'
    descriptions = [
        description(own + inner[0], attribute),
        *map(description, inner[1:]),
    ]
    old = packet(*descriptions, padding=padding)

    new = changed_packet(old, "A text that is new.")

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
def test_any_bytes_are_changed_or_rejected(data: bytes) -> None:
    """No other exception is raised."""
    try:
        new = with_description(data, "Text.")
    except InputError:
        return
    assert new is None or read_text(new) == "Text."


@pytest.mark.parametrize("about", ["", "uuid:1", "a&amp;b"])
def test_a_new_description_is_of_the_same_resource(about: str) -> None:
    """Readers put descriptions together by the resource that they are about."""
    old = packet(description(OTHERS, about=about))

    found = re.findall(rb'rdf:about="(.*?)"', changed_packet(old, "A boat."))

    assert found == [about.encode()] * 2
    assert re.findall(rb'rdf:about="(.*?)"', changed_packet(None, "x")) == [b""]


def test_a_blank_default_counts_less_than_a_text_in_another_language() -> None:
    """Some programs leave it when its text is deleted."""
    held = packet(description(alternatives(x_default=" ", de="Ein Boot")))

    assert read_text(held, DESCRIPTION) == "Ein Boot"


@pytest.mark.parametrize("prompt", [None, "Why?", "What?"])
def test_the_mark_of_the_request_is_that_of_the_ledger(prompt: str | None) -> None:
    """It is the digest of model and prompt."""
    record = RECORD._replace(prompt=prompt)
    texts = ImageTexts({DESCRIPTION: "A boat."})

    new = with_texts(None, texts, record, rules=MergeRules(), date="2026-01-02")

    digest = RequestKey("m@1", prompt).digest.hex()
    assert read_marks(new or b"")["Request"] == digest


@pytest.mark.parametrize(
    ("old", "is_sandbox", "changes"),
    [
        ("[sandbox] A JPEG image.", True, False),
        ("[sandbox] A JPEG image.", False, True),
        ("Created with ACME", False, True),
        ("By Ada", False, False),
    ],
)
def test_only_what_nobody_wrote_is_replaced(
    old: str, *, is_sandbox: bool, changes: bool
) -> None:
    """A text of the sandbox, by a real one alone; one that the settings name."""
    held = packet(description(alternatives(x_default=old)))
    rules = MergeRules(placeholders=("Created with ACME",))
    record = RECORD._replace(sandbox=is_sandbox)
    texts = ImageTexts({DESCRIPTION: "[sandbox] A new text." if is_sandbox else "New."})

    new = with_texts(held, texts, record, rules=rules, date="2026-01-02")

    assert (new is not None) is changes
