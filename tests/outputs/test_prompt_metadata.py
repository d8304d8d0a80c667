"""What the files of an image say of it."""

import os
from pathlib import Path

import pytest

from rwcap.core.errors import InputError
from rwcap.images.read import MAX_FILE_BYTES
from rwcap.metadata.descriptive import MAX_CHARS
from rwcap.outputs.prompt_metadata import image_facts
from tests import draw
from tests.metadata import blocks
from tests.metadata.packets import alternatives, description, packet
from tests.metadata.test_file_texts import tiff

TITLE = "<dc:title><rdf:Alt><rdf:li>{}</rdf:li></rdf:Alt></dc:title>"


def test_a_photo_without_metadata_says_nothing(tmp_path: Path) -> None:
    """Neither does a file that is no image."""
    (tmp_path / "a.jpg").write_bytes((draw.FOLDER / "harbour.jpg").read_bytes())
    (tmp_path / "b.heic").write_text("no image")

    assert image_facts(str(tmp_path / "a.jpg")) == {}
    assert image_facts(str(tmp_path / "b.heic")) == {}


def test_xmp_counts_before_iptc_and_exif(tmp_path: Path) -> None:
    """An older program may have changed the other ones before."""
    texts = ((5, b"IPTC title"), (25, b"harbour"), (120, b"Drawn"))
    iptc = blocks.photoshop(b"".join(blocks.dataset(*each) for each in texts))
    (tmp_path / "a.jpg").write_bytes(
        blocks.jpeg(block=blocks.dated(b"2025:03:15\0"), iptc=iptc)
    )
    (tmp_path / "a.xmp").write_bytes(packet(description(TITLE.format("XMP title"))))

    assert image_facts(str(tmp_path / "a.jpg")) == {
        "title": "XMP title",
        "keywords": "harbour",
        "date": "2025-03-15",
        "description": "Drawn",
    }


def test_files_beside_an_image_say_more(tmp_path: Path) -> None:
    """Both names of XMP files, and the text file. All are made harmless."""
    (tmp_path / "a.heic").write_text("no image")
    (tmp_path / "a.xmp").write_bytes(
        packet(description(TITLE.format("First") + alternatives(x_default="By hand")))
    )
    (tmp_path / "a.heic.xmp").write_bytes(
        packet(
            description(
                TITLE.format("Second")
                + alternatives(x_default="OLYMPUS DIGITAL CAMERA")
            )
        )
    )
    (tmp_path / "a.txt").write_bytes(b"a {x}\n\xff\x1b[31m" + b"y" * 100_000)

    facts = image_facts(str(tmp_path / "a.heic"))

    assert (facts["title"], facts["description"]) == ("First", "By hand")
    assert facts["sidecar"].startswith("a {x} \ufffd[31my")
    assert len(facts["sidecar"]) == MAX_CHARS + 3


@pytest.mark.promises("pixels")
def test_a_link_beside_an_image_is_not_read(tmp_path: Path) -> None:
    """It can lead to private data, such as a key, which must not get into a prompt."""
    (tmp_path / "a.heic").write_text("no image")
    (tmp_path / "private").write_text("hush")
    (tmp_path / "a.txt").symlink_to("private")

    assert "sidecar" not in image_facts(str(tmp_path / "a.heic"))


def test_the_beginning_of_a_large_text_file_is_enough(tmp_path: Path) -> None:
    """One that is too large for an image takes no more memory than a short one."""
    (tmp_path / "a.heic").write_text("no image")
    (tmp_path / "a.txt").write_text("a boat")
    os.truncate(tmp_path / "a.txt", MAX_FILE_BYTES + 1)

    assert image_facts(str(tmp_path / "a.heic"))["sidecar"] == "a boat"


def test_unusable_metadata_is_named(tmp_path: Path) -> None:
    """The image is not captioned with a gap in its prompt."""
    (tmp_path / "a.jpg").write_bytes((draw.FOLDER / "harbour.jpg").read_bytes())
    (tmp_path / "a.xmp").write_bytes(b"<x")

    with pytest.raises(InputError, match=r"^\S*a\.xmp: unusable XMP"):
        image_facts(str(tmp_path / "a.jpg"))
    with pytest.raises(InputError, match=r"^\S*no\.jpg: no such file"):
        image_facts(str(tmp_path / "no.jpg"))


def test_a_tiff_says_what_its_metadata_say(tmp_path: Path) -> None:
    """XMP comes first, then the caption in IPTC."""
    held = packet(description(TITLE.format("Harbour")))
    iptc = blocks.dataset(5, b"Older title") + blocks.dataset(120, b"Boats at dawn")
    (tmp_path / "a.tif").write_bytes(tiff({0x02BC: (1, held), 0x83BB: (7, iptc)}))

    assert image_facts(str(tmp_path / "a.tif")) == {
        "title": "Harbour",
        "description": "Boats at dawn",
    }
