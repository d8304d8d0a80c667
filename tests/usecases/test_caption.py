"""One image's way from its name to its record."""

import json
from dataclasses import replace

import pytest

from rwcap.domain.errors import ConfigError, ExitStatus, InputError, Interrupted, Kind
from rwcap.domain.image import Image, parse_picture
from rwcap.domain.record import Status
from rwcap.domain.retry import Policy
from rwcap.domain.task import Delivery, Parameters
from rwcap.domain.wire import Reply
from rwcap.usecases.caption import caption, fetch_caption
from rwcap.usecases.world import World
from tests import draw
from tests.usecases.test_purchase import UUID, Outside, not_sent, says

JPEG = (draw.FOLDER / "harbour.jpg").read_bytes()


def world(outside: Outside) -> World:
    """Return a world in which every name is the harbour's."""
    return replace(outside.world(), read=lambda name: parse_picture(JPEG, name=name))


def test_a_caption_becomes_a_record() -> None:
    """Text, cost, digest, tries and time are in it."""
    outside = Outside([not_sent])
    parameters = Parameters(prompt="What?")

    record = caption(
        "a.jpg", parameters, task_uuid=None, world=world(outside), policy=Policy()
    )

    assert record.status is Status.OK
    assert record.text
    assert record.text.startswith("[sandbox] A JPEG image")
    assert record.cost == 1300
    assert record.task_uuid == UUID
    assert record.prompt == "What?"
    assert record.image_sha256
    assert (record.attempts, record.seconds) == (2, 0.5)


def test_an_image_that_cannot_be_read_is_never_sent() -> None:
    """Its record has the reason, no UUID and no tries."""

    def unreadable(name: str) -> Image:
        raise InputError(f"{name}: no such file", code="fileNotFound")

    outside = Outside()

    blind = replace(outside.world(), read=unreadable)
    record = caption("x", Parameters(), task_uuid=None, world=blind, policy=Policy())

    assert record.error
    assert record.error.code == "fileNotFound"
    assert (record.task_uuid, record.attempts) == (None, 0)
    assert outside.sent == []


def test_a_failure_is_in_the_record() -> None:
    """With its kind, and how often it was tried."""
    outside = Outside([says(503)] * 2)
    policy = Policy(retries=1)

    record = caption(
        "x", Parameters(), task_uuid=None, world=world(outside), policy=policy
    )

    assert record.status is Status.FAILED
    assert record.error
    assert record.error.kind is Kind.CAPACITY
    assert record.error.retryable
    assert record.attempts == 2


def test_a_task_left_with_the_service_is_accepted() -> None:
    """It has a UUID and no text, and is fetched for nothing later."""
    outside = Outside()
    parameters = Parameters(delivery=Delivery.ASYNC)
    policy = Policy(await_result=False)

    record = caption(
        "x", parameters, task_uuid=None, world=world(outside), policy=policy
    )
    fetched = fetch_caption(UUID, world=world(outside), policy=Policy())

    assert (record.status, record.text) == (Status.ACCEPTED, None)
    assert fetched.status is Status.CACHED
    assert outside.bills == 1


def test_a_given_uuid_is_used_and_not_reused() -> None:
    """The second time nothing is bought, and the record says so."""
    outside = Outside()
    other = "3e62120b-9210-4117-9231-9f6bdbfecc8a"

    records = [
        caption(
            "x", Parameters(), task_uuid=other, world=world(outside), policy=Policy()
        )
        for _ in range(2)
    ]

    assert [record.task_uuid for record in records] == [other, other]
    assert [record.status for record in records] == [Status.OK, Status.FAILED]
    assert outside.bills == 1


def test_fetching_what_does_not_exist_is_a_failure() -> None:
    """Not an exception: it is rendered like every record."""
    record = fetch_caption(UUID, world=world(Outside()), policy=Policy())

    assert record.error
    assert record.error.code == "taskNotFound"


def test_a_purchase_lands_before_anything_else_can_happen() -> None:
    """Whoever shows it has it before the use case returns."""
    outside = Outside()

    record = caption(
        "x", Parameters(), task_uuid=None, world=world(outside), policy=Policy()
    )

    assert outside.landed == [record]


def test_a_setting_that_is_wrong_leaves_nothing_in_doubt() -> None:
    """Nothing was sent: there is no task to ask after."""

    def unconnected(_: bytes) -> Reply:
        raise ConfigError("the API URL is malformed")

    broken = replace(world(Outside()), post=unconnected)

    with pytest.raises(ConfigError) as refused:
        caption("x", Parameters(), task_uuid=None, world=broken, policy=Policy())

    assert not hasattr(refused.value, "__notes__")


@pytest.mark.parametrize("stop", [Interrupted(ExitStatus.INTERRUPTED), MemoryError()])
@pytest.mark.parametrize("reach", ["", "--sandbox"])
def test_whatever_breaks_off_says_which_task_was_under_way(
    stop: BaseException, reach: str
) -> None:
    """With the command that fetches it from where it was bought."""

    def broken(body: bytes) -> Reply:
        assert json.loads(body)
        stop.__notes__ = []
        raise stop

    stopping = replace(world(Outside()), post=broken, reach=reach)

    with pytest.raises(type(stop)) as stopped:
        caption("x", Parameters(), task_uuid=None, world=stopping, policy=Policy())

    assert stopped.value.__notes__ == [
        f"task {UUID} may have been accepted",
        f"rwcap caption --fetch {UUID} {reach}".rstrip(),
    ]
