"""Records and record files for tests."""

import csv
import json
from pathlib import Path

import pytest

from rwcap.core.errors import InputError
from rwcap.core.money import Micros
from rwcap.core.record import ErrorDetails, Record, RecordStatus
from rwcap.outputs.records.record_file import RecordFile

MODEL = "runware:152@1"
HEADER = (
    b"source,id,status,text,cost_usd,task_uuid,model,prompt,image_sha256,error,"
    b"sandbox,long"
)
SUFFIXES = pytest.mark.parametrize("suffix", ["jsonl", "csv"])


def record(
    source: str = "a.jpg",
    *,
    id: str | None = None,  # noqa: A002  # the record's name for it
    text: str | None = "a cat",
    prompt: str | None = "Describe it",
    status: RecordStatus = RecordStatus.OK,
) -> Record:
    """Return the record of a caption."""
    return Record(
        source=source,
        id=id,
        status=status,
        text=text,
        cost=Micros(1300),
        task_uuid="0f8fad5b-d9cb-469f-a165-70867728950e",
        model=MODEL,
        prompt=prompt,
        image_sha256="ab" * 32,
    )


def write(path: Path, *records: Record) -> None:
    """Append records as one run does."""
    with RecordFile(str(path)) as file:
        for added in records:
            file.append(added)


def sources(path: Path) -> list[str]:
    """Return the sources in a file; fail if a line is not a record."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if path.suffix == ".jsonl":
        return [json.loads(line)["source"] for line in lines]
    rows = [next(csv.DictReader([lines[0], line], strict=True)) for line in lines[1:]]
    assert all(None not in row and None not in row.values() for row in rows)
    return [row["source"] for row in rows]


FAILED = Record(
    source="b.jpg",
    status=RecordStatus.FAILED,
    error=ErrorDetails.from_error(InputError("b.jpg: empty", code="emptyImage")),
)
"""The record of an image without a caption."""


def append_missing(records: RecordFile, *added: Record) -> None:
    """Append records as one run does, unless the file has them."""
    with records as file:
        for each in added:
            if not file.has_record(each):
                file.append(each)
