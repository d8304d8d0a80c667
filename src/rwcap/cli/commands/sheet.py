"""What a contact sheet says about its run, and the command that it offers."""

import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from rwcap import __version__
from rwcap.checks.all_checks import CHECKS
from rwcap.cli.command_line import option_words
from rwcap.cli.options.batch import BatchOptions
from rwcap.cli.options.output import Write
from rwcap.cli.terminal import messages
from rwcap.cli.terminal.typed_command import typed_variables
from rwcap.core.record import Record
from rwcap.core.sidecar import ADDING_MODES, CollisionPolicy, MergeMode
from rwcap.core.text import display_name, shell_quote
from rwcap.outputs.sheet.page import About
from rwcap.sources.tables.tables import is_table

if TYPE_CHECKING:
    from rwcap.usecases.run_sheet import RunSheet
    from rwcap.usecases.sheet import ContactSheet
    from rwcap.usecases.writing.output import Output

_OF_THE_RUN: Final = {
    *("files_from", "nul", "include", "exclude", "max_depth", "limit", "sample"),
    *("seed", "report", "mode", "fresh", "pilot", "yes", "watch", "only", "hold"),
}
"""Options that the command for marked pictures does not have, or has once."""


class SheetReport:
    """The contact sheet of a run, as its report."""

    def __init__(self, given: BatchOptions, targets: "Sequence[Output]") -> None:
        """Start; captions that were written earlier are read from `targets`.

        Raises:
            OutputError: No temporary file can be created.
        """
        from rwcap.usecases.run_sheet import RunSheet
        from rwcap.usecases.sheet import ContactSheet

        assert given.files.report  # noqa: S101  # it is why there is a sheet
        self._given = given
        self._sheet = RunSheet(
            ContactSheet(given.files.report, given.prepared.preparation()),
            given.checking.names,
            targets,
            prompts=given.request.prompt_files if given.request.is_trial else (),
            is_endless=given.running.watch,
        )

    def add(self, record: Record) -> None:
        """Add the picture of a record."""
        self._sheet.add(record)

    def write(self, _summary: dict[str, object]) -> None:
        """Write the page, if there is a picture; raise `OutputError` if that fails."""
        with self._sheet as sheet:
            if sheet.count:
                write_sheet(sheet, self._given, {}, [*_run_command(self._given)])


def write_sheet(
    sheet: "ContactSheet | RunSheet",
    given: BatchOptions,
    phrases: Mapping[str, int],
    command: Sequence[str],
) -> None:
    """Write a contact sheet, and say how large it is.

    Args:
        sheet: The sheet, with all pictures.
        given: The options of the run.
        phrases: Each common phrase, and the number of captions that have it.
        command: The words of the command for marked pictures, or none.

    Raises:
        OutputError: The page cannot be written.
    """
    about = About(
        title=" ".join(map(_decodable, given.sources.names)),
        made=time.strftime("%Y-%m-%d %H:%M"),
        version=__version__,
        checks={name: CHECKS[name].description for name in given.checking.names},
        phrases=phrases,
        variables=typed_variables(),
        command=[*map(shell_quote, command)],
        is_editable=not (given.fields.is_given or given.request.is_trial),
    )
    written = sheet.write(about)
    noun = "picture" if sheet.count == 1 else "pictures"
    pages = f" on {written.pages} pages" if written.pages > 1 else ""
    messages.say(
        f"contact sheet: {display_name(str(given.files.report))}"
        f" ({sheet.count:,} {noun}{pages}, {_format_bytes(written.size)})"
    )


def check_command(given: BatchOptions, found: Iterable[Write]) -> Iterator[str]:
    """Yield the options that write the captions of a list anew.

    Args:
        given: The options of the check.
        found: Where captions are, unless `--write` says it.
    """
    files = given.files
    places = [each.value for each in files.write or found]
    if not _has_command(given) or not places:
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


def _run_command(given: BatchOptions) -> Iterator[str]:
    """Yield the options that buy and write the captions of a list anew."""
    refused = (
        not _has_command(given),
        "-" in given.request.prompt_files,  # standard input is over
        given.texts.table is not None,
        given.request.is_trial,
    )
    if any(refused):
        return
    if given.files.write:
        mode = given.files.mode
        yield from ("--mode", mode if mode in ADDING_MODES else MergeMode.OVERWRITE)
    yield "--fresh"
    start = sys.argv.index("batch") + 1
    yield from option_words(sys.argv[start:], BatchOptions, _OF_THE_RUN)


def _has_command(given: BatchOptions) -> bool:
    """Return whether a list can name all that a run needs to know of an image.

    It does not have the columns of tables, nor the subfolders of `--out-dir`.
    """
    has_table = any(map(is_table, given.sources.sources or []))
    return given.files.out_dir is None and not has_table


def _format_bytes(size: int) -> str:
    """Return a size such as `47.1 MB`."""
    megabytes = size / 1_000_000
    return f"{megabytes:,.1f} MB" if megabytes >= 1 else f"{size / 1000:,.0f} kB"


def _decodable(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
