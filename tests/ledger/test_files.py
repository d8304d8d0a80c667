"""Known image files, and the owners of output files."""

import os
from pathlib import Path

import pytest

from rwcap.core.source import FileStamp
from rwcap.ledger.ledger import Ledger
from rwcap.ledger.reservation import (
    ReservationRequest,
)
from tests.ledger.samples import (
    REQUEST,
    RESERVED,
    FakeLocks,
    image,
    rows,
    task_uuid,
    wanted,
)

STAMP = FileStamp(1, 2, 3)


@pytest.mark.parametrize(
    "changed",
    [FileStamp(9, 2, 3), FileStamp(1, 9, 3), FileStamp(1, 2, 9), FileStamp(2, 1, 3)],
)
def test_a_file_is_known_while_its_stamp_is_unchanged(
    ledger: Ledger, changed: FileStamp
) -> None:
    """Size, time and inode must all be the same."""
    ledger.files.save("a.jpg", STAMP, image(1))
    ledger.purchases.begin_reserve(wanted()).result()  # commits the deferred writes

    assert ledger.files.find("a.jpg", STAMP) == image(1)
    assert ledger.files.find("a.jpg", changed) is None
    assert ledger.files.find("b.jpg", STAMP) is None


def test_a_file_is_known_by_its_absolute_path(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last stamp counts. Closing the ledger commits the deferred writes."""
    monkeypatch.chdir(tmp_path)
    with Ledger(path, locks=FakeLocks(set())) as first:
        first.files.save("a.jpg", STAMP, image(1))
        first.files.save(f"{tmp_path}/b/../a.jpg", FileStamp(4, 5, 6), image(2))
    monkeypatch.chdir("/")

    with Ledger(path, locks=FakeLocks(set())) as second:
        assert second.files.find(f"{tmp_path}/a.jpg", STAMP) is None
        assert second.files.find(f"{tmp_path}/a.jpg", FileStamp(4, 5, 6)) == image(2)


@pytest.mark.parametrize("source", ["\udcff.jpg", "a\nb.jpg", "-a.jpg", "é.jpg"])
def test_any_file_name_can_be_stored(path: Path, source: str) -> None:
    """UTF-8 or not."""
    with Ledger(path, locks=FakeLocks(set())) as first:
        first.files.save(source, STAMP, image(1))
        first.files.assign_output(f"{source}.txt", source)
        request = ReservationRequest(image(1), REQUEST, task_uuid(1), source)
        assert first.purchases.begin_reserve(request).result() is RESERVED

    with Ledger(path, locks=FakeLocks(set())) as second:
        assert second.files.find(source, STAMP) == image(1)
        assert second.files.assign_output(f"{source}.txt", source) == source
    whole = os.fsencode(Path(source).absolute())
    assert rows(path, "SELECT source FROM purchase") == [(whole,)]


def test_an_output_belongs_to_its_first_source(ledger: Ledger, tmp_path: Path) -> None:
    """Until the file of the source is deleted."""
    first, second = f"{tmp_path}/a.jpg", f"{tmp_path}/\udcff.png"
    Path(first).touch()

    owners = [
        ledger.files.assign_output("a.txt", source) for source in (first, second, first)
    ]
    Path(first).unlink()
    heir = ledger.files.assign_output("a.txt", second)
    Path(second).touch()

    assert owners == [first, first, first]
    assert heir == second
    assert ledger.files.assign_output("a.txt", first) == second


def test_an_output_of_a_file_without_an_image_goes_to_the_first_image(
    ledger: Ledger, tmp_path: Path
) -> None:
    """Two processes find at the same time that the owner is no image."""
    edits, first, second = (f"{tmp_path}/a{suffix}" for suffix in (".aae", ".b", ".c"))
    for name in (edits, first, second):
        Path(name).touch()
    ledger.files.assign_output("a.txt", edits)

    owners = [
        ledger.files.assign_output("a.txt", name, void=edits)
        for name in (first, second)
    ]

    assert owners == [first, first]


def test_a_file_has_been_read_however_it_was_prepared(ledger: Ledger) -> None:
    """Its name alone is not enough."""
    ledger.files.save("a.jpg", STAMP._replace(preparation="x"), image(1))
    ledger.files.save("b.jpg", STAMP, image(2))
    ledger.purchases.begin_reserve(wanted()).result()  # commits the deferred writes

    names = ["a.jpg", "b.jpg", "a", "a.jpg.b"]
    assert [ledger.files.has_been_read(each) for each in names] == [
        *(True, True, False, False)
    ]


def test_a_broken_link_keeps_its_output(ledger: Ledger, tmp_path: Path) -> None:
    """The link itself exists."""
    link = tmp_path / "a.jpg"
    link.symlink_to("gone")
    ledger.files.assign_output("a.txt", str(link))

    assert ledger.files.assign_output("a.txt", f"{tmp_path}/a.png") == str(link)


@pytest.mark.parametrize(
    "source",
    [
        "https://a.example/1.jpg",
        "https://a.example/\udcff.jpg",
        "1e8ab1ae-6a8f-4a4c-b1a5-6f1f7b0f3b52",
        "data:image/jpeg;base64,AAAA",
    ],
)
def test_a_url_keeps_its_output_forever(ledger: Ledger, source: str) -> None:
    """Whether the image still exists is unknown."""
    assert ledger.files.assign_output("1.txt", source) == source
    assert ledger.files.assign_output("1.txt", source) == source

    others = [
        ledger.files.assign_output("1.txt", "https://b.example/1.jpg"),
        ledger.files.preview_output("1.txt", "https://b.example/1.jpg"),
    ]

    assert source[:5] == others[0][:5]
    assert others[0] == others[1] != "https://b.example/1.jpg"


def test_a_preview_of_an_output_writes_nothing(
    path: Path, ledger: Ledger, tmp_path: Path
) -> None:
    """It takes into account the ledger and earlier previews."""
    first, second, third = (f"{tmp_path}/a{suffix}" for suffix in (".jpg", "", ".png"))
    Path(first).touch()
    ledger.files.assign_output("a.txt", first)
    preview = ledger.files.preview_output

    assert preview("a.txt", first) == first
    assert preview("a.txt", second) == first
    assert [preview("b.txt", each) for each in (second, third)] == [second, second]
    assert rows(path, "SELECT count(*) FROM output") == [(1,)]

    Path(first).unlink()
    another = Ledger(path, locks=FakeLocks(set()))
    assert another.files.preview_output("a.txt", third) == third
