"""Alternative text: what fits is used, what does not is kept, and asked for again."""

from collections import deque

from rwcap.core.alt_text import AltTextOptions
from rwcap.core.errors import BudgetError, ErrorKind
from rwcap.core.exit_status import ExitStatus
from rwcap.core.money import Micros
from rwcap.core.record import CostSource, ErrorDetails, Record, RecordStatus
from rwcap.usecases.alt_text import apply_alt, does_not_fit, retry_until_fits

ALT = AltTextOptions(limit=40, retries=2)
LONG = "Two people in red coats walk along a quiet beach at dusk"


def bought(text: str, cost: int | None = 1300) -> Record:
    """Return the record of a reply that was paid for now."""
    return apply_alt(
        Record(
            source="a.jpg",
            status=RecordStatus.OK,
            text=text,
            cost=None if cost is None else Micros(cost),
            cost_source=CostSource.NONE if cost is None else CostSource.API,
            attempts=1,
        ),
        ALT,
    )


def had(text: str) -> Record:
    """Return the record of a reply that was paid for earlier."""
    return apply_alt(
        Record(
            source="a.jpg",
            status=RecordStatus.CACHED,
            text=text,
            cost=Micros(1900),
            cost_source=CostSource.LEDGER,
        ),
        ALT,
    )


def refused() -> Record:
    """Return the record of what the budget had no room for."""
    error = ErrorDetails.from_error(BudgetError("no room", code="budgetReached"))
    return Record(source="a.jpg", status=RecordStatus.FAILED, error=error)


def settled(first: Record, *others: Record) -> tuple[Record, list[str], list[str]]:
    """Return what came of it, what was asked for, and what was said."""
    left, asked, said = deque(others), list[str](), list[str]()

    def again(prompt: str) -> Record:
        asked.append(prompt)
        return left.popleft()

    record = retry_until_fits(first, ALT, "What is it?", again, notify=said.append)
    return record, asked, said


def test_a_reply_that_fits_is_the_text() -> None:
    """What was left out of it stays beside it."""
    whole = apply_alt(
        Record(source="a", status=RecordStatus.OK, text="The image shows a cat."), ALT
    )
    cut = bought("A cat sits. It has a very long grey tail.")

    assert (whole.text, whole.long, whole.error) == ("A cat.", None, None)
    assert (cut.text, cut.long) == (
        "A cat sits.",
        "A cat sits. It has a very long grey tail.",
    )


def test_a_reply_that_does_not_fit_is_kept() -> None:
    """It is no text, and its status says so."""
    misfit, empty = bought(LONG), bought(" \n")

    assert (misfit.text, misfit.long, misfit.status) == (
        None,
        LONG,
        RecordStatus.FAILED,
    )
    assert misfit.error
    assert misfit.error.kind is ErrorKind.QUALITY
    assert misfit.error.status is ExitStatus.QUALITY
    assert misfit.error.message == (
        "too long: 56 characters, and no sentence ends within the first 40"
    )
    assert empty.error
    assert empty.error.message == "the caption is empty"
    assert does_not_fit(misfit)
    assert does_not_fit(empty)
    assert not does_not_fit(refused())


def test_what_is_not_wanted_as_alternative_text_stays_as_it_is() -> None:
    """And so does what has no text."""
    record = Record(
        source="a.jpg", status=RecordStatus.OK, text="The image shows a cat."
    )

    assert apply_alt(record, None) is record
    assert apply_alt(refused(), ALT) == refused()


def test_others_are_bought_until_one_fits() -> None:
    """The caption costs what all of them cost."""
    record, asked, said = settled(bought(LONG), bought(LONG), bought("A beach.", 600))

    assert (record.text, record.status, record.error) == (
        "A beach.",
        RecordStatus.OK,
        None,
    )
    assert (record.cost, record.cost_source) == (3200, CostSource.API)
    assert record.attempts == 3
    assert len({*asked}) == 2
    assert said == [
        "does not fit; getting a shorter caption (1 of 2)",
        "does not fit; getting a shorter caption (2 of 2)",
    ]


def test_no_more_are_bought_than_wanted() -> None:
    """The last one is kept."""
    record, asked, _ = settled(bought(LONG), bought(LONG), bought(f"{LONG}, or so"))

    assert does_not_fit(record)
    assert record.long == f"{LONG}, or so"
    assert (record.cost, len(asked)) == (3900, 2)


def test_nothing_is_bought_for_what_fits_or_failed() -> None:
    """It is asked for only where a reply is there."""
    assert settled(bought("A cat."))[1] == []
    assert settled(refused())[1] == []


def test_what_was_bought_earlier_costs_nothing_now() -> None:
    """Neither the misfit nor what took its place; both are found again."""
    free, _, _ = settled(had(LONG), had("A beach."))
    second, _, _ = settled(bought(LONG), had("A beach."))
    untold, _, _ = settled(had(LONG), bought("A beach.", None))

    assert (free.status, free.cost, free.attempts) == (RecordStatus.CACHED, 1900, 0)
    assert (second.status, second.cost) == (RecordStatus.OK, 1300)
    assert (untold.status, untold.cost) == (RecordStatus.OK, None)
    assert untold.cost_source is CostSource.NONE


def test_where_no_other_can_be_had_that_is_how_it_ends() -> None:
    """What there is is paid for, and kept."""
    record, asked, _ = settled(bought(LONG), bought(f"{LONG}, or so"), refused())

    assert record.error
    assert record.error.code == "budgetReached"
    assert (record.text, record.long) == (None, f"{LONG}, or so")
    assert (record.cost, record.attempts, len(asked)) == (2600, 2, 2)


def test_the_way_on_is_one_that_was_not_gone() -> None:
    """Who has let it be asked again is not told to."""
    first = apply_alt(bought("A.")._replace(text=LONG), AltTextOptions(limit=40))
    second = apply_alt(bought("A.")._replace(text=LONG), ALT)

    assert first.error
    assert second.error
    assert first.error.hint == "--retry-quality 2 buys up to 2 shorter captions"
    assert second.error.hint == "try another --prompt (a new purchase)"
