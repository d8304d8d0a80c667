"""Caption one image: read, ask, account. The one implementation for every command."""

from dataclasses import replace

from rwcap.domain.errors import AmbiguousError, TaskError
from rwcap.domain.image import Picture, label
from rwcap.domain.record import Failure, Record, Status
from rwcap.domain.retry import Policy
from rwcap.domain.task import CaptionTask, Parameters
from rwcap.domain.wire import Captioned
from rwcap.usecases.purchase import purchase
from rwcap.usecases.recover import fetch
from rwcap.usecases.world import World


def caption(
    source: str,
    parameters: Parameters,
    *,
    task_uuid: str,
    world: World,
    policy: Policy,
) -> Record:
    """Return the record of captioning the image named `source`.

    A failure of this image is in the record, not raised.
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
        if isinstance(image, Picture):
            record = replace(record, image_sha256=image.digest)
        record = replace(record, task_uuid=task_uuid)
        bought = purchase(CaptionTask(task_uuid, image, parameters), world, policy)
    except TaskError as error:
        return _failed(record, error, seconds=world.now() - started)
    if bought.captioned is None:
        record = replace(record, status=Status.ACCEPTED)
    else:
        record = _captioned(record, bought.captioned)
    return replace(record, attempts=bought.attempts, seconds=world.now() - started)


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
        captioned = fetch(task_uuid, world, policy)
    except TaskError as error:
        return _failed(record, error, seconds=world.now() - started)
    return replace(_captioned(record, captioned), seconds=world.now() - started)


def _captioned(record: Record, captioned: Captioned) -> Record:
    return replace(record, status=Status.OK, text=captioned.text, cost=captioned.cost)


def _failed(record: Record, error: TaskError, *, seconds: float) -> Record:
    ambiguous = isinstance(error, AmbiguousError)
    return replace(
        record,
        status=Status.AMBIGUOUS if ambiguous else Status.FAILED,
        error=Failure.of(error),
        seconds=seconds,
    )
