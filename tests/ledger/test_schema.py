"""The ledger's file: created, checked and migrated."""

import errno
import os
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from rwcap.core.errors import LedgerError
from rwcap.core.exit_status import ExitStatus
from rwcap.ledger.database import schema
from rwcap.ledger.database.access import RESCUE
from rwcap.ledger.database.migrations import MIGRATIONS
from rwcap.ledger.ledger import Ledger
from rwcap.ledger.locks import FileLocks
from rwcap.ledger.reservation import (
    AlreadyBought,
)
from tests.ledger.samples import (
    REQUEST,
    RESERVED,
    TEXT,
    FakeLocks,
    image,
    rows,
    task_uuid,
    wanted,
)

NEWEST_FORMAT = len(MIGRATIONS)


@pytest.mark.promises("secrets")
def test_only_the_owner_may_read_the_ledger(path: Path, ledger: Ledger) -> None:
    """The folder, the file, and the files that SQLite adds."""
    ledger.purchases.begin_reserve(wanted()).result()

    modes = {each.name: each.stat().st_mode & 0o777 for each in path.parent.iterdir()}

    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert modes == dict.fromkeys(
        [f"ledger.sqlite3{each}" for each in ("", "-wal", "-shm", "-commits")], 0o600
    )


def test_the_file_has_application_id_version_and_wal(
    path: Path, ledger: Ledger
) -> None:
    """Commits are durable (`synchronous = FULL`)."""
    assert rows(path, "PRAGMA application_id") == [(schema.APPLICATION_ID,)]
    assert rows(path, "PRAGMA user_version") == [(len(MIGRATIONS),)]
    assert rows(path, "PRAGMA journal_mode") == [("wal",)]
    assert ledger._database.read("PRAGMA synchronous") == [(2,)]


def test_purchases_survive_closing_the_ledger(path: Path) -> None:
    """A closed ledger holds no lock."""
    alive: set[str] = set()
    with Ledger(path, locks=FakeLocks(alive)) as first:
        first.purchases.begin_reserve(wanted()).result()
        first.purchases.settle(task_uuid(1), TEXT, attempts=1)
    assert not alive

    with Ledger(path, locks=FakeLocks(alive)) as second:
        found = second.purchases.find_by_key(image(1), REQUEST)

    assert found == AlreadyBought(task_uuid(1), TEXT.text, TEXT.cost)


def newer_format(path: Path) -> None:
    """Make a ledger of a future format."""
    with Ledger(path, locks=FakeLocks(set())):
        pass
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    database.close()


def foreign_database(path: Path) -> None:
    """Make the database of another program."""
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE bookmark (url TEXT)")
    database.close()


def random_bytes(path: Path) -> None:
    """Make a file of random bytes."""
    path.write_bytes(os.urandom(20_000))


def truncated(size: int | None = None) -> Callable[[Path], None]:
    """Make a ledger with only its first bytes."""

    def make(path: Path) -> None:
        with Ledger(path, locks=FakeLocks(set())) as whole:
            for number in range(300):
                whole.purchases.begin_reserve(wanted(number, of=number)).result()
        if size is not None:
            os.truncate(path, size)

    return make


@pytest.mark.parametrize(
    ("make", "complaint", "way_out"),
    [
        (newer_format, "written by a newer rwcap", "install the newest rwcap"),
        (foreign_database, "not an rwcap ledger", "mv "),
        (random_bytes, "file is not a database", RESCUE),
        (truncated(40), "malformed", RESCUE),
        (truncated(3000), "malformed", RESCUE),
        (truncated(4096), "malformed", RESCUE),
        (truncated(30_000), "malformed", RESCUE),
    ],
)
def test_an_unusable_file_is_an_error_and_stays_unchanged(
    path: Path, make: Callable[[Path], None], complaint: str, way_out: str
) -> None:
    """The error has a hint. No other file is created."""
    path.parent.mkdir()
    make(path)
    before = {each: each.read_bytes() for each in path.parent.iterdir()}

    with pytest.raises(LedgerError, match=complaint) as failed:
        Ledger(path, locks=FakeLocks(set()))

    assert failed.value.status is ExitStatus.CONFIG
    assert failed.value.hint
    assert failed.value.hint.startswith(way_out)
    assert {each: each.read_bytes() for each in path.parent.iterdir()} == before


def test_the_hint_for_an_unusable_file_works(path: Path) -> None:
    """The folder is moved away, and a new ledger is created."""
    path.parent.mkdir()
    foreign_database(path)
    with pytest.raises(LedgerError) as failed:
        Ledger(path, locks=FakeLocks(set()))
    assert failed.value.hint
    command = failed.value.hint.partition(" (")[0]

    subprocess.run(command, shell=True, check=True)  # noqa: S602  # as the user would

    with Ledger(path, locks=FakeLocks(set())) as begun:
        assert begun.purchases.find_by_key(image(1), REQUEST) is None


def test_damage_found_after_opening_is_an_error(path: Path) -> None:
    """The ledger opens, and the damaged part is read later."""
    path.parent.mkdir()
    truncated()(path)
    name = "sqlite_autoindex_purchase_1"
    pages = f"SELECT rootpage FROM sqlite_schema WHERE name = '{name}'"  # noqa: S608  # a constant
    with path.open("r+b") as file:
        for page in [int(str(root)) for (root,) in rows(path, pages) if root]:
            file.seek((page - 1) * 4096)
            file.write(os.urandom(4096))

    with Ledger(path, locks=FakeLocks(set())) as damaged:
        for ask in (
            lambda: damaged.purchases.has_uuid(task_uuid(1)),
            lambda: damaged.purchases.begin_reserve(wanted(999, of=999)).result(),
        ):
            with pytest.raises(LedgerError, match="is damaged") as failed:
                ask()
            assert failed.value.hint


def test_a_folder_in_place_of_the_file_is_an_error(path: Path) -> None:
    """A new ledger elsewhere would buy all captions again."""
    path.mkdir(parents=True)

    with pytest.raises(LedgerError, match="Is a directory") as failed:
        Ledger(path, locks=FakeLocks(set()))

    assert str(failed.value.hint).startswith(f"mv {path} {path}.aside, and put the")


def test_a_ledger_of_somebody_else_has_a_hint_that_buys_nothing_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First the rights to the file; a new ledger comes with a warning."""

    def forbidden(*_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    with Ledger(path, locks=FakeLocks(set())):
        pass
    monkeypatch.setattr(os, "open", forbidden)

    with pytest.raises(LedgerError, match="Permission denied") as failed:
        Ledger(path, locks=FakeLocks(set()))

    assert str(failed.value.hint).startswith("chmod u+rwX ")
    assert str(failed.value.hint).endswith("buys all of them again")


def test_a_path_below_a_file_is_an_error(tmp_path: Path) -> None:
    """The file is not changed."""
    (tmp_path / "file").write_text("mine")

    with pytest.raises(LedgerError, match="Not a directory"):
        Ledger(tmp_path / "file/data/ledger.sqlite3", locks=FakeLocks(set()))

    assert (tmp_path / "file").read_text() == "mine"


def test_without_a_lock_nothing_is_reserved(tmp_path: Path) -> None:
    """Other processes could buy the same caption."""
    (tmp_path / "locks").touch()
    blocked = Ledger(tmp_path / "ledger.sqlite3", locks=FileLocks(tmp_path / "locks"))

    with blocked, pytest.raises(LedgerError, match="the lock "):
        blocked.purchases.begin_reserve(wanted()).result()

    assert rows(tmp_path / "ledger.sqlite3", "SELECT * FROM purchase") == []


def test_an_empty_file_becomes_a_ledger(path: Path) -> None:
    """Another process may just have created it."""
    path.parent.mkdir()
    path.touch()

    with Ledger(path, locks=FakeLocks(set())) as made:
        assert made.purchases.begin_reserve(wanted()).result() is RESERVED


def test_only_missing_migrations_run(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows stay."""
    with Ledger(path, locks=FakeLocks(set())) as old:
        old.purchases.begin_reserve(wanted()).result()
    more = "ALTER TABLE run ADD COLUMN host TEXT"
    monkeypatch.setattr(schema, "MIGRATIONS", (*MIGRATIONS, more))

    for _ in range(2):
        with Ledger(path, locks=FakeLocks(set())) as new:
            assert new.purchases.has_uuid(task_uuid(1))

    assert rows(path, "PRAGMA user_version") == [(NEWEST_FORMAT + 1,)]
    assert rows(path, "SELECT host FROM run") == [(None,)]


def test_a_failed_migration_changes_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its statements run in one transaction."""
    with Ledger(path, locks=FakeLocks(set())) as old:
        old.purchases.begin_reserve(wanted()).result()
    before = rows(path, "SELECT sql FROM sqlite_schema")
    more = "CREATE TABLE half (way TEXT); NONSENSE"
    with monkeypatch.context() as patched:
        patched.setattr(schema, "MIGRATIONS", (*MIGRATIONS, more))
        with pytest.raises(LedgerError, match="syntax error"):
            Ledger(path, locks=FakeLocks(set()))

    assert rows(path, "SELECT sql FROM sqlite_schema") == before
    assert rows(path, "PRAGMA user_version") == [(NEWEST_FORMAT,)]


def test_two_processes_that_migrate_do_it_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second finds the newest format in its transaction."""
    path.parent.mkdir()
    path.touch()
    number = schema._scalar
    asked: list[int] = []

    def late(database: sqlite3.Connection, question: str) -> int:
        version = number(database, question)
        if question == "PRAGMA user_version":
            asked.append(version)
            if len(asked) == 2:  # after this look, and before the turn
                with Ledger(path, locks=FakeLocks(set())):
                    pass
        return version

    monkeypatch.setattr(schema, "_scalar", late)
    with Ledger(path, locks=FakeLocks(set())) as second:
        assert second.purchases.begin_reserve(wanted()).result() is RESERVED

    assert asked[-1] == NEWEST_FORMAT


class Clock:
    """A clock that advances when the test sleeps."""

    def __init__(self) -> None:
        """Start at zero."""
        self.time = 0.0

    def monotonic(self) -> float:
        """Return the time in seconds."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Advance the time."""
        self.time += seconds


def test_opening_a_new_ledger_waits_for_another_process(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite itself does not wait at this point, whatever the busy timeout."""
    path.parent.mkdir()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr(schema, "sleep", lambda _: other.execute("ROLLBACK"))

    with Ledger(path, locks=FakeLocks(set())) as opened:
        assert opened.purchases.begin_reserve(wanted()).result() is RESERVED
    other.close()


def test_opening_a_new_ledger_waits_for_a_limited_time(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the busy timeout, the error is that of SQLite."""
    path.parent.mkdir()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    clock = Clock()
    monkeypatch.setattr(schema, "sleep", clock.sleep)
    monkeypatch.setattr(schema, "monotonic", clock.monotonic)

    with pytest.raises(LedgerError, match="database is locked"):
        Ledger(path, locks=FakeLocks(set()))
    other.close()

    assert clock.time >= schema.BUSY_TIMEOUT
