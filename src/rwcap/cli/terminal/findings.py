"""Format the findings of `rwcap config doctor` as lines or as JSON."""

import json
import sys
from collections.abc import Sequence
from typing import Final

from rwcap.cli.terminal import messages
from rwcap.core.text import escape_json, for_terminal, one_line
from rwcap.usecases.doctor_checks import Finding, Severity

_STYLES: Final = {
    Severity.SKIPPED: "dim",
    Severity.OK: "green",
    Severity.WARNING: "yellow",
    Severity.PROBLEM: "bold red",
}


def format_text(found: Sequence[Finding]) -> str:
    """Return a line for each finding, followed by its hint."""
    width = max(len(each.topic) for each in found)
    shown = []
    for each in found:
        text = for_terminal(one_line(each.message))
        shown.append((each.severity, f"{each.topic:{width}}  {text}"))
    if not sys.stdout.isatty():
        return "".join(
            f"{severity:7}  {text}\n{_hint_line(each)}"
            for each, (severity, text) in zip(found, shown, strict=True)
        )
    from rich.text import Text

    console = messages.console(sys.stdout)
    with console.capture() as captured:
        for each, (severity, text) in zip(found, shown, strict=True):
            line = Text.assemble((f"{severity:7}", _STYLES[severity]), f"  {text}")
            console.print(line, soft_wrap=True)
            console.print(Text(_hint_line(each), "dim"), end="", soft_wrap=True)
    return captured.get()


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
