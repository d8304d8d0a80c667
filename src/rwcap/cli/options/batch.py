"""All options of `rwcap batch` and `rwcap cost estimate`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rwcap.cli.checks import Mistake
from rwcap.cli.options.files import Files, overwritten
from rwcap.cli.options.group import Group
from rwcap.cli.options.image import Prepared
from rwcap.cli.options.money import PilotMoney
from rwcap.cli.options.output import AltText, Verbosity
from rwcap.cli.options.request import Request
from rwcap.cli.options.running import Running
from rwcap.cli.options.sources import Sources

if TYPE_CHECKING:
    from rwcap.usecases.batch.limits import Limits


class BatchOptions(Group):
    """The sources, the request, the outputs, the money and the limits of a batch."""

    sources: Sources
    request: Request
    prepared: Prepared
    text: AltText
    files: Files
    verbosity: Verbosity
    money: PilotMoney
    running: Running

    def mistakes(self) -> Iterator[Mistake]:
        """Yield the possible mistakes of single options and of combinations."""
        read = [self.sources.files_from, str(self.request.prompt_file)]
        yield "standard input can be read only once", read.count("-") > 1
        yield from self.money.conflicts(self.text, self.files)
        yield from super().mistakes()
        if self.files.output:
            yield overwritten(self.files.output, self.sources.names)

    def limits(self) -> "Limits":
        """Return the limits of the run."""
        from rwcap.usecases.batch.limits import Limits

        return Limits(
            concurrency=self.running.concurrency,
            captions=self.sources.limit,
            errors=self.running.max_errors,
            seconds=self.running.max_duration,
            sample=self.sources.sample,
            seed=self.sources.seed,
        )
