"""A pass of checks over captions, as the use case makes it."""

from collections.abc import Iterable, Sequence

from rwcap.checks.all_checks import CHECKS, find_faults
from rwcap.checks.caption_set import CaptionSet


def faults(
    texts: Sequence[str], names: Iterable[str] = CHECKS
) -> tuple[list[dict[str, str]], dict[str, int]]:
    """Return the faults of each caption of a set, and its common phrases."""
    wanted = frozenset(names)
    captions = CaptionSet(wanted)
    for text in texts:
        captions.add(text)
    captions.end()
    found = [find_faults(text, wanted) | captions.find(text) for text in texts]
    return found, captions.common_phrases()
