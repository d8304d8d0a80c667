"""The values of fields in the reply of a model: any text, read as far as possible."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from rwcap.core.fields import FieldValue, Scalar
from rwcap.core.text import one_line
from rwcap.fields.definitions import Field, Kind
from rwcap.fields.json_text import JsonValue, Repair, find_object, member_key
from rwcap.fields.rules import (
    Checked,
    FieldRules,
    check_alt,
    check_keywords,
    check_text,
    check_title,
)

_MAX_INTEGER: Final = 2**63 - 1
"""The greatest whole number that tables have."""

_TRUTH: Final = {"yes": True, "true": True, "no": False, "false": False}
_NUMBER: Final = r"[+-]?\d{1,40}(\.\d{1,40})?"
_NUMBERED: Final = r"(?:\A|(?<=[\s,;]))\d{1,3}[.)]\s+"
_AROUND: Final = " \t\n\r,;"
_BULLET: Final = r"\A[-*\u2022]\s+"


class Reading(NamedTuple):
    """What a reply says."""

    values: dict[str, FieldValue]
    """A value for each field that was asked for."""
    repairs: tuple[str, ...] = ()
    """What was wrong with the reply, and could be read all the same."""
    problems: tuple[str, ...] = ()
    """Why required fields have no value: "title: missing"."""


def read_reply(text: str, fields: Iterable[Field], rules: FieldRules) -> Reading | None:
    """Return the values of fields in a reply; None if it has none of them.

    Args:
        text: The reply.
        fields: The fields that were asked for. Other members are ignored.
        rules: What the known fields must be.
    """
    asked = {member_key(each.name): each for each in fields}
    found = find_object(text, asked)
    if found is None:
        return None
    repairs, problems = set(found.repairs), list[str]()
    values: dict[str, FieldValue] = {}
    for key, field in asked.items():
        given = found.members.get(key)
        value = _typed(given, field)
        if value is not None and value != _plain(given):
            repairs.add(Repair.TYPE)
        checked = Checked(None, "missing" if given is None else "of another type")
        if value is not None:
            checked = _checked(value, field, rules)
        values[field.name] = checked.value
        if checked.repaired:
            repairs.add(Repair.RULES)
        if checked.value is None and (field.required or given is not None):
            problems.append(f"{field.name}: {checked.problem}")
    return Reading(values, tuple(sorted(repairs)), tuple(problems))


def _checked(value: FieldValue, field: Field, rules: FieldRules) -> Checked:
    """Return a value of the right type after its rules."""
    if isinstance(value, tuple):
        if field.name == "keywords":
            return check_keywords(map(str, value), rules)
        items = tuple(map(_checked_item, value))
        kept = tuple(each for each in items if each is not None)
        return Checked(kept, repaired=kept != value)
    if not isinstance(value, str):
        return Checked(value)
    match field.name:
        case "title":
            return check_title(value)
        case "alt":
            return check_alt(value, rules.alt_chars)
        case _:
            return check_text(value)


def _checked_item(value: Scalar) -> Scalar | None:
    """Return an item of an array; a text is on one line, and None if it is too long."""
    if not isinstance(value, str):
        return value
    text = check_text(value).value
    return text if isinstance(text, str) else None


def _typed(given: JsonValue, field: Field) -> FieldValue:
    """Return a value in the type of a field; None unless that is plainly meant."""
    if not field.many:
        if isinstance(given, list) and len(given) == 1:
            return _scalar(given[0], field)
        return _scalar(given, field)
    if given is None:
        return None
    items = [_scalar(each, field) for each in _items(given)]
    known = tuple(each for each in items if each is not None)
    return known if known or not items else None


def _items(given: JsonValue) -> Iterable[JsonValue]:
    """Return the items of an array, or of a text that lists them."""
    if isinstance(given, list):
        for each in given:
            yield from each if isinstance(each, list) else [each]
    elif isinstance(given, str):
        numbered = re.match(_NUMBERED, given.lstrip())
        parts = re.split(_NUMBERED if numbered else "[\n,;]", given.lstrip())
        yield from filter(
            None, (re.sub(_BULLET, "", each.strip(_AROUND)) for each in parts)
        )
    else:
        yield given


def _scalar(given: JsonValue, field: Field) -> Scalar | None:
    """Return a single value in the type of a field, as `_typed` does."""
    if isinstance(given, list) or given is None:
        return None
    match field.kind:
        case Kind.TEXT:
            return _text(given, field.choices)
        case Kind.BOOLEAN:
            return given if isinstance(given, bool) else _truth(given)
        case _:
            return _number(given, field.kind)


def _text(given: Scalar, choices: tuple[str, ...]) -> str | None:
    """Return a text, or a number as text; of choices, the one that differs in case."""
    if isinstance(given, bool):
        return None
    word = one_line(str(given)).casefold()
    named = (each for each in choices if each.casefold() == word)
    return next(named, None) if choices else str(given)


def _truth(given: Scalar) -> bool | None:
    """Return what yes, no, true or false means."""
    return _TRUTH.get(given.strip().casefold()) if isinstance(given, str) else None


def _number(given: Scalar, kind: Kind) -> float | None:
    """Return a number; None if it should be whole and is not."""
    if isinstance(given, bool):
        return None
    if isinstance(given, str):
        found = re.fullmatch(_NUMBER, given.strip())
        if not found:
            return None
        given = float(found[0]) if found[1] else int(found[0])
    if kind is Kind.NUMBER:
        return given
    return int(given) if given == int(given) and abs(given) <= _MAX_INTEGER else None


def _plain(given: JsonValue) -> object:
    """Return a value as it would be if nothing had to be repaired."""
    return tuple(given) if isinstance(given, list) else given
