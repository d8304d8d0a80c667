"""Open purchases of earlier runs and other processes: recovery and the budget."""

import json
import time
from itertools import chain, repeat
from pathlib import Path

import pytest

from rwcap.api.reply import CaptionResult
from rwcap.api.request import Delivery, Parameters
from rwcap.api.retry import RetryPolicy
from rwcap.api.wire import Reply
from rwcap.core.errors import ErrorKind
from rwcap.core.money import Micros
from rwcap.core.record import RecordStatus
from rwcap.core.source import CaptionRequest
from rwcap.ledger.budget import Budget
from rwcap.ledger.reservation import RequestKey, ReservationRequest
from rwcap.usecases.alt_text import AltTextQuality
from rwcap.usecases.batch.limits import Limits, StopReason
from rwcap.usecases.caption import RunOptions, caption
from rwcap.usecases.purchase.purchase import PurchaseOptions
from rwcap.usecases.purchase.recovery import RecoveryReport, recover_all
from rwcap.usecases.purchase.reservation_wait import BUDGET_PAUSE
from rwcap.usecases.writing.write import Outputs
from tests.usecases.test_batch import (
    Outside,
    lost_after,
    not_sent,
    order,
    run,
    says,
    statuses,
    works,
)

UUID = "c0ffee00-0000-4000-8000-000000000000"


@pytest.fixture
def outside(tmp_path: Path) -> Outside:
    """Return an empty folder, and a service without faults."""
    return Outside(tmp_path)


def recovered(outside: Outside) -> RecoveryReport:
    """Recover in a process of its own."""
    with outside.ledger() as ledger:
        return recover_all(outside.context(ledger))


def test_an_ambiguous_purchase_is_settled_when_the_service_knows_it(
    outside: Outside,
) -> None:
    """With its cost. The next request for the caption is free."""
    wanted = outside.images(3)
    outside.captions = repeat(lost_after)
    outside.queries = repeat(says(503, "busy"))
    records, _ = run(outside, wanted)
    outside.captions, outside.queries = repeat(works), repeat(works)

    recovery = recovered(outside)
    again, _ = run(outside, wanted)

    assert statuses(records) == ["ambiguous"] * 3
    assert recovery == RecoveryReport(found=3, spent=3900)
    assert statuses(again) == ["cached"] * 3
    assert (outside.bills, recovered(outside)) == (3, RecoveryReport())


def test_a_purchase_that_the_service_does_not_know_stays_open(outside: Outside) -> None:
    """An ambiguous one stays ambiguous. An open one is sent when requested."""
    wanted = outside.images(2)
    outside.captions = repeat(says(500, "internalServerError"))
    run(outside, wanted[:1])
    outside.captions = repeat(works)
    with outside.ledger() as ledger:  # as if killed before the request was sent
        ledger._database.write(
            lambda database: database.execute(
                "INSERT INTO purchase (task_uuid, image, request, source, reserved,"
                " run, day) SELECT 'c0ffee00-0000-4000-8000-000000000000', x'00',"
                " request, source, 2600, run, day FROM purchase"
            )
        )

    first, second = recovered(outside), recovered(outside)

    assert first == second == RecoveryReport(unknown=1, ambiguous=1)
    assert outside.bills == 0


def test_a_running_task_is_reported(outside: Outside) -> None:
    """It was accepted, so it will be charged."""
    later = order(
        parameters=Parameters(delivery=Delivery.ASYNC),
        policy=RetryPolicy(await_result=False),
    )
    run(outside, outside.images(1), later)

    assert recovered(outside) == RecoveryReport(running=1)
    with outside.ledger() as ledger:
        assert ledger._database.read("SELECT asked FROM purchase") == [(-1,)]
    assert recovered(outside) == RecoveryReport(found=1, spent=1300)


def test_an_accepted_task_that_the_service_forgets_is_ambiguous(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Like all that may be charged, it counts for limits until it is known."""
    monkeypatch.setattr("rwcap.ledger.open_purchases.ARRIVAL_SECONDS", 0)
    later = order(
        parameters=Parameters(delivery=Delivery.ASYNC),
        policy=RetryPolicy(await_result=False),
    )
    run(outside, outside.images(1), later)
    outside.queries = repeat(lambda *_: _reply('{"data": []}'))

    assert recovered(outside) == RecoveryReport(ambiguous=1)
    with outside.ledger() as ledger:
        assert ledger._database.read("SELECT state FROM purchase") == [("ambiguous",)]


def test_a_failed_task_is_not_charged(outside: Outside) -> None:
    """The archive of the service has its error."""
    outside.captions = repeat(lost_after)
    outside.queries = repeat(says(503, "busy"))
    run(outside, outside.images(1))
    ended = '{"data": [], "errors": [{"code": "x", "status": "error"}]}'
    outside.queries = repeat(lambda *_: _reply(ended))

    assert recovered(outside) == RecoveryReport(failed=1)
    with outside.ledger() as ledger:
        query = "SELECT state, attempts FROM purchase"
        assert ledger._database.read(query) == [("failed", 1)]


def test_a_recovered_caption_without_a_cost_adds_none(outside: Outside) -> None:
    """The service does not report it."""
    outside.captions = repeat(lost_after)
    outside.queries = repeat(says(503, "busy"))
    run(outside, outside.images(1))

    def free(_: object, body: bytes) -> Reply:
        (task,) = json.loads(body)
        data = [{"taskUUID": task["taskUUID"], "text": "A boat."}]
        return _reply(json.dumps({"data": data}))

    outside.queries = repeat(free)

    assert recovered(outside) == RecoveryReport(found=1, spent=0)


def _reply(body: str) -> Reply:
    return Reply(200, body.encode())


def test_an_unreachable_service_is_reported(outside: Outside) -> None:
    """It is not queried again after the first failure."""
    outside.captions = repeat(lost_after)
    outside.queries = repeat(says(503, "busy"))
    run(outside, outside.images(3))
    outside.queries = repeat(not_sent)
    outside.query_count = 0

    recovery = recovered(outside)

    assert recovery.error
    assert recovery.error.kind is ErrorKind.NETWORK
    assert (recovery.found, outside.query_count) == (0, 2)
    assert recovery.not_queried == 3


def test_a_service_that_fails_later_leaves_the_rest_unqueried(outside: Outside) -> None:
    """The report has what was found before."""
    outside.captions = repeat(lost_after)
    outside.queries = repeat(says(503, "busy"))
    run(outside, outside.images(3))
    outside.queries = chain([works] * 2, repeat(not_sent))

    recovery = recovered(outside)

    assert (recovery.found, recovery.not_queried) == (1, 2)


# Budgets.


def limited(budget: Budget) -> RunOptions:
    """Return options with a budget."""
    options = PurchaseOptions(policy=RetryPolicy(retries=0), budget=budget)
    return RunOptions(parameters=Parameters(), purchase=options, outputs=Outputs())


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_run_stops_at_its_budget(outside: Outside, concurrency: int) -> None:
    """Images without a purchase have no record. The next run continues."""
    wanted = outside.images(12)
    budget = Budget(run=Micros(10_000))

    records, batch = run(outside, wanted, limited(budget), concurrency=concurrency)
    again, _ = run(outside, wanted, limited(budget), concurrency=concurrency)

    # After six captions at $0.0013, the next one could exceed the budget.
    assert statuses(records) == ["ok"] * 6
    assert batch.reason is StopReason.BUDGET
    assert batch.refusal
    assert batch.refusal.message == (
        "stopped at $0.0078: the next caption (up to $0.0026) could exceed the limit of"
        " $0.0100 per run"
    )
    assert sorted(statuses(again)) == ["cached"] * 6 + ["ok"] * 6
    assert outside.bills == 12


def test_free_captions_need_no_budget(outside: Outside) -> None:
    """Captions bought before, equal images, and files that are no images."""
    wanted = outside.images(3)
    run(outside, wanted)
    wanted.append(outside.image("same.jpg", "000.jpg"))

    records, batch = run(outside, wanted, limited(Budget(run=Micros(0))))

    assert statuses(records) == ["cached"] * 4
    assert batch.reason is None


def test_a_failed_purchase_frees_its_reservation(outside: Outside) -> None:
    """A budget for one caption allows many purchases that fail."""
    outside.captions = chain(repeat(not_sent, 5), repeat(works))

    records, batch = run(outside, outside.images(8), limited(Budget(run=Micros(2600))))

    assert statuses(records) == ["failed"] * 5 + ["ok"]
    assert batch.reason is StopReason.BUDGET


def test_the_budget_applies_to_a_single_caption(outside: Outside) -> None:
    """Its record has the error and no task UUID."""
    (wanted,) = outside.images(1)
    with outside.ledger() as ledger:
        record = caption(
            wanted, limited(Budget(day=Micros(100))), outside.context(ledger)
        )

    assert record.status is RecordStatus.FAILED
    assert record.task_uuid is None
    assert record.error
    assert (record.error.kind, record.error.code) == (ErrorKind.BUDGET, "budgetReached")
    assert outside.posts == 0


@pytest.mark.promises("limits")
def test_a_process_waits_for_a_reserved_budget(outside: Outside) -> None:
    """The purchase of another process may cost less than its reservation."""
    (wanted,) = outside.images(1)
    reservation = ReservationRequest(
        b"another", RequestKey("runware:152@1", None), UUID, "b.jpg"
    )
    slept: list[float] = []
    with outside.ledger() as other, outside.ledger() as ledger:
        other.purchases.begin_reserve(reservation).result()

        def sleep(seconds: float) -> None:
            slept.append(seconds)
            if len(slept) == 2:
                other.purchases.settle(
                    UUID, CaptionResult("B.", Micros(1300)), attempts=1
                )

        context = outside.context(ledger)._replace(sleep_before_purchase=sleep)
        record = caption(wanted, limited(Budget(day=Micros(4000))), context)

    assert record.status is RecordStatus.OK
    assert slept == [BUDGET_PAUSE] * 2


@pytest.mark.promises("waits")
def test_the_wait_for_a_reserved_budget_has_a_limit(outside: Outside) -> None:
    """A stopped process may never settle its purchase."""
    (wanted,) = outside.images(1)
    reservation = ReservationRequest(
        b"another", RequestKey("runware:152@1", None), UUID, "b.jpg"
    )
    times = iter(range(1000))
    with outside.ledger() as other, outside.ledger() as ledger:
        other.purchases.begin_reserve(reservation).result()
        context = outside.context(ledger)._replace(now=lambda: float(next(times)))
        record = caption(wanted, limited(Budget(day=Micros(4000))), context)

    assert record.error
    assert record.error.message == (
        "stopped at $0.0000, $0.0026 reserved for captions in progress: the next"
        " caption (up to $0.0026) could exceed the limit of $0.0040 per day"
    )
    assert outside.notices == [
        "waiting: the rest of the limit is reserved for captions in progress"
    ]


def test_an_abandoned_purchase_is_sent_again_only_within_the_budget(
    outside: Outside,
) -> None:
    """Otherwise it stays open. A caption that is already charged is fetched."""
    first, second = outside.images(2)
    outside.captions = iter([works])
    later = order(
        parameters=Parameters(delivery=Delivery.ASYNC),
        policy=RetryPolicy(await_result=False),
    )
    run(outside, [first], later)  # accepted, and not awaited
    with outside.ledger() as ledger:
        reservation = ReservationRequest(
            outside.context(ledger).read_image(second.source).key,
            RequestKey("runware:152@1", None),
            UUID,
            second.source,
        )
        ledger.purchases.begin_reserve(reservation).result()  # never sent

    records, batch = run(outside, [first, second], limited(Budget(run=Micros(0))))

    assert statuses(records) == ["ok"]
    assert batch.reason is StopReason.BUDGET
    assert recovered(outside) == RecoveryReport(unknown=1)
    assert outside.bills == 1


@pytest.mark.parametrize("limits", [Limits(seconds=0.2), Limits(errors=1)])
def test_a_limit_of_the_run_ends_the_wait_for_the_budget(
    outside: Outside, limits: Limits
) -> None:
    """No purchase begins after it, and the run reports work left."""
    wanted = outside.images(3)
    wanted.insert(1, CaptionRequest("gone.jpg"))
    reservation = ReservationRequest(
        b"another", RequestKey("runware:152@1", None), UUID, "b.jpg"
    )
    with outside.ledger() as other:
        other.purchases.begin_reserve(reservation).result()
        records, batch = run(
            outside,
            wanted,
            limited(Budget(day=Micros(5200 - 1))),
            limits=limits,
            concurrency=4,
        )

    assert [record.status for record in records] == ["failed"]
    assert batch.reason in {StopReason.MAX_DURATION, StopReason.MAX_ERRORS}
    assert outside.posts == 0


def test_the_budget_is_the_reason_even_after_the_time_limit(outside: Outside) -> None:
    """The retry of a purchase in progress can exceed the budget."""
    wanted = outside.images(1)
    alt = AltTextQuality(limit=1, retries=1)
    options = limited(Budget(run=Micros(3800)))._replace(quality=alt)
    options = options._replace(parameters=Parameters(prompt="What is it?"))

    def slow(outside: Outside, body: bytes) -> Reply:
        time.sleep(1.2)
        return works(outside, body)

    outside.captions = repeat(slow)

    records, batch = run(outside, wanted, options, limits=Limits(seconds=1.0))

    (record,) = records
    assert record.long
    assert record.error
    assert record.error.kind is ErrorKind.BUDGET
    assert batch.reason is StopReason.BUDGET
    assert outside.bills == 1


def test_the_time_limit_ends_the_wait_for_the_budget(outside: Outside) -> None:
    """The caption in progress is bought, and the run reports work left."""

    def slow(outside: Outside, body: bytes) -> Reply:
        time.sleep(0.4)
        return works(outside, body)

    outside.captions = repeat(slow)

    records, batch = run(
        outside,
        outside.images(3),
        limited(Budget(run=Micros(3800))),
        limits=Limits(seconds=0.2),
        concurrency=3,
    )

    assert statuses(records) == ["ok"]
    assert batch.reason in {StopReason.BUDGET, StopReason.MAX_DURATION}
    assert outside.bills == 1


def test_an_adopted_purchase_waits_for_a_reserved_budget(outside: Outside) -> None:
    """As a new purchase does."""
    first, second = outside.images(2)
    slept: list[float] = []
    with outside.ledger() as ledger:
        image = outside.context(ledger).read_image(first.source).key
        request = RequestKey("runware:152@1", None)
        ledger.purchases.begin_reserve(
            ReservationRequest(image, request, UUID, first.source)
        ).result()  # never sent
    other_uuid = UUID.replace("c0ffee", "decade")
    with outside.ledger() as other, outside.ledger() as ledger:
        other.purchases.begin_reserve(
            ReservationRequest(b"another", request, other_uuid, second.source)
        ).result()

        def sleep(seconds: float) -> None:
            slept.append(seconds)
            text = CaptionResult("B.", Micros(1300))
            other.purchases.settle(other_uuid, text, attempts=1)

        context = outside.context(ledger)._replace(sleep_before_purchase=sleep)
        record = caption(first, limited(Budget(day=Micros(4000))), context)

    assert record.status is RecordStatus.OK
    assert record.task_uuid == UUID
    assert slept == [BUDGET_PAUSE]
