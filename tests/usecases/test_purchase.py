"""Every caption is paid for once: the ledger and the state machine, model-checked.

Several processes want the same few captions from a service that bills what it
accepts. Answers are lost, cut, doubled and delayed; processes are killed at any
step, stopped, and do things in the middle of what others do.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain, count, repeat
from pathlib import Path
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
from rwcap.api.retry import RetryPolicy
from rwcap.api.sandbox.service import Sandbox
from rwcap.api.task import Delivery, Parameters
from rwcap.api.wire import Reply
from rwcap.core.errors import (
    AmbiguousError,
    ConfigError,
    InputError,
    NoReplyError,
    TaskError,
)
from rwcap.images.image import RemoteImage
from rwcap.ledger.database import Database
from rwcap.ledger.ledger import Ledger
from rwcap.ledger.purchases import Purchases
from rwcap.ledger.reservation import (
    AlreadyBought,
    RequestKey,
    ReservationRequest,
    ReservationResult,
)
from rwcap.ledger.runs import Run
from rwcap.usecases import recovery
from rwcap.usecases.context import Context
from rwcap.usecases.purchase import (
    IN_PROGRESS_PAUSE,
    PurchaseOptions,
    PurchaseResult,
    purchase,
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
"""As many as can get into each other's way."""


class Killed(BaseException):
    """The process is gone, or its thread."""


class GaveUp(BaseException):
    """Whoever waited for another process does not wait any longer."""


def foreign(service: Service, body: bytes) -> Reply:
    """Answer with the text of somebody else's task."""
    reply = service(body)
    (task,) = json.loads(body)
    other = reply.body.replace(task["taskUUID"].encode(), str(UUID(int=7)).encode())
    return reply._replace(body=other)


def processing(service: Service, body: bytes) -> Reply:
    """Say that the task is still running, if it is known."""
    reply = service(body)
    (task,) = json.loads(body)
    data = [{"taskUUID": task["taskUUID"], "status": "processing"}]
    known = b'"text"' in reply.body
    return Reply(200, json.dumps({"data": data}).encode()) if known else reply


def late(service: Service, body: bytes) -> Reply:
    """Break the connection; what was sent arrives before anything is sent again."""
    raise LateError


class LateError(NoReplyError):
    """Lost, and on its way all the same."""

    def __init__(self) -> None:
        """Look like any other."""
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
# Not `foreign`: an archive that answers a question with another task's result looks
# as if it had no such task, which a gateway that lies as well would make a failure.
QUERIES = [works, not_sent, lost_after, cut, processing, says(401), says(503)]


class Model:
    """The service, and what it has billed."""

    def __init__(self) -> None:
        """Begin with nothing accepted."""
        self.sandbox = Sandbox()
        self.bills: Counter[str] = Counter()
        """By image."""
        self.texts: dict[str, str] = {}
        """By task UUID."""
        self.conflict = 400
        """The status of the refusal of a repeated UUID."""
        self.captions: Iterator[Fault] = repeat(works)
        self.queries: Iterator[Fault] = repeat(works)
        self.on_its_way: list[bytes] = []

    def order(self, captions: list[Fault], queries: list[Fault]) -> None:
        """Let the next exchanges go wrong, then work."""
        self.captions = chain(captions, repeat(works))
        self.queries = chain(queries, repeat(works))

    def exchange(self, body: bytes) -> Reply:
        """Receive a request, and answer or do what was ordered."""
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
        """Receive what is still on its way."""
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


@dataclass
class Steps:
    """What happens at the steps of a process: it is killed, or others come."""

    taken: int = 0
    kill_at: int | None = None
    others_at: int | None = None
    others: Callable[[], None] = field(default=lambda: None)

    def __call__(self) -> None:
        """Take one step."""
        self.taken += 1
        if self.taken == self.others_at:
            self.others()
        if self.taken == self.kill_at:
            raise Killed


class KillablePurchases(Purchases):
    """Purchases of a process that may die before and after each is written."""

    def __init__(self, database: Database, run: Run, step: Callable[[], None]) -> None:
        """Take a step before and after."""
        super().__init__(database, run)
        self._step = step

    def reserve(self, bid: ReservationRequest) -> ReservationResult:
        """Claim between two steps."""
        self._step()
        claim = super().reserve(bid)
        self._step()
        return claim

    def settle(
        self, task_uuid: str, outcome: CaptionResult | TaskError, attempts: int
    ) -> None:
        """Settle between two steps."""
        self._step()
        super().settle(task_uuid, outcome, attempts)
        self._step()

    def release(self, task_uuid: str) -> None:
        """Release between two steps."""
        self._step()
        super().release(task_uuid)
        self._step()


class Locks:
    """Locks of all processes; whoever dies holds none."""

    def __init__(self, held: set[str]) -> None:
        """Share what is held."""
        self._held = held

    def acquire(self, name: str) -> bool:
        """Take a lock."""
        self._held.add(name)
        return True

    def is_held(self, name: str) -> bool:
        """Return whether any process holds it."""
        return name in self._held

    def release(self, name: str) -> None:
        """Give it up."""
        self._held.discard(name)


class Process:
    """One process, from its start to its death."""

    def __init__(self, path: Path, locks: Locks, model: Model) -> None:
        """Open the ledger."""
        self.step = Steps()
        self._locks = locks
        self._model = model
        self.ledger = Ledger(path, locks=locks)
        self.ledger.purchases = KillablePurchases(
            self.ledger._database, self.ledger.run, self.take_step
        )
        # Nobody pulls the plug here.
        self.ledger._database._writer._connection.execute("PRAGMA synchronous = OFF")

    def take_step(self) -> None:
        """Do what is to happen at this step."""
        self.step()

    def context(self, uuids: Iterator[str]) -> Context:
        """Return the outside as this process sees it."""
        time = 0.0
        looks = 0

        def exchange(body: bytes) -> Reply:
            self.step()
            try:
                return self._model.exchange(body)
            finally:
                self.step()

        def sleep(seconds: float) -> None:
            nonlocal time, looks
            self.step()
            time += seconds
            looks += seconds == IN_PROGRESS_PAUSE
            if looks > 2:
                raise GaveUp

        return Context(
            read_image=lambda _: IMAGES[0],
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
        """Leave everything as it is; the system frees the lock."""
        self._locks.release(self.ledger.run.owner)
        self.ledger._database._reader.close()
        self.ledger._database._writer._connection.close()


class PurchaseModel(RuleBasedStateMachine):
    """Whatever happens, each image is billed once at most, and nothing is lost."""

    def __init__(self) -> None:
        """Begin with an empty ledger."""
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
        """Choose how the service refuses a repeated UUID."""
        self.model.conflict = conflict

    def process(self, number: int) -> Process:
        """Return a process, started if it is not there."""
        if number not in self.processes:
            self.processes[number] = Process(self._path, self.locks, self.model)
        return self.processes[number]

    def want(
        self,
        number: int,
        image: RemoteImage,
        *,
        options: PurchaseOptions,
        parameters: Parameters,
    ) -> PurchaseResult | None:
        """Let a process obtain a caption, and check what it says of it.

        None where it never says anything.
        """
        process = self.process(number)
        self.busy.add(number)
        try:
            context = process.context(self.uuids)
            got = purchase(image.value, image, parameters, options, context)
        except GaveUp:
            return None
        except Killed:
            return None
        finally:
            self.busy.discard(number)
        if isinstance(got.outcome, CaptionResult | AlreadyBought):
            assert self.model.bills[image.value] == 1
            assert got.outcome.text == self.model.texts[got.task_uuid or ""]
        return got

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
        others_at=st.none() | st.none() | st.integers(1, 12),
        others_kill_at=st.none() | st.integers(1, 8),
    )
    def start(  # noqa: PLR0913  # all that hypothesis may choose
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
        others_at: int | None,
        others_kill_at: int | None,
    ) -> None:
        """Want a caption under faults, to the end or to a death.

        In the middle of it, another process may want the same.
        """
        policy = RetryPolicy(retries=retries, timeout=5.0, await_result=waits)
        options = PurchaseOptions(policy=policy)
        other = (number + 1) % 3

        def others() -> None:
            self.process(other).step = Steps(kill_at=others_kill_at)
            self.want(other, image, options=options, parameters=parameters)
            self.end(other, dies=others_kill_at is not None)

        self.model.order(captions, queries)
        process = self.process(number)
        process.step = Steps(0, kill_at, others_at, others)
        self.want(number, image, options=options, parameters=parameters)
        self.end(number, dies=dies and kill_at is not None)

    def end(self, number: int, *, dies: bool) -> None:
        """Forget a process that is dead."""
        self.process(number).step = Steps()
        if dies:
            self.processes.pop(number).die()

    @rule(
        number=st.integers(0, 2),
        queries=st.lists(st.sampled_from(QUERIES), max_size=8),
        kill_at=st.none() | st.integers(1, 8),
    )
    def recover(self, number: int, queries: list[Fault], kill_at: int | None) -> None:
        """Ask what became of that which the dead left open."""
        self.model.order([], queries)
        process = self.process(number)
        process.step = Steps(kill_at=kill_at)
        with suppress(Killed):
            for task_uuid in process.ledger.purchases.abandoned():
                recovery.recover_one(task_uuid, process.context(self.uuids))
        self.end(number, dies=kill_at is not None)

    @precondition(lambda self: self.model.on_its_way)
    @rule()
    def arrive(self) -> None:
        """Let what was lost reach the service after all."""
        self.model.deliver()

    @precondition(lambda self: self.processes)
    @rule(which=st.integers(0, 2))
    def leave(self, which: int) -> None:
        """Come to an orderly end."""
        number = sorted(self.processes)[which % len(self.processes)]
        self.processes.pop(number).ledger.__exit__(None, None, None)

    @invariant()
    def nothing_is_billed_twice(self) -> None:
        """At any moment."""
        assert all(bills == 1 for bills in self.model.bills.values())

    @invariant()
    def the_ledger_knows_of_every_bill(self) -> None:
        """Its text, or that it is in doubt or open; never that it failed."""
        database = self.process(0).ledger._database
        known = database.read("SELECT task_uuid, state, text FROM purchase")
        texts = self.model.texts
        assert texts.keys() <= {task_uuid for task_uuid, *_ in known}
        for task_uuid, state, text in known:
            assert text == (texts[task_uuid] if state == "done" else None)
            assert not (state == "failed" and task_uuid in texts)

    def teardown(self) -> None:
        """Let all processes die, and one that meets no fault finish everything.

        What is in doubt in the end was never billed, and is not bought again.
        """
        try:
            for number in list(self.processes):
                self.end(number, dies=True)
            self.model.order([], [])
            self.model.deliver()
            process = self.process(0)
            for task_uuid in process.ledger.purchases.abandoned():
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
        """Want an image once more, until the service has done what it accepted."""
        database = self.process(0).ledger._database
        doubts = database.read(
            "SELECT task_uuid FROM purchase WHERE image = ? AND state = 'ambiguous'",
            image.key,
        )
        options = PurchaseOptions(policy=RetryPolicy())
        self.want(0, image, options=options, parameters=Parameters())  # may still run
        got = self.want(0, image, options=options, parameters=Parameters())
        assert got
        if isinstance(got.outcome, AmbiguousError):
            assert (got.task_uuid,) in doubts
            assert self.model.bills[image.value] == 0
        else:
            assert isinstance(got.outcome, CaptionResult | AlreadyBought)
            assert self.model.bills[image.value] == 1


TestPurchaseModel = PurchaseModel.TestCase
TestPurchaseModel.settings = settings(stateful_step_count=12)


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
@pytest.mark.parametrize("second", ["works", "late", "refused"])
@pytest.mark.parametrize("asks", [True, False])
def test_death_at_any_step_costs_nothing(
    first: str, second: str, *, asks: bool
) -> None:
    """Whatever was lost before, and after; asked after in between, or not."""
    kill_at = 0
    got: PurchaseResult | None = None
    while not got:  # until it lives to tell
        kill_at += 1
        once = PurchaseModel()
        once.begin(conflict=409)
        try:
            options = PurchaseOptions(policy=RetryPolicy(retries=1, timeout=5.0))
            once.model.order(SCRIPTS[first], [])
            process = once.process(0)
            process.step = Steps(kill_at=kill_at)
            got = once.want(0, IMAGES[0], options=options, parameters=Parameters())
            once.end(0, dies=True)
            if asks:
                once.recover(number=1, queries=[], kill_at=None)
                once.arrive()
                once.leave(1)
                once.the_ledger_knows_of_every_bill()
            once.model.order(SCRIPTS[second], [])
            once.want(1, IMAGES[0], options=options, parameters=Parameters())
            once.nothing_is_billed_twice()
            once.the_ledger_knows_of_every_bill()
        finally:
            once.teardown()

    assert kill_at > 4


def dying(model: Model, path: Path, *, doubtful: bool = False) -> str:
    """Leave a purchase open, or in doubt, and die; return its UUID."""
    process = Process(path, Locks(set()), model)
    request = RequestKey.of(Parameters())
    uuid = str(UUID(int=1, version=4))
    bid = ReservationRequest(IMAGES[0].key, request, uuid, IMAGES[0].value)
    process.ledger.purchases.reserve(bid)
    if doubtful:
        doubt = AmbiguousError("lost", code="ambiguous")
        process.ledger.purchases.settle(uuid, doubt, attempts=1)
    process.die()
    return uuid


def new_uuids() -> Iterator[str]:
    """Return UUIDs that nobody has used."""
    return (str(UUID(int=n, version=4)) for n in count(100))


@pytest.mark.parametrize("doubtful", [False, True])
def test_what_the_service_says_has_failed_is_bought_anew(
    tmp_path: Path, *, doubtful: bool
) -> None:
    """Under another UUID: it was not charged."""
    model = Model()
    uuid = dying(model, tmp_path / "ledger", doubtful=doubtful)
    model.order([], [ENDED])
    process = Process(tmp_path / "ledger", Locks(set()), model)

    options = PurchaseOptions(policy=RetryPolicy())
    context = process.context(new_uuids())
    got = purchase("a", IMAGES[0], Parameters(), options, context)

    assert isinstance(got.outcome, CaptionResult)
    assert got.task_uuid != uuid
    assert model.bills == {IMAGES[0].value: 1}
    process.die()


def test_orphans_that_have_failed_are_settled(tmp_path: Path) -> None:
    """By the service's own word."""
    model = Model()
    dying(model, tmp_path / "ledger")
    model.order([], [ENDED])
    process = Process(tmp_path / "ledger", Locks(set()), model)

    recovery.recover(process.context(new_uuids()))

    database = process.ledger._database
    assert database.read("SELECT state FROM purchase") == [("failed",)]
    process.die()


def opened(path: Path, model: Model, number: int) -> Process:
    """Return a process after whose predecessor so many are to be asked after."""
    before = Process(path, Locks(set()), model)
    for each in range(number):
        uuid = str(UUID(int=each, version=4))
        bid = ReservationRequest(b"%d" % each, RequestKey.of(Parameters()), uuid, "a")
        before.ledger.purchases.reserve(bid)
    before.die()
    return Process(path, Locks(set()), model)


@pytest.mark.parametrize(("seconds", "asked"), [(0.0, 5), (0.9, 3), (9.0, 1)])
def test_a_small_command_does_not_ask_for_long(
    tmp_path: Path, seconds: float, asked: int
) -> None:
    """What is left is left to the next."""
    model = Model()
    process = opened(tmp_path / "ledger", model, 5)
    context = process.context(new_uuids())
    time = 0.0

    def slow(body: bytes) -> Reply:
        nonlocal time
        time += seconds / 2  # two questions for each
        return context.query(body)

    recovery.recover(context._replace(query=slow, now=lambda: time))

    assert len(process.ledger.purchases.abandoned()) == 5 - asked
    process.die()


def test_a_service_that_cannot_be_asked_is_asked_once(tmp_path: Path) -> None:
    """The command's own work will tell."""
    model = Model()
    process = opened(tmp_path / "ledger", model, 5)
    context = process.context(new_uuids())
    asked: list[bytes] = []

    def unset(body: bytes) -> Reply:
        asked.append(body)
        raise ConfigError("no key")

    recovery.recover(context._replace(query=unset))

    assert len(asked) == 1
    process.die()


UNSENT = ConfigError("the API URL is malformed")


@pytest.mark.parametrize(
    ("stop", "notes"),
    [
        (UNSENT, []),
        (
            KeyboardInterrupt(),
            [
                "task 00000000-0000-4000-8000-000000000064 may have been accepted",
                "rwcap caption --fetch 00000000-0000-4000-8000-000000000064",
            ],
        ),
    ],
)
def test_what_breaks_off_says_what_may_have_been_accepted(
    tmp_path: Path, stop: BaseException, notes: list[str]
) -> None:
    """But not where nothing can have been sent."""
    process = Process(tmp_path / "ledger", Locks(set()), Model())

    def broken(body: bytes) -> Reply:
        raise stop

    context = process.context(new_uuids())._replace(post=broken)
    options = PurchaseOptions(policy=RetryPolicy())

    with pytest.raises(type(stop)) as stopped:
        purchase("a", IMAGES[0], Parameters(), options, context)

    assert getattr(stopped.value, "__notes__", []) == notes
    process.die()


def test_a_uuid_of_ones_own_is_used_once(tmp_path: Path) -> None:
    """Whether the service knows it, or only the ledger."""
    model = Model()
    process = Process(tmp_path / "ledger", Locks(set()), model)
    context = process.context(new_uuids())
    here, there = (str(UUID(int=number, version=4)) for number in (7, 8))
    elsewhere = Process(tmp_path / "another", Locks(set()), model)

    def want(uuid: str, image: RemoteImage, context: Context) -> PurchaseResult:
        options = PurchaseOptions(policy=RetryPolicy(), task_uuid=uuid)
        return purchase(image.value, image, Parameters(), options, context)

    first = [
        want(here, IMAGES[0], context),
        want(there, IMAGES[1], elsewhere.context(new_uuids())),
    ]
    second = [want(uuid, IMAGES[1], context) for uuid in (here, there)]

    assert all(isinstance(got.outcome, CaptionResult) for got in first)
    for got in second:
        assert isinstance(got.outcome, InputError)
        assert "was used before; nothing was bought" in got.outcome.message
        assert got.attempts == 0
    assert process.ledger._database.read("SELECT count(*) FROM purchase") == [(1,)]
    process.die()
    elsewhere.die()
