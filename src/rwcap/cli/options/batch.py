"""All options of a batch, which an estimate takes as well."""

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
    """Which images, what is asked, where captions go, for how much, how far."""

    sources: Sources
    request: Request
    prepared: Prepared
    text: AltText
    files: Files
    verbosity: Verbosity
    money: PilotMoney
    running: Running

    def mistakes(self) -> Iterator[Mistake]:
        """Yield what can be wrong with options, alone and together."""
        read = [self.sources.files_from, str(self.request.prompt_file)]
        yield "standard input can be read only once", read.count("-") > 1
        yield from self.money.conflicts(self.text, self.files)
        yield from super().mistakes()
        if self.files.output:
            yield overwritten(self.files.output, self.sources.names)

    def limits(self) -> "Limits":
        """Return how far the run goes."""
        from rwcap.usecases.batch.limits import Limits

        return Limits(
            concurrency=self.running.concurrency,
            captions=self.sources.limit,
            errors=self.running.max_errors,
            seconds=self.running.max_duration,
            sample=self.sources.sample,
            seed=self.sources.seed,
        )
