"""Untrusted text becomes safe and keeps its visible characters."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.text import (
    display_name,
    escape_json,
    for_terminal,
    hide_path,
    one_line,
    redact,
    strip_control,
    strip_secrets_of_urls,
    truncate,
    url_secrets,
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
def test_control_characters_are_removed(said: str, shown: str) -> None:
    """Escape sequences lose their escape character. Visible characters stay."""
    assert strip_control(said) == shown


def test_bidirectional_controls_are_removed_for_a_terminal_only() -> None:
    """Overrides and isolates can reorder the line. Plain marks stay."""
    text = "\u202eevil\u202c \u2067שמש\u2069 \u200f!"

    assert strip_control(text) == text
    assert for_terminal(text) == "evil שמש \u200f!"


@given(ANYTHING)
def test_any_stripped_text_can_be_encoded(text: str) -> None:
    """It keeps newlines and tabs only, and stripping it again changes nothing."""
    harmless = strip_control(text)

    harmless.encode()
    controls = {c for c in harmless if unicodedata.category(c) == "Cc"}
    assert controls <= {"\n", "\t"}
    assert strip_control(harmless) == harmless


@given(ANYTHING)
def test_any_folded_text_is_one_line(text: str) -> None:
    """It has no line end, no tab and no two spaces in a row."""
    folded = one_line(text)

    assert len(folded.splitlines()) <= 1
    assert "\t" not in folded
    assert "  " not in folded


@given(ANYTHING)
def test_a_display_name_has_no_control_characters(source: str) -> None:
    """A newline in a file name cannot add a line to the output."""
    shown = display_name(source)

    assert len(shown) == (len(source) or 2)
    assert not any(unicodedata.category(c) == "Cc" for c in shown)


@given(ANYTHING, st.integers(10, 400))
def test_a_long_text_is_truncated_in_the_middle(text: str, limit: int) -> None:
    """The beginning and the end stay. A short text is unchanged."""
    cut = truncate(text, limit)

    assert len(cut) <= limit + 3
    assert (cut == text) == (len(text) <= limit)
    assert cut[:5] == text[:5]


@given(ANYTHING)
def test_escaped_json_has_the_same_value(text: str) -> None:
    """The document contains no character that a terminal interprets."""
    document = escape_json(json.dumps({"text": text}, ensure_ascii=False))

    assert json.loads(document) == {"text": text}
    document.encode()
    assert not any(unicodedata.category(c) == "Cc" for c in document)
    assert for_terminal(document) == document


@given(
    ANYTHING, st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8)
)
def test_a_secret_is_redacted_and_the_rest_stays(text: str, secret: str) -> None:
    """The secret is found even if JSON escapes its characters."""
    escaped = "".join(f"\\u{ord(character):04x}" for character in secret)
    said = json.dumps(text)[1:-1]
    document = f'{{"a": "{said}", "b": "{escaped}"}}'.encode()

    shown = json.loads(redact(secret, document))

    if not set(secret) & set('"\\\\'):
        assert shown["b"] == "[secret]"
    if secret not in text:
        assert shown["a"] == text


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("https://a.example/p.jpg failed", "https://a.example/p.jpg failed"),
        (
            "cannot load 'https://a.example/?t=1#f'.",
            "cannot load 'https://a.example/'.",
        ),
        ("HTTP://me:p@ss@a.example:8/x?y=b@c, so", "HTTP://a.example:8/x so"),
        ("no URL: me:pass@a.example?", "no URL: me:pass@a.example?"),
        ("http://", "http://"),
    ],
)
def test_urls_in_a_message_have_no_secrets(said: str, shown: str) -> None:
    """User, password, query and fragment are left out; the rest stays."""
    assert strip_secrets_of_urls(said) == shown


def test_the_url_of_a_webhook_is_shown_by_its_host() -> None:
    """Its path can be a secret as well."""
    assert hide_path("https://me:x@a.example:8/b/c?d") == "https://a.example:8/..."
    assert hide_path("https://a.example?d") == "https://a.example/..."


def test_an_escaped_slash_hides_no_secret() -> None:
    """Some services write each slash so."""
    assert redact("secret/key", rb"""{"a": "secret\/key \\/"}""") == (
        rb"""{"a": "[secret] \\/"}"""
    )


def test_the_parts_of_a_url_that_can_be_secret_are_known() -> None:
    """As they are, and with other percent-encoding."""
    found = url_secrets("https://me:p%40ss@a.example:8/b/c+d/e?f=g%2fh/i=&j#k=l")

    assert {"me", "p@ss", "p%40ss", "b", "c+d", "c%2Bd", "e", "j", "l"} <= found
    assert {"g/h/i=", "g%2fh/i=", "g%2Fh%2Fi%3D"} <= found
    assert not {"a.example:8", "https", "f", "k"} & found
    assert url_secrets("https://a.example") <= {
        *("", ":", "%3A", "https://a.example", "https%3A%2F%2Fa.example")
    }


def test_what_a_reply_is_read_by_is_no_secret() -> None:
    """A part of a URL can have the name of a member, or be an error code."""
    body = (
        b'{"errors": [{"code": "invalidTaskUUID", "taskUUID" : "0f8f-0000",'
        b' "message": "taskUUID 0F8F-0000 is a invalidTaskUUID", "b": "taskUUID"}]}'
    )

    for secret in ("taskUUID", "invalidTaskUUID", "0f8f-0000"):
        body = redact(secret, body)

    (error,) = json.loads(body)["errors"]
    assert error == {
        "code": "invalidTaskUUID",
        "taskUUID": "0f8f-0000",
        "message": "[secret] [secret] is a invalid[secret]",
        "b": "[secret]",
    }
