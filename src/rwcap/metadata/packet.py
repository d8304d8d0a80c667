"""An XMP packet: read, and written again with a text in it.

It is RDF in XML: properties of one thing, in any number of descriptions, each
property as an element or, where it is simple, as an attribute
(https://github.com/adobe/XMP-Toolkit-SDK/blob/main/docs/XMPSpecificationPart1.pdf,
section 7). All that is not ours keeps its bytes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Final

from rwcap.metadata.properties import RWCAP_NAMESPACE, Property, unusable_xmp
from rwcap.metadata.xml_parser import (
    XML_NAMESPACE,
    Element,
    MarkupError,
    Splice,
    apply_splices,
    parse,
)

RDF_NAMESPACE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
META_NAMESPACE: Final = "adobe:ns:meta/"

_NEW: Final = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    f'<x:xmpmeta xmlns:x="{META_NAMESPACE}" x:xmptk="rwcap">\n'
    f'<rdf:RDF xmlns:rdf="{RDF_NAMESPACE}">\n'
    "</rdf:RDF>\n"
    "</x:xmpmeta>\n"
    '<?xpacket end="w"?>'
).encode()
"""A packet that says nothing. It has no padding, which is for programs that change
it without knowing what surrounds it (as above, section 7.3.2)."""

_ROOTS: Final = {
    f"{META_NAMESPACE} xmpmeta",
    f"{META_NAMESPACE} xapmeta",
}  # the second is of before 2004
_RDF_ROOT: Final = f"{RDF_NAMESPACE} RDF"
_DESCRIPTION: Final = f"{RDF_NAMESPACE} Description"
_ALT: Final = f"{RDF_NAMESPACE} Alt"
_ITEM: Final = f"{RDF_NAMESPACE} li"
_LANGUAGE: Final = f"{XML_NAMESPACE} lang"
_DEFAULT: Final = "x-default"
_ABOUT: Final = (f"{RDF_NAMESPACE} about", "about")
_TRAILER: Final = b"<?xpacket end="
_LEAST: Final = 2
"""Bytes before the trailer of a packet that are not taken for padding."""


def read_text(packet: bytes, wanted: Property = Property.DESCRIPTION) -> str | None:
    """Return a text: the one for all languages, else the first; None without any.

    Raises `InputError` for what is no packet.
    """
    found = _Packet.of(packet).find(wanted.expanded)
    if found is None or isinstance(found, str):
        return found
    items = _items(found)
    if items is None:
        return found.text
    return next((item.text for item in (_default(items), *items) if item), None)


def write_texts(
    packet: bytes | None, texts: Mapping[Property, str], marks: Mapping[str, str]
) -> bytes:
    """Return a packet with texts and marks in it, a new one where there was none.

    The packet that was there keeps its length where its padding allows it. Raises
    `InputError` for what is no packet, or has a text in a form that is not XMP's.
    """
    old = _Packet.of(packet or _NEW)
    for wanted, text in texts.items():
        old.put_text(wanted, text)
    return _padded(old.data, old.finish(marks))


@dataclass(slots=True)
class _Packet:
    """A packet that is being changed."""

    data: bytes
    rdf: Element
    wrap: Element | None
    """Itself, where the element that should be around it is missing."""
    descriptions: list[Element]
    splices: list[Splice] = field(default_factory=list)
    elements: str = ""
    """Properties to be added."""
    declared: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, data: bytes) -> "_Packet":
        """Return what was written; raise `InputError`."""
        whole = data.removeprefix(b"\xef\xbb\xbf").rstrip(b"\0")
        try:
            root = parse(whole)
        except MarkupError as flaw:
            raise unusable_xmp(str(flaw)) from flaw
        inner = [root] if root.name == _RDF_ROOT else root.children
        found = [each for each in inner if each.name == _RDF_ROOT]
        if (root.name not in _ROOTS and root not in found) or len(found) != 1:
            raise unusable_xmp("not one piece of RDF")
        rdf = found[0]
        descriptions = [each for each in rdf.children if each.name == _DESCRIPTION]
        return cls(whole, rdf, rdf if rdf is root else None, descriptions)

    def find(self, name: str) -> Element | str | None:
        """Return the element, or the value of the attribute, that is a property."""
        found = list(self._occurrences(name))
        if len(found) > 1:
            raise unusable_xmp(f"{name.rpartition(' ')[2]} more than once")
        return None if not found else found[0][1]

    def _occurrences(self, name: str) -> Iterator[tuple[Element, Element | str]]:
        for each in self.descriptions:
            if (value := each.get(name)) is not None:
                yield each, value
            for child in each.children:
                if child.name == name:
                    yield each, child

    def put_text(self, wanted: Property, text: str) -> None:
        """Put a text into the place for all languages; others stay as they are."""
        self.find(wanted.expanded)  # complains of two
        owner, found = next(self._occurrences(wanted.expanded), (self.rdf, None))
        if isinstance(found, Element):
            self._replace(found, wanted, text)
            return
        if found is not None:
            attribute = owner.attributes[wanted.expanded]
            self.splices.append((attribute.start, attribute.end, ""))
        self.declared.add(wanted.declared)
        self.elements += f"<{wanted.tag}>{_alternatives(text)}</{wanted.tag}>"

    def _replace(self, found: Element, wanted: Property, text: str) -> None:
        items = _items(found)
        if items is None:
            # A text alone is not what XMP wants there, but what some write.
            self.splices.append(found.filled(_alternatives(text)))
            return
        default = _default(items)
        if default is None:
            self.splices.append(found.children[0].begun(_item(text)))
        elif default.children or default.attributes.keys() != {_LANGUAGE}:
            raise unusable_xmp(f"{wanted.local} with more than a text in it")
        else:
            self.splices.append(default.filled(_escaped(text)))

    def finish(self, marks: Mapping[str, str]) -> bytes:
        """Return the packet with all that was put in, and the marks."""
        added = ""
        for local, value in marks.items():
            name = f"{RWCAP_NAMESPACE} {local}"
            self.find(name)  # complains of two
            owner, found = next(self._occurrences(name), (self.rdf, None))
            if isinstance(found, Element):
                self.splices.append(found.filled(_escaped(value)))
            elif found is not None:
                place = owner.attributes[name]
                written = self.data[place.start : place.end].partition(b"=")[0].decode()
                splice = (place.start, place.end, f'{written}="{escape(value)}"')
                self.splices.append(splice)
            else:
                added += f' rwcap:{local}="{escape(value)}"'
        if added or self.elements:
            self.splices.append(self.rdf.ended(self._description(added)))
        if self.wrap:
            self.splices += [
                (
                    self.wrap.start,
                    self.wrap.start,
                    f'<x:xmpmeta xmlns:x="{META_NAMESPACE}">',
                ),
                (self.wrap.end, self.wrap.end, "</x:xmpmeta>"),
            ]
        return apply_splices(self.data, self.splices)

    def _description(self, added: str) -> str:
        """Return one more description of the same thing.

        It declares whatever prefix it uses, whatever they mean around it.
        """
        told = (each.get(name) for each in self.descriptions for name in _ABOUT)
        about = next((each for each in told if each is not None), "")
        ours = {f'xmlns:rwcap="{RWCAP_NAMESPACE}"'} if added else set()
        declared = "".join(f" {each}" for each in sorted(self.declared | ours))
        return (
            f'<rdf:Description xmlns:rdf="{RDF_NAMESPACE}" rdf:about="{escape(about)}"'
            f"{declared}{added}>{self.elements}</rdf:Description>\n"
        )


def _items(found: Element) -> list[Element] | None:
    """Return the alternatives of a text; None for a text alone."""
    if not found.children:
        if found.attributes.keys() - {_LANGUAGE}:
            raise unusable_xmp("a reference where a text belongs")
        return None
    if found.attributes or [each.name for each in found.children] != [_ALT]:
        raise unusable_xmp("no alternatives where a text belongs")
    return [each for each in found.children[0].children if each.name == _ITEM]


def _default(items: list[Element]) -> Element | None:
    """Return the alternative for all languages."""
    return next(
        (each for each in items if (each.get(_LANGUAGE) or "").lower() == _DEFAULT),
        None,
    )


def _alternatives(text: str) -> str:
    return f'<rdf:Alt xmlns:rdf="{RDF_NAMESPACE}">{_item(text, "")}</rdf:Alt>'


def _item(text: str, declaring: str = f' xmlns:rdf="{RDF_NAMESPACE}"') -> str:
    return f'<rdf:li{declaring} xml:lang="{_DEFAULT}">{_escaped(text)}</rdf:li>'


def _escaped(text: str) -> str:
    return escape(text, quote=False)


def _padded(old: bytes, new: bytes) -> bytes:
    """Return a packet of the old one's length, as far as its padding goes.

    Then nothing else in the file moves.
    """
    end = new.rfind(_TRAILER)
    start = len(new[: max(end, 0)].rstrip(b" \t\r\n"))
    spare = end - start
    if spare < _LEAST:
        return new
    wanted = max(_LEAST, spare + len(old) - len(new))
    room = new[start:end] if wanted <= spare else b"\n" + b" " * (wanted - 1)
    return new[:start] + room[:wanted] + new[end:]
