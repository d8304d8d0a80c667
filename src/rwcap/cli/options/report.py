"""Options of a report: its days, groups and format."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from rwcap.cli.options.group import Group, Mistake
from rwcap.cli.options.output import OUTPUT, JsonDocument, Quiet
from rwcap.core.errors import UsageError
from rwcap.ledger.reports.statements import Grouping

if TYPE_CHECKING:
    from datetime import date

    from rwcap.core.dates import DateRange

REPORT: Final = "Report"


class Period(Group):
    """The days of a report."""

    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="DAY",
            help="First day: 2026-11-24, 2026-11, today, yesterday, or 7d (days ago).",
            rich_help_panel=REPORT,
        ),
    ] = None
    until: Annotated[
        str | None,
        typer.Option(
            "--until",
            metavar="DAY",
            help="Last day.",
            rich_help_panel=REPORT,
        ),
    ] = None

    def days(self, command: str, today: "date") -> "DateRange":
        """Return the days; raises `UsageError` with a hint for `command`."""
        from rwcap.core.dates import DateRange, parse_day

        try:
            days = DateRange(
                parse_day(self.since, today) if self.since else None,
                parse_day(self.until, today, last=True) if self.until else None,
            )
        except ValueError as error:
            raise UsageError(str(error), hint=f"rwcap {command} --since 7d") from error
        if days.first and days.last and days.last < days.first:
            raise UsageError(
                f"--until {days.last} is before --since {days.first}",
                hint=f"rwcap {command} --since {days.last} --until {days.first}",
            )
        return days


class Grouped(Group):
    """The groups and the format of a report."""

    by: Annotated[
        Grouping | None,
        typer.Option(
            "--by", help="Show the costs for each of these.", rich_help_panel=REPORT
        ),
    ] = None
    json: JsonDocument = False
    csv: Annotated[
        bool,
        typer.Option(
            "--csv",
            help="Print the groups of --by as CSV.",
            rich_help_panel=OUTPUT,
        ),
    ] = False
    quiet: Quiet = False

    def mistakes(self) -> tuple[Mistake, ...]:
        """Return the possible mistakes of the format."""
        return (
            ("--json and --csv exclude each other", self.json and self.csv),
            ("--csv needs --by", self.csv and self.by is None),
        )
