"""The checks of all fields of an image, besides the text that stands for them."""

from collections.abc import Collection
from typing import Final

from rwcap.checks.all_checks import find_faults
from rwcap.checks.form import CUT_OFF, EMPTY, LOOP, MARKUP, SCRIPT, TOO_LONG, TOO_SHORT
from rwcap.checks.wording import REFUSAL
from rwcap.core.fields import FieldValue, FieldValues, field_text

_OF_LISTS: Final = frozenset(
    check.name for check in (EMPTY, LOOP, SCRIPT, MARKUP, REFUSAL)
)
"""The checks of keywords and other lists, which have no sentences."""

_OF_MAIN_TEXT: Final = frozenset(check.name for check in (CUT_OFF, TOO_LONG, TOO_SHORT))
"""The checks of length and end, which are made of the main text alone."""


def find_all_faults(
    text: str, fields: FieldValues | None, names: Collection[str]
) -> dict[str, str]:
    """Return what is wrong with a caption or with one of its fields.

    Args:
        text: The caption, or the text that stands for all fields.
        fields: The fields; None if the caption has none.
        names: The wanted checks.

    Returns:
        An excerpt for each failed check. That of a field begins with its name.
    """
    found = find_faults(text, names)
    for field, value in (fields or {}).items():
        if value and (written := field_text(value, "\n")) != text:
            more = find_faults(written, _checks_of(value, names))
            for name, piece in more.items():
                found.setdefault(name, f"{field}: {piece}")
    return found


def _checks_of(value: FieldValue, names: Collection[str]) -> list[str]:
    """Return the checks of the value of a field; a number has none."""
    if isinstance(value, str):
        return [each for each in names if each not in _OF_MAIN_TEXT]
    return [each for each in names if each in _OF_LISTS and isinstance(value, tuple)]
