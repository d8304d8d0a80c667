"""What a contact sheet says of each image."""

from collections.abc import Sequence

from rwcap.core.errors import TaskError
from rwcap.core.source import CaptionRequest, UnusableSource
from rwcap.outputs.sheet.picture import Picture, SheetCaption
from rwcap.usecases.checking import Fault, StoredCaption


def checked_picture(
    request: CaptionRequest,
    captions: Sequence[StoredCaption],
    faults: Sequence[Sequence[Fault]],
) -> Picture:
    """Return an image with the captions that it has, and the faults of each."""
    found = [
        SheetCaption(
            "captioned",
            caption.text,
            _place(caption, request),
            [(each.check, each.excerpt) for each in failed],
        )
        for caption, failed in zip(captions, faults, strict=True)
    ]
    is_named = request.content is None
    return Picture(request.source, found or [SheetCaption("no caption")], is_named)


def unreadable_picture(
    request: CaptionRequest | UnusableSource, error: TaskError
) -> Picture:
    """Return an image whose captions cannot be read."""
    caption = SheetCaption("unreadable", error=error.message)
    is_named = isinstance(request, CaptionRequest) and request.content is None
    return Picture(request.source, [caption], is_named)


def _place(caption: StoredCaption, request: CaptionRequest) -> str:
    if caption.file != caption.source:
        return caption.file
    return "in the table" if request.caption else "in the image"
