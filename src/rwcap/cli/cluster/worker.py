"""A worker: captions one shard on any machine of a cluster."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from rwcap import __version__
from rwcap.cli.cluster.ledger_actor import LedgerActor
from rwcap.cli.cluster.setup import JobSetup, Progress
from rwcap.cli.service import Connections
from rwcap.cli.wiring import image_reader, make_context
from rwcap.core.errors import ConfigError, RwcapError
from rwcap.outputs.records.parquet_parts import finished_parts, write_part
from rwcap.sources.tables.shards import Shard, read_shard
from rwcap.usecases.job.ledger_link import LeaseLostError, LedgerLink
from rwcap.usecases.job.ledger_proxy import LedgerProxy
from rwcap.usecases.job.shard_run import ShardEnd, ShardRun

if TYPE_CHECKING:
    import ray

Report: TypeAlias = Progress | ShardEnd | RwcapError | LeaseLostError
"""What a worker yields. Only the last report is no progress."""


def caption_shard(
    setup: JobSetup, shard: Shard, lease: str, actor: "ray.actor.ActorHandle"
) -> Iterator[Report]:
    """Caption the images of a shard, and write them as one part.

    Args:
        setup: What every worker has to know.
        shard: The shard.
        lease: The name of this worker, which no other ever had.
        actor: The ledger.

    Yields:
        Reports. An error of rwcap is the last report, because Ray cannot raise an
        exception of another class unchanged.
    """
    try:
        yield from _caption_shard(setup, shard, LedgerLink(LedgerActor(actor), lease))
    except (RwcapError, LeaseLostError) as error:
        yield error


def _caption_shard(setup: JobSetup, shard: Shard, link: LedgerLink) -> Iterator[Report]:
    if setup.version != __version__:
        raise ConfigError(
            f"a node of the cluster has rwcap {__version__}, not {setup.version}",
            hint=f'pip install "rwcap[ray]=={setup.version}" on each node',
        )
    notes: list[str] = []
    delays: list[str] = []
    connections = Connections(setup.service, delays.append, setup.key)
    context = make_context(
        setup.service,
        connections,
        image_reader(setup.preparation, notes.append),
        LedgerProxy(link.begin),
        notify=delays.append,
    )._replace(stamp=lambda _: None)  # the ledger's index of files is not here
    run = ShardRun(setup.options, setup.limits, context, link)
    for records in run.run(read_shard(shard)):
        yield Progress(records, _taken(notes), _taken(delays))
    if run.is_complete and shard.name not in finished_parts(setup.folder):
        write_part(setup.folder, shard.name, run.records, setup.columns)
        run.mark_written()
    run.close()
    connections.close()
    yield run.end


def _taken(messages: list[str]) -> list[str]:
    """Return the messages, and remove them. Other threads may add more meanwhile."""
    return [messages.pop(0) for _ in range(len(messages))]
