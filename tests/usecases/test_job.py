"""A job pays for each image once, whatever dies: workers, messages, the ledger.

Eight seeds choose what happens to the messages; RWCAP_SEEDS chooses another number.
"""

import json
import os
import random
from collections.abc import Iterator
from itertools import chain, repeat
from pathlib import Path
from threading import Event, Thread

import pytest

from rwcap.api.reply import CaptionResult
from rwcap.api.wire import Reply
from rwcap.core.errors import ErrorKind, LedgerError
from rwcap.core.money import Micros
from rwcap.core.record import RecordStatus
from rwcap.core.source import CaptionRequest
from rwcap.ledger.budget import Budget, BudgetExhausted
from rwcap.ledger.leases import Leases
from rwcap.ledger.purchases import Purchases
from rwcap.ledger.reservation import (
    Adopted,
    RequestKey,
    ReservationRequest,
    ReservationStatus,
)
from rwcap.usecases.batch.limits import BatchState, StopReason
from rwcap.usecases.job import ledger_link, ledger_server
from rwcap.usecases.job.ledger_link import LeaseLostError, LedgerLink
from rwcap.usecases.job.ledger_proxy import LedgerProxy
from rwcap.usecases.job.messages import Release, Reserve, Settle
from tests.usecases.jobs import CEILING, LEDGER_FAULTS, Job, finish, images
from tests.waiting import wait_until

SEEDS = int(os.environ.get("RWCAP_SEEDS", "8"))


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Job]:
    """Return a job, whose workers do not wait long."""
    monkeypatch.setattr(ledger_link, "RESEND_PAUSE", 0.001)
    monkeypatch.setattr(ledger_link, "NEWS_INTERVAL", 0.01)
    job = Job(tmp_path)
    yield job
    job.end()


def states(job: Job) -> dict[str, int]:
    """Return the number of purchases in each state."""
    rows = job.driver._database.read("SELECT state, count(*) FROM purchase GROUP BY 1")
    return dict(rows)


def test_a_worker_captions_a_shard(job: Job) -> None:
    """In groups; the run of the driver has spent it."""
    wanted = images(40)
    worker = job.worker("first")

    records = finish(worker, wanted)

    assert sorted(record.id or "" for record in records) == sorted(map(str, range(40)))
    assert {record.status for record in records} == {RecordStatus.OK}
    assert worker.records == records
    assert worker.is_complete
    assert worker.end == (None, None, True, True)
    assert job.bills == 40
    assert states(job) == {"done": 40}
    [line] = job.driver._database.read("SELECT id, spent > 0 FROM run")
    assert line == (job.run, 1)


def test_written_captions_are_delivered_in_the_ledger(job: Job) -> None:
    """With the last message."""
    finish(job.worker("first"), images(3))

    job.server.close()
    rows = job.driver._database.read("SELECT sum(written) FROM purchase")
    assert rows == [(3,)]


def test_a_repeated_shard_costs_nothing(job: Job) -> None:
    """The ledger has the captions, so nothing is sent."""
    wanted = images(5)
    finish(job.worker("first"), wanted)
    job.server.leave("first")

    records = finish(job.worker("second"), wanted)

    assert {record.status for record in records} == {RecordStatus.CACHED}
    assert job.bills == 5


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.promises("once")
def test_lost_messages_and_a_killed_ledger_cost_nothing(job: Job, seed: int) -> None:
    """Half of the messages or their replies never arrive, or the ledger dies."""
    generator = random.Random(seed)  # noqa: S311
    job.faults = (
        generator.choice(LEDGER_FAULTS) if generator.random() < 0.5 else ""
        for _ in repeat(None)
    )
    halves = [images(30)[:20], images(30)[10:]]  # ten images are in both
    workers = [job.worker(f"worker {number}") for number in range(2)]
    threads = [
        Thread(target=finish, args=pair) for pair in zip(workers, halves, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()

    assert job.bills == 30
    assert states(job) == {"done": 30}
    assert all(record.text for worker in workers for record in worker.records)
    assert all(worker.is_complete for worker in workers)


def test_the_ledger_learns_that_a_task_is_accepted(job: Job) -> None:
    """Another worker then never sends it again."""

    def accept(body: bytes) -> Reply:
        job.bill(body)
        (task,) = json.loads(body)
        accepted = {"taskType": "caption", "taskUUID": task["taskUUID"]}
        return Reply(200, json.dumps({"data": [accepted]}).encode())

    records = finish(job.worker("first", post=accept), images(2))

    assert all(record.text for record in records)
    rows = job.driver._database.read("SELECT DISTINCT asked FROM purchase")
    assert rows == [(-1,)]


class KilledError(BaseException):
    """A worker is killed."""


@pytest.mark.parametrize("accepted", [False, True])
def test_purchases_of_a_dead_worker_are_recovered(job: Job, *, accepted: bool) -> None:
    """Each is asked for by UUID before it is bought."""
    wanted = images(6)

    def die(body: bytes) -> Reply:
        if accepted:
            job.bill(body)
        raise KilledError

    with pytest.raises(KilledError):
        finish(job.worker("first", post=die), wanted)
    job.server.leave("first")
    records = finish(job.worker("second"), wanted)

    assert all(record.text for record in records)
    assert job.bills == 6
    assert states(job) == {"done": 6}


@pytest.mark.promises("once")
def test_a_worker_that_has_lost_its_lease_buys_nothing(job: Job) -> None:
    """Another one may have adopted its purchases."""

    def slow(body: bytes) -> Reply:
        job.server.leave("first")
        return job.bill(body)

    with pytest.raises(LeaseLostError):
        finish(job.worker("first", post=slow), images(200))
    records = finish(job.worker("second"), images(200))

    assert len(records) == job.bills == 200


def test_a_worker_ends_when_it_hears_nothing_any_more(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it has sent is recovered later."""
    silence = Event()
    monkeypatch.setattr(ledger_link, "MAX_SILENCE", 0.05)
    job.faults = ("lost before" if silence.is_set() else "" for _ in repeat(None))

    def post(body: bytes) -> Reply:
        silence.set()
        return job.bill(body)

    with pytest.raises((LedgerError, LeaseLostError)):
        finish(job.worker("first", post=post), images(200))

    assert 0 < job.bills < 200


def test_a_request_waits_until_the_lease_is_confirmed(job: Job) -> None:
    """It is not sent if the lease is lost meanwhile."""
    link, ended = LedgerLink(job, "first"), Event()

    def wait() -> None:
        with pytest.raises(LeaseLostError, match="lost"):
            link.wait_until_owned()
        ended.set()

    Thread(target=wait, daemon=True).start()
    assert not ended.is_set()
    link._failure = LeaseLostError("lost")

    assert ended.wait(30)
    with pytest.raises(LeaseLostError, match="lost"):
        link.begin(Release("uuid")).result()


def test_an_old_message_is_not_executed(job: Job) -> None:
    """It was on its way while the worker sent it again."""
    finish(job.worker("first"), images(2))
    old = next(message for message in job.messages if message.calls)

    assert job.server.exchange(old).lost
    assert job.bills == 2


def test_an_unreachable_ledger_ends_a_worker(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With an error that says how to go on."""
    monkeypatch.setattr(ledger_link, "MAX_SILENCE", 0.05)
    job.faults = repeat("lost before")

    with pytest.raises(LedgerError, match="cannot be reached") as failure:
        finish(job.worker("first"), images(1))

    assert failure.value.hint == "run the same command again; it buys nothing twice"
    assert job.bills == 0


def test_an_error_of_the_ledger_reaches_the_worker(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it is raised on one machine."""

    class Full:
        def result(self) -> None:
            raise LedgerError("the ledger: disk full")

    monkeypatch.setattr(Purchases, "begin_settle", lambda *_: Full())

    with pytest.raises(LedgerError, match="disk full; task"):
        finish(job.worker("first"), images(1))
    assert states(job) == {"sent": 1}


@pytest.mark.promises("limits")
def test_workers_share_the_budget(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers buy no more than one, also if each message has one call."""
    monkeypatch.setattr(ledger_link, "MAX_CALLS", 1)
    budget = Budget(run=Micros(9000))
    wanted = images(40)
    workers = [job.worker(name, budget=budget) for name in ("first", "second")]
    threads = [
        Thread(target=finish, args=(worker, wanted[number::2]))
        for number, worker in enumerate(workers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert [worker.end.reason for worker in workers] == [StopReason.BUDGET] * 2
    refusals = [worker.end.refusal for worker in workers]
    assert all(each and each.kind is ErrorKind.BUDGET for each in refusals)
    assert not any(worker.is_complete for worker in workers)
    [(spent,)] = job.driver._database.read("SELECT spent FROM run")
    assert 0 < spent <= 9000


def test_all_workers_pause_when_the_service_asks_one_to_wait(job: Job) -> None:
    """A pause that a worker repeats is not a longer one."""
    finish(job.worker("first"), images(1))
    last = job.messages[-1]
    paused = last._replace(state=last.state._replace(pause=20.0))

    told = job.server.exchange(paused._replace(number=last.number + 1)).pause
    for number in range(2, 50):
        message = paused._replace(state=last.state._replace(pause=told))
        told = job.server.exchange(message._replace(number=last.number + number)).pause

    assert 0 < told <= 20.0
    assert job.server.state().pause == pytest.approx(told, abs=5.0)


def test_a_job_can_be_stopped(job: Job) -> None:
    """The workers hear of it with the next reply, and finish what is in flight."""
    started = Event()

    def slow(body: bytes) -> Reply:
        started.set()
        return job.bill(body)

    worker = job.worker("first", post=slow)
    wanted = chain(images(5), _endless(started, job))

    records = [record for group in worker.run(wanted) for record in group]

    assert worker.end.reason is StopReason.REQUESTED
    assert not worker.is_complete
    assert job.bills == len(records) == 5


def _endless(started: Event, job: Job) -> Iterator[CaptionRequest]:
    """Yield nothing until the job is stopped."""
    assert started.wait(30)
    wait_until(lambda: job.bills == 5)
    job.server.stop(5.0)
    last = job.messages[-1].number
    yield from ()
    wait_until(lambda: job.messages[-1].number > last + 5)


def test_the_state_is_the_sum_of_all_workers(job: Job) -> None:
    """The driver shows it."""
    job.join("first")
    job.join("second")
    worker = job.worker("third")
    finish(worker, images(1))
    message = job.messages[-1]
    for name in ("first", "second"):
        state = message.state._replace(concurrency=3, in_flight=2, waiting=1)
        job.server.exchange(message._replace(worker=name, number=1, state=state))

    state = job.server.state()

    assert state.in_flight == 4
    assert state.waiting == 2
    assert state.concurrency >= 6


def test_the_share_of_a_silent_worker_is_given_to_others(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When its lease must have expired."""
    finish(job.worker("first"), images(1))
    job.join("second")
    message = job.messages[-1]._replace(worker="second", share=0)
    assert job.server.exchange(message._replace(number=1)).share < CEILING

    monkeypatch.setattr(ledger_server, "LEASE_SECONDS", -1.0)

    job.server.exchange(message._replace(number=2))
    job.join("second")
    assert job.server.exchange(message._replace(number=3)).share == CEILING


def test_a_worker_that_leaves_before_its_reply_has_no_share(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others can have the whole ceiling."""
    finish(job.worker("first"), images(1))
    message = next(message for message in job.messages if message.calls)
    job.join("second")
    job.join("third")
    result = ledger_server._result

    def late(wait: ledger_server._Pending) -> object:
        answer = result(wait)
        job.server.leave("second")
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(ledger_server, "_result", late)
        told = job.server.exchange(message._replace(worker="second", number=1))
    job.server.leave("first")
    last = message._replace(worker="third", number=1, calls=(), share=0)

    assert told.lost
    assert job.server.exchange(last).share == CEILING


@pytest.mark.promises("texts")
def test_images_that_can_succeed_later_leave_a_shard_incomplete(job: Job) -> None:
    """Those that cannot are part of its result."""
    wanted = images(3)
    bad = wanted[0]._replace(content=b"no image")

    invalid, down = job.worker("first"), job.worker("second")
    finish(invalid, [bad, *wanted[1:]])
    job.server.leave("first")
    job.answer = lambda _: Reply(500, b"")
    finish(down, [wanted[0]])

    assert invalid.is_complete
    assert not down.is_complete


def test_only_what_is_settled_is_no_longer_held(job: Job) -> None:
    """A message that is sent again names the purchases that are open."""
    finish(job.worker("first"), images(4))
    sent = [call for message in job.messages for call in message.calls]
    reserved = [call.wanted.task_uuid for call in sent if isinstance(call, Reserve)]
    settled = [call.task_uuid for call in sent if isinstance(call, Settle | Release)]

    assert sorted(reserved) == sorted(settled)
    assert Leases(job.driver._database).running() == {"first"}


def test_every_call_reaches_the_ledger(job: Job) -> None:
    """A purchase is cancelled, reserved, released, adopted, renewed, and settled."""
    link = LedgerLink(job, "first")
    link.open(lambda: BatchState(0), lambda _: None)
    purchases = LedgerProxy(link.begin).purchases
    wanted = ReservationRequest(bytes(32), RequestKey("model", None), "uuid", "a.jpg")

    assert purchases.begin_reserve(wanted).result() is ReservationStatus.RESERVED
    purchases.cancel("uuid").result()
    assert states(job) == {}
    assert purchases.begin_reserve(wanted).result() is ReservationStatus.RESERVED
    purchases.begin_release("uuid").result()
    assert purchases.begin_reserve(wanted).result() == Adopted("uuid")
    assert purchases.renew_reservation("uuid", Budget()) is None
    refusal = purchases.renew_reservation("uuid", Budget(run=Micros(1)))
    assert isinstance(refusal, BudgetExhausted)
    caption = CaptionResult("A harbour.", Micros(1300))
    settled = [purchases.begin_settle("uuid", caption, 1).result() for _ in range(2)]
    assert settled == [True, False]
    link.close()


def test_a_call_after_the_end_of_a_link_fails(job: Job) -> None:
    """No thread waits for ever."""
    link = LedgerLink(job, "first")
    link.open(lambda: BatchState(0), lambda _: None)
    job.server.leave("first")
    job.restart()

    with pytest.raises(LeaseLostError):
        link.begin(Release("uuid")).result()
    with pytest.raises(LeaseLostError):
        link.begin(Release("uuid")).result()
