"""The values of properties in RDF: language alternatives, lists, a text alone.

https://github.com/adobe/XMP-Toolkit-SDK/blob/main/docs/XMPSpecificationPart1.pdf
(section 7.5 to 7.8)
"""

from collections.abc import Iterable
from html import escape
from typing import Final

from rwcap.metadata.properties import unusable_xmp
from rwcap.metadata.xmp.xml_parser import XML_NAMESPACE, Element

RDF_NAMESPACE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
LANGUAGE: Final = f"{XML_NAMESPACE} lang"

_ALTERNATIVES: Final = f"{RDF_NAMESPACE} Alt"
_LISTS: Final = {f"{RDF_NAMESPACE} {name}" for name in ("Bag", "Seq")}
_PARSE_TYPE: Final = f"{RDF_NAMESPACE} parseType"
_ITEM: Final = f"{RDF_NAMESPACE} li"
_NUMBERED_ITEM: Final = f"{RDF_NAMESPACE} _"
"""How the name of an item begins that has its number, from `_1`."""
_DEFAULT_LANGUAGE: Final = "x-default"


def language_items(found: Element) -> list[Element] | None:
    """Return the language alternatives of a property; None for another form."""
    if [each.name for each in found.children] != [_ALTERNATIVES] or found.attributes:
        return None
    return _members(found)


def texts(found: Element) -> list[str]:
    """Return the texts of a list, or the text of a property that is not one."""
    if found.attributes.keys() - {LANGUAGE, _PARSE_TYPE}:
        raise unusable_xmp("expected a text, found a reference")
    if not found.children:
        return [found.text]
    return [item.text for item in items(found)]


def items(found: Element) -> list[Element]:
    """Return the items of a list of texts."""
    if [each.name in _LISTS for each in found.children] != [True]:
        raise unusable_xmp("expected language alternatives or a list of texts")
    inner = _members(found)
    if any(item.children or item.attributes.keys() - {LANGUAGE} for item in inner):
        raise unusable_xmp("expected a list of texts, found a structure")
    return inner


def _members(found: Element) -> list[Element]:
    """Return the items of the one group in a property, which has nothing else.

    What is no item would be overlooked, and lost when the property is removed.
    """
    group = found.children[0]
    is_list = all(
        each.name == _ITEM or each.name.startswith(_NUMBERED_ITEM)
        for each in group.children
    )
    if not is_list or found.text.strip() or group.text.strip():
        raise unusable_xmp("expected a list, found more than its items")
    return group.children


def default_item(alternatives: list[Element]) -> Element | None:
    """Return the item in the default language."""
    for item in alternatives:
        if (item.get(LANGUAGE) or "").lower() == _DEFAULT_LANGUAGE:
            return item
    return None


def new_alternatives(text: str) -> str:
    """Return a text in the default language alone, as a property contains it."""
    item = new_item(text, declaration="")
    return f'<rdf:Alt xmlns:rdf="{RDF_NAMESPACE}">{item}</rdf:Alt>'


def new_item(text: str, declaration: str = f' xmlns:rdf="{RDF_NAMESPACE}"') -> str:
    """Return a text in the default language, as one of several alternatives."""
    language = f'xml:lang="{_DEFAULT_LANGUAGE}"'
    return f"<rdf:li{declaration} {language}>{escape_text(text)}</rdf:li>"


def new_list(members: Iterable[str]) -> str:
    """Return a list of texts as a property contains it."""
    written = list_items(members, "rdf:Bag")
    return f'<rdf:Bag xmlns:rdf="{RDF_NAMESPACE}">{written}</rdf:Bag>'


def list_items(members: Iterable[str], group_tag: str) -> str:
    """Return the items of a list whose tag is `group_tag`, with the same prefix."""
    tag = "".join((*group_tag.rpartition(":")[:2], "li"))
    return "".join(f"<{tag}>{escape_text(each)}</{tag}>" for each in members)


def quoted(value: str) -> str:
    """Return the value of an attribute, in which line ends would become spaces.

    An apostrophe stays: Exiv2 reads some references to characters as spaces.
    """
    safe = escape(value, quote=False).replace('"', "&quot;")
    safe = safe.replace("\r", "&#13;").replace("\n", "&#10;").replace("\t", "&#9;")
    return f'"{safe}"'


def escape_text(text: str) -> str:
    """Return a text as the content of an element, where CR would become LF."""
    return escape(text, quote=False).replace("\r", "&#13;")
