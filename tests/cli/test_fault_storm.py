"""A service that fails in every way: one bill an image, and no run hangs.

Each fault alone, and all mixed, happen to 1, 10 and 50 % of the exchanges, for captions
and for queries alike. `pytest -m soak tests/cli/test_fault_storm.py` tries each of
them with each share, and 100 seeds.
"""

import json
import random
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme

from rwcap.core.errors import ErrorKind
from rwcap.core.exit_status import ExitStatus, overall_status
from rwcap.core.record import RecordStatus
from tests import faults, proxy
from tests.cli.test_killed import KillTest, count_states
from tests.conftest import KEY
from tests.kill_points import NOWHERE
from tests.process import Result, Rwcap
from tests.service import Service, plainly, reset, running, status

RUNS = 2
"""Runs in a storm."""
SHARES = [0.01, 0.1, 0.5]
SEEDS = [
    pytest.param(seed, marks=() if seed < 2 else pytest.mark.soak)
    for seed in range(100)
]

SHORT = ("504 after acceptance", 0.5)
"""The fault and the share that the short form tries alone."""

STATUSES = {
    ErrorKind.NETWORK: ExitStatus.UNREACHABLE,
    ErrorKind.SERVER: ExitStatus.UNREACHABLE,
    ErrorKind.CAPACITY: ExitStatus.UNREACHABLE,
    ErrorKind.AMBIGUOUS: ExitStatus.AMBIGUOUS,
}
"""Which kinds of errors the faults can cause, and the exit status of each."""


@pytest.fixture(autouse=True)
def real_captions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the service answer like the model: captions of a sandbox count as none."""
    monkeypatch.setattr("rwcap.api.sandbox.describe.SANDBOX_PREFIX", "Seen:")


class Storm(KillTest):
    """A batch of images for a service with faults."""

    def run_in_storm(self, *options: str) -> Result:
        """Run the batch with a short timeout, and check what it tells."""
        result = self.run(NOWHERE, 1, *self.both, "--timeout", "1", "--jsonl", *options)

        records = [json.loads(line) for line in result.out.splitlines()]
        errors = [each["error"] for each in records if each["error"]]
        assert all(error["hint"] and error["message"] for error in errors), errors
        statuses = [STATUSES[ErrorKind(error["kind"])] for error in errors]
        assert result.status == overall_status(statuses, succeeded=1), result.err
        assert "Traceback" not in result.err
        assert "internal" not in result.err
        for each in records:
            told = (each["error"] or {}).get("kind") == ErrorKind.AMBIGUOUS
            assert told == (each["status"] == RecordStatus.AMBIGUOUS), each
        self.texts()  # no image has two bills
        return result

    def check_without_faults(self) -> None:
        """See that the same command completes when the service works again.

        A task that may have been accepted, and is unknown to the service, stays
        ambiguous until the user pays for another.
        """
        self.service.otherwise = self.service.queried = plainly
        self.service.captions.clear()
        last = self.run(NOWHERE, 1, *self.both)
        left = count_states(self.rwcap).get("ambiguous", 0)
        again = ["--rebuy-ambiguous"] if left else []
        rebought = self.run(NOWHERE, 1, *self.both, *again)

        assert last.status == (ExitStatus.AMBIGUOUS if left else ExitStatus.OK)
        assert last.err.count("may have been charged") == left, last.err
        assert rebought.status == 0, rebought.err
        self.check(besides={"failed", "ambiguous"})


@pytest.mark.promises("once", "waits", "errors")
def test_each_fault_happens_once(connected: Rwcap, service: Service) -> None:
    """To the first request for an image; most captions are had all the same."""
    trial = Storm(connected, service, len(faults.ALL))
    service.captions.extend(faults.ALL.values())

    trial.run_in_storm("-c", "8")

    trial.check_without_faults()


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.promises("once", "waits", "errors")
def test_all_faults_are_mixed(
    share: float, seed: int, connected: Rwcap, service: Service
) -> None:
    """Run after run; at last the service works, and every image has its caption."""
    dice = random.Random(seed)  # noqa: S311  # no secret depends on it
    trial = Storm(connected, service, 12)
    every = list(faults.ALL.values())
    service.otherwise = faults.storm(share, every, seed=seed)
    service.queried = faults.storm(share, every, seed=seed + 1)
    delivery = dice.choice(["sync", "async"])

    for _ in range(RUNS):
        trial.run_in_storm("-c", str(dice.randint(1, 8)), "--delivery", delivery)

    trial.check_without_faults()


@pytest.mark.parametrize(
    ("name", "share"),
    [
        pytest.param(*case, marks=() if case == SHORT else pytest.mark.soak)
        for case in product(faults.ALL, SHARES)
    ],
)
@pytest.mark.promises("once", "waits", "errors")
def test_a_fault_alone(
    name: str, share: float, connected: Rwcap, service: Service
) -> None:
    """The same fault again and again, in captions and in queries."""
    trial = Storm(connected, service, 12)
    service.otherwise = faults.storm(share, [faults.ALL[name]], seed=1)
    service.queried = faults.storm(share, [faults.ALL[name]], seed=2)

    trial.run_in_storm("-c", "4")

    trial.check_without_faults()


@pytest.mark.parametrize(
    "first", [0, *(pytest.param(n, marks=pytest.mark.soak) for n in range(1, 20))]
)
@pytest.mark.promises("once", "waits")
def test_replies_stop_at_each_byte(
    first: int, connected: Rwcap, service: Service
) -> None:
    """Of head and body: each caption is had by asking for it."""
    service.captions.extend(faults.stall(at) for at in range(first, 300, 20))
    trial = Storm(connected, service, len(service.captions))

    trial.run_in_storm("-c", "32")

    trial.check_without_faults()


@pytest.mark.promises("once", "statuses", "errors")
def test_what_the_service_forgets_stays_ambiguous(
    connected: Rwcap, service: Service
) -> None:
    """It is reported in each run and never bought again, until the service knows it."""
    trial = Storm(connected, service, 3)
    service.captions.extend([reset(accepted=True)] * 3)
    service.queried = faults.instead(faults.EMPTY)

    first = trial.run_in_storm()
    sent = len(service.requests)
    second = trial.run_in_storm()

    assert first.status == second.status == ExitStatus.AMBIGUOUS
    assert count_states(connected) == {"ambiguous": 3}
    assert service.bills == 3
    assert all(each["taskType"] != "caption" for each in service.requests[sent:])
    trial.check_without_faults()
    assert service.bills == 3


@pytest.mark.promises("once", "errors")
def test_the_pages_of_an_outage_leave_nothing_to_mend(
    connected: Rwcap, service: Service
) -> None:
    """The same command goes on when it is over, under the UUIDs that were sent."""
    trial = Storm(connected, service, 3)
    service.otherwise = service.queried = status(503)

    outage = trial.run_in_storm("--retries", "0")
    sent = {each["taskUUID"] for each in service.requests}
    service.otherwise = service.queried = plainly
    after = trial.run_in_storm()

    assert (outage.status, after.status) == (ExitStatus.AMBIGUOUS, ExitStatus.OK)
    assert {each["taskUUID"] for each in service.requests} == sent
    trial.check()


@pytest.fixture
def authority(tmp_path: Path) -> trustme.CA:
    """Return an authority whose certificate is in a file."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return authority


@pytest.fixture
def secure(authority: trustme.CA) -> Iterator[Service]:
    """Return a service with TLS."""
    with running(certificate=authority.issue_cert("127.0.0.1")) as service:
        yield service


@pytest.fixture
def impostor() -> Iterator[int]:
    """Return the port of a server whose certificate nobody trusts."""
    with running(certificate=trustme.CA().issue_cert("127.0.0.1")) as service:
        yield urlsplit(service.url).port or 0


@pytest.mark.parametrize(
    "share", [0.5, *(pytest.param(s, marks=pytest.mark.soak) for s in (0.01, 0.1))]
)
@pytest.mark.parametrize("seed", SEEDS[1:])
@pytest.mark.promises("once", "waits", "errors")
def test_proxies_and_encryption_fail(
    share: float, seed: int, rwcap: Rwcap, secure: Service, impostor: int
) -> None:
    """Nothing is sent to a server whose certificate is not trusted."""
    tunnels = [
        proxy.hold,
        proxy.say(b""),
        proxy.say(b"HTTP/1.1 407 Credentials, please\r\n\r\n"),
        proxy.say(b"HTTP/1.1 502 Bad Gateway\r\n\r\n"),
        proxy.say(b"HTTP/1.1 200 OK\r\n\r\n"),
        proxy.say(b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 400 No TLS here\r\n\r\n"),
        proxy.lead_to(impostor),
        proxy.end_after(100),
        proxy.end_after(2500),
    ]
    behave = proxy.by_chance(share, tunnels, seed=seed)
    with ExitStack() as stack:
        behind = rwcap.with_environment(
            RWCAP_API_KEY=KEY,
            RWCAP_API_URL=secure.url,
            SSL_CERT_FILE=str(rwcap.home / "ca.pem"),
            HTTPS_PROXY=stack.enter_context(proxy.running(behave)),
        )
        trial = Storm(behind, secure, 12)
        trial.run_in_storm("-c", "4")

    trial.rwcap.environment.pop("HTTPS_PROXY")
    trial.check_without_faults()
