"""Limits on spending hold for all processes that share a ledger."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest

from rwcap.api.reply import CaptionResult
from rwcap.core.errors import AmbiguousError, InputError, TaskError
from rwcap.core.fields_prompt import join_fields_prompt
from rwcap.core.money import Micros, parse_usd
from rwcap.core.prices import MAX_FIELDS_PRICE, MAX_PRICE
from rwcap.ledger.budget import Budget, BudgetExhausted, BudgetReserved, PeriodUsage
from rwcap.ledger.database import schema
from rwcap.ledger.database.migrations import MIGRATIONS
from rwcap.ledger.ledger import Ledger
from rwcap.ledger.reservation import (
    Adopted,
    RequestKey,
    ReservationRequest,
    ReservationResult,
    ReservationStatus,
)
from tests.ledger.samples import FakeLocks

REQUEST = RequestKey("runware:152@1", None)
RESERVED = ReservationStatus.RESERVED
AMBIGUOUS = AmbiguousError("lost", code="ambiguous")
REFUSED = InputError("no image", code="notAnImage")


class Shop:
    """A ledger, and processes that buy through it."""

    def __init__(self, folder: Path) -> None:
        """Start with an empty ledger."""
        self.path = folder / "ledger.sqlite3"
        self.alive: set[str] = set()
        self.bought = 0

    def process(self) -> Ledger:
        """Return the ledger as a new process opens it."""
        return Ledger(self.path, locks=FakeLocks(self.alive))

    def reserve(
        self, ledger: Ledger, budget: Budget, number: int | None = None
    ) -> ReservationResult:
        """Request a caption; by default for a new image."""
        self.bought += number is None
        number = self.bought if number is None else number
        image = sha256(b"%d" % number).digest()
        bid = ReservationRequest(image, REQUEST, uuid(number), "a.jpg", budget=budget)
        return ledger.purchases.begin_reserve(bid).result()

    def buy(
        self, ledger: Ledger, budget: Budget, outcome: CaptionResult | TaskError
    ) -> None:
        """Buy a caption and settle it."""
        assert self.reserve(ledger, budget) is RESERVED
        ledger.purchases.settle(uuid(self.bought), outcome, attempts=1)

    def execute(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Return the rows of a query, or change the file without the ledger."""
        with closing(sqlite3.connect(self.path)) as database:
            rows = database.execute(statement, values).fetchall()
            database.commit()
        return rows


def uuid(number: int) -> str:
    """Return a task UUID."""
    return str(UUID(int=number))


def usd(amount: str) -> Micros:
    """Return an amount in dollars."""
    return parse_usd(amount)


def costs(amount: str) -> CaptionResult:
    """Return a caption of this cost."""
    return CaptionResult("A cat.", usd(amount))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Return an empty ledger."""
    return Shop(tmp_path)


LIMITS: list[Callable[[str], Budget]] = [
    lambda amount: Budget(run=usd(amount)),
    lambda amount: Budget(day=usd(amount)),
    lambda amount: Budget(month=usd(amount)),
]


@pytest.mark.parametrize("limit", LIMITS)
def test_a_purchase_in_progress_reserves_the_highest_price(
    shop: Shop, limit: Callable[[str], Budget]
) -> None:
    """Settling replaces the reservation with the cost, or with nothing."""
    budget = limit("0.0060")
    ledger = shop.process()

    first = [shop.reserve(ledger, budget) for _ in range(3)]
    ledger.purchases.settle(uuid(1), costs("0.0013"), attempts=1)
    ledger.purchases.settle(uuid(2), REFUSED, attempts=1)
    then = [shop.reserve(ledger, budget) for _ in range(2)]

    assert first[:2] == [RESERVED, RESERVED]
    assert isinstance(first[2], BudgetReserved)
    assert then[0] is RESERVED
    assert isinstance(then[1], BudgetReserved)


@pytest.mark.promises("limits")
def test_fields_reserve_more_than_a_caption(shop: Shop) -> None:
    """Their replies are longer. A purchase that is adopted reserves as much again."""
    prompt = join_fields_prompt(None, ['"title": string'])
    fields = RequestKey("runware:152@1", prompt)
    dead, living = shop.process(), shop.process()
    wanted = ReservationRequest(b"cat", fields, uuid(1), "cat.jpg")

    dead.purchases.begin_reserve(wanted).result()
    reserved = shop.execute("SELECT reserved FROM purchase")
    shop.alive.discard(dead.run.owner)
    refusal = living.purchases.renew_reservation(uuid(1), Budget(day=usd("0.0050")))
    renewed = living.purchases.renew_reservation(uuid(1), Budget(day=usd("0.0080")))

    assert reserved == [(MAX_FIELDS_PRICE,)]
    assert isinstance(refusal, BudgetExhausted)
    assert refusal.price_bound == MAX_FIELDS_PRICE > MAX_PRICE
    assert renewed is None
    assert shop.execute("SELECT reserved FROM purchase") == reserved


@pytest.mark.promises("limits")
def test_a_price_above_a_dollar_is_expected_if_the_two_newest_captions_had_it(
    shop: Shop,
) -> None:
    """A single one may be a mistake of the service."""
    ledger, bounds = shop.process(), []

    for price in ("1.50", "1.50", "9", "0.0013"):
        shop.buy(ledger, Budget(), costs(price))
        refusal = shop.reserve(ledger, Budget(day=usd("0")))
        assert isinstance(refusal, BudgetExhausted)
        bounds.append(refusal.price_bound)

    assert bounds == [MAX_PRICE, usd("1.50"), usd("1.50"), MAX_PRICE]


@pytest.mark.parametrize("limit", LIMITS)
def test_a_used_up_budget_is_reported_with_its_usage(
    shop: Shop, limit: Callable[[str], Budget]
) -> None:
    """Nothing is reserved."""
    budget = limit("0.0040")
    ledger = shop.process()
    shop.buy(ledger, budget, costs("0.0019"))

    refusal = shop.reserve(ledger, budget)

    assert isinstance(refusal, BudgetExhausted)
    assert refusal.limit == 4000
    assert refusal.usage == PeriodUsage(spent=1900, in_progress=0, ambiguous=0)
    assert refusal.price_bound == 2600
    assert shop.execute("SELECT count(*) FROM purchase") == [(1,)]


def test_nothing_may_be_spent_under_a_limit_of_zero(shop: Shop) -> None:
    """Captions in the ledger can still be used."""
    ledger = shop.process()
    shop.buy(ledger, Budget(), costs("0.0013"))

    refused = shop.reserve(ledger, Budget(run=Micros(0)))
    found = ledger.purchases.find_by_key(sha256(b"1").digest(), REQUEST)

    assert isinstance(refused, BudgetExhausted)
    assert found


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.promises("limits")
def test_an_ambiguous_purchase_counts_as_spent(
    shop: Shop, limit: Callable[[str], Budget]
) -> None:
    """A failure that becomes known later frees the reservation."""
    budget = limit("0.0050")
    ledger = shop.process()
    shop.buy(ledger, budget, AMBIGUOUS)

    exhausted = shop.reserve(ledger, budget)
    ledger.purchases.settle(uuid(1), REFUSED, attempts=0)
    known = shop.reserve(ledger, budget, 7)

    assert isinstance(exhausted, BudgetExhausted)
    assert exhausted.usage == PeriodUsage(spent=0, in_progress=0, ambiguous=2600)
    assert known is RESERVED


@pytest.mark.promises("limits")
def test_an_unknown_cost_counts_as_the_highest_price(shop: Shop) -> None:
    """The limit holds although the cost is unknown."""
    budget = Budget(run=usd("0.0051"), day=usd("1"))
    ledger = shop.process()
    shop.buy(ledger, budget, CaptionResult("A cat.", None))

    assert isinstance(shop.reserve(ledger, budget), BudgetExhausted)


def test_processes_share_daily_and_monthly_limits_only(shop: Shop) -> None:
    """A process waits for the purchases in progress of another."""
    one, other = shop.process(), shop.process()
    shop.reserve(one, Budget())

    for budget in (Budget(day=usd("0.0040")), Budget(month=usd("0.0040"))):
        assert isinstance(shop.reserve(other, budget), BudgetReserved)
    assert shop.reserve(other, Budget(run=usd("0.0040"))) is RESERVED


def test_a_purchase_of_an_ended_process_counts_as_ambiguous(shop: Shop) -> None:
    """Waiting would not show whether it was charged."""
    dead, living = shop.process(), shop.process()
    shop.reserve(dead, Budget())
    shop.alive.discard(dead.run.owner)

    refusal = shop.reserve(living, Budget(day=usd("0.0040")))

    assert isinstance(refusal, BudgetExhausted)
    assert refusal.usage.ambiguous == 2600


def test_an_adopted_purchase_that_is_sent_again_belongs_to_the_new_run(
    shop: Shop,
) -> None:
    """It is charged now, so it belongs to this run and to today."""
    dead, living = shop.process(), shop.process()
    shop.reserve(dead, Budget(), 1)
    shop.alive.discard(dead.run.owner)
    shop.execute("UPDATE purchase SET day = '2020-01-01'")

    taken = shop.reserve(living, Budget(day=usd("0")), 1)
    poor = living.purchases.renew_reservation(uuid(1), Budget(day=usd("0.0025")))
    rich = living.purchases.renew_reservation(
        uuid(1), Budget(day=usd("0.0026"), run=usd("0.0026"))
    )
    living.purchases.settle(uuid(1), costs("0.0019"), attempts=1)

    assert isinstance(taken, Adopted)
    assert taken.task_uuid == uuid(1)
    assert isinstance(poor, BudgetExhausted)
    assert poor.usage == PeriodUsage(0, 0, 0)
    assert rich is None
    spent = "SELECT spent FROM day WHERE day = date('now', 'localtime')"
    assert shop.execute(spent) == [(1900,)]
    assert shop.execute("SELECT id, spent FROM run ORDER BY id") == [(1, 0), (2, 1900)]


def test_an_adopted_purchase_that_was_charged_belongs_to_the_old_run(
    shop: Shop,
) -> None:
    """It stays on its day, whichever run finds it."""
    dead, living = shop.process(), shop.process()
    shop.reserve(dead, Budget(), 1)
    shop.alive.discard(dead.run.owner)
    shop.execute("UPDATE purchase SET day = '2020-01-31'")

    shop.reserve(living, Budget(day=usd("0")), 1)
    living.purchases.settle(uuid(1), costs("0.0019"), attempts=0)

    assert shop.execute("SELECT * FROM day") == [("2020-01-31", 1900)]
    assert shop.execute("SELECT id, spent FROM run ORDER BY id") == [(1, 1900), (2, 0)]


@pytest.mark.usefixtures("is_late")
def test_a_purchase_unknown_to_the_service_reserves_nothing(shop: Shop) -> None:
    """The next owner reserves it again before sending it."""
    dead, living = shop.process(), shop.process()
    shop.reserve(dead, Budget(), 1)
    shop.alive.discard(dead.run.owner)
    tight = Budget(day=usd("0.0040"))

    before = shop.reserve(living, tight, 2)
    living.open_purchases.mark_not_found(uuid(1))
    after = shop.reserve(living, tight, 2)

    assert isinstance(before, BudgetExhausted)
    assert after is RESERVED


def test_costs_of_earlier_periods_do_not_count(shop: Shop) -> None:
    """Yesterday counts for the month, last month for nothing."""
    ledger = shop.process()
    shop.buy(ledger, Budget(), costs("0.0020"))
    shop.execute("UPDATE day SET day = date('now', 'localtime', 'start of month')")
    shop.execute("UPDATE purchase SET day = date('now', 'localtime', '-40 days')")

    tight = usd("0.0040")
    of_month = shop.reserve(ledger, Budget(month=tight), 11)
    shop.execute("UPDATE day SET day = date('now', 'localtime', '-40 days')")
    of_day = shop.reserve(ledger, Budget(day=tight), 12)
    later = shop.process()

    assert isinstance(of_month, BudgetExhausted)
    assert of_day is RESERVED
    assert shop.reserve(later, Budget(month=usd("0.0060")), 13) is RESERVED


@pytest.mark.promises("limits")
def test_a_new_highest_price_raises_all_later_reservations(shop: Shop) -> None:
    """It applies to every prompt."""
    ledger = shop.process()
    shop.buy(ledger, Budget(), costs("0.0128"))

    shop.reserve(ledger, Budget())
    refusal = shop.reserve(ledger, Budget(day=usd("0.03")))

    reserved = "SELECT reserved FROM purchase ORDER BY id"
    assert shop.execute(reserved) == [(2600,), (12_800,)]
    assert isinstance(refusal, BudgetReserved)
    assert refusal.exhausted.usage == PeriodUsage(12_800, 12_800, 0)


def test_stored_totals_match_the_purchases(shop: Shop) -> None:
    """Settling a purchase twice counts it once."""
    ledger = shop.process()
    other = shop.process()
    shop.reserve(other, Budget())
    other.run.close()
    assert shop.alive == set()
    for amount in ("0.0013", "0.0019", "0.0026"):
        shop.buy(ledger, Budget(), costs(amount))
    ledger.purchases.settle(uuid(2), costs("0.0026"), attempts=1)
    shop.buy(ledger, Budget(), REFUSED)
    shop.buy(ledger, Budget(), CaptionResult("Dear?", None))

    counted = "SELECT sum(coalesce(cost, reserved)) FROM purchase WHERE state = 'done'"
    assert shop.execute(counted) == [(5800 + 2600,)]
    assert shop.execute("SELECT spent FROM day") == [(8400,)]
    assert shop.execute("SELECT spent FROM run ORDER BY id") == [(0,), (8400,)]
    assert shop.execute("SELECT priced, total FROM request") == [(3, 5800)]


def test_an_upgrade_computes_the_totals_of_an_older_ledger(
    shop: Shop,
) -> None:
    """Captions of format 1 count as written, because it did not store that."""
    for statement in (*MIGRATIONS[0].split(";"), "PRAGMA user_version = 1"):
        shop.execute(statement)
    shop.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    shop.execute("INSERT INTO run (owner, version, command) VALUES ('x', '0', '')")
    shop.execute("INSERT INTO request (digest, model) VALUES (x'00', 'm')")
    for number, (state, cost, text) in enumerate(
        [
            ("done", 1300, "A cat."),
            ("done", 1900, "A cat again."),
            ("done", None, "A dog."),
            ("failed", None, None),
            ("sent", None, None),
        ]
    ):
        shop.execute(
            "INSERT INTO purchase (task_uuid, image, request, source, state, reserved,"
            " cost, text, run, opened) VALUES (?, ?, 1, x'00', ?, 2600, ?, ?, 1, ?)",
            uuid(number),
            b"cat" if number < 2 else b"%d" % number,
            state,
            cost,
            text,
            "2026-11-01T12:00:00.000Z",
        )

    shop.process()

    shop.execute(  # an older one, that is still running
        "INSERT INTO purchase (task_uuid, image, request, source, reserved, run)"
        " VALUES ('x', x'07', 1, x'00', 2600, 1)"
    )
    shop.execute("UPDATE purchase SET state = 'done', cost = 7, text = '' WHERE id = 5")
    shop.execute(
        "UPDATE purchase SET state = 'done', cost = 9, text = '' WHERE task_uuid = 'x'"
    )

    today = shop.execute("SELECT date('now', 'localtime')")[0][0]
    assert shop.execute("SELECT day, spent FROM day") == [
        ("2026-11-01", 5807),
        (today, 9),
    ]
    assert shop.execute("SELECT spent FROM run") == [(5816,)]
    assert shop.execute("SELECT priced, total, squares FROM request") == [
        (4, 3216, 1300**2 + 1900**2 + 7**2 + 9**2)
    ]
    marks = "SELECT written, replaced FROM purchase ORDER BY id"
    assert shop.execute(marks) == [(1, 1), (1, 0), (1, 0), (1, 0), (1, 0), (0, 0)]
    folders = (
        "SELECT path, captions, failed, spent FROM total JOIN folder ON id = folder"
    )
    assert shop.execute(f"{folders} ORDER BY spent") == [
        (b"", 1, 0, 9),
        (b"(standard input and data URIs)", 4, 1, 3207),
    ]
