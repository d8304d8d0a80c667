"""Statements: the totals of purchases by group, exact to the micro-dollar."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from hashlib import sha256
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.api.reply import CaptionResult
from rwcap.core.dates import DateRange
from rwcap.core.errors import AmbiguousError, InputError
from rwcap.core.fields_prompt import join_fields_prompt
from rwcap.core.money import Micros
from rwcap.ledger.database.audit import AuditReport, audit
from rwcap.ledger.ledger import Ledger
from rwcap.ledger.locks import FileLocks
from rwcap.ledger.reports import check_lines
from rwcap.ledger.reports.statement_line import StatementLine, sum_lines
from rwcap.ledger.reports.statements import Grouping
from rwcap.ledger.reservation import RequestKey, ReservationRequest, ReservationStatus

MODEL = "runware:152@1"
EVER = DateRange()


def uuid(number: int) -> str:
    """Return a task UUID."""
    return str(UUID(int=number))


class SampleLedger:
    """A ledger whose purchases have chosen days."""

    def __init__(self, folder: Path) -> None:
        """Start with an empty ledger."""
        self.path = folder / "ledger.sqlite3"
        self.folder = folder
        self.ledger = self.open()
        self._number = 0

    def open(self) -> Ledger:
        """Return the ledger as a new process opens it."""
        locks = FileLocks(self.folder / "locks")
        return Ledger(self.path, locks=locks, command=f"rwcap {self.folder.name}")

    def buy(  # noqa: PLR0913  # the properties that a statement groups by
        self,
        cost: int | None = 1300,
        *,
        outcome: str = "done",
        text: str = "A cat.",
        of: str | None = None,
        source: str = "a.jpg",
        prompt: str | None = None,
        day: str = "2026-11-24",
    ) -> str:
        """Buy a caption and return its task UUID."""
        self._number += 1
        name = uuid(self._number)
        image = sha256((of or name).encode()).digest()
        bid = ReservationRequest(
            image, RequestKey(MODEL, prompt), name, source, fresh=True
        )
        purchases = self.open().purchases  # a run of its own
        assert purchases.begin_reserve(bid).result() is ReservationStatus.RESERVED
        with closing(sqlite3.connect(self.path)) as database:
            moved = f"{day}T23:30:00.000Z"
            database.execute(
                "UPDATE purchase SET day = ?, opened = ? WHERE task_uuid = ?",
                (day, moved, name),
            )
            database.commit()
        if outcome == "done":
            price = None if cost is None else Micros(cost)
            purchases.settle(name, CaptionResult(text, price), attempts=1)
        elif outcome == "failed":
            purchases.settle(name, InputError("no", code="notAnImage"), attempts=1)
        elif outcome == "ambiguous":
            purchases.settle(name, AmbiguousError("?", code="ambiguous"), attempts=1)
        return name

    def lines(self, by: Grouping, days: DateRange = EVER) -> dict[str, StatementLine]:
        """Return the lines of a statement."""
        return self.ledger.statements.lines(by, days)


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[SampleLedger]:
    """Return an empty ledger."""
    sample = SampleLedger(tmp_path)
    with sample.ledger:
        yield sample


@pytest.mark.promises("reports")
def test_a_line_has_the_totals_of_its_purchases(sample: SampleLedger) -> None:
    """Captions that were written are not wasted."""
    for cost in (1300, 1900, None):
        sample.ledger.purchases.mark_delivered(sample.buy(cost), reused=False)
    sample.buy(12_800)
    for outcome in ("failed", "sent", "ambiguous", "ambiguous"):
        sample.buy(outcome=outcome)
    sample.ledger.run.id  # noqa: B018  # commits the deferred writes

    (line,) = sample.lines(Grouping.DAY).values()

    assert line == StatementLine(
        captions=4,
        spent=16_000,
        unknown=1,
        failed=1,
        in_progress=1,
        ambiguous=2,
        reserved=3 * 12_800,
        wasted=1,
        wasted_cost=12_800,
        counted=16_000 + 2600 + 3 * 12_800,
        above=1,
    )


@pytest.mark.usefixtures("is_late")
def test_a_purchase_that_the_service_does_not_know_has_no_reservation(
    sample: SampleLedger,
) -> None:
    """An ambiguous one keeps its own, even if its task was unknown before."""
    unknown, ambiguous = sample.buy(outcome="sent"), sample.buy(outcome="sent")
    sample.buy(outcome="sent")
    ledger = sample.open()
    for name in (unknown, ambiguous):
        ledger.purchases.begin_release(name).result()
        ledger.open_purchases.mark_not_found(name)
    doubt = AmbiguousError("?", code="ambiguous")
    ledger.purchases.settle(ambiguous, doubt, attempts=0)

    (line,) = sample.lines(Grouping.DAY).values()

    assert line == StatementLine(
        in_progress=1, ambiguous=1, reserved=5200, counted=5200, not_received=1
    )


@pytest.mark.promises("reports")
def test_a_caption_that_was_bought_again_is_wasted(sample: SampleLedger) -> None:
    """The older one is wasted, even if it was written."""
    older, newer = sample.buy(1300, of="cat"), sample.buy(1900, of="cat")
    for name in (older, newer):
        sample.ledger.purchases.mark_delivered(name, reused=False)
    sample.ledger.run.id  # noqa: B018

    (line,) = sample.lines(Grouping.DAY).values()

    assert (line.captions, line.spent) == (2, 3200)
    assert (line.wasted, line.wasted_cost) == (1, 1300)


@pytest.mark.promises("reports")
def test_a_reuse_counts_on_the_day_of_the_reuse(sample: SampleLedger) -> None:
    """The first delivery of a caption is no reuse."""
    name = sample.buy(1900, day="2020-02-02", prompt="Why?")
    for _ in range(4):  # the first is no reuse
        sample.ledger.purchases.mark_delivered(name, reused=True)
    sample.ledger.run.id  # noqa: B018

    by_day = sample.lines(Grouping.DAY)
    by_prompt = sample.lines(Grouping.PROMPT)

    assert by_day.pop("2020-02-02") == StatementLine(
        captions=1, spent=1900, counted=1900
    )
    (today,) = by_day.values()
    assert today == StatementLine(reused=3, saved=5700)
    assert by_prompt == {
        "Why?": StatementLine(
            captions=1, spent=1900, counted=1900, reused=3, saved=5700
        )
    }


def test_groups_are_in_chronological_order_or_by_cost(sample: SampleLedger) -> None:
    """Each purchase is in one group."""
    sample.buy(1300, day="2026-11-22", source="p/a.jpg")
    sample.buy(2600, day="2026-11-23", source="q/b.jpg", prompt="Why?")
    sample.buy(1900, day="2026-12-01", source="https://u:p@example.com/x/c.jpg?k=1")
    sample.buy(600, day="2027-01-01", source=uuid(5), prompt="Why?")
    sample.buy(100, day="2027-01-01", source="-", outcome="failed")

    spent = {
        by: {key: line.spent for key, line in sample.lines(by).items()}
        for by in Grouping
    }

    assert spent[Grouping.DAY] == {
        "2026-11-22": 1300,
        "2026-11-23": 2600,
        "2026-12-01": 1900,
        "2027-01-01": 600,
    }
    assert spent[Grouping.WEEK] == {
        "2026-W47": 1300,
        "2026-W48": 2600,
        "2026-W49": 1900,
        "2026-W53": 600,
    }
    assert list(spent[Grouping.MONTH]) == ["2026-11", "2026-12", "2027-01"]
    assert list(spent[Grouping.PROMPT].items()) == [("", 3200), ("Why?", 3200)]
    assert spent[Grouping.MODEL] == {MODEL: 6400}
    assert spent[Grouping.STATUS] == {"done": 6400, "failed": 0}
    assert spent[Grouping.CHECK] == {"too-short": 6400}
    assert list(spent[Grouping.FOLDER].items()) == [
        (str(Path("q").absolute()), 2600),
        ("https://u:p@example.com", 1900),
        (str(Path("p").absolute()), 1300),
        ("(stored at Runware)", 600),
        ("(standard input and data URIs)", 0),
    ]
    runs = list(spent[Grouping.RUN])
    assert all(key.endswith(f" rwcap {sample.folder.name}") for key in runs)
    assert len(runs) == 5
    assert {sum(group.values()) for group in spent.values()} == {6400}


@pytest.mark.promises("reports")
def test_a_caption_is_in_the_group_of_each_check_that_it_fails(
    sample: SampleLedger,
) -> None:
    """Costs, unknown costs and what was never written; fields are not checked."""
    good = "A cat sleeps on a sofa."
    sample.ledger.purchases.mark_delivered(sample.buy(text=good), reused=False)
    sample.ledger.run.id  # noqa: B018
    sample.buy(9000, text="Perhaps a cat sits, and sits, and sits, and sits.")
    sample.buy(None, text="I'm sorry, I cannot see a cat.")
    sample.buy(1900, text="I'm sorry.", day="2020-01-01")
    sample.buy(text='{"title": "A cat"}', prompt=join_fields_prompt(None, ["title"]))
    sample.buy(outcome="failed")
    sample.buy(outcome="sent")

    days = DateRange(first=date(2026, 1, 1))
    lines = sample.lines(Grouping.CHECK, days)

    assert list(lines) == ["loop", "hedging", "", "refusal"]
    assert lines["loop"] == lines["hedging"]
    assert lines["loop"] == StatementLine(
        *(1, 9000), wasted=1, wasted_cost=9000, counted=9000, above=1
    )
    assert (lines[""].captions, lines[""].spent, lines[""].wasted) == (2, 2600, 1)
    assert (lines["refusal"].unknown, lines["refusal"].spent) == (1, 0)
    assert sample.lines(Grouping.CHECK)["refusal"].spent == 1900


def test_a_large_ledger_is_checked_in_parts(
    sample: SampleLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each caption once."""
    smaller = check_lines._SELECT.replace("LIMIT 500", "LIMIT 2")
    monkeypatch.setattr(check_lines, "_SELECT", smaller)
    for _ in range(5):
        sample.buy(100)

    assert sample.lines(Grouping.CHECK)["too-short"].captions == 5


def test_a_range_of_days_includes_its_ends(sample: SampleLedger) -> None:
    """An open range has no limit."""
    for number, day in enumerate(("2026-11-22", "2026-11-23", "2026-11-24")):
        sample.buy(10**number, day=day)

    def spent(days: DateRange) -> int:
        return sum(line.spent for line in sample.lines(Grouping.STATUS, days).values())

    assert spent(EVER) == 111
    assert spent(DateRange(first=date(2026, 11, 23))) == 110
    assert spent(DateRange(last=date(2026, 11, 23))) == 11
    assert spent(DateRange(date(2026, 11, 23), date(2026, 11, 23))) == 10
    assert spent(DateRange(date(2026, 12, 1), date(2026, 12, 31))) == 0


@pytest.mark.parametrize("by", [each for each in Grouping if each != Grouping.CHECK])
def test_a_statement_reads_no_settled_purchase(
    sample: SampleLedger, by: Grouping
) -> None:
    """It takes as long for a million purchases as for a thousand."""
    sample.buy()
    database = sample.ledger._database
    queries: list[str] = []
    database._reader.set_trace_callback(queries.append)
    sample.lines(by)
    database._reader.set_trace_callback(None)

    plans = [
        step
        for query in queries
        for *_, step in database.read(f"EXPLAIN QUERY PLAN {query}")
    ]

    assert any("total USING PRIMARY KEY" in step for step in plans)
    of_purchases = [step for step in plans if "each" in step]  # the table's alias
    assert of_purchases
    assert all("INDEX unsettled" in step for step in of_purchases)


def test_totals_agree_with_the_purchases(sample: SampleLedger) -> None:
    """Whatever the order in which captions are bought, replaced and delivered."""
    dice = Random(1)  # noqa: S311  # no secret depends on it
    for _ in range(60):
        name = sample.buy(
            dice.choice([None, 600, 1300, 12_800]),
            outcome=dice.choice(["done", "done", "failed"]),
            of=dice.choice(["cat", "dog", None]),
            source=dice.choice(["p/a.jpg", "q/b.jpg", "https://a.example/c.jpg"]),
            day=f"2026-11-{dice.randint(1, 3):02}",
        )
        for _ in range(dice.randint(0, 2)):
            sample.ledger.purchases.mark_delivered(name, reused=dice.random() < 0.5)
    sample.ledger.run.id  # noqa: B018  # commits the deferred writes

    assert audit(sample.path) == AuditReport((), purchases=60)


def test_spending_by_day_uses_utc(sample: SampleLedger) -> None:
    """The service uses UTC, too."""
    sample.buy(1300, day="2026-11-22")
    sample.buy(None, day="2026-11-22")
    sample.buy(2600, day="2026-11-23")
    sample.buy(outcome="ambiguous", day="2026-11-23")

    charged = sample.ledger.statements.spent_by_day(DateRange(last=date(2026, 11, 22)))

    assert charged == {"2026-11-22": 1300}
    assert sample.ledger.statements.models() == {MODEL}


@given(st.lists(st.tuples(*[st.integers(0, 10**12)] * 14), max_size=5))
def test_the_sum_of_lines_is_the_sum_of_each_figure(
    rows: list[tuple[int, ...]],
) -> None:
    """No lines add up to zero in every figure."""
    lines = [StatementLine._make(row) for row in rows]

    added = sum_lines(lines)

    for name in StatementLine._fields:
        assert getattr(added, name) == sum(getattr(line, name) for line in lines)


def test_a_line_has_a_json_member_for_each_figure() -> None:
    """Amounts are strings in dollars."""
    line = StatementLine(captions=2, spent=1_234_567)

    members = line.to_json()

    assert (members["captions"], members["spent_usd"]) == (2, "1.234567")
    assert len(members) == len(StatementLine._fields)
