"""The table of the checks for the man page: each with what was measured of it."""

import csv
from pathlib import Path
from typing import Final

from rwcap.checks.all_checks import CHECKS
from rwcap.checks.check import excerpt

FILE: Final = Path(__file__).parent / "texts" / "checks.csv"
"""What `python -m tests.checks` measures."""


def check_table() -> str:
    """Return a definition for each check."""
    with FILE.open(encoding="utf-8", newline="") as file:
        figures = {row["check"]: row for row in csv.DictReader(file)}
    items: list[str] = []
    for check in CHECKS.values():
        row = figures[check.name]
        items.append(
            f"- `{check.name}`: {check.description} Fails:"
            f' "{excerpt(check.bad[0])}". Passes: "{excerpt(check.good[0])}".'
            f" {check.limit} Found: {row['found']} of {row['bad']};"
            f" wrongly: {row['false']} of {row['good']}."
        )
    return "\n".join(items)
