"""What the checks of a run found, for its summary."""

from rwcap.checks.all_checks import CHECKS
from rwcap.core.money import Micros, format_price
from rwcap.core.record import SANDBOX_PREFIX
from rwcap.usecases.run_checks import RunChecks


def check_rows(checks: RunChecks, *, sandbox: bool) -> list[tuple[str, str]]:
    """Return names and values: captions that fail, their price, common phrases."""
    counts = checks.counts
    if not counts.captions["all"]:
        return []
    failed = counts.captions["failed"]
    result = f"{failed:,} of {counts.captions['all']:,} captions fail"
    if failed:
        names = ", ".join(
            f"{name} {count:,}"
            for name in CHECKS
            if (count := counts.captions[name]) and name != "common-phrase"
        )
        mark = f"{SANDBOX_PREFIX} " if sandbox else ""
        paid = format_price(Micros(counts.paid))
        result += f": {names}; paid for them: {mark}{paid}"
    rows = [("checks", result)]
    rows += [
        ("common phrase", f"{phrase} ({count:,} captions)")
        for phrase, count in counts.phrases.items()
    ]
    if checks.problem:
        rows.append(("set not checked", checks.problem.message))
    return rows
