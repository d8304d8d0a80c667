"""`rwcap batch TABLE --check-only`: the captions in tables, checked for free."""

import json
from pathlib import Path

import pytest

from rwcap.core.exit_status import ExitStatus
from tests import draw
from tests.process import Rwcap

REFUSAL = "I'm sorry, but I cannot help."
HARBOUR = "A boat lies in a harbour."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the current folder."""
    return tmp_path


def test_captions_of_other_tools_are_checked(rwcap: Rwcap, folder: Path) -> None:
    """The images can be gone; no key, no ledger, no network."""
    before = sorted(rwcap.home.rglob("*"))
    (folder / "t.csv").write_bytes(
        "\ufeffimage;caption\r\n".encode()
        + f'a.jpg;"{REFUSAL}"\r\nb.jpg;{HARBOUR}\r\n'.encode()
    )

    result = rwcap.run("batch", "t.csv", "--check-only")

    assert result.out == f"a.jpg\trefusal\t{REFUSAL}\n"
    assert "1 of 2 captions fail" in result.err
    assert result.status == ExitStatus.QUALITY
    (folder / "t.csv").unlink()
    assert sorted(rwcap.home.rglob("*")) == before


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "parquet"])
def test_records_of_a_run_are_checked(rwcap: Rwcap, folder: Path, suffix: str) -> None:
    """The captions in the file, and not those that the images have now."""
    draw.album(folder / "p", "a.jpg", "b.jpg")
    table = f"t.{suffix}"
    rwcap.run("batch", "p", "--sandbox", "-o", table)
    (folder / "p/a.txt").write_text(REFUSAL)

    result = rwcap.run("batch", table, "--check-only", "--check", "refusal", "--json")
    chosen = rwcap.run("batch", table, "--check-only", "--write", "txt")

    document = json.loads(result.out)
    assert (document["captions"], document["failed"]) == (2, 0)
    assert f"p/a.jpg\trefusal\t{REFUSAL}" in chosen.out


def test_a_row_without_a_caption_leads_to_its_image(rwcap: Rwcap, folder: Path) -> None:
    """As in a run: a record of a failure has no text."""
    draw.album(folder / "p", "a.jpg")
    (folder / "p/a.txt").write_text(REFUSAL)
    (folder / "t.jsonl").write_text(json.dumps({"source": "p/a.jpg", "text": None}))

    result = rwcap.run("batch", "t.jsonl", "--check-only", "--check", "refusal")

    assert result.out == f"p/a.jpg\trefusal\t{REFUSAL}\n"
