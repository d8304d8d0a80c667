"""Alternative text is short and plain and ends with a whole sentence."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.alt_text import (
    DEFAULT_ALT_CHARS,
    MAX_ALT_RETRIES,
    MIN_ALT_CHARS,
    alt_prompt,
    clean_alt,
    fit_length,
    shorter_prompt,
)


@pytest.mark.parametrize(
    ("reply", "alt"),
    [
        ("A red boat on a lake.", "A red boat on a lake."),
        ("The image shows a red boat.", "A red boat."),
        ("An image of a red boat.", "A red boat."),
        ("In this image, two people walk.", "Two people walk."),
        ("This is a photo of a dog.", "A dog."),
        ("This photograph depicts\na dog.", "A dog."),
        ("Alt text: A dog.", "A dog."),
        ('"A dog."', "A dog."),
        ("“A photo showing a dog.”", "A dog."),
        ("**A dog** on `grass`.", "A dog on grass."),
        ("# Dogs\n\n- A dog.\n- A cat.", "Dogs A dog. A cat."),
        ("A photo booth in a station.", "A photo booth in a station."),
        ("The picture frame shows age.", "The picture frame shows age."),
        ("The file is called a_b_c.", "The file is called a_b_c."),
        ("Image of", "Image of"),
        ('"Stop" sign next to "Go"', '"Stop" sign next to "Go"'),
        ("A picture is hanging on a wall.", "A picture is hanging on a wall."),
        ("The image is of a dog.", "A dog."),
        ("The image is a close-up of a dog.", "A close-up of a dog."),
        ("iPhone on a desk", "iPhone on a desk"),
        ("- 5 degrees on a sign", "- 5 degrees on a sign"),
        ("[A dog](http://x.example) <b>runs</b>.", "A dog runs."),
        ('"Alt text: The image shows a dog."', "A dog."),
        ("A dog<br/>on a <b class='x'>big</b> quay.", "A dog on a big quay."),
        ("<div>A dog.</div><p>A cat.</p>", "A dog. A cat."),
        ("<!-- alt -->A <my-tag>dog</my-tag>", "A dog"),
        ("&quot;A dog &amp; a cat.&quot;", "A dog & a cat."),
        ("A heart <3 of <me@x.example>", "A heart <3 of <me@x.example>"),
        ("A sign reads <EXIT> and <Exit 3>.", "A sign reads <EXIT> and <Exit 3>."),
        ("<answer>A dog.</answer>", "A dog."),
        ("3. Klasse der Schule vor dem Tor", "3. Klasse der Schule vor dem Tor"),
        ("\n1. FC Köln im Stadion\n", "1. FC Köln im Stadion"),
        ("1. und 2. Klasse vor dem Tor", "1. und 2. Klasse vor dem Tor"),
        ("1. A dog.\n2. A cat.", "A dog. A cat."),
        ("Animals:\n\n 1. A dog.", "Animals: A dog."),
        ("1) A dog.", "A dog."),
        ("~~A dog~~, [a cat][1] and \\*a cow\\*", "A dog, a cat and a cow"),
        ("```text\nA dog.\n```", "A dog."),
        ("---\nA dog.\n***", "A dog."),
        ('""A dog.""', "A dog."),
        *((f"{one}A dog.{two}", "A dog.") for one, two in ("„“", "„”", "»«")),
        ("「“A dog.”」", "A dog."),
        ('A photograph showing "a dog"', "A dog"),
        ("„Halt“ neben „Los“", "„Halt“ neben „Los“"),
        ("The image is showing a dog.", "A dog."),
        ("This picture clearly shows a dog.", "A dog."),
        ("'", "'"),
        ("2 * 3 is 6", "2 * 3 is 6"),
        ("", ""),
        (" \n ", ""),
    ],
)
@pytest.mark.promises("rules")
def test_a_reply_is_cleaned(reply: str, alt: str) -> None:
    """Markup, quotation marks, labels and lead-ins such as "image of" are removed."""
    assert clean_alt(reply) == alt


DOG = "\u4e00\u53ea\u72d7"
"""Chinese for a dog."""

LONG = "Two people in red coats walk along a quiet beach at dusk"


@pytest.mark.parametrize(
    ("reply", "limit", "alt"),
    [
        ("A dog.", 6, "A dog."),
        ("A dog. A cat.", 12, "A dog."),
        ("A dog. A cat.", 13, "A dog. A cat."),
        ("A dog! A cat? A cow.", 15, "A dog! A cat?"),
        ('He says "Stop." Then he goes.', 20, 'He says "Stop."'),
        ("It is 3.5 metres long and wide.", 9, None),
        ("Dr. Jones and J. Doe in a boat.", 20, None),
        ("A dog", 4, None),
        ("View of Mt. Fuji in the snow of a morning", 20, None),
        ("A clock at 5 p.m. in a square of a town", 20, None),
        ('A sign reads "Enough. We want more." in red', 30, None),
        ("A map (of a city. Torn a bit) on a table", 20, None),
        (f"{DOG}\u3002{DOG}\u3002", 5, f"{DOG}\u3002"),
        (f"{DOG}\u061f {DOG}", 6, f"{DOG}\u061f"),
        (LONG, 40, None),
        ("", 10, None),
    ],
)
@pytest.mark.promises("rules")
def test_a_long_text_is_cut_after_a_sentence(
    reply: str, limit: int, alt: str | None
) -> None:
    """Without a sentence that fits, the result is None."""
    assert fit_length(reply, limit) == alt


@given(st.text(), st.integers(1, 300))
@pytest.mark.promises("rules")
def test_any_result_is_within_the_limit(reply: str, limit: int) -> None:
    """The result is one line and the beginning of the cleaned reply."""
    alt = fit_length(reply, limit)

    if alt is not None:
        assert 0 < len(alt) <= limit
        assert clean_alt(reply).startswith(alt)
        assert "\n" not in alt
    else:
        assert len(clean_alt(reply)) > limit or not clean_alt(reply)


def test_each_retry_asks_for_fewer_words() -> None:
    """Each prompt is different, so each buys a different text."""
    for limit in (MIN_ALT_CHARS, 41, DEFAULT_ALT_CHARS, 1000):
        first = alt_prompt(limit)
        others = [
            shorter_prompt(first, limit, retry)
            for retry in range(1, MAX_ALT_RETRIES + 1)
        ]
        words = [
            int(re.findall(r"at most (\d+) words", each)[-1])
            for each in (first, *others)
        ]
        assert words == sorted({*words}, reverse=True)
        assert words[-1] >= 1
    assert shorter_prompt("Why? ", DEFAULT_ALT_CHARS, 1) == (
        "Why? Answer with one short sentence of at most 21 words."
    )


@pytest.mark.promises("rules")
def test_a_small_part_of_a_text_is_no_alternative_text() -> None:
    """It says little, and may end in an abbreviation that no list has."""
    rest = "beside a long table with people who talk to each other and drink tea."

    assert fit_length(f"A portrait of Xabc. Obama stands {rest}", 90) is None
    assert fit_length(f"A woman in a coat. Obama stands {rest}", 90) is None
    assert fit_length(f"A woman in a red coat stands here. She {rest}", 90) == (
        "A woman in a red coat stands here."
    )
