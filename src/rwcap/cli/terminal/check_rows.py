"""What the checks of a run found, for its summary."""

from rwcap.checks.all_checks import CHECKS
from rwcap.checks.caption_set import COMMON_PHRASE
from rwcap.core.money import Micros, format_price
from rwcap.core.record import SANDBOX_PREFIX
from rwcap.usecases.checking.checking import Counts
from rwcap.usecases.checking.run_checks import RunChecks


def check_rows(checks: RunChecks, *, sandbox: bool) -> list[tuple[str, str]]:
    """Return names and values: captions that fail, their price, common phrases."""
    counts = checks.counts
    rows = []
    if checked := counts.captions["all"]:
        result = f"{counts.captions['failed']:,} of {checked:,} captions fail"
        if counts.captions["failed"]:
            mark = f"{SANDBOX_PREFIX} " if sandbox else ""
            paid = format_price(Micros(counts.paid))
            result += f": {_names(counts)}; paid for them: {mark}{paid}"
        rows.append(("checks", result))
    if checks.kept:
        rows.append(("kept", f"{checks.kept:,} that fail, not of rwcap or changed"))
    rows += [
        ("common phrase", f"{phrase} ({count:,} captions)")
        for phrase, count in counts.phrases.items()
    ]
    if checks.problem:
        rows.append(("set not checked", checks.problem.message))
    return rows


def _names(counts: Counts) -> str:
    """Return the checks that captions fail, with their number."""
    return ", ".join(
        f"{name} {count:,}"
        for name in CHECKS
        if (count := counts.captions[name]) and name != COMMON_PHRASE.name
    )
