"""Caption one image: read, ask, account. The one implementation for every command."""

from dataclasses import replace

from rwcap.domain.answer import Captioned, Pending
from rwcap.domain.errors import AmbiguousError, InputError, RwcapError, TaskError
from rwcap.domain.image import Picture, label
from rwcap.domain.record import Failure, Record, Status, fetch_command
from rwcap.domain.retry import Policy
from rwcap.domain.task import CaptionTask, Parameters
from rwcap.usecases.purchase import Outcome, purchase
from rwcap.usecases.recover import fetch
from rwcap.usecases.world import World


def caption(
    source: str,
    parameters: Parameters,
    *,
    task_uuid: str | None,
    world: World,
    policy: Policy,
) -> Record:
    """Return the record of captioning the image named `source`.

    A failure of this image is in the record, not raised. A `task_uuid` is given
    by who wants to choose it.
    """
    started = world.now()
    record = Record(
        source=label(source),
        status=Status.FAILED,
        model=parameters.model,
        prompt=parameters.prompt,
        sandbox=world.sandbox,
    )
    try:
        image = world.read(source)
    except InputError as error:
        return _ended(record, error, seconds=world.now() - started)
    uuid = task_uuid or world.new_uuid()
    task = CaptionTask(uuid, image, parameters, fresh=task_uuid is None)
    record = replace(
        record,
        task_uuid=uuid,
        image_sha256=image.digest if isinstance(image, Picture) else None,
    )
    try:
        bought = purchase(task, world, policy)
        record = replace(record, attempts=bought.attempts)
        record = _ended(record, bought.outcome, seconds=world.now() - started)
        world.landed(record)
    except RwcapError:
        raise  # before anything was sent
    except BaseException as stop:
        stop.add_note(f"task {uuid} may have been accepted")
        stop.add_note(fetch_command(uuid, world.reach))
        raise
    return record


def fetch_caption(task_uuid: str, *, world: World, policy: Policy) -> Record:
    """Return the record of a task that was submitted earlier."""
    started = world.now()
    record = Record(
        source=task_uuid,
        status=Status.FAILED,
        task_uuid=task_uuid,
        sandbox=world.sandbox,
    )
    try:
        outcome: Outcome = fetch(task_uuid, world, policy)
    except TaskError as error:
        outcome = error
    seconds = world.now() - started
    return _ended(record, outcome, seconds=seconds, bought=Status.CACHED)


def _ended(
    record: Record, outcome: Outcome, *, seconds: float, bought: Status = Status.OK
) -> Record:
    """Return the record with what came of it, `bought` where that is a caption."""
    match outcome:
        case Captioned(text, cost):
            ended = replace(record, status=bought, text=text, cost=cost)
        case Pending():
            ended = replace(record, status=Status.ACCEPTED)
        case AmbiguousError():
            failure = Failure.of(outcome)
            ended = replace(record, status=Status.AMBIGUOUS, error=failure)
        case _:
            failure = Failure.of(outcome)
            ended = replace(record, status=Status.FAILED, error=failure)
    return replace(ended, seconds=seconds)
