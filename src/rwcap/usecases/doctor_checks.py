"""The findings of `config doctor`: one for each part of the setup."""

import os
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from rwcap.api.account import Account
from rwcap.core.errors import AuthError, RwcapError, TaskError
from rwcap.core.money import format_price
from rwcap.core.prices import MAX_PRICE
from rwcap.ledger.database.access import gain_access
from rwcap.ledger.database.audit import AuditReport
from rwcap.ledger.database.rescue import RescueReport
from rwcap.settings.machine import FolderStatus, TerminalInfo
from rwcap.settings.precedence import suggest


class Severity(StrEnum):
    """The severity of a finding, in ascending order."""

    SKIPPED = "skipped"
    """Not checked, or an optional part that is missing."""
    OK = "ok"
    WARNING = "warning"
    """Captions can be bought, but something should be fixed."""
    PROBLEM = "problem"
    """Captions cannot be bought, or not safely, until it is fixed."""


class Finding(NamedTuple):
    """One line of the report."""

    topic: str
    severity: Severity
    message: str
    hint: str | None = None
    """The command to type, or the thing to check."""


def ok(topic: str, message: str) -> Finding:
    """Return a finding without a problem."""
    return Finding(topic, Severity.OK, message)


def skipped(topic: str, message: str) -> Finding:
    """Return the finding that something was not checked or is not installed."""
    return Finding(topic, Severity.SKIPPED, message)


def warning(topic: str, message: str, hint: str | None = None) -> Finding:
    """Return a finding that should be fixed."""
    return Finding(topic, Severity.WARNING, message, hint)


def problem(topic: str, message: str, hint: str | None = None) -> Finding:
    """Return a finding that must be fixed before captions are bought."""
    return Finding(topic, Severity.PROBLEM, message, hint)


def worst(findings: Iterable[Finding]) -> Severity:
    """Return the highest severity of the findings."""
    order = list(Severity)
    return max(
        (each.severity for each in findings), key=order.index, default=Severity.OK
    )


MIN_SQLITE: Final = (3, 35, 0)
"""The ledger uses RETURNING and math functions; https://sqlite.org/changes.html"""

MAX_CLOCK_SKEW: Final = 120.0
"""Seconds. The Date header of a reply has whole seconds and is slightly old."""

_BACKUP: Final = "restore a newer backup of the ledger's folder, if you have one"
_MAX_NAMED_FOLDERS: Final = 3
_GROUP_AND_OTHERS: Final = 0o077
_PREFIX: Final = "RWCAP_"


def sqlite(version: tuple[int, ...]) -> Finding:
    """Check the version of SQLite."""
    message = ".".join(map(str, version))
    if version < MIN_SQLITE:
        required = ".".join(map(str, MIN_SQLITE))
        hint = f"install a Python with SQLite {required} or newer"
        return problem("SQLite", f"{message} is too old", hint)
    return ok("SQLite", message)


def config_folder(folder: FolderStatus) -> Finding:
    """Check the folder of the settings and the API key."""
    topic, path = "settings folder", str(folder.path)
    if not folder.writable:
        message = f"{path} is not writable: settings and the key cannot be stored"
        return warning(topic, message, "keep the key in RWCAP_API_KEY")
    if folder.mode is not None and folder.mode & _GROUP_AND_OTHERS:
        return warning(topic, f"{path}: other users have access", f"chmod 700 {path}")
    return ok(topic, path if folder.exists else f"{path} (does not exist yet)")


def data_folder(folder: FolderStatus) -> Finding:
    """Check the folder of the ledger. Without a ledger, nothing can be bought."""
    topic, path = "ledger folder", str(folder.path)
    if not folder.writable:
        message = f"{path} is not writable: no caption can be bought"
        hint = gain_access(folder.path / "ledger" / "ledger.sqlite3")
        return problem(topic, message, hint)
    return ok(topic, path if folder.exists else f"{path} (does not exist yet)")


def variables(environment: Mapping[str, str], known: set[str]) -> list[Finding]:
    """Check for environment variables that are probably misspelled."""
    return [
        warning("environment", f"{name} is unknown", _did_you_mean(name, known))
        for name in sorted(environment)
        if name.startswith(_PREFIX) and name not in known
    ]


def temporary_files(left: Sequence[str], folders: int) -> Finding:
    """Check for temporary files that killed processes left behind.

    Args:
        left: The paths of the files.
        folders: The number of folders that were searched.
    """
    topic = "temporary files"
    if not left:
        return ok(topic, f"none left by killed runs ({_plural(folders, 'folder')})")
    named = list(dict.fromkeys(os.path.dirname(each) for each in left))  # noqa: PTH120  # paths are strings here
    shown = ", ".join(named[:_MAX_NAMED_FOLDERS])
    if more := named[_MAX_NAMED_FOLDERS:]:
        shown += f" and {_plural(len(more), 'more folder')}"
    message = f"{len(left):,} left by killed runs in {shown}"
    return warning(
        topic, message, "the next command that writes to a folder removes them"
    )


def optional_part(name: str, purpose: str, *, installed: bool) -> Finding:
    """Report whether an optional package or program is installed."""
    if installed:
        return ok(name, f"installed, to {purpose}")
    return skipped(name, f"{name} is not installed; it is needed only to {purpose}")


def terminal(info: TerminalInfo) -> Finding:
    """Check the terminal and the encoding of file names."""
    if info.encoding.lower().replace("-", "") != "utf8":
        message = f"file names are encoded as {info.encoding}, not as UTF-8"
        return warning("terminal", message, "set LANG=C.UTF-8")
    if not info.terminals:
        return skipped("terminal", "no standard stream is a terminal")
    shown = f"{info.term or 'unknown'}, {info.columns} columns"
    return ok("terminal", f"{shown} (standard {', '.join(info.terminals)})")


def failed(topic: str, error: RwcapError) -> Finding:
    """Return an error as a problem."""
    return problem(topic, error.message, error.hint)


def no_key(error: RwcapError) -> Finding:
    """Return the finding for a key that is missing or cannot be read."""
    if isinstance(error, AuthError):
        return warning("key", error.message, error.hint)
    return failed("key", error)


def service(answer: Account | TaskError, *, has_key: bool) -> list[Finding]:
    """Check the reply of the service to a query for the account.

    Args:
        answer: The account in the reply, or the error.
        has_key: Whether the query was sent with the user's key.
    """
    if isinstance(answer, AuthError):
        reachable = ok("service", "reachable")
        return [reachable, failed("account", answer)] if has_key else [reachable]
    if isinstance(answer, TaskError):
        return [failed("service", answer)]
    return [ok("service", "reachable, and accepts the key"), balance(answer)]


def proxy(used: str | None) -> Finding:
    """Report the proxy; it is used, but not checked by itself."""
    if used is None:
        return skipped("proxy", "no proxy is set, so connections are direct")
    if used.endswith("not a valid URL"):
        return problem("proxy", used, "correct the variable, or unset it")
    return ok("proxy", used)


def balance(account: Account) -> Finding:
    """Check whether the balance covers a caption."""
    if account.balance is None:
        return warning("balance", "not reported by the service")
    message = format_price(account.balance)
    if account.balance < MAX_PRICE:
        message = (
            f"{message} does not cover a caption (up to {format_price(MAX_PRICE)})"
        )
        return warning("balance", message, "add credit to the account")
    return ok("balance", message)


def clock(ahead: float | None) -> Finding:
    """Check the clock.

    Args:
        ahead: The seconds by which the clock of the service is ahead; None if it is
            not known.
    """
    if ahead is None:
        return skipped(
            "clock", "the service sent no time, so the clock was not compared"
        )
    if abs(ahead) > MAX_CLOCK_SKEW:
        message = f"{abs(ahead):,.0f} s {'slow' if ahead > 0 else 'fast'}"
        hint = "set the clock: daily and monthly limits depend on it"
        return warning("clock", message, hint)
    return ok("clock", "agrees with the clock of the service")


def ledger(name: str, audit: AuditReport) -> Finding:
    """Check a ledger by its audit report."""
    topic = "ledger"
    if audit.problems:
        return problem(topic, f"{name}: {'; '.join(audit.problems)}", audit.hint)
    message = f"{name}: {_plural(audit.purchases, 'purchase')}"
    if audit.ambiguous:
        message = f"{message}, of which {audit.ambiguous:,} may have been charged"
        return warning(topic, message, "rwcap cost recover")
    return ok(topic, f"{message}; file and totals are correct")


def rescued(name: str, report: RescueReport) -> list[Finding]:
    """Report what became of a damaged ledger."""
    topic = "ledger"
    saved = f"{name}: {_plural(report.purchases, 'purchase')} saved in a new ledger"
    found = [ok(topic, f"{saved}; the damaged file is {report.kept}")]
    if lost := report.lost_texts:
        captions = f"{name}: {_plural(lost, 'caption')} lost, possibly charged"
        message = f"{captions}, and therefore not bought again"
        hint = "rwcap cost recover (asks the service for them, free of charge)"
        found.append(warning(topic, message, hint))
    if missing := report.missing:
        purchases = f"{name}: up to {_plural(missing, 'purchase')} lost"
        message = f"{purchases}; their captions would be bought again"
        found.append(warning(topic, message, _BACKUP))
    if missing := report.missing_commits:
        changes = f"{name}: the newest {_plural(missing, 'change')} lost"
        message = f"{changes}; captions in them would be bought again"
        found.append(warning(topic, message, _BACKUP))
    return found


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _did_you_mean(name: str, known: set[str]) -> str | None:
    names = {each.removeprefix(_PREFIX): each for each in sorted(known)}
    found = suggest(name.removeprefix(_PREFIX), names)
    return f"did you mean {names[found]}?" if found else None
