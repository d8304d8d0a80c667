"""Each promise of the manual has a trial; `pytest -m promises` prints the table."""

import re
import subprocess
import sys
from pathlib import Path

from tests.promises import Outcome, promises, table

ROOT = Path(__file__).parent.parent


def test_each_promise_of_the_manual_has_a_trial() -> None:
    """And each trial names a promise of the manual."""
    named: set[str] = set()
    for path in ROOT.glob("tests/*/test_*.py"):
        for marks in re.findall(r"mark\.promises\((.*)\)", path.read_text("utf-8")):
            named |= set(re.findall(r'"(\w+)"', marks))

    assert len(named) >= 10
    assert named == set(promises())


def test_the_command_prints_the_table() -> None:
    """Only the trials are run; `soak` adds those of the long form."""
    trial = "test_strip.py::test_no_metadata_is_left"
    command = ["pytest", "-q", "-m", "promises", "-p", "no:cacheprovider"]
    result = subprocess.run(
        [sys.executable, "-m", *command, f"tests/images/{trial}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert promises()["pixels"] in result.stdout
    assert re.search(rf"  {trial}: run \d+ times, held\n", result.stdout)


def test_a_trial_that_fails_is_in_the_table() -> None:
    """With the number of its failures; a promise is named once."""
    lines = table(
        [Outcome("once", "a.py::test_a", 3, 1), Outcome("once", "a.py::test_b", 1, 0)]
    )

    assert list(lines) == [
        promises()["once"],
        "  a.py::test_a: run 3 times, 1 failed",
        "  a.py::test_b: run 1 times, held",
    ]
