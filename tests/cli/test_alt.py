"""`--alt` as people use it: short texts where screen readers find them."""

import json
from pathlib import Path

import pytest

from rwcap.images.formats import Format
from tests import draw
from tests import service as faults
from tests.cli.test_embed import described
from tests.exiv2 import metadata
from tests.metadata.packets import alternatives, description, packet
from tests.metadata.test_embed import with_packet
from tests.process import Rwcap
from tests.service import Service

SHORT = "A red boat on a calm lake."
WHOLE = f"The image shows a red boat on a calm lake. {'It is quite long. ' * 9}".strip()
MISFIT = "word " * 60
ALT = "Iptc4xmpCore:AltTextAccessibility"
XMLNS = 'xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"'


def fields(path: Path) -> dict[str, str]:
    """Return the texts that Exiv2 finds in a file."""
    return metadata(path.read_bytes()).texts


@pytest.fixture
def picture(rwcap: Rwcap) -> Path:
    """Return an image in the home folder."""
    draw.album(rwcap.home / "p", "a.jpg")
    return rwcap.home / "p/a.jpg"


@pytest.mark.promises("rules")
def test_alternative_text_is_short_and_plain(
    connected: Rwcap, service: Service, picture: Path
) -> None:
    """The built-in prompt asks for it; only the text is printed."""
    service.captions.append(faults.caption(WHOLE))

    result = connected.run("caption", "p/a.jpg", "--alt")
    told = connected.run("caption", "p/a.jpg", "--alt", "--json")
    plain = connected.run("caption", "p/a.jpg", "--alt", "--max-chars", "300")

    assert result.status == 0
    assert result.out == f"{SHORT}{' It is quite long.' * 6}\n"
    assert len(result.out) <= 151
    record = json.loads(told.out)
    assert record["status"] == "cached"
    assert record["long"].startswith(record["text"])
    assert "screen reader" in service.requests[0]["prompt"]
    assert plain.out.startswith("[sandbox]")  # another length, another prompt
    assert service.bills == 2


def test_a_given_prompt_replaces_the_one_for_alternative_text(
    connected: Rwcap, service: Service, picture: Path
) -> None:
    """The reply is checked in the same way."""
    service.captions.append(faults.caption(f'"{SHORT}"'))

    result = connected.run("caption", "p/a.jpg", "--alt", "-p", "What is it?")

    assert result.out == f"{SHORT}\n"
    assert service.requests[0]["prompt"] == "What is it?"


@pytest.mark.parametrize("write", ["xmp", "embed"])
def test_alternative_text_is_written_where_screen_readers_find_it(
    connected: Rwcap, service: Service, picture: Path, write: str
) -> None:
    """Short and long text beside the description; a second run does nothing."""
    service.captions.append(faults.caption(WHOLE))
    order = ["batch", "p", "--alt", "--write", write]

    first = connected.run(*order)
    again = connected.run(*order)

    found = fields(picture if write == "embed" else picture.with_suffix(".xmp"))
    assert (first.status, again.status) == (0, 0)
    assert found["AltTextAccessibility"].startswith(SHORT)
    assert len(found["AltTextAccessibility"]) <= 150
    assert found["Description"] == found["ExtDescrAccessibility"]
    assert found["Description"].startswith(found["AltTextAccessibility"])
    assert "skipped: 1" in again.err
    assert service.bills == 1


def test_a_text_that_fits_has_no_long_version(
    connected: Rwcap, service: Service, picture: Path
) -> None:
    """The short text is the whole caption."""
    service.captions.append(faults.caption(SHORT))

    connected.run("caption", "p/a.jpg", "--alt", "--write", "embed")

    assert fields(picture) == {"Description": SHORT, "AltTextAccessibility": SHORT}


@pytest.mark.parametrize(
    ("mode", "text"),
    [("skip", "My boat"), ("append", f"My boat\n{SHORT}"), ("overwrite", SHORT)],
)
@pytest.mark.promises("persons")
def test_alternative_text_of_a_person_is_kept(
    connected: Rwcap, service: Service, picture: Path, mode: str, text: str
) -> None:
    """And nothing is bought, unless `--mode` says otherwise."""
    own = alternatives(x_default="My boat").replace("dc:description", ALT)
    data = with_packet(
        Format.JPEG, picture.read_bytes(), packet(description(own, XMLNS))
    )
    picture.write_bytes(data)
    service.otherwise = faults.caption(SHORT)

    result = connected.run("batch", "p", "--alt", "--write", "embed", "--mode", mode)

    assert result.status == 0
    assert service.bills == (mode != "skip")
    assert picture.read_bytes() == data or mode != "skip"
    assert fields(picture)["AltTextAccessibility"] == text


@pytest.mark.promises("persons")
def test_text_written_by_a_person_is_kept(
    connected: Rwcap, service: Service, picture: Path
) -> None:
    """Alternative text is added to an existing description."""
    picture.write_bytes(described(picture.read_bytes(), "My boat"))
    service.captions.append(faults.caption(SHORT))

    result = connected.run("batch", "p", "--alt", "--write", "embed")

    assert result.status == 0
    assert fields(picture) == {"Description": "My boat", "AltTextAccessibility": SHORT}


@pytest.mark.promises("rules")
def test_a_text_that_does_not_fit_is_stored_but_not_written(
    connected: Rwcap, service: Service, picture: Path
) -> None:
    """Status 9; the text is in the record, and free in the ledger."""
    service.captions.append(faults.caption(MISFIT))

    result = connected.run("batch", "p", "--alt", "--write", "txt", "-o", "o.jsonl")
    printed = connected.run("caption", "p/a.jpg", "--alt")

    (line,) = (connected.home / "o.jsonl").read_text().splitlines()
    record = json.loads(line)
    assert (result.status, printed.status, printed.out) == (9, 9, "")
    assert (record["text"], record["long"]) == (None, MISFIT.strip())
    assert record["error"]["kind"] == "quality"
    assert "spent: $0.0013" in result.err
    assert not picture.with_suffix(".txt").exists()
    assert "hint: --retry-quality 2 buys up to 2 shorter captions" in result.err
    assert service.bills == 1


def test_a_second_caption_is_bought_if_the_first_does_not_fit(
    connected: Rwcap, service: Service, picture: Path
) -> None:
    """Within the budget, with a message; a second run is free."""
    service.captions.extend([faults.caption(MISFIT), faults.caption(SHORT)])
    order = ["caption", "p/a.jpg", "--alt", "--retry-quality", "3"]

    result = connected.run(*order)
    again = connected.run(*order, "--json")
    statement = json.loads(connected.run("cost", "--json").out)["total"]

    assert (result.status, result.out) == (0, f"{SHORT}\n")
    assert "the caption does not fit; trying a shorter one (1 of 3)" in result.err
    assert "$0.0026" in result.err
    assert json.loads(again.out)["text"] == SHORT
    assert (statement["captions"], statement["wasted"]) == (2, 1)
    assert service.bills == 2


@pytest.mark.parametrize("command", ["caption", "batch"])
@pytest.mark.promises("limits")
def test_a_retry_stays_within_the_budget(
    connected: Rwcap, service: Service, picture: Path, command: str
) -> None:
    """The status is 8; the captions bought so far are kept."""
    service.captions.append(faults.caption(MISFIT))
    order = [command, "p/a.jpg", "--alt", "--retry-quality", "3", "--jsonl"]

    result = connected.run(*order, "--max-cost", "0.003")

    (record,) = map(json.loads, result.out.splitlines())
    assert result.status == 8
    assert record["error"]["kind"] == "budget"
    assert record["long"] == MISFIT.strip()
    assert service.bills == 1


def test_an_estimate_says_that_it_excludes_retries(rwcap: Rwcap, picture: Path) -> None:
    """The number of replies that will not fit is unknown."""
    order = ["cost", "estimate", "p", "--alt"]

    more = rwcap.run(*order, "--retry-quality", "2")

    assert more.err == "the estimate does not include what --retry-quality buys\n"
    assert rwcap.run(*order).err == ""


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (faults.status(402, "insufficientCredits"), 5),
        (faults.status(401, "invalidApiKey"), 4),
        (faults.reset(accepted=False), 10),
    ],
)
def test_a_failed_retry_reports_its_own_error(
    connected: Rwcap, service: Service, picture: Path, fault: faults.Fault, status: int
) -> None:
    """An ambiguous purchase, an empty account and a refused key are all reported."""
    service.captions.extend([faults.caption(MISFIT), fault])

    result = connected.run(
        *("batch", "p", "--alt", "--retry-quality", "1", "--retries", "0"),
        *("-o", "alt.csv"),
    )

    table = (connected.home / "alt.csv").read_text()
    assert result.status == status
    assert "spent: $0.0013" in result.err
    assert MISFIT.strip() in table


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--max-chars", "99"], "--max-chars needs --alt"),
        (["--retry-quality", "1"], "--retry-quality needs --alt"),
        (["--alt", "--max-chars", "39"], "--max-chars is 39; allowed: 40 or more"),
        (["--alt", "--retry-quality", "6"], "--retry-quality is 6; allowed: 0 to 5"),
    ],
)
@pytest.mark.parametrize("command", ["caption", "batch"])
def test_invalid_options_are_refused(
    rwcap: Rwcap, command: str, arguments: list[str], complaint: str
) -> None:
    """Nothing is bought."""
    result = rwcap.run(command, "a.jpg", *arguments)

    assert result.status == 2
    assert f"error: {complaint}" in result.err


def test_fetching_makes_no_alternative_text(rwcap: Rwcap) -> None:
    """The prompt of a fetched caption was sent earlier."""
    uuid = "0f8fad5b-d9cb-469f-a165-70867728950e"

    result = rwcap.run("caption", "--fetch", uuid, "--alt")

    assert result.status == 2


def test_blank_lines_of_a_person_are_no_captions(
    connected: Rwcap, service: Service, picture: Path
) -> None:
    """Not even if a caption that was bought does not fit, so nothing was written."""
    service.captions += [faults.caption(MISFIT), faults.caption("")]
    connected.run("batch", "p", "--alt", "--write", "txt")
    connected.run("batch", "p", "--alt", "--write", "txt", "-p", "What is it?")
    notes = picture.with_suffix(".txt")
    notes.write_bytes(b"My notes.\n\nMore of them.\n\n\n")
    before = notes.read_bytes()

    alt = connected.run("batch", "p", "--alt", "--write", "txt", "--mode", "remove")
    connected.run("batch", "p", "--write", "txt", "--mode", "remove")

    assert notes.read_bytes() == before
    assert "removed" not in alt.err


@pytest.mark.promises("limits")
@pytest.mark.parametrize("limit", ["--limit", "--max-errors"])
def test_a_reply_of_an_earlier_run_does_not_count_for_a_limit(
    connected: Rwcap, service: Service, limit: str
) -> None:
    """The same command gets further each time; without this, it would never end."""
    draw.album(connected.home / "p", "1.jpg", "2.jpg", "3.jpg", "4.jpg", "5.jpg")
    service.otherwise = faults.caption(MISFIT)
    order = ("batch", "p", "--alt", "-o", "a.csv", "-c", "1", limit, "2")

    bills, statuses = [], []
    for _ in range(4):
        statuses.append(connected.run(*order).status)
        bills.append(service.bills)

    assert bills == [2, 4, 5, 5]
    assert statuses[-1] == 9


@pytest.mark.promises("rules")
@pytest.mark.parametrize("text", ["", " \n", "\u200b\u2060"])
def test_an_empty_reply_is_a_failure_that_is_paid_once(
    connected: Rwcap, service: Service, picture: Path, text: str
) -> None:
    """Nothing is written; the hint buys another reply."""
    service.captions += [faults.caption(text), faults.caption("A cat.")]

    first = connected.run("caption", "p/a.jpg", "--write", "txt")
    again = connected.run("batch", "p", "--write", "txt")
    bills = service.bills
    fresh = connected.run("caption", "p/a.jpg", "--fresh")

    assert (first.status, again.status, bills) == (9, 9, 1)
    assert "error: p/a.jpg: the reply is empty\n" in first.err
    assert "hint: rwcap caption FILE --fresh, with the same prompt" in first.err
    assert "$0.0013" in first.err
    assert not picture.with_suffix(".txt").exists()
    assert (fresh.status, fresh.out) == (0, "A cat.\n")
