"""Globs of shells and patterns of .gitignore, as pure functions.

A path is matched one component at a time. `**` matches any number of components;
within a component `*`, `?` and `[...]` work as in a shell. There is no backtracking,
so the time is at most proportional to the product of both lengths.
"""

import re
from collections.abc import Iterable
from functools import reduce
from typing import NamedTuple, TypeAlias

Positions: TypeAlias = frozenset[int]
"""Indices of the parts of a glob that may match the next component of a path."""

_WILDCARD = re.compile(r"[*?[]")
_TOKEN = re.compile(
    r"(?P<stars>\*+)|(?P<any>\?)"
    r"|\[(?P<not>!?+)(?P<class>\][^]]*|[^]]+)\]"
    r"|(?P<literal>.)",
    re.DOTALL,
)
_RANGE = re.compile(r"(.)-(.)|(.)", re.DOTALL)


def is_glob(word: str) -> bool:
    """Return whether a word contains a wildcard: `*`, `?` or `[`."""
    return _WILDCARD.search(word) is not None


def split_glob(word: str) -> tuple[str, str]:
    """Split a word into the folder before its first wildcard and the glob below it.

    The folder is empty or ends in a slash.
    """
    wildcard = _WILDCARD.search(word)
    end = word.rfind("/", 0, wildcard.start() if wildcard else None) + 1
    return word[:end], word[end:]


class Glob(NamedTuple):
    """A relative path with wildcards, matched one component at a time."""

    parts: tuple[re.Pattern[str] | None, ...]
    """The expressions for the components; None stands for `**`."""
    hidden: bool
    """Whether `**` matches components that begin with a dot."""

    @property
    def start(self) -> Positions:
        """The positions before the first component."""
        return self._skip_any_depth({0})

    def step(self, positions: Positions, component: str) -> Positions:
        """Return the positions after a component; none if it does not match."""
        reached = set()
        for position in positions - {len(self.parts)}:
            part = self.parts[position]
            if part is None:
                if self.hidden or not component.startswith("."):
                    reached.add(position)
            elif part.fullmatch(component):
                reached.add(position + 1)
        return self._skip_any_depth(reached)

    def accepts(self, positions: Positions) -> bool:
        """Return whether the whole glob has matched."""
        return len(self.parts) in positions

    def can_continue(self, positions: Positions) -> bool:
        """Return whether the glob can match further components."""
        return bool(positions - {len(self.parts)})

    def matches(self, relative: str) -> bool:
        """Return whether a whole path matches."""
        return self.accepts(reduce(self.step, relative.split("/"), self.start))

    def _skip_any_depth(self, positions: Iterable[int]) -> Positions:
        """Add the positions after each `**`, which may match no component."""
        return frozenset(positions) | {
            position + 1
            for position in positions
            if position < len(self.parts) and self.parts[position] is None
        }


def compile_glob(text: str, *, hidden: bool) -> Glob:
    """Return the glob that a text describes.

    A `**` at the end matches at least one component. A glob that ends in a slash
    matches nothing, because no file has an empty name.

    Args:
        text: A relative path with wildcards.
        hidden: Whether wildcards match names that begin with a dot.
    """
    *folders, last = text.split("/")
    kept = [folder for folder in folders if folder not in {"", "."}]
    # Two `**` in a row mean the same as one. `_skip_any_depth` skips only one.
    kept = [
        folder
        for before, folder in zip(["", *kept], kept, strict=False)
        if not before == folder == "**"
    ]
    if last == "**" and kept[-1:] != ["**"]:
        kept.append("**")
    parts = tuple(
        None if part == "**" else _compile_component(part, hidden) for part in kept
    )
    return Glob((*parts, _compile_component(last, hidden)), hidden)


class Pattern(NamedTuple):
    """A pattern of `--include` or `--exclude`, in the syntax of .gitignore."""

    glob: Glob
    anywhere: bool
    """Whether the pattern matches names at any depth instead of whole paths."""
    folders_only: bool

    def matches(self, relative: str, *, folder: bool = False) -> bool:
        """Return whether a path relative to the root of a walk matches."""
        if self.folders_only and not folder:
            return False
        return self.glob.matches(
            relative.rpartition("/")[2] if self.anywhere else relative
        )


def compile_pattern(pattern: str) -> Pattern:
    """Return the pattern that a text describes.

    A pattern with a slash in it matches whole paths; another pattern matches names at
    any depth. A slash at the beginning anchors the pattern at the root, and a slash
    at the end restricts it to folders.
    """
    body = pattern.removesuffix("/")
    return Pattern(
        compile_glob(body.removeprefix("/"), hidden=True),
        anywhere="/" not in body,
        folders_only=body != pattern,
    )


def _compile_component(text: str, hidden: bool) -> re.Pattern[str]:  # noqa: FBT001  # private
    """Return the expression for one component of a path.

    The text between two stars matches at its first occurrence and is never tried
    again (an atomic group). Only the text after the last star depends on the end.
    """
    pieces = [""]
    for token in _TOKEN.finditer(text):
        if token["stars"]:
            pieces.append("")
        elif token["any"]:
            pieces[-1] += "."
        elif token["class"] is not None:
            pieces[-1] += _compile_class(token["class"], negated=bool(token["not"]))
        else:
            pieces[-1] += re.escape(token["literal"])
    first, *middle, last = pieces if len(pieces) > 1 else (*pieces, None)
    guard = "" if hidden or not _WILDCARD.match(text) else r"(?!\.)"
    groups = "".join(f"(?>.*?{piece})" for piece in middle)
    rest = "" if last is None else f".*{last}"
    return re.compile(f"{guard}{first}{groups}{rest}", re.DOTALL)


def _compile_class(members: str, *, negated: bool) -> str:
    """Return the regular expression for a bracket expression.

    A range from a high to a low character is empty, as in a shell.
    """
    kept = "".join(
        re.escape(single) if single else f"{re.escape(low)}-{re.escape(high)}"
        for low, high, single in _RANGE.findall(members)
        if single or low <= high
    )
    if not kept:
        return "." if negated else "(?!)"
    return f"[{'^' if negated else ''}{kept}]"
