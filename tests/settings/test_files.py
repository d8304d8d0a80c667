"""Files of settings: where they are, what they say, how they are replaced."""

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
from rwcap.settings import credentials, editing, files, folders, private_files


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
def test_folders_are_where_platformdirs_has_them(
    monkeypatch: pytest.MonkeyPatch, named: str | None, system: str
) -> None:
    """Ours is a shorter way to the same answer."""
    monkeypatch.setattr(folders, "_SYSTEM", system)
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        if named is not None:
            monkeypatch.setenv(variable, named)
    theirs = platformdirs.PlatformDirs("rwcap", appauthor=False)

    assert folders.config_folder() == theirs.user_config_path
    assert folders.data_folder() == theirs.user_data_path


@pytest.mark.parametrize("named", ["", "relative"])
def test_a_home_that_is_no_place_is_told(
    monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    """Files are not strewn over whichever folder one happens to be in."""
    monkeypatch.setenv("HOME", named)
    if not named:
        monkeypatch.setattr(Path, "home", _unknown)

    with pytest.raises(ConfigError, match="home folder is not known"):
        folders.config_folder()
    assert files.user_settings() == files.Document("", {})


def _unknown() -> Path:
    raise RuntimeError


def test_a_project_has_one_file(home: Path) -> None:
    """Its own, or a table in pyproject.toml; without either it says nothing."""
    assert files.project_settings().tables == {}

    (home / "pyproject.toml").write_text('[project]\nname = "x"\nbroken = ')
    assert files.project_settings().tables == {}

    (home / "pyproject.toml").write_text('[tool.rwcap]\nprompt = "P"\n')
    found = files.project_settings()
    assert (found.name, found.tables) == (
        "pyproject.toml [tool.rwcap]",
        {"prompt": "P"},
    )

    (home / "rwcap.toml").write_text('prompt = "R"\n')
    found = files.project_settings()
    assert (found.name, found.tables) == ("rwcap.toml", {"prompt": "R"})

    (home / "rwcap.toml").write_text("")
    assert files.project_settings().tables == {}


@pytest.mark.parametrize(
    "content", ["tool = 'rwcap'", "[tool]\nrwcap = 1", "name = 'rwcap'"]
)
def test_what_is_no_table_says_nothing(home: Path, content: str) -> None:
    """It is not for us."""
    (home / "pyproject.toml").write_text(content)

    assert files.project_settings().tables == {}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"a = 1\nb = \n", r"f: not valid TOML: .* \(at line 2, column 5\)"),
        (b"a = 1\n# caf\xe9\n", r"f: not UTF-8 \(at line 2\)"),
        (b"a = " + b"[" * 5000, "f: not valid TOML: nested too deeply"),
    ],
)
def test_what_is_no_toml_is_told_by_line(content: bytes, complaint: str) -> None:
    """And column, where there is one."""
    with pytest.raises(ConfigError, match=complaint):
        files.parse_toml(content, "f")


def test_a_file_that_cannot_be_read_is_told(home: Path) -> None:
    """It must not pass for none."""
    (home / "rwcap.toml").mkdir()

    with pytest.raises(ConfigError, match=r"rwcap\.toml: Is a directory"):
        files.project_settings()


def test_a_file_is_replaced_as_a_whole(home: Path) -> None:
    """In a new folder that is its owner's; modes of an old file are kept."""
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


def test_what_cannot_be_replaced_leaves_no_draft(home: Path) -> None:
    """Half a file is no file."""
    (home / "folder").mkdir()

    with pytest.raises(ConfigError, match="Is a directory"):
        private_files.replace_file(home / "folder", "a = 1\n")

    assert [path.name for path in home.iterdir()] == ["folder"]


def test_a_folder_that_may_not_be_read_is_told(home: Path) -> None:
    """It must not pass for one without settings."""
    user = os.geteuid()
    home.chmod(0o700)
    os.seteuid(user or 65534)  # gives up the right of root to read anything
    try:
        with pytest.raises(ConfigError, match=r"config\.toml: Permission denied"):
            files.user_settings()
    finally:
        os.seteuid(user)


def test_a_link_to_a_secret_goes_with_it(home: Path) -> None:
    """Removed is removed, wherever it was kept."""
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


def test_a_key_that_cannot_be_removed_is_told(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is still there."""
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
def test_changes_change_nothing_else(
    changes: list[tuple[tuple[str, ...], object]],
) -> None:
    """All else means what it has meant, and comments stay; or it is refused."""
    text, wanted = FILE, tomllib.loads(FILE, parse_float=Decimal)
    for place, value in changes:
        try:
            text = editing.with_changes(text, Path("f"), {place: value})
        except ConfigError as refused:
            assert "cannot be changed" in refused.message  # noqa: PT017  # or it works
        else:
            editing._set_value(wanted, place, value, dict)

    assert tomllib.loads(text, parse_float=Decimal) == wanted
    assert all(comment in text for comment in ("# Mine.", "# dollars", "# Of the web."))


def test_inline_tables_and_dotted_keys_can_be_changed() -> None:
    """However a table is written."""
    for text in ("budget = { day = 1 }\n", "budget.day = 1\n", "[budget]\nday = 1\n"):
        changed = editing.with_changes(text, Path("f"), {("budget", "month"): 5})

        assert tomllib.loads(changed) == {"budget": {"day": 1, "month": 5}}


def test_the_folder_of_a_secret_stays_open_to_its_owner(home: Path) -> None:
    """Whatever others could do in it, they cannot any more."""
    folder = folders.config_folder()
    folder.mkdir(parents=True)
    os.chmod(folder, 0o777)  # noqa: PTH101, S103  # on purpose

    credentials.save_key("some-key")

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
