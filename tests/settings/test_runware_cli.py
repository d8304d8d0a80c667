"""The key is read from the file of Runware's command-line tool."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.settings.runware_cli import parse_key

BARE = st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("api_key: abc\n", "abc"),
        ("version: 1\r\napi_key:   abc  \r\n", "abc"),
        ('api_key: "a b" # mine', "a b"),
        ("api_key: 'abc'#no comment", None),
        ("api_key : abc # mine", "abc"),
        ("api_key: abc#def", "abc#def"),
        ("  api_key: abc", None),
        ("# api_key: abc", None),
        ("api_key:", None),
        ("api_key: |\n  abc", None),
        ('api_key: "a\\x62c"', None),
        ("api_key: {a: b}", None),
        ("api_key: a b", None),
        ("", None),
    ],
)
def test_a_scalar_is_read(text: str, key: str | None) -> None:
    """It is plain or quoted and at the top level. Other YAML is ignored."""
    assert parse_key(text) == key


@given(st.text())
def test_any_text_gives_a_key_or_none(text: str) -> None:
    """No exception is raised."""
    assert (parse_key(text) or "") in text


@given(BARE, st.sampled_from(["{}", '"{}"', "'{}'"]), st.text("# \n:x", max_size=9))
def test_any_key_is_found(key: str, form: str, before: str) -> None:
    """Lines above it do not matter."""
    assert parse_key(f"{before}\napi_key: {form.format(key)}\n") == key
