"""Templates are filled with fields and run no code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.sources.templates import (
    TemplateError,
    name_key,
    render_template,
    template_names,
)

ANYTHING = st.text(st.characters(codec=None))
FIELDS = {"title": "A cat", "place": "", "the {year}": "1999", "odd name!": "{title}"}


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("", ""),
        ("What is it?", "What is it?"),
        ("Describe {title}.", "Describe A cat."),
        ("{title}{title}", "A catA cat"),
        ("[{place}]", "[]"),
        ("in {place|the house}", "in the house"),
        ("by {author|}", "by "),
        ("{author|a|b}", "a|b"),
        ("{title|nothing}", "A cat"),
        ("{{title}}", "{title}"),
        ("{{{title}}}", "{A cat}"),
        ("{odd name!}", "{title}"),
        ("{ Odd Name! }", "{title}"),
    ],
)
def test_a_template_is_filled(template: str, filled: str) -> None:
    """Columns, defaults and braces. An inserted text is not filled again."""
    assert render_template(template, FIELDS) == filled


def refusal(template: str, columns: list[str]) -> TemplateError:
    """Return the error for a template."""
    with pytest.raises(TemplateError) as refused:
        render_template(template, dict.fromkeys(columns, "x"))
    return refused.value


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{", 'unmatched "{" at character 1'),
        ("a {title", 'unmatched "{" at character 3'),
        ("a } b", 'unmatched "}" at character 3'),
        ("{title}}", 'unmatched "}" at character 8'),
        ("a {}", "no name in braces at character 3"),
        ("{|x}", "no name in braces at character 1"),
        ("{title|{place}}", 'unmatched "{" at character 1'),
    ],
)
def test_a_malformed_template_is_refused(template: str, message: str) -> None:
    """The message has the position of the unmatched brace."""
    error = refusal(template, ["title", "place"])

    assert error.code == "malformedTemplate"
    assert error.message == f"{message} of {template!r}"
    assert (
        error.hint == "write {{ and }} for braces, or {name|default} for optional names"
    )


def test_the_message_about_an_unknown_column_lists_the_columns() -> None:
    """It shows the first five, truncated."""
    error = refusal("{colour}", ["a\n", "b" * 100, "c", "d", "e", "f", "g"])

    assert error.code == "missingField"
    assert error.message == (
        "template: {colour} is unknown;"
        f" known: a?, {'b' * 30}...{'b' * 30}, c, d, e, 2 more"
    )
    assert refusal("{x}", []).message.endswith(
        "{x} is unknown; there are no table columns"
    )


def test_a_template_can_only_name_columns() -> None:
    """It cannot use attributes, items or formats."""
    for template in ("{title.__class__}", "{title[0]}", "{title!r}", "{title:>10}"):
        assert refusal(template, ["title"]).code == "missingField"


@given(ANYTHING, st.dictionaries(ANYTHING, ANYTHING))
def test_any_text_with_doubled_braces_is_unchanged(
    text: str, fields: dict[str, str]
) -> None:
    """Doubled braces become single braces."""
    escaped = text.replace("{", "{{").replace("}", "}}")

    assert render_template(escaped, fields) == text


def outcome(template: str) -> str | TemplateError:
    """Return the filled template or the error."""
    try:
        return render_template(template, {"a": "", "b": "x"})
    except TemplateError as error:
        return error


@given(st.text(st.sampled_from("{}|ab")))
def test_any_template_is_filled_or_refused(template: str) -> None:
    """The only braces in the result are those that were doubled."""
    filled = outcome(template)

    if isinstance(filled, TemplateError):
        assert filled.code in {"malformedTemplate", "missingField"}
    else:
        assert filled.count("{") == template.count("{{")
        assert filled.count("}") == template.count("}}")


@given(
    st.text(st.characters(codec=None, exclude_characters="{}|"), min_size=1), ANYTHING
)
def test_any_field_is_inserted_unchanged(field: str, value: str) -> None:
    """Its name and value can be any text."""
    fields = {name_key(field): value}

    assert list(template_names(f"{{{{{{{field}}}}}}}")) == [(name_key(field), None)]
    assert render_template(f"a{{{field}}}b", fields) == f"a{value}b"
    assert render_template(f"{{{field}|other}}", fields) == (value or "other")
    assert render_template(f"{{{field}|other}}", {}) == "other"
