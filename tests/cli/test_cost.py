"""`rwcap cost`: what was spent, what would be, and whether the account agrees."""

import csv
import io
import json
import re
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.cli.terminal import messages, tables
from rwcap.core.errors import Interrupted
from rwcap.core.exit_status import ExitStatus
from tests import draw
from tests import service as faults
from tests.process import Result, Rwcap, visible
from tests.service import Service
from tests.waiting import wait_until


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Return a folder of eight pictures."""
    draw.album(tmp_path / "p", *(f"{number}.jpg" for number in range(1, 9)))
    return tmp_path / "p"


@contextmanager
def database(rwcap: Rwcap) -> Iterator[sqlite3.Connection]:
    """Open the one ledger that there is."""
    (path,) = (rwcap.home / ".local/share/rwcap").glob("ledger*/ledger.sqlite3")
    with closing(sqlite3.connect(path)) as opened:
        yield opened
        opened.commit()


def document(result: Result) -> Any:  # noqa: ANN401  # whatever JSON holds
    """Return the JSON on standard output of a command that succeeded."""
    assert result.status == 0, result.err
    return json.loads(result.out)


# The statement.


def test_a_statement_shows_what_was_spent(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """Today, this month and in total; savings, and unused captions."""
    service.captions.extend([faults.caption("A cat.", cost=0.0019)] * 2)
    connected.run("caption", "p/1.jpg", "p/2.jpg")
    connected.run("caption", "p/1.jpg")
    connected.run("caption", "p/1.jpg", "--fresh")

    result = connected.run("cost")
    nobody = connected.run("cost", "--until", "yesterday")

    assert (result.status, nobody.status) == (0, 0)
    assert result.out == (
        "       captions    spent\n"
        "today         3  $0.0051\n"
        "month         3  $0.0051\n"
        "total         3  $0.0051\n"
        "\n"
        "reused free                    1  $0.0019\n"
        "bought again or never written  1  $0.0019\n"
    )
    assert re.fullmatch(
        r"days begin at midnight, \S+ \(UTC[+-]\d\d:\d\d\)\n", result.err
    )
    assert nobody.out == "       captions    spent\ntotal         0  $0.0000\n"
    assert "the ledger has no purchases in this period" in nobody.err


def test_a_statement_shows_what_was_paid_for_captions_that_fail(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """By check; the total on a terminal is that of all captions."""
    service.captions.append(
        faults.caption("Perhaps it is a boat, and a, and a, and a, and a")
    )
    connected.run("batch", "p", "-q", "--limit", "3")

    table = connected.run("cost", "--by", "check").out
    document = json.loads(connected.run("cost", "--by", "check", "--json").out)
    screen = connected.on_terminal("cost", "--by", "check").out

    assert table.endswith(
        "\ncheck    captions    spent\n"
        "(none)          2  $0.0026\n"
        "loop            1  $0.0013\n"
        "cut-off         1  $0.0013\n"
        "hedging         1  $0.0013\n"
    )
    assert [each["check"] for each in document["groups"]] == [
        *("", "loop", "cut-off", "hedging")
    ]
    assert re.search(r"\ntotal +3 +\$0.0039", visible(screen).replace("\r", ""))


def test_a_statement_is_grouped(connected: Rwcap, album: Path) -> None:
    """In chronological order, or the most expensive first."""
    connected.run("batch", "p", "-q")
    connected.run("caption", "p/1.jpg", "p/2.jpg", "-p", "Why?", "-q")

    prompts = connected.run("cost", "--by", "prompt").out
    months = connected.run("cost", "--by", "month", "--since", "2026-01").out
    folders = connected.run("cost", "--by", "folder").out

    assert prompts.endswith(
        "\nprompt  captions    spent\n"
        "(none)         8  $0.0104\n"
        "Why?           2  $0.0026\n"
    )
    assert re.search(
        r"\nmonth    captions    spent\n\d{4}-\d\d        10  \$0.013", months
    )
    assert re.search(r"\nfolder .*\n\S+/p        10  \$0.0130\n", folders)


def test_programs_read_json_and_spreadsheets_csv(connected: Rwcap, album: Path) -> None:
    """Both have the same exact figures; no cell is a formula."""
    connected.run("caption", "p/1.jpg", "-p", '=HYPERLINK("x","y")', "-q")
    connected.run("caption", "p/2.jpg", "-p", "Two\nlines", "-q", "--no-include-cost")
    limits = connected.with_environment(RWCAP_BUDGET_DAY="1", RWCAP_BUDGET_MONTH="9")

    told = document(limits.run("cost", "--by", "prompt", "--json"))
    table = connected.run("cost", "--by", "prompt", "--csv")

    rows = list(csv.DictReader(io.StringIO(table.out)))
    assert {row["prompt"]: row["spent_usd"] for row in rows} == {
        '\'=HYPERLINK("x","y")': "0.001300",
        "Two lines": "0.000000",
    }
    assert told["total"]["captions"] == told["today"]["captions"] == 2
    assert told["total"]["unknown_costs"] == 1
    assert told["total"]["counted_usd"] == "0.003900"
    assert told["budget"] == {
        "day": {"limit_usd": "1.000000", "used_usd": "0.003900"},
        "month": {"limit_usd": "9.000000", "used_usd": "0.003900"},
    }
    assert {group["prompt"] for group in told["groups"]} == {
        '=HYPERLINK("x","y")',
        "Two\nlines",
    }
    assert (told["v"], told["sandbox"], told["by"]) == (1, False, "prompt")
    assert told["since"] is told["until"] is None


def test_a_statement_shows_limits(connected: Rwcap, album: Path) -> None:
    """The limits for day and month; a run's limit ends with it."""
    connected.run("caption", "p/1.jpg", "-q")
    folder = connected.home / ".config/rwcap"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("[budget]\nrun = 1\nday = 0.5\nmonth = 10\n")

    result = connected.run("cost")

    assert result.out.endswith(
        "\nbudget     limit     used\n"
        "day      $0.5000  $0.0013\n"
        "month   $10.0000  $0.0013\n"
    )


def test_the_sandbox_has_a_statement_of_its_own(rwcap: Rwcap, album: Path) -> None:
    """It is marked; the real ledger is not created."""
    rwcap.run("caption", "p/1.jpg", "--sandbox", "-q")

    real = rwcap.run("cost")
    imaginary = rwcap.run("cost", "--sandbox")

    assert "total         0  $0.0000" in real.out
    assert "the ledger has no purchases" in real.err
    assert imaginary.out.startswith("[sandbox]\n")
    assert "total         1  $0.0013" in imaginary.out
    assert not (rwcap.home / ".local/share/rwcap/ledger").exists()


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_statement_fits_the_terminal(
    connected: Rwcap, album: Path, columns: int
) -> None:
    """Long names are shortened; a bar is drawn if there is room."""
    connected.run("batch", "p", "-q", "--limit", "4", "-p", "A prompt " * 30)
    connected.run("batch", "p", "-q", "--limit", "2", "-p", "\u732b" * 60 + "\x1b[31m")

    screen = connected.on_terminal("cost", "--by", "prompt", columns=columns)

    lines = visible(screen.out).splitlines()
    assert screen.status == 0
    assert max(len(line) + line.count("\u732b") for line in lines) <= columns
    assert ("██" in screen.out) == (columns > 40)
    assert any("…" in line for line in lines)
    assert "\x1b[31m" not in screen.out


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_a_terminal_compares_groups_and_days(
    connected: Rwcap, album: Path, columns: int
) -> None:
    """Groups have a total; a day of the last 30 is one column of a line."""
    connected.run("batch", "p", "-q", "--limit", "2")
    connected.run("batch", "p/1.jpg", "-q", "-p", "Short")

    grouped = connected.on_terminal("cost", "--by", "prompt", columns=columns)
    period = connected.on_terminal("cost", "--since", "7d", columns=columns)

    spent = re.search(r"^total +3 +(\S+)$", visible(grouped.out), re.MULTILINE)
    assert spent
    assert visible(grouped.out).count(f" {spent[1]}") == 5
    assert f"\n{'·' * 29}█\nlast 30 days, at most {spent[1]} a day\n" in grouped.out
    assert "last 30 days" not in period.out
    assert max(map(len, visible(grouped.out).splitlines())) <= columns


@pytest.mark.parametrize(("columns", "bar"), [(40, ""), (80, "  ▏" + 39 * "·")])
def test_a_terminal_shows_what_is_left_of_limits(
    connected: Rwcap, album: Path, columns: int, bar: str
) -> None:
    """With a bar of what is used, where there is room."""
    connected.run("caption", "p/1.jpg", "-q")
    limited = connected.with_environment(RWCAP_BUDGET_DAY="1")

    screen = limited.on_terminal("cost", columns=columns)

    assert (
        f"budget    limit     used     left\nday     $1.0000  $0.0013  $0.9987{bar}\n"
    ) in screen.out


def test_a_terminal_names_purchases_that_are_not_shown(
    rwcap: Rwcap, album: Path
) -> None:
    """The sandbox has a ledger of its own, and so has the service."""
    alone = rwcap.on_terminal("cost")
    rwcap.run("caption", "p/1.jpg", "--sandbox", "-q")

    real = rwcap.on_terminal("cost")
    sandbox = rwcap.on_terminal("cost", "--sandbox")
    piped = rwcap.run("cost")

    hidden = "purchases that are not shown: the sandbox (rwcap cost --sandbox)\n"
    assert visible(real.err).endswith(hidden)
    assert "not shown" not in alone.err + sandbox.err + piped.err


def test_each_account_with_purchases_has_an_option_that_shows_it(
    rwcap: Rwcap, service: Service, album: Path
) -> None:
    """As does each address; a ledger that is empty or damaged is left out."""
    data = rwcap.home / ".local/share/rwcap"
    rwcap.run("caption", "p/1.jpg", "--sandbox", "-q")
    work_there = "ledger-http-127.0.0.1-80@work"
    for name in ("ledger", "ledger@work", work_there, "ledger@me", "ledger@new"):
        shutil.copytree(data / "sandbox", data / name)
    with closing(sqlite3.connect(data / "ledger@new/ledger.sqlite3")) as new, new:
        new.execute("DELETE FROM purchase")
    (data / "ledger@me/ledger.sqlite3").write_bytes(b"not a ledger" * 100)
    other = rwcap.with_environment(RWCAP_API_URL=service.url)

    shown = [
        " ".join(visible(process.on_terminal("cost", *options).err).split())
        for process, options in (
            (rwcap, []),
            (rwcap, ["--sandbox"]),
            (other, []),
            (rwcap, ["--api-url", "http://127.0.0.1:80"]),
        )
    ]

    work = "profile work (rwcap cost --profile work)"
    address = (
        "the address http-127.0.0.1-80, profile work"
        " (rwcap cost --api-url URL --profile work)"
    )
    default = "the default account (rwcap cost)"
    assert [each.partition("not shown: ")[2] for each in shown] == [
        f"{address}, {work}, the sandbox (rwcap cost --sandbox)",
        f"{default}, {address}, {work}",
        (
            "the default account (rwcap cost --api-url https://api.runware.ai/v1),"
            f" {address}, profile work (rwcap cost --api-url"
            " https://api.runware.ai/v1 --profile work), 1 more"
        ),
        (f"{default}, {address.replace('URL', 'http://127.0.0.1:80')}, {work}, 1 more"),
    ]


def test_an_estimate_on_a_terminal_has_a_picture(rwcap: Rwcap, album: Path) -> None:
    """The interval on a line from zero; nothing to buy has none."""
    estimate = ("cost", "estimate", "p", "--sandbox")

    narrow = rwcap.on_terminal(*estimate, columns=40)
    wide = rwcap.on_terminal(*estimate, columns=120)
    rwcap.run("batch", "p", "--sandbox", "-q")
    done = rwcap.on_terminal(*estimate)

    pictures = [
        re.search(r"\n\n(·+├─+●─+┤)\n\$0 +\$\S+\n\n", each.out)
        for each in (narrow, wide)
    ]
    assert [each and len(each[1]) for each in pictures] == [39, 59]
    assert "●" not in done.out


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=40))
def test_a_sparkline_has_a_column_for_each_amount(amounts: list[int]) -> None:
    """Zero is a dot, the highest is full, and more is never lower."""
    line = tables.sparkline(amounts)

    order = "·▁▂▃▄▅▆▇█"
    heights = [order.index(each) for each in line]
    assert len(line) == len(amounts)
    assert [height == 0 for height in heights] == [each == 0 for each in amounts]
    assert heights[amounts.index(max(amounts))] in {0, 8}
    assert [h for _, h in sorted(zip(amounts, heights, strict=True))] == sorted(heights)


@given(st.floats(0, 1), st.integers(8, 40))
def test_a_bar_is_as_long_as_its_share(share: float, width: int) -> None:
    """Within an eighth of a column, and never empty for what is not zero."""
    bar = tables._bar(share, width)

    assert abs(len(bar) - share * width) <= 1
    assert bool(bar) == (share > 0)


@pytest.mark.parametrize(
    ("arguments", "complaint", "hint"),
    [
        (["--since", "yesteday"], "'yesteday' is not a day", "rwcap cost --since 7d"),
        (["--until", "2026-13"], "'2026-13' is not a day", "rwcap cost --since 7d"),
        (
            ["--since", "2026-12", "--until", "2026-11"],
            "--until 2026-11-30 is before --since 2026-12-01",
            "rwcap cost --since 2026-11-30 --until 2026-12-01",
        ),
        (["--by", "weather"], "'weather' is not one of", "rwcap cost --help"),
        (["--csv"], "--csv needs --by", "rwcap cost --help"),
        (["--csv", "--json", "--by", "day"], "exclude each other", "cost --help"),
        (["--json", "balance"], "--json must follow balance", "balance --help"),
        (["--sandbox", "recover"], "--sandbox must follow recover", "--help"),
        (["balance", "--retries", "-1"], "--retries is -1", "cost balance --help"),
        (["estimate"], "no SOURCE given", "rwcap cost estimate --help"),
    ],
)
def test_invalid_options_are_refused(
    rwcap: Rwcap, arguments: list[str], complaint: str, hint: str
) -> None:
    """One error line, and a hint with a command."""
    result = rwcap.run("cost", *arguments)

    assert (result.status, result.out) == (2, "")
    assert complaint in result.err
    assert hint in result.err.splitlines()[-1]


@pytest.mark.parametrize(
    "setting", ["[budget]\nday = 'much'\n", "[budget\n", "x = 1\n"]
)
def test_broken_settings_stop_before_money_is_spent(
    connected: Rwcap, service: Service, album: Path, setting: str
) -> None:
    """No purchase uses other limits than the user set."""
    folder = connected.home / ".config/rwcap"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(setting)

    for command in (["caption", "p/1.jpg"], ["batch", "p"], ["cost"]):
        result = connected.run(*command)
        assert result.status == 78
        assert "config.toml: " in result.err
    assert service.requests == []


# The estimate.


def test_an_estimate_shows_what_a_batch_would_buy(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """With the same options; nothing is sent or written."""
    connected.run("batch", "p", "--limit", "3", "--write", "txt", "-q")
    (album / "9.jpg").write_text("no image")
    asked = len(service.requests)

    result = connected.run("cost", "estimate", "p", "--write", "txt")
    told = connected.run("cost", "estimate", "p", "--jsonl", "-q", "-p", "Why?")

    assert result.status == told.status == 3
    assert result.out == (
        "images                           9\n"
        "already done or duplicate        3\n"
        "unusable                         1\n"
        "to buy                           5\n"
        "expected                   $0.0075\n"
        "low (90 % interval)        $0.0044\n"
        "high                       $0.0106\n"
        "based on 3 earlier purchases\n"
    )
    assert "error: p/9.jpg: not an image" in result.err
    assert json.loads(told.out) == {
        "v": 1,
        "images": 9,
        "done": 0,
        "unusable": 1,
        "to_buy": 8,
        "expected_usd": "0.016800",
        "low_usd": "0.006984",
        "high_usd": "0.026616",
        "coverage": 0.9,
        "limit_left_usd": None,
        "purchases": 0,
        "sandbox": False,
    }
    assert len(service.requests) == asked


@pytest.mark.parametrize(
    "command", [["cost", "estimate", "p"], ["batch", "p", "--dry-run"]]
)
def test_an_estimate_has_a_line_for_each_bad_file_and_one_hint_for_each_kind(
    rwcap: Rwcap, tmp_path: Path, command: list[str]
) -> None:
    """As the run itself; a file without a hint does not hide that of another one."""
    draw.album(tmp_path / "p", "a.jpg", "a.png", "b.jpg", "b.png", "c.jpg")
    (tmp_path / "p/d.jpg").write_bytes(b"")
    (tmp_path / "p/e.jpg").write_bytes(b"")

    result = rwcap.run(*command, "--write", "txt")

    errors = [line for line in result.err.splitlines() if line.startswith("error: ")]
    assert result.status == 3
    assert [line.split(":")[1] for line in errors] == [
        f" p/{name}" for name in ("a.png", "b.png", "d.jpg", "e.jpg")
    ]
    assert result.err.count("hint: ") == 2
    assert f"{errors[0]}\nhint: rwcap batch --collide suffix keeps " in result.err


@pytest.mark.usefixtures("album")
@pytest.mark.parametrize(
    ("limit", "stops"),
    [("0.002", "would"), ("0.006", "would"), ("0.02", "could"), ("0.026", "")],
)
@pytest.mark.promises("estimates")
def test_an_estimate_says_where_a_limit_stops_the_run(
    rwcap: Rwcap, limit: str, stops: str
) -> None:
    """The interval is that of all captions, and of the last one what is reserved."""
    command = ("cost", "estimate", "p")
    dry = rwcap.run("batch", "p", "--dry-run", "--max-cost", limit)
    told = rwcap.run(*command, "--max-cost", limit, "--json")
    without = json.loads(rwcap.run(*command, "--json").out)

    amount = f"{float(limit):.4f}"
    line = (
        f"the limit of ${amount} per run leaves ${amount}: the run {stops} stop before"
        " it has bought all, with status 8\n"
    )
    assert (line in dry.err, line in told.err) == (bool(stops), bool(stops))
    assert json.loads(told.out) == without | {"limit_left_usd": f"{float(limit):.6f}"}


@pytest.mark.promises("estimates")
def test_an_estimate_counts_what_is_spent_of_a_limit(
    connected: Rwcap, album: Path
) -> None:
    """One caption needs as much as its reservation, which fields make higher."""
    daily = connected.with_environment(RWCAP_BUDGET_DAY="0.004")
    daily.run("caption", "p/1.jpg", "p/2.jpg")
    for name in ("3", "4", "5", "6", "7"):
        (album / f"{name}.jpg").unlink()

    left = daily.run("cost", "estimate", "p")
    done = daily.run("cost", "estimate", "p/1.jpg")
    fields = connected.run(
        "cost", "estimate", "p/8.jpg", "--fields", "title", "--max-cost", "0.0077"
    )

    assert "the limit of $0.0040 per day leaves $0.0014: the run would" in left.err
    assert "the limit" not in done.err
    assert "the limit of $0.0077 per run leaves $0.0077: the run would" in fields.err


@pytest.mark.promises("estimates")
def test_an_estimate_knows_what_a_run_reserves_after_a_dear_caption(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """As much as the dearest one, for each."""
    service.captions.append(faults.caption("Dear.", cost=0.01))
    connected.run("caption", "p/1.jpg", "-p", "Dear?")
    for name in ("3", "4", "5", "6", "7"):
        (album / f"{name}.jpg").unlink()
    command = ("p", "-p", "Cheap?", "--max-cost", "0.012")

    told = connected.run("cost", "estimate", *command)
    run = connected.run("batch", *command)

    assert "the run could stop before" in told.err
    assert run.status == 8


LOST = faults.reset(accepted=False)
"""What makes a purchase ambiguous, if it is not tried again."""


@pytest.mark.promises("estimates")
def test_what_may_have_been_charged_is_not_to_be_bought(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """Unless the run is to buy it again, as the run itself."""
    service.captions.extend([LOST] * 2)
    connected.run("batch", "p/1.jpg", "p/2.jpg", "--retries", "0")
    note = (
        "possibly charged: 2; the run asks for their text, and buys none of them again"
        " without --rebuy-ambiguous\n"
    )

    result = connected.run("cost", "estimate", "p")
    told = document(connected.run("cost", "estimate", "p", "--json"))
    dry = connected.run("batch", "p", "--dry-run")
    again = connected.run("cost", "estimate", "p", "--rebuy-ambiguous")
    run = connected.run("batch", "p", "--retries", "0", "-q")

    assert (
        "images                           8\n"
        "already done or duplicate        0\n"
        "unusable                         0\n"
        "possibly charged                 2\n"
        "to buy                           6\n"
    ) in result.out
    assert (told["images"], told["ambiguous"], told["to_buy"]) == (8, 2, 6)
    assert dry.out.split() == [f"p/{number}.jpg" for number in range(3, 9)]
    assert (note in result.err, note in dry.err, note in again.err) == (1, 1, 0)
    assert "possibly charged" not in again.out
    assert "to buy                           8\n" in again.out
    assert (result.status, dry.status, run.status) == (0, 0, 10)
    assert service.bills == 6


@pytest.mark.promises("estimates")
def test_a_pilot_asks_about_what_the_rest_buys(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """Captions that may have been charged are not among them."""
    service.captions.extend([LOST] * 2)
    connected.run("batch", "p/1.jpg", "p/2.jpg", "--retries", "0")

    result = connected.run("batch", "p", "--pilot", "2", "--yes", "--retries", "0")

    assert "\n4 more captions will cost $" in result.err
    assert (result.status, service.bills) == (10, 6)


@pytest.mark.promises("estimates")
def test_fields_that_may_have_been_charged_with_others_are_not_to_be_bought(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """Unless they are wanted anew, or with more."""
    service.captions.append(LOST)
    fields = ("p/1.jpg", "--retries", "0", "--fields")
    connected.run("batch", *fields, "title,alt")

    def planned(*command: str) -> list[int]:
        told = document(connected.run("cost", "estimate", *command, "--json"))
        return [told.get("ambiguous", 0), told["to_buy"]]

    assert planned(*fields, "alt") == planned(*fields, "title,alt") == [1, 0]
    assert planned(*fields, "alt", "--fresh") == [0, 1]
    assert planned(*fields, "alt,keywords") == planned("p/1.jpg") == [0, 1]


@pytest.mark.usefixtures("album")
@pytest.mark.parametrize(
    ("limit", "left"), [("0.01", "0.0022"), ("0.012", "0.0042"), ("0.03", None)]
)
@pytest.mark.promises("estimates", "limits")
def test_an_estimate_counts_what_is_reserved_of_a_limit(
    connected: Rwcap, service: Service, limit: str, left: str | None
) -> None:
    """Of ambiguous purchases, and of open ones, which the run may go on with."""
    service.captions.extend([LOST] * 2)
    connected.run("batch", "p/1.jpg", "p/2.jpg", "--retries", "0")
    service.captions.append(faults.hang(accepted=False))
    asked = len(service.requests)
    process = connected.start("caption", "p/3.jpg")
    wait_until(lambda: len(service.requests) > asked)
    process.kill()
    process.communicate()
    daily = connected.with_environment(RWCAP_BUDGET_DAY=limit)

    result = daily.run("cost", "estimate", "p", "--json")
    run = daily.run("batch", "p", "--retries", "0", "-q")

    told = document(result)
    assert told["to_buy"] == 6
    assert told["limit_left_usd"] == f"{float(limit) - 0.0078:.6f}"
    assert (f" per day leaves ${left}: the run could stop " in result.err) == bool(left)
    assert ("could exceed the limit" in run.err) == bool(left)


@pytest.mark.promises("offline")
def test_an_estimate_needs_no_key(rwcap: Rwcap, album: Path) -> None:
    """Nor a network."""
    result = rwcap.run("cost", "estimate", "p")

    assert result.status == 0
    assert result.out.endswith("based on the examples on the model's page\n")


def test_an_estimate_without_images_is_status_7(rwcap: Rwcap) -> None:
    """As for a batch."""
    (rwcap.home / "empty").mkdir()

    assert rwcap.run("cost", "estimate", "empty").status == 7


# Limits.


@pytest.mark.promises("limits")
def test_a_batch_stops_at_its_limit(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """It shows what is left; a higher limit continues."""
    first = connected.run("batch", "p", "--write", "txt", "--max-cost", "0.0060")
    second = connected.run("batch", "p", "--write", "txt", "--max-cost", "$1")

    assert (first.status, second.status) == (8, 0)
    assert (
        "error: stopped at $0.0039: the next caption (up to $0.0026) could exceed"
        in first.err
    )
    assert "stopped: a spending limit is reached\n" in first.err
    assert "not done yet: 5\n" in first.err
    assert "spent: $0.0039\n" in first.err
    assert "continue with: rwcap batch p --write txt --max-cost 0.0060\n" in first.err
    assert service.bills == 8


@pytest.mark.usefixtures("album")
@pytest.mark.parametrize(
    ("concurrency", "options"), [(1, ()), (2, ("--fields", "title"))]
)
@pytest.mark.promises("limits")
def test_a_higher_price_applies_to_what_is_reserved_and_not_sent(
    connected: Rwcap,
    service: Service,
    concurrency: int,
    options: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only the requests in flight exceed the limit by the difference."""
    reply = faults.caption('{"title": "A harbour"}', cost=0.05)
    monkeypatch.setattr(service, "serve", reply)
    command = ("batch", "p", "-c", str(concurrency), *options)

    run = connected.run(*command, "--max-cost", "0.04")
    daily = connected.with_environment(RWCAP_BUDGET_DAY="0.07").run(*command)

    assert (run.status, daily.status) == (8, 8)
    assert 1 <= service.bills <= concurrency
    statement = json.loads(connected.run("cost", "--json").out)["total"]
    assert (statement["under_way"], statement["captions"]) == (0, service.bills)


@pytest.mark.usefixtures("album")
@pytest.mark.promises("limits")
def test_an_absurd_price_counts_in_limits_and_is_not_expected_again(
    connected: Rwcap, service: Service
) -> None:
    """A price of five dollars ends the run; the next one can have a limit of cents."""
    service.captions.append(faults.caption("A harbour.", cost=5))
    command = ("batch", "p", "-c", "1", "--write", "txt", "--max-cost", "0.05")

    first, second = connected.run(*command), connected.run(*command)

    assert (first.status, second.status) == (8, 0)
    assert "\nspent: $5.0000\n" in first.err
    assert service.bills == 8


@pytest.mark.promises("limits")
def test_the_daily_limit_applies_to_all_commands(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """`caption` stops, too, and reports each image that it did not try."""
    limited = connected.with_environment(RWCAP_BUDGET_DAY="0.004")

    one = limited.run("caption", "p/1.jpg", "p/2.jpg", "p/3.jpg", "p/4.jpg")
    other = limited.run("batch", "p")
    free = limited.run("caption", "p/1.jpg")
    raised = limited.run("caption", "p/8.jpg", "--json", "--max-cost", "0.001")

    assert (one.status, other.status, free.status) == (8, 8, 0)
    assert len(one.out.splitlines()) == len(other.out.splitlines()) == 2
    assert (
        "error: stopped at $0.0026: the next caption (up to $0.0026) could exceed"
        in one.err
    )
    assert "hint: run the same command again tomorrow" in one.err
    assert "1 of 4 not tried" in one.err
    record = json.loads(raised.out)
    assert raised.status == 8
    assert record["error"]["kind"] == "budget"
    assert record["task_uuid"] is None
    assert service.bills == 2


@pytest.mark.parametrize("amount", ["-1", "one", "0.0000001", ""])
def test_a_limit_that_is_not_an_amount_is_refused(rwcap: Rwcap, amount: str) -> None:
    """It is not guessed."""
    result = rwcap.run("batch", "p", "--max-cost", amount)

    assert result.status == 2
    assert "is not an amount in dollars; example: 0.50" in result.err


def test_a_report_of_a_run_that_was_limited(connected: Rwcap, album: Path) -> None:
    """The report has the exit status."""
    connected.run("batch", "p", "--max-cost", "0.003", "--report", "r.json", "-q")

    report = json.loads((connected.home / "r.json").read_text())
    assert (report["exit_status"], report["spent_usd"]) == (8, "0.001300")


# The pilot.


@pytest.mark.promises("limits")
def test_a_pilot_sharpens_the_estimate_and_stops(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """Without a terminal, it prints the command that continues."""
    result = connected.run("batch", "p", "--pilot", "3", "--write", "txt")

    assert result.status == 8
    assert service.bills == len([*album.glob("*.txt")]) == 3
    assert (
        "5 more captions will cost $0.0075 (90 %: $0.0044 to $0.0106),"
        " based on 3 earlier purchases\n"
        "stopped: only the pilot was bought\n"
    ) in result.err
    assert ("continue with: rwcap batch p --pilot 3 --write txt --yes\n") in result.err


def test_a_confirmed_pilot_continues(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """It is one run: each image once, one summary."""
    result = connected.run("batch", "p", "--pilot", "3", "--yes", "--jsonl")

    records = [json.loads(line) for line in result.out.splitlines()]
    assert result.status == 0
    assert sorted(record["source"] for record in records) == [
        f"p/{number}.jpg" for number in range(1, 9)
    ]
    assert {record["status"] for record in records} == {"ok"}
    assert result.err.count("spent: $0.0104") == 1
    assert service.bills == 8


@pytest.mark.parametrize(("typed", "bills"), [(b"y\n", 8), (b"n\n", 2), (b"\n", 2)])
def test_a_pilot_asks_at_a_terminal(
    connected: Rwcap, service: Service, album: Path, typed: bytes, bills: int
) -> None:
    """Every reply but yes means no."""
    asked = connected.on_terminal(
        *("batch", "p", "--pilot", "2", "--write", "txt"), typed=typed
    )

    assert service.bills == bills
    assert asked.status == (0 if bills == 8 else 8)
    assert "more captions?" in visible(asked.err)


def test_ctrl_c_is_no_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It ends the line, and then the run."""

    class Terminal:
        def isatty(self) -> bool:
            return True

        def readline(self) -> str:
            raise Interrupted(ExitStatus.INTERRUPTED)

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)

    with pytest.raises(Interrupted):
        messages.confirm("buy 5 more captions?")

    assert capsys.readouterr().err == "buy 5 more captions? [y/N] \n"


@pytest.mark.promises("limits")
def test_no_input_means_no_question(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """The pilot stops without asking."""
    screen = connected.on_terminal("batch", "p", "--pilot", "2", "--no-input")

    assert screen.status == 8
    assert "[y/N]" not in screen.err
    assert service.bills == 2


def test_a_pilot_chooses_among_what_is_to_be_bought(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """Captioned images are left out; if few remain, all are bought."""
    connected.run("batch", "p", "--limit", "6", "-q")

    result = connected.run("batch", "p", "--pilot", "5", "--write", "txt")

    assert result.status == 0
    assert service.bills == len([*album.glob("*.txt")]) == 8


@pytest.mark.parametrize("limit", [3, 5])
@pytest.mark.promises("limits")
def test_a_pilot_is_within_the_limit(
    connected: Rwcap, service: Service, album: Path, limit: int
) -> None:
    """Its costs count towards the limit."""
    result = connected.run(
        *("batch", "p", "--pilot", "3", "--yes", "--limit", str(limit))
    )

    assert (result.status, service.bills) == (0, limit)


def test_a_pilot_needs_sources_that_can_be_read_twice(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """A list on standard input cannot."""
    result = connected.run("batch", "--files-from", "-", "--pilot", "3", stdin=b"p\n")

    assert result.status == 2
    assert "--pilot reads the sources twice" in result.err
    assert service.requests == []


def test_a_pilot_that_fails_asks_nothing(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """The other images would fail, too."""
    service.otherwise = faults.status(402, "insufficientCredits")

    result = connected.run("batch", "p", "--pilot", "2", "--yes", "-c", "1")

    assert result.status == 5
    assert len(service.requests) == 1


@pytest.mark.promises("limits")
def test_a_pilot_that_buys_nothing_ends_the_run(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """Without an estimate, a question, or a command that would end in the same way."""
    service.otherwise = faults.status(400, "invalidPrompt")

    result = connected.run("batch", "p", "--pilot", "2", "--yes", "-c", "1")

    assert result.status == 1
    assert "the pilot bought no caption, so the run ends\n" in result.err
    assert "continue with" not in result.err
    assert "only the pilot was bought" not in result.err
    assert len(service.requests) == 2


def test_a_pilot_distinguishes_rows_with_the_same_image(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """Each row has its own prompt and its own record."""
    rows = "".join(f"p/1.jpg,What {word}?\n" for word in ("now", "then", "else"))
    (connected.home / "m.csv").write_text(f"image,prompt\n{rows}p/2.jpg,Who?\n")

    result = connected.run("batch", "m.csv", "--pilot", "1", "--yes", "--jsonl")

    prompts = [json.loads(line)["prompt"] for line in result.out.splitlines()]
    assert result.status == 0
    assert sorted(prompts) == ["What else?", "What now?", "What then?", "Who?"]
    assert service.bills == 4


def test_a_pilot_writes_free_captions_too(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """Also with a limit that is not reached."""
    connected.run("batch", "p", "--limit", "3", "-q")

    result = connected.run(
        *("batch", "p", "--pilot", "5", "--yes", "--limit", "10", "--write", "txt")
    )

    assert (result.status, service.bills) == (0, 8)
    assert len([*album.glob("*.txt")]) == 8


def test_a_pilot_predicts_rows_with_other_prompts(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """The rows of a table are similar."""
    rows = "".join(f"p/{number}.jpg,word{number}\n" for number in range(1, 9))
    (connected.home / "m.csv").write_text(f"image,word\n{rows}")

    result = connected.run("batch", "m.csv", "-p", "What {word}?", "--pilot", "6")

    told = (
        "2 more captions will cost $0.0028 (90 %: $0.0016 to $0.0040),"
        " based on 6 earlier purchases"
    )
    assert told in result.err


def test_limits_count_the_pilot(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """The pilot uses up a part of each limit."""
    service.captions.extend(
        [faults.plainly, *[faults.status(400, "invalidInputsImage")] * 2]
    )

    result = connected.run(
        *("batch", "p", "--pilot", "2", "--yes", "--max-errors", "2", "-c", "1")
    )

    assert result.status == 3
    assert len(service.requests) == 3
    assert "--max-errors is reached" in result.err


def test_the_command_that_continues_can_be_typed(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """It has the same prompt, so nothing is bought again."""
    prompt = "Line one\nLine 'two' \u2028 caf\u00e9"
    first = connected.run("batch", "p", "--max-cost", "0.004", "-p", prompt)
    (command,) = re.findall("^continue with: (.*)$", first.err, re.MULTILINE)

    second = connected.shell(f"{command} --jsonl")

    records = [json.loads(line) for line in second.out.splitlines()]
    assert {record["prompt"] for record in records} == {prompt}
    assert [record["status"] for record in records].count("cached") == 2
    assert service.bills == 4


@pytest.mark.promises("limits")
def test_the_command_that_continues_has_the_limit_of_the_environment(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """It is copied to a shell without it, from the mail of cron."""
    order = ["batch", "p", "--write", "txt"]
    first = connected.with_environment(RWCAP_BUDGET_DAY="0.004").run(*order)
    (command,) = re.findall("^continue with: (.*)$", first.err, re.MULTILINE)
    bills = service.bills

    second = connected.shell(command)

    assert command == "RWCAP_BUDGET_DAY=0.004 rwcap batch p --write txt"
    assert (first.status, second.status) == (8, 8)
    assert service.bills == bills


# The account.


@pytest.mark.promises("free")
def test_the_balance_is_that_of_the_service(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """For people and for programs, free of charge."""
    connected.run("caption", "p/1.jpg", "-q")

    result = connected.run("cost", "balance")
    told = document(connected.run("cost", "balance", "--json"))

    assert result.out == (
        "sandbox           requests\nbalance  $9.9987\ntotal    $0.0013         1\n"
    )
    assert told == {
        "v": 1,
        "organization": "sandbox",
        "balance_usd": "9.998700",
        "usage": {"total": {"spent_usd": "0.001300", "requests": 1}},
        "sandbox": False,
    }
    assert service.bills == 1


def test_an_unreported_balance_is_not_zero(connected: Rwcap, service: Service) -> None:
    """It is unknown."""
    service.queries.extend(
        [faults.answer(lambda envelope: envelope["data"][0].update(balance="?"))] * 2
    )

    result = connected.run("cost", "balance")
    told = document(connected.run("cost", "balance", "--json"))

    assert "balance  unknown" in result.out
    assert told["balance_usd"] is None


def test_without_a_key_the_service_is_not_queried(rwcap: Rwcap) -> None:
    """The hint says how to store a key."""
    for command in ("balance", "reconcile"):
        result = rwcap.run("cost", command)
        assert result.status == 4
        assert "hint: rwcap config set-key" in result.err


def test_an_unreachable_service_is_reported(rwcap: Rwcap) -> None:
    """After the last retry."""
    away = rwcap.with_environment(
        RWCAP_API_KEY="k" * 20, RWCAP_API_URL="http://127.0.0.1:1/v1"
    )

    for command in ("balance", "reconcile"):
        result = away.run("cost", command, "--retries", "0")
        assert result.status == 6
        assert (
            "error: cannot connect to 127.0.0.1:1: Connection refused\n" in result.err
        )


@pytest.mark.promises("reports", "statuses")
def test_account_and_ledger_are_compared(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """Differences are shown with possible reasons."""
    connected.run("batch", "p", "-q", "--limit", "3")

    same = connected.run("cost", "reconcile")
    with database(connected) as ledger:
        ledger.execute("DELETE FROM purchase WHERE id = 3")
        ledger.execute(
            "UPDATE purchase SET state = 'ambiguous', text = NULL, cost = NULL"
            " WHERE id = 2"
        )
    other = connected.run("cost", "reconcile", "--since", "today")
    told = json.loads(connected.run("cost", "reconcile", "--json").out)

    assert (same.status, other.status) == (0, 1)
    assert re.search(r"\d  \$0.0039  \$0.0039           -\ntotal", same.out)
    assert "account and ledger agree" in same.err
    assert re.search(r"\d  \$0.0039  \$0.0013    \+\$0.0026\ntotal", other.out)
    assert "open or ambiguous: 1 (rwcap cost recover)" in other.err
    assert "the account reports only daily sums" in other.err
    connected.run("cost", "recover")
    settled = connected.run("cost", "reconcile")

    assert settled.status == 1
    assert "open or ambiguous" not in settled.err
    assert (told["agree"], told["unsettled"]) == (False, 1)
    assert told["days"][0]["difference_usd"] == "0.002600"
    assert told["account_usd"] == "0.003900"


def test_an_empty_ledger_differs_from_the_account(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """As on another machine, or if the only purchase is ambiguous."""
    service.captions.append(faults.reset(accepted=True))
    service.queries.extend([faults.status(503)] * 2)
    connected.run("caption", "p/1.jpg", "--retries", "0")
    other = connected.with_environment(XDG_DATA_HOME=str(connected.home / "other"))

    here, there = connected.run("cost", "reconcile"), other.run("cost", "reconcile")

    assert (here.status, there.status) == (1, 1)
    assert "+$0.0013" in here.out
    assert "+$0.0013" in there.out
    assert "open or ambiguous: 1 (rwcap cost recover)" in here.err


@pytest.mark.parametrize(
    ("days", "complaint"),
    [
        (["--since", "2099-01-01"], "--since 2099-01-01 is after --until"),
        (["--until", "0001-01-05"], "cannot connect"),
        (["--since", "2000-01-01"], "more than a year cannot be compared at once"),
        (["--since", "x"], "'x' is not a day"),
    ],
)
def test_days_that_cannot_be_compared_are_refused(
    rwcap: Rwcap, days: list[str], complaint: str
) -> None:
    """Nothing is sent."""
    away = rwcap.with_environment(
        RWCAP_API_KEY="k" * 20, RWCAP_API_URL="http://127.0.0.1:1/v1"
    )

    result = away.run("cost", "reconcile", *days, "--retries", "0")

    assert result.status == (6 if "connect" in complaint else 2)
    assert complaint in result.err


def test_unknown_costs_are_shown(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """They explain the difference."""
    connected.run("caption", "p/1.jpg", "-q", "--no-include-cost")

    result = connected.run("cost", "reconcile")

    assert result.status == 1
    assert "captions of unknown cost: 1" in result.err


def test_other_models_are_not_compared(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """They are listed, because they belong to the same account."""
    connected.run("caption", "p/1.jpg", "-q")
    service.queries.append(
        faults.answer(
            lambda envelope: envelope["data"][0]["activity"].append(
                {"date": "2026-11-20", "model": "runware:101@1", "spend": 2.5}
            )
        )
    )

    result = connected.run("cost", "reconcile")

    assert result.status == 0
    assert "other models, not compared: $2.5000" in result.err


# Recovery.


@pytest.mark.promises("once", "errors", "texts")
def test_recovery_settles_ambiguous_purchases(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """It buys nothing, and the caption is free afterwards."""
    service.captions.append(faults.reset(accepted=True))
    service.queries.extend([faults.status(503)] * 2)
    lost = connected.run("caption", "p/1.jpg", "--retries", "0")

    result = connected.run("cost", "recover")
    again = connected.run("cost", "recover", "--json")
    found = connected.run("caption", "p/1.jpg", "--json")

    assert (lost.status, result.status, again.status) == (10, 0, 0)
    assert result.out == "recovered  1  $0.0013\n"
    assert document(again)["found"] == 0
    assert document(found)["status"] == "cached"
    assert service.bills == 1


@pytest.mark.promises("errors", "statuses")
def test_purchases_that_stay_ambiguous_are_reported(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """The exit status is 10."""
    service.captions.append(faults.reset(accepted=False))
    lost = connected.run("caption", "p/1.jpg", "--retries", "0")

    result = connected.run("cost", "recover")
    statement = connected.run("cost")

    assert (lost.status, result.status) == (10, 10)
    assert result.out == "still ambiguous  1  may be charged\n"
    assert "open or ambiguous  1  $0.0026\n" in statement.out


@pytest.mark.promises("limits")
def test_a_purchase_unknown_to_the_service_uses_up_no_limit(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """Ten minutes later: until then, a queue of the service may still hold it."""
    limited = connected.with_environment(RWCAP_BUDGET_DAY="0.0027")
    service.captions.append(faults.hang(accepted=False))
    process = limited.start("caption", "p/1.jpg")
    wait_until(lambda: service.requests)
    process.kill()
    process.communicate()
    early = limited.run("cost", "recover")
    before = limited.run("cost").out
    refused = limited.run("caption", "p/2.jpg")

    with database(limited) as ledger:
        ledger.execute("UPDATE purchase SET opened = '2026-01-01T00:00:00.000Z'")
    recovered = limited.run("cost", "recover")
    after = limited.run("cost").out
    bought = limited.run("caption", "p/2.jpg")

    assert "open or ambiguous  1  $0.0026\n" in before
    assert "day     $0.0027  $0.0026\n" in before
    assert (early.status, refused.status) == (0, 8)
    assert (recovered.status, bought.status) == (0, 0)
    assert "unknown to the service, not charged  1" in after
    assert "open or ambiguous" not in after
    assert "day     $0.0027  $0.0000\n" in after


def test_recovery_without_open_purchases_sends_nothing(rwcap: Rwcap) -> None:
    """It needs no key."""
    result = rwcap.run("cost", "recover")

    assert (result.status, result.out) == (0, "no purchase is open or ambiguous\n")


def test_recovery_reports_an_unreachable_service(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """After the results that it has."""
    service.captions.append(faults.reset(accepted=True))
    service.queries.extend([faults.status(503)] * 2)
    connected.run("caption", "p/1.jpg", "--retries", "0")
    service.queries.extend([faults.status(503)] * 4)

    result = connected.run("cost", "recover")
    told = connected.run("cost", "recover", "--json")

    assert result.status == told.status == 6
    assert result.out == "not checked  1\n"
    assert json.loads(told.out)["not_asked"] == 1
    assert "error: Runware is too busy" in result.err


# A cron job, as the README has it.


@pytest.mark.promises("limits")
def test_the_cron_line_of_the_readme_holds_its_limit(
    connected: Rwcap, service: Service, album: Path
) -> None:
    """Each night it buys up to the daily limit."""
    readme = Path(__file__).parent.parent.parent / "README.md"
    lines = re.findall(
        r"^\d+ \d+ \* \* \* (.*)$", readme.read_text("utf-8"), re.MULTILINE
    )
    (line,) = [line for line in lines if "RWCAP_BUDGET_DAY" in line]
    album.rename(connected.home / "photos")
    command = line.replace("DAY=1 ~/.local/bin/rwcap", "DAY=0.005 rwcap")
    nights = []
    for _ in range(5):
        nights.append(connected.shell(command).status)
        with database(connected) as ledger:  # a day goes by
            ledger.execute("UPDATE day SET day = date(day, '-1 day')")
            ledger.execute("UPDATE purchase SET day = date(day, '-1 day')")

    assert command != line
    assert nights == [8, 8, 8, 0, 0]
    assert service.bills == 8
    assert len([*(connected.home / "photos").glob("*.txt")]) == 8


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "UTC+25", " ", "/", "<>-1"])
def test_a_statement_names_the_time_zone_of_its_days(rwcap: Rwcap, zone: str) -> None:
    """Also one that is a whole day away, and one without a name."""
    rwcap.run("caption", "--sandbox", str(draw.FOLDER / "harbour.jpg"))

    result = rwcap.with_environment(TZ=zone).run("cost", "--sandbox", "--by", "day")

    assert result.status == 0, result.err
    assert "UTC" in result.out + result.err
