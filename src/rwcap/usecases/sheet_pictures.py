"""What a contact sheet says of each image."""

from collections.abc import Sequence

from rwcap.core.errors import TaskError
from rwcap.core.fields import field_text
from rwcap.core.record import Record
from rwcap.core.source import CaptionRequest, UnusableSource
from rwcap.outputs.sheet.picture import Picture, SheetCaption
from rwcap.usecases.checking.checking import Fault, StoredCaption


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


def shown_text(record: Record) -> str | None:
    """Return the text of a record: its fields, the caption, or an unusable reply."""
    if record.fields is not None:
        return "\n".join(f"{k}: {field_text(v)}" for k, v in record.fields.items())
    return record.long if record.text is None else record.text


def record_caption(
    record: Record, text: str | None, faults: Sequence[Fault]
) -> SheetCaption:
    """Return the caption of a record, with its text and what is wrong with it."""
    file = record.outputs[0] if record.outputs else ""
    place = "in the image" if file == record.source else file
    return SheetCaption(
        record.status.value,
        text,
        place if record.prompt_name is None else record.prompt_name,
        [(each.check, each.excerpt) for each in faults],
        record.cost,
        record.prompt,
        record.error.message if record.error else None,
        record.long if record.text is not None and record.fields is None else None,
        record.before,
    )


def _place(caption: StoredCaption, request: CaptionRequest) -> str:
    if caption.file != caption.source:
        return caption.file
    return "in the table" if request.caption else "in the image"
