"""Keywords are the same whatever their case and number; merging adds only others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.keywords import new_keywords


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cat", "cat"),
        ("Cat", "cAT"),
        ("STRASSE", "straße"),
        ("sailing boat", " sailing\n\tboat "),
        ("caf\xe9", "cafe\u0301"),
        ("cat", "c\xada\u200bt"),
        ("cat", "cats"),
        ("Sailing Boat", "sailing boats"),
        ("bus", "buses"),
        ("box", "boxes"),
        ("church", "churches"),
        ("dish", "dishes"),
        ("potato", "potatoes"),
        ("movie", "movies"),
        ("city", "cities"),
        ("horse", "horses"),
        ("lens", "lenses"),
        ("glass", "glasses"),
        ("wolf", "wolves"),
        ("knife", "knives"),
        ("man", "men"),
        ("fire woman", "fire women"),
        ("child", "children"),
        ("old person", "old people"),
    ],
)
def test_case_space_encoding_and_plural_make_no_difference(
    one: str, other: str
) -> None:
    """In both directions."""
    assert new_keywords([one], [other]) == ()
    assert new_keywords([other], [one]) == ()
    assert new_keywords([one, other]) == (one,)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("car", "care"),
        ("pin", "pine"),
        ("plan", "planes"),
        ("glass", "glas"),
        ("bus", "bu"),
        ("tennis", "tenni"),
        ("cats and dogs", "cat and dog"),
        ("as", "a"),
        ("Köln", "Koln"),
    ],
)
def test_other_words_are_other_keywords(one: str, other: str) -> None:
    """However similar they are."""
    assert new_keywords([one], [other]) == (one,)
    assert new_keywords([other], [one]) == (other,)


def test_each_level_of_a_known_keyword_counts() -> None:
    """A keyword that a person has put under others is there already."""
    known = ["Animals|Cats", "Place|Europe|Oslo"]
    keywords = ["animal", "cat", "harbour", "oslo"]

    assert new_keywords(keywords, known, separator="|") == ("harbour",)
    assert new_keywords(keywords, known) == tuple(keywords)


def test_an_empty_keyword_is_none() -> None:
    """So is one of white space."""
    assert new_keywords(["", " \n", "cat"]) == ("cat",)


WORDS = st.sampled_from(
    [*("cat", "Cats", "box", "boxes", "axe", "ax", "axes", "ss", "s", "", "women")]
) | st.text(max_size=6)
KEYWORDS = st.lists(WORDS | st.builds(lambda a, b: f"{a} {b}", WORDS, WORDS))


@given(KEYWORDS, KEYWORDS, st.sampled_from(["", "|", "/"]))
def test_merging_any_keywords_adds_no_second_of_a_kind(
    keywords: list[str], known: list[str], separator: str
) -> None:
    """What is added keeps its order, and a second time adds nothing."""
    added = new_keywords(keywords, known, separator=separator)

    assert list(added) == sorted(added, key=keywords.index)
    assert new_keywords(keywords, [*known, *added], separator=separator) == ()
    assert new_keywords(added, known, separator=separator) == added
    for number, each in enumerate(added):
        assert each.strip()
        assert new_keywords([each], added[:number]) == (each,)
        assert new_keywords([each.casefold()], [each]) == ()


@given(KEYWORDS, KEYWORDS)
@pytest.mark.promises("persons")
def test_nothing_is_lost_by_merging(keywords: list[str], known: list[str]) -> None:
    """Every keyword is there afterwards, or one that is the same."""
    merged = [*known, *new_keywords(keywords, known)]

    assert new_keywords(keywords, merged) == ()
    assert merged[: len(known)] == known
