"""The pictures of a contact sheet on the disk, and their JSON in the page."""

import json
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.errors import OutputError
from rwcap.outputs.sheet.page import About
from rwcap.outputs.sheet.pages import write_sheet
from rwcap.outputs.sheet.picture import Picture, SheetCaption, to_json
from rwcap.outputs.sheet.spool import Spool
from tests.outputs.disk import limited_file_size


@given(st.text() | st.text("</script><!--\u2028\ud800"))
def test_no_text_ends_or_opens_a_script(text: str) -> None:
    """And each text comes back."""
    shown = to_json([text])

    assert "<" not in shown
    assert json.loads(shown) == [text]
    assert shown.encode().decode() == shown


def test_prompts_are_stored_once_up_to_a_limit() -> None:
    """More than a hundred stand with their captions, so memory does not grow."""
    with Spool() as spool:
        for number in [*range(101), 0]:
            caption = SheetCaption("ok", "A dog.", prompt=f"Prompt {number}.")
            spool.add(Picture("a.jpg", [caption]), b"")
        found = [each["captions"] for each in spool.pictures()]

        assert spool.count == 102
        assert spool.prompts == [f"Prompt {number}." for number in range(100)]
    assert [json.dumps(each) for each in found[99:]] == [
        '[{"status": "ok", "text": "A dog.", "prompt": 99}]',
        '[{"status": "ok", "text": "A dog.", "prompt": "Prompt 100."}]',
        '[{"status": "ok", "text": "A dog.", "prompt": 0}]',
    ]


def test_a_data_uri_has_no_name_for_a_list() -> None:
    """It is shown without its data."""
    picture = Picture("data:image/png;base64,AAAA", [SheetCaption("ok")])

    members = picture.members(lambda prompt: prompt)

    assert members["name"] == "data:image/png;base64,... (4 characters)"
    assert members["unnamed"] is True


def test_a_disk_without_space_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named, and so is a folder that is missing."""
    full = Path("/dev/full").open("w", encoding="ascii")  # noqa: SIM115  # see below
    spool = Spool()
    spool._thumbnails = full

    with pytest.raises(OutputError, match="report: No space left on device"):
        spool.add(Picture("a.jpg", []), bytes(100_000))
    with suppress(OSError), spool, full:
        pass

    monkeypatch.setattr(tempfile, "tempdir", "/missing")
    with pytest.raises(OutputError, match="a temporary file of the report: No such"):
        Spool()


def test_a_page_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    """And no temporary file."""
    page = tmp_path / "run.html"
    page.write_text("old")
    about = About("photos", "now", "1", {}, {})

    with Spool() as spool, limited_file_size(20_000):
        spool.add(Picture("a.jpg", [SheetCaption("ok", "A dog.")]), b"")
        with pytest.raises(OutputError, match=r"run\.html: File too large"):
            write_sheet(page, about, spool)

    assert [each.name for each in tmp_path.iterdir()] == ["run.html"]
    assert page.read_text() == "old"
