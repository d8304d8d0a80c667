"""The trials that try to break the promises of the manual, and what comes of them.

A trial is a test with the marker `promises` and the name of a promise of
`promises.csv`; `promised_sentences.csv` names the trial of each sentence that promises
something. A trial counts as one run, or as one for each example of Hypothesis; one that
does more says so with `record_property("runs", number)`.

`pytest -m promises` prints the table; `pytest -m "promises or soak"` runs the long
form of each trial. With `--record=src/rwcap/reference/texts/trials.csv`, both store the
figures of the trials that were run for the man page: then run
`python -m rwcap.reference`.
"""

import csv
import functools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from rwcap.reference import promise_figures
from rwcap.reference.promise_figures import Trial

PROMISE: Final = "promise"
"""The name of the property of a report that has the name of a promise."""
RUNS: Final = "runs"
"""The name of the property that has the number of runs in a test, if not 1."""


class Outcome(NamedTuple):
    """What came of one trial."""

    promise: str
    trial: str
    runs: int
    failed: int


def properties(item: pytest.Item) -> list[tuple[str, object]]:
    """Return the properties of a test that has the marker `promises`."""
    marks = item.iter_markers("promises")
    return [(PROMISE, promise) for mark in marks for promise in mark.args]


@contextmanager
def counted_examples(item: pytest.Function) -> Iterator[None]:
    """Count each example that Hypothesis tries as a run of a trial."""
    handle = getattr(item.obj, "hypothesis", None)
    if not (handle and properties(item)):
        yield
        return
    inner: Callable[..., object] = handle.inner_test
    runs = 0

    @functools.wraps(inner)
    def counted(*arguments: object, **named: object) -> object:
        nonlocal runs
        runs += 1
        return inner(*arguments, **named)

    handle.inner_test = counted
    try:
        yield
    finally:
        handle.inner_test = inner
        item.user_properties.append((RUNS, runs))


def outcomes(reports: Iterable[pytest.TestReport]) -> list[Outcome]:
    """Return a line for each promise and trial, from the reports of the tests."""
    found: dict[tuple[str, str], Outcome] = {}
    for report in reports:
        counts = [int(str(value)) for name, value in _named(report, RUNS)]
        trial = report.nodeid.partition("[")[0].removeprefix("tests/")
        for _, promise in _named(report, PROMISE):
            key = (str(promise), trial)
            before = found.get(key, Outcome(*key, 0, 0))
            found[key] = before._replace(
                runs=before.runs + (sum(counts) if counts else 1),
                failed=before.failed + (not report.passed),
            )
    return [found[key] for key in sorted(found)]


def _named(report: pytest.TestReport, wanted: str) -> list[tuple[str, object]]:
    return [each for each in report.user_properties if each[0] == wanted]


def table(found: Iterable[Outcome]) -> Iterator[str]:
    """Yield the lines of the table: promise, trial, how often it was run, outcome."""
    sentences = promise_figures.promises()
    shown = ""
    for each in found:
        if each.promise != shown:
            shown = each.promise
            yield sentences[shown].sentence
        result = f"{each.failed} failed" if each.failed else "held"
        yield f"  {each.trial}: run {each.runs} times, {result}"


def record(path: Path, found: Iterable[Outcome], *, long: bool) -> None:
    """Store the figures of the trials that were run; those of others stay."""
    before = promise_figures.trials(path) if path.exists() else []
    rows = {(each.promise, each.trial): each for each in before}
    for promise, trial, runs, failed in found:
        row = rows.get((promise, trial), Trial(promise, trial, 0, 0, 0))
        rows[promise, trial] = row._replace(
            short=row.short if long else runs,
            long=runs if long else row.long,
            failed=failed,
        )
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Trial._fields)
        writer.writerows(rows[key] for key in sorted(rows))
