"""`rwcap batch --watch`: a run that goes on with the images that come."""

from typing import TYPE_CHECKING

from rwcap.cli.terminal.stages import Stage, watch_stage
from rwcap.core.errors import UsageError
from rwcap.sources.watch import Watch
from rwcap.usecases.batch.pipeline import Batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rwcap.sources.sources import Sources


def open_stage(batch: Batch, sources: "Sources", folders: "Sequence[str]") -> Stage:
    """Return the stage that captions the images of some folders until it is stopped.

    Raises:
        UsageError: The package that reports changes is missing.
    """
    try:
        from rwcap.sources.folder_changes import FolderChanges
    except ModuleNotFoundError as error:
        raise UsageError(
            "--watch requires the package watchfiles",
            hint='pipx inject rwcap watchfiles (or pip install "rwcap[watch]")',
        ) from error
    number = len(folders)
    watched = "1 folder" if number == 1 else f"{number:,} folders"
    return watch_stage(batch, sources, Watch(sources, FolderChanges(folders)), watched)
