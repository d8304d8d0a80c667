"""The promises of the manual, and the table of the trials that try to break them.

`pytest -m promises` prints the table; `pytest -m "promises or soak"` runs the long
form of each trial. A trial is a test with the marker `promises` and the name of a
promise, which is in the section PROMISES of rwcap(1).
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

_MANUAL: Final = Path(__file__).parent.parent / "src/rwcap/reference/texts/rwcap.txt"
_ITEM: Final = re.compile(r"^- `(\w+)`: (.*(?:\n  .*)*)", re.MULTILINE)

PROPERTY: Final = "promise"
"""The name of the property of a report that has the name of a promise."""


class Outcome(NamedTuple):
    """What came of one trial."""

    promise: str
    trial: str
    runs: int
    failed: int


def promises() -> dict[str, str]:
    """Return the sentence of each promise of the manual by its name."""
    section = (
        _MANUAL.read_text("utf-8").partition("# PROMISES\n")[2].partition("\n# ")[0]
    )
    return {name: " ".join(text.split()) for name, text in _ITEM.findall(section)}


def properties(item: pytest.Item) -> list[tuple[str, object]]:
    """Return the properties of a test that has the marker `promises`."""
    marks = item.iter_markers("promises")
    return [(PROPERTY, promise) for mark in marks for promise in mark.args]


def outcomes(reports: Iterable[pytest.TestReport]) -> list[Outcome]:
    """Return a line for each promise and trial, from the reports of the tests."""
    runs: dict[tuple[str, str], list[bool]] = {}
    for report in reports:
        trial = report.nodeid.partition("[")[0].rpartition("/")[2]
        named = [each for name, each in report.user_properties if name == PROPERTY]
        for promise in named:
            runs.setdefault((str(promise), trial), []).append(report.passed)
    return [
        Outcome(promise, trial, len(passed), passed.count(False))
        for (promise, trial), passed in sorted(runs.items())
    ]


def table(found: Iterable[Outcome]) -> Iterator[str]:
    """Yield the lines of the table: promise, trial, how often it was run, outcome."""
    sentences = promises()
    shown = ""
    for each in found:
        if each.promise != shown:
            shown = each.promise
            yield sentences[shown]
        result = f"{each.failed} failed" if each.failed else "held"
        yield f"  {each.trial}: run {each.runs} times, {result}"
