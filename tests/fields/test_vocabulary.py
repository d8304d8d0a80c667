"""The user's own keywords, and words that mean the same."""

import pytest

from rwcap.core.errors import UsageError
from rwcap.fields.vocabulary import Vocabulary, parse_vocabulary


def test_words_are_mapped_whatever_their_case() -> None:
    """A keyword of its own line is itself, even if another line maps it."""
    found = parse_vocabulary(
        "# places\n\nsea, Ocean > water\nNew York\nwater, sea,  > waves\nsea\n", "v.txt"
    )

    assert [found.find(word) for word in ("SEA", "ocean", "new  york", "sky")] == [
        "sea",
        "water",
        "New York",
        None,
    ]
    assert found.find("water") == "water"
    assert found.listed() == ("water", "sea", "New York", "waves")


def test_a_long_vocabulary_is_not_listed_in_prompts() -> None:
    """It still maps words."""
    many = parse_vocabulary("\n".join(f"w{n}" for n in range(101)), "v.txt")
    long = parse_vocabulary("\n".join(f"{n:060}" for n in range(20)), "v.txt")

    assert many.listed() == long.listed() == Vocabulary().listed() == ()
    assert many.find("W7") == "w7"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "v.txt: no keywords"),
        ("# only a comment", "v.txt: no keywords"),
        ("sea\nocean >", "v.txt: line 2: 'ocean >' does not name one keyword"),
        ("a > b > c", "line 1: 'a > b > c' does not name"),
        ("sea, ocean", "line 1: 'sea, ocean' does not name"),
        ("x" * 65, "does not name one keyword"),
    ],
)
def test_lines_without_a_keyword_are_refused(text: str, reason: str) -> None:
    """The message names the line."""
    with pytest.raises(UsageError) as refused:
        parse_vocabulary(text, "v.txt")

    assert reason in refused.value.message
    assert refused.value.hint
