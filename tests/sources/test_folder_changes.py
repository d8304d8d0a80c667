"""Reports of changes in folders by the operating system."""

import os
from pathlib import Path

from rwcap.sources.folder_changes import FolderChanges
from tests.waiting import wait_until


def opened(*folders: Path) -> FolderChanges:
    """Return reports that have begun."""
    changes = FolderChanges([str(folder) for folder in folders])
    changes.open()
    return changes


def test_a_new_file_in_a_new_folder_is_reported(tmp_path: Path) -> None:
    """Once, and nothing before or after it."""
    changes = opened(tmp_path)
    before = changes.poll()

    (tmp_path / "new").mkdir()
    wait_until(changes.poll)
    wait_until(lambda: not changes.poll())
    (tmp_path / "new/a.jpg").touch()
    wait_until(changes.poll)

    assert not before


def test_nothing_is_reported_before_the_beginning(tmp_path: Path) -> None:
    """A second beginning changes nothing."""
    changes = FolderChanges([str(tmp_path)])
    (tmp_path / "a.jpg").touch()
    before = changes.poll()

    changes.open()
    (tmp_path / "b.jpg").touch()
    changes.open()
    wait_until(changes.poll)

    assert not before


def test_a_folder_may_go_and_come(tmp_path: Path) -> None:
    """Another folder of the same name is a change, and then watched itself."""
    folder = tmp_path / "p"
    changes = opened(folder)
    absent = changes.poll()

    folder.mkdir()
    came = changes.poll()
    changes.open()
    (folder / "a.jpg").touch()
    wait_until(changes.poll)
    (folder / "a.jpg").unlink()
    folder.rmdir()
    went = changes.poll()

    assert (absent, came, went) == (False, True, True)


def test_a_name_that_is_not_utf_8_ends_the_reports(tmp_path: Path) -> None:
    """That is a change; after that the caller has to look for itself."""
    changes = opened(tmp_path)

    (tmp_path / os.fsdecode(b"\xff.jpg")).touch()
    wait_until(changes.poll)
    after = changes.poll()
    changes.open()
    (tmp_path / "a.jpg").touch()
    wait_until(changes.poll)

    assert not after


def test_a_folder_whose_name_is_not_utf_8_has_no_reports(tmp_path: Path) -> None:
    """The caller is not told that there is a change when there is none."""
    folder = tmp_path / os.fsdecode(b"\xff")
    folder.mkdir()

    changes = opened(folder)

    assert not changes.poll()
