"""The text that is written to files for a caption, and whether it is there."""

from rwcap.core.fields import field_text
from rwcap.core.record import Record
from rwcap.core.source import CaptionRequest
from rwcap.core.text import one_line
from rwcap.metadata.properties import xml_safe
from rwcap.outputs.prefix_suffix import Style
from rwcap.sources.templates import name_key


def written_text(record: Record, request: CaptionRequest, style: Style) -> str:
    """Return the text of a record in the user's style.

    A template can have table columns, parts of the file name, and fields.

    Raises:
        InputError: The template has a name that is unknown.
    """
    values = {
        name_key(field): field_text(value, ", ")
        for field, value in (record.fields or {}).items()
    }
    known = {**_known_values(request), **values}
    return style.decorate(record.text or "", fields=known)


def bare_text(request: CaptionRequest, style: Style) -> str:
    """Return the caption of a request without the user's style, if it has that.

    Raises:
        InputError: The template has a name that is unknown.
    """
    return style.bare(request.caption or "", fields=_known_values(request))


def _known_values(request: CaptionRequest) -> dict[str, str]:
    name = request.source.rpartition("/")[2]
    stem = name.rpartition(".")[0] or name
    return {"name": name, "stem": stem, **request.columns}


def is_same_text(one: str, other: str) -> bool:
    """Return whether texts differ in nothing but white space, or what XML forbids."""
    return one_line(xml_safe(one)) == one_line(xml_safe(other))
