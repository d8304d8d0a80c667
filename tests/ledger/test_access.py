"""What to do about a ledger that cannot be used; no way on buys captions again."""

import errno
import os
import sqlite3
from pathlib import Path

import pytest

from rwcap.core.errors import LedgerError
from rwcap.ledger.database.access import has_file, translate_errors
from tests.sources.batch import unprivileged

AGAIN = "where a new ledger knows no caption and buys all of them again"


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the path of a ledger that exists."""
    monkeypatch.chdir(tmp_path)
    path = Path("my data/rwcap/ledger/x")
    path.parent.mkdir(parents=True)
    path.touch()
    return path


def hint(path: Path, error: Exception) -> str:
    """Return the hint for an error."""
    with pytest.raises(LedgerError) as refused, translate_errors(path):
        raise error
    return str(refused.value.hint)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (sqlite3.SQLITE_FULL, "free some space, then "),
        (sqlite3.SQLITE_CANTOPEN, "run the same command again; if my data/rwcap is o"),
        (
            sqlite3.SQLITE_READONLY,
            "chmod u+rwX 'my data/rwcap/ledger' 'my data/",
        ),
        (sqlite3.SQLITE_IOERR, "if the disk is full (df -h 'my data/rwcap/ledger'), f"),
        (
            sqlite3.SQLITE_BUSY,
            "run the same command again; if my data/rwcap is o",
        ),
    ],
)
def test_each_failure_of_the_disk_has_a_next_step(
    ledger: Path, code: int, expected: str
) -> None:
    """By the result code of SQLite."""
    failure = sqlite3.OperationalError("it failed")
    failure.sqlite_errorcode = code | 1 << 8

    assert hint(ledger, failure).startswith(expected)


def test_a_file_that_sqlite_cannot_open_may_be_one_without_rights(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise, its disk is one that processes cannot share."""
    failure = sqlite3.OperationalError("unable to open database file")
    failure.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
    monkeypatch.setattr(os, "access", lambda *_: False)

    assert hint(ledger, failure).startswith("chmod u+rwX ")


def test_each_failure_of_the_system_has_a_next_step(ledger: Path) -> None:
    """A new ledger is suggested only with what it costs, or where there is none."""
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    missing = Path("nowhere/ledger/x")

    assert hint(ledger, full).startswith("free some space")
    assert hint(ledger, PermissionError()).startswith("chmod u+rwX ")
    assert hint(ledger, PermissionError()).endswith(AGAIN)
    assert hint(missing, PermissionError()) == "set XDG_DATA_HOME to a writable folder"
    assert hint(ledger, OSError(errno.EIO, "")).startswith("run the same command again")


@pytest.mark.parametrize("owned", ["my data/rwcap", "my data/rwcap/ledger/x"])
def test_the_owner_of_a_ledger_is_changed_back(
    ledger: Path, monkeypatch: pytest.MonkeyPatch, owned: str
) -> None:
    """`sudo rwcap` makes files that only root can use."""
    owner, status = os.geteuid() + 1, Path.stat

    def stat(path: Path) -> os.stat_result:
        found = [*status(path)]
        found[4] = owner if str(path) == owned else os.geteuid()
        return os.stat_result(found)

    monkeypatch.setattr(Path, "stat", stat)

    assert hint(ledger, PermissionError()).startswith(
        f"sudo chown -R \"$(id -un)\" '{owned}', or set XDG_DATA_HOME"
    )


def test_a_ledger_that_cannot_be_seen_does_not_count_as_none(tmp_path: Path) -> None:
    """A report of $0.0000 would be wrong."""
    tmp_path.chmod(0o755)
    path = tmp_path / "rwcap/ledger/x"

    assert not has_file(path)
    path.parent.mkdir(parents=True)
    assert not has_file(path)
    path.with_name("x-wal").touch()
    assert has_file(path)
    path.parent.chmod(0)
    try:
        with unprivileged(), pytest.raises(LedgerError, match="Permission") as refused:
            has_file(path)
    finally:
        path.parent.chmod(0o700)
    assert "buys all of them again" in str(refused.value.hint)
