"""A batch on a real Ray cluster on this machine: each image is paid for once.

Workers, the ledger, a node and the command are killed with SIGKILL.
"""

import io
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image

from rwcap.core.exit_status import ExitStatus
from tests import leaks
from tests import service as faults
from tests.cli.test_secrets import HOOK, PASSWORD, QUERY, SECRETS, caption, refuse
from tests.process import Rwcap, Started
from tests.service import Exchange, Fault, Service
from tests.waiting import wait_until

if not find_spec("ray"):
    pytest.skip('the extra "ray" is not installed', allow_module_level=True)

import pyarrow as pa  # type: ignore[import-untyped]  # has no types
from pyarrow import parquet

pytestmark = [pytest.mark.ray, pytest.mark.timeout(240)]

PATIENCE = 120
"""Seconds in which a cluster starts, or a lease expires."""


@pytest.fixture
def cluster(connected: Rwcap) -> Iterator[Rwcap]:
    """Return the program; Ray has two processors and a folder with a short path."""
    folder = Path(tempfile.mkdtemp(prefix="rw-"))
    yield connected.with_environment(
        PYTHONPATH="",  # Ray needs click, which other tests hide
        RAY_TMPDIR=str(folder),
        RAY_OVERRIDE_RESOURCES='{"CPU":2}',
    )
    leaked = leaks.files(folder, leaks.pattern(SECRETS))
    shutil.rmtree(folder)
    assert leaked == []


def slowly(exchange: Exchange) -> None:
    """Answer after a moment, so that there are always requests in flight."""
    time.sleep(0.02)
    faults.plainly(exchange)


def write_tables(home: Path, tables: int, rows: int) -> None:
    """Write a folder of tables with images, which all differ."""
    (home / "tables").mkdir()
    for table in range(tables):
        images = [
            {"id": f"{table}-{row}", "bytes": _png(table * rows + row)}
            for row in range(rows)
        ]
        path = home / f"tables/{table}.parquet"
        parquet.write_table(pa.Table.from_pylist(images), path)


def _png(number: int) -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (32, 32), (number % 256, number // 256, 0)).save(drawn, "PNG")
    return drawn.getvalue()


COMMAND = ("batch", "tables", "-o", "captions/", "--engine", "ray")


def captions(home: Path) -> dict[str, str]:
    """Return the text of each id in the parts."""
    rows = parquet.read_table(home / "captions").to_pylist()
    assert len(rows) == len({row["image_id"] for row in rows})
    return {row["image_id"]: row["text"] for row in rows}


def processes(home: Path, title: str) -> list[int]:
    """Return the processes of Ray with a title that a test has started."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            name = (process / "cmdline").read_bytes()
            environment = (process / "environ").read_bytes()
        except OSError:
            continue
        if name.startswith(title.encode()) and f"HOME={home}\0".encode() in environment:
            found.append(int(process.name))
    return found


def kill_one(home: Path, title: str) -> None:
    """Kill a process of Ray as soon as there is one."""
    wait_until(lambda: processes(home, title), seconds=PATIENCE)
    os.kill(processes(home, title)[0], signal.SIGKILL)


def end_of(process: Started) -> tuple[int, str, str]:
    """Wait for the end of the command; return its status and what it wrote."""
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out.decode(), err.decode()


@pytest.mark.promises("once")
def test_a_folder_of_tables_is_captioned_once(cluster: Rwcap, service: Service) -> None:
    """The same command again buys nothing; the run is in the ledger of the user."""
    write_tables(cluster.home, tables=3, rows=30)

    first = cluster.start(*COMMAND)
    assert end_of(first)[:2] == (0, "")
    requests = len(service.requests)
    status, _, told = end_of(cluster.start(*COMMAND))

    assert status == 0
    assert "skipped: 90" in told
    assert service.bills == requests == len(service.requests) == 90
    assert len(captions(cluster.home)) == 90
    assert all(captions(cluster.home).values())
    assert " 90  " in end_of(cluster.start("cost", "--by", "run"))[1]


def test_a_refused_key_leads_to_its_place(cluster: Rwcap, service: Service) -> None:
    """To the variable of the command: workers get its key."""
    service.otherwise = faults.status(401, "invalidApiKey")
    write_tables(cluster.home, tables=1, rows=3)

    status, _, told = end_of(cluster.start(*COMMAND))

    assert status == ExitStatus.AUTH, told
    assert "hint: unset RWCAP_API_KEY (or correct the key in it)\n" in told
    assert service.bills == 0


@pytest.mark.promises("once", "texts")
def test_killed_workers_and_a_killed_ledger_cost_nothing(
    cluster: Rwcap, service: Service
) -> None:
    """Each image has one bill and one row."""
    service.otherwise = slowly
    write_tables(cluster.home, tables=3, rows=400)
    process = cluster.start(*COMMAND)

    for number, title in enumerate(("ray::caption_shard", "ray::LedgerServer") * 2):
        wait_until(lambda: service.bills > 150 * number + 50, seconds=PATIENCE)  # noqa: B023
        kill_one(cluster.home, title)
    status, out, err = end_of(process)

    assert (status, out) == (0, ""), err
    assert service.bills == 1200
    assert len(captions(cluster.home)) == 1200


@pytest.mark.promises("once", "texts")
def test_a_node_that_dies_costs_nothing(
    cluster: Rwcap, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other node captions the shards of its workers."""
    from ray.cluster_utils import Cluster

    service.otherwise = slowly
    write_tables(cluster.home, tables=2, rows=300)
    monkeypatch.setenv("RAY_TMPDIR", cluster.environment["RAY_TMPDIR"])
    nodes = Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 1, "include_dashboard": False},
    )
    try:
        second = nodes.add_node(num_cpus=1)
        del cluster.environment["RAY_OVERRIDE_RESOURCES"]
        process = cluster.start(*COMMAND, "--ray-address", nodes.address)
        wait_until(lambda: service.bills > 100, seconds=PATIENCE)
        nodes.remove_node(second, allow_graceful=False)
        status, _, err = end_of(process)
    finally:
        nodes.shutdown()

    assert status == 0, err
    assert service.bills == 600
    assert len(captions(cluster.home)) == 600


@pytest.mark.promises("once", "texts")
def test_a_killed_command_is_run_again(cluster: Rwcap, service: Service) -> None:
    """It waits for the leases of its workers, and buys nothing twice."""
    service.otherwise = slowly
    write_tables(cluster.home, tables=2, rows=200)
    process = cluster.start(*COMMAND)
    wait_until(lambda: service.bills > 100, seconds=PATIENCE)
    process.kill()
    process.communicate()

    status, _, err = end_of(cluster.start(*COMMAND))

    assert status == 0, err
    assert service.bills == 400
    assert len(captions(cluster.home)) == 400


@pytest.mark.promises("once", "statuses")
def test_a_signal_stops_the_workers(cluster: Rwcap, service: Service) -> None:
    """They finish what is in flight, and the same command continues."""
    service.otherwise = slowly
    write_tables(cluster.home, tables=2, rows=600)
    process = cluster.start(*COMMAND)
    wait_until(lambda: service.bills > 50, seconds=PATIENCE)
    process.send_signal(signal.SIGINT)

    status, _, err = end_of(process)
    stopped = service.bills
    assert status == -signal.SIGINT
    assert "stopped: interrupted" in err
    assert stopped < 1200

    assert end_of(cluster.start(*COMMAND))[0] == 0
    assert service.bills == len(captions(cluster.home)) == 1200


@pytest.mark.promises("limits")
def test_a_budget_that_ends_in_the_middle_is_kept(
    cluster: Rwcap, service: Service
) -> None:
    """By all workers together."""
    write_tables(cluster.home, tables=2, rows=100)

    status, _, err = end_of(cluster.start(*COMMAND, "--max-cost", "0.05"))

    assert status == 8, err
    assert 0 < service.bills * 1300 <= 50_000


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("--ray-address", "127.0.0.1:1"), 2, "--ray-address 127.0.0.1:1: Connection"),
        (("--ray-address", "ray://a:1"), 2, "--ray-address ray://a:1: allowed:"),
    ],
)
def test_an_unusable_address_is_named(
    cluster: Rwcap,
    service: Service,
    arguments: tuple[str, ...],
    status: int,
    message: str,
) -> None:
    """In one line, before anything is bought."""
    write_tables(cluster.home, tables=1, rows=1)

    ended, _, err = end_of(cluster.start(*COMMAND, *arguments))

    assert ended == status
    assert err.startswith(f"error: {message}")
    assert not service.requests


def defect(folder: Path) -> None:
    """Have each process that reads the folder fail when it sends a request."""
    (folder / "sitecustomize.py").write_text(
        "from rwcap.api import transport\n"
        "def post(self, headers, body, timeout):\n"
        "    return {}[len(headers['Authorization'])]\n"
        "transport.DirectTransport.post = post\n"
    )


@pytest.mark.parametrize(
    ("reply", "status", "message"),
    [
        pytest.param(caption, 0, "ok: 30", id="repeats"),
        pytest.param(refuse, 4, "key", id="refuses", marks=pytest.mark.soak),
        pytest.param(
            None,
            78,
            "a worker of the cluster failed",
            id="defect",
            marks=pytest.mark.soak,
        ),
    ],
)
@pytest.mark.promises("secrets")
def test_nothing_that_ray_shows_has_a_secret(
    cluster: Rwcap,
    service: Service,
    reply: Fault | None,
    status: int,
    message: str,
) -> None:
    """Not its logs and other files, nor the arguments of its processes."""
    service.otherwise = reply or faults.plainly
    write_tables(cluster.home, tables=1, rows=30)
    order = cluster.with_environment(
        PYTHONPATH=str(cluster.home) if reply is None else "",
        RWCAP_API_URL=f"{service.url}?token={QUERY}&hook={HOOK}",
        HTTPS_PROXY=f"http://me:{PASSWORD}@127.0.0.1:1",
    )
    if reply is None:
        defect(cluster.home)
    wanted = leaks.pattern(SECRETS)

    with order.start(*COMMAND, "-vv") as process:
        wait_until(lambda: processes(cluster.home, "ray::"), seconds=PATIENCE)
        shown = [arguments(each) for each in processes(cluster.home, "")]
        ended, out, err = end_of(process)

    logs = list(Path(cluster.environment["RAY_TMPDIR"]).rglob("worker-*.err"))
    assert (ended, message in err) == (status, True), err
    assert len(shown) > 4
    assert logs
    assert [each for each in (out, err, *shown) if wanted.search(each.encode())] == []
    assert leaks.files(cluster.home, wanted) == []


def arguments(process: int) -> str:
    """Return the arguments of a process, as others see them."""
    try:
        return (Path("/proc") / str(process) / "cmdline").read_text()
    except OSError:
        return ""
