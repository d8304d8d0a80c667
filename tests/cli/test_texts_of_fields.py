"""`--texts` with a table of `--fields` that a person has corrected in a spreadsheet."""

import csv
import json

import pytest

from rwcap.metadata.embed import parse_embeddable
from rwcap.metadata.properties import Property
from rwcap.metadata.xmp.packet import read_text
from tests import draw
from tests import service as faults
from tests.cli.test_batch import summed
from tests.process import Result, Rwcap
from tests.service import Service

METADATA = ("--write", "metadata")
FOUR = ("--fields", "title,alt,description,keywords")
REPLY = {
    "title": "A red boat.",
    "alt": "Image of a red boat on a lake. Its name is Ann.",
    "description": "A red boat lies on a calm lake. The sky is grey.",
    "keywords": ["Boat", "lake", "red", "sky", "water"],
}
ALT = "A red boat on a lake. Its name is Ann."
PERSON = "Anna's boat, before she sold it."


class Table:
    """Two photos, and the table of their fields."""

    def __init__(self, connected: Rwcap, service: Service) -> None:
        """Draw the photos, and answer each request with the fields."""
        self._rwcap = connected
        self._path = connected.home / "t.csv"
        service.otherwise = faults.caption(json.dumps(REPLY))
        draw.album(connected.home / "p", "a.jpg", "b.jpg")

    def buy(self, *options: str) -> None:
        """Buy the fields."""
        bought = self._rwcap.run("batch", "p", *FOUR, "-o", "t.csv", *options)
        assert bought.status == 0, bought.err

    def edit(self, **cells: str) -> None:
        """Change cells of a.jpg."""
        with self._path.open(encoding="utf-8", newline="") as file:
            rows = sorted(csv.DictReader(file), key=lambda row: row["source"])
        rows[0] |= cells
        self.save(rows)

    def save(self, rows: list[dict[str, str]]) -> None:
        """Write the table."""
        with self._path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)

    def write(self, *options: str) -> Result:
        """Write the texts of the table."""
        return self._rwcap.run("batch", "p", "--texts", "t.csv", *METADATA, *options)

    def texts(self, key: Property) -> list[str | None]:
        """Return a text of each photo."""
        photos = sorted((self._rwcap.home / "p").glob("*.jpg"))
        packets = [parse_embeddable(each.read_bytes()).packet for each in photos]
        return [read_text(each, key) if each else None for each in packets]

    def authors(self) -> str:
        """Return what `--show` says of the first photo."""
        return self._rwcap.run("caption", "--show", "p/a.jpg").out


@pytest.fixture
def table(connected: Rwcap, service: Service) -> Table:
    """Return a table of two photos."""
    return Table(connected, service)


@pytest.mark.promises("texts", "persons", "undo")
def test_a_corrected_alternative_text_is_written_as_one(table: Table) -> None:
    """The others are those of the model, and the other fields stay."""
    table.buy(*METADATA)
    before = table.texts(Property.DESCRIPTION)
    table.edit(alt=PERSON)

    result = table.write("--alt")
    shown = table.authors()

    assert (result.status, summed(result)["edited"]) == (0, "1")
    assert summed(result)["skipped"] == "1"
    assert table.texts(Property.ALT_TEXT) == [PERSON, ALT]
    assert table.texts(Property.DESCRIPTION) == before
    assert f"AltTextAccessibility\tperson\t{PERSON}" in shown
    assert "changed fields" not in result.err


@pytest.mark.parametrize("columns", ["source,text,alt", "source,alt_text,description"])
@pytest.mark.promises("persons", "texts")
def test_the_alternative_text_of_a_reply_is_of_the_model(
    table: Table, columns: str
) -> None:
    """Whatever other columns the table has; its description is written beside it."""
    table.buy()
    names = columns.split(",")
    cells = {"text": "Else.", "alt": ALT, "alt_text": ALT, "description": "Else."}
    rows = [cells | {"source": f"p/{name}.jpg"} for name in "ab"]
    table.save([{name: row[name] for name in names} for row in rows])

    result = table.write("--alt")

    assert summed(result)["cached"] == "2"
    assert table.texts(Property.ALT_TEXT) == [ALT, ALT]
    assert table.texts(Property.DESCRIPTION) == [REPLY["description"]] * 2
    assert "person" not in table.authors()


@pytest.mark.promises("rules")
def test_a_field_that_is_too_long_for_alternative_text_is_refused(table: Table) -> None:
    """As an edited text is."""
    table.buy()
    table.save([{"source": "p/a.jpg", "description": str(REPLY["description"])}])

    result = table.write("--alt", "--max-chars", "40")

    assert result.status == 9
    assert "too long: 48 characters; allowed: 40" in result.err
    assert table.texts(Property.ALT_TEXT) == [None, None]


@pytest.mark.parametrize(
    ("cells", "options", "ways"),
    [
        ({"alt": PERSON}, (), ": with --alt, it writes the column alt"),
        (
            {"description": PERSON},
            (),
            ": it writes a description from the column text",
        ),
        ({"title": PERSON}, (), ""),
        ({"keywords": "boat; lake; Ann"}, (), ""),
        ({"text": PERSON}, ("--alt",), ": without --alt, it writes the column text"),
    ],
    ids=["alt", "description", "title", "keywords", "text"],
)
@pytest.mark.promises("texts", "reports")
def test_a_changed_field_that_is_not_written_is_reported(
    table: Table, cells: dict[str, str], options: tuple[str, ...], ways: str
) -> None:
    """The photos stay as they are."""
    table.buy(*METADATA)
    before = table.authors()
    table.edit(**cells)

    result = table.write(*options)

    changed = f"1 row has changed fields, which --texts does not write{ways}"
    assert changed in result.err.splitlines()
    assert (result.status, summed(result)["skipped"]) == (0, "2")
    assert table.authors() == before


@pytest.mark.promises("reports")
def test_the_fields_of_the_model_are_not_called_changed(table: Table) -> None:
    """Nor are blank cells, or shorter forms that options of a run make of a reply."""
    table.buy(*METADATA)
    table.edit(alt=ALT[:21], title="", keywords='["boat","lake"]')

    result = table.write()
    table.edit(keywords="[boat")
    broken = table.write("--dry-run")
    table.edit(keywords="boat", text=PERSON)
    edited = table.write()

    assert "changed fields" not in result.err + edited.err
    assert "1 row has changed fields" in broken.err
    assert summed(edited)["edited"] == "1"


def test_fields_of_another_program_are_not_called_changed(
    table: Table, connected: Rwcap, service: Service
) -> None:
    """Of captions without fields, there is nothing to compare with."""
    service.otherwise = faults.numbered
    connected.run("batch", "p", *METADATA)
    table.save([{"source": "p/a.jpg", "text": "Picture 1.", "title": "Else."}])

    result = table.write()

    assert summed(result)["skipped"] == "1"
    assert "changed fields" not in result.err
