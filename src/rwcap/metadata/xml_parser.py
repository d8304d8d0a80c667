"""XML as it is written: each element with its place, so that it can be spliced.

Whatever is not touched keeps its bytes: prefixes, order, comments, white space.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from xml.parsers import expat

MAX_XML_BYTES: Final = 4 * 1024 * 1024
"""Bytes of a document at most: 64 times what one segment of a JPEG can hold."""

MAX_ELEMENTS: Final = 50_000
"""In one document at most. 4 MiB of `<a/>` would be a million, and half a gigabyte."""

XML_NAMESPACE: Final = "http://www.w3.org/XML/1998/namespace"

Splice: TypeAlias = tuple[int, int, str]
"""Bytes from where, up to where, and what takes their place."""

# Within a tag that a parser has accepted, quotation marks come in pairs.
_TAG = re.compile(rb"""<[^\s/>]+(?:[^"'>]|"[^"]*"|'[^']*')*>""")
_ATTRIBUTE = re.compile(rb"""\s++([^\s=]++)\s*=\s*(?:"[^"]*"|'[^']*')""")
_NAME = re.compile(rb"[^\s/>]+")
_DECLARES = re.compile(rb"xmlns(?::|$)")


class MarkupError(Exception):
    """What was taken for XML is none, or more than is wanted of it."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute, with the white space before it."""

    value: str
    start: int
    end: int


@dataclass(slots=True, eq=False)  # each is itself, whatever it says
class Element:
    """One element. Names are those of a namespace, a space, and the local one."""

    name: str
    tag: str
    """The name as it is written, with its prefix."""
    attributes: dict[str, Attribute]
    start: int
    inside: int
    """Where its start tag ends."""
    close: int = 0
    """Where its end tag begins."""
    end: int = 0
    children: list["Element"] = field(default_factory=list)
    text: str = ""
    """Its own, not that of its children."""

    def get(self, name: str) -> str | None:
        """Return the value of an attribute, if it has it."""
        found = self.attributes.get(name)
        return found.value if found else None

    def filled(self, content: str) -> Splice:
        """Return the splice that puts `content` in the place of all that it holds."""
        return self._opened(content, self.inside, self.close)

    def begun(self, content: str) -> Splice:
        """Return the splice that puts `content` before all that it holds."""
        return self._opened(content, self.inside, self.inside)

    def ended(self, content: str) -> Splice:
        """Return the splice that puts `content` after all that it holds."""
        return self._opened(content, self.close, self.close)

    def _opened(self, content: str, start: int, end: int) -> Splice:
        """Return a splice; one tag for both, `<a/>`, is written as two."""
        if self.inside == self.end:
            return self.end - 2, self.end, f">{content}</{self.tag}>"
        return start, end, content


def parse(document: bytes) -> Element:
    """Return the root of a document in UTF-8; raise `MarkupError`.

    Declarations of types and entities, which can make a small document a large
    one or have it read others, are refused.
    """
    if len(document) > MAX_XML_BYTES:
        raise MarkupError(f"more than {MAX_XML_BYTES:,} bytes")
    if b"\0" in document:  # as in UTF-16, which the parser would take
        raise MarkupError("not in UTF-8")
    builder = _Builder(document)
    try:
        builder.parser.Parse(document, True)  # noqa: FBT003  # it takes no names
    except expat.ExpatError as flaw:
        raise MarkupError(f"not well-formed XML: {flaw}") from flaw
    return builder.root


def apply_splices(document: bytes, splices: Iterable[Splice]) -> bytes:
    """Return a document with all splices made; they must not overlap."""
    pieces: list[bytes] = []
    at = 0
    for start, end, text in sorted(splices):
        pieces += (document[at:start], text.encode())
        at = end
    return b"".join((*pieces, document[at:]))


class _Builder:
    """Makes elements of what the parser tells."""

    root: Element

    def __init__(self, document: bytes) -> None:
        self._document = document
        self._open: list[Element] = []
        self._count = 0
        self.parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        self.parser.ordered_attributes = True
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = self._declared
        self.parser.StartDoctypeDeclHandler = self._refused
        self.parser.StartElementHandler = self._started
        self.parser.EndElementHandler = self._ended
        self.parser.CharacterDataHandler = self._said

    def _declared(self, _version: str, encoding: str | None, _alone: int) -> None:
        if encoding is not None and encoding.lower() not in {"utf-8", "utf8"}:
            raise MarkupError("not in UTF-8")

    def _refused(self, *_: object) -> None:
        raise MarkupError("a declaration of types, which XMP has not")

    def _started(self, name: str, told: list[str]) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS:
            raise MarkupError(f"more than {MAX_ELEMENTS:,} elements")
        start = self.parser.CurrentByteIndex
        tag = _TAG.match(self._document, start)
        written = _NAME.match(self._document, start + 1)
        if not tag or not written:  # pragma: no cover  # expat has read them
            raise MarkupError("a tag that is none")
        places = self._attributes(written.end(), tag.end())
        pairs = zip(told[::2], told[1::2], places, strict=True)
        attributes = {
            key: Attribute(value, place.start(), place.end())
            for key, value, place in pairs
        }
        element = Element(name, written[0].decode(), attributes, start, tag.end())
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def _attributes(self, at: int, end: int) -> Iterator[re.Match[bytes]]:
        """Yield attributes as the parser tells them: in the order of the document.

        It leaves out those that declare a namespace.
        """
        while found := _ATTRIBUTE.match(self._document, at, end):
            if not _DECLARES.match(found[1]):
                yield found
            at = found.end()

    def _ended(self, _name: str) -> None:
        element = self._open.pop()
        at = self.parser.CurrentByteIndex
        if self._document[element.inside - 2 : element.inside] == b"/>":
            element.close = element.end = element.inside
        else:
            element.close, element.end = at, self._document.index(b">", at) + 1

    def _said(self, text: str) -> None:
        self._open[-1].text += text
