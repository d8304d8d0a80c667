"""Findings of `config doctor`."""

from pathlib import Path

import pytest

from rwcap.api.account import Account
from rwcap.core.errors import AuthError, ConfigError, NotSentError
from rwcap.core.money import Micros
from rwcap.ledger.database.audit import AuditReport
from rwcap.ledger.database.rescue import RescueReport
from rwcap.settings.machine import FolderStatus, TerminalInfo
from rwcap.usecases import doctor_checks
from rwcap.usecases.doctor_checks import (
    Finding,
    Severity,
    ok,
    problem,
    skipped,
    warning,
    worst,
)

PLACE = Path("/home/me/.config/rwcap")
NO_KEY = AuthError("no API key", code="missingApiKey", hint="set one")
UNREACHED = NotSentError("cannot connect", code="connectionFailed", hint="look")


def place(mode: int | None, *, exists: bool, writable: bool) -> FolderStatus:
    """Return a folder."""
    return FolderStatus(PLACE, exists=exists, mode=mode, writable=writable)


def account(dollars: float | None) -> Account:
    """Return an account with a balance."""
    return Account("me", None if dollars is None else Micros(int(dollars * 1e6)), {})


@pytest.mark.parametrize(
    ("finding", "severity", "message", "hint"),
    [
        (doctor_checks.sqlite((3, 40, 1)), Severity.OK, "3.40.1", None),
        (doctor_checks.sqlite((3, 31, 0)), Severity.PROBLEM, "3.31.0", "SQLite 3.35.0"),
        (
            doctor_checks.config_folder(place(0o700, exists=True, writable=True)),
            Severity.OK,
            f"{PLACE}",
            None,
        ),
        (
            doctor_checks.config_folder(place(None, exists=False, writable=True)),
            Severity.OK,
            "does not exist yet",
            None,
        ),
        (
            doctor_checks.config_folder(place(0o755, exists=True, writable=True)),
            Severity.WARNING,
            "other users have access",
            f"chmod 700 {PLACE}",
        ),
        (
            doctor_checks.config_folder(place(0o500, exists=True, writable=False)),
            Severity.WARNING,
            "settings and the key cannot be stored",
            "RWCAP_API_KEY",
        ),
        (
            doctor_checks.data_folder(place(0o755, exists=True, writable=True)),
            Severity.OK,
            "",
            None,
        ),
        (
            doctor_checks.data_folder(place(None, exists=False, writable=True)),
            Severity.OK,
            "yet",
            None,
        ),
        (
            doctor_checks.data_folder(place(0o500, exists=True, writable=False)),
            Severity.PROBLEM,
            "no caption can be bought",
            "XDG_DATA_HOME",
        ),
        (
            doctor_checks.temporary_files([], 1),
            Severity.OK,
            "none left by killed runs (1 folder)",
            None,
        ),
        (
            doctor_checks.temporary_files([], 1000),
            Severity.OK,
            "(1,000 folders)",
            None,
        ),
        (
            doctor_checks.temporary_files(["/a/x", "/a/y", "/b/z"], 9),
            Severity.WARNING,
            "3 left by killed runs in /a, /b",
            "the next command that writes to a folder removes them",
        ),
        (
            doctor_checks.temporary_files([f"/{n}/x" for n in range(5)], 9),
            Severity.WARNING,
            "in /0, /1, /2 and 2 more folders",
            "removes them",
        ),
        (
            doctor_checks.optional_part("x", "do y", installed=True),
            Severity.OK,
            "installed, to do y",
            None,
        ),
        (
            doctor_checks.optional_part("x", "do y", installed=False),
            Severity.SKIPPED,
            "x is not installed; it is needed only to do y",
            None,
        ),
        (
            doctor_checks.terminal(TerminalInfo((), "", 80, "utf-8")),
            Severity.SKIPPED,
            "no standard stream is a terminal",
            None,
        ),
        (
            doctor_checks.proxy(None),
            Severity.SKIPPED,
            "connections are direct",
            None,
        ),
        (doctor_checks.proxy("X: http://a:1"), Severity.OK, "X: http://a:1", None),
        (
            doctor_checks.proxy("X: not a valid URL"),
            Severity.PROBLEM,
            "X: not a valid URL",
            "unset it",
        ),
        (
            doctor_checks.terminal(TerminalInfo(("output", "error"), "", 80, "UTF-8")),
            Severity.OK,
            "unknown, 80 columns (standard output, error)",
            None,
        ),
        (
            doctor_checks.terminal(TerminalInfo((), "xterm", 80, "ascii")),
            Severity.WARNING,
            "encoded as ascii",
            "LANG=C.UTF-8",
        ),
        (doctor_checks.no_key(NO_KEY), Severity.WARNING, "no API key", "set one"),
        (
            doctor_checks.no_key(ConfigError("open", hint="chmod")),
            Severity.PROBLEM,
            "o",
            "chmod",
        ),
        (doctor_checks.balance(account(5)), Severity.OK, "$5.0000", None),
        (
            doctor_checks.balance(account(0.002)),
            Severity.WARNING,
            "does not cover a caption",
            "add credit",
        ),
        (doctor_checks.balance(account(None)), Severity.WARNING, "not reported", None),
        (doctor_checks.clock(None), Severity.SKIPPED, "was not compared", None),
        (doctor_checks.clock(-119), Severity.OK, "agrees", None),
        (doctor_checks.clock(3600), Severity.WARNING, "3,600 s slow", "limits"),
        (doctor_checks.clock(-3600), Severity.WARNING, "3,600 s fast", "limits"),
        (
            doctor_checks.ledger("a", AuditReport((), 9)),
            Severity.OK,
            "9 purchases; file and totals are correct",
            None,
        ),
        (
            doctor_checks.ledger("a", AuditReport((), 1)),
            Severity.OK,
            "a: 1 purchase; file",
            None,
        ),
        (
            doctor_checks.ledger("a", AuditReport((), 9, 1)),
            Severity.WARNING,
            "1 may have been charged",
            "recover",
        ),
        (
            doctor_checks.ledger("a", AuditReport(("x", "y"))),
            Severity.PROBLEM,
            "x; y",
            "rwcap config doctor --rescue (saves what can be read)",
        ),
        (
            doctor_checks.rescued("a", RescueReport(1, missing=2))[1],
            Severity.WARNING,
            "a: up to 2 purchases lost; their captions",
            "backup",
        ),
        (
            doctor_checks.rescued("a", RescueReport(1, missing_commits=1))[1],
            Severity.WARNING,
            "a: the newest 1 change lost",
            "backup",
        ),
    ],
    ids=lambda value: value.topic if isinstance(value, Finding) else "",
)
def test_a_finding_has_severity_message_and_hint(
    finding: Finding, severity: Severity, message: str, hint: str | None
) -> None:
    """A finding that the user can fix has a hint."""
    assert finding.severity is severity
    assert message in finding.message
    assert hint is None or hint in str(finding.hint)
    assert (finding.hint is None) == (hint is None)


def test_a_service_that_refuses_the_key_is_reachable() -> None:
    """Without a key of the user, that is no problem; with one, the key is invalid."""
    without = doctor_checks.service(NO_KEY, has_key=False)
    refused = doctor_checks.service(NO_KEY, has_key=True)

    assert [it.severity for it in without] == [Severity.OK]
    assert [it.severity for it in refused] == [Severity.OK, Severity.PROBLEM]
    assert [it.severity for it in doctor_checks.service(UNREACHED, has_key=True)] == [
        "problem"
    ]
    assert [it.topic for it in doctor_checks.service(account(1), has_key=True)] == [
        "service",
        "balance",
    ]


def test_unknown_variables_of_rwcap_are_reported() -> None:
    """They are probably misspelled."""
    known = {"RWCAP_TIMEOUT", "RWCAP_MODEL"}
    environment = {"RWCAP_TIMOUT": "1", "RWCAP_MODEL": "x", "RWCAP_QQ": "", "HOME": "/"}

    found = doctor_checks.variables(environment, known)

    assert [(it.message, it.hint) for it in found] == [
        ("RWCAP_QQ is unknown", None),
        ("RWCAP_TIMOUT is unknown", "did you mean RWCAP_TIMEOUT?"),
    ]


@pytest.mark.parametrize(
    ("findings", "severity"),
    [
        ([], Severity.OK),
        ([skipped("a", "b"), ok("a", "b")], Severity.OK),
        ([warning("a", "b"), ok("a", "b")], Severity.WARNING),
        ([ok("a", "b"), problem("a", "b", "c"), warning("a", "b")], Severity.PROBLEM),
    ],
)
def test_the_worst_severity_is_that_of_the_report(
    findings: list[Finding], severity: Severity
) -> None:
    """A problem is worse than a warning; a skipped check is not a warning."""
    assert worst(findings) is severity
