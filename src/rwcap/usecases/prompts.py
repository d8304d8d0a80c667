"""Prompts with `{name}`, filled with what is known of an image."""

import os
import re
from collections.abc import Callable
from typing import Final

from rwcap.api.request import Parameters
from rwcap.core.errors import InputError, UsageError
from rwcap.core.source import CaptionRequest, SourceKind, source_kind
from rwcap.core.text import short_name
from rwcap.sources.templates import Placeholder, placeholders, render_template

_DATED: Final = r"([0-9]{4}-[0-9]{2}(?:-[0-9]{2})?)(?:[ _-]+(.*))?"
"""The name of a folder that begins with a date: 2025-03-15 Berry."""

_HINT: Final = "write {{ and }} for braces, or {name|default} for optional names"


def fill_prompt(
    request: CaptionRequest, parameters: Parameters
) -> tuple[CaptionRequest, Parameters]:
    """Return both with the prompt of the row, or with the filled prompt.

    Raises:
        InputError: The prompt has a name that is unknown, or cannot be sent.
    """
    prompt = request.prompt
    if prompt is None:
        if parameters.prompt is None:
            return request, parameters
        prompt = _fill(parameters.prompt, request)
    try:
        return request._replace(prompt=prompt), parameters.with_prompt(prompt)
    except UsageError as error:
        raise InputError(
            error.message, code="invalidPrompt", hint=error.hint
        ) from error


def check_prompt(template: str) -> None:
    """Check a prompt for images that are not rows of a table.

    Raises:
        UsageError: A brace is unmatched, or a name is unknown.
    """
    try:
        for placeholder in placeholders(template):
            if placeholder.name not in _FIELDS:
                raise _unknown(placeholder, CaptionRequest(""))
    except InputError as error:
        raise UsageError(error.message, hint=error.hint) from error


def _fill(template: str, request: CaptionRequest) -> str:
    fields = dict(request.columns)
    for placeholder in placeholders(template):
        name = placeholder.name
        if name in fields:
            continue
        if name in _FIELDS:
            fields[name] = _FIELDS[name](request)
            if not fields[name] and placeholder.default is None:
                raise InputError(
                    f"{short_name(request.source)}: {{{name}}} of the prompt is"
                    " not known for this image",
                    code="missingField",
                    hint=f"{{{name}|default}} in the prompt",
                )
        elif placeholder.default is None or not request.columns:
            raise _unknown(placeholder, request)
    return render_template(template, fields)


def _unknown(placeholder: Placeholder, request: CaptionRequest) -> InputError:
    known = ", ".join(f"{{{name}}}" for name in _FIELDS)
    table = "columns of a table"
    if request.columns:
        table = f"the columns {short_name(', '.join(request.columns))}"
    return InputError(
        f"prompt: {{{short_name(placeholder.name, 60)}}} is unknown;"
        f" here braces can be {known}, or {table}",
        code="missingField",
        hint=_HINT,
    )


def _path(request: CaptionRequest) -> str:
    """Return the path in a source; empty for a UUID."""
    source = request.source
    if request.content is not None:
        return request.relative_path
    match source_kind(source):
        case SourceKind.URL:
            return re.split("[?#]", source, maxsplit=1)[0].partition("//")[2]
        case SourceKind.PATH:
            return os.path.abspath(source)  # noqa: PTH100  # takes any text
        case _:
            return request.relative_path


def _stem(request: CaptionRequest) -> str:
    name = _path(request).rpartition("/")[2]
    return name.rpartition(".")[0] or name


def _folder(request: CaptionRequest) -> str:
    return _path(request).rpartition("/")[0].rpartition("/")[2]


def _date(request: CaptionRequest) -> str:
    return _folder_date(request)[0]


def _place(request: CaptionRequest) -> str:
    return _folder_date(request)[1]


def _folder_date(request: CaptionRequest) -> tuple[str, str]:
    """Return the date and the rest of the nearest folder with a date in its name."""
    for folder in reversed(_path(request).split("/")[:-1]):
        if found := re.fullmatch(_DATED, folder):
            return found[1], found[2] or ""
    return "", ""


_FIELDS: Final[dict[str, Callable[[CaptionRequest], str]]] = {
    "stem": _stem,
    "folder": _folder,
    "date": _date,
    "place": _place,
}
"""The names that every prompt can use, and the functions that return their values."""
