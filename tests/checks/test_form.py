"""Checks of the form of a caption."""

import pytest

from rwcap.checks.all_checks import find_faults
from rwcap.checks.form import FORM_CHECKS, main_script, script_of

NAMES = [each.name for each in FORM_CHECKS]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {"empty"}),
        (" \n", {"empty"}),
        ("\u2014", {"empty"}),
        ("A ball rolls away from a goooooooal.", {"loop"}),
        ("Two men, two men, two men, two men sit there.", {"loop"}),
        ("The sea is calm in the bay. The sea is calm in the bay, too.", set()),
        ("It is a very, very, very good cake.", set()),
        ("A broken \ufffd letter in here.", {"script"}),
        ("\u5c71\u8def\u4e0a\u7684\u4eba" * 4 + " on an old bench.", {"script"}),
        ("\u5c71\u8def\u4e0a\u7684\u4eba\u5728\u770b iPhone\u3002", set()),
        ("A caf\u00e9 in \u015a.", set()),
        ("A man walks in the", {"cut-off"}),
        ("A dog, a cat, and,", {"cut-off"}),
        ("One two three four five six seven eight nine ten eleven twelve", {"cut-off"}),
        ("one, two, three, four, five, six, seven, eight, nine, ten, a b c", set()),
        ('He says: "Go."', set()),
        ("A dog\nA cat\nTwo men", set()),
        ("a of", {"too-short"}),
        ("\u72ac", {"too-short"}),
        ("x" * 1_001, {"too-long", "too-short", "loop"}),
    ],
)
def test_a_caption_fails_by_its_form(text: str, expected: set[str]) -> None:
    """And by no other check of the form."""
    assert find_faults(text, NAMES).keys() == expected


def test_the_excerpt_of_a_cut_off_text_is_its_end() -> None:
    """Where the reader looks for the missing words."""
    text = "A man stands at a stall. Behind him, two women are carrying baskets with"

    assert find_faults(text, ["cut-off"])["cut-off"].endswith("baskets with")


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("", ""),
        ("12", ""),
        ("\u00b9\u00b2", ""),
        ("dog", "LATIN"),
        ("\u3042\u30a2\u5c71 x", "CJK"),
        ("\u0434\u0430, ok \u0434\u0430", "CYRILLIC"),
    ],
)
def test_the_main_script_is_that_of_most_letters(text: str, script: str) -> None:
    """Japanese letters of all kinds count as one."""
    assert main_script(text) == script


def test_a_letter_without_a_name_is_of_an_unknown_script() -> None:
    """As one for private use."""
    assert script_of("\ue000") == "UNKNOWN"
