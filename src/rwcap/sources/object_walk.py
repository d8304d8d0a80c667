"""The images in a folder of object storage, in the order of their URLs."""

from collections import Counter
from collections.abc import Iterator

from rwcap.core.errors import InputError, UsageError
from rwcap.core.source import CaptionRequest
from rwcap.sources.folder_walk import PathFilter
from rwcap.sources.patterns import Glob, Positions
from rwcap.storage.objects import list_folder


class ObjectWalk:
    """The objects below a folder that match a glob and a filter.

    A folder is listed when its turn comes, so only the listings of the open folders
    are in memory.
    """

    def __init__(self, root: str, glob: Glob, path_filter: PathFilter) -> None:
        """Store the URL of the folder, the glob for what is below it, and the filter.

        Raises:
            UsageError: The URL names no bucket.
        """
        if not root.partition("://")[2].strip("/"):
            raise UsageError(f"{root}: the bucket is not named")
        self._root = root.rstrip("/")
        self._glob = glob
        self._filter = path_filter
        self.ignored: Counter[str] = Counter()
        """The number of files of each kind that no image reader knows."""

    def __iter__(self) -> Iterator[CaptionRequest]:
        """Yield the images, with the stamps that their listing has.

        Raises:
            StorageError: A folder cannot be listed.
        """
        stack = [self._accepted("", self._glob.start)]
        while stack:
            found = next(stack[-1], None)
            if found is None:
                stack.pop()
            elif isinstance(found, CaptionRequest):
                yield found
            else:
                stack.append(self._accepted(*found))

    def _accepted(
        self, prefix: str, positions: Positions
    ) -> Iterator[CaptionRequest | tuple[str, Positions]]:
        """Yield the images in a folder, and its folders with their glob positions."""
        try:
            entries = list_folder(f"{self._root}/{prefix}".rstrip("/"))
        except InputError:
            return  # removed since its parent was listed
        entries.sort(key=lambda entry: entry.name + "/" * entry.is_folder)
        for entry in entries:
            if not entry.name:
                self.ignored["folder without a name (//)"] += 1
                continue
            relative = prefix + entry.name
            matched = self._glob.step(positions, entry.name)
            if not matched:
                continue
            if entry.is_folder:
                if self._glob.can_continue(matched) and self._filter.enters_folder(
                    relative
                ):
                    yield f"{relative}/", matched
            elif self._glob.accepts(matched):
                if self._filter.accepts_file(relative):
                    url = f"{self._root}/{relative}"
                    yield CaptionRequest(url, relative, stamp=entry.stamp)
                elif kind := self._filter.other_kind(relative):
                    self.ignored[kind] += 1
