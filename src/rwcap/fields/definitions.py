"""The fields that are asked for, and the short form that names them.

The short form is `title, keywords, colour, people:int, indoor:bool, parts[]`.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

from rwcap.core.errors import UsageError
from rwcap.core.fields import KNOWN_NAMES
from rwcap.core.text import short_name

MAX_FIELDS: Final = 50
"""The highest number of fields. A small model does not fill in more."""

_MAX_NAME: Final = 64
_HINT: Final = '--fields title,alt,keywords (or "colour, people:int, indoor:bool")'


class Kind(StrEnum):
    """The type of a value, as the short form names it."""

    TEXT = "text"
    INTEGER = "int"
    NUMBER = "number"
    BOOLEAN = "bool"


class Field(NamedTuple):
    """A field that is asked for."""

    name: str
    kind: Kind = Kind.TEXT
    many: bool = False
    """Whether the value is an array."""
    choices: tuple[str, ...] = ()
    """The texts that are allowed; empty for any."""
    about: str = ""
    """A description for the model."""
    required: bool = True
    """Whether a reply without a value does not fit."""


KNOWN_FIELDS: Final = {
    name: Field(name, many=name == "keywords") for name in KNOWN_NAMES
}
"""The fields with rules of their own."""


def parse_short_form(text: str) -> tuple[Field, ...]:
    """Return the fields that the short form names.

    Raises:
        UsageError: The text names no fields, or one that cannot be asked for.
    """
    return checked_fields(map(_parse_field, text.split(",")), "--fields")


def short_form(field: Field) -> str:
    """Return a field in the short form; empty if only a schema can describe it."""
    if field.choices or field.about:
        return ""
    kind = f":{field.kind}" if field.kind is not Kind.TEXT else ""
    many = "[]" if field.many and field.name not in KNOWN_FIELDS else ""
    return f"{field.name}{kind}{many}"


def checked_fields(fields: Iterable[Field], origin: str) -> tuple[Field, ...]:
    """Return the fields; raise `UsageError` unless a table can have them as columns.

    Args:
        fields: The fields.
        origin: The option or file that they come from, for messages.
    """
    found: dict[str, Field] = {}
    for each in fields:
        name = short_name(each.name, _MAX_NAME)
        if not is_name(each.name):
            raise UsageError(
                f"{origin}: {name} is not a name: letters, digits and _,"
                " and first a letter",
                hint=_HINT,
            )
        known = KNOWN_FIELDS.get(each.name)
        if known and (each.kind, each.many, each.choices) != known[1:4]:
            kind = "an array of text" if known.many else "text"
            raise UsageError(f"{origin}: {name} must be {kind}", hint=_HINT)
        if found.setdefault(each.name.casefold(), each) is not each:
            raise UsageError(f"{origin}: {name} is named twice", hint=_HINT)
        if len(found) > MAX_FIELDS:
            raise UsageError(
                f"{origin}: more than {MAX_FIELDS} fields",
                hint="several requests, each with a part of the fields",
            )
    return tuple(found.values())


def is_name(text: str) -> bool:
    """Return whether a text can be the name of a field in every output."""
    return len(text) <= _MAX_NAME and text.isidentifier() and not text.startswith("_")


def _parse_field(text: str) -> Field:
    """Return the field in one part of the short form: `name`, `name:type`, `name[]`."""
    name, colon, kind = text.strip().removesuffix("[]").partition(":")
    many = text.strip().endswith("[]")
    name, kind = name.strip(), kind.strip().lower()
    if colon and kind not in {*Kind}:
        raise UsageError(
            f"--fields: {short_name(name, _MAX_NAME)}: the type"
            f" {short_name(kind, _MAX_NAME)} is unknown",
            hint=f"known: {', '.join(Kind)}; with [] an array",
        )
    known = KNOWN_FIELDS.get(name)
    if known and not colon and not (many and not known.many):
        return known
    return Field(name, Kind(kind) if colon else Kind.TEXT, many=many)
