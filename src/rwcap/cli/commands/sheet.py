"""What a contact sheet says about its run, and the command that it offers."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from rwcap import __version__
from rwcap.checks.all_checks import CHECKS
from rwcap.cli.options.batch import BatchOptions
from rwcap.cli.options.output import Write
from rwcap.cli.terminal import messages
from rwcap.core.sidecar import CollisionPolicy
from rwcap.core.text import display_name, shell_quote
from rwcap.outputs.sheet.page import About

if TYPE_CHECKING:
    from rwcap.usecases.sheet import ContactSheet


def write_sheet(
    sheet: "ContactSheet",
    given: BatchOptions,
    phrases: Mapping[str, int],
    found: Iterable[Write],
) -> None:
    """Write the contact sheet, and say how large it is.

    Args:
        sheet: The sheet, with all pictures.
        given: The options of the run.
        phrases: Each common phrase, and the number of captions that have it.
        found: Where captions were found or written, unless `--write` says it.

    Raises:
        OutputError: The page cannot be written.
    """
    about = About(
        title=" ".join(map(_decodable, given.sources.names)) or "captions",
        made=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M"),
        version=__version__,
        checks={name: CHECKS[name].description for name in given.checking.names},
        phrases=phrases,
        command=[*map(shell_quote, _command(given, given.files.write or found))],
    )
    size = sheet.write(about)
    messages.say(
        f"contact sheet: {display_name(str(given.files.report))}"
        f" ({sheet.count:,} pictures, {_format_bytes(size)})"
    )


def _command(given: BatchOptions, write: Iterable[Write]) -> Iterable[str]:
    """Yield the words of the command that writes the captions of a list again.

    There is none for tables, whose rows a list does not name, and none with
    `--out-dir`, whose subfolders a list does not have.
    """
    files = given.files
    places = [each.value for each in write]
    if files.out_dir is not None or not places:
        return
    yield from ("--mode", "overwrite", "--fresh")
    for place in places:
        yield from ("--write", place)
    if files.ext != ".txt":
        yield from ("--ext", files.ext)
    if files.collide is not CollisionPolicy.ERROR:
        yield from ("--collide", files.collide.value)
    if given.text.alt:
        yield from ("--alt", "--max-chars", str(given.text.max_chars))
    if given.running.sandbox:
        yield "--sandbox"


def _format_bytes(size: int) -> str:
    """Return a size such as `47.1 MB`."""
    megabytes = size / 1_000_000
    return f"{megabytes:,.1f} MB" if megabytes >= 1 else f"{size / 1000:,.0f} kB"


def _decodable(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
