"""Many images: when a run stops, what it buys, and what the next run does."""

import io
import json
import time
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from itertools import chain, count, repeat
from pathlib import Path
from threading import Event, Lock, Thread
from typing import NoReturn
from uuid import uuid4

import pytest
from PIL import Image

from rwcap.api.concurrency import INITIAL_CONCURRENCY
from rwcap.api.reply import CaptionResult
from rwcap.api.request import Delivery, Parameters
from rwcap.api.retry import RetryPolicy
from rwcap.api.sandbox.service import Sandbox
from rwcap.api.wire import Reply
from rwcap.core.errors import (
    ErrorKind,
    InputError,
    LedgerError,
    NoReplyError,
    NotSentError,
    StorageError,
)
from rwcap.core.money import Micros
from rwcap.core.record import Record, RecordStatus
from rwcap.core.sidecar import CollisionPolicy, MergeMode
from rwcap.core.source import CaptionRequest, UnusableSource
from rwcap.images.read import ImageReader, file_stamp
from rwcap.ledger.budget import Budget, Period
from rwcap.ledger.ledger import Ledger
from rwcap.ledger.locks import FileLocks
from rwcap.ledger.reports.forecast import PriceHistory, forecast
from rwcap.ledger.reservation import (
    RequestKey,
    ReservationRequest,
    ReservationStatus,
)
from rwcap.outputs.prefix_suffix import Style
from rwcap.outputs.records.record_file import RecordFile
from rwcap.outputs.text_files import TextFiles
from rwcap.usecases.batch.estimate import Estimate, preview
from rwcap.usecases.batch.limits import (
    MAX_CONSECUTIVE_FAILURES,
    BatchState,
    Limits,
    StopReason,
    apply_sample,
)
from rwcap.usecases.batch.pipeline import Batch
from rwcap.usecases.batch.worker_pool import HELPERS
from rwcap.usecases.caption import PreparedRequest, RunOptions
from rwcap.usecases.context import Context
from rwcap.usecases.purchase.purchase import (
    OpenPurchase,
    PurchaseOptions,
    PurchaseResult,
    cancel,
    open_purchase,
)
from rwcap.usecases.writing.write import Outputs
from tests import draw
from tests.waiting import wait_until

TIMEOUT = 30

Fault = Callable[["Outside", bytes], Reply]


def works(outside: "Outside", body: bytes) -> Reply:
    """Answer without a fault."""
    return outside.answer(body)


def not_sent(outside: "Outside", body: bytes) -> Reply:
    """Refuse the connection."""
    raise NotSentError("no connection", code="connectionFailed")


def lost_before(outside: "Outside", body: bytes) -> Reply:
    """Break the connection before the service reads the request."""
    raise NoReplyError("lost", code="connectionLost")


def lost_after(outside: "Outside", body: bytes) -> Reply:
    """Break the connection after the service has read the request."""
    outside.answer(body)
    raise NoReplyError("lost", code="connectionLost")


def says(http: int, code: str, *, retry_after: float | None = None) -> Fault:
    """Return an answer with an error object."""

    def fault(outside: "Outside", body: bytes) -> Reply:
        errors = [{"code": code, "message": "as ordered"}]
        return Reply(http, json.dumps({"errors": errors}).encode(), retry_after)

    return fault


BAD = says(400, "invalidImage")


class Outside:
    """A folder of images, a ledger, and a service with faults."""

    def __init__(self, folder: Path) -> None:
        """Start without images and without faults."""
        self.folder = folder
        self.sandbox = Sandbox()
        self.captions: Iterator[Fault] = repeat(works)
        self.queries: Iterator[Fault] = repeat(works)
        self.posts = 0
        self.query_count = 0
        self.notices: list[str] = []
        self._lock = Lock()
        drawn = io.BytesIO()
        Image.new("RGB", (32, 32), "#245").save(drawn, "JPEG")
        self._jpeg = drawn.getvalue()

    @property
    def bills(self) -> int:
        """The number of captions charged."""
        return self.sandbox.tasks.total_charged()[0]

    def image(self, name: str, content: object = None) -> CaptionRequest:
        """Write an image, which by default differs from all others."""
        path = self.folder / name
        mark = sha256(repr(content or name).encode()).hexdigest().encode()
        path.write_bytes(draw.marked_jpeg(self._jpeg, mark))
        return CaptionRequest(str(path), relative_path=name)

    def images(self, count: int) -> list[CaptionRequest]:
        """Write a number of different images."""
        return [self.image(f"{number:03}.jpg") for number in range(count)]

    def ledger(self) -> Ledger:
        """Open the ledger as a process of its own does."""
        locks = FileLocks(self.folder / "data/locks")
        return Ledger(self.folder / "data/ledger.sqlite3", locks=locks)

    def context(self, ledger: Ledger) -> Context:
        """Return the context."""
        reader = ImageReader(stdin=io.BytesIO)
        return Context(
            read_image=reader.read,
            parse_image=reader.parse,
            stamp=lambda one: file_stamp(one.source),
            ledger=ledger,
            post=self._post,
            query=self._ask,
            new_uuid=lambda: str(uuid4()),
            sleep=lambda _: None,
            sleep_before_purchase=lambda _: None,
            now=time.monotonic,
            random=lambda: 0.5,
            notify=self.notices.append,
            on_purchase=lambda _: None,
        )

    def answer(self, body: bytes) -> Reply:
        """Answer a request, with the next fault if there is one."""
        return self.sandbox.handle("Bearer key", body)

    def _post(self, body: bytes) -> Reply:
        with self._lock:
            self.posts += 1
            fault = next(self.captions)
        return fault(self, body)

    def _ask(self, body: bytes) -> Reply:
        with self._lock:
            self.query_count += 1
            fault = next(self.queries)
        return fault(self, body)


@pytest.fixture
def outside(tmp_path: Path) -> Outside:
    """Return an empty folder, and a service without faults."""
    return Outside(tmp_path)


IMPATIENT = RetryPolicy(retries=0, poll_initial=0.0, poll_max=0.0)
"""No pauses, because the threads of a run really sleep."""


def order(
    *,
    parameters: Parameters | None = None,
    policy: RetryPolicy = IMPATIENT,
    outputs: Outputs | None = None,
    fresh: bool = False,
    checksum: bool = False,
) -> RunOptions:
    """Return the options of a run."""
    return RunOptions(
        parameters=parameters or Parameters(),
        purchase=PurchaseOptions(policy=policy, fresh=fresh),
        outputs=outputs or Outputs(),
        checksum=checksum,
    )


def run(
    outside: Outside,
    wanted: Iterable[CaptionRequest | UnusableSource],
    placed: RunOptions | None = None,
    *,
    concurrency: int = 1,
    limits: Limits | None = None,
) -> tuple[list[Record], Batch]:
    """Run to the end in a process of its own."""
    limits = (limits or Limits())._replace(concurrency=concurrency)
    with outside.ledger() as ledger:
        batch = Batch(placed or order(), limits, outside.context(ledger))
        records = list(batch.run(wanted))
    return records, batch


def statuses(records: list[Record]) -> list[str]:
    """Return the status of each record, sorted by source."""
    return [record.status for record in sorted(records, key=lambda each: each.source)]


def codes(records: list[Record]) -> list[str | None]:
    """Return the error code of each record, sorted by source."""
    ordered = sorted(records, key=lambda each: each.source)
    return [record.error.code if record.error else None for record in ordered]


@pytest.mark.parametrize(
    ("budget", "first"),
    [
        (Budget(), None),
        (Budget(run=Micros(5000)), (Period.RUN, 5000, 3900)),
        (Budget(run=Micros(9000), day=Micros(9000)), (Period.DAY, 9000, 6500)),
        (Budget(day=Micros(9000), month=Micros(8000)), (Period.MONTH, 8000, 6500)),
    ],
)
def test_the_limit_with_the_smallest_rest_is_the_first(
    outside: Outside, budget: Budget, first: tuple[Period, int, int] | None
) -> None:
    """A day and a month count all runs; what is reserved counts as spent."""
    *earlier, bought = outside.images(3)
    other = ReservationRequest(b"image", RequestKey("m", None), "uuid", "other.jpg")
    run(outside, earlier)
    options = order()
    options = options._replace(purchase=options.purchase._replace(budget=budget))

    with outside.ledger() as ledger:
        context = outside.context(ledger)
        list(Batch(order(), Limits(), context).run([bought]))
        ledger.purchases.begin_reserve(other).result()
        batch = Batch(options, Limits(), context)
        limit = batch.first_limit()

    assert (limit and (limit.period, limit.limit, limit.used)) == first
    assert batch.state == BatchState(concurrency=INITIAL_CONCURRENCY)


@pytest.mark.parametrize("concurrency", [1, 8])
def test_every_image_is_captioned_and_billed_once(
    outside: Outside, concurrency: int
) -> None:
    """The second run reads, sends and queries nothing."""
    wanted = outside.images(30)

    records, batch = run(outside, wanted, concurrency=concurrency)
    again, _ = run(outside, wanted, concurrency=concurrency)

    assert statuses(records) == ["ok"] * 30
    assert [record.attempts for record in records] == [1] * 30
    assert (batch.reason, batch.is_over) == (None, True)
    assert 1 <= batch.state.concurrency <= concurrency
    assert statuses(again) == ["cached"] * 30
    assert {record.text for record in again} == {record.text for record in records}
    assert (outside.bills, outside.posts, outside.query_count) == (30, 30, 0)


@pytest.mark.parametrize("concurrency", [1, 8])
def test_equal_images_are_bought_once(outside: Outside, concurrency: int) -> None:
    """The others get the same text free, in any order."""
    wanted = [outside.image(f"{number}.jpg", "same") for number in range(12)]

    records, _ = run(outside, wanted, concurrency=concurrency)

    assert sorted(statuses(records)) == ["cached"] * 11 + ["ok"]
    assert len({record.text for record in records}) == 1
    assert outside.bills == 1


def test_equal_images_are_bought_once_with_fresh(outside: Outside) -> None:
    """The run ignores captions of earlier runs, but not its own."""
    wanted = [outside.image(f"{number}.jpg", "same") for number in range(2)]
    run(outside, wanted)

    records, _ = run(outside, wanted, order(fresh=True))

    assert statuses(records) == ["ok", "cached"]
    assert outside.bills == 2


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (not_sent, "failed"),
        (says(503, "busy"), "failed"),
        (says(200, "providerError"), "failed"),
        (says(500, "internalServerError"), "ambiguous"),
    ],
)
def test_a_run_stops_after_consecutive_failures(
    outside: Outside, fault: Fault, status: str
) -> None:
    """Whether they are failed or ambiguous."""
    outside.captions = repeat(fault)

    records, batch = run(outside, outside.images(MAX_CONSECUTIVE_FAILURES + 10))

    assert statuses(records) == [status] * MAX_CONSECUTIVE_FAILURES
    assert batch.reason is StopReason.CONSECUTIVE_FAILURES


def test_a_run_stops_if_storage_fails(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when its credentials expire. Nothing is bought. Some images were under way."""

    def refuse(url: str, _: int) -> NoReturn:
        raise StorageError(f"{url}: expired", code="storageUnreadable")

    monkeypatch.setattr("rwcap.storage.objects.read_object", refuse)
    requests = [CaptionRequest(f"s3://b/{number}.jpg") for number in range(30)]

    records, batch = run(outside, requests)

    assert {record.status for record in records} == {RecordStatus.FAILED}
    assert MAX_CONSECUTIVE_FAILURES <= len(records) < len(requests)
    assert batch.reason is StopReason.CONSECUTIVE_FAILURES
    assert outside.posts == 0


def test_the_first_reason_to_stop_counts_unless_the_user_stops_the_run(
    outside: Outside,
) -> None:
    """The request of the user replaces any other reason."""
    outside.captions = repeat(not_sent)

    _, batch = run(
        outside, outside.images(30), limits=Limits(errors=MAX_CONSECUTIVE_FAILURES)
    )

    before = batch.reason
    batch.stop(grace=0.0)

    assert [before, batch.reason] == [StopReason.MAX_ERRORS, StopReason.REQUESTED]


def test_a_success_resets_the_count_of_consecutive_failures(outside: Outside) -> None:
    """It shows that the service works."""
    outside.captions = chain(
        repeat(not_sent, MAX_CONSECUTIVE_FAILURES - 1),
        [works],
        repeat(not_sent, MAX_CONSECUTIVE_FAILURES - 1),
        repeat(works),
    )

    records, batch = run(outside, outside.images(2 * MAX_CONSECUTIVE_FAILURES))

    assert statuses(records).count("failed") == 2 * (MAX_CONSECUTIVE_FAILURES - 1)
    assert batch.reason is None


def test_unusable_images_are_not_failures_of_the_service(outside: Outside) -> None:
    """Neither they nor cached captions change the count."""
    done = outside.images(6)
    run(outside, done[5:])
    broken = [CaptionRequest(str(outside.folder / f"no{n}.jpg")) for n in range(50)]
    fresh = [outside.image(f"x{n}.jpg") for n in range(MAX_CONSECUTIVE_FAILURES + 5)]
    outside.captions = chain(repeat(not_sent, 9), repeat(BAD, 5), repeat(not_sent))

    records, batch = run(
        outside, [*broken[:30], *fresh[:12], *broken[30:], done[5], *fresh[12:], *done]
    )

    kinds = [record.error.kind for record in records if record.error]
    assert kinds.count(ErrorKind.NETWORK) == MAX_CONSECUTIVE_FAILURES
    assert kinds.count(ErrorKind.INPUT) == 50 + 5
    assert batch.reason is StopReason.CONSECUTIVE_FAILURES


def test_a_run_stops_after_the_maximum_number_of_errors(outside: Outside) -> None:
    """Of any kind, consecutive or not."""
    outside.captions = chain([BAD, works, not_sent, works, BAD], repeat(works))
    unusable = UnusableSource("x.jpg", InputError("no", code="fileNotFound"))

    records, batch = run(
        outside, [unusable, *outside.images(20)], limits=Limits(errors=4)
    )

    assert sum(record.error is not None for record in records) == 4
    assert outside.posts == 5
    assert batch.reason is StopReason.MAX_ERRORS


@pytest.mark.parametrize(
    "fault", [says(401, "invalidApiKey"), says(402, "insufficientCredits")]
)
def test_a_run_stops_if_the_account_is_refused(outside: Outside, fault: Fault) -> None:
    """At once, because the other images would fail, too."""
    outside.captions = chain([works], repeat(fault))

    records, batch = run(outside, outside.images(20))

    assert statuses(records) == ["ok", "failed"]
    assert outside.posts == 2
    assert batch.reason is StopReason.ACCOUNT


def test_reservations_ahead_are_given_up_when_a_run_stops(outside: Outside) -> None:
    """Nothing is left to recover, and the next run buys each caption once."""
    wanted = outside.images(30)
    outside.captions = chain(
        repeat(works, 5), repeat(says(401, "invalidApiKey"), 4), repeat(works)
    )

    run(outside, wanted, concurrency=4)
    with outside.ledger() as ledger:
        left = ledger.open_purchases.unsettled()
    outside.captions = repeat(works)
    records, _ = run(outside, wanted, concurrency=4)

    assert left == []
    assert len(records) == outside.bills == 30


def test_a_purchase_can_be_given_up_before_its_task_is_sent(outside: Outside) -> None:
    """Unless it was adopted from a run that may have sent it."""
    source = outside.image("a.jpg").source
    image = ImageReader(stdin=io.BytesIO).read(source)

    def opened(ledger: Ledger) -> OpenPurchase:
        context, options = outside.context(ledger), PurchaseOptions(IMPATIENT)
        found = open_purchase(source, image, Parameters(), options, context)
        assert isinstance(found, OpenPurchase)
        return found

    with outside.ledger() as ledger:
        context = outside.context(ledger)
        cancel(opened(ledger), context)
        kept = opened(ledger)
        cancel(opened(ledger), context)  # the one above is in progress
        claims = [kept.reservation.result(), opened(ledger).reservation.result()]
    with outside.ledger() as ledger:
        cancel(opened(ledger), outside.context(ledger))
        bought = PurchaseResult(CaptionResult("x", None), None, attempts=0)
        cancel(bought, outside.context(ledger))
    with outside.ledger() as ledger:
        left = ledger.open_purchases.unsettled()

    assert claims == [ReservationStatus.RESERVED, ReservationStatus.IN_PROGRESS]
    assert left == [(kept.task.uuid, False)]


def test_the_limit_counts_only_new_captions(outside: Outside) -> None:
    """Each run continues, until all are done. Then the limit is not the reason."""
    wanted = outside.images(7)
    limits = Limits(captions=3)

    runs = [run(outside, wanted, limits=limits) for _ in range(4)]

    bought = [statuses(records).count("ok") for records, _ in runs]
    assert bought == [3, 3, 1, 0]
    assert [len(records) for records, _ in runs] == [3, 6, 7, 7]
    reasons = [batch.reason for _, batch in runs]
    assert reasons == [StopReason.LIMIT, StopReason.LIMIT, None, None]


@pytest.mark.promises("limits")
@pytest.mark.parametrize("code", ["contentPolicyViolation", "invalidImage"])
def test_images_that_the_service_refuses_do_not_count_for_the_limit(
    outside: Outside, code: str
) -> None:
    """Each run gets further, and buys as many captions as it may."""
    outside.captions = chain(repeat(says(400, code), 3), repeat(works))

    records, batch = run(outside, outside.images(7), limits=Limits(captions=3))

    assert statuses(records) == ["failed"] * 3 + ["ok"] * 3
    assert batch.reason is StopReason.LIMIT


@pytest.mark.promises("limits")
def test_captions_that_are_found_again_do_not_count_for_the_limit(
    outside: Outside,
) -> None:
    """An earlier run has paid for them."""
    wanted, hasty = outside.images(4), RetryPolicy(retries=0)
    outside.captions = chain(repeat(lost_after, 2), repeat(works))
    outside.queries = chain(repeat(not_sent, 4), repeat(works))
    lost, _ = run(outside, wanted[:2], order(policy=hasty))

    records, batch = run(outside, wanted, limits=Limits(captions=1))

    assert statuses(lost) == ["ambiguous"] * 2
    assert statuses(records) == ["ok"] * 3
    assert batch.reason is StopReason.LIMIT
    assert outside.bills == 3


def test_another_reason_has_priority_over_the_limit(outside: Outside) -> None:
    """The run did not stop because of the limit."""
    outside.captions = repeat(says(401, "invalidApiKey"))

    _, batch = run(outside, outside.images(9), limits=Limits(captions=5))

    assert batch.reason is StopReason.ACCOUNT


def test_a_sample_is_the_same_for_the_same_seed() -> None:
    """In the order of the images. Each image has the same probability."""
    wanted = [CaptionRequest(f"{number}.jpg") for number in range(40)]

    def sample(seed: int, size: int = 10) -> list[int]:
        limits = Limits(sample=size, seed=seed)
        return [wanted.index(each) for each in apply_sample(iter(wanted), limits)]  # type: ignore[arg-type]  # numbers stand for requests

    samples = [sample(seed) for seed in range(400)]

    assert sample(3) == samples[3]
    assert all(each == sorted(set(each)) for each in samples)
    assert {len(each) for each in samples} == {10}
    assert len(set(map(tuple, samples))) > 390
    counts = [sum(number in each for each in samples) for number in range(40)]
    assert min(counts) > 60
    assert max(counts) < 150
    assert sample(1, size=99) == list(range(40))
    assert list(apply_sample(wanted, Limits())) == wanted


def test_only_the_sample_is_bought(outside: Outside) -> None:
    """The second run has the same sample."""
    wanted = outside.images(12)
    limits = Limits(sample=4, seed=5)

    records, _ = run(outside, wanted, limits=limits)
    again, _ = run(outside, wanted, limits=limits)

    assert statuses(records) == ["ok"] * 4
    assert statuses(again) == ["cached"] * 4


def test_a_run_has_a_time_limit(outside: Outside) -> None:
    """With any number of images left."""
    endless = (outside.image(f"{number}.jpg") for number in count())

    records, batch = run(outside, endless, limits=Limits(seconds=0.2))

    assert batch.reason is StopReason.MAX_DURATION
    assert batch.is_over
    assert statuses(records).count("ok") == outside.bills


def test_the_time_limit_is_no_reason_if_no_image_is_left(outside: Outside) -> None:
    """The last captions were in progress."""
    with outside.ledger() as ledger:
        batch = Batch(order(), Limits(concurrency=1), outside.context(ledger))

        def slow(outside: Outside, body: bytes) -> Reply:
            wait_until(lambda: batch._pool.is_exhausted)
            batch._stop_feeding(StopReason.MAX_DURATION)
            return outside.answer(body)

        outside.captions = repeat(slow)
        records = list(batch.run(outside.images(1)))

    assert statuses(records) == ["ok"]
    assert batch.reason is None


class Clock(Event):
    """A simulated clock, which advances when a thread waits for the stop."""

    def __init__(self) -> None:
        """Start at zero."""
        super().__init__()
        self.time = 0.0
        self._turn = Lock()

    def wait(self, timeout: float | None = None) -> bool:
        """Advance the clock."""
        with self._turn:
            self.time += timeout or 0.0
        return self.is_set()


def test_all_threads_wait_if_the_service_asks_one_to_wait(outside: Outside) -> None:
    """For the time that the service asks for. Then they continue."""
    clock = Clock()
    begun: list[float] = []
    with outside.ledger() as ledger:
        context = outside.context(ledger)._replace(now=lambda: clock.time)
        batch = Batch(
            order(policy=RetryPolicy(retries=1)), Limits(concurrency=4), context
        )
        batch._pace._stop_now = clock

        def noted(outside: Outside, body: bytes) -> Reply:
            begun.append(clock.time)
            return outside.answer(body)

        def busy(outside: Outside, body: bytes) -> Reply:
            begun.append(clock.time)
            wait_until(lambda: len(begun) == 4)
            return says(429, "rateLimitExceeded", retry_after=100.0)(outside, body)

        def held(outside: Outside, body: bytes) -> Reply:
            begun.append(clock.time)
            wait_until(lambda: batch._pace._paused_until > 0)
            return outside.answer(body)

        outside.captions = chain([busy, held, held, held], repeat(noted))
        records = list(batch.run(outside.images(20)))

    assert statuses(records) == ["ok"] * 20
    assert begun[:4] == [0.0] * 4
    assert len(begun) == 21
    assert min(begun[4:]) >= 100.0
    assert batch.state.concurrency <= 4


def test_a_pause_of_a_day_ends_the_run_at_once(outside: Outside) -> None:
    """What else was in flight may finish; nothing waits, and nothing is sent."""
    is_refused = Event()

    def send_away(outside: Outside, body: bytes) -> Reply:
        is_refused.set()
        return says(503, "busy", retry_after=86_400.0)(outside, body)

    def answer_later(outside: Outside, body: bytes) -> Reply:
        is_refused.wait(TIMEOUT)
        return outside.answer(body)

    outside.captions = chain([answer_later, send_away], repeat(works))
    with outside.ledger() as ledger:
        clock = Clock()
        context = outside.context(ledger)._replace(now=lambda: clock.time)
        batch = Batch(order(), Limits(concurrency=2), context)
        batch._pace._stop_now = clock
        records = list(batch.run(outside.images(40)))

    failed = [each.error for each in records if each.error]
    assert [each.hint for each in failed] == ["run the same command again in 86400 s"]
    assert batch.reason is StopReason.LONG_PAUSE
    assert len(records) < 40
    assert clock.time == 0.0


def asleep(
    outside: Outside, batch: Batch, wanted: list[CaptionRequest]
) -> list[Record]:
    """Run, and stop when the first thread sleeps."""
    records: list[Record] = []
    runner = Thread(target=lambda: records.extend(batch.run(wanted)))
    runner.start()
    wait_until(lambda: bool(outside.notices))
    batch.stop(grace=TIMEOUT)
    runner.join(TIMEOUT)
    assert not runner.is_alive()
    return records


SLEEPY = RetryPolicy(retries=1, wait_initial=600.0, wait_max=600.0)


@pytest.mark.parametrize(
    ("fault", "answers", "found"), [(not_sent, [], 0), (lost_after, [not_sent] * 2, 1)]
)
def test_a_purchase_that_sleeps_when_the_run_stops_stays_open(
    outside: Outside, fault: Fault, answers: list[Fault], found: int
) -> None:
    """The next run finishes it, with one charge in all."""
    outside.captions = chain([fault], repeat(works))
    outside.queries = chain(answers, repeat(works))
    wanted = outside.images(1)
    with outside.ledger() as ledger:
        context = outside.context(ledger)
        batch = Batch(order(policy=SLEEPY), Limits(concurrency=1), context)
        records = asleep(outside, batch, wanted)
    assert records == []
    assert (batch.reason, batch.is_over) == (StopReason.REQUESTED, True)
    assert outside.bills == found

    again, _ = run(outside, wanted)

    assert statuses(again) == ["cached" if found else "ok"]
    assert outside.bills == 1


@pytest.mark.parametrize(("fault", "left"), [(not_sent, 0), (lost_before, 1)])
@pytest.mark.promises("once", "limits")
def test_only_a_purchase_that_may_have_been_sent_stays_open(
    outside: Outside, fault: Fault, left: int
) -> None:
    """The run stops in the pause before the next try."""
    outside.captions = iter([fault])
    with outside.ledger() as ledger:
        context = outside.context(ledger)
        batch = Batch(order(policy=SLEEPY), Limits(concurrency=1), context)
        asleep(outside, batch, outside.images(1))

    with outside.ledger() as ledger:
        found = ledger._database.read("SELECT state, reserved FROM purchase")

    assert found == [("sent", 2600)] * left


def test_a_purchase_that_exceeds_the_grace_period_stays_open(outside: Outside) -> None:
    """The run ends. The next run finds the caption."""
    go = Event()
    begun = Event()

    def slow(outside: Outside, body: bytes) -> Reply:
        outside.answer(body)
        begun.set()
        assert go.wait(TIMEOUT)
        raise NoReplyError("lost", code="connectionLost")

    outside.captions = chain([slow], repeat(works))
    wanted = outside.images(3)
    records: list[Record] = []
    with outside.ledger() as ledger:
        batch = Batch(order(), Limits(concurrency=1), outside.context(ledger))
        runner = Thread(target=lambda: records.extend(batch.run(wanted)))
        runner.start()
        assert begun.wait(TIMEOUT)
        batch.stop(grace=0.0)
        runner.join(TIMEOUT)
    assert (records, batch.is_over, outside.bills) == ([], False, 1)

    again, _ = run(outside, wanted)
    go.set()

    assert statuses(again) == ["cached", "ok", "ok"]
    assert outside.bills == 3


def test_abandoned_purchases_are_queried_first(outside: Outside) -> None:
    """Even if their images are not in this run."""
    (wanted,) = outside.images(1)
    outside.captions = iter([lost_after])
    outside.queries = chain([not_sent] * 2, repeat(works))
    with outside.ledger() as ledger:
        context = outside.context(ledger)
        batch = Batch(order(policy=SLEEPY), Limits(concurrency=1), context)
        asleep(outside, batch, [wanted])

    assert run(outside, [])[0] == []

    with outside.ledger() as ledger:
        assert ledger.open_purchases.abandoned() == []
        ((text,),) = ledger._database.read("SELECT text FROM purchase")
    assert text.startswith("[sandbox]")
    assert "recovered a caption of an earlier run" in outside.notices[-1]


@pytest.mark.parametrize(
    ("answers", "left", "state"),
    [
        ([not_sent] * 2, 1, "sent"),  # the query is not sent
        ([works] * 2, 0, "sent"),  # unknown: sent again when its caption is requested
        ([says(200, "providerError")] * 2, 1, "sent"),  # the error of the query
    ],
)
def test_abandoned_purchases_without_an_outcome_stay_open(
    outside: Outside, answers: list[Fault], left: int, state: str
) -> None:
    """Until the service reports their outcome."""
    outside.captions = iter([lost_before])
    with outside.ledger() as ledger:
        context = outside.context(ledger)
        batch = Batch(order(policy=SLEEPY), Limits(concurrency=1), context)
        asleep(outside, batch, outside.images(1))
    outside.queries = chain(answers, repeat(works))

    run(outside, [])

    with outside.ledger() as ledger:
        assert len(ledger.open_purchases.abandoned()) == left
        assert ledger._database.read("SELECT state FROM purchase") == [(state,)]


def test_tasks_that_are_not_awaited_stay_at_the_service(outside: Outside) -> None:
    """The next run that waits fetches the caption, with one charge."""
    wanted = outside.images(2)
    later = Parameters(delivery=Delivery.ASYNC)
    leaving = order(parameters=later, policy=IMPATIENT._replace(await_result=False))

    first, _ = run(outside, wanted, leaving)
    second, _ = run(outside, wanted, leaving)
    third, _ = run(outside, wanted, order(parameters=later))

    assert statuses(first) == ["accepted"] * 2
    assert statuses(second) == ["accepted"] * 2
    assert statuses(third) == ["cached"] * 2
    assert outside.bills == 2


def test_a_prompt_may_contain_columns(outside: Outside) -> None:
    """Each image has its own prompt. A missing column fails the row."""
    a, b, c, d = outside.images(4)
    wanted = [
        a._replace(columns={"who": "Ada"}),
        b._replace(columns={"what": "x"}),
        c._replace(columns={"who": " "}),
        d._replace(prompt="Why {who}?"),
    ]

    records, batch = run(outside, wanted, order(parameters=Parameters(prompt="{who}")))

    prompts = {Path(each.source).name: each.prompt for each in records}
    assert statuses(records) == ["ok", "failed", "failed", "ok"]
    assert codes(records) == [None, "missingField", "invalidPrompt", None]
    assert prompts["000.jpg"] == "Ada"
    assert prompts["003.jpg"] == "Why {who}?"
    assert outside.posts == 2
    assert batch.reason is None


def test_an_unusable_source_is_a_failure(outside: Outside) -> None:
    """With its name in the table. The other images continue."""
    refused = InputError("row 2: no image", code="noImage", hint="give it one")
    empty = outside.folder / "empty.jpg"
    empty.touch()

    records, _ = run(
        outside,
        [
            UnusableSource("list.csv", refused, id="two"),
            CaptionRequest(str(empty)),
            *outside.images(1),
        ],
    )

    by_code = {
        record.error.code if record.error else None: record for record in records
    }
    assert by_code.keys() == {"noImage", "emptyImage", None}
    assert by_code["noImage"].id == "two"
    assert by_code["noImage"].source == "list.csv"
    assert outside.posts == 1


def test_an_error_of_the_ledger_ends_the_run(outside: Outside) -> None:
    """Nothing is bought that cannot be stored."""
    with outside.ledger() as ledger:
        batch = Batch(order(), Limits(), outside.context(ledger))
        ledger._database._writer._connection.execute("DROP TABLE purchase")
        with pytest.raises(LedgerError):
            list(batch.run(outside.images(3)))

    assert outside.posts == 0


def test_a_caption_that_cannot_be_settled_is_reported_with_its_command(
    outside: Outside,
) -> None:
    """It may be charged, and the service still has it."""

    def spoil(outside: Outside, body: bytes) -> Reply:
        reply = outside.answer(body)
        ledger._database._writer._connection.execute("DROP TABLE purchase")
        return reply

    outside.captions = repeat(spoil)
    with outside.ledger() as ledger:
        batch = Batch(order(), Limits(), outside.context(ledger))
        with pytest.raises(LedgerError, match="may have been charged") as failed:
            list(batch.run(outside.images(1)))

    assert failed.value.hint
    assert failed.value.hint.startswith("rwcap caption --fetch ")


def texts(outside: Outside) -> dict[str, str]:
    """Return the texts of the sidecars."""
    return {path.name: path.read_text() for path in outside.folder.glob("*.txt")}


def beside(
    mode: MergeMode = MergeMode.SKIP,
    *,
    style: Style | None = None,
    collide: CollisionPolicy = CollisionPolicy.ERROR,
) -> RunOptions:
    """Return options that write text files next to the images."""
    return order(
        outputs=Outputs(
            targets=[TextFiles(mode=mode)],
            mode=mode,
            style=style or Style(),
            collide=collide,
        )
    )


def test_captions_are_written_next_to_their_images(outside: Outside) -> None:
    """The second run finds them. A deleted one is written again, free."""
    wanted = outside.images(3)

    records, _ = run(outside, wanted, beside())
    again, _ = run(outside, wanted, beside())
    (outside.folder / "001.txt").write_text("")
    third, _ = run(outside, wanted, beside())

    assert statuses(records) == ["ok"] * 3
    assert {record.outputs for record in records} == {
        (str(outside.folder / f"00{number}.txt"),) for number in range(3)
    }
    assert statuses(again) == ["skipped"] * 3
    assert statuses(third) == ["skipped", "cached", "skipped"]
    assert texts(outside) == {
        Path(record.source).with_suffix(".txt").name: f"{record.text}\n"
        for record in records
    }
    assert outside.bills == 3


def test_a_sidecar_of_another_program_is_not_changed(outside: Outside) -> None:
    """Its image is not captioned."""
    (outside.folder / "000.txt").write_text("mine\n")

    records, _ = run(outside, outside.images(1), beside())

    assert statuses(records) == ["skipped"]
    assert texts(outside) == {"000.txt": "mine\n"}
    assert outside.posts == 0


@pytest.mark.parametrize(
    ("mode", "before", "after"),
    [
        (MergeMode.OVERWRITE, "", ""),
        (MergeMode.APPEND, "mine\n", ""),
        (MergeMode.PREPEND, "", "mine\n"),
    ],
)
def test_other_modes_write_the_caption_once(
    outside: Outside, mode: MergeMode, before: str, after: str
) -> None:
    """A second run changes nothing and costs nothing."""
    (outside.folder / "000.txt").write_text("mine\n")
    wanted = outside.images(1)

    (record,), _ = run(outside, wanted, beside(mode))
    again, _ = run(outside, wanted, beside(mode))

    assert record.status is RecordStatus.OK
    assert statuses(again) == ["cached"]
    assert texts(outside) == {"000.txt": f"{before}{record.text}\n{after}"}
    assert outside.bills == 1


def test_an_invalid_template_costs_nothing(outside: Outside) -> None:
    """It is found before the purchase."""
    style = Style(template="{caption} by {who}")
    wanted = outside.images(2)
    wanted[1] = wanted[1]._replace(columns={"who": "Ada"})

    records, _ = run(outside, wanted, beside(style=style))

    assert codes(records) == ["missingField", None]
    assert outside.posts == 1
    assert texts(outside)["001.txt"].endswith(" by Ada\n")


@pytest.mark.parametrize(
    ("collide", "expected", "files"),
    [
        (CollisionPolicy.ERROR, ["ok", "failed"], {"a.txt"}),
        (CollisionPolicy.SUFFIX, ["ok", "ok"], {"a.txt", "a.png.txt"}),
    ],
)
def test_two_images_never_share_a_sidecar(
    outside: Outside, collide: CollisionPolicy, expected: list[str], files: set[str]
) -> None:
    """Nor in the next run, in any order."""
    wanted = [outside.image("a.jpg"), outside.image("a.png")]

    records, _ = run(outside, wanted, beside(collide=collide))
    again, _ = run(outside, wanted[::-1], beside(collide=collide))

    assert statuses(records) == expected
    assert statuses(again) == [each.replace("ok", "skipped") for each in expected]
    assert texts(outside).keys() == files
    if collide is CollisionPolicy.ERROR:
        assert codes(records)[1] == "sidecarTaken"


def test_captions_of_the_sandbox_do_not_count_for_the_service(
    outside: Outside,
) -> None:
    """The service's captions replace them."""

    def without_label(outside: Outside, body: bytes) -> Reply:
        reply = outside.answer(body)
        return reply._replace(body=reply.body.replace(b"[sandbox] ", b""))

    outside.captions = repeat(without_label)
    (outside.folder / "000.txt").write_text("[sandbox] A JPEG image.\n")
    (outside.folder / "001.txt").write_text("A harbour.\n")
    wanted = outside.images(2)

    records, _ = run(outside, wanted, beside())
    again, _ = run(outside, wanted, beside())

    assert statuses(records) == ["ok", "skipped"]
    assert statuses(again) == ["skipped", "skipped"]
    assert "[sandbox]" not in texts(outside)["000.txt"]
    assert texts(outside)["001.txt"] == "A harbour.\n"


def test_a_caption_that_cannot_be_written_is_kept(outside: Outside) -> None:
    """The record has the error. The next run writes the caption free."""
    wanted = outside.images(1)

    def blocks(service: Outside, body: bytes) -> Reply:
        (outside.folder / "000.txt").mkdir()
        return service.answer(body)

    outside.captions = chain([blocks], repeat(works))
    (record,), _ = run(outside, wanted, beside())
    (outside.folder / "000.txt").rmdir()
    again, _ = run(outside, wanted, beside())

    assert record.status is RecordStatus.FAILED
    assert record.error
    assert record.error.kind is ErrorKind.OUTPUT
    assert record.text
    assert statuses(again) == ["cached"]
    assert texts(outside) == {"000.txt": f"{record.text}\n"}
    assert outside.bills == 1


def test_the_record_file_shows_which_images_are_done(outside: Outside) -> None:
    """Its records are not added again. Missing ones are added free."""
    wanted = outside.images(3)
    path = outside.folder / "captions.jsonl"

    def recorded(images: list[CaptionRequest], *, sidecars: bool = False) -> list[str]:
        with RecordFile(str(path)) as file:
            beside = [TextFiles()] if sidecars else []
            outputs = Outputs(record_file=file, targets=beside)
            records, _ = run(outside, images, order(outputs=outputs))
            for record in records:
                outputs.append(record)
        return statuses(records)

    assert recorded(wanted[:2]) == ["ok", "ok"]
    assert recorded(wanted) == ["skipped", "skipped", "ok"]
    assert len(path.read_text().splitlines()) == 3
    assert recorded(wanted, sidecars=True) == ["cached"] * 3
    assert len(path.read_text().splitlines()) == 3
    assert len(texts(outside)) == 3
    path.unlink()
    assert recorded(wanted, sidecars=True) == ["cached"] * 3
    assert len(path.read_text().splitlines()) == 3
    assert outside.bills == 3


def test_without_a_record_file_no_record_is_stored(outside: Outside) -> None:
    """The caller prints the records."""
    record = Record(source="a.jpg", status=RecordStatus.OK)

    Outputs().append(record)

    assert list(outside.folder.iterdir()) == []


def test_an_unchanged_image_is_not_read_again(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Except with --checksum. A changed file is another image."""
    wanted = outside.images(2)
    run(outside, wanted)
    read: list[str] = []
    reader = ImageReader.read

    def counted(self: ImageReader, source: str) -> object:
        read.append(Path(source).name)
        return reader(self, source)

    monkeypatch.setattr(ImageReader, "read", counted)

    run(outside, wanted)
    assert read == []
    checked, _ = run(outside, wanted, order(checksum=True))
    assert sorted(read) == ["000.jpg", "001.jpg"]
    outside.image("001.jpg", "another")
    changed, _ = run(outside, wanted)

    assert statuses(checked) == ["cached"] * 2
    assert statuses(changed) == ["cached", "ok"]


def test_an_estimate_is_known_before_the_run(outside: Outside) -> None:
    """It sends and writes nothing. Equal images count once."""
    done, *wanted = outside.images(4)
    same = outside.image("same.jpg", Path(wanted[0].source).name)
    run(outside, [done], beside())
    (outside.folder / "003.txt").write_text("mine")
    gone = CaptionRequest(str(outside.folder / "gone.jpg"))
    moved = outside.image("moved.jpg", Path(done.source).name)
    posts = outside.posts
    refused = UnusableSource("x", InputError("no", code="noImage"))

    with outside.ledger() as ledger:
        context = outside.context(ledger)
        all_of_it: list[CaptionRequest | UnusableSource] = [
            done,
            *wanted,
            same,
            gone,
            moved,
            refused,
        ]
        planned = list(preview(all_of_it, beside(), context, Limits()))
        fresh = list(preview([moved], order(fresh=True), context, Limits()))
        limited = list(preview(all_of_it, beside(), context, Limits(captions=1)))
        plan = Estimate()
        for found in planned:
            plan.add(found)
        guess = plan.forecast(context)
        rest = plan.forecast(
            context,
            bought=[each for each in fresh if isinstance(each, PreparedRequest)],
        )
        prior = Estimate().forecast(context)

    told = {
        Path(each.request.source).name
        if isinstance(each, PreparedRequest)
        else Path(each.source).name: "buy"
        if isinstance(each, PreparedRequest)
        else each.status.value
        for each in planned
    }
    assert told == {
        "000.jpg": "skipped",
        "001.jpg": "buy",
        "002.jpg": "buy",
        "003.jpg": "skipped",
        "same.jpg": "cached",
        "gone.jpg": "failed",
        "moved.jpg": "cached",
        "x": "failed",
    }
    assert [type(each) for each in fresh] == [PreparedRequest]
    assert (plan.images, plan.to_buy, plan.done, len(plan.failures)) == (8, 2, 4, 2)
    assert guess == forecast([(2, PriceHistory(1, 1300, 1300**2))])
    assert rest == forecast([(1, PriceHistory(1, 1300, 1300**2))])
    assert (prior.expected, prior.low, prior.high) == (0, 0, 0)
    assert [isinstance(each, PreparedRequest) for each in limited] == [False, True]
    assert outside.posts == posts
    assert texts(outside).keys() == {"000.txt", "003.txt"}


def test_the_number_of_records_is_known_before_the_run(outside: Outside) -> None:
    """It is that of the sources or of the sample; unknown with a limit."""
    for limits, records in (
        (Limits(), 30),
        (Limits(sample=4), 4),
        (Limits(sample=40), 30),
        (Limits(captions=9), None),
    ):
        _, batch = run(outside, [], limits=limits)
        assert batch.records(30) == records


def test_a_consumer_that_stops_loses_no_caption(
    outside: Outside,
) -> None:
    """A pipe closes: purchases in progress are awaited, and no more begin."""
    wanted = outside.images(40)
    with outside.ledger() as ledger:
        limits = Limits(concurrency=4)
        batch = Batch(order(), limits, outside.context(ledger))
        records = batch.run(wanted)
        next(records)
        records.close()

        assert batch.is_over
        assert ledger.open_purchases.abandoned() == []
    assert 1 <= outside.bills < 40


def test_a_second_stop_waits_for_nothing(outside: Outside) -> None:
    """The user has waited already."""
    with outside.ledger() as ledger:
        batch = Batch(order(), Limits(), outside.context(ledger))
        records = batch.run(outside.images(9))
        next(records)
        batch.stop(0.0)
        records.close()

    assert batch.reason is StopReason.REQUESTED


def test_the_cost_of_an_image_is_limited(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In statements, in commits, and in threads: counts that every machine has."""
    images = 200
    wanted = outside.images(images)
    started: list[Thread] = []
    start = Thread.start

    def counted(thread: Thread) -> None:
        started.append(thread)
        start(thread)

    with outside.ledger() as ledger:
        seen: list[str] = []
        database = ledger._database
        database._writer._connection.set_trace_callback(seen.append)
        database._reader.set_trace_callback(seen.append)
        monkeypatch.setattr(Thread, "start", counted)
        batch = Batch(order(), Limits(concurrency=8), outside.context(ledger))
        records = list(batch.run(wanted))

    assert statuses(records) == ["ok"] * images
    statements = [each for each in seen if each not in {"BEGIN IMMEDIATE", "COMMIT"}]
    assert len(statements) <= 20 * images + 10  # those of triggers included
    assert seen.count("COMMIT") <= images
    assert len(started) <= 8 + 2 * HELPERS + 2
