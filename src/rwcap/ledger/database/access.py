"""Access to the file of a ledger, and what to do if it cannot be used."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

from rwcap.core.errors import LedgerError
from rwcap.core.text import shell_quote

RESCUE: Final = "rwcap config doctor --rescue (saves what can be read)"
"""The hint for a damaged ledger."""

_OTHER_FOLDER: Final = "set XDG_DATA_HOME to a writable folder"
_BUYS_AGAIN: Final = "where a new ledger knows no caption and buys all of them again"

AccessError: TypeAlias = OSError | sqlite3.Error | UnicodeDecodeError
"""An error of the system or of SQLite, or of a text that is not UTF-8."""


def has_file(path: Path) -> bool:
    """Return whether the file of a ledger, or one of SQLite beside it, exists.

    Raises:
        LedgerError: Its folder cannot be read, so there may be a ledger.
    """
    with translate_errors(path):
        try:
            names = [each.name for each in path.parent.iterdir()]
        except FileNotFoundError:
            return False
        return any(name.startswith(path.name) for name in names)


def damaged(path: Path, reason: str) -> LedgerError:
    """Return the error that the ledger at `path` is damaged."""
    return LedgerError(f"the ledger {path} is damaged: {reason}", hint=RESCUE)


@contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and of the system into `LedgerError`."""
    try:
        yield
    except (OSError, sqlite3.Error, UnicodeDecodeError) as error:
        reason, hint = reason_of(error), next_step(error, path)
        if hint == RESCUE:
            raise damaged(path, reason) from error
        raise LedgerError(f"the ledger {path}: {reason}", hint=hint) from error


def reason_of(error: AccessError) -> str:
    """Return why a ledger cannot be used."""
    if isinstance(error, UnicodeDecodeError):
        return "a text in it is not UTF-8"
    return getattr(error, "strerror", None) or str(error)


def next_step(error: AccessError, path: Path) -> str:
    """Return what to do after an error: `RESCUE` if the ledger is damaged."""
    match error:
        case UnicodeDecodeError():
            return RESCUE
        case NotADirectoryError() | FileExistsError() | IsADirectoryError():
            return _put_back(path)
        case PermissionError() | FileNotFoundError() | OSError(errno=errno.EROFS):
            return gain_access(path)
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return _after_sqlite(sqlite3.SQLITE_FULL, path)
        case _:
            return _after_sqlite(getattr(error, "sqlite_errorcode", 0) & 0xFF, path)


def gain_access(path: Path) -> str:
    """Return the command that makes a ledger writable, if there may be one."""
    folder, file = shell_quote(str(path.parent)), shell_quote(str(path))
    for each in (path.parent.parent, path.parent, path):
        try:
            owner = each.stat().st_uid
        except FileNotFoundError:
            return _OTHER_FOLDER
        except OSError:
            break
        if os.name == "posix" and owner != os.geteuid():
            name = shell_quote(str(each))
            command = f'sudo chown -R "$(id -un)" {name}'
            return f"{command}, or {_OTHER_FOLDER}, {_BUYS_AGAIN}"
    return f"chmod u+rwX {folder} {file}, or {_OTHER_FOLDER}, {_BUYS_AGAIN}"


def _after_sqlite(code: int, path: Path) -> str:
    """Return what to do after an error of SQLite, by its primary result code."""
    again = "run the same command again"
    folder = shell_quote(str(path.parent))
    match code:
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return RESCUE
        case sqlite3.SQLITE_FULL:
            return f"free some space, then {again}"
        case sqlite3.SQLITE_READONLY:
            return gain_access(path)
        case sqlite3.SQLITE_CANTOPEN if not os.access(path, os.R_OK | os.W_OK):
            return gain_access(path)
        case sqlite3.SQLITE_IOERR:
            again = f"if the disk is full (df -h {folder}), free some space; {again}"
        case _:
            pass
    return (
        f"{again}; if {path.parent.parent} is on a network disk, move it to a local one"
        " and set XDG_DATA_HOME"
    )


def _put_back(path: Path) -> str:
    """Return what to do if something else is in the place of a ledger."""
    other = shell_quote(str(path if path.parent.is_dir() else path.parent))
    return (
        f"mv {other} {other}.aside, and put the ledger there again; a new one knows no"
        " caption and buys all of them again"
    )
