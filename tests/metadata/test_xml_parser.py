"""Tests of the XML parser that keeps positions."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rwcap.metadata.xmp import xml_parser
from rwcap.metadata.xmp.xml_parser import MarkupError, apply_splices, parse

DOCUMENT = '<?a b?><é xmlns:p="u" p:x=" \'>" xmlns="v" y = \'"/&gt;\' >Ü<p:b/>t</é >'


def test_elements_and_attributes_have_positions() -> None:
    """In bytes; expanded names contain the namespace."""
    data = DOCUMENT.encode()

    root = parse(data)

    (child,) = root.children
    assert (root.name, root.tag, child.name, child.tag) == ("v é", "é", "u b", "p:b")
    assert root.text == "Üt"
    assert {name: root.get(name) for name in root.attributes} == {
        "u x": " '>",
        "y": '"/>',
    }
    assert [
        data[each.start : each.end].decode() for each in root.attributes.values()
    ] == [
        ' p:x=" \'>"',
        " y = '\"/&gt;'",
    ]
    assert (
        data[root.start : root.content_start].decode()
        == DOCUMENT[7 : DOCUMENT.index("Ü")]
    )
    assert data[root.content_end : root.end].decode() == "</é >"
    assert data[child.start : child.end] == b"<p:b/>"
    assert root.get("z") is None


def test_splices_change_nothing_else() -> None:
    """An empty-element tag becomes two tags."""
    data = DOCUMENT.encode()
    root = parse(data)
    (child,) = root.children

    def changed(*splices: xml_parser.Splice) -> str:
        return (
            apply_splices(data, splices)
            .decode()
            .partition(">")[2]
            .partition("/&gt;")[2]
        )

    assert changed() == "' >Ü<p:b/>t</é >"
    assert changed(root.replace_content("1")) == "' >1</é >"
    assert changed(root.append("2"), root.prepend("1")) == "' >1Ü<p:b/>t2</é >"
    for splice in (child.replace_content("1"), child.prepend("1"), child.append("1")):
        assert changed(splice) == "' >Ü<p:b>1</p:b>t</é >"


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"", "not well-formed"),
        (b"<a>", "not well-formed"),
        (b"<a/><b/>", "not well-formed"),
        (b"<a b='1' b='2'/>", "not well-formed"),
        (b"<a>\xe9</a>", "not well-formed"),
        ("<a/>".encode("utf-16"), "not UTF-8"),
        (b"<a>&b;</a>", "not well-formed"),
        (b"<?xml version='1.0' encoding='latin-1'?><a/>", "not UTF-8"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "document type declarations"),
        (b"<!DOCTYPE a SYSTEM '/etc/passwd'><a/>", "document type declarations"),
        (b"<a>" + b"<b/>" * 50_000 + b"</a>", "more than 50,000 elements"),
        (b"<a>" + b" " * 4_194_304 + b"</a>", "more than 4,194,304 bytes"),
    ],
)
def test_unsupported_documents_are_rejected(document: bytes, reason: str) -> None:
    """Above all, entities."""
    with pytest.raises(MarkupError, match=reason):
        parse(document)


@given(
    st.binary(max_size=60)
    | st.text("<>/ab:= '\"xmlns&;?![]-", max_size=60).map(lambda text: text.encode())
)
@example(b"<a/>")
def test_any_bytes_are_parsed_or_rejected(document: bytes) -> None:
    """No other exception is raised, and positions are in order."""
    try:
        root = parse(document)
    except MarkupError:
        return
    assert (
        0
        <= root.start
        < root.content_start
        <= root.content_end
        <= root.end
        <= len(document)
    )
