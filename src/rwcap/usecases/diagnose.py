"""Judge machine, settings, account and ledger: one finding for each."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rwcap.api.account import Account
from rwcap.core.errors import AuthError, RwcapError, TaskError
from rwcap.core.money import format_price
from rwcap.core.prices import MAX_PRICE
from rwcap.ledger.audit import AuditReport
from rwcap.settings.machine import FolderStatus, TerminalInfo
from rwcap.settings.precedence import suggest


class Severity(StrEnum):
    """How grave it is."""

    OK = "ok"
    WARNING = "warning"
    """Captions can be bought; something else is not as it should be."""
    PROBLEM = "problem"
    """Nothing can be bought, or not safely, before it is mended."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a report."""

    topic: str
    severity: Severity
    message: str
    hint: str | None = None
    """What to type, or to look at."""


def ok(topic: str, message: str) -> Finding:
    """Return that something is as it should be."""
    return Finding(topic, Severity.OK, message)


def warning(topic: str, message: str, hint: str | None = None) -> Finding:
    """Return that something is not as it should be."""
    return Finding(topic, Severity.WARNING, message, hint)


def problem(topic: str, message: str, hint: str | None = None) -> Finding:
    """Return that something has to be mended first."""
    return Finding(topic, Severity.PROBLEM, message, hint)


def worst(findings: Iterable[Finding]) -> Severity:
    """Return the gravest grade there is."""
    order = list(Severity)
    return max(
        (each.severity for each in findings), key=order.index, default=Severity.OK
    )


MIN_SQLITE: Final = (3, 35, 0)
"""RETURNING and math functions; https://sqlite.org/changes.html"""

MAX_CLOCK_SKEW: Final = 120.0
"""Seconds. A Date header is whole seconds old when it arrives; more is the clock."""

_NAMED: Final = 3
"""Folders that one finding names."""

_GROUP_AND_OTHERS: Final = 0o077
_PREFIX: Final = "RWCAP_"


def sqlite(version: tuple[int, ...]) -> Finding:
    """Judge the version of SQLite."""
    message = ".".join(map(str, version))
    if version < MIN_SQLITE:
        wanted = ".".join(map(str, MIN_SQLITE))
        return problem("SQLite", message, f"install a Python with SQLite {wanted}")
    return ok("SQLite", message)


def config_folder(folder: FolderStatus) -> Finding:
    """Judge the folder of settings and key."""
    topic, path = "settings folder", str(folder.path)
    if not folder.writable:
        message = f"{path}: cannot be written; no key and no setting can be stored"
        return warning(topic, message, "keep the key in RWCAP_API_KEY")
    if folder.mode is not None and folder.mode & _GROUP_AND_OTHERS:
        return warning(topic, f"{path}: open to others", f"chmod 700 {path}")
    return ok(topic, path if folder.exists else f"{path}: not there yet")


def data_folder(folder: FolderStatus) -> Finding:
    """Judge the folder of the ledger, without which nothing is bought."""
    topic, path = "ledger folder", str(folder.path)
    if not folder.writable:
        message = f"{path}: cannot be written, and so nothing is bought"
        return problem(
            topic, message, "set XDG_DATA_HOME to a folder that can be written"
        )
    return ok(topic, path if folder.exists else f"{path}: not there yet")


def variables(environment: Mapping[str, str], known: set[str]) -> list[Finding]:
    """Judge the variables that look like ours."""
    return [
        warning("environment", f"{name}: nothing reads it", _did_you_mean(name, known))
        for name in sorted(environment)
        if name.startswith(_PREFIX) and name not in known
    ]


def temporary_files(left: Sequence[str], folders: int) -> Finding:
    """Judge the temporary files that killed processes left in so many folders."""
    topic = "temporary files"
    if not left:
        shown = "1 folder" if folders == 1 else f"{folders:,} folders"
        return ok(topic, f"no leftovers of killed runs ({shown} checked)")
    named = list(dict.fromkeys(os.path.dirname(each) for each in left))  # noqa: PTH120  # of strings
    more = f" and {len(named) - _NAMED:,} more folders" if len(named) > _NAMED else ""
    message = f"{len(left):,} left by killed runs in {', '.join(named[:_NAMED])}{more}"
    return warning(
        topic, message, "the next command that writes to a folder removes them"
    )


def optional_part(topic: str, purpose: str, *, installed: bool) -> Finding:
    """Tell of a part that need not be there."""
    message = "installed" if installed else "not installed"
    return ok(topic, f"{message} ({purpose})")


def terminal(found: TerminalInfo) -> Finding:
    """Judge the terminal, and how names of files are written."""
    if found.encoding.lower().replace("-", "") != "utf8":
        message = f"names of files are taken for {found.encoding}"
        return warning("terminal", message, "set LANG=C.UTF-8")
    if not found.terminals:
        return ok("terminal", "none")
    shown = f"{found.term or 'unknown'}, {found.columns} columns"
    return ok("terminal", f"{shown} (standard {', '.join(found.terminals)})")


def failed(topic: str, failure: RwcapError) -> Finding:
    """Return what failed as a problem."""
    return problem(topic, failure.message, failure.hint)


def no_key(failure: RwcapError) -> Finding:
    """Judge that there is no key, or none that can be used."""
    if isinstance(failure, AuthError):
        return warning("key", failure.message, failure.hint)
    return failed("key", failure)


def service(answer: Account | TaskError, *, has_key: bool) -> list[Finding]:
    """Judge what the service said when it was asked about the account."""
    if isinstance(answer, AuthError):
        reached = ok("service", "answers")
        return [reached, failed("account", answer)] if has_key else [reached]
    if isinstance(answer, TaskError):
        return [failed("service", answer)]
    return [ok("service", "answers, and takes the key"), balance(answer)]


def balance(account: Account) -> Finding:
    """Judge what is left in the account."""
    if account.balance is None:
        return warning("balance", "not told")
    message = format_price(account.balance)
    if account.balance < MAX_PRICE:
        return warning("balance", f"{message}: not enough", "add credit to the account")
    return ok("balance", message)


def clock(ahead: float | None) -> Finding:
    """Judge the clock by the service's, which is `ahead` by so many seconds."""
    if ahead is None:
        return ok("clock", "not compared: the service was not asked, or did not tell")
    if abs(ahead) > MAX_CLOCK_SKEW:
        message = f"{abs(ahead):,.0f} s {'slow' if ahead > 0 else 'fast'}"
        hint = "set it: limits on days and months go by it"
        return warning("clock", message, hint)
    return ok("clock", "as the service's")


def ledger(name: str, audit: AuditReport) -> Finding:
    """Judge one ledger."""
    topic = "ledger"
    message = f"{name}: {audit.purchases:,} purchases"
    if audit.problems:
        hint = "keep a copy of its folder, and report it"
        return problem(topic, f"{name}: {'; '.join(audit.problems)}", hint)
    if audit.ambiguous:
        return warning(topic, f"{message}, {audit.ambiguous:,} in doubt", _RECOVER)
    return ok(topic, f"{message}, whole, and its sums agree")


_RECOVER: Final = "rwcap cost recover"


def _did_you_mean(name: str, known: set[str]) -> str | None:
    ends = {each.removeprefix(_PREFIX): each for each in sorted(known)}
    found = suggest(name.removeprefix(_PREFIX), ends)
    return f"did you mean {ends[found]}?" if found else None
