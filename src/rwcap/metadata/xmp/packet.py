"""Read a text from an XMP packet, and write texts into it.

A packet is RDF in XML: the properties of one resource, in any number of descriptions.
A property is an element or, for a simple value, an attribute
(https://github.com/adobe/XMP-Toolkit-SDK/blob/main/docs/XMPSpecificationPart1.pdf,
section 7). Everything except the written texts keeps its bytes.
"""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from types import MappingProxyType
from typing import Final

from rwcap.core.keywords import runs_before
from rwcap.core.text import one_line
from rwcap.metadata.properties import (
    FORMER_NAMES,
    RWCAP_NAMESPACE,
    KeywordList,
    Property,
    XmpName,
    unusable_xmp,
)
from rwcap.metadata.xmp import rdf
from rwcap.metadata.xmp.padding import keep_length
from rwcap.metadata.xmp.rdf import RDF_NAMESPACE
from rwcap.metadata.xmp.xml_parser import (
    Element,
    MarkupError,
    Splice,
    apply_splices,
    parse,
)

META_NAMESPACE: Final = "adobe:ns:meta/"

EMPTY_PACKET: Final = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    f'<x:xmpmeta xmlns:x="{META_NAMESPACE}" x:xmptk="rwcap">\n'
    f'<rdf:RDF xmlns:rdf="{RDF_NAMESPACE}">\n'
    "</rdf:RDF>\n"
    "</x:xmpmeta>\n"
    '<?xpacket end="w"?>'
).encode()
"""A packet without properties and without padding."""

_ROOTS: Final = {f"{META_NAMESPACE} {name}" for name in ("xmpmeta", "xapmeta")}
"""The root elements of packets; `xapmeta` was used before 2004."""
_RDF_ROOT: Final = f"{RDF_NAMESPACE} RDF"
_DESCRIPTION: Final = f"{RDF_NAMESPACE} Description"
ABOUT: Final = (f"{RDF_NAMESPACE} about", "about")


def read_text(
    packet: bytes, key: Property = Property.DESCRIPTION, *, any_language: bool = True
) -> str | None:
    """Return the text of a property.

    Returns:
        The text in the default language, the first text if that has none and
        `any_language` is set, or None if there is no item.

    Raises:
        InputError: The packet or the property is invalid.
    """
    found = PacketEditor(packet).find(key.expanded_name)
    if found is None or isinstance(found, str):
        return found
    items = rdf.language_items(found)
    if items is None:
        return "\n".join(rdf.texts(found))
    first = (rdf.default_item(items), *(items if any_language else ()))
    texts = [item.text for item in first if item]
    return next(filter(str.strip, texts), texts[0] if texts else None)


def read_items(packet: bytes, key: KeywordList) -> tuple[str, ...]:
    """Return the keywords of a list, each on one line, without empty ones.

    Raises:
        InputError: The packet or the property is invalid.
    """
    return PacketEditor(packet).items(key)


def write_texts(
    packet: bytes | None,
    texts: Mapping[Property, str],
    provenance: Mapping[str, str],
    lists: Mapping[KeywordList, Sequence[str]] = MappingProxyType({}),
) -> bytes:
    """Return a packet with texts in the default language, and their provenance.

    The packet keeps its length if its padding allows it.

    Args:
        packet: The packet to change; None creates one.
        texts: The texts to write.
        provenance: The properties that state who wrote them (see
            `properties.provenance`).
        lists: The keywords of each list that changes.

    Raises:
        InputError: The packet is invalid, or a property has an unexpected form.
    """
    editor = PacketEditor(packet or EMPTY_PACKET)
    for key, text in texts.items():
        editor.set_text(key, text)
    for name, keywords in lists.items():
        editor.set_items(name, keywords)
    return keep_length(editor.data, editor.finish(provenance))


class PacketEditor:
    """Collects changes to a packet, and applies them."""

    def __init__(self, packet: bytes) -> None:
        """Parse a packet; raise `InputError` if it is invalid."""
        self.data = packet.rstrip(b"\0")
        try:
            root = parse(self.data)
        except MarkupError as error:
            raise unusable_xmp(str(error)) from error
        inner = [root] if root.name == _RDF_ROOT else root.children
        found = [each for each in inner if each.name == _RDF_ROOT]
        if (root.name not in _ROOTS and root not in found) or len(found) != 1:
            raise unusable_xmp("expected exactly one rdf:RDF element")
        self._rdf = found[0]
        self._has_wrapper = self._rdf is not root
        self.descriptions = [
            each for each in self._rdf.children if each.name == _DESCRIPTION
        ]
        self.splices: list[Splice] = []
        self._new_elements = ""
        self._declarations: set[str] = set()

    def find(self, name: str) -> Element | str | None:
        """Return the element, or the value of the attribute, of a property.

        Raises:
            InputError: The property occurs more than once.
        """
        found = list(self._occurrences(name))
        if len(found) > 1:
            raise unusable_xmp(f"{name.rpartition(' ')[2]} occurs more than once")
        return None if not found else found[0][1]

    def _occurrences(self, name: str) -> Iterator[tuple[Element, Element | str]]:
        """Yield each occurrence of a property, with its description."""
        for each in self.descriptions:
            if (value := each.get(name)) is not None:
                yield each, value
            for child in each.children:
                if child.name == name:
                    yield each, child

    def set_text(self, key: Property, text: str) -> None:
        """Set the text in the default language; other languages do not change."""
        found = self.find(key.expanded_name)
        if isinstance(found, Element):
            self._replace_text(found, key, text)
        else:
            self._set_content(key, rdf.new_alternatives(text))

    def items(self, key: KeywordList) -> tuple[str, ...]:
        """Return the keywords of a list, each on one line, without empty ones."""
        found = self.find(key.expanded_name)
        texts = rdf.texts(found) if isinstance(found, Element) else [found or ""]
        return tuple(line for line in map(one_line, texts) if line)

    def set_items(self, key: KeywordList, keywords: Sequence[str]) -> None:
        """Set the keywords of a list. Those that are there keep their bytes."""
        found = self.find(key.expanded_name)
        if not isinstance(found, Element) or not found.children:
            self._set_content(key, rdf.new_list(keywords))
            return
        group = found.children[0]
        there = [(one_line(item.text), item) for item in rdf.items(found)]
        wanted = {*keywords}
        kept = {name: item for name, item in reversed(there) if name in wanted}
        if [each for each in keywords if each in kept] != [
            name for name, _ in there if name in kept
        ]:
            kept = {}  # their order changes, too
        self.splices += [
            (item.start, item.end, "")
            for name, item in there
            if name and name not in kept
        ]
        for before, new in runs_before(keywords, kept):
            items = rdf.list_items(new, group.tag)
            at = kept[before].start if before else 0
            self.splices.append((at, at, items) if before else group.append(items))

    def _set_content(self, key: XmpName, content: str) -> None:
        """Write a property as an element, in place of one that is no list."""
        owner, found = next(self._occurrences(key.expanded_name), (self._rdf, None))
        if isinstance(found, Element):
            element = f"<{found.tag}>{content}</{found.tag}>"
            self.splices.append((found.start, found.end, element))
            return
        if found is not None:
            attribute = owner.attributes[key.expanded_name]
            self.splices.append((attribute.start, attribute.end, ""))
        self._declarations.add(key.declaration)
        self._new_elements += f"<{key.tag}>{content}</{key.tag}>"

    def _replace_text(self, found: Element, key: Property, text: str) -> None:
        items = rdf.language_items(found)
        if items is None:
            rdf.texts(found)  # raises if there is more than text
            # The form is invalid here, but some software writes it.
            self._set_content(key, rdf.new_alternatives(text))
            return
        default = rdf.default_item(items)
        if default is None:
            self.splices.append(found.children[0].prepend(rdf.new_item(text)))
        elif default.children or default.attributes.keys() != {rdf.LANGUAGE}:
            raise unusable_xmp(f"{key.local_name} contains more than text")
        else:
            self.splices.append(default.replace_content(rdf.escape_text(text)))

    def remove_default(self, key: Property) -> bool:
        """Remove the text in the default language; return whether it has others."""
        found = self.find(key.expanded_name)
        items = rdf.language_items(found) if isinstance(found, Element) else None
        default = rdf.default_item(items or [])
        if default is None or len(items or []) == 1:
            return False
        self.splices.append((default.start, default.end, ""))
        return True

    def finish(self, provenance: Mapping[str, str]) -> bytes:
        """Return the packet with all changes and with the provenance."""
        attributes = ""
        for former in filter(None, map(FORMER_NAMES.get, provenance)):
            self._remove(f"{RWCAP_NAMESPACE} {former}")
        for local_name, value in provenance.items():
            name = f"{RWCAP_NAMESPACE} {local_name}"
            self.find(name)  # raises if it occurs more than once
            owner, found = next(self._occurrences(name), (self._rdf, None))
            if isinstance(found, Element):
                self.splices.append(found.replace_content(rdf.escape_text(value)))
            elif found is not None:
                attribute = owner.attributes[name]
                start, end = attribute.start, attribute.end
                written = self.data[start:end].partition(b"=")[0].decode()
                self.splices.append((start, end, f"{written}={rdf.quoted(value)}"))
            else:
                attributes += f" rwcap:{local_name}={rdf.quoted(value)}"
        if attributes or self._new_elements:
            self.splices.append(self._rdf.append(self._new_description(attributes)))
        if not self._has_wrapper:
            start, end = self._rdf.start, self._rdf.end
            self.splices += [
                (start, start, f'<x:xmpmeta xmlns:x="{META_NAMESPACE}">'),
                (end, end, "</x:xmpmeta>"),
            ]
        return apply_splices(self.data, self.splices)

    def _remove(self, name: str) -> None:
        """Remove a property, in any form."""
        for owner, found in self._occurrences(name):
            if isinstance(found, Element):
                self.splices.append((found.start, found.end, ""))
            else:
                attribute = owner.attributes[name]
                self.splices.append((attribute.start, attribute.end, ""))

    def _new_description(self, attributes: str) -> str:
        """Return one more description of the same resource.

        It declares each prefix that it uses, because a prefix can have another
        meaning outside.
        """
        values = (each.get(name) for each in self.descriptions for name in ABOUT)
        about = next((each for each in values if each is not None), "")
        ours = {f'xmlns:rwcap="{RWCAP_NAMESPACE}"'} if attributes else set()
        declarations = "".join(f" {each}" for each in sorted(self._declarations | ours))
        return (
            f'<rdf:Description xmlns:rdf="{RDF_NAMESPACE}" rdf:about="{escape(about)}"'
            f"{declarations}{attributes}>{self._new_elements}</rdf:Description>\n"
        )
