"""A JSON Schema names fields; what is not supported is refused by name."""

import json

import pytest

from rwcap.core.errors import UsageError
from rwcap.fields.definitions import Field, Kind
from rwcap.fields.json_schema import parse_json_schema


def parse(schema: object) -> tuple[Field, ...]:
    """Return the fields of a schema."""
    return parse_json_schema(json.dumps(schema), "s.json")


def with_property(schema: object) -> dict[str, object]:
    """Return a schema with one property."""
    return {"type": "object", "properties": {"a": schema}}


def test_fields_have_types_choices_and_descriptions() -> None:
    """Only those that the schema requires are required."""
    fields = parse(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Wares",
            "type": "object",
            "properties": {
                "title": {"type": "string"},
                "people": {"type": "integer", "description": "how\nmany"},
                "price": {"type": "number", "default": 1},
                "new": {"type": "boolean"},
                "season": {"enum": ["spring", "summer"]},
                "parts": {"type": "array", "items": {"type": "string"}},
                "marks": {"type": "array", "items": {"enum": ["a", "b"]}},
                "any": {"type": "array"},
            },
            "required": ["title", "people"],
            "additionalProperties": False,
        }
    )

    assert fields == (
        Field("title"),
        Field("people", Kind.INTEGER, about="how many"),
        Field("price", Kind.NUMBER, required=False),
        Field("new", Kind.BOOLEAN, required=False),
        Field("season", choices=("spring", "summer"), required=False),
        Field("parts", many=True, required=False),
        Field("marks", many=True, choices=("a", "b"), required=False),
        Field("any", many=True, required=False),
    )


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ([], "not of the type object"),
        ({"type": "array"}, "not of the type object"),
        ({"type": "object"}, "there are no properties"),
        ({"type": "object", "properties": []}, "there are no properties"),
        ({"type": "object", "$ref": "#/x"}, "'$ref' is not supported"),
        ({**with_property({"type": "string"}), "required": ["b"]}, "required does not"),
        ({**with_property({"type": "string"}), "required": "a"}, "required does not"),
        (with_property("string"), "a: not a schema"),
        (with_property({}), "a: the type is not one of"),
        (with_property({"type": ["string", "null"]}), "a: the type is not one of"),
        (with_property(with_property({"type": "string"})), "'properties' is not supp"),
        (with_property({"type": "object"}), "a: the type is not one of"),
        (with_property({"type": "array", "items": []}), "items is not a schema"),
        (
            with_property({"type": "array", "items": {"type": "array"}}),
            "a: the type is not one of",
        ),
        (with_property({"type": "integer", "minimum": 1}), "'minimum' is not supp"),
        (with_property({"type": "string", "description": 1}), "description is not"),
        (with_property({"type": "string", "description": "x" * 201}), "description"),
        (with_property({"type": "integer", "enum": ["1"]}), "enum is supported for"),
        (with_property({"enum": []}), "enum does not have 1 to 50"),
        (with_property({"enum": [str(n) for n in range(51)]}), "enum does not have"),
        (with_property({"enum": ["a", 1]}), "enum is not a list of texts"),
        (with_property({"enum": ["a\nb"]}), "enum is not a list of texts"),
        (with_property({"enum": [""]}), "enum is not a list of texts"),
        (
            {"type": "object", "properties": {"a b": {"type": "string"}}},
            "a b is not a name",
        ),
        (
            {
                "type": "object",
                "properties": {f"f{n}": {"type": "string"} for n in range(500)},
            },
            "more than 50 fields",
        ),
    ],
)
def test_unsupported_schemas_are_refused(schema: object, reason: str) -> None:
    """The message names the file and the property."""
    with pytest.raises(UsageError) as refused:
        parse(schema)

    assert refused.value.message.startswith("s.json: ")
    assert reason in refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000])
def test_other_files_are_no_schema(text: str) -> None:
    """For example a deep one."""
    with pytest.raises(UsageError, match=r"s\.json: not JSON"):
        parse_json_schema(text, "s.json")
