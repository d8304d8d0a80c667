"""Take out the captions that rwcap has written; ask the service nothing."""

from collections.abc import Collection, Iterator

from rwcap.checks.mending import mended_forms
from rwcap.core.record import Record, RecordStatus
from rwcap.core.sidecar import Removal
from rwcap.core.source import CaptionRequest
from rwcap.usecases.caption import RunOptions
from rwcap.usecases.context import Context
from rwcap.usecases.written_text import written_text


def remove(
    request: CaptionRequest, options: RunOptions, context: Context, *, dry: bool
) -> Iterator[tuple[str, Removal]]:
    """Take the caption of an image out of all outputs.

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
        stamp = context.stamp(request)
        image = context.ledger.files.find(request.source, stamp) if stamp else None
        texts = context.ledger.purchases.texts_of(
            image or context.read_image(request.source).key
        )
        records = [
            Record(source="", status=RecordStatus.OK, text=text) for text in texts
        ]
        whole = [options.with_quality(each) for each in records]
        mended = [
            each._replace(text=form)
            for each in whole
            for form in mended_forms(each.text or "")
        ]
        style = options.outputs.style
        return {written_text(each, request, style) for each in (*whole, *mended)}

    outputs = options.outputs._replace(dry_run=True)
    paths = outputs.paths(request, context.ledger)
    for output, path in zip(outputs.targets, paths, strict=True):
        yield path, output.remove(path, captions, dry=dry)
