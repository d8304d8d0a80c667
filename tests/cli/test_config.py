"""`rwcap config`: a key is stored without being seen, verified, shown, forgotten."""

import json
import re
import stat

import pytest

from tests import draw
from tests import service as faults
from tests.conftest import KEY
from tests.process import Rwcap, visible
from tests.service import Service

PHOTO = str(draw.FOLDER / "harbour.jpg")


REFUSED = faults.status(401, "invalidApiKey")


def stored(rwcap: Rwcap, key: str = KEY, *arguments: str) -> None:
    """Store a key unasked."""
    words = ("config", "set-key", "--no-verify", *arguments)
    assert rwcap.run(*words, stdin=key.encode()).status == 0


def test_a_key_from_standard_input_is_stored_and_used(
    rwcap: Rwcap, service: Service
) -> None:
    """`rwcap config set-key < key.txt`, then caption."""
    result = rwcap.run("config", "set-key", "--no-verify", stdin=f"{KEY}\n".encode())
    path = rwcap.home / ".config/rwcap/credentials.toml"

    captioned = rwcap.run("caption", PHOTO, "--api-url", service.url)

    assert (result.status, result.out) == (0, "")
    assert result.err == f"key stored in {path}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert captioned.status == 0
    assert service.headers[0]["Authorization"] == f"Bearer {KEY}"


@pytest.mark.promises("free")
def test_a_key_is_verified(rwcap: Rwcap, service: Service) -> None:
    """A free query checks it before it is stored."""
    words = ("config", "set-key", "--api-url", service.url)

    result = rwcap.run(*words, stdin=KEY.encode())

    assert result.status == 0
    assert result.err.endswith("; it is valid, the balance is $10.0000\n")
    assert service.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert service.bills == 0

    service.queries.append(
        faults.answer(lambda envelope: envelope["data"][0].pop("balance"))
    )
    assert rwcap.run(*words, stdin=KEY.encode()).err.endswith("; it is valid\n")


def test_a_refused_or_malformed_key_has_a_hint_for_its_origin(
    rwcap: Rwcap, service: Service
) -> None:
    """A key of the environment is not corrected by a key that is stored."""
    here = rwcap.with_environment(RWCAP_API_URL=service.url)
    malformed = here.with_environment(RUNWARE_API_KEY="k\u00e4y")
    stored(here, KEY)
    stored(here, KEY, "--profile", "work")
    service.queries.extend([REFUSED] * 3)

    def hint(program: Rwcap, *options: str) -> str:
        return program.run("config", "status", *options).err.splitlines()[-1]

    assert hint(here) == "hint: rwcap config set-key"
    assert (
        hint(here, "--profile", "work") == "hint: rwcap config set-key --profile work"
    )
    unset = "hint: unset R{}_API_KEY (or correct the key in it)"
    assert hint(here.with_environment(RWCAP_API_KEY=KEY)) == unset.format("WCAP")
    assert hint(malformed) == unset.format("UNWARE")


def test_a_stored_key_that_a_variable_hides_is_reported(rwcap: Rwcap) -> None:
    """It is stored all the same: the variable may be set in this shell only."""
    words = ("config", "set-key", "--no-verify")
    hidden = rwcap.with_environment(RWCAP_API_KEY="another").run(
        *words, stdin=KEY.encode()
    )

    assert hidden.status == 0
    assert hidden.err.endswith(
        "warning: it is not used while RWCAP_API_KEY is set: unset RWCAP_API_KEY\n"
    )
    assert "warning" not in rwcap.run(*words, stdin=KEY.encode()).err


@pytest.mark.promises("statuses")
def test_a_key_that_is_refused_is_not_stored(rwcap: Rwcap, service: Service) -> None:
    """Status 4; the old key stays."""
    stored(rwcap, "an-older-key")
    service.queries.append(REFUSED)

    result = rwcap.run(
        "config", "set-key", "--api-url", service.url, stdin=KEY.encode()
    )

    assert result.status == 4
    assert "Runware refused the API key" in result.err
    path = rwcap.home / ".config/rwcap/credentials.toml"
    assert path.read_text() == 'api_key = "an-older-key"\n'


def test_a_key_is_stored_if_the_service_is_unreachable(rwcap: Rwcap) -> None:
    """A message says that it was not verified."""
    url = "http://127.0.0.1:1/"

    result = rwcap.run("config", "set-key", "--api-url", url, stdin=KEY.encode())

    assert result.status == 0
    assert ", but could not be verified: cannot connect to 127.0.0.1:1" in result.err
    assert KEY in (rwcap.home / ".config/rwcap/credentials.toml").read_text()


def test_the_key_of_runwares_own_tool_is_imported(rwcap: Rwcap) -> None:
    """Its file is not changed."""
    path = rwcap.home / ".runware/config.yaml"
    words = ("config", "set-key", "--from-runware", "--no-verify")
    missing = rwcap.run(*words)
    path.parent.mkdir()
    path.write_text("defaults:\n  format: table\n")
    without = rwcap.run(*words)
    path.write_bytes(b"\xff\xfe")
    broken = rwcap.run(*words)
    path.write_text(f"# mine\napi_key: '{KEY}' # secret\ndefaults: {{}}\n")

    result = rwcap.run(*words)

    assert (missing.status, without.status, broken.status) == (78, 78, 78)
    assert "No such file" in missing.err
    assert "no readable api_key" in without.err
    assert "not UTF-8" in broken.err
    assert result.status == 0
    assert KEY in (rwcap.home / ".config/rwcap/credentials.toml").read_text()


@pytest.mark.promises("secrets")
def test_status_shows_the_key(rwcap: Rwcap, service: Service) -> None:
    """Its origin, its last four characters, and whether it is valid."""
    stored(rwcap)
    path = rwcap.home / ".config/rwcap/credentials.toml"
    words = ("config", "status", "--api-url", service.url)

    valid = rwcap.run(*words)
    unasked = rwcap.run(*words, "--no-verify")
    service.queries.append(REFUSED)
    refused = rwcap.run(*words)
    unreachable = rwcap.run("config", "status", "--api-url", "http://127.0.0.1:1")

    assert valid.status == 0
    assert valid.out.startswith(f"key      ...{KEY[-4:]} of {path}\nvalid    yes\n")
    assert "balance  $10.0000\n" in valid.out
    assert (unasked.status, "valid    unknown\n" in unasked.out) == (0, True)
    assert (refused.status, "valid    no: the service refused it" in refused.out) == (
        4,
        True,
    )
    assert unreachable.status == 6
    assert "valid    unknown\n" in unreachable.out


def test_status_is_a_table_on_a_terminal(rwcap: Rwcap, service: Service) -> None:
    """The names are dim."""
    connected = rwcap.with_environment(RWCAP_API_KEY=KEY, RWCAP_API_URL=service.url)

    result = connected.on_terminal("config", "status")

    assert result.status == 0
    assert "\x1b[2mvalid" in result.out
    assert re.search(r"^valid +yes$", visible(result.out), re.MULTILINE)


def test_status_as_json(rwcap: Rwcap, service: Service) -> None:
    """Nothing of a short key is shown; without a key, the status is 4."""
    words = ("config", "status", "--json", "--api-url", service.url)
    short = rwcap.with_environment(RUNWARE_API_KEY="short-key")

    told = json.loads(short.run(*words).out)
    missing = rwcap.run(*words)

    assert told == {
        "v": 1,
        "origin": "RUNWARE_API_KEY",
        "key": "...",
        "profile": None,
        "valid": True,
        "organization": told["organization"],
        "balance_usd": "10.000000",
    }
    assert (missing.status, missing.out) == (4, "")
    assert "hint: rwcap config set-key" in missing.err


def test_each_profile_can_have_a_key(rwcap: Rwcap, service: Service) -> None:
    """Its own key, or the default key."""
    stored(rwcap)
    stored(rwcap, f"{KEY}-of-web", "--profile", "web")
    words = ("config", "status", "--api-url", service.url)

    own = rwcap.run(*words, "--profile", "web")
    bad = rwcap.run("config", "set-key", "--profile", "a b", stdin=b"x")
    removed = rwcap.run("config", "remove-key")
    missing = rwcap.run(*words)
    kept = rwcap.run(*words, "--profile", "web")

    assert "...-web of" in own.out
    assert "profile  web\n" in own.out
    assert (bad.status, "'a b' is not a profile name" in bad.err) == (78, True)
    assert (removed.status, missing.status, kept.status) == (0, 4, 0)


def test_a_key_is_removed(rwcap: Rwcap) -> None:
    """With the last key, the file is removed; a second removal succeeds."""
    stored(rwcap)
    path = rwcap.home / ".config/rwcap/credentials.toml"

    removed = rwcap.run("config", "remove-key")
    again = rwcap.run("config", "remove-key")

    assert removed.err == f"key removed from {path}\n"
    assert (again.status, again.err) == (0, "no key was stored\n")
    assert not path.exists()


@pytest.mark.promises("secrets")
def test_a_folder_open_to_others_is_made_private(rwcap: Rwcap) -> None:
    """When a key is stored; if it is opened later, the key is refused."""
    folder = rwcap.home / ".config/rwcap"
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    stored(rwcap)
    closed = stat.S_IMODE(folder.stat().st_mode)
    folder.chmod(0o750)

    result = rwcap.run("config", "status", "--no-verify")

    assert closed == 0o700
    assert result.status == 78
    assert result.err.endswith(f"hint: chmod 700 {folder}\n")


def test_the_key_is_not_in_a_traceback(rwcap: Rwcap) -> None:
    """With -vv there is one; the fixture looks for the key in all output."""
    path = rwcap.home / ".config/rwcap/credentials.toml"
    stored(rwcap)
    path.write_text(f'api_key = "{KEY}')

    result = rwcap.run("caption", PHOTO, "--api-url", "http://127.0.0.1:1", "-vv")

    assert result.status == 78
    assert "Traceback" in result.err
    path.unlink()


@pytest.mark.promises("secrets")
def test_a_typed_key_is_not_shown(rwcap: Rwcap) -> None:
    """On a terminal, the prompt shows no input."""
    result = rwcap.on_terminal(
        "config", "set-key", "--no-verify", typed=f"{KEY}\n".encode()
    )

    assert result.status == 0
    assert KEY in (rwcap.home / ".config/rwcap/credentials.toml").read_text()


@pytest.mark.promises("secrets")
def test_a_key_on_the_command_line_is_refused_and_not_repeated(rwcap: Rwcap) -> None:
    """Other users can read command lines."""
    for arguments in ([KEY], ["--key", KEY], [f"--key={KEY}"]):
        result = rwcap.run("config", "set-key", *arguments)
        assert result.status == 2
        assert KEY not in result.err
        assert "hint: rwcap config set-key" in result.err
    assert not (rwcap.home / ".config").exists()


def test_no_input_shows_no_prompt(rwcap: Rwcap) -> None:
    """A script must not hang at a prompt."""
    result = rwcap.on_terminal("config", "set-key", "--no-input")

    assert result.status == 2
    assert "hint: rwcap config set-key < key.txt" in visible(result.err)


@pytest.mark.parametrize("sent", [b"", b"\n", b"two words\n", b"caf\xc3\xa9\n"])
def test_invalid_keys_are_not_stored(rwcap: Rwcap, sent: bytes) -> None:
    """Status 78, one error line and one hint."""
    result = rwcap.run("config", "set-key", stdin=sent)

    assert result.status == 78
    assert re.fullmatch(r"error: .+\nhint: rwcap config set-key\n", result.err)


def test_the_end_of_input_at_the_prompt_stores_nothing(rwcap: Rwcap) -> None:
    """Ctrl-D."""
    result = rwcap.on_terminal("config", "set-key", typed=b"\x04")

    assert result.status == 78
    assert "Traceback" not in result.err


def test_config_alone_prints_its_help(rwcap: Rwcap) -> None:
    """The examples come first."""
    result = rwcap.run("config")

    assert (result.status, result.err) == (0, "")
    assert "  rwcap config set-key\n" in result.out


def test_path_prints_the_folder(rwcap: Rwcap) -> None:
    """Nothing else is printed, for scripts."""
    result = rwcap.run("config", "path")

    assert (result.status, result.err) == (0, "")
    assert result.out == f"{rwcap.home}/.config/rwcap\n"


@pytest.mark.parametrize("name", ["budget.dya", "max-side", "foo"])
def test_removing_an_unknown_setting_fails(rwcap: Rwcap, name: str) -> None:
    """A misspelt limit would stay in force."""
    rwcap.run("config", "set", "budget.day", "1")

    result = rwcap.run("config", "unset", name)

    assert result.status == 78
    assert name in result.err
    assert rwcap.run("config", "get", "budget.day").out == "1\n"


def test_a_byte_order_mark_is_no_part_of_the_settings(rwcap: Rwcap) -> None:
    """Editors on Windows begin a file with one; a change takes it out."""
    path = rwcap.home / ".config/rwcap/config.toml"
    path.parent.mkdir(parents=True)
    path.write_text("timeout = 9 # s\n", encoding="utf-8-sig")

    before = rwcap.run("config", "get", "timeout").out
    changed = rwcap.run("config", "set", "retries", "3")

    assert (before, changed.status) == ("9\n", 0)
    assert path.read_bytes() == b"timeout = 9 # s\nretries = 3\n"
