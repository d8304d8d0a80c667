"""What is judged to be well, and what not."""

from pathlib import Path

import pytest

from rwcap.api.account import Account
from rwcap.core.errors import AuthError, ConfigError, NotSentError
from rwcap.core.money import Micros
from rwcap.ledger.audit import AuditReport
from rwcap.settings.machine import FolderStatus, TerminalInfo
from rwcap.usecases import diagnose
from rwcap.usecases.diagnose import Finding, Severity

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
    ("finding", "grade", "told", "advice"),
    [
        (diagnose.sqlite((3, 40, 1)), Severity.OK, "3.40.1", None),
        (diagnose.sqlite((3, 31, 0)), Severity.PROBLEM, "3.31.0", "SQLite 3.35.0"),
        (
            diagnose.config_folder(place(0o700, exists=True, writable=True)),
            Severity.OK,
            f"{PLACE}",
            None,
        ),
        (
            diagnose.config_folder(place(None, exists=False, writable=True)),
            Severity.OK,
            "not there yet",
            None,
        ),
        (
            diagnose.config_folder(place(0o755, exists=True, writable=True)),
            Severity.WARNING,
            "open to others",
            f"chmod 700 {PLACE}",
        ),
        (
            diagnose.config_folder(place(0o500, exists=True, writable=False)),
            Severity.WARNING,
            "no key and no setting",
            "RWCAP_API_KEY",
        ),
        (
            diagnose.data_folder(place(0o755, exists=True, writable=True)),
            Severity.OK,
            "",
            None,
        ),
        (
            diagnose.data_folder(place(None, exists=False, writable=True)),
            Severity.OK,
            "yet",
            None,
        ),
        (
            diagnose.data_folder(place(0o500, exists=True, writable=False)),
            Severity.PROBLEM,
            "nothing is bought",
            "XDG_DATA_HOME",
        ),
        (
            diagnose.temporary_files([], 1),
            Severity.OK,
            "no leftovers of killed runs (1 folder checked)",
            None,
        ),
        (
            diagnose.temporary_files([], 1000),
            Severity.OK,
            "1,000 folders checked",
            None,
        ),
        (
            diagnose.temporary_files(["/a/x", "/a/y", "/b/z"], 9),
            Severity.WARNING,
            "3 left by killed runs in /a, /b",
            "the next command that writes to a folder removes them",
        ),
        (
            diagnose.temporary_files([f"/{n}/x" for n in range(5)], 9),
            Severity.WARNING,
            "in /0, /1, /2 and 2 more folders",
            "removes them",
        ),
        (
            diagnose.optional_part("x", "does y", installed=True),
            Severity.OK,
            "installed (",
            None,
        ),
        (
            diagnose.optional_part("x", "does y", installed=False),
            Severity.OK,
            "not installed (",
            None,
        ),
        (
            diagnose.terminal(TerminalInfo((), "", 80, "utf-8")),
            Severity.OK,
            "none",
            None,
        ),
        (
            diagnose.terminal(TerminalInfo(("output", "error"), "", 80, "UTF-8")),
            Severity.OK,
            "unknown, 80 columns (standard output, error)",
            None,
        ),
        (
            diagnose.terminal(TerminalInfo((), "xterm", 80, "ascii")),
            Severity.WARNING,
            "taken for ascii",
            "LANG=C.UTF-8",
        ),
        (diagnose.no_key(NO_KEY), Severity.WARNING, "no API key", "set one"),
        (
            diagnose.no_key(ConfigError("open", hint="chmod")),
            Severity.PROBLEM,
            "o",
            "chmod",
        ),
        (diagnose.balance(account(5)), Severity.OK, "$5.0000", None),
        (
            diagnose.balance(account(0.002)),
            Severity.WARNING,
            "not enough",
            "add credit",
        ),
        (diagnose.balance(account(None)), Severity.WARNING, "not told", None),
        (diagnose.clock(None), Severity.OK, "not compared", None),
        (diagnose.clock(-119), Severity.OK, "as the service's", None),
        (diagnose.clock(3600), Severity.WARNING, "3,600 s slow", "limits"),
        (diagnose.clock(-3600), Severity.WARNING, "3,600 s fast", "limits"),
        (
            diagnose.ledger("a", AuditReport((), 9)),
            Severity.OK,
            "9 purchases, whole",
            None,
        ),
        (
            diagnose.ledger("a", AuditReport((), 9, 1)),
            Severity.WARNING,
            "1 in doubt",
            "recover",
        ),
        (
            diagnose.ledger("a", AuditReport(("x", "y"))),
            Severity.PROBLEM,
            "x; y",
            "copy",
        ),
    ],
    ids=lambda value: value.topic if isinstance(value, Finding) else "",
)
def test_each_thing_is_judged_by_itself(
    finding: Finding, grade: Severity, told: str, advice: str | None
) -> None:
    """With what to do wherever it is not well, and can be helped."""
    assert finding.severity is grade
    assert told in finding.message
    assert advice is None or advice in str(finding.hint)
    assert (finding.hint is None) == (advice is None)


def test_the_service_is_there_if_it_refuses() -> None:
    """Without a key, that is all it can say; with one, the key is bad."""
    without = diagnose.service(NO_KEY, has_key=False)
    refused = diagnose.service(NO_KEY, has_key=True)

    assert [it.severity for it in without] == [Severity.OK]
    assert [it.severity for it in refused] == [Severity.OK, Severity.PROBLEM]
    assert [it.severity for it in diagnose.service(UNREACHED, has_key=True)] == [
        "problem"
    ]
    assert [it.topic for it in diagnose.service(account(1), has_key=True)] == [
        "service",
        "balance",
    ]


def test_variables_that_nobody_reads_are_told() -> None:
    """A slip of the finger must not pass for a setting."""
    known = {"RWCAP_TIMEOUT", "RWCAP_MODEL"}
    environment = {"RWCAP_TIMOUT": "1", "RWCAP_MODEL": "x", "RWCAP_QQ": "", "HOME": "/"}

    found = diagnose.variables(environment, known)

    assert [(it.message, it.hint) for it in found] == [
        ("RWCAP_QQ: nothing reads it", None),
        ("RWCAP_TIMOUT: nothing reads it", "did you mean RWCAP_TIMEOUT?"),
    ]
