"""`rwcap config doctor`: whether everything is in place."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import certifi
import pytest

from rwcap.api import network
from rwcap.ledger.database.access import RESCUE
from rwcap.ledger.database.audit import audit, unfinished_folders
from rwcap.settings import machine
from tests import draw
from tests import service as faults
from tests.process import Rwcap, visible
from tests.service import Service

PHOTO = str(draw.FOLDER / "harbour.jpg")


def findings(rwcap: Rwcap, *arguments: str, status: int = 0) -> dict[str, Any]:
    """Return what is told by topic."""
    result = rwcap.run("config", "doctor", "--json", *arguments)
    assert (result.status, result.err) == (status, "")
    return {it["topic"]: it for it in json.loads(result.out)["findings"]}


@pytest.mark.promises("offline")
def test_it_works_without_key_and_network(rwcap: Rwcap) -> None:
    """It creates nothing and spends nothing; a missing key is a warning."""
    result = rwcap.run("config", "doctor", "--offline")

    lines = result.out.splitlines()
    assert (result.status, result.err) == (0, "")
    assert "warning  key              no API key" in lines
    assert "         -> rwcap config set-key (a key from runware.ai;" in result.out
    unused = "no network was used, so it was not"
    assert f"skipped  service          {unused} queried" in lines
    assert f"skipped  clock            {unused} compared" in lines
    assert (
        "skipped  ledger           there is no ledger, because nothing was bought yet"
        in lines
    )
    assert "ok       proxy" not in result.out
    assert list(rwcap.home.iterdir()) == []


def test_a_caption_without_a_key_is_no_purchase(rwcap: Rwcap) -> None:
    """Nothing was sent, so the ledger has no row for the attempt."""
    assert rwcap.run("caption", PHOTO).status == 4

    result = rwcap.run("config", "doctor", "--offline")

    assert "ledger: 0 purchases; file and totals are correct" in result.out


@pytest.mark.promises("free")
def test_its_queries_are_free(connected: Rwcap, service: Service) -> None:
    """It checks key, balance, clock and ledger."""
    connected.run("caption", PHOTO)

    told = findings(connected)

    assert told["key"]["told"].endswith(" of RWCAP_API_KEY")
    assert told["service"]["told"] == "reachable, and accepts the key"
    assert told["balance"]["told"] == "$9.9987"
    assert told["clock"]["told"] == "agrees with the clock of the service"
    assert told["ledger"]["told"].endswith("1 purchase; file and totals are correct")
    assert service.bills == 1


def test_a_service_that_refuses_the_key_is_reachable(
    rwcap: Rwcap, service: Service
) -> None:
    """A refused key is a problem; a missing one is not."""
    address = rwcap.with_environment(RWCAP_API_URL=service.url)
    service.queries.extend([faults.status(401, "invalidApiKey")] * 2)

    without = findings(address)
    refused = findings(address.with_environment(RWCAP_API_KEY="x" * 20), status=1)

    assert service.headers[0]["Authorization"] == "Bearer none"
    assert without["service"] == {
        "topic": "service",
        "grade": "ok",
        "told": "reachable",
        "advice": None,
    }
    assert refused["account"]["grade"] == "problem"
    assert (
        refused["account"]["advice"] == "unset RWCAP_API_KEY (or correct the key in it)"
    )


def test_an_unreachable_service_is_reported_without_retries(rwcap: Rwcap) -> None:
    """With a hint; the other checks run."""
    told = findings(
        rwcap.with_environment(RWCAP_API_URL="http://127.0.0.1:1/"), status=1
    )

    assert told["service"]["told"].startswith("cannot connect to 127.0.0.1:1")
    assert told["clock"]["told"].endswith("the clock was not compared")
    assert "ledger" in told


@pytest.mark.promises("statuses")
def test_broken_settings_are_reported_and_the_other_checks_run(rwcap: Rwcap) -> None:
    """The service is not queried, because settings choose it."""
    folder = rwcap.home / ".config/rwcap"
    folder.mkdir(mode=0o700, parents=True)
    (folder / "config.toml").write_text("tiemout = 3\n")
    (folder / "credentials.toml").write_text('api_key = "some-key"\n')
    (folder / "credentials.toml").chmod(0o644)
    odd = rwcap.with_environment(RWCAP_TIMOUT="3", HTTPS_PROXY="ftp://me:pw@proxy:1")

    told = findings(odd, status=1)

    assert told["settings"]["grade"] == "problem"
    assert told["settings"]["advice"] == "did you mean timeout?"
    assert told["environment"]["advice"] == "did you mean RWCAP_TIMEOUT?"
    assert told["key"]["advice"] == f"chmod 600 {folder}/credentials.toml"
    assert told["proxy"]["told"] == "HTTPS_PROXY: ftp://proxy:1"
    assert told["network"]["grade"] == "problem"


def test_the_origins_of_settings_are_shown(rwcap: Rwcap) -> None:
    """Also those of a profile."""
    folder = rwcap.home / ".config/rwcap"
    folder.mkdir(mode=0o700, parents=True)
    (folder / "config.toml").write_text(
        'api_url = "http://127.0.0.1:1"\n[profiles.web]\nretries = 1\n'
    )
    variable = rwcap.with_environment(RWCAP_PROFILE="web", SSL_CERT_FILE="")

    told = findings(variable, "--offline")
    unknown = findings(rwcap, "--offline", "--profile", "wbe", status=1)

    path = folder / "config.toml"
    assert told["settings"]["told"].startswith(f"from {path}, ")
    assert f"{path} [profiles.web]" in told["settings"]["told"]
    assert told["certificates"]["told"] == "bundled with rwcap"
    assert unknown["settings"]["advice"] == "did you mean web?"


def test_a_missing_home_folder_is_reported(rwcap: Rwcap) -> None:
    """No other check can run."""
    told = findings(rwcap.with_environment(HOME="nowhere"), status=1)

    assert told["folders"]["told"] == "the home folder is unknown"
    assert "ledger" not in told


def test_missing_certificates_are_a_problem(rwcap: Rwcap) -> None:
    """No request could be sent."""
    told = findings(rwcap.with_environment(SSL_CERT_FILE="/missing.pem"), status=1)

    assert told["network"]["advice"] == "check SSL_CERT_FILE"


def test_leftovers_of_killed_runs_are_named(rwcap: Rwcap) -> None:
    """In the current folder, in folders of unfinished runs, and among settings."""
    photos, config = rwcap.home / "p", rwcap.home / ".config/rwcap"
    draw.album(photos, "1.jpg")
    rwcap.run("batch", "p", "--sandbox", "--write", "txt")
    ledger = rwcap.home / ".local/share/rwcap/sandbox/ledger.sqlite3"
    config.mkdir(parents=True, mode=0o700)
    for folder in (rwcap.home, photos):
        (folder / ".rwcap-0123456789abcdef").touch()
    (config / ".rwcap-settings-0123456789abcdef").touch()

    finished = findings(rwcap, "--offline")["temporary files"]
    with closing(sqlite3.connect(ledger)) as database:
        database.execute("UPDATE run SET ended = NULL")
        database.commit()
    killed = findings(rwcap, "--offline")["temporary files"]

    assert finished["told"] == f"2 left by killed runs in {rwcap.home}, {config}"
    assert killed["grade"] == "warning"
    assert killed["told"] == (
        f"3 left by killed runs in {rwcap.home}, {photos}, {config}"
    )
    assert (photos / ".rwcap-0123456789abcdef").exists()


def test_it_works_in_a_folder_that_was_removed(rwcap: Rwcap) -> None:
    """As in a shell whose folder another process removed."""
    command = "rwcap config doctor --offline"

    result = rwcap.shell(f"mkdir gone && cd gone && rmdir ../gone && {command}")

    assert (result.status, result.err) == (0, "")
    assert "none left by killed runs (1 folder)" in result.out


def test_problems_come_first_on_a_terminal(rwcap: Rwcap) -> None:
    """A problem is recognizable without colour."""
    result = rwcap.on_terminal("config", "doctor", "--offline", columns=100)

    lines = visible(result.out).splitlines()
    assert lines[0] == "warning  key              no API key"
    assert lines[1].strip().startswith("-> rwcap config set-key")
    assert any("terminal         xterm-256color, 100 columns" in line for line in lines)
    assert lines[-1].startswith("skipped")
    assert "\x1b[" in result.out


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_a_terminal_of_any_width_shows_whole_words(rwcap: Rwcap, columns: int) -> None:
    """Where columns have no room, a message is under its topic."""
    result = rwcap.on_terminal("config", "doctor", "--offline", columns=columns)

    lines = visible(result.out).splitlines()
    words = set(" ".join(lines).split())
    assert max(map(len, lines)) <= columns
    assert {"set-key", "queried", "compared", "(standard"} <= words
    assert ("warning  key" in lines) == (columns == 40)


@pytest.fixture
def ledger(rwcap: Rwcap) -> Path:
    """Return a ledger with two purchases."""
    draw.album(rwcap.home / "p", "1.jpg", "2.jpg")
    rwcap.run("batch", "p", "--sandbox", "-q")
    return rwcap.home / ".local/share/rwcap/sandbox/ledger.sqlite3"


def test_an_intact_ledger_has_no_problems(ledger: Path) -> None:
    """The check does not change it."""
    found = audit(ledger)

    assert (found.problems, found.purchases, found.ambiguous) == ((), 2, 0)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("UPDATE total SET wasted = 9", "wrong totals for all purchases"),
        ("DELETE FROM total", "wrong totals for all purchases"),
        ("UPDATE day SET spent = spent + 1", "wrong totals for 1 day"),
        ("DELETE FROM day", "wrong totals for 1 day"),
        ("INSERT INTO day VALUES ('2020-02-02', 9)", "wrong totals for 1 day"),
        ("UPDATE run SET spent = 0", "wrong totals for 1 run"),
        ("UPDATE request SET total = 0", "wrong totals for 1 request"),
        ("UPDATE request SET squares = 0", "wrong totals for all purchases"),
        ("UPDATE purchase SET request = 99", "rows that refer to missing rows: 2"),
        ("PRAGMA application_id = 1", "a database, but not an rwcap ledger"),
        ("PRAGMA user_version = 99", "written by a newer rwcap"),
    ],
)
def test_wrong_totals_are_reported(ledger: Path, change: str, complaint: str) -> None:
    """Every total is checked."""
    with closing(sqlite3.connect(ledger)) as database:
        database.execute(change)
        database.commit()

    assert complaint in "; ".join(audit(ledger).problems)


def test_an_older_ledger_is_checked(ledger: Path) -> None:
    """It is not migrated; ambiguous purchases are counted."""
    with closing(sqlite3.connect(ledger)) as database:
        database.execute("PRAGMA user_version = 1")
        database.execute("UPDATE day SET spent = 0")
        database.execute(
            "UPDATE purchase SET state = 'ambiguous', text = NULL WHERE id = 1"
        )
        database.commit()

    found = audit(ledger)

    assert (found.problems, found.ambiguous) == ((), 1)


def test_a_damaged_ledger_is_reported(rwcap: Rwcap, ledger: Path) -> None:
    """Damage in the middle, and from the first byte on."""
    content = bytearray(ledger.read_bytes())
    content[4096:12288] = b"x" * 8192
    ledger.write_bytes(content)
    damaged = audit(ledger)
    ledger.write_bytes(b"x" * 5000)

    told = findings(rwcap, "--offline", status=1)

    assert damaged.problems
    assert "file is not a database" in told["ledger"]["told"]
    assert told["ledger"]["advice"] == RESCUE


@pytest.mark.promises("damage")
def test_damage_within_a_table_is_reported(ledger: Path) -> None:
    """SQLite opens such a file, and fails only when it reads the page."""
    with closing(sqlite3.connect(ledger)) as database:
        (root,) = database.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'output'"
        ).fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
    content = bytearray(ledger.read_bytes())
    content[(root - 1) * size : (root - 1) * size + 8] = b"\0" * 8
    ledger.write_bytes(content)

    found = audit(ledger)

    assert len(found.problems) >= 1
    assert found.purchases == 0


def test_an_index_without_its_entries_is_reported(ledger: Path) -> None:
    """Purchases that are not found by their image would be made again."""
    of_index = "FROM sqlite_schema WHERE name = 'purchase_of_image'"
    with closing(sqlite3.connect(ledger)) as database:
        index = database.execute(f"SELECT * {of_index}").fetchone()
        database.execute("PRAGMA writable_schema = ON")
        database.execute(f"DELETE {of_index}")
        database.commit()
    with closing(sqlite3.connect(ledger)) as database:  # which knows no such index
        database.execute("DELETE FROM purchase WHERE id = 1")
        database.execute("PRAGMA writable_schema = ON")
        database.execute("INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)", index)
        database.commit()

    assert audit(ledger).problems == ("wrong # of entries in index purchase_of_image",)


def test_another_database_is_reported(tmp_path: Path) -> None:
    """It has no tables of purchases."""
    path = tmp_path / "ledger.sqlite3"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE other (value)")

    assert audit(path).problems == ("a database, but not an rwcap ledger",)


def test_an_invalid_row_is_reported(ledger: Path) -> None:
    """SQLite checks the constraints of each column."""
    with closing(sqlite3.connect(ledger)) as database:
        database.execute("PRAGMA ignore_check_constraints = ON")
        database.execute("UPDATE purchase SET state = 'odd'")
        database.commit()

    assert audit(ledger).problems == ("CHECK constraint failed in purchase",)


def test_folders_of_unfinished_runs_are_listed_up_to_a_limit(
    rwcap: Rwcap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unreadable ledger lists none."""
    folders = [rwcap.home / name for name in ("p", "q")]
    draw.album(rwcap.home, "p/1.jpg", "q/2.jpg")
    rwcap.run("batch", "p", "q", "--sandbox", "--write", "txt")
    ledger = rwcap.home / ".local/share/rwcap/sandbox/ledger.sqlite3"
    with closing(sqlite3.connect(ledger)) as database:
        database.execute("UPDATE run SET ended = NULL")
        database.commit()

    every = unfinished_folders(ledger)
    monkeypatch.setattr("rwcap.ledger.database.audit._MAX_FOLDERS", 1)

    assert sorted(every) == [str(folder) for folder in folders]
    assert len(unfinished_folders(ledger)) == 1
    assert unfinished_folders(rwcap.home / "p/1.jpg") == []


def test_the_variable_for_certificates_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its certificates replace the default ones."""
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())

    told = network.describe_certificates({"SSL_CERT_FILE": certifi.where()})

    assert told == f"SSL_CERT_FILE: {certifi.where()}"


def test_folders_are_checked_without_being_created(tmp_path: Path) -> None:
    """The nearest existing parent shows whether they can be created."""
    (tmp_path / "file").write_text("")

    there = machine.folder_status(tmp_path)
    missing = machine.folder_status(tmp_path / "a/b")
    blocked = machine.folder_status(tmp_path / "file/b")
    file = machine.folder_status(tmp_path / "file")

    assert (there.exists, there.writable) == (True, True)
    assert (missing.exists, missing.mode, missing.writable) == (False, None, True)
    assert (blocked.exists, blocked.writable) == (False, False)
    assert (file.exists, file.writable) == (False, False)
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({}, None),
        ({"all_proxy": "proxy:8080"}, "all_proxy: http://proxy:8080"),
        ({"HTTPS_PROXY": "http://a:b@proxy"}, "HTTPS_PROXY: http://proxy"),
        (
            {"HTTPS_PROXY": "http://a:x", "ALL_PROXY": "x"},
            "HTTPS_PROXY: not a valid URL",
        ),
    ],
)
def test_a_proxy_is_shown_without_its_password(
    variables: dict[str, str], told: str | None
) -> None:
    """The first variable that is set is used."""
    assert network.describe_proxy(variables) == told
