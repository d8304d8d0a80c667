"""An XML parser that keeps the position of each element, so a document can be spliced.

Bytes outside a splice do not change: prefixes, order, comments, white space.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias
from xml.parsers import expat

MAX_XML_BYTES: Final = 4 * 1024 * 1024
"""Maximum size of a document, 64 times the size of a JPEG segment."""

MAX_ELEMENTS: Final = 50_000
"""Maximum number of elements.

4 MiB of `<a/>` contain a million elements, which need half a gigabyte of memory.
"""

XML_NAMESPACE: Final = "http://www.w3.org/XML/1998/namespace"

Splice: TypeAlias = tuple[int, int, str]
"""A replacement: start and end in bytes, and the new text."""

# In a tag that the parser has accepted, quotation marks are balanced.
_TAG = re.compile(rb"""<[^\s/>]+(?:[^"'>]|"[^"]*"|'[^']*')*>""")
_ATTRIBUTE = re.compile(rb"""\s++([^\s=]++)\s*=\s*(?:"[^"]*"|'[^']*')""")
_NAME = re.compile(rb"[^\s/>]+")
_NAMESPACE_DECLARATION = re.compile(rb"xmlns(?::|$)")


class MarkupError(Exception):
    """The document is not XML, or uses XML features that are not supported."""


class Attribute(NamedTuple):
    """The value of an attribute, and its position with the preceding white space."""

    value: str
    start: int
    end: int


class Element:
    """An element and its position in bytes. Two elements are never equal.

    Expanded names are a namespace, a space and a local name.
    """

    __slots__ = (
        "attributes",
        "children",
        "content_end",
        "content_start",
        "end",
        "name",
        "start",
        "tag",
        "text",
    )

    def __init__(
        self,
        name: str,
        tag: str,
        attributes: dict[str, Attribute],
        start: int,
        content_start: int,
    ) -> None:
        """Create an element whose end tag is not parsed yet.

        Args:
            name: The expanded name.
            tag: The name with its prefix, as it is written.
            attributes: The attributes by expanded name.
            start: The start of the start tag.
            content_start: The end of the start tag.
        """
        self.name = name
        self.tag = tag
        self.attributes = attributes
        self.start = start
        self.content_start = content_start
        self.content_end = self.end = 0
        self.children: list[Element] = []
        self.text = ""  # without the text of its children

    def get(self, name: str) -> str | None:
        """Return the value of an attribute, or None."""
        found = self.attributes.get(name)
        return found.value if found else None

    def replace_content(self, content: str) -> Splice:
        """Return the splice that replaces all content of the element."""
        return self._splice(content, self.content_start, self.content_end)

    def prepend(self, content: str) -> Splice:
        """Return the splice that inserts `content` before all content."""
        return self._splice(content, self.content_start, self.content_start)

    def append(self, content: str) -> Splice:
        """Return the splice that inserts `content` after all content."""
        return self._splice(content, self.content_end, self.content_end)

    def _splice(self, content: str, start: int, end: int) -> Splice:
        """Return a splice; an empty-element tag `<a/>` becomes two tags."""
        if self.content_start == self.end:
            return self.end - 2, self.end, f">{content}</{self.tag}>"
        return start, end, content


@lru_cache(maxsize=4)
def parse(document: bytes) -> Element:
    """Return the root element of a document in UTF-8.

    A packet is read several times while a caption is merged with it.

    Document type declarations are not supported, because entities can expand a small
    document to a huge one or make it read files.

    Raises:
        MarkupError: The document cannot be parsed.
    """
    if len(document) > MAX_XML_BYTES:
        raise MarkupError(f"more than {MAX_XML_BYTES:,} bytes")
    if b"\0" in document:  # the parser would accept UTF-16
        raise MarkupError("not UTF-8")
    builder = _TreeBuilder(document)
    try:
        builder.parser.Parse(document, True)  # noqa: FBT003  # takes no keywords
    except expat.ExpatError as error:
        raise MarkupError(f"not well-formed XML: {error}") from error
    return builder.root


def apply_splices(document: bytes, splices: Iterable[Splice]) -> bytes:
    """Return the document with all splices applied; they must not overlap."""
    pieces: list[bytes] = []
    at = 0
    for start, end, text in sorted(splices):
        pieces += (document[at:start], text.encode())
        at = end
    return b"".join((*pieces, document[at:]))


class _TreeBuilder:
    """Builds elements from the events of the parser."""

    root: Element

    def __init__(self, document: bytes) -> None:
        self._document = document
        self._open: list[Element] = []
        self._elements = 0
        self.parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        self.parser.ordered_attributes = True
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = self._xml_declaration
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start_element
        self.parser.EndElementHandler = self._end_element
        self.parser.CharacterDataHandler = self._text

    def _xml_declaration(self, _version: str, encoding: str | None, _: int) -> None:
        if encoding is not None and encoding.lower() not in {"utf-8", "utf8"}:
            raise MarkupError("not UTF-8")

    def _doctype(self, *_: object) -> None:
        raise MarkupError("document type declarations are not supported")

    def _start_element(self, name: str, pairs: list[str]) -> None:
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise MarkupError(f"more than {MAX_ELEMENTS:,} elements")
        start = self.parser.CurrentByteIndex
        tag = _TAG.match(self._document, start)
        written = _NAME.match(self._document, start + 1)
        if not tag or not written:  # pragma: no cover  # expat has accepted them
            raise MarkupError("invalid tag")
        positions = self._attributes(written.end(), tag.end())
        attributes = {
            key: Attribute(value, position.start(), position.end())
            for key, value, position in zip(
                pairs[::2], pairs[1::2], positions, strict=True
            )
        }
        element = Element(name, written[0].decode(), attributes, start, tag.end())
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def _attributes(self, at: int, end: int) -> Iterator[re.Match[bytes]]:
        """Yield attributes in the order of the document, as the parser reports them.

        The parser does not report namespace declarations.
        """
        while found := _ATTRIBUTE.match(self._document, at, end):
            if not _NAMESPACE_DECLARATION.match(found[1]):
                yield found
            at = found.end()

    def _end_element(self, _name: str) -> None:
        element = self._open.pop()
        at = self.parser.CurrentByteIndex
        start = element.content_start
        if self._document[start - 2 : start] == b"/>":
            element.content_end = element.end = start
        else:
            element.content_end = at
            element.end = self._document.index(b">", at) + 1

    def _text(self, text: str) -> None:
        self._open[-1].text += text
