"""Fields from a JSON Schema: an object of text, numbers, truth and arrays of these.

A keyword that changes which values are valid and is not supported is refused: a reply
that ignores it would not be what the schema promises (https://json-schema.org).
"""

import json
from collections.abc import Mapping
from typing import Final

from rwcap.core.errors import UsageError
from rwcap.core.text import one_line, short_name
from rwcap.fields.definitions import Field, Kind, checked_fields

_KINDS: Final = {
    "string": Kind.TEXT,
    "integer": Kind.INTEGER,
    "number": Kind.NUMBER,
    "boolean": Kind.BOOLEAN,
}
_ANNOTATIONS: Final = frozenset(
    {"$schema", "$id", "$comment", "title", "description", "default", "examples"}
)
"""Keywords that say nothing about which values are valid."""

_OBJECT: Final = {"type", "properties", "required", "additionalProperties"}
_MAX_ABOUT: Final = 200
_MAX_CHOICES: Final = 50
_HINT: Final = (
    '{"type": "object", "properties": {"people": {"type": "integer"}},'
    ' "required": ["people"]}'
)


def parse_json_schema(text: str, name: str) -> tuple[Field, ...]:
    """Return the fields of a JSON Schema.

    Args:
        text: The schema.
        name: The name of its file, for messages.

    Raises:
        UsageError: The text is not a schema of supported fields.
    """
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{name}: not JSON", hint=_HINT) from error
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise _refusal(name, "the schema is not of the type object")
    _check_keywords(schema, _OBJECT, name)
    properties, required = schema.get("properties"), schema.get("required", [])
    if not isinstance(properties, dict) or not properties:
        raise _refusal(name, "there are no properties")
    if not isinstance(required, list) or any(
        not isinstance(each, str) or each not in properties for each in required
    ):
        raise _refusal(name, "required does not name properties")
    return checked_fields(
        (
            _field(each, value, name)._replace(required=each in required)
            for each, value in properties.items()
        ),
        name,
    )


def _field(name: str, schema: object, file: str) -> Field:
    """Return the field that a property describes."""
    at = f"{file}: {short_name(name, 64)}"
    if not isinstance(schema, dict):
        raise _refusal(at, "not a schema")
    about = schema.get("description", "")
    if not isinstance(about, str) or len(about) > _MAX_ABOUT:
        raise _refusal(at, f"description is not text of up to {_MAX_ABOUT} characters")
    many = schema.get("type") == "array"
    value: object = schema
    if many:
        _check_keywords(schema, {"type", "items"}, at)
        value = schema.get("items", {"type": "string"})
    if not isinstance(value, dict):
        raise _refusal(at, "items is not a schema")
    _check_keywords(value, {"type", "enum"}, at)
    kind = value.get("type", "string" if "enum" in value else None)
    if not isinstance(kind, str) or kind not in _KINDS:
        raise _refusal(
            at, f"the type is not one of {', '.join(_KINDS)}, or an array of one"
        )
    choices = _choices(value, at) if "enum" in value else ()
    if choices and kind != "string":
        raise _refusal(at, "enum is supported for strings")
    return Field(name, _KINDS[kind], many, choices, one_line(about))


def _choices(schema: Mapping[str, object], at: str) -> tuple[str, ...]:
    """Return the texts in the keyword `enum`."""
    found = schema["enum"]
    if not isinstance(found, list) or not 0 < len(found) <= _MAX_CHOICES:
        raise _refusal(at, f"enum does not have 1 to {_MAX_CHOICES} texts")
    choices = [one_line(each) for each in found if isinstance(each, str)]
    if choices != found or not all(choices):
        raise _refusal(at, "enum is not a list of texts on one line")
    return tuple(choices)


def _check_keywords(schema: Mapping[str, object], supported: set[str], at: str) -> None:
    """Raise `UsageError` for a keyword that is not supported."""
    for keyword in schema:
        if keyword not in supported | _ANNOTATIONS:
            raise _refusal(at, f"{short_name(keyword, 64)!r} is not supported")


def _refusal(at: str, reason: str) -> UsageError:
    return UsageError(f"{at}: {reason}", hint=_HINT)
