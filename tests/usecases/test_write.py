"""Captions written to several outputs, each of which may fail."""

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from rwcap.core.errors import ErrorKind, FileChangedError, InputError, NotWrittenError
from rwcap.core.record import Record, RecordStatus
from rwcap.core.sidecar import Captions, Removal
from rwcap.core.source import CaptionRequest, FileStamp
from rwcap.images.image import RemoteImage
from rwcap.usecases.writing.write import Outputs

if TYPE_CHECKING:
    from rwcap.usecases.context import Context

NO_CONTEXT = cast("Context", None)


class Output:
    """An output that may fail when it is checked or written."""

    is_whole_file = False
    renames_on_collision = False
    tag = ""

    def __init__(self, name: str = "a", *, seen: Exception | None = None) -> None:
        """Raise `seen` when the output is checked."""
        self.name = name
        self._seen = seen
        self.written: list[str] = []

    def index_tag(self, _path: str, /) -> str:
        """Return the name in the file index."""
        return self.tag

    def file_of(self, path: str) -> str:
        """Return the same path."""
        return path

    def remove(self, _path: str, _captions: Captions, /, *, dry: bool) -> Removal:  # noqa: ARG002  # a name of the protocol
        """Find nothing to remove."""
        return Removal.ABSENT  # pragma: no cover  # these tests only write

    def read(self, _path: str) -> str | None:
        """Find no caption."""
        return None  # pragma: no cover  # these tests only write

    def is_own(self, _path: str, _captions: Captions, /) -> bool:
        """Find no caption of rwcap."""
        return False  # pragma: no cover  # these tests only write

    def path(self, wanted: CaptionRequest, *, full_name: bool = False) -> str:
        """Return a path."""
        return f"{wanted.source}{full_name}"

    def names(self, wanted: CaptionRequest) -> tuple[str, ...]:
        """Return the paths."""
        return (self.path(wanted),)  # pragma: no cover  # these tests only write

    def has_caption(
        self, path: str, _source: str = "", *, include_sandbox: bool = True
    ) -> bool:
        """Return False."""
        if self._seen:
            raise self._seen
        return not (path or include_sandbox)

    def write(
        self, path: str, caption: str, record: Record, stamp: FileStamp | None
    ) -> FileStamp | bool:
        """Store the caption."""
        self.written.append(caption)
        return stamp or record.source in path


def test_the_other_outputs_are_written_if_one_fails() -> None:
    """The record has the first error. The caption stays in the ledger."""
    good = Output("b")
    damaged = Output(
        "a", seen=InputError("b: damaged", code="damagedImage", hint="mend it")
    )
    full = Output("c", seen=NotWrittenError("c: disk full", code="outputFailed"))
    outputs = Outputs(targets=[damaged, good, full])
    record = Record(source="a", status=RecordStatus.OK, text="A cat.")

    paths = [each.path(CaptionRequest(each.name)) for each in (damaged, good, full)]
    written_record = outputs.write(CaptionRequest("a"), paths, record, NO_CONTEXT, None)

    assert good.written == ["A cat."]
    assert (written_record.status, written_record.text, written_record.outputs) == (
        *(RecordStatus.FAILED, "A cat."),
        ("bFalse",),
    )
    assert written_record.error
    assert (written_record.error.kind, written_record.error.message) == (
        ErrorKind.OUTPUT,
        "b: damaged",
    )
    assert (written_record.error.hint, written_record.error.retryable) == (
        "mend it",
        True,
    )


class Image(Output):
    """An output in image files, which another program changes several times."""

    tag = "dc:description"

    def __init__(self, changes: int) -> None:
        """Let another program change the file `changes` times."""
        super().__init__()
        self._changes = changes

    def write(
        self, path: str, caption: str, record: Record, stamp: FileStamp | None
    ) -> FileStamp | bool:
        """Fail while the other program changes the file."""
        self._changes -= 1
        if self._changes >= 0:
            raise FileChangedError(f"{path}: changed", code="changedImage")
        super().write(path, caption, record, stamp)
        return FileStamp(5, 6, 7)


class Outside:
    """A context with one image and a file index."""

    def __init__(self, picture: str, *, gone: bool = False) -> None:
        """Store an image in the file."""
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
def test_a_changed_image_file_gets_its_caption(changes: int) -> None:
    """If the image data is the same. The new stamp is in the file index."""
    image, outside = Image(changes), Outside("a picture")
    outputs = Outputs(targets=[image])

    written_record = outputs.write(
        CaptionRequest("a"), ("a",), RECORD, outside.context, FileStamp(0, 0, 0)
    )

    assert (written_record.status, image.written) == (RecordStatus.OK, ["A cat."])
    assert outside.known["a"] == (FileStamp(5, 6, 7), PICTURE)
    assert outside.known.keys() == {"a", "a/dc:description"}


@pytest.mark.parametrize(
    ("changes", "outside", "message"),
    [
        (0, Outside("another picture"), "a: changed since it was captioned"),
        (0, Outside("a picture", gone=True), "a: removed since it was captioned"),
        (5, Outside("a picture"), "a: another program keeps changing the file"),
    ],
)
def test_another_image_in_the_file_gets_no_caption(
    changes: int, outside: Outside, message: str
) -> None:
    """Nor does a deleted file, or a file that keeps changing."""
    image = Image(changes)

    written_record = Outputs(targets=[image]).write(
        CaptionRequest("a"), ("a",), RECORD, outside.context, FileStamp(0, 0, 0)
    )

    assert (written_record.status, written_record.outputs, image.written) == (
        RecordStatus.FAILED,
        (),
        [],
    )
    assert written_record.error
    assert (written_record.error.message, written_record.error.code) == (
        message,
        "changedImage",
    )
    assert outside.known == {}
