"""The fields of an image on standard output: a list, or the cells of one line."""

import sys

from rwcap.cli.terminal import messages
from rwcap.cli.terminal.wrapped_rows import format_rows
from rwcap.core.fields import FieldValues, field_text
from rwcap.core.text import display_name, for_terminal, one_line


def format_fields(source: str, values: FieldValues, *, titled: bool) -> str:
    """Return the fields of an image for standard output.

    A terminal gets a list for each image. Into a pipe, one image is written as a line
    for each field, and one of several (`titled`) as one line with tabs.
    """
    texts = {name: field_text(value) for name, value in values.items()}
    if sys.stdout.isatty():
        return _list_for_terminal(source if titled else None, texts)
    if titled:
        return "\t".join([display_name(source), *map(one_line, texts.values())]) + "\n"
    return "".join(f"{name}: {one_line(text)}\n" for name, text in texts.items())


def _list_for_terminal(source: str | None, texts: dict[str, str]) -> str:
    rows = format_rows(
        [([(name, "cyan")], [(text, "")]) for name, text in texts.items()], names=1
    )
    if source is None:
        return rows
    from rich.text import Text

    console = messages.console(sys.stdout)
    with console.capture() as captured:
        console.print(Text(for_terminal(display_name(source)), "bold"))
    return f"{captured.get()}{rows}\n"
