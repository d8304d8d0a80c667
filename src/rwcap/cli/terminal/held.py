"""The captions that `--hold` has kept, and the command that writes them."""

import sys
from collections.abc import Iterator, Sequence

from rwcap.cli.terminal import messages
from rwcap.core.record import RecordStatus
from rwcap.core.text import for_terminal, shell_quote
from rwcap.outputs.report import RunStatistics


def say_held(statistics: RunStatistics, *, has_outputs: bool) -> None:
    """Print the number of held captions, and the command that writes them for free.

    Skipped images have their caption in all outputs, if there are any besides the file
    of records.
    """
    if messages.verbosity.get() < 0:
        return
    counts = statistics.counts
    number = counts[RecordStatus.OK] + counts[RecordStatus.CACHED]
    if not has_outputs:
        number += counts[RecordStatus.SKIPPED]
    if number:
        messages.say(f"held: {number:,} caption{'s' * (number != 1)}, not written yet")
        words = ["rwcap", *_without_hold(sys.argv[1:])]
        command = for_terminal(" ".join(map(shell_quote, words)))
        messages.write(f"write them with: {command}\n")  # to be copied: not wrapped


def _without_hold(words: Sequence[str]) -> Iterator[str]:
    """Yield the words of a command line without what would hold captions again."""
    end = words.index("--") if "--" in words else len(words)
    has_place = any(word.partition("=")[0] == "--write" for word in words[:end])
    for word in words[:end]:
        if word not in {"--hold", "--fresh"}:
            yield word
    if not has_place:
        yield from ("--write", "metadata")
    yield from words[end:]
