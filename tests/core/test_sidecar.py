"""Captions are merged with existing text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.sidecar import (
    ADDING_MODES,
    BYTE_ORDER_MARK,
    MergeMode,
    sidecar_content,
)
from rwcap.core.text import one_line

ANYTHING = st.text(st.characters(codec=None))


@pytest.mark.parametrize(
    ("mode", "old", "new"),
    [
        (MergeMode.SKIP, "old\n", "a cat\n"),
        (MergeMode.OVERWRITE, "old\n", "a cat\n"),
        (MergeMode.APPEND, "old\n", "old\na cat\n"),
        (MergeMode.APPEND, "old", "old\na cat\n"),
        (MergeMode.APPEND, "two\r\nlines\r\n", "two\r\nlines\r\na cat\r\n"),
        (MergeMode.APPEND, "two\r\nlines", "two\r\nlines\r\na cat\r\n"),
        (MergeMode.PREPEND, "two\r\nlines", "a cat\r\ntwo\r\nlines"),
        (MergeMode.APPEND, "\ufeffold\n", "\ufeffold\na cat\n"),
        (MergeMode.PREPEND, "\ufeffold\n", "\ufeffa cat\nold\n"),
        (MergeMode.PREPEND, "\ufeff", "\ufeffa cat\n"),
        (MergeMode.OVERWRITE, "\ufeffold\n", "a cat\n"),
        (MergeMode.APPEND, "one a cat\n", "one a cat\na cat\n"),
        (MergeMode.PREPEND, "old\n", "a cat\nold\n"),
        (MergeMode.PREPEND, "old", "a cat\nold"),
        (MergeMode.PREPEND, "a cat on a mat\n", "a cat\na cat on a mat\n"),
        (MergeMode.APPEND, "", "a cat\n"),
        (MergeMode.APPEND, " \r\n", "a cat\n"),
        (MergeMode.PREPEND, None, "a cat\n"),
    ],
)
def test_each_mode_merges_the_caption(
    mode: MergeMode, old: str | None, new: str
) -> None:
    """The caption replaces the old text, or is added below or above it."""
    assert sidecar_content("a cat", old=old, mode=mode) == new


@pytest.mark.parametrize(
    "old",
    [
        *("a cat\n", "a cat", "a cat\nand so on", "one\na cat\ntwo\n", "one\na cat"),
        *("one\r\na cat\r\n", "\ufeffa cat\r\none\r\n"),
    ],
)
@pytest.mark.parametrize("mode", [MergeMode.APPEND, MergeMode.PREPEND])
def test_an_existing_caption_is_not_added_again(mode: MergeMode, old: str) -> None:
    """Its position does not matter, and the file stays unchanged."""
    assert sidecar_content("a cat", old=old, mode=mode) == old


@given(ANYTHING, st.sampled_from(MergeMode), st.none() | ANYTHING)
def test_merging_twice_changes_nothing_and_keeps_the_old_text(
    caption: str, mode: MergeMode, old: str | None
) -> None:
    """This holds for any texts."""
    once = sidecar_content(caption, old=old, mode=mode)

    assert sidecar_content(caption, old=once, mode=mode) == once
    assert one_line(caption) in once
    text = (old or "").removeprefix(BYTE_ORDER_MARK)
    if not text.isspace() and mode in ADDING_MODES:
        assert text in once


@given(ANYTHING)
def test_a_new_sidecar_is_one_line(caption: str) -> None:
    """Trainers read one line per file."""
    text = sidecar_content(caption, old=None, mode=MergeMode.SKIP)

    assert text.endswith("\n")
    assert len(text.splitlines()) == 1
