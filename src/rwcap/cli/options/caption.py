"""All options of `rwcap caption`."""

from collections.abc import Callable, Iterator

from rwcap.api.request import Delivery, Parameters
from rwcap.cli.options.connection import Connection
from rwcap.cli.options.fields import Fields
from rwcap.cli.options.group import Group, Mistake, excluding
from rwcap.cli.options.images import Images, Prepared
from rwcap.cli.options.money import Money
from rwcap.cli.options.output import AltText, Places, Printed, Verbosity
from rwcap.cli.options.request import ReturnedImage, TaskRequest
from rwcap.core.sidecar import MergeMode
from rwcap.core.source import local_name


class CaptionOptions(Group):
    """The images, the request, the outputs and the money of a caption."""

    input: Images
    request: TaskRequest
    prepared: Prepared
    text: AltText
    fields: Fields
    places: Places
    printed: Printed
    verbosity: Verbosity
    money: Money
    connection: Connection
    returned: ReturnedImage

    @property
    def sources(self) -> list[str]:
        """Return the images as they are typed, and paths instead of file:// URLs."""
        return [*map(local_name, self.input.images or [])]

    def mistakes(self) -> Iterator[Mistake]:
        """Yield the possible mistakes of single options and of combinations."""
        request, write = self.request, bool(self.places.write)
        fetching = request.fetch is not None
        unawaited = request.no_wait or request.webhook_url is not None
        named = [*self.sources, *request.prompt_files]
        yield "no IMAGE given", not self.sources and not fetching
        yield "--fetch takes no IMAGE", fetching and bool(self.sources)
        yield "--fetch takes no request options", fetching and self._requests()
        yield (
            "--fetch and --dry-run exclude each other",
            fetching and self.money.dry_run,
        )
        yield "--fetch and --no-wait exclude each other", fetching and request.no_wait
        yield (
            "--no-wait needs --delivery async",
            request.no_wait and request.delivery is Delivery.SYNC,
        )
        yield (
            "--task-uuid takes one IMAGE",
            request.task_uuid is not None and len(self.sources) > 1,
        )
        yield "standard input can be read only once", named.count("-") > 1
        yield (
            "several --prompt-file are compared by rwcap batch, with --sample N",
            request.is_trial,
        )
        yield "--fetch and --write exclude each other", fetching and write
        yield (
            "--write needs the caption, so it excludes --no-wait and --webhook-url",
            unawaited and write,
        )
        printed = {"--json": self.printed.json, "--jsonl": self.printed.jsonl}
        if self.input.show:
            yield from excluding("--show", printed)
        if self.places.mode is MergeMode.REMOVE:
            yield from excluding("--mode remove", printed)
        yield from self.money.conflicts(self.places)
        yield from super().mistakes()

    def _requests(self) -> bool:
        """Return whether an option of a new request is given."""
        request = self.request
        given = (
            *(request.prompt, request.preset, request.delivery),
            request.task_uuid,
            request.webhook_url,
            *vars(self.returned).values(),
        )
        return (
            self.text.alt
            or self.fields.is_given
            or bool(request.prompt_files)
            or any(option is not None for option in given)
        )

    def parameters(self, named: Callable[[str], str]) -> Parameters:
        """Return the request parameters; raises `UsageError`.

        `named` returns the prompt of a preset.
        """
        request, returned = self.request, self.returned
        return Parameters(
            model=request.model,
            prompt=request.text(self.text.alt_chars, named),
            delivery=Delivery.ASYNC if request.no_wait else request.delivery,
            include_cost=not request.no_include_cost,
            webhook_url=request.webhook_url,
            output_type=returned.output_type,
            output_format=returned.output_format,
            output_quality=returned.output_quality,
            ttl=returned.ttl,
            upload_endpoint=returned.upload_endpoint,
        )
