"""Take out the captions that rwcap has written; ask the service nothing."""

import os
from collections.abc import Collection, Iterator

from rwcap.core.record import Record, RecordStatus
from rwcap.core.sidecar import Removal
from rwcap.core.source import CaptionRequest, are_pair
from rwcap.sources.folder_walk import IMAGE_SUFFIXES
from rwcap.usecases.caption import RunOptions
from rwcap.usecases.context import Context
from rwcap.usecases.existing.known_captions import as_written, bought_records, image_key


def remove(
    request: CaptionRequest, options: RunOptions, context: Context, *, dry: bool
) -> Iterator[tuple[str, Removal]]:
    """Take the caption of an image out of all outputs.

    An image can have had another output before: another program has made a.jpg.xmp, so
    captions are no longer written to a.xmp.

    Args:
        request: The image.
        options: The outputs, and the form of captions in text files.
        context: The ledger, which knows the captions of the image.
        dry: Whether nothing is changed.

    Yields:
        The path of each output, and what was done.

    Raises:
        InputError: The image cannot have one of the outputs.
        NotWrittenError: A file cannot be changed.
    """

    def captions() -> Collection[str]:
        """Return the captions of the image as they are written to text files."""
        image = image_key(request, context.stamp(request), context)
        blank = Record(source=request.source, status=RecordStatus.OK)
        records = bought_records(image, blank, options, context)
        return as_written(records, request, options.outputs.style)

    outputs = options.outputs._replace(dry_run=True)
    paths = outputs.paths(request, context)
    for output, path in zip(outputs.targets, paths, strict=True):
        yield path, output.remove(path, captions, dry=dry)
        for other in {*output.names(request)} - {path}:
            if not any(other in output.names(twin) for twin in _twins(request)):
                removal = output.remove(other, captions, dry=dry)
                if removal is not Removal.ABSENT:
                    yield other, removal


def _twins(request: CaptionRequest) -> Iterator[CaptionRequest]:
    """Yield the images that differ from one in nothing but the extension.

    A raw file and its JPEG are one image.
    """
    stem, own = os.path.splitext(request.source)  # noqa: PTH122  # any text is a source
    for suffix in {*IMAGE_SUFFIXES, *map(str.upper, IMAGE_SUFFIXES)} - {own}:
        twin = stem + suffix
        if os.path.lexists(twin) and not are_pair(twin, request.source):
            yield request._replace(source=twin)
