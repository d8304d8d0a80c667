"""Values of fields as text, and the known ones among them."""

from rwcap.core.fields import FieldTexts, FieldValues, field_text, main_text


def test_values_have_a_form_as_text() -> None:
    """Arrays are joined, and truth is a word."""
    values = (None, "x", 3, 2.5, True, False, ("a", True, 1))

    assert [*map(field_text, values)] == [
        *("", "x", "3", "2.5", "true", "false", "a; true; 1"),
    ]
    assert field_text(("a", "b"), ", ") == "a, b"


def test_known_fields_are_found_by_name_and_type() -> None:
    """Other fields have no place in metadata."""
    values: FieldValues = {"title": "T", "keywords": ("a", "b"), "people": 3}

    assert FieldTexts.of(values) == FieldTexts("T", None, None, ("a", "b"))
    assert FieldTexts.of({"title": 3, "keywords": "a"}) == FieldTexts()


def test_one_text_stands_for_all_fields() -> None:
    """The description, else the alternative text, the title or a list."""
    values: dict[str, str | int] = {"people": 3, "title": "T"}

    assert main_text({**values, "alt": "A", "description": "D"}) == "D"
    assert main_text({**values, "alt": "A"}) == "A"
    assert main_text(values) == "T"
    assert main_text({"people": 3, "colour": None}) == "people: 3\ncolour: "
