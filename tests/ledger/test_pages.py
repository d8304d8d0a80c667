"""Pages are read as SQLite writes them, and damaged ones do no harm."""

import random
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from rwcap.ledger.database.pages import PAGE_SIZE, Pages, Record, Value
from tests.ledger.damage import replace_page

VALUES = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-3, 3),
    st.floats(allow_nan=False),
    st.text(st.characters(codec="utf-8")),
    st.binary(),
    st.integers(3000, 20_000).map(lambda size: "long " * size),
)
ROWS = st.lists(st.tuples(VALUES, VALUES), max_size=30)


def write(path: Path, rows: Iterable[tuple[Value, ...]]) -> None:
    """Write a table of two columns."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (a BLOB, b BLOB)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", rows)
        connection.commit()


def read(path: Path) -> list[Record]:
    """Read all records but that of the schema."""
    with closing(Pages(path)) as pages:
        return [each for each in pages.records() if len(each.values) == 2]


def by_type(rows: Iterable[Record]) -> list[tuple[object, ...]]:
    """Return rows in order, with the types of their values: 1 equals 1.0."""
    return sorted(
        (each.rowid, *((str(type(value)), value) for value in each.values))
        for each in rows
    )


@given(ROWS)
def test_every_row_of_a_table_is_read(rows: list[tuple[Value, ...]]) -> None:
    """With values of all types, also of many pages."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        write(path, rows)
        found = read(path)

    expected = [Record(number, row) for number, row in enumerate(rows, 1)]
    assert [str(each) for each in by_type(found)] == [
        str(each) for each in by_type(expected)
    ]


def test_every_entry_of_an_index_is_read(tmp_path: Path) -> None:
    """Also those in inner pages, and those that continue on other pages."""
    texts = [f"{number} " * number for number in range(1, 1000)]
    path = tmp_path / "file"
    write(path, [(text, None) for text in texts])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE INDEX i ON t (a)")
        connection.commit()

    found = [each.values for each in read(path) if each.rowid is None]

    assert sorted(found, key=str) == sorted(
        zip(texts, range(1, 1000), strict=True), key=str
    )


def test_the_log_has_the_latest_pages(tmp_path: Path) -> None:
    """Without it, the file is read as of the last checkpoint."""
    path = tmp_path / "file"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        write(path, [("old", 1)])
        connection.execute("PRAGMA wal_checkpoint(RESTART)")
        connection.execute("UPDATE t SET a = 'new'")
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("PRAGMA cache_spill = 1")
        log = path.with_name("file-wal")
        content = log.read_bytes()
        kept = tmp_path / "kept"
        kept.write_bytes(path.read_bytes())
        kept.with_name("kept-wal").write_bytes(content)

    alone = tmp_path / "alone"
    alone.with_name("alone-wal").write_bytes(content)
    assert read(kept) == [Record(1, ("new", 1))]
    assert read(alone) == [Record(1, ("new", 1))]
    kept.with_name("kept-wal").write_bytes(content[:100])
    assert read(kept) == [Record(1, ("old", 1))]


def test_a_transaction_that_is_not_committed_is_ignored(tmp_path: Path) -> None:
    """As SQLite does after a crash."""
    path = tmp_path / "file"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        write(path, [("old", 1)] * 100)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN")
        connection.execute("UPDATE t SET a = ?", ("new" * 2000,))
        assert path.with_name("file-wal").stat().st_size > PAGE_SIZE

        assert {each.values for each in read(path)} == {("old", 1)}
        connection.execute("ROLLBACK")


def test_random_damage_ends_in_fewer_rows(tmp_path: Path) -> None:
    """Never in an exception, and never in an endless loop."""
    path = tmp_path / "file"
    dice = random.Random(5)  # noqa: S311  # no secret depends on it
    write(path, [(f"{number} " * 2000, number) for number in range(20)])
    content = path.read_bytes()
    for _ in range(200):
        damaged = bytearray(content)
        for _ in range(30):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        path.write_bytes(damaged)
        replace_page(path, dice.randrange(20), dice.randbytes(PAGE_SIZE))
        with closing(Pages(path)) as pages:
            for record in pages.records():
                assert isinstance(record, Record)


def test_a_missing_file_has_no_records(tmp_path: Path) -> None:
    """Nor has an empty one."""
    (tmp_path / "empty").touch()

    assert read(tmp_path / "missing") == read(tmp_path / "empty") == []
