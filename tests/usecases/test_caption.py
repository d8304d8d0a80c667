"""One image, from its source to its record."""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from rwcap.api.request import Delivery, Parameters
from rwcap.api.retry import RetryPolicy
from rwcap.api.wire import Reply
from rwcap.core.errors import (
    ConfigError,
    ErrorKind,
    InputError,
    Interrupted,
    LedgerError,
    NoKeyError,
)
from rwcap.core.exit_status import ExitStatus
from rwcap.core.record import CostSource, RecordStatus
from rwcap.core.sidecar import MergeMode
from rwcap.core.source import CaptionRequest
from rwcap.images.image import Image, parse_image
from rwcap.images.read import file_stamp
from rwcap.ledger.ledger import Ledger
from rwcap.ledger.locks import FileLocks
from rwcap.usecases.caption import RunOptions, caption
from rwcap.usecases.context import Context
from rwcap.usecases.purchase.fetch import fetch_caption
from rwcap.usecases.purchase.purchase import PurchaseOptions
from rwcap.usecases.purchase.recovery import recover
from rwcap.usecases.writing.write import Outputs
from tests import draw
from tests.usecases.test_submit import (
    UUID,
    Outside,
    empty,
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
    """Return a context in which every source is the same image."""
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
    """Return the options of a run."""
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
    """With text, cost, digest, attempts and time."""
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
    """Also under another name, because the image is the same."""
    outside = Outside()

    first = caption(CaptionRequest("a.jpg"), order(), context(outside, ledger))
    second = caption(CaptionRequest("b.jpg"), order(), context(outside, ledger))

    assert second.status is RecordStatus.CACHED
    assert (second.text, second.task_uuid) == (first.text, first.task_uuid)
    assert (second.cost, second.cost_source) == (1300, CostSource.LEDGER)
    assert (second.attempts, outside.bills) == (0, 1)


def test_another_prompt_is_another_caption(ledger: Ledger) -> None:
    """So is another model. Another delivery method is not."""
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
    """Yield task UUIDs."""
    return map("{:08x}-bc3d-4e55-b8fa-36e20e2a4e62".format, count())


def test_fresh_buys_again_once_in_a_run(tmp_path: Path) -> None:
    """Captions of earlier runs do not count. Those of this run do."""
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


def test_an_unchanged_file_is_not_read(ledger: Ledger) -> None:
    """Except with --checksum."""
    outside = Outside()
    read: list[str] = []

    def reading(name: str) -> Image:
        read.append(name)
        return parse_image(JPEG, name=name)

    here = outside.context(ledger)._replace(
        read_image=reading, stamp=lambda one: file_stamp(one.source)
    )
    wanted = CaptionRequest(str(HARBOUR))
    first = caption(wanted, order(), here)
    caption(
        CaptionRequest("b.jpg"), order(Parameters(prompt="What?")), here
    )  # stores the stamp of the file

    known = caption(wanted, order(), here)
    read_so_far = list(read)
    checked = caption(wanted, order()._replace(checksum=True), here)

    assert known.status is checked.status is RecordStatus.CACHED
    assert known.image_sha256 == checked.image_sha256 == first.image_sha256
    assert read_so_far == [str(HARBOUR), "b.jpg"]
    assert read == [*read_so_far, str(HARBOUR)]


def test_a_caption_in_the_table_is_kept(ledger: Ledger) -> None:
    """Unless the mode or --fresh asks for another one."""
    outside = Outside()
    request = CaptionRequest("a.jpg", caption="A harbour.")
    overwriting = order()._replace(outputs=Outputs(mode=MergeMode.OVERWRITE))

    kept = caption(request, order(), context(outside, ledger))
    replaced = caption(request, overwriting, context(outside, ledger))
    bought = caption(request, order(fresh=True), context(outside, ledger))

    assert (kept.status, kept.text) == (RecordStatus.SKIPPED, "A harbour.")
    assert RecordStatus.SKIPPED not in {replaced.status, bought.status}


def test_an_unreadable_image_is_not_sent(ledger: Ledger) -> None:
    """Its record has the error, no UUID and no attempts."""

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
    """With its kind and the attempts. The next purchase succeeds."""
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


def test_an_ambiguous_purchase_stays_ambiguous_until_the_service_knows_it(
    ledger: Ledger,
) -> None:
    """It is queried again, which is free, and not bought again."""
    outside = Outside([lost_after], queries=[says(503)] * 4)
    here = context(outside, ledger)._replace(new_uuid=uuids().__next__)
    hasty = order(policy=RetryPolicy(retries=0))

    first = caption(CaptionRequest("x"), hasty, here)
    second = caption(CaptionRequest("x"), hasty, here)
    third = caption(CaptionRequest("x"), hasty, here)

    assert [first.status, second.status] == [RecordStatus.AMBIGUOUS] * 2
    assert [first.attempts, second.attempts, third.attempts] == [1, 0, 0]
    assert second.error
    assert f"task {first.task_uuid}" in second.error.message
    assert first.task_uuid == second.task_uuid == third.task_uuid
    assert third.status is RecordStatus.OK
    assert outside.sent.count("caption") == outside.bills == 1


def test_an_ambiguous_purchase_that_failed_is_bought_again(ledger: Ledger) -> None:
    """It was not charged."""
    ended = says(200, "timeoutProvider", status="error")
    outside = Outside([says(503, accepted=False)], queries=[says(503)] * 2)
    here = context(outside, ledger)._replace(new_uuid=uuids().__next__)
    caption(CaptionRequest("x"), order(policy=RetryPolicy(retries=0)), here)

    later = Outside(queries=[ended])
    there = context(later, ledger)._replace(new_uuid=lambda: OTHER)
    record = caption(CaptionRequest("x"), order(), there)

    assert (record.status, record.task_uuid) == (RecordStatus.OK, OTHER)


def test_an_ambiguous_purchase_that_still_runs_is_awaited(ledger: Ledger) -> None:
    """The service knows the task."""
    outside = Outside(queries=[says(503)] * 2)
    here = context(outside, ledger)._replace(new_uuid=uuids().__next__)
    hasty = RetryPolicy(retries=0, timeout=0.5)
    parameters = Parameters(delivery=Delivery.ASYNC)
    first = caption(CaptionRequest("x"), order(parameters, hasty), here)

    second = caption(CaptionRequest("x"), order(parameters), here)

    assert (first.status, second.status) == (RecordStatus.AMBIGUOUS, RecordStatus.OK)
    assert (second.attempts, outside.bills) == (0, 1)


def test_an_ambiguous_purchase_can_be_bought_again(
    ledger: Ledger, tmp_path: Path
) -> None:
    """With --rebuy-ambiguous, if the service says that it does not know the task.

    Not by the run that has made the purchase.
    """
    outside = Outside([lost_after], queries=[says(503)] * 4 + [empty(200)] * 4)
    here = context(outside, ledger)._replace(new_uuid=uuids().__next__)
    hasty = RetryPolicy(retries=0)
    caption(CaptionRequest("x"), order(policy=hasty), here)

    unasked = caption(
        CaptionRequest("x"), order(policy=hasty, rebuy_ambiguous=True), here
    )
    copy = caption(CaptionRequest("y"), order(rebuy_ambiguous=True), here)
    bills = outside.bills
    path, locks = tmp_path / "ledger/ledger.sqlite3", FileLocks(tmp_path / "locks")
    with Ledger(path, locks=locks) as next_run:
        there = here._replace(ledger=next_run)
        record = caption(CaptionRequest("x"), order(rebuy_ambiguous=True), there)

    assert unasked.status is copy.status is RecordStatus.AMBIGUOUS
    assert (record.status, bills, outside.bills) == (RecordStatus.OK, 1, 2)


def test_an_ambiguous_purchase_is_queried_again_if_a_query_fails(
    ledger: Ledger,
) -> None:
    """A pause of the service does not hide a caption that it has."""
    outside = Outside([lost_after], queries=[says(503)] * 6)
    here = context(outside, ledger)._replace(new_uuid=uuids().__next__)
    caption(CaptionRequest("x"), order(policy=RetryPolicy(retries=0)), here)

    record = caption(CaptionRequest("x"), order(), here)

    assert (record.status, outside.bills) == (RecordStatus.OK, 1)
    assert outside.notices[-1].endswith("; retrying")


def test_a_task_that_is_not_awaited_is_accepted(ledger: Ledger) -> None:
    """It has a UUID and no text, and can be fetched free later."""
    outside = Outside()
    here = context(outside, ledger)
    later = order(Parameters(delivery=Delivery.ASYNC), RetryPolicy(await_result=False))

    record = caption(CaptionRequest("x"), later, here)
    again = caption(CaptionRequest("x"), later, here)
    fetched = fetch_caption(UUID, context=here, policy=RetryPolicy())
    requests = len(outside.sent)
    cached = caption(CaptionRequest("x"), later, here)
    kept = fetch_caption(UUID, context=here, policy=RetryPolicy())

    assert (record.status, record.text) == (RecordStatus.ACCEPTED, None)
    assert (again.status, again.task_uuid) == (RecordStatus.ACCEPTED, UUID)
    assert fetched.status is kept.status is RecordStatus.CACHED
    assert fetched.text == kept.text
    assert (cached.status, cached.text) == (RecordStatus.ACCEPTED, None)
    assert len(outside.sent) == requests
    assert outside.bills == 1


def test_a_task_uuid_of_the_user_is_used_once(ledger: Ledger) -> None:
    """For another image nothing is bought, and the record has the error."""
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


def test_a_task_uuid_used_on_another_machine_buys_nothing(ledger: Ledger) -> None:
    """The ledger does not have its purchase."""
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


def test_fetching_an_unknown_task_is_a_failure(ledger: Ledger) -> None:
    """The error is in the record and is not raised."""
    record = fetch_caption(
        UUID, context=context(Outside(), ledger), policy=RetryPolicy()
    )

    assert record.error
    assert record.error.code == "taskNotFound"


def test_a_purchase_is_reported_before_the_use_case_returns(ledger: Ledger) -> None:
    """The receiver has the record at that time."""
    outside = Outside()

    record = caption(CaptionRequest("x"), order(), context(outside, ledger))

    assert outside.purchases == [record]


def test_a_wrong_setting_leaves_no_ambiguous_purchase(ledger: Ledger) -> None:
    """Nothing was sent, so there is no task to query."""

    def unconnected(_: bytes) -> Reply:
        raise ConfigError("the API URL is malformed")

    broken = context(Outside(), ledger)._replace(post=unconnected)

    with pytest.raises(ConfigError) as refused:
        caption(CaptionRequest("x"), order(), broken)

    assert not hasattr(refused.value, "__notes__")


def test_a_task_that_needs_a_key_is_not_in_the_ledger_without_one(
    ledger: Ledger,
) -> None:
    """Nothing was sent, so nothing has to be recovered."""

    def keyless(_: bytes) -> Reply:
        raise NoKeyError("no API key", code="noApiKey")

    broken = context(Outside(), ledger)._replace(post=keyless)
    record = caption(CaptionRequest("x"), order(), broken)

    assert record.error
    assert (record.error.kind, record.attempts) == (ErrorKind.AUTH, 0)
    assert not ledger.purchases.has_uuid(UUID)


@pytest.mark.parametrize("stop", [Interrupted(ExitStatus.INTERRUPTED), MemoryError()])
@pytest.mark.parametrize("reach", ["", "--sandbox"])
def test_an_interruption_names_the_task_in_progress(
    stop: BaseException, reach: str, ledger: Ledger
) -> None:
    """And the command that fetches it from the same service."""

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


def test_an_interruption_of_a_resumed_task_names_it(ledger: Ledger) -> None:
    """By the UUID of the earlier purchase."""
    open_purchase(ledger, Outside(), sent=True)

    def broken(_: bytes) -> Reply:
        raise KeyboardInterrupt

    here = context(Outside(), ledger)._replace(new_uuid=lambda: OTHER, query=broken)

    with pytest.raises(KeyboardInterrupt) as stopped:
        caption(CaptionRequest("x"), order(), here)

    assert stopped.value.__notes__[0] == f"task {UUID} may have been accepted"


def test_an_interruption_before_the_outcome_is_stored_names_the_task(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The text is not in the ledger, and can be fetched."""

    class Slow:
        def result(self) -> None:
            raise KeyboardInterrupt

    monkeypatch.setattr(ledger.purchases, "begin_settle", lambda *_: Slow())
    here = context(Outside(), ledger)._replace(service_options="--sandbox")

    with pytest.raises(KeyboardInterrupt) as stopped:
        caption(CaptionRequest("x"), order(), here)

    assert stopped.value.__notes__ == [
        f"task {UUID} may have been accepted",
        f"rwcap caption --fetch {UUID} --sandbox",
    ]


def test_an_error_of_the_ledger_after_the_purchase_names_the_task(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk becomes full between the purchase and its settlement."""

    class Full:
        def result(self) -> None:
            raise LedgerError("the ledger: database or disk is full")

    monkeypatch.setattr(ledger.purchases, "begin_settle", lambda *_: Full())

    with pytest.raises(
        LedgerError, match=f"task {UUID} may have been charged"
    ) as failed:
        caption(CaptionRequest("x"), order(), context(Outside(), ledger))

    assert failed.value.hint == f"rwcap caption --fetch {UUID}"


def open_purchase(ledger: Ledger, outside: Outside, *, sent: bool) -> None:
    """Leave a purchase open, as a killed process does."""

    def killed(body: bytes) -> Reply:
        if sent:
            outside.context().post(body)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        caption(
            CaptionRequest("x"), order(), context(outside, ledger)._replace(post=killed)
        )
    ledger.purchases.begin_release(UUID).result()


def test_an_abandoned_purchase_is_recovered(ledger: Ledger) -> None:
    """Before a command does its own work. The caption is then free."""
    outside = Outside()
    open_purchase(ledger, outside, sent=True)

    recover(context(outside, ledger))
    found = caption(CaptionRequest("x"), order(), context(outside, ledger))

    assert found.status is RecordStatus.CACHED
    assert outside.notices == [f"recovered a caption of an earlier run: {UUID}"]
    assert outside.bills == 1


def test_an_abandoned_purchase_that_never_arrived_keeps_its_uuid(
    ledger: Ledger,
) -> None:
    """It is queried once, and sent when its caption is requested."""
    outside = Outside()
    open_purchase(ledger, outside, sent=False)

    for _ in range(2):
        recover(context(outside, ledger))
    requests = len(outside.sent)
    later = context(outside, ledger)._replace(new_uuid=lambda: OTHER)
    record = caption(CaptionRequest("x"), order(), later)

    assert requests == 2
    assert (record.status, record.task_uuid) == (RecordStatus.OK, UUID)


@pytest.mark.parametrize("recovering", [True, False])
def test_an_abandoned_purchase_that_failed_is_bought_again(
    ledger: Ledger, *, recovering: bool
) -> None:
    """Recovery or the next request for the caption finds the failure."""
    outside = Outside(queries=[says(200, "timeoutProvider", status="error")])
    open_purchase(ledger, outside, sent=False)
    here = context(outside, ledger)._replace(new_uuid=lambda: OTHER)
    if recovering:
        recover(here)

    record = caption(CaptionRequest("x"), order(), here)

    assert (record.status, record.task_uuid) == (RecordStatus.OK, OTHER)
    assert outside.sent.count("caption") == 1


def test_recovery_ignores_errors_of_the_service(ledger: Ledger) -> None:
    """The command reports them if it needs the service."""
    outside = Outside()
    open_purchase(ledger, outside, sent=True)

    def refused(_: bytes) -> Reply:
        raise ConfigError("the credentials file is broken")

    recover(context(Outside(queries=[not_sent] * 2), ledger))
    recover(context(outside, ledger)._replace(query=refused))

    assert ledger.open_purchases.abandoned() == [UUID]


def test_recovery_has_a_time_limit(ledger: Ledger) -> None:
    """The next command queries a task that is still running again."""
    outside = Outside()
    here = context(outside, ledger)
    later = order(Parameters(delivery=Delivery.ASYNC), RetryPolicy(await_result=False))
    caption(CaptionRequest("x"), later, here)
    hours = iter(range(0, 99, 9))

    recover(here._replace(now=lambda: next(hours)))
    recover(here)

    assert ledger.open_purchases.abandoned() == [UUID]
    assert outside.sent == ["caption", "getResponse"]


def test_an_abandoned_purchase_that_cannot_be_queried_is_an_error(
    ledger: Ledger,
) -> None:
    """It is not ambiguous, so --rebuy-ambiguous does not buy it again."""
    outside = Outside(queries=[not_sent] * 4)
    open_purchase(ledger, outside, sent=True)

    hasty = order(policy=RetryPolicy(retries=0), rebuy_ambiguous=True)
    record = caption(CaptionRequest("x"), hasty, context(outside, ledger))

    assert record.error
    assert record.error.kind is ErrorKind.NETWORK
    assert outside.bills == 1


def test_a_task_that_never_ends_is_awaited_once(ledger: Ledger) -> None:
    """An adopted purchase is ambiguous afterwards."""
    outside = Outside(queries=[processing] * 999)
    open_purchase(ledger, outside, sent=True)

    record = caption(CaptionRequest("x"), order(), context(outside, ledger))

    assert record.status is RecordStatus.AMBIGUOUS
    assert outside.time <= RetryPolicy().timeout
