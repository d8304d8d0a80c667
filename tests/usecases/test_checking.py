"""A pass of checks over captions, without a command."""

import tempfile
from contextlib import suppress
from itertools import chain
from pathlib import Path

import pytest

from rwcap.core.errors import OutputError
from rwcap.usecases.checking.checking import Checking, StoredCaption


def test_a_missing_folder_for_temporary_files_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is named as what it is."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))

    with pytest.raises(OutputError, match="a temporary file: No such file"):
        Checking(["loop"])


@pytest.mark.parametrize("length", [1, 10_000])
def test_a_full_disk_is_an_error(monkeypatch: pytest.MonkeyPatch, length: int) -> None:
    """While texts are kept, or when the last of them are."""
    full = Path("/dev/full").open("w", encoding="ascii")  # noqa: SIM115  # see below
    monkeypatch.setattr(
        "rwcap.usecases.checking.checking.TemporaryFile", lambda *_, **__: full
    )
    checking = Checking(["near-identical"])
    caption = StoredCaption("a.jpg", "a.txt", "A dog. " * length)

    with pytest.raises(OutputError, match="a temporary file: No space left"):
        list(chain(checking.check(caption), checking.end()))

    with suppress(OSError):
        full.close()


def test_checks_of_single_captions_keep_no_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A full disk does not stop them."""
    with Path("/dev/full").open("w", encoding="ascii") as full:
        monkeypatch.setattr(
            "rwcap.usecases.checking.checking.TemporaryFile", lambda *_, **__: full
        )
        checking = Checking(["too-short"])

        faults = [
            *checking.check(StoredCaption("a.jpg", "a.txt", "A dog")),
            *checking.end(),
        ]

    assert [each.check for each in faults] == ["too-short"]
    assert checking.counts.captions == {"all": 1, "failed": 1, "too-short": 1}
