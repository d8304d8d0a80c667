"""The account of a run is right to the micro-dollar, and its times to 2 %."""

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
    """Return the record of a caption bought now."""
    return Record(
        source="a.jpg",
        status=RecordStatus.OK,
        text="A harbour.",
        cost=None if cost is None else Micros(cost),
        cost_source=CostSource.NONE if cost is None else CostSource.API,
        seconds=seconds,
    )


def reused(status: RecordStatus, cost: int | None = 1300) -> Record:
    """Return the record of a caption bought earlier."""
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
    """Return the record of a failure."""
    return Record(
        source="a.jpg",
        status=RecordStatus.FAILED,
        text=text,
        cost=None if cost is None else Micros(cost),
        cost_source=source,
        seconds=1.0,
        error=ErrorDetails.from_error(error),
    )


def tally(*records: Record) -> RunStatistics:
    """Return the account of some records."""
    account = RunStatistics()
    for record in records:
        account.add(record)
    return account


UNWRITTEN = NotWrittenError("a.txt: disk full", code="unwritten")


def test_records_are_counted_by_how_they_ended() -> None:
    """Failures also by their kind; their statuses are remembered once."""
    in_doubt = AmbiguousError("no answer", code="timeout")
    account = tally(
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

    assert account.counts == {
        RecordStatus.OK: 2,
        RecordStatus.CACHED: 1,
        RecordStatus.SKIPPED: 1,
        RecordStatus.ACCEPTED: 1,
        RecordStatus.FAILED: 3,
        RecordStatus.AMBIGUOUS: 1,
    }
    assert account.errors == {
        ErrorKind.INPUT: 2,
        ErrorKind.NETWORK: 1,
        ErrorKind.AMBIGUOUS: 1,
    }
    assert account.exit_statuses == {
        ExitStatus.FAILED,
        ExitStatus.UNREACHABLE,
        ExitStatus.AMBIGUOUS,
    }
    assert (account.total, account.failed, account.bought) == (9, 4, 2)


@pytest.mark.parametrize(
    ("record", "spent", "unknown", "saved"),
    [
        (bought(1300), 1300, 0, 0),
        (bought(None), 0, 1, 0),
        (reused(RecordStatus.CACHED, 1300), 0, 0, 1300),
        (reused(RecordStatus.SKIPPED, 1900), 0, 0, 1900),
        (reused(RecordStatus.SKIPPED, None), 0, 0, 0),
        (failed(UNWRITTEN, text="x", cost=1300, source=CostSource.API), 1300, 0, 0),
        (failed(UNWRITTEN, text="x"), 0, 1, 0),
        (failed(UNWRITTEN, text="x", cost=1300, source=CostSource.LEDGER), 0, 0, 0),
        (failed(InputError("empty", code="emptyImage")), 0, 0, 0),
        (Record(source="a.jpg", status=RecordStatus.ACCEPTED, task_uuid="U"), 0, 0, 0),
    ],
)
def test_money_is_spent_or_saved(
    record: Record, spent: int, unknown: int, saved: int
) -> None:
    """Spent is what was bought now, written or not; saved is what was there."""
    account = tally(record)

    assert (account.spent, account.unknown_costs, account.saved) == (
        spent,
        unknown,
        saved,
    )


def test_a_cost_that_only_the_ledger_knows_was_not_spent_now() -> None:
    """A caption recovered from an earlier run was paid for by that run."""
    recovered = Record(
        source="a.jpg",
        status=RecordStatus.OK,
        text="A harbour.",
        cost=Micros(1300),
        cost_source=CostSource.LEDGER,
    )

    account = tally(recovered)

    assert (account.bought, account.spent, account.unknown_costs) == (0, 0, 0)


@given(st.lists(st.integers(0, 10_000)))
def test_no_micro_dollar_is_lost(costs: list[int]) -> None:
    """The sum is exact, of what was spent and of what was saved."""
    records = [bought(cost) for cost in costs]
    records += [reused(RecordStatus.CACHED, 2 * cost) for cost in costs]

    account = tally(*records)

    assert account.spent == sum(costs)
    assert account.saved == 2 * sum(costs)


@given(st.lists(st.floats(1e-6, 1e6), min_size=1), st.floats(0, 1))
def test_quantiles_are_within_two_percent(durations: list[float], q: float) -> None:
    """Of the exact value of nearest rank."""
    account = tally(*[bought(seconds=seconds) for seconds in durations])

    exact = sorted(durations)[max(1, ceil(q * len(durations))) - 1]
    assert account.quantile(q) == pytest.approx(exact, rel=0.02)


def test_no_time_at_all_is_a_time() -> None:
    """A clock may not have moved; that is no error."""
    account = tally(bought(seconds=0.0), bought(seconds=0.0), bought(seconds=8.0))

    assert account.quantile(0.5) == pytest.approx(0.0, abs=2e-6)
    assert account.quantile(1.0) == pytest.approx(8.0, rel=0.02)


def test_only_what_was_bought_tells_how_long_buying_takes() -> None:
    """What was there already, and what failed, took another way."""
    account = tally(
        reused(RecordStatus.CACHED),
        reused(RecordStatus.SKIPPED),
        failed(NetworkError("no answer", code="timeout")),
    )

    assert account.quantile(0.5) is None


@given(st.lists(st.floats(0, 1e9)))
def test_the_account_stays_small(durations: list[float]) -> None:
    """A record adds at most a bucket, and there are about 1,750 of them."""
    account = tally(*[bought(seconds=seconds) for seconds in durations])

    assert all(-700 < bucket < 1100 for bucket in account._durations)


def report_of(account: RunStatistics) -> dict[str, object]:
    """Return the report of an account, with what a run passes in."""
    return account.report(
        version="1.2.3",
        sandbox=True,
        started="2026-01-02T03:04:05Z",
        seconds=1.23456,
        concurrency=8,
        exit_status=3,
    )


def test_the_report_says_everything() -> None:
    """Version 1; money as decimal strings, times in seconds to the millisecond."""
    account = tally(
        *[bought(1300, seconds=0.5)] * 19,
        bought(None, seconds=2.0),
        reused(RecordStatus.SKIPPED, 1900),
        failed(InputError("empty", code="emptyImage")),
    )

    report = json.loads(json.dumps(report_of(account)))

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
            "failed": 1,
            "ambiguous": 0,
        },
        "errors": {"input": 1},
        "spent_usd": "0.024700",
        "unknown_costs": 1,
        "saved_usd": "0.001900",
        "concurrency": 8,
        "exit_status": 3,
    }


def test_the_report_of_nothing_has_no_times() -> None:
    """A quantile of nothing is null, not zero."""
    report = report_of(RunStatistics())

    assert (report["p50_seconds"], report["p95_seconds"]) == (None, None)
    assert (report["errors"], report["spent_usd"]) == ({}, "0.000000")
