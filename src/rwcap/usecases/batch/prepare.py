"""Prepare the requests of a run."""

from collections.abc import Iterable, Iterator
from typing import Final

from rwcap.core.errors import InputError
from rwcap.core.record import ErrorDetails, Record, RecordStatus
from rwcap.core.source import CaptionRequest, UnusableSource
from rwcap.core.text import short_name
from rwcap.usecases.caption import PreparedRequest, RunOptions, prepare
from rwcap.usecases.context import Context
from rwcap.usecases.purchase.outcome import with_outcome
from rwcap.usecases.writing.claims import has_claim
from rwcap.usecases.writing.write import Outputs

_MAX_CLAIMS: Final = 10_000
"""More rows than can be in progress at the same time."""


def prepare_all(
    requests: Iterable[CaptionRequest | UnusableSource],
    options: RunOptions,
    context: Context,
) -> Iterator[Record | PreparedRequest]:
    """Yield each request prepared, or the record of one that is done or unusable."""
    outputs = options.outputs
    if outputs.keep_one and (outputs.dry_run or outputs.hold):
        outputs = outputs._replace(expected=set())
        options = options._replace(outputs=outputs)
    claims = OutputClaims()
    for each in requests:
        found = _prepare_one(each, options, context)
        if isinstance(found, PreparedRequest):
            found = claims.take(found, outputs, context)
        yield found


def _prepare_one(
    each: CaptionRequest | UnusableSource, options: RunOptions, context: Context
) -> Record | PreparedRequest:
    """Prepare one request. An unusable source gives a record with the error."""
    if not isinstance(each, UnusableSource):
        if options.checks and options.checks.only_failed:
            from rwcap.usecases.existing.failed_captions import prepare_failed

            return prepare_failed(each, options, options.checks, context)
        return prepare(each, options, context)
    return Record(
        source=each.source,
        id=each.id,
        status=RecordStatus.FAILED,
        error=ErrorDetails.from_error(each.error),
        model=options.parameters.model,
        sandbox=context.sandbox,
    )


class OutputClaims:
    """The outputs that rows of a table are about to fill in a run.

    Of two rows with one image and different prompts, only the first is written with
    mode `skip`. The other must not be bought in vain while the first is in progress;
    afterwards, the image is done. The last claims are enough for that.
    """

    def __init__(self) -> None:
        """Start without a claim."""
        self._rows: dict[tuple[str, ...], tuple[str | None, str]] = {}
        """The prompt and the source of the row that fills these outputs."""

    def take(
        self, job: PreparedRequest, outputs: Outputs, context: Context
    ) -> Record | PreparedRequest:
        """Return the request, or the record of one whose outputs another row fills."""
        is_row = job.request.prompt is not None or bool(job.request.columns)
        if not (is_row and outputs.keep_one and job.paths):
            return job
        row = job.parameters.prompt, job.request.source
        prompt, source = self._rows.setdefault(job.paths, row)
        if prompt != row[0] and has_claim(source, context):
            error = InputError(
                f"{short_name(job.paths[0])}: another row of the table with this image"
                " has another prompt",
                code="outputTaken",
                hint="--mode append writes the captions of both; -o FILE keeps them"
                " apart",
            )
            return with_outcome(job.record, error)
        self._rows[job.paths] = row
        if len(self._rows) > _MAX_CLAIMS:
            oldest = next(iter(self._rows))
            del self._rows[oldest]
            outputs.expect(oldest)
        return job


def memory_bytes(job: PreparedRequest | str) -> int:
    """Return the memory that a job needs: the image and its base64."""
    if isinstance(job, str):
        return 0
    size = job.stamp.size if job.stamp else len(job.request.content or b"")
    return size * 7 // 3
