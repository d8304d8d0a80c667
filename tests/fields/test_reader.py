"""Replies are read into fields of the right type; nothing is invented."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rwcap.core.fields import FieldValue
from rwcap.fields.definitions import Field, Kind, parse_short_form
from rwcap.fields.reader import Reading, read_reply
from rwcap.fields.rules import FieldRules

RULES = FieldRules()
FOUR = parse_short_form("title,alt,description,keywords")
LINES = st.text("abcdefg", min_size=1, max_size=20)


def read(reply: str, names: str) -> Reading:
    """Return what a reply says about fields in the short form."""
    found = read_reply(reply, parse_short_form(names), RULES)
    assert found is not None
    return found


def test_four_fields_are_read_and_checked() -> None:
    """Other members are ignored."""
    reply = json.dumps(
        {
            "title": "A cat on a sofa",
            "__proto__": {"admin": True},
            "alt": "A grey cat sleeps on a red sofa.",
            "Description": "A cat sleeps. The sofa is red.",
            "keywords": ["cat", "sofa", "red", "sleep", "pet"],
        }
    )

    assert read_reply(reply, FOUR, RULES) == Reading(
        {
            "title": "A cat on a sofa",
            "alt": "A grey cat sleeps on a red sofa.",
            "description": "A cat sleeps. The sofa is red.",
            "keywords": ("cat", "sofa", "red", "sleep", "pet"),
        }
    )


@pytest.mark.parametrize(
    ("name", "given", "value", "repaired"),
    [
        ("a", '"x"', "x", False),
        ("a", "3", "3", True),
        ("a", "true", None, False),
        ("a", '["x"]', "x", True),
        ("a", '["x", "y"]', None, False),
        ("a:int", "3", 3, False),
        ("a:int", "3.0", 3, False),
        ("a:int", '"3"', 3, True),
        ("a:int", '" +3.0 "', 3, True),
        ("a:int", "3.5", None, False),
        ("a:int", '"three"', None, False),
        ("a:int", "true", None, False),
        ("a:int", str(2**63), None, False),
        ("a:number", "3", 3, False),
        ("a:number", '"-2.5"', -2.5, True),
        ("a:bool", "false", False, False),
        ("a:bool", '"Yes"', True, True),
        ("a:bool", '" no"', False, True),
        ("a:bool", "1", None, False),
        ("a:bool", '"maybe"', None, False),
        ("a[]", '["x", "y"]', ("x", "y"), False),
        ("a[]", "[]", (), False),
        ("a[]", '["x", null, 2]', ("x", "2"), True),
        ("a[]", "[true]", None, False),
        ("a[]", '"x, y; z"', ("x", "y", "z"), True),
        ("a[]", '"1. red sea 2. sky\\n3) sun"', ("red sea", "sky", "sun"), True),
        ("a[]", '"- sea\\n- sky"', ("sea", "sky"), True),
        ("a[]", '"x"', ("x",), True),
        ("a[]", "5", ("5",), True),
        ("a[]", "[\n- sea\n- sky\n]", ("sea", "sky"), True),
        ("a[]", f'["x", "{"y" * 2001}", " "]', ("x",), False),
        ("a:int[]", '[1, "2", "x"]', (1, 2), True),
        ("a:bool[]", '["yes", false]', (True, False), True),
        ("a", "null", None, False),
    ],
)
def test_values_are_read_in_the_type_that_is_plainly_meant(
    *, name: str, given: str, value: FieldValue, repaired: bool
) -> None:
    """What is not plain is no value."""
    found = read(f'{{"a": {given}}}', name)

    assert found.values == {"a": value}
    assert type(found.values["a"]) is type(value)
    assert ("type" in found.repairs) == repaired
    assert bool(found.problems) == (value is None)


def test_choices_are_matched_whatever_their_case() -> None:
    """Others are no value."""
    field = Field("season", choices=("Spring", "2024"))

    def season(given: str) -> FieldValue:
        found = read_reply(f'{{"season": {given}}}', [field], RULES)
        return found and found.values["season"]

    assert [season('"SPRING "'), season('"autumn"'), season("2024")] == [
        *("Spring", None, "2024"),
    ]


def test_problems_name_the_field_and_the_rule() -> None:
    """A field that is not required may be missing, but not be wrong."""
    fields = (
        *FOUR,
        Field("people", Kind.INTEGER, required=False),
        Field("indoor", Kind.BOOLEAN, required=False),
    )
    reply = f'{{"title": "{"x" * 61}", "keywords": ["a"], "alt": null, "indoor": "?"}}'
    found = read_reply(reply, fields, RULES)

    assert found
    assert found.problems == (
        "title: 61 characters; allowed: 60",
        "alt: missing",
        "description: missing",
        "keywords: 1 keywords; allowed: 5 to 15",
        "indoor: of another type",
    )
    assert set(found.values.values()) == {None}


def test_repairs_are_named() -> None:
    """Those of the JSON, of types and of rules."""
    found = read('Sure!\n```json\n{"title": \'A cat.\', "n": "3",}\n```', "title,n:int")

    assert found.values == {"title": "A cat", "n": 3}
    assert found.repairs == (
        *("code-fence", "commas", "quotes", "rules", "text-around", "type"),
    )


@pytest.mark.parametrize(
    "reply", ["", "A cat.", "[]", "{}", '{"other": 1}', "{" * 1_000_000]
)
def test_other_replies_have_no_fields(reply: str) -> None:
    """They are captions, or answers to another question."""
    assert read_reply(reply, FOUR, RULES) is None


@given(
    title=LINES,
    parts=st.lists(LINES, max_size=4),
    people=st.integers(-(2**63) + 1, 2**63 - 1),
    indoor=st.booleans(),
    data=st.data(),
)
def test_cut_reply_keeps_whole_fields(
    *, title: str, parts: list[str], people: int, indoor: bool, data: st.DataObject
) -> None:
    """Every value is that of the whole reply, or the first items of an array."""
    values = {"title": title, "people": people, "parts": parts, "indoor": indoor}
    text = json.dumps(values)
    end = data.draw(st.integers(0, len(text)))
    fields = parse_short_form("title,people:int,parts[],indoor:bool")
    found = read_reply(text[:end], fields, RULES)
    read_values = found.values if found else {}

    for name, value in read_values.items():
        if isinstance(value, tuple):
            assert value == tuple(parts[: len(value)])
        elif value is not None:
            assert value == values[name]
    if end == len(text):
        assert read_values == {**values, "parts": tuple(parts)}


@example('{"title": "A harbour", "b": 1}')
@given(st.text(max_size=300) | st.text("{}[]\"':,\\ \nabtitle1.", max_size=300))
def test_any_reply_is_read(reply: str) -> None:
    """The reader is total."""
    found = read_reply(reply, parse_short_form("title,b:int,a[],i:bool"), RULES)
    if found:
        json.dumps(found.values)
