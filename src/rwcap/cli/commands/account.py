"""Print the account, its comparison with the ledger, and recovered purchases."""

import json
import sys
from datetime import date

from rwcap.api.account import Account, Usage
from rwcap.cli.terminal import messages, results
from rwcap.cli.terminal.tables import format_table
from rwcap.core.exit_status import ExitStatus
from rwcap.core.money import Micros, format_price, format_usd
from rwcap.settings.credentials import ApiKey
from rwcap.usecases.account import Comparison
from rwcap.usecases.purchase.recovery import RecoveryReport


def show_balance(account: Account, *, sandbox: bool, as_json: bool) -> None:
    """Print the balance and the usage of the account."""
    if as_json:
        _print_json(
            organization=account.organization,
            balance_usd=_exact_usd(account.balance),
            usage={
                period: {"spent_usd": _exact_usd(used.spent), "requests": used.requests}
                for period, used in account.usage.items()
            },
            sandbox=sandbox,
        )
        return
    rows = [
        ("balance", _sandbox_prefix(sandbox) + _format_amount(account.balance), ""),
        *(
            (_PERIODS[period], _format_amount(used.spent), _format_requests(used))
            for period, used in account.usage.items()
        ),
    ]
    results.write(
        format_table(rows, header=(account.organization or "account", "", "requests"))
    )


def show_key(
    key: ApiKey,
    valid: bool | None,  # noqa: FBT001  # True, False or None
    account: Account | None,
    *,
    profile: str | None,
    as_json: bool,
) -> None:
    """Print the source of a key and whether it is valid; None if it is unknown."""
    balance = account.balance if account else None
    if as_json:
        _print_json(
            origin=key.origin,
            key=key.masked,
            profile=profile,
            valid=valid,
            organization=account.organization if account else None,
            balance_usd=_exact_usd(balance),
        )
        return
    valid_text = {True: "yes", False: "no: the service refused it", None: "unknown"}
    rows = [("key", f"{key.masked} of {key.origin}"), ("valid", valid_text[valid])]
    rows += [("profile", profile)] if profile else []
    if account:
        rows += [("account", account.organization or "unknown")]
        rows += [("balance", _format_amount(balance))]
    if sys.stdout.isatty():
        from rwcap.cli.terminal.wrapped_rows import format_rows

        shown = format_rows(
            [([(name, "dim")], [(it, "")]) for name, it in rows], names=1
        )
        results.write(shown)
        return
    results.write("".join(f"{name:9}{value}\n" for name, value in rows))


_PERIODS = {
    "today": "spent today",
    "last7Days": "last 7 days",
    "last30Days": "last 30 days",
    "total": "total",
}


def show_comparison(
    comparison: Comparison, first: date, last: date, *, sandbox: bool, as_json: bool
) -> ExitStatus:
    """Print account and ledger for each day; return `FAILED` if they differ."""
    days = comparison.days
    account = Micros(sum(day.account for day in days.values()))
    ledger = Micros(sum(day.ledger for day in days.values()))
    agree = not any(day.difference for day in days.values())
    if as_json:
        _print_json(
            since=first.isoformat(),
            until=last.isoformat(),
            time_zone="UTC",
            account_usd=format_usd(account),
            ledger_usd=format_usd(ledger),
            days=[
                {
                    "day": name,
                    "account_usd": format_usd(day.account),
                    "ledger_usd": format_usd(day.ledger),
                    "difference_usd": format_usd(day.difference),
                }
                for name, day in days.items()
            ],
            other_models_usd=format_usd(comparison.other_models),
            unsettled=comparison.unsettled,
            unknown_costs=comparison.unknown_costs,
            agree=agree,
            sandbox=sandbox,
        )
    else:
        rows = [
            (
                name,
                format_price(day.account),
                format_price(day.ledger),
                _format_difference(day.difference),
            )
            for name, day in days.items()
        ]
        rows.append(
            (
                "total",
                format_price(account),
                format_price(ledger),
                _format_difference(Micros(account - ledger)),
            )
        )
        results.write(
            format_table(rows, header=("day (UTC)", "account", "ledger", "difference"))
        )
    _explain_difference(comparison, agree=agree)
    return ExitStatus.OK if agree else ExitStatus.FAILED


def _explain_difference(comparison: Comparison, *, agree: bool) -> None:
    """Print possible causes of a difference, and the sums that were not compared."""
    if comparison.other_models:
        messages.say(
            f"other models, not compared: {format_price(comparison.other_models)}"
        )
    if comparison.unsettled:
        messages.say(
            f"open or ambiguous: {comparison.unsettled:,} (rwcap cost recover)"
        )
    if comparison.unknown_costs:
        messages.say(f"captions of unknown cost: {comparison.unknown_costs:,}")
    if agree:
        messages.say("account and ledger agree")
        return
    messages.say("account higher: open captions were charged, or other programs use it")
    messages.say("account lower: its figures are late")
    messages.say("the account reports only daily sums, so no captions can be named")


def show_recovery(
    recovery: RecoveryReport, *, sandbox: bool, as_json: bool
) -> ExitStatus:
    """Print the result of a recovery.

    Returns:
        `AMBIGUOUS` if an ambiguous purchase remains.

    Raises:
        RwcapError: The error that ended the recovery, after the output.
    """
    if as_json:
        _print_json(
            found=recovery.found,
            spent_usd=format_usd(Micros(recovery.spent)),
            failed=recovery.failed,
            running=recovery.running,
            unknown=recovery.unknown,
            in_doubt=recovery.ambiguous,
            not_asked=recovery.not_queried,
            sandbox=sandbox,
        )
    else:
        spent = _sandbox_prefix(sandbox) + format_price(Micros(recovery.spent))
        rows = [
            ("recovered", recovery.found, spent),
            ("failed, not charged", recovery.failed, ""),
            ("still running", recovery.running, ""),
            ("unknown to the service", recovery.unknown, "sent again when requested"),
            ("still ambiguous", recovery.ambiguous, "may be charged"),
            ("not checked", recovery.not_queried, ""),
        ]
        shown = [(name, f"{n:,}", note) for name, n, note in rows if n]
        results.write(
            format_table(shown or [("no purchase is open or ambiguous", "", "")])
        )
    if recovery.error:
        raise recovery.error
    return ExitStatus.AMBIGUOUS if recovery.ambiguous else ExitStatus.OK


def _print_json(**fields: object) -> None:
    results.write(f"{json.dumps({'v': 1, **fields}, indent=2)}\n")


def _exact_usd(amount: Micros | None) -> str | None:
    return None if amount is None else format_usd(amount)


def _format_amount(amount: Micros | None) -> str:
    return "unknown" if amount is None else format_price(amount)


def _format_requests(used: Usage) -> str:
    return "" if used.requests is None else f"{used.requests:,}"


def _format_difference(amount: Micros) -> str:
    """Return a difference with its sign; "-" if it is zero."""
    return "-" if not amount else f"{'+' * (amount > 0)}{format_price(amount)}"


def _sandbox_prefix(sandbox: bool) -> str:  # noqa: FBT001  # private
    return "[sandbox] " if sandbox else ""
