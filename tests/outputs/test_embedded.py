"""Tests of captions in image files."""

import errno
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rwcap.core.errors import FileChangedError, InputError, NotWrittenError
from rwcap.core.record import SANDBOX_PREFIX, Record, RecordStatus
from rwcap.core.sidecar import MergeMode, Removal
from rwcap.core.source import CaptionRequest, FileStamp
from rwcap.metadata.all_places import with_texts_in_all_places
from rwcap.metadata.embed import (
    Change,
    EmbeddableImage,
    apply_change,
    differs_only_in,
    is_same_image,
    parse_embeddable,
)
from rwcap.metadata.merge import MergeRules
from rwcap.metadata.selection import ALT_TEXT, CAPTION
from rwcap.metadata.xmp.packet import read_text
from rwcap.outputs import embedded
from rwcap.outputs.embedded import EmbeddedMetadata
from rwcap.outputs.metadata_files import MetadataFiles
from rwcap.outputs.xmp_files import XmpFiles
from tests import draw
from tests.images.containers import segment
from tests.metadata.packets import (
    INVALID_FORMS,
    QUALIFIED,
    UNWRITABLE,
    alternatives,
    description,
    packet,
)
from tests.outputs.disk import limited_file_size

JPEG, PNG, WEBP = (
    (draw.FOLDER / f"harbour.{kind}").read_bytes() for kind in ("jpg", "png", "webp")
)
HOUR = 3_600_000_000_000
RECORD = Record(
    source="a.jpg",
    status=RecordStatus.OK,
    model="m@1",
)


def output(
    mode: MergeMode = MergeMode.SKIP,
    *,
    backup: bool = False,
    keep_time: bool = True,
    alt: bool = False,
) -> EmbeddedMetadata:
    """Return the output, with a fixed date."""
    return EmbeddedMetadata(
        rules=MergeRules(mode),
        backup=backup,
        keep_time=keep_time,
        now=lambda: datetime(2026, 1, 2, tzinfo=UTC),
        selection=ALT_TEXT if alt else CAPTION,
    )


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Return the path of an image: one hour old, mode 640."""
    path = tmp_path / "a.jpg"
    path.write_bytes(JPEG)
    path.chmod(0o640)
    before = path.stat().st_mtime_ns - HOUR
    os.utime(path, ns=(before + 1, before))
    return path


def put(into: EmbeddedMetadata, path: Path, caption: str) -> FileStamp | bool:
    """Write a caption to an unchanged image."""
    now = path.stat()
    stamp = FileStamp(now.st_size, now.st_mtime_ns, now.st_ino)
    return into.write(str(path), caption, RECORD, stamp)


def text(path: Path) -> str | None:
    """Return the description of an image."""
    held = parse_embeddable(path.read_bytes()).packet
    return read_text(held) if held else None


def test_the_path_is_that_of_the_image() -> None:
    """The image must be a file."""
    assert output().path(CaptionRequest("b/a.jpg")) == "b/a.jpg"
    with pytest.raises(InputError, match="no caption can be embedded") as refusal:
        output().path(CaptionRequest("https://example.com/a.jpg"), full_name=True)
    assert refusal.value.hint == "--write xmp --out-dir DIR"


@pytest.mark.root
@pytest.mark.promises("files")
def test_a_write_keeps_the_attributes_of_the_file(photo: Path) -> None:
    """Permissions, owner, time and extended attributes stay."""
    os.chown(photo, 1234, 1235)
    os.setxattr(photo, "user.note", b"holiday")
    before = photo.stat()

    assert not output().has_caption(str(photo))
    stamp = put(output(), photo, "A harbour. 🛶")

    after = photo.stat()
    assert text(photo) == "A harbour. 🛶"
    assert b'rwcap:CaptionDate="2026-01-02T00:00:00+00:00"' in photo.read_bytes()
    assert stamp == FileStamp(after.st_size, after.st_mtime_ns, after.st_ino)
    assert after.st_mtime_ns == before.st_mtime_ns
    assert stat.S_IMODE(after.st_mode) == 0o640
    assert (after.st_uid, after.st_gid) == (1234, 1235)
    assert os.getxattr(photo, "user.note") == b"holiday"
    assert list(photo.parent.iterdir()) == [photo]


@pytest.mark.root
@pytest.mark.parametrize(
    ("user", "group", "what"),
    [(1234, -1, "owner"), (-1, 1235, "group"), (1234, 1235, "owner")],
)
@pytest.mark.promises("files")
def test_a_file_keeps_its_owner(
    photo: Path, monkeypatch: pytest.MonkeyPatch, user: int, group: int, what: str
) -> None:
    """If the owner cannot be set, the file is refused before, and not changed."""
    os.chown(photo, user, group)
    before = photo.stat().st_ctime_ns

    def forbidden(*_: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "chown", forbidden)

    with pytest.raises(InputError, match=f"its {what} would change"):
        output().has_caption(str(photo))
    with pytest.raises(NotWrittenError, match=f"its {what} would change") as failure:
        put(output(backup=True), photo, "A harbour.")

    assert "as the owner" in (failure.value.hint or "")
    assert photo.stat().st_ctime_ns == before
    assert list(photo.parent.iterdir()) == [photo]


def test_the_owner_is_only_set_if_it_differs(
    photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some systems do not allow users to change it."""
    monkeypatch.delattr(os, "chown")

    assert put(output(), photo, "A harbour.")


def test_an_existing_caption_is_not_written_again(photo: Path) -> None:
    """The file is not touched."""
    put(output(), photo, "A harbour.")
    before = photo.stat()

    assert put(output(MergeMode.APPEND), photo, "A harbour.") is False
    after = photo.stat()
    assert (after.st_ino, after.st_ctime_ns) == (before.st_ino, before.st_ctime_ns)


def test_the_time_of_a_file_can_change(photo: Path) -> None:
    """Some programs look for new times."""
    before = photo.stat().st_mtime_ns

    put(output(keep_time=False), photo, "A harbour.")

    assert photo.stat().st_mtime_ns > before


@pytest.mark.promises("files")
def test_a_backup_has_the_original(photo: Path) -> None:
    """Later writes keep the first backup, with its time and permissions."""
    backup = photo.with_name("a.jpg.orig")
    time = photo.stat().st_mtime_ns

    put(output(backup=True), photo, "One.")
    put(output(MergeMode.APPEND, backup=True), photo, "Two.")

    assert text(photo) == "One.\nTwo."
    assert backup.read_bytes() == JPEG
    assert backup.stat().st_mtime_ns == time
    assert stat.S_IMODE(backup.stat().st_mode) == 0o640


@pytest.mark.promises("files")
@pytest.mark.root
def test_a_backup_keeps_the_extended_attributes(photo: Path) -> None:
    """Desktops keep tags and comments of people there."""
    os.setxattr(photo, "user.note", b"holiday")

    put(output(backup=True), photo, "One.")

    backup = photo.with_name("a.jpg.orig")
    assert os.getxattr(backup, "user.note") == b"holiday"


@pytest.mark.promises("files")
def test_hard_links_keep_the_original(photo: Path) -> None:
    """A backup program can use them."""
    other = photo.with_name("backup.jpg")
    other.hardlink_to(photo)

    put(output(), photo, "A harbour.")

    assert other.read_bytes() == JPEG
    assert text(photo) == "A harbour."


@pytest.mark.parametrize(
    ("there", "present"),
    [
        (None, False),
        ("", False),
        (" \n", False),
        ("Mum", True),
        (f"{SANDBOX_PREFIX} x", False),
        (f"My {SANDBOX_PREFIX} pail", True),
        (f"Mum\n{SANDBOX_PREFIX} x", True),
    ],
)
def test_an_existing_description_is_found(
    photo: Path, there: str | None, *, present: bool
) -> None:
    """Blank text and text of the sandbox do not count."""
    if there is not None:
        held = packet(description(alternatives(x_default=there)))
        marked = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + held)
        photo.write_bytes(JPEG[:20] + marked + JPEG[20:])

    assert output().has_caption(str(photo), include_sandbox=False) is present
    assert output().has_caption(str(photo)) is (bool(there) and there != " \n")


def test_an_unreadable_file_has_no_caption(tmp_path: Path) -> None:
    """The reader of images reports the error."""
    os.mkfifo(tmp_path / "pipe")
    for name in ("missing", "pipe", ".", "a\0b"):
        assert not output().has_caption(f"{tmp_path}/{name}")


def test_a_symbolic_link_is_an_error(photo: Path) -> None:
    """The error comes before a purchase and before a write."""
    link = photo.with_name("link.jpg")
    link.symlink_to(photo)

    with pytest.raises(InputError, match=r"link\.jpg: a symbolic link") as refusal:
        output().has_caption(str(link))
    with pytest.raises(NotWrittenError, match="symbolic links"):
        put(output(), link, "A harbour.")

    assert refusal.value.code == "symbolicLink"
    assert photo.read_bytes() == JPEG


SIGNED = JPEG[:2] + segment(0xEB, b"JP..jumb..c2pa") + JPEG[2:]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (SIGNED, "signedImage"),
        (JPEG[:-2], "missingEnd"),
        (b"GIF89a", "notEmbeddable"),
        (JPEG.ljust(60_000, b"\0"), "imageTooLarge"),
    ],
)
def test_an_image_that_must_not_change_is_an_error(
    photo: Path, data: bytes, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error comes before a purchase and before a write."""
    monkeypatch.setattr(embedded, "MAX_BYTES", 50_000)
    photo.write_bytes(data)

    with pytest.raises(InputError) as refusal:
        output().has_caption(str(photo))
    with pytest.raises(NotWrittenError):
        put(output(), photo, "A harbour.")

    assert refusal.value.code == code
    assert refusal.value.message.startswith(str(photo))
    assert "--write xmp" in (refusal.value.hint or "")
    assert photo.read_bytes() == data


MANY_SCANS = JPEG[:-2] + b"\xff\xda\0\2" * 500 + JPEG[-2:]


def within(held: bytes) -> bytes:
    """Return the image with a packet in it."""
    marked = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + held)
    return JPEG[:20] + marked + JPEG[20:]


@pytest.mark.parametrize(
    ("held", "mode", "alt"),
    [
        *[(form, MergeMode.SKIP, True) for form in INVALID_FORMS],
        *[(form, MergeMode.OVERWRITE, False) for form in UNWRITABLE],
        (QUALIFIED, MergeMode.APPEND, False),
        (packet(description("x" * 64_500)), MergeMode.SKIP, False),
    ],
)
def test_an_image_that_cannot_be_written_is_an_error_before_a_purchase(
    photo: Path, held: bytes, *, mode: MergeMode, alt: bool
) -> None:
    """`has_caption` refuses what `write` would refuse: unusual XMP, a full segment."""
    photo.write_bytes(within(held))

    with pytest.raises(InputError) as refusal:
        output(mode, alt=alt).has_caption(str(photo), include_sandbox=False)

    assert refusal.value.message.startswith(str(photo))
    assert "--write xmp" in (refusal.value.hint or "")


def test_a_skipped_image_can_have_any_readable_form(photo: Path) -> None:
    """Nothing is written to it."""
    photo.write_bytes(within(QUALIFIED))

    assert output().has_caption(str(photo), include_sandbox=False)


def test_an_image_with_the_same_caption_is_no_error(photo: Path) -> None:
    """Nothing has to be tried."""
    texts, record = CAPTION.sample()
    image = parse_embeddable(photo.read_bytes())
    change = with_texts_in_all_places(image, texts, record, rules=MergeRules(), date="")
    assert change
    photo.write_bytes(apply_change(image, change))

    assert output(MergeMode.OVERWRITE).has_caption(str(photo))


def test_an_image_with_an_odd_end_is_an_error_before_a_purchase(photo: Path) -> None:
    """Its reader accepts it, but a packet cannot be appended."""
    photo.write_bytes(b"RIFF\x17\0\0\0WEBPVP8L\x0b\0\0\0\x2f\x27\x40\x07" + bytes(7))

    with pytest.raises(InputError, match="last chunk is not padded"):
        output().has_caption(str(photo))


@pytest.mark.parametrize(
    "data", [b"", b"hello", JPEG[:40], JPEG[:40] + b"\xff\xd8", MANY_SCANS]
)
def test_a_damaged_image_has_no_caption(photo: Path, data: bytes) -> None:
    """The reader of images reports the error."""
    photo.write_bytes(data)

    assert not output().has_caption(str(photo))
    with pytest.raises(NotWrittenError):
        put(output(), photo, "A harbour.")


def test_a_changed_file_does_not_get_the_caption(photo: Path) -> None:
    """It can be another image by now."""
    now = photo.stat()
    for stamp in (
        None,
        FileStamp(now.st_size + 1, now.st_mtime_ns, now.st_ino),
        FileStamp(now.st_size, now.st_mtime_ns + 1, now.st_ino),
        FileStamp(now.st_size, now.st_mtime_ns, now.st_ino + 1),
    ):
        with pytest.raises(FileChangedError, match="changed since it was captioned"):
            output().write(str(photo), "A harbour.", RECORD, stamp)

    assert photo.read_bytes() == JPEG


@pytest.mark.promises("files")
def test_changes_of_other_programs_are_kept(
    photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They happen between the read and the replacement of the image."""

    def check(change: Change, before: EmbeddableImage, after: bytes) -> bool:
        photo.write_bytes(JPEG + b"\0")
        return differs_only_in(change, before, after)

    monkeypatch.setattr(embedded, "differs_only_in", check)

    with pytest.raises(FileChangedError):
        put(output(backup=True), photo, "A harbour.")

    assert photo.read_bytes() == JPEG + b"\0"
    assert list(photo.parent.iterdir()) == [photo]


@pytest.mark.promises("files")
def test_an_image_that_fails_verification_is_discarded(
    photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The original stays."""
    monkeypatch.setattr(embedded, "differs_only_in", lambda *_: False)

    with pytest.raises(NotWrittenError, match="fails verification"):
        put(output(backup=True), photo, "A harbour.")

    assert photo.read_bytes() == JPEG
    assert list(photo.parent.iterdir()) == [photo]


def test_a_full_disk_leaves_the_original(photo: Path) -> None:
    """The message has the reason."""
    with (
        limited_file_size(5000),
        pytest.raises(NotWrittenError, match=os.strerror(errno.EFBIG)) as failure,
    ):
        put(output(), photo, "A harbour.")

    assert "costs nothing" in (failure.value.hint or "")
    assert photo.read_bytes() == JPEG
    assert list(photo.parent.iterdir()) == [photo]


def test_a_text_too_long_for_a_segment_is_not_written(photo: Path) -> None:
    """The hint names another output."""
    with pytest.raises(NotWrittenError, match="more than 65,502 bytes") as failure:
        put(output(), photo, "long " * 14_000)

    assert "--write xmp" in (failure.value.hint or "")
    assert photo.read_bytes() == JPEG


def test_a_removal_that_is_impossible_is_an_error(photo: Path) -> None:
    """A missing or signed image, and one whose result would be wrong."""
    with pytest.raises(NotWrittenError, match="No such file"):
        output().remove(str(photo.with_name("missing.jpg")), dry=False)
    photo.write_bytes(SIGNED)
    with pytest.raises(NotWrittenError, match="signed"):
        output().remove(str(photo), dry=False)

    assert not is_same_image(parse_embeddable(JPEG), b"")
    assert not is_same_image(parse_embeddable(JPEG), SIGNED)
    assert photo.read_bytes() == SIGNED


def test_a_missing_image_has_no_marks_to_remove(photo: Path) -> None:
    """Its XMP file is looked at."""
    both = MetadataFiles(
        output(),
        XmpFiles(
            out_dir=None,
            rules=MergeRules(),
            now=lambda: datetime(2026, 1, 2, tzinfo=UTC),
        ),
    )

    assert both.remove(str(photo.with_name("no.jpg")), dry=False) is Removal.ABSENT


def test_an_image_that_is_replaced_at_the_last_moment_stays(
    photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new file with the caption is on the disk already, and goes."""
    fsync = os.fsync

    def interfere(descriptor: int) -> None:
        fsync(descriptor)
        photo.write_bytes(b"another picture")

    monkeypatch.setattr(os, "fsync", interfere)

    with pytest.raises(FileChangedError):
        put(output(), photo, "A harbour.")

    assert photo.read_bytes() == b"another picture"
    assert list(photo.parent.iterdir()) == [photo]
