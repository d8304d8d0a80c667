"""`--write xmp` and `--write embed` as people and other programs use them."""

import json
import os
import sys
from collections.abc import Callable
from html import escape
from pathlib import Path

import pytest

from rwcap.metadata.embed import parse_embeddable
from rwcap.metadata.properties import Property
from rwcap.metadata.xmp.packet import read_text
from tests import corpus, draw
from tests import service as faults
from tests.cli.test_batch import asked, lines, records, summed, texts, tree
from tests.exiftool import exiftool
from tests.exiv2 import Metadata, metadata, with_metadata, without_xmp
from tests.images.containers import segment
from tests.images.test_raw import RAWS
from tests.metadata import blocks
from tests.metadata.packets import OTHERS, alternatives, description, packet
from tests.metadata.test_pointers import pointed
from tests.process import Rwcap
from tests.service import Service

EMBED = ["batch", "p", "--write", "embed"]


@pytest.fixture(autouse=True)
def pictures_are_told_apart(service: Service) -> None:
    """Have every caption say which picture it is of."""
    service.otherwise = faults.numbered


def descriptions(folder: Path) -> dict[str, str | None]:
    """Return what images and XMP files below a folder say, by their path in it."""
    found: dict[str, str | None] = {}
    for path in sorted(folder.rglob("*")):
        data = path.read_bytes() if path.is_file() else b""
        if path.suffix == ".xmp":
            found[str(path.relative_to(folder))] = read_text(data)
        elif path.suffix in {".jpg", ".png", ".webp"}:
            held = parse_embeddable(data).packet
            found[str(path.relative_to(folder))] = read_text(held) if held else None
    return found


def described(data: bytes, text: str) -> bytes:
    """Return a JPEG that somebody has described."""
    held = packet(description(alternatives(x_default=text)))
    marked = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + held)
    return data[:20] + marked + data[20:]


@pytest.mark.promises("undo", "persons")
def test_an_apostrophe_comes_back_after_another_program_has_saved_the_file(
    connected: Rwcap, tmp_path: Path
) -> None:
    """Exiv2 reads some references to characters as spaces, and writes these."""
    draw.album(tmp_path / "p", "a.jpg")
    photo, text = tmp_path / "p/a.jpg", "Anna's dog & \"Rex\"\n'there'"
    photo.write_bytes(described(photo.read_bytes(), escape(text, quote=False)))
    order = ("batch", "p", "--write", "embed", "--mode")

    connected.run(*order, "overwrite")
    rated = with_metadata(photo.read_bytes(), Metadata(xmp={"Xmp.xmp.Rating": "3"}))
    photo.write_bytes(rated)
    connected.run(*order, "remove")

    assert metadata(photo.read_bytes()).texts == {"Description": text}


@pytest.mark.promises("undo", "persons")
def test_a_long_text_comes_back_after_many_rounds(
    connected: Rwcap, tmp_path: Path
) -> None:
    """Prompts that image generators write into Exif have thousands of characters."""
    draw.album(tmp_path / "p", "a.jpg")
    photo, order = tmp_path / "p/a.jpg", ("batch", "p", "--write", "embed", "--mode")
    long = (
        "masterpiece, \u201cbest quality\u201d, a harbour at dusk, (boats:1.2), " * 90
    )
    texts = {"Exif.Photo.UserComment": f"charset=Unicode {long}END"}
    old = Metadata(exif=texts, iptc={"Iptc.Application2.Caption": "By Ann"})
    photo.write_bytes(with_metadata(photo.read_bytes(), old))
    before = photo.read_bytes()

    for number in range(12):
        connected.run(*order, "overwrite", "-p", f"{number}? " * 100)
    written = metadata(photo.read_bytes())
    result = connected.run(*order, "remove")

    assert (
        written.iptc["Iptc.Application2.Caption"] == f"Picture 1. {'11? ' * 100}"[:-1]
    )
    assert "Picture 1. 11? 11?" in written.exif["Exif.Photo.UserComment"]
    assert (result.status, photo.read_bytes()) == (0, before)


def test_a_text_that_cannot_be_kept_is_not_replaced(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """It is refused before the caption is bought, with a way that works."""
    draw.album(tmp_path / "p", "a.jpg")
    photo, order = tmp_path / "p/a.jpg", ("batch", "p", "--mode", "overwrite")
    old = Metadata(exif={"Exif.Photo.UserComment": f"charset=Unicode {'ab' * 14_000}"})
    photo.write_bytes(with_metadata(photo.read_bytes(), old))
    before = photo.read_bytes()

    refused = connected.run(*order, "--write", "embed")
    bills = service.bills
    beside = connected.run(*order, "--write", "xmp", "--ignore-existing")

    assert (refused.status, bills, photo.read_bytes()) == (1, 0, before)
    assert "too long to be kept" in refused.err
    assert "hint: --write xmp --ignore-existing" in refused.err
    assert (beside.status, service.bills) == (0, 1)


@pytest.mark.promises("undo", "persons")
def test_a_replaced_text_comes_back_after_another_program_has_changed_its_place(
    connected: Rwcap, tmp_path: Path
) -> None:
    """Until then captions count as those of rwcap."""
    draw.album(tmp_path / "p", "a.jpg")
    photo, order = tmp_path / "p/a.jpg", ("batch", "p", "--write", "embed", "--mode")
    old = Metadata(exif={"Exif.Image.ImageDescription": "By Ann"})
    photo.write_bytes(with_metadata(photo.read_bytes(), old))

    connected.run(*order, "overwrite", "-p", "One?")
    tagged = Metadata(exif={"Exif.Image.Artist": "Ann"})
    photo.write_bytes(with_metadata(photo.read_bytes(), tagged))
    connected.run(*order, "overwrite", "-p", "Two?")
    shown = connected.run("caption", "--show", "p/a.jpg")
    result = connected.run(*order, "remove")

    assert "Picture 1. Two?" in shown.out
    assert "person" not in shown.out
    assert result.status == 0
    now = metadata(photo.read_bytes())
    assert now.exif["Exif.Image.ImageDescription"] == "By Ann"
    assert now.exif["Exif.Image.Artist"] == "Ann"
    assert not now.xmp


@pytest.mark.parametrize(
    "order",
    [
        f"a.{kind} --ignore-existing --write {write} --mode {mode}"
        for kind, write in (("jpg", "embed"), ("tif", "metadata"), ("jpg", "xmp"))
        for mode in ("overwrite", "append", "prepend")
    ],
)
@pytest.mark.promises("once", "texts")
def test_texts_of_a_person_in_a_prompt_stay_there_when_they_are_replaced(
    order: str, connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """The same command has the same prompt again, so it buys nothing."""
    draw.album(tmp_path, order.partition(" ")[0])
    old = Metadata(
        exif={"Exif.Image.ImageDescription": "By Ann"},
        xmp={"Xmp.dc.title": {'lang="x-default"': "Boats"}, "Xmp.dc.subject": ["dawn"]},
    )
    target = tmp_path / order.partition(" ")[0]
    if "embed" not in order:
        target = target.with_suffix(".xmp")
        target.write_bytes(packet(description(alternatives(x_default="By Ann"))))
    target.write_bytes(with_metadata(target.read_bytes(), old))
    prompt = "Improve: {description} ({title}: {keywords})"
    reply = {
        "title": "Ships",
        "description": "Ships lie here.",
        "keywords": ["sea", "ship", "sky", "dawn", "quay"],
    }
    service.captions.append(faults.caption(json.dumps(reply)))
    command = ("batch", *order.split(), "--fields", ",".join(reply), "-p", prompt)

    runs = [connected.run(*command, "--jsonl") for _ in range(3)]

    assert [each.status for each in runs] == [0] * 3
    assert service.bills == 1
    sent = json.loads(runs[0].out)["prompt"]
    assert sent.startswith("Improve: By Ann (Boats: dawn)")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
@pytest.mark.promises("files", "texts")
def test_an_image_that_another_program_is_writing_is_not_replaced(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """What it writes later would be in no file. The caption stays in the ledger."""
    draw.album(tmp_path / "p", "a.jpg")
    photo, order = tmp_path / "p/a.jpg", ("batch", "p", "--write", "embed")
    before = photo.read_bytes()

    with photo.open("ab") as file:
        refused = connected.run(*order)
        file.write(b"a film of two seconds")
    after = photo.read_bytes()
    again = connected.run(*order)

    assert refused.status == 1
    assert "another program keeps changing the file" in refused.err
    assert after == before + b"a film of two seconds"
    assert (again.status, service.bills) == (0, 1)
    assert photo.read_bytes().endswith(b"a film of two seconds")
    assert descriptions(tmp_path / "p") == {"a.jpg": "Picture 1."}


@pytest.mark.parametrize(
    ("write", "name"), [("xmp", "a.jpg"), ("xmp", "a.tif"), ("metadata", "a.tif")]
)
@pytest.mark.promises("undo")
def test_a_caption_is_taken_out_of_each_xmp_file_of_an_image(
    connected: Rwcap, tmp_path: Path, write: str, name: str
) -> None:
    """Another program has made the second one, where the next caption goes.

    The first one can belong to another image of the same name.
    """
    draw.album(tmp_path / "p", name, "b.tif")
    order = ("batch", f"p/{name}", "--write", write, "--mode")
    first = connected.run("batch", "p", "--write", write)
    (tmp_path / f"p/{name}.xmp").write_bytes(packet(description(OTHERS)))

    second = connected.run(*order, "skip")
    twin = tmp_path / "p/a.gif"
    twin.touch()
    result = connected.run(*order, "remove")
    twin.unlink()
    (tmp_path / "p").rename(tmp_path / "q")
    moved = connected.run("batch", f"q/{name}", "--write", write, "--mode", "remove")

    assert [each.status for each in (first, second, result, moved)] == [0] * 4
    assert result.out == f"p/{name}.xmp\n"
    assert moved.out == "q/a.xmp\n"
    assert sorted(path.name for path in (tmp_path / "q").glob("*.xmp")) == [
        f"{name}.xmp",
        "b.xmp",
    ]
    assert (tmp_path / f"q/{name}.xmp").read_bytes() == packet(description(OTHERS))


@pytest.mark.parametrize(
    ("name", "write"), [("a.NEF", "metadata"), ("a.NEF", "xmp"), ("a.tif", "metadata")]
)
@pytest.mark.promises("undo")
def test_a_jpeg_of_the_same_name_does_not_keep_a_caption_in_an_xmp_file(
    connected: Rwcap, tmp_path: Path, name: str, write: str
) -> None:
    """It is the JPEG of the raw file, or has its own caption in itself."""
    draw.album(tmp_path / "p", "a.JPG", "b.tif")
    (tmp_path / "p/b.tif").rename(tmp_path / f"p/{name}")
    if name == "a.NEF":
        (tmp_path / "p/a.NEF").write_bytes(RAWS["NEF"])
    order = ("batch", "p", "--write", write)
    first = connected.run(*order)
    (tmp_path / f"p/{name}.xmp").write_bytes(packet(description(OTHERS)))

    result = connected.run(*order, "--mode", "remove")

    assert (first.status, result.status) == (0, 0)
    assert "p/a.xmp" in result.out.splitlines()
    assert not (tmp_path / "p/a.xmp").exists()
    assert (tmp_path / f"p/{name}.xmp").read_bytes() == packet(description(OTHERS))


@pytest.mark.parametrize("form", ["an attribute", "alternatives", "in Norwegian, too"])
@pytest.mark.parametrize("name", ["a.tif", "a.jpg"])
@pytest.mark.promises("undo", "persons")
def test_a_copy_in_another_xmp_file_is_taken_out(
    connected: Rwcap, tmp_path: Path, name: str, form: str
) -> None:
    """Darktable and digiKam copy a caption there; what else they write stays."""
    draw.album(tmp_path / "p", name, "b.tif")
    order = ("batch", "p", "--write", "metadata")
    first = connected.run(*order)
    copy = alternatives(x_default="Picture 1.")
    rest = alternatives(nb="En båt.") if form == "in Norwegian, too" else ""
    both = alternatives(x_default="Picture 1.", nb="En båt.")
    held = {
        "an attribute": packet(description(OTHERS, 'dc:description="Picture 1."')),
        "alternatives": packet(description(OTHERS + copy)),
        "in Norwegian, too": packet(description(OTHERS + both)),
    }[form]
    for path in (f"p/{name}.xmp", "p/b.tif.xmp"):
        (tmp_path / path).write_bytes(held)

    result = connected.run(*order, "--mode", "remove")

    assert (first.status, result.status) == (0, 0)
    assert ("p/a.jpg" if name == "a.jpg" else "p/a.tif.xmp") in result.out
    left = (tmp_path / f"p/{name}.xmp").read_bytes()
    assert metadata(left).xmp == metadata(packet(description(OTHERS + rest))).xmp
    assert read_text((tmp_path / "p/b.tif.xmp").read_bytes()) == "Picture 1."


@pytest.mark.promises("texts")
def test_a_caption_in_an_xmp_file_that_is_gone_is_written_again(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Also with `--write metadata`, after a run that found the file."""
    draw.album(tmp_path / "p", "a.tif")
    order = ("batch", "p", "--write", "metadata")

    runs = [connected.run(*order) for _ in range(2)]
    removed = connected.run(*order, "--mode", "remove")
    again = connected.run(*order)

    assert [each.status for each in (*runs, removed, again)] == [0] * 4
    assert "skipped: 1" in runs[1].err
    assert descriptions(tmp_path / "p") == {"a.xmp": "Picture 1."}
    assert service.bills == 1


def edit_with_exiftool(folder: Path) -> None:
    """Add an artist and a title to all JPEG files; remove all XMP from `b.jpg`."""
    exiftool("-overwrite_original", "-Artist=Ada", "-XMP-dc:Title=T", folder)
    exiftool("-overwrite_original", "-XMP=", folder / "b.jpg")


def edit_with_exiv2(folder: Path) -> None:
    """Do the same."""
    added = Metadata(exif={"Exif.Image.Artist": "Ada"}, xmp={"Xmp.dc.title": "T"})
    for path in folder.iterdir():
        path.write_bytes(with_metadata(path.read_bytes(), added))
    path = folder / "b.jpg"
    path.write_bytes(without_xmp(path.read_bytes()))


@pytest.mark.promises("free")
def test_a_second_run_opens_no_image_and_buys_nothing(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Whatever is in the files by then: from outside they look as they did."""
    draw.album(tmp_path / "p", "a.jpg", "b/c.png")
    first = connected.run(*EMBED, "--jsonl")
    written = descriptions(tmp_path / "p")
    for path in (tmp_path / "p" / "a.jpg", tmp_path / "p" / "b" / "c.png"):
        before = path.stat()
        with path.open("r+b") as file:
            file.write(bytes(before.st_size))
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    second = connected.run(*EMBED, "--jsonl")

    assert written == {"a.jpg": "Picture 1.", "b/c.png": "Picture 2."}
    assert [each["outputs"] for each in records(first.out)] == [
        ["p/a.jpg"],
        ["p/b/c.png"],
    ]
    assert [each["status"] for each in records(second.out)] == ["skipped"] * 2
    assert (first.status, second.status, len(service.requests)) == (0, 0, 2)


@pytest.mark.parametrize(
    "edit",
    [
        edit_with_exiv2,
        pytest.param(edit_with_exiftool, marks=pytest.mark.program("exiftool")),
    ],
)
@pytest.mark.promises("free")
def test_other_programs_may_change_and_rename_a_file(
    connected: Rwcap,
    service: Service,
    tmp_path: Path,
    edit: Callable[[Path], None],
) -> None:
    """The caption stays with it; taken out, it comes back for nothing."""
    folder = tmp_path / "p"
    draw.album(folder, "a.jpg", "b.jpg", "c.jpg")
    connected.run(*EMBED)
    edit(folder)
    (folder / "a.jpg").rename(folder / "new.jpg")

    result = connected.run(*EMBED)
    again = connected.run(*EMBED)

    found = {path.name: metadata(path.read_bytes()) for path in folder.iterdir()}
    assert {each.exif["Exif.Image.Artist"] for each in found.values()} == {"Ada"}
    assert {name: each.texts["Description"] for name, each in found.items()} == {
        "b.jpg": "Picture 2.",
        "c.jpg": "Picture 3.",
        "new.jpg": "Picture 1.",
    }
    assert [name for name in sorted(found) if "Xmp.dc.title" in found[name].xmp] == [
        "c.jpg",
        "new.jpg",
    ]
    assert (summed(result)["skipped"], summed(again)["skipped"]) == ("2", "3")
    assert len(service.requests) == service.bills == 3


@pytest.mark.promises("persons")
def test_what_a_person_wrote_stays_and_costs_nothing(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Unless it is asked for, as for text files."""
    draw.album(tmp_path / "p", "a.jpg", "b.jpg")
    photo = tmp_path / "p" / "a.jpg"
    photo.write_bytes(described(photo.read_bytes(), "My cat Minka"))
    before = photo.read_bytes()

    dry = connected.run(*EMBED, "--dry-run")
    skipped = connected.run(*EMBED)
    bills, kept = service.bills, photo.read_bytes()
    appended = connected.run(*EMBED, "--mode", "append")
    connected.run(*EMBED, "--mode", "append")
    both = descriptions(tmp_path / "p")
    connected.run(*EMBED, "--mode", "overwrite")

    assert (lines(dry), kept, bills) == (["p/b.jpg"], before, 1)
    assert (skipped.status, appended.status) == (0, 0)
    assert both == {"a.jpg": "My cat Minka\nPicture 1.", "b.jpg": "Picture 2."}
    assert descriptions(tmp_path / "p") == {
        "a.jpg": "Picture 1.",
        "b.jpg": "Picture 2.",
    }
    assert service.bills == 2


@pytest.mark.promises("free")
def test_whatever_output_is_missing_comes_back_for_nothing(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """An image is done when all that is wanted is there."""
    draw.album(tmp_path / "p", "a.jpg")
    photo = tmp_path / "p" / "a.jpg"
    plain = photo.read_bytes()
    command = [*EMBED, "--write", "xmp", "--write", "txt", "--jsonl"]

    first = connected.run(*command)
    full = tree(tmp_path / "p")
    for name in ("a.jpg", "a.txt", "a.xmp"):
        path = tmp_path / "p" / name
        path.unlink() if path != photo else photo.write_bytes(plain)
        (record,) = records(connected.run(*command).out)
        assert record["status"] == "cached"
        assert descriptions(tmp_path / "p") == dict.fromkeys(
            ("a.jpg", "a.xmp"), "Picture 1."
        )
        assert texts(tmp_path / "p") == {"a.txt": "Picture 1.\n"}

    (record,) = records(first.out)
    assert record["outputs"] == ["p/a.jpg", "p/a.xmp", "p/a.txt"]
    assert tree(tmp_path / "p").keys() == full.keys()
    assert records(connected.run(*command).out)[0]["status"] == "skipped"
    assert len(service.requests) == 1


def test_the_sandbox_does_not_pass_for_the_service(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """What it said gives way, in both kinds of XMP."""
    draw.album(tmp_path / "p", "a.jpg")
    command = [*EMBED, "--write", "xmp"]

    tried = Rwcap(tmp_path).run(*command, "--sandbox")
    before = descriptions(tmp_path / "p")
    again = Rwcap(tmp_path).run(*command, "--sandbox")
    real = connected.run(*command)

    assert (tried.status, again.status, real.status) == (0, 0, 0)
    assert str(before["a.jpg"]).startswith("[sandbox] A JPEG image")
    assert summed(again)["skipped"] == "1"
    assert set(descriptions(tmp_path / "p").values()) == {"Picture 1."}
    assert service.bills == 1


@pytest.mark.promises("persons")
def test_a_text_beside_that_of_the_sandbox_is_somebodys(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """What a trial was added to is left alone afterwards, wherever it stands."""
    draw.album(tmp_path / "p", "a.jpg")
    photo, sidecar = tmp_path / "p" / "a.jpg", tmp_path / "p" / "a.txt"
    photo.write_bytes(described(photo.read_bytes(), "My [sandbox] pail"))
    sidecar.write_text("Mum\n")
    command = [*EMBED, "--write", "txt"]

    tried = Rwcap(tmp_path).run(*command, "--mode", "append", "--sandbox")
    before = tree(tmp_path / "p")
    real = connected.run(*command)

    assert (tried.status, real.status) == (0, 0)
    assert tree(tmp_path / "p") == before
    assert sidecar.read_text().startswith("Mum\n[sandbox] ")
    assert str(descriptions(tmp_path / "p")["a.jpg"]).startswith(
        "My [sandbox] pail\n[sandbox] "
    )
    assert service.bills == 0


@pytest.mark.parametrize("kind", ["embed", "xmp"])
def test_a_description_in_a_form_that_is_odd_costs_nothing(
    connected: Rwcap, service: Service, tmp_path: Path, kind: str
) -> None:
    """Also where it is the alternative text that is missing; it stays."""
    draw.album(tmp_path / "p", "a.jpg")
    held = packet(description("<dc:description><a:b/></dc:description>"))
    photo = tmp_path / "p" / "a.jpg"
    data = photo.read_bytes()
    marked = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + held)
    photo.write_bytes(data[:20] + marked + data[20:])
    photo.with_suffix(".xmp").write_bytes(held)
    before = tree(tmp_path / "p")

    result = connected.run("batch", "p", "--alt", "--write", kind)

    assert result.status == 1
    assert "unusable XMP: expected language alternatives" in result.err
    assert tree(tmp_path / "p") == before
    assert service.requests == []


@pytest.mark.promises("free")
def test_what_cannot_have_its_caption_inside_is_not_bought(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Each says why, and what would do."""
    draw.album(tmp_path / "p", "a.jpg", "b.jpg", "e.jpg", "f.jpg")
    photo = tmp_path / "p" / "a.jpg"
    data = photo.read_bytes()
    photo.write_bytes(data[:2] + segment(0xEB, b"JP..jumb..c2pa") + data[2:])
    (tmp_path / "p" / "c.jpg").symlink_to("b.jpg")
    damaged, invalid, preview = (tmp_path / f"p/{name}.jpg" for name in "efg")
    damaged.write_bytes(damaged.read_bytes()[:-2])
    invalid.write_bytes(described(invalid.read_bytes(), "</wrong>"))
    preview.write_bytes(pointed("file"))
    before = tree(tmp_path / "p")
    url = "https://example.com/d.jpg"
    sources = ["batch", url, "p/a.jpg", "p/c.jpg"]

    result = connected.run(
        *sources, "p/e.jpg", "p/f.jpg", "p/g.jpg", "--write", "embed"
    )
    bills = service.bills
    beside = connected.run(*sources, "--write", "xmp", "--out-dir", "out")

    assert (result.status, bills, beside.status) == (1, 0, 0)
    assert "p/a.jpg: signed (Content Credentials)" in result.err
    assert "p/c.jpg: a symbolic link" in result.err
    assert f"{url}: not a local file, so no caption can be embedded" in result.err
    assert "hint: --write xmp" in result.err
    assert tree(tmp_path / "p") == before
    assert descriptions(tmp_path / "out").keys() == {"a.xmp", "c.xmp", "d.xmp"}


def test_a_picture_wanted_twice_gets_both_captions(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """At the same time, or so."""
    draw.album(tmp_path, "a.jpg")
    (tmp_path / "m.csv").write_text("image,prompt\na.jpg,Who?\na.jpg,Where?\n")
    command = ["batch", "m.csv", "--write", "embed", "--mode", "append"]

    result = connected.run(*command)
    again = connected.run(*command)

    said = sorted(str(descriptions(tmp_path)["a.jpg"]).splitlines())
    assert said[-2:] == ["Picture 1. Where?", "Picture 1. Who?"]
    assert (result.status, again.status) == (0, 0)
    assert service.bills == 2


def test_files_can_be_named_after_whole_names(connected: Rwcap, tmp_path: Path) -> None:
    """As darktable and digiKam do; where one is there, it is used in any case."""
    draw.album(tmp_path / "p", "a.jpg", "a.png")
    command = ["batch", "p", "--write", "xmp", "--collide"]

    always = connected.run(*command, "always")
    other = connected.run(*command, "error")

    assert (always.status, other.status) == (0, 0)
    assert {name for name in descriptions(tmp_path / "p") if "xmp" in name} == {
        "a.jpg.xmp",
        "a.png.xmp",
    }


def test_every_image_is_looked_into_if_wanted(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """`--checksum` trusts neither size nor time."""
    draw.album(tmp_path / "p", "a.jpg")
    photo = tmp_path / "p" / "a.jpg"
    connected.run(*EMBED)
    before = photo.stat()
    photo.write_bytes(photo.read_bytes().replace(b"Picture 1.", b" " * 10))
    os.utime(photo, ns=(before.st_atime_ns, before.st_mtime_ns))

    trusting = connected.run(*EMBED)
    checked = connected.run(*EMBED, "--checksum")

    assert summed(trusting)["skipped"] == "1"
    assert "skipped" not in summed(checked)
    assert descriptions(tmp_path / "p") == {"a.jpg": "Picture 1."}
    assert service.bills == 1


def test_the_original_and_the_time_are_the_users_choice(
    connected: Rwcap, tmp_path: Path
) -> None:
    """The time of a file stays, unless it is not to; a backup is made if wanted."""
    draw.album(tmp_path / "p", "a.jpg", "b.jpg")
    before = tree(tmp_path / "p")
    for name in ("a.jpg", "b.jpg"):
        os.utime(tmp_path / "p" / name, (1_000_000_000, 1_000_000_000))

    connected.run("batch", "p/a.jpg", "--write", "embed", "--backup")
    connected.run("batch", "p/b.jpg", "--write", "embed", "--no-keep-time")

    assert (tmp_path / "p" / "a.jpg").stat().st_mtime == 1_000_000_000
    assert (tmp_path / "p" / "b.jpg").stat().st_mtime > 1_000_000_000
    assert tree(tmp_path / "p").keys() == {"a.jpg", "a.jpg.orig", "b.jpg"}
    assert tree(tmp_path / "p")["a.jpg.orig"] == before["a.jpg"]


@pytest.mark.promises("free")
def test_a_file_that_is_no_backup_of_a_photo_stops_its_backup(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Another picture, or a folder; nothing is bought or changed."""
    draw.album(tmp_path / "p", "a.jpg", "b.jpg", "c.jpg")
    (tmp_path / "p/a.jpg.orig").write_bytes((tmp_path / "p/b.jpg").read_bytes())
    (tmp_path / "p/b.jpg.orig").mkdir()
    (tmp_path / "p/c.jpg.orig").write_bytes(b"notes")
    before = tree(tmp_path / "p")

    result = connected.run("batch", "p", "--write", "embed", "--backup", "-v")

    assert "p/a.jpg: p/a.jpg.orig is no backup of it" in result.err
    assert "p/b.jpg: the backup *.orig: Is a directory" in result.err
    assert "p/c.jpg: p/c.jpg.orig is no backup of it" in result.err
    assert "hint: rename that file, or omit --backup" in result.err
    assert tree(tmp_path / "p") == before
    assert (result.status, service.bills) == (1, 0)


def test_one_caption_is_printed_and_written(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """`rwcap caption` writes as `rwcap batch` does."""
    draw.album(tmp_path, "a.jpg", "b.jpg")
    (tmp_path / "b.xmp").write_bytes(packet(description(alternatives(en="Mum"))))
    order = ["caption", "a.jpg", "--write", "embed", "--write", "xmp"]

    first = connected.run(*order, "--backup", "--json")
    second = connected.run(*order)
    other = connected.run("caption", "b.jpg", "--write", "xmp")
    forced = connected.run("caption", "b.jpg", "--write", "xmp", "--mode", "prepend")

    assert json.loads(first.out)["outputs"] == ["a.jpg", "a.xmp"]
    assert second.out == "Picture 1.\n"
    assert "a.jpg: already has a caption; skipped" in second.err
    assert "$0.0013, paid earlier" in second.err
    assert (other.status, other.out) == (0, "")
    assert "b.jpg: already has a caption; skipped" in other.err
    assert (forced.status, forced.out) == (0, "Picture 2.\n")
    assert descriptions(tmp_path) == {
        "a.jpg": "Picture 1.",
        "a.xmp": "Picture 1.",
        "b.jpg": None,
        "b.xmp": "Picture 2.\nMum",
    }
    assert (tmp_path / "a.jpg.orig").exists()
    assert len(asked(service)) == 2


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("batch p --write txt --backup", "--backup needs --write embed"),
        ("batch p --write xmp --no-keep-time", "--no-keep-time needs --write embed"),
        ("batch p --write xmp --ext .a", "--ext needs --write txt"),
        ("batch p --write embed --out-dir o", "--out-dir needs --write txt|xmp"),
        ("caption a.jpg --mode append", "--mode needs --write txt|xmp|embed"),
        ("caption a.jpg --no-wait --write xmp", "--write needs the caption"),
        (
            "caption a.jpg --webhook-url https://a.b --write xmp",
            "--write needs the caption",
        ),
        ("caption a.jpg --fresh --write xmp", "--fresh with --write needs --mode"),
        ("caption --fetch U --write xmp", "--fetch and --write exclude each other"),
    ],
)
def test_what_cannot_be_meant_is_refused(rwcap: Rwcap, words: str, reason: str) -> None:
    """Before anything is done."""
    result = rwcap.run(*words.split())

    assert result.status == 2
    assert reason in result.err


@pytest.mark.promises("files")
def test_a_backup_is_never_captioned(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Not even where every name is included, or a glob matches it."""
    draw.album(tmp_path / "p", "a.jpg")
    original = (tmp_path / "p/a.jpg").read_bytes()

    first = connected.run(*EMBED, "--backup")
    again = connected.run(*EMBED, "--mode", "append", "--include", "*")
    globbed = connected.run("batch", "p/*", "--write", "embed")

    assert (first.status, again.status, globbed.status) == (0, 0, 0)
    assert sorted(path.name for path in (tmp_path / "p").iterdir()) == [
        "a.jpg",
        "a.jpg.orig",
    ]
    assert (tmp_path / "p/a.jpg.orig").read_bytes() == original


def photos_with_words(folder: Path) -> dict[str, bytes]:
    """Write photos that somebody, nobody and a camera has described; return them."""
    folder.mkdir()
    made = {
        "camera.jpg": blocks.jpeg(block=blocks.exif(b"OLYMPUS DIGITAL CAMERA\0")),
        "exif.jpg": blocks.jpeg(block=blocks.exif(b"My aunt's garden\0")),
        "iptc.jpg": blocks.jpeg(
            iptc=blocks.photoshop(blocks.dataset(120, b"Boats at dawn"))
        ),
        "studio.jpg": blocks.jpeg(block=blocks.exif(b"(c) Studio\0")),
    }
    for number, (name, data) in enumerate(made.items(), 1):
        made[name] = draw.marked_jpeg(data, b"#%08d" % number)
        (folder / name).write_bytes(made[name])
    return made


@pytest.mark.promises("persons")
def test_the_words_of_a_person_are_left_alone_and_those_of_a_camera_are_replaced(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """The setting `placeholder_descriptions` adds to the words of cameras."""
    before = photos_with_words(tmp_path / "p")

    first = connected.run(*EMBED, "--jsonl")
    skipped = len(service.requests)
    connected.run("config", "set", "placeholder_descriptions", "(c) Studio")
    connected.run(*EMBED)

    assert [each["status"] for each in records(first.out)] == ["ok", *["skipped"] * 3]
    assert (skipped, len(service.requests)) == (1, 2)
    for name in ("exif.jpg", "iptc.jpg"):
        assert (tmp_path / "p" / name).read_bytes() == before[name]
    for name, text in (("camera.jpg", "Picture 1."), ("studio.jpg", "Picture 4.")):
        found = metadata((tmp_path / "p" / name).read_bytes())
        assert found.texts["Description"] == text
        assert found.exif["Exif.Image.ImageDescription"] == text


def test_captions_outside_of_xmp_can_be_ignored(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """They stay as they are."""
    photos_with_words(tmp_path / "p")

    connected.run(*EMBED)
    result = connected.run(*EMBED, "--ignore-existing")
    misused = connected.run("batch", "p", "--write", "txt", "--ignore-existing")

    assert (result.status, len(service.requests)) == (0, 4)
    assert descriptions(tmp_path / "p") == {
        name: f"Picture {number}."
        for number, name in enumerate(
            ("camera.jpg", "exif.jpg", "iptc.jpg", "studio.jpg"), 1
        )
    }
    found = metadata((tmp_path / "p" / "iptc.jpg").read_bytes())
    assert found.iptc["Iptc.Application2.Caption"] == "Boats at dawn"
    assert (misused.status, "--write embed" in misused.err) == (2, True)


XMP = ["batch", "p", "--write", "xmp"]


@pytest.mark.promises("persons")
def test_an_xmp_file_never_contradicts_the_words_in_the_image(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """It starts from them, or is not written."""
    before = photos_with_words(tmp_path / "p")

    first = connected.run(*XMP, "--jsonl")
    skipped = descriptions(tmp_path / "p")
    refused = connected.run(*XMP, "--mode", "overwrite")
    bought = len(service.requests)
    joined = connected.run(*XMP, "--mode", "append", "--include", "exif.jpg")
    ignored = connected.run(*XMP, "--ignore-existing", "--include", "iptc.jpg")

    images = dict.fromkeys(before)
    assert [(each["status"], each["outputs"]) for each in records(first.out)] == [
        ("ok", ["p/camera.xmp"]),
        *[("skipped", [])] * 3,
    ]
    assert skipped == images | {"camera.xmp": "Picture 1."}
    assert (refused.status, bought) == (3, 1)
    assert "p/iptc.jpg: has a caption, which the XMP file would" in refused.err
    assert "--ignore-existing" in refused.err
    assert (joined.status, ignored.status) == (0, 0)
    assert descriptions(tmp_path / "p") == images | {
        "camera.xmp": "Picture 1.",
        "exif.xmp": "My aunt's garden\nPicture 2.",
        "iptc.xmp": "Picture 3.",
    }


def test_an_alternative_text_joins_the_words_in_the_image(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """The description of a person stays the only one."""
    service.otherwise = faults.caption("A harbour.")
    photos_with_words(tmp_path / "p")

    result = connected.run(*XMP, "--alt", "--include", "exif.jpg")

    packet_now = (tmp_path / "p" / "exif.xmp").read_bytes()
    assert (result.status, read_text(packet_now)) == (0, None)
    assert read_text(packet_now, Property.ALT_TEXT) == "A harbour."


@pytest.mark.promises("persons")
def test_the_words_of_a_person_in_a_tiff_count(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """They are shown, left alone, and continued in the XMP file."""
    service.otherwise = faults.caption("A harbour.")
    (tmp_path / "p").mkdir()
    held = packet(description(alternatives(x_default="By Ada")))
    draw.harbour().save(tmp_path / "p" / "a.tif", tiffinfo={700: held})

    skipped = connected.run(*METADATA, "--jsonl")
    shown = connected.run("caption", "--show", "p/a.tif")
    bought = len(service.requests)
    joined = connected.run(*METADATA, "--mode", "append")

    assert [each["status"] for each in records(skipped.out)] == ["skipped"]
    assert shown.out == "p/a.tif\tXMP-dc:description\tperson\tBy Ada\n"
    assert (bought, joined.status) == (0, 0)
    assert descriptions(tmp_path / "p") == {"a.xmp": "By Ada\nA harbour."}


METADATA = ["batch", "p", "--write", "metadata"]


def mixed_folder(folder: Path) -> None:
    """Write images of all kinds; some of them must not be changed."""
    folder.mkdir()
    plain = [draw.snapshot(number) for number in range(1, 4)]
    (folder / "a.jpg").write_bytes(plain[0])
    (folder / "b.png").write_bytes(draw.snapshot(4, "PNG"))
    signed = segment(0xEB, b"JP..jumb..c2pa")
    (folder / "c.jpg").write_bytes(plain[1][:2] + signed + plain[1][2:])
    (folder / "d.jpg").write_bytes(plain[2])
    (folder / "d.jpg").chmod(0o444)
    (folder / "g.jpg").write_bytes(draw.snapshot(5)[:-2])
    for name in ("e.gif", "e.tif", "f.bmp"):
        kind = {"gif": "GIF", "tif": "TIFF", "bmp": "BMP"}[name[2:]]
        data = corpus.saved(draw.harbour(), kind)
        (folder / name).write_bytes(data)


@pytest.mark.promises("files", "reports")
def test_every_format_has_a_place(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """In the image, or beside it; a second run buys nothing and writes nothing."""
    service.otherwise = faults.caption("A harbour.")
    mixed_folder(tmp_path / "p")
    for name in ("h.mov", "h.CRW", "i.iiq", "j.pdf", "k.txt"):
        (tmp_path / "p" / name).write_bytes(b"x")
    untouched = tree(tmp_path / "p")

    first = connected.run(*METADATA, "--jsonl")
    before = tree(tmp_path / "p")
    second = connected.run(*METADATA, "--jsonl")

    outputs = ["a.jpg", "b.png", "c.jpg.xmp", "d.jpg.xmp", "e.xmp", "e.tif.xmp"]
    written = [f"p/{name}" for name in (*outputs, "f.xmp", "g.jpg.xmp")]
    for run in (first, second):
        found = [path for each in records(run.out) for path in each["outputs"]]
        assert (run.status, sorted(found)) == (0, sorted(written))
    assert [each["status"] for each in records(second.out)] == ["skipped"] * 8
    assert "written to XMP files: 6" in first.err.splitlines()
    assert "written to images: 2" in first.err.splitlines()
    assert "p: ignored: 2 raw, 1 PDF, 1 video" in first.err.splitlines()
    assert tree(tmp_path / "p") == before
    assert {name for name in untouched if untouched[name] != before[name]} == {
        *("a.jpg", "b.png")
    }
    sidecars = (tmp_path / "p").glob("*.xmp")
    assert {read_text(each.read_bytes()) for each in sidecars} == {"A harbour."}


def test_an_image_that_must_not_be_changed_keeps_the_words_in_it(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """A lost XMP file is written again for nothing; a URL has no place."""
    mixed_folder(tmp_path / "p")
    signed, read_only = tmp_path / "p" / "c.jpg", tmp_path / "p" / "d.jpg"
    signed.write_bytes(described(signed.read_bytes(), "By Ada"))
    only = ["--include", "c.jpg", "--include", "d.jpg"]

    first = connected.run(*METADATA, *only, "--jsonl")
    (tmp_path / "p" / "d.jpg.xmp").unlink()
    connected.run(*METADATA, *only)
    there = (tmp_path / "p" / "d.jpg.xmp").exists()
    read_only.chmod(0o644)
    again = connected.run(*METADATA, *only, "--mode", "overwrite", "--jsonl")
    remote = connected.run(
        "caption", "https://example.com/a.jpg", "--write", "metadata"
    )

    assert [each["status"] for each in records(first.out)] == ["skipped", "ok"]
    assert there
    outputs = [path for each in records(again.out) for path in each["outputs"]]
    assert outputs == ["p/d.jpg"]
    assert "p/c.jpg: has a caption, which the XMP file would contradict" in again.err
    assert remote.status == 1
    assert "not a local file" in remote.err
    assert len(service.requests) == 1


def test_a_damaged_or_missing_image_is_reported_by_its_reader(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """It gets no XMP file."""
    mixed_folder(tmp_path / "p")
    (tmp_path / "p" / "a.jpg").write_bytes(b"no image")
    (tmp_path / "p" / "c.jpg").write_bytes(b"GIF89a")

    result = connected.run(
        *("batch", "p/a.jpg", "p/c.jpg", "p/missing.jpg", "--write", "metadata")
    )

    assert result.status == 1
    assert "p/a.jpg: not an image" in result.err
    assert "p/missing.jpg: no such file" in result.err
    assert not list((tmp_path / "p").glob("*.xmp"))
    assert service.requests == []


@pytest.mark.parametrize("kind", ["embed", "metadata", "xmp", "txt"])
@pytest.mark.promises("undo")
def test_captions_can_be_taken_out_again(
    connected: Rwcap, service: Service, tmp_path: Path, kind: str
) -> None:
    """For nothing, and each file is what it was; a dry run lists the files."""
    draw.album(tmp_path / "p", "a.jpg", "b.png")
    before = tree(tmp_path / "p")
    write = ["--write", kind]
    connected.run("batch", "p", *write)
    written = tree(tmp_path / "p")

    dry = connected.run("batch", "p", *write, "--mode", "remove", "--dry-run")
    unchanged = tree(tmp_path / "p")
    removal = connected.run("batch", "p", *write, "--mode", "remove")
    after = tree(tmp_path / "p")
    again = connected.run("batch", "p", *write, "--mode", "remove")
    back = connected.run("batch", "p", *write)

    suffix = {"xmp": ["a.xmp", "b.xmp"], "txt": ["a.txt", "b.txt"]}
    files = [f"p/{name}" for name in suffix.get(kind, ["a.jpg", "b.png"])]
    assert dry.out.splitlines() == removal.out.splitlines() == files
    assert "dry run: nothing was changed" in dry.err
    assert unchanged == written != before == after
    assert "removed: 2" in removal.err.splitlines()
    assert (again.out, again.status) == ("", 0)
    assert "without a caption of rwcap: 2" in again.err
    assert summed(back)["cached"] == "2"
    assert len(service.requests) == 2


@pytest.mark.parametrize(
    "style",
    [["--prefix", "TOKEN, ", "--suffix", "!"], ["--template", "TOKEN: {caption}."]],
)
@pytest.mark.promises("undo")
def test_a_text_file_loses_the_lines_of_rwcap_alone(
    connected: Rwcap, tmp_path: Path, style: list[str]
) -> None:
    """Only with what was around the caption; the line end before it stays."""
    draw.album(tmp_path / "p", "a.jpg", "b.jpg")
    text, other = tmp_path / "p/a.txt", tmp_path / "p/b.txt"
    text.write_text("By Ada")
    command = ["batch", "p", "--write", "txt"]
    connected.run(*command, *style, "--mode", "append")
    written = text.read_text()

    kept = connected.run(*command, "--mode", "remove")
    unchanged = text.read_text()
    removed = connected.run(*command, *style, "--mode", "remove")

    assert written.startswith("By Ada\nTOKEN")
    assert unchanged == written
    assert "changed since and left: 2" in kept.err
    assert "removed: 2" in removed.err
    assert (text.read_text(), other.exists()) == ("By Ada\n", False)


@pytest.mark.promises("persons")
def test_what_a_person_has_changed_is_left(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """In images, XMP files and text files; it is counted, and the rest is taken out."""
    folder = tmp_path / "p"
    mixed_folder(folder)
    both = ["--write", "txt", *METADATA[2:], "--collide", "suffix"]
    service.otherwise = faults.caption("A harbour.")
    connected.run("batch", "p", *both)
    for name in ("a.jpg", "e.xmp"):
        path = folder / name
        path.write_bytes(path.read_bytes().replace(b">A harbour.", b">A harbour!"))
    (folder / "a.txt").write_text("By Ada\n")
    (folder / "b.txt").write_text("By Ada\nA harbour.\n")
    (folder / "c.txt").unlink()
    rated = folder / "f.xmp"
    rated.write_bytes(
        rated.read_bytes().replace(
            b"</rdf:RDF>", description(attributes="a:r='5'").encode() + b"</rdf:RDF>"
        )
    )

    result = connected.run("batch", "p", *both, "--mode", "remove")

    assert result.status == 0
    assert "p/a.jpg: changed since and left" in result.err.splitlines()
    assert "changed since and left: 3" in result.err.splitlines()
    assert (folder / "a.txt").read_text() == "By Ada\n"
    assert (folder / "b.txt").read_text() == "By Ada\n"
    assert not (folder / "d.txt").exists()
    assert not (folder / "d.jpg.xmp").exists()
    assert (folder / "g.jpg").read_bytes() == draw.snapshot(5)[:-2]
    assert b"a:r='5'" in rated.read_bytes()
    assert read_text(rated.read_bytes()) is None
    assert read_text((folder / "e.xmp").read_bytes()) == "A harbour!"
    assert len(service.requests) == 8


def test_a_removal_that_fails_is_reported(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """For `caption`, too; a setting cannot ask for it."""
    draw.album(tmp_path / "p", "a.jpg")
    (tmp_path / "p" / "b.gif").write_bytes(b"GIF89a")
    (tmp_path / "p" / "c.xmp").write_bytes(b"<a")
    remove = ["--mode", "remove", "--write"]
    connected.run("caption", "p/a.jpg", "--write", "embed")

    done = connected.run("caption", "p/a.jpg", *remove, "embed")
    (tmp_path / "list").write_text("data:,x\n")
    listed = connected.run("batch", "--files-from", "list", *remove, "embed")
    failed = connected.run("batch", "p", "no/x.jpg", *remove, "embed")
    sidecar = connected.run("caption", "p/c.jpg", *remove, "xmp")
    missing = connected.run("caption", "p/c.jpg", *remove, "txt", "--dry-run")
    setting = connected.run("config", "set", "mode", "remove")
    pilot = connected.run("batch", "p", *remove, "txt", "--pilot", "2")
    estimate = connected.run("cost", "estimate", "p", *remove, "txt")

    assert (done.out, done.status) == ("p/a.jpg\n", 0)
    assert "does not accept a data URI" in listed.err
    assert failed.status == 3
    assert "p/b.gif: cannot embed a caption: GIF is not supported" in failed.err
    assert (sidecar.status, "unusable XMP" in sidecar.err) == (1, True)
    assert missing.status == 0
    assert (setting.status, "append" in setting.err) == (78, True)
    assert (pilot.status, "--mode remove and --pilot exclude" in pilot.err) == (2, True)
    assert (estimate.status, "costs nothing" in estimate.err) == (2, True)
    assert len(service.requests) == 1


def test_what_images_say_can_be_shown(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Free and offline: each place, who wrote it, and the text."""
    folder = tmp_path / "p"
    service.otherwise = faults.caption("A harbour.")
    photos_with_words(folder)
    (folder / "d.gif").write_bytes(corpus.saved(draw.harbour(), "GIF"))
    connected.run("caption", "p/camera.jpg", "p/d.gif", "--write", "metadata")
    bought = len(service.requests)
    names = ("camera.jpg", "iptc.jpg", "studio.jpg", "d.gif")

    shown = connected.run(
        *("caption", "--show", *(f"p/{name}" for name in names)),
        *("--placeholder-descriptions", "(c) Studio"),
    )
    draw.album(folder, "none.jpg")
    (folder / "cut.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    (folder / "none.xmp").write_bytes(b"<x")
    bad = connected.run("caption", "--show", "p/cut.jpg", "p/none.jpg").err
    (folder / "none.xmp").unlink()
    none = connected.run("caption", "--show", "p/none.jpg", "p/missing.jpg")

    model = "runware:152@1"
    assert shown.out.splitlines() == [
        f"p/camera.jpg\tXMP-dc:description\t{model}\tA harbour.",
        f"p/camera.jpg\tIFD0:ImageDescription\t{model}\tA harbour.",
        "p/iptc.jpg\tIPTC:Caption-Abstract\tperson\tBoats at dawn",
        "p/studio.jpg\tIFD0:ImageDescription\tcamera\t(c) Studio",
        f"p/d.gif\tp/d.xmp:XMP-dc:description\t{model}\tA harbour.",
    ]
    assert [line.split(" ")[1] for line in bad.splitlines()] == [
        "p/cut.jpg:",
        "p/none.xmp:",
    ]
    assert (shown.status, none.status, none.out) == (0, 3, "")
    assert "p/none.jpg: no caption" in none.err
    assert "p/missing.jpg: no such file" in none.err
    assert len(service.requests) == bought == 2


@pytest.mark.parametrize("kind", ["metadata", "xmp", "txt"])
@pytest.mark.promises("once", "files")
def test_a_raw_file_and_its_jpeg_are_bought_once(
    connected: Rwcap, service: Service, tmp_path: Path, kind: str
) -> None:
    """Both get the caption; the raw file is never changed."""
    service.otherwise = faults.caption("A harbour.")
    folder = tmp_path / "p"
    folder.mkdir()
    (folder / "IMG.CR2").write_bytes(RAWS["CR2"])
    (folder / "IMG.JPG").write_bytes(draw.snapshot(1))
    imported = packet(description(attributes="a:rating='5'"))
    (folder / "IMG.xmp").write_bytes(imported)

    result = connected.run("batch", "p", "--write", kind, "--jsonl")
    again = connected.run("batch", "p", "--write", kind)
    bought = len(service.requests)

    places = {"metadata": "p/IMG.JPG", "xmp": "p/IMG.xmp", "txt": "p/IMG.txt"}
    raw_place = "p/IMG.txt" if kind == "txt" else "p/IMG.xmp"
    assert {each["source"]: each["outputs"] for each in records(result.out)} == {
        "p/IMG.CR2": [raw_place],
        "p/IMG.JPG": [places[kind]],
    }
    assert (result.status, again.status, bought) == (0, 0, 1)
    assert (folder / "IMG.CR2").read_bytes() == RAWS["CR2"]
    assert b"a:rating='5'" in (folder / "IMG.xmp").read_bytes()


@pytest.mark.parametrize("kind", ["metadata", "xmp"])
@pytest.mark.parametrize("words", ["IMG.JPG", "IMG.xmp", "IMG.CR2.xmp"])
@pytest.mark.promises("persons")
def test_the_words_of_a_person_count_for_both_files_of_a_pair(
    connected: Rwcap, service: Service, tmp_path: Path, kind: str, words: str
) -> None:
    """Wherever they are; two pictures are told apart."""
    service.otherwise = faults.caption("A harbour.")
    folder = tmp_path / "p"
    folder.mkdir()
    (folder / "IMG.CR2").write_bytes(RAWS["CR2"])
    (folder / "IMG.JPG").write_bytes(draw.snapshot(1))
    held = packet(description(alternatives(x_default="By Ada")))
    (folder / words).write_bytes(
        {"IMG.JPG": described(draw.snapshot(1), "By Ada")}.get(words, held)
    )
    before = tree(folder)

    result = connected.run("batch", "p", "--write", kind, "--jsonl")
    again = connected.run("batch", "p", "--write", kind, "--jsonl")

    for run in (result, again):
        assert [each["status"] for each in records(run.out)] == ["skipped"] * 2
    assert (tree(folder), len(service.requests)) == (before, 0)
    apart = connected.run(*METADATA, "--pairs", "separate", "--jsonl")
    statuses = {each["source"]: each["status"] for each in records(apart.out)}
    assert statuses == {
        "p/IMG.CR2": "ok" if words == "IMG.JPG" else "skipped",
        "p/IMG.JPG": "ok" if words == "IMG.CR2.xmp" else "skipped",
    }


def described_beside(folder: Path, name: str) -> Path:
    """Make a folder with a photo that Ada has described in an XMP file beside it."""
    folder.mkdir()
    (folder / "a.jpg").write_bytes(draw.snapshot(1))
    held = packet(description(alternatives(x_default="By Ada")))
    (folder / name).write_bytes(held)
    return folder


@pytest.mark.parametrize("name", ["a.xmp", "a.jpg.xmp"])
@pytest.mark.promises("persons")
def test_an_image_never_contradicts_the_words_in_its_xmp_file(
    connected: Rwcap, service: Service, tmp_path: Path, name: str
) -> None:
    """What a camera wrote there does not count."""
    folder = described_beside(tmp_path / "p", name)
    before = tree(folder)

    result = connected.run(*METADATA, "--jsonl")
    refused = connected.run(*METADATA, "--mode", "overwrite")

    assert [each["status"] for each in records(result.out)] == ["skipped"]
    assert f"p/a.jpg: has a caption in p/{name}, which the image would" in refused.err
    assert "hint: --write embed changes the image all the same" in refused.err
    assert (tree(folder), len(service.requests)) == (before, 0)
    embedded = connected.run(*EMBED, "--mode", "overwrite")
    assert embedded.status == 0
    assert descriptions(folder) == {"a.jpg": "Picture 1.", name: "By Ada"}
    default = description(alternatives(x_default="OLYMPUS DIGITAL CAMERA"))
    (folder / name).write_bytes(packet(default))
    again = connected.run(*METADATA, "--mode", "overwrite", "--jsonl")
    assert [each["status"] for each in records(again.out)] == ["cached"]


@pytest.mark.parametrize("name", ["a.xmp", "a.jpg.xmp"])
@pytest.mark.promises("persons", "undo")
def test_an_image_starts_from_the_words_in_its_xmp_file(
    connected: Rwcap, service: Service, tmp_path: Path, name: str
) -> None:
    """A second run adds nothing, and the image can be what it was."""
    service.otherwise = faults.caption("A harbour.")
    folder = described_beside(tmp_path / "p", name)
    before = tree(folder)

    joined = connected.run(*METADATA, "--mode", "append")
    texts = descriptions(folder)
    after = tree(folder)
    again = connected.run(*METADATA, "--mode", "append")

    assert (joined.status, again.status) == (0, 0)
    assert texts == {"a.jpg": "By Ada\nA harbour.", name: "By Ada"}
    assert tree(folder) == after
    assert connected.run(*METADATA, "--mode", "remove").status == 0
    assert tree(folder) == before
    connected.run(*METADATA, "--mode", "prepend")
    assert descriptions(folder)["a.jpg"] == "A harbour.\nBy Ada"
    assert service.bills == 1


def test_a_raw_file_and_its_jpeg_can_be_two_pictures(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """They cannot share an output then."""
    service.otherwise = faults.caption("A harbour.")
    folder = tmp_path / "p"
    folder.mkdir()
    (folder / "a.cr3").write_bytes(RAWS["CR3"])
    (folder / "a.jpg").write_bytes(draw.snapshot(1))
    apart = ["batch", "p", "--pairs", "separate", "--write"]

    collision = connected.run(*apart, "txt")
    result = connected.run(*apart, "metadata")
    strict = connected.run("caption", "p/a.cr3", "--write", "embed")
    (folder / "a.xmp").unlink()
    taken = connected.run(
        *("caption", "p/a.cr3", "p/a.jpg", "--pairs", "separate", "--write", "xmp")
    )

    assert (collision.status, "--collide suffix" in collision.err) == (3, True)
    assert result.status == 0
    assert len(service.requests) == 2
    assert (folder / "a.xmp").exists()
    assert (strict.status, taken.status) == (1, 3)
    assert "p/a.jpg: the output p/a.xmp belongs to" in taken.err
    assert "cannot embed a caption: camera raw is not supported" in strict.err


@pytest.mark.promises("files")
def test_what_protects_a_read_only_file_is_its_folder(
    connected: Rwcap, tmp_path: Path
) -> None:
    """As rwcap-batch(1) says of each `--write`; only `metadata` spares an image."""
    folder = tmp_path / "p"
    draw.album(folder, "a.jpg")
    image, text, xmp = (folder / name for name in ("a.jpg", "a.txt", "a.xmp"))
    text.write_text("By Ada\n")
    xmp.write_text(packet(description(alternatives(x_default="By Eve"))).decode())
    there = {path: path.read_bytes() for path in (image, text, xmp)}
    for path in there:
        path.chmod(0o444)

    def changed(*options: str) -> set[str]:
        assert connected.run("batch", "p", "--write", *options).status == 0
        found = {path.name for path in there if path.read_bytes() != there[path]}
        assert {path.stat().st_mode & 0o777 for path in there} == {0o444}
        return found

    assert changed("txt") == changed("xmp") == set()
    assert changed("metadata", "--ignore-existing") == set()
    assert read_text((folder / "a.jpg.xmp").read_bytes()) == "Picture 1."
    (folder / "a.jpg.xmp").unlink()
    assert changed("txt", "--mode", "append") == {"a.txt"}
    assert changed("xmp", "--mode", "append") == {"a.txt", "a.xmp"}
    for kind in ("embed", "metadata"):
        assert changed("embed") == {"a.jpg", "a.txt", "a.xmp"}
        assert changed(kind, "--mode", "remove") == {"a.txt", "a.xmp"}


@pytest.mark.parametrize(
    ("command", "refused"),
    [
        ("caption --show --json", "--show and --json"),
        ("caption --show --jsonl", "--show and --jsonl"),
        ("caption --write txt --mode remove --json", "--mode remove and --json"),
        ("batch --write txt --mode remove --jsonl", "--mode remove and --jsonl"),
        ("batch --write txt --mode remove -o t.csv", "--mode remove and -o"),
        ("batch --dry-run --jsonl", "--dry-run and --jsonl"),
    ],
)
def test_what_prints_no_record_refuses_the_formats_of_records(
    rwcap: Rwcap, command: str, refused: str
) -> None:
    """A program that reads them would find plain text."""
    name, *options = command.split()

    result = rwcap.run(name, "a.jpg", *options)

    assert result.status == 2
    assert f"{refused} exclude each other" in result.err
