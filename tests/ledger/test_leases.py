"""A worker on another machine owns its purchases for as long as it renews its lease."""

from pathlib import Path

import pytest

from rwcap.core.money import Micros
from rwcap.ledger.budget import Budget, BudgetExhausted, BudgetReserved
from rwcap.ledger.leases import Leases
from rwcap.ledger.ledger import Ledger
from rwcap.ledger.purchases import Purchases
from rwcap.ledger.reservation import Adopted
from tests.ledger.samples import (
    ELSEWHERE,
    RESERVED,
    TEXT,
    FakeLocks,
    reserve,
    rows,
    task_uuid,
    wanted,
)


def purchases_of(ledger: Ledger, worker: str) -> Purchases:
    """Return the purchases of a worker whose lease has just begun."""
    ledger.leases.begin(worker)
    return ledger.purchases_of(worker, ledger.run.id)


def expire(ledger: Ledger, worker: str) -> None:
    """Let the lease of a worker expire."""
    database = ledger.leases._database
    assert Leases(database, seconds=0.0).renew(worker)


def test_a_purchase_of_a_worker_with_a_lease_is_in_progress(
    ledger: Ledger, path: Path
) -> None:
    """For other workers, and for every process."""
    first, second = (purchases_of(ledger, name) for name in ("first", "second"))
    process = Ledger(path, locks=FakeLocks(set()))

    assert first.begin_reserve(wanted(1)).result() is RESERVED

    assert second.begin_reserve(wanted(2)).result() is ELSEWHERE
    assert reserve(process, wanted(3)) is ELSEWHERE
    assert process.open_purchases.abandoned() == []


def test_a_purchase_is_adopted_when_the_lease_has_expired(ledger: Ledger) -> None:
    """Under its own UUID."""
    first, second = (purchases_of(ledger, name) for name in ("first", "second"))
    first.begin_reserve(wanted(1)).result()

    expire(ledger, "first")

    assert ledger.open_purchases.abandoned() == [task_uuid(1)]
    assert second.begin_reserve(wanted(2)).result() == Adopted(task_uuid(1))


def test_a_purchase_is_adopted_when_the_lease_is_ended(ledger: Ledger) -> None:
    """The driver of a job hears of a worker's end before the lease expires."""
    purchases_of(ledger, "first").begin_reserve(wanted(1)).result()

    ledger.leases.end("first")

    assert reserve(ledger, wanted(2)) == Adopted(task_uuid(1))


def test_a_lease_is_renewed_until_it_expires(ledger: Ledger) -> None:
    """A worker that comes too late has lost it, and so has one that never had any."""
    ledger.leases.begin("first")
    assert ledger.leases.renew("first")
    assert ledger.leases.running() == {"first"}

    expire(ledger, "first")

    assert not ledger.leases.renew("first")
    assert not ledger.leases.renew("stranger")
    assert ledger.leases.running() == set()


def test_a_lease_outlives_the_process_of_the_ledger(
    ledger: Ledger, path: Path, alive: set[str]
) -> None:
    """It is in the file."""
    purchases_of(ledger, "first").begin_reserve(wanted(1)).result()

    with ledger:
        pass
    with Ledger(path, locks=FakeLocks(alive)) as restarted:
        assert restarted.leases.renew("first")
        assert reserve(restarted, wanted(2)) is ELSEWHERE


def test_expired_leases_are_removed(ledger: Ledger, path: Path) -> None:
    """When another begins."""
    ledger.leases.begin("first")
    expire(ledger, "first")
    ledger.leases.begin("second")

    assert rows(path, "SELECT owner FROM lease") == [("second",)]


def test_a_worker_gives_up_what_it_does_not_know_of(ledger: Ledger) -> None:
    """Its purchases that are settled, and those of others, stay as they are."""
    first, second = (purchases_of(ledger, name) for name in ("first", "second"))
    for number in (1, 2, 3):
        first.begin_reserve(wanted(number, of=number)).result()
    second.begin_reserve(wanted(4, of=4)).result()
    first.settle(task_uuid(3), TEXT, attempts=1)

    ledger.leases.confirm("first", {task_uuid(1)})

    assert ledger.open_purchases.abandoned() == [task_uuid(2)]


@pytest.mark.parametrize("ends", [False, True])
def test_workers_share_the_budget_of_their_run(ledger: Ledger, *, ends: bool) -> None:
    """A reservation counts as in progress with a lease, as possibly charged without."""
    first, second = (purchases_of(ledger, name) for name in ("first", "second"))
    budget = Budget(run=Micros(2600))
    first.begin_reserve(wanted(1)._replace(budget=budget)).result()
    if ends:
        ledger.leases.end("first")

    refusal = second.begin_reserve(wanted(2, of=2)._replace(budget=budget)).result()

    assert isinstance(refusal, BudgetExhausted if ends else BudgetReserved)
