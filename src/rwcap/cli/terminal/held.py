"""The captions that `--hold` has kept, and the command that writes them."""

from collections.abc import Sequence
from typing import Protocol

from rwcap.cli.terminal import messages
from rwcap.cli.terminal.typed_command import typed_command
from rwcap.core.record import RecordStatus
from rwcap.outputs.report import RunStatistics


class HeldCommand(Protocol):
    """What returns the command that writes held captions."""

    def __call__(self, *, is_in_table: bool) -> Sequence[str]:
        """Return the words of the command; none if it would wait for input.

        Args:
            is_in_table: Whether the table of `-o` has the captions, and no other rows.
        """


def say_held(
    statistics: RunStatistics, command: HeldCommand, *, has_outputs: bool, rows: int
) -> None:
    """Print the number of held captions, and the command that writes them for free.

    Skipped images have their caption in all outputs, if there are any besides the file
    of records.

    Args:
        statistics: The counts of the run.
        command: Returns the command.
        has_outputs: Whether there are such outputs.
        rows: The number of different captions and errors in the file of records.
    """
    if messages.verbosity.get() < 0:
        return
    counts = statistics.counts
    number = counts[RecordStatus.OK] + counts[RecordStatus.CACHED]
    earlier = 0 if has_outputs else counts[RecordStatus.SKIPPED]
    number += earlier
    if not number:
        return
    note = f"{earlier:,} of them since earlier runs" if earlier else "not written yet"
    messages.say(f"held: {number:,} caption{'s' * (number != 1)}, {note}")
    if words := command(is_in_table=rows == number + statistics.failed):
        how = "" if "--texts" in words else " unchanged"  # edits need --texts
        # It is to be copied, so it is not wrapped.
        messages.write(f"write them{how} with: {typed_command(words)}\n")
    else:
        messages.say("the same input and options without --hold write them")
