"""Each promise of the manual has a trial; `pytest -m promises` prints the table."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rwcap.reference.promise_figures import Trial, promise_table, promises, trials
from tests.promised_sentences import (
    DOCUMENTS,
    GUARANTEE,
    TABLE,
    promised_sentences,
    sentences,
)
from tests.promises import PROMISE, RUNS, Outcome, outcomes, record, table

ROOT = Path(__file__).parent.parent
TRIAL = "metadata/test_embed.py::test_a_damaged_file_is_changed_correctly_or_rejected"
"""One that Hypothesis makes many examples for."""


def marked() -> Iterator[tuple[str, str]]:
    """Yield the promise and the name of each trial in the source of the tests."""
    for path in ROOT.glob("tests/**/test_*.py"):
        file = path.relative_to(ROOT / "tests").as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            for mark in getattr(node, "decorator_list", ()):
                if ast.unparse(mark).startswith("pytest.mark.promises("):
                    name = f"{file}::{getattr(node, 'name', '')}"
                    yield from ((each.value, name) for each in mark.args)


def test_each_promise_of_the_manual_has_a_trial() -> None:
    """And each trial names a promise of the manual."""
    assert {promise for promise, _ in marked()} == set(promises())


def test_the_figures_are_those_of_trials_that_exist() -> None:
    """And each promise has figures.

    `pytest -m promises --record=FILE` adds those of a new trial: tests/promises.py.
    """
    stored = {(each.promise, each.trial) for each in trials()}

    assert stored - set(marked()) == set()
    assert {promise for promise, _ in stored} == set(promises())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_sentence_that_promises_something_is_listed(document: str) -> None:
    """As it is in its document; so a change of a sentence is a look at its trials."""
    listed = {row.sentence for row in promised_sentences() if row.document == document}
    written = set(sentences(document))

    assert listed - written == set(), f"change or remove these sentences in {TABLE}"
    assert {each for each in written - listed if GUARANTEE.search(each)} == set(), (
        f"add these sentences to {TABLE}, each with a promise and a trial that tries to"
        " break it; or with neither if it promises nothing"
    )


def test_each_promised_sentence_has_a_trial_of_its_promise() -> None:
    """And each promise has a sentence."""
    rows = promised_sentences()
    without = {row for row in rows if not row.promise and not row.trial}
    trials = {(row.promise, row.trial) for row in rows if row not in without}

    assert trials - set(marked()) == set(), "no test has this name and this mark"
    assert {promise for promise, _ in trials} == set(promises())
    assert len({*rows}) == len(rows)
    assert {row.sentence for row in without} & {
        row.sentence for row in rows if row.promise
    } == set()


@pytest.mark.parametrize("stored", [[], [TRIAL]])
def test_the_command_prints_the_table_and_stores_it_on_request(
    stored: list[str], tmp_path: Path
) -> None:
    """Only the trials are run; `soak` adds those of the long form."""
    file = tmp_path / "trials.csv"
    file.write_text(",".join(Trial._fields))
    command = ["pytest", "-q", "-m", "promises", "-p", "no:cacheprovider"]
    options = [f"--record={file}"] if stored else []
    result = subprocess.run(
        [sys.executable, "-m", *command, *options, f"tests/{TRIAL}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert promises()["files"].sentence in result.stdout
    assert re.search(rf"  {TRIAL}: run [1-9]\d+ times, held\n", result.stdout)
    assert [each.trial for each in trials(file)] == stored


def test_a_trial_that_fails_is_in_the_table() -> None:
    """With the number of its failures; a promise is named once."""
    lines = table(
        [Outcome("once", "a.py::test_a", 3, 1), Outcome("once", "a.py::test_b", 1, 0)]
    )

    assert list(lines) == [
        promises()["once"].sentence,
        "  a.py::test_a: run 3 times, 1 failed",
        "  a.py::test_b: run 1 times, held",
    ]


def test_the_figures_of_a_run_are_stored(tmp_path: Path) -> None:
    """Those of the other form and of other trials stay; the manual has the sums."""
    file = tmp_path / "trials.csv"
    short = [Outcome("once", "b", 3, 0), Outcome("once", "a", 1500, 0)]

    record(file, short, long=False)
    record(file, [Outcome("once", "a", 4000, 1)], long=True)

    assert trials(file) == [
        Trial("once", "a", 1500, 4000, 1),
        Trial("once", "b", 3, 0, 0),
    ]
    assert (
        "Run 1,503 times, in the long form 4,000 times; 1 failed.\n"
        in promise_table(file)
    )


def test_a_trial_can_say_how_often_it_was_run() -> None:
    """The number counts for each promise that the trial tries to break."""
    place = ("a.py", 1, "test_a")
    said: list[tuple[str, object]] = [
        *((PROMISE, name) for name in ("once", "texts")),
        (RUNS, 30),
    ]
    name = "tests/a.py::test_a"
    reports = [
        pytest.TestReport(
            f"{name}[1]", place, {}, "passed", None, "call", user_properties=said
        ),
        pytest.TestReport(
            f"{name}[2]", place, {}, "failed", None, "call", user_properties=said
        ),
    ]

    assert outcomes(reports) == [
        Outcome("once", "a.py::test_a", 60, 1),
        Outcome("texts", "a.py::test_a", 60, 1),
    ]
