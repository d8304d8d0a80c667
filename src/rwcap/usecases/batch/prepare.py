"""Prepare the requests of a run."""

from rwcap.core.record import ErrorDetails, Record, RecordStatus
from rwcap.core.source import CaptionRequest, UnusableSource
from rwcap.usecases.caption import PreparedRequest, RunOptions, prepare
from rwcap.usecases.context import Context


def prepare_one(
    each: CaptionRequest | UnusableSource, options: RunOptions, context: Context
) -> Record | PreparedRequest:
    """Prepare one request. An unusable source gives a record with the error."""
    if not isinstance(each, UnusableSource):
        if options.checks and options.checks.only_failed:
            from rwcap.usecases.failed_captions import prepare_failed

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


def memory_bytes(job: PreparedRequest | str) -> int:
    """Return the memory that a job needs: the image and its base64."""
    if isinstance(job, str):
        return 0
    size = job.stamp.size if job.stamp else len(job.request.content or b"")
    return size * 7 // 3
