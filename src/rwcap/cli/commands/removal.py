"""The removal of captions: `rwcap batch` and `rwcap caption` with `--mode remove`."""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rwcap.cli.terminal import messages, results
from rwcap.core.errors import TaskError
from rwcap.core.exit_status import ExitStatus, overall_status
from rwcap.core.sidecar import Removal
from rwcap.core.source import CaptionRequest, UnusableSource
from rwcap.core.text import display_name, short_name

if TYPE_CHECKING:
    from rwcap.usecases.caption import RunOptions
    from rwcap.usecases.context import Context


def remove_captions(
    requests: Iterable[CaptionRequest | UnusableSource],
    options: "RunOptions",
    context: "Context",
    *,
    dry: bool,
) -> ExitStatus:
    """Take out the captions of images; print the path of each changed file."""
    from rwcap.usecases.existing.removal import remove

    found: Counter[Removal] = Counter()
    failures: list[ExitStatus] = []
    for request in requests:
        try:
            if isinstance(request, UnusableSource):
                raise request.error
            for path, removal in remove(request, options, context, dry=dry):
                found[removal] += 1
                if removal is Removal.REMOVED:
                    results.write(f"{display_name(path)}\n")
                elif removal is Removal.CHANGED:
                    messages.say(f"{short_name(path)}: {removal}")
        except TaskError as failure:
            messages.error(failure.message, failure.hint)
            failures.append(failure.status)
    for removal in Removal:
        if removal in found:
            messages.say(f"{removal}: {found[removal]:,}")
    if dry:
        messages.say("dry run: nothing was changed")
    return overall_status(failures, succeeded=found.total())
