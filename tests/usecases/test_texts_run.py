"""A run over the rows of a table that is stopped before it writes."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from rwcap.api.request import Parameters
from rwcap.api.retry import RetryPolicy
from rwcap.core.errors import NoInputError
from rwcap.core.source import CaptionRequest, FileStamp
from rwcap.usecases.batch.limits import Limits, StopReason
from rwcap.usecases.batch.texts_run import TextsRun
from rwcap.usecases.caption import RunOptions
from rwcap.usecases.existing.given_text import GivenOptions
from rwcap.usecases.purchase.purchase import PurchaseOptions
from rwcap.usecases.writing.write import Outputs

if TYPE_CHECKING:
    from rwcap.core.record import Record
    from rwcap.usecases.context import Context


@pytest.fixture
def run(tmp_path: Path) -> TextsRun:
    """Return a run over a table with the digest of a picture."""
    (tmp_path / "t.csv").write_text("source,text,image_sha256\ngone.jpg,A,00\n")

    def images() -> Iterator[CaptionRequest]:
        yield CaptionRequest("a.jpg")
        yield CaptionRequest("b.jpg")

    context = cast("Context", SimpleNamespace(now=lambda: 0.0, sandbox=False))
    options = RunOptions(Parameters(), PurchaseOptions(RetryPolicy()), Outputs())
    given = GivenOptions(options, None, Outputs())
    table = str(tmp_path / "t.csv")
    return TextsRun(table, images(), given, Limits(), context)


def test_a_run_that_is_stopped_looks_for_no_more_images(run: TextsRun) -> None:
    """Nothing was written, and nothing is spent."""
    run.stop(30.0)

    assert list(run.run()) == []
    assert run.reason is StopReason.REQUESTED
    assert run.first_limit() is None


def test_a_run_that_is_stopped_reads_no_more_images(run: TextsRun) -> None:
    """Only the first picture is asked for its digest."""
    asked: list[str] = []

    def stamp(request: CaptionRequest) -> FileStamp | None:
        asked.append(request.source)
        run.stop(30.0)
        return FileStamp(0, 0, 0)

    files = SimpleNamespace(find=lambda _path, _stamp: b"\1")
    run._context = cast(
        "Context",
        SimpleNamespace(
            now=lambda: 0.0, stamp=stamp, ledger=SimpleNamespace(files=files)
        ),
    )

    assert list(run.run()) == []
    assert asked == ["a.jpg"]


def test_a_table_without_a_text_is_no_input(run: TextsRun, tmp_path: Path) -> None:
    """The rows that cannot be read are reported first."""
    (tmp_path / "t.csv").write_text('source,text\na.jpg\n"b.jpg,B\n')
    found: list[Record] = []

    with pytest.raises(NoInputError, match="no row has a text"):
        found.extend(run.run())

    assert [each.source.rpartition(":")[2] for each in found] == ["2", "3"]
