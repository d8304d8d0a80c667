"""Templates are filled with what a row says, and run nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.sources.templates import TemplateError, render_template

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
    ],
)
def test_a_template_is_filled(template: str, filled: str) -> None:
    """Columns, defaults and braces; what is inserted is not filled again."""
    assert render_template(template, FIELDS) == filled


def refusal(template: str, columns: list[str]) -> TemplateError:
    """Return the refusal of a template."""
    with pytest.raises(TemplateError) as refused:
        render_template(template, dict.fromkeys(columns, "x"))
    return refused.value


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{", 'a single "{" at character 1'),
        ("a {title", 'a single "{" at character 3'),
        ("a } b", 'a single "}" at character 3'),
        ("{title}}", 'a single "}" at character 8'),
        ("{}", 'a single "{" at character 1'),
        ("{|x}", 'a single "{" at character 1'),
        ("{title|{place}}", 'a single "{" at character 1'),
    ],
)
def test_a_malformed_template_is_refused(template: str, message: str) -> None:
    """A brace that opens or closes nothing is pointed at."""
    error = refusal(template, ["title", "place"])

    assert error.code == "malformedTemplate"
    assert error.message == f"template: {message}"
    assert error.hint == "write {{ and }} for braces, or {name|default}"


def test_a_missing_column_is_named_with_those_there_are() -> None:
    """The first few of them, cut short."""
    error = refusal("{colour}", ["a\n", "b" * 100, "c", "d", "e", "f", "g"])

    assert error.code == "missingField"
    assert error.message == (
        "template: {colour} names no column"
        f" (columns: a?, {'b' * 30}...{'b' * 30}, c, d, e, 2 more)"
    )
    assert refusal("{x}", []).message.endswith("{x} names no column (columns: none)")


def test_a_template_reaches_nothing_but_columns() -> None:
    """Neither attributes nor items nor formats."""
    for template in ("{title.__class__}", "{title[0]}", "{title!r}", "{title:>10}"):
        assert refusal(template, ["title"]).code == "missingField"


@given(ANYTHING, st.dictionaries(ANYTHING, ANYTHING))
def test_an_escaped_text_comes_back(text: str, fields: dict[str, str]) -> None:
    """With its braces doubled, any text is a template of itself."""
    escaped = text.replace("{", "{{").replace("}", "}}")

    assert render_template(escaped, fields) == text


def outcome(template: str) -> str | TemplateError:
    """Return the filled template, or its refusal."""
    try:
        return render_template(template, {"a": "", "b": "x"})
    except TemplateError as error:
        return error


@given(st.text(st.sampled_from("{}|ab")))
def test_a_template_is_filled_or_refused(template: str) -> None:
    """What is filled holds no brace but those that were doubled."""
    filled = outcome(template)

    if isinstance(filled, TemplateError):
        assert filled.code in {"malformedTemplate", "missingField"}
    else:
        assert filled.count("{") == template.count("{{")
        assert filled.count("}") == template.count("}}")


@given(
    st.text(st.characters(codec=None, exclude_characters="{}|"), min_size=1), ANYTHING
)
def test_a_field_comes_out_as_it_is(field: str, value: str) -> None:
    """Whatever the column is called and holds."""
    assert render_template(f"a{{{field}}}b", {field: value}) == f"a{value}b"
    assert render_template(f"{{{field}|other}}", {field: value}) == (value or "other")
    assert render_template(f"{{{field}|other}}", {}) == "other"
