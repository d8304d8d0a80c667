"""Images whose files another program changes while they are captioned."""

from collections.abc import Callable
from typing import Final

from rwcap.core.errors import (
    FileChangedError,
    InputError,
    NotWrittenError,
    StorageError,
)
from rwcap.core.record import Record
from rwcap.core.source import CaptionRequest, FileStamp
from rwcap.core.text import short_name
from rwcap.outputs.file_errors import changed_error
from rwcap.usecases.context import Context

_MAX_ATTEMPTS: Final = 5
"""The number of tries to write to an image that another program changes."""

PRESENT: Final = bytes(32)
"""The value in the file index for metadata that has a caption."""


def find_change(
    request: CaptionRequest, stamp: FileStamp | None, context: Context
) -> InputError | None:
    """Return the error if the file of an image has changed or is gone.

    Args:
        request: The image.
        stamp: The stamp of the file when it was read; None if it is not a file.
        context: The reader of images.
    """
    try:
        if stamp is None or context.stamp(request) == stamp:
            return None
    except (InputError, StorageError):
        pass
    return InputError(
        f"{short_name(request.source)}: changed or removed before it was captioned",
        code="changedImage",
        hint="run the same command again",
    )


def stamp_of_same_image(
    path: str, stamp: FileStamp | None, record: Record, context: Context
) -> FileStamp:
    """Return the present stamp of the image of a record.

    Args:
        path: The path of the image.
        stamp: The stamp with which the image needs not be read again.
        record: The record, with the digest of the image.
        context: The reader of images.

    Raises:
        FileChangedError: There is another image, or none.
        InputError: There is no readable image.
    """
    present = context.stamp(CaptionRequest(path))
    if present is None:
        raise changed_error(path, "removed")
    if present != stamp and context.read_image(path).key.hex() != record.image_sha256:
        raise changed_error(path)
    return present


def write_with_retries(  # noqa: PLR0913, PLR0917  # used by runs and by --texts
    write: Callable[[FileStamp | None], FileStamp | bool],
    path: str,
    tag_path: str,
    record: Record,
    context: Context,
    stamp: FileStamp | None,
) -> None:
    """Write a caption, again if the file changes while the image stays the same.

    The file index learns the new stamp of an image file at once: the output has
    verified that the image data is unchanged.
    """
    for _ in range(_MAX_ATTEMPTS):
        try:
            new_stamp = write(stamp)
        except FileChangedError:
            stamp = stamp_of_same_image(path, None, record, context)
        else:
            if isinstance(new_stamp, FileStamp) and record.image_sha256:
                image = bytes.fromhex(record.image_sha256)
                context.ledger.files.save(path, new_stamp, image)
                context.ledger.files.save(tag_path, new_stamp, PRESENT)
            return
    raise NotWrittenError(
        f"{short_name(path)}: another program keeps changing the file",
        code="changedImage",
        hint="run the same command again when the other program has finished",
    )
