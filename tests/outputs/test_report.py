"""Tests of the statistics and the report of a run."""

import json
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core.errors import (
    AmbiguousError,
    ErrorKind,
    InputError,
    NetworkError,
    NotWrittenError,
    TaskError,
)
from rwcap.core.exit_status import ExitStatus
from rwcap.core.money import Micros
from rwcap.core.record import CostSource, ErrorDetails, Record, RecordStatus
from rwcap.outputs.report import RunStatistics


def bought(cost: int | None = 1300, seconds: float = 1.0) -> Record:
    """Return the record of a new purchase."""
    return Record(
        source="a.jpg",
        status=RecordStatus.OK,
        text="A harbour.",
        cost=None if cost is None else Micros(cost),
        cost_source=CostSource.NONE if cost is None else CostSource.API,
        seconds=seconds,
    )


def reused(status: RecordStatus, cost: int | None = 1300) -> Record:
    """Return the record of an earlier purchase."""
    return Record(
        source="a.jpg",
        status=status,
        text="A harbour.",
        cost=None if cost is None else Micros(cost),
        cost_source=CostSource.NONE if cost is None else CostSource.LEDGER,
        seconds=1.0,
    )


def failed(
    error: TaskError,
    *,
    text: str | None = None,
    cost: int | None = None,
    source: CostSource = CostSource.NONE,
) -> Record:
    """Return the record of an error."""
    return Record(
        source="a.jpg",
        status=RecordStatus.FAILED,
        text=text,
        cost=None if cost is None else Micros(cost),
        cost_source=source,
        seconds=1.0,
        error=ErrorDetails.from_error(error),
    )


def statistics_of(*records: Record) -> RunStatistics:
    """Return the statistics of some records."""
    statistics = RunStatistics()
    for record in records:
        statistics.add(record)
    return statistics


UNWRITTEN = NotWrittenError("a.txt: disk full", code="unwritten")


def test_records_are_counted_by_status() -> None:
    """Errors are also counted by kind, and their exit statuses are collected."""
    in_doubt = AmbiguousError("no answer", code="timeout")
    statistics = statistics_of(
        bought(),
        bought(),
        reused(RecordStatus.CACHED),
        reused(RecordStatus.SKIPPED),
        Record(source="b.jpg", status=RecordStatus.ACCEPTED, task_uuid="U"),
        failed(InputError("not an image", code="notAnImage")),
        failed(InputError("empty", code="emptyImage")),
        failed(NetworkError("no answer", code="timeout")),
        Record(
            source="c",
            status=RecordStatus.AMBIGUOUS,
            error=ErrorDetails.from_error(in_doubt),
        ),
    )

    assert statistics.counts == {
        RecordStatus.OK: 2,
        RecordStatus.CACHED: 1,
        RecordStatus.SKIPPED: 1,
        RecordStatus.ACCEPTED: 1,
        RecordStatus.FAILED: 3,
        RecordStatus.AMBIGUOUS: 1,
    }
    assert statistics.errors == {
        ErrorKind.INPUT: 2,
        ErrorKind.NETWORK: 1,
        ErrorKind.AMBIGUOUS: 1,
    }
    assert statistics.exit_statuses == {
        ExitStatus.FAILED,
        ExitStatus.UNREACHABLE,
        ExitStatus.AMBIGUOUS,
    }
    assert (statistics.total, statistics.failed, statistics.bought) == (9, 4, 2)


def test_files_that_are_written_are_counted_beside_one_that_fails() -> None:
    """What exists already is not written."""
    half = failed(UNWRITTEN, text="x")._replace(outputs=("a.txt",))
    skipped = reused(RecordStatus.SKIPPED, None)._replace(outputs=("b.txt",))

    assert statistics_of(half, skipped).written == {"text files": 1}


@pytest.mark.parametrize(
    ("record", "spent", "unknown", "saved"),
    [
        (bought(1300), 1300, 0, 0),
        (bought(None), 0, 1, 0),
        (reused(RecordStatus.CACHED, 1300), 0, 0, 1300),
        (reused(RecordStatus.SKIPPED, 1900), 0, 0, 1900),
        (reused(RecordStatus.SKIPPED, None), 0, 0, 0),
        (failed(UNWRITTEN, text="x", cost=1300, source=CostSource.API), 1300, 0, 0),
        (failed(UNWRITTEN, text="x")._replace(attempts=1), 0, 1, 0),
        (failed(UNWRITTEN, text="x"), 0, 0, 0),
        (failed(UNWRITTEN, text="x", cost=1300, source=CostSource.LEDGER), 0, 0, 0),
        (failed(InputError("empty", code="emptyImage")), 0, 0, 0),
        (Record(source="a.jpg", status=RecordStatus.ACCEPTED, task_uuid="U"), 0, 0, 0),
    ],
)
def test_money_is_spent_or_saved(
    record: Record, spent: int, unknown: int, saved: int
) -> None:
    """A purchase is spent, even if it was not written. A reused caption is saved."""
    statistics = statistics_of(record)

    assert (statistics.spent, statistics.unknown_costs, statistics.saved) == (
        spent,
        unknown,
        saved,
    )


def test_a_cost_from_the_ledger_is_not_spent_in_this_run() -> None:
    """An earlier run paid for a recovered caption."""
    recovered = Record(
        source="a.jpg",
        status=RecordStatus.OK,
        text="A harbour.",
        cost=Micros(1300),
        cost_source=CostSource.LEDGER,
    )

    statistics = statistics_of(recovered)

    assert (statistics.bought, statistics.spent, statistics.unknown_costs) == (0, 0, 0)


@given(st.lists(st.integers(0, 10_000)))
def test_the_sums_of_money_are_exact(costs: list[int]) -> None:
    """Both the money spent and the money saved."""
    records = [bought(cost) for cost in costs]
    records += [reused(RecordStatus.CACHED, 2 * cost) for cost in costs]

    statistics = statistics_of(*records)

    assert statistics.spent == sum(costs)
    assert statistics.saved == 2 * sum(costs)


@given(st.lists(st.floats(1e-6, 1e6), min_size=1), st.floats(0, 1))
def test_quantiles_are_within_two_percent(durations: list[float], q: float) -> None:
    """The exact value is the one of nearest rank."""
    statistics = statistics_of(*[bought(seconds=seconds) for seconds in durations])

    exact = sorted(durations)[max(1, ceil(q * len(durations))) - 1]
    assert statistics.quantile(q) == pytest.approx(exact, rel=0.02)


def test_a_duration_can_be_zero() -> None:
    """The clock may not have advanced."""
    statistics = statistics_of(
        bought(seconds=0.0), bought(seconds=0.0), bought(seconds=8.0)
    )

    assert statistics.quantile(0.5) == pytest.approx(0.0, abs=2e-6)
    assert statistics.quantile(1.0) == pytest.approx(8.0, rel=0.02)


def test_only_purchases_have_durations() -> None:
    """Reused captions and errors do not count."""
    statistics = statistics_of(
        reused(RecordStatus.CACHED),
        reused(RecordStatus.SKIPPED),
        failed(NetworkError("no answer", code="timeout")),
    )

    assert statistics.quantile(0.5) is None


@given(st.lists(st.floats(0, 1e9)))
def test_the_statistics_stay_small(durations: list[float]) -> None:
    """There are about 1,750 buckets at most."""
    statistics = statistics_of(*[bought(seconds=seconds) for seconds in durations])

    assert all(-700 < bucket < 1100 for bucket in statistics._durations)


def report_of(statistics: RunStatistics) -> dict[str, object]:
    """Return the report of a run with these statistics."""
    return statistics.report(
        version="1.2.3",
        sandbox=True,
        started="2026-01-02T03:04:05Z",
        seconds=1.23456,
        concurrency=8,
        exit_status=3,
    )


def test_the_report_is_complete() -> None:
    """Money is a decimal string, times are seconds with milliseconds."""
    statistics = statistics_of(
        *[bought(1300, seconds=0.5)] * 19,
        bought(None, seconds=2.0),
        reused(RecordStatus.SKIPPED, 1900),
        failed(InputError("empty", code="emptyImage")),
    )

    report = json.loads(json.dumps(report_of(statistics)))

    p50, p95 = report.pop("p50_seconds"), report.pop("p95_seconds")
    assert (p50, p95) == (round(p50, 3), round(p95, 3))
    assert p50 == p95 == pytest.approx(0.5, rel=0.02)
    assert report == {
        "v": 1,
        "version": "1.2.3",
        "sandbox": True,
        "started": "2026-01-02T03:04:05Z",
        "seconds": 1.235,
        "counts": {
            "ok": 20,
            "cached": 0,
            "accepted": 0,
            "skipped": 1,
            "edited": 0,
            "failed": 1,
            "ambiguous": 0,
        },
        "written": {},
        "errors": {"input": 1},
        "spent_usd": "0.024700",
        "unknown_costs": 1,
        "saved_usd": "0.001900",
        "concurrency": 8,
        "exit_status": 3,
    }


def test_the_report_of_an_empty_run_has_no_durations() -> None:
    """A quantile of nothing is null."""
    report = report_of(RunStatistics())

    assert (report["p50_seconds"], report["p95_seconds"]) == (None, None)
    assert (report["errors"], report["spent_usd"]) == ({}, "0.000000")
