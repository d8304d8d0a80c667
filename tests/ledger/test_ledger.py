"""What was paid for is known, whatever happens and whoever writes."""

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest

from rwcap.api.reply import CaptionResult
from rwcap.core.errors import AmbiguousError, InputError, LedgerError, TaskError
from rwcap.core.exit_status import ExitStatus
from rwcap.core.file_stamp import FileStamp
from rwcap.core.money import Micros
from rwcap.ledger import database as writer
from rwcap.ledger import schema
from rwcap.ledger.budget import Budget
from rwcap.ledger.forecast import PriceHistory
from rwcap.ledger.ledger import Ledger
from rwcap.ledger.locks import FileLocks
from rwcap.ledger.reservation import (
    Adopted,
    AlreadyBought,
    Ambiguous,
    RequestKey,
    ReservationRequest,
    ReservationStatus,
)

REQUEST = RequestKey("runware:152@1", None)
TEXT = CaptionResult("A harbour.", Micros(1300))
REFUSED = InputError("no image", code="notAnImage")
DOUBT = AmbiguousError("lost", code="ambiguous")
RESERVED = ReservationStatus.RESERVED
IN_PROGRESS = ReservationStatus.IN_PROGRESS
UUID_TAKEN = ReservationStatus.UUID_TAKEN
VERSION = len(schema.MIGRATIONS)


class Alive:
    """Locks of a process that lives until the test says otherwise."""

    everybody: set[str]

    def __init__(self, everybody: set[str]) -> None:
        """Share what is held with the other processes."""
        self.everybody = everybody

    def acquire(self, name: str) -> bool:
        """Take a lock."""
        self.everybody.add(name)
        return True

    def is_held(self, name: str) -> bool:
        """Return whether any process holds it."""
        return name in self.everybody

    def release(self, name: str) -> None:
        """Give it up."""
        self.everybody.discard(name)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the ledger is kept."""
    return tmp_path / "data/ledger.sqlite3"


@pytest.fixture
def alive() -> set[str]:
    """Return the owners that live."""
    return set()


@pytest.fixture
def ledger(path: Path, alive: set[str]) -> Ledger:
    """Return a ledger in which nothing is written."""
    return Ledger(path, locks=Alive(alive), command="rwcap caption a.jpg")


def image(number: int) -> bytes:
    """Return the identity of an image."""
    return sha256(b"%d" % number).digest()


def name(number: int) -> str:
    """Return a task UUID."""
    return str(UUID(int=number))


def bid(
    number: int = 1,
    *,
    of: int = 1,
    request: RequestKey = REQUEST,
    fresh: bool = False,
    rebuy: bool = False,
) -> ReservationRequest:
    """Return the wish for a caption of image `of`, under the UUID of a number."""
    return ReservationRequest(
        image=image(of),
        request=request,
        task_uuid=name(number),
        source="a.jpg",
        fresh=fresh,
        rebuy_ambiguous=rebuy,
    )


def typed(result: object) -> tuple[type, object]:
    """Return a result with its type, because equal tuples may differ in type."""
    return type(result), result


def rows(path: Path, question: str) -> list[tuple[object, ...]]:
    """Ask the file itself."""
    database = sqlite3.connect(path)
    try:
        return database.execute(question).fetchall()
    finally:
        database.close()


def test_only_its_owner_may_read_it(path: Path, ledger: Ledger) -> None:
    """The folder, the file, and what SQLite keeps beside it."""
    ledger.purchases.reserve(bid())

    modes = {each.name: each.stat().st_mode & 0o777 for each in path.parent.iterdir()}

    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert modes == dict.fromkeys(
        ("ledger.sqlite3", "ledger.sqlite3-wal", "ledger.sqlite3-shm"), 0o600
    )


def test_the_file_says_what_it_is(path: Path, ledger: Ledger) -> None:
    """Ours, of which version, and read while it is written."""
    assert rows(path, "PRAGMA application_id") == [(schema.APPLICATION_ID,)]
    assert rows(path, "PRAGMA user_version") == [(len(schema.MIGRATIONS),)]
    assert rows(path, "PRAGMA journal_mode") == [("wal",)]
    assert ledger._database.read("PRAGMA synchronous") == [(2,)]


def test_it_is_still_there_when_it_is_opened_again(path: Path) -> None:
    """All of it."""
    alive: set[str] = set()
    with Ledger(path, locks=Alive(alive)) as first:
        first.purchases.reserve(bid())
        first.purchases.settle(name(1), TEXT, attempts=1)
    assert not alive

    with Ledger(path, locks=Alive(alive)) as second:
        found = second.purchases.find_by_key(image(1), REQUEST)

    assert found == AlreadyBought(name(1), TEXT.text, TEXT.cost)


def newer(path: Path) -> None:
    """Make a ledger of a version that is yet to come."""
    with Ledger(path, locks=Alive(set())):
        pass
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA user_version = {len(schema.MIGRATIONS) + 1}")
    database.close()


def someone_elses(path: Path) -> None:
    """Make the database of another program."""
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE bookmark (url TEXT)")
    database.close()


def noise(path: Path) -> None:
    """Make a file of nothing that makes sense."""
    path.write_bytes(os.urandom(20_000))


def cut(size: int | None = None) -> Callable[[Path], None]:
    """Make a ledger of which only so many bytes are left."""

    def make(path: Path) -> None:
        with Ledger(path, locks=Alive(set())) as whole:
            for number in range(300):
                whole.purchases.reserve(bid(number, of=number))
        if size is not None:
            os.truncate(path, size)

    return make


@pytest.mark.parametrize(
    ("make", "complaint", "way_out"),
    [
        (newer, "written by a newer rwcap", "install the newest rwcap"),
        (someone_elses, "not an rwcap ledger", "mv "),
        (noise, "file is not a database", "mv "),
        (cut(40), "malformed", "mv "),
        (cut(3000), "malformed", "mv "),
        (cut(4096), "malformed", "mv "),
        (cut(30_000), "malformed", "mv "),
    ],
)
def test_what_cannot_be_used_is_told_and_left_alone(
    path: Path, make: Callable[[Path], None], complaint: str, way_out: str
) -> None:
    """With the way out; not a byte of it is changed, and nothing laid beside it."""
    path.parent.mkdir()
    make(path)
    before = path.read_bytes()

    with pytest.raises(LedgerError, match=complaint) as failed:
        Ledger(path, locks=Alive(set()))

    assert failed.value.status is ExitStatus.CONFIG
    assert failed.value.hint
    assert failed.value.hint.startswith(way_out)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_the_way_out_works(path: Path) -> None:
    """The folder is set aside as a whole, and a new ledger begins."""
    path.parent.mkdir()
    noise(path)
    with pytest.raises(LedgerError) as failed:
        Ledger(path, locks=Alive(set()))
    assert failed.value.hint
    command = failed.value.hint.partition(" (")[0]

    subprocess.run(command, shell=True, check=True)  # noqa: S602  # as the user would

    with Ledger(path, locks=Alive(set())) as begun:
        assert begun.purchases.find_by_key(image(1), REQUEST) is None


def test_damage_that_shows_later_is_told_as_well(path: Path) -> None:
    """It opens, and what is asked for lies in the part that is broken."""
    path.parent.mkdir()
    cut()(path)
    pages = "SELECT rootpage FROM sqlite_schema WHERE tbl_name = 'purchase'"
    with path.open("r+b") as file:
        for page in [int(str(root)) for (root,) in rows(path, pages) if root]:
            file.seek((page - 1) * 4096)
            file.write(os.urandom(4096))

    with Ledger(path, locks=Alive(set())) as damaged:
        for ask in (
            lambda: damaged.purchases.find_by_key(image(1), REQUEST),
            lambda: damaged.purchases.reserve(bid(999, of=999)),
        ):
            with pytest.raises(LedgerError, match=r"ledger\.sqlite3: .") as failed:
                ask()
            assert failed.value.hint


def test_a_folder_in_its_place_is_told(path: Path) -> None:
    """As what it is."""
    path.mkdir(parents=True)

    with pytest.raises(LedgerError, match="Is a directory") as failed:
        Ledger(path, locks=Alive(set()))

    assert failed.value.hint == "set XDG_DATA_HOME to a writable folder"


def test_a_place_where_nothing_can_be_made_is_told(tmp_path: Path) -> None:
    """Somewhere below a file."""
    (tmp_path / "file").write_text("mine")

    with pytest.raises(LedgerError, match="Not a directory"):
        Ledger(tmp_path / "file/data/ledger.sqlite3", locks=Alive(set()))

    assert (tmp_path / "file").read_text() == "mine"


def test_a_place_that_no_lock_can_be_made_in_is_told(tmp_path: Path) -> None:
    """Nothing is bought that other processes could buy as well."""
    (tmp_path / "locks").touch()
    blocked = Ledger(tmp_path / "ledger.sqlite3", locks=FileLocks(tmp_path / "locks"))

    with blocked, pytest.raises(LedgerError, match="the lock "):
        blocked.purchases.reserve(bid())

    assert rows(tmp_path / "ledger.sqlite3", "SELECT * FROM purchase") == []


def test_an_empty_file_becomes_a_ledger(path: Path) -> None:
    """Version 0, of whoever made it."""
    path.parent.mkdir()
    path.touch()

    with Ledger(path, locks=Alive(set())) as made:
        assert made.purchases.reserve(bid()) is RESERVED


def test_an_older_ledger_is_brought_up_to_date(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what is new alone; what it holds stays."""
    with Ledger(path, locks=Alive(set())) as old:
        old.purchases.reserve(bid())
    more = "ALTER TABLE run ADD COLUMN host TEXT"
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, more))

    for _ in range(2):
        with Ledger(path, locks=Alive(set())) as new:
            assert new.purchases.has_uuid(name(1))

    assert rows(path, "PRAGMA user_version") == [(VERSION + 1,)]
    assert rows(path, "SELECT host FROM run") == [(None,)]


def test_a_step_that_fails_leaves_the_older_ledger(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of the step happens, or nothing."""
    with Ledger(path, locks=Alive(set())) as old:
        old.purchases.reserve(bid())
    before = rows(path, "SELECT sql FROM sqlite_schema")
    more = "CREATE TABLE half (way TEXT); NONSENSE"
    with monkeypatch.context() as patched:
        patched.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, more))
        with pytest.raises(LedgerError, match="syntax error"):
            Ledger(path, locks=Alive(set()))

    assert rows(path, "SELECT sql FROM sqlite_schema") == before
    assert rows(path, "PRAGMA user_version") == [(VERSION,)]


def test_two_that_bring_it_up_to_date_do_it_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second finds it done when its turn comes."""
    path.parent.mkdir()
    path.touch()
    number = schema._scalar
    asked: list[int] = []

    def late(database: sqlite3.Connection, question: str) -> int:
        version = number(database, question)
        if question == "PRAGMA user_version":
            asked.append(version)
            if len(asked) == 2:  # after this look, and before the turn
                with Ledger(path, locks=Alive(set())):
                    pass
        return version

    monkeypatch.setattr(schema, "_scalar", late)
    with Ledger(path, locks=Alive(set())) as second:
        assert second.purchases.reserve(bid()) is RESERVED

    assert asked[-1] == VERSION


class Clock:
    """A clock that a sleeper moves on."""

    def __init__(self) -> None:
        """Begin at zero."""
        self.time = 0.0

    def monotonic(self) -> float:
        """Return the time."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.time += seconds


def test_who_opens_a_new_ledger_waits_for_others_who_do(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite itself does not wait at this point, however long it is told to."""
    path.parent.mkdir()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr(schema, "sleep", lambda _: other.execute("ROLLBACK"))

    with Ledger(path, locks=Alive(set())) as opened:
        assert opened.purchases.reserve(bid()) is RESERVED
    other.close()


def test_who_opens_a_new_ledger_does_not_wait_for_ever(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a minute it is told that somebody has it."""
    path.parent.mkdir()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    clock = Clock()
    monkeypatch.setattr(schema, "sleep", clock.sleep)
    monkeypatch.setattr(schema, "monotonic", clock.monotonic)

    with pytest.raises(LedgerError, match="database is locked"):
        Ledger(path, locks=Alive(set()))
    other.close()

    assert clock.time >= schema.BUSY_TIMEOUT


def test_what_nobody_bought_is_opened(path: Path, ledger: Ledger) -> None:
    """On return it is on the disk: what for, by whom, and for how much at most."""
    assert ledger.purchases.reserve(bid(1)) is RESERVED

    assert rows(
        path,
        "SELECT task_uuid, image, model, source, state, reserved, purchase.owner,"
        " command"
        " FROM purchase JOIN request ON request.id = request"
        " JOIN run ON run.id = run",
    ) == [
        (
            name(1),
            image(1),
            REQUEST.model,
            os.fsencode(Path("a.jpg").absolute()),
            "sent",
            2600,
            ledger.run.owner,
            "rwcap caption a.jpg",
        )
    ]


def test_what_is_under_way_is_taken(
    path: Path, ledger: Ledger, alive: set[str]
) -> None:
    """For the same process, and for another that lives."""
    other = Ledger(path, locks=Alive(alive))
    ledger.purchases.reserve(bid(1))

    assert ledger.purchases.reserve(bid(2)) is IN_PROGRESS
    assert other.purchases.reserve(bid(3)) is IN_PROGRESS


def test_what_a_dead_process_began_is_adopted_by_one(
    path: Path, ledger: Ledger, alive: set[str]
) -> None:
    """Under its own UUID; for the next it is taken."""
    others = [Ledger(path, locks=Alive(alive)) for _ in range(2)]
    ledger.purchases.reserve(bid(1))
    alive.discard(ledger.run.owner)

    assert typed(others[0].purchases.reserve(bid(2))) == typed(Adopted(name(1)))
    assert others[1].purchases.reserve(bid(3)) is IN_PROGRESS


def test_what_was_released_is_adopted(ledger: Ledger) -> None:
    """By the process that released it, too."""
    ledger.purchases.reserve(bid(1))
    ledger.purchases.release(name(1))

    assert typed(ledger.purchases.reserve(bid(2))) == typed(Adopted(name(1)))


def test_what_was_bought_is_not_bought_again(ledger: Ledger) -> None:
    """For this request; another prompt or model is another caption."""
    ledger.purchases.reserve(bid(1))
    ledger.purchases.settle(name(1), TEXT, attempts=1)

    assert ledger.purchases.reserve(bid(2)) == AlreadyBought(
        name(1), TEXT.text, TEXT.cost
    )
    assert ledger.purchases.reserve(bid(2, of=2)) is RESERVED
    other = RequestKey(REQUEST.model, "What?")
    assert ledger.purchases.find_by_key(image(1), other) is None
    assert ledger.purchases.reserve(bid(3, request=other)) is RESERVED


def test_what_failed_is_bought_anew(ledger: Ledger) -> None:
    """It was not charged."""
    ledger.purchases.reserve(bid(1))
    ledger.purchases.settle(name(1), REFUSED, attempts=1)

    assert ledger.purchases.reserve(bid(2)) is RESERVED
    assert ledger.purchases.find_by_key(image(1), REQUEST) is None


def test_what_may_have_been_charged_is_bought_again_only_if_told_to(
    ledger: Ledger,
) -> None:
    """It may have been paid for."""
    ledger.purchases.reserve(bid(1))
    ledger.purchases.settle(name(1), DOUBT, attempts=5)

    assert typed(ledger.purchases.reserve(bid(2))) == typed(Ambiguous(name(1)))
    assert typed(ledger.purchases.reserve(bid(2, fresh=True))) == typed(
        Ambiguous(name(1))
    )
    assert ledger.purchases.reserve(bid(2, rebuy=True)) is RESERVED
    assert ledger.purchases.reserve(bid(3, rebuy=True)) is IN_PROGRESS


def test_a_text_beside_a_doubt_is_the_answer(ledger: Ledger) -> None:
    """However the doubt ended."""
    ledger.purchases.reserve(bid(1))
    ledger.purchases.settle(name(1), DOUBT, attempts=5)
    ledger.purchases.reserve(bid(2, rebuy=True))
    ledger.purchases.settle(name(2), TEXT, attempts=1)

    assert isinstance(ledger.purchases.reserve(bid(3)), AlreadyBought)


def test_a_uuid_is_used_once(ledger: Ledger) -> None:
    """Whatever became of it."""
    ledger.purchases.reserve(bid(1))
    ledger.purchases.settle(name(1), REFUSED, attempts=1)

    assert ledger.purchases.has_uuid(name(1))
    assert not ledger.purchases.has_uuid(name(2))
    assert ledger.purchases.reserve(bid(1, of=2)) is UUID_TAKEN
    assert ledger.purchases.reserve(bid(1)) is UUID_TAKEN


def test_fresh_is_what_this_run_bought(path: Path, alive: set[str]) -> None:
    """What an earlier run bought is bought again, once; the newest is found."""
    with Ledger(path, locks=Alive(alive)) as earlier:
        earlier.purchases.reserve(bid(1))
        earlier.purchases.settle(name(1), TEXT, attempts=1)
    newest = CaptionResult("Boats.", None)

    with Ledger(path, locks=Alive(alive)) as now:
        assert now.purchases.reserve(bid(2, fresh=True)) is RESERVED
        now.purchases.settle(name(2), newest, attempts=1)
        bought = AlreadyBought(name(2), "Boats.", None)
        assert now.purchases.reserve(bid(3, fresh=True)) == bought
        assert now.purchases.find_by_key(image(1), REQUEST) == bought


def state(path: Path) -> list[tuple[object, ...]]:
    """Return how the purchases stand."""
    return rows(path, "SELECT state, text, cost, attempts, owner FROM purchase")


@pytest.mark.parametrize("second", [TEXT, REFUSED, DOUBT, CaptionResult("No.", None)])
def test_a_text_is_never_replaced(
    path: Path, ledger: Ledger, second: CaptionResult | TaskError
) -> None:
    """Settling again changes nothing, whatever is said."""
    ledger.purchases.reserve(bid(1))
    ledger.purchases.settle(name(1), TEXT, attempts=2)
    before = rows(path, "SELECT * FROM purchase")

    ledger.purchases.settle(name(1), second, attempts=1)
    ledger.purchases.release(name(1))

    assert rows(path, "SELECT * FROM purchase") == before
    assert state(path) == [("done", "A harbour.", 1300, 2, None)]


def test_a_doubt_is_replaced_by_what_became_of_it(path: Path, ledger: Ledger) -> None:
    """A text, or a failure, and from then on nothing."""
    for number, end in ((1, TEXT), (2, REFUSED)):
        ledger.purchases.reserve(bid(number, of=number))
        ledger.purchases.settle(name(number), DOUBT, attempts=5)
        ledger.purchases.release(name(number))
        ledger.purchases.settle(name(number), end, attempts=0)

    ledger.purchases.settle(name(2), TEXT, attempts=1)

    assert state(path) == [
        ("done", "A harbour.", 1300, 5, None),
        ("failed", None, None, 5, None),
    ]


def test_why_there_is_no_text_is_kept(path: Path, ledger: Ledger) -> None:
    """As the machine's name of it and the words."""
    ledger.purchases.reserve(bid(1))
    ledger.purchases.settle(name(1), REFUSED, attempts=1)

    ((error,),) = rows(path, "SELECT error FROM purchase")

    assert error == '{"kind": "input", "code": "notAnImage", "message": "no image"}'


def test_what_is_not_known_is_not_settled(path: Path, ledger: Ledger) -> None:
    """A task that was fetched, and is not ours."""
    ledger.purchases.settle(name(1), TEXT, attempts=0)

    assert state(path) == []
    assert ledger.purchases.find_by_uuid(name(1)) is None


def test_a_caption_is_found_by_its_uuid(ledger: Ledger) -> None:
    """Once there is one."""
    ledger.purchases.reserve(bid(1))
    assert ledger.purchases.find_by_uuid(name(1)) is None

    ledger.purchases.settle(name(1), TEXT, attempts=1)

    found = ledger.purchases.find_by_uuid(name(1))
    assert found == AlreadyBought(name(1), TEXT.text, TEXT.cost)


def test_orphans_are_what_the_dead_left_open(
    path: Path, ledger: Ledger, alive: set[str]
) -> None:
    """Not what is done, what is asked after already, or what somebody is at."""
    dead = Ledger(path, locks=Alive(alive))
    for number in range(1, 6):
        dead.purchases.reserve(bid(number, of=number))
    dead.purchases.settle(name(2), TEXT, attempts=1)
    dead.purchases.settle(name(3), DOUBT, attempts=1)
    ledger.purchases.mark_not_found(name(1))  # somebody is at it: it may just arrive
    assert ledger.purchases.abandoned() == []

    ledger.purchases.reserve(bid(6, of=6))
    ledger.purchases.reserve(bid(7, of=7))
    ledger.purchases.release(name(7))
    alive.discard(dead.run.owner)
    ledger.purchases.mark_not_found(name(4))

    assert ledger.purchases.abandoned() == [name(1), name(5), name(7)]


def test_what_was_asked_after_and_is_sent_again_is_asked_after_again(
    path: Path, ledger: Ledger, alive: set[str]
) -> None:
    """Should the second owner die as well: this time it may have arrived."""
    for _ in range(2):
        dead = Ledger(path, locks=Alive(alive))
        if dead.purchases.reserve(bid(1)) is not RESERVED:
            dead.purchases.renew_reservation(name(1), Budget())
        alive.discard(dead.run.owner)
        assert ledger.purchases.abandoned() == [name(1)]
        ledger.purchases.mark_not_found(name(1))
        assert ledger.purchases.abandoned() == []


def test_evidence_is_of_the_prices_that_were_told(ledger: Ledger) -> None:
    """For this request; what is under way has none yet."""
    assert ledger.purchases.price_history(REQUEST) == PriceHistory()
    costs = [Micros(1900), None, Micros(1300), Micros(2600)]
    for number, cost in enumerate(costs):
        ledger.purchases.reserve(bid(number, of=number))
        ledger.purchases.settle(name(number), CaptionResult("Boats.", cost), attempts=1)
    ledger.purchases.reserve(bid(9, of=9))

    squares = 1900**2 + 1300**2 + 2600**2
    assert ledger.purchases.price_history(REQUEST) == PriceHistory(3, 5800, squares)
    assert (
        ledger.purchases.price_history(RequestKey(REQUEST.model, "Why?"))
        == PriceHistory()
    )


def test_a_run_begins_with_its_first_purchase_and_has_an_end(
    path: Path, ledger: Ledger, alive: set[str]
) -> None:
    """Who only looks leaves no trace."""
    ledger.purchases.find_by_key(image(1), REQUEST)
    ledger.run.end(0)
    ledger.run.close()
    assert rows(path, "SELECT * FROM run") == []

    ledger.purchases.reserve(bid())
    assert alive == {ledger.run.owner}
    ledger.run.end(3)

    question = "SELECT exit_status, ended >= started FROM run"
    assert rows(path, question) == [(3, 1)]


STAMP = FileStamp(1, 2, 3)


@pytest.mark.parametrize(
    "changed",
    [FileStamp(9, 2, 3), FileStamp(1, 9, 3), FileStamp(1, 2, 9), FileStamp(2, 1, 3)],
)
def test_a_file_is_known_again_while_it_is_unchanged(
    ledger: Ledger, changed: FileStamp
) -> None:
    """By size, time and inode, all three."""
    ledger.files.save("a.jpg", STAMP, image(1))
    ledger.purchases.reserve(bid())  # takes along what was left for later

    assert ledger.files.find("a.jpg", STAMP) == image(1)
    assert ledger.files.find("a.jpg", changed) is None
    assert ledger.files.find("b.jpg", STAMP) is None


def test_a_file_is_known_as_it_was_last_read(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By whatever name it is called; what waits is written at the end."""
    monkeypatch.chdir(tmp_path)
    with Ledger(path, locks=Alive(set())) as first:
        first.files.save("a.jpg", STAMP, image(1))
        first.files.save(f"{tmp_path}/b/../a.jpg", FileStamp(4, 5, 6), image(2))
    monkeypatch.chdir("/")

    with Ledger(path, locks=Alive(set())) as second:
        assert second.files.find(f"{tmp_path}/a.jpg", STAMP) is None
        assert second.files.find(f"{tmp_path}/a.jpg", FileStamp(4, 5, 6)) == image(2)


@pytest.mark.parametrize("source", ["\udcff.jpg", "a\nb.jpg", "-a.jpg", "é.jpg"])
def test_any_name_is_remembered(path: Path, source: str) -> None:
    """Whether it is UTF-8 or not."""
    with Ledger(path, locks=Alive(set())) as first:
        first.files.save(source, STAMP, image(1))
        first.files.assign_output(f"{source}.txt", source)
        wish = ReservationRequest(image(1), REQUEST, name(1), source)
        assert first.purchases.reserve(wish) is RESERVED

    with Ledger(path, locks=Alive(set())) as second:
        assert second.files.find(source, STAMP) == image(1)
        assert second.files.assign_output(f"{source}.txt", source) == source
    whole = os.fsencode(Path(source).absolute())
    assert rows(path, "SELECT source FROM purchase") == [(whole,)]


def test_an_output_belongs_to_who_came_first(ledger: Ledger, tmp_path: Path) -> None:
    """For as long as there is a file of that name; and it may ask as often."""
    first, second = f"{tmp_path}/a.jpg", f"{tmp_path}/\udcff.png"
    Path(first).touch()

    owners = [
        ledger.files.assign_output("a.txt", source) for source in (first, second, first)
    ]
    Path(first).unlink()
    heir = ledger.files.assign_output("a.txt", second)
    Path(second).touch()

    assert owners == [first, first, first]
    assert heir == second
    assert ledger.files.assign_output("a.txt", first) == second


def test_an_output_of_a_link_that_leads_nowhere_is_still_its_own(
    ledger: Ledger, tmp_path: Path
) -> None:
    """Its name is taken."""
    link = tmp_path / "a.jpg"
    link.symlink_to("gone")
    ledger.files.assign_output("a.txt", str(link))

    assert ledger.files.assign_output("a.txt", f"{tmp_path}/a.png") == str(link)


@pytest.mark.parametrize(
    "source",
    [
        "https://a.example/1.jpg",
        "https://a.example/\udcff.jpg",
        "1e8ab1ae-6a8f-4a4c-b1a5-6f1f7b0f3b52",
        "data:image/jpeg;base64,AAAA",
    ],
)
def test_an_output_of_what_is_no_file_is_never_taken_over(
    ledger: Ledger, source: str
) -> None:
    """Whether an image still exists elsewhere cannot be known here."""
    assert ledger.files.assign_output("1.txt", source) == source
    assert ledger.files.assign_output("1.txt", source) == source

    others = [
        ledger.files.assign_output("1.txt", "https://b.example/1.jpg"),
        ledger.files.preview_output("1.txt", "https://b.example/1.jpg"),
    ]

    assert source[:5] == others[0][:5]
    assert others[0] == others[1] != "https://b.example/1.jpg"


def test_whose_an_output_would_be_is_foreseen(
    path: Path, ledger: Ledger, tmp_path: Path
) -> None:
    """Of what is there, and of what was foreseen before; nothing is written."""
    first, second, third = (f"{tmp_path}/a{suffix}" for suffix in (".jpg", "", ".png"))
    Path(first).touch()
    ledger.files.assign_output("a.txt", first)
    preview = ledger.files.preview_output

    assert preview("a.txt", first) == first
    assert preview("a.txt", second) == first
    assert [preview("b.txt", each) for each in (second, third)] == [second, second]
    assert rows(path, "SELECT count(*) FROM output") == [(1,)]

    Path(first).unlink()
    another = Ledger(path, locks=Alive(set()))
    assert another.files.preview_output("a.txt", third) == third


def test_what_can_wait_is_written_before_it_piles_up(
    path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that buys nothing remembers what it has read all the same."""
    monkeypatch.setattr(writer, "MAX_DEFERRED", 10)
    for number in range(25):
        ledger.files.save(f"{number}.jpg", STAMP, image(number))

    deadline = time.monotonic() + 30
    while rows(path, "SELECT count(*) FROM file") < [(11,)]:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_who_closes_waits_for_who_writes(path: Path, ledger: Ledger) -> None:
    """What was begun is written; who comes later is told that it is too late."""
    group = Group(ledger)
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


class Group:
    """Writes of several threads that end up in one transaction."""

    def __init__(self, ledger: Ledger) -> None:
        """Hold up the writer."""
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
        """Return how each ended, once all have waited for the same turn."""
        futures = [self._pool.submit(self._database.write, work) for work in works]
        self._wait_for(len(works))
        if meanwhile:
            meanwhile.start()
            self._wait_for(len(works) + 1)
        self._go.set()
        self._pool.shutdown()
        return [future.exception() for future in futures]

    def _wait_for(self, number: int) -> None:
        """Wait until so many wait for their turn."""
        deadline = time.monotonic() + 30
        waiting = 0
        while waiting < number:
            assert time.monotonic() < deadline
            time.sleep(0.001)
            waiting = self._database._writer._jobs.qsize()


def insert(number: int) -> Callable[[sqlite3.Connection], object]:
    """Return a work that can be counted."""
    return lambda database: database.execute(
        "INSERT INTO output VALUES (?, 'x')", (b"%d" % number,)
    )


def test_those_who_wait_are_written_together(path: Path, ledger: Ledger) -> None:
    """While one commits, twenty wait: two commits for all of them."""
    group = Group(ledger)

    ends = group.write(*map(insert, range(20)))

    assert ends == [None] * 20
    assert group.seen.count("COMMIT") == 2
    assert rows(path, "SELECT count(*) FROM output") == [(20,)]


def test_one_that_fails_harms_no_other(path: Path, ledger: Ledger) -> None:
    """Of its own, nothing is written."""

    def half(database: sqlite3.Connection) -> None:
        insert(7)(database)
        raise ValueError("no")

    ends = Group(ledger).write(insert(1), half, insert(2))

    assert [type(end) for end in ends] == [type(None), ValueError, type(None)]
    written = rows(path, "SELECT path FROM output ORDER BY path")
    assert written == [(b"1",), (b"2",)]


def test_whatever_breaks_off_one_harms_no_other(path: Path, ledger: Ledger) -> None:
    """Whoever wrote it is told."""

    def ctrl_c(database: sqlite3.Connection) -> None:
        raise KeyboardInterrupt

    ends = Group(ledger).write(insert(1), ctrl_c, insert(2))

    assert [type(end) for end in ends if end] == [KeyboardInterrupt]
    assert rows(path, "SELECT path FROM output") == [(b"1",), (b"2",)]


def test_threads_that_want_the_same_captions_open_each_once(
    path: Path, tmp_path: Path
) -> None:
    """Twelve threads, forty images; the others wait, and find it bought."""
    with Ledger(path, locks=FileLocks(tmp_path / "locks")) as ledger:

        def want(thread: int) -> int:
            opened = 0
            for number in range(40):
                of = (number * 7 + thread) % 40
                uuid = 1000 * thread + of
                wish = bid(uuid, of=of)
                while not isinstance(
                    claim := ledger.purchases.reserve(wish), AlreadyBought
                ):
                    assert claim in {RESERVED, IN_PROGRESS}
                    opened += claim is RESERVED
                    # Nothing happens where somebody else has opened it.
                    ledger.purchases.settle(name(uuid), TEXT, attempts=1)
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
        bid = ReservationRequest(image, key, str(uuid4()), mine)
        while not isinstance(claim := ledger.purchases.reserve(bid), AlreadyBought):
            if claim is ReservationStatus.RESERVED:
                opened += 1
                end = CaptionResult(mine, None)
                ledger.purchases.settle(bid.task_uuid, end, attempts=1)
            else:
                assert claim is ReservationStatus.IN_PROGRESS, claim
                time.sleep(0.001)
print(opened)
"""


def test_processes_share_it_and_lose_nothing(tmp_path: Path) -> None:
    """Eight at once open a new one and write 200 times each; half is wanted by all."""
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
            ledger.purchases.reserve(ReservationRequest(image, key, uuid, "a"))
            done += 1
except LedgerError as error:
    print(error.message)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
print(done)
"""


@pytest.mark.parametrize("size", [2000, 20_000, 150_000, 400_000])
def test_a_disk_that_is_full_is_told_and_harms_nothing(
    tmp_path: Path, size: int
) -> None:
    """What was said to be written is there, and nothing else; then it goes on."""
    done = subprocess.run(
        [sys.executable, "-c", FULL, tmp_path, str(size)],
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    message, count = done.stdout.splitlines()
    path = tmp_path / "ledger.sqlite3"
    with Ledger(path, locks=Alive(set())) as after:
        known = [after.purchases.has_uuid(name(n)) for n in range(int(count) + 1)]
        more = after.purchases.reserve(bid(99_999, of=99_999))

    assert message.startswith(f"the ledger {path}: ")
    assert "full" in message or "disk I/O error" in message
    assert known == [True] * int(count) + [False]
    assert more is RESERVED
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


def test_a_commit_that_fails_is_taken_back_and_told(path: Path, ledger: Ledger) -> None:
    """Here for a purchase of no run; the next commit succeeds."""

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
