"""Globs match as in a shell, patterns as in .gitignore, in bounded time."""

from fnmatch import fnmatchcase
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.sources.patterns import compile_glob, compile_pattern, is_glob, split_glob

NAMES = st.just("a") | st.text("ab.-]\n\udce9", min_size=1, max_size=4)
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
WILD = ["*", "?", "**", "/**/", "[ab]", "[!a]", "[a-c]", "[b-a]", "[!b-a]"]
BRACKETS = ["[]a]", "[!]]", "[", "]", "[]", "[!]"]
PLAIN = ["/", "a", "b", ".", "-", "\n", "\udce9"]
PIECES = st.sampled_from(["/", "a", "*", "/**/"]) | st.sampled_from(
    [*WILD, *BRACKETS, *PLAIN]
)
PATTERNS = st.lists(PIECES, max_size=6).map("".join)


def reference(parts: list[str], components: list[str]) -> bool:
    """Return whether the parts match the components, by trying every combination."""
    if not parts or not components:
        return not parts and not components
    if parts[0] != "**":
        fits = fnmatchcase(components[0], parts[0])
        return fits and reference(parts[1:], components[1:])
    ways = (components[taken:] for taken in range(len(components)))
    return len(parts) == 1 or any(reference(parts[1:], rest) for rest in ways)


@given(PATTERNS, PATHS)
def test_a_pattern_matches_as_the_reference_does(pattern: str, path: str) -> None:
    """The reference uses fnmatch for each component and tries every combination."""
    body = pattern.removesuffix("/")
    *folders, last = body.removeprefix("/").split("/")
    parts = [part for part in folders if part not in {"", "."}] + [last]
    components = path.split("/")

    expected = reference(parts, components if "/" in body else components[-1:])

    assert compile_pattern(pattern).matches(path, folder=True) == expected
    assert compile_pattern(pattern).matches(path) == (expected and body == pattern)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*.jpg", "a.jpg", True),
        ("*.jpg", "a/b/c.jpg", True),
        ("*.jpg", "a.JPG", False),
        ("*.jpg", "a.jpg/b", False),
        ("/*.jpg", "a.jpg", True),
        ("/*.jpg", "a/b.jpg", False),
        ("a/*.jpg", "a/b.jpg", True),
        ("a/*.jpg", "x/a/b.jpg", False),
        ("a/*.jpg", "a/b/c.jpg", False),
        ("a/**/c.jpg", "a/c.jpg", True),
        ("a/**/c.jpg", "a/b/b/c.jpg", True),
        ("a/**", "a/b/c.jpg", True),
        ("a/**", "a", False),
        ("**/a", "a", True),
        ("**/**/a/**/**", "x/a/b", True),
        ("**", "a/.b/c", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("a[.-0]c", "a/c", False),
        ("[!a-c]*", "day", True),
        ("[!a-c]*", "boy", False),
        ("a*z", "a\n\udcffz", True),
        ("a[1", "a[1", True),
        ("cats/", "cats", False),
        ("", "a", False),
        ("/", "a", False),
    ],
)
def test_a_pattern_works_as_in_gitignore(
    pattern: str, path: str, *, expected: bool
) -> None:
    """Names match at any depth, paths from the root, and `**` across folders."""
    assert compile_pattern(pattern).matches(path) == expected


@pytest.mark.parametrize(
    "pattern",
    [
        "*a" * 500 + "b",
        "*?" * 500 + "b",
        "*[ab]" * 500 + "*c",
        "/" + "**/*a*/" * 100 + "b",
        "**/" * 500 + "b",
    ],
)
def test_a_pathological_pattern_is_fast(pattern: str) -> None:
    """A matcher with backtracking would take exponential time."""
    glob = compile_pattern(pattern)

    assert not glob.matches("a" * 5_000)
    assert not glob.matches("a/" * 300 + "aa")


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*", ".a", False),
        ("?a", ".a", False),
        ("[.]a", ".a", False),
        (".*", ".a", True),
        ("*/a", ".git/a", False),
        (".g*/a", ".git/a", True),
        ("**/a", ".git/a", False),
        ("**", "x/.a", False),
        ("**/.git/**", "x/.git/a", True),
        ("x/", "x", False),
    ],
)
def test_only_a_dot_matches_a_hidden_name(
    pattern: str, path: str, *, expected: bool
) -> None:
    """As in a shell, this applies to each component."""
    assert compile_glob(pattern, hidden=False).matches(path) == expected


@given(PATTERNS, st.lists(NAMES, min_size=2, max_size=4))
def test_a_glob_enters_every_folder_above_a_match(
    pattern: str, path: list[str]
) -> None:
    """No match is missed."""
    glob = compile_glob(pattern, hidden=False)
    above = reduce(glob.step, path[:-1], glob.start)

    assert glob.can_continue(above) >= glob.matches("/".join(path))
    assert glob.can_continue(above) >= bool(glob.step(above, path[-1]))


@pytest.mark.parametrize(
    ("word", "folder", "glob"),
    [
        ("*.jpg", "", "*.jpg"),
        ("/*.jpg", "/", "*.jpg"),
        ("./a/b?/c", "./a/", "b?/c"),
        ("a/b/[c]", "a/b/", "[c]"),
        ("a/b", "a/", "b"),
    ],
)
def test_a_glob_is_split_before_its_first_wildcard(
    word: str, folder: str, glob: str
) -> None:
    """The walk starts in the folder before it."""
    assert split_glob(word) == (folder, glob)
    assert is_glob(word) == (word != "a/b")
