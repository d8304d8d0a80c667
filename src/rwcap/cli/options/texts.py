"""The option for texts that exist already."""

from collections.abc import Iterator
from typing import Annotated

import typer

from rwcap.cli.options.batch_files import Files, is_special, overwritten
from rwcap.cli.options.group import Group, Mistake, excluding
from rwcap.cli.options.images import INPUT, Sources
from rwcap.cli.options.money import PilotMoney
from rwcap.cli.options.request import Request
from rwcap.core.sidecar import MergeMode


class Texts(Group):
    """The table with the texts."""

    table: Annotated[
        str | None,
        typer.Option(
            "--texts",
            metavar="FILE",
            help="Write the texts of a table (.csv, .tsv, .json, .jsonl, .parquet) to"
            " their images; buy nothing.",
            rich_help_panel=INPUT,
        ),
    ] = None

    def mistakes(self) -> tuple[Mistake, ...]:
        """Return the mistakes of a file that is no table, and of a pipe."""
        from rwcap.sources.tables.tables import is_table

        table = self.table
        forms = ".csv, .tsv, .json, .jsonl or .parquet"
        return (
            (
                f"--texts {table}: not a table; save it as {forms}",
                table is not None and not is_table(table),
            ),
            (
                f"--texts {table}: not a regular file",
                table is not None and is_special(table),
            ),
        )

    def conflicts(
        self, sources: Sources, request: Request, files: Files, money: PilotMoney
    ) -> Iterator[Mistake]:
        """Yield the options that a run with given texts does not take."""
        yield "--texts needs --write", not files.write
        if files.output and self.table:
            message, is_same = overwritten(files.output, [self.table])
            yield message.replace("a source of the run", "that of --texts"), is_same
        refused = {
            "--prompt": request.prompt is not None,
            "--prompt-file": bool(request.prompt_files),
            "--preset": request.preset is not None,
            "--limit": sources.limit is not None,
            "--sample": sources.sample is not None,
            "--mode remove": files.mode is MergeMode.REMOVE,
            "--pilot": money.pilot is not None,
            "--fresh": money.fresh,
            "--retry-quality": money.retry_quality > 0,
        }
        yield from excluding("--texts", refused)
