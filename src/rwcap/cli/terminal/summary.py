"""The summary of a run on standard error: tables on a terminal, lines in a pipe."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, repeat
from typing import TYPE_CHECKING, Final, NamedTuple

from rwcap.cli.terminal import messages
from rwcap.cli.terminal.progress_line import OUTCOMES, format_duration, format_rate
from rwcap.cli.terminal.results import error_message
from rwcap.cli.terminal.typed_command import typed_command
from rwcap.core.errors import ErrorKind
from rwcap.core.money import Micros, format_price
from rwcap.core.record import SANDBOX_PREFIX, RecordStatus
from rwcap.core.text import display_name, for_terminal, one_line
from rwcap.outputs.report import MAX_EXAMPLES, RunStatistics
from rwcap.usecases.batch.limits import StopReason

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_KINDS: Final = {
    ErrorKind.INPUT: "unusable input",
    ErrorKind.SAFETY: "refused by the content filter",
    ErrorKind.QUALITY: "unusable caption",
    ErrorKind.AUTH: "API key missing or refused",
    ErrorKind.CREDITS: "account out of credit",
    ErrorKind.BUDGET: "spending limit reached",
    ErrorKind.CAPACITY: "service too busy",
    ErrorKind.SERVER: "error of the service",
    ErrorKind.NETWORK: "service unreachable",
    ErrorKind.AMBIGUOUS: "possibly charged, caption unknown",
    ErrorKind.OUTPUT: "not written, but not lost",
}


_SHORT: Final = 120.0
"""Seconds. The duration of a shorter run has a decimal."""


class Places(NamedTuple):
    """The places where a run writes captions, besides the images."""

    ext: str = ".txt"
    """The extension of text files."""
    folder: str | None = None
    """The folder of text and XMP files; None if they stand beside the images."""
    record_file: str | None = None


def show_summary(
    statistics: RunStatistics,
    *,
    left: int | None,
    seconds: float,
    places: Places,
    sandbox: bool,
    command: str | None,
    counted: str = "images",
    checks: Sequence[tuple[str, str]] = (),
) -> None:
    """Print the summary of a run, unless -q is given.

    Args:
        statistics: The counts of the run.
        left: The number of images not done yet; None if it is unknown.
        seconds: The duration of the run.
        places: Where captions were written.
        sandbox: Whether prices are marked as those of the sandbox.
        command: The command that continues the run.
        counted: What the run has one record for.
        checks: Names and values: what the checks of captions found.
    """
    if messages.verbosity.get() < 0:
        return
    mark = f"{SANDBOX_PREFIX} " if sandbox else ""
    if messages.is_live():
        with suppress(OSError):
            facts = [*checks, *_times(statistics, seconds)]
            tables = _format_tables(
                statistics, places, counted, facts, left=left, mark=mark
            )
            messages.write(tables)
    else:
        rows = [*_rows(statistics, seconds=seconds, mark=mark), *checks]
        if left:
            rows.append(("not done yet", f"{left:,}"))
        for key, value in rows:
            messages.say(f"{key}: {value}")
    if command:  # to be copied: consecutive spaces are kept
        messages.write(f"continue with: {command}\n")


def _rows(
    statistics: RunStatistics, *, seconds: float, mark: str
) -> list[tuple[str, str]]:
    """Return the names and values of the summary."""
    rows = [
        (s.value, f"{statistics.counts[s]:,}")
        for s in RecordStatus
        if s in statistics.counts
    ]
    rows += [
        (f"error ({k})", f"{statistics.errors[k]:,}")
        for k in ErrorKind
        if k in statistics.errors
    ]
    if statistics.written.keys() - {"text files"}:
        kinds = sorted(statistics.written.items())
        rows += [(f"written to {kind}", f"{number:,}") for kind, number in kinds]
    rows.append(("spent", f"{mark}{format_price(statistics.spent)}"))
    if statistics.unknown_costs:
        rows.append(("cost unknown", f"{statistics.unknown_costs:,}"))
    rows.append(("saved", f"{mark}{format_price(statistics.saved)}"))
    rows.append(("seconds", f"{seconds:.1f}"))
    for label, q in (("p50", 0.5), ("p95", 0.95)):
        if (quantile := statistics.quantile(q)) is not None:
            rows.append((f"{label} seconds", f"{quantile:.2f}"))
    return rows


def continue_command(reason: StopReason | None) -> str:
    """Return the command that continues the run."""
    extra = ["--yes"] if reason is StopReason.PILOT else []
    return typed_command(["rwcap", *sys.argv[1:], *extra])


def _format_tables(
    statistics: RunStatistics,
    places: Places,
    counted: str,
    facts: Iterable[tuple[str, str]],
    *,
    left: int | None,
    mark: str,
) -> str:
    """Return the failures, the outcomes and the facts of a run for the terminal."""
    console = messages.console(sys.stderr)
    with console.capture() as captured:
        for kind in (each for each in ErrorKind if each in statistics.errors):
            _print_failures(console, statistics, kind)
        console.print(_outcome_table(statistics, mark, counted))
        console.print()
        console.print(_fact_table(statistics, places, facts, left, mark))
    return captured.get()


def _print_failures(
    console: "Console", statistics: RunStatistics, kind: ErrorKind
) -> None:
    """Print the number of failures of one kind, a few messages and a hint."""
    from rich.padding import Padding
    from rich.text import Text

    count = statistics.errors[kind]
    console.print(Text(f"{count:,} failed: {_KINDS[kind]}", "bold red"))
    shown: dict[str, None] = {}
    hint = None
    for record, error in statistics.examples[kind]:
        shown[for_terminal(one_line(error_message(record, error)))] = None
        hint = hint or error.hint
    for message in shown:
        console.print(Padding(Text(message), (0, 0, 0, 2)))
    if count > MAX_EXAMPLES and len(shown) > 1:
        rest = f"and {count - len(shown):,} more (-v prints each)"
        console.print(Padding(Text(rest, "dim"), (0, 0, 0, 2)))
    if hint:  # to be copied: it is not wrapped
        line = Text.assemble(
            ("  hint: ", "bold cyan"), for_terminal(display_name(hint))
        )
        console.print(line, soft_wrap=True)
    console.print()


def _outcome_table(statistics: RunStatistics, mark: str, counted: str) -> "Table":
    """Return the number of records and the dollars spent for each outcome."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("outcome")
    table.add_column(counted, justify="right", no_wrap=True)
    table.add_column(f"{mark}dollars", justify="right", no_wrap=True)
    for status in (each for each in RecordStatus if each in statistics.counts):
        label, style = OUTCOMES[status]
        cost = statistics.costs.get(status)
        price = "" if cost is None else format_price(Micros(cost))
        table.add_row(label, f"{statistics.counts[status]:,}", price, style=style)
    total = f"{statistics.total:,}"
    table.add_row("total", total, format_price(statistics.spent), style="bold")
    return table


def _fact_table(
    statistics: RunStatistics,
    places: Places,
    more: Iterable[tuple[str, str]],
    left: int | None,
    mark: str,
) -> "Table":
    """Return the places and savings of a run, and more facts such as its times."""
    from rich.table import Table
    from rich.text import Text

    labels = chain(["written"], repeat(""))
    facts = list(zip(labels, _written(statistics, places), strict=False))
    if statistics.unknown_costs:
        facts.append(("cost unknown", f"{statistics.unknown_costs:,}"))
    if statistics.saved:
        facts.append(("saved by reuse", f"{mark}{format_price(statistics.saved)}"))
    facts += more
    if left:
        facts.append(("not done yet", f"{left:,}"))
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, fact in facts:
        table.add_row(name, Text(for_terminal(fact)))
    return table


def _written(statistics: RunStatistics, places: Places) -> Iterator[str]:
    """Yield the files that contain captions of this run."""
    names = {"images": "image", "XMP files": ".xmp file"}
    text_file = f".{places.ext.removeprefix('.')} file"
    for kind, number in sorted(statistics.written.items()):
        files = f"{number:,} {names.get(kind, text_file)}{'s' * (number > 1)}"
        if kind == "images":
            yield f"{files} (metadata)"
        elif places.folder is None:
            yield f"{files} beside the images"
        else:
            yield f"{files} in {for_terminal(display_name(places.folder))}"
    if places.record_file is not None:
        yield f"records in {for_terminal(display_name(places.record_file))}"


def _times(statistics: RunStatistics, seconds: float) -> Iterator[tuple[str, str]]:
    """Yield the duration with the rate, and how long a caption took."""
    time = f"{seconds:.1f} s" if seconds < _SHORT else format_duration(seconds)
    if statistics.bought and seconds:
        time += f", {format_rate(statistics.bought / seconds)}"
    yield "time", time
    median, slow = statistics.quantile(0.5), statistics.quantile(0.95)
    if median is not None and slow is not None:
        yield "per caption", f"median {median:.1f} s, 95 % within {slow:.1f} s"
