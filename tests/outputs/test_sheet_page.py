"""The contact sheet in a browser, from a file and without a network."""

import os
import shlex
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Dialog

from rwcap.core.money import Micros
from rwcap.images.thumbnail import thumbnail
from rwcap.outputs.sheet.page import About
from rwcap.outputs.sheet.pages import write_sheet
from rwcap.outputs.sheet.picture import Picture, SheetCaption
from rwcap.outputs.sheet.spool import Spool
from rwcap.sources.tables.caption_table import read_captions
from tests import browser, draw
from tests.cli.test_batch import tree
from tests.process import Rwcap

Open = Callable[..., browser.Tab]

pytestmark = pytest.mark.program("chromium")

ABOUT = About(
    title="photos",
    made="2026-11-27 14:05",
    version="1",
    checks={"refusal": "The caption says that it cannot describe the image."},
    phrases={"a photo of": 12},
    variables=["RWCAP_BUDGET_DAY=2"],
    command=["--mode", "overwrite", "--fresh", "--write", "txt"],
)
HOSTILE = "</script><script>document.title = 'owned'</script><!-- <b>\"'&amp; \x00\x1b"
THUMBNAIL = thumbnail((draw.FOLDER / "harbour.jpg").read_bytes(), "harbour.jpg")


def captioned(name: str, text: str, cost: Micros | None = None) -> Picture:
    """Return a picture with one caption."""
    return Picture(name, [SheetCaption("captioned", text, cost=cost)])


PICTURES = (
    captioned("photos/a.jpg", "A boat in a harbour.", cost=Micros(1300)),
    Picture(
        "photos/b.jpg",
        [
            SheetCaption(
                "captioned",
                "I'm sorry, but I cannot help with that.",
                label="photos/b.txt",
                checks=[("refusal", "I'm sorry")],
                cost=Micros(2600),
                prompt="Describe it.",
                reply="A dog.",
                before="A cat.",
            )
        ],
    ),
    Picture("photos/old/c.jpg", [SheetCaption("unreadable", error="c.jpg: damaged")]),
    Picture("d.jpg", [SheetCaption("no caption")]),
)


def write(path: Path, pictures: Sequence[Picture], about: About = ABOUT) -> Path:
    """Write a page with pictures, each with a thumbnail but the last."""
    with Spool() as spool:
        for number, picture in enumerate(pictures, 1):
            spool.add(picture, b"" if number == len(pictures) else THUMBNAIL)
        size = write_sheet(path, about, spool).size
    assert size == path.stat().st_size
    return path


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start one browser for all tests of the module."""
    with browser.chromium() as started:
        yield started


@pytest.fixture
def open_sheet(chromium: Browser, tmp_path: Path) -> Iterator[Open]:
    """Return a function that writes a sheet and opens it in a new window.

    After each test, the page has asked for nothing, and nothing has failed in it.
    """
    opened: list[browser.Tab] = []

    def open_sheet(
        pictures: Sequence[Picture] = PICTURES, about: About = ABOUT, **window: object
    ) -> browser.Tab:
        path = write(tmp_path / f"{len(opened)}.html", pictures, about)
        context = chromium.new_context(**window)  # type: ignore[arg-type]  # any option
        opened.append(browser.Tab(context, path))
        return opened[-1]

    yield open_sheet
    for tab in opened:
        asked = [url for url in tab.requests if not url.startswith(("data:", "blob:"))]
        assert [url.partition(":")[0] for url in asked] == ["file"] * len(asked)
        assert {url.rpartition("/")[2] for url in asked} == {
            asked[0].rpartition("/")[2]
        }
        assert tab.errors == []
        tab.page.context.close()


def test_each_picture_has_its_caption_and_what_is_wrong(open_sheet: Open) -> None:
    """The thumbnail beside it; details show the rest."""
    tab = open_sheet()

    assert tab.page.title() == "photos: contact sheet"
    assert tab.names() == [picture.source for picture in PICTURES]
    assert tab.texts(".caption") == [
        *("A boat in a harbour.", "I'm sorry, but I cannot help with that."),
        *("c.jpg: damaged", ""),
    ]
    assert tab.texts(".row .fault") == ["refusal"]
    assert tab.texts(".row .facts")[0].split("\n") == [
        "captioned",
        "5 words",
        "$0.001300",
    ]
    assert "“a photo of” in 12 captions" in tab.texts("#about")[0]
    widths = "() => [...document.querySelectorAll('.row img')].map(i => i.naturalWidth)"
    tab.page.wait_for_function(f"() => ({widths})().every(Boolean)")
    assert tab.page.evaluate(widths) == [208, 208, 208]
    assert tab.texts(".row .no-thumb") == ["no picture"]
    tab.page.get_by_text("I'm sorry, but").click()
    terms = tab.texts("#details dt")
    assert dict(zip(terms, tab.texts("#details dd"), strict=True)) == {
        "Status": "captioned",
        "refusal": ABOUT.checks["refusal"],
        "": "I'm sorry",
        "Cost": "$0.002600",
        "Prompt": "Describe it.",
        "Reply": "A dog.",
        "Before": "A cat.",
    }
    assert tab.texts("#details .label") == ["photos/b.txt"]


def test_pictures_are_searched_filtered_and_sorted(open_sheet: Open) -> None:
    """Each filter alone, and all of them off again."""
    tab = open_sheet()
    page = tab.page
    a, b, c, d = (picture.source for picture in PICTURES)

    def chosen(field: str, value: str) -> list[str]:
        page.get_by_role("button", name="Show all").click()
        page.wait_for_function(f"() => shown.length === {len(PICTURES)}")
        found = page.locator(f"#{field}")
        is_select = found.evaluate("field => field.tagName === 'SELECT'")
        found.select_option(value) if is_select else found.fill(value)
        return tab.names()

    assert chosen("search", "HARBOUR boat") == [a]
    assert tab.texts("#count") == ["1 of 4 pictures"]
    assert chosen("search", "old/c") == [c]
    assert chosen("search", "damaged") == [c]
    assert chosen("search", "nowhere") == []
    assert page.locator("#nothing").is_visible()
    assert chosen("status", "no caption") == [d]
    assert chosen("check", "refusal") == chosen("check", "*") == [b]
    assert chosen("check", "-") == [a, c, d]
    assert chosen("folder", "photos") == [a, b, c]
    assert chosen("folder", "photos/old/") == [c]
    assert chosen("words-from", "6") == chosen("length-from", "30") == [b]
    assert chosen("words-to", "5") == chosen("length-to", "20") == [a, c, d]
    assert chosen("cost-from", "0.002") == [b]
    assert chosen("cost-to", "0.002") == [a, c, d]
    assert chosen("sort", "-words") == chosen("sort", "-length") == [b, a, c, d]
    assert chosen("sort", "words") == [c, d, a, b]
    assert chosen("sort", "-cost") == [b, a, c, d]
    assert chosen("sort", "-faults") == [b, a, c, d]
    assert chosen("sort", "name") == [d, a, b, c]
    assert page.locator("#status option").all_inner_texts()[1:] == [
        *("captioned (2)", "unreadable (1)", "no caption (1)")
    ]
    assert page.locator("#folders option").evaluate_all(
        "options => options.map(option => option.value)"
    ) == ["photos", "photos/old"]


def test_keys_move_mark_search_and_edit(open_sheet: Open) -> None:
    """In a field, they write."""
    tab = open_sheet()

    def current() -> list[str]:
        return tab.texts("[aria-current] .name")

    tab.press("j")
    assert current() == ["photos/a.jpg"]
    tab.press("j", "j", "k", "x")
    assert current() == ["photos/b.jpg"]
    assert tab.texts("#marked-count") == ["1 marked"]
    tab.press("x")
    assert not tab.page.locator("#marked").is_visible()
    tab.press("e", "x", "j")
    field = tab.page.locator("#details textarea")
    assert field.input_value().count("xj") == 1
    tab.press("Escape", "/", "o", "l", "d")
    assert tab.names() == ["photos/old/c.jpg"]
    tab.press("Escape", "Escape")
    assert current() == []
    assert not tab.page.locator("#details").is_visible()
    tab.press("?")
    assert tab.page.get_by_role("dialog").is_visible()
    tab.press("j", "Escape")
    assert not tab.page.get_by_role("dialog").is_visible()
    assert current() == []
    tab.press("Control+j", "y")
    assert current() == []
    tab.page.locator("#search").fill("nowhere")
    tab.press("Escape", "j", "x")
    assert current() == []


def test_marked_pictures_are_a_list_and_a_command(open_sheet: Open) -> None:
    """As `--files-from` reads it; a page that is opened again has the marks."""
    latin = os.fsdecode(b"caf\xe9.jpg")
    rows = [captioned(name, "A boat.") for name in ("a b.jpg", "c.jpg")]
    unnamed = Picture("t.parquet:2", [SheetCaption("captioned", "A cat.")], False)  # noqa: FBT003  # as a tuple
    tab = open_sheet([*rows, unnamed, captioned(latin, "Coffee.")])
    page = tab.page

    page.get_by_label("Mark a b.jpg").check()
    page.get_by_label("Mark c.jpg").check()
    page.get_by_label("Mark t.parquet:2").check()

    options = "--mode overwrite --fresh --write txt"
    command = f"RWCAP_BUDGET_DAY=2 rwcap batch --files-from marked.txt {options}"
    assert tab.saved("Save the list") == b"a b.jpg\nc.jpg\n"
    assert tab.copied("Copy the list") == "a b.jpg\nc.jpg\n"
    assert tab.copied("Copy the command") == command
    assert tab.texts("#replaces:visible") == ["It replaces texts of people, too."]
    page.reload()
    page.locator("#marked-count", has_text="3 marked").wait_for()
    page.get_by_role("button", name="Mark all shown").click()
    assert tab.saved("Save the list") == b"a b.jpg\nc.jpg\ncaf\xe9.jpg\n"
    page.get_by_role("button", name="Copy the list").click()
    assert tab.texts("#message") == ["A name cannot be copied as text: use Save."]
    page.locator("#only").select_option("marked")
    assert len(tab.names()) == 4
    page.get_by_role("button", name="Remove the marks").click()
    page.locator("#sort").select_option("name")
    assert tab.names() == []


@pytest.mark.promises("hostile")
def test_names_with_line_ends_end_with_nul(open_sheet: Open) -> None:
    """The command says so; without a command, there is only the list."""
    pictures = [captioned("a\nb.jpg", "A boat."), captioned("c.jpg", "A cat.")]

    tab = open_sheet(pictures)
    other = open_sheet(pictures, ABOUT._replace(command=()))

    for each in (tab, other):
        each.page.get_by_role("button", name="Mark all shown").click()
        assert each.saved("Save the list") == b"a\nb.jpg\0c.jpg\0"
    assert "--files-from marked.txt -0 --mode" in tab.texts("#command")[0]
    assert not other.page.locator("#again").is_visible()
    assert tab.names()[0] == "a\ufffdb.jpg"


@pytest.mark.promises("persons")
def test_edited_texts_are_a_table_that_rwcap_reads(
    open_sheet: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what was changed is in it, whatever the names and texts are."""
    monkeypatch.chdir(tmp_path)
    names = ["a.jpg", "=b,c.jpg", os.fsdecode(b"caf\xe9.jpg"), "$'d'.jpg", "e\nf.jpg"]
    texts = ['A "boat".', "=1+1", "-x, y", "Two\nlines.", "'=x"]
    tab = open_sheet([captioned(name, "Old.") for name in (*names, "same.jpg")])

    for text in texts:
        tab.press("j")
        tab.page.locator("#details textarea").fill(text)
        tab.press("Escape")
    tab.press("j", "e", "x", "Backspace")
    table = tab.saved("Save the texts")
    copied = tab.copied("Copy the texts")

    (tmp_path / "edited.csv").write_bytes(table)
    rows = [*read_captions("edited.csv")]
    assert [(row.source, getattr(row, "caption", None)) for row in rows] == [
        *zip(names, texts, strict=True)
    ]
    assert copied == table.decode()
    assert tab.texts("#edited-count") == ["5 edited"]
    tab.page.reload()
    assert tab.texts("#edited-count") == ["5 edited"]
    assert tab.texts(".caption")[0] == 'A "boat".'
    tab.page.locator("#search").fill("two")
    assert tab.names() == ["$'d'.jpg"]
    tab.press("Escape", "j")
    tab.page.get_by_role("button", name="Undo the edit").click()
    assert tab.texts("#edited-count") == ["4 edited"]
    write(tmp_path / "0.html", [captioned(name, "New.") for name in names])
    tab.page.reload()
    assert set(tab.texts(".caption")) == {"New."}


@pytest.mark.promises("persons", "files")
def test_what_leaves_the_page_is_what_rwcap_reads(
    chromium: Browser, rwcap: Rwcap
) -> None:
    """A caption that was edited is written; a marked image is captioned again."""
    draw.album(rwcap.home / "p", "a, b.jpg", "c.jpg")
    for name in ("a, b", "c"):
        (rwcap.home / f"p/{name}.txt").write_text("An old text.")
    before = tree(rwcap.home / "p")
    rwcap.run("batch", "p", "--check-only", "--report", "run.html", "--sandbox")
    context = chromium.new_context()
    tab = browser.Tab(context, rwcap.home / "run.html")

    tab.press("j")
    tab.page.locator("#details textarea").fill('A "boat", =1')
    tab.press("Escape", "j", "x")
    (rwcap.home / "edited.csv").write_bytes(tab.saved("Save the texts"))
    (rwcap.home / "marked.txt").write_bytes(tab.saved("Save the list"))
    command = tab.copied("Copy the command")
    context.close()
    assert tree(rwcap.home / "p") == before
    rwcap.run(
        "batch", "p", "--texts", "edited.csv", "--write", "txt", "--mode=overwrite"
    )
    rwcap.run(*shlex.split(command)[1:])

    assert (rwcap.home / "p/a, b.txt").read_text() == 'A "boat", =1\n'
    assert (rwcap.home / "p/c.txt").read_text().startswith("[sandbox]")


def test_several_captions_stand_side_by_side(open_sheet: Open) -> None:
    """Each with its label; a sheet of a trial is not edited."""
    captions = [SheetCaption("ok", f"Text {name}.", name) for name in ("a.txt", "b")]
    tab = open_sheet([Picture("p.jpg", captions)], ABOUT._replace(is_editable=False))

    first, second = (
        tab.page.get_by_text(f"Text {name}.").bounding_box() for name in ("a.txt", "b")
    )
    tab.press("j", "e", "x")

    assert first
    assert second
    assert (first["y"], first["x"] < second["x"]) == (second["y"], True)
    assert tab.texts(".row .label") == ["a.txt", "b"]
    assert tab.page.locator("#details textarea").first.input_value() == "Text a.txt."


def test_texts_run_in_their_direction(open_sheet: Open) -> None:
    """From right to left, if the first letter says so."""
    tab = open_sheet(
        [captioned("a.jpg", "1. \u05e9\u05dc\u05d5\u05dd"), captioned("b.jpg", "1.")]
    )

    tab.press("j")

    assert tab.page.locator(".caption").evaluate_all(
        "found => found.map(each => each.dir)"
    ) == ["rtl", "ltr"]
    assert tab.page.locator("#details textarea").get_attribute("dir") == "rtl"


@pytest.mark.promises("hostile")
def test_hostile_texts_stay_text(open_sheet: Open) -> None:
    """In captions, names, labels, errors, prompts and the title."""
    caption = SheetCaption(
        "captioned", HOSTILE, HOSTILE, [(HOSTILE, HOSTILE)], prompt=HOSTILE
    )
    failed = SheetCaption("failed", error=HOSTILE)
    tab = open_sheet(
        [Picture(f"a/{HOSTILE}.jpg", [caption]), Picture(HOSTILE, [failed])],
        ABOUT._replace(title=HOSTILE),
    )

    tab.press("j", "x")

    assert tab.page.title().startswith("</script>")
    assert tab.texts(".name")[0] == f"a/{HOSTILE[:-2]}\ufffd\ufffd.jpg"
    assert tab.page.locator("#details textarea").input_value()[:-2] == HOSTILE[:-2]
    assert tab.page.locator("b").count() == 0


@pytest.mark.promises("hostile")
def test_the_policy_of_the_page_allows_no_network_and_no_other_script(
    open_sheet: Open,
) -> None:
    """Whatever would run in it."""
    tab = open_sheet()

    violated = tab.page.evaluate(
        """async () => {
          const found = [];
          document.addEventListener("securitypolicyviolation", (event) =>
            found.push(event.effectiveDirective));
          const add = (tag, values) =>
            document.body.append(Object.assign(document.createElement(tag), values));
          await fetch("http://127.0.0.1:9/").catch(() => null);
          add("img", { src: "http://127.0.0.1:9/x.png" });
          add("script", { textContent: "document.title = 'owned'" });
          add("style", { textContent: "body { display: none }" });
          add("iframe", { src: "http://127.0.0.1:9/" });
          document.body.insertAdjacentHTML("beforeend", "<b onclick='owned()'>x</b>");
          while (new Set(found).size < 6)
            await new Promise((resolve) => setTimeout(resolve, 10));
          return found;
        }"""
    )

    assert set(violated) == {
        *("connect-src", "img-src", "script-src-elem", "script-src-attr"),
        *("style-src-elem", "frame-src"),
    }
    assert tab.page.title() == "photos: contact sheet"
    tab.errors.clear()  # the messages of the browser about these
    tab.requests[1:] = []  # as it reports them; none left the browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible(open_sheet: Open, scheme: str) -> None:
    """As axe finds: wide with details, marks and edits; the keys; and on a phone."""
    tab = open_sheet(color_scheme=scheme)
    tab.press("j", "j", "x", "e", "x", "Escape")

    def violations() -> list[str]:
        return [each["id"] for each in Axe().run(tab.page).response["violations"]]

    assert violations() == []
    tab.press("?")
    assert violations() == []
    tab.press("Escape", "Escape")
    tab.page.set_viewport_size({"width": 360, "height": 640})
    assert violations() == []


def test_a_phone_has_the_filters_folded(open_sheet: Open) -> None:
    """The details cover the list; nothing is wider than the screen."""
    tab = open_sheet(viewport={"width": 360, "height": 640}, has_touch=True)

    assert not tab.page.locator("#search").is_visible()
    tab.page.get_by_text("Search, filter").tap()
    assert tab.page.locator("#search").is_visible()
    tab.page.get_by_text("A boat").tap()
    box = tab.page.locator("#details").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 360, "height": 640}
    wide = "() => document.documentElement.scrollWidth"
    assert tab.page.evaluate(wide) == 360
    tab.page.get_by_role("button", name="Close").tap()
    assert not tab.page.locator("#details").is_visible()


def test_only_rows_on_the_screen_are_built(open_sheet: Open) -> None:
    """Of any number; a caption of 1 MB is whole in the details alone."""
    long = "word " * 200_000
    tab = open_sheet(
        [
            captioned("0.jpg", long),
            *(captioned(f"{n}.jpg", "A.") for n in range(1, 300)),
        ]
    )

    assert tab.names()[0] == "0.jpg"
    assert len(tab.names()) < 20
    assert len(tab.texts(".caption")[0]) < 1_000
    tab.press("j")
    assert tab.page.locator("#details textarea").input_value() == long
    tab.page.evaluate("() => { scroller.scrollTop = scroller.scrollHeight; }")
    tab.page.locator(".row", has_text="299.jpg").wait_for()
    assert len(tab.names()) < 20
    assert tab.names()[-1] == "299.jpg"
    tab.press("k")
    tab.page.locator(".row", has_text="0.jpg").first.wait_for()
    assert tab.names()[0] == "0.jpg"


def test_pages_lead_to_each_other(chromium: Browser, tmp_path: Path) -> None:
    """By links, from an index without a script."""
    with Spool() as spool:
        for number in range(101):
            spool.add(captioned(f"{number}.jpg", "A."), b"")
        write_sheet(tmp_path / "run.html", ABOUT, spool, most=50)
    context = chromium.new_context(color_scheme="dark")
    tab = browser.Tab(context, tmp_path / "run.html")

    assert Axe().run(tab.page).response["violations"] == []
    tab.page.get_by_text("Page 2").click()
    assert tab.names()[0] == "50.jpg"
    assert tab.texts("#pages a") == ["Page before", "Next page", "All pages"]
    tab.page.get_by_text("Next page").click()
    assert tab.names() == ["100.jpg"]
    tab.page.get_by_text("All pages").click()
    assert tab.page.locator("tbody tr").count() == 3
    assert tab.errors == []
    context.close()


def test_a_printed_sheet_has_all_pictures(open_sheet: Open) -> None:
    """With their whole captions; then the screen has its rows again."""
    text = "word " * 300 + "end."
    tab = open_sheet([captioned(f"{n}.jpg", text) for n in range(60)])

    tab.page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    tab.page.emulate_media(media="print")
    printed = tab.texts(".caption")
    tab.page.evaluate("() => window.dispatchEvent(new Event('afterprint'))")

    assert len(printed) == 60
    assert printed[59] == text
    assert not tab.page.locator("footer").is_visible()
    assert len(tab.names()) < 20
    tab.page.emulate_media(media="screen")


def test_marks_live_without_storage(open_sheet: Open) -> None:
    """A browser that keeps nothing asks before edits are lost."""
    tab = open_sheet()
    asked: list[str] = []

    def accept(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    tab.page.on("dialog", accept)
    tab.page.evaluate(
        "() => { Storage.prototype.setItem = () => { throw new Error(); } }"
    )

    tab.press("j", "x", "e", "x", "Escape")
    assert tab.texts("#marked-count") == ["1 marked"]
    tab.page.reload()

    assert asked == ["beforeunload"]
    assert not tab.page.locator("#edited").is_visible()
