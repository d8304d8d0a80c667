"""Tests of the paths of caption files."""

import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.errors import InputError, UsageError
from rwcap.core.source import CaptionRequest
from rwcap.outputs.paths import file_key
from rwcap.outputs.text_files import TextFiles
from tests import draw

UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
IMAGE = (draw.FOLDER / "harbour.png").read_bytes()


def path(
    source: str, relative: str = "", *, ext: str = ".txt", out_dir: str | None = None
) -> str:
    """Return the path of the caption of a file."""
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


@pytest.mark.parametrize(
    "ext", [".jpg", "png", ".JPG", ".x.Tif", ".xmp", ".XMP", ".orig"]
)
def test_the_extension_of_images_is_an_error(ext: str) -> None:
    """A later run would take the text for an image, or for a file of one."""
    with pytest.raises(UsageError, match="is the extension of images") as refused:
        path("a.jpg", ext=ext)

    assert refused.value.hint == "--ext .txt"


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


@pytest.mark.parametrize("source", ["https://example.com/a.jpg", UUID])
def test_a_remote_image_needs_an_output_folder(source: str) -> None:
    """There is no folder beside it."""
    with pytest.raises(InputError, match="no folder is known") as refused:
        TextFiles().path(CaptionRequest(source, id="7"))

    assert (refused.value.code, refused.value.hint) == ("noPlace", "--out-dir DIR")


@pytest.mark.parametrize("source", ["-", "data:,"])
@pytest.mark.parametrize("folder", [None, "out"])
def test_an_image_without_a_name_has_no_caption_file(
    source: str, folder: str | None
) -> None:
    """The hint is the command that needs none."""
    with pytest.raises(InputError, match="its caption file has no name") as refused:
        TextFiles(out_dir=folder).path(CaptionRequest(source))

    assert refused.value.hint == "rwcap caption - > caption.txt"


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
        ("s3://bucket/a/b?c.jpg", "b_c.txt", "b_c.jpg.txt"),
        ("memory://a", "a.txt", "a.txt"),
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
    (tmp_path / "a.dat").write_bytes(IMAGE)
    (tmp_path / "link").symlink_to(tmp_path)
    out_dir = str(tmp_path / "link")

    with pytest.raises(InputError, match="replace the image itself") as by_name:
        path("b.dat", ext=".dat")
    with pytest.raises(InputError, match="replace the image itself") as by_link:
        path(str(tmp_path / "a.dat"), "a.dat", ext="dat", out_dir=out_dir)

    assert path("b.TXT") == "b.txt"  # neither is there

    assert by_name.value.code == by_link.value.code == "sidecarIsImage"


def test_a_folder_that_tells_upper_from_lower_case_has_two_files(
    tmp_path: Path,
) -> None:
    """A folder without names in letters is like the one that it is in."""
    (tmp_path / "2026").mkdir()
    (tmp_path / "2026/123").touch()
    names = ("A.txt", "a.txt", "2026/e\u0301.txt", "2026/\xe9.txt", "new/b", "new/B")
    paths = [str(tmp_path / name) for name in names]

    assert list(map(file_key, paths)) == paths


def test_a_folder_that_ignores_case_has_one_file(tmp_path: Path) -> None:
    """The folder finds a file by its name in the other case: here, a hard link."""
    (tmp_path / "\xe4.txt").touch()
    (tmp_path / "found.txt").touch()
    (tmp_path / "FOUND.TXT").hardlink_to(tmp_path / "found.txt")
    pairs = [("A.txt", "a.TXT"), ("e\u0301.txt", "\xe9.txt"), ("new/B", "new/b")]

    for one, other in pairs:
        assert file_key(str(tmp_path / one)) == file_key(str(tmp_path / other))
    assert file_key(str(tmp_path / "a.txt")) != file_key(str(tmp_path / "b.txt"))
