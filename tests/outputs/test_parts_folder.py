"""Each run adds parts with its records to a folder."""

import os
from pathlib import Path

import pytest

from rwcap.core.errors import InputError, NotWrittenError, OutputError, UsageError
from rwcap.core.record import ErrorDetails
from rwcap.core.source import CaptionRequest
from rwcap.outputs.records import parts_folder
from rwcap.outputs.records.parquet_parts import finished_parts, read_part, write_part
from rwcap.outputs.records.parts_folder import PartsFolder
from rwcap.outputs.records.record_formats import TableStyle
from tests.object_storage import Bucket
from tests.outputs.records import FAILED, record

STYLE = TableStyle()


@pytest.fixture(params=["local", "s3"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return a folder that does not exist, local and in object storage."""
    if request.param == "s3":
        return f"{request.getfixturevalue('bucket').url}/captions"
    return f"{tmp_path}/new/captions/"


def sources(folder: str) -> list[list[object]]:
    """Return the sources in each part."""
    return [
        [row["source"] for row in read_part(folder, name)]
        for name in sorted(finished_parts(folder))
    ]


def test_a_run_adds_parts_of_a_limited_size(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run knows what is there, and adds parts of its own."""
    monkeypatch.setattr(parts_folder, "PART_ROWS", 2)
    names = ["a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg"]

    with PartsFolder(folder, STYLE) as records:
        records.check(CaptionRequest("a.jpg"))
        for name in names:
            assert not records.has_caption(record(name))
            records.append(record(name))
            assert records.has_caption(record(name))
    first = sources(folder)
    with PartsFolder(folder, STYLE) as records:
        known = [records.has_caption(record(name)) for name in names]
        records.append(record("f.jpg"))

    assert first == [["a.jpg", "b.jpg"], ["c.jpg", "d.jpg"], ["e.jpg"]]
    assert all(known)
    assert sorted(sources(folder)) == [*first, ["f.jpg"]]


def test_a_caption_belongs_to_image_prompt_and_id(folder: str) -> None:
    """And an error is no caption."""
    with PartsFolder(folder, STYLE) as records:
        records.append(record(id="1"))
        records.append(FAILED)
    with PartsFolder(folder, STYLE) as records:
        assert records.has_caption(record(id="1"))
        assert not records.has_caption(record(id="2"))
        assert not records.has_caption(record(id="1", prompt="other"))
        assert not records.has_caption(record(id="1")._replace(sandbox=True))
        assert not records.has_caption(FAILED)
        assert records.has_record(FAILED)
        other = ErrorDetails.from_error(InputError("b.jpg: gone", code="x"))
        assert not records.has_record(FAILED._replace(error=other))
        records.append(FAILED._replace(error=None))  # it has no key
    with PartsFolder(folder, STYLE) as records:
        assert records.has_caption(record(id="1"))


def test_a_run_without_records_writes_nothing(folder: str) -> None:
    """Nor does a dry run."""
    with PartsFolder(folder, STYLE):
        pass
    with PartsFolder(folder, STYLE, dry_run=True) as records:
        records.append(record())

    assert finished_parts(folder) == set()


def test_columns_can_be_chosen(folder: str) -> None:
    """The next run needs the same ones."""
    style = TableStyle(columns=("image_id", "source", "text"))
    with PartsFolder(folder, style) as records:
        records.append(record())

    with PartsFolder(folder, style) as records:
        assert records.has_caption(record(prompt="any"))
    with pytest.raises(UsageError) as refused:
        PartsFolder(folder, STYLE).__enter__()
    assert "the file has other columns: image_id,source,text" in refused.value.message
    with pytest.raises(UsageError, match="--bom"):
        PartsFolder(folder, TableStyle(bom=True))


def test_a_half_written_part_is_reported(bucket: Bucket, tmp_path: Path) -> None:
    """With what to do. rwcap leaves none, but a copy of a folder may."""
    whole = Path(write_part(str(tmp_path), "one", [record()])).read_bytes()
    url = bucket.put("captions/one.parquet", whole[:-9])

    with pytest.raises(UsageError) as refused:
        PartsFolder(f"{bucket.url}/captions", STYLE).__enter__()

    assert refused.value.message == f"table {url}: damaged or incomplete Parquet"
    assert "delete the file" in str(refused.value.hint)


def test_the_name_of_a_file_is_refused() -> None:
    """An object cannot grow."""
    for name in ("captions.parquet", "captions.jsonl"):
        with pytest.raises(UsageError) as refused:
            PartsFolder(f"s3://bucket/{name}", STYLE)
        assert "no records can be added to a file in storage" in refused.value.message


def test_records_that_cannot_be_written_stay_for_the_next_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run goes on; at its end, the error is reported."""
    monkeypatch.setattr(parts_folder, "PART_ROWS", 2)
    blocked = tmp_path / "blocked"
    with PartsFolder(str(blocked), STYLE) as records:
        blocked.rmdir()
        blocked.write_text("")
        records.append(record("a.jpg"))
        with pytest.raises(NotWrittenError, match="blocked"):
            records.append(record("b.jpg"))
        os.remove(blocked)  # noqa: PTH107  # a file in the place of the folder
        records.append(record("c.jpg"))

    assert sources(str(blocked)) == [["a.jpg", "b.jpg", "c.jpg"]]


def test_a_last_part_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """Unless another one ends the run."""
    blocked = tmp_path / "blocked"

    def run(*, interrupted: bool) -> None:
        blocked.unlink(missing_ok=True)
        with PartsFolder(str(blocked), STYLE) as records:
            records.append(record())
            blocked.rmdir()
            blocked.write_text("")
            if interrupted:
                raise KeyboardInterrupt

    with pytest.raises(OutputError, match="blocked"):
        run(interrupted=False)
    with pytest.raises(KeyboardInterrupt):
        run(interrupted=True)
