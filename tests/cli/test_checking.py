"""`rwcap batch --check-only`: the captions that exist, checked for free."""

import json
from pathlib import Path

import pytest

from rwcap.core.exit_status import ExitStatus
from tests import draw
from tests.cli.test_batch import tree
from tests.cli.test_embed import described
from tests.metadata.packets import alternatives, description, packet
from tests.process import Rwcap

CHECK = ["batch", "p", "--check-only"]
REFUSAL = "I'm sorry, but I cannot help."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two photos, the first with a refusal in a text file."""
    draw.album(tmp_path / "p", "a.jpg", "b.jpg")
    (tmp_path / "p/a.txt").write_text(REFUSAL)
    (tmp_path / "p/b.txt").write_text("A boat lies in a harbour.\n")
    return tmp_path / "p"


def xmp(text: str) -> bytes:
    """Return an XMP packet with a description."""
    return packet(description(alternatives(x_default=text)))


@pytest.mark.promises("offline", "statuses")
def test_a_bad_caption_is_printed_with_its_check_and_an_excerpt(
    rwcap: Rwcap, folder: Path
) -> None:
    """Without key, ledger and network; the table goes to standard error."""
    before = tree(rwcap.home)

    result = rwcap.run(*CHECK)

    assert result.out == f"p/a.jpg\trefusal\t{REFUSAL}\n"
    assert result.err.split() == [
        *("check", "captions", "refusal", "1", "1", "of", "2", "captions", "fail")
    ]
    assert result.status == ExitStatus.QUALITY
    assert tree(rwcap.home) == before


def test_good_captions_are_status_0(rwcap: Rwcap, folder: Path) -> None:
    """Also if an image has none, which is counted."""
    (folder / "a.txt").unlink()
    (folder / "none").mkdir()

    result = rwcap.run(*CHECK, "p/none")

    assert (result.status, result.out) == (ExitStatus.OK, "")
    assert "p/none: no images" in result.err
    assert "images without a caption: 1" in result.err
    assert "0 of 1 captions fail" in result.err
    assert rwcap.run(*CHECK, "p/none", "-q").err == ""


@pytest.mark.promises("statuses")
def test_no_captions_are_status_7(rwcap: Rwcap, folder: Path) -> None:
    """And so is a folder without images."""
    result = rwcap.run(*CHECK, "--write", "xmp")

    assert result.status == ExitStatus.NO_INPUT
    assert "error: no captions found" in result.err
    assert "hint: rwcap batch SOURCE --write txt writes some" in result.err


def test_checks_are_chosen_by_name(rwcap: Rwcap, folder: Path) -> None:
    """All, none, or several."""
    loop = rwcap.run(*CHECK, "--check", "loop", "--check", "empty")
    none = rwcap.run(*CHECK, "--check", "none")
    everything = rwcap.run(*CHECK, "--check", "all")

    assert (loop.status, none.status, everything.status) == (0, 0, 9)
    assert loop.out == none.out == ""
    assert "0 of 2" in none.err


@pytest.mark.promises("reports")
def test_captions_are_found_in_all_places(rwcap: Rwcap, folder: Path) -> None:
    """Each text of an image counts once."""
    photo = (folder / "a.jpg").read_bytes()
    (folder / "a.jpg").write_bytes(described(photo, "Sorry, no."))
    (folder / "a.xmp").write_bytes(xmp(REFUSAL))
    (folder / "b.jpg.xmp").write_bytes(xmp("I cannot say."))

    everywhere = rwcap.run(*CHECK, "--json", "--check", "refusal")
    embedded = rwcap.run(*CHECK, "--write", "embed")
    beside = rwcap.run(*CHECK, "--write", "xmp")

    faults = json.loads(everywhere.out)["faults"]
    assert [(each["file"], each["excerpt"]) for each in faults] == [
        ("p/a.txt", REFUSAL),
        ("p/a.jpg", "Sorry, no."),
        ("p/b.jpg.xmp", "I cannot say."),
    ]
    assert "p/a.jpg\trefusal\tSorry, no." in embedded.out
    assert embedded.out.count("refusal") == 1
    assert beside.out.count("refusal") == 2


def test_the_files_of_write_metadata_are_read(rwcap: Rwcap, folder: Path) -> None:
    """The image first, then its XMP file; other formats have an XMP file."""
    (folder / "b.jpg.xmp").write_bytes(xmp(REFUSAL))
    (folder / "c.tif").write_bytes((folder / "a.jpg").read_bytes())
    (folder / "c.xmp").write_bytes(xmp(REFUSAL))

    result = rwcap.run(*CHECK, "--write", "metadata")

    assert result.out.splitlines() == [
        f"p/b.jpg\trefusal\t{REFUSAL}",
        f"p/c.tif\trefusal\t{REFUSAL}",
    ]


def test_the_text_of_a_camera_is_no_caption(rwcap: Rwcap, folder: Path) -> None:
    """And neither is a text file that is a link."""
    photo = (folder / "a.jpg").read_bytes()
    (folder / "a.jpg").write_bytes(described(photo, "OLYMPUS DIGITAL CAMERA"))
    (folder / "b.txt").rename(folder / "other")
    (folder / "b.txt").symlink_to("other")
    (folder / "a.txt").unlink()

    assert rwcap.run(*CHECK).status == ExitStatus.NO_INPUT


def test_alternative_text_is_read_with_alt(rwcap: Rwcap, folder: Path) -> None:
    """From the property for it."""
    rwcap.run("batch", "p", "--sandbox", "--alt", "--write", "xmp")

    alt = rwcap.run(*CHECK, "--alt", "--write", "xmp", "--check", "markup")

    assert "0 of 2 captions fail" in alt.err


def test_names_of_files_follow_collide(rwcap: Rwcap, folder: Path) -> None:
    """With `suffix`, the file with the whole name of the image is first."""
    (folder / "a.jpg.txt").write_text("A dog sits. A cat and a")

    suffix = rwcap.run(*CHECK, "--write", "txt", "--collide", "suffix")
    always = rwcap.run(*CHECK, "--write", "txt", "--collide", "always")

    assert suffix.out.startswith("p/a.jpg\tcut-off\t")
    assert "1 of 2" in suffix.err
    assert "1 of 1" in always.err


def test_texts_of_a_table_are_checked(rwcap: Rwcap, folder: Path) -> None:
    """The metadata of an ImageFolder, whose images need no file with a caption."""
    (folder / "a.txt").unlink()
    (folder / "metadata.jsonl").write_text(
        json.dumps({"file_name": "a.jpg", "text": REFUSAL}) + '\n{"text": "A dog."}\n'
    )

    result = rwcap.run("batch", "p/metadata.jsonl", "--check-only")

    assert "error: p/metadata.jsonl:2: " in result.err
    assert result.out == f"p/a.jpg\trefusal\t{REFUSAL}\n"


def test_a_source_that_is_no_file_has_no_files_to_read(
    rwcap: Rwcap, folder: Path
) -> None:
    """It is passed over, unless its files are asked for."""
    command = ["batch", "https://example.com/a.jpg", "p", "--check-only"]

    passed = rwcap.run(*command, "--check", "loop")
    asked = rwcap.run(*command, "--check", "loop", "--write", "embed")

    assert (passed.status, asked.status) == (ExitStatus.OK, ExitStatus.FAILED)
    assert "not a local file" in asked.err


def test_files_that_cannot_be_read_are_reported(rwcap: Rwcap, folder: Path) -> None:
    """The others are checked; a text that is not UTF-8 fails."""
    (folder / "a.txt").unlink()
    (folder / "a.txt").mkdir()
    (folder / "a.xmp").mkdir()
    (folder / "b.xmp").write_bytes(b"<no xmp")
    (folder / "b.txt").write_bytes(b"A caf\xe9 in the old town.")

    text = rwcap.run(*CHECK, "--write", "txt", "--write", "embed", "gone.jpg")
    packets = rwcap.run(*CHECK, "--write", "xmp")

    assert text.out.startswith("p/b.jpg\tscript\tA caf\ufffd")
    assert text.status == ExitStatus.QUALITY
    assert "error: p/a.txt: Is a directory" in text.err
    assert "error: gone.jpg" in text.err
    assert packets.err.count("error: ") == 2
    assert packets.status == ExitStatus.FAILED


def test_a_fault_of_the_set_is_printed_once(rwcap: Rwcap, folder: Path) -> None:
    """A phrase in most captions, with the path `*`."""
    names = [f"{number}.jpg" for number in range(10)]
    draw.album(folder.parent / "q", *names)
    for name in names:
        path = folder.parent / f"q/{name}"
        path.with_suffix(".txt").write_text(f"A photo of {name[0]}.")

    result = rwcap.run("batch", "q", "--check-only", "--check", "common-phrase")
    document = rwcap.run("batch", "q", "--check-only", "--json")

    assert result.out == "*\tcommon-phrase\ta photo of (10 captions)\n"
    assert result.status == ExitStatus.QUALITY
    assert json.loads(document.out)["phrases"] == {"a photo of": 10}


def test_near_identical_captions_are_found_at_the_end(
    rwcap: Rwcap, folder: Path
) -> None:
    """A caption with two faults counts once."""
    draw.album(folder, "c.jpg", "d.jpg")
    for name in "bcd":
        (folder / f"{name}.txt").write_text("Two men sit on a bench and talk to")

    result = rwcap.run(*CHECK)

    assert [line.split("\t")[1] for line in result.out.splitlines()] == [
        *("refusal", "cut-off", "cut-off", "cut-off"),
        *["near-identical"] * 3,
    ]
    assert "4 of 4 captions fail" in result.err


def test_the_document_has_all_faults_and_counts(rwcap: Rwcap, folder: Path) -> None:
    """It is printed as the faults are found."""
    result = rwcap.run(*CHECK, "--json")

    document = json.loads(result.out)
    statistics = document.pop("statistics")
    assert statistics["captions"] == 2
    assert document == {
        "v": 1,
        "faults": [
            {
                "source": "p/a.jpg",
                "file": "p/a.txt",
                "check": "refusal",
                "excerpt": REFUSAL,
            }
        ],
        "captions": 2,
        "failed": 1,
        "checks": {"refusal": 1},
        "phrases": {},
    }


@pytest.mark.promises("hostile")
def test_hostile_names_and_texts_stay_on_their_line(rwcap: Rwcap, folder: Path) -> None:
    """Control characters do not reach the terminal."""
    (folder / "a.txt").write_text("I cannot\tsee\n\x1b[31mred\x07")

    result = rwcap.run(*CHECK, "--check", "refusal")

    assert result.out == "p/a.jpg\trefusal\tI cannot see [31mred\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--check-only", "-o", "r.jsonl"], "--check-only and -o exclude each other"),
        (["--check-only", "--watch"], "--check-only and --watch exclude each other"),
        (["--check-only", "--sample", "2"], "--check-only and --sample exclude"),
        (["--json"], "--json needs --check-only, or several --prompt-file"),
        (
            ["--check-only", "--check", "all", "--check", "loop"],
            "--check all and none stand alone",
        ),
    ],
)
def test_options_that_no_check_takes_are_refused(
    rwcap: Rwcap, folder: Path, options: list[str], message: str
) -> None:
    """With status 2, before anything is read."""
    result = rwcap.run("batch", "p", *options)

    assert result.status == ExitStatus.USAGE
    assert f"error: {message}" in result.err
