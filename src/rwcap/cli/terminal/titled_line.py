"""One line on a terminal: the name of an image, and what is said of it."""

from typing import TYPE_CHECKING

from rwcap.core.text import for_terminal, one_line

if TYPE_CHECKING:
    from rich.text import Text


def titled_line(title: str, words: str, columns: int, *, style: str = "") -> "Text":
    """Return a title and words, to be cut at the end if they are too long.

    A title that does not fit is cut at the start, to a quarter of the line.
    """
    from rich.cells import cell_len
    from rich.text import Text

    title, words = for_terminal(title), for_terminal(one_line(words))
    room = max(columns - 2 - cell_len(words), columns // 4)
    if cell_len(title) > room:
        title = title[-columns:]
        while title and cell_len(title) >= room:
            title = title[1:]
        title = f"…{title}"
    line = Text.assemble((title, "dim"), "  ", (words, style))
    line.no_wrap, line.overflow = True, "ellipsis"
    return line
