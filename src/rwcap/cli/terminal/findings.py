"""Format the findings of `rwcap config doctor` as lines or as JSON."""

import json
import sys
from collections.abc import Sequence
from typing import Final

from rwcap.cli.terminal.wrapped_rows import format_rows
from rwcap.core.text import escape_json, for_terminal, one_line
from rwcap.usecases.doctor_checks import Finding, Severity

_STYLES: Final = {
    Severity.SKIPPED: "dim",
    Severity.OK: "green",
    Severity.WARNING: "magenta",
    Severity.PROBLEM: "bold red",
}


def format_text(found: Sequence[Finding]) -> str:
    """Return a line for each finding, followed by its hint.

    On a terminal, problems come first, and long lines wrap at words.
    """
    if sys.stdout.isatty():
        return _format_table(found)
    width = max(len(each.topic) for each in found)
    return "".join(
        f"{each.severity:7}  {each.topic:{width}}"
        f"  {for_terminal(one_line(each.message))}\n{_hint_line(each)}"
        for each in found
    )


def _format_table(found: Sequence[Finding]) -> str:
    order = list(Severity)
    return format_rows(
        [
            (
                [(each.severity, _STYLES[each.severity])],
                [(each.topic, "")],
                [(each.message, ""), (f"-> {each.hint}" if each.hint else "", "dim")],
            )
            for each in sorted(found, key=lambda it: -order.index(it.severity))
        ],
        names=2,
    )


def format_json(found: Sequence[Finding]) -> str:
    """Return the findings as a JSON document."""
    text = {
        "v": 1,
        "findings": [
            {
                "topic": each.topic,
                "grade": each.severity,
                "told": each.message,
                "advice": each.hint,
            }
            for each in found
        ],
    }
    return escape_json(json.dumps(text, indent=2, ensure_ascii=False)) + "\n"


def _hint_line(finding: Finding) -> str:
    return f"{'':7}  -> {for_terminal(finding.hint)}\n" if finding.hint else ""
