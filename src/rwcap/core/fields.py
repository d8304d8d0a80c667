"""The four known fields of an image, as they are written to its metadata."""

from typing import NamedTuple


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
