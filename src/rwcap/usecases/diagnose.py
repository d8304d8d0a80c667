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
from rwcap.ledger.audit import Audit
from rwcap.settings.machine import FolderStatus, TerminalInfo
from rwcap.settings.precedence import suggest


class Grade(StrEnum):
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
    grade: Grade
    told: str
    advice: str | None = None
    """What to type, or to look at."""


def ok(topic: str, told: str) -> Finding:
    """Return that something is as it should be."""
    return Finding(topic, Grade.OK, told)


def warning(topic: str, told: str, advice: str | None = None) -> Finding:
    """Return that something is not as it should be."""
    return Finding(topic, Grade.WARNING, told, advice)


def problem(topic: str, told: str, advice: str | None = None) -> Finding:
    """Return that something has to be mended first."""
    return Finding(topic, Grade.PROBLEM, told, advice)


def worst(findings: Iterable[Finding]) -> Grade:
    """Return the gravest grade there is."""
    order = list(Grade)
    return max((each.grade for each in findings), key=order.index, default=Grade.OK)


SQLITE_MIN: Final = (3, 35, 0)
"""RETURNING and math functions; https://sqlite.org/changes.html"""

SKEW_MAX: Final = 120.0
"""Seconds. A Date header is whole seconds old when it arrives; more is the clock."""

_NAMED: Final = 3
"""Folders that one finding names."""

_OTHERS: Final = 0o077
_OURS: Final = "RWCAP_"


def sqlite(version: tuple[int, ...]) -> Finding:
    """Judge the version of SQLite."""
    told = ".".join(map(str, version))
    if version < SQLITE_MIN:
        wanted = ".".join(map(str, SQLITE_MIN))
        return problem("SQLite", told, f"install a Python with SQLite {wanted}")
    return ok("SQLite", told)


def config_folder(folder: FolderStatus) -> Finding:
    """Judge the folder of settings and key."""
    topic, path = "settings folder", str(folder.path)
    if not folder.writable:
        told = f"{path}: cannot be written; no key and no setting can be stored"
        return warning(topic, told, "keep the key in RWCAP_API_KEY")
    if folder.mode is not None and folder.mode & _OTHERS:
        return warning(topic, f"{path}: open to others", f"chmod 700 {path}")
    return ok(topic, path if folder.exists else f"{path}: not there yet")


def data_folder(folder: FolderStatus) -> Finding:
    """Judge the folder of the ledger, without which nothing is bought."""
    topic, path = "ledger folder", str(folder.path)
    if not folder.writable:
        told = f"{path}: cannot be written, and so nothing is bought"
        return problem(topic, told, "set XDG_DATA_HOME to a folder that can be written")
    return ok(topic, path if folder.exists else f"{path}: not there yet")


def variables(environment: Mapping[str, str], known: set[str]) -> list[Finding]:
    """Judge the variables that look like ours."""
    return [
        warning("environment", f"{name}: nothing reads it", _meant(name, known))
        for name in sorted(environment)
        if name.startswith(_OURS) and name not in known
    ]


def temporary_files(left: Sequence[str], folders: int) -> Finding:
    """Judge the temporary files that killed processes left in so many folders."""
    topic = "temporary files"
    if not left:
        shown = "1 folder" if folders == 1 else f"{folders:,} folders"
        return ok(topic, f"no leftovers of killed runs ({shown} checked)")
    named = list(dict.fromkeys(os.path.dirname(each) for each in left))  # noqa: PTH120  # of strings
    more = f" and {len(named) - _NAMED:,} more folders" if len(named) > _NAMED else ""
    told = f"{len(left):,} left by killed runs in {', '.join(named[:_NAMED])}{more}"
    return warning(topic, told, "the next command that writes to a folder removes them")


def part(topic: str, purpose: str, *, installed: bool) -> Finding:
    """Tell of a part that need not be there."""
    told = "installed" if installed else "not installed"
    return ok(topic, f"{told} ({purpose})")


def screen(found: TerminalInfo) -> Finding:
    """Judge the terminal, and how names of files are written."""
    if found.encoding.lower().replace("-", "") != "utf8":
        told = f"names of files are taken for {found.encoding}"
        return warning("terminal", told, "set LANG=C.UTF-8")
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
    told = format_price(account.balance)
    if account.balance < MAX_PRICE:
        return warning("balance", f"{told}: not enough", "add credit to the account")
    return ok("balance", told)


def clock(ahead: float | None) -> Finding:
    """Judge the clock by the service's, which is `ahead` by so many seconds."""
    if ahead is None:
        return ok("clock", "not compared: the service was not asked, or did not tell")
    if abs(ahead) > SKEW_MAX:
        told = f"{abs(ahead):,.0f} s {'slow' if ahead > 0 else 'fast'}"
        advice = "set it: limits on days and months go by it"
        return warning("clock", told, advice)
    return ok("clock", "as the service's")


def ledger(name: str, audit: Audit) -> Finding:
    """Judge one ledger."""
    topic = "ledger"
    told = f"{name}: {audit.purchases:,} purchases"
    if audit.complaints:
        advice = "keep a copy of its folder, and report it"
        return problem(topic, f"{name}: {'; '.join(audit.complaints)}", advice)
    if audit.in_doubt:
        return warning(topic, f"{told}, {audit.in_doubt:,} in doubt", _RECOVER)
    return ok(topic, f"{told}, whole, and its sums agree")


_RECOVER: Final = "rwcap cost recover"


def _meant(name: str, known: set[str]) -> str | None:
    ends = {each.removeprefix(_OURS): each for each in sorted(known)}
    found = suggest(name.removeprefix(_OURS), ends)
    return f"did you mean {ends[found]}?" if found else None
