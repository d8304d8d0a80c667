"""Several outputs of one caption, each of which may fail."""

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from rwcap.core.errors import ErrorKind, FileChangedError, InputError, NotWrittenError
from rwcap.core.file_stamp import FileStamp
from rwcap.core.record import Record, RecordStatus
from rwcap.core.request import CaptionRequest
from rwcap.images.image import RemoteImage
from rwcap.usecases.write import Outputs

if TYPE_CHECKING:
    from rwcap.usecases.context import Context

NO_CONTEXT = cast("Context", None)


class Output:
    """An output that may fail when it is looked at, or written to."""

    property_tag = ""

    def __init__(self, name: str = "a", *, seen: Exception | None = None) -> None:
        """Fail with what is `seen`, if anything."""
        self.name = name
        self._seen = seen
        self.written: list[str] = []

    def path(self, wanted: CaptionRequest, *, full_name: bool = False) -> str:
        """Return no place in particular."""
        return f"{wanted.source}{full_name}"

    def has_caption(self, path: str, *, include_sandbox: bool = True) -> bool:
        """Return that nothing is there."""
        if self._seen:
            raise self._seen
        return not (path or include_sandbox)

    def write(
        self, path: str, caption: str, record: Record, stamp: FileStamp | None
    ) -> FileStamp | bool:
        """Remember the caption."""
        self.written.append(caption)
        return stamp or record.source in path


def test_what_one_output_cannot_have_the_others_have() -> None:
    """The first reason is told, as one of outputs: the caption is bought."""
    good = Output("b")
    damaged = Output(
        "a", seen=InputError("b: damaged", code="damagedImage", hint="mend it")
    )
    full = Output("c", seen=NotWrittenError("c: disk full", code="outputFailed"))
    outputs = Outputs(targets=[damaged, good, full])
    record = Record(source="a", status=RecordStatus.OK, text="A cat.")

    paths = [each.path(CaptionRequest(each.name)) for each in (damaged, good, full)]
    told = outputs.write(CaptionRequest("a"), paths, record, NO_CONTEXT, None)

    assert good.written == ["A cat."]
    assert (told.status, told.text, told.outputs) == (
        *(RecordStatus.FAILED, "A cat."),
        ("bFalse",),
    )
    assert told.error
    assert (told.error.kind, told.error.message) == (ErrorKind.OUTPUT, "b: damaged")
    assert (told.error.hint, told.error.retryable) == ("mend it", True)


class Image(Output):
    """An output inside images, which others change a number of times."""

    property_tag = "dc:description"

    def __init__(self, changes: int) -> None:
        """Let others come first so often."""
        super().__init__()
        self._changes = changes

    def write(
        self, path: str, caption: str, record: Record, stamp: FileStamp | None
    ) -> FileStamp | bool:
        """Fail as long as others change it."""
        self._changes -= 1
        if self._changes >= 0:
            raise FileChangedError(f"{path}: changed", code="changedImage")
        super().write(path, caption, record, stamp)
        return FileStamp(5, 6, 7)


class Outside:
    """A context with one image, of which it is remembered what is known."""

    def __init__(self, picture: str, *, gone: bool = False) -> None:
        """Have such a picture in its file."""
        stamp = None if gone else FileStamp(1, 2, 3)
        self.known: dict[str, tuple[FileStamp, bytes]] = {}
        files = SimpleNamespace(
            save=lambda path, now, image: self.known.update({path: (now, image)})
        )
        self.context = cast(
            "Context",
            SimpleNamespace(
                stamp=lambda _: stamp,
                read_image=lambda _: RemoteImage(picture),
                ledger=SimpleNamespace(files=files),
            ),
        )


PICTURE = RemoteImage("a picture").key
RECORD = Record(
    source="a", status=RecordStatus.OK, text="A cat.", image_sha256=PICTURE.hex()
)


@pytest.mark.parametrize("changes", [0, 1, 4])
def test_an_image_that_others_change_gets_its_caption(changes: int) -> None:
    """If it is the same picture still; its file is known at once."""
    image, outside = Image(changes), Outside("a picture")
    outputs = Outputs(targets=[image])

    told = outputs.write(
        CaptionRequest("a"), ("a",), RECORD, outside.context, FileStamp(0, 0, 0)
    )

    assert (told.status, image.written) == (RecordStatus.OK, ["A cat."])
    assert outside.known["a"] == (FileStamp(5, 6, 7), PICTURE)
    assert outside.known.keys() == {"a", "a/dc:description"}


@pytest.mark.parametrize(
    ("changes", "outside", "message"),
    [
        (1, Outside("another picture"), "a: changed"),
        (1, Outside("a picture", gone=True), "a: changed"),
        (5, Outside("a picture"), "a: another program keeps changing the file"),
    ],
)
def test_an_image_that_is_another_does_not(
    changes: int, outside: Outside, message: str
) -> None:
    """Nor one that is gone, nor one that is never left alone."""
    image = Image(changes)

    told = Outputs(targets=[image]).write(
        CaptionRequest("a"), ("a",), RECORD, outside.context, FileStamp(0, 0, 0)
    )

    assert (told.status, told.outputs, image.written) == (RecordStatus.FAILED, (), [])
    assert told.error
    assert (told.error.message, told.error.code) == (message, "changedImage")
    assert outside.known == {}
