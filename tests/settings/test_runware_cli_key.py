"""The file of Runware's own command-line tool."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.settings.credentials import parse_yaml_key

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
def test_one_scalar_is_read(text: str, key: str | None) -> None:
    """Plain or quoted, at the top level; what is cleverer is not guessed at."""
    assert parse_yaml_key(text) == key


@given(st.text())
def test_whatever_the_file_holds_it_is_read(text: str) -> None:
    """A key, or none."""
    assert (parse_yaml_key(text) or "") in text


@given(BARE, st.sampled_from(["{}", '"{}"', "'{}'"]), st.text("# \n:x", max_size=9))
def test_any_key_is_found(key: str, form: str, before: str) -> None:
    """Whatever stands above it."""
    assert parse_yaml_key(f"{before}\napi_key: {form.format(key)}\n") == key
