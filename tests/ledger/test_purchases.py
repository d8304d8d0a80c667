"""A caption is reserved, bought and settled once."""

import os
from pathlib import Path

import pytest

from rwcap.api.reply import CaptionResult
from rwcap.core.errors import TaskError
from rwcap.core.fields_prompt import join_fields_prompt
from rwcap.core.money import Micros
from rwcap.ledger.budget import Budget, Period, PeriodUsage
from rwcap.ledger.ledger import Ledger
from rwcap.ledger.reports.forecast import PriceHistory
from rwcap.ledger.reservation import (
    Adopted,
    AlreadyBought,
    Ambiguous,
    BoughtCaption,
    RequestKey,
)
from tests.ledger.samples import (
    AMBIGUOUS,
    ELSEWHERE,
    IN_PROGRESS,
    REFUSED,
    REQUEST,
    RESERVED,
    TEXT,
    UUID_TAKEN,
    FakeLocks,
    image,
    reserve,
    rows,
    task_uuid,
    typed,
    wanted,
)


def test_a_reservation_is_in_the_file(path: Path, ledger: Ledger) -> None:
    """With image, request, source, price bound, owner and command."""
    assert reserve(ledger, wanted(1)) is RESERVED

    assert rows(
        path,
        "SELECT task_uuid, image, model, source, state, reserved, purchase.owner,"
        " command"
        " FROM purchase JOIN request ON request.id = request"
        " JOIN run ON run.id = run",
    ) == [
        (
            task_uuid(1),
            image(1),
            REQUEST.model,
            os.fsencode(Path("a.jpg").absolute()),
            "sent",
            2600,
            ledger.run.owner,
            "rwcap caption a.jpg",
        )
    ]


@pytest.mark.parametrize(
    "prompt", [None, join_fields_prompt(None, ['"title": string'])]
)
@pytest.mark.parametrize("cost", [1300, 20_000])
def test_an_estimate_expects_what_a_reservation_takes(
    path: Path, ledger: Ledger, prompt: str | None, cost: int
) -> None:
    """The highest price known, of the model's page or of the ledger."""
    reserve(ledger, wanted(1))
    dear = CaptionResult("a cat", Micros(cost))
    ledger.purchases.settle(task_uuid(1), dear, attempts=1)

    expected = ledger.purchases.price_bound(prompt)
    reserve(ledger, wanted(2, of=2, request=RequestKey("m@1", prompt)))

    query = "SELECT reserved FROM purchase ORDER BY id DESC LIMIT 1"
    assert rows(path, query) == [(expected,)]
    assert expected >= cost


def test_a_purchase_in_progress_is_not_reserved_again(
    path: Path, ledger: Ledger, alive: set[str]
) -> None:
    """By the same process, or by another."""
    other = Ledger(path, locks=FakeLocks(alive))
    reserve(ledger, wanted(1))

    assert reserve(ledger, wanted(2)) is IN_PROGRESS
    assert reserve(other, wanted(3)) is ELSEWHERE


def test_one_process_adopts_the_purchase_of_an_ended_process(
    path: Path, ledger: Ledger, alive: set[str]
) -> None:
    """It keeps its UUID. For other processes it is in progress."""
    others = [Ledger(path, locks=FakeLocks(alive)) for _ in range(2)]
    reserve(ledger, wanted(1))
    alive.discard(ledger.run.owner)

    assert typed(reserve(others[0], wanted(2))) == typed(Adopted(task_uuid(1)))
    assert reserve(others[1], wanted(3)) is ELSEWHERE


def test_what_an_ended_process_has_reserved_counts_as_possibly_charged(
    path: Path, ledger: Ledger, alive: set[str]
) -> None:
    """Its task may have been sent."""
    reserve(ledger, wanted(1))
    alive.discard(ledger.run.owner)
    other = Ledger(path, locks=FakeLocks(alive))

    assert other.usage(Period.DAY) == PeriodUsage(0, 0, ambiguous=2600)


def test_a_released_purchase_is_adopted(ledger: Ledger) -> None:
    """The process that released it may adopt it, too."""
    reserve(ledger, wanted(1))
    ledger.purchases.begin_release(task_uuid(1)).result()

    assert typed(reserve(ledger, wanted(2))) == typed(Adopted(task_uuid(1)))


def test_a_bought_caption_is_not_bought_again(ledger: Ledger) -> None:
    """Another prompt or model is another caption."""
    reserve(ledger, wanted(1))
    ledger.purchases.settle(task_uuid(1), TEXT, attempts=1)

    assert reserve(ledger, wanted(2)) == AlreadyBought(
        task_uuid(1), TEXT.text, TEXT.cost
    )
    assert reserve(ledger, wanted(2, of=2)) is RESERVED
    other = RequestKey(REQUEST.model, "What?")
    assert ledger.purchases.find_by_key(image(1), other) is None
    assert reserve(ledger, wanted(3, request=other)) is RESERVED


def test_a_failed_purchase_can_be_made_again(ledger: Ledger) -> None:
    """It was not charged."""
    reserve(ledger, wanted(1))
    ledger.purchases.settle(task_uuid(1), REFUSED, attempts=1)

    assert reserve(ledger, wanted(2)) is RESERVED
    assert ledger.purchases.find_by_key(image(1), REQUEST) is None


@pytest.fixture
def next_run(path: Path, ledger: Ledger, alive: set[str]) -> Ledger:
    """Return the ledger of the run after one with an ambiguous purchase."""
    reserve(ledger, wanted(1))
    ledger.purchases.settle(task_uuid(1), AMBIGUOUS, attempts=5)
    return Ledger(path, locks=FakeLocks(alive))


def test_an_ambiguous_purchase_is_repeated_only_on_request(next_run: Ledger) -> None:
    """It may have been charged."""
    earlier = typed(Ambiguous(task_uuid(1)))

    assert typed(reserve(next_run, wanted(2))) == earlier
    assert typed(reserve(next_run, wanted(2, fresh=True))) == earlier
    assert reserve(next_run, wanted(2, rebuy=True)) is RESERVED
    assert reserve(next_run, wanted(3, rebuy=True)) is IN_PROGRESS


@pytest.mark.promises("once")
def test_an_ambiguous_purchase_is_not_repeated_by_its_own_run(next_run: Ledger) -> None:
    """A copy of the image, or another row of a table, would pay for it again."""
    reserve(next_run, wanted(2, rebuy=True))
    next_run.purchases.settle(task_uuid(2), AMBIGUOUS, attempts=5)

    again = reserve(next_run, wanted(3, rebuy=True))

    assert typed(again) == typed(Ambiguous(task_uuid(2), of_this_run=True))


def test_a_caption_has_precedence_over_an_ambiguous_purchase(next_run: Ledger) -> None:
    """The caption was bought later."""
    reserve(next_run, wanted(2, rebuy=True))
    next_run.purchases.settle(task_uuid(2), TEXT, attempts=1)

    assert isinstance(reserve(next_run, wanted(3)), AlreadyBought)


def test_a_task_uuid_is_used_once(ledger: Ledger) -> None:
    """Whatever the outcome of its purchase."""
    reserve(ledger, wanted(1))
    ledger.purchases.settle(task_uuid(1), REFUSED, attempts=1)

    assert ledger.purchases.has_uuid(task_uuid(1))
    assert not ledger.purchases.has_uuid(task_uuid(2))
    assert reserve(ledger, wanted(1, of=2)) is UUID_TAKEN
    assert reserve(ledger, wanted(1)) is UUID_TAKEN


def test_a_fresh_caption_is_bought_once_per_run(path: Path, alive: set[str]) -> None:
    """The newest caption is found."""
    with Ledger(path, locks=FakeLocks(alive)) as earlier:
        reserve(earlier, wanted(1))
        earlier.purchases.settle(task_uuid(1), TEXT, attempts=1)
    newest = CaptionResult("Boats.", None)

    with Ledger(path, locks=FakeLocks(alive)) as now:
        assert reserve(now, wanted(2, fresh=True)) is RESERVED
        now.purchases.settle(task_uuid(2), newest, attempts=1)
        bought = AlreadyBought(task_uuid(2), "Boats.", None)
        assert reserve(now, wanted(3, fresh=True)) == bought
        assert now.purchases.find_by_key(image(1), REQUEST) == bought


def state(path: Path) -> list[tuple[object, ...]]:
    """Return state, text, cost, attempts and owner of all purchases."""
    return rows(path, "SELECT state, text, cost, attempts, owner FROM purchase")


@pytest.mark.parametrize(
    "second", [TEXT, REFUSED, AMBIGUOUS, CaptionResult("No.", None)]
)
def test_a_settled_caption_never_changes(
    path: Path, ledger: Ledger, second: CaptionResult | TaskError
) -> None:
    """Settling and releasing it again have no effect, and say so."""
    reserve(ledger, wanted(1))
    assert ledger.purchases.begin_settle(task_uuid(1), TEXT, attempts=2).result()
    before = rows(path, "SELECT * FROM purchase")

    again = ledger.purchases.begin_settle(task_uuid(1), second, attempts=1)
    release = ledger.purchases.begin_release(task_uuid(1))

    assert (again.result(), release.result()) == (False, False)
    assert rows(path, "SELECT * FROM purchase") == before
    assert state(path) == [("done", "A harbour.", 1300, 2, None)]


def test_a_known_outcome_replaces_an_ambiguous_one(path: Path, ledger: Ledger) -> None:
    """A caption or a failure, which are final."""
    for number, end in ((1, TEXT), (2, REFUSED)):
        reserve(ledger, wanted(number, of=number))
        ledger.purchases.settle(task_uuid(number), AMBIGUOUS, attempts=5)
        ledger.purchases.begin_release(task_uuid(number)).result()
        ledger.purchases.settle(task_uuid(number), end, attempts=0)

    ledger.purchases.settle(task_uuid(2), TEXT, attempts=1)

    assert state(path) == [
        ("done", "A harbour.", 1300, 5, None),
        ("failed", None, None, 5, None),
    ]


def test_the_error_of_a_purchase_is_stored(path: Path, ledger: Ledger) -> None:
    """With kind, code and message."""
    reserve(ledger, wanted(1))
    ledger.purchases.settle(task_uuid(1), REFUSED, attempts=1)

    ((error,),) = rows(path, "SELECT error FROM purchase")

    assert error == '{"kind": "input", "code": "notAnImage", "message": "no image"}'


def test_settling_an_unknown_task_has_no_effect(path: Path, ledger: Ledger) -> None:
    """A fetched task may belong to another ledger."""
    ledger.purchases.settle(task_uuid(1), TEXT, attempts=0)

    assert state(path) == []
    assert ledger.purchases.find_by_uuid(task_uuid(1)) is None


def test_a_caption_is_found_by_its_uuid(ledger: Ledger) -> None:
    """Once it is settled."""
    reserve(ledger, wanted(1))
    assert ledger.purchases.find_by_uuid(task_uuid(1)) is None

    ledger.purchases.settle(task_uuid(1), TEXT, attempts=1)

    found = ledger.purchases.find_by_uuid(task_uuid(1))
    assert found == AlreadyBought(task_uuid(1), TEXT.text, TEXT.cost)


def test_all_captions_of_an_image_are_found_the_newest_first(ledger: Ledger) -> None:
    """With their requests. A failed purchase has no caption."""
    other = RequestKey(REQUEST.model, "What?")
    failed = RequestKey(REQUEST.model, "Why?")
    for number, request in enumerate((REQUEST, other, failed)):
        reserve(ledger, wanted(number, request=request))
    reserve(ledger, wanted(3, of=2))
    for number in (0, 1, 3):
        ledger.purchases.settle(task_uuid(number), TEXT, attempts=1)
    ledger.purchases.settle(task_uuid(2), REFUSED, attempts=1)

    assert ledger.purchases.captions_of(image(1)) == [
        BoughtCaption(task_uuid(1), TEXT.text, TEXT.cost, other.model, "What?"),
        BoughtCaption(task_uuid(0), TEXT.text, TEXT.cost, REQUEST.model, None),
    ]


def test_a_cancelled_purchase_is_as_if_it_had_never_been(
    path: Path, ledger: Ledger, alive: set[str]
) -> None:
    """Only by the process that sends it, and only while it is in progress."""
    other = Ledger(path, locks=FakeLocks(alive))
    reserve(ledger, wanted(1))
    reserve(ledger, wanted(2, of=2))
    ledger.purchases.settle(task_uuid(2), AMBIGUOUS, attempts=1)
    reserve(other, wanted(3, of=3))

    for number in (1, 2, 3):
        ledger.purchases.cancel(task_uuid(number)).result()

    left = rows(path, "SELECT task_uuid FROM purchase ORDER BY id")
    assert left == [(task_uuid(2),), (task_uuid(3),)]
    assert reserve(ledger, wanted(1)) is RESERVED


def test_abandoned_purchases_are_open_without_a_running_owner(
    path: Path, ledger: Ledger, alive: set[str]
) -> None:
    """Settled ones and those unknown to the service are left out."""
    dead = Ledger(path, locks=FakeLocks(alive))
    for number in range(1, 6):
        reserve(dead, wanted(number, of=number))
    dead.purchases.settle(task_uuid(2), TEXT, attempts=1)
    dead.purchases.settle(task_uuid(3), AMBIGUOUS, attempts=1)
    ledger.open_purchases.mark_not_found(
        task_uuid(1)
    )  # its owner runs, so its request may just arrive
    assert ledger.open_purchases.abandoned() == []
    assert ledger.open_purchases.unsettled() == [(task_uuid(3), True)]

    reserve(ledger, wanted(6, of=6))
    reserve(ledger, wanted(7, of=7))
    ledger.purchases.begin_release(task_uuid(7)).result()
    alive.discard(dead.run.owner)
    ledger.open_purchases.mark_not_found(task_uuid(4))

    left = ledger.open_purchases
    assert left.abandoned() == [task_uuid(1), task_uuid(5), task_uuid(7)]
    assert (task_uuid(6), False) not in left.unsettled()


@pytest.mark.usefixtures("is_late")
def test_a_purchase_that_is_sent_again_can_be_abandoned_again(
    path: Path, ledger: Ledger, alive: set[str]
) -> None:
    """The service may know it the second time."""
    for _ in range(2):
        dead = Ledger(path, locks=FakeLocks(alive))
        if reserve(dead, wanted(1)) is not RESERVED:
            dead.purchases.renew_reservation(task_uuid(1), Budget())
        alive.discard(dead.run.owner)
        assert ledger.open_purchases.abandoned() == [task_uuid(1)]
        ledger.open_purchases.mark_not_found(task_uuid(1))
        assert ledger.open_purchases.abandoned() == []


def asked_twice_early_and_late(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[list[str]], list[bool]]:
    """Have the service not know the first purchase, two times early and two late.

    Returns:
        What is to be asked for each time, and whether the limit refuses another one.
    """
    day = Budget(day=Micros(3_000))
    found, refused = [], []
    for seconds in (600, 600, 0, 0):
        monkeypatch.setattr("rwcap.ledger.open_purchases.ARRIVAL_SECONDS", seconds)
        found.append(ledger.open_purchases.abandoned())
        ledger.open_purchases.mark_not_found(task_uuid(1))
        attempt = reserve(ledger, wanted(2, of=2)._replace(budget=day))
        refused.append(attempt is not RESERVED)
        ledger.purchases.cancel(task_uuid(2)).result()
    return found, refused


def test_a_purchase_is_asked_for_again_when_its_request_cannot_arrive_any_more(
    ledger: Ledger, path: Path, alive: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A queue of the service may hold a request after its sender was killed."""
    dead = Ledger(path, locks=FakeLocks(alive))
    reserve(dead, wanted(1))
    alive.discard(dead.run.owner)

    found, refused = asked_twice_early_and_late(ledger, monkeypatch)

    assert found == [[task_uuid(1)], [], [task_uuid(1)], []]
    assert refused == [True, True, False, False]


def test_an_accepted_purchase_without_a_result_becomes_ambiguous(
    ledger: Ledger, path: Path, alive: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service is asked until ten minutes are over. It always counts for limits."""
    dead = Ledger(path, locks=FakeLocks(alive))
    reserve(dead, wanted(1))
    dead.purchases.begin_accept(task_uuid(1)).result()
    alive.discard(dead.run.owner)

    found, refused = asked_twice_early_and_late(ledger, monkeypatch)

    assert found == [[task_uuid(1)]] * 3 + [[]]
    assert refused == [True] * 4
    assert ledger.open_purchases.unsettled() == [(task_uuid(1), True)]
    assert state(path)[0][0] == "ambiguous"


def test_the_price_history_has_the_known_prices_of_a_request(ledger: Ledger) -> None:
    """Purchases in progress have no price."""
    assert ledger.purchases.price_history(REQUEST) == PriceHistory()
    costs = [Micros(1900), None, Micros(1300), Micros(2600)]
    for number, cost in enumerate(costs):
        reserve(ledger, wanted(number, of=number))
        ledger.purchases.settle(
            task_uuid(number), CaptionResult("Boats.", cost), attempts=1
        )
    reserve(ledger, wanted(9, of=9))

    squares = 1900**2 + 1300**2 + 2600**2
    assert ledger.purchases.price_history(REQUEST) == PriceHistory(3, 5800, squares)
    assert (
        ledger.purchases.price_history(RequestKey(REQUEST.model, "Why?"))
        == PriceHistory()
    )


def test_a_run_starts_with_its_first_purchase_and_stores_its_end(
    path: Path, ledger: Ledger, alive: set[str]
) -> None:
    """A process that only reads has no run."""
    ledger.purchases.find_by_key(image(1), REQUEST)
    ledger.run.end(0)
    ledger.run.close()
    assert rows(path, "SELECT * FROM run") == []

    reserve(ledger, wanted())
    assert alive == {ledger.run.owner}
    ledger.run.end(3)

    question = "SELECT exit_status, ended >= started FROM run"
    assert rows(path, question) == [(3, 1)]
