"""Alternative text: shortened to the limit, or bought again shorter."""

from collections import deque

import pytest

from rwcap.core.errors import BudgetError, ErrorKind
from rwcap.core.exit_status import ExitStatus
from rwcap.core.money import Micros
from rwcap.core.record import CostSource, ErrorDetails, Record, RecordStatus
from rwcap.usecases.alt_text import AltTextQuality
from rwcap.usecases.checking.quality import does_not_fit, retry_until_fits

ALT = AltTextQuality(limit=40, retries=2)
LONG = "Two people in red coats walk along a quiet beach at dusk"


def bought(text: str, cost: int | None = 1300) -> Record:
    """Return the record of a caption bought now."""
    return ALT.apply(
        Record(
            source="a.jpg",
            status=RecordStatus.OK,
            text=text,
            cost=None if cost is None else Micros(cost),
            cost_source=CostSource.NONE if cost is None else CostSource.API,
            attempts=1,
        )
    )


def reused(text: str) -> Record:
    """Return the record of a caption bought earlier."""
    return ALT.apply(
        Record(
            source="a.jpg",
            status=RecordStatus.CACHED,
            text=text,
            cost=Micros(1900),
            cost_source=CostSource.LEDGER,
        )
    )


def refused() -> Record:
    """Return the record of a purchase that exceeds the budget."""
    error = ErrorDetails.from_error(BudgetError("no room", code="budgetReached"))
    return Record(source="a.jpg", status=RecordStatus.FAILED, error=error)


def retry_all(first: Record, *others: Record) -> tuple[Record, list[str], list[str]]:
    """Return the record, the prompts of the retries, and the notices."""
    left, prompts, notices = deque(others), list[str](), list[str]()

    def again(prompt: str) -> Record:
        prompts.append(prompt)
        return left.popleft()

    record = retry_until_fits(first, ALT, "What is it?", again, notify=notices.append)
    return record, prompts, notices


def test_a_caption_that_fits_is_the_text() -> None:
    """The rest of the caption is in `long`."""
    whole = ALT.apply(
        Record(source="a", status=RecordStatus.OK, text="The image shows a cat.")
    )
    cut = bought("A cat sits here. It has a very long grey tail.")

    assert (whole.text, whole.long, whole.error) == ("A cat.", None, None)
    assert (cut.text, cut.long) == (
        "A cat sits here.",
        "A cat sits here. It has a very long grey tail.",
    )


def test_a_caption_that_does_not_fit_is_kept() -> None:
    """The record has no text, and its status is failed."""
    too_long, empty = bought(LONG), bought(" \n")

    assert (too_long.text, too_long.long, too_long.status) == (
        None,
        LONG,
        RecordStatus.FAILED,
    )
    assert too_long.error
    assert too_long.error.kind is ErrorKind.QUALITY
    assert too_long.error.status is ExitStatus.QUALITY
    assert too_long.error.message == (
        "too long: 56 characters, and no sentence ends within the first 40"
    )
    assert empty.error
    assert empty.error.message == "the caption is empty"
    assert does_not_fit(too_long)
    assert does_not_fit(empty)
    assert not does_not_fit(refused())


def test_records_without_a_text_stay_unchanged() -> None:
    """Their error is the reason."""
    assert ALT.apply(refused()) == refused()


def test_shorter_captions_are_bought_until_one_fits() -> None:
    """The cost is the sum of all captions."""
    record, prompts, notices = retry_all(
        bought(LONG), bought(LONG), bought("A beach.", 600)
    )

    assert (record.text, record.status, record.error) == (
        "A beach.",
        RecordStatus.OK,
        None,
    )
    assert (record.cost, record.cost_source) == (3200, CostSource.API)
    assert record.attempts == 3
    assert len({*prompts}) == 2
    assert notices == [
        "the caption does not fit; trying a shorter one (1 of 2)",
        "the caption does not fit; trying a shorter one (2 of 2)",
    ]


@pytest.mark.promises("limits")
def test_retries_are_limited() -> None:
    """The record has the last caption."""
    record, prompts, _ = retry_all(bought(LONG), bought(LONG), bought(f"{LONG}, or so"))

    assert does_not_fit(record)
    assert record.long == f"{LONG}, or so"
    assert (record.cost, len(prompts)) == (3900, 2)


def test_a_caption_that_fits_or_failed_is_not_retried() -> None:
    """Only a caption that was received and does not fit is retried."""
    assert retry_all(bought("A cat."))[1] == []
    assert retry_all(refused())[1] == []


def test_captions_bought_earlier_are_free() -> None:
    """Both the caption that does not fit and its replacement."""
    free, _, _ = retry_all(reused(LONG), reused("A beach."))
    second, _, _ = retry_all(bought(LONG), reused("A beach."))
    unknown_cost, _, _ = retry_all(reused(LONG), bought("A beach.", None))

    assert (free.status, free.cost, free.attempts) == (RecordStatus.CACHED, 1900, 0)
    assert (second.status, second.cost) == (RecordStatus.OK, 1300)
    assert (unknown_cost.status, unknown_cost.cost) == (RecordStatus.OK, None)
    assert unknown_cost.cost_source is CostSource.NONE


def test_a_failed_retry_ends_the_retries() -> None:
    """The caption bought before is charged and kept."""
    record, prompts, _ = retry_all(bought(LONG), bought(f"{LONG}, or so"), refused())

    assert record.error
    assert record.error.code == "budgetReached"
    assert (record.text, record.long) == (None, f"{LONG}, or so")
    assert (record.cost, record.attempts, len(prompts)) == (2600, 2, 2)


def test_the_hint_suggests_an_option_that_was_not_used() -> None:
    """With retries, it does not suggest --retry-quality."""
    first = AltTextQuality(limit=40).apply(bought("A.")._replace(text=LONG))
    second = ALT.apply(bought("A.")._replace(text=LONG))

    assert first.error
    assert second.error
    assert first.error.hint == "--retry-quality 2 buys up to 2 shorter captions"
    assert second.error.hint == "try another --prompt (a new purchase)"
