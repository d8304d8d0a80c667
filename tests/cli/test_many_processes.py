"""Many processes share a ledger, a folder, a limit and a file, and some are killed.

The short form has five at a time, `pytest -m soak tests/cli/test_many_processes.py`
sixteen, with 30 seeds.
"""

import random
import signal
import threading

import pytest

from rwcap.core.exit_status import ExitStatus
from rwcap.core.money import parse_usd
from tests import draw, faults
from tests.cli.test_killed import KILLED, KillTest, wait_for_end
from tests.kill_points import KILL_POINTS, NOWHERE
from tests.process import Rwcap
from tests.service import Exchange, Service, hold, plainly
from tests.waiting import wait_until

LIMIT = "0.03"
"""A limit for a day: it has room for most of the images."""

IMAGES = 30

STATUSES = {
    ExitStatus.OK,
    ExitStatus.UNREACHABLE,
    ExitStatus.LIMIT,
    ExitStatus.LOCKED,
    KILLED,
}
"""How a process can end: LOCKED if another one writes to the same file."""

CASES = [
    pytest.param(5, 0),
    *(pytest.param(16, seed, marks=pytest.mark.soak) for seed in range(30)),
]


@pytest.fixture(autouse=True)
def real_captions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the service answer like the model: captions of a sandbox count as none."""
    monkeypatch.setattr("rwcap.api.sandbox.describe.SANDBOX_PREFIX", "Seen:")


@pytest.mark.parametrize(("processes", "seed"), CASES)
@pytest.mark.promises("once", "limits", "texts", "reports", "statuses")
def test_many_processes_are_killed_under_faults(
    processes: int, seed: int, connected: Rwcap, service: Service
) -> None:
    """Some write text files, some also records; some are killed, others go on."""
    dice = random.Random(seed)  # noqa: S311  # no secret depends on it
    trial = KillTest(connected, service, IMAGES)
    storm = faults.storm(0.1, faults.COMMON, seed=seed)
    charged = []

    def watched(exchange: Exchange) -> None:
        storm(exchange)
        charged.append(service.sandbox.tasks.total_charged()[1])

    service.otherwise = watched
    trial.rwcap.environment["RWCAP_BUDGET_DAY"] = LIMIT
    for _ in range(2):
        started = []
        for number in range(processes):
            place = dice.choice([*KILL_POINTS, NOWHERE]) if number % 2 else NOWHERE
            most = 80 if place == "any statement" else 6
            order = dice.choice([trial.both, trial.sidecars])
            started.append(trial.start(place, dice.randint(1, most), *order))
        results = [wait_for_end(process) for process in started]
        assert [each for each in results if each.status not in STATUSES] == []
        assert [each for each in results if "defect" in each.err] == []
        trial.check_order()
    service.otherwise = plainly
    del trial.rwcap.environment["RWCAP_BUDGET_DAY"]

    last = trial.run(NOWHERE, 1, *trial.both)

    assert 0 < max(charged) <= parse_usd(LIMIT)
    assert last.status == 0, last.err
    trial.check(besides={"failed"})
    trial.check_nothing_is_left_to_do(*trial.both)


@pytest.mark.promises("waits", "once")
def test_a_caption_that_a_suspended_process_buys_is_not_waited_for_without_end(
    connected: Rwcap, service: Service
) -> None:
    """Each try may take the timeout. Afterwards, the caption is there, and free."""
    draw.album(connected.home / "p", "1.jpg")
    answered = threading.Event()
    service.captions.append(hold(answered))
    order = ("caption", "p/1.jpg", "--timeout=1", "--retries=1")
    suspended = connected.start("caption", "p/1.jpg")
    wait_until(lambda: service.requests)
    suspended.send_signal(signal.SIGSTOP)

    waited = connected.run(*order)
    suspended.send_signal(signal.SIGCONT)
    answered.set()
    suspended.communicate(timeout=60)
    again = connected.run(*order)

    assert waited.status == ExitStatus.UNREACHABLE
    assert (
        "error: p/1.jpg: another process has not bought this caption in 2 s\n"
        in waited.err
    )
    assert "hint: end or continue that process" in waited.err
    assert (suspended.returncode, again.status, service.bills) == (0, 0, 1)
