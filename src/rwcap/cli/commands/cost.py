"""The command `rwcap cost` and its commands."""

from collections.abc import Mapping
from typing import ClassVar, Final

import typer

from rwcap.cli.help import PanelGroup
from rwcap.cli.lazy import Entry
from rwcap.cli.options.connection import Account, Connection, Lookup
from rwcap.cli.options.group import command, refuse
from rwcap.cli.options.output import JsonDocument, Verbosity
from rwcap.cli.options.report import Grouped, Period
from rwcap.core.errors import UsageError
from rwcap.core.exit_status import ExitStatus

_MAX_DAYS: Final = 366
"""The greatest number of days in a comparison; a reply of the service has 30."""


class _Cost(PanelGroup):
    entries: ClassVar[Mapping[str, Entry]] = {
        "estimate": Entry(
            "rwcap.cli.commands.batch:estimate",
            "Estimate the cost of a batch; buy nothing.",
        ),
        "balance": Entry(
            "rwcap.cli.commands.cost:balance",
            "Show the balance and the usage of the account.",
        ),
        "reconcile": Entry(
            "rwcap.cli.commands.cost:reconcile",
            "Compare the account with the ledger, day by day.",
        ),
        "recover": Entry(
            "rwcap.cli.commands.cost:recover",
            "Settle open and ambiguous purchases; buy nothing.",
        ),
    }


app = typer.Typer(cls=_Cost, rich_markup_mode=None, add_completion=False)


@app.callback(invoke_without_command=True)
@command
def cost(
    ctx: typer.Context, period: Period, lines: Grouped, account: Account
) -> ExitStatus:
    """Show what was spent, estimate costs, and compare with the account.

    \b
    rwcap cost
    rwcap cost --by day --since 7d
    rwcap cost --by prompt --csv > prompts.csv
    rwcap cost estimate photos -p "Name the main subject."

    Days begin at midnight, local time. Sums are exact.
    """  # noqa: D301  # \b is Click's mark for lines not to be wrapped
    if name := ctx.invoked_subcommand:
        for option in _typed_options(ctx):
            raise UsageError(
                f"--{option} must follow {name}", hint=f"rwcap cost {name} --help"
            )
        return ExitStatus.OK
    import time
    from datetime import date

    from rwcap.cli.commands.statement import StatementFormat, show_statement
    from rwcap.cli.service import Service
    from rwcap.cli.terminal import messages

    messages.verbosity.set(-1 if lines.quiet else 0)
    refuse("cost", *lines.mistakes())
    today = date.fromisoformat(time.strftime("%Y-%m-%d"))
    show_statement(
        Service.from_options(account),
        period.days("cost", today),
        lines.by,
        output=StatementFormat.JSON
        if lines.json
        else StatementFormat.CSV
        if lines.csv
        else StatementFormat.TEXT,
        today=today,
    )
    return ExitStatus.OK


@command
def balance(
    *, json: JsonDocument = False, verbosity: Verbosity, connection: Connection
) -> ExitStatus:
    """Show the balance and the usage of the account.

    The query is free. The figures include all other uses of the account.
    """
    from rwcap.cli.commands.account import show_balance
    from rwcap.cli.service import Service
    from rwcap.cli.terminal import messages
    from rwcap.cli.wiring import open_context
    from rwcap.usecases.account import fetch_account

    verbosity.apply()
    refuse("cost balance", *connection.mistakes())
    with open_context(Service.from_options(connection), notify=messages.say) as context:
        account = fetch_account(context, connection.policy())
    show_balance(account, sandbox=connection.sandbox, as_json=json)
    return ExitStatus.OK


@command
def reconcile(
    *,
    period: Period,
    json: JsonDocument = False,
    verbosity: Verbosity,
    connection: Connection,
) -> ExitStatus:
    """Compare the account with the ledger, day by day.

    \b
    rwcap cost reconcile
    rwcap cost reconcile --since 2026-11 --until 2026-11

    Without --since, the last 30 days. Days begin at midnight, UTC, as at the service.
    If account and ledger differ, the exit status is 1.
    """  # noqa: D301  # \b is Click's mark for lines not to be wrapped
    from datetime import UTC, date, datetime, timedelta

    from rwcap.cli.commands.account import show_comparison
    from rwcap.cli.service import Service
    from rwcap.cli.terminal import messages
    from rwcap.cli.wiring import open_context
    from rwcap.usecases.account import compare_spending

    verbosity.apply()
    refuse("cost reconcile", *connection.mistakes())
    today = datetime.now(UTC).date()
    days = period.days("cost reconcile", today)
    last = min(days.last or today, today)
    first = days.first or last - min(timedelta(days=29), last - date.min)
    refuse(
        "cost reconcile",
        (f"--since {first} is after --until {last}", first > last),
        (
            "more than a year cannot be compared at once",
            (last - first).days > _MAX_DAYS,
        ),
    )
    with open_context(Service.from_options(connection), notify=messages.say) as context:
        comparison = compare_spending(first, last, context, connection.policy())
    return show_comparison(
        comparison, first, last, sandbox=connection.sandbox, as_json=json
    )


@command
def recover(
    *, json: JsonDocument = False, verbosity: Verbosity, lookup: Lookup
) -> ExitStatus:
    """Settle open and ambiguous purchases; buy nothing.

    The service reports the state of each. A charged caption is stored in the ledger:
    the command that requested it prints or writes it free of charge. If a purchase
    is still ambiguous, the exit status is 10.
    """
    from rwcap.cli.commands.account import show_recovery
    from rwcap.cli.service import Service
    from rwcap.cli.terminal import messages
    from rwcap.cli.wiring import open_context
    from rwcap.usecases.purchase.recovery import recover_all

    verbosity.apply()
    refuse("cost recover", *lookup.mistakes())
    with open_context(Service.from_options(lookup), notify=messages.say) as context:
        recovery = recover_all(context)
    return show_recovery(recovery, sandbox=lookup.sandbox, as_json=json)


def _typed_options(ctx: typer.Context) -> list[str]:
    """Return the options that were given on the command line."""
    typed = []
    for name in ctx.params:
        source = ctx.get_parameter_source(name)
        if source and source.name == "COMMANDLINE":
            typed.append(name.replace("_", "-"))
    return typed
