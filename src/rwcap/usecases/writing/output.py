"""One kind of output, and the file of records, as the use cases need them."""

from typing import Protocol

from rwcap.core.record import Record
from rwcap.core.sidecar import Captions, Removal
from rwcap.core.source import CaptionRequest, FileStamp


class Output(Protocol):
    """One kind of output: text files, XMP files or image metadata."""

    is_whole_file: bool
    """Whether a caption is all that its file has, and is replaced at once."""
    renames_on_collision: bool
    """Whether a file that belongs to another image gets another name."""

    def index_tag(self, path: str, /) -> str:
        """Return the name of a caption in metadata; empty for files of their own.

        Reading metadata is slow. The file index therefore stores, under the path
        `IMAGE/TAG`, the stamp of each image file that has a caption.
        """

    def file_of(self, path: str) -> str:
        """Return the path of the file with the caption of a path."""

    def path(self, wanted: CaptionRequest, *, full_name: bool = False) -> str:
        """Return the path of a caption.

        Args:
            wanted: The request.
            full_name: Whether to keep the image's extension in the name.

        Raises:
            InputError: The source cannot have this output.
        """

    def names(self, wanted: CaptionRequest, /) -> tuple[str, ...]:
        """Return all paths that the caption of a request can have."""

    def has_caption(
        self, path: str, source: str = "", /, *, include_sandbox: bool = True
    ) -> bool:
        """Return whether there is a caption at a path.

        Args:
            path: The path.
            source: The image, whose own metadata may have a caption.
            include_sandbox: Whether text of the sandbox counts.

        Raises:
            InputError: A caption cannot be written to the path.
        """

    def read(self, path: str) -> str | None:
        """Return the caption at a path, whoever wrote it, or None.

        Raises:
            InputError: A file cannot be read.
        """

    def is_own(self, path: str, captions: Captions, /) -> bool:
        """Return whether rwcap wrote the caption at a path, and it is unchanged.

        Args:
            path: The path.
            captions: Returns the captions that rwcap has bought for the image, as
                they are written to text files.

        Raises:
            InputError: A file cannot be read.
        """

    def write(
        self, path: str, caption: str, record: Record, stamp: FileStamp | None, /
    ) -> FileStamp | bool:
        """Write a caption.

        Args:
            path: The path.
            caption: The text.
            record: The record of the caption.
            stamp: The stamp of the image file when it was captioned.

        Returns:
            The new stamp of an image file. For other files, whether they changed.

        Raises:
            FileChangedError: The image file has another stamp now.
            NotWrittenError: The caption could not be written.
        """

    def remove(self, path: str, captions: Captions, /, *, dry: bool) -> Removal:
        """Take out what rwcap has written and nobody has changed since.

        Raises:
            NotWrittenError: A file cannot be changed.
        """


class Records(Protocol):
    """The place for the records of all images: a file, or a folder of files."""

    @property
    def count(self) -> int:
        """Return the number of different captions and errors."""

    def check(self, request: CaptionRequest, /) -> None:
        """Raise `InputError` if records cannot name the image of a request."""

    def has_caption(self, record: Record, /) -> bool:
        """Return whether there is a caption for the image, prompt and model."""

    def has_record(self, record: Record, /) -> bool:
        """Return whether there is the same caption or the same error."""

    def append(self, record: Record, /) -> None:
        """Add a record; raise `NotWrittenError` if that fails."""
