"""The statement of costs as text, JSON or CSV."""

import sys
import time
from datetime import date, timedelta
from enum import Enum, auto
from typing import Final, NamedTuple

from rwcap.cli.service import Service, ledger_title
from rwcap.cli.settings.option_settings import OPTION_SETTINGS
from rwcap.cli.terminal import messages, results
from rwcap.cli.terminal.tables import format_table, sparkline
from rwcap.cli.wiring import has_ledger, open_statements, other_ledgers
from rwcap.core.csv_rows import csv_row
from rwcap.core.dates import DateRange
from rwcap.core.money import Micros, format_price, format_usd
from rwcap.core.record import SANDBOX_PREFIX
from rwcap.core.text import escape_json, one_line
from rwcap.ledger.budget import Budget, Period
from rwcap.ledger.reports.statement_line import StatementLine, sum_lines
from rwcap.ledger.reports.statements import STATEMENT_VERSION, Grouping

UNNAMED_GROUP: Final = "(none)"
"""The name of a group without a name, as of purchases without a prompt."""


_MAX_LEDGERS: Final = 3
"""The greatest number of other ledgers that are named."""

_SPARKLINE_DAYS: Final = 30


class StatementFormat(Enum):
    """The format of a statement."""

    TEXT = auto()
    JSON = auto()
    CSV = auto()


class Statement(NamedTuple):
    """The costs of a period."""

    days: DateRange
    totals: dict[str, StatementLine]
    """The total and, without a period, this month and today."""
    by: Grouping | None
    groups: dict[str, StatementLine]
    budget: Budget
    sandbox: bool
    days_spent: list[int]
    """The amounts of the last 30 days; empty for a period."""

    def limits(self) -> list[tuple[Period, Micros, Micros]]:
        """Return the daily and monthly limits with the amounts used."""
        named = {Period.DAY: "today", Period.MONTH: "month"}
        return [
            (period, limit, Micros(self.totals[named[period]].counted))
            for period, limit in self.budget.limits().items()
            if named.get(period) in self.totals
        ]


def show_statement(
    service: Service,
    days: DateRange,
    by: Grouping | None,
    *,
    output: StatementFormat,
    today: date,
) -> None:
    """Print the costs of a period, also for each group of `by`.

    The ledger is not created if it does not exist.
    """
    by_day: dict[str, StatementLine] = {}
    groups: dict[str, StatementLine] = {}
    if has_ledger(service):
        with open_statements(service) as statements, statements.snapshot():
            by_day = statements.lines(Grouping.DAY, days)
            if by:
                groups = statements.lines(by, days)
    if not by_day:
        when = "" if days == DateRange() else " in this period"
        messages.say(f"the ledger has no purchases{when}")
    limits = OPTION_SETTINGS.limits()
    statement = Statement(
        days,
        _totals(by_day, days, today),
        by,
        groups,
        Budget(day=limits.get(Period.DAY), month=limits.get(Period.MONTH)),
        service.sandbox,
        [] if days != DateRange() else _last_days(by_day, today),
    )
    match output:
        case StatementFormat.JSON:
            results.write(_format_json(statement))
        case StatementFormat.CSV:
            results.write(_format_csv(statement))
        case _:
            results.write(_format_text(statement))
            messages.say(f"days begin at midnight, {_time_zone()}")
            if sys.stderr.isatty() and (ledgers := other_ledgers(service)):
                messages.say(f"purchases that are not shown: {_list(service, ledgers)}")


def _list(service: Service, ledgers: list[str]) -> str:
    """Return the titles of other ledgers, and the commands that show them."""
    parts = [
        f"{ledger_title(each)} ({f'rwcap cost {service.options_for(each)}'.strip()})"
        for each in ledgers[:_MAX_LEDGERS]
    ]
    more = len(ledgers) - len(parts)
    return ", ".join([*parts, *([f"{more:,} more"] if more else [])])


def _last_days(by_day: dict[str, StatementLine], today: date) -> list[int]:
    """Return the amount spent on each of the last days, today last."""
    days = [today - timedelta(days=ago) for ago in reversed(range(_SPARKLINE_DAYS))]
    return [by_day.get(day.isoformat(), StatementLine()).spent for day in days]


def _totals(
    by_day: dict[str, StatementLine], days: DateRange, today: date
) -> dict[str, StatementLine]:
    total = sum_lines(by_day.values())
    if days != DateRange():
        return {"total": total}
    month = today.isoformat()[:7]
    of_month = [line for day, line in by_day.items() if day.startswith(month)]
    return {
        "today": by_day.get(today.isoformat(), StatementLine()),
        "month": sum_lines(of_month),
        "total": total,
    }


def _format_text(statement: Statement) -> str:
    """Return the tables that have rows, with charts on a terminal."""
    is_terminal = sys.stdout.isatty()
    text = f"{SANDBOX_PREFIX}\n" if statement.sandbox else ""
    text += format_table(
        _amount_rows(statement.totals), header=("", "captions", "spent")
    )
    if notes := _note_rows(statement.totals["total"]):
        text += "\n" + format_table(notes)
    if limits := statement.limits():
        text += f"\n{_format_limits(limits)}"
    if is_terminal and any(statement.days_spent):
        most = format_price(Micros(max(statement.days_spent)))
        text += f"\n{sparkline(statement.days_spent)}\n"
        text += f"last {_SPARKLINE_DAYS} days, at most {most} a day\n"
    if statement.by and statement.groups:
        spent = [line.spent for line in statement.groups.values()]
        groups = statement.groups
        if is_terminal:  # a sum for the eye; programs take the first table
            groups = {**groups, "total": statement.totals["total"]}
        text += "\n" + format_table(
            _amount_rows(groups),
            header=(statement.by, "captions", "spent"),
            shares=[each / (max(spent) or 1) for each in spent] + [0.0] * is_terminal,
        )
    return text


def _format_limits(limits: list[tuple[Period, Micros, Micros]]) -> str:
    """Return the limits; on a terminal also what is left, and bars of what is used."""
    header = ["budget", "limit", "used"]
    rows = [[period, *map(format_price, amounts)] for period, *amounts in limits]
    if not sys.stdout.isatty():
        return format_table(rows, header=header)
    left = [max(0, limit - used) for _, limit, used in limits]
    return format_table(
        [
            [*row, format_price(Micros(rest))]
            for row, rest in zip(rows, left, strict=True)
        ],
        header=[*header, "left"],
        shares=[min(1.0, used / (limit or 1)) for _, limit, used in limits],
        track="·",
    )


def _amount_rows(lines: dict[str, StatementLine]) -> list[tuple[str, str, str]]:
    return [
        (key or UNNAMED_GROUP, f"{line.captions:,}", format_price(Micros(line.spent)))
        for key, line in lines.items()
    ]


def _note_rows(total: StatementLine) -> list[tuple[str, str, str]]:
    """Return the counts of special purchases with their amounts."""
    notes: list[tuple[str, int, int | None]] = [
        ("reused free", total.reused, total.saved),
        ("bought again or never written", total.wasted, total.wasted_cost),
        ("open or ambiguous", total.ambiguous + total.in_progress, total.reserved),
        ("unknown to the service, not charged", total.not_received, None),
        ("cost unknown", total.unknown, None),
        ("failed, not charged", total.failed, None),
        ("more expensive than reserved", total.above, None),
    ]
    return [
        (note, f"{count:,}", "" if amount is None else format_price(Micros(amount)))
        for note, count, amount in notes
        if count
    ]


def _format_json(statement: Statement) -> str:
    import json

    days, by = statement.days, statement.by
    document: dict[str, object] = {
        "v": STATEMENT_VERSION,
        "sandbox": statement.sandbox,
        "since": days.first and days.first.isoformat(),
        "until": days.last and days.last.isoformat(),
        "time_zone": _time_zone(),
        **{name: line.to_json() for name, line in statement.totals.items()},
        "budget": {
            period: {"limit_usd": format_usd(limit), "used_usd": format_usd(used)}
            for period, limit, used in statement.limits()
        },
    }
    if by:
        document["by"] = by
        document["groups"] = [
            {by.value: key, **line.to_json()} for key, line in statement.groups.items()
        ]
    return escape_json(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"


def _format_csv(statement: Statement) -> str:
    rows = [csv_row([statement.by or "", *StatementLine().to_json()])]
    for key, line in statement.groups.items():
        rows.append(csv_row([one_line(key), *map(str, line.to_json().values())]))
    return "".join(rows)


def _time_zone() -> str:
    """Return the local time zone: CET (UTC+01:00), or UTC+01:00 if it has no name."""
    name, _, offset = time.strftime("%Z %z").rpartition(" ")
    utc = f"UTC{offset[:3]}:{offset[3:5]}"
    return f"{name} ({utc})" if name else utc
