"""rwcap can be killed at any moment: nothing is paid for twice, no text is lost.

Seeds choose where, how often and under what faults it is killed: eight, and 500 with
`pytest -m soak tests/cli/test_killed.py`.
"""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Set as AbstractSet
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image
from pyarrow.parquet import read_table  # type: ignore[import-untyped]  # has no types

from rwcap.core.text import one_line
from tests import faults
from tests.kill_points import KILL_POINTS, NOWHERE
from tests.process import PLAIN, Result, Rwcap
from tests.service import Service
from tests.waiting import wait_until

ROOT = Path(__file__).parent.parent.parent
SEEDS = [
    pytest.param(seed, marks=() if seed < 2 else pytest.mark.soak)
    for seed in range(500)
]
KILLED = -signal.SIGKILL


@pytest.fixture(autouse=True)
def real_captions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the service answer like the model: captions of a sandbox count as none."""
    monkeypatch.setattr("rwcap.api.sandbox.describe.SANDBOX_PREFIX", "Seen:")


class KillTest:
    """A folder of images, what rwcap is told to do with it, and what came of it."""

    def __init__(self, rwcap: Rwcap, service: Service, images: int) -> None:
        """Draw so many images, each of its own size, so that each has its own text."""
        self.rwcap = rwcap.with_environment(PYTHONPATH=f"{PLAIN}{os.pathsep}{ROOT}")
        self.service = service
        self.folder = rwcap.home / "photos"
        self.records = rwcap.home / "records.jsonl"
        self.images = [self.folder / f"{n}.jpg" for n in range(images)]
        self.folder.mkdir()
        for n, path in enumerate(self.images):
            Image.new("RGB", (32 + n, 32)).save(path)
        self.sidecars = ["batch", str(self.folder), "--write", "txt"]
        self.both = [*self.sidecars, "-o", str(self.records)]

    def start(
        self, place: str, count: int, *arguments: str, ending: str = "SIGKILL"
    ) -> subprocess.Popen[bytes]:
        """Start rwcap, to be ended at a place when it comes there a certain time."""
        program = [sys.executable, "-m", "tests.kill_points"]
        return subprocess.Popen(
            [*program, place, str(count), ending, "--", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.rwcap.environment,
            cwd=self.rwcap.home,
        )

    def run(
        self, place: str, count: int, *arguments: str, ending: str = "SIGKILL"
    ) -> Result:
        """Run rwcap until it ends or is ended."""
        return wait_for_end(self.start(place, count, *arguments, ending=ending))

    def run_until_asked(self, requests: int, *arguments: str) -> Result:
        """Run rwcap until so many more requests came in, and kill it from outside."""
        enough = len(self.service.requests) + requests
        process = self.start(NOWHERE, 1, *arguments)
        wait_until(
            lambda: len(self.service.requests) >= enough or process.poll() is not None
        )
        process.send_signal(signal.SIGKILL)
        return wait_for_end(process)

    def texts(self) -> dict[str, str]:
        """Return what the service answered for each image, as its base64."""
        tasks = self.service.sandbox.tasks
        images = {
            request["taskUUID"]: request["inputs"]["image"]
            for request in list(self.service.requests)
            if request["taskType"] == "caption"
        }
        charged = {uuid: task for uuid in images if (task := tasks.find(uuid))}
        bills = Counter(images[uuid] for uuid in charged)

        assert set(bills.values()) <= {1}, "an image was paid for twice"
        assert len(charged) == self.service.bills
        return {
            images[uuid]: json.loads(task.result)["text"]
            for uuid, task in charged.items()
        }

    def check(
        self, *, recorded: bool = True, besides: AbstractSet[str] = frozenset()
    ) -> None:
        """Every image was paid for once, and its text is where it belongs.

        Args:
            recorded: Whether there is a file of records.
            besides: The states that earlier purchases may have.
        """
        texts = set(self.texts().values())
        sidecars = {path: path.with_suffix(".txt") for path in self.images}
        written = {path: sidecars[path].read_text("utf-8") for path in self.images}

        assert self.service.bills == len(texts) == len(self.images)
        assert {one_line(text) + "\n" for text in texts} == set(written.values())
        states = count_states(self.rwcap)
        assert states.pop("done") == len(self.images)
        assert states.keys() <= besides
        assert self.strangers() == []
        for n, path in enumerate(self.images):
            assert f" {32 + n} by 32 pixels" in written[path]
        if recorded:
            self.check_records({str(path): text for path, text in written.items()})

    def check_records(self, written: dict[str, str]) -> None:
        """Every image has one whole record with its text."""
        content = self.records.read_text("utf-8")
        records = [json.loads(line) for line in content.splitlines()]
        captions = [each for each in records if each["text"] is not None]

        assert content.endswith("\n")
        assert len(captions) == len(written)
        assert {each["source"]: f"{each['text']}\n" for each in captions} == written

    def check_order(self) -> None:
        """See that what was sent is in the ledger, and what is written is settled."""
        if not self.service.requests:
            return  # there may be no ledger yet
        purchases = read_purchases(self.rwcap)
        sent = {request["taskUUID"] for request in list(self.service.requests)}
        written = {path.read_text("utf-8") for path in self.folder.glob("*.txt")}

        assert sent <= {uuid for uuid, _, _ in purchases}
        assert written <= {f"{one_line(text)}\n" for _, _, text in purchases if text}

    def strangers(self) -> list[str]:
        """Return what is in the folder beside images and their captions."""
        return sorted(
            path.name
            for path in self.folder.iterdir()
            if path.suffix not in {".jpg", ".txt"}
        )

    def check_nothing_is_left_to_do(self, *arguments: str) -> None:
        """See that the same command asks nothing, writes nothing and says no more."""
        before = len(self.service.requests), self.outputs()

        again = self.rwcap.run(*arguments)

        assert (again.status, has_no_error(again.err)) == (0, True), again.err
        assert (len(self.service.requests), self.outputs()) == before

    def outputs(self) -> dict[Path, tuple[int, int]]:
        """Return size and time of every file that rwcap has written."""
        found = [*self.folder.glob("*.txt"), *self.rwcap.home.glob("*.jsonl")]
        stats = {path: path.stat() for path in found}
        return {path: (stat.st_size, stat.st_mtime_ns) for path, stat in stats.items()}


def wait_for_end(process: subprocess.Popen[bytes]) -> Result:
    """Wait for the end of a process, and return what it wrote."""
    with process:
        out, err = process.communicate(timeout=60)
    return Result(process.returncode, out.decode(), err.decode())


def read_purchases(rwcap: Rwcap) -> list[tuple[str, str, str | None]]:
    """Return UUID, state and text of every purchase that the ledger knows.

    A copy is read: whoever opens the ledger itself mends what a kill has left.
    """
    (original,) = (rwcap.home / ".local/share/rwcap").glob("ledger*")
    copy = rwcap.home / "copy"
    shutil.copytree(original, copy)
    with closing(sqlite3.connect(copy / "ledger.sqlite3")) as database:
        question = "SELECT task_uuid, state, text FROM purchase"
        purchases = database.execute(question).fetchall()
    shutil.rmtree(copy)
    return purchases


def count_states(rwcap: Rwcap) -> dict[str, int]:
    """Return how many purchases the ledger has in each state."""
    return dict(Counter(state for _, state, _ in read_purchases(rwcap)))


def has_no_error(err: str) -> bool:
    """Return whether standard error has nothing but the account of the run."""
    words = ("error", "hint", "warning", "locked", "defect", "Traceback", "task ")
    return not any(word in err for word in words)


@pytest.mark.parametrize("place", ["half a sidecar", "before the rename"])
@pytest.mark.promises("texts")
def test_a_part_appears_when_it_is_complete(
    place: str, connected: Rwcap, service: Service
) -> None:
    """The next run writes what the killed one was writing, once."""
    kill_test = KillTest(connected, service, images=3)
    parts = connected.home / "parts"
    order = ["batch", str(kill_test.folder), "-o", f"{parts}/"]

    killed = kill_test.run(place, 1, *order)
    appeared = [*parts.glob("*.parquet")]
    statuses = [connected.run(*order).status for _ in range(2)]

    assert (killed.status, appeared, statuses) == (KILLED, [], [0, 0])
    (part,) = parts.iterdir()
    assert sorted(read_table(part)["source"].to_pylist()) == sorted(
        map(str, kill_test.images)
    )
    assert service.bills == 3


@pytest.mark.parametrize("place", KILL_POINTS)
@pytest.mark.promises("once", "texts")
def test_killed_at_a_place_it_goes_on(
    place: str, connected: Rwcap, service: Service
) -> None:
    """Whatever was under way is paid for once, and its text is not lost."""
    kill_test = KillTest(connected, service, images=6)

    killed = kill_test.run(place, 3, *kill_test.both)
    kill_test.check_order()
    asked = len(service.requests)
    second = connected.run(*kill_test.both)

    assert killed.status == KILLED
    assert (second.status, has_no_error(second.err)) == (0, True), second.err
    assert len(service.requests) - asked <= 6 * 5
    kill_test.check()
    kill_test.check_nothing_is_left_to_do(*kill_test.both)


@pytest.mark.parametrize(
    "place",
    ["after the row", "request sent", "answer coming", "before settling"],
)
@pytest.mark.promises("once", "texts")
def test_killed_while_captions_come_later(
    place: str, connected: Rwcap, service: Service
) -> None:
    """What was accepted under async delivery is asked for, not bought again."""
    kill_test = KillTest(connected, service, images=6)
    order = [*kill_test.both, "--delivery", "async"]

    killed = kill_test.run(place, 3, *order)
    second = kill_test.run(NOWHERE, 1, *order)

    assert killed.status == KILLED
    assert second.status == 0, second.err
    kill_test.check()
    kill_test.check_nothing_is_left_to_do(*order)


def test_places_that_are_never_come_to_change_nothing(
    connected: Rwcap, service: Service
) -> None:
    """The proof is of rwcap as it is."""
    kill_test = KillTest(connected, service, images=2)

    result = kill_test.run(",".join(KILL_POINTS), 1_000_000, *kill_test.both)

    assert (result.status, has_no_error(result.err)) == (0, True), result.err
    kill_test.check()
    kill_test.check_nothing_is_left_to_do(*kill_test.both)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.promises("once", "texts")
def test_killed_anywhere_under_faults(
    seed: int, connected: Rwcap, service: Service
) -> None:
    """Bills per image are 1, texts lost are 0."""
    dice = random.Random(seed)  # noqa: S311  # no secret depends on it
    kill_test = KillTest(connected, service, images=6)
    service.captions.extend(dice.choices(faults.COMMON, k=dice.randint(0, 3)))
    service.queries.extend(dice.choices(faults.COMMON, k=dice.randint(0, 2)))
    order = [*kill_test.both, "-c", str(dice.randint(1, 8))]
    order += dice.choice([[], ["--delivery", "sync"], ["--delivery", "async"]])
    deaths: list[str] = []
    for _ in range(dice.randint(1, 4)):
        place = dice.choice([*KILL_POINTS, "outside", "outside"])
        if place == "outside":
            result = kill_test.run_until_asked(dice.randint(1, 6), *order)
        else:
            most = 80 if place == "any statement" else 6
            result = kill_test.run(place, dice.randint(1, most), *order)
        assert result.status in {0, KILLED}, result.err
        kill_test.check_order()
        deaths += [place] if result.status == KILLED else []

    last = kill_test.run(NOWHERE, 1, *order)

    assert last.status == 0, f"{deaths}: {last.err}"
    service.queries.clear()  # where nothing was in doubt, nothing was asked
    kill_test.check()
    kill_test.check_nothing_is_left_to_do(*order)


@pytest.mark.parametrize(
    ("place", "count"),
    [("after the row", 5), ("answer coming", 2), ("after settling", 2)],
)
@pytest.mark.promises("once", "texts")
def test_one_of_two_is_killed(
    place: str, count: int, connected: Rwcap, service: Service
) -> None:
    """The other takes over what it had begun, and ends it all."""
    kill_test = KillTest(connected, service, images=20)
    locks = connected.home / ".local/share/rwcap/locks"
    # Longer than the second takes to start.
    service.begin_reading = lambda: service.ended.wait(0.6)

    first = kill_test.start(place, count, *kill_test.sidecars)
    wait_until(lambda: locks.is_dir() and any(locks.iterdir()))
    second = kill_test.start(NOWHERE, 1, *kill_test.sidecars)
    killed, survivor = wait_for_end(first), wait_for_end(second)

    assert killed.status == KILLED
    assert (survivor.status, has_no_error(survivor.err)) == (0, True), survivor.err
    kill_test.check(recorded=False)
    kill_test.check_nothing_is_left_to_do(*kill_test.sidecars)


HUNDRED_WRITERS = """
import os
import signal
import sys
from rwcap.outputs.atomic import atomic_replacement

begun, begin = os.pipe()
for number in range(100):
    if not os.fork():
        with atomic_replacement(f"{sys.argv[1]}/{number}.txt", b"half"):
            os.write(begin, b".")
            signal.pause()
for number in range(100):
    os.read(begun, 1)
os.killpg(0, signal.SIGKILL)
"""
"""Processes that are all killed while they write to the same folder."""


def test_one_run_clears_a_folder_in_which_a_hundred_were_killed(
    connected: Rwcap, service: Service
) -> None:
    """No temporary file is left in it; the images are captioned as ever."""
    kill_test = KillTest(connected, service, images=2)
    writers = subprocess.run(
        [sys.executable, "-c", HUNDRED_WRITERS, str(kill_test.folder)],
        start_new_session=True,
        check=False,
    )
    left = kill_test.strangers()

    result = connected.run(*kill_test.both)

    assert (writers.returncode, len(left)) == (KILLED, 100)
    assert (result.status, has_no_error(result.err)) == (0, True), result.err
    kill_test.check()


@pytest.mark.promises("once")
def test_eight_at_once_buy_nothing_twice(connected: Rwcap, service: Service) -> None:
    """None says that the database is locked, and every caption is written."""
    kill_test = KillTest(connected, service, images=40)

    processes = [connected.start(*kill_test.sidecars) for _ in range(8)]
    results = [wait_for_end(process) for process in processes]

    assert [result.status for result in results] == [0] * 8, results
    assert all(has_no_error(result.err) for result in results), results
    kill_test.check(recorded=False)


@pytest.mark.parametrize("place", ["request sent", "answer coming", "after the answer"])
@pytest.mark.promises("once")
def test_a_caption_is_not_bought_again(
    place: str, connected: Rwcap, service: Service
) -> None:
    """Killed after its request, the same command prints what was paid for."""
    kill_test = KillTest(connected, service, images=1)
    order = ["caption", str(kill_test.images[0])]

    killed = kill_test.run(place, 1, *order)
    wait_until(lambda: service.bills == 1)
    again = connected.run(*order)

    assert (killed.status, killed.out) == (KILLED, "")
    assert (again.status, service.bills) == (0, 1), again.err
    assert again.out == "".join(f"{text}\n" for text in kill_test.texts().values())
    assert count_states(connected) == {"done": 1}


@pytest.mark.promises("texts")
def test_a_caption_is_fetched_after_a_kill(connected: Rwcap, service: Service) -> None:
    """By the UUID that was sent; afterwards the ledger knows it, too."""
    kill_test = KillTest(connected, service, images=1)
    order = ["caption", str(kill_test.images[0])]

    killed = kill_test.run("answer coming", 1, *order)
    uuid = service.requests[0]["taskUUID"]
    fetched = connected.run("caption", "--fetch", uuid)
    asked = len(service.requests)
    again = connected.run(*order)

    assert killed.status == KILLED
    assert (fetched.status, again.status) == (0, 0), fetched.err + again.err
    assert fetched.out == again.out != ""
    assert (service.bills, len(service.requests)) == (1, asked)
    assert count_states(connected) == {"done": 1}
