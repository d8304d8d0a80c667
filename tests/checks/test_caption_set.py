"""Checks of a caption among all others."""

import random

from hypothesis import given
from hypothesis import strategies as st

from rwcap.checks.similarity import SimilarTexts
from tests.checks.pass_over import faults

LONG = "A lighthouse with a red lamp stands on a rock, and waves break below it at"


def unlike(count: int) -> list[str]:
    """Return captions that have nothing in common."""
    rng = random.Random(1)  # noqa: S311  # makes samples
    return [" ".join(f"{rng.randrange(9**9)}" for _ in range(12)) for _ in range(count)]


def sizes(texts: list[str]) -> list[int]:
    """Return the sizes of the groups of texts."""
    similar = SimilarTexts()
    for text in texts:
        similar.add(text)
    return list(similar.group_sizes())


def test_captions_that_differ_in_a_word_are_one_group() -> None:
    """Wherever they stand in the set."""
    texts = unlike(50)
    for at, word in ((3, "dawn"), (20, "noon"), (45, "night")):
        texts[at] = f"{LONG} {word}."

    found, _ = faults(texts, ["near-identical"])

    assert [at for at, each in enumerate(found) if each] == [3, 20, 45]
    assert found[3]["near-identical"].startswith("like 2 others: A lighthouse")


def test_two_captions_may_be_the_same() -> None:
    """A caption fails if two others are like it."""
    found, _ = faults([LONG, LONG, *unlike(5)], ["near-identical"])

    assert not any(found)


@given(st.lists(st.text(), max_size=20))
def test_equal_texts_are_in_groups_of_equal_size(texts: list[str]) -> None:
    """Each is at least as large as the number of equal texts with two words."""
    found = sizes(texts)

    assert all(1 <= size <= len(texts) for size in found)
    by_text = dict(zip(texts, found, strict=True))
    assert all(
        by_text[text] == size
        for text, size in zip(texts, found, strict=True)
        if len(text.split()) > 1 and text.isascii() and text.replace(" ", "").isalpha()
    )


def test_texts_of_one_word_are_like_no_other() -> None:
    """There is nothing to compare."""
    assert sizes(["dog", "dog", "", ""]) == [1, 1, 1, 1]


def test_a_script_that_few_captions_have_is_a_fault() -> None:
    """A script that many have is not; captions without letters do not count."""
    english, chinese = ["A dog runs."] * 19, "\u4e00\u53ea\u72d7\u5728\u8dd1\u3002"

    few, _ = faults([*english, chinese, "12"], ["script"])
    many, _ = faults([*english, *[chinese] * 3], ["script"])

    assert [at for at, each in enumerate(few) if each] == [19]
    assert not any(many)


def test_a_phrase_of_most_captions_is_named_with_its_count() -> None:
    """Over the blocks in which phrases are counted."""
    texts = unlike(2_500)
    for at in range(2_100):
        texts[at] = f"photo of TOKEN, {texts[at]}"

    _, phrases = faults(texts, ["common-phrase"])

    assert phrases == {"photo of token": 2_100}


def test_a_phrase_of_one_block_is_not_common() -> None:
    """It is counted over all captions."""
    texts = unlike(2_500)
    for at in range(1_000):
        texts[at] = f"photo of TOKEN, {texts[at]}"

    assert faults(texts, ["common-phrase"])[1] == {}
