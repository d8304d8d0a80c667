"""Queries for the account: retried, and compared with the ledger."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from rwcap.api.account import Usage
from rwcap.api.retry import RetryPolicy
from rwcap.api.wire import Reply
from rwcap.core.errors import (
    AuthError,
    ForeignReplyError,
    InputError,
    NoReplyError,
    NotSentError,
    ServerError,
    TaskError,
)
from rwcap.core.money import Micros
from rwcap.usecases.account import DayTotals, compare_spending, fetch_account
from rwcap.usecases.context import Context
from tests.usecases.test_batch import Outside, run

POLICY = RetryPolicy(retries=2)
Answer = Callable[[bytes], Reply]


@pytest.fixture
def outside(tmp_path: Path) -> Outside:
    """Return an empty folder, and a service without faults."""
    return Outside(tmp_path)


def lost(_: bytes) -> Reply:
    """Break the connection."""
    raise NoReplyError("lost", code="connectionLost")


def unreachable(_: bytes) -> Reply:
    """Refuse the connection."""
    raise NotSentError("no connection", code="connectionFailed")


def says(http: int, code: str | None) -> Answer:
    """Return an answer with an error object, or with a web page."""
    errors = json.dumps({"errors": [{"code": code, "message": "as ordered"}]})
    return lambda _: Reply(http, errors.encode() if code else b"<html>")


def item(**fields: object) -> Answer:
    """Return an answer with one item for the task of the query."""

    def answer(body: bytes) -> Reply:
        (task,) = json.loads(body)
        document = {"data": [{"taskUUID": task["taskUUID"], **fields}]}
        return Reply(200, json.dumps(document).encode())

    return answer


def answering(context: Context, *answers: Answer) -> Context:
    """Return the context of a service that gives these answers first."""
    left = list(answers)
    return context._replace(
        query=lambda body: left.pop(0)(body) if left else context.query(body)
    )


def test_the_account_is_the_one_that_the_service_reports(outside: Outside) -> None:
    """Temporary errors are retried."""
    run(outside, outside.images(2))
    with outside.ledger() as ledger:
        context = answering(outside.context(ledger), unreachable, says(503, None))

        account = fetch_account(context, POLICY)

    assert account.organization == "sandbox"
    assert account.balance == 10_000_000 - 2600
    assert account.usage == {"total": Usage(Micros(2600), 2)}
    assert len(outside.notices) == 2


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (says(401, "invalidApiKey"), AuthError),
        (says(400, "invalidOperation"), InputError),
        (says(200, None), ForeignReplyError),
        (item(operation="getDetails"), ForeignReplyError),
        (item(taskUUID="another"), ForeignReplyError),
    ],
)
def test_a_permanent_error_is_not_retried(
    outside: Outside, answer: Answer, error: type[TaskError]
) -> None:
    """A refused key, a refused query, and an unexpected answer."""
    with outside.ledger() as ledger:
        context = answering(outside.context(ledger), answer)

        with pytest.raises(error):
            fetch_account(context, POLICY)

    assert outside.query_count == 0


@pytest.mark.parametrize(
    ("answer", "error"),
    [(lost, NoReplyError), (says(500, "internalError"), ServerError)],
)
def test_retries_end(outside: Outside, answer: Answer, error: type[TaskError]) -> None:
    """After the number of retries of the policy."""
    with outside.ledger() as ledger:
        context = answering(outside.context(ledger), *[answer] * 3)

        with pytest.raises(error):
            fetch_account(context, POLICY)

    assert outside.query_count == 0


TODAY = date(2026, 11, 24)


def test_account_and_ledger_agree_if_nothing_else_buys(outside: Outside) -> None:
    """For any number of days. The service reports thirty days in one reply."""
    run(outside, outside.images(3))
    queries: list[dict[str, Any]] = []
    with outside.ledger() as ledger:
        context = outside.context(ledger)

        def query(body: bytes) -> Reply:
            queries.extend(json.loads(body))
            return context.query(body)

        today = date.fromisoformat(
            ledger._database.read("SELECT date('now')")[0][0],
        )
        recording = context._replace(query=query)
        found = compare_spending(today - timedelta(days=70), today, recording, POLICY)

    assert found.days == {today.isoformat(): DayTotals(Micros(3900), Micros(3900))}
    assert found.days[today.isoformat()].difference == 0
    assert (found.other_models, found.unsettled) == (0, 0)
    spans = [
        date.fromisoformat(each["endDate"]) - date.fromisoformat(each["startDate"])
        for each in queries
    ]
    assert [span.days + 1 for span in spans] == [30, 30, 11]
    assert {each["timezone"] for each in queries} == {"UTC"}


def test_differences_have_a_sign(outside: Outside) -> None:
    """Other days, other models, costs only in the ledger or only in the account."""
    run(outside, outside.images(1))
    rows = [
        {"date": "2026-11-22", "model": "runware:152@1", "spend": 0.5},
        {"date": "2026-11-22", "model": "runware:152@1", "spend": 0.1},
        {"date": "2026-11-23", "model": "runware:101@1", "spend": 3},
    ]
    with outside.ledger() as ledger:
        outside.folder.joinpath("x").touch()
        ledger._database.write(
            lambda database: database.execute(
                "UPDATE purchase SET opened = '2026-11-24T00:00:00.000Z'"
            )
        )
        context = answering(outside.context(ledger), item(rows=rows))

        found = compare_spending(TODAY - timedelta(days=3), TODAY, context, POLICY)

    assert {day: each.difference for day, each in found.days.items()} == {
        "2026-11-22": 600_000,
        "2026-11-24": -1300,
    }
    assert found.other_models == 3_000_000


def test_an_account_without_daily_costs_cannot_be_compared(
    outside: Outside,
) -> None:
    """The result is an error, not zero."""
    with outside.ledger() as ledger:
        context = answering(outside.context(ledger), item(operation="getUsageActivity"))

        with pytest.raises(ForeignReplyError):
            compare_spending(TODAY, TODAY, context, POLICY)
