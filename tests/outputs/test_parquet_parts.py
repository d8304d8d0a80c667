"""Parts of captions are written once, each as a whole."""

from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from pyarrow.parquet import read_table  # type: ignore[import-untyped]  # has no types

from rwcap.core.errors import OutputError, StorageError, UsageError
from rwcap.outputs.records.parquet_parts import check_folder, finished_parts, write_part
from tests.object_storage import Bucket, remove_credentials
from tests.outputs.records import FAILED, record


@pytest.fixture(params=["local", "s3"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return a folder that does not exist, local and in object storage."""
    if request.param == "s3":
        return f"{request.getfixturevalue('bucket').url}/captions"
    return str(tmp_path / "new/captions")


def rows(path: str) -> list[dict[str, object]]:
    """Return the rows of a part."""
    source: str | BytesIO = path
    if path.startswith("s3://"):
        bucket, _, key = path.removeprefix("s3://").partition("/")
        source = BytesIO(Bucket(bucket).get(key))
    return [*read_table(source).to_pylist()]


def test_a_part_has_the_records_and_their_ids(folder: str) -> None:
    """The id of an image is that of its row, or else its source."""
    path = write_part(folder, "one", [record(id="7"), record("\udcff.jpg"), FAILED])

    first, second, third = rows(path)
    assert path == f"{folder}/one.parquet"
    assert first["image_id"] == first["id"] == "7"
    assert first["text"] == "a cat"
    assert first["cost_usd"] == Decimal("0.001300")
    assert first["sandbox"] is False
    assert second["image_id"] == second["source"] == "$'\\xff.jpg'"
    assert third["error"] == "b.jpg: empty"
    assert third["image_id"] == "b.jpg"


def test_columns_can_be_chosen(folder: str) -> None:
    """Lone surrogates, which UTF-8 does not have, are replaced."""
    path = write_part(folder, "one", [record(prompt="a\udcff")], ("image_id", "prompt"))

    assert rows(path) == [{"image_id": "a.jpg", "prompt": "a?"}]


def test_finished_parts_are_found(folder: str) -> None:
    """Parts that are being written, and other files, are not."""
    before = finished_parts(folder)
    for name in ("one", "two", ".three", "_four"):
        write_part(f"{folder}/", name, [record()])
    write_part(f"{folder}/below", "five", [record()])

    assert before == finished_parts("memory://new/folder") == set()
    assert finished_parts(folder) == finished_parts(f"{folder}/") == {"one", "two"}


def test_a_part_that_cannot_be_written_is_named(tmp_path: Path, bucket: Bucket) -> None:
    """And nothing is left of it."""
    file = tmp_path / "file"
    file.write_text("")
    local, remote = str(file), f"{bucket.url}-of-nobody"

    for folder in (local, remote):
        with pytest.raises(OutputError) as refused:
            write_part(folder, "one", [record()])
        assert refused.value.message.startswith(f"{folder}/one.parquet: ")
        assert "buys nothing twice" in str(refused.value.hint)
    with pytest.raises(OutputError, match="Not a directory"):
        finished_parts(local)
    for folder in (local, remote):
        with pytest.raises(UsageError) as unusable:
            check_folder(folder)
        assert unusable.value.message.startswith(f"{folder}")
    assert list(tmp_path.iterdir()) == [file]


def test_a_folder_that_cannot_be_listed_is_an_error(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its parts may be finished, so it does not count as empty."""
    remove_credentials(monkeypatch)

    with pytest.raises(StorageError, match="Unable to locate credentials"):
        finished_parts(bucket.url)
