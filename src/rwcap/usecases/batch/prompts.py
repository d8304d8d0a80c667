"""Prepare the requests of a run, each with its own prompt."""

from rwcap.core.errors import InputError, UsageError
from rwcap.core.record import ErrorDetails, Record, RecordStatus
from rwcap.core.source import CaptionRequest, UnusableSource
from rwcap.sources.templates import render_template
from rwcap.usecases.caption import PreparedRequest, RunOptions, prepare
from rwcap.usecases.context import Context


def prepare_one(
    each: CaptionRequest | UnusableSource, options: RunOptions, context: Context
) -> Record | PreparedRequest:
    """Prepare one request, with its columns filled into the prompt.

    An unusable source or prompt gives a record with the error.
    """
    try:
        if isinstance(each, UnusableSource):
            raise each.error
        prompt = each.prompt
        if prompt is None and options.parameters.prompt is not None:
            prompt = render_template(options.parameters.prompt, each.columns)
        if prompt is not None:
            options.parameters.with_prompt(prompt)  # raises if it cannot be sent
            each = each._replace(prompt=prompt)
        return prepare(each, options, context)
    except InputError as error:
        details = ErrorDetails.from_error(error)
    except UsageError as error:
        invalid = InputError(error.message, code="invalidPrompt", hint=error.hint)
        details = ErrorDetails.from_error(invalid)
    return Record(
        source=each.source,
        id=each.id,
        status=RecordStatus.FAILED,
        error=details,
        model=options.parameters.model,
        sandbox=context.sandbox,
    )
