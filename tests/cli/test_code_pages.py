"""Photos with texts in IPTC from before UTF-8, in the code page of a country."""

import json
from pathlib import Path

import pytest

from rwcap.metadata.xmp.packet import read_text
from tests import draw
from tests import service as faults
from tests.cli.test_batch import records, tree
from tests.images.containers import segment
from tests.metadata.blocks import dataset, photoshop
from tests.process import Result, Rwcap
from tests.service import Service

FIELDS = ["batch", "p", "--fields", "title,description,keywords", "--write"]
CAPTION = ["batch", "p", "--write"]
RUSSIAN = {
    "title": "Бабушка",
    "description": "Бабушка сидит дома.",
    "keywords": ["бабушка", "окно", "дом", "стул", "город"],
}
ENGLISH = {
    "title": "A boat",
    "description": "A boat lies in the harbour.",
    "keywords": ["boat", "harbour", "sea", "sky", "quay"],
}
POLISH = "Łódź w porcie."


def old_photo(folder: Path) -> Path:
    """Make p/a.jpg, whose IPTC has a caption and a keyword in a code page."""
    photo = folder / "p/a.jpg"
    photo.parent.mkdir()
    plain = draw.snapshot(1)
    texts = dataset(25, "деревня".encode("cp1251")) + dataset(80, b"Jos\xe9")
    block = photoshop(texts + dataset(120, "Café noir".encode("cp1252")))
    marked = segment(0xED, b"Photoshop 3.0\0" + block)
    photo.write_bytes(plain[:2] + marked + plain[2:])
    return photo


def written(result: Result) -> tuple[int, str, list[str]]:
    """Return the exit status, and the status and outputs of the one record."""
    (record,) = records(result.out)
    return result.status, record["status"], list(record["outputs"])


@pytest.fixture(autouse=True)
def photo(tmp_path: Path) -> Path:
    """Return the photo."""
    return old_photo(tmp_path)


@pytest.mark.promises("texts", "free", "undo")
def test_keywords_that_iptc_lacks_letters_for_are_written_beside_the_photo(
    connected: Rwcap, service: Service, photo: Path
) -> None:
    """Later runs find them there, whatever their prompt, and can take them out."""
    service.otherwise = faults.caption(json.dumps(RUSSIAN, ensure_ascii=False))
    before = tree(photo.parent)
    order = [*FIELDS, "metadata"]

    first = connected.run(*order, "--jsonl")
    beside = tree(photo.parent)
    runs = [connected.run(*order, "--jsonl", *more) for more in ([], ["-p", "Else?"])]
    replaced = connected.run(*order, "--jsonl", "--mode", "overwrite")
    again = connected.run(*order, "--jsonl", "--mode", "overwrite")
    rest = tree(photo.parent)
    connected.run(*order, "--mode", "remove")

    assert written(first) == (0, "ok", ["p/a.jpg.xmp"])
    assert beside["a.jpg"] == before["a.jpg"]
    assert "бабушка" in beside["a.jpg.xmp"].decode()
    assert [written(each) for each in runs] == [(0, "skipped", ["p/a.jpg.xmp"])] * 2
    for each in (replaced, again):
        assert written(each) == (0, "cached", ["p/a.jpg.xmp"])
    assert rest["a.jpg"] == before["a.jpg"]
    assert read_text(rest["a.jpg.xmp"]) == RUSSIAN["description"]
    assert (tree(photo.parent), service.bills) == (before, 1)


@pytest.mark.parametrize(
    ("mode", "text"),
    [
        ("overwrite", POLISH),
        ("append", f"Café noir\n{POLISH}"),
        ("prepend", f"{POLISH}\nCafé noir"),
    ],
)
@pytest.mark.promises("texts", "free", "undo")
def test_a_caption_that_iptc_lacks_letters_for_is_written_beside_the_photo(
    connected: Rwcap, service: Service, photo: Path, mode: str, text: str
) -> None:
    """The same command again changes nothing, and the photo keeps its own text."""
    service.otherwise = faults.caption(POLISH)
    before = tree(photo.parent)
    order = [*CAPTION, "metadata", "--mode"]

    first = connected.run(*order, mode, "--jsonl")
    beside = tree(photo.parent)
    second = connected.run(*order, mode, "--jsonl")
    rest = tree(photo.parent)
    connected.run(*order, "remove")

    assert written(first) == (0, "ok", ["p/a.jpg.xmp"])
    assert written(second) == (0, "cached", ["p/a.jpg.xmp"])
    assert beside["a.jpg"] == before["a.jpg"]
    assert read_text(beside["a.jpg.xmp"]) == text
    assert (rest, tree(photo.parent), service.bills) == (beside, before, 1)


@pytest.mark.promises("texts", "free")
def test_an_image_keeps_its_bytes_and_its_caption_is_written_beside_it_for_nothing(
    connected: Rwcap, service: Service, photo: Path
) -> None:
    """The error says which command writes it."""
    service.otherwise = faults.caption(POLISH)
    before = tree(photo.parent)
    order = [*CAPTION, "embed", "--mode", "overwrite"]

    refused = connected.run(*order)
    untouched = tree(photo.parent)
    order[3] = "metadata"
    beside = connected.run(*order, "--jsonl")

    assert (refused.status, untouched) == (1, before)
    assert "p/a.jpg: cannot embed a caption: IPTC has no character set" in refused.err
    assert "hint: --write metadata writes it to an XMP file beside the" in refused.err
    assert written(beside) == (0, "cached", ["p/a.jpg.xmp"])
    assert service.bills == 1


@pytest.mark.promises("texts")
def test_a_text_in_plain_letters_is_written_into_the_photo(
    connected: Rwcap, service: Service, photo: Path
) -> None:
    """Unless an earlier text of rwcap is beside it, which the later one replaces."""
    english = faults.caption(json.dumps(ENGLISH))
    russian = faults.caption(json.dumps(RUSSIAN, ensure_ascii=False))
    service.captions += [english, russian, english]
    order = [*FIELDS, "metadata", "--mode", "overwrite", "--jsonl"]

    runs = [connected.run(*order, "-p", str(number)) for number in range(3)]

    assert [written(each)[2] for each in runs] == [
        ["p/a.jpg"],
        ["p/a.jpg.xmp"],
        ["p/a.jpg.xmp"],
    ]
    sidecar = photo.with_name("a.jpg.xmp").read_bytes()
    assert read_text(sidecar) == ENGLISH["description"]


@pytest.mark.promises("texts", "persons")
def test_keywords_that_overwriting_could_replace_stay_beside_later_texts(
    connected: Rwcap, service: Service, photo: Path
) -> None:
    """They alone are in a code page, so IPTC without them has room for all letters."""
    plain = draw.snapshot(1)
    block = photoshop(dataset(25, "деревня".encode("cp1251")))
    marked = segment(0xED, b"Photoshop 3.0\0" + block)
    photo.write_bytes(plain[:2] + marked + plain[2:])
    before = photo.read_bytes()
    russian = json.dumps(RUSSIAN, ensure_ascii=False)
    service.captions += [faults.caption(russian), faults.caption(json.dumps(ENGLISH))]
    order = [*FIELDS, "metadata", "--jsonl"]

    first = connected.run(*order)
    second = connected.run(*order, "-p", "Else?", "--mode", "overwrite")

    assert written(first) == written(second) == (0, "ok", ["p/a.jpg.xmp"])
    assert photo.read_bytes() == before
    beside = photo.with_name("a.jpg.xmp").read_bytes()
    assert read_text(beside) == ENGLISH["description"]


def test_a_text_that_is_too_long_for_iptc_is_refused(
    connected: Rwcap, service: Service, photo: Path
) -> None:
    """As with `--write embed`."""
    service.otherwise = faults.caption("x" * 2_001)
    before = tree(photo.parent)

    result = connected.run(*CAPTION, "metadata", "--mode", "overwrite")

    assert (result.status, tree(photo.parent)) == (1, before)
    assert "hint: --write xmp --ignore-existing" in result.err


@pytest.mark.promises("texts", "persons")
def test_a_persons_correction_is_written_beside_the_photo(
    connected: Rwcap, service: Service, tmp_path: Path, photo: Path
) -> None:
    """It replaces the caption of rwcap there."""
    service.captions.append(faults.caption(POLISH))
    order = [*CAPTION, "metadata", "--mode", "overwrite"]
    table = tmp_path / "t.csv"
    table.write_text("source,text\np/a.jpg,Łódka\n", encoding="utf-8")

    connected.run(*order)
    edited = connected.run(*order, "--texts", "t.csv", "--jsonl")

    assert written(edited) == (0, "edited", ["p/a.jpg.xmp"])
    assert read_text(photo.with_name("a.jpg.xmp").read_bytes()) == "Łódka"


@pytest.mark.promises("free")
def test_what_cannot_be_written_beside_the_photo_is_refused_before_it_costs_anything(
    connected: Rwcap, service: Service, photo: Path
) -> None:
    """A link is not replaced."""
    service.otherwise = faults.caption(json.dumps(RUSSIAN, ensure_ascii=False))
    order = [*FIELDS, "metadata", "--mode", "overwrite"]
    beside = photo.with_name("a.jpg.xmp")

    connected.run(*order)
    beside.rename(photo.with_name("b"))
    beside.symlink_to("b")
    linked = connected.run(*order, "-p", "Else?")

    assert (linked.status, service.bills) == (1, 1)
    assert "p/a.jpg.xmp: a symbolic link" in linked.err


def test_a_file_beside_the_photo_that_is_no_xmp_is_left(
    connected: Rwcap, service: Service, photo: Path
) -> None:
    """The caption is kept in the ledger."""
    service.otherwise = faults.caption(POLISH)
    beside = photo.with_name("a.jpg.xmp")
    beside.write_text("no XMP")

    result = connected.run(*CAPTION, "metadata", "--mode", "overwrite")

    assert result.status == 1
    assert "p/a.jpg.xmp: " in result.err
    assert beside.read_text() == "no XMP"
