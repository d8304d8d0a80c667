"""Tests of captions in text files."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from rwcap.core.errors import InputError, NotWrittenError
from rwcap.core.sidecar import ADDING_MODES, MergeMode, Removal
from rwcap.core.source import CaptionRequest
from rwcap.outputs.text_files import MAX_BYTES, TextFiles
from tests import draw
from tests.outputs.disk import limited_file_size

IMAGE = (draw.FOLDER / "harbour.png").read_bytes()


def test_a_file_with_text_has_a_caption(tmp_path: Path) -> None:
    """A large file counts as text; a blank one, or a byte order mark alone, does not.

    Of a link that leads nowhere, the text may be on a disk that is not mounted.
    """
    (tmp_path / "caption").write_text("a cat")
    (tmp_path / "long").write_bytes(b" " * 4096)
    (tmp_path / "link").symlink_to("caption")
    (tmp_path / "empty").touch()
    (tmp_path / "blank").write_bytes(b" \r\n\t" * 1000)
    (tmp_path / "mark").write_bytes(b"\xef\xbb\xbf\r\n")

    present = {
        found.name
        for found in [*tmp_path.iterdir(), tmp_path / "missing"]
        if TextFiles().has_caption(str(found))
    }

    assert present == {"caption", "long", "link"}
    assert not TextFiles().has_caption("a\0b")
    assert not TextFiles().has_caption("a\ud800b")
    for name in ("dangling", "loop"):
        (tmp_path / name).symlink_to(name if name == "loop" else "nowhere")
        with pytest.raises(InputError, match="a symbolic link, which --mode skip does"):
            TextFiles().has_caption(str(tmp_path / name))


@pytest.mark.promises("persons")
def test_an_unreadable_file_has_a_caption() -> None:
    """It is never replaced, and nothing is added to it."""
    user = os.geteuid()
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        secret = Path(folder, "a.txt")
        secret.write_text("a cat")
        secret.chmod(0)
        os.seteuid(user or 65534)
        try:
            assert TextFiles().has_caption(str(secret))
            with pytest.raises(InputError, match="Permission denied") as refused:
                TextFiles(mode=MergeMode.APPEND).has_caption(str(secret))
        finally:
            os.seteuid(user)
    assert refused.value.code == "unreadableText"


def test_a_caption_is_written_once(tmp_path: Path) -> None:
    """A file that has the caption is not touched."""
    path = tmp_path / "a.txt"

    assert TextFiles().write(str(path), "a\ncat ")
    assert path.read_bytes() == b"a cat\n"

    before = path.stat()

    assert not TextFiles().write(str(path), "a cat")
    assert path.stat() == before
    assert TextFiles(mode=MergeMode.OVERWRITE).write(str(path), "a dog")
    assert path.read_bytes() == b"a dog\n"


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.promises("persons", "undo")
def test_old_text_stays_as_it_is_and_comes_back(
    tmp_path: Path, mark: str, end: str
) -> None:
    """With its byte order mark and line ends, which the captions get, too."""
    path = tmp_path / "a.txt"
    old = f"{mark}café{end}und so weiter{end}".encode()
    path.write_bytes(old)

    for _ in range(2):
        TextFiles(mode=MergeMode.APPEND).write(str(path), "a cat")
        TextFiles(mode=MergeMode.PREPEND).write(str(path), "é")
    written = path.read_bytes().decode()
    TextFiles().remove(str(path), lambda: ["é", "a cat"], dry=False)

    lines = ("é", "café", "und so weiter", "a cat")
    assert written == mark + "".join(f"{line}{end}" for line in lines)
    assert path.read_bytes() == old


@pytest.mark.parametrize(
    "old", ["café\r\n".encode("utf-16"), "cafe\n".encode("utf-16-le"), b"caf\xe9\n"]
)
def test_no_caption_is_added_to_text_in_another_encoding(
    tmp_path: Path, old: bytes
) -> None:
    """It would be unreadable. Nothing else is refused."""
    path = tmp_path / "a.txt"
    path.write_bytes(old)

    for mode in ADDING_MODES:
        with pytest.raises(InputError, match="not in UTF-8") as refused:
            TextFiles(mode=mode).has_caption(str(path))
        assert refused.value.code == "notUtf8"
        hint = "save the text as UTF-8, or choose another --ext"
        assert refused.value.hint == hint
        error = refusal(TextFiles(mode=mode), path)
        assert error.message == f"{path}: not in UTF-8, so no caption can be added"
    assert TextFiles().has_caption(str(path))
    assert TextFiles(mode=MergeMode.OVERWRITE).has_caption(str(path))
    assert TextFiles().remove(str(path), lambda: ["x"], dry=False) is Removal.CHANGED
    assert path.read_bytes() == old
    assert TextFiles(mode=MergeMode.OVERWRITE).write(str(path), "a cat")
    assert path.read_bytes() == b"a cat\n"


@pytest.mark.parametrize("mode", [*sorted(ADDING_MODES), MergeMode.OVERWRITE])
def test_a_file_that_is_too_large_for_text_is_never_changed(
    tmp_path: Path, mode: MergeMode
) -> None:
    """It is something else, and a part of it must not replace it."""
    path, large = tmp_path / "a.txt", tmp_path / "b.txt"
    path.write_bytes(b"x" * MAX_BYTES)
    large.write_bytes(b"x" * (MAX_BYTES + 1))

    assert TextFiles(mode=mode).has_caption(str(path))
    with pytest.raises(InputError, match=r"b\.txt: more than 4,194,304 bytes") as read:
        TextFiles(mode=mode).read(str(large))
    error = refusal(TextFiles(mode=mode), large)

    hint = "rename it, or choose another --ext or --out-dir"
    assert (error.code, error.hint) == ("textTooLarge", hint)
    assert (read.value.code, read.value.hint) == ("textTooLarge", hint)
    assert large.stat().st_size == MAX_BYTES + 1


@pytest.mark.parametrize("left", ["", "\n\n", " \n\t\n"])
def test_a_file_with_nothing_but_a_caption_is_deleted(
    tmp_path: Path, left: str
) -> None:
    """Blank lines are nothing. A line with other white space is changed by hand."""
    path, changed = tmp_path / "a.txt", tmp_path / "b.txt"
    path.write_text(f"a cat\n{left}")
    changed.write_text("a cat \n")

    removals = [
        TextFiles().remove(str(each), lambda: ["a cat"], dry=False)
        for each in (path, changed)
    ]

    assert removals == [Removal.REMOVED, Removal.CHANGED]
    assert [*tmp_path.iterdir()] == [changed]


@pytest.mark.parametrize("caption", ["\ufeffa cat", "a \ufeffcat"])
def test_a_caption_with_a_byte_order_mark_is_taken_out_again(
    tmp_path: Path, caption: str
) -> None:
    """As the first character, it is that of the file. Others cannot be written."""
    path = tmp_path / "a.txt"
    TextFiles().write(str(path), caption)

    removal = TextFiles().remove(str(path), lambda: ["\ud800", caption], dry=False)

    assert removal is Removal.REMOVED
    assert not path.exists()


def test_text_that_cannot_be_read_is_an_error_with_its_name(tmp_path: Path) -> None:
    """Text in another encoding can be read, with marks for what is none."""
    (tmp_path / "latin.txt").write_bytes(b" caf\xe9\n")
    (tmp_path / "folder.txt").mkdir()

    assert TextFiles().read(str(tmp_path / "latin.txt")) == "caf\ufffd"
    with pytest.raises(InputError, match=r"folder\.txt: Is a directory") as refused:
        TextFiles().read(str(tmp_path / "folder.txt"))
    assert refused.value.code == "unreadableText"
    with pytest.raises(InputError, match=r"xxx\.txt: File name too long"):
        TextFiles().has_caption(str(tmp_path / f"{'x' * 300}.txt"))


def refusal(sidecars: TextFiles, path: Path | str) -> NotWrittenError:
    """Return the error of a write."""
    with pytest.raises(NotWrittenError) as refused:
        sidecars.write(str(path), "a cat")
    return refused.value


def test_the_target_of_a_symbolic_link_is_never_read(tmp_path: Path) -> None:
    """It can be private. Only `overwrite` replaces the link."""
    (tmp_path / "secret").write_text("key")
    link = tmp_path / "a.txt"
    link.symlink_to("secret")

    for mode in (MergeMode.APPEND, MergeMode.PREPEND):
        error = refusal(TextFiles(mode=mode), link)
        assert f"which --mode {mode} does not support" in error.message
        assert error.hint == "--mode overwrite replaces the link with a file"
        with pytest.raises(InputError) as refused:
            TextFiles(mode=mode).has_caption(str(link))
        assert refused.value.code == "symbolicLink"
    assert TextFiles(mode=MergeMode.OVERWRITE).write(str(link), "a cat")
    assert (link.is_symlink(), link.read_text()) == (False, "a cat\n")
    assert (tmp_path / "secret").read_text() == "key"


def test_the_reason_is_in_the_message(tmp_path: Path) -> None:
    """A folder, a pipe, an image, a file as a folder, no folder, a long name."""
    (tmp_path / "folder.txt").mkdir()
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "other.png").write_bytes(IMAGE)
    overwriting = TextFiles(mode=MergeMode.OVERWRITE)

    found = {
        name: refusal(overwriting, tmp_path / name).message.removeprefix(f"{tmp_path}/")
        for name in (
            "folder.txt",
            "pipe.txt",
            "other.png",
            "other.png/a.txt",
            "no/a.txt",
        )
    }

    with pytest.raises(InputError, match="not a regular file") as refused:
        TextFiles().has_caption(str(tmp_path / "folder.txt"))
    assert refused.value.code == "notAFile"
    assert refused.value.hint == "rename it, or choose another --ext or --out-dir"
    assert found == {
        "folder.txt": "folder.txt: not a regular file",
        "pipe.txt": "pipe.txt: not a regular file",
        "other.png": "other.png: an image, not a text file",
        "other.png/a.txt": "other.png/a.txt: Not a directory",
        "no/a.txt": "no/a.txt: No such file or directory",
    }
    long = refusal(overwriting, tmp_path / ("x" * 300))
    assert long.message.endswith(": File name too long")
    image = refusal(overwriting, tmp_path / "other.png")
    assert (image.code, image.hint) == ("notText", "--ext .txt")
    assert refusal(overwriting, "a\0b").message == "a?b: embedded null byte"
    assert refusal(overwriting, tmp_path / "\ud800").code == "outputFailed"
    assert (tmp_path / "other.png").read_bytes() == IMAGE


def test_a_caption_that_cannot_be_written_is_not_lost(tmp_path: Path) -> None:
    """The hint says so, and the old text is still there."""
    path = tmp_path / "a.txt"
    path.write_text("old\n")

    with limited_file_size(7):
        error = refusal(TextFiles(mode=MergeMode.APPEND), path)

    assert error.message == f"{path}: File too large"
    assert (error.code, error.retryable) == ("outputFailed", True)
    assert error.hint is not None
    assert "run the same command again" in error.hint
    assert path.read_text() == "old\n"
    assert list(tmp_path.iterdir()) == [path]


def test_folders_are_created_in_the_output_folder(tmp_path: Path) -> None:
    """The output folder itself is created, too."""
    sidecars = TextFiles(out_dir=str(tmp_path / "new" / "out"))
    path = sidecars.path(CaptionRequest("in/a/b/c.jpg", "a/b/c.jpg"))

    assert sidecars.write(path, "a cat")
    assert (tmp_path / "new/out/a/b/c.txt").read_text() == "a cat\n"


@pytest.mark.promises("hostile")
def test_links_in_the_output_folder_cannot_lead_out(
    tmp_path: Path,
) -> None:
    """The output folder itself can be a link, because the user named it."""
    (tmp_path / "real/inner").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").symlink_to("real")
    (tmp_path / "real/away").symlink_to("../elsewhere")
    (tmp_path / "real/near").symlink_to("inner")
    sidecars = TextFiles(out_dir=str(tmp_path / "out"))

    assert sidecars.write(str(tmp_path / "out/near/a.txt"), "a cat")

    for folder in ("away", "away/deep"):
        error = refusal(sidecars, tmp_path / "out" / folder / "a.txt")
        assert "leads out of" in error.message
    assert not list((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("[sandbox] A JPEG image.\n", False),
        ("[sandbox] A JPEG image.\r\n\n[sandbox] A JPEG image.", False),
        ("Mum\n[sandbox] A JPEG image.\n", True),
        ("[sandbox] A JPEG image.\nMum\n", True),
        ("TOKEN, [sandbox] A JPEG image.\n", True),
        ("\udcff", True),
    ],
)
@pytest.mark.promises("persons")
def test_text_of_the_sandbox_is_no_caption(
    tmp_path: Path, text: str, *, counts: bool
) -> None:
    """It is one if the file has other text, too."""
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(errors="surrogateescape"))

    assert TextFiles().has_caption(str(path))
    assert TextFiles().has_caption(str(path), include_sandbox=False) is counts
    assert TextFiles().write(str(path), "a cat")  # only if it does not count
    assert path.read_text() == "a cat\n"


def test_a_removal_of_a_path_that_cannot_exist_is_an_error() -> None:
    """It contains a NUL."""
    with pytest.raises(NotWrittenError) as refused:
        TextFiles().remove("a\0b", list, dry=False)

    assert refused.value.hint
    assert refused.value.hint.startswith("nothing was removed")


def test_text_that_was_never_bought_is_not_of_rwcap(tmp_path: Path) -> None:
    """Nobody can have changed it since."""
    path = tmp_path / "a.txt"
    path.write_text("By Ada\n")

    assert TextFiles().remove(str(path), list, dry=False) is Removal.ABSENT
    assert TextFiles().remove(str(path), lambda: ["x"], dry=False) is Removal.CHANGED
    assert path.read_text() == "By Ada\n"
    assert not TextFiles().is_own(str(path), lambda: ["x"])
    assert not TextFiles().is_own(str(tmp_path / "b.txt"), lambda: ["x"])


def rival(monkeypatch: pytest.MonkeyPatch, path: Path, *texts: str) -> None:
    """Let another program write a text each time when a new file is on the disk."""
    waiting, fsync = [*texts], os.fsync

    def interfere(descriptor: int) -> None:
        fsync(descriptor)
        if waiting:
            path.write_text(waiting.pop(0))

    monkeypatch.setattr(os, "fsync", interfere)


@pytest.mark.parametrize(
    ("mode", "result"),
    [
        (MergeMode.SKIP, "By Ada\n"),
        (MergeMode.APPEND, "By Ada\na cat\n"),
        (MergeMode.OVERWRITE, "a cat\n"),
    ],
)
def test_a_text_that_appears_at_the_last_moment_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: MergeMode, result: str
) -> None:
    """Each mode does with it what it does with any text."""
    path = tmp_path / "a.txt"
    rival(monkeypatch, path, "By Ada\n")

    changed = TextFiles(mode=mode).write(str(path), "a cat")

    assert changed is (mode is not MergeMode.SKIP)
    assert path.read_text() == result
    assert [*tmp_path.iterdir()] == [path]


def test_a_file_that_another_program_keeps_changing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The caption is not lost; a removal leaves the file, too."""
    path = tmp_path / "a.txt"
    path.write_text("a cat\nBy Ada\n")
    appending = TextFiles(mode=MergeMode.APPEND)
    rival(monkeypatch, path, *(f"By {name}\n" for name in "ABCDEF"))

    with pytest.raises(NotWrittenError, match="keeps changing it") as written:
        appending.write(str(path), "a dog")
    path.write_text("a cat\nBy Ada\n")
    with pytest.raises(NotWrittenError, match="changed by another program") as removed:
        appending.remove(str(path), lambda: ["a cat"], dry=False)

    assert written.value.message == f"{path}: another program keeps changing it"
    for error in (written.value, removed.value):
        assert error.code == "outputFailed"
        assert error.hint == "run the same command again when that program is done"
    assert path.read_text() == "By F\n"
