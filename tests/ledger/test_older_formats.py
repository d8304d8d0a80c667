"""A ledger that an older rwcap wrote opens and keeps its captions and costs.

`formats/N.sql` is a ledger of format N (`PRAGMA user_version`), written by the code
that introduced the format. It has five purchases: two done, one failed, one ambiguous
and one in progress, whose process has ended.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from rwcap.core.dates import DateRange
from rwcap.core.money import Micros
from rwcap.core.source import FileStamp
from rwcap.ledger.budget import Budget, BudgetExhausted, PeriodUsage
from rwcap.ledger.database.audit import AuditReport, audit
from rwcap.ledger.database.migrations import MIGRATIONS
from rwcap.ledger.database.schema import has_purchases
from rwcap.ledger.ledger import Ledger
from rwcap.ledger.locks import FileLocks
from rwcap.ledger.reports.forecast import PriceHistory
from rwcap.ledger.reports.statement_line import sum_lines
from rwcap.ledger.reports.statements import Grouping
from rwcap.ledger.reservation import (
    Adopted,
    AlreadyBought,
    Ambiguous,
    RequestKey,
    ReservationRequest,
    ReservationResult,
    ReservationStatus,
)

FORMATS = Path(__file__).parent / "formats"
DESCRIBE = RequestKey("runware:152@1", None)
ASK = RequestKey("runware:152@1", "What?")

Rows = list[tuple[object, ...]]


def query(path: Path, sql: str) -> Rows:
    """Return the rows of a query, or change the file without the ledger."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return connection.execute(sql).fetchall()


def open_ledger(path: Path) -> Ledger:
    """Open the ledger as a new process."""
    return Ledger(path, locks=FileLocks(path.parent / "locks"))


@pytest.fixture(params=[1, 2, 3, 4, 5])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return the path of a ledger in an older format."""
    path = tmp_path / "ledger.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript((FORMATS / f"{request.param}.sql").read_text("utf-8"))
    return path


def test_asking_for_purchases_does_not_upgrade_a_ledger(path: Path) -> None:
    """The account that it belongs to may still use an older rwcap."""
    before = path.read_bytes()

    assert has_purchases(path)
    assert path.read_bytes() == before


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    """Return the ledger, upgraded."""
    with open_ledger(path) as ledger:
        yield ledger


def uuid(number: int) -> str:
    """Return the UUID of a purchase."""
    return str(UUID(int=number))


def image(number: int) -> bytes:
    """Return the key of an image."""
    return bytes([number]) * 32


def reserve(
    ledger: Ledger, number: int, request: RequestKey = DESCRIBE
) -> ReservationResult:
    """Request the caption of the image of a purchase, under a new UUID."""
    source = f"/photos/{number}.jpg"
    return ledger.purchases.begin_reserve(
        ReservationRequest(image(number), request, uuid(100 + number), source)
    ).result()


def test_there_is_a_ledger_of_each_format() -> None:
    """A new migration needs a sample of the format that it creates."""
    names = sorted(path.name for path in FORMATS.iterdir())

    assert names == [f"{number}.sql" for number in range(1, len(MIGRATIONS) + 1)]


def test_an_older_ledger_gets_the_schema_of_a_new_one(
    path: Path, tmp_path: Path
) -> None:
    """Tables, indexes and triggers are the same, statement by statement."""
    new = tmp_path / "new.sqlite3"
    for each in (path, new):
        with open_ledger(each):
            pass

    schema = "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name"
    assert query(path, schema) == query(new, schema)
    assert query(path, "PRAGMA user_version") == [(len(MIGRATIONS),)]
    assert query(path, "PRAGMA application_id") == query(new, "PRAGMA application_id")


@pytest.mark.promises("formats")
def test_an_upgrade_keeps_every_row(path: Path) -> None:
    """Columns are added, and none is changed."""
    tables = {
        "purchase": "id, task_uuid, image, request, source, state, reserved, cost,"
        " text, error, attempts, opened, settled, run, owner, asked",
        "request": "id, digest, model, prompt",
        "run": "id, owner, version, command, started, ended, exit_status",
        "file": "*",
        "output": "*",
    }
    queries = [
        f"SELECT {columns} FROM {table}"  # noqa: S608  # constants
        for table, columns in tables.items()
    ]
    before = [query(path, sql) for sql in queries]

    with open_ledger(path):
        pass

    assert [query(path, sql) for sql in queries] == before
    assert len(before[0]) == 5


@pytest.mark.promises("formats")
def test_captions_of_an_older_ledger_are_not_bought_again(ledger: Ledger) -> None:
    """They are found by image and request, and by UUID."""
    known = AlreadyBought(uuid(1), "A harbour.", Micros(1300))
    unpriced = AlreadyBought(uuid(2), "A dog on a beach.", None)

    assert reserve(ledger, 1) == known
    assert reserve(ledger, 2, ASK) == unpriced
    assert ledger.purchases.find_by_key(image(1), DESCRIBE) == known
    assert ledger.purchases.find_by_uuid(uuid(2)) == unpriced
    assert ledger.purchases.find_by_key(image(1), ASK) is None


@pytest.mark.promises("formats")
def test_open_purchases_of_an_older_ledger_keep_their_state(ledger: Ledger) -> None:
    """A failed one is bought again; the others are resumed under their own UUID."""
    assert ledger.open_purchases.abandoned() == [uuid(5)]
    assert ledger.open_purchases.unsettled() == [(uuid(4), True), (uuid(5), False)]

    failed, ambiguous, sent = (reserve(ledger, number) for number in (3, 4, 5))

    assert failed is ReservationStatus.RESERVED
    assert isinstance(ambiguous, Ambiguous)
    assert ambiguous.task_uuid == uuid(4)
    assert isinstance(sent, Adopted)
    assert sent.task_uuid == uuid(5)


@pytest.mark.promises("formats")
def test_known_files_and_outputs_of_an_older_ledger_stay_known(ledger: Ledger) -> None:
    """A done image is not read again, and its text file stays its own."""
    assert ledger.files.find("/photos/1.jpg", FileStamp(10, 20, 30)) == image(1)
    assert ledger.files.find("/photos/1.jpg", FileStamp(11, 20, 30)) is None
    assert ledger.files.assign_output("/photos/1.txt", "/photos/1.jpg") == (
        "/photos/1.jpg"
    )


@pytest.mark.promises("formats")
def test_costs_of_an_older_ledger_count(path: Path, ledger: Ledger) -> None:
    """A caption of unknown cost counts with its reservation."""
    lines = ledger.statements.lines(Grouping.STATUS, DateRange())

    total = sum_lines(lines.values())
    assert (total.captions, total.spent, total.unknown) == (2, 1300, 1)
    assert (total.failed, total.ambiguous, total.in_progress) == (1, 1, 1)
    assert total.counted == 1300 + 3 * 2600
    assert ledger.purchases.price_history(DESCRIBE) == PriceHistory(1, 1300, 1300**2)
    assert ledger.purchases.price_history(ASK) == PriceHistory()
    assert audit(path) == AuditReport((), purchases=5, ambiguous=1)


@pytest.mark.promises("formats")
def test_limits_hold_for_the_costs_of_an_older_ledger(
    path: Path, ledger: Ledger
) -> None:
    """They belong to the day on which they were reserved."""
    for table in ("purchase", "day"):
        query(path, f"UPDATE {table} SET day = date('now', 'localtime')")  # noqa: S608  # a constant
    budget = Budget(day=Micros(10_000))

    refusal = ledger.purchases.begin_reserve(
        ReservationRequest(image(9), DESCRIBE, uuid(9), "9.jpg", budget=budget)
    ).result()

    assert isinstance(refusal, BudgetExhausted)
    assert refusal.usage == PeriodUsage(spent=3900, in_progress=0, ambiguous=5200)
    assert query(path, "SELECT count(*) FROM purchase") == [(5,)]
