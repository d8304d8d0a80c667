"""Tests of the prefix, the suffix and the template of a caption."""

import pytest

from rwcap.core.errors import InputError, UsageError
from rwcap.outputs.prefix_suffix import Style


def test_prefix_and_suffix_are_added_without_spaces() -> None:
    """An empty style changes nothing."""
    style = Style(prefix="ohwx, ", suffix=".")

    assert style.decorate("a cat", fields={}) == "ohwx, a cat."
    assert Style().decorate("a cat", fields={}) == "a cat"


def test_a_template_has_the_caption_and_other_fields() -> None:
    """A column named caption does not replace the caption."""
    style = Style(prefix="<", suffix=">", template="{stem} by {artist}: {caption}")
    fields = {"stem": "0001", "artist": "Anna", "caption": "old"}

    assert style.decorate("a {cat}", fields=fields) == "<0001 by Anna: a {cat}>"


def test_an_unknown_field_is_an_error_of_one_image() -> None:
    """Other images can have the column."""
    with pytest.raises(InputError, match="artist"):
        Style(template="{caption} by {artist}").decorate("a cat", fields={})


@pytest.mark.parametrize("template", ["", "a photo", "{{caption}}", "{captions}"])
def test_a_template_without_the_caption_is_an_error(template: str) -> None:
    """It would discard a caption that is paid for."""
    with pytest.raises(UsageError, match=r"lacks \{caption}"):
        Style(template=template)


@pytest.mark.parametrize("template", ["{caption}", "{{{caption}}}", "{caption|none}"])
def test_a_template_with_the_caption_is_valid(template: str) -> None:
    """Literal braces can surround it, and it can have a default."""
    assert "a cat" in Style(template=template).decorate("a cat", fields={})


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("<0001 by Anna, sea: a cat!>", "a cat"),  # as in a text file
        ("<0001  by Anna,\nsea: a cat!>", "a cat"),  # as in a table
        ("a cat", "a cat"),
        ("<0001 by Maria, sea: a cat!>", "<0001 by Maria, sea: a cat!>"),
        ("0001 by Anna, sea: a cat!", "0001 by Anna, sea: a cat!"),  # no prefix
        ("<0001 by Anna, sea: <0001 by Anna, sea: x!>!>", "<0001 by Anna, sea: x!>"),
    ],
)
def test_a_style_is_taken_off_where_it_is_whole(text: str, bare: str) -> None:
    """A text with another one is as somebody has written it."""
    style = Style("<", ">", "{stem}  by {artist|Anna},\nsea: {caption}!")

    assert style.bare(text, fields={"stem": "0001"}) == bare


@pytest.mark.parametrize("template", ["{caption}, {caption}", "{title}"])
def test_a_template_without_one_place_for_the_caption_stays(template: str) -> None:
    """Nobody can tell which part of the text is the caption."""
    style = Style(template=template, fields=["title"])

    assert style.bare("a cat, a cat", fields={}) == "a cat, a cat"
