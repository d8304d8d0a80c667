"""Changes in folders, as the operating system reports them.

Needs the extra `watch` (watchfiles).
"""

import atexit
import os
from collections.abc import Iterator, Sequence
from threading import Lock
from typing import TypeAlias

from watchfiles import watch

_Identity: TypeAlias = tuple[int, int] | None


class FolderChanges:
    """Tells whether anything may have changed below some folders.

    Reports can be missing: there are none of network shares and of names that are not
    UTF-8, and none beyond the system's limit of folders. So the caller also looks at
    the folders from time to time.
    """

    def __init__(self, folders: Sequence[str]) -> None:
        """Store the folders. One that does not exist may be created later."""
        self._folders = folders
        self._identities: list[_Identity] = []
        self._reports: Iterator[object] | None = None
        self._outside = Lock()
        """Held by a thread that is in the code of watchfiles, which is not Python."""
        # Such a thread would end the process with an error when Python ends.
        atexit.register(self._outside.acquire)

    def open(self) -> None:
        """Ask the system for reports, unless it gives them already."""
        if self._reports is None:
            self._identities = [_identity(folder) for folder in self._folders]
            # It collects reports in a thread of its own; `next` takes what there is.
            self._reports = watch(
                *self._folders,
                watch_filter=None,
                debounce=1,
                step=1,
                rust_timeout=1,
                yield_on_timeout=True,
                ignore_permission_denied=True,
            )
            self.poll()

    def poll(self) -> bool:
        """Return whether anything may have changed since the last call.

        If that is unknown, the reports are over until `open` is called again.
        """
        if self._reports is None:
            return False
        if self._identities == [_identity(folder) for folder in self._folders]:
            try:
                with self._outside:
                    return bool(next(self._reports))
            except (OSError, RuntimeError, ValueError):
                pass  # such as a name that is not UTF-8
        self._reports = None
        return True


def _identity(folder: str) -> _Identity:
    """Return what tells a folder from another one of the same name."""
    try:
        status = os.stat(folder)  # noqa: PTH116  # as elsewhere in this package
    except OSError:
        return None
    return status.st_dev, status.st_ino
