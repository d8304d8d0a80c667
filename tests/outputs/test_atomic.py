"""Tests of the atomic replacement of files."""

import errno
import os
import stat
import struct
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from rwcap.core.errors import InputError
from rwcap.core.text import short_name
from rwcap.outputs.atomic import (
    check_backup,
    check_folder,
    check_owner,
    replace_file,
)
from tests.outputs.disk import limited_file_size

ANYONE = 0xFFFF_FFFF
"""The number in an access list for an entry without a user or group of its own."""


def test_a_new_file_gets_default_permissions(tmp_path: Path) -> None:
    """The umask applies."""
    before = os.umask(0o022)
    try:
        replace_file(str(tmp_path / "a.txt"), b"new")
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [tmp_path / "a.txt"]


def test_a_replaced_file_keeps_its_permissions(tmp_path: Path) -> None:
    """The umask does not apply."""
    path = tmp_path / "a.txt"
    for mode in (0o606, 0o400):
        path.touch()
        path.chmod(mode)

        replace_file(str(path), b"new")

        assert stat.S_IMODE(path.stat().st_mode) == mode
        assert path.read_bytes() == b"new"


@pytest.mark.root
def test_a_replaced_file_keeps_its_extended_attributes(tmp_path: Path) -> None:
    """Desktops keep tags and comments of people there."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    os.setxattr(path, "user.note", b"holiday")

    replace_file(str(path), b"new")

    assert os.getxattr(path, "user.note") == b"holiday"


@pytest.mark.parametrize("name", ["removexattr", "listxattr"])
@pytest.mark.parametrize("is_there", [True, False])
def test_permissions_are_kept_without_extended_attributes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, *, is_there: bool
) -> None:
    """Some disks do not have them, and neither do some systems."""

    def unsupported(*_: object) -> None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))

    path = tmp_path / "a.txt"
    path.touch()
    path.chmod(0o606)
    if is_there:
        monkeypatch.setattr(os, name, unsupported)
    else:
        monkeypatch.delattr(os, name)

    replace_file(str(path), b"new")

    assert stat.S_IMODE(path.stat().st_mode) == 0o606
    assert path.read_bytes() == b"new"


def test_an_attribute_that_cannot_be_copied_leaves_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some are reserved for the system."""
    path, copied = tmp_path / "a.txt", []
    path.touch()

    def read(_: str, attribute: str) -> bytes:
        if attribute == "security.evm":
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        return b"holiday"

    monkeypatch.setattr(os, "listxattr", lambda _: ["security.evm", "user.note"])
    monkeypatch.setattr(os, "getxattr", read)
    monkeypatch.setattr(os, "setxattr", lambda _, *both: copied.append(both))
    replace_file(str(path), b"new")

    assert copied == [("user.note", b"holiday")]


@pytest.mark.root
def test_a_replaced_file_keeps_owner_and_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The group alone, if the system does not allow more; else nothing for groups."""
    path, real = tmp_path / "a.txt", os.chown
    path.write_bytes(b"old")
    os.chown(path, 1234, 1235)

    replace_file(str(path), b"new")
    kept = path.stat()

    def groups_alone(descriptor: int, user: int, group: int) -> None:
        if user != -1:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        real(descriptor, user, group)

    def forbidden(*_: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "chown", groups_alone)
    replace_file(str(path), b"newer")
    of_group = path.stat()
    path.chmod(0o644)
    monkeypatch.setattr(os, "chown", forbidden)
    replace_file(str(path), b"newest")

    assert (kept.st_uid, kept.st_gid) == (1234, 1235)
    assert (of_group.st_uid, of_group.st_gid) == (os.geteuid(), 1235)
    assert path.stat().st_gid == os.getegid()
    assert stat.S_IMODE(path.stat().st_mode) == 0o604  # for no other group


@pytest.mark.root
def test_a_replaced_file_does_not_get_the_access_list_of_its_folder(
    tmp_path: Path,
) -> None:
    """It would admit users who could not read the file before."""
    path, access = tmp_path / "a.txt", "system.posix_acl_access"
    path.write_bytes(b"old")
    path.chmod(0o640)
    # user::rwx user:65534:rwx group::rwx mask::rwx other::---
    entries = [(1, 7, ANYONE), (2, 7, 65534), (4, 7, ANYONE), (16, 7, ANYONE)]
    packed = b"".join(
        struct.pack("<HHI", *each) for each in [*entries, (32, 0, ANYONE)]
    )
    acl = struct.pack("<I", 2) + packed
    os.setxattr(tmp_path, "system.posix_acl_default", acl)

    replace_file(str(path), b"new")
    without = (access in os.listxattr(path), stat.S_IMODE(path.stat().st_mode))
    os.setxattr(path, access, acl)
    replace_file(str(path), b"newer")

    assert without == (False, 0o640)
    assert os.getxattr(path, access) == acl


def test_a_symbolic_link_is_replaced(tmp_path: Path) -> None:
    """The target stays as it is, and can be missing."""
    (tmp_path / "precious").write_bytes(b"old")
    (tmp_path / "precious").chmod(0o600)
    for target in ("precious", "nowhere"):
        link = tmp_path / f"{target}.txt"
        link.symlink_to(target)

        replace_file(str(link), b"new")

        assert not link.is_symlink()
        assert link.read_bytes() == b"new"
    assert (tmp_path / "precious").read_bytes() == b"old"
    assert not (tmp_path / "nowhere").exists()


def test_a_path_without_a_folder_is_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in every program."""
    monkeypatch.chdir(tmp_path)

    replace_file("a.txt", b"new")

    assert (tmp_path / "a.txt").read_bytes() == b"new"


@pytest.mark.parametrize("base", ["x" * 251 + ".txt", "caf\udce9\n.txt", "-x"])
def test_any_valid_name_can_be_written(tmp_path: Path, base: str) -> None:
    """The temporary name is not longer than a name can be."""
    replace_file(str(tmp_path / base), b"new")

    assert (tmp_path / base).read_bytes() == b"new"


def test_a_full_disk_leaves_only_the_old_file(tmp_path: Path) -> None:
    """The system writes some bytes and then refuses."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")

    with limited_file_size(10), pytest.raises(OSError, match="too large"):
        replace_file(str(path), b"much more than ten bytes")

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupt_leaves_only_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C arrives while the data goes to the disk."""

    def interrupted(descriptor: int) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", interrupted)

    with pytest.raises(KeyboardInterrupt):
        replace_file(str(path), b"new")

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_only_files_and_links_are_replaced(tmp_path: Path) -> None:
    """Replacing a device would remove it for everybody."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()

    for name in ("pipe", "folder"):
        with pytest.raises(OSError, match="not a regular file"):
            replace_file(str(tmp_path / name), b"text")

    assert (tmp_path / "pipe").is_fifo()
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("name", ["a.txt", "new/a.txt", "new/er/a.txt"])
@pytest.mark.parametrize("from_within", [True, False])
def test_a_folder_in_which_no_file_can_be_created_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, *, from_within: bool
) -> None:
    """It is the nearest one that exists."""
    monkeypatch.chdir(tmp_path)
    folder = "." if from_within else str(tmp_path)
    path = name if from_within else str(tmp_path / name)
    check_folder(path)
    # A test may run as root, who can write everywhere.
    monkeypatch.setattr(os, "access", lambda each, *_, **__: each != folder)

    with pytest.raises(InputError) as refused:
        check_folder(path)

    message = f"files cannot be created in {short_name(folder)}"
    assert refused.value.message == message
    assert refused.value.code == "readOnlyFolder"
    assert refused.value.hint == "allow it, or choose another folder with --out-dir"


@pytest.mark.parametrize("mode", [0o555, 0o666])
def test_the_folder_must_admit_the_user_of_the_process(mode: int) -> None:
    """Who started it does not matter. A new file needs two permissions."""
    user = os.geteuid()
    with TemporaryDirectory() as folder:
        Path(folder).chmod(mode)
        os.seteuid(user or 65534)
        try:
            with pytest.raises(InputError, match="files cannot be created in"):
                check_folder(f"{folder}/a.txt")
        finally:
            os.seteuid(user)


@pytest.mark.root
@pytest.mark.parametrize("owner", [(1234, -1), (-1, 1235)])
def test_an_image_of_another_user_needs_a_system_that_allows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: tuple[int, int]
) -> None:
    """The error comes before the purchase, also for a path without a folder."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a.jpg"
    path.touch()
    os.chown(path, *owner)

    def forbidden(*_: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    check_owner("a.jpg")
    monkeypatch.setattr(os, "chown", forbidden)
    with pytest.raises(InputError, match="would change") as refused:
        check_owner(str(path))

    assert refused.value.code == "otherOwner"
    assert refused.value.hint == (
        "run the same command as the owner of the file, or use --write xmp"
        " (a file beside the image)"
    )
    assert [*tmp_path.iterdir()] == [path]


def test_a_backup_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """Its name is too long, or that of another file."""
    (tmp_path / "a.jpg.orig").write_bytes(b"another")

    check_backup(str(tmp_path / "a.jpg"), lambda data: data == b"another")
    with pytest.raises(InputError, match="is no backup of it") as other:
        check_backup(str(tmp_path / "a.jpg"), lambda data: data == b"original")
    assert other.value.code == "noBackup"
    assert other.value.hint == "rename that file, or omit --backup"
    (tmp_path / "b.jpg.orig").symlink_to("a.jpg.orig")
    with pytest.raises(InputError, match=r"the backup \*\.orig: ") as link:
        check_backup(str(tmp_path / "b.jpg"), lambda _: True)
    assert link.value.code == "noBackup"
    with pytest.raises(InputError, match=r"the backup .*: File name too long") as long:
        check_backup(str(tmp_path / f"{'x' * 250}.jpg"), lambda _: True)
    assert long.value.hint == (
        "copy the image yourself and omit --backup, or use --write xmp"
        " (a file beside the image)"
    )
