"""Tests of captions in XMP files beside their images."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rwcap.core.errors import InputError, NotWrittenError
from rwcap.core.record import SANDBOX_PREFIX, Record, RecordStatus
from rwcap.core.sidecar import MergeMode, Removal
from rwcap.core.source import CaptionRequest
from rwcap.metadata.merge import MergeRules
from rwcap.metadata.selection import ALT_TEXT, CAPTION
from rwcap.metadata.xmp.packet import read_text
from rwcap.outputs.xmp_files import XmpFiles
from tests.exiv2 import TEXTS, metadata
from tests.metadata.packets import (
    INVALID_FORMS,
    OTHERS,
    QUALIFIED,
    UNWRITABLE,
    alternatives,
    description,
    packet,
)

DESCRIPTION = TEXTS["Description"]
RECORD = Record(source="a.jpg", status=RecordStatus.OK, model="m@1")
OLD = packet(description(OTHERS + alternatives(x_default="Mum", de_DE="Mutti")))


def output(
    mode: MergeMode = MergeMode.SKIP, out_dir: Path | None = None, *, alt: bool = False
) -> XmpFiles:
    """Return the output, with a fixed date."""
    return XmpFiles(
        out_dir=None if out_dir is None else str(out_dir),
        rules=MergeRules(mode),
        now=lambda: datetime(2026, 1, 2, tzinfo=UTC),
        selection=ALT_TEXT if alt else CAPTION,
    )


def test_both_naming_schemes_are_supported(tmp_path: Path) -> None:
    """Adobe's is the default; that of darktable and digiKam applies if it exists."""
    wanted = CaptionRequest(str(tmp_path / "a.jpg"))
    short, long = (str(tmp_path / name) for name in ("a.xmp", "a.jpg.xmp"))

    assert output().path(wanted) == short
    assert output().path(wanted, full_name=True) == long
    Path(short).touch()
    assert output().path(wanted) == short
    Path(long).touch()
    assert output().path(wanted) == long


@pytest.mark.promises("persons")
def test_a_text_of_a_person_counts_in_each_of_two_files(tmp_path: Path) -> None:
    """Lightroom writes a.xmp, darktable a.nef.xmp, which is the one that is written."""
    image = tmp_path / "a.nef"
    image.write_text("no image")
    (tmp_path / "a.xmp").write_bytes(OLD)
    (tmp_path / "a.nef.xmp").write_bytes(packet(description(OTHERS)))
    path = output().path(CaptionRequest(str(image)))

    assert path == f"{image}.xmp"
    assert output().has_caption(path, str(image))
    apart = output(out_dir=tmp_path / "out")
    assert not apart.has_caption(str(tmp_path / "out/a.xmp"), str(image))
    with pytest.raises(InputError, match="which the XMP file would contradict"):
        output(MergeMode.OVERWRITE).has_caption(path, str(image))


def test_a_remote_image_has_a_file_in_the_output_folder(tmp_path: Path) -> None:
    """The folder is created."""
    place = output(out_dir=tmp_path / "new").path(
        CaptionRequest("https://example.com/b/c.png")
    )

    assert output(out_dir=tmp_path / "new").write(place, "A cat.", RECORD)
    assert place == str(tmp_path / "new/c.xmp")
    assert read_text(Path(place).read_bytes()) == "A cat."
    with pytest.raises(InputError, match="no folder is known"):
        output().path(CaptionRequest("https://example.com/b/c.png"))


@pytest.mark.parametrize("old", [b"", OLD])
@pytest.mark.promises("persons")
def test_a_caption_is_merged_with_the_file(tmp_path: Path, old: bytes) -> None:
    """Nothing else changes. A second write changes nothing at all."""
    path = tmp_path / "a.xmp"
    path.write_bytes(old)

    assert output(MergeMode.APPEND).write(str(path), "A cat.", RECORD) is True
    new = path.read_bytes()
    assert output(MergeMode.APPEND).write(str(path), "A cat.", RECORD) is False

    assert path.read_bytes() == new
    assert read_text(new) == ("Mum\nA cat." if old else "A cat.")
    assert all(part in new for part in (OTHERS.encode(), b"Mutti") if old)
    found, kept = metadata(new), metadata(old).xmp if old else {}
    assert found.texts["Description"] == read_text(new)
    assert found.xmp.items() >= {**kept, DESCRIPTION: found.xmp[DESCRIPTION]}.items()
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("data", "present"),
    [
        (b"", False),
        (packet(description(OTHERS)), False),
        (packet(description(alternatives(x_default=" "))), False),
        (
            packet(description(alternatives(x_default=f"{SANDBOX_PREFIX} A cat."))),
            False,
        ),
        (
            packet(description(alternatives(x_default=f"My {SANDBOX_PREFIX} pail"))),
            True,
        ),
        (
            packet(
                description(alternatives(x_default=f"Mum\n{SANDBOX_PREFIX} A cat."))
            ),
            True,
        ),
        (OLD, True),
    ],
)
def test_an_existing_description_is_found(
    tmp_path: Path, data: bytes, *, present: bool
) -> None:
    """Blank text and text of the sandbox do not count."""
    (tmp_path / "a.xmp").write_bytes(data)

    assert (
        output().has_caption(str(tmp_path / "a.xmp"), include_sandbox=False) is present
    )
    assert not output().has_caption(str(tmp_path / "missing.xmp"))
    with pytest.raises(InputError, match="files cannot be created in"):
        output().has_caption(str(tmp_path / "a.xmp" / "b.xmp"))


@pytest.mark.parametrize("kind", ["no XMP", "a folder", "a pipe", "no name"])
def test_a_file_without_xmp_is_an_error(tmp_path: Path, kind: str) -> None:
    """The error comes before a purchase and before a write."""
    path = str(tmp_path / "a.xmp")
    match kind:
        case "no XMP":
            Path(path).write_bytes(b"hello")
        case "a folder":
            Path(path).mkdir()
        case "a pipe":
            os.mkfifo(path)
        case _:
            path = f"{tmp_path}/a\0.xmp"

    with pytest.raises(InputError, match=r"a.?\.xmp: ") as refusal:
        output().has_caption(path)
    with pytest.raises(NotWrittenError):
        output().write(path, "A cat.", RECORD)

    assert refusal.value.code == "unreadableXmp"


def test_a_symbolic_link_is_an_error(tmp_path: Path) -> None:
    """The link and its target stay as they are."""
    (tmp_path / "precious").write_bytes(OLD)
    (tmp_path / "a.xmp").symlink_to("precious")

    assert output().has_caption(str(tmp_path / "a.xmp"))
    with pytest.raises(InputError, match=r"a\.xmp: a symbolic link"):
        output(MergeMode.OVERWRITE).has_caption(str(tmp_path / "a.xmp"))
    with pytest.raises(NotWrittenError, match="a symbolic link"):
        output(MergeMode.OVERWRITE).write(str(tmp_path / "a.xmp"), "A cat.", RECORD)

    assert (tmp_path / "precious").read_bytes() == OLD
    assert (tmp_path / "a.xmp").is_symlink()


@pytest.mark.parametrize(
    ("odd", "mode", "alt"),
    [
        *[(form, MergeMode.SKIP, True) for form in INVALID_FORMS],
        *[(form, MergeMode.OVERWRITE, False) for form in UNWRITABLE],
    ],
)
def test_a_file_that_cannot_be_written_is_an_error_before_a_purchase(
    tmp_path: Path, odd: bytes, *, mode: MergeMode, alt: bool
) -> None:
    """`has_caption` refuses what `write` would refuse."""
    (tmp_path / "a.xmp").write_bytes(odd)

    with pytest.raises(InputError, match=r"a\.xmp: unusable XMP"):
        output(mode, alt=alt).has_caption(
            str(tmp_path / "a.xmp"), include_sandbox=False
        )


def test_a_skipped_file_can_have_any_readable_form(tmp_path: Path) -> None:
    """Nothing is written to it."""
    (tmp_path / "a.xmp").write_bytes(QUALIFIED)

    assert output().has_caption(str(tmp_path / "a.xmp"), include_sandbox=False)


@pytest.mark.parametrize("old", [None, OLD])
@pytest.mark.parametrize("changes", [1, 4, 5])
def test_changes_of_other_programs_are_kept(
    tmp_path: Path, old: bytes | None, changes: int
) -> None:
    """They happen between the read and the replacement of the file."""
    path = tmp_path / "a.xmp"
    if old:
        path.write_bytes(old)
    theirs = [
        packet(description(alternatives(x_default=f"Mum {index}")))
        for index in range(changes)
    ]
    left = list(theirs)

    def now() -> datetime:
        """Return the time, after another program has changed the file."""
        if left:
            (tmp_path / "theirs").write_bytes(left.pop(0))
            (tmp_path / "theirs").replace(path)
        return datetime(2026, 1, 2, tzinfo=UTC)

    slow = XmpFiles(out_dir=None, rules=MergeRules(MergeMode.APPEND), now=now)

    if changes < 5:
        assert slow.write(str(path), "A cat.", RECORD) is True
        assert read_text(path.read_bytes()) == f"Mum {changes - 1}\nA cat."
    else:
        with pytest.raises(NotWrittenError, match="another program keeps changing it"):
            slow.write(str(path), "A cat.", RECORD)
        assert path.read_bytes() == theirs[-1]
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    """The hint says that the caption is kept."""
    with pytest.raises(NotWrittenError, match="No such file or directory") as failure:
        output().write(str(tmp_path / "b" / "a.xmp"), "A cat.", RECORD)

    assert "costs nothing" in (failure.value.hint or "")


@pytest.mark.promises("undo")
def test_a_removal_never_touches_what_is_not_of_rwcap(tmp_path: Path) -> None:
    """Links, folders, empty files, and files that change meanwhile."""
    made = tmp_path / "a.xmp"
    link, empty, folder = (tmp_path / name for name in ("l.xmp", "e.xmp", "f.xmp"))
    output().write(str(made), "A harbour.", RECORD)
    link.symlink_to(made)
    empty.touch()
    folder.mkdir()
    before = made.read_bytes()

    for path in (empty, tmp_path / "missing.xmp"):
        assert output().remove(str(path), dry=False) is Removal.ABSENT
    with pytest.raises(NotWrittenError, match="a symbolic link"):
        output().remove(str(link), dry=False)
    with pytest.raises(NotWrittenError, match="directory"):
        output().remove(str(folder), dry=False)

    assert made.read_bytes() == before
    assert output().remove(str(made), dry=True) is Removal.REMOVED
    assert made.exists()
    assert output().remove(str(made), dry=False) is Removal.REMOVED
    assert not made.exists()
