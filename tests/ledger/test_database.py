"""Threads and processes that write to one ledger at the same time."""

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from rwcap.core.errors import LedgerError
from rwcap.ledger.database import connection as writer
from rwcap.ledger.ledger import Ledger
from rwcap.ledger.locks import FileLocks
from rwcap.ledger.reservation import (
    AlreadyBought,
)
from tests.ledger.samples import (
    IN_PROGRESS,
    REQUEST,
    RESERVED,
    TEXT,
    FakeLocks,
    image,
    insert,
    reserve,
    rows,
    task_uuid,
    wanted,
)
from tests.ledger.test_files import STAMP
from tests.ledger.test_purchases import state
from tests.waiting import wait_until


def test_many_deferred_writes_are_committed(
    path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that buys nothing still stores the files that it has read."""
    monkeypatch.setattr(writer, "MAX_DEFERRED", 10)
    for number in range(25):
        ledger.files.save(f"{number}.jpg", STAMP, image(number))

    wait_until(lambda: rows(path, "SELECT count(*) FROM file") >= [(11,)])


@pytest.mark.parametrize("release", [True, False])
def test_a_write_waits_for_other_programs_with_a_notice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, release: bool
) -> None:
    """A program that keeps the ledger for a minute ends the wait with an error."""
    path = tmp_path / "ledger.sqlite3"
    monkeypatch.setattr(writer, "NOTICE_SECONDS", 0.01)
    monkeypatch.setattr(writer, "BUSY_TIMEOUT", 60.0 if release else 0.02)
    notices: list[str] = []

    def notify(notice: str) -> None:
        notices.append(notice)
        if release:
            other.execute("COMMIT")

    with Ledger(path, locks=FakeLocks(set()), notify=notify) as ledger:
        with closing(
            sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        ) as other:
            other.execute("BEGIN IMMEDIATE")
            if release:
                ledger.files.assign_output("a.txt", "a.jpg")
            else:
                with pytest.raises(LedgerError, match="database is locked"):
                    ledger.files.assign_output("a.txt", "a.jpg")
        ledger.files.assign_output("b.txt", "b.jpg")

    assert notices == [f"waiting: another program is writing to {path}"]
    assert rows(path, "SELECT count(*) FROM output") == [(1 + release,)]


def test_closing_waits_for_writes_in_progress(path: Path, ledger: Ledger) -> None:
    """Later reads and writes fail."""
    group = WriteGroup(ledger)
    closing = threading.Thread(target=ledger.__exit__, args=(None, None, None))
    ends = group.write(insert(1), meanwhile=closing)
    closing.join(30)

    assert not closing.is_alive()
    assert ends == [None]
    assert rows(path, "SELECT count(*) FROM output") == [(1,)]
    with pytest.raises(LedgerError, match="closed"):
        ledger._database.write(insert(2))
    with pytest.raises(LedgerError, match="closed"):
        ledger.purchases.find_by_key(image(1), REQUEST)


class WriteGroup:
    """Writes of several threads that share one transaction."""

    def __init__(self, ledger: Ledger) -> None:
        """Block the writer thread."""
        self._database = ledger._database
        self._go = threading.Event()
        self._entered = threading.Event()
        self._pool = ThreadPoolExecutor(32)
        self.blocker = self._pool.submit(self._database.write, self._block)
        assert self._entered.wait(30)
        self.seen: list[str] = []
        self._database._writer._connection.set_trace_callback(self.seen.append)

    def _block(self, _: sqlite3.Connection) -> None:
        self._entered.set()
        assert self._go.wait(30)

    def write(
        self,
        *works: Callable[[sqlite3.Connection], object],
        meanwhile: threading.Thread | None = None,
    ) -> list[BaseException | None]:
        """Return the error of each write. All are in one transaction."""
        futures = [self._pool.submit(self._database.write, work) for work in works]
        self._wait_for(len(works))
        if meanwhile:
            meanwhile.start()
            self._wait_for(len(works) + 1)
        self._go.set()
        self._pool.shutdown()
        return [future.exception() for future in futures]

    def _wait_for(self, number: int) -> None:
        """Wait until a number of writes is in the queue."""
        waiting = self._database._writer._awaited
        wait_until(lambda: waiting.qsize() >= number)


def test_waiting_writes_share_a_commit(path: Path, ledger: Ledger) -> None:
    """Twenty writes wait for one commit: two commits in all."""
    group = WriteGroup(ledger)

    ends = group.write(*map(insert, range(20)))

    assert ends == [None] * 20
    assert group.seen.count("COMMIT") == 2
    assert rows(path, "SELECT count(*) FROM output") == [(20,)]


def test_a_failed_write_does_not_affect_others(path: Path, ledger: Ledger) -> None:
    """All of its statements are rolled back."""

    def half(database: sqlite3.Connection) -> None:
        insert(7)(database)
        raise ValueError("no")

    ends = WriteGroup(ledger).write(insert(1), half, insert(2))

    assert [type(end) for end in ends] == [type(None), ValueError, type(None)]
    written = rows(path, "SELECT path FROM output ORDER BY path")
    assert written == [(b"1",), (b"2",)]


def test_an_interrupted_write_does_not_affect_others(
    path: Path, ledger: Ledger
) -> None:
    """The thread that wrote it gets the exception."""

    def ctrl_c(database: sqlite3.Connection) -> None:
        raise KeyboardInterrupt

    ends = WriteGroup(ledger).write(insert(1), ctrl_c, insert(2))

    assert [type(end) for end in ends if end] == [KeyboardInterrupt]
    assert rows(path, "SELECT path FROM output") == [(b"1",), (b"2",)]


def test_threads_reserve_each_caption_once(path: Path, tmp_path: Path) -> None:
    """Twelve threads request forty captions. The others wait and find them bought."""
    with Ledger(path, locks=FileLocks(tmp_path / "locks")) as ledger:

        def want(thread: int) -> int:
            opened = 0
            for number in range(40):
                of = (number * 7 + thread) % 40
                uuid = 1000 * thread + of
                request = wanted(uuid, of=of)
                while not isinstance(
                    claim := reserve(ledger, request),
                    AlreadyBought,
                ):
                    assert claim in {RESERVED, IN_PROGRESS}
                    opened += claim is RESERVED
                    # `settle` ignores a UUID that is not in the ledger.
                    ledger.purchases.settle(task_uuid(uuid), TEXT, attempts=1)
                    time.sleep(0.001)
            return opened

        with ThreadPoolExecutor(12) as pool:
            opened = sum(pool.map(want, range(12)))

    assert opened == 40
    assert rows(path, "SELECT state, count(*) FROM purchase") == [("done", 40)]


MANY_WRITES = """
import sys, time
from hashlib import sha256
from pathlib import Path
from uuid import uuid4
from rwcap.ledger.ledger import Ledger
from rwcap.ledger.locks import FileLocks
from rwcap.api.reply import CaptionResult
from rwcap.ledger.reservation import AlreadyBought, RequestKey
from rwcap.ledger.reservation import ReservationRequest, ReservationStatus
folder, me = Path(sys.argv[1]), sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()
opened = 0
with Ledger(folder / "ledger.sqlite3", locks=FileLocks(folder / "locks")) as ledger:
    for number in range(100):
        mine = f"{me}-{number}" if number % 2 else f"{number}"
        image = sha256(mine.encode()).digest()
        key = RequestKey("a:1@1", None)
        wanted = ReservationRequest(image, key, str(uuid4()), mine)
        reserve = ledger.purchases.begin_reserve
        while not isinstance(claim := reserve(wanted).result(), AlreadyBought):
            if claim is ReservationStatus.RESERVED:
                opened += 1
                end = CaptionResult(mine, None)
                ledger.purchases.settle(wanted.task_uuid, end, attempts=1)
            else:
                assert claim is ReservationStatus.IN_PROGRESS_ELSEWHERE, claim
                time.sleep(0.001)
print(opened)
"""


def test_processes_share_a_new_ledger_without_losses(tmp_path: Path) -> None:
    """Eight open it at once and request 100 captions each, half of them shared."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MANY_WRITES, tmp_path, str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(8)
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    ends = [process.communicate(timeout=100) for process in processes]

    assert [err for _, err in ends] == [""] * 8
    assert sum(int(out) for out, _ in ends) == 50 + 8 * 50
    path = tmp_path / "ledger.sqlite3"
    count = "SELECT state, count(*), count(DISTINCT image) FROM purchase"
    assert rows(path, count) == [("done", 450, 450)]
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


FULL = """
import resource, signal, sys
from hashlib import sha256
from pathlib import Path
from uuid import UUID
from rwcap.ledger.ledger import Ledger
from rwcap.ledger.locks import FileLocks
from rwcap.ledger.reservation import ReservationRequest, RequestKey
from rwcap.core.errors import LedgerError
folder, size = Path(sys.argv[1]), int(sys.argv[2])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
done = 0
try:
    with Ledger(folder / "ledger.sqlite3", locks=FileLocks(folder / "locks")) as ledger:
        for number in range(10_000):
            image = sha256(b"%d" % number).digest()
            uuid = str(UUID(int=number))
            key = RequestKey("a:1@1", None)
            wanted = ReservationRequest(image, key, uuid, "a")
            ledger.purchases.begin_reserve(wanted).result()
            done += 1
except LedgerError as error:
    print(error.message)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
print(done)
"""


@pytest.mark.parametrize("size", [2000, 20_000, 150_000, 400_000])
def test_a_full_disk_is_an_error_and_loses_nothing(tmp_path: Path, size: int) -> None:
    """All committed purchases are in the file. With space, the ledger works again."""
    done = subprocess.run(
        [sys.executable, "-c", FULL, tmp_path, str(size)],
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    message, count = done.stdout.splitlines()
    path = tmp_path / "ledger.sqlite3"
    with Ledger(path, locks=FakeLocks(set())) as after:
        known = [after.purchases.has_uuid(task_uuid(n)) for n in range(int(count) + 1)]
        more = reserve(after, wanted(99_999, of=99_999))

    assert message.startswith(f"the ledger {path}: ")
    assert "full" in message or "disk I/O error" in message
    assert known == [True] * int(count) + [False]
    assert more is RESERVED
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


def test_a_failed_commit_is_rolled_back_and_raised(path: Path, ledger: Ledger) -> None:
    """Here because of a purchase without a run. The next commit succeeds."""

    def orphaned(database: sqlite3.Connection) -> None:
        database.execute("PRAGMA defer_foreign_keys = ON")
        database.execute(
            "INSERT INTO purchase (task_uuid, image, request, source, reserved, run)"
            " VALUES ('u', x'00', 99, x'00', 0, 99)"
        )

    with pytest.raises(LedgerError, match="FOREIGN KEY"):
        ledger._database.write(orphaned)

    assert state(path) == []
    ledger._database.write(insert(1))
    assert rows(path, "SELECT path FROM output") == [(b"1",)]
