"""The text that asks for fields, and what prompts tell of each other."""

from rwcap.core.fields_prompt import OPENING, asks_for_as_much, field_lines
from rwcap.fields.definitions import Field, parse_short_form
from rwcap.fields.request_text import fields_prompt, retry_prompt
from rwcap.fields.rules import FieldRules
from rwcap.fields.vocabulary import parse_vocabulary

RULES = FieldRules()


def prompt(names: str, text: str | None = None, rules: FieldRules = RULES) -> str:
    """Return the prompt for fields in the short form."""
    return fields_prompt(text, parse_short_form(names), rules)


def test_each_field_has_a_line_with_its_type_and_rules() -> None:
    """The user's own prompt comes first."""
    asked = prompt("title,alt,keywords,people:int,indoor:bool,parts[]", "Which? \n")

    assert asked.startswith(f"Which?\n\n{OPENING}\n")
    lines = field_lines(asked)
    assert [line.partition(",")[0] for line in lines] == [
        '"title": string',
        '"alt": string',
        '"keywords": array of strings',
        '"people": integer',
        '"indoor": boolean',
        '"parts": array of strings',
    ]
    assert "at most 60 characters" in lines[0]
    assert "at most 25 words" in lines[1]
    assert "5 to 15 keywords" in lines[2]


def test_schema_and_vocabulary_are_told_to_the_model() -> None:
    """Choices and descriptions; the keywords to prefer."""
    words = parse_vocabulary("sea, ocean > water\nsky", "v.txt")
    fields = (
        Field("season", choices=("spring", 'au"tumn'), about="of the year"),
        Field("marks", many=True, choices=("a", "b")),
    )

    assert field_lines(fields_prompt(None, fields, RULES)) == [
        '"season": one of "spring", "au\\"tumn", of the year',
        '"marks": array of one of "a", "b"',
    ]
    listed = prompt("keywords", rules=FieldRules(keywords=30, vocabulary=words))
    assert "5 to 30 keywords" in listed
    assert listed.endswith("where they fit, use these: water, sky")


def test_a_prompt_for_more_fields_asks_for_as_much() -> None:
    """The rest must be equal: other words get another answer."""
    more = prompt("title,alt,keywords")

    assert asks_for_as_much(more, prompt("keywords,title"))
    assert not asks_for_as_much(prompt("title"), more)
    assert not asks_for_as_much(more, prompt("title", "Which?"))
    assert not asks_for_as_much(more, prompt("keywords", rules=FieldRules(keywords=30)))
    assert asks_for_as_much(prompt("title,alt", "Which?"), prompt("alt", "Which?"))
    assert not asks_for_as_much(more, prompt("title,people:int"))


def test_each_retry_has_a_prompt_of_its_own() -> None:
    """A reply to a retry is found again by more or the same fields."""
    more, title = prompt("title,alt"), prompt("title")
    retries = {retry_prompt(more, retry) for retry in range(1, 6)}

    assert len(retries | {more}) == 6
    assert asks_for_as_much(retry_prompt(more, 2), retry_prompt(title, 2))
    assert not asks_for_as_much(retry_prompt(more, 2), retry_prompt(title, 1))
    assert not asks_for_as_much(more, retry_prompt(title, 1))


def test_other_prompts_ask_for_no_fields() -> None:
    """Nor does an opening alone."""
    assert field_lines(None) == field_lines("Describe it.\n") == []
    assert field_lines(OPENING) == []
