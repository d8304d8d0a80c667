"""The short form names fields; what a table cannot have is refused."""

import pytest

from rwcap.core.errors import UsageError
from rwcap.fields.definitions import (
    KNOWN_FIELDS,
    MAX_FIELDS,
    Field,
    Kind,
    parse_short_form,
    short_form,
)


def test_short_form_names_types_and_arrays() -> None:
    """Names without a type are text, but for the known ones."""
    fields = parse_short_form(
        "title, keywords,colour, people:int, indoor: BOOL ,price:number,parts[],"
        "sizes:int[],note:text"
    )

    assert fields == (
        Field("title"),
        Field("keywords", many=True),
        Field("colour"),
        Field("people", Kind.INTEGER),
        Field("indoor", Kind.BOOLEAN),
        Field("price", Kind.NUMBER),
        Field("parts", many=True),
        Field("sizes", Kind.INTEGER, many=True),
        Field("note"),
    )
    assert parse_short_form(",".join(map(short_form, fields))) == fields
    assert parse_short_form("keywords[]") == (KNOWN_FIELDS["keywords"],)
    assert short_form(Field("a", about="x")) == short_form(Field("a", choices=("b",)))
    assert not short_form(Field("a", about="x"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "'' is not a name"),
        ("title,,alt", "is not a name"),
        ("two words", "two words is not a name"),
        ("=cmd", "is not a name"),
        ("__proto__", "__proto__ is not a name"),
        ("../x", "is not a name"),
        ("1st", "is not a name"),
        ("a" * 65, "is not a name"),
        ("a\x1b[31m", "is not a name"),
        ("a:date", "a: the type date is unknown"),
        ("a:", "a: the type '' is unknown"),
        ("title:int", "title must be text"),
        ("title[]", "title must be text"),
        ("keywords:int[]", "keywords must be an array of text"),
        ("a,b,A", "A is named twice"),
        (",".join(f"f{n}" for n in range(500)), f"more than {MAX_FIELDS} fields"),
    ],
)
def test_impossible_fields_are_refused(text: str, reason: str) -> None:
    """The message names the field, and the hint shows the form."""
    with pytest.raises(UsageError) as refused:
        parse_short_form(text)

    assert reason in refused.value.message
    assert "\x1b" not in refused.value.message
    assert refused.value.hint
