"""Ask the service about the account. Asking is free."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from rwcap.api.account import MAX_ACTIVITY_DAYS, Account, parse_account, parse_activity
from rwcap.api.errors import error_from_api
from rwcap.api.reply import InvalidReply, NoInformation, Refused, decode
from rwcap.api.retry import RetryPolicy
from rwcap.api.task import MODEL
from rwcap.api.wire import encode_query
from rwcap.core.dates import DateRange
from rwcap.core.errors import TaskError
from rwcap.core.money import Micros
from rwcap.ledger.grouping import Grouping
from rwcap.ledger.statements import StatementLine
from rwcap.usecases.context import AccountContext, Context


@dataclass(frozen=True, slots=True)
class DayTotals:
    """What account and ledger say that captions of one day have cost."""

    account: Micros
    ledger: Micros

    @property
    def difference(self) -> Micros:
        """What the account has more than the ledger."""
        return Micros(self.account - self.ledger)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The account's figures beside the ledger's. Days are those of UTC."""

    days: dict[str, DayTotals]
    other_models: Micros
    """What the account has spent on models that the ledger does not know."""
    unsettled: int
    """Purchases that are open or in doubt, whichever day they are of."""
    unknown_costs: int
    """Captions whose cost was not told, whichever day they are of."""


def fetch_account(context: Context | AccountContext, policy: RetryPolicy) -> Account:
    """Return what the service tells of the account; raises `TaskError`."""
    body = _query_account(context, policy, "getDetails")
    found = parse_account(body)
    if found is None:
        raise error_from_api(200, None)
    return found


def compare_spending(
    first: date, last: date, context: Context, policy: RetryPolicy
) -> Comparison:
    """Return account and ledger from one day to another; raises `TaskError`."""
    ledger = context.ledger.statements.spent_by_day(DateRange(first, last))
    models = {MODEL} | context.ledger.statements.models()
    account: dict[str, int] = {}
    others = 0
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
        rows = parse_activity(body)
        if rows is None:
            raise error_from_api(200, None)
        for row in rows:
            if row.model in models:
                account[row.day] = account.get(row.day, 0) + row.spent
            else:
                others += row.spent
    total = sum(
        context.ledger.statements.lines(Grouping.STATUS, DateRange()).values(),
        StatementLine(),
    )
    return Comparison(
        {
            day: DayTotals(Micros(account.get(day, 0)), Micros(ledger.get(day, 0)))
            for day in sorted({*account, *ledger})
        },
        Micros(others),
        unsettled=total.ambiguous + total.in_progress,
        unknown_costs=total.unknown,
    )


def _date_ranges(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Yield the days in pieces that the service tells of in one answer."""
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
    """Return the answer to a question about the account, asked until there is one."""
    attempt = 0
    while True:
        attempt += 1
        uuid = context.new_uuid()
        query = encode_query("accountManagement", uuid, operation=operation, **fields)
        try:
            reply = context.query(query)
        except TaskError as unasked:
            failure = unasked
        else:
            match decode(reply.body, uuid):
                case Refused(error):
                    failure = error_from_api(reply.status, error)
                case NoInformation() | InvalidReply():
                    failure = error_from_api(reply.status, None)
                case _:
                    return reply.body
        if attempt > policy.retries or not failure.retryable:
            raise failure
        context.notify(f"{failure.message}; asking again")
        context.sleep(policy.delay(attempt, context.random(), None))
