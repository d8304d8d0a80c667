"""Settings files are found, parsed and replaced as a whole."""

import os
import stat
import tomllib
from decimal import Decimal
from pathlib import Path

import platformdirs
import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rwcap.core.errors import ConfigError
from rwcap.settings import credentials, folders, private_files, toml_files


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Use an empty home, and be in it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("named", [None, "/elsewhere", "relative", "", " "])
@pytest.mark.parametrize("system", ["linux", "another"])
def test_folders_are_those_of_platformdirs(
    monkeypatch: pytest.MonkeyPatch, named: str | None, system: str
) -> None:
    """The implementation for Linux gives the same result."""
    monkeypatch.setattr(folders, "_SYSTEM", system)
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        if named is not None:
            monkeypatch.setenv(variable, named)
    theirs = platformdirs.PlatformDirs("rwcap", appauthor=False)

    assert folders.config_folder() == theirs.user_config_path
    assert folders.data_folder() == theirs.user_data_path


@pytest.mark.parametrize("named", ["", "relative"])
def test_an_unknown_home_folder_is_an_error(
    monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    """No file is written to the current folder instead."""
    monkeypatch.setenv("HOME", named)
    if not named:
        monkeypatch.setattr(Path, "home", _unknown)

    with pytest.raises(ConfigError, match="home folder is unknown"):
        folders.config_folder()
    assert toml_files.user_settings() == toml_files.Document("", {})


def _unknown() -> Path:
    raise RuntimeError


def test_a_project_has_one_settings_file(home: Path) -> None:
    """rwcap.toml comes before pyproject.toml; both are optional."""
    assert toml_files.project_settings().tables == {}

    (home / "pyproject.toml").write_text('[project]\nname = "x"\nbroken = ')
    assert toml_files.project_settings().tables == {}

    (home / "pyproject.toml").write_text('[tool.rwcap]\nprompt = "P"\n')
    found = toml_files.project_settings()
    assert (found.name, found.tables) == (
        "pyproject.toml [tool.rwcap]",
        {"prompt": "P"},
    )

    (home / "rwcap.toml").write_text('prompt = "R"\n')
    found = toml_files.project_settings()
    assert (found.name, found.tables) == ("rwcap.toml", {"prompt": "R"})

    (home / "rwcap.toml").write_text("")
    assert toml_files.project_settings().tables == {}


@pytest.mark.parametrize(
    "content", ["tool = 'rwcap'", "[tool]\nrwcap = 1", "name = 'rwcap'"]
)
def test_a_pyproject_file_without_a_table_is_ignored(home: Path, content: str) -> None:
    """A value of another type is not for rwcap."""
    (home / "pyproject.toml").write_text(content)

    assert toml_files.project_settings().tables == {}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"a = 1\nb = \n", r"f: not valid TOML: .* \(at line 2, column 5\)"),
        (b"a = 1\n# caf\xe9\n", r"f: not UTF-8 \(at line 2\)"),
        (b"a = " + b"[" * 5000, "f: not valid TOML: nested too deeply"),
    ],
)
def test_invalid_toml_is_an_error_with_the_line(content: bytes, complaint: str) -> None:
    """The message has the line, and the column if it is known."""
    with pytest.raises(ConfigError, match=complaint):
        toml_files.parse_toml(content, "f")


def test_an_unreadable_file_is_an_error(home: Path) -> None:
    """It does not count as missing."""
    (home / "rwcap.toml").mkdir()

    with pytest.raises(ConfigError, match=r"rwcap\.toml: Is a directory"):
        toml_files.project_settings()


def test_a_file_that_has_no_end_is_an_error(home: Path) -> None:
    """A project is anyone's: its file can be a pipe, a link to a device, or long."""
    path = home / "rwcap.toml"
    os.mkfifo(path)
    with pytest.raises(ConfigError, match=r"rwcap\.toml: not a regular file"):
        toml_files.project_settings()
    path.unlink()
    path.symlink_to("/dev/zero")
    with pytest.raises(ConfigError, match=r"rwcap\.toml: not a regular file"):
        toml_files.project_settings()
    path.unlink()
    path.write_bytes(b"#" * (toml_files.MAX_BYTES + 1))
    with pytest.raises(ConfigError, match=r"rwcap\.toml: more than 1,048,576 bytes"):
        toml_files.project_settings()


def test_a_file_is_replaced_as_a_whole(home: Path) -> None:
    """A new folder has mode 0700. An existing file keeps its mode."""
    path = home / "new/config.toml"

    private_files.replace_file(path, "a = 1\r\n")
    fresh = stat.S_IMODE(path.stat().st_mode)
    path.chmod(0o644)
    private_files.replace_file(path, "a = 2\n")

    assert (fresh, stat.S_IMODE(path.stat().st_mode)) == (0o600, 0o644)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path.read_bytes() == b"a = 2\n"
    private_files.replace_file(path, "secret", secret=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_failed_replacement_leaves_no_temporary_file(home: Path) -> None:
    """The folder is unchanged."""
    (home / "folder").mkdir()

    with pytest.raises(ConfigError, match="Is a directory"):
        private_files.replace_file(home / "folder", "a = 1\n")

    assert [path.name for path in home.iterdir()] == ["folder"]


def test_an_unreadable_folder_is_an_error(home: Path) -> None:
    """It does not count as a folder without settings."""
    user = os.geteuid()
    home.chmod(0)
    os.seteuid(user or 65534)  # gives up the right of root to read anything
    try:
        with pytest.raises(ConfigError, match=r"config\.toml: Permission denied"):
            toml_files.user_settings()
    finally:
        os.seteuid(user)
        home.chmod(0o700)


def test_removing_a_key_removes_the_link_and_its_target(home: Path) -> None:
    """No copy of the key stays."""
    kept = home / "kept.toml"
    path = credentials.credentials_file()
    path.parent.mkdir(mode=0o700, parents=True)
    path.symlink_to(kept)
    credentials.save_key("some-key")
    linked = path.is_symlink() and kept.exists()

    assert credentials.remove_key() == path
    assert linked
    assert not kept.exists()
    assert not path.is_symlink()


def test_a_key_that_cannot_be_removed_is_an_error(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key is still stored."""
    credentials.save_key("some-key")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)

    with pytest.raises(ConfigError, match="Permission denied"):
        credentials.remove_key()


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)
VALUES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.integers(-(10**9), 10**9),
    st.decimals(0, 1000, places=2),
    st.lists(st.sampled_from(["txt", "xmp"])),
    st.none(),
)
THERE = [("timeout",), ("budget", "day"), ("profiles", "web", "prompt")]
NEW = [("retries",), ("budget", "run"), ("profiles", "web", "budget", "day")]
PLACES = st.sampled_from(THERE + NEW) | st.lists(NAMES, min_size=1, max_size=3).map(
    tuple
)
FILE = """# Mine.
timeout = 30 # seconds

[budget] # dollars
day = 1.50

[profiles.web]
# Of the web.
prompt = 'Why?'
"""


@given(st.lists(st.tuples(PLACES, VALUES), max_size=4))
@example([(("timeout", "x"), 1)])
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_change_keeps_all_other_values_and_comments(
    changes: list[tuple[tuple[str, ...], object]],
) -> None:
    """A change that could not keep them is refused."""
    text, expected = FILE, tomllib.loads(FILE, parse_float=Decimal)
    for place, value in changes:
        try:
            text = toml_files.with_changes(text, Path("f"), {place: value})
        except ConfigError as refused:
            assert "rwcap cannot change" in refused.message  # noqa: PT017  # or it works
        else:
            toml_files._set_value(expected, place, value, dict)

    assert tomllib.loads(text, parse_float=Decimal) == expected
    assert all(comment in text for comment in ("# Mine.", "# dollars", "# Of the web."))


def test_inline_tables_and_dotted_keys_can_be_changed() -> None:
    """Every form of a table is supported."""
    for text in ("budget = { day = 1 }\n", "budget.day = 1\n", "[budget]\nday = 1\n"):
        changed = toml_files.with_changes(text, Path("f"), {("budget", "month"): 5})

        assert tomllib.loads(changed) == {"budget": {"day": 1, "month": 5}}


def test_storing_a_key_makes_its_folder_private(home: Path) -> None:
    """An existing folder gets mode 0700."""
    folder = folders.config_folder()
    folder.mkdir(parents=True)
    os.chmod(folder, 0o777)  # noqa: PTH101, S103  # on purpose

    credentials.save_key("some-key")

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
