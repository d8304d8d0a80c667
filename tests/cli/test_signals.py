"""Whichever signal comes at whichever moment: one bill an image, and no text is lost.

Signals come at each step of a purchase (tests/kill_points.py), and at random moments.
`pytest -m soak tests/cli/test_signals.py` tries each of them at each step, and 500
seeds.
"""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import cycle

import pytest

from tests import faults
from tests.cli.test_killed import KILLED, KillTest, has_no_error
from tests.kill_points import CLOSED_STDOUT, ENDINGS, KILL_POINTS, LAST_POINTS
from tests.process import Rwcap
from tests.service import Exchange, Fault, Service, plainly

STATUSES = {
    "SIGKILL": KILLED,
    "SIGTERM": -signal.SIGTERM,
    "SIGINT": -signal.SIGINT,
    "SIGINT twice": -signal.SIGINT,
    "SIGHUP": -signal.SIGHUP,
    CLOSED_STDOUT: -signal.SIGPIPE,
}
"""How a process ends, as its parent sees it: EXIT STATUS of rwcap(1)."""

RECORD_POINTS = {"before the record", "half a record", "after the record"}
SWALLOWING = {"any statement"}
"""Places in a callback of SQLite, which raises no exception of a signal handler."""

FAILING = {"before the report of an error"}
"""Places that only a run with an error reaches."""

SEEDS = [
    pytest.param(seed, marks=() if seed in {2, 3} else pytest.mark.soak)
    for seed in range(500)
]


def trials(*places: str) -> list[object]:
    """Return each signal at each place; the short form has one signal a place."""
    short = dict(zip(places, cycle(ENDINGS), strict=False))
    return [
        pytest.param(
            place,
            ending,
            id=f"{place}-{ending}",
            marks=() if short[place] == ending else pytest.mark.soak,
        )
        for place in places
        for ending in ENDINGS
    ]


@pytest.fixture(autouse=True)
def real_captions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the service answer like the model: captions of a sandbox count as none."""
    monkeypatch.setattr("rwcap.api.sandbox.describe.SANDBOX_PREFIX", "Seen:")


def tells_what_happened(err: str) -> bool:
    """Return whether standard error speaks of no defect of rwcap."""
    return not any(word in err for word in ("Traceback", "internal error", "ignored"))


def slowly(seconds: float) -> Fault:
    """Take some time for an answer, so that signals come meanwhile."""

    def fault(exchange: Exchange) -> None:
        exchange.service.ended.wait(seconds)
        plainly(exchange)

    return fault


def run_and_end(rwcap: Rwcap, order: list[str], ending: str, seconds: float) -> int:
    """Run rwcap for some seconds, end it, and return how it ended."""
    reader, stdout = os.pipe()
    nowhere = os.open(os.devnull, os.O_RDWR)
    process = rwcap.fork(order, [nowhere, stdout, nowhere])
    os.close(stdout)
    os.close(nowhere)
    time.sleep(seconds)
    if ending == CLOSED_STDOUT:
        os.close(reader)
        return process.wait(60)
    for pause, number in signals(ending):
        time.sleep(pause)
        with suppress(ProcessLookupError):  # it has ended before
            os.kill(process.pid, number)
    status = process.wait(60)
    os.close(reader)  # what was printed fits into a pipe
    return status


def signals(ending: str) -> Iterator[tuple[float, signal.Signals]]:
    """Yield the signals of an ending, each after a pause."""
    name, *twice = ending.split()
    yield 0.0, signal.Signals[name]
    if twice:
        yield 1.1, signal.Signals[name]


@pytest.mark.parametrize(
    ("place", "ending"),
    trials(*(place for place in KILL_POINTS if place not in SWALLOWING)),
)
@pytest.mark.promises("once", "texts", "statuses")
def test_a_batch_gets_a_signal_at_a_step(
    place: str, ending: str, connected: Rwcap, service: Service
) -> None:
    """It ends with the status of the signal, and the same command goes on."""
    trial = KillTest(connected, service, images=6)
    order = [*trial.both, "--jsonl"]

    ended = trial.run(place, 3, *order, ending=ending)
    trial.check_order()
    again = connected.run(*order)

    assert ended.status == STATUSES[ending], ended.err
    assert tells_what_happened(ended.err), ended.err
    assert (again.status, has_no_error(again.err)) == (0, True), again.err
    trial.check()
    trial.check_nothing_is_left_to_do(*order)


@pytest.mark.parametrize(
    ("place", "ending"),
    trials(*(each for each in KILL_POINTS if each not in SWALLOWING | RECORD_POINTS)),
)
@pytest.mark.promises("once", "texts", "statuses")
def test_a_caption_gets_a_signal_at_a_step(
    place: str, ending: str, connected: Rwcap, service: Service
) -> None:
    """The same command prints all captions; those paid for are free."""
    trial = KillTest(connected, service, images=3)
    order = ["caption", *map(str, trial.images), "--write", "txt"]

    ended = trial.run(place, 2, *order, ending=ending)
    again = connected.run(*order)

    assert ended.status == STATUSES[ending], ended.err
    assert tells_what_happened(ended.err), ended.err
    assert again.status == 0, again.err
    assert len(again.out.splitlines()) == 3
    trial.check(recorded=False)


@pytest.mark.parametrize(("place", "ending"), trials(*LAST_POINTS))
@pytest.mark.promises("once", "texts", "statuses")
def test_a_signal_comes_when_the_work_is_done(
    place: str, ending: str, connected: Rwcap, service: Service
) -> None:
    """Even while the error of a run is reported, or its output flushed."""
    trial = KillTest(connected, service, images=1)
    fails = ["--report", "/dev/full"] if place in FAILING else []

    ended = trial.run(place, 1, *trial.both, "--jsonl", *fails, ending=ending)
    again = connected.run(*trial.both)

    own = {CLOSED_STDOUT: 1 if fails else 0}
    assert ended.status == own.get(ending, STATUSES[ending]), ended.err
    assert tells_what_happened(ended.err), ended.err
    assert again.status == 0, again.err
    trial.check()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.promises("once", "texts", "statuses")
def test_signals_come_at_any_moment(
    seed: int, connected: Rwcap, service: Service
) -> None:
    """Of run after run; the last one is left alone, and nothing was to be mended."""
    dice = random.Random(seed)  # noqa: S311  # no secret depends on it
    trial = KillTest(connected, service, images=6)
    service.otherwise = slowly(dice.choice([0.0, 0.01, 0.05]))
    service.captions.extend(
        dice.choices([plainly, *faults.COMMON], k=dice.randint(0, 3))
    )
    order = [*trial.both, "--jsonl", "-c", str(dice.randint(1, 8))]
    for _ in range(dice.randint(1, 3)):
        ending = dice.choice(list(STATUSES))
        status = run_and_end(connected, order, ending, dice.uniform(0.0, 0.6))
        assert status in {0, STATUSES[ending]}
        trial.check_order()

    last = connected.run(*order)

    service.captions.clear()  # each run can end before all of them
    assert last.status == 0, last.err
    trial.check()
    trial.check_nothing_is_left_to_do(*order)
