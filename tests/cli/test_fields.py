"""`--fields` as people use it: one purchase, and each value where it belongs."""

import csv
import json
from pathlib import Path

import pytest
from pyarrow import parquet  # type: ignore[import-untyped]  # has no types

from rwcap.core.exit_status import ExitStatus
from tests import draw, sheets
from tests import service as faults
from tests.exiv2 import metadata
from tests.process import Result, Rwcap
from tests.service import Service

FOUR = "title,alt,description,keywords"
REPLY = {
    "title": "A red boat",
    "alt": "A red boat on a calm lake.",
    "description": "A red boat lies on a calm lake. The sky is grey.",
    "keywords": ["boat", "lake", "red", "sky", "water"],
}
FENCED = f"Here you are:\n```json\n{json.dumps(REPLY)[:-2]}"


@pytest.fixture(autouse=True)
def picture(rwcap: Rwcap) -> Path:
    """Return an image in the home folder."""
    draw.album(rwcap.home / "p", "a.jpg")
    return rwcap.home / "p/a.jpg"


def caption(rwcap: Rwcap, *arguments: str) -> Result:
    """Run `rwcap caption` on the image."""
    return rwcap.run("caption", "p/a.jpg", *arguments)


def record(rwcap: Rwcap, *arguments: str) -> dict[str, object]:
    """Return the record of the image."""
    found: dict[str, object] = json.loads(caption(rwcap, *arguments, "--json").out)
    return found


def test_a_later_output_gets_the_fields_beside_the_first(
    connected: Rwcap, service: Service
) -> None:
    """The record names both files."""
    service.captions.append(faults.caption(json.dumps(REPLY)))
    order = ["batch", "p", "--fields", FOUR, "--write", "embed", "--jsonl"]

    connected.run(*order)
    second = connected.run(*order, "--write", "txt")

    assert json.loads(second.out)["outputs"] == ["p/a.jpg", "p/a.txt"]
    assert service.bills == 1


@pytest.mark.promises("free")
def test_one_reply_has_all_fields(connected: Rwcap, service: Service) -> None:
    """A subset is free later, and another field is another purchase."""
    service.captions.append(faults.caption(json.dumps(REPLY)))
    service.captions.append(faults.caption('{"people": "3"}'))

    first = caption(connected, "--fields", FOUR)
    subset = record(connected, "--fields", "keywords,title")
    other = record(connected, "--fields", "people:int")

    assert first.out.splitlines()[:2] == [
        "title: A red boat",
        "alt: A red boat on a calm lake.",
    ]
    assert first.out.splitlines()[-1] == "keywords: boat; lake; red; sky; water"
    assert subset["status"] == "cached"
    assert subset["fields"] == {"keywords": REPLY["keywords"], "title": REPLY["title"]}
    assert other["fields"] == {"people": 3}
    assert other["repairs"] == ["type"]
    assert service.bills == 2


def test_each_field_is_written_to_its_place(
    connected: Rwcap, service: Service, picture: Path
) -> None:
    """In the image, in a text file by a template, and in columns of a table."""
    service.captions.append(faults.caption(json.dumps(REPLY)))
    arguments = ("batch", "p", "--fields", FOUR, "--write", "embed", "--write", "txt")
    template = ("--template", "{title}: {keywords}")

    first = connected.run(*arguments, *template, "-o", "t.csv")
    second = connected.run(*arguments, *template, "-o", "t.csv")
    removed = connected.run(*arguments, *template, "--mode", "remove")

    with (connected.home / "t.csv").open(encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert (first.status, second.status, service.bills) == (0, 0, 1)
    assert row["title"] == REPLY["title"]
    assert row["keywords"] == "boat; lake; red; sky; water"
    assert removed.status == 0
    assert not picture.with_suffix(".txt").exists()


def test_embedded_fields_are_found_by_other_software(
    connected: Rwcap, service: Service, picture: Path
) -> None:
    """Each under its own name."""
    service.captions.append(faults.caption(json.dumps(REPLY)))

    caption(connected, "--fields", FOUR, "--write", "embed")

    texts = str(metadata(picture.read_bytes()))
    for each in (REPLY["title"], REPLY["alt"], REPLY["description"], "lake"):
        assert str(each) in texts


def test_tables_have_a_column_of_its_type_for_each_field(
    connected: Rwcap, service: Service
) -> None:
    """In Parquet, JSONL and the metadata of an image folder."""
    reply = '{"people": 2, "indoor": false, "price": 3, "parts": ["a", "b"]}'
    service.captions.append(faults.caption(reply))
    asked = ("batch", "p", "--fields", "people:int, indoor:bool, price:number, parts[]")

    for output in (
        ["t.parquet"],
        ["t.jsonl"],
        ["p/m.jsonl", "--layout", "imagefolder"],
    ):
        assert connected.run(*asked, "-o", *output).status == 0
    connected.run(*asked, "-o", "n.csv", "--columns", "image,People,parts,indoor")
    again = connected.run(
        *asked, "-o", "n.csv", "--columns", "image,people,parts,indoor"
    )

    (row,) = parquet.read_table(connected.home / "t.parquet").to_pylist()
    values = {"people": 2, "indoor": False, "price": 3.0, "parts": ["a", "b"]}
    assert {name: row[name] for name in values} == values
    (line,) = (connected.home / "t.jsonl").read_text().splitlines()
    assert json.loads(line)["fields"] == values
    (line,) = (connected.home / "p/m.jsonl").read_text().splitlines()
    assert json.loads(line)["parts"] == ["a", "b"]
    assert (connected.home / "n.csv").read_text() == (
        'image,people,parts,indoor\np/a.jpg,2,"a; b",false\n'
    )
    assert "cached: 1" in again.err
    assert service.bills == 1


@pytest.mark.promises("texts")
def test_damaged_reply_is_repaired(connected: Rwcap, service: Service) -> None:
    """The record names the repairs."""
    service.captions.append(faults.caption(FENCED))

    found = record(connected, "--fields", FOUR)

    assert found["repairs"] == ["code-fence", "cut-end", "text-around"]
    assert found["fields"] == REPLY


@pytest.mark.parametrize(
    "reply", ["A red boat on a calm lake.", "", "x" * 1_000_000, '{"__proto__": {}}']
)
@pytest.mark.promises("rules")
def test_other_reply_is_kept_and_told(
    connected: Rwcap, service: Service, reply: str
) -> None:
    """Status 9; the text stays in the record and in the ledger."""
    service.captions.append(faults.caption(reply))

    result = caption(connected, "--fields", FOUR, "--jsonl")
    again = caption(connected, "--fields", FOUR)

    found = json.loads(result.out)
    assert (result.status, again.status, service.bills) == (9, 9, 1)
    assert (found["text"], found["long"]) == (None, reply)
    assert found["error"]["code"] == "fieldsUnreadable"
    assert "--retry-quality 2 buys" in result.err


def test_another_reply_is_bought_until_one_fits(
    connected: Rwcap, service: Service
) -> None:
    """Both are paid for; later, both are free."""
    replies = ['{"title": "A red boat"}', json.dumps(REPLY)]
    service.captions.extend(map(faults.caption, replies))
    asked = ("--fields", "title,alt")

    first = caption(connected, *asked)
    retried = caption(connected, *asked, "--retry-quality", "2")
    title = caption(connected, "--fields", "title")

    assert (first.status, retried.status) == (9, 0)
    assert "alt: missing" in first.err
    assert "--fields title costs nothing" in first.err
    assert "the reply does not fit; trying another one (1 of 2)" in retried.err
    assert title.out == "title: A red boat\n"


def test_dry_run_shows_the_prompt(rwcap: Rwcap) -> None:
    """The user's own words come first."""
    asked = ("--dry-run", "-p", "Which boat?", "--fields", "title")

    (task,) = json.loads(caption(rwcap, *asked).out)
    batch = rwcap.run("batch", "p", *asked)

    assert task["prompt"].startswith("Which boat?\n\nDescribe this image by one JSON")
    assert "prompt: Which boat?" in batch.err
    assert batch.out == "p/a.jpg\n"


def test_schema_vocabulary_and_presets_are_asked_for(rwcap: Rwcap) -> None:
    """Their words are in the prompt."""
    (rwcap.home / "s.json").write_text(
        '{"type": "object", "properties": {"season": {"enum": ["spring", "winter"]}}}'
    )
    (rwcap.home / "v.txt").write_text("sea, ocean > water\n")

    schema = caption(rwcap, "--dry-run", "--schema", "s.json").out
    words = ("--fields", "keywords", "--vocabulary", "v.txt", "--vocabulary-only")
    shop = caption(rwcap, "--dry-run", "--preset", "shop").out

    assert r"\"season\": one of \"spring\", \"winter\"" in schema
    assert "1 to 15 keywords" in caption(rwcap, "--dry-run", *words).out
    assert "use these: water" in caption(rwcap, "--dry-run", *words).out
    assert "shows a product" in shop
    assert r"\"material\": string" in shop


def test_a_task_that_is_fetched_is_asked_for_nothing(rwcap: Rwcap) -> None:
    """Its reply is printed as it is."""
    uuid = "0f8fad5b-d9cb-469f-a165-70867728950e"
    result = rwcap.run("caption", "--fetch", uuid, "--fields", "title", "--sandbox")

    assert result.status == 2
    assert "--fetch takes no request options" in result.err


REFUSED = "Sorry, I cannot do that for you."
REFUSALS = {
    "title": "I am sorry but I cannot help with that",
    "alt": REFUSED,
    "description": REFUSED,
    "keywords": ["sea", "sky", "sun", "boat", "as an AI language model"],
    "mood": REFUSED,
}


@pytest.mark.promises("rules")
@pytest.mark.parametrize("name", REFUSALS)
def test_a_field_that_fails_a_check_is_not_written(
    connected: Rwcap, service: Service, picture: Path, name: str
) -> None:
    """Nor are the others; the fault names the field, and nothing is bought again."""
    reply = {**REPLY, "mood": "calm", name: REFUSALS[name]}
    service.captions.append(faults.caption(json.dumps(reply)))
    before = picture.read_bytes()
    order = ["batch", "p", "--fields", f"{FOUR},mood", "--check", "all"]
    outputs = ("--write", "txt", "--write", "embed", "--report", "s.html")

    failed = connected.run(*order, *outputs, "--on-fail", "fail", "--jsonl")
    kept = picture.read_bytes()
    written = connected.run(*order, *outputs)

    place = "" if name == "description" else f"{name}: "
    assert failed.status == ExitStatus.QUALITY
    found = json.loads(failed.out)
    assert (found["text"], found["long"]) == (None, reply["description"])
    assert found["faults"] == ["refusal"]
    assert f"error: p/a.jpg: refusal: {place}" in failed.err
    assert (kept, picture.with_suffix(".txt").exists()) == (before, True)
    assert "1 of 1 captions fail: refusal 1" in written.err
    assert f"warning: p/a.jpg: refusal: {place}" in written.err
    ((shown,),) = (
        each["captions"] for each in sheets.pictures(connected.home / "s.html")
    )
    assert shown["checks"] == {"refusal": found["error"]["message"][len("refusal: ") :]}
    assert (written.status, service.bills) == (0, 1)


def test_titles_and_keywords_are_no_sentences(
    connected: Rwcap, service: Service
) -> None:
    """They can be short, have no full stop, and name what a text would not."""
    reply = {
        "title": "Boat",
        "alt": "A red boat.",
        "description": "A red boat lies on a calm lake. The sky is grey.",
        "keywords": ["user", "caption", "watermark", "boat, the", "lake"],
        "people": 3,
    }
    service.captions.append(faults.caption(json.dumps(reply)))

    result = connected.run(
        "batch", "p", "--fields", f"{FOUR},people:int", "--check", "all", "--jsonl"
    )

    assert "faults" not in json.loads(result.out)
    assert "0 of 1 captions fail" in result.err


def test_settings_name_fields(rwcap: Rwcap) -> None:
    """Those for keywords apply if keywords are asked for; options override them."""
    for name, value in {"fields": "keywords", "keywords": "30"}.items():
        assert rwcap.run("config", "set", name, value).status == 0
    assert rwcap.run("config", "set", "vocabulary_only", "perhaps").status == 78

    asked = caption(rwcap, "--dry-run").out
    other = caption(rwcap, "--dry-run", "--fields", "title").out
    alt = caption(rwcap, "--dry-run", "--alt").out
    schema = rwcap.run("config", "set", "schema", "s.json")

    assert "5 to 30 keywords" in asked
    assert "keywords" not in other
    assert "JSON" not in alt
    assert "fields is removed from your settings" in schema.err + schema.out


def test_sandbox_answers_with_measured_fields(rwcap: Rwcap) -> None:
    """Whatever damage it does is repaired."""
    draw.album(rwcap.home / "many", *(f"{number}.png" for number in range(3)))
    asked = (f"{FOUR},people:int,indoor:bool,price:number,colour", "--sandbox")

    result = rwcap.run("batch", "p", "many", "-o", "t.jsonl", "--fields", *asked)

    assert result.status == 0
    for line in (rwcap.home / "t.jsonl").read_text().splitlines():
        values = json.loads(line)["fields"]
        assert values["title"].startswith("[sandbox] ")
        assert values["keywords"][0] == "sandbox"
        assert (values["people"], values["indoor"]) == (0, False)
    remote = ("caption", "https://example.com/a.jpg", "--fields", FOUR, "--sandbox")
    assert "keywords: sandbox; remote image; " in rwcap.run(*remote).out


def test_terminal_shows_a_list_for_each_image(rwcap: Rwcap) -> None:
    """With the names of several images."""
    asked = ("--sandbox", "--fields", "title,keywords")

    one = rwcap.on_terminal("caption", "p/a.jpg", *asked)
    two = rwcap.on_terminal("caption", "p/a.jpg", "p/a.jpg", *asked)
    piped = rwcap.run("caption", "p/a.jpg", "p/a.jpg", *asked)

    assert "title" in one.out
    assert "p/a.jpg" not in one.out
    assert two.out.count("p/a.jpg") == 2
    assert piped.out.splitlines()[0].startswith("p/a.jpg\t[sandbox] ")
    assert piped.out.splitlines()[0].count("\t") == 2


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--fields", "a", "--schema", "s.json"], "--fields and --schema exclude"),
        (["--fields", "title", "--keywords", "0"], "--keywords is 0; allowed: 1 to 50"),
        (["--fields", "title", "--keywords", "9"], "--keywords needs keywords among"),
        (["--fields", "a", "--vocabulary", "v"], "--vocabulary needs keywords among"),
        (["--fields", "keywords", "--vocabulary-only"], "--vocabulary-only needs"),
        (["--fields", "alt", "--alt"], "--alt and fields exclude each other"),
        (["--fields", "title", "--max-chars", "99"], "--max-chars needs --alt"),
        (["--retry-quality", "1"], "--retry-quality needs --alt or --fields"),
        (["--fields", "two words"], "two words is not a name"),
        (["--schema", "missing.json"], "schema missing.json: No such file"),
        (["--fields", "colour", "--write", "embed"], "has a place in metadata"),
        (["--fields", "keywords", "--vocabulary", "none"], "vocabulary none: No such"),
    ],
)
def test_mistakes_cost_nothing(
    connected: Rwcap, service: Service, arguments: list[str], complaint: str
) -> None:
    """They are named, with a hint."""
    result = caption(connected, *arguments)

    assert (result.status, service.bills) == (2, 0)
    assert complaint in result.err
    assert "hint: " in result.err


@pytest.mark.parametrize(
    ("output", "complaint"),
    [
        (["-o", "t.csv", "--fields", "error"], "has the name of a column"),
        (["-o", "p/m.jsonl", "--layout", "imagefolder", "--fields", "text"], "column"),
        (["-o", "parts/", "--fields", "title"], "has no columns for fields"),
        (["--fields", "title", "--write", "txt", "--template", "{alt}"], "lacks {capt"),
    ],
)
def test_tables_that_cannot_have_the_fields_are_refused(
    rwcap: Rwcap, output: list[str], complaint: str
) -> None:
    """Before anything is bought."""
    result = rwcap.run("batch", "p", "--sandbox", *output)

    assert result.status == 2
    assert complaint in result.err
