"""A text that is written while another program changes the image."""

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from rwcap.api.request import Parameters
from rwcap.api.retry import RetryPolicy
from rwcap.core.errors import FileChangedError
from rwcap.core.record import Record, RecordStatus
from rwcap.core.sidecar import Captions
from rwcap.core.source import CaptionRequest, FileStamp
from rwcap.usecases.caption import RunOptions
from rwcap.usecases.existing.given_text import GivenOptions, GivenText
from rwcap.usecases.purchase.purchase import PurchaseOptions
from rwcap.usecases.writing.write import Outputs
from tests.usecases.test_write import Output

if TYPE_CHECKING:
    from rwcap.usecases.context import Context

KEY = b"\1" * 32


class Image(Output):
    """An image with a caption of rwcap, in whose place a person writes a text."""

    tag = "caption"

    def __init__(self) -> None:
        """Start with the caption."""
        super().__init__("a.jpg")
        self.text = "A caption."

    def path(self, wanted: CaptionRequest, *, full_name: bool = False) -> str:  # noqa: ARG002  # a name of the protocol
        """Return the path of the image."""
        return wanted.source

    def has_caption(
        self, _path: str, _source: str = "", *, include_sandbox: bool = True
    ) -> bool:
        """Return True."""
        return include_sandbox or True

    def read(self, _path: str) -> str | None:
        """Return the text."""
        return self.text

    def is_own(self, _path: str, _captions: Captions, /) -> bool:
        """Return whether it is the caption."""
        return self.text == "A caption."

    def write(
        self, path: str, caption: str, record: Record, stamp: FileStamp | None
    ) -> FileStamp | bool:
        """Write nothing, because a person is faster."""
        super().write(path, caption, record, stamp)
        self.text = "By a person."
        raise FileChangedError(f"{path}: changed", code="changedImage")


def test_a_person_who_is_faster_is_not_overwritten() -> None:
    """What becomes of a text is decided again when the file has changed."""
    image = Image()
    files = SimpleNamespace(
        find=lambda *_: KEY,
        save=lambda *_: None,
        assign_output=lambda _, source: source,
    )
    purchases = SimpleNamespace(captions_of=lambda _: [])
    context = SimpleNamespace(
        ledger=SimpleNamespace(files=files, purchases=purchases),
        stamp=lambda _: FileStamp(0, 0, 0),
        read_image=lambda _: SimpleNamespace(key=KEY),
        sandbox=False,
    )
    outputs = Outputs(targets=[image], overwriting=[image])
    options = RunOptions(Parameters(), PurchaseOptions(RetryPolicy()), outputs)
    request = CaptionRequest("a.jpg", caption="Edited.")
    given = GivenOptions(options, None, outputs)

    text = GivenText(request, lambda _: None, given, cast("Context", context))
    record, is_kept = text.write()

    assert (record.status, is_kept) == (RecordStatus.SKIPPED, True)
    assert (record.text, image.text) == (None, "By a person.")
