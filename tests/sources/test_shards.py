"""Parquet tables are split in parts, which are read separately."""

import errno
import os
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]  # has no types
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow.parquet import write_table  # type: ignore[import-untyped]  # as above

from rwcap.core.errors import StorageError, UsageError
from rwcap.core.source import CaptionRequest, UnusableSource
from rwcap.sources.tables.shards import find_shards, read_shard
from rwcap.storage import objects
from tests.object_storage import Bucket


def write(path: Path, rows: int, group: int = 100) -> str:
    """Write a table with images in it and return its path."""
    columns = {
        "bytes": pa.array(
            (f"image {one}".encode() for one in range(rows)), pa.binary()
        ),
        "id": [f"{number:03}" for number in range(rows)],
        "prompt": ["Describe it."] * rows,
    }
    write_table(pa.table(columns), path, row_group_size=group)
    return str(path)


@given(st.integers(0, 40), st.integers(1, 15), st.integers(1, 15))
def test_each_row_is_in_one_shard(
    tmp_path_factory: pytest.TempPathFactory, rows: int, group: int, most: int
) -> None:
    """In order, and no shard has more rows than wanted."""
    table = write(tmp_path_factory.mktemp("shards") / "m.parquet", rows, group)

    shards = list(find_shards(table, most))

    assert all(0 < shard.stop - shard.first <= most for shard in shards)
    assert len({shard.name for shard in shards}) == len(shards)
    read = [list(read_shard(shard)) for shard in shards]
    assert [len(part) for part in read] == [each.stop - each.first for each in shards]
    assert [one.id for part in read for one in part] == [
        f"{number:03}" for number in range(rows)
    ]


def test_a_row_is_a_request_with_bytes(here: Path) -> None:
    """With its place in the table, its id and its prompt."""
    (shard,) = find_shards(write(here / "m.parquet", 2))

    _, second = read_shard(shard)

    assert second == CaptionRequest(
        f"{here}/m.parquet:2",
        prompt="Describe it.",
        id="001",
        columns={"id": "001", "prompt": "Describe it.", "image": ""},
        content=b"image 1",
    )


def test_small_groups_are_joined_and_large_ones_split(here: Path) -> None:
    """So that parts have a useful size."""
    table = write(here / "m.parquet", 25, group=10)

    assert [(each.first, each.stop) for each in find_shards(table, 20)] == [
        (0, 20),
        (20, 25),
    ]
    assert [(each.first, each.stop) for each in find_shards(table, 8)] == [
        (0, 8),
        (8, 10),
        (10, 18),
        (18, 25),
    ]


def test_a_shard_has_another_name_when_the_table_changes(here: Path) -> None:
    """So parts of the old table are not taken for those of the new one."""
    table = write(here / "m.parquet", 1)
    (first,) = find_shards(table)
    (again,) = find_shards(table)
    os.utime(table, ns=(1, 1))
    (changed,) = find_shards(table)

    assert first.name == again.name
    assert first.name.startswith("m-")
    assert first.name.endswith("-000000000")
    assert changed.name != first.name


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_folder_has_the_shards_of_its_tables(here: Path, slash: str) -> None:
    """In the order of their names; hidden files are no tables."""
    for name in ("b.parquet", "a.parquet", "_metadata.parquet", ".x.parquet", "c.txt"):
        write(here / name, 1)

    assert [shard.table for shard in find_shards(f"{here}{slash}")] == [
        f"{here}/a.parquet",
        f"{here}/b.parquet",
    ]


def test_tables_in_object_storage_have_shards(here: Path, bucket: Bucket) -> None:
    """The same as local ones."""
    for name in ("a", "b"):
        data = Path(write(here / f"{name}.parquet", 15, 10)).read_bytes()
        bucket.put(f"m/{name}.parquet", data)
    bucket.put("m/sub/c.parquet", b"")

    one = list(find_shards(f"{bucket.url}/m/a.parquet"))
    both = list(find_shards(f"{bucket.url}/m/", 10))

    assert [(each.first, each.stop) for each in one] == [(0, 15)]
    assert [each.table.rpartition("/")[2] for each in both] == [
        *("a.parquet", "a.parquet", "b.parquet", "b.parquet"),
    ]
    (*_, last) = read_shard(both[1])
    assert isinstance(last, CaptionRequest)
    assert (last.content, last.id) == (b"image 14", "014")
    assert last.source == f"{bucket.url}/m/a.parquet:15"
    changed = Path(write(here / "a.parquet", 14, 10)).read_bytes()
    bucket.put("m/a.parquet", changed)
    assert next(find_shards(f"{bucket.url}/m/", 10)).name != both[0].name


def test_a_row_without_an_image_is_unusable(here: Path) -> None:
    """The others of its shard are usable."""
    columns = {"bytes": [None, b"2"], "url": ["", "https://example.com/2.jpg"]}
    write_table(pa.table(columns), here / "m.parquet")

    first, second = (one for each in find_shards(str(here)) for one in read_shard(each))

    assert isinstance(first, UnusableSource)
    assert first.error.message.endswith("m.parquet:1: column url: empty")
    assert isinstance(second, CaptionRequest)
    assert second.content == b"2"
    assert second.columns == {"url": "https://example.com/2.jpg"}


def test_unusable_manifests_are_refused(here: Path, bucket: Bucket) -> None:
    """Before anything is bought: no tables, other columns, damage."""
    write_table(pa.table({"picture": [b"1"]}), here / "other.parquet")
    bucket.put("damaged.parquet", b"PAR1 and no more")
    bucket.put("zeros.parquet", bytes(200))
    (here / "empty").mkdir()

    for manifest, reason in {
        str(here / "empty"): "no Parquet tables in this folder",
        str(here / "other.parquet"): "found: picture",
        str(here / "missing.parquet"): "no such file",
        f"{bucket.url}/damaged.parquet": "damaged or incomplete Parquet",
        f"{bucket.url}/zeros.parquet": "damaged or incomplete Parquet",
        f"{bucket.url}/missing.parquet": "no such object, folder or bucket",
        f"{bucket.url}/missing/": "no such object, folder or bucket",
    }.items():
        with pytest.raises(UsageError) as refused:
            list(find_shards(manifest))

        assert reason in refused.value.message


def test_storage_that_fails_is_no_damage(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same table can be read later."""
    table = "memory://m/m.parquet"
    objects.write_object(table, Path(write(here / "m.parquet", 9)).read_bytes())
    (shard,) = find_shards(table)

    def refuse(*_: object) -> bytes:
        raise TimeoutError(errno.ETIMEDOUT, "no answer")

    monkeypatch.setattr("fsspec.implementations.memory.MemoryFile.read", refuse)

    with pytest.raises(StorageError) as refused:
        list(read_shard(shard))

    assert refused.value.message == f"{table}: no answer"
