"""The table of the promises for the man page: each with its trials and their outcome.

`promises.csv` names the promises and says how the tests try to break them.
`trials.csv` has the figures of each test: `pytest -m promises --record FILE`.
"""

import csv
from pathlib import Path
from typing import Final, NamedTuple

_TEXTS: Final = Path(__file__).parent / "texts"
PROMISES: Final = _TEXTS / "promises.csv"
TRIALS: Final = _TEXTS / "trials.csv"


class Promise(NamedTuple):
    """A promise, and in words how the tests try to break it."""

    promise: str
    sentence: str
    tried: str


class Trial(NamedTuple):
    """A test that tries to break a promise, and how often that was done."""

    promise: str
    trial: str
    short: int
    long: int
    failed: int


def promises() -> dict[str, Promise]:
    """Return each promise by its name."""
    with PROMISES.open(encoding="utf-8", newline="") as file:
        return {row["promise"]: Promise(**row) for row in csv.DictReader(file)}


def trials(path: Path = TRIALS) -> list[Trial]:
    """Return the figures of each trial that were stored."""
    with path.open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    return [
        Trial(promise, trial, int(short), int(long), int(failed))
        for promise, trial, short, long, failed in rows
    ]


def promise_table(path: Path = TRIALS) -> str:
    """Return a definition for each promise, with the stored figures."""
    stored = trials(path)
    items: list[str] = []
    for each in promises().values():
        own = [trial for trial in stored if trial.promise == each.promise]
        short, long, failed = (
            sum(getattr(trial, column) for trial in own)
            for column in ("short", "long", "failed")
        )
        items.append(
            f"- `{each.promise}`: {each.sentence} Tried: {each.tried}."
            f" Run {short:,} times{f', in the long form {long:,} times' * (long > 0)};"
            f" {failed or 'none'} failed."
        )
    return "\n".join(items)
