"""A clock that jumps, summer time, and rwcap in cron: limits hold, nothing is lost.

The wall clock is that of a library that is loaded before the C library: tests/clock.c.
Nothing here waits: two days of cron pass in seconds. `pytest -m soak
tests/cli/test_clock.py` runs it every 15 minutes, in more time zones.
"""

import json
import os
import struct
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from rwcap.core.exit_status import ExitStatus
from rwcap.core.money import format_usd, parse_usd
from tests import preloaded
from tests.cli.test_killed import KillTest
from tests.conftest import KEY
from tests.fork_server import ForkServer
from tests.process import Rwcap, start_environment
from tests.service import Exchange, Fault, Service, plainly, status

DAY = 24 * 3600
EAST = "<+14>-14"
"""A zone in which the next day begins at ten o'clock of UTC."""

LIMIT = "0.008"
"""A limit for a day: it has room for a few captions."""


class Clock:
    """The wall clock of processes, and the server that starts them."""

    def __init__(self, folder: Path) -> None:
        """Start a server whose clock is right."""
        self._file = folder / "ahead"
        self.jump(0)
        library = preloaded.build("clock", folder)
        preload = {"LD_PRELOAD": str(library), "CLOCK_FILE": str(self._file)}
        self.server = ForkServer(start_environment() | preload)

    def jump(self, seconds: int) -> None:
        """Have the clock be ahead by this, in processes under way as well."""
        with self._file.open("r+b" if self._file.exists() else "wb") as file:
            file.write(struct.pack("q", seconds))

    def show(self, now: datetime) -> None:
        """Have the clock show this time."""
        self.jump(round((now - datetime.now(UTC)).total_seconds()))


@pytest.fixture(scope="session")
def clocks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clock]:
    """Return the clock of all tests of this file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", os.defpath)
        clock = Clock(tmp_path_factory.mktemp("clock"))
    with clock.server:
        yield clock


@pytest.fixture
def clock(clocks: Clock) -> Iterator[Clock]:
    """Return a clock that is right."""
    yield clocks
    clocks.jump(0)


@pytest.fixture
def trial(
    clock: Clock, tmp_path: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> KillTest:
    """Return a batch of images for rwcap with this clock."""
    monkeypatch.setattr("rwcap.api.sandbox.describe.SANDBOX_PREFIX", "Seen:")
    program = Rwcap(tmp_path, lambda: clock.server).with_environment(
        RWCAP_API_KEY=KEY, RWCAP_API_URL=service.url
    )
    return KillTest(program, service, images=10)


@pytest.fixture
def local_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Return a function that sets the time zone of the test itself."""

    def set_zone(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield set_zone
    monkeypatch.undo()
    time.tzset()


def jumping(clock: Clock, seconds: int, at: int) -> Fault:
    """Have the clock jump during one request."""
    seen: list[Exchange] = []

    def fault(exchange: Exchange) -> None:
        seen.append(exchange)
        if len(seen) == at:
            clock.jump(seconds)
        plainly(exchange)

    return fault


def check_books(trial: KillTest) -> None:
    """See that the ledger is whole, and its statement the bill."""
    told = trial.rwcap.run("config", "doctor", "--offline").out
    total = json.loads(trial.rwcap.run("cost", "--json", "--since", "2000-01-01").out)
    charged = trial.service.sandbox.tasks.total_charged()[1]
    assert "file and totals are correct" in told, told
    assert total["total"]["spent_usd"] == format_usd(charged)


@pytest.mark.program("cc")
@pytest.mark.parametrize("jump", [-400 * DAY, -3600, 3600, 400 * DAY])
@pytest.mark.promises("once", "reports", "waits")
def test_the_clock_jumps_in_a_run(trial: KillTest, clock: Clock, jump: int) -> None:
    """Back or forth, by an hour or by a year: the run and the next one go on."""
    trial.service.otherwise = jumping(clock, jump, at=4)

    first = trial.rwcap.run(*trial.both, "--limit", "8")
    second = trial.rwcap.run(*trial.both)
    clock.jump(0)

    assert (first.status, second.status) == (0, 0), first.err + second.err
    trial.check()
    trial.check_nothing_is_left_to_do(*trial.both)
    check_books(trial)


@pytest.mark.program("cc")
@pytest.mark.parametrize(
    ("period", "days", "zone"),
    [("DAY", -1, "UTC0"), ("DAY", 1, "UTC0"), ("DAY", 0, EAST), ("MONTH", 0, EAST)],
)
@pytest.mark.promises("limits")
def test_each_day_and_month_has_one_limit(
    trial: KillTest, clock: Clock, period: str, days: int, zone: str
) -> None:
    """A clock that jumps, or a process in another zone, finds it as others left it."""
    noon = datetime(2026, 11, 30, 12, tzinfo=UTC)
    limited = trial.rwcap.with_environment(**{f"RWCAP_BUDGET_{period}": LIMIT})
    here, there = (0, "UTC0"), (days, zone)
    bills = []
    for ahead, local in (here, there, here, there):
        clock.show(noon + timedelta(days=ahead))
        result = limited.with_environment(TZ=local).run(*trial.both)
        bills.append(trial.service.bills)
        assert result.status in {ExitStatus.LIMIT, ExitStatus.OK}, result.err

    assert 0 < bills[0] < bills[1] == bills[2] == bills[3] <= len(trial.images)


DOWN = [status(503), status(503, "serviceUnavailable")]
"""What a gateway says of a service that is down, and what the service says itself."""

AT_NIGHT = {ExitStatus.LIMIT, ExitStatus.UNREACHABLE, ExitStatus.AMBIGUOUS}
"""What a page leaves in doubt is reserved until the service can be asked."""

BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3"
SANTIAGO = "<-04>4<-03>,M9.1.6/24,M4.1.6/24"
"""A zone in which the clock goes forward at midnight, so a day begins at one."""

SOAK = [pytest.mark.soak, pytest.mark.timeout(1200)]


class Cron(NamedTuple):
    """Where and when rwcap is in cron."""

    zone: str
    """The time zone."""
    start: datetime
    """A day before the clock or the year changes."""
    minutes: int = 15
    """The time between two runs."""


@pytest.mark.program("cc")
@pytest.mark.parametrize(
    "cron",
    [
        Cron(BERLIN, datetime(2026, 3, 28, 13, tzinfo=UTC), 240),
        pytest.param(Cron(BERLIN, datetime(2026, 3, 28, 13, tzinfo=UTC)), marks=SOAK),
        pytest.param(Cron(BERLIN, datetime(2026, 10, 24, 13, tzinfo=UTC)), marks=SOAK),
        pytest.param(Cron(SANTIAGO, datetime(2026, 9, 5, 13, tzinfo=UTC)), marks=SOAK),
        pytest.param(Cron(SANTIAGO, datetime(2026, 4, 4, 13, tzinfo=UTC)), marks=SOAK),
        pytest.param(Cron("UTC0", datetime(2026, 12, 31, 1, tzinfo=UTC)), marks=SOAK),
    ],
    ids=lambda cron: f"{cron.zone}-{cron.start:%F}-{cron.minutes}",
)
@pytest.mark.promises("limits", "once", "reports", "statuses")
def test_two_days_in_cron(
    cron: Cron, trial: KillTest, clock: Clock, local_time: Callable[[str], None]
) -> None:
    """With a limit for a day, a change of the clock, and a service down at night."""
    local_time(cron.zone)
    program = trial.rwcap.with_environment(TZ=cron.zone, RWCAP_BUDGET_DAY=LIMIT)
    spent: Counter[str] = Counter()
    statuses: set[int] = set()
    tasks = trial.service.sandbox.tasks
    for minutes in range(0, 48 * 60, cron.minutes):
        now = cron.start + timedelta(minutes=minutes)
        local = time.localtime(now.timestamp())
        fault = DOWN[local.tm_hour % 2] if local.tm_hour < 6 else plainly
        trial.service.otherwise = trial.service.queried = fault
        before = tasks.total_charged()[1]
        clock.show(now)
        statuses.add(program.run(*trial.both, "--retries", "0").status)
        spent[time.strftime("%F", local)] += tasks.total_charged()[1] - before

    assert {0, ExitStatus.LIMIT} < statuses <= {0, *AT_NIGHT}
    assert max(spent.values()) <= parse_usd(LIMIT)
    trial.check(besides={"failed"})
    check_books(trial)
