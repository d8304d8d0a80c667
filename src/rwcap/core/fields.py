"""The fields of an image: their values, and the four that have a place in metadata."""

from collections.abc import Mapping
from typing import Final, NamedTuple, TypeAlias

Scalar: TypeAlias = str | float | bool
"""A value that is not an array. Whole numbers are `int`."""

FieldValue: TypeAlias = Scalar | tuple[Scalar, ...] | None
"""The value of a field; None if the field has none."""

FieldValues: TypeAlias = Mapping[str, FieldValue]
"""Values by the names of their fields, in the order in which they were asked for."""

KNOWN_NAMES: Final = ("title", "alt", "description", "keywords")
"""The fields that have a place in image metadata, and rules of their own."""

DEFAULT_KEYWORDS: Final = 15
"""The default limit of keywords."""

MAX_KEYWORDS: Final = 50
"""The highest limit: stock agencies accept no more."""


class FieldTexts(NamedTuple):
    """The values of the known fields, which have a place in image metadata.

    A field that was not asked for, or has no value, is None or empty.
    """

    title: str | None = None
    """A short title, without a full stop."""
    alt: str | None = None
    """Alternative text for a screen reader."""
    description: str | None = None
    """One or more sentences."""
    keywords: tuple[str, ...] = ()
    """Keywords without duplicates, the most important first."""

    @classmethod
    def of(cls, values: FieldValues) -> "FieldTexts":
        """Return the known fields of an image."""
        keywords = values.get("keywords")
        words = keywords if isinstance(keywords, tuple) else ()
        title, alt, description = (
            value if isinstance(value := values.get(name), str) else None
            for name in KNOWN_NAMES[:3]
        )
        return cls(title, alt, description, tuple(map(str, words)))


def field_text(value: FieldValue, separator: str = "; ") -> str:
    """Return a value as text: an array joined, truth as `true` or `false`."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case tuple():
            return separator.join(map(field_text, value))
        case _:
            return str(value)


def main_text(values: FieldValues) -> str:
    """Return the text that stands for all fields: the description, if there is one.

    Else it is the alternative text or the title, or a list of all fields.
    """
    known = FieldTexts.of(values)
    listed = (f"{name}: {field_text(value)}" for name, value in values.items())
    return known.description or known.alt or known.title or "\n".join(listed)
