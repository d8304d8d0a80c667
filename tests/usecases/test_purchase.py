"""Every caption is charged once: a model test of the ledger and the purchases.

Several processes request the same few captions from a service that charges for each
accepted task. Replies are lost, cut, doubled and delayed. Processes are killed or
interrupted at any step, and other processes run in between.
"""

import json
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import chain, count, repeat
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from rwcap.api.reply import CaptionResult
from rwcap.api.request import CaptionTask, Delivery, Parameters
from rwcap.api.retry import RetryPolicy
from rwcap.api.sandbox.service import Sandbox
from rwcap.api.wire import Reply, encode
from rwcap.core.errors import (
    AmbiguousError,
    BudgetError,
    CapacityError,
    ConfigError,
    InputError,
    NoReplyError,
    NotSentError,
    RwcapError,
    TaskError,
)
from rwcap.core.money import Micros
from rwcap.images.image import RemoteImage
from rwcap.ledger.budget import UNLIMITED, Budget
from rwcap.ledger.database.connection import Awaited, Database
from rwcap.ledger.ledger import Ledger
from rwcap.ledger.purchases import Purchases
from rwcap.ledger.reservation import (
    AlreadyBought,
    RequestKey,
    ReservationRequest,
    ReservationResult,
    ReservationStatus,
)
from rwcap.ledger.runs import Run
from rwcap.usecases.context import Context, RunStopped
from rwcap.usecases.purchase import recovery
from rwcap.usecases.purchase.purchase import (
    FRESH_HINT,
    PurchaseOptions,
    PurchaseResult,
    cancel,
    complete,
    open_purchase,
    purchase,
)
from rwcap.usecases.purchase.reservation_wait import (
    IN_PROGRESS_PAUSE,
    ReservationWait,
)
from tests.usecases.test_submit import (
    ENDED,
    FINAL,
    GATEWAYS,
    Fault,
    Service,
    cut,
    doubled,
    lost_after,
    lost_before,
    not_sent,
    says,
    works,
)

IMAGES = [RemoteImage(f"https://example.com/{letter}.jpg") for letter in "abcd"]
"""Few images, so that processes often request the same one."""

T = TypeVar("T")


class Killed(BaseException):
    """The process or its thread is killed."""


class StoppedWaiting(BaseException):
    """The process stops waiting for another process."""


def foreign(service: Service, body: bytes) -> Reply:
    """Answer with the text of another task."""
    reply = service(body)
    (task,) = json.loads(body)
    other = reply.body.replace(task["taskUUID"].encode(), str(UUID(int=7)).encode())
    return reply._replace(body=other)


def test_a_foreign_answer_has_another_uuid() -> None:
    """Whatever faults the other tests choose."""
    answer = Reply(200, b'{"taskUUID": "a"}')

    assert b'"a"' not in foreign(lambda _: answer, b'[{"taskUUID": "a"}]').body


def processing(service: Service, body: bytes) -> Reply:
    """Answer that the task is still running, if the service knows it."""
    reply = service(body)
    (task,) = json.loads(body)
    data = [{"taskUUID": task["taskUUID"], "status": "processing"}]
    known = b'"text"' in reply.body
    return Reply(200, json.dumps({"data": data}).encode()) if known else reply


def late(service: Service, body: bytes) -> Reply:
    """Break the connection. The request arrives before the next one is sent."""
    raise LateError


class LateError(NoReplyError):
    """The connection is lost, but the request arrives later."""

    def __init__(self) -> None:
        """Have the same message and code as other lost connections."""
        super().__init__("lost", code="connectionLost")


CAPTIONS = [
    works,
    not_sent,
    lost_before,
    lost_after,
    late,
    cut,
    doubled,
    foreign,
    says(429),
    says(429, "rateLimitExceeded"),
    says(503),
    says(500, "internalServerError"),
    says(500, accepted=True),
    says(502, accepted=True),
    says(504, accepted=True),
    says(200, accepted=True),
    says(408, accepted=True),
    *GATEWAYS,
    *FINAL,
]
# Not `foreign`: a query answered with the result of another task counts as "no such
# task". Together with a wrong error of a gateway, the purchase would count as failed.
QUERIES = [works, not_sent, lost_after, cut, processing, says(401), says(503)]


class Model:
    """The service and its charges."""

    def __init__(self) -> None:
        """Start without tasks."""
        self.sandbox = Sandbox()
        self.bills: Counter[str] = Counter()
        """The number of charges by image."""
        self.texts: dict[str, str] = {}
        """The texts by task UUID."""
        self.conflict = 400
        """The status of the reply to a repeated UUID."""
        self.captions: Iterator[Fault] = repeat(works)
        self.queries: Iterator[Fault] = repeat(works)
        self.on_its_way: list[bytes] = []

    def order(self, captions: list[Fault], queries: list[Fault]) -> None:
        """Set the faults of the next requests. Later requests succeed."""
        self.captions = chain(captions, repeat(works))
        self.queries = chain(queries, repeat(works))

    def exchange(self, body: bytes) -> Reply:
        """Answer a request, with the next fault if there is one."""
        (task,) = json.loads(body)
        if task["taskType"] != "caption":
            return next(self.queries)(self._answer, body)
        self.deliver()
        try:
            return next(self.captions)(self._answer, body)
        except LateError:
            self.on_its_way.append(body)
            raise

    def deliver(self) -> None:
        """Deliver the delayed requests."""
        while self.on_its_way:
            self._answer(self.on_its_way.pop())

    def _answer(self, body: bytes) -> Reply:
        (task,) = json.loads(body)
        before, _ = self.sandbox.tasks.total_charged()
        reply = self.sandbox.handle("Bearer key", body)
        after, _ = self.sandbox.tasks.total_charged()
        if after > before:
            image = task["inputs"]["image"]
            self.bills[image] += 1
            found = self.sandbox.tasks.find(task["taskUUID"])
            assert found
            self.texts[task["taskUUID"]] = json.loads(found.result)["text"]
        if b"conflictTaskUUID" in reply.body:
            return reply._replace(status=self.conflict)
        return reply


class Steps:
    """The steps of a process: it is killed, or another process runs."""

    def __init__(
        self,
        *,
        kill_at: int | None = None,
        other_at: int | None = None,
        others: Callable[[], None] = lambda: None,
    ) -> None:
        """Kill the process at one step, and run `others` at another."""
        self.taken = 0
        self.kill_at = kill_at
        self.other_at = other_at
        self.others = others

    def __call__(self) -> None:
        """Take one step."""
        self.taken += 1
        if self.taken == self.other_at:
            self.others()
        if self.taken == self.kill_at:
            raise Killed


class KillablePurchases(Purchases):
    """Purchases of a process that can be killed before and after each write."""

    def __init__(self, database: Database, run: Run, step: Callable[[], None]) -> None:
        """Call `step` before and after each write."""
        super().__init__(database, run)
        self._step = step

    def begin_reserve(self, wanted: ReservationRequest) -> Awaited[ReservationResult]:
        """Reserve between two steps."""
        return self._between(super().begin_reserve, wanted)

    def begin_settle(
        self, task_uuid: str, outcome: CaptionResult | TaskError, attempts: int
    ) -> Awaited[bool]:
        """Settle between two steps."""
        return self._between(super().begin_settle, task_uuid, outcome, attempts)

    def begin_release(self, task_uuid: str) -> Awaited[bool]:
        """Release between two steps."""
        return self._between(super().begin_release, task_uuid)

    def _between(
        self, begin: Callable[..., Awaited[T]], *arguments: object
    ) -> Awaited[T]:
        self._step()
        write = begin(*arguments)
        write.result()
        self._step()
        return write


class Locks:
    """Locks of all processes. A killed process holds none."""

    def __init__(self, held: set[str]) -> None:
        """Share the held locks with the other processes."""
        self._held = held

    def acquire(self, name: str) -> bool:
        """Acquire a lock."""
        self._held.add(name)
        return True

    def is_held(self, name: str) -> bool:
        """Return whether any process holds a lock."""
        return name in self._held

    def release(self, name: str) -> None:
        """Release a lock."""
        self._held.discard(name)


class Process:
    """One process, from its start to its end."""

    def __init__(self, path: Path, locks: Locks, model: Model) -> None:
        """Open the ledger."""
        self.step = Steps()
        self._locks = locks
        self._model = model
        self.ledger = Ledger(path, locks=locks)
        self.ledger.purchases = KillablePurchases(
            self.ledger._database, self.ledger.run, self.take_step
        )
        # The tests do not simulate a power failure.
        self.ledger._database._writer._connection.execute("PRAGMA synchronous = OFF")

    def take_step(self) -> None:
        """Take the next step."""
        self.step()

    def context(self, uuids: Iterator[str]) -> Context:
        """Return the context of this process."""
        time = 0.0
        checks = 0

        def exchange(body: bytes) -> Reply:
            self.step()
            try:
                return self._model.exchange(body)
            finally:
                self.step()

        def sleep(seconds: float) -> None:
            nonlocal time, checks
            self.step()
            time += seconds
            checks += seconds == IN_PROGRESS_PAUSE
            if checks > 2:
                raise StoppedWaiting

        return Context(
            read_image=lambda _: IMAGES[0],
            parse_image=lambda _, __: IMAGES[0],
            stamp=lambda _: None,
            ledger=self.ledger,
            post=exchange,
            query=exchange,
            new_uuid=lambda: next(uuids),
            sleep=sleep,
            sleep_before_purchase=sleep,
            now=lambda: time,
            random=lambda: 0.5,
            notify=lambda _: None,
            on_purchase=lambda _: None,
        )

    def die(self) -> None:
        """Release only the lock, as the system does for a killed process."""
        self._locks.release(self.ledger.run.owner)
        self.ledger._database._reader.close()
        self.ledger._database._writer._connection.close()


class PurchaseModel(RuleBasedStateMachine):
    """Each image is charged at most once, and no caption is lost."""

    def __init__(self) -> None:
        """Start with an empty ledger."""
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._path = Path(self._folder.name) / "ledger.sqlite3"
        self.model = Model()
        self.locks = Locks(set())
        self.processes: dict[int, Process] = {}
        self.busy: set[int] = set()
        self.uuids = (f"{n:08x}-0000-4000-8000-000000000000" for n in count(1))

    @initialize(conflict=st.sampled_from([400, 409]))
    def begin(self, conflict: int) -> None:
        """Choose the status of the reply to a repeated UUID."""
        self.model.conflict = conflict

    def process(self, number: int) -> Process:
        """Return a process, started if necessary."""
        if number not in self.processes:
            self.processes[number] = Process(self._path, self.locks, self.model)
        return self.processes[number]

    def buy(
        self,
        number: int,
        image: RemoteImage,
        *,
        options: PurchaseOptions,
        parameters: Parameters,
    ) -> PurchaseResult | None:
        """Purchase a caption in a process, and check the result.

        Return None if the process is killed or stops waiting.
        """
        process = self.process(number)
        self.busy.add(number)
        try:
            context = process.context(self.uuids)
            bought = purchase(image.value, image, parameters, options, context)
        except StoppedWaiting:
            return None
        except Killed:
            return None
        finally:
            self.busy.discard(number)
        if isinstance(bought.outcome, CaptionResult | AlreadyBought):
            assert self.model.bills[image.value] == 1
            assert bought.outcome.text == self.model.texts[bought.task_uuid or ""]
        return bought

    @rule(
        number=st.integers(0, 2),
        image=st.sampled_from(IMAGES),
        captions=st.lists(st.sampled_from(CAPTIONS), min_size=1, max_size=4),
        queries=st.lists(st.sampled_from(QUERIES), min_size=2, max_size=6),
        retries=st.integers(0, 2),
        parameters=st.sampled_from([Parameters(), Parameters(delivery=Delivery.ASYNC)]),
        waits=st.sampled_from([True, True, False]),
        kill_at=st.none() | st.integers(1, 8) | st.integers(1, 20),
        dies=st.sampled_from([True, True, False]),
        other_at=st.none() | st.none() | st.integers(1, 12),
        other_kill_at=st.none() | st.integers(1, 8),
    )
    def start(  # noqa: PLR0913  # the values that hypothesis chooses
        self,
        *,
        number: int,
        image: RemoteImage,
        captions: list[Fault],
        queries: list[Fault],
        retries: int,
        parameters: Parameters,
        waits: bool,
        kill_at: int | None,
        dies: bool,
        other_at: int | None,
        other_kill_at: int | None,
    ) -> None:
        """Purchase a caption with faults, until the end or until the process is killed.

        At one of the steps, another process may purchase the same caption.
        """
        policy = RetryPolicy(retries=retries, timeout=5.0, await_result=waits)
        options = PurchaseOptions(policy=policy)
        other = (number + 1) % 3

        def others() -> None:
            self.process(other).step = Steps(kill_at=other_kill_at)
            self.buy(other, image, options=options, parameters=parameters)
            self.end(other, dies=other_kill_at is not None)

        self.model.order(captions, queries)
        process = self.process(number)
        process.step = Steps(kill_at=kill_at, other_at=other_at, others=others)
        self.buy(number, image, options=options, parameters=parameters)
        self.end(number, dies=dies and kill_at is not None)

    def end(self, number: int, *, dies: bool) -> None:
        """Remove a process that is killed or done."""
        self.process(number).step = Steps()
        if dies:
            self.processes.pop(number).die()

    @rule(
        number=st.integers(0, 2),
        queries=st.lists(st.sampled_from(QUERIES), max_size=8),
        kill_at=st.none() | st.integers(1, 8),
    )
    def recover(self, number: int, queries: list[Fault], kill_at: int | None) -> None:
        """Query the tasks of killed processes."""
        self.model.order([], queries)
        process = self.process(number)
        process.step = Steps(kill_at=kill_at)
        with suppress(Killed):
            for task_uuid in process.ledger.open_purchases.abandoned():
                recovery.recover_one(task_uuid, process.context(self.uuids))
        self.end(number, dies=kill_at is not None)

    @precondition(lambda self: self.model.on_its_way)
    @rule()
    def arrive(self) -> None:
        """Deliver the delayed requests."""
        self.model.deliver()

    @precondition(lambda self: self.processes)
    @rule(which=st.integers(0, 2))
    def leave(self, which: int) -> None:
        """Let a process end without a kill."""
        number = sorted(self.processes)[which % len(self.processes)]
        self.processes.pop(number).ledger.__exit__(None, None, None)

    @invariant()
    def nothing_is_billed_twice(self) -> None:
        """At any time."""
        assert all(bills == 1 for bills in self.model.bills.values())

    @invariant()
    def the_ledger_knows_of_every_bill(self) -> None:
        """Its state is done, sent or ambiguous, and never failed."""
        database = self.process(0).ledger._database
        known = database.read("SELECT task_uuid, state, text FROM purchase")
        texts = self.model.texts
        assert texts.keys() <= {task_uuid for task_uuid, *_ in known}
        for task_uuid, state, text in known:
            assert text == (texts[task_uuid] if state == "done" else None)
            assert not (state == "failed" and task_uuid in texts)

    def teardown(self) -> None:
        """Kill all processes. Then one process without faults finishes everything.

        A purchase that stays ambiguous was never charged, and is not bought again.
        """
        try:
            for number in list(self.processes):
                self.end(number, dies=True)
            self.model.order([], [])
            self.model.deliver()
            process = self.process(0)
            for task_uuid in process.ledger.open_purchases.abandoned():
                assert recovery.recover_one(task_uuid, process.context(self.uuids))
            self.the_ledger_knows_of_every_bill()
            for image in IMAGES:
                self.finish(image)
            self.nothing_is_billed_twice()
            self.the_ledger_knows_of_every_bill()
        finally:
            for process in self.processes.values():
                process.die()
            self.model.sandbox.tasks.close()
            self._folder.cleanup()

    def finish(self, image: RemoteImage) -> None:
        """Purchase a caption again, until the service has done the accepted tasks."""
        database = self.process(0).ledger._database
        ambiguous = database.read(
            "SELECT task_uuid FROM purchase WHERE image = ? AND state = 'ambiguous'",
            image.key,
        )
        options = PurchaseOptions(policy=RetryPolicy())
        # The task may still run after the first purchase.
        self.buy(0, image, options=options, parameters=Parameters())
        bought = self.buy(0, image, options=options, parameters=Parameters())
        assert bought
        is_known = isinstance(bought.outcome, CaptionResult | AlreadyBought)
        assert is_known or isinstance(bought.outcome, AmbiguousError)
        assert is_known or (bought.task_uuid,) in ambiguous
        assert self.model.bills[image.value] == is_known


TestPurchaseModel = PurchaseModel.TestCase
TestPurchaseModel.settings = settings(
    max_examples=2 * settings().max_examples, stateful_step_count=12
)


SCRIPTS: dict[str, list[Fault]] = {
    "works": [],
    "not sent": [not_sent, not_sent],
    "lost after": [lost_after],
    "late": [late],
    "late again": [late, late],
    "cut": [cut],
    "busy gateway": [says(503, accepted=True)],
    "bad gateway": [says(502, accepted=True), says(401)],
    "refused": [says(400, "invalidPrompt")],
}


@pytest.mark.parametrize("first", SCRIPTS)
@pytest.mark.parametrize(
    ("second", "queried"),
    [
        ("works", True),
        ("late", False),
        ("refused", True),
        pytest.param("works", False, marks=pytest.mark.soak),
        pytest.param("late", True, marks=pytest.mark.soak),
        pytest.param("refused", False, marks=pytest.mark.soak),
    ],
)
@pytest.mark.promises("once")
def test_a_kill_at_any_step_costs_nothing(
    first: str, second: str, *, queried: bool
) -> None:
    """With any faults before and after, and with or without queries in between."""
    kill_at = 0
    bought: PurchaseResult | None = None
    while not bought:  # until the purchase ends before the kill
        kill_at += 1
        once = PurchaseModel()
        once.begin(conflict=409)
        try:
            options = PurchaseOptions(policy=RetryPolicy(retries=1, timeout=5.0))
            once.model.order(SCRIPTS[first], [])
            process = once.process(0)
            process.step = Steps(kill_at=kill_at)
            bought = once.buy(0, IMAGES[0], options=options, parameters=Parameters())
            once.end(0, dies=True)
            if queried:
                once.recover(number=1, queries=[], kill_at=None)
                once.arrive()
                once.leave(1)
                once.the_ledger_knows_of_every_bill()
            once.model.order(SCRIPTS[second], [])
            once.buy(1, IMAGES[0], options=options, parameters=Parameters())
            once.nothing_is_billed_twice()
            once.the_ledger_knows_of_every_bill()
        finally:
            once.teardown()

    assert kill_at > 4


def leave_open(model: Model, path: Path, *, ambiguous: bool = False) -> str:
    """Leave an open or ambiguous purchase of a killed process. Return its UUID."""
    process = Process(path, Locks(set()), model)
    request = RequestKey.of(Parameters())
    uuid = str(UUID(int=1, version=4))
    reservation = ReservationRequest(IMAGES[0].key, request, uuid, IMAGES[0].value)
    process.ledger.purchases.begin_reserve(reservation).result()
    if ambiguous:
        error = AmbiguousError("lost", code="ambiguous")
        process.ledger.purchases.settle(uuid, error, attempts=1)
    process.die()
    return uuid


def new_uuids() -> Iterator[str]:
    """Yield task UUIDs."""
    return (str(UUID(int=n, version=4)) for n in count(100))


@pytest.mark.parametrize("ambiguous", [False, True])
def test_a_purchase_that_failed_at_the_service_is_made_again(
    tmp_path: Path, *, ambiguous: bool
) -> None:
    """Under another UUID, because it was not charged."""
    model = Model()
    uuid = leave_open(model, tmp_path / "ledger", ambiguous=ambiguous)
    model.order([], [ENDED])
    process = Process(tmp_path / "ledger", Locks(set()), model)

    options = PurchaseOptions(policy=RetryPolicy())
    context = process.context(new_uuids())
    bought = purchase("a", IMAGES[0], Parameters(), options, context)

    assert isinstance(bought.outcome, CaptionResult)
    assert bought.task_uuid != uuid
    assert model.bills == {IMAGES[0].value: 1}
    process.die()


def test_abandoned_purchases_that_failed_are_settled(tmp_path: Path) -> None:
    """The service reports the failure."""
    model = Model()
    leave_open(model, tmp_path / "ledger")
    model.order([], [ENDED])
    process = Process(tmp_path / "ledger", Locks(set()), model)

    recovery.recover(process.context(new_uuids()))

    database = process.ledger._database
    assert database.read("SELECT state, attempts FROM purchase") == [("failed", 0)]
    process.die()


@pytest.mark.parametrize("query", [works, processing])
@pytest.mark.parametrize("recover", [recovery.recover, recovery.recover_all])
def test_an_abandoned_task_that_arrived_is_never_sent_again(
    tmp_path: Path, query: Fault, recover: Callable[[Context], object]
) -> None:
    """The ledger has its text, or a note that the service has accepted it."""
    model = Model()
    uuid = leave_open(model, tmp_path / "ledger")
    model.exchange(encode(CaptionTask(uuid, IMAGES[0], Parameters())))
    model.order([], [query] * 2)
    process = Process(tmp_path / "ledger", Locks(set()), model)

    recover(process.context(new_uuids()))

    after = process.ledger._database.read("SELECT state, asked, attempts FROM purchase")
    assert after == [("sent", -1, 0) if query is processing else ("done", 0, 0)]
    process.die()


def opened(path: Path, model: Model, number: int) -> Process:
    """Return a process after a killed process with several open purchases."""
    before = Process(path, Locks(set()), model)
    for each in range(number):
        uuid = str(UUID(int=each, version=4))
        reservation = ReservationRequest(
            b"%d" % each, RequestKey.of(Parameters()), uuid, "a"
        )
        before.ledger.purchases.begin_reserve(reservation).result()
    before.die()
    return Process(path, Locks(set()), model)


@pytest.mark.parametrize(("seconds", "queries"), [(0.0, 5), (0.9, 3), (9.0, 1)])
def test_recovery_before_a_small_command_has_a_time_limit(
    tmp_path: Path, seconds: float, queries: int
) -> None:
    """The next command continues."""
    model = Model()
    process = opened(tmp_path / "ledger", model, 5)
    context = process.context(new_uuids())
    time = 0.0

    def slow(body: bytes) -> Reply:
        nonlocal time
        time += seconds / 2  # two queries for each task
        return context.query(body)

    recovery.recover(context._replace(query=slow, now=lambda: time))

    assert len(process.ledger.open_purchases.abandoned()) == 5 - queries
    process.die()


@pytest.mark.parametrize(
    ("error", "asked"),
    [(ConfigError("no key"), 1), (NotSentError("no connection", code="x"), 2)],
)
def test_recovery_stops_after_the_first_failed_query(
    tmp_path: Path, error: RwcapError, asked: int
) -> None:
    """The command itself reports the error. A task is looked for in two places."""
    model = Model()
    process = opened(tmp_path / "ledger", model, 5)
    context = process.context(new_uuids())
    queries: list[bytes] = []

    def failing(body: bytes) -> Reply:
        queries.append(body)
        raise error

    recovery.recover(context._replace(query=failing))

    assert len(queries) == asked
    process.die()


@pytest.mark.parametrize(
    ("stop", "notes"),
    [
        (partial(ConfigError, "the API URL is malformed"), []),
        (
            KeyboardInterrupt,
            [
                "task 00000000-0000-4000-8000-000000000064 may have been accepted",
                "rwcap caption --fetch 00000000-0000-4000-8000-000000000064",
            ],
        ),
    ],
)
def test_an_interruption_names_the_task_that_may_be_accepted(
    tmp_path: Path, stop: Callable[[], BaseException], notes: list[str]
) -> None:
    """Not if no request can have been sent."""
    process = Process(tmp_path / "ledger", Locks(set()), Model())

    def broken(body: bytes) -> Reply:
        raise stop()

    context = process.context(new_uuids())._replace(post=broken)
    options = PurchaseOptions(policy=RetryPolicy())

    with pytest.raises(type(stop())) as stopped:
        purchase("a", IMAGES[0], Parameters(), options, context)

    assert getattr(stopped.value, "__notes__", []) == notes
    process.die()


def test_a_purchase_that_is_given_up_is_left_as_it_was(tmp_path: Path) -> None:
    """A new one is removed, one of an ended process can be adopted again."""
    model = Model()
    earlier = leave_open(model, tmp_path / "ledger")
    process = Process(tmp_path / "ledger", Locks(set()), model)
    context = process.context(new_uuids())
    options = PurchaseOptions(policy=RetryPolicy())

    for image in IMAGES[:2]:
        opened = open_purchase("a", image, Parameters(), options, context)
        cancel(opened, context)

    query = "SELECT task_uuid, owner FROM purchase"
    after = process.ledger._database.write(lambda ledger: list(ledger.execute(query)))
    assert after == [(earlier, None)]
    process.die()


def test_a_caption_bought_before_needs_no_connection(tmp_path: Path) -> None:
    """Nor an API key: nothing is reserved or sent."""
    process = Process(tmp_path / "ledger", Locks(set()), Model())
    context = process.context(new_uuids())
    options = PurchaseOptions(policy=RetryPolicy())
    bought = purchase("a", IMAGES[0], Parameters(), options, context)

    def fail() -> None:
        raise ConfigError("no API key")

    offline = context._replace(check_connection=fail)
    free = open_purchase("a", IMAGES[0], Parameters(), options, offline)
    with pytest.raises(ConfigError):
        open_purchase("b", IMAGES[1], Parameters(), options, offline)

    assert isinstance(free, PurchaseResult)
    assert isinstance(free.outcome, AlreadyBought)
    assert (free.task_uuid, free.attempts) == (bought.task_uuid, 0)
    process.die()


def test_a_task_uuid_of_the_user_continues_the_purchase_that_has_it(
    tmp_path: Path,
) -> None:
    """The service may know the task, because an ended process has sent it."""
    model = Model()
    uuid = leave_open(model, tmp_path / "ledger")
    model.exchange(encode(CaptionTask(uuid, IMAGES[0], Parameters())))
    process = Process(tmp_path / "ledger", Locks(set()), model)

    options = PurchaseOptions(policy=RetryPolicy(), task_uuid=uuid)
    context = process.context(new_uuids())
    bought = purchase("a", IMAGES[0], Parameters(), options, context)

    assert isinstance(bought.outcome, CaptionResult)
    assert model.bills == {IMAGES[0].value: 1}
    process.die()


@pytest.mark.parametrize(("fault", "left"), [(not_sent, 0), (lost_before, 1)])
def test_a_purchase_of_a_stopped_run_is_kept_if_its_task_may_be_sent(
    tmp_path: Path, fault: Fault, left: int
) -> None:
    """Otherwise it is removed: it counts for no limit."""
    model = Model()
    model.order([fault], [not_sent] * 2)
    process = Process(tmp_path / "ledger", Locks(set()), model)

    def stop(_: float) -> None:
        raise RunStopped(CapacityError("stopped", code="stopped"))

    context = process.context(new_uuids())._replace(sleep=stop)
    options = PurchaseOptions(policy=RetryPolicy())
    with pytest.raises(RunStopped):
        purchase("a", IMAGES[0], Parameters(), options, context)

    query = "SELECT count(*) FROM purchase"
    after = process.ledger._database.write(lambda ledger: list(ledger.execute(query)))
    assert after == [(left,)]
    process.die()


def test_an_adopted_purchase_is_not_sent_if_its_image_changes_in_a_long_wait(
    tmp_path: Path,
) -> None:
    """People edit photos while a run waits for another day."""
    model = Model()
    leave_open(model, tmp_path / "ledger")
    process = Process(tmp_path / "ledger", Locks(set()), model)
    context = process.context(new_uuids())
    free = PurchaseOptions(policy=RetryPolicy())
    purchase("b", IMAGES[1], Parameters(), free, context)
    spent = Budget(day=Micros(3000), waits=True)
    options = PurchaseOptions(policy=RetryPolicy(), budget=spent)
    changed = InputError("the image has changed", code="changedImage")

    opened = open_purchase("a", IMAGES[0], Parameters(), options, context)
    late = complete(opened, options, context, check=lambda: changed)

    assert (late.outcome, late.attempts) == (changed, 0)
    assert model.bills == {IMAGES[1].value: 1}
    process.die()


@pytest.mark.parametrize("fresh", [False, True])
def test_the_hint_at_a_limit_depends_on_whether_captions_are_bought_anew(
    tmp_path: Path, *, fresh: bool
) -> None:
    """With --fresh, the same command would buy all captions again."""
    process = Process(tmp_path / "ledger", Locks(set()), Model())
    budget = Budget(run=Micros(2000))
    options = PurchaseOptions(policy=RetryPolicy(), fresh=fresh, budget=budget)

    context = process.context(new_uuids())
    late = purchase("a", IMAGES[0], Parameters(), options, context)

    assert isinstance(late.outcome, BudgetError)
    assert (late.outcome.hint == FRESH_HINT) == fresh
    assert late.outcome.hint
    assert (late.task_uuid, late.attempts) == (None, 0)
    process.die()


@pytest.mark.parametrize(
    ("queries", "reason", "advice"),
    [
        ([works] * 2, "Runware reports no result", "; to pay again, add --rebuy-"),
        ([not_sent] * 2, "no connection", ""),
    ],
)
def test_a_query_without_a_result_leaves_an_ambiguous_purchase_as_it_was(
    tmp_path: Path, queries: list[Fault], reason: str, advice: str
) -> None:
    """The error has the reason, and advice to pay again only after an answer."""
    model = Model()
    uuid = leave_open(model, tmp_path / "ledger", ambiguous=True)
    model.order([], queries)
    process = Process(tmp_path / "ledger", Locks(set()), model)
    read = partial(process.ledger._database.read, "SELECT * FROM purchase")
    before = read()

    context = process.context(new_uuids())
    options = PurchaseOptions(policy=RetryPolicy(retries=0))
    found = purchase("a", IMAGES[0], Parameters(), options, context)

    assert isinstance(found.outcome, AmbiguousError)
    assert found.outcome.message == (
        f"task {uuid} may have been charged, but its text is unknown: {reason}"
    )
    hint = "rwcap cost recover (asks the service, free)"
    assert found.outcome.hint
    assert found.outcome.hint.startswith(f"{hint}{advice}")
    assert (found.attempts, read()) == (0, before)
    process.die()


def test_a_caption_that_another_reservation_bought_is_free(tmp_path: Path) -> None:
    """It is bought between the beginning of the reservation and its end."""
    model = Model()
    process = Process(tmp_path / "ledger", Locks(set()), model)
    context = process.context(new_uuids())
    options = PurchaseOptions(policy=RetryPolicy())
    first, second = (
        open_purchase("a", IMAGES[0], Parameters(), options, context) for _ in "12"
    )

    bought = complete(first, options, context)
    bought.settle()
    free = complete(second, options, context)

    assert isinstance(bought.outcome, CaptionResult)
    assert free.outcome == (bought.task_uuid, *bought.outcome)
    assert (free.task_uuid, free.attempts) == (bought.task_uuid, 0)
    process.die()


def dear(service: Service, body: bytes) -> Reply:
    """Charge 5 cents, more than any price on the model's page."""
    reply = service(body)
    return reply._replace(
        body=re.sub(rb'("cost": ?)[0-9.]+', rb"\g<1>0.05", reply.body)
    )


@pytest.mark.parametrize(("limit", "captions"), [(99_999, 1), (100_000, 2)])
def test_what_is_reserved_follows_the_highest_price_of_the_run(
    tmp_path: Path, limit: int, captions: int
) -> None:
    """A reservation made before that price was known is made anew before it is sent."""
    model = Model()
    model.order([dear], [])
    process = Process(tmp_path / "ledger", Locks(set()), model)
    context = process.context(new_uuids())
    options = PurchaseOptions(policy=RetryPolicy(), budget=Budget(run=Micros(limit)))
    opened = [
        open_purchase("a", image, Parameters(), options, context)
        for image in IMAGES[:2]
    ]

    for each in opened:
        complete(each, options, context).settle()

    bought = process.ledger._database.read("SELECT state, reserved FROM purchase")
    assert bought == [("done", 2600), ("done", 50_000)][:captions]
    assert sum(model.bills.values()) == captions
    process.die()


def test_a_task_uuid_of_the_user_is_used_once(tmp_path: Path) -> None:
    """Whether the service or only the ledger knows the UUID."""
    model = Model()
    process = Process(tmp_path / "ledger", Locks(set()), model)
    context = process.context(new_uuids())
    here, there = (str(UUID(int=number, version=4)) for number in (7, 8))
    elsewhere = Process(tmp_path / "another", Locks(set()), model)

    def buy(uuid: str, image: RemoteImage, context: Context) -> PurchaseResult:
        options = PurchaseOptions(policy=RetryPolicy(), task_uuid=uuid)
        return purchase(image.value, image, Parameters(), options, context)

    first = [
        buy(here, IMAGES[0], context),
        buy(there, IMAGES[1], elsewhere.context(new_uuids())),
    ]
    second = [buy(uuid, IMAGES[1], context) for uuid in (here, there)]

    assert all(isinstance(bought.outcome, CaptionResult) for bought in first)
    for uuid, bought in zip((here, there), second, strict=True):
        assert isinstance(bought.outcome, InputError)
        assert bought.outcome.message == (
            f"the task UUID {uuid} was used before; nothing was bought"
        )
        assert (bought.task_uuid, bought.attempts) == (uuid, 0)
    assert process.ledger._database.read("SELECT count(*) FROM purchase") == [(1,)]
    process.die()
    elsewhere.die()


def test_a_caption_in_progress_is_waited_for(tmp_path: Path) -> None:
    """For that of another process, there is a notice, and an end."""
    process = opened(tmp_path / "ledger", Model(), 0)
    times = iter(range(0, 10_000, 5))
    told: list[str] = []
    context = process.context(new_uuids())._replace(
        now=lambda: next(times), sleep=lambda _: None, notify=told.append
    )
    policy = RetryPolicy(timeout=10.0, retries=1)

    own = ReservationWait(context, policy, UNLIMITED)
    waits = [own.wait(ReservationStatus.IN_PROGRESS) for _ in range(50)]
    other = ReservationWait(context, policy, UNLIMITED)
    while not (late := other.wait(ReservationStatus.IN_PROGRESS_ELSEWHERE)):
        waits.append(late)
    process.die()

    assert not any(waits)
    assert len(waits) == 50 + 3
    assert told == ["waiting: another process is buying this caption"]
    assert late.message == "another process has not bought this caption in 20 s"
