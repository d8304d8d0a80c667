"""`rwcap config list`, `get`, `set`, `unset`."""

import json
import os
import stat
from pathlib import Path

import pytest

from rwcap.cli.settings.registry import KEYS
from rwcap.settings.presets import PRESETS
from tests import draw
from tests.process import Rwcap, visible


@pytest.fixture
def config(rwcap: Rwcap) -> Path:
    """Return the path of the user's settings."""
    return rwcap.home / ".config/rwcap/config.toml"


@pytest.mark.promises("statuses")
def test_a_setting_is_set_got_and_unset(rwcap: Rwcap, config: Path) -> None:
    """The file is private, and no temporary file is left."""
    done = rwcap.run("config", "set", "timeout", "60")
    mode = stat.S_IMODE(config.stat().st_mode)
    got = rwcap.run("config", "get", "timeout")
    unset = rwcap.run("config", "unset", "timeout")
    missing = rwcap.run("config", "get", "budget.day")

    assert (done.status, done.err) == (0, f"timeout is set in {config}\n")
    assert (mode, stat.S_IMODE(config.parent.stat().st_mode)) == (0o600, 0o700)
    assert (got.status, got.out) == (0, "60\n")
    assert (missing.status, missing.out) == (1, "")
    assert (unset.status, unset.err) == (0, "timeout is removed from your settings\n")
    assert config.read_text() == ""
    assert list(config.parent.iterdir()) == [config]
    again = rwcap.run("config", "unset", "timeout")
    assert (again.status, again.err) == (0, f"timeout is not set in {config}\n")


@pytest.mark.promises("limits")
def test_settings_that_are_changed_at_once_are_all_kept(
    rwcap: Rwcap, config: Path
) -> None:
    """Programs that set up a machine do that, and one of the settings is a limit."""
    names = [f"presets.p{number}" for number in range(6)]
    words = [f"rwcap config set {name} Why?" for name in names]

    rwcap.run("config", "set", "timeout", "50")
    words += ["rwcap config unset timeout", "rwcap config set budget.day 1.5"]

    rwcap.shell(" & ".join(words) + "; wait")

    text = config.read_text()
    assert "day = 1.5" in text
    assert "timeout" not in text
    assert text.count("Why?") == len(names)


@pytest.mark.promises("persons")
def test_comments_stay(rwcap: Rwcap, config: Path) -> None:
    """The order and the permissions of the file stay, too."""
    config.parent.mkdir(mode=0o700, parents=True)
    config.write_text("# Mine.\ntimeout = 30 # s\n\n[budget]\n# A dollar.\nday = 1\n")
    config.chmod(0o640)

    rwcap.run("config", "set", "budget.day", "$1.50")
    rwcap.run("config", "set", "write", "txt")
    rwcap.run("config", "set", "presets.shop", 'What is "sold" here?')
    rwcap.run("config", "set", "preset", "shop", "--profile", "web")

    assert config.read_text() == (
        '# Mine.\ntimeout = 30 # s\nwrite = ["txt"]\n\n'
        "[budget]\n# A dollar.\nday = 1.50\n\n"
        '[presets]\nshop = "What is \\"sold\\" here?"\n\n'
        '[profiles.web]\npreset = "shop"\n'
    )
    assert stat.S_IMODE(config.stat().st_mode) == 0o640


def test_a_byte_order_mark_is_ignored(rwcap: Rwcap, config: Path) -> None:
    """Editors of Windows write it, and nobody can see it."""
    config.parent.mkdir(mode=0o700, parents=True)
    config.write_text("timeout = 30\n", "utf-8-sig")

    got = rwcap.run("config", "get", "timeout")
    changed = rwcap.run("config", "set", "retries", "1")

    assert (got.status, got.out, changed.status) == (0, "30\n", 0)
    assert config.read_text("utf-8-sig") == "timeout = 30\nretries = 1\n"


def test_a_link_stays_a_link(rwcap: Rwcap, config: Path) -> None:
    """The target of the link is changed."""
    kept = rwcap.home / "dotfiles/rwcap.toml"
    kept.parent.mkdir()
    kept.write_text("# Kept.\n")
    config.parent.mkdir(parents=True)
    config.symlink_to(kept)

    result = rwcap.run("config", "set", "retries", "2")

    assert result.status == 0
    assert config.is_symlink()
    assert kept.read_text() == "# Kept.\nretries = 2\n"
    assert [path.name for path in kept.parent.iterdir()] == ["rwcap.toml"]


def test_a_prompt_replaces_a_preset(rwcap: Rwcap, config: Path) -> None:
    """They exclude each other."""
    rwcap.run("config", "set", "preset", "alt")

    result = rwcap.run("config", "set", "prompt", "Why?")

    assert "preset is removed from your settings" in result.err
    assert config.read_text() == 'prompt = "Why?"\n'


@pytest.mark.parametrize(
    ("words", "status", "complaint"),
    [
        ("tiemout 3", 78, "tiemout is not a setting\nhint: did you mean timeout?"),
        ("timeout soon", 78, "timeout is 'soon'; allowed: a number"),
        ("concurrency 0", 78, "concurrency is '0'; allowed: more than 0"),
        (f"concurrency {9:9>400}", 78, "'; allowed: more than 0, less"),
        ("concurrency 1e2", 78, "concurrency is '1e2'; allowed: a whole number"),
        ("concurrency inf", 78, "concurrency is 'inf'; allowed: a whole number"),
        ("concurrency 1.5", 78, "concurrency is '1.5'; allowed: a whole number"),
        ("write pdf", 78, "write is 'pdf'; allowed: one or more of"),
        ("budget.day much", 78, "budget.day is 'much'; allowed: an amount in dollars"),
        ("ext ../x", 78, "ext is '../x'; allowed: an extension of text files, such"),
        ("ext .jpg", 78, "ext is '.jpg'; allowed: an extension of text files, such"),
        ("budget.run 1e3", 78, "budget.run is '1e3'; allowed: an amount in dollars"),
        ("api_key x", 78, "the API key is not a setting"),
        ("profile web", 78, "no profile 'web'"),
        ("preset nix", 78, "no preset 'nix'"),
        ("presets.x y --profile web", 2, "a profile cannot set presets"),
        ("timeout 3 --profile a/b", 78, "'a/b' is not a profile name"),
        ("presets x", 78, "presets is not a setting"),
    ],
)
@pytest.mark.promises("statuses")
def test_invalid_values_are_not_written(
    rwcap: Rwcap, config: Path, words: str, status: int, complaint: str
) -> None:
    """The error names the setting and the allowed values."""
    result = rwcap.run("config", "set", *words.split())

    assert result.status == status
    assert complaint in result.err
    assert not config.exists()


def test_a_broken_file_can_be_repaired(rwcap: Rwcap, config: Path) -> None:
    """An unknown setting can be removed; invalid TOML is reported."""
    config.parent.mkdir(parents=True)
    config.write_text("tiemout = 3\n")

    blocked = rwcap.run("config", "set", "retries", "2")
    mended = rwcap.run("config", "unset", "tiemout")
    nested = rwcap.run("config", "unset", "budget.day")
    config.write_text("budget = 1\n")
    impossible = rwcap.run("config", "set", "budget.day", "2")
    config.write_text("[budget\n")
    broken = rwcap.run("config", "set", "retries", "2")

    assert (blocked.status, "tiemout is not a setting" in blocked.err) == (78, True)
    assert (mended.status, nested.status) == (0, 0)
    assert impossible.status == 78
    assert "rwcap cannot change budget.day in this file" in impossible.err
    assert (broken.status, "line 1, column 8" in broken.err) == (78, True)


def test_a_list_shows_the_origin_of_each_value(rwcap: Rwcap, config: Path) -> None:
    """All settings and presets; variables before the profile before files."""
    config.parent.mkdir(parents=True)
    config.write_text("timeout = 30\nretries = 1\n[profiles.web]\nretries = 2\n")
    (rwcap.home / "rwcap.toml").write_text('prompt = "P\\nQ"\nbudget.day = 1\n')
    variable = rwcap.with_environment(RWCAP_TIMEOUT="9", RWCAP_PROFILE="web")

    result = variable.run("config", "list")

    rows = [line.split(maxsplit=1) for line in result.out.splitlines()]
    told = {name: " ".join(rest.split()) for name, rest in rows}
    assert (result.status, result.err) == (0, "")
    assert list(told) == [*KEYS, *(f"presets.{name}" for name in PRESETS)]
    assert told["timeout"] == "RWCAP_TIMEOUT 9"
    assert told["retries"] == "config.toml [profiles.web] 2"
    assert told["prompt"] == "rwcap.toml P Q"
    assert told["budget.day"] == "rwcap.toml 1"
    assert told["concurrency"] == "default 32"
    assert told["model"] == "default runware:152@1"
    assert told["budget.run"] == "default"
    assert told["presets.alt"] == f"built in {PRESETS['alt']}"


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_a_list_fits_a_terminal(rwcap: Rwcap, columns: int) -> None:
    """Long prompts wrap at words, and origins are dim."""
    result = rwcap.on_terminal("config", "list", columns=columns)

    lines = visible(result.out).splitlines()
    assert max(map(len, lines)) <= columns
    assert " ".join(PRESETS["caption"].split()[:4]) in " ".join(lines)
    assert set(PRESETS["caption"].split()) <= set(" ".join(lines).split())
    assert "\x1b[2mdefault" in result.out
    assert "\x1b[2mnot set" in result.out


def test_a_value_with_escapes_is_harmless_on_a_terminal(
    rwcap: Rwcap, config: Path
) -> None:
    """Neither escapes nor markup of rich have an effect."""
    config.parent.mkdir(parents=True)
    config.write_text('prompt = "a\\u001b[31mb [bold]c"\n')

    result = rwcap.on_terminal("config", "list")

    assert "\x1b[31m" not in result.out
    assert "[bold]c" in visible(result.out)


def test_programs_read_json(rwcap: Rwcap, config: Path) -> None:
    """Numbers are numbers, amounts are text, a missing value is null."""
    config.parent.mkdir(parents=True)
    config.write_text(
        "timeout = 30\ngrace = 1.5\nwrite = []\n[budget]\nday = 1.5\n[profiles.web]\n"
    )

    told = json.loads(rwcap.run("config", "list", "--json", "--profile", "web").out)

    held = {name: it["value"] for name, it in told["settings"].items()}
    assert (told["v"], told["profile"], told["profiles"]) == (1, "web", ["web"])
    assert (held["timeout"], held["grace"], held["write"]) == (30, 1.5, [])
    assert (held["budget.day"], held["budget.month"]) == ("1.500000", None)
    assert told["settings"]["timeout"]["origin"] == str(config)
    assert told["presets"]["tags"]["origin"] == "built in"


@pytest.mark.parametrize(
    ("key", "status", "out", "err"),
    [
        ("retries", 0, "4\n", ""),
        ("presets.alt", 0, f"{PRESETS['alt']}\n", ""),
        ("prompt", 1, "", "error: prompt is not set\nhint: rwcap config list\n"),
        ("presets.x", 1, "", "error: x is not set\nhint: rwcap config list\n"),
        (
            "max-cost",
            78,
            "",
            "max-cost is not a setting\nhint: did you mean budget.run?",
        ),
    ],
)
def test_get_prints_only_the_value(
    rwcap: Rwcap, key: str, status: int, out: str, err: str
) -> None:
    """For scripts; without a value, the status is 1."""
    result = rwcap.run("config", "get", key)

    assert (result.status, result.out) == (status, out)
    assert err in result.err


def test_a_folder_that_cannot_be_created_is_reported(rwcap: Rwcap) -> None:
    """A file is in its place."""
    (rwcap.home / ".config").write_text("")

    result = rwcap.run("config", "set", "timeout", "60")

    assert result.status == 78
    assert "Not a directory" in result.err


@pytest.mark.parametrize("url", ["http://evil.example", "ftp://me:pw@x", "x:pw", ""])
def test_a_url_that_gets_no_key_is_not_set(
    rwcap: Rwcap, config: Path, url: str
) -> None:
    """The message does not repeat it: it can contain a password."""
    refused = rwcap.run("config", "set", "api_url", url)

    assert refused.status == 78
    allowed = "allowed: an https URL, or an http URL of this machine\n"
    assert refused.err.startswith(f"error: api_url is unusable; {allowed}hint: ")
    assert not config.exists()
    config.parent.mkdir(parents=True)
    config.write_text(f'api_url = "{url}"\n')
    read = rwcap.run("caption", "x.jpg")
    assert (read.status, "pw" in read.err) == (78, False)
    assert "config.toml: api_url is unusable; allowed: " in read.err
    for good in ("https://example.com/v1", "http://127.0.0.1:9"):
        assert rwcap.run("config", "set", "api_url", good).status == 0
        assert rwcap.run("config", "get", "api_url").out == f"{good}\n"


@pytest.mark.parametrize("command", [["caption"], ["batch"], ["cost"]])
def test_an_empty_home_is_an_error(rwcap: Rwcap, command: list[str]) -> None:
    """A new ledger in /.local would buy captions again."""
    photo = [] if command == ["cost"] else [str(draw.FOLDER / "harbour.jpg")]

    done = rwcap.with_environment(HOME="").run(*command, *photo, "--sandbox")

    assert (done.status, done.out) == (78, "")
    assert done.err == "error: the home folder is unknown\nhint: set HOME\n"


def test_without_a_home_folder_there_are_no_settings(rwcap: Rwcap) -> None:
    """Commands without settings work; storing one fails."""
    nowhere = rwcap.with_environment(HOME="nowhere")
    image = str(Path(__file__).parent.parent / "photos/harbour.jpg")

    shown = nowhere.run("caption", "--dry-run", image)
    stored = nowhere.run("config", "set", "timeout", "60")

    assert shown.status == 0
    assert (stored.status, stored.err) == (
        78,
        "error: the home folder is unknown\nhint: set HOME\n",
    )


def test_a_value_that_is_not_utf8_is_refused(rwcap: Rwcap) -> None:
    """The file stays valid TOML."""
    odd = rwcap.with_environment(LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")

    result = odd.shell("rwcap config set prefix $'caf\\xe9'")

    assert result.status == 78
    assert "Traceback" not in result.err
    assert os.listdir(rwcap.home) == []  # noqa: PTH208  # names, whatever they are
