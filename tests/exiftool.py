"""exiftool, the strictest reader of metadata: it also lists blocks that it only knows.

A test that uses it is marked with `program("exiftool")`.
"""

import subprocess
from pathlib import Path


def exiftool(*arguments: str | Path) -> str:
    """Return the standard output of exiftool."""
    return subprocess.run(
        ["exiftool", "-q", *arguments],  # noqa: S607  # the one on the path
        capture_output=True,
        text=True,
        check=True,
    ).stdout
