"""Fields in place of a caption."""

from rwcap.core.record import Record, RecordStatus
from rwcap.fields.definitions import Field, Kind, parse_short_form
from rwcap.usecases.fields import FieldsQuality

TITLE = FieldsQuality(parse_short_form("title,people:int"))


def bought(text: str | None) -> Record:
    """Return the record of a reply."""
    return Record(source="a.jpg", status=RecordStatus.OK, text=text)


def test_reply_becomes_fields_and_a_text() -> None:
    """A record without a reply stays as it is."""
    record = TITLE.apply(bought('{"title": "A cat", "people": 2}'))

    assert record.text == "A cat"
    assert record.fields == {"title": "A cat", "people": 2}
    assert TITLE.apply(bought(None)) == bought(None)


def test_hint_names_what_costs_nothing() -> None:
    """If the short form can name it; after retries, another prompt may help."""
    one = TITLE.apply(bought('{"people": 2}'))
    schema = FieldsQuality(
        (Field("people", Kind.INTEGER, about="how many"), Field("a")), retries=1
    )
    other = schema.apply(bought('{"people": 2}'))
    none = TITLE.apply(bought("A cat."))

    assert one.error
    assert other.error
    assert none.error
    assert one.error.message == "title: missing"
    assert one.error.hint == (
        "--retry-quality 2 buys up to 2 other replies;"
        " --fields people:int costs nothing"
    )
    assert other.error.hint == "try another --prompt (a new purchase)"
    assert none.error.hint == "--retry-quality 2 buys up to 2 other replies"
    assert (none.long, none.fields) == ("A cat.", None)
