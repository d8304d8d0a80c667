"""The summary of a run on standard error."""

import sys
from contextlib import suppress

from rwcap.cli.terminal import messages
from rwcap.core.errors import ErrorKind
from rwcap.core.money import format_price
from rwcap.core.record import RecordStatus
from rwcap.core.text import for_terminal
from rwcap.outputs.report import RunStatistics


def show_summary(
    statistics: RunStatistics,
    *,
    left: int | None,
    seconds: float,
    sandbox: bool,
    command: str | None,
) -> None:
    """Print the summary of a run, unless -q is given.

    Args:
        statistics: The counts of the run.
        left: The number of images not done yet; None if it is unknown.
        seconds: The duration of the run.
        sandbox: Whether prices are marked as those of the sandbox.
        command: The command that continues the run.
    """
    if messages.verbosity.get() < 0:
        return
    rows = _rows(statistics, seconds=seconds, mark="[sandbox] " if sandbox else "")
    if left:
        rows.append(("not done yet", f"{left:,}"))
    if messages.is_live():
        with suppress(OSError):
            messages.write(_format_table(rows))
    else:
        for key, value in rows:
            messages.say(f"{key}: {value}")
    if command:  # to be copied: consecutive spaces are kept
        messages.write(f"continue with: {for_terminal(command)}\n")


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


def _format_table(rows: list[tuple[str, str]]) -> str:
    """Return names and values as a table for the terminal."""
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim")
    table.add_column(justify="right")
    for row in rows:
        table.add_row(*row)
    console = messages.console(sys.stderr)
    with console.capture() as captured:
        console.print(table)
    return captured.get()
