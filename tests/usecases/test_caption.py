"""One image's way from its name to its record."""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from rwcap.api.retry import RetryPolicy
from rwcap.api.task import Delivery, Parameters
from rwcap.api.wire import Reply
from rwcap.core.errors import (
    ConfigError,
    ErrorKind,
    InputError,
    Interrupted,
    LedgerError,
)
from rwcap.core.exit_status import ExitStatus
from rwcap.core.record import CostSource, RecordStatus
from rwcap.core.request import CaptionRequest
from rwcap.images.image import Image, parse_image
from rwcap.images.read import file_stamp
from rwcap.ledger.ledger import Ledger
from rwcap.ledger.locks import FileLocks
from rwcap.usecases.caption import RunOptions, caption, fetch_caption
from rwcap.usecases.context import Context
from rwcap.usecases.purchase import PurchaseOptions
from rwcap.usecases.recovery import recover
from rwcap.usecases.write import Outputs
from tests import draw
from tests.usecases.test_submit import (
    UUID,
    Outside,
    lost_after,
    not_sent,
    processing,
    says,
)

HARBOUR = draw.FOLDER / "harbour.jpg"
JPEG = HARBOUR.read_bytes()
OTHER = "3e62120b-9210-4117-9231-9f6bdbfecc8a"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Return an empty ledger."""
    path, locks = tmp_path / "ledger/ledger.sqlite3", FileLocks(tmp_path / "locks")
    with Ledger(path, locks=locks) as opened:
        yield opened


def context(outside: Outside, ledger: Ledger) -> Context:
    """Return a context in which every name is the harbour's."""
    return outside.context(ledger)._replace(
        read_image=lambda name: parse_image(JPEG, name=name)
    )


def order(
    parameters: Parameters | None = None,
    policy: RetryPolicy | None = None,
    *,
    fresh: bool = False,
    rebuy_ambiguous: bool = False,
    task_uuid: str | None = None,
) -> RunOptions:
    """Return what is wanted, in few words."""
    options = PurchaseOptions(
        policy=policy or RetryPolicy(),
        fresh=fresh,
        rebuy_ambiguous=rebuy_ambiguous,
        task_uuid=task_uuid,
    )
    return RunOptions(
        parameters=parameters or Parameters(), purchase=options, outputs=Outputs()
    )


def test_a_caption_becomes_a_record(ledger: Ledger) -> None:
    """Text, cost, digest, tries and time are in it."""
    outside = Outside([not_sent])

    wanted = order(Parameters(prompt="What?"))
    record = caption(CaptionRequest("a.jpg"), wanted, context(outside, ledger))

    assert record.status is RecordStatus.OK
    assert record.text
    assert record.text.startswith("[sandbox] A JPEG image")
    assert (record.cost, record.cost_source) == (1300, CostSource.API)
    assert record.task_uuid == UUID
    assert record.prompt == "What?"
    assert record.image_sha256
    assert (record.attempts, record.seconds) == (2, 0.5)


def test_the_second_time_is_free(ledger: Ledger) -> None:
    """Under whatever name: the image is the same."""
    outside = Outside()

    first = caption(CaptionRequest("a.jpg"), order(), context(outside, ledger))
    second = caption(CaptionRequest("b.jpg"), order(), context(outside, ledger))

    assert second.status is RecordStatus.CACHED
    assert (second.text, second.task_uuid) == (first.text, first.task_uuid)
    assert (second.cost, second.cost_source) == (1300, CostSource.LEDGER)
    assert (second.attempts, outside.bills) == (0, 1)


def test_another_prompt_is_another_caption(ledger: Ledger) -> None:
    """And so is another model; how the answer is delivered is not."""
    outside = Outside()
    here = context(outside, ledger)._replace(new_uuid=uuids().__next__)

    for parameters in (
        Parameters(),
        Parameters(prompt="What?"),
        Parameters(delivery=Delivery.ASYNC),
    ):
        caption(CaptionRequest("a.jpg"), order(parameters), here)

    assert outside.bills == 2


def uuids() -> Iterator[str]:
    """Return UUIDs without end."""
    return map("{:08x}-bc3d-4e55-b8fa-36e20e2a4e62".format, count())


def test_fresh_buys_again_but_once_in_a_run(tmp_path: Path) -> None:
    """What another run has bought does not count; what this one bought does."""
    outside = Outside()
    number = uuids()
    records = []
    for fresh in (False, True):
        path, locks = tmp_path / "ledger/ledger.sqlite3", FileLocks(tmp_path / "locks")
        with Ledger(path, locks=locks) as ledger:
            here = context(outside, ledger)._replace(new_uuid=number.__next__)
            records += [
                caption(CaptionRequest(name), order(fresh=fresh), here)
                for name in ("a.jpg", "b.jpg")
            ]

    assert [record.status for record in records] == [
        RecordStatus.OK,
        RecordStatus.CACHED,
    ] * 2
    assert outside.bills == 2


def test_a_file_that_is_known_is_not_read(ledger: Ledger) -> None:
    """Unless every image is to be read."""
    outside = Outside()
    read: list[str] = []

    def reading(name: str) -> Image:
        read.append(name)
        return parse_image(JPEG, name=name)

    here = outside.context(ledger)._replace(read_image=reading, stamp=file_stamp)
    wanted = CaptionRequest(str(HARBOUR))
    first = caption(wanted, order(), here)
    caption(
        CaptionRequest("b.jpg"), order(Parameters(prompt="What?")), here
    )  # writes it down

    known = caption(wanted, order(), here)
    read_so_far = list(read)
    checked = caption(wanted, order()._replace(checksum=True), here)

    assert known.status is checked.status is RecordStatus.CACHED
    assert known.image_sha256 == checked.image_sha256 == first.image_sha256
    assert read_so_far == [str(HARBOUR), "b.jpg"]
    assert read == [*read_so_far, str(HARBOUR)]


def test_an_image_that_cannot_be_read_is_never_sent(ledger: Ledger) -> None:
    """Its record has the reason, no UUID and no tries."""

    def unreadable(name: str) -> Image:
        raise InputError(f"{name}: no such file", code="fileNotFound")

    outside = Outside()

    blind = outside.context(ledger)._replace(read_image=unreadable)
    record = caption(CaptionRequest("x"), order(), blind)

    assert record.error
    assert record.error.code == "fileNotFound"
    assert (record.task_uuid, record.attempts) == (None, 0)
    assert outside.sent == []


def test_a_failure_is_in_the_record(ledger: Ledger) -> None:
    """With its kind, and how often it was tried; it does not stand in the way."""
    outside = Outside([says(503)] * 2)
    here = context(outside, ledger)._replace(new_uuid=uuids().__next__)

    record = caption(CaptionRequest("x"), order(policy=RetryPolicy(retries=1)), here)
    later = caption(CaptionRequest("x"), order(), here)

    assert record.status is RecordStatus.FAILED
    assert record.error
    assert record.error.kind is ErrorKind.CAPACITY
    assert record.error.retryable
    assert record.attempts == 2
    assert later.status is RecordStatus.OK


def test_a_doubt_stays_until_the_service_can_tell(ledger: Ledger) -> None:
    """It is asked about again, which is free, and not bought again."""
    outside = Outside([lost_after], queries=[says(503)] * 4)
    here = context(outside, ledger)._replace(new_uuid=uuids().__next__)
    hasty = order(policy=RetryPolicy(retries=0))

    first = caption(CaptionRequest("x"), hasty, here)
    second = caption(CaptionRequest("x"), hasty, here)
    third = caption(CaptionRequest("x"), hasty, here)

    assert [first.status, second.status] == [RecordStatus.AMBIGUOUS] * 2
    assert first.task_uuid == second.task_uuid == third.task_uuid
    assert third.status is RecordStatus.OK
    assert outside.sent.count("caption") == outside.bills == 1


def test_a_doubt_that_the_service_ends_is_bought_anew(ledger: Ledger) -> None:
    """It failed, so it was not charged."""
    ended = says(200, "timeoutProvider", status="error")
    outside = Outside([says(503, accepted=False)], queries=[says(503)] * 2)
    here = context(outside, ledger)._replace(new_uuid=uuids().__next__)
    caption(CaptionRequest("x"), order(policy=RetryPolicy(retries=0)), here)

    later = Outside(queries=[ended])
    there = context(later, ledger)._replace(new_uuid=lambda: OTHER)
    record = caption(CaptionRequest("x"), order(), there)

    assert (record.status, record.task_uuid) == (RecordStatus.OK, OTHER)


def test_a_doubt_about_what_is_still_running_is_waited_for(ledger: Ledger) -> None:
    """The service knows the task after all."""
    outside = Outside(queries=[says(503)] * 2)
    here = context(outside, ledger)._replace(new_uuid=uuids().__next__)
    hasty = RetryPolicy(retries=0, timeout=0.5)
    parameters = Parameters(delivery=Delivery.ASYNC)
    first = caption(CaptionRequest("x"), order(parameters, hasty), here)

    second = caption(CaptionRequest("x"), order(parameters), here)

    assert (first.status, second.status) == (RecordStatus.AMBIGUOUS, RecordStatus.OK)
    assert outside.bills == 1


def test_a_doubt_can_be_paid_for_again(ledger: Ledger) -> None:
    """By who says so."""
    outside = Outside([lost_after], queries=[says(503)] * 99)
    here = context(outside, ledger)._replace(new_uuid=uuids().__next__)
    caption(CaptionRequest("x"), order(policy=RetryPolicy(retries=0)), here)

    record = caption(CaptionRequest("x"), order(rebuy_ambiguous=True), here)

    assert record.status is RecordStatus.OK
    assert outside.bills == 2


def test_a_task_left_with_the_service_is_accepted(ledger: Ledger) -> None:
    """It has a UUID and no text, and is fetched for nothing later."""
    outside = Outside()
    here = context(outside, ledger)
    later = order(Parameters(delivery=Delivery.ASYNC), RetryPolicy(await_result=False))

    record = caption(CaptionRequest("x"), later, here)
    again = caption(CaptionRequest("x"), later, here)
    fetched = fetch_caption(UUID, context=here, policy=RetryPolicy())
    asked = len(outside.sent)
    cached = caption(CaptionRequest("x"), later, here)
    kept = fetch_caption(UUID, context=here, policy=RetryPolicy())

    assert (record.status, record.text) == (RecordStatus.ACCEPTED, None)
    assert (again.status, again.task_uuid) == (RecordStatus.ACCEPTED, UUID)
    assert fetched.status is kept.status is RecordStatus.CACHED
    assert fetched.text == kept.text
    assert (cached.status, cached.text) == (RecordStatus.ACCEPTED, None)
    assert len(outside.sent) == asked
    assert outside.bills == 1


def test_a_given_uuid_is_used_and_not_reused(ledger: Ledger) -> None:
    """For another image nothing is bought, and the record says so."""
    outside = Outside()
    here = context(outside, ledger)
    other = draw.marked_jpeg(JPEG, b"other")
    elsewhere = here._replace(read_image=lambda name: parse_image(other, name=name))

    records = [
        caption(CaptionRequest("x"), order(task_uuid=OTHER), here),
        caption(CaptionRequest("x"), order(task_uuid=OTHER), here),
        caption(CaptionRequest("y"), order(task_uuid=OTHER), elsewhere),
    ]

    assert [record.task_uuid for record in records] == [OTHER] * 3
    assert [record.status for record in records] == [
        *(RecordStatus.OK, RecordStatus.CACHED, RecordStatus.FAILED)
    ]
    assert records[2].error
    assert "used before; nothing was bought" in records[2].error.message
    assert outside.bills == 1


def test_a_given_uuid_that_somebody_else_used_buys_nothing(ledger: Ledger) -> None:
    """Another machine, of which this ledger knows nothing."""
    outside = Outside()
    there = context(outside, ledger)
    there.post(
        json.dumps(
            [
                {
                    "taskType": "caption",
                    "taskUUID": OTHER,
                    "model": "runware:152@1",
                    "inputs": {"image": "https://example.com/a.jpg"},
                }
            ]
        ).encode()
    )

    record = caption(CaptionRequest("x"), order(task_uuid=OTHER), there)

    assert record.error
    assert "used before" in record.error.message
    assert outside.bills == 1


def test_fetching_what_does_not_exist_is_a_failure(ledger: Ledger) -> None:
    """Not an exception: it is rendered like every record."""
    record = fetch_caption(
        UUID, context=context(Outside(), ledger), policy=RetryPolicy()
    )

    assert record.error
    assert record.error.code == "taskNotFound"


def test_a_purchase_lands_before_anything_else_can_happen(ledger: Ledger) -> None:
    """Whoever shows it has it before the use case returns."""
    outside = Outside()

    record = caption(CaptionRequest("x"), order(), context(outside, ledger))

    assert outside.purchases == [record]


def test_a_setting_that_is_wrong_leaves_nothing_in_doubt(ledger: Ledger) -> None:
    """Nothing was sent: there is no task to ask after."""

    def unconnected(_: bytes) -> Reply:
        raise ConfigError("the API URL is malformed")

    broken = context(Outside(), ledger)._replace(post=unconnected)

    with pytest.raises(ConfigError) as refused:
        caption(CaptionRequest("x"), order(), broken)

    assert not hasattr(refused.value, "__notes__")


@pytest.mark.parametrize("stop", [Interrupted(ExitStatus.INTERRUPTED), MemoryError()])
@pytest.mark.parametrize("reach", ["", "--sandbox"])
def test_whatever_breaks_off_says_which_task_was_under_way(
    stop: BaseException, reach: str, ledger: Ledger
) -> None:
    """With the command that fetches it from where it was bought."""

    def broken(body: bytes) -> Reply:
        assert json.loads(body)
        stop.__notes__ = []
        raise stop

    stopping = context(Outside(), ledger)._replace(post=broken, service_options=reach)

    with pytest.raises(type(stop)) as stopped:
        caption(CaptionRequest("x"), order(), stopping)

    assert stopped.value.__notes__ == [
        f"task {UUID} may have been accepted",
        f"rwcap caption --fetch {UUID} {reach}".rstrip(),
    ]


def test_a_ledger_that_fails_at_the_end_names_what_was_paid_for(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk was full between the purchase and its settling."""

    def full(*_: object) -> None:
        raise LedgerError("the ledger: database or disk is full")

    monkeypatch.setattr(ledger.purchases, "settle", full)

    with pytest.raises(
        LedgerError, match=f"task {UUID} may have been charged"
    ) as failed:
        caption(CaptionRequest("x"), order(), context(Outside(), ledger))

    assert failed.value.hint == f"rwcap caption --fetch {UUID}"


def open_purchase(ledger: Ledger, outside: Outside, *, sent: bool) -> None:
    """Leave a purchase open, as a process that is killed does."""

    def dying(body: bytes) -> Reply:
        if sent:
            outside.context().post(body)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        caption(
            CaptionRequest("x"), order(), context(outside, ledger)._replace(post=dying)
        )
    ledger.purchases.release(UUID)


def test_what_an_earlier_run_left_open_is_found(ledger: Ledger) -> None:
    """Before a command does its own work, which then is free."""
    outside = Outside()
    open_purchase(ledger, outside, sent=True)

    recover(context(outside, ledger))
    found = caption(CaptionRequest("x"), order(), context(outside, ledger))

    assert found.status is RecordStatus.CACHED
    assert outside.notices == [f"recovered a caption of an earlier run: {UUID}"]
    assert outside.bills == 1


def test_what_never_arrived_is_sent_under_its_own_uuid(ledger: Ledger) -> None:
    """Asked after once, and when its caption is wanted."""
    outside = Outside()
    open_purchase(ledger, outside, sent=False)

    for _ in range(2):
        recover(context(outside, ledger))
    asked = len(outside.sent)
    later = context(outside, ledger)._replace(new_uuid=lambda: OTHER)
    record = caption(CaptionRequest("x"), order(), later)

    assert asked == 2
    assert (record.status, record.task_uuid) == (RecordStatus.OK, UUID)


@pytest.mark.parametrize("recovering", [True, False])
def test_what_the_service_ended_is_bought_anew(
    ledger: Ledger, *, recovering: bool
) -> None:
    """Whether it is found by the recovery, or when its caption is wanted."""
    outside = Outside(queries=[says(200, "timeoutProvider", status="error")])
    open_purchase(ledger, outside, sent=False)
    here = context(outside, ledger)._replace(new_uuid=lambda: OTHER)
    if recovering:
        recover(here)

    record = caption(CaptionRequest("x"), order(), here)

    assert (record.status, record.task_uuid) == (RecordStatus.OK, OTHER)
    assert outside.sent.count("caption") == 1


def test_a_recovery_that_cannot_ask_is_no_failure(ledger: Ledger) -> None:
    """The command's own work will tell, if it needs the service at all."""
    outside = Outside()
    open_purchase(ledger, outside, sent=True)

    def refused(_: bytes) -> Reply:
        raise ConfigError("the credentials file is broken")

    recover(context(Outside(queries=[not_sent] * 2), ledger))
    recover(context(outside, ledger)._replace(query=refused))

    assert ledger.purchases.abandoned() == [UUID]


def test_a_recovery_has_an_end(ledger: Ledger) -> None:
    """A task that is still running is asked about again by the next command."""
    outside = Outside()
    here = context(outside, ledger)
    later = order(Parameters(delivery=Delivery.ASYNC), RetryPolicy(await_result=False))
    caption(CaptionRequest("x"), later, here)
    hours = iter(range(0, 99, 9))

    recover(here._replace(now=lambda: next(hours)))
    recover(here)

    assert ledger.purchases.abandoned() == [UUID]
    assert outside.sent == ["caption", "getResponse"]


def test_what_cannot_be_asked_after_is_told_though_doubts_may_be_rebought(
    ledger: Ledger,
) -> None:
    """It was left open, not doubtful: nothing is bought, and there is an end."""
    outside = Outside(queries=[not_sent] * 4)
    open_purchase(ledger, outside, sent=True)

    hasty = order(policy=RetryPolicy(retries=0), rebuy_ambiguous=True)
    record = caption(CaptionRequest("x"), hasty, context(outside, ledger))

    assert record.error
    assert record.error.kind is ErrorKind.NETWORK
    assert outside.bills == 1


def test_what_runs_for_ever_is_waited_for_once(ledger: Ledger) -> None:
    """Taken over from a run that is gone; then it is in doubt."""
    outside = Outside(queries=[processing] * 999)
    open_purchase(ledger, outside, sent=True)

    record = caption(CaptionRequest("x"), order(), context(outside, ledger))

    assert record.status is RecordStatus.AMBIGUOUS
    assert outside.time <= RetryPolicy().timeout
