"""Read a text from an XMP packet, and write texts into it.

A packet is RDF in XML: the properties of one resource, in any number of descriptions.
A property is an element or, for a simple value, an attribute
(https://github.com/adobe/XMP-Toolkit-SDK/blob/main/docs/XMPSpecificationPart1.pdf,
section 7). Everything except the written texts keeps its bytes.
"""

from collections.abc import Iterator, Mapping
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

EMPTY_PACKET: Final = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    f'<x:xmpmeta xmlns:x="{META_NAMESPACE}" x:xmptk="rwcap">\n'
    f'<rdf:RDF xmlns:rdf="{RDF_NAMESPACE}">\n'
    "</rdf:RDF>\n"
    "</x:xmpmeta>\n"
    '<?xpacket end="w"?>'
).encode()
"""A packet without properties and without padding.

Padding is for software that changes a packet without knowing the format of the file
around it (same source, section 7.3.2).
"""

_ROOTS: Final = {f"{META_NAMESPACE} {name}" for name in ("xmpmeta", "xapmeta")}
"""The root elements of packets; `xapmeta` was used before 2004."""
_RDF_ROOT: Final = f"{RDF_NAMESPACE} RDF"
_DESCRIPTION: Final = f"{RDF_NAMESPACE} Description"
_ALTERNATIVES: Final = f"{RDF_NAMESPACE} Alt"
_LISTS: Final = {f"{RDF_NAMESPACE} {name}" for name in ("Bag", "Seq")}
_PARSE_TYPE: Final = f"{RDF_NAMESPACE} parseType"
_ITEM: Final = f"{RDF_NAMESPACE} li"
_LANGUAGE: Final = f"{XML_NAMESPACE} lang"
_DEFAULT_LANGUAGE: Final = "x-default"
ABOUT: Final = (f"{RDF_NAMESPACE} about", "about")
_TRAILER: Final = b"<?xpacket end="
_MIN_PADDING: Final = 2
"""Bytes before the trailer of a packet that are not regarded as padding."""


def read_text(
    packet: bytes, key: Property = Property.DESCRIPTION, *, any_language: bool = True
) -> str | None:
    """Return the text of a property.

    Returns:
        The text in the default language, the first text if there is no default and
        `any_language` is set, or None if there is no text.

    Raises:
        InputError: The packet or the property is invalid.
    """
    found = PacketEditor(packet).find(key.expanded_name)
    if found is None or isinstance(found, str):
        return found
    items = _language_items(found)
    if items is None:
        return _plain_text(found)
    others = items if any_language else ()
    return next((item.text for item in (_default_item(items), *others) if item), None)


def write_texts(
    packet: bytes | None, texts: Mapping[Property, str], provenance: Mapping[str, str]
) -> bytes:
    """Return a packet with texts in the default language, and their provenance.

    The packet keeps its length if its padding allows it.

    Args:
        packet: The packet to change; None creates one.
        texts: The texts to write.
        provenance: The properties that state who wrote them (see
            `properties.provenance`).

    Raises:
        InputError: The packet is invalid, or a property has an unexpected form.
    """
    editor = PacketEditor(packet or EMPTY_PACKET)
    for key, text in texts.items():
        editor.set_text(key, text)
    return keep_length(editor.data, editor.finish(provenance))


class PacketEditor:
    """Collects changes to a packet, and applies them."""

    def __init__(self, packet: bytes) -> None:
        """Parse a packet; raise `InputError` if it is invalid."""
        self.data = packet.removeprefix(b"\xef\xbb\xbf").rstrip(b"\0")
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
        self.find(key.expanded_name)  # raises if it occurs more than once
        owner, found = next(self._occurrences(key.expanded_name), (self._rdf, None))
        if isinstance(found, Element):
            self._replace_text(found, key, text)
            return
        if found is not None:
            attribute = owner.attributes[key.expanded_name]
            self.splices.append((attribute.start, attribute.end, ""))
        self._declarations.add(key.declaration)
        self._new_elements += f"<{key.tag}>{_new_alternatives(text)}</{key.tag}>"

    def _replace_text(self, found: Element, key: Property, text: str) -> None:
        items = _language_items(found)
        if items is None:
            _plain_text(found)  # raises if there is more than text
            # The form is invalid here, but some software writes it.
            element = f"<{found.tag}>{_new_alternatives(text)}</{found.tag}>"
            self.splices.append((found.start, found.end, element))
            return
        default = _default_item(items)
        if default is None:
            self.splices.append(found.children[0].prepend(_new_item(text)))
        elif default.children or default.attributes.keys() != {_LANGUAGE}:
            raise unusable_xmp(f"{key.local_name} contains more than text")
        else:
            self.splices.append(default.replace_content(_escape(text)))

    def remove_default(self, key: Property) -> bool:
        """Remove the text in the default language; return whether it has others."""
        found = self.find(key.expanded_name)
        items = _language_items(found) if isinstance(found, Element) else None
        default = _default_item(items or [])
        if default is None or len(items or []) == 1:
            return False
        self.splices.append((default.start, default.end, ""))
        return True

    def finish(self, provenance: Mapping[str, str]) -> bytes:
        """Return the packet with all changes and with the provenance."""
        attributes = ""
        for local_name, value in provenance.items():
            name = f"{RWCAP_NAMESPACE} {local_name}"
            self.find(name)  # raises if it occurs more than once
            owner, found = next(self._occurrences(name), (self._rdf, None))
            if isinstance(found, Element):
                self.splices.append(found.replace_content(_escape(value)))
            elif found is not None:
                attribute = owner.attributes[name]
                start, end = attribute.start, attribute.end
                written = self.data[start:end].partition(b"=")[0].decode()
                self.splices.append((start, end, f"{written}={_quoted(value)}"))
            else:
                attributes += f" rwcap:{local_name}={_quoted(value)}"
        if attributes or self._new_elements:
            self.splices.append(self._rdf.append(self._new_description(attributes)))
        if not self._has_wrapper:
            start, end = self._rdf.start, self._rdf.end
            self.splices += [
                (start, start, f'<x:xmpmeta xmlns:x="{META_NAMESPACE}">'),
                (end, end, "</x:xmpmeta>"),
            ]
        return apply_splices(self.data, self.splices)

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


def _language_items(found: Element) -> list[Element] | None:
    """Return the language alternatives of a property; None for another form."""
    if [each.name for each in found.children] != [_ALTERNATIVES] or found.attributes:
        return None
    return [each for each in found.children[0].children if each.name == _ITEM]


def _plain_text(found: Element) -> str:
    """Return the text of a property in a form that XMP does not allow here.

    Some software writes a text alone, or a list of texts.
    """
    if found.attributes.keys() - {_LANGUAGE, _PARSE_TYPE}:
        raise unusable_xmp("expected a text, found a reference")
    if not found.children:
        return found.text
    if [each.name in _LISTS for each in found.children] != [True]:
        raise unusable_xmp("expected language alternatives (rdf:Alt)")
    items = found.children[0].children
    if any(item.children or item.attributes.keys() - {_LANGUAGE} for item in items):
        raise unusable_xmp("expected a list of texts, found a structure")
    return "\n".join(item.text for item in items)


def _default_item(items: list[Element]) -> Element | None:
    """Return the item in the default language."""
    for item in items:
        if (item.get(_LANGUAGE) or "").lower() == _DEFAULT_LANGUAGE:
            return item
    return None


def _new_alternatives(text: str) -> str:
    item = _new_item(text, declaration="")
    return f'<rdf:Alt xmlns:rdf="{RDF_NAMESPACE}">{item}</rdf:Alt>'


def _new_item(text: str, declaration: str = f' xmlns:rdf="{RDF_NAMESPACE}"') -> str:
    language = f'xml:lang="{_DEFAULT_LANGUAGE}"'
    return f"<rdf:li{declaration} {language}>{_escape(text)}</rdf:li>"


def _quoted(value: str) -> str:
    """Return the value of an attribute, in which line ends would become spaces."""
    return f'"{escape(value)}"'.replace("\n", "&#10;").replace("\t", "&#9;")


def _escape(text: str) -> str:
    return escape(text, quote=False)


def keep_length(old: bytes, new: bytes) -> bytes:
    """Return `new` with its padding changed so that it is as long as `old`.

    If the padding is too short, the packet grows.
    """
    end = new.rfind(_TRAILER)
    start = len(new[: max(end, 0)].rstrip(b" \t\r\n"))
    available = end - start
    if available < _MIN_PADDING:
        return new
    needed = max(_MIN_PADDING, available + len(old) - len(new))
    padding = b"\n" + b" " * (needed - 1)
    if needed <= available:
        padding = new[start:end][:needed]
    return new[:start] + padding + new[end:]
