"""Fields that were bought with others are found, for this image and model alone."""

from pathlib import Path

import pytest

from rwcap.api.reply import CaptionResult
from rwcap.core.fields_prompt import join_fields_prompt
from rwcap.core.money import Micros
from rwcap.ledger.ledger import Ledger
from rwcap.ledger.locks import FileLocks
from rwcap.ledger.reservation import (
    AlreadyBought,
    Ambiguous,
    RequestKey,
    ReservationRequest,
    ReservationResult,
    ReservationStatus,
)
from tests.ledger.samples import AMBIGUOUS, FakeLocks

MODEL = "runware:152@1"
TITLE, ALT = '"title": string', '"alt": string'


def key(*lines: str, model: str = MODEL) -> RequestKey:
    """Return the key of a request for fields."""
    return RequestKey(model, join_fields_prompt("Which?", lines))


def test_a_part_of_bought_fields_is_found(tmp_path: Path) -> None:
    """The newest reply with all of them answers."""
    locks = FileLocks(tmp_path / "locks")
    ledger = Ledger(tmp_path / "ledger.sqlite3", locks=locks, command="test")
    purchases = ledger.purchases
    for uuid, request in (("a", key(TITLE)), ("b", key(TITLE, ALT))):
        wanted = ReservationRequest(b"image", request, uuid, "a.jpg")
        purchases.begin_reserve(wanted).result()
        result = CaptionResult(f"{{{uuid}}}", Micros(1300))
        purchases.settle(uuid, result, attempts=1)

    def found(request: RequestKey, image: bytes = b"image") -> str | None:
        answer = purchases.find_by_key(image, request)
        return answer and answer.task_uuid

    assert found(key(ALT)) == "b"
    assert found(key(TITLE)) == "a"
    assert found(key(ALT, TITLE)) == "b"
    assert found(key(ALT, '"people": integer')) is None
    assert found(key(ALT, model="other:1@1")) is None
    assert found(key(ALT), b"other image") is None
    assert found(RequestKey(MODEL, "Which?")) is None
    assert found(RequestKey(MODEL, None)) is None


@pytest.fixture
def alive() -> set[str]:
    """Return the owners of the processes that run."""
    return set()


@pytest.fixture
def ledgers(tmp_path: Path, alive: set[str]) -> tuple[Ledger, Ledger]:
    """Return one ledger as two processes have it."""
    path = tmp_path / "ledger.sqlite3"
    first, second = (Ledger(path, locks=FakeLocks(alive)) for _ in range(2))
    wanted = ReservationRequest(b"image", key(TITLE, ALT), "first", "a.jpg")
    first.purchases.begin_reserve(wanted).result()
    return first, second


def reserve(
    ledger: Ledger, *, fresh: bool = False, rebuy: bool = False
) -> ReservationResult:
    """Ask for one of the fields that the first process has asked for."""
    wanted = ReservationRequest(b"image", key(ALT), "second", "a.jpg", fresh, rebuy)
    return ledger.purchases.begin_reserve(wanted).result()


def test_a_part_of_fields_in_progress_is_waited_for(
    ledgers: tuple[Ledger, Ledger],
) -> None:
    """This process, or another one, is buying them."""
    first, second = ledgers

    before = [reserve(first), reserve(second)]
    first.purchases.settle("first", CaptionResult("{}", Micros(1300)), attempts=1)
    after = reserve(second)

    assert before == [
        ReservationStatus.IN_PROGRESS,
        ReservationStatus.IN_PROGRESS_ELSEWHERE,
    ]
    assert after == AlreadyBought("first", "{}", Micros(1300))


@pytest.mark.parametrize("is_ambiguous", [False, True])
def test_a_part_of_fields_that_may_be_charged_is_asked_for(
    ledgers: tuple[Ledger, Ledger], alive: set[str], *, is_ambiguous: bool
) -> None:
    """It is bought only if the user pays again, or the service does not know them."""
    first, second = ledgers
    if is_ambiguous:
        first.purchases.settle("first", AMBIGUOUS, attempts=1)
    alive.discard(first.run.owner)

    assert reserve(second) == Ambiguous("first")
    assert reserve(second, rebuy=True) is ReservationStatus.RESERVED


@pytest.mark.promises("once")
def test_a_part_of_fields_that_this_run_has_asked_for_is_not_bought(
    ledgers: tuple[Ledger, Ledger],
) -> None:
    """They may be charged, so a copy of the image does not pay again."""
    first, _ = ledgers
    first.purchases.settle("first", AMBIGUOUS, attempts=1)

    assert reserve(first, rebuy=True) == Ambiguous("first", of_this_run=True)


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.usefixtures("is_late")
def test_a_part_of_fields_is_bought_if_no_others_can_come(
    ledgers: tuple[Ledger, Ledger], alive: set[str], *, fresh: bool
) -> None:
    """The service does not know the task, or the user asks for new ones."""
    first, second = ledgers
    alive.discard(first.run.owner)
    if not fresh:
        second.open_purchases.mark_not_found("first")

    assert reserve(second, fresh=fresh) is ReservationStatus.RESERVED


@pytest.mark.usefixtures("is_late")
def test_a_part_of_fields_that_was_accepted_stays_ambiguous(
    ledgers: tuple[Ledger, Ledger], alive: set[str]
) -> None:
    """It will be charged, although the service has lost it."""
    first, second = ledgers
    first.purchases.begin_accept("first").result()
    alive.discard(first.run.owner)

    before = reserve(second)
    second.open_purchases.mark_not_found("first")

    assert before == reserve(second) == Ambiguous("first")
