"""The text that asks for fields, added to a prompt."""

import json
from typing import Final

from rwcap.core.alt_text import word_limit
from rwcap.core.fields_prompt import join_fields_prompt
from rwcap.fields.definitions import Field, Kind
from rwcap.fields.rules import MAX_TITLE, FieldRules

_KINDS: Final = {
    Kind.TEXT: "string",
    Kind.INTEGER: "integer",
    Kind.NUMBER: "number",
    Kind.BOOLEAN: "boolean",
}


def fields_prompt(
    prompt: str | None, fields: tuple[Field, ...], rules: FieldRules
) -> str:
    """Return a prompt with the text that asks for fields."""
    lines = [
        f"{json.dumps(each.name, ensure_ascii=False)}: {_describe(each, rules)}"
        for each in fields
    ]
    return join_fields_prompt(prompt, lines)


def retry_prompt(prompt: str, retry: int) -> str:
    """Return a prompt that asks again for the fields of `prompt`.

    Each retry has a different prompt, so each is a separate purchase that a later run
    can reuse. `retry` is its number, from 1.
    """
    return (
        f"{prompt}\nAttempt {retry + 1}: the JSON object alone, every member in it, and"
        " each value short."
    )


def _describe(field: Field, rules: FieldRules) -> str:
    """Return the type of a value and what it must be."""
    match field.name:
        case "title":
            about = f"a title of at most {MAX_TITLE} characters, without a full stop"
        case "alt":
            about = (
                "alternative text for a screen reader, one plain sentence of at most"
                f" {word_limit(rules.alt_chars)} words that says what matters; it does"
                " not begin with image, photo or picture"
            )
        case "description":
            about = "two or three sentences that say only what can be seen"
        case "keywords":
            low, high = rules.keyword_range
            about = (
                f"{low} to {high} keywords in lower case except for names, singular,"
                " without #, the most important first"
            )
            words = ", ".join(rules.vocabulary.listed())
            about += f"; where they fit, use these: {words}" if words else ""
        case _:
            about = ""
    kind = _KINDS[field.kind]
    if field.choices:
        kind = f"one of {json.dumps(field.choices, ensure_ascii=False)[1:-1]}"
    if field.many:
        kind = f"array of {kind}{'s' * (not field.choices)}"
    return ", ".join(filter(None, (kind, about, field.about)))
