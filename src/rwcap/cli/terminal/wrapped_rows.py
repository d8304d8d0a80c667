"""Rows of text on a terminal: columns that wrap at words, or one below the other."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from rwcap.cli.terminal import messages
from rwcap.core.text import for_terminal, one_line

if TYPE_CHECKING:
    from rich.text import Text

Cell: TypeAlias = Sequence[tuple[str, str]]
"""Lines of text, each with its style."""

_NARROW: Final = 60
"""The least width for columns; below it, the texts are under their names."""

_INDENT: Final = 4


def format_rows(
    rows: Sequence[Sequence[Cell]], *, names: int, header: Sequence[str] = ()
) -> str:
    """Return rows for the terminal of standard output.

    Args:
        rows: The cells of each row.
        names: The number of first columns that name the row and do not wrap.
        header: The titles of the columns.
    """
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    console = messages.console(sys.stdout)
    shown = [[_text(cell) for cell in row] for row in rows]
    with console.capture() as captured:
        if console.width < _NARROW:
            for row in shown:
                console.print(Text("  ").join(row[:names]), overflow="fold")
                for text in filter(None, row[names:]):
                    console.print(Padding(text, (0, 0, 0, _INDENT)), overflow="fold")
        else:
            table = Table(
                box=None,
                pad_edge=False,
                padding=(0, 2, 0, 0),
                show_header=bool(header),
                header_style="bold",
            )
            for number in range(len(shown[0])):
                title = header[number] if header else ""
                table.add_column(title, no_wrap=number < names, overflow="fold")
            for row in shown:
                table.add_row(*row)
            console.print(table)
    return "".join(
        f"{line.rstrip()}\n" for line in captured.get().removesuffix("\n").split("\n")
    )


def _text(cell: Cell) -> "Text":
    from rich.text import Text

    lines = [Text(for_terminal(one_line(text)), style) for text, style in cell if text]
    return Text("\n").join(lines)
