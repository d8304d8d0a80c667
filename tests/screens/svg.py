"""Draw the screens of terminals as an SVG image, for light and dark backgrounds."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final
from unicodedata import east_asian_width
from xml.sax.saxutils import escape

from pyte.screens import Char

from tests.terminal import Screen

_CELL: Final = (8, 17)
"""Width and height of a character in pixels."""

_MARGIN: Final = 12

_STYLE: Final = """
text{font:13.3px Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre}
text{fill:#24292f}rect{fill:#fff;stroke:#8c959f}
.bold{font-weight:bold}.dim{opacity:.6}.red{fill:#c0232c}.green{fill:#1a7f37}
.brown{fill:#8a6500}.blue{fill:#0550ae}.magenta{fill:#8e3bbd}.cyan{fill:#0b7285}
.brightblack{fill:#8c959f}
@media(prefers-color-scheme:dark){
text{fill:#d5d9de}rect{fill:#14181d;stroke:#6b7480}
.red{fill:#ff6b68}.green{fill:#5fd38d}.brown{fill:#e5c07b}.blue{fill:#6cb6ff}
.magenta{fill:#d89cf6}.cyan{fill:#56c8d8}.brightblack{fill:#6b7480}}
"""


def draw(screens: Sequence[Screen]) -> str:
    """Return an image of the screens, one below the other."""
    width, height = _CELL
    parts: list[str] = []
    top = 0
    for screen in screens:
        rows = screen.text.count("\n") + bool(screen.text.rpartition("\n")[2])
        size = (screen.columns * width + 2 * _MARGIN, rows * height + 2 * _MARGIN)
        parts.append(f'<g transform="translate(0 {top})">')
        parts.append(f'<rect x=".5" y=".5" width="{size[0]}" height="{size[1]}"/>')
        parts += (line for row in range(rows) for line in _runs(screen, row))
        parts.append("</g>")
        top += size[1] + _MARGIN
    widest = max(screen.columns for screen in screens) * width + 2 * _MARGIN + 1
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {widest} {top}">',
            f"<style>{_STYLE}</style>",
            *parts,
            "</svg>\n",
        ]
    )


def _runs(screen: Screen, row: int) -> Iterator[str]:
    """Yield the texts of a row, one for each change of style or width."""
    width, height = _CELL
    cells = [screen.buffer[row][column] for column in range(screen.columns)]
    column = 0
    for (style, _), run in groupby(cells, key=_style):
        text = [cell.data for cell in run]
        if shown := "".join(text).rstrip():
            x, y = _MARGIN + column * width, _MARGIN + row * height + 13
            length = (len(text) - len("".join(text)) + len(shown)) * width
            yield (
                f'<text x="{x}" y="{y}" textLength="{length}"{style}>'
                f"{escape(shown)}</text>"
            )
        column += len(text)


def _style(cell: Char) -> tuple[str, bool]:
    """Return the attribute for the style of a character, and whether it is wide.

    The second half of a wide character has no text.
    """
    names = ["bold"] * cell.bold + ["dim"] * cell.blink
    names += [cell.fg] * (cell.fg != "default")
    is_wide = not cell.data or east_asian_width(cell.data[0]) in "WF"
    return f' class="{" ".join(names)}"' if names else "", is_wide
