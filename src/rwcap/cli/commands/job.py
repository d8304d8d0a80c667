"""`rwcap batch --engine ray`: a batch on a Ray cluster."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from rwcap import __version__
from rwcap.cli.options.batch import BatchOptions
from rwcap.cli.service import Service
from rwcap.cli.terminal.run_view import RunView, ViewOptions
from rwcap.cli.terminal.stages import Stage
from rwcap.cli.wiring import ledger_file, locks_folder, open_context
from rwcap.core.errors import RwcapError, UsageError
from rwcap.core.exit_status import ExitStatus
from rwcap.core.source import is_object
from rwcap.settings import credentials

if TYPE_CHECKING:
    from rwcap.cli.cluster.setup import JobSetup
    from rwcap.sources.tables.shards import Shard
    from rwcap.usecases.caption import RunOptions


def run_job(
    given: BatchOptions, options: "RunOptions", view_options: ViewOptions
) -> ExitStatus:
    """Caption the images of a manifest on a Ray cluster.

    Raises:
        UsageError: A package is missing, or there is no cluster or manifest.
        ConfigError: The cluster cannot be used.
    """
    try:
        from rwcap.cli.cluster.connection import connected
        from rwcap.cli.cluster.ledger_actor import LedgerFiles
        from rwcap.cli.cluster.ray_batch import RayBatch
    except ModuleNotFoundError as error:
        raise UsageError(
            "--engine ray requires the package ray",
            hint='pipx inject rwcap ray pyarrow (or pip install "rwcap[ray]")',
        ) from error
    from rwcap.outputs.records.parquet_parts import check_folder, finished_parts
    from rwcap.sources.tables.shards import find_shards

    [manifest] = map(_absolute, given.sources.names)
    setup = _setup(given, options)
    view = RunView(options.outputs, view_options)
    shards = _check_first(find_shards(manifest))
    check_folder(setup.folder)
    finished = finished_parts(setup.folder)
    with (
        open_context(setup.service, notify=view.notify_verbose) as context,
        connected(given.cluster.ray_address),
    ):
        files = LedgerFiles(ledger_file(setup.service), locks_folder())
        batch = RayBatch(setup, given.limits(), files, context, notice=view.notify)
        rows = count_rows(find_shards(manifest))
        status = view.run([Stage(batch, batch.run(shards, finished), rows)])
        context.ledger.run.end(status)
    return status


def count_rows(shards: "Iterable[Shard]") -> Callable[[], int | None]:
    """Count the rows of shards in a thread. Return the function that gives the sum."""
    found: list[int] = []

    def count() -> None:
        with suppress(RwcapError):  # the run reports the error
            found.append(sum(shard.stop - shard.first for shard in shards))

    Thread(target=count, name="count", daemon=True).start()
    return lambda: found[0] if found else None


def _setup(given: BatchOptions, options: "RunOptions") -> "JobSetup":
    """Return what the workers have to know; raises `NoKeyError` without a key."""
    from rwcap.cli.cluster.setup import JobSetup
    from rwcap.outputs.records.parquet_parts import PART_COLUMNS
    from rwcap.outputs.records.parquet_schema import parquet_columns
    from rwcap.usecases.batch.limits import Limits

    service = Service.from_options(given.running)
    profile, is_sandbox = service.profile, service.sandbox
    key = None if is_sandbox else credentials.load_key(os.environ, profile)
    columns = parquet_columns(given.files.table_style, PART_COLUMNS)
    return JobSetup(
        version=__version__,
        service=service,
        key=key,
        options=options,
        preparation=given.prepared.preparation(),
        limits=Limits(concurrency=given.running.concurrency),
        grace=given.running.grace,
        folder=_absolute(given.files.output or ""),
        columns=columns,
    )


def _check_first(shards: "Iterator[Shard]") -> "Iterator[Shard]":
    """Return the same shards; raise `UsageError` now if the manifest is unusable."""
    first = next(shards, None)
    return chain([] if first is None else [first], shards)


def _absolute(path: str) -> str:
    """Return a path for processes in other folders. A URL stays as it is."""
    return path if is_object(path) else str(Path(path).absolute())
