"""What checks find in the captions of a run, without a run."""

from contextlib import suppress
from pathlib import Path

import pytest

from rwcap.checks.all_checks import CHECKS
from rwcap.cli.terminal.check_rows import check_rows
from rwcap.core.money import Micros
from rwcap.core.record import Record, RecordStatus
from rwcap.usecases.checking.run_checks import RunChecks


def record(text: str, *faults: str) -> Record:
    """Return the record of a caption that was bought and checked."""
    return Record("a.jpg", RecordStatus.OK, text=text, cost=Micros(1300), faults=faults)


@pytest.mark.parametrize("length", [1, 10_000])
def test_a_full_disk_for_texts_stops_no_run(
    monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    """Captions are checked alone, and the reason is told."""
    full = Path("/dev/full").open("w", encoding="ascii")  # noqa: SIM115  # see below
    monkeypatch.setattr(
        "rwcap.usecases.checking.checking.TemporaryFile", lambda *_, **__: full
    )
    checks = RunChecks([*CHECKS])

    found = checks.add(record(f"A man, perhaps. {'A net. ' * length}", "hedging"))
    more = checks.add(record("A dog."))

    assert found
    assert found.startswith("hedging: A man, perhaps. A net.")
    assert more is None
    assert checks.counts.captions == {"all": 2, "failed": 1, "hedging": 1}
    assert checks.counts.paid == 1300
    assert checks.problem
    assert "No space left" in checks.problem.message
    assert check_rows(checks, sandbox=True) == [
        (
            "checks",
            "1 of 2 captions fail: hedging 1; paid for them: [sandbox] $0.0013",
        ),
        ("set not checked", "a temporary file: No space left on device"),
    ]
    with suppress(OSError):
        full.close()


def test_good_captions_are_counted() -> None:
    """Nothing was paid for bad ones."""
    checks = RunChecks(["hedging"])

    assert checks.add(record("A dog.")) is None
    assert check_rows(checks, sandbox=False) == [("checks", "0 of 1 captions fail")]


def test_a_text_that_was_shortened_after_it_failed_counts() -> None:
    """Its record has the whole text alone, in which the fault need not be."""
    failed = record("A dog sleeps.", "hedging")._replace(
        status=RecordStatus.FAILED, text=None, long="A dog sleeps. It is old."
    )
    checks = RunChecks(["hedging"])

    assert checks.add(failed) == "hedging: "
    assert checks.counts.captions["hedging"] == 1
