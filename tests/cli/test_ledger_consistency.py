"""The books balance: whatever happens, the statement is the service's bill.

The variable RWCAP_PURCHASES chooses how many captions are bought under faults and
kills: `RWCAP_PURCHASES=5000 pytest tests/cli/test_ledger_consistency.py`.
"""

import json
import os
import random
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from rwcap.core.money import Micros, parse_usd
from tests import faults
from tests.process import Rwcap
from tests.service import Exchange, Service, plainly
from tests.waiting import wait_until

if TYPE_CHECKING:
    import subprocess

PURCHASES = int(os.environ.get("RWCAP_PURCHASES", "400"))
PRICES = [600, 1300, 1900, 2600]
"""What the service charges, at random: up to the dearest on the model's page."""


@pytest.fixture(autouse=True)
def prices_vary(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the service charge what the dice say, not what the text is worth."""
    dice = random.Random(7)  # noqa: S311  # no secret depends on it
    monkeypatch.setattr(
        "rwcap.api.sandbox.service.price_by_words",
        lambda _: Micros(dice.choice(PRICES)),
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder for images."""
    folder = tmp_path / "p"
    folder.mkdir()
    return folder


def draw_images(folder: Path, count: int) -> None:
    """Draw so many small images, each of its own."""
    for number in range(count):
        size = (28 + number // 100, 28 + number % 100)
        Image.new("L", size).save(folder / f"{number:05}.png")


def total_charged(service: Service) -> Micros:
    """Return what the service has charged, in all."""
    return service.sandbox.tasks.total_charged()[1]


def wait_for_requests(
    service: Service, count: int, process: "subprocess.Popen[bytes]"
) -> None:
    """Wait until the service has received `count` requests, or a process ended."""
    wait_until(
        lambda: len(service.requests) >= count or process.poll() is not None,
        seconds=120,
    )


def wait_for_exit_statuses(processes: "list[subprocess.Popen[bytes]]") -> list[int]:
    """Return the statuses of processes when they have ended."""
    statuses = []
    for process in processes:
        with process:
            process.communicate(timeout=300)
        statuses.append(process.returncode)
    return statuses


def statement_total(rwcap: Rwcap) -> dict[str, object]:
    """Return the total of the statement."""
    total: dict[str, object] = json.loads(rwcap.run("cost", "--json").out)["total"]
    return total


@pytest.mark.parametrize("cap", ["0.30", "0.05"])
@pytest.mark.promises("limits", "once")
def test_eight_processes_never_pass_a_limit(
    connected: Rwcap, service: Service, folder: Path, cap: str
) -> None:
    """However they overlap; and nine tenths of it, and more, can be used."""
    draw_images(folder, 400)
    limit = parse_usd(cap)
    limited = connected.with_environment(RWCAP_BUDGET_DAY=cap)
    seen: list[int] = []

    def watched(exchange: Exchange) -> None:
        plainly(exchange)
        seen.append(total_charged(service))

    service.otherwise = watched
    statuses = wait_for_exit_statuses(
        [limited.start("batch", "p", "-q") for _ in range(8)]
    )

    assert statuses == [8] * 8
    assert max(seen) == total_charged(service) <= limit
    assert total_charged(service) >= 0.9 * limit
    assert (
        statement_total(connected)["spent_usd"]
        == f"{total_charged(service) / 10**6:.6f}"
    )


def test_runs_have_limits_of_their_own(
    connected: Rwcap, service: Service, folder: Path
) -> None:
    """Each of eight spends its own, and no more."""
    draw_images(folder, 200)

    statuses = wait_for_exit_statuses(
        [connected.start("batch", "p", "-q", "--max-cost", "0.03") for _ in range(8)]
    )

    runs = json.loads(connected.run("cost", "--by", "run", "--json").out)["groups"]
    assert set(statuses) == {8}
    assert 8 * 0.9 * 30_000 <= total_charged(service) <= 8 * 30_000
    assert sum(Micros(parse_usd(run["spent_usd"])) for run in runs) == total_charged(
        service
    )


@pytest.mark.promises("reports", "once")
def test_the_statement_is_the_bill(
    connected: Rwcap, service: Service, folder: Path
) -> None:
    """To the micro-dollar, after faults and kills, by whatever it is drawn up."""
    draw_images(folder, PURCHASES)
    service.otherwise = faults.storm(0.05, faults.COMMON, seed=1)
    order = ["batch", "p", "-q", "-o", "out.jsonl"]
    for kill in range(6):
        process = connected.start(*order)
        enough = len(service.requests) + PURCHASES // 8
        wait_for_requests(service, enough, process)
        process.send_signal(signal.SIGINT if kill % 3 == 2 else signal.SIGKILL)
        wait_for_exit_statuses([process])
    service.otherwise = plainly

    last = connected.run(*order)
    total = statement_total(connected)
    groups = {
        by: json.loads(connected.run("cost", "--by", by, "--json").out)["groups"]
        for by in ("day", "run", "prompt", "folder", "status")
    }
    reconciled = connected.run("cost", "reconcile")

    assert last.status == 0, last.err
    assert service.bills == total["captions"] == PURCHASES
    exact = f"{total_charged(service) // 10**6}.{total_charged(service) % 10**6:06}"
    assert total["spent_usd"] == total["counted_usd"] == exact
    assert (total["in_doubt"], total["under_way"], total["unknown_costs"]) == (0, 0, 0)
    for lines in groups.values():
        assert sum(parse_usd(line["spent_usd"]) for line in lines) == total_charged(
            service
        )
    assert reconciled.status == 0, reconciled.out
