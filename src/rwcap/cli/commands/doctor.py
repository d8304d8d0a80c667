"""rwcap config doctor: whether everything is in place."""

from typing import Annotated

import typer

from rwcap.cli.options.output import JsonDocument
from rwcap.core.exit_status import ExitStatus


def doctor(
    *,
    json: JsonDocument = False,
    offline: Annotated[bool, typer.Option("--offline", help="Use no network.")] = False,
    profile: Annotated[
        str | None,
        typer.Option("--profile", metavar="NAME", help="Check the profile NAME."),
    ] = None,
) -> ExitStatus:
    """Check the installation and show how to fix problems.

    \b
    rwcap config doctor
    rwcap config doctor --offline

    A line for each: ok, warning or problem. It spends nothing, and needs neither a
    key nor a network. With a problem the exit status is 1.
    """  # noqa: D301  # \b is Click's mark for lines not to be wrapped
    from rwcap.cli.commands import diagnostics
    from rwcap.cli.terminal import findings, results
    from rwcap.usecases.diagnose import Severity, worst

    found = diagnostics.collect(profile, offline=offline)
    results.write(findings.format_json(found) if json else findings.format_text(found))
    return ExitStatus.FAILED if worst(found) is Severity.PROBLEM else ExitStatus.OK
