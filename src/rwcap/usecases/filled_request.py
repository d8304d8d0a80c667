"""A request with its own prompt, before anything is looked up or read."""

from typing import NamedTuple

from rwcap.api.request import Parameters
from rwcap.core.errors import InputError
from rwcap.core.record import Record, RecordStatus
from rwcap.core.source import CaptionRequest, source_label
from rwcap.usecases.checking.quality import Quality, with_first_prompt
from rwcap.usecases.context import Context
from rwcap.usecases.purchase.outcome import with_outcome


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
    context: Context,
    *,
    keeps: bool,
) -> Record | FilledRequest:
    """Return a request with its own prompt, or the record of one that is done.

    Args:
        request: The image, which can be the row of a table.
        parameters: The parameters of all requests.
        quality: The requirements for replies.
        context: The context.
        keeps: Whether the caption in the row of a table stays.
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
            request, parameters = fill_prompt(request, parameters)
        except InputError as error:
            return with_outcome(blank, error)
    parameters = with_first_prompt(parameters, quality)
    blank = blank._replace(prompt=parameters.prompt)
    if request.caption and keeps:
        return blank._replace(status=RecordStatus.SKIPPED, text=request.caption)
    return FilledRequest(request, parameters, blank)
