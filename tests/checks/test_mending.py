"""Captions are mended by dropping whole sentences, or left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.checks.all_checks import CHECKS, find_faults
from rwcap.checks.mending import MENDABLE, mend, mended_forms
from rwcap.core.sentences import split_sentences

SENTENCES = (
    "A dog sits on a porch. ",
    "It may be a hound. ",
    "The image shows a dog. ",
    "The sky is blue.\n",
    "Dr. Who says \u201cStop. Now.\u201d ",
    "A dog sits on a porch. ",
    "Behind the dog, a man is carrying a",
    "I'm sorry. ",
)


@pytest.mark.parametrize(
    ("text", "rest", "dropped"),
    [
        (
            "A dog sits on a porch. Perhaps a hound. The sky is blue.",
            "A dog sits on a porch. The sky is blue.",
            ("hedging",),
        ),
        (
            "Sure! Here is a caption: dogs. Two dogs play in the grass.",
            "Two dogs play in the grass.",
            ("preamble", "meta-words"),
        ),
        (
            f"{'A dog sits here. ' * 4}A cat looks on.",
            "A dog sits here. A cat looks on.",
            ("loop",),
        ),
        (
            "A street, and cars, and cars, and cars, and cars. A man waits.",
            "A man waits.",
            ("loop",),
        ),
        (
            "A man stands at a stall. Behind him, two women are carrying a",
            "A man stands at a stall.",
            ("cut-off",),
        ),
        (
            "A dog in St. Paul. Perhaps by J. Doe, ca. May or so. The sky is blue.",
            "A dog in St. Paul. The sky is blue.",
            ("hedging",),
        ),
        (
            "A red boat lies at the quay. Its mood is what the viewer feels.",
            "A red boat lies at the quay.",
            ("meta-words",),
        ),
    ],
)
def test_sentences_that_fail_are_dropped(
    text: str, rest: str, dropped: tuple[str, ...]
) -> None:
    """The others stay as they are."""
    mended = mend(text, MENDABLE)

    assert mended == (rest, dropped)
    assert rest in mended_forms(text)


@pytest.mark.parametrize(
    "text",
    [
        "A dog sits on a porch.",
        "Perhaps it is a dog.",
        "I'm sorry. Perhaps a dog. A cat sits on a sofa.",
        "The image shows a dog on a porch. It sleeps.",
        "The image shows a dog on a porch. Trees stand behind it.",
        "Perhaps a dog. A cat.",
        "Perhaps a dog sits on a **porch**.",
        "...",
    ],
)
def test_a_caption_that_cannot_be_mended_stays(text: str) -> None:
    """If nothing is wrong, too little is left, or a sentence needs the dropped one."""
    assert mend(text, [*CHECKS]) is None
    assert mended_forms(text) == set()


def test_only_a_beginning_can_be_a_preamble() -> None:
    """The same words in a later sentence are left."""
    text = "Sure! Two dogs play in the grass. Sure, the dogs are happy."

    mended = mend(text, ["preamble"])

    assert mended == (text.removeprefix("Sure! "), ("preamble",))


def test_another_fault_stays_one() -> None:
    """A refusal or markup is not mended; the caption still fails fewer checks."""
    mended = mend("A **dog** sits. Perhaps a hound.", [*CHECKS])

    assert mended
    assert find_faults(mended.text, CHECKS).keys() == {"markup"}


def test_a_reply_of_many_sentences_is_mended_at_once() -> None:
    """Each is looked at a few times, however many there are."""
    text = "".join(f'Boat {number} "sails". ' for number in range(10_000))

    mended = mend(f"{text}Perhaps a boat. {text}", ["hedging", "loop"])

    assert mended == (text.rstrip(), ("hedging", "loop"))


@given(st.lists(st.sampled_from(SENTENCES), max_size=8).map("".join))
def test_nothing_is_added_and_less_fails(text: str) -> None:
    """The rest consists of sentences of the text, in their order."""
    pieces = split_sentences(text)
    assert "".join(pieces) == text

    mended = mend(text, MENDABLE)

    if mended:
        left = iter(each.strip() for each in pieces)
        assert all(each.strip() in left for each in split_sentences(mended.text))
        before, after = (find_faults(each, MENDABLE) for each in (text, mended.text))
        assert after.keys() < before.keys()
        assert {mended.text} <= mended_forms(text)
        assert mended.dropped
