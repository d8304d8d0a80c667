"""What every worker of a job has to know."""

from typing import NamedTuple

from rwcap.cli.service import Service
from rwcap.core.record import Record
from rwcap.images.limits import PrepareOptions
from rwcap.settings.credentials import ApiKey
from rwcap.usecases.batch.limits import Limits
from rwcap.usecases.caption import RunOptions


class JobSetup(NamedTuple):
    """What every worker of a job has to know."""

    version: str
    """The version of rwcap."""
    service: Service
    key: ApiKey | None
    """The API key of the driver; None for the sandbox.

    Ray shows the environment variables of a job on its dashboard and writes them to
    its logs. It sends small arguments straight to the worker, and shows none of them.
    """
    options: RunOptions
    preparation: PrepareOptions
    limits: Limits
    grace: float
    """Seconds to wait for requests in flight when the run stops early."""
    folder: str
    """The folder of the parts: a path, or the URL of a folder in object storage."""
    columns: tuple[str, ...]
    """The columns of a part."""


class Progress(NamedTuple):
    """What a worker did since its last report."""

    records: list[Record]
    notes: list[str]
    """Messages about images."""
    delays: list[str]
    """The reasons for delays."""
