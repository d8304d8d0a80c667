"""A contact sheet of many pictures: pages, and an index that leads to them."""

import re
from pathlib import Path

import pytest

from rwcap.core.errors import OutputError
from rwcap.outputs.sheet.page import About
from rwcap.outputs.sheet.pages import Written, write_sheet
from rwcap.outputs.sheet.picture import Picture, SheetCaption
from rwcap.outputs.sheet.spool import Spool
from tests import sheets

ABOUT = About("<b>photos", "2026-11-27 14:05", "1", {}, {})


def write(path: Path, count: int, most: int = 100) -> Written:
    """Write a sheet with thumbnails that say their number, and some faults."""
    with Spool() as spool:
        for number in range(count):
            failed = SheetCaption("failed", error="no")
            text = SheetCaption("ok", "A dog.", prompt="What?")
            caption = failed if number % 50 == 49 else text
            spool.add(Picture(f"<{number}>.jpg", [caption]), b"%d" % number)
        spool.add_fault(0, "loop", "A dog.")
        spool.add_fault(99, "loop", "A dog.")  # of picture 101: two have failed
        return write_sheet(path, ABOUT, spool, most)


def names(folder: Path) -> list[str]:
    """Return the names of all files in a folder."""
    return sorted(each.name for each in folder.iterdir())


def test_many_pictures_are_on_several_pages(tmp_path: Path) -> None:
    """In their order, with their thumbnails and faults."""
    index = tmp_path / "my run.html"

    written = write(index, 230)

    pages = [tmp_path / f"my run.page-{number}.html" for number in (1, 2, 3)]
    assert names(tmp_path) == sorted([index.name, *(page.name for page in pages)])
    assert written == (sum(each.stat().st_size for each in tmp_path.iterdir()), 3)
    pictures = [sheets.pictures(page) for page in pages]
    assert [len(each) for each in pictures] == [100, 100, 30]
    for number, page in enumerate(pages):
        first = number * 100
        assert pictures[number][0]["name"] == f"<{first}>.jpg"
        assert sheets.thumbnails(page)[:2] == [b"%d" % first, b"%d" % (first + 1)]
        assert sheets.facts(page)["prompts"] == ["What?"]
    failed = [
        each["name"] for page in pictures for each in page if "checks" in str(each)
    ]
    assert failed == ["<0>.jpg", "<101>.jpg"]
    assert sheets.facts(pages[1])["pages"] == {
        "number": 2,
        "total": 3,
        "all": "my%20run.html",
        "before": "my%20run.page-1.html",
        "after": "my%20run.page-3.html",
    }
    first, last = (sheets.facts(pages[number])["pages"] for number in (0, 2))
    assert (first["before"], last["after"]) == ("", "")


def test_the_index_counts_what_is_on_each_page(tmp_path: Path) -> None:
    """Names are text in it."""
    write(tmp_path / "run.html", 230)

    page = (tmp_path / "run.html").read_text()
    rows = re.findall(r"<tr><th.*", page)[1:]
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)[1:5] for row in rows]
    assert cells == [
        ["&lt;0&gt;.jpg … &lt;99&gt;.jpg", "100", "1", "2"],
        ["&lt;100&gt;.jpg … &lt;199&gt;.jpg", "100", "1", "2"],
        ["&lt;200&gt;.jpg … &lt;229&gt;.jpg", "30", "0", "0"],
    ]
    assert "<h1>&lt;b&gt;photos</h1>" in page
    assert '<p id="count">230 pictures</p>' in page
    assert re.findall(r'href="(.*?)"', page) == [
        f"run.page-{number}.html" for number in (1, 2, 3)
    ]
    assert "<script" not in page


def test_a_smaller_sheet_removes_the_pages_of_a_larger_one(tmp_path: Path) -> None:
    """And no other files."""
    index = tmp_path / "run.html"
    write(index, 230)
    (tmp_path / "run.page-4.html").write_text("mine")

    write(index, 101)
    fewer = names(tmp_path)
    write(index, 100)

    assert fewer == [
        *("run.html", "run.page-1.html", "run.page-2.html", "run.page-4.html")
    ]
    assert names(tmp_path) == ["run.html", "run.page-4.html"]
    assert len(sheets.pictures(index)) == 100


def test_a_page_replaces_no_other_file(tmp_path: Path) -> None:
    """The sheet that was there stays."""
    (tmp_path / "run.page-2.html").write_text("mine")
    (tmp_path / "run.html").write_text("old")

    with pytest.raises(OutputError, match=r"run\.page-2\.html: the file exists and is"):
        write(tmp_path / "run.html", 101)

    assert (tmp_path / "run.page-2.html").read_text() == "mine"
    assert (tmp_path / "run.html").read_text() == "old"
