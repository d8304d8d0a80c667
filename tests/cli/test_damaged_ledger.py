"""A damaged ledger ends every command that needs it, and is rescued by one command."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from rwcap.ledger.database.pages import PAGE_SIZE
from tests import draw
from tests.process import Rwcap
from tests.service import Service

ORDER = ("batch", "p", "-q", "--write", "txt")


@pytest.fixture
def ledger(connected: Rwcap) -> Path:
    """Return a ledger with three captions. Their text files are gone."""
    draw.album(connected.home / "p", "1.jpg", "2.jpg", "3.jpg")
    assert connected.run(*ORDER).status == 0
    for path in (connected.home / "p").glob("*.txt"):
        path.unlink()
    (path,) = connected.home.glob(".local/share/rwcap/*/ledger.sqlite3")
    return path


def zeroed(path: Path) -> None:
    """Zero the first page."""
    path.write_bytes(bytes(PAGE_SIZE) + path.read_bytes()[PAGE_SIZE:])


def not_utf8(path: Path) -> None:
    """Replace a caption by bytes that are not UTF-8."""
    with closing(sqlite3.connect(path)) as database:
        database.execute(
            "UPDATE purchase SET text = CAST(x'ff41' AS TEXT) WHERE id = 2"
        )
        database.commit()


def unreadable_leaf(path: Path) -> None:
    """Zero the pages that have the purchases."""
    with closing(sqlite3.connect(path)) as database:
        query = "SELECT pageno FROM dbstat WHERE name = 'purchase'"
        numbers = [number for (number,) in database.execute(query)]
    content = bytearray(path.read_bytes())
    for number in numbers:
        content[(number - 1) * PAGE_SIZE : number * PAGE_SIZE] = bytes(PAGE_SIZE)
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [zeroed, not_utf8, unreadable_leaf])
@pytest.mark.promises("damage")
def test_nothing_is_bought_before_and_after_the_rescue(
    damage: Callable[[Path], None], ledger: Path, connected: Rwcap, service: Service
) -> None:
    """A lost text comes from the service, under the UUID that the index has."""
    damage(ledger)

    refused = connected.run(*ORDER)
    told = connected.run("config", "doctor", "--offline")
    damaged = ledger.read_bytes()
    rescued = connected.run("config", "doctor", "--rescue")
    recovered = connected.run("cost", "recover")
    again = connected.run(*ORDER)

    assert refused.status == 78
    assert "is damaged: " in refused.err
    assert "hint: rwcap config doctor --rescue" in refused.err
    assert told.status == 1
    assert "-> rwcap config doctor --rescue" in told.out
    assert rescued.status == 0, rescued.out
    assert "3 purchases saved in a new ledger; the damaged file is /" in rescued.out
    assert ("possibly charged, and therefore not bought again" in rescued.out) == (
        damage is not zeroed
    )
    assert [each.read_bytes() for each in ledger.parent.glob("damaged-*.sqlite3")] == [
        damaged
    ]
    assert (recovered.status, again.status) == (0, 0), again.err
    assert service.bills == 3
    assert len(list((connected.home / "p").glob("*.txt"))) == 3


@pytest.mark.promises("damage", "reports")
def test_a_file_in_place_of_the_folder_does_not_count_as_no_ledger(
    ledger: Path, connected: Rwcap, service: Service
) -> None:
    """No command reports that nothing was spent; the hint keeps the ledger."""
    folder = ledger.parent
    folder.rename(folder.with_name("x"))
    folder.touch()

    spent = connected.run("cost")
    bought = connected.run(*ORDER)
    told = connected.run("config", "doctor", "--offline")

    assert (spent.status, bought.status, told.status) == (78, 78, 1)
    for each in (spent.err, bought.err, told.out):
        assert f"mv {folder} {folder}.aside, and put the ledger there again" in each
    assert spent.out == ""
    assert service.bills == 3


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"")])
@pytest.mark.promises("damage")
def test_a_missing_or_empty_ledger_is_not_begun_anew(
    damage: Callable[[Path], object], ledger: Path, connected: Rwcap, service: Service
) -> None:
    """Every command says so; the user decides."""
    damage(ledger)

    results = [
        connected.run(*command)
        for command in (
            ORDER,
            ("caption", "p/1.jpg"),
            ("cost",),
            ("cost", "recover"),
            ("cost", "estimate", "p"),
        )
    ]
    rescued = connected.run("config", "doctor", "--rescue")

    assert [each.status for each in results] == [78] * 5, results
    assert all("is damaged: the file is " in each.err for each in results)
    assert rescued.status == 1
    assert "no purchase can be read" in rescued.out
    assert "-> restore a backup of it, or mv " in rescued.out
    assert service.bills == 3


@pytest.mark.parametrize("damage", ["cut off", "older"])
@pytest.mark.promises("damage")
def test_no_command_uses_a_damaged_ledger(
    damage: str, ledger: Path, connected: Rwcap, service: Service
) -> None:
    """One that is cut off, or an older copy of it."""
    copy = ledger.read_bytes()
    (connected.home / "p/4.jpg").write_bytes(draw.snapshot(4))
    connected.run(*ORDER)
    ledger.write_bytes(copy if damage == "older" else ledger.read_bytes()[:-9000])

    results = [
        connected.run(*command.split())
        for command in (
            *("batch p --fresh", "caption p/1.jpg", "cost", "cost recover"),
            *("cost estimate p", "batch p --dry-run", "batch p --write txt --hold"),
        )
    ]

    assert [each.status for each in results] == [78] * 7, results
    assert service.bills == 4


def test_a_sound_ledger_is_not_touched_by_a_rescue(
    ledger: Path, connected: Rwcap
) -> None:
    """It is reported as always."""
    before = ledger.read_bytes()

    rescued = connected.run("config", "doctor", "--rescue")

    assert rescued.status == 0
    assert "3 purchases; file and totals are correct" in rescued.out
    assert ledger.read_bytes() == before
    assert [each.name for each in ledger.parent.glob("damaged*")] == []


def test_without_a_ledger_there_is_nothing_to_rescue(rwcap: Rwcap) -> None:
    """It is no problem."""
    rescued = rwcap.run("config", "doctor", "--rescue")

    assert rescued.status == 0
    assert "there is none: nothing was bought yet" in rescued.out


@pytest.mark.promises("damage")
def test_what_is_bought_again_is_told(ledger: Path, connected: Rwcap) -> None:
    """An older copy lacks purchases; the rescue says how many changes."""
    before = ledger.read_bytes()
    draw.album(connected.home / "p", "4.jpg")
    assert connected.run(*ORDER).status == 0
    ledger.write_bytes(before)

    rescued = connected.run("config", "doctor", "--rescue")

    assert rescued.status == 0
    assert "changes lost; captions in them would be bought" in (rescued.out)
    assert "-> restore a newer backup of the ledger's folder" in rescued.out


@pytest.mark.promises("reports", "damage")
def test_the_report_is_that_of_the_run_that_could_not_begin(
    ledger: Path, connected: Rwcap
) -> None:
    """The one of the night before says that all is well."""
    report = connected.home / "r.json"
    connected.run(*ORDER, "--report", "r.json")
    before = json.loads(report.read_text())
    zeroed(ledger)

    connected.run(*ORDER, "--report", "r.json")
    sheet = connected.run(*ORDER, "--report", "r.html")

    after = json.loads(report.read_text())
    assert (before["exit_status"], after["exit_status"], sheet.status) == (0, 78, 78)
    assert (before["counts"]["cached"], after["counts"]["cached"]) == (3, 0)
    assert before.keys() == after.keys()
    assert not (connected.home / "r.html").exists()
