"""`--on-fail retry` and `--on-fail drop-sentence`: what is bought, kept and written."""

import json
import os
import signal
from collections import Counter
from pathlib import Path
from threading import Event

import pytest

from rwcap.core.exit_status import ExitStatus
from tests import draw
from tests import service as faults
from tests.process import Rwcap
from tests.service import Exchange, Service, pictured

GOOD = "Two boats lie at the quay."
HEDGE = "A man, possibly a fisherman, mends a net."
WORSE = "Perhaps a man and a man and a man and a man and a man."
RETRY = ("batch", "p", "--check", "all", "--on-fail", "retry", "--write", "txt")
DROP = ("batch", "p", "--check", "all", "--on-fail", "drop-sentence", "--write", "txt")


@pytest.fixture
def folder(connected: Rwcap) -> Path:
    """Return a folder with an image."""
    draw.album(connected.home / "p", "1.jpg")
    return connected.home / "p"


def prompts(service: Service) -> list[str | None]:
    """Return the prompts of the captions that were asked for."""
    tasks = [each for each in service.requests if each["taskType"] == "caption"]
    return [task.get("prompt") for task in tasks]


@pytest.mark.parametrize("prompt", [None, "Name the boats."])
@pytest.mark.promises("once")
def test_another_caption_is_bought_once(
    connected: Rwcap, service: Service, folder: Path, prompt: str | None
) -> None:
    """With another prompt; its text is written, and a second run is free."""
    service.otherwise = pictured((HEDGE, GOOD))
    order = [*RETRY, *(["-p", prompt] if prompt else []), "--jsonl"]

    result = connected.run(*order, "-v")
    (folder / "1.txt").unlink()
    again = connected.run(*order)

    record, other = json.loads(result.out), json.loads(again.out)
    first, second = prompts(service)
    assert first == prompt
    assert second
    assert second.startswith(f"{prompt or 'Describe this image.'} Write whole")
    assert "the caption fails a check; trying another one" in result.err
    assert (record["text"], record["cost_usd"], record["attempts"]) == (
        *(GOOD, "0.002600"),
        2,
    )
    assert "faults" not in record
    assert (result.status, again.status) == (ExitStatus.OK, ExitStatus.OK)
    assert (other["text"], other["status"]) == (GOOD, "cached")
    assert (folder / "1.txt").read_text() == f"{GOOD}\n"
    assert "0 of 1 captions fail" in result.err
    assert service.bills == 2


@pytest.mark.parametrize("second", [WORSE, HEDGE, ""])
def test_the_better_caption_stays(
    connected: Rwcap, service: Service, folder: Path, second: str
) -> None:
    """The first, unless the second fails fewer checks; no third is bought."""
    service.otherwise = pictured((HEDGE, second))

    result = connected.run(*RETRY, "--jsonl")
    again = connected.run(*RETRY, "--mode", "overwrite", "--jsonl")

    record = json.loads(result.out)
    assert (record["text"], record["faults"]) == (HEDGE, ["hedging"])
    assert record["cost_usd"] == "0.002600"
    assert "1 of 1 captions fail: hedging 1; paid for them: $0.0026" in result.err
    assert json.loads(again.out)["text"] == HEDGE
    assert result.status == ExitStatus.OK
    assert service.bills == 2


@pytest.mark.promises("limits")
def test_a_retry_stays_within_the_limits(
    connected: Rwcap, service: Service, folder: Path
) -> None:
    """Status 8; the first text is in the record, and the next run goes on with it."""
    service.otherwise = pictured((HEDGE, GOOD))

    result = connected.run(*RETRY, "--max-cost", "0.003", "--jsonl")
    again = connected.run(*RETRY, "--jsonl")

    record = json.loads(result.out)
    assert result.err.count("stopped at $0.0013: ") == 1
    assert "\nspent: $0.0013\n" in result.err
    assert result.status == ExitStatus.LIMIT
    assert (record["text"], record["long"]) == (None, HEDGE)
    assert record["faults"] == ["hedging"]
    assert not (folder / "2.txt").exists()
    assert json.loads(again.out)["text"] == GOOD
    assert service.bills == 2


def test_a_retry_that_waits_for_the_limit_reports_what_was_bought(
    connected: Rwcap, service: Service, folder: Path
) -> None:
    """The limit is used up by another image while the first waits for its retry."""
    draw.album(folder, "1.jpg", "2.jpg")
    is_waiting = Event()

    def answer_last(exchange: Exchange) -> None:
        is_waiting.wait(60)
        faults.caption(HEDGE, cost=0.0026)(exchange)

    service.captions += [faults.caption(HEDGE), answer_last]
    order = [*RETRY, "-c", "2", "--max-cost", "0.0055", "--report", "r.json"]
    process = connected.start(*order, "--jsonl", "-v")

    assert process.stderr
    assert any(b"reserved for captions" in line for line in process.stderr)
    is_waiting.set()
    out, err = process.communicate(timeout=60)

    records = [json.loads(line) for line in out.splitlines()]
    report = json.loads((connected.home / "r.json").read_text())
    assert process.returncode == ExitStatus.LIMIT
    assert [record["long"] for record in records] == [HEDGE, HEDGE]
    assert [record["error"]["kind"] for record in records] == ["budget", "budget"]
    assert b"\nspent: $0.0039\n" in err
    assert report["spent_usd"] == "0.003900"
    assert report["counts"]["failed"] == 2
    assert service.bills == 2


def test_an_interrupted_retry_reports_what_was_bought(
    connected: Rwcap, service: Service, folder: Path
) -> None:
    """The next run goes on with the first caption, and buys the second."""

    def interrupt(exchange: Exchange) -> None:
        busy = faults.status(429, "rateLimit", headers={"Retry-After": "60"})
        busy(exchange)
        process.send_signal(signal.SIGINT)

    service.captions += [faults.caption(HEDGE), interrupt, faults.caption(GOOD)]
    process = connected.start(*RETRY, "--jsonl")
    out, err = process.communicate(timeout=60)
    again = connected.run(*RETRY, "--jsonl")

    record = json.loads(out)
    assert process.returncode == -signal.SIGINT
    assert (record["long"], record["cost_usd"]) == (HEDGE, "0.001300")
    assert record["error"]["code"] == "runStopped"
    assert b"\nspent: $0.0013\n" in err
    assert json.loads(again.out)["text"] == GOOD
    assert service.bills == 2


def test_alternative_text_of_a_retry_must_fit_too(
    connected: Rwcap, service: Service, folder: Path
) -> None:
    """Otherwise, the first stays."""
    service.otherwise = pictured((HEDGE, "word " * 60))

    result = connected.run(*RETRY, "--alt", "--jsonl")

    assert json.loads(result.out)["text"] == HEDGE
    assert service.bills == 2


@pytest.mark.parametrize("accepted", [True, False])
@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.promises("once")
def test_a_kill_never_pays_twice(
    connected: Rwcap, service: Service, folder: Path, number: int, *, accepted: bool
) -> None:
    """Before or after the service accepts the first or the second caption."""
    asked: Counter[str] = Counter()
    answered = pictured((HEDGE, GOOD))

    def fault(exchange: Exchange) -> None:
        asked["all"] += 1
        if asked["all"] == number:
            if accepted:
                exchange.accept()
            os.kill(process.pid, signal.SIGKILL)
            process.wait(60)
            return
        answered(exchange)

    service.otherwise = fault
    process = connected.start(*RETRY)
    process.communicate(timeout=60)

    result = connected.run(*RETRY)

    # The service still has what it accepted, in its own words, which are good.
    bought = 1 if accepted and number == 1 else 2
    words = "[sandbox] A JPEG" if accepted else GOOD
    assert result.status == ExitStatus.OK
    assert service.bills == bought
    assert (folder / "1.txt").read_text().startswith(words)
    statement = json.loads(connected.run("cost", "--json").out)["total"]
    assert statement["captions"] == bought


@pytest.mark.promises("texts")
def test_sentences_that_fail_are_left_out(
    connected: Rwcap, service: Service, folder: Path
) -> None:
    """The record says so; the ledger keeps the whole text."""
    whole = f"{GOOD} Possibly a man is near. A dog sleeps on a net."
    service.captions.append(faults.caption(whole))

    result = connected.run(*DROP, "--jsonl")
    again = connected.run(*DROP, "--mode", "overwrite", "--jsonl")

    record, cached = json.loads(result.out), json.loads(again.out)
    rest = f"{GOOD} A dog sleeps on a net."
    assert (record["text"], record["long"]) == (rest, whole)
    assert record["repairs"] == ["sentence dropped: hedging"]
    assert "faults" not in record
    assert cached["text"] == rest
    assert (folder / "1.txt").read_text() == f"{rest}\n"
    assert connected.run("caption", "p/1.jpg").out == f"{whole}\n"
    assert service.bills == 1


@pytest.mark.parametrize("place", ["embed", "xmp", "metadata"])
def test_sentences_that_are_left_out_are_not_in_metadata(
    connected: Rwcap, service: Service, folder: Path, place: str
) -> None:
    """Nor if the caption is held and written later, as a description or for `--alt`."""
    service.captions.append(faults.caption(f"{GOOD} Possibly a man is near."))
    show = ["caption", "--show", "p/1.jpg"]
    order = [*DROP[:-2], "--write", place, "-o", "t.jsonl"]

    connected.run(*order, "--hold")
    connected.run(*order)
    shown = connected.run(*show).out
    for more in ([], ["--alt"]):
        connected.run("batch", "p", "--write", place, "--mode", "remove")
        connected.run("batch", "p", "--texts", "t.jsonl", "--write", place, *more)
        shown += connected.run(*show).out

    assert shown.count(GOOD) == 4
    assert "Possibly" not in shown
    assert service.bills == 1


@pytest.mark.promises("reports")
def test_a_caption_that_cannot_be_mended_is_written_with_its_faults(
    connected: Rwcap, service: Service, folder: Path
) -> None:
    """Dropping its only sentence would leave nothing."""
    service.captions.append(faults.caption(HEDGE))

    result = connected.run(*DROP, "--jsonl")

    record = json.loads(result.out)
    assert (record["text"], record["faults"]) == (HEDGE, ["hedging"])
    assert not {"repairs", "long"} & record.keys()
    assert "warning: p/1.jpg: hedging: " in result.err
    assert result.status == ExitStatus.OK


@pytest.mark.promises("undo")
def test_a_mended_text_file_is_removed_as_one_of_rwcap(
    connected: Rwcap, service: Service, folder: Path
) -> None:
    """A text that a person has changed is left."""
    service.captions.append(faults.caption(f"{GOOD} Possibly a man is near."))
    connected.run(*DROP)
    remove = ["batch", "p", "--write", "txt", "--mode", "remove"]
    (folder / "1.txt").write_text("Two boats lie at the old quay.\n")

    kept = connected.run(*remove)
    (folder / "1.txt").write_text(f"{GOOD}\n")
    removed = connected.run(*remove)

    assert "changed since and left" in kept.out + kept.err
    assert removed.status == ExitStatus.OK
    assert not (folder / "1.txt").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--alt", "--on-fail", "drop-sentence"], "drop-sentence is not for --alt"),
        (["--fields", "title", "--on-fail", "retry"], "retry is not for fields"),
        (
            ["--fields", "title", "--on-fail", "drop-sentence"],
            "--on-fail drop-sentence is not for fields",
        ),
    ],
)
def test_requests_that_cannot_be_mended_are_refused(
    connected: Rwcap, folder: Path, options: list[str], message: str
) -> None:
    """Before anything is bought."""
    result = connected.run("batch", "p", "--check", "all", *options)

    assert result.status == ExitStatus.USAGE
    assert message in result.err
