"""`rwcap batch --texts FILE` with rows for a raw file and its JPEG."""

from pathlib import Path

import pytest

from tests import draw
from tests import service as faults
from tests.cli.test_batch import summed, tree
from tests.cli.test_embed import described, descriptions
from tests.images.test_raw import RAWS
from tests.metadata.packets import alternatives, description, packet
from tests.process import Result, Rwcap
from tests.service import Service

OVERWRITE = ("--mode", "overwrite")


class Pair:
    """A raw file and its JPEG, which are bought once."""

    def __init__(self, connected: Rwcap, folder: Path, raw: str) -> None:
        """Write the two files."""
        self.connected = connected
        self.folder = folder / "p"
        self.folder.mkdir()
        self.raw = f"a.{raw}"
        (self.folder / self.raw).write_bytes(RAWS[raw.upper()])
        (self.folder / "a.jpg").write_bytes(draw.snapshot(1))

    def buy(self, *options: str) -> None:
        """Run a batch."""
        result = self.connected.run("batch", "p", *options)
        assert result.status == 0, result.err

    def write(
        self, raw: str, jpeg: str, *options: str, write: str = "metadata"
    ) -> Result:
        """Write a text of each file; none if it is empty."""
        rows = f"source,text\np/{self.raw},{raw}\np/a.jpg,{jpeg}\n"
        (self.folder.parent / "t.csv").write_text(rows)
        command = ("batch", "p", "--texts", "t.csv", "--write", write)
        return self.connected.run(*command, *options)

    @property
    def texts(self) -> tuple[str | None, str | None]:
        """The descriptions of the raw file and of the JPEG."""
        found = descriptions(self.folder)
        return found.get("a.xmp"), found["a.jpg"]


@pytest.fixture
def pair(
    connected: Rwcap, service: Service, tmp_path: Path, request: pytest.FixtureRequest
) -> Pair:
    """Return a pair whose caption is not bought yet."""
    service.otherwise = faults.caption("A harbour.")
    return Pair(connected, tmp_path, getattr(request, "param", "cr2"))


both_orders = pytest.mark.parametrize("pair", ["cr2", "nef"], indirect=True)
"""The JPEG comes between the two, by its name."""


@both_orders
@pytest.mark.parametrize("options", [("--write", "metadata"), ("--hold",)])
@pytest.mark.promises("persons")
def test_both_files_of_a_pair_get_their_corrections(
    pair: Pair, options: tuple[str, ...]
) -> None:
    """The same command once more writes nothing; a later table corrects both again."""
    pair.buy(*options)

    result = pair.write("By Ada.", "Also by Ada.")
    corrected, state = pair.texts, tree(pair.folder)
    again = [pair.write("By Ada.", "Also by Ada.", *more) for more in ((), OVERWRITE)]
    unchanged = tree(pair.folder) == state
    later = pair.write("By Ben.", "Also by Ben.", *OVERWRITE)

    assert (result.status, summed(result)["edited"]) == (0, "2"), result.err
    assert corrected == ("By Ada.", "Also by Ada.")
    assert [(each.status, summed(each)["skipped"]) for each in again] == [(0, "2")] * 2
    assert unchanged
    assert (later.status, pair.texts) == (0, ("By Ben.", "Also by Ben.")), later.err
    assert "text of a person" not in "".join(each.err for each in (result, *again))


@both_orders
@pytest.mark.promises("persons")
def test_both_files_of_a_pair_get_their_alternative_texts(pair: Pair) -> None:
    """It is a property of its own, beside the caption."""
    pair.buy("--write", "metadata", "--alt")

    result = pair.write("By Ada.", "Also by Ada.", "--alt")
    again = pair.write("By Ada.", "Also by Ada.", "--alt")

    assert (result.status, summed(result)["edited"]) == (0, "2"), result.err
    assert (again.status, summed(again)["skipped"]) == (0, "2"), again.err


@pytest.mark.parametrize(
    ("pair", "place", "options"),
    [
        ("cr2", "a.xmp", ("--write", "metadata")),
        ("cr2", "a.xmp", ("--hold",)),
        ("nef", "a.jpg", ("--hold",)),
    ],
    indirect=["pair"],
)
@pytest.mark.promises("persons")
def test_what_a_person_wrote_elsewhere_counts_for_both_files(
    pair: Pair, place: str, options: tuple[str, ...]
) -> None:
    """In the place of the file that comes first, by another program."""
    pair.buy(*options)
    held = packet(description(alternatives(x_default="By Ada.")))
    photo = described(draw.snapshot(1), "By Ada.")
    (pair.folder / place).write_bytes({"a.jpg": photo}.get(place, held))
    before = pair.texts

    result = pair.write("By Ben.", "By Ben.")

    assert (result.status, pair.texts) == (0, before), result.err
    assert "2 images keep the text of a person" in result.err


@pytest.mark.promises("persons")
def test_a_caption_of_the_model_does_not_stand_beside_its_correction(
    pair: Pair,
) -> None:
    """A person has corrected one row of the two; `overwrite` does the same."""
    pair.buy("--hold")

    for options in ((), OVERWRITE):
        result = pair.write("By Ada.", "A harbour.", *options)

        assert (result.status, pair.texts) == (0, ("By Ada.", None)), result.err
        assert "1 image keeps the text of a person" in result.err


@both_orders
@pytest.mark.parametrize("write", ["txt", "xmp"])
@pytest.mark.promises("persons")
def test_one_file_of_a_pair_gets_one_of_two_texts(pair: Pair, write: str) -> None:
    """The first stays; the row of the other is an error, each time."""
    first = [
        pair.write("By Ada.", "By Ben.", *OVERWRITE, write=write) for _ in range(2)
    ]
    apart = pair.write("By Ada.", "By Ben.", "--collide", "always", write=write)

    name = {"a.cr2": "a.jpg", "a.nef": "a.nef"}[pair.raw]
    other = {"a.cr2": "a.cr2", "a.nef": "a.jpg"}[pair.raw]
    error = f"p/{name}: p/a.{write} has the text of the row of p/{other}"
    assert [each.status for each in first] == [3, 3]
    assert all(error in each.err for each in first), first[0].err
    assert [summed(each).get("edited") for each in first] == ["1", None]
    assert (apart.status, summed(apart)["edited"]) == (0, "2")


@both_orders
@pytest.mark.promises("persons")
def test_a_correction_replaces_the_caption_of_the_other_row(pair: Pair) -> None:
    """A person has corrected the row of the raw file alone; they share a text file."""
    pair.buy("--write", "txt")

    result = pair.write("By Ada.", "A harbour.", *OVERWRITE, write="txt")

    assert (result.status, summed(result)["edited"]) == (0, "1"), result.err
    assert (pair.folder / "a.txt").read_text() == "By Ada.\n"


@pytest.mark.promises("persons")
def test_a_correction_contradicts_no_text_of_a_person(pair: Pair) -> None:
    """Another program has written it beside the JPEG, and the raw file has no row."""
    held = packet(description(alternatives(x_default="By Ada.")))
    (pair.folder / "a.xmp").write_bytes(held)

    result = pair.write("", "By Ben.", *OVERWRITE)

    assert (result.status, pair.texts) == (1, ("By Ada.", None))
    assert "p/a.jpg: has a caption in p/a.xmp, which the image would" in result.err
