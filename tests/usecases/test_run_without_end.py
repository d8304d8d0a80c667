"""A run without an end: it pauses where another run stops."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import chain, repeat
from pathlib import Path
from threading import Thread

import pytest

from rwcap.api.reply import CaptionResult
from rwcap.core.errors import ErrorKind, InputError, NotWrittenError, StorageError
from rwcap.core.money import Micros
from rwcap.core.record import ErrorDetails, RecordStatus
from rwcap.core.source import CaptionRequest, FileStamp
from rwcap.ledger.budget import Budget
from rwcap.ledger.reservation import RequestKey, ReservationRequest
from rwcap.usecases.batch.limits import (
    MAX_CONSECUTIVE_FAILURES,
    OUTAGE_SECONDS,
    Limits,
    StopReason,
)
from rwcap.usecases.batch.pipeline import Batch
from rwcap.usecases.caption import RunOptions, caption
from rwcap.usecases.purchase.reservation_wait import BUDGET_PAUSE, DAY_PAUSE
from rwcap.usecases.writing.changing_image import find_change
from tests.usecases.test_batch import (
    IMPATIENT,
    Outside,
    not_sent,
    order,
    run,
    says,
    statuses,
    works,
)
from tests.waiting import wait_until

UUID = "c0ffee00-0000-4000-8000-000000000000"
GOES_ON = Limits(concurrency=1, goes_on=True)
NOT_AN_IMAGE = ErrorDetails.from_error(InputError("a.jpg: not an image", code="no"))
FULL_DISK = ErrorDetails.from_error(NotWrittenError("a.txt: full", code="full"))


@pytest.fixture
def outside(tmp_path: Path) -> Outside:
    """Return an empty folder, and a service without faults."""
    return Outside(tmp_path)


def limited(budget: Budget) -> RunOptions:
    """Return options with a budget."""
    options = order(policy=IMPATIENT)
    return options._replace(purchase=options.purchase._replace(budget=budget))


def test_a_long_pause_is_shortened_in_a_run_that_goes_on(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after failures in a row; the images after it are captioned."""
    monkeypatch.setattr("rwcap.usecases.batch.pipeline.OUTAGE_SECONDS", 0.01)
    outside.captions = chain([says(503, "busy", retry_after=9_999.0)], repeat(works))

    records, batch = run(outside, outside.images(3), limits=GOES_ON)

    assert sorted(statuses(records)) == ["failed", "ok", "ok"]
    assert batch.reason is None


@pytest.mark.promises("watch")
def test_failures_in_a_row_pause_the_run(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each further failure pauses it again, until the service works."""
    monkeypatch.setattr("rwcap.usecases.batch.pipeline.OUTAGE_SECONDS", 0.01)
    failures = MAX_CONSECUTIVE_FAILURES + 2
    outside.captions = chain(repeat(not_sent, failures), repeat(works))

    records, batch = run(outside, outside.images(failures + 5), limits=GOES_ON)

    assert sorted(statuses(records)) == ["failed"] * failures + ["ok"] * 5
    assert batch.reason is None
    assert outside.notices == ["waiting: 20 failures in a row"] * 3


@pytest.mark.parametrize(
    ("status", "error", "notices"),
    [
        (RecordStatus.SKIPPED, None, 2),
        (RecordStatus.FAILED, NOT_AN_IMAGE, 2),
        (RecordStatus.OK, None, 0),
    ],
)
def test_captions_in_a_row_that_cannot_be_written_pause_the_run(
    outside: Outside,
    monkeypatch: pytest.MonkeyPatch,
    status: RecordStatus,
    error: ErrorDetails | None,
    notices: int,
) -> None:
    """Only a caption that is written in between ends them."""
    monkeypatch.setattr("rwcap.usecases.batch.pipeline.OUTAGE_SECONDS", 0.01)
    failure = (RecordStatus.FAILED, FULL_DISK)
    results = [*[failure] * 5, (status, error), *[failure] * 16]
    with outside.ledger() as ledger:
        batch = Batch(order(), GOES_ON, outside.context(ledger))
        records = batch.run(outside.images(len(results)))
        for record, (status_now, error_now) in zip(records, results, strict=True):
            changed = record._replace(status=status_now, error=error_now)
            batch.note_result(changed, is_delivered=True)

    assert outside.notices == ["waiting: 20 failures in a row"] * notices


def test_a_pause_can_be_stopped(outside: Outside) -> None:
    """No request is sent in it, and no purchase whose request waits is left open."""
    outside.captions = repeat(not_sent)
    wanted = outside.images(MAX_CONSECUTIVE_FAILURES + 5)
    with outside.ledger() as ledger:
        batch = Batch(order(), GOES_ON, outside.context(ledger))
        thread = Thread(target=lambda: list(batch.run(wanted)))
        thread.start()
        wait_until(lambda: batch.state.is_paused)
        pause = batch.state.pause
        batch.stop(grace=30.0)
        thread.join(30)

    assert pause > OUTAGE_SECONDS - 30
    assert outside.posts == batch.failures == MAX_CONSECUTIVE_FAILURES
    assert batch.reason is StopReason.REQUESTED
    assert batch.is_over
    with outside.ledger() as ledger:
        query = "SELECT count(*) FROM purchase WHERE state = 'sent'"
        assert ledger._database.read(query) == [(0,)]


@pytest.mark.parametrize(
    ("status", "code"), [(401, "invalidApiKey"), (402, "insufficientCredits")]
)
@pytest.mark.promises("watch")
def test_a_refused_key_stops_the_run(outside: Outside, status: int, code: str) -> None:
    """And an empty account: nobody mends it while nobody knows."""
    outside.captions = repeat(says(status, code))

    _, batch = run(outside, outside.images(3), limits=GOES_ON)

    assert batch.reason is StopReason.ACCOUNT
    assert outside.posts == 1


@pytest.mark.parametrize(
    ("budget", "notice"),
    [
        (
            Budget(day=Micros(3000), run=Micros(9000), waits=True),
            "the limit of $0.0030 per day is reached; the run goes on tomorrow",
        ),
        (
            Budget(month=Micros(3000), waits=True),
            "the limit of $0.0030 per month is reached; the run goes on next month",
        ),
    ],
)
def test_a_caption_waits_for_another_day(
    outside: Outside, budget: Budget, notice: str
) -> None:
    """It asks the ledger from time to time, and says why it waits once."""
    first, second = outside.images(2)
    slept: list[float] = []
    with outside.ledger() as ledger:

        def sleep(seconds: float) -> None:
            slept.append(seconds)
            if len(slept) == 3:
                file = outside.folder / "data/ledger.sqlite3"
                with closing(sqlite3.connect(file)) as database, database:
                    database.execute("UPDATE day SET day = '2000-01-01'")

        context = outside.context(ledger)._replace(sleep_before_purchase=sleep)
        records = [caption(each, limited(budget), context) for each in (first, second)]

    assert [record.status for record in records] == [RecordStatus.OK] * 2
    assert slept == [DAY_PAUSE] * 3
    assert outside.notices == [f"waiting: {notice}"]


@pytest.mark.promises("watch")
def test_a_limit_below_the_price_of_a_caption_ends_the_run(outside: Outside) -> None:
    """Another day would not help."""
    budget = Budget(day=Micros(1000), waits=True)

    _, batch = run(outside, outside.images(3), limited(budget), limits=GOES_ON)

    assert batch.reason is StopReason.BUDGET
    assert outside.posts == 0


@pytest.mark.parametrize("change", [Path.unlink, Path.touch])
def test_an_image_that_changes_until_another_day_is_not_bought(
    outside: Outside, change: Callable[[Path], object]
) -> None:
    """People delete and edit photos while a run waits."""
    first, second = outside.images(2)
    with outside.ledger() as ledger:

        def sleep(_seconds: float) -> None:
            change(Path(second.source))
            file = outside.folder / "data/ledger.sqlite3"
            with closing(sqlite3.connect(file)) as database, database:
                database.execute("UPDATE day SET day = '2000-01-01'")

        context = outside.context(ledger)._replace(sleep_before_purchase=sleep)
        options = limited(Budget(day=Micros(3000), waits=True))
        records = [caption(each, options, context) for each in (first, second)]

    assert outside.posts == 1
    assert records[1].error
    assert records[1].error.code == "changedImage"


def test_an_object_that_cannot_be_looked_at_has_changed(outside: Outside) -> None:
    """Its storage fails, or it is gone."""
    (wanted,) = outside.images(1)

    def fail(_: CaptionRequest) -> None:
        raise StorageError("gone", code="noObject")

    with outside.ledger() as ledger:
        context = outside.context(ledger)._replace(stamp=fail)
        error = find_change(wanted, FileStamp(0, 0, 0), context)

    assert error
    assert error.code == "changedImage"


def test_a_caption_does_not_wait_for_another_run(outside: Outside) -> None:
    """The limit of a run is the limit of this process."""
    first, second = outside.images(2)
    budget = Budget(run=Micros(3000), day=Micros(9000), waits=True)
    with outside.ledger() as ledger:
        context = outside.context(ledger)
        records = [caption(each, limited(budget), context) for each in (first, second)]

    assert records[1].error
    assert records[1].error.kind is ErrorKind.BUDGET


def test_a_reservation_of_a_stopped_process_is_waited_for_longer(
    outside: Outside,
) -> None:
    """Often until the timeout, and then as for another day."""
    (wanted,) = outside.images(1)
    reservation = ReservationRequest(
        b"another", RequestKey("runware:152@1", None), UUID, "b.jpg"
    )
    slept: list[float] = []
    times = iter(range(1000))
    with outside.ledger() as other, outside.ledger() as ledger:
        other.purchases.begin_reserve(reservation).result()

        def sleep(seconds: float) -> None:
            slept.append(seconds)
            if slept.count(DAY_PAUSE) == 2:
                other.purchases.settle(
                    UUID, CaptionResult("B.", Micros(1300)), attempts=1
                )

        context = outside.context(ledger)._replace(
            sleep_before_purchase=sleep, now=lambda: float(next(times))
        )
        budget = Budget(day=Micros(4000), waits=True)
        record = caption(wanted, limited(budget), context)

    assert record.status is RecordStatus.OK
    assert slept == [*[BUDGET_PAUSE] * (len(slept) - 2), *[DAY_PAUSE] * 2]
    assert outside.notices == [
        "waiting: the rest of the limit is reserved for captions in progress",
        "waiting: the limit of $0.0040 per day is reached; the run goes on tomorrow",
    ]
