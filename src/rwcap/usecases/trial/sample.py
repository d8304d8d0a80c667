"""The sample of a trial: its images, the request for each prompt, and the captions."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from typing import NamedTuple

from rwcap.api.request import Parameters
from rwcap.core.errors import ErrorKind, InputError, NoInputError, UsageError
from rwcap.core.record import Record
from rwcap.core.source import CaptionRequest, UnusableSource, source_label
from rwcap.outputs.paths import is_local_file
from rwcap.usecases.batch.limits import Limits, random_sample
from rwcap.usecases.prompts import fill_prompt
from rwcap.usecases.trial.comparison import Captions, Comparison, TrialCaption, compare
from rwcap.usecases.writing.write import Outputs


class NamedPrompt(NamedTuple):
    """A prompt of a trial."""

    name: str
    """The file that the user named."""
    text: str
    """The prompt, with names in braces that are replaced for each image."""


class Trial:
    """A sample of images, each captioned with every prompt."""

    def __init__(
        self,
        prompts: Sequence[NamedPrompt],
        sources: Iterable[CaptionRequest | UnusableSource],
        parameters: Parameters,
        limits: Limits,
    ) -> None:
        """Choose the sample. All sources are read.

        Args:
            prompts: The prompts. The first is the one that others are compared with.
            sources: All images.
            parameters: The parameters of the requests, without a prompt.
            limits: The limits, with the size and the seed of the sample.

        Raises:
            NoInputError: There are no sources.
            UsageError: A prompt cannot be sent, or rows have prompts of their own.
        """
        self.prompts = tuple(prompts)
        self._parameters = [parameters.with_prompt(each.text) for each in prompts]
        self.images = 0
        """The number of all sources."""
        sample = random_sample(self._counted(sources), limits.sample or 0, limits.seed)
        self._sample = list(sample)
        if not self._sample:
            raise NoInputError("no image found", hint="rwcap batch --help")
        self._captions: dict[tuple[str, str | None], dict[str, TrialCaption]] = {
            _key(each): {} for each in self._sample
        }
        self._repeated = 0

    @property
    def total(self) -> int:
        """The expected number of records, as far as it is known."""
        return len(self._sample) * len(self.prompts) - self._repeated

    def once(
        self, records: Generator[Record, None, None]
    ) -> Generator[Record, None, None]:
        """Yield the records of a run, but only the first of an unusable image."""
        found: set[tuple[str, str | None, str]] = set()
        with closing(records):
            for record in records:
                error = record.error
                if error and error.kind is ErrorKind.INPUT and not record.attempts:
                    key = record.source, record.id, error.message
                    if key in found:
                        self._repeated += 1
                        continue
                    found.add(key)
                yield record

    @property
    def has_only_files(self) -> bool:
        """Whether all images of the sample are files."""
        return all(
            isinstance(each, UnusableSource) or is_local_file(each)
            for each in self._sample
        )

    def __iter__(self) -> Iterator[CaptionRequest | UnusableSource]:
        """Yield a request for each image and prompt.

        The prompts of an image follow each other, so that a run that stops early has
        images with a caption for each prompt.
        """
        for each in self._sample:
            for prompt, parameters in zip(self.prompts, self._parameters, strict=True):
                yield _with_prompt(each, prompt, parameters)

    def add(self, record: Record) -> None:
        """Take the caption and the cost of a record."""
        if record.prompt_name is not None:
            captions = self._captions[record.source, record.id]
            captions[record.prompt_name] = TrialCaption.of(record.text, record.cost)

    def captions(self) -> Iterator[tuple[str, Captions]]:
        """Yield each image of the sample with its captions."""
        for (source, _), captions in self._captions.items():
            yield source, captions

    def comparison(self) -> Comparison:
        """Return what the captions so far tell about the prompts."""
        names = [each.name for each in self.prompts]
        return compare(names, [*self._captions.values()], self.images)

    def _counted(
        self, sources: Iterable[CaptionRequest | UnusableSource]
    ) -> Iterator[CaptionRequest | UnusableSource]:
        for each in sources:
            if isinstance(each, CaptionRequest) and each.prompt is not None:
                raise UsageError(
                    "the rows of the table have prompts of their own",
                    hint="rename the column `prompt` for a trial of other prompts",
                )
            self.images += 1
            yield each


def _key(each: CaptionRequest | UnusableSource) -> tuple[str, str | None]:
    return source_label(each.source), each.id


def _with_prompt(
    each: CaptionRequest | UnusableSource, prompt: NamedPrompt, parameters: Parameters
) -> CaptionRequest | UnusableSource:
    """Return the request with a prompt; unusable if the prompt cannot be filled."""
    if isinstance(each, UnusableSource):
        return each
    try:
        filled, _ = fill_prompt(each, parameters, Outputs())
    except InputError as error:
        return UnusableSource(each.source, error, each.id)
    # A text that a table has is no caption with this prompt.
    return filled._replace(prompt_name=prompt.name, caption=None)
