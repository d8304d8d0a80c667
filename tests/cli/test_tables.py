"""rwcap batch reads tables and writes tables."""

import json
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]  # has no types
from pyarrow.parquet import write_table  # type: ignore[import-untyped]  # as above

from tests import draw
from tests import service as faults
from tests.process import Rwcap
from tests.service import Service


def test_a_parquet_table_contains_images(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """A caption is written to a folder, under the name that the image has."""
    service.otherwise = faults.numbered
    draw.album(tmp_path, "a.jpg", "b.jpg")
    images = [
        {"bytes": (tmp_path / "a.jpg").read_bytes(), "path": "x/one.jpg"},
        {"bytes": (tmp_path / "b.jpg").read_bytes(), "path": None},
        {"bytes": b"no image", "path": None},
    ]
    table = pa.table({"image": images, "id": ["1", "two", "3"]})
    write_table(table, tmp_path / "m.parquet")

    result = connected.run(
        *("batch", "m.parquet", "--jsonl", "--write", "txt", "--out-dir", "out")
    )
    embedded = connected.run("batch", "m.parquet", "--write", "embed")

    assert result.status == 3
    assert sorted(json.loads(line)["source"] for line in result.out.splitlines()) == [
        *("m.parquet:1", "m.parquet:2", "m.parquet:3")
    ]
    assert (tmp_path / "out/x/one.txt").read_text() == "Picture 1.\n"
    assert (tmp_path / "out/two.txt").read_text() == "Picture 2.\n"
    assert "m.parquet:3: not an image" in result.err
    assert "m.parquet:1: not a local file" in embedded.err
    assert service.bills == 2
