"""Tests of captions in text files, and of the atomic replacement of files."""

import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.errors import InputError, NotWrittenError, UsageError
from rwcap.core.request import CaptionRequest
from rwcap.core.sidecar import MergeMode
from rwcap.outputs.atomic import replace_file
from rwcap.outputs.text_files import TextFiles
from tests import draw

UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
IMAGE = (draw.FOLDER / "harbour.png").read_bytes()


@contextmanager
def limited_file_size(size: int) -> Iterator[None]:
    """Limit the size of files, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


# Replacing files


def test_a_new_file_gets_default_permissions(tmp_path: Path) -> None:
    """The umask applies."""
    before = os.umask(0o027)
    try:
        replace_file(str(tmp_path / "a.txt"), b"new")
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o640
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


# Paths


def path(
    source: str, relative: str = "", *, ext: str = ".txt", out_dir: str | None = None
) -> str:
    """Return where the caption of a file belongs."""
    return TextFiles(ext=ext, out_dir=out_dir).path(CaptionRequest(source, relative))


@pytest.mark.parametrize(
    ("source", "sidecar"),
    [
        ("a/b.jpg", "a/b.txt"),
        ("./a.b.jpg", "./a.b.txt"),
        ("/a/photo", "/a/photo.txt"),
        ("a/.jpg", "a/.jpg.txt"),
        ("..jpg", "..jpg.txt"),
        ("photo.", "photo.txt"),
        ("a.b/photo", "a.b/photo.txt"),
        ("-x\n.jpg", "-x\n.txt"),
        ("caf\udce9.jpg", "caf\udce9.txt"),
    ],
)
def test_the_caption_file_is_beside_the_image(source: str, sidecar: str) -> None:
    """Its extension replaces that of the image."""
    assert path(source) == sidecar
    assert path(source, ext="caption") == sidecar.removesuffix("txt") + "caption"


def test_a_full_name_avoids_shared_files() -> None:
    """The extension is added to the whole name of the image."""
    sidecars = TextFiles()

    assert sidecars.path(CaptionRequest("b.jpg")) == sidecars.path(
        CaptionRequest("b.png")
    )
    assert sidecars.path(CaptionRequest("b.jpg"), full_name=True) == "b.jpg.txt"
    assert sidecars.path(CaptionRequest("b.png"), full_name=True) == "b.png.txt"


@pytest.mark.parametrize("ext", ["", ".", "a/b", "/"])
def test_an_invalid_extension_is_an_error(ext: str) -> None:
    """It would name no file, or one in another folder."""
    with pytest.raises(UsageError, match="not a file name extension"):
        TextFiles(ext=ext)


def test_the_output_folder_mirrors_the_folders_of_the_images() -> None:
    """Paths are relative to the named folder."""
    assert path("in/a/b.jpg", "a/b.jpg", out_dir="out") == "out/a/b.txt"
    assert path("in/b.jpg", "b.jpg", out_dir="out") == "out/b.txt"
    assert path("in/b.jpg", "", out_dir="out") == "out/b.txt"
    assert path("in/b.jpg", "a/./x/../b.jpg", out_dir="out") == "out/a/b.txt"
    assert path("in/..b.jpg", "..b.jpg", out_dir="out") == "out/..b.txt"


@pytest.mark.parametrize("relative", ["../x.jpg", "a/../../x.jpg", "/x", "..", "a/.."])
def test_no_caption_file_is_outside_of_the_output_folder(relative: str) -> None:
    """A table or an archive can contain such a path."""
    with pytest.raises(InputError, match="leads out") as refused:
        path("x.jpg", relative, out_dir="out")

    assert refused.value.code == "noPlace"


@pytest.mark.parametrize("source", ["https://example.com/a.jpg", UUID, "-", "data:,"])
def test_a_remote_image_needs_an_output_folder(source: str) -> None:
    """There is no folder beside it."""
    with pytest.raises(InputError, match="no folder is known") as refused:
        TextFiles().path(CaptionRequest(source, id="7"))

    assert (refused.value.code, refused.value.hint) == ("noPlace", "--out-dir DIR")


@pytest.mark.parametrize(
    ("source", "called", "full_name"),
    [
        ("https://example.com/a/b.jpg?size=2#x/y.png", "b.txt", "b.jpg.txt"),
        ("https://example.com/a%20b.jpg", "a%20b.txt", "a%20b.jpg.txt"),
        ("https://example.com/a/b/", "b.txt", "b.txt"),
        ("https://me:secret@host:80/", "host_80.txt", "host_80.txt"),
        ("HTTP://example.com?x=/y", "example.com.txt", "example.com.txt"),
        ("http://example.com/..", "_.txt", "_.txt"),
        ("http:", "_.txt", "_.txt"),
        (UUID, f"{UUID}.txt", f"{UUID}.txt"),
    ],
)
def test_a_remote_image_has_the_name_of_its_url_or_uuid(
    source: str, called: str, full_name: str
) -> None:
    """The name is the last part of the URL, the host, or the UUID; never a password."""
    sidecars = TextFiles(out_dir="out")

    assert sidecars.path(CaptionRequest(source)) == f"out/{called}"
    assert sidecars.path(CaptionRequest(source), full_name=True) == f"out/{full_name}"


@pytest.mark.parametrize(
    ("id_", "called"),
    [
        ("0001", "0001.txt"),
        ("v1.2", "v1.2.txt"),
        ("../a\\b:c*?\n\ud800", ".._a_b_c____.txt"),
        ("..", "_.txt"),
    ],
)
def test_an_id_has_precedence_over_the_name_in_a_url(id_: str, called: str) -> None:
    """Characters that are invalid in file names are replaced."""
    wanted = CaptionRequest("https://example.com/a.jpg", id=id_)

    assert TextFiles(out_dir="out").path(wanted) == f"out/{called}"
    assert (
        TextFiles(out_dir="out").path(CaptionRequest("data:,", id=id_))
        == f"out/{called}"
    )


def test_an_image_without_a_name_needs_an_id() -> None:
    """A data URI has no name."""
    with pytest.raises(InputError, match="no name") as refused:
        TextFiles(out_dir="out").path(
            CaptionRequest("data:image/png;base64," + "A" * 5000)
        )

    assert refused.value.code == "noPlace"
    assert len(refused.value.message) < 200


@given(
    st.text(st.characters(codec=None)),
    st.sampled_from(["a.jpg", "https://a/b", UUID]),
    st.text(),
)
def test_no_name_leads_out_of_the_output_folder(
    id_: str, source: str, relative: str
) -> None:
    """Any id, source and path are safe."""
    found = "out/refused.txt"
    with suppress(InputError):
        found = TextFiles(out_dir="out").path(CaptionRequest(source, relative, id=id_))

    inside = Path(os.path.normpath(found)).relative_to("out")
    assert inside.parts
    assert inside.parts[0] != ".."


def test_a_file_with_the_name_of_a_uuid_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader of images treats it in the same way."""
    monkeypatch.chdir(tmp_path)
    Path(UUID).write_bytes(IMAGE)

    assert path(UUID) == f"{UUID}.txt"


def test_a_caption_never_replaces_its_image(tmp_path: Path) -> None:
    """The two paths can differ and still lead to one file."""
    (tmp_path / "a.png").write_bytes(IMAGE)
    (tmp_path / "link").symlink_to(tmp_path)
    out_dir = str(tmp_path / "link")

    with pytest.raises(InputError, match="replace the image itself") as by_name:
        path("b.jpg", ext=".jpg")
    with pytest.raises(InputError, match="replace the image itself") as by_link:
        path(str(tmp_path / "a.png"), "a.png", ext="png", out_dir=out_dir)

    assert path("b.TXT") == "b.txt"  # neither is there

    assert by_name.value.code == by_link.value.code == "sidecarIsImage"


# Existing captions


def test_a_file_with_text_has_a_caption(tmp_path: Path) -> None:
    """A large file counts as text. A folder, a pipe or a loop does not."""
    (tmp_path / "caption").write_text("a cat")
    (tmp_path / "long").write_bytes(b" " * 4096)
    (tmp_path / "link").symlink_to("caption")
    (tmp_path / "empty").touch()
    (tmp_path / "blank").write_bytes(b" \r\n\t" * 1000)
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")

    present = {
        found.name
        for found in [*tmp_path.iterdir(), tmp_path / "missing"]
        if TextFiles().has_caption(str(found))
    }

    assert present == {"caption", "long", "link"}
    assert not TextFiles().has_caption("a\0b")
    assert not TextFiles().has_caption("a\ud800b")


def test_an_unreadable_file_has_a_caption() -> None:
    """It is never replaced."""
    user = os.geteuid()
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        secret = Path(folder, "a.txt")
        secret.write_text("a cat")
        secret.chmod(0)
        os.seteuid(user or 65534)
        try:
            assert TextFiles().has_caption(str(secret))
        finally:
            os.seteuid(user)


# Writing


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


def test_old_text_is_kept_in_any_encoding(tmp_path: Path) -> None:
    """Its bytes do not change above or below the caption."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"caf\xe9\r\n\x00\xff")

    assert TextFiles(mode=MergeMode.APPEND).write(str(path), "a cat")
    assert TextFiles(mode=MergeMode.PREPEND).write(str(path), "é")
    assert path.read_bytes() == b"\xc3\xa9\ncaf\xe9\r\n\x00\xff\na cat\n"
    assert not TextFiles(mode=MergeMode.APPEND).write(str(path), "a cat")
    assert not TextFiles(mode=MergeMode.PREPEND).write(str(path), "é")


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

    assert found == {
        "folder.txt": "folder.txt: not a regular file",
        "pipe.txt": "pipe.txt: not a regular file",
        "other.png": "other.png: an image, not a text file",
        "other.png/a.txt": "other.png/a.txt: Not a directory",
        "no/a.txt": "no/a.txt: No such file or directory",
    }
    long = refusal(overwriting, tmp_path / ("x" * 300))
    assert long.message.endswith(": File name too long")
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
def test_text_of_the_sandbox_is_no_caption(
    tmp_path: Path, text: str, *, counts: bool
) -> None:
    """It is one if the file has other text, too."""
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(errors="surrogateescape"))

    assert TextFiles().has_caption(str(path))
    assert TextFiles().has_caption(str(path), include_sandbox=False) is counts


def test_only_files_and_links_are_replaced(tmp_path: Path) -> None:
    """Replacing a device would remove it for everybody."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()

    for name in ("pipe", "folder"):
        with pytest.raises(OSError, match="not a regular file"):
            replace_file(str(tmp_path / name), b"text")

    assert (tmp_path / "pipe").is_fifo()
    assert len(list(tmp_path.iterdir())) == 2
