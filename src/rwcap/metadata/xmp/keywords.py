"""Keywords in the lists of a packet: ours beside those of others, and taken out."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from rwcap.core.keywords import new_keywords
from rwcap.core.sidecar import ADDING_MODES, MergeMode
from rwcap.core.text import one_line
from rwcap.metadata.properties import KeywordList, xml_safe
from rwcap.metadata.xmp.packet import PacketEditor, read_items

IPTC_LIST: Final = "Keywords"
"""The name of the list in IPTC, in the marks of rwcap."""

ELSEWHERE_MARK: Final = "KeywordsElsewhere"
"""The mark of an image that may have had keywords of others in another place."""

_SANDBOX_MARK: Final = "SandboxKeywords"
"""The mark of keywords that the sandbox has written."""


class ListChange(NamedTuple):
    """How the lists of a packet change."""

    lists: dict[KeywordList, tuple[str, ...]]
    """The new keywords of each list that changes."""
    marks: dict[str, str]
    """The marks that tell our keywords from others."""


def lines(text: str) -> tuple[str, ...]:
    """Return the keywords in a text that has a line for each."""
    return tuple(line for line in text.split("\n") if line)


def our_keywords(marks: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Return the keywords that rwcap has added to the list with a name."""
    return lines(marks.get(f"{name}Added", ""))


def deleted_keywords(
    name: str, there: Sequence[str], marks: Mapping[str, str]
) -> list[str]:
    """Return our keywords that are no longer in a list: others have deleted them."""
    return [each for each in our_keywords(marks, name) if each not in there]


def list_marks(
    name: str, there: Sequence[str], new: Sequence[str], marks: Mapping[str, str]
) -> dict[str, str]:
    """Return the marks of a list: what rwcap adds to it, and what it takes out.

    Keywords that others have deleted stay among those that rwcap has added, so that
    they are not added again.

    Args:
        name: The name of the list in the marks.
        there: The keywords of the list before the change.
        new: The keywords after it.
        marks: The marks of rwcap before it.
    """
    ours, kept = {*our_keywords(marks, name)}, {*new}
    others = dict.fromkeys(each for each in there if each not in ours)
    before = [*lines(marks.get(f"{name}Before", ""))]
    before += [each for each in others if each not in kept]
    deleted = deleted_keywords(name, there, marks)
    added = "\n".join([*(each for each in new if each not in others), *deleted])
    taken_out = {f"{name}Before": "\n".join(before)} if before else {}
    return {f"{name}Added": added, **taken_out}


def without_ours(
    name: str, there: Sequence[str], marks: Mapping[str, str]
) -> list[str]:
    """Return a list without our keywords and with those that they replaced.

    Keywords that others have added or taken out since stay so.
    """
    ours = {*our_keywords(marks, name)}
    left = [each for each in there if each not in ours]
    known = {*left}
    before = lines(marks.get(f"{name}Before", ""))
    return [*(each for each in before if each not in known), *left]


def has_our_keywords(marks: Mapping[str, str], *, include_sandbox: bool) -> bool:
    """Return whether rwcap has written keywords, even if others had all of them."""
    is_sandbox = _SANDBOX_MARK in marks and marks[_SANDBOX_MARK] != "0"
    is_written = f"{KeywordList.KEYWORDS.local_name}Added" in marks
    return is_written and (include_sandbox or not is_sandbox)


class NewKeywords:
    """Keywords that are added to the lists of an image."""

    def __init__(
        self,
        keywords: Iterable[str],
        marks: Mapping[str, str],
        mode: MergeMode,
        *,
        sandbox: bool,
    ) -> None:
        """Store the keywords and the rules.

        Args:
            keywords: The keywords. Those that a list has already are left out.
            marks: The marks of rwcap in the packet of the image.
            mode: Whether the keywords of others are kept, and whether the new ones
                come first. Our earlier ones are kept only in the modes that add.
            sandbox: Whether the sandbox has written the keywords. Real ones replace
                those of the sandbox in all modes.
        """
        safe = (one_line(xml_safe(each)) for each in keywords)
        self._keywords = tuple(each for each in safe if each)
        self._marks = marks
        self._mode = mode
        self._sandbox = sandbox
        adds = mode in ADDING_MODES
        is_kept = has_our_keywords(marks, include_sandbox=sandbox)
        self._keeps_ours = adds and is_kept
        self._keeps_deletions = is_kept and mode is not MergeMode.OVERWRITE

    def merge(
        self,
        name: str,
        there: Sequence[str],
        *,
        separator: str = "",
        elsewhere: Sequence[str] = (),
    ) -> tuple[str, ...]:
        """Return the keywords of a list after the new ones were added.

        Args:
            name: The name of the list in the marks.
            there: The keywords of the list.
            separator: The text between levels, which no new keyword may contain.
            elsewhere: The keywords of others in other places. A list that has none of
                others starts with them, because software that finds keywords in one
                place reads no other.
        """
        plain: Sequence[str] = self._keywords
        if separator:
            spaced = (one_line(each.replace(separator, " ")) for each in plain)
            plain = [each for each in spaced if each]
        ours = our_keywords(self._marks, name)
        start = elsewhere if {*there} <= {*ours} else ()
        known = {*there}
        kept: tuple[str, ...] = ()
        if self._mode is not MergeMode.OVERWRITE:
            gone = () if self._keeps_ours else {*ours}.difference(plain, start)
            stay = (each for each in there if each not in gone)
            kept = (*(each for each in start if each not in known), *stay)
        left_out: Sequence[str] = ()
        if self._keeps_deletions:
            left_out = deleted_keywords(name, there, self._marks)
        added = new_keywords(plain, (*kept, *left_out), separator=separator)
        return added + kept if self._mode is MergeMode.PREPEND else kept + added

    def change(
        self, packet: bytes | None, *, elsewhere: Sequence[str] = ()
    ) -> ListChange:
        """Return the change of all lists in a packet.

        A list with levels changes only if it has keywords: some software then reads it
        alone.

        Args:
            packet: The packet, if there is one.
            elsewhere: The keywords of others outside of XMP.
        """
        change = ListChange({}, {})
        for key in KeywordList if self._keywords else ():
            name, is_main = key.local_name, key is KeywordList.KEYWORDS
            there = read_items(packet, key) if packet else ()
            if not (there or is_main):
                continue
            others = elsewhere if is_main else ()
            new = self.merge(name, there, separator=key.separator, elsewhere=others)
            is_written = has_our_keywords(self._marks, include_sandbox=self._sandbox)
            if new != there or (is_main and not is_written):
                change.lists[key] = new
                change.marks.update(list_marks(name, there, new, self._marks))
        if change.lists and (self._sandbox or _SANDBOX_MARK in self._marks):
            change.marks[_SANDBOX_MARK] = str(int(self._sandbox))
        return change


def has_unchanged_keywords(editor: PacketEditor, marks: Mapping[str, str]) -> bool:
    """Return whether a list still has keywords that rwcap has added."""
    return any(
        not {*editor.items(key)}.isdisjoint(our_keywords(marks, key.local_name))
        for key in KeywordList
    )


def restore_keywords(editor: PacketEditor, marks: Mapping[str, str]) -> set[str]:
    """Take our keywords out of the lists, and put those back that they replaced.

    Returns:
        The expanded names of the lists that are then empty.
    """
    emptied: set[str] = set()
    for key in KeywordList:
        there = editor.items(key)
        kept = without_ours(key.local_name, there, marks)
        if kept and kept != [*there]:
            editor.set_items(key, kept)
        elif there and not kept:
            emptied.add(key.expanded_name)
    return emptied
