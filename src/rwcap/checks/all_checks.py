"""All checks, by name."""

from collections.abc import Iterable
from typing import Final

from rwcap.checks.caption_set import SET_CHECKS
from rwcap.checks.form import FORM_CHECKS
from rwcap.checks.wording import WORDING_CHECKS

CHECKS: Final = {
    check.name: check for check in (*FORM_CHECKS, *WORDING_CHECKS, *SET_CHECKS)
}
"""The checks in the order in which they are shown."""


def find_faults(text: str, names: Iterable[str]) -> dict[str, str]:
    """Return what is wrong with a caption alone: an excerpt for each failed check."""
    found: dict[str, str] = {}
    for name in names:
        find = CHECKS[name].find
        if find and (piece := find(text)) is not None:
            found[name] = piece
    return found
