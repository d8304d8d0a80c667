"""Statistics of a set of captions."""

import statistics
from collections import Counter

from hypothesis import example, given
from hypothesis import strategies as st

from rwcap.checks.form import words_of
from rwcap.checks.set_statistics import SetStatistics

WORDS = st.sampled_from(["a", "dog", "the", "Sea", "\u72d7", ",", "."])
TEXTS = st.lists(WORDS, max_size=12).map(" ".join)


def of(*texts: str) -> dict[str, object]:
    """Return the statistics of texts."""
    found = SetStatistics()
    for text in texts:
        found.add(text)
    return found.to_json()


def test_a_set_is_described() -> None:
    """Its lengths, its words, and what many captions have in common."""
    found = of("A dog on a beach.", "A dog on a sofa.", "a Dog on a rug", "Rain")

    assert found == {
        "captions": 4,
        "words": {"total": 16, "mean": 4.0, "least": 1, "median": 5, "most": 5},
        "characters": {"total": 51, "mean": 12.8, "least": 4, "median": 10, "most": 17},
        "lengths": [{"words": 0, "captions": 4}],
        "vocabulary": 7,
        "openings": [{"text": "a dog on", "captions": 3}],
        "phrases": [
            {"text": "a dog on", "captions": 3},
            {"text": "dog on a", "captions": 3},
        ],
    }


def test_a_set_without_captions_has_no_lengths() -> None:
    """The keys are the same."""
    found = of()

    assert found.keys() == of("A dog").keys()
    assert found["words"] == {
        "total": 0,
        "mean": None,
        "least": None,
        "median": None,
        "most": None,
    }
    assert found["lengths"] == []


@given(st.lists(TEXTS, max_size=30))
@example(["a dog the Sea", "a dog the", ""])
def test_small_sets_are_counted_exactly(texts: list[str]) -> None:
    """As the plain way to count does it."""
    found = of(*texts)

    words = [words_of(text) for text in texts]
    phrases = [{*zip(each, each[1:], each[2:], strict=False)} for each in words]
    counts = Counter(" ".join(phrase) for each in phrases for phrase in each)
    assert found["vocabulary"] == len({word for each in words for word in each})
    assert (
        found["phrases"]
        == [
            {"text": text, "captions": count}
            for text, count in sorted(
                counts.items(), key=lambda each: (-each[1], each[0])
            )
            if count > 1
        ][:10]
    )
    lengths = found["words"]
    assert isinstance(lengths, dict)
    middle = statistics.median_low(map(len, words)) if words else None
    assert lengths["median"] == middle


def test_the_memory_is_bounded_and_what_is_common_is_found() -> None:
    """Among a third of a million words and phrases that come once."""
    captions = SetStatistics()
    for number in range(1_000):
        rare = " ".join(f"w{number}x{at}" for at in range(300))
        captions.add(f"In the background {rare} of a wide field")

    found = captions.to_json()
    vocabulary = found["vocabulary"]
    assert isinstance(vocabulary, int)
    assert abs(vocabulary / 300_007 - 1) < 0.02
    assert found["openings"] == [{"text": "in the background", "captions": 1_000}]
    phrases = found["phrases"]
    assert isinstance(phrases, list)
    assert {each["text"] for each in phrases} == {
        *("in the background", "of a wide", "a wide field")
    }
    assert all(990 <= each["captions"] <= 1_000 for each in phrases)


def test_a_huge_caption_is_a_caption() -> None:
    """A megabyte of words, and one word of a megabyte."""
    found = of("word " * 200_000, "x" * 1_000_000)

    words = found["words"]
    assert isinstance(words, dict)
    assert (words["total"], words["most"], words["median"]) == (200_001, 200_000, 1)
    assert found["lengths"] == [
        {"words": 0, "captions": 1},
        {"words": 1_000, "captions": 1},
    ]
    assert found["vocabulary"] == 2
