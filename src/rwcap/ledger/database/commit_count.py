"""The number of commits of a ledger, in a file beside it.

The ledger counts its commits, and the file has the number of a commit that is durable.
If the ledger has fewer, it is an older copy of itself, its write-ahead log is missing,
or the disk lost what it had confirmed.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from rwcap.settings.new_files import open_file

_WIDTH: Final = 20
"""Digits of the number. Each number overwrites the whole of the last one."""


def commit_count_file(ledger: Path) -> Path:
    """Return the file that has the number of commits of a ledger."""
    return ledger.with_name(f"{ledger.name}-commits")


def read_commit_count(ledger: Path) -> int:
    """Return the lowest number of commits that the ledger can have."""
    try:
        return int(commit_count_file(ledger).read_bytes())
    except (FileNotFoundError, ValueError):
        return 0


def write_commit_count(ledger: Path, commits: int) -> None:
    """Store the number of a commit that is durable.

    It is not synced: after a power cut, it may be too low, never too high. For the
    same reason a failure is ignored, and other processes may overwrite it.
    """
    with suppress(OSError):
        descriptor = open_file(commit_count_file(ledger))
        try:
            os.write(descriptor, f"{commits:0{_WIDTH}}".encode())
        finally:
            os.close(descriptor)
