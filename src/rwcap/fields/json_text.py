"""A JSON object in the reply of a model, which may be damaged.

What the parser cannot read ends the object. So every value that it returns is whole, or
the whole items of an array whose end is missing; nothing is completed by guessing.
"""

import re
from collections.abc import Collection
from enum import StrEnum
from math import isfinite
from typing import Final, NamedTuple, TypeAlias

JsonValue: TypeAlias = "str | int | float | bool | list[JsonValue] | None"
"""A value. Objects in objects are read and left out."""

MAX_REPLY: Final = 100_000
"""Characters that are read. The model writes a few hundred words."""

_MAX_STARTS: Final = 100
_MAX_DEPTH: Final = 20
_MAX_DIGITS: Final = 40


class Repair(StrEnum):
    """What was wrong with a reply, and could be read all the same."""

    FENCE = "code-fence"
    PROSE = "text-around"
    QUOTES = "quotes"
    COMMAS = "commas"
    LIST = "list"
    CUT = "cut-end"
    DUPLICATE = "duplicate"
    TYPE = "type"
    RULES = "rules"


class JsonObject(NamedTuple):
    """The members of an object, and what was wrong with it."""

    members: dict[str, JsonValue]
    """Values by the keys of their names (`member_key`)."""
    repairs: set[Repair]


_CUT: Final = r"\s*(?:```|\Z)"
_COLON: Final = re.compile(r"\s*:")
_NAME: Final = re.compile(r"([^\W\d]\w*)\s*(:)")
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?(?=\s*[,\]}])")
_WORD: Final = re.compile(r"(true|false|null|none)(?=\s*[,\]}])", re.IGNORECASE)
_WORDS: Final = {"true": True, "false": False, "null": None, "none": None}
_MARK: Final = r"\s*(?:\d{1,3}[.)]|[-*\u2022])[ \t]+"
_LIST: Final = re.compile(rf"(?:{_MARK}\S[^\n]*\n)+")
_QUOTES: Final = {'"': '"', "'": "'", "\u201c": "\u201d", "\u2018": "\u2019"}
"""Quotation marks that open a text, with those that close it."""

_AFTER_TEXT: Final = rf"\s*[,}}\]]|{_CUT}|[ \t]*\n"
"""What follows the quotation mark that closes a text. Any other one is part of it."""

_AFTER_ITEM: Final = re.compile(
    rf"\s*\]|{_CUT}|\s*,[\s,]*+(?:[\]\[{{\"'\u201c\u2018\d-]|```|\Z|true|false|null|none)"
    r"|[ \t]*\n\s*[\"'\u201c\u2018]",
    re.IGNORECASE,
)
_ESCAPE: Final = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
    r"|u([0-9a-fA-F]{4})|(.))",
    re.DOTALL,
)
_ESCAPED: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def find_object(text: str, keys: Collection[str]) -> JsonObject | None:
    """Return the first object in a text that has a member with one of these keys."""
    text = text[:MAX_REPLY]
    for _, brace in zip(range(_MAX_STARTS), re.finditer("{", text), strict=False):
        parser, members = _Parser(text, brace.start()), dict[str, JsonValue]()
        try:
            parser.read_object(members, 0)
        except _Stop:
            parser.repairs.add(Repair.CUT)
        if not members.keys().isdisjoint(keys):
            is_cut = Repair.CUT in parser.repairs
            after = "" if is_cut else text[parser.position :]
            around = _around(text[: brace.start()], after)
            return JsonObject(members, parser.repairs | around)
    return None


def member_key(name: str) -> str:
    """Return the key of a member: its name in the form in which names are compared."""
    return re.sub(r"[\s-]+", "_", name.strip()).casefold()


def _around(before: str, after: str) -> set[Repair]:
    """Return the repairs for the text around an object."""
    found = {Repair.FENCE} if "```" in before + after else set()
    rest = re.sub(r"```(?:\w+(?=\s))?", "", f"{before}\n{after}")
    return found | ({Repair.PROSE} if rest.strip() else set())


class _Stop(Exception):  # noqa: N818  # the reading ends; what was read is kept
    """The text cannot be read any further."""

    def __init__(self, items: "list[JsonValue] | None" = None) -> None:
        """Store the whole items of an array that ends here."""
        super().__init__()
        self.items = items


class _Parser:
    """Reads one object from a position on. Raises `_Stop` where it ends too early."""

    def __init__(self, text: str, position: int) -> None:
        self._text = text
        self.position = position
        self.repairs: set[Repair] = set()

    def read_object(self, members: dict[str, JsonValue], depth: int) -> None:
        """Add the members of an object, up to the first that cannot be read.

        A text counts as read if a member or the end follows it. So it is left out if
        a quotation mark in it seems to close it.
        """
        self.position += 1
        name = self._name(commas=0)
        while name is not None:
            try:
                value = self._value(depth)
            except _Stop as stop:
                if stop.items:
                    self._add(members, name, stop.items)
                raise _Stop from stop
            if isinstance(value, list):  # closed, whatever follows
                self._add(members, name, value)
            following = self._name(commas=1)
            if not isinstance(value, list | dict):
                self._add(members, name, value)
            name = following

    def _add(self, members: dict[str, JsonValue], name: str, value: JsonValue) -> None:
        if members.setdefault(member_key(name), value) is not value:
            self.repairs.add(Repair.DUPLICATE)

    def _name(self, *, commas: int) -> str | None:
        """Return the name of the next member; None at the end of the object.

        `commas` is the number of commas that should be before it.
        """
        found = self._skip_commas()
        if self._is_cut():
            return None
        if self._text[self.position] == "}":
            self.position += 1
            self.repairs |= {Repair.COMMAS} if found else set()
            return None
        self.repairs |= {Repair.COMMAS} if found != commas else set()
        if bare := _NAME.match(self._text, self.position):
            self.repairs.add(Repair.QUOTES)
            self.position = bare.end()
            return bare[1]
        opening = self._text[self.position]
        if opening not in _QUOTES:
            raise _Stop
        closing = _QUOTES[opening]
        start = self._match(rf"{opening}((?:[^{closing}\\]|\\.)*){closing}")
        if start is None:
            self.repairs.add(Repair.CUT)
            return None
        self.position = start.end()
        if self._is_cut():
            return None
        self._require(_COLON)
        self._skip(r"\s*:")
        self.repairs |= {Repair.QUOTES} if opening != '"' else set()
        return _unescape(start[1])

    def _value(self, depth: int) -> "JsonValue | dict[str, JsonValue]":
        self._skip(r"\s*")
        if depth > _MAX_DEPTH or self._match(_CUT):
            raise _Stop
        opening = self._text[self.position]
        if opening in _QUOTES:
            return self._quoted(opening)
        if opening == "[":
            return self._array(depth)
        if opening == "{":
            members: dict[str, JsonValue] = {}
            self.read_object(members, depth + 1)
            return members
        if listed := _LIST.match(self._text, self.position):
            self.position = listed.end()
            self.repairs.add(Repair.LIST)
            return [
                re.sub(f"^{_MARK}", "", line).strip().strip(",\"' ")
                for line in listed[0].splitlines()
                if line.strip()
            ]
        return self._number_or_word()

    def _array(self, depth: int) -> list[JsonValue]:
        items: list[JsonValue] = []
        self.position += 1
        try:
            while self._has_item(is_first=not items):
                value = self._value(depth + 1)
                self._require(_AFTER_ITEM)
                if not isinstance(value, dict):
                    items.append(value)
        except _Stop as stop:
            raise _Stop(items) from stop
        return items

    def _has_item(self, *, is_first: bool) -> bool:
        """Return whether an array has another item, or pass its end."""
        commas = self._skip_commas()
        if self._match(_CUT):
            raise _Stop
        is_end = bool(self._match(r"\]"))
        if commas != (0 if is_end or is_first else 1):
            self.repairs.add(Repair.COMMAS)
        self.position += is_end
        return not is_end

    def _require(self, following: re.Pattern[str]) -> None:
        """Raise `_Stop` unless a pattern follows."""
        if not following.match(self._text, self.position):
            raise _Stop

    def _quoted(self, opening: str) -> str:
        closing = _QUOTES[opening]
        found = self._match(
            rf"{opening}((?:[^{closing}\\]|\\.|{closing}(?!{_AFTER_TEXT}))*){closing}"
            rf"(?={_AFTER_TEXT})"
        )
        if not found:
            raise _Stop
        self.position = found.end()
        inside = re.sub(r"\\.", "", found[1], flags=re.DOTALL)
        if re.search(rf"{closing}(?:\s*:|\s+{opening})", inside):
            raise _Stop  # it contains the name of a member, or another text
        if opening != '"' or closing in inside or re.search("[\0-\x1f]", inside):
            self.repairs.add(Repair.QUOTES)
        return _unescape(found[1])

    def _number_or_word(self) -> float | bool | None:
        if word := _WORD.match(self._text, self.position):
            self.position = word.end()
            return _WORDS[word[0].lower()]
        found = _NUMBER.match(self._text, self.position)
        if not found or len(found[0]) > _MAX_DIGITS:
            raise _Stop
        self.position = found.end()
        number = float(found[0]) if found[1] or found[2] else int(found[0])
        if isinstance(number, float) and not isfinite(number):
            raise _Stop
        return number

    def _is_cut(self) -> bool:
        """Return whether the text ends here, although the object does not."""
        is_cut = bool(self._match(_CUT))
        self.repairs |= {Repair.CUT} if is_cut else set()
        return is_cut

    def _skip_commas(self) -> int:
        """Skip white space and commas; return the number of commas."""
        return self._skip(r"[\s,]*").count(",")

    def _skip(self, pattern: str) -> str:
        found = self._match(pattern)
        self.position = found.end() if found else self.position
        return found[0] if found else ""

    def _match(self, pattern: str) -> re.Match[str] | None:
        return re.compile(pattern, re.DOTALL).match(self._text, self.position)


def _unescape(text: str) -> str:
    r"""Return a text without escapes; `\x` with another character is the character."""

    def character(found: re.Match[str]) -> str:
        high, low, code, other = found.groups()
        if high:
            return bytes.fromhex(high + low).decode("utf-16-be")
        return chr(int(code, 16)) if code else _ESCAPED.get(other, other)

    return _ESCAPE.sub(character, text)
