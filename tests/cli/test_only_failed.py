"""`rwcap batch --only failed-checks`: what fails is bought again, and nothing else."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rwcap.core.exit_status import ExitStatus
from rwcap.metadata.xmp.packet import read_text
from tests import draw
from tests.cli.test_embed import described
from tests.cli.test_killed import count_states
from tests.exiv2 import metadata
from tests.images.containers import segment
from tests.process import PLAIN, Rwcap
from tests.service import Exchange, Service, pictured

GOOD = "Two boats lie at the quay."
BETTER = "A man mends a net."
HEDGE = "A man, possibly a fisherman, mends a net."
LOOP = "A street with cars, and cars, and cars, and cars on the road."
BOUGHT = ("p/1.jpg", "p/2.jpg", "p/3.jpg")
ROOT = Path(__file__).parents[2]
ONLY = ("batch", "p", "--only", "failed-checks", "--write")


@pytest.fixture
def folder(connected: Rwcap, service: Service) -> Path:
    """Return a folder with four images, of which two have bad captions in a file."""
    draw.album(connected.home / "p", *(f"{number}.jpg" for number in range(1, 5)))
    service.otherwise = pictured(GOOD, (HEDGE, BETTER), (LOOP, BETTER), GOOD)
    connected.run("batch", "p/1.jpg", "p/2.jpg", "p/3.jpg", "--write", "txt", "-q")
    return connected.home / "p"


def stored(image: Path, write: str) -> str | None:
    """Return the text that an image has in its file or in itself; None for none."""
    if write == "embed":
        return metadata(image.read_bytes()).texts.get("Description")
    path = image.with_suffix(".txt")
    return path.read_text().strip() if path.exists() else None


def texts(folder: Path) -> dict[str, str]:
    """Return the text files by name."""
    return {path.name: path.read_text() for path in sorted(folder.glob("*.txt"))}


def embedded(path: Path) -> str:
    """Return the description that Exiv2 finds in a file."""
    return metadata(path.read_bytes()).texts["Description"]


@pytest.mark.promises("files")
def test_an_image_that_must_not_be_changed_has_the_better_caption_beside_it(
    connected: Rwcap, folder: Path
) -> None:
    """One is read-only, the other is signed."""
    read_only, signed = folder / "2.jpg", folder / "3.jpg"
    plain = signed.read_bytes()
    signed.write_bytes(plain[:2] + segment(0xEB, b"JP..jumb..c2pa") + plain[2:])
    read_only.chmod(0o444)
    before = [each.read_bytes() for each in (read_only, signed)]
    connected.run("batch", *BOUGHT, "--write", "metadata")

    result = connected.run(*ONLY, "metadata", "--jsonl")

    written = [json.loads(line) for line in result.out.splitlines()]
    outputs = sorted(path for each in written for path in each["outputs"])
    assert result.status == 0
    assert {"p/2.jpg.xmp", "p/3.jpg.xmp"} <= {*outputs}
    assert [each.read_bytes() for each in (read_only, signed)] == before
    for name in ("2.jpg.xmp", "3.jpg.xmp"):
        assert read_text((folder / name).read_bytes()) == BETTER


@pytest.mark.promises("persons", "once")
def test_only_bad_captions_are_bought_again(
    connected: Rwcap, service: Service, folder: Path
) -> None:
    """Once; the others are left, and so is an image without a caption."""
    before = (folder / "1.txt").stat().st_mtime_ns

    result = connected.run(*ONLY, "txt", "--jsonl")
    again = connected.run(*ONLY, "txt")

    records = {
        each["source"]: each for each in map(json.loads, result.out.split("\n")[:-1])
    }
    assert (result.status, again.status) == (ExitStatus.OK, ExitStatus.OK)
    assert {name: each["status"] for name, each in records.items()} == {
        "p/1.jpg": "skipped",
        "p/2.jpg": "ok",
        "p/3.jpg": "ok",
        "p/4.jpg": "skipped",
    }
    assert texts(folder) == {
        "1.txt": f"{GOOD}\n",
        "2.txt": f"{BETTER}\n",
        "3.txt": f"{BETTER}\n",
    }
    assert (folder / "1.txt").stat().st_mtime_ns == before
    assert "0 of 2 captions fail" in result.err
    assert "skipped: 4" in again.err
    assert service.bills == 5


@pytest.mark.parametrize("write", ["xmp", "embed", "metadata"])
def test_metadata_is_replaced(
    connected: Rwcap, service: Service, folder: Path, write: str
) -> None:
    """As text files are, and a text that a person has changed is not."""
    connected.run("batch", "p/1.jpg", "p/2.jpg", "p/3.jpg", "--write", write, "-q")
    changed = folder / ("3.xmp" if write == "xmp" else "3.jpg")
    written = changed.read_bytes()
    changed.write_bytes(written.replace(b"with cars", b"of cars, "))

    result = connected.run(*ONLY, write)
    again = connected.run(*ONLY, write)

    suffix = ".xmp" if write == "xmp" else ".jpg"
    assert embedded(folder / f"1{suffix}") == GOOD
    assert embedded(folder / f"2{suffix}") == BETTER
    assert embedded(changed).startswith("A street of cars, , and cars")
    assert "kept: 1 that fail, not of rwcap or changed" in again.err
    assert (result.status, again.status) == (ExitStatus.OK, ExitStatus.OK)
    assert service.bills == 4


@pytest.mark.promises("texts", "undo")
def test_a_text_that_was_overwritten_does_not_come_back(
    connected: Rwcap, folder: Path
) -> None:
    """The new caption replaces that of rwcap; a removal brings the old text back."""
    photo = folder / "2.jpg"
    photo.write_bytes(described(photo.read_bytes(), "My uncle"))
    connected.run("batch", "p/2.jpg", "--write", "embed", "--mode", "overwrite", "-q")
    overwritten = embedded(photo)

    result = connected.run(*ONLY, "embed")
    mended = embedded(photo)
    connected.run("batch", "p/2.jpg", "--write", "embed", "--mode", "remove")

    assert (overwritten, mended, result.status) == (HEDGE, BETTER, ExitStatus.OK)
    assert embedded(photo) == "My uncle"


@pytest.mark.promises("persons")
def test_a_text_of_a_person_or_another_tool_is_kept(
    connected: Rwcap, service: Service, folder: Path
) -> None:
    """It is named, and nothing is bought for it."""
    (folder / "2.txt").write_text("A man, possibly my uncle.\n")
    (folder / "3.txt").write_text(f"{LOOP}\nMy street.\n")
    (folder / "4.txt").write_text("I cannot say.\n")
    before = texts(folder)

    result = connected.run(*ONLY, "txt")

    assert texts(folder) == before
    assert "warning: p/2.jpg: kept, because it is not of rwcap: hedging" in result.err
    assert "kept: 3 that fail, not of rwcap or changed" in result.err
    assert result.status == ExitStatus.OK
    assert service.bills == 3


@pytest.mark.promises("persons")
def test_a_text_that_changes_while_another_is_bought_is_kept(
    connected: Rwcap, service: Service, folder: Path
) -> None:
    """The new caption stays in the ledger."""

    def fault(exchange: Exchange) -> None:
        (folder / "2.txt").write_text("My uncle mends a net.\n")
        pictured(GOOD, BETTER, BETTER)(exchange)

    service.otherwise = fault

    connected.run(*ONLY, "txt", "--limit", "1", "-c", "1")

    assert texts(folder)["2.txt"] == "My uncle mends a net.\n"


@pytest.mark.promises("rules")
def test_a_caption_that_fails_again_is_not_written(
    connected: Rwcap, service: Service, folder: Path
) -> None:
    """Status 9; the next run buys another one, up to five."""
    service.otherwise = pictured(GOOD, HEDGE, BETTER)

    failed = connected.run(*ONLY, "txt", "--jsonl")
    statuses = [connected.run(*ONLY, "txt", "-q").status for _ in range(4)]
    bills = service.bills
    last = connected.run(*ONLY, "txt")

    (error,) = [line for line in failed.out.splitlines() if '"failed"' in line]
    assert json.loads(error)["faults"] == ["hedging"]
    assert (failed.status, *statuses) == (ExitStatus.QUALITY,) * 5
    assert bills == 3 + 1 + 5
    assert "hint: the same command buys another one\n" in failed.err
    assert "continue with: rwcap batch " in failed.err
    assert "hint: all five others are bought; try another --prompt" in last.err
    assert "continue with" not in last.err
    assert last.status == ExitStatus.QUALITY
    assert service.bills == bills
    assert texts(folder)["2.txt"] == f"{HEDGE}\n"
    asked = [each.get("prompt") or "" for each in service.requests]
    assert sum(each.endswith("Write version 5.") for each in asked) == 1


@pytest.mark.parametrize("accepted", [True, False])
@pytest.mark.promises("once")
def test_a_kill_never_pays_twice(
    connected: Rwcap, service: Service, folder: Path, *, accepted: bool
) -> None:
    """The next run writes what was bought."""
    answered = pictured(GOOD, BETTER, BETTER)

    def fault(exchange: Exchange) -> None:
        if process.poll() is None:
            if accepted:
                exchange.accept()
            os.kill(process.pid, signal.SIGKILL)
            process.wait(60)
            return
        answered(exchange)

    service.otherwise = fault
    process = connected.start(*ONLY, "txt", "-c", "1", "--limit", "1")
    process.communicate(timeout=60)

    result = connected.run(*ONLY, "txt")
    again = connected.run(*ONLY, "txt")

    assert (result.status, again.status) == (ExitStatus.OK, ExitStatus.OK)
    assert service.bills == 5
    assert not {HEDGE, LOOP} & {each.strip() for each in texts(folder).values()}


KILLS = [
    (place, write)
    for write in ("txt", "embed")
    for place in (
        *("before the row", "after the row", "request sent", "after the answer"),
        *("after settling", "before the sidecar", "half a sidecar"),
        *("before the rename", "after the sidecar", "before embedding"),
        *("after embedding", "any statement", "after a commit"),
    )
    if ("embed" in write) >= ("embed" in place) and ("txt" in write) >= ("car" in place)
]
SHORT = [("before the sidecar", "txt"), ("before embedding", "embed")]


@pytest.mark.parametrize(
    ("place", "write"),
    [
        *SHORT,
        *(
            pytest.param(*each, marks=pytest.mark.soak)
            for each in KILLS
            if each not in SHORT
        ),
    ],
)
@pytest.mark.promises("once", "texts")
def test_a_kill_anywhere_loses_no_text_and_no_money(
    connected: Rwcap, service: Service, folder: Path, place: str, write: str
) -> None:
    """Each file is whole after it, and the same command mends what is left."""
    connected.run("batch", *sorted(BOUGHT), "--write", write, "-q")
    doomed = connected.with_environment(PYTHONPATH=f"{PLAIN}{os.pathsep}{ROOT}")
    program = [sys.executable, "-m", "tests.kill_points", place]
    texts = {GOOD, BETTER, HEDGE, LOOP}

    for count in ("1", "2"):
        subprocess.run(
            [*program, count, "SIGKILL", "--", *ONLY, write],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=doomed.environment,
            cwd=connected.home,
            timeout=60,
            check=False,
        )
        for name in BOUGHT:
            text = stored(connected.home / name, write)
            assert text is None or text in texts or text.startswith("[sandbox]")
            assert text is not None or write == "embed"
    last = connected.run(*ONLY, write)
    bills = service.bills
    again = connected.run(*ONLY, write)

    assert (last.status, again.status) == (ExitStatus.OK, ExitStatus.OK)
    assert (bills, service.bills) == (5, 5)
    assert count_states(connected) == {"done": 5}
    found = {name: stored(connected.home / name, write) for name in BOUGHT}
    assert found["p/1.jpg"] == GOOD
    assert None not in found.values()
    assert not {HEDGE, LOOP} & {*found.values()}


def test_a_text_that_was_taken_out_is_written_again(
    connected: Rwcap, service: Service, folder: Path
) -> None:
    """As after a kill between the two: from the ledger, free of charge."""
    connected.run(*ONLY, "txt", "-q")
    (folder / "1.txt").unlink()
    (folder / "2.txt").unlink()

    connected.run(*ONLY, "txt", "--checksum")

    assert texts(folder) == {"2.txt": f"{BETTER}\n", "3.txt": f"{BETTER}\n"}
    assert service.bills == 5


def test_the_checks_are_chosen(
    connected: Rwcap, service: Service, folder: Path
) -> None:
    """Captions that fail others are left; a dry run names those to buy."""
    order = [*ONLY, "txt", "--check", "loop"]

    dry = connected.run(*order, "--dry-run")
    result = connected.run(*order)

    assert dry.out.startswith("p/3.jpg\tDescribe this image. Write whole sentences ")
    assert dry.out.count("\n") == 1
    assert "would buy 1 caption" in dry.err
    assert "ok: 1" in result.err
    assert texts(folder)["2.txt"] == f"{HEDGE}\n"


def test_without_outputs_the_last_purchase_is_checked(
    connected: Rwcap, service: Service, folder: Path
) -> None:
    """The new caption is printed and recorded, also a second time."""
    order = ["batch", "p", "--only", "failed-checks", "-o", "r.jsonl"]

    connected.run("batch", "p/1.jpg", "p/2.jpg", "p/3.jpg", "-o", "r.jsonl", "-q")
    result = connected.run(*order)
    again = connected.run(*order)

    lines = (folder.parent / "r.jsonl").read_text().splitlines()
    assert "ok: 2\nskipped: 2\n" in result.err.replace("cached: 0\n", "")
    assert "cached: 2\nskipped: 2\n" in again.err
    assert sorted(json.loads(line)["text"] for line in lines[3:]) == [BETTER] * 2
    assert service.bills == 5


def test_alternative_text_is_replaced(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """In the place where it stands."""
    draw.album(tmp_path / "p", "1.jpg")
    service.otherwise = pictured(
        (f"Image of a boat, perhaps. {'It is red. ' * 20}", GOOD)
    )
    connected.run("batch", "p", "--alt", "--write", "embed", "-q")

    result = connected.run(*ONLY, "embed", "--alt")

    found = metadata((tmp_path / "p/1.jpg").read_bytes()).texts
    assert result.status == ExitStatus.OK
    assert found == {"Description": GOOD, "AltTextAccessibility": GOOD}
    assert service.bills == 2


def test_what_cannot_be_read_is_reported(
    connected: Rwcap, service: Service, folder: Path
) -> None:
    """The others are captioned; rows of a table that have a caption are left."""
    (folder / "2.txt").unlink()
    (folder / "2.txt").mkdir()
    (folder / "t.jsonl").write_text('{"file_name": "1.jpg", "text": "I cannot."}\n')

    result = connected.run(*ONLY, "txt", "p/t.jsonl")

    assert "error: p/2.jpg: p/2.txt: Is a directory" in result.err
    assert result.status == ExitStatus.PARTIAL
    assert texts_of_files(folder) == {"1.txt": f"{GOOD}\n", "3.txt": f"{BETTER}\n"}


def texts_of_files(folder: Path) -> dict[str, str]:
    """Return the text files that are files."""
    files = [path for path in folder.glob("*.txt") if path.is_file()]
    return {path.name: path.read_text() for path in sorted(files)}


def test_a_description_beside_ours_is_kept(
    connected: Rwcap, service: Service, folder: Path
) -> None:
    """The text file is mended, and the image keeps what a person wrote into it."""
    photo = folder / "2.jpg"
    photo.write_bytes(described(photo.read_bytes(), "My uncle"))

    connected.run(*ONLY, "txt", "--write", "embed")

    assert texts(folder)["2.txt"] == f"{BETTER}\n"
    assert embedded(photo) == "My uncle"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--check", "none"], "--only and --check none exclude each other"),
        (["--check", "near-identical"], "--only failed-checks compares no captions"),
        (["--check", "all", "--on-fail", "retry"], "--only and --on-fail exclude"),
        (["--mode", "overwrite"], "--only and --mode exclude each other"),
        (["--fresh", "--mode", "overwrite"], "--only and --mode exclude each other"),
        (["--watch"], "--only and --watch exclude each other"),
        (["--pilot", "2"], "--only and --pilot exclude each other"),
        (["--texts", "t.csv"], "--only and --texts exclude each other"),
        (["--check-only"], "--check-only and --only exclude each other"),
        (["--fields", "title"], "--only is not for fields"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    connected: Rwcap, folder: Path, options: list[str], message: str
) -> None:
    """Before anything is bought."""
    result = connected.run(*ONLY, "txt", *options)

    assert result.status == ExitStatus.USAGE
    assert message in result.err
