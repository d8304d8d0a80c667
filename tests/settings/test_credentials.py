"""The key: where it comes from, who can read it, and that nobody prints it."""

import errno
import fcntl
import os
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rwcap.core.errors import AuthError, ConfigError, RwcapError
from rwcap.settings import credentials, folders, private_files

KEY = "sentinel-key-that-nobody-may-print"


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
def test_the_environment_wins_over_the_file(
    environment: dict[str, str], found: str
) -> None:
    """Our variable, Runware's variable, the file; what is blank is not set."""
    credentials.save_key("stored")

    assert credentials.load_key(environment).key == found


def test_no_key_is_told_with_both_ways_out() -> None:
    """Store one, or try it without."""
    with pytest.raises(AuthError, match="no API key") as missing:
        credentials.load_key({})

    assert missing.value.hint
    assert "rwcap config set-key" in missing.value.hint
    assert "--sandbox" in missing.value.hint


def test_a_stored_key_is_its_owners_alone() -> None:
    """The file is 0600 in a folder of 0700, and nothing else is left there."""
    path = credentials.save_key(KEY)
    path = credentials.save_key(KEY)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [file.name for file in path.parent.iterdir()] == ["credentials.toml"]


PRINTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)


@given(PRINTABLE)
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_key_comes_back_as_it_was_stored(key: str) -> None:
    """Quotes and backslashes included."""
    credentials.save_key(f"\ufeff {key}\n")

    assert credentials.load_key({}).key == key


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_others_can_read_is_refused(mode: int) -> None:
    """With the command that mends it."""
    path = credentials.save_key(KEY)
    path.chmod(mode)

    with pytest.raises(ConfigError, match="others") as refused:
        credentials.load_key({})

    assert refused.value.hint == f"chmod 600 {path}"


def test_the_command_in_a_hint_can_be_pasted(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder may have a space in its name; on a Mac it does."""
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
def test_a_broken_file_is_told_without_its_content(content: bytes) -> None:
    """A message with a piece of the key in it would end up in a log."""
    path = credentials.save_key(KEY)
    path.write_bytes(content)

    with pytest.raises(RwcapError) as refused:
        credentials.load_key({})

    assert isinstance(refused.value, ConfigError)
    assert "sentinel" not in f"{refused.value} {refused.value.hint}"


@pytest.mark.parametrize("key", ["", " ", "two words", "caf\u00e9", "a\x00b", "a\nb"])
def test_what_is_no_key_is_not_stored(key: str) -> None:
    """Only what an HTTP header can carry."""
    with pytest.raises(ConfigError):
        credentials.save_key(key)

    assert not credentials.credentials_file().exists()


def test_a_folder_that_cannot_be_written_is_named(home: Path) -> None:
    """A file stands where the folder should be."""
    (home / ".config").write_text("in the way")

    with pytest.raises(ConfigError, match="credentials"):
        credentials.save_key(KEY)


def test_a_file_that_cannot_be_replaced_leaves_no_draft(home: Path) -> None:
    """Nothing with a key in it stays behind."""
    path = credentials.credentials_file()
    path.mkdir(parents=True)

    with pytest.raises(ConfigError, match="credentials"):
        credentials.save_key(KEY)

    assert [file.name for file in path.parent.iterdir()] == ["credentials.toml"]
    with pytest.raises(ConfigError, match="Is a directory"):
        credentials.load_key({})


def test_a_full_disk_leaves_no_draft(monkeypatch: pytest.MonkeyPatch) -> None:
    """The old key is still there."""

    def refused(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = credentials.save_key(KEY)
    monkeypatch.setattr(os, "fsync", refused)

    with pytest.raises(ConfigError, match="No space left"):
        credentials.save_key("another")

    assert list(path.parent.iterdir()) == [path]
    assert credentials.load_key({}).key == KEY


def test_the_draft_of_a_killed_process_is_removed(home: Path) -> None:
    """It may hold a key; a file of the user's with a similar name stays."""
    folder = credentials.credentials_file().parent
    folder.mkdir(parents=True)
    draft = folder / ".rwcap-settings-0123456789abcdef"
    draft.touch()
    (folder / ".rwcap-settings-notes").touch()
    (folder / f"{draft.name[:-1]}0").symlink_to(draft)
    others = {path.name for path in folder.iterdir()} - {draft.name}

    assert private_files.temporary_files(folder) == [draft]

    path = credentials.save_key(KEY)

    assert {each.name for each in folder.iterdir()} == {path.name, *others}


def test_the_draft_of_another_process_that_writes_now_is_left_alone() -> None:
    """The other holds a lock on the folder."""
    path = credentials.save_key(KEY)
    draft = path.with_name(".rwcap-settings-0123456789abcdef")
    draft.touch()

    other = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(other, fcntl.LOCK_SH)
        credentials.save_key("another")
        between = private_files.temporary_files(path.parent)
    finally:
        os.close(other)
    credentials.save_key(KEY)

    assert between == [draft]
    assert private_files.temporary_files(path.parent) == []


def test_without_locks_a_key_is_stored_and_no_draft_removed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As on some network file systems: nobody knows whether its writer lives."""

    def missing(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    draft = credentials.save_key("old").with_name(".rwcap-settings-0123456789abcdef")
    draft.touch()
    monkeypatch.setattr(fcntl, "flock", missing)

    credentials.save_key(KEY)

    assert credentials.load_key({}).key == KEY
    assert private_files.temporary_files(draft.parent) == [draft]


def test_the_folders_are_where_the_system_keeps_them(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """XDG on Linux."""
    assert folders.config_folder() == home / ".config" / "rwcap"

    monkeypatch.setenv("XDG_DATA_HOME", str(home / "elsewhere"))

    assert folders.data_folder() == home / "elsewhere" / "rwcap"
