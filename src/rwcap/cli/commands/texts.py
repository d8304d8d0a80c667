"""Write texts that exist: `rwcap batch --texts FILE`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rwcap.cli.options.batch import BatchOptions
from rwcap.cli.terminal import messages, results
from rwcap.cli.terminal.run_view import RunView
from rwcap.cli.terminal.stages import Stage
from rwcap.core.exit_status import ExitStatus, overall_status
from rwcap.core.record import RecordStatus
from rwcap.core.sidecar import MergeMode
from rwcap.core.text import display_name, one_line
from rwcap.usecases.batch.texts_run import TextsRun
from rwcap.usecases.existing.given_text import GivenOptions

if TYPE_CHECKING:
    from rwcap.sources.sources import Sources
    from rwcap.usecases.caption import RunOptions
    from rwcap.usecases.context import Context
    from rwcap.usecases.writing.write import Outputs


def write_texts(
    given: BatchOptions,
    sources: "Sources",
    options: "RunOptions",
    context: "Context",
    view: RunView,
) -> ExitStatus:
    """Write the texts of a table to their images."""
    dry = given.money.dry_run
    outputs = options.outputs._replace(dry_run=dry)
    given_options = GivenOptions(
        run=options._replace(outputs=outputs),
        alt_chars=given.text.alt_chars,
        corrections=_for_corrections(given, outputs),
    )
    table = given.texts.table or ""
    run = TextsRun(table, sources, given_options, given.limits(), context)
    if dry:
        return _show_plan(run)
    try:
        status = view.run([Stage(run, run.run(), lambda: run.total)])
    finally:
        _say_counts(run)
    context.ledger.run.end(status)
    return status


def _for_corrections(given: BatchOptions, outputs: "Outputs") -> "Outputs":
    """Return the outputs for corrections."""
    files, alt, pairs = given.files, given.text.alt, outputs.pairs
    replacing = files.overwriting()
    return outputs._replace(
        targets=files.outputs(alt=alt, pairs=pairs, corrects=True),
        overwriting=replacing.outputs(alt=alt, pairs=pairs, corrects=True),
    )


def _show_plan(run: TextsRun) -> ExitStatus:
    """Print the images that would get a text, each with the text; write nothing."""
    errors = results.ErrorLines()
    failures: list[ExitStatus] = []
    written = done = 0
    for record in run.run():
        if record.error:
            failures.append(record.error.status)
            errors.show(record, record.error)
        elif record.status is RecordStatus.SKIPPED:
            done += 1
        else:
            written += 1
            text = one_line(record.text or "")
            results.write(f"{display_name(record.source)}\t{text}\n")
    messages.say(
        f"would write {written:,} text{'s' * (written != 1)}; done earlier or kept:"
        f" {done:,}; unusable: {len(failures):,}"
    )
    _say_counts(run)
    messages.say("dry run: nothing was written")
    return overall_status(failures, succeeded=written + done)


def _say_counts(run: TextsRun) -> None:
    """Print what was left as it is, and how that changes."""
    if run.kept:
        noun = "image keeps" if run.kept == 1 else "images keep"
        reason = (
            "the table has that of the model"
            if run.mode is MergeMode.OVERWRITE
            else "--mode overwrite replaces it with an edited one"
        )
        messages.say(f"{run.kept:,} {noun} the text of a person: {reason}")
    if run.without_text:
        verbs = (
            ("row has", "changes") if run.without_text == 1 else ("rows have", "change")
        )
        messages.say(f"{run.without_text:,} {verbs[0]} no text, and {verbs[1]} nothing")
    if run.rows_with_changes:
        noun = "row has" if run.rows_with_changes == 1 else "rows have"
        ways = ", ".join(_ways(run))
        messages.say(
            f"{run.rows_with_changes:,} {noun} changed fields, which --texts does not"
            f" write{ways and f': {ways}'}"
        )


def _ways(run: TextsRun) -> Iterator[str]:
    """Yield how changed fields can be written."""
    changed = run.changed_fields
    if run.alt and not changed.isdisjoint({"text", "description"}):
        yield "without --alt, it writes the column text"
    if not run.alt and "alt" in changed:
        yield "with --alt, it writes the column alt"
    if not run.alt and "description" in changed:
        yield "it writes a description from the column text"
