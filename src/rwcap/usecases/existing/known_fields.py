"""The fields that were bought for an image, and those in a row of a table."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Final

from rwcap.core.alt_text import DEFAULT_ALT_CHARS, fit_length
from rwcap.core.fields import KNOWN_NAMES, MAX_KEYWORDS, FieldTexts
from rwcap.core.fields_prompt import field_lines
from rwcap.core.keywords import comparable
from rwcap.core.record import Record
from rwcap.core.text import one_line
from rwcap.fields.definitions import KNOWN_FIELDS
from rwcap.fields.reader import read_reply
from rwcap.fields.rules import MAX_TEXT, FieldRules
from rwcap.outputs.records.record_formats import json_object
from rwcap.usecases.writing.written_text import is_same_text

_OWN_TEXT: Final = "text"
"""The column with the text that stands for all fields."""

_WIDEST: Final = FieldRules(alt_chars=MAX_TEXT, keywords=MAX_KEYWORDS)
"""The rules that keep as much of a reply as any others."""


def field_records(
    records: Iterable[Record], alt_chars: int | None = None
) -> Iterator[Record]:
    """Yield the records of replies with fields, once for each text that a field has.

    Beside a shorter text, `long` is the description.

    Args:
        records: The captions of an image, each with the whole reply.
        alt_chars: The maximum length of alternative text; None for the default one.
    """
    for each in _replies(records):
        reply = each.text or ""
        known = _known_texts(reply)
        limits = (DEFAULT_ALT_CHARS, alt_chars or DEFAULT_ALT_CHARS)
        shorter = (fit_length(known.alt or "", limit) for limit in limits)
        texts = {known.title, known.alt, known.description, *shorter}
        members = json_object(reply.encode()).values()
        texts |= {value for value in members if isinstance(value, str)}
        whole = known.description
        for text in filter(None, texts):
            is_whole = is_same_text(text, whole or "")
            yield each._replace(text=text, long=None if is_whole else whole)


def changed_fields(
    records: Iterable[Record], columns: Mapping[str, str], text: str
) -> set[str]:
    """Return the columns of fields in a row that differ from all replies.

    A blank cell changes nothing, and neither does one that has the text of the row.

    Args:
        records: The captions of an image, each with the whole reply.
        columns: The cells of the row.
        text: The text of the row.
    """
    known = [_columns(_known_texts(each.text or "")) for each in _replies(records)]
    changed: set[str] = set()
    for name in (_OWN_TEXT, *KNOWN_NAMES):
        cell = columns.get(name, "").strip()
        values = [value for each in known if (value := each[name])]
        is_other = cell and values and not is_same_text(cell, text)
        if is_other and not any(_is_same(name, cell, value) for value in values):
            changed.add(name)
    return changed


def _replies(records: Iterable[Record]) -> Iterator[Record]:
    """Yield the records of replies with fields."""
    for each in records:
        if field_lines(each.prompt) or (each.text or "").startswith("{"):
            yield each


def _known_texts(reply: str) -> FieldTexts:
    """Return the known fields of a reply, as far as they are."""
    reading = read_reply(reply, KNOWN_FIELDS.values(), _WIDEST)
    return FieldTexts.of(reading.values) if reading else FieldTexts()


def _columns(known: FieldTexts) -> dict[str, str | tuple[str, ...] | None]:
    """Return the values of known fields by the columns of a table."""
    own = known.description or known.alt or known.title
    return {_OWN_TEXT: own, **known._asdict()}


def _is_same(name: str, cell: str, value: str | tuple[str, ...]) -> bool:
    """Return whether a cell has the value of a reply.

    Alternative text and keywords can be the beginning of it: runs have limits.
    """
    if isinstance(value, tuple):
        words = [*map(comparable, _keywords(cell))]
        return words == [*map(comparable, value)][: len(words)]
    if name == "alt":
        return one_line(value).startswith(one_line(cell))
    return is_same_text(cell, value)


def _keywords(cell: str) -> list[str]:
    """Return the keywords in a cell: with semicolons, or a JSON array."""
    if cell.startswith("["):
        with suppress(ValueError):
            return [*map(str, json.loads(cell))]
    return cell.split(";")
