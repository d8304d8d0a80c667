"""Checks of English wording."""

import pytest

from rwcap.checks.all_checks import find_faults
from rwcap.checks.wording import WORDING_CHECKS

NAMES = [each.name for each in WORDING_CHECKS]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I\u2019m unable to see it.", {"refusal"}),
        ("This image shows a dog.", {"preamble", "meta-words"}),
        ("A dog that seems happy.", {"hedging"}),
        ("A ship appears on the horizon.", set()),
        ('The page says "I cannot describe this image".', set()),
        ("The title is \u201cPerhaps\u201d.", set()),
        ("\u300cmaybe\u300d on a wall.", set()),
    ],
)
def test_a_caption_fails_by_its_wording(text: str, expected: set[str]) -> None:
    """What a quotation says is the wording of the picture."""
    assert find_faults(text, NAMES).keys() == expected
