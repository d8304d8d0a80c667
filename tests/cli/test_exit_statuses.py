"""Each exit status of the table in the README and the man page, by a real command."""

import signal
import threading
from typing import Final, NamedTuple

import pytest

from rwcap.core.exit_status import ExitStatus
from tests import draw
from tests import service as faults
from tests.process import Rwcap
from tests.service import Fault, Service
from tests.waiting import wait_until


class Case(NamedTuple):
    """A script, and how the service answers."""

    script: str
    captions: tuple[Fault, ...] = ()
    queries: tuple[Fault, ...] = ()


_CASES: Final = {
    ExitStatus.OK: Case("rwcap caption p/1.jpg"),
    ExitStatus.FAILED: Case("rwcap caption missing.jpg"),
    ExitStatus.USAGE: Case("rwcap caption --zzz p/1.jpg"),
    ExitStatus.PARTIAL: Case("rwcap caption p/1.jpg missing.jpg"),
    ExitStatus.AUTH: Case("unset RWCAP_API_KEY; rwcap caption p/1.jpg"),
    ExitStatus.CREDITS: Case("rwcap caption p/1.jpg", (faults.status(402),)),
    ExitStatus.UNREACHABLE: Case(
        "RWCAP_API_URL=http://127.0.0.1:1 rwcap caption p/1.jpg --retries 0"
    ),
    ExitStatus.NO_INPUT: Case("mkdir empty; rwcap batch empty"),
    ExitStatus.LIMIT: Case("rwcap batch p --max-cost 0.0001"),
    ExitStatus.QUALITY: Case(
        "rwcap caption p/1.jpg --alt", (faults.caption("word " * 80),)
    ),
    ExitStatus.AMBIGUOUS: Case(
        "rwcap caption p/1.jpg --retries 0",
        (faults.reset(accepted=True),),
        (faults.status(500),) * 2,
    ),
    ExitStatus.CONFIG: Case("rwcap config set budget.day x"),
    ExitStatus.BROKEN_PIPE: Case(
        "rwcap caption p/1.jpg p/2.jpg p/1.jpg p/2.jpg | head -c 1; exit $PIPESTATUS",
        (faults.caption("x" * 1_000_000),),
    ),
}

_SIGNALS: Final = {
    ExitStatus.HANGUP: signal.SIGHUP,
    ExitStatus.INTERRUPTED: signal.SIGINT,
    ExitStatus.TERMINATED: signal.SIGTERM,
}


def test_each_status_has_a_command() -> None:
    """LOCKED is that of a second run; signals come from outside."""
    assert {*_CASES, *_SIGNALS, ExitStatus.LOCKED} == {*ExitStatus}


@pytest.mark.parametrize("status", _CASES, ids=lambda status: status.name)
@pytest.mark.promises("statuses")
def test_a_command_ends_with_the_status(
    connected: Rwcap, service: Service, status: ExitStatus
) -> None:
    """The meaning of the status is what happened."""
    draw.album(connected.home / "p", "1.jpg", "2.jpg")
    case = _CASES[status]
    service.captions += case.captions
    service.queries += case.queries

    result = connected.shell(case.script)

    assert result.status == status, result.err


@pytest.mark.parametrize("status", _SIGNALS, ids=lambda status: status.name)
@pytest.mark.promises("statuses")
def test_a_signal_ends_a_command_with_its_status(
    connected: Rwcap, service: Service, status: ExitStatus
) -> None:
    """A shell shows 128 + the number of the signal."""
    draw.album(connected.home / "p", "1.jpg")
    answered = threading.Event()
    service.otherwise = faults.hold(answered)
    process = connected.start("caption", "p/1.jpg")
    wait_until(lambda: len(service.requests) == 1)

    process.send_signal(_SIGNALS[status])
    process.communicate(timeout=30)
    answered.set()

    assert 128 - process.returncode == status


def test_a_second_run_to_a_file_ends_with_the_status(
    connected: Rwcap, service: Service
) -> None:
    """The first one goes on."""
    draw.album(connected.home / "p", "1.jpg")
    answered = threading.Event()
    service.otherwise = faults.hold(answered)
    process = connected.start("batch", "p", "-o", "a.jsonl")
    wait_until(lambda: len(service.requests) == 1)

    second = connected.run("batch", "p", "-o", "a.jsonl")
    answered.set()
    process.communicate(timeout=30)

    assert (second.status, process.returncode) == (ExitStatus.LOCKED, 0)


def test_a_caption_without_a_key_leaves_no_trace_in_the_ledger(rwcap: Rwcap) -> None:
    """Nothing was sent, so nothing failed."""
    draw.album(rwcap.home / "p", "1.jpg", "2.jpg")

    alone = rwcap.run("caption", "p/1.jpg", "--json")
    many = rwcap.run("batch", "p")
    cost = rwcap.run("cost")
    doctor = rwcap.run("config", "doctor", "--offline")

    assert alone.status == many.status == ExitStatus.AUTH
    assert '"attempts": 0' in alone.out
    assert "failed" not in cost.out
    assert "ledger: 0 purchases" in doctor.out
