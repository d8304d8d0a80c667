"""What earlier runs and other processes left open: recovery and the budget."""

import time
from itertools import chain, repeat
from pathlib import Path

import pytest

from rwcap.api.reply import CaptionResult
from rwcap.api.retry import RetryPolicy
from rwcap.api.task import Delivery, Parameters
from rwcap.api.wire import Reply
from rwcap.core.alt_text import AltTextOptions
from rwcap.core.errors import ErrorKind
from rwcap.core.money import Micros
from rwcap.core.record import RecordStatus
from rwcap.core.request import CaptionRequest
from rwcap.ledger.budget import Budget
from rwcap.ledger.reservation import RequestKey, ReservationRequest
from rwcap.usecases.batch.limits import Limits, StopReason
from rwcap.usecases.caption import RunOptions, caption
from rwcap.usecases.purchase import BUDGET_PAUSE, PurchaseOptions
from rwcap.usecases.recovery import RecoveryReport, recover_all
from rwcap.usecases.write import Outputs
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
    """Return an empty folder, and a service that works."""
    return Outside(tmp_path)


def recovered(outside: Outside) -> RecoveryReport:
    """Recover as a process of its own."""
    with outside.ledger() as ledger:
        return recover_all(outside.context(ledger))


def test_a_doubt_is_settled_when_the_service_knows_again(outside: Outside) -> None:
    """With its cost; whoever wanted it has it for nothing."""
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


def test_what_the_service_never_heard_of_stays_as_it_is(outside: Outside) -> None:
    """A doubt stays a doubt; what was only sent is sent again when it is wanted."""
    wanted = outside.images(2)
    outside.captions = repeat(says(500, "internalServerError"))
    run(outside, wanted[:1])
    outside.captions = repeat(works)
    with outside.ledger() as ledger:  # as after a kill before the request left
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


def test_what_is_not_done_yet_is_told(outside: Outside) -> None:
    """It was accepted, so it will be charged."""
    later = order(
        parameters=Parameters(delivery=Delivery.ASYNC),
        policy=RetryPolicy(await_result=False),
    )
    run(outside, outside.images(1), later)

    assert recovered(outside) == RecoveryReport(running=1)
    assert recovered(outside) == RecoveryReport(found=1, spent=1300)


def test_what_has_failed_is_not_charged(outside: Outside) -> None:
    """The archive says how it ended."""
    outside.captions = repeat(lost_after)
    outside.queries = repeat(says(503, "busy"))
    run(outside, outside.images(1))
    ended = '{"data": [], "errors": [{"code": "x", "status": "error"}]}'
    outside.queries = repeat(lambda *_: _reply(ended))

    assert recovered(outside) == RecoveryReport(failed=1)


def _reply(body: str) -> Reply:
    return Reply(200, body.encode())


def test_a_service_that_cannot_be_asked_is_told(outside: Outside) -> None:
    """And left alone after the first."""
    outside.captions = repeat(lost_after)
    outside.queries = repeat(says(503, "busy"))
    run(outside, outside.images(3))
    outside.queries = repeat(not_sent)
    outside.asked = 0

    recovery = recovered(outside)

    assert recovery.error
    assert recovery.error.kind is ErrorKind.NETWORK
    assert (recovery.found, outside.asked) == (0, 2)


# Budgets.


def limited(budget: Budget) -> RunOptions:
    """Return what is wanted, under a budget."""
    options = PurchaseOptions(policy=RetryPolicy(retries=0), budget=budget)
    return RunOptions(parameters=Parameters(), purchase=options, outputs=Outputs())


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_run_ends_where_its_budget_does(outside: Outside, concurrency: int) -> None:
    """What it could not begin has no record; the next run goes on from there."""
    wanted = outside.images(12)
    budget = Budget(run=Micros(10_000))

    records, batch = run(outside, wanted, limited(budget), concurrency=concurrency)
    again, _ = run(outside, wanted, limited(budget), concurrency=concurrency)

    # After six captions at $0.0013, another could cost more than is left.
    assert statuses(records) == ["ok"] * 6
    assert batch.reason is StopReason.BUDGET
    assert batch.refusal
    assert batch.refusal.message == (
        "stopped at $0.0078: the next caption (up to $0.0026) could exceed the limit of"
        " $0.0100 per run"
    )
    assert sorted(statuses(again)) == ["cached"] * 6 + ["ok"] * 6
    assert outside.bills == 12


def test_what_costs_nothing_needs_no_budget(outside: Outside) -> None:
    """Captions that were bought, equal images, and files that are no images."""
    wanted = outside.images(3)
    run(outside, wanted)
    wanted.append(outside.image("same.jpg", "000.jpg"))

    records, batch = run(outside, wanted, limited(Budget(run=Micros(0))))

    assert statuses(records) == ["cached"] * 4
    assert batch.reason is None


def test_a_failed_purchase_gives_back_what_it_had_reserved(outside: Outside) -> None:
    """A budget for one is enough for many that fail before one succeeds."""
    outside.captions = chain(repeat(not_sent, 5), repeat(works))

    records, batch = run(outside, outside.images(8), limited(Budget(run=Micros(2600))))

    assert statuses(records) == ["failed"] * 5 + ["ok"]
    assert batch.reason is StopReason.BUDGET


def test_one_caption_is_held_to_the_budget_as_well(outside: Outside) -> None:
    """Its record says so, and names no task, for none was begun."""
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


def test_whoever_finds_the_budget_reserved_waits(outside: Outside) -> None:
    """Another process has it under way, and may cost less in the end."""
    (wanted,) = outside.images(1)
    bid = ReservationRequest(
        b"another", RequestKey("runware:152@1", None), UUID, "b.jpg"
    )
    slept: list[float] = []
    with outside.ledger() as other, outside.ledger() as ledger:
        other.purchases.reserve(bid)

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


def test_nobody_waits_for_ever_for_what_is_reserved(outside: Outside) -> None:
    """Whoever has reserved it may be stopped, and never settle."""
    (wanted,) = outside.images(1)
    bid = ReservationRequest(
        b"another", RequestKey("runware:152@1", None), UUID, "b.jpg"
    )
    times = iter(range(1000))
    with outside.ledger() as other, outside.ledger() as ledger:
        other.purchases.reserve(bid)
        context = outside.context(ledger)._replace(now=lambda: float(next(times)))
        record = caption(wanted, limited(Budget(day=Micros(4000))), context)

    assert record.error
    assert record.error.message == (
        "stopped at $0.0000, $0.0026 reserved for captions in progress: the next"
        " caption (up to $0.0026) could exceed the limit of $0.0040 per day"
    )
    assert outside.notices == [
        "waiting: the rest of the budget is reserved for captions in progress"
    ]


def test_what_somebody_left_is_sent_again_only_within_the_budget(
    outside: Outside,
) -> None:
    """It stays open; what was charged already is had all the same."""
    first, second = outside.images(2)
    outside.captions = iter([works])
    later = order(
        parameters=Parameters(delivery=Delivery.ASYNC),
        policy=RetryPolicy(await_result=False),
    )
    run(outside, [first], later)  # accepted, and left
    with outside.ledger() as ledger:
        bid = ReservationRequest(
            outside.context(ledger).read_image(second.source).key,
            RequestKey("runware:152@1", None),
            UUID,
            second.source,
        )
        ledger.purchases.reserve(bid)  # never sent

    records, batch = run(outside, [first, second], limited(Budget(run=Micros(0))))

    assert statuses(records) == ["ok"]
    assert batch.reason is StopReason.BUDGET
    assert recovered(outside) == RecoveryReport(unknown=1)
    assert outside.bills == 1


@pytest.mark.parametrize("limits", [Limits(seconds=0.2), Limits(errors=1)])
def test_a_limit_ends_the_wait_for_the_budget(outside: Outside, limits: Limits) -> None:
    """Nothing is begun after it, and what was refused is work left."""
    wanted = outside.images(3)
    wanted.insert(1, CaptionRequest("gone.jpg"))
    bid = ReservationRequest(
        b"another", RequestKey("runware:152@1", None), UUID, "b.jpg"
    )
    with outside.ledger() as other:
        other.purchases.reserve(bid)
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


def test_a_refusal_is_told_even_when_time_is_over(outside: Outside) -> None:
    """What was under way when it was may be refused another text."""
    wanted = outside.images(1)
    alt = AltTextOptions(limit=1, retries=1)
    asked = limited(Budget(run=Micros(3800)))._replace(alt=alt)
    asked = asked._replace(parameters=Parameters(prompt="What is it?"))

    def slow(outside: Outside, body: bytes) -> Reply:
        time.sleep(0.4)
        return works(outside, body)

    outside.captions = repeat(slow)

    records, batch = run(outside, wanted, asked, limits=Limits(seconds=0.2))

    (record,) = records
    assert record.long
    assert record.error
    assert record.error.kind is ErrorKind.BUDGET
    assert batch.reason is StopReason.BUDGET
    assert outside.bills == 1


def test_what_waits_for_the_budget_is_left_when_time_is_over(outside: Outside) -> None:
    """What was under way is had; work is left, and the run says so."""

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


def test_what_is_sent_again_waits_for_its_turn(outside: Outside) -> None:
    """As what is begun does."""
    first, second = outside.images(2)
    slept: list[float] = []
    with outside.ledger() as ledger:
        image = outside.context(ledger).read_image(first.source).key
        request = RequestKey("runware:152@1", None)
        ledger.purchases.reserve(
            ReservationRequest(image, request, UUID, first.source)
        )  # never sent
    other_uuid = UUID.replace("c0ffee", "decade")
    with outside.ledger() as other, outside.ledger() as ledger:
        other.purchases.reserve(
            ReservationRequest(b"another", request, other_uuid, second.source)
        )

        def sleep(seconds: float) -> None:
            slept.append(seconds)
            text = CaptionResult("B.", Micros(1300))
            other.purchases.settle(other_uuid, text, attempts=1)

        context = outside.context(ledger)._replace(sleep_before_purchase=sleep)
        record = caption(first, limited(Budget(day=Micros(4000))), context)

    assert record.status is RecordStatus.OK
    assert record.task_uuid == UUID
    assert slept == [BUDGET_PAUSE]
