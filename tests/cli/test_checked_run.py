"""`rwcap batch --check`: captions that are checked before they are written."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from rwcap.core.exit_status import ExitStatus
from tests import draw
from tests.process import Rwcap, visible
from tests.service import Service, pictured

GOOD = "Two boats lie at the quay."
HEDGE = "A man, possibly a fisherman, mends a net."
LOOP = "A street with cars, and cars, and cars, and cars on the road."
RUN = ("batch", "p", "--check", "all")


@pytest.fixture
def folder(connected: Rwcap, service: Service) -> Path:
    """Return a folder with three images; the captions of two are bad."""
    draw.album(connected.home / "p", "1.jpg", "2.jpg", "3.jpg")
    service.otherwise = pictured(GOOD, HEDGE, LOOP)
    return connected.home / "p"


def records(lines: str) -> dict[str, Any]:
    """Return the records of JSONL by their sources."""
    return {each["source"]: each for each in map(json.loads, lines.splitlines())}


@pytest.mark.promises("statuses")
def test_a_caption_that_fails_is_written_and_reported(
    connected: Rwcap, service: Service, folder: Path
) -> None:
    """A warning for each, a line in the summary, and status 0."""
    result = connected.run(*RUN, "--write", "txt")

    warnings = [line for line in result.err.splitlines() if line.startswith("warning")]
    assert sorted(warnings) == [
        "warning: p/2.jpg: hedging: A man, possibly a fisherman, mends a net.",
        "warning: p/3.jpg: loop: cars and cars and cars and",
    ]
    assert (
        "checks: 2 of 3 captions fail: loop 1, hedging 1; paid for them: $0.0026\n"
        in result.err
    )
    assert result.status == ExitStatus.OK
    assert (folder / "2.txt").read_text() == f"{HEDGE}\n"
    assert service.bills == 3


def test_records_name_the_checks_that_fail(connected: Rwcap, folder: Path) -> None:
    """Others have no such member; a cached caption is checked, too."""
    bought = records(connected.run(*RUN, "--jsonl").out)
    again = connected.run(*RUN, "--jsonl", "-o", "r.jsonl")

    table = ["-o", "r.csv", "--columns", "source,text,faults"]
    connected.run(*RUN, *table, "-q")

    assert "faults" not in bought["p/1.jpg"]
    with (folder.parent / "r.csv").open() as file:
        rows = {row["source"]: row["faults"] for row in csv.DictReader(file)}
    assert rows == {"p/1.jpg": "", "p/2.jpg": "hedging", "p/3.jpg": "loop"}
    assert bought["p/2.jpg"]["faults"] == ["hedging"]
    assert records(again.out)["p/3.jpg"]["faults"] == ["loop"]
    assert records((folder.parent / "r.jsonl").read_text())["p/3.jpg"]["faults"]
    assert "2 of 3 captions fail" in again.err


@pytest.mark.promises("rules")
def test_a_caption_that_fails_is_not_written_on_request(
    connected: Rwcap, service: Service, folder: Path
) -> None:
    """Status 9; the text is in ledger and record, and is not bought again."""
    order = [*RUN, "--on-fail", "fail", "--write", "txt", "-o", "r.csv", "--jsonl"]

    result = connected.run(*order)
    again = connected.run(*order)
    warned = connected.run(*RUN, "--write", "txt", "-q")

    failed = records(result.out)["p/2.jpg"]
    assert (result.status, again.status) == (ExitStatus.QUALITY, ExitStatus.QUALITY)
    assert (failed["text"], failed["long"]) == (None, HEDGE)
    assert failed["faults"] == ["hedging"]
    assert failed["error"]["code"] == "failsCheck"
    assert failed["cost_usd"] == "0.001300"
    assert "error: p/2.jpg: hedging: A man, possibly" in result.err
    assert "hint: --on-fail retry buys another caption, --on-fail warn writes" in (
        result.err
    )
    assert "2 of 2 captions fail: loop 1, hedging 1; paid for them: $0.0026" in (
        again.err
    )
    with (folder.parent / "r.csv").open() as table:
        assert [row["error"] != "" for row in csv.DictReader(table)].count(True) == 2
    assert (warned.status, warned.err) == (ExitStatus.OK, "")
    assert (folder / "2.txt").read_text() == f"{HEDGE}\n"
    assert service.bills == 3


def test_what_was_written_earlier_is_not_checked(
    connected: Rwcap, folder: Path
) -> None:
    """That is what --check-only is for."""
    connected.run(*RUN, "--write", "txt")

    again = connected.run(*RUN, "--write", "txt")

    assert "skipped: 3" in again.err
    assert "checks" not in again.err


def test_only_chosen_checks_are_made(connected: Rwcap, folder: Path) -> None:
    """None without --check, and none with `none`."""
    chosen = connected.run("batch", "p", "--check", "loop", "--check", "markup")
    none = connected.run("batch", "p", "--check", "none")
    without = connected.run("batch", "p")

    assert "1 of 3 captions fail: loop 1" in chosen.err
    assert "captions fail" not in none.err + without.err


def test_the_report_has_what_the_checks_found(connected: Rwcap, folder: Path) -> None:
    """With the statistics of the set."""
    connected.run(*RUN, "--report", "run.json")

    found = json.loads((folder.parent / "run.json").read_text())["checks"]
    statistics = found.pop("statistics")
    assert found == {
        "captions": 3,
        "failed": 2,
        "checks": {"hedging": 1, "loop": 1},
        "phrases": {},
        "paid_usd": "0.002600",
    }
    assert statistics["captions"] == 3
    assert statistics["words"]["total"] == 27


def test_what_many_captions_have_in_common_is_known_at_the_end(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """It is in the summary, and nothing waits for it."""
    texts = [f"A boat of wood lies in a harbour near house {n}." for n in range(12)]
    draw.album(tmp_path / "p", *(f"{number:02}.jpg" for number in range(12)))
    service.otherwise = pictured(*texts)

    result = connected.run(*RUN, "--write", "txt", "--on-fail", "fail")

    assert "ok: 12" in result.err
    assert "12 of 12 captions fail: near-identical 12; paid for them: $0.0156" in (
        result.err
    )
    assert "common phrase: a boat of (12 captions)\n" in result.err
    assert result.status == ExitStatus.OK


def test_alternative_text_is_checked_as_it_is_written(
    connected: Rwcap, service: Service, folder: Path
) -> None:
    """After it is shortened; a retry for a shorter text buys none for a check."""
    long = f"The image shows a boat. {'It is red and quite large. ' * 12}"
    service.otherwise = pictured(long, HEDGE, "word " * 60)
    order = ["batch", "p", "--alt", "--check", "hedging", "--check", "preamble"]

    result = connected.run(*order, "--on-fail", "fail", "--jsonl")

    found = records(result.out)
    assert found["p/1.jpg"]["text"].startswith("A boat. It is red")
    assert "faults" not in found["p/1.jpg"]
    assert found["p/2.jpg"]["faults"] == ["hedging"]
    assert found["p/3.jpg"]["error"]["code"] == "altTooLong"
    assert "1 of 2 captions fail" in result.err
    assert service.bills == 3


def test_a_run_without_an_end_checks_captions_alone(
    connected: Rwcap, folder: Path
) -> None:
    """It compares no set, so it keeps no texts."""
    result = connected.run(*RUN, "--watch", "--max-duration", "4", "--write", "txt")

    assert "checks: 2 of 3 captions fail: loop 1, hedging 1" in result.err


@pytest.mark.promises("reports")
def test_a_terminal_shows_the_checks_in_the_summary(
    connected: Rwcap, folder: Path
) -> None:
    """And no warnings among the captions."""
    result = connected.on_terminal(*RUN, "--write", "txt", columns=120)

    screen = visible(result.err)
    assert "2 of 3 captions fail: loop 1, hedging 1; paid for them: $0.0026" in screen
    assert "warning" not in screen


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--on-fail", "fail"], "--on-fail needs --check"),
        (["--check-only", "--check", "loop", "--on-fail", "fail"], "--check-only and"),
        (["--check", "all", "--check", "loop"], "--check all and none stand alone"),
        (
            ["--check", "loop", "--write", "txt", "--mode", "remove"],
            "--check and --mode remove exclude each other",
        ),
        (
            ["--check", "near-identical", "--watch"],
            "a run with --watch has no end, so no set of captions to check",
        ),
    ],
)
def test_options_that_do_not_fit_are_refused(
    connected: Rwcap, folder: Path, options: list[str], message: str
) -> None:
    """Before anything is bought."""
    result = connected.run("batch", "p", *options)

    assert result.status == ExitStatus.USAGE
    assert f"error: {message}" in result.err
