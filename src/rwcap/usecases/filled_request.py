"""A request with its own prompt, before anything is looked up or read."""

from typing import NamedTuple

from rwcap.api.request import Parameters
from rwcap.core.errors import InputError
from rwcap.core.record import Record, RecordStatus
from rwcap.core.source import CaptionRequest, source_label
from rwcap.usecases.checking.quality import Quality, with_first_prompt
from rwcap.usecases.context import Context
from rwcap.usecases.purchase.outcome import with_outcome
from rwcap.usecases.writing.write import Outputs


class FilledRequest(NamedTuple):
    """A request with its own prompt."""

    request: CaptionRequest
    parameters: Parameters
    blank: Record
    """The record without a result."""


def fill(
    request: CaptionRequest,
    parameters: Parameters,
    quality: Quality | None,
    outputs: Outputs,
    context: Context,
) -> Record | FilledRequest:
    """Return a request with its own prompt, or the record of one that cannot have it.

    Args:
        request: The image, which can be the row of a table.
        parameters: The parameters of all requests.
        quality: The requirements for replies.
        outputs: The outputs of the caption.
        context: The context.

    Raises:
        UsageError: The prompt reads a text file that the outputs write.
    """
    blank = Record(
        source=source_label(request.source),
        id=request.id,
        status=RecordStatus.FAILED,
        model=parameters.model,
        prompt_name=request.prompt_name,
        sandbox=context.sandbox,
    )
    template = parameters.prompt or ""
    if request.prompt is not None or "{" in template or "}" in template:
        from rwcap.usecases.prompts import fill_prompt

        try:
            request, parameters = fill_prompt(request, parameters, outputs)
        except InputError as error:
            return with_outcome(blank, error)
    parameters = with_first_prompt(parameters, quality)
    return FilledRequest(request, parameters, blank._replace(prompt=parameters.prompt))
