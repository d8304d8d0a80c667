"""Tables on standard output: plain columns in a pipe, fitted to a terminal."""

import sys
from collections.abc import Sequence
from typing import Final

from rwcap.cli.terminal import messages
from rwcap.core.text import for_terminal, one_line

_GAP: Final = "  "

_NAME_MIN: Final = 10
"""The least width of the first column, in characters."""

_NAME_MAX: Final = 60
"""The greatest width of the first column, in characters."""

_BAR_COLUMNS: Final = 60
"""The least width of a terminal that shows bars beside long names."""

_BAR_MIN: Final = 8
_BAR_MAX: Final = 40


def format_table(
    rows: Sequence[Sequence[str]],
    *,
    header: Sequence[str] = (),
    shares: Sequence[float] = (),
    track: str = "",
) -> str:
    """Return rows as lines: names on the left, numbers aligned right.

    On a terminal, long names are shortened so that no line wraps.

    Args:
        rows: The cells of each row.
        header: The cells of the header.
        shares: A number from 0 to 1 for each row, shown as a bar if there is room.
        track: The character that fills a bar up to the width of the share 1.
    """
    lines = [[_clean(cell) for cell in row] for row in ([header] if header else [])]
    lines += [[_clean(cell) for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    widths[0] = min(widths[0], _NAME_MAX)
    room = 0
    if sys.stdout.isatty():
        columns = messages.console(sys.stdout).width
        room = columns - sum(width + len(_GAP) for width in widths[1:]) - 1
        has_bars = shares and columns >= _BAR_COLUMNS
        names = room - (len(_GAP) + _BAR_MIN if has_bars else 0)
        widths[0] = min(widths[0], max(_NAME_MIN, names))
        room -= widths[0] + len(_GAP)
    bars = [""] * len(lines)
    if shares and room >= _BAR_MIN:
        full = min(room, _BAR_MAX)
        drawn = [_GAP + _bar(share, full).ljust(full, track or " ") for share in shares]
        bars[len(lines) - len(drawn) :] = drawn
    return "".join(
        _format_line(line, widths, bar) for line, bar in zip(lines, bars, strict=True)
    )


def _format_line(cells: Sequence[str], widths: Sequence[int], bar: str) -> str:
    shown = _shorten(cells[0], widths[0])
    padded = [shown + " " * (widths[0] - _width(shown))]
    padded += [
        cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)
    ]
    return f"{_GAP.join(padded)}{bar}".rstrip() + "\n"


def _bar(share: float, width: int) -> str:
    """Return a bar in eighths of a column; a share above zero is always visible."""
    eighths = max(round(share * width * 8), int(share > 0))
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()


def sparkline(amounts: Sequence[int]) -> str:
    """Return a column for each amount, as high as its part of the highest."""
    highest = max(amounts)
    return "".join(
        "▁▂▃▄▅▆▇█"[-(-7 * amount // highest)] if amount else "·" for amount in amounts
    )


def interval_line(low: int, expected: int, high: int) -> str:
    """Return a chart of an interval on a line from zero to its end."""
    width = max(_BAR_MIN, min(messages.console(sys.stdout).width, _NAME_MAX) - 1)
    left, middle = (round(each * (width - 1) / high) for each in (low, expected))
    line = ["·"] * left + ["─"] * (width - left)
    line[left], line[-1] = "├", "┤"
    line[middle] = "●"
    return "".join(line)


def _clean(cell: str) -> str:
    return for_terminal(one_line(cell))


def _width(cell: str) -> int:
    """Return the width of a cell in columns; wide characters take two.

    Combining and invisible characters take none
    (https://www.unicode.org/reports/tr11/).
    """
    if cell.isascii():
        return len(cell)
    from unicodedata import category, east_asian_width

    return sum(
        1 + (east_asian_width(character) in "WF")
        for character in cell
        if category(character) not in {"Mn", "Me", "Cf"}
    )


def _shorten(cell: str, width: int) -> str:
    """Return a cell with its middle replaced by an ellipsis, if it is too long."""
    if _width(cell) <= width:
        return cell
    kept = min(len(cell), width)
    while True:
        kept -= 1
        shown = f"{cell[: (kept + 1) // 2]}…{cell[len(cell) - kept // 2 :]}"
        if _width(shown) <= width:
            return shown
