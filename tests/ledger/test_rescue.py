"""A damaged ledger is told as that, and what can be read is rescued.

A purchase whose caption cannot be read becomes ambiguous: it is not bought again.
"""

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rwcap.core.errors import LedgerError, LockedError
from rwcap.ledger.database import rescue as module
from rwcap.ledger.database.audit import AuditReport, audit
from rwcap.ledger.database.pages import PAGE_SIZE
from rwcap.ledger.database.rescue import RescueReport, rescue
from rwcap.ledger.reservation import Ambiguous, ReservationStatus
from tests.ledger.damage import (
    buy,
    copy,
    found_texts,
    open_ledger,
    pages,
    replace_page,
    request_of,
    text_of,
)
from tests.ledger.samples import AMBIGUOUS, REFUSED, image, rows, task_uuid, wanted

if TYPE_CHECKING:
    from collections.abc import Callable

BOUGHT = range(60)
TEXTS = [text_of(number) for number in BOUGHT]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an intact ledger with 60 captions. No test changes it."""
    path = tmp_path_factory.mktemp("sound") / "ledger.sqlite3"
    with open_ledger(path) as ledger:
        buy(ledger, BOUGHT)
    return path


@pytest.fixture
def older(tmp_path: Path) -> tuple[Path, Path]:
    """Return a ledger, and a copy of it with the first half of its purchases."""
    path = tmp_path / "ledger.sqlite3"
    with open_ledger(path) as ledger:
        buy(ledger, BOUGHT[:30])
    before = copy(path, tmp_path / "before")
    with open_ledger(path) as ledger:
        buy(ledger, BOUGHT[30:])
    return path, before


@pytest.fixture
def path(sound: Path, tmp_path: Path) -> Path:
    """Return a copy of the ledger with 60 captions."""
    return copy(sound, tmp_path / "data")


def bought_again(path: Path) -> list[int]:
    """Return the images whose captions would be bought again."""
    with open_ledger(path) as ledger:
        return [
            number
            for number in BOUGHT
            if ledger.purchases.begin_reserve(
                wanted(1000 + number, of=number, request=request_of(number))
            ).result()
            is ReservationStatus.RESERVED
        ]


def check_that_nothing_is_bought_again(path: Path) -> int:
    """Rescue a ledger. Return the number of captions that cannot be read."""
    report = rescue(path)

    texts = found_texts(path, BOUGHT)
    assert audit(path).problems == ()
    assert all(found in {None, text} for found, text in zip(texts, TEXTS, strict=True))
    assert (report.purchases, report.missing) == (60, 0)
    assert report.lost_texts == texts.count(None) == audit(path).ambiguous
    assert bought_again(path) == []
    return report.lost_texts


def pages_of(path: Path) -> int:
    """Return the number of pages of a ledger."""
    return path.stat().st_size // PAGE_SIZE


@pytest.mark.promises("damage")
def test_each_page_zeroed(sound: Path, tmp_path: Path) -> None:
    """At most the captions of one page are lost, and none is bought again."""
    lost = []
    for number in range(pages_of(sound)):
        path = copy(sound, tmp_path / str(number))
        replace_page(path, number, bytes(PAGE_SIZE))
        lost.append(check_that_nothing_is_bought_again(path))

    assert len(lost) > 20
    assert max(lost) < len(BOUGHT) / 2  # the rest is on other pages
    assert lost.count(0) > len(lost) / 2


def bought_despite_damage(path: Path) -> tuple[list[int], LedgerError | None]:
    """Return the images that a damaged ledger buys again, and why it is refused."""
    try:
        return bought_again(path), None
    except LedgerError as error:
        return [], error


@pytest.mark.promises("damage")
def test_each_page_zeroed_stops_purchases_or_does_no_harm(
    sound: Path, tmp_path: Path
) -> None:
    """Without a rescue, every caption is found or the error says that it is damaged."""
    for number in range(pages_of(sound)):
        path = copy(sound, tmp_path / str(number))
        replace_page(path, number, bytes(PAGE_SIZE))

        again, refusal = bought_despite_damage(path)

        assert again == []
        assert refusal is None or "--rescue" in str(refusal.hint)


@pytest.mark.promises("damage")
def test_each_page_swapped_with_an_older_copy_of_itself(
    older: tuple[Path, Path], tmp_path: Path
) -> None:
    """It is refused, or nothing is bought twice; and a rescue loses little."""
    path, before = older
    refused = 0
    for number, (new, old) in enumerate(zip(pages(path), pages(before), strict=False)):
        if new == old:
            continue
        swapped = copy(path, tmp_path / str(number))
        replace_page(swapped, number, old)

        again, refusal = bought_despite_damage(
            copy(swapped, tmp_path / f"{number}-used")
        )

        assert again == []
        refused += refusal is not None
        check_that_nothing_is_bought_again(swapped)

    assert refused >= 5


@pytest.mark.promises("damage")
def test_a_changed_bit_in_an_index_is_found_by_the_audit(
    sound: Path, tmp_path: Path
) -> None:
    """Other commands do not notice it: its caption is bought again before a rescue."""
    # By the first byte: https://www.sqlite.org/fileformat2.html#b_tree_pages
    index_pages = {2, 10}
    bought = []
    for number in BOUGHT[::6]:
        path = copy(sound, tmp_path / str(number))
        content = bytearray(path.read_bytes())
        key = re.escape(image(number))
        places = [found.end() - 1 for found in re.finditer(key, content)]
        (place,) = (
            each
            for each in places
            if content[each // PAGE_SIZE * PAGE_SIZE] in index_pages
        )
        content[place] ^= 1
        path.write_bytes(content)

        bought += bought_despite_damage(copy(path, tmp_path / f"{number}-used"))[0]
        assert "index purchase_of_image" in "".join(audit(path).problems)
        rescue(path)
        assert audit(path).problems == ()
        assert found_texts(path, BOUGHT) == TEXTS
        assert bought_again(path) == []

    assert 0 < len(bought) <= len(BOUGHT[::6])


@pytest.mark.parametrize("tenths", range(4, 10))
@pytest.mark.promises("damage")
def test_a_ledger_that_is_cut_off(path: Path, tenths: int) -> None:
    """It is refused; the rescue says how many purchases are missing at most."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.truncate(size * tenths // 10)
    with pytest.raises(LedgerError, match="is damaged"):
        open_ledger(path)

    report = rescue(path)

    readable = sum(text is not None for text in found_texts(path, BOUGHT))
    assert readable == report.purchases - report.lost_texts
    assert len(bought_again(path)) <= report.missing


@pytest.mark.parametrize("suffix", ["", "-wal"])
def test_a_file_that_is_missing_or_empty(sound: Path, path: Path, suffix: str) -> None:
    """A killed run leaves a write-ahead log; neither file is begun anew."""
    script = (
        "import os, sys; from pathlib import Path;"
        "from tests.ledger.damage import buy, open_ledger;"
        "buy(open_ledger(Path(sys.argv[1])), range(60, 70)); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=True)
    damaged = path.with_name(path.name + suffix)
    content = damaged.read_bytes()
    assert content

    for damage in (damaged.unlink, damaged.touch):
        damage()
        with pytest.raises(LedgerError, match=r"is damaged: .* (missing|empty)"):
            open_ledger(path)
        assert audit(path).problems
    if suffix == "-wal":
        report = rescue(path)
        assert (report.purchases, report.missing_commits) == (60, 31)
    else:
        damaged.unlink()
        damaged.write_bytes(content)
        assert rescue(path).purchases == 70


@pytest.mark.promises("damage")
def test_an_older_copy_of_the_whole_file(older: tuple[Path, Path]) -> None:
    """The number of missing changes is told, before and after the rescue."""
    path, before = older
    path.write_bytes(before.read_bytes())
    with pytest.raises(LedgerError, match=r"its last \d+ changes are missing"):
        open_ledger(path)

    report = rescue(path)

    assert report.purchases == 30
    assert report.missing_commits >= 30
    assert found_texts(path, BOUGHT[:30]) == TEXTS[:30]
    assert rescue(path).missing_commits == 0


@pytest.mark.parametrize(
    "column", ["text", "source", "opened", "error", "owner", "task_uuid"]
)
@pytest.mark.promises("damage")
def test_a_text_that_is_not_utf8(path: Path, column: str) -> None:
    """Only a caption is lost by it. Of other texts, the rest is kept."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        value = "CAST(x'ff4142' AS TEXT)" if column != "source" else "x'ff4142'"
        connection.execute(f"UPDATE purchase SET {column} = {value} WHERE id = 8")  # noqa: S608  # constants

    lost = check_that_nothing_is_bought_again(path)

    assert lost == (column in {"text", "task_uuid"})


def test_a_value_of_another_type_is_not_rescued(path: Path) -> None:
    """The index still knows the purchase, so it is not bought again."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE purchase SET cost = 'odd' WHERE id = 8")

    assert check_that_nothing_is_bought_again(path) == 1


def test_purchases_keep_state_money_and_totals(path: Path) -> None:
    """Of all states, with runs, requests, outputs, known files, and reuses."""
    with open_ledger(path) as ledger:
        for number, outcome in ((70, AMBIGUOUS), (71, REFUSED)):
            ledger.purchases.begin_reserve(wanted(number, of=number)).result()
            ledger.purchases.settle(task_uuid(number), outcome, 1)
        ledger.purchases.begin_reserve(wanted(72, of=72)).result()
        ledger.purchases.mark_delivered(task_uuid(5), reused=True)
    queries = [
        "SELECT * FROM purchase",
        "SELECT * FROM run",
        "SELECT * FROM request",
        "SELECT * FROM folder",
        "SELECT * FROM total",
        "SELECT * FROM day",
        "SELECT * FROM output",
        "SELECT * FROM file",
        "SELECT purchases, newest, requests, spent FROM ledger",
    ]
    before = [rows(path, query) for query in queries]

    report = rescue(path)

    assert report[:4] == (63, 0, 0, 0)
    assert [rows(path, query) for query in queries] == before
    assert report.kept.parent == path.parent
    assert sorted(each.name for each in path.parent.iterdir()) == sorted(
        [path.name, f"{path.name}-commits", report.kept.name]
    )


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_ledger_of_an_older_format_is_rescued(tmp_path: Path, version: int) -> None:
    """It gets the newest format, and the columns that it lacks."""
    path = tmp_path / "ledger.sqlite3"
    script = Path(__file__).parent / f"formats/{version}.sql"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script.read_text("utf-8"))
    replace_page(path, 0, bytes(PAGE_SIZE))

    report = rescue(path)

    states = "SELECT state FROM purchase ORDER BY id"
    assert report[:4] == (5, 0, 0, 0)
    assert audit(path) == AuditReport((), purchases=5, ambiguous=1)
    assert [state for (state,) in rows(path, states)] == (
        ["done", "done", "failed", "ambiguous", "sent"]
    )


def test_rows_that_only_look_like_purchases_are_left_out(path: Path) -> None:
    """One has too few columns, and one the task UUID of another."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE short (a, b, c, d, e)")
        connection.execute("INSERT INTO short VALUES (NULL, '', zeroblob(32), 1, x'')")
        connection.execute("CREATE TABLE twin AS SELECT * FROM purchase WHERE id = 9")
        connection.execute("UPDATE twin SET id = NULL, rowid = 99")

    assert check_that_nothing_is_bought_again(path) == 0


def test_missing_requests_and_runs_are_replaced(path: Path) -> None:
    """A purchase keeps the digest of its request, which the index has."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'request'"
        ).fetchone()
        (other,) = connection.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'run'"
        ).fetchone()
    for number in (page, other):
        replace_page(path, number - 1, bytes(PAGE_SIZE))

    assert check_that_nothing_is_bought_again(path) == 0
    assert rows(path, "SELECT DISTINCT model FROM request") == [("(unknown)",)]
    assert rows(path, "SELECT command FROM run LIMIT 1") == [("(unknown)",)]


@pytest.mark.promises("damage")
def test_a_lost_caption_can_be_recovered(path: Path) -> None:
    """Its purchase is ambiguous under its own task UUID, where that is readable."""
    table = "SELECT pageno FROM dbstat WHERE name = 'purchase' AND pagetype = 'leaf'"
    with closing(sqlite3.connect(path)) as connection:
        leaves = [number for (number,) in connection.execute(table)]
    replace_page(path, leaves[0] - 1, bytes(PAGE_SIZE))

    lost = check_that_nothing_is_bought_again(path)

    with open_ledger(path) as ledger:
        answer = ledger.purchases.begin_reserve(wanted(200, of=0)).result()
        unsettled = ledger.open_purchases.unsettled()
    assert isinstance(answer, Ambiguous)
    assert answer.task_uuid == task_uuid(0)
    assert unsettled == [(task_uuid(number), True) for number in range(lost)]


@pytest.mark.promises("damage")
def test_a_ledger_in_use_is_not_rescued(path: Path) -> None:
    """Its purchases would be lost; a process that waits for it is told to try again."""
    script = (
        "import sys; from pathlib import Path;"
        "from tests.ledger.damage import open_ledger;"
        "ledger = open_ledger(Path(sys.argv[1])); print('open', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        process.stdout.readline()

        with pytest.raises(LockedError, match="another run uses it"):
            rescue(path)
        process.communicate("\n")

    assert rescue(path).purchases == 60


def test_a_ledger_replaced_while_in_use_takes_no_purchase(path: Path) -> None:
    """Nothing is sent for it: what is written there would be lost."""
    with open_ledger(path) as ledger:
        path.rename(path.with_name("moved"))
        with pytest.raises(LedgerError, match="was removed or replaced"):
            ledger.purchases.begin_reserve(wanted(99, of=99)).result()

    assert rows(path.with_name("moved"), "SELECT count(*) FROM purchase") == [(60,)]


@pytest.mark.parametrize("name", ["_write_ledger", "unlink", "rename"])
def test_a_rescue_that_is_killed_goes_on(
    path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its steps, no command begins a new ledger; the next rescue ends it."""
    replace_page(path, 5, bytes(PAGE_SIZE))
    owner = module if name.startswith("_") else Path
    real: Callable[..., object] = getattr(owner, name)
    calls: list[object] = []

    def killed(*arguments: object, **named: object) -> object:
        calls.append(arguments)
        if name == "rename" and len(calls) == 1:
            return real(*arguments, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(owner, name, killed)
        with pytest.raises(KeyboardInterrupt):
            rescue(path)
    with pytest.raises(LedgerError, match="is damaged"):
        open_ledger(path)

    report = rescue(path)

    assert report == RescueReport(kept=report.kept) or report.purchases == 60
    assert bought_again(path) == []


@pytest.mark.promises("damage")
def test_nothing_readable_changes_nothing(path: Path) -> None:
    """The error names both ways on."""
    path.write_bytes(b"")

    with pytest.raises(LedgerError, match="no purchase can be read") as failed:
        rescue(path)

    assert str(failed.value.hint).startswith("restore a backup of it, or mv ")
    assert path.read_bytes() == b""
    assert sorted(each.name for each in path.parent.iterdir()) == [
        path.name,
        f"{path.name}-commits",
    ]


def test_a_damaged_number_of_commits_is_ignored(path: Path) -> None:
    """It is replaced by the next commit."""
    file = path.with_name(f"{path.name}-commits")
    file.write_bytes(b"\0" * 20)

    with open_ledger(path) as ledger:
        buy(ledger, range(70, 71))

    assert int(file.read_bytes()) > 60
