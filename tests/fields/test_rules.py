"""Titles, alternative text and keywords obey their rules, or the rule is named."""

import pytest

from rwcap.fields.rules import (
    Checked,
    FieldRules,
    check_alt,
    check_keywords,
    check_text,
    check_title,
)
from rwcap.fields.vocabulary import parse_vocabulary

RULES = FieldRules()
FEW = FieldRules(keywords=3)


@pytest.mark.parametrize(
    ("text", "checked"),
    [
        ("A cat", Checked("A cat")),
        ('"A  cat."', Checked("A cat", repaired=True)),
        ("To be continued...", Checked("To be continued...")),
        ("St. Paul's. A cat", Checked("St. Paul's. A cat")),
        ('Reading "Moby Dick"', Checked('Reading "Moby Dick"')),
        ('"A cat".', Checked("A cat", repaired=True)),
        ("\u2018A cat.\u2019", Checked("A cat", repaired=True)),
        ("A cat..\u200b", Checked("A cat", repaired=True)),
        ("\u732b\u3002", Checked("\u732b", repaired=True)),
        ("x" * 60, Checked("x" * 60)),
        ("x" * 61, Checked(None, "61 characters; allowed: 60")),
        (" . ", Checked(None, "empty")),
    ],
)
@pytest.mark.promises("rules")
def test_title_is_short_and_has_no_full_stop(text: str, checked: Checked) -> None:
    """An ellipsis stays."""
    assert check_title(text) == checked


def test_alternative_text_is_cut_after_a_sentence() -> None:
    """As with --alt."""
    assert check_alt("A cat.", 40) == Checked("A cat.")
    cut = check_alt("A cat sits. It has a very long grey tail.", 20)
    assert cut == Checked("A cat sits.", repaired=True)
    assert check_alt("x" * 41, 40) == Checked(
        None, "41 characters, and no sentence ends within the first 40"
    )
    assert check_alt(" ", 40) == Checked(None, "empty")


def test_other_texts_are_on_one_line() -> None:
    """They are as long as captions in IPTC."""
    assert check_text("a\n b\x1b[31m") == Checked("a b[31m", repaired=True)
    assert check_text("x" * 2001) == Checked(None, "2,001 characters; allowed: 2,000")


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (["sea", "sky", "boat"], ("sea", "sky", "boat")),
        (["#sea", "2. sky", "- boat", '"gull".'], ("sea", "sky", "boat")),
        (["Sea", "Sky", "Boat"], ("sea", "sky", "boat")),
        (["Paris", "river", "boat"], ("Paris", "river", "boat")),
        (["boat", "boats", "Boat", "sea", "sky"], ("boat", "sea", "sky")),
        (["#sea#.", "(#sky)", "\uff03boat"], ("sea", "(sky)", "boat")),
        (["\u2018sea\u2019", "sea\xad", "sky", "sun"], ("sea", "sky", "sun")),
        (["cafe\u0301", "caf\xe9", "sky", "sun"], ("cafe\u0301", "sky", "sun")),
        (["sea", "", "x" * 65, "#", "sky", "sun"], ("sea", "sky", "sun")),
        (["=HYPERLINK(1)", "../x", "sea"], ("=HYPERLINK(1)", "../x", "sea")),
    ],
)
@pytest.mark.promises("rules")
def test_keywords_are_plain_and_distinct(
    words: list[str], kept: tuple[str, ...]
) -> None:
    """A capital letter marks a name, unless all have one."""
    checked = check_keywords(words, FEW)

    assert checked.value == kept
    assert checked.repaired == (tuple(words) != kept)


@pytest.mark.promises("rules")
def test_number_of_keywords_is_limited() -> None:
    """Too few do not fit; the first ones are kept of too many."""
    words = [chr(97 + n) * 3 for n in range(26)]

    assert check_keywords(words[:4], RULES) == Checked(
        None, "4 keywords; allowed: 5 to 15"
    )
    assert check_keywords(words, RULES).value == tuple(words[:15])
    assert check_keywords(words, FieldRules(keywords=20)).value == tuple(words[:20])
    assert check_keywords(words[:3], FEW).value == tuple(words[:3])
    assert check_keywords([], FEW).problem == "0 keywords; allowed: 3 to 3"


def test_keywords_are_mapped_to_a_vocabulary() -> None:
    """Others are kept, unless only the vocabulary is wanted."""
    vocabulary = parse_vocabulary("sea, ocean > water\nNew York", "v.txt")
    rules = FieldRules(vocabulary=vocabulary)
    words = ["ocean", "sea", "new york", "sky", "boat", "gull"]

    assert check_keywords(words, rules).value == (
        *("water", "New York", "sky", "boat", "gull"),
    )
    only = rules._replace(vocabulary_only=True)
    assert check_keywords(words, only).value == ("water", "New York")
    assert check_keywords(["sky"], only).problem == "0 keywords; allowed: 1 to 15"
