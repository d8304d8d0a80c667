"""Programs outside of the project: listed, marked, and skipped where missing."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import programs

TESTS = Path(__file__).parent
README = TESTS.parent / "README.md"


def test_a_test_without_a_marker_finds_only_programs_of_posix() -> None:
    """Whatever the machine has."""
    (folder,) = map(Path, os.environ["PATH"].split(os.pathsep))

    assert {path.name for path in folder.iterdir()} <= {*programs.POSIX}
    assert [name for name in programs.PACKAGES if shutil.which(name)] == []
    with pytest.raises(FileNotFoundError):
        subprocess.run(["exiftool"], check=False)  # noqa: S607  # that is the point


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.program(name)) for name in programs.PACKAGES],
)
def test_a_test_with_a_marker_finds_its_program_and_no_other(name: str) -> None:
    """The marker is what puts it on the path."""
    assert [other for other in programs.PACKAGES if shutil.which(other)] == [name]


def test_a_program_finds_all_programs_that_the_machine_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `man` needs others; its arguments reach it unchanged."""
    installed = tmp_path / "it's installed"
    installed.mkdir()
    (installed / "one").write_text('#!/bin/sh\nother "$@"\n')
    (installed / "other").write_text('#!/bin/sh\nprintf "[%s]" "$@"\n')
    for script in installed.iterdir():
        script.chmod(0o755)
    monkeypatch.setattr(programs, "_PATH", str(installed))

    programs.link(["one"], tmp_path)
    said = subprocess.run([tmp_path / "one", "a b", "$c"], check=True, stdout=-1).stdout

    assert said == b"[a b][$c]"


@pytest.mark.parametrize(
    ("value", "outcome"), [("", pytest.skip.Exception), ("all", pytest.fail.Exception)]
)
def test_a_missing_program_is_named_with_its_package(
    monkeypatch: pytest.MonkeyPatch, value: str, outcome: type[BaseException]
) -> None:
    """The test is skipped, or fails where all programs are expected."""
    monkeypatch.setattr(programs, "_PATH", "")
    monkeypatch.setenv(programs.VARIABLE, value)

    with pytest.raises(outcome, match=r"^mandoc is not installed .*: mandoc\)$"):
        programs.find("mandoc")


def test_a_command_is_marked_with_the_programs_in_it() -> None:
    """By whole words: `mandoc` is not `man`."""
    found = programs.marks("rwcap batch --jsonl | jq -r .text | mandoc; ./fish-tank")

    assert [mark.args for mark in found] == [("jq",), ("mandoc",)]


def test_no_program_is_listed_in_vain() -> None:
    """Each is in the source of a test, or in an example of the README."""
    sources = [path for path in TESTS.rglob("*.py") if "programs" not in path.name]
    words = {
        word
        for path in (*sources, README)
        for word in re.findall(r"[\w-]+", path.read_text("utf-8"))
    }

    assert {*programs.POSIX, *programs.PACKAGES} <= words
