"""Query the service for the account: balance and spending. Queries are free."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from http import HTTPStatus
from typing import NamedTuple

from rwcap.api.account import MAX_ACTIVITY_DAYS, Account, parse_account, parse_activity
from rwcap.api.errors import error_from_api
from rwcap.api.reply import InvalidReply, NoInformation, Refused, decode
from rwcap.api.request import MODEL
from rwcap.api.retry import RetryPolicy
from rwcap.api.wire import encode_query
from rwcap.core.dates import DateRange
from rwcap.core.errors import TaskError
from rwcap.core.money import Micros
from rwcap.ledger.reports.statement_line import sum_lines
from rwcap.ledger.reports.statements import Grouping
from rwcap.usecases.context import AccountContext, Context


class DayTotals(NamedTuple):
    """The cost of the captions of one day."""

    account: Micros
    """The cost that the service reports."""
    ledger: Micros
    """The cost in the ledger."""

    @property
    def difference(self) -> Micros:
        """The cost in the account minus that in the ledger."""
        return Micros(self.account - self.ledger)


class Comparison(NamedTuple):
    """The spending that the service reports, compared with the ledger."""

    days: dict[str, DayTotals]
    """Totals by UTC day, as ISO 8601."""
    other_models: Micros
    """The cost of models that are not in the ledger."""
    unsettled: int
    """Purchases of any day that are in progress or ambiguous."""
    unknown_costs: int
    """Captions of any day whose cost is unknown."""


def fetch_account(context: Context | AccountContext, policy: RetryPolicy) -> Account:
    """Return the account.

    Raises:
        TaskError: The service could not be queried.
    """
    body = _query_account(context, policy, "getDetails")
    account = parse_account(body)
    if account is None:
        raise error_from_api(HTTPStatus.OK, None)
    return account


def compare_spending(
    first: date, last: date, context: Context, policy: RetryPolicy
) -> Comparison:
    """Return the spending of the account and of the ledger for a range of UTC days.

    Raises:
        TaskError: The service could not be queried.
    """
    statements = context.ledger.statements
    in_ledger = statements.spent_by_day(DateRange(first, last))
    models = {MODEL} | statements.models()
    in_account: Counter[str] = Counter()
    other_models = 0
    for begin, end in _date_ranges(first, last):
        body = _query_account(
            context,
            policy,
            "getUsageActivity",
            startDate=begin.isoformat(),
            endDate=end.isoformat(),
            groupBy=["date", "model"],
            timezone="UTC",
        )
        usage = parse_activity(body)
        if usage is None:
            raise error_from_api(HTTPStatus.OK, None)
        for each in usage:
            if each.model in models:
                in_account[each.day] += each.spent
            else:
                other_models += each.spent
    total = sum_lines(statements.lines(Grouping.STATUS, DateRange()).values())
    return Comparison(
        {
            day: DayTotals(Micros(in_account[day]), Micros(in_ledger.get(day, 0)))
            for day in sorted({*in_account, *in_ledger})
        },
        Micros(other_models),
        unsettled=total.ambiguous + total.in_progress,
        unknown_costs=total.unknown,
    )


def _date_ranges(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Yield ranges of as many days as the service reports in one reply."""
    while first <= last:
        end = min(last, first + timedelta(days=MAX_ACTIVITY_DAYS - 1))
        yield first, end
        first = end + timedelta(days=1)


def _query_account(
    context: Context | AccountContext,
    policy: RetryPolicy,
    operation: str,
    **fields: str | list[str],
) -> bytes:
    """Return the body of the reply to a query. Retry as often as the policy allows."""
    attempt = 0
    while True:
        attempt += 1
        uuid = context.new_uuid()
        query = encode_query("accountManagement", uuid, operation=operation, **fields)
        try:
            reply = context.query(query)
        except TaskError as query_error:
            error = query_error
        else:
            match decode(reply.body, uuid):
                case Refused(api_error):
                    error = error_from_api(reply.status, api_error, reply.key_hint)
                case NoInformation() | InvalidReply():
                    error = error_from_api(reply.status, None, reply.key_hint)
                case _:
                    return reply.body
        if attempt > policy.retries or not error.retryable:
            raise error
        context.notify(f"{error.message}; retrying")
        context.sleep(policy.delay(attempt, context.random(), None))
