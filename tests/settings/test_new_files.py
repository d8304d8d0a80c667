"""New files are private to the owner of their folder, whoever creates them."""

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from rwcap.settings.new_files import create_file, ensure_file, make_folder, open_file
from tests.draw import FOLDER
from tests.process import SENTINEL, Rwcap
from tests.service import Service
from tests.sources.batch import unprivileged

USER, GROUP = 1234, 1235


def owners(*paths: Path) -> set[tuple[int, int]]:
    """Return the owners and groups of files and folders."""
    return {(path.stat().st_uid, path.stat().st_gid) for path in paths}


def create(folder: Path) -> list[Path]:
    """Create two folders and a file of each kind in them, and return the new paths."""
    inner = folder / "data/locks"
    make_folder(inner)
    os.close(create_file(inner / "a"))
    os.close(open_file(inner / "b"))
    ensure_file(inner / "c")
    return [folder / "data", inner, *inner.iterdir()]


@pytest.mark.root
def test_what_root_creates_belongs_to_the_owner_of_the_folder(tmp_path: Path) -> None:
    """As with the files of SQLite."""
    os.chown(tmp_path, USER, GROUP)

    new = create(tmp_path)

    assert len(new) == 5
    assert owners(*new) == {(USER, GROUP)}


@pytest.mark.root
def test_what_exists_keeps_its_owner(tmp_path: Path) -> None:
    """It may be a link to a file that the owner of the folder cannot change."""
    os.chown(tmp_path, USER, GROUP)
    (tmp_path / "secret").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "secret")

    make_folder(tmp_path)
    ensure_file(tmp_path / "link")
    os.close(open_file(tmp_path / "link"))

    assert owners(tmp_path / "link") == {(0, 0)}
    assert (tmp_path / "secret").read_bytes() == b"old"


@pytest.mark.root
def test_a_disk_that_keeps_no_owners_is_usable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is private to whoever the disk gives it."""

    def refuse(*_: int) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    os.chown(tmp_path, USER, GROUP)
    monkeypatch.setattr(os, "fchown", refuse)
    new = create(tmp_path)

    assert owners(*new) == {(0, 0)}


def test_what_a_user_creates_is_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files have mode 0600, and the folder has 0700."""
    tmp_path.chmod(0o777)
    monkeypatch.chdir(tmp_path)  # the folder above belongs to whoever runs the tests
    with unprivileged():
        _, folder, *files = create(Path())

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert len({path.stat().st_uid for path in (folder, *files)} - {0}) == 1


def below(home: Path) -> Iterator[Path]:
    """Yield the user's folders and files of rwcap."""
    for folder in (home / ".config", home / ".local"):
        yield folder
        yield from folder.rglob("*")


@pytest.mark.root
def test_a_user_goes_on_where_root_has_begun(
    connected: Rwcap, service: Service
) -> None:
    """Root creates ledger, locks and settings for a user (`sudo -E rwcap`)."""
    os.chown(connected.home, USER, GROUP)
    photo = str(FOLDER / "harbour.jpg")

    connected.run("config", "set-key", stdin=SENTINEL.encode())
    connected.run("config", "set", "timeout", "9")
    assert connected.run("caption", photo).status == 0
    assert connected.run("caption", photo, "--sandbox").status == 0
    found = list(below(connected.home))

    assert {"credentials.toml", "config.toml", "sandbox.sqlite3", "locks"} < {
        path.name for path in found
    }
    assert owners(*found) == {(USER, GROUP)}
