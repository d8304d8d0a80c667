"""rwcap cost: what was spent, what would be, and whether the account agrees."""

from typing import TYPE_CHECKING, Final

import typer

from rwcap.api.retry import DEFAULT_RETRIES, DEFAULT_TIMEOUT, RetryPolicy
from rwcap.cli import options
from rwcap.cli.checks import impatience, refuse
from rwcap.cli.commands.batch import batch
from rwcap.cli.help import PanelCommand, PanelGroup
from rwcap.core.errors import UsageError
from rwcap.core.exit_status import ExitStatus

_YEAR: Final = 366
"""Days that are compared at once: the service tells of thirty in one answer."""

if TYPE_CHECKING:
    from datetime import date

    from rwcap.core.dates import DateRange

app = typer.Typer(cls=PanelGroup, rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def cost(
    ctx: typer.Context,
    *,
    since: options.Since = None,
    until: options.Until = None,
    by: options.By = None,
    json: options.JsonDocument = False,
    csv: options.Csv = False,
    quiet: options.Quiet = False,
    sandbox: options.Sandbox = False,
    api_url: options.ApiUrl = None,
    profile: options.Profile = None,
) -> ExitStatus:
    """Say what was spent, what would be, and whether the account agrees.

    \b
    rwcap cost
    rwcap cost --by day --since 7d
    rwcap cost --by prompt --csv > prompts.csv
    rwcap cost estimate photos -p "Name the main subject."

    Days begin at midnight, local time. Sums are exact.
    """  # noqa: D301  # \b is Click's mark for lines not to be wrapped
    if command := ctx.invoked_subcommand:
        for option in _typed(ctx):
            raise UsageError(
                f"--{option} belongs behind {command}",
                hint=f"rwcap cost {command} --help",
            )
        return ExitStatus.OK
    from datetime import datetime

    from rwcap.cli import wiring
    from rwcap.cli.commands.statement import Form, show_statement
    from rwcap.cli.terminal import messages

    messages.verbosity.set(-1 if quiet else 0)
    refuse(
        "cost",
        ("--json and --csv exclude each other", json and csv),
        ("--csv prints the lines of --by", csv and by is None),
    )
    today = datetime.now().astimezone().date()
    show_statement(
        wiring.Service(
            sandbox=sandbox, api_url=api_url, timeout=DEFAULT_TIMEOUT, profile=profile
        ),
        _days("cost", since, until, today),
        by,
        form=Form.JSON if json else Form.CSV if csv else Form.TEXT,
        today=today,
    )
    return ExitStatus.OK


app.command(
    "estimate",
    cls=PanelCommand,
    help="""Say what a batch would cost; buy nothing.

    \b
    rwcap cost estimate photos --write txt
    rwcap cost estimate products.csv -p "Describe this {article}." --jsonl

    It takes the words and options of rwcap batch, and needs no key and no network.
    The interval holds in nine of ten cases.
    """,
)(batch)


@app.command("balance", cls=PanelCommand)
def balance(
    *,
    json: options.JsonDocument = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = 0,
    sandbox: options.Sandbox = False,
    timeout: options.Timeout = DEFAULT_TIMEOUT,
    retries: options.Retries = DEFAULT_RETRIES,
    api_url: options.ApiUrl = None,
    profile: options.Profile = None,
) -> ExitStatus:
    """Say what is left in the account, and what was used.

    Asking is free. What others use the account for is in it, too.
    """
    from rwcap.cli import wiring
    from rwcap.cli.commands.account import show_balance
    from rwcap.cli.terminal import messages
    from rwcap.usecases.account import details

    messages.verbosity.set(-1 if quiet else verbose)
    refuse("cost balance", *impatience(timeout, retries))
    service = wiring.Service(
        sandbox=sandbox, api_url=api_url, timeout=timeout, profile=profile
    )
    with wiring.world(service, notice=messages.say) as world:
        account = details(world, RetryPolicy(retries=retries, timeout=timeout))
    show_balance(account, sandbox=sandbox, as_json=json)
    return ExitStatus.OK


@app.command("reconcile", cls=PanelCommand)
def reconcile(
    *,
    since: options.Since = None,
    until: options.Until = None,
    json: options.JsonDocument = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = 0,
    sandbox: options.Sandbox = False,
    timeout: options.Timeout = DEFAULT_TIMEOUT,
    retries: options.Retries = DEFAULT_RETRIES,
    api_url: options.ApiUrl = None,
    profile: options.Profile = None,
) -> ExitStatus:
    """Compare the account with the ledger, day by day.

    \b
    rwcap cost reconcile
    rwcap cost reconcile --since 2026-11 --until 2026-11

    Without --since, the last 30 days. Days are those of UTC, as the service counts.
    Where they differ, the exit status is 1.
    """  # noqa: D301  # \b is Click's mark for lines not to be wrapped
    from datetime import UTC, date, datetime, timedelta

    from rwcap.cli import wiring
    from rwcap.cli.commands.account import show_comparison
    from rwcap.cli.terminal import messages
    from rwcap.usecases.account import compare

    messages.verbosity.set(-1 if quiet else verbose)
    refuse("cost reconcile", *impatience(timeout, retries))
    today = datetime.now(UTC).date()
    asked = _days("cost reconcile", since, until, today)
    last = min(asked.last or today, today)
    first = asked.first or last - min(timedelta(days=29), last - date.min)
    refuse(
        "cost reconcile",
        (f"--since {first} is after --until {last}", first > last),
        ("more than a year cannot be compared at once", (last - first).days > _YEAR),
    )
    service = wiring.Service(
        sandbox=sandbox, api_url=api_url, timeout=timeout, profile=profile
    )
    with wiring.world(service, notice=messages.say) as world:
        policy = RetryPolicy(retries=retries, timeout=timeout)
        comparison = compare(first, last, world, policy)
    return show_comparison(comparison, first, last, sandbox=sandbox, as_json=json)


@app.command("recover", cls=PanelCommand)
def recover(
    *,
    json: options.JsonDocument = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = 0,
    sandbox: options.Sandbox = False,
    timeout: options.Timeout = DEFAULT_TIMEOUT,
    api_url: options.ApiUrl = None,
    profile: options.Profile = None,
) -> ExitStatus:
    """Settle what is open or in doubt; buy nothing.

    The service is asked what became of it. What was charged is kept with its text:
    the command that wanted it prints or writes it for nothing. While one stays in
    doubt, the exit status is 10.
    """
    from rwcap.cli import wiring
    from rwcap.cli.commands.account import show_recovery
    from rwcap.cli.terminal import messages
    from rwcap.usecases.recovery import recover_all

    messages.verbosity.set(-1 if quiet else verbose)
    refuse("cost recover", *impatience(timeout, DEFAULT_RETRIES))
    service = wiring.Service(
        sandbox=sandbox, api_url=api_url, timeout=timeout, profile=profile
    )
    with wiring.world(service, notice=messages.say) as world:
        recovery = recover_all(world)
    return show_recovery(recovery, sandbox=sandbox, as_json=json)


def _typed(ctx: typer.Context) -> list[str]:
    """Return the options that stand on the command line."""
    typed = []
    for name in ctx.params:
        source = ctx.get_parameter_source(name)
        if source and source.name == "COMMANDLINE":
            typed.append(name.replace("_", "-"))
    return typed


def _days(
    command: str, since: str | None, until: str | None, today: "date"
) -> "DateRange":
    """Return the days that two options name."""
    from rwcap.core.dates import DateRange, parse_day

    try:
        days = DateRange(
            parse_day(since, today) if since else None,
            parse_day(until, today, last=True) if until else None,
        )
    except ValueError as error:
        raise UsageError(str(error), hint=f"rwcap {command} --since 7d") from error
    if days.first and days.last and days.last < days.first:
        raise UsageError(
            f"--until {days.last} is before --since {days.first}",
            hint=f"rwcap {command} --since {days.last} --until {days.first}",
        )
    return days
