"""The checks of captions that exist: `rwcap batch --check-only`."""

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import chain
from typing import TYPE_CHECKING, Final

from rwcap.cli.options.batch import BatchOptions
from rwcap.cli.options.batch_files import Files
from rwcap.cli.options.output import Write
from rwcap.cli.terminal import messages, results
from rwcap.cli.terminal.tables import format_table
from rwcap.core.errors import NoInputError, TaskError
from rwcap.core.exit_status import ExitStatus, overall_status
from rwcap.core.text import display_name, escape_json, one_line

if TYPE_CHECKING:
    from rwcap.checks.set_statistics import SetStatistics
    from rwcap.usecases.checking.checking import (
        Checking,
        Counts,
        Fault,
        StoredCaption,
    )
    from rwcap.usecases.sheet import ContactSheet

_EVERYWHERE: Final = (Write.TXT, Write.XMP, Write.EMBED)
"""The outputs that are read without `--write`."""

_WHOLE_SET: Final = "*"
"""Stands for all images where a fault is one of the set."""


def check_captions(given: BatchOptions) -> ExitStatus:
    """Print a line for each fault of a caption: path, check, excerpt.

    With `--report`, a contact sheet shows all images and captions.
    """
    results.check_stdout()
    path = given.files.report
    with ExitStack() as opened:
        if path is None:
            return _check(given, None)
        from rwcap.usecases.sheet import ContactSheet

        sheet = ContactSheet(path, given.prepared.preparation())
        return _check(given, opened.enter_context(sheet))


def _check(given: BatchOptions, sheet: "ContactSheet | None") -> ExitStatus:
    from rwcap.checks.set_statistics import SetStatistics
    from rwcap.usecases.checking.checking import Checking

    found: dict[Write, None] = {}  # in the order in which they are found
    statistics = SetStatistics() if given.checking.json else None
    checking = Checking(given.checking.names, statistics)
    problems: list[ExitStatus] = []
    faults = _faults(given, checking, problems, found, sheet)
    if statistics:
        _print_json(faults, checking, statistics)
    else:
        for fault in faults:
            _print(fault.caption.source, fault.check, fault.excerpt)
        for phrase, count in checking.counts.phrases.items():
            _print(_WHOLE_SET, "common-phrase", f"{phrase} ({count:,} captions)")
    counts = checking.counts
    if not counts.captions["all"] and not problems:
        raise NoInputError(
            "no captions found", hint="rwcap batch SOURCE --write txt writes some"
        )
    _print_summary(counts, given.checking.names)
    if sheet:
        from rwcap.cli.commands.sheet import check_command, write_sheet

        write_sheet(sheet, given, counts.phrases, [*check_command(given, found)])
    is_bad = counts.captions["failed"] or counts.phrases
    problems += [ExitStatus.QUALITY] * bool(is_bad)
    return overall_status(problems, succeeded=counts.captions["all"])


def _faults(
    given: BatchOptions,
    checking: "Checking",
    problems: list[ExitStatus],
    found: dict[Write, None],
    sheet: "ContactSheet | None",
) -> "Iterator[Fault]":
    """Yield the faults of all captions; report what cannot be read.

    Args:
        given: The options.
        checking: The pass over all captions.
        problems: Receives the status of what cannot be read.
        found: Receives the outputs in which captions are.
        sheet: Receives the pictures; None without a contact sheet.
    """
    from rwcap.core.source import UnusableSource
    from rwcap.images.limits import Pairs
    from rwcap.usecases.checking.checking import stored_captions
    from rwcap.usecases.sheet_pictures import checked_picture, unreadable_picture
    from rwcap.usecases.writing.write import Outputs

    pairs = given.prepared.pairs is Pairs.TOGETHER
    files = given.files
    if not files.write:
        files = Files(**vars(files) | {"write": _EVERYWHERE})
    targets = files.outputs(alt=given.text.alt, pairs=pairs)
    outputs = Outputs(targets=targets, collide=given.files.collide)
    without = 0
    notice = _ignore if given.verbosity.quiet else messages.say
    for request in given.sources.find(notice, are_folders=False, captions=True):
        try:
            if isinstance(request, UnusableSource):
                raise request.error
            captions = [
                *stored_captions(request, outputs, is_chosen=bool(given.files.write))
            ]
        except TaskError as failure:
            messages.error(failure.message, failure.hint)
            problems.append(failure.status)
            if sheet:
                sheet.add(unreadable_picture(request, failure))
            continue
        without += not captions
        found |= dict.fromkeys(
            _output_of(each) for each in captions if not request.caption
        )
        faults = [[*checking.check(caption)] for caption in captions]
        if sheet:
            picture = checked_picture(request, captions, faults)
            sheet.add(picture, request.content)
        yield from chain.from_iterable(faults)
    for fault in checking.end():
        if sheet:
            sheet.add_fault(fault.number, fault.check, fault.excerpt)
        yield fault
    if without:
        messages.say(f"images without a caption: {without:,}")


def _output_of(caption: "StoredCaption") -> Write:
    """Return the output that has written a caption, by its file."""
    if caption.file == caption.source:
        return Write.EMBED
    return Write.XMP if caption.file.endswith(".xmp") else Write.TXT


def _ignore(_: str) -> None:
    """Ignore a message: threads that search for images do not know -q."""


def _print(source: str, check: str, excerpt: str) -> None:
    results.write(f"{display_name(source)}\t{check}\t{one_line(excerpt)}\n")


def _print_json(
    faults: "Iterable[Fault]", checking: "Checking", statistics: "SetStatistics"
) -> None:
    """Print one document, as the faults are found."""
    from rwcap.usecases.checking.checking import counts_document

    results.write('{"v": 1, "faults": [')
    separator = "\n"
    for fault in faults:
        entry = {
            "source": fault.caption.source,
            "file": fault.caption.file,
            "check": fault.check,
            "excerpt": fault.excerpt,
        }
        results.write(f"{separator}  {_to_json(entry)}")
        separator = ",\n"
    document = {
        **counts_document(checking.counts),
        "statistics": statistics.to_json(),
    }
    results.write(f"\n], {_to_json(document)[1:]}\n")


def _to_json(document: object) -> str:
    return escape_json(json.dumps(document, ensure_ascii=False))


def _print_summary(counts: "Counts", names: Iterable[str]) -> None:
    """Print a table of the checks that captions fail, and a line for all."""
    if messages.verbosity.get() < 0:
        return
    rows = [
        (name, f"{counts.captions[name]:,}") for name in names if counts.captions[name]
    ]
    if rows:
        messages.write(format_table(rows, header=("check", "captions")))
    messages.say(
        f"{counts.captions['failed']:,} of {counts.captions['all']:,} captions fail"
    )
