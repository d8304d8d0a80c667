"""The API key is stored for the user alone and appears in no message."""

import errno
import fcntl
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rwcap.core.errors import AuthError, ConfigError, RwcapError
from rwcap.settings import credentials, folders, private_files

KEY = "sentinel-key-that-no-message-may-contain"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Use an empty home."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({"RWCAP_API_KEY": "ours", "RUNWARE_API_KEY": "theirs"}, "ours"),
        ({"RUNWARE_API_KEY": "theirs"}, "theirs"),
        ({"RWCAP_API_KEY": " ", "RUNWARE_API_KEY": "theirs\n"}, "theirs"),
        ({}, "stored"),
    ],
)
def test_the_environment_comes_before_the_file(
    environment: dict[str, str], found: str
) -> None:
    """RWCAP_API_KEY, RUNWARE_API_KEY, the file. A blank variable counts as unset."""
    credentials.save_key("stored")

    assert credentials.load_key(environment).key == found


def test_a_missing_key_has_a_hint_with_both_commands() -> None:
    """`rwcap config set-key` and `--sandbox`."""
    with pytest.raises(AuthError, match="no API key") as missing:
        credentials.load_key({})

    assert missing.value.hint
    assert "rwcap config set-key" in missing.value.hint
    assert "--sandbox" in missing.value.hint


@pytest.mark.promises("secrets")
def test_only_the_user_can_read_a_stored_key() -> None:
    """The file has mode 0600, the folder 0700, and no other file is left."""
    path = credentials.save_key(KEY)
    path = credentials.save_key(KEY)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [file.name for file in path.parent.iterdir()] == ["credentials.toml"]


PRINTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)


@given(PRINTABLE)
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_stored_key_is_read_back(key: str) -> None:
    """Quotation marks and backslashes are included."""
    credentials.save_key(f"\ufeff {key}\n")

    assert credentials.load_key({}).key == key


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
@pytest.mark.promises("secrets")
def test_a_key_that_others_can_read_is_refused(mode: int) -> None:
    """The hint is the command that fixes the permissions."""
    path = credentials.save_key(KEY)
    path.chmod(mode)

    with pytest.raises(ConfigError, match="other users") as refused:
        credentials.load_key({})

    assert refused.value.hint == f"chmod 600 {path}"


def test_the_command_in_the_hint_is_quoted(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder name may contain a space, as on macOS."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "Application Support"))
    path = credentials.save_key(KEY)
    path.chmod(0o644)

    with pytest.raises(ConfigError) as refused:
        credentials.load_key({})

    assert refused.value.hint == f"chmod 600 '{path}'"


@pytest.mark.parametrize(
    "content",
    [
        b"api_key = ",
        f"api_key = '{KEY}".encode(),
        b"\xff\xfe",
        b"",
        b"api_key = 5",
        b"api_key = ''",
        f"api_key = '{KEY} {KEY}'".encode(),
        f"api_key = '{KEY}é'".encode(),
    ],
)
def test_the_message_about_a_broken_file_has_no_content_of_it(content: bytes) -> None:
    """A part of the key in a message could be logged."""
    path = credentials.save_key(KEY)
    path.write_bytes(content)

    with pytest.raises(RwcapError) as refused:
        credentials.load_key({})

    assert isinstance(refused.value, ConfigError)
    assert "sentinel" not in f"{refused.value} {refused.value.hint}"


@pytest.mark.parametrize("key", ["", " ", "two words", "caf\u00e9", "a\x00b", "a\nb"])
def test_an_invalid_key_is_not_stored(key: str) -> None:
    """An HTTP header must be able to contain the key."""
    with pytest.raises(ConfigError):
        credentials.save_key(key)

    assert not credentials.credentials_file().exists()


def test_a_folder_that_cannot_be_created_is_an_error(home: Path) -> None:
    """A file has the name of the folder."""
    (home / ".config").write_text("in the way")

    with pytest.raises(ConfigError, match="credentials"):
        credentials.save_key(KEY)


def test_a_failed_write_leaves_no_temporary_file(home: Path) -> None:
    """No file with a key in it stays behind."""
    path = credentials.credentials_file()
    path.mkdir(parents=True)

    with pytest.raises(ConfigError, match="credentials"):
        credentials.save_key(KEY)

    assert [file.name for file in path.parent.iterdir()] == ["credentials.toml"]
    with pytest.raises(ConfigError, match="Is a directory"):
        credentials.load_key({})


def test_a_full_disk_leaves_no_temporary_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The old key is still stored."""

    def refused(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = credentials.save_key(KEY)
    monkeypatch.setattr(os, "fsync", refused)

    with pytest.raises(ConfigError, match="No space left"):
        credentials.save_key("another")

    assert list(path.parent.iterdir()) == [path]
    assert credentials.load_key({}).key == KEY


def test_the_temporary_file_of_a_killed_process_is_removed(home: Path) -> None:
    """It may contain a key. The user's files with similar names stay."""
    folder = credentials.credentials_file().parent
    folder.mkdir(parents=True)
    temporary = folder / ".rwcap-settings-0123456789abcdef"
    temporary.touch()
    (folder / ".rwcap-settings-notes").touch()
    (folder / f"{temporary.name[:-1]}0").symlink_to(temporary)
    others = {path.name for path in folder.iterdir()} - {temporary.name}

    assert private_files.temporary_files(folder) == [temporary]

    path = credentials.save_key(KEY)

    assert {each.name for each in folder.iterdir()} == {path.name, *others}


def test_the_temporary_file_of_a_running_process_stays() -> None:
    """That process holds a lock on the folder, so that others wait."""
    path = credentials.save_key(KEY)
    temporary = path.with_name(".rwcap-settings-0123456789abcdef")
    temporary.touch()

    script = "from rwcap.settings import credentials as c; c.save_key('x' * 32)"
    with private_files.exclusive_change(path):
        temporary.touch()
        credentials.save_key(KEY, "ours")
        with subprocess.Popen([sys.executable, "-c", script]) as other:
            with pytest.raises(subprocess.TimeoutExpired):
                other.wait(1)
            other.kill()
        between = private_files.temporary_files(path.parent)
    credentials.save_key(KEY)

    assert between == [temporary]
    assert private_files.temporary_files(path.parent) == []


def test_without_locks_no_temporary_file_is_removed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Some network file systems have no locks. The key is stored nevertheless."""

    def missing(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    temporary = credentials.save_key("old").with_name(
        ".rwcap-settings-0123456789abcdef"
    )
    temporary.touch()
    monkeypatch.setattr(fcntl, "flock", missing)

    credentials.save_key(KEY)

    assert credentials.load_key({}).key == KEY
    assert private_files.temporary_files(temporary.parent) == [temporary]


def test_the_folders_follow_the_xdg_rules(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """XDG_DATA_HOME moves the data folder."""
    assert folders.config_folder() == home / ".config" / "rwcap"

    monkeypatch.setenv("XDG_DATA_HOME", str(home / "elsewhere"))

    assert folders.data_folder() == home / "elsewhere" / "rwcap"
