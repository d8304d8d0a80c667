"""Options of a batch on a cluster of machines."""

from enum import StrEnum
from typing import Annotated

import typer

from rwcap.cli.options.batch_files import Files
from rwcap.cli.options.connection import RUNNING
from rwcap.cli.options.group import Group, Mistake
from rwcap.cli.options.images import Sources
from rwcap.cli.options.money import PilotMoney
from rwcap.core.sidecar import MergeMode


class Engine(StrEnum):
    """What runs a batch."""

    LOCAL = "local"
    RAY = "ray"


class Cluster(Group):
    """The cluster that captions a batch."""

    engine: Annotated[
        Engine,
        typer.Option(
            "--engine",
            help="Caption on this machine (local), or a Parquet table on a Ray"
            " cluster (ray).",
            rich_help_panel=RUNNING,
            show_default=True,
        ),
    ] = Engine.LOCAL
    ray_address: Annotated[
        str | None,
        typer.Option(
            "--ray-address",
            metavar="ADDRESS",
            help="The Ray cluster: auto, or HOST:PORT; without it, this machine.",
            rich_help_panel=RUNNING,
        ),
    ] = None

    @property
    def is_used(self) -> bool:
        """Whether the batch is captioned on a cluster."""
        return self.engine is Engine.RAY

    def mistakes(self) -> tuple[Mistake, ...]:
        """Return the possible mistakes of the address."""
        return (
            (
                "--ray-address needs --engine ray",
                self.ray_address is not None and not self.is_used,
            ),
        )

    def conflicts(
        self, sources: Sources, files: Files, money: PilotMoney
    ) -> tuple[Mistake, ...]:
        """Return the mistakes in combination with sources, outputs and money."""
        output = files.output or ""
        useless = {
            "--files-from": sources.files_from is not None,
            "--include": bool(sources.include),
            "--exclude": bool(sources.exclude),
            "--max-depth": sources.max_depth is not None,
            "--limit": sources.limit is not None,
            "--sample": sources.sample is not None,
            "--checksum": sources.checksum,
            "--write": bool(files.write),
            "--mode": files.mode is not MergeMode.SKIP,
            "--fresh": money.fresh,
            "--pilot": money.pilot is not None,
            "--dry-run": money.dry_run,
        }
        return (
            (
                "--engine ray needs one Parquet table, or one folder of them",
                self.is_used and len(sources.sources or []) != 1,
            ),
            (
                "--engine ray needs -o FOLDER/, with a slash at the end",
                self.is_used and not output.endswith("/"),
            ),
            *(
                (f"--engine ray takes no {option}", self.is_used and given)
                for option, given in useless.items()
            ),
        )
