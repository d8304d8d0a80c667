"""Programs outside of the project that tests start.

A test finds no program on its path but those of `POSIX` and those that it is marked
with, so a program that is missing here, or a marker that is missing, fails the test
on every machine.
"""

import os
import re
import shlex
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest

PACKAGES: Final = {
    "cc": "gcc",
    "chromium": "chromium",
    "exiftool": "libimage-exiftool-perl",
    "fish": "fish",
    "jq": "jq",
    "man": "man-db",
    "mandoc": "mandoc",
    "shellcheck": "shellcheck",
    "zsh": "zsh",
}
"""Programs that a machine may lack, with the Debian package of each."""

POSIX: Final = (
    "bash",
    "cat",
    "cp",
    "find",
    "head",
    "mkdir",
    "mv",
    "rmdir",
    "sh",
    "sleep",
)
"""Programs that every POSIX system has, and bash. No test is skipped for them."""

VARIABLE: Final = "RWCAP_TEST_PROGRAMS"
"""With the value `all`, a missing program fails a test instead of skipping it."""

_PATH: Final = os.environ.get("PATH", os.defpath)
"""The path on which programs are installed: that of the tests is shorter."""


def marks(command: str) -> list[pytest.MarkDecorator]:
    """Return the markers of a test that runs a command."""
    words = set(re.findall(r"[\w-]+", command))
    return [pytest.mark.program(name) for name in PACKAGES if name in words]


def marked(test: pytest.Item) -> list[str]:
    """Return the programs that a test is marked with."""
    return [name for mark in test.iter_markers("program") for name in mark.args]


def find(name: str) -> str:
    """Return the path of a program of `PACKAGES`, or skip the test."""
    if path := shutil.which(name, path=_PATH):
        return path
    reason = f"{name} is not installed (Debian package: {PACKAGES[name]})"
    if os.environ.get(VARIABLE) == "all":
        pytest.fail(reason)
    pytest.skip(reason)


def link_posix(folder: Path) -> None:
    """Fill a folder with the programs of `POSIX`."""
    for name in POSIX:
        (folder / name).symlink_to(shutil.which(name, path=_PATH) or "missing")


def link(names: Iterable[str], folder: Path) -> None:
    """Fill a folder with programs of `PACKAGES`.

    Each is a script that starts the program with the whole path, on which it finds
    programs of its own, as `man` finds `groff`.
    """
    for name in names:
        path, program = shlex.quote(_PATH), shlex.quote(find(name))
        script = folder / name
        script.write_text(f'#!/bin/sh\nPATH={path}\nexec {program} "$@"\n')
        script.chmod(0o755)
