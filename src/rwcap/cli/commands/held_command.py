"""The command that writes the captions of a run with `--hold`."""

import sys
from collections.abc import Collection, Iterator
from typing import Final

from rwcap.cli.command_line import option_words
from rwcap.cli.options.batch import BatchOptions, PlanOptions
from rwcap.cli.options.batch_files import Layout
from rwcap.core.sidecar import MergeMode
from rwcap.core.source import is_object, local_name
from rwcap.sources.tables.tables import is_table

_LEFT_OUT: Final = {
    *("hold", "output", "columns", "layout", "delimiter", "bom"),
    *("fresh", "rebuy_ambiguous"),
}
"""Options that hold captions, buy them again, or write records. For its records, the
command would buy captions of images that have one."""

_NOT_WITH_TEXTS: Final = _LEFT_OUT | {
    *("prompt", "prompt_file", "preset", "retry_quality", "check", "on_fail"),
    *("limit", "sample", "seed", "pilot", "yes", "max_cost"),
}
"""Options for what is bought and checked, and for the table that is written."""


def held_command(
    given: PlanOptions, *, is_in_table: bool, has_fields: bool
) -> list[str]:
    """Return the words of the command that writes the held captions of a run.

    That is `--texts`, which buys nothing, if it does the same.

    Args:
        given: The options of the run.
        is_in_table: Whether the table of `-o` has the captions, and no other rows.
        has_fields: Whether fields were asked for.

    Returns:
        The words; none if the command would wait for input.
    """
    if given.sources.files_from == "-":
        return []
    if is_in_table and not has_fields and _can_be_texts(given):
        table = local_name(given.files.output or "")
        return ["rwcap", *_words(given, _NOT_WITH_TEXTS, "--texts", table)]
    if "-" in given.request.prompt_files:
        return []
    return ["rwcap", *_words(given, _LEFT_OUT)]


def _can_be_texts(given: PlanOptions) -> bool:
    """Return whether `--texts` writes the same from the table to the same images.

    It does not replace the text of a person, and it finds no images inside tables.
    """
    files = given.files
    names = given.sources.sources or []
    return (
        files.output is not None
        and is_table(files.output)
        and files.columns is None
        and files.layout is Layout.RECORDS
        and files.mode is not MergeMode.OVERWRITE
        and given.checking.only is None
        and not any(is_table(name) or is_object(name) for name in names)
    )


def _words(given: PlanOptions, left_out: Collection[str], *more: str) -> Iterator[str]:
    """Yield the words of the command line without some options, and with others."""
    start = sys.argv.index("batch") + 1
    yield from sys.argv[1:start]
    names = given.sources.sources or []
    are_plain = not any(name.startswith("-") for name in names)
    if are_plain:
        yield from names
    yield from more
    yield from option_words(sys.argv[start:], BatchOptions, left_out)
    yield from _place(given)
    if not are_plain:
        yield from ("--", *names)


def _place(given: PlanOptions) -> tuple[str, ...]:
    """Return the option that says where captions go, unless the command has one."""
    return () if given.files.write else ("--write", "metadata")
