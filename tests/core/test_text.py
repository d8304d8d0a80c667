"""Untrusted text comes out harmless and whole."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.text import (
    display_name,
    escape_json,
    for_terminal,
    one_line,
    redact,
    strip_control,
    truncate,
)

ANYTHING = st.text(st.characters(codec=None))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("a \x1b[31mred\x1b[0m cat", "a [31mred[0m cat"),
        ("bell\x07 back\x08 nul\x00", "bell back nul"),
        ("\x9b2Jclear", "2Jclear"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("[bold]not markup[/bold]", "[bold]not markup[/bold]"),
        ("café 🐈‍⬛ 図書館", "café 🐈‍⬛ 図書館"),
        ("lone \ud83d surrogate", "lone \ufffd surrogate"),
    ],
)
def test_controls_go_and_words_stay(said: str, shown: str) -> None:
    """Escape sequences lose their escape; nothing a person reads is lost."""
    assert strip_control(said) == shown


def test_overrides_stay_in_a_pipe_and_go_on_a_terminal() -> None:
    """What could reorder the screen is kept for files only; plain marks stay."""
    text = "\u202eevil\u202c \u2067שמש\u2069 \u200f!"

    assert strip_control(text) == text
    assert for_terminal(text) == "evil שמש \u200f!"


@given(ANYTHING)
def test_plain_text_can_always_be_written(text: str) -> None:
    """It encodes as UTF-8, holds no control but newline and tab, and is stable."""
    harmless = strip_control(text)

    harmless.encode()
    controls = {c for c in harmless if unicodedata.category(c) == "Cc"}
    assert controls <= {"\n", "\t"}
    assert strip_control(harmless) == harmless


@given(ANYTHING)
def test_one_line_is_one_line(text: str) -> None:
    """No line end of any kind survives, nor two spaces in a row."""
    folded = one_line(text)

    assert len(folded.splitlines()) <= 1
    assert "\t" not in folded
    assert "  " not in folded


@given(ANYTHING)
def test_names_keep_their_length_and_lose_their_controls(source: str) -> None:
    """A name with a newline cannot fake a second line of output."""
    shown = display_name(source)

    assert len(shown) == (len(source) or 2)
    assert not any(unicodedata.category(c) == "Cc" for c in shown)


@given(ANYTHING, st.integers(10, 400))
def test_a_short_text_is_short(text: str, limit: int) -> None:
    """Beginning and end stay; what fits is not touched."""
    cut = truncate(text, limit)

    assert len(cut) <= limit + 3
    assert (cut == text) == (len(text) <= limit)
    assert cut[:5] == text[:5]


@given(ANYTHING)
def test_escaped_json_means_the_same(text: str) -> None:
    """Escapes change how a document looks, not what it says."""
    document = escape_json(json.dumps({"text": text}, ensure_ascii=False))

    assert json.loads(document) == {"text": text}
    document.encode()
    assert not any(unicodedata.category(c) == "Cc" for c in document)
    assert for_terminal(document) == document


@given(
    ANYTHING, st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8)
)
def test_a_hidden_secret_is_gone_and_the_rest_means_the_same(
    text: str, secret: str
) -> None:
    """However its characters are spelt in JSON."""
    escaped = "".join(f"\\u{ord(character):04x}" for character in secret)
    said = json.dumps(text)[1:-1]
    document = f'{{"a": "{said}", "b": "{escaped}"}}'.encode()

    shown = json.loads(redact(secret, document))

    if not set(secret) & set('"\\\\'):
        assert shown["b"] == "[key]"
    if secret not in text:
        assert shown["a"] == text
