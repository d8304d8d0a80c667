"""Title, alternative text, description and keywords in the files of a run."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rwcap.core.errors import InputError
from rwcap.core.record import Record, RecordStatus
from rwcap.core.sidecar import MergeMode, Removal
from rwcap.core.source import FileStamp
from rwcap.metadata.merge import MergeRules
from rwcap.metadata.selection import fields_selection
from rwcap.outputs.embedded import EmbeddedMetadata
from rwcap.outputs.metadata_files import MetadataFiles
from rwcap.outputs.xmp_files import XmpFiles
from tests.metadata.blocks import dataset, jpeg
from tests.metadata.packets import alternatives, description, packet
from tests.metadata.test_all_places import (
    ALT,
    ANN,
    IN_XMP,
    KEYWORDS,
    TEXT,
    TITLE,
    found,
    with_iptc,
)

FOUR = ("title", "alt", "description", "keywords")
THEIR_TITLE = "<dc:title><rdf:Alt><rdf:li>Ships</rdf:li></rdf:Alt></dc:title>"


def record(path: Path) -> Record:
    """Return a record with all fields."""
    return Record(
        source=str(path),
        status=RecordStatus.OK,
        text=TEXT,
        model="m",
        fields={"title": TITLE, "alt": ALT, "description": TEXT, "keywords": KEYWORDS},
    )


def now() -> datetime:
    """Return a fixed time."""
    return datetime(2026, 1, 2, tzinfo=UTC)


def embedded(*names: str, mode: MergeMode = MergeMode.SKIP) -> EmbeddedMetadata:
    """Return the output to images for some fields."""
    return EmbeddedMetadata(
        rules=MergeRules(mode),
        backup=False,
        keep_time=True,
        now=now,
        selection=fields_selection(names),
    )


def beside(*names: str, mode: MergeMode = MergeMode.SKIP) -> XmpFiles:
    """Return the output to XMP files for some fields."""
    return XmpFiles(
        out_dir=None,
        rules=MergeRules(mode),
        now=now,
        selection=fields_selection(names),
    )


@pytest.fixture
def photo(tmp_path: Path) -> Callable[[bytes], Path]:
    """Return a function that writes an image and returns its path."""

    def write(data: bytes) -> Path:
        path = tmp_path / "a.jpg"
        path.write_bytes(data)
        return path

    return write


def stamp(path: Path) -> FileStamp:
    """Return the stamp of a file."""
    status = path.stat()
    return FileStamp(status.st_size, status.st_mtime_ns, status.st_ino)


@pytest.mark.promises("free")
def test_an_image_is_done_when_it_has_all_fields(
    photo: Callable[[bytes], Path],
) -> None:
    """A part of them is done, too; others have to be written."""
    path = photo(jpeg())
    output, part = embedded(*FOUR), embedded("title", "keywords")

    assert not output.has_caption(str(path))
    assert part.write(str(path), TEXT, record(path), stamp(path))
    assert found(path.read_bytes()) == {"title": TITLE, "keywords": [*KEYWORDS]}
    assert part.has_caption(str(path))
    assert not output.has_caption(str(path))
    assert output.write(str(path), TEXT, record(path), stamp(path))
    assert found(path.read_bytes()) == IN_XMP
    assert output.has_caption(str(path))
    assert output.write(str(path), TEXT, record(path), stamp(path)) is False
    assert output.remove(str(path), dry=False) is Removal.REMOVED
    assert path.read_bytes() == jpeg()


def test_the_index_tells_fields_apart() -> None:
    """An image with a title need not have keywords."""
    names = [(), ("title",), ("alt",), ("title", "keywords"), FOUR]

    tags = [embedded(*each).index_tag("a.jpg") for each in names]

    assert len({*tags}) == len(tags)
    assert all(tag and "/" not in tag for tag in tags[1:])


def test_an_xmp_file_does_not_contradict_its_image(
    photo: Callable[[bytes], Path],
) -> None:
    """A title in the image stays the only one, and its keywords begin the list."""
    path = photo(with_iptc(dataset(5, b"Ships"), dataset(25, b"Boats"), ANN))
    sidecar = path.with_suffix(".xmp")
    output = beside(*FOUR)

    assert not output.has_caption(str(sidecar), str(path))
    assert output.write(str(sidecar), TEXT, record(path))

    texts = found(sidecar.read_bytes())  # Exiv2 derives Exif and IPTC from them
    assert {name: texts[name] for name in texts if name in IN_XMP} == {
        "alt": ALT,
        "description": TEXT,
        "keywords": ["Boats", *(each for each in KEYWORDS if each != "boat")],
    }
    assert output.has_caption(str(sidecar), str(path))
    assert output.remove(str(sidecar), dry=False) is Removal.REMOVED
    assert not sidecar.exists()


@pytest.mark.parametrize("name", ["title", "keywords"])
def test_overwriting_refuses_to_contradict_an_image(
    photo: Callable[[bytes], Path], name: str
) -> None:
    """Another field may be written."""
    path = photo(with_iptc(dataset(5, b"Ships"), dataset(25, b"Boats")))
    sidecar = str(path.with_suffix(".xmp"))

    with pytest.raises(InputError, match="would contradict"):
        beside(name, mode=MergeMode.OVERWRITE).has_caption(sidecar, str(path))
    assert not beside("alt", mode=MergeMode.OVERWRITE).has_caption(sidecar, str(path))


def test_an_image_leaves_a_title_to_the_xmp_file_beside_it(
    photo: Callable[[bytes], Path],
) -> None:
    """The other fields are written; one that is there alone is done."""
    path = photo(jpeg())
    path.with_suffix(".xmp").write_bytes(packet(description(THEIR_TITLE)))
    output = MetadataFiles(embedded(*FOUR), beside(*FOUR))
    title = MetadataFiles(embedded("title"), beside("title"))

    assert title.has_caption(str(path), str(path))
    assert not output.has_caption(str(path), str(path))
    assert output.write(str(path), TEXT, record(path), stamp(path))

    texts = dict(IN_XMP)
    del texts["title"]
    assert found(path.read_bytes()) == texts
    assert output.remove(str(path), dry=False) is Removal.REMOVED
    assert path.read_bytes() == jpeg()


def test_an_image_adds_to_all_but_a_title_in_the_xmp_file_beside_it(
    photo: Callable[[bytes], Path],
) -> None:
    """The title stays there alone."""
    path = photo(jpeg())
    held = packet(description(THEIR_TITLE + alternatives(x_default="By hand")))
    path.with_suffix(".xmp").write_bytes(held)
    mode = MergeMode.APPEND
    output = MetadataFiles(embedded(*FOUR, mode=mode), beside(*FOUR, mode=mode))

    assert output.write(str(path), TEXT, record(path), stamp(path))
    texts = IN_XMP | {"description": f"By hand\n{TEXT}"}
    del texts["title"]
    assert found(path.read_bytes()) == texts


def test_overwriting_refuses_to_contradict_an_xmp_file_beside_the_image(
    photo: Callable[[bytes], Path],
) -> None:
    """Another field may be written; a file that cannot be read does not count."""
    path = photo(jpeg())
    path.with_suffix(".xmp").write_bytes(packet(description(THEIR_TITLE)))
    mode = MergeMode.OVERWRITE
    title = MetadataFiles(embedded("title", mode=mode), beside("title", mode=mode))
    alt = MetadataFiles(embedded("alt", mode=mode), beside("alt", mode=mode))

    with pytest.raises(InputError, match=r"a\.xmp, which the image would contradict"):
        title.has_caption(str(path))
    assert not alt.has_caption(str(path))
    path.with_suffix(".xmp").write_bytes(b"<broken")
    assert not title.has_caption(str(path))
