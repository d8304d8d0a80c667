"""Globs: the patterns of shells and of .gitignore, as pure functions.

A path is matched a component at a time: `**` stands for any number of them, and
within one `*`, `?` and `[...]` work as in a shell. Time is bounded by the product of
the lengths, whatever the pattern, for nothing that was matched is tried again.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import TypeAlias

Positions: TypeAlias = frozenset[int]
"""The parts of a glob that may match the next component of a path."""

_WILDCARD = re.compile(r"[*?[]")
_TOKEN = re.compile(
    r"(?P<stars>\*+)|(?P<any>\?)"
    r"|\[(?P<not>!?+)(?P<class>\][^]]*|[^]]+)\]"
    r"|(?P<literal>.)",
    re.DOTALL,
)
_RANGE = re.compile(r"(.)-(.)|(.)", re.DOTALL)


def is_glob(word: str) -> bool:
    """Return whether `word` holds a character that a glob gives a meaning."""
    return _WILDCARD.search(word) is not None


def split_glob(word: str) -> tuple[str, str]:
    """Return the folder in which a glob begins to match, and the glob below it.

    Together they are `word`. The folder is empty, or ends in a slash.
    """
    magic = _WILDCARD.search(word)
    end = word.rfind("/", 0, magic.start() if magic else None) + 1
    return word[:end], word[end:]


@dataclass(frozen=True, slots=True)
class Glob:
    """A relative path with wildcards, followed down a tree folder by folder."""

    parts: tuple[re.Pattern[str] | None, ...]
    """What matches each component; None for any number of any components."""
    hidden: bool
    """Whether `**` passes through components that begin with a dot."""

    @property
    def start(self) -> Positions:
        """Where to be before the first component."""
        return self._skip_any_depth({0})

    def step(self, positions: Positions, component: str) -> Positions:
        """Return where `component` leads from `positions`; nowhere if no part fits."""
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
        """Return whether the components up to here are all the glob asks for."""
        return len(self.parts) in positions

    def can_continue(self, positions: Positions) -> bool:
        """Return whether more components may follow."""
        return bool(positions - {len(self.parts)})

    def matches(self, relative: str) -> bool:
        """Return whether the whole of a path matches."""
        return self.accepts(reduce(self.step, relative.split("/"), self.start))

    def _skip_any_depth(self, positions: Iterable[int]) -> Positions:
        """Add where `**` leads when it stands for no component at all."""
        return frozenset(positions) | {
            position + 1
            for position in positions
            if position < len(self.parts) and self.parts[position] is None
        }


def compile_glob(text: str, *, hidden: bool) -> Glob:
    """Return the glob that `text` is.

    Unless `hidden`, names that begin with a dot are matched only by components
    that begin with one. A last `**` stands for at least one component, and a
    glob that ends in a slash matches nothing, for no file is called so.
    """
    *folders, last = text.split("/")
    kept = [folder for folder in folders if folder not in {"", "."}]
    # Two in a row are as good as one; `_skip_any_depth` relies on there being no more.
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


@dataclass(frozen=True, slots=True)
class Pattern:
    """What --include and --exclude take: one line of a .gitignore."""

    glob: Glob
    anywhere: bool
    """Whether the last component decides, at any depth."""
    folders_only: bool

    def matches(self, relative: str, *, folder: bool = False) -> bool:
        """Return whether the path below the root of a walk matches."""
        if self.folders_only and not folder:
            return False
        return self.glob.matches(
            relative.rpartition("/")[2] if self.anywhere else relative
        )


def compile_pattern(pattern: str) -> Pattern:
    """Return the pattern: with a slash in it, for whole paths; else, for names.

    A slash at its beginning only anchors it, one at its end limits it to folders.
    """
    body = pattern.removesuffix("/")
    return Pattern(
        compile_glob(body.removeprefix("/"), hidden=True),
        anywhere="/" not in body,
        folders_only=body != pattern,
    )


def _compile_component(text: str, hidden: bool) -> re.Pattern[str]:  # noqa: FBT001 - private
    """Return what matches one component of a path.

    What stands between two stars is matched where it first fits and never moved
    (an atomic group): only what follows the last star depends on the end.
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
    """Return the regular expression of a bracket expression.

    A range from high to low has no members, as in a shell.
    """
    kept = "".join(
        re.escape(single) if single else f"{re.escape(low)}-{re.escape(high)}"
        for low, high, single in _RANGE.findall(members)
        if single or low <= high
    )
    if not kept:
        return "." if negated else "(?!)"
    return f"[{'^' if negated else ''}{kept}]"
