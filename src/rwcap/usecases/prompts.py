"""Prompts with `{name}`, filled with what is known of an image."""

import os
import re
from functools import cached_property
from typing import Final

from rwcap.api.request import Parameters
from rwcap.core.errors import InputError, UsageError
from rwcap.core.source import CaptionRequest, SourceKind, source_kind
from rwcap.core.text import short_name
from rwcap.outputs.paths import file_key, is_local_file
from rwcap.sources.templates import render_template, template_names
from rwcap.usecases.writing.write import Outputs

_DATED: Final = r"([0-9]{4}-[0-9]{2}(?:-[0-9]{2})?)(?:[ _-]+(.*))?"
"""The name of a folder that begins with a date: 2025-03-15 Berry."""

NAMES: Final = (
    *("stem", "folder", "date", "place"),
    *("title", "description", "keywords", "people", "sidecar"),
)
"""The names that every prompt can use."""

_HINT: Final = "write {{ and }} for braces, or {name|default} for optional names"


def fill_prompt(
    request: CaptionRequest, parameters: Parameters, outputs: Outputs
) -> tuple[CaptionRequest, Parameters]:
    """Return request and parameters with the prompt of the row or the filled prompt.

    Raises:
        InputError: The prompt has a name that is unknown, or cannot be sent.
        UsageError: The prompt reads a text file that the outputs write.
    """
    prompt = request.prompt
    if prompt is None:
        if parameters.prompt is None:
            return request, parameters
        prompt = _fill(parameters.prompt, request, outputs)
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
        for each in template_names(template):
            if each.name not in NAMES:
                raise _unknown(each.name, CaptionRequest(""))
    except InputError as error:
        raise UsageError(error.message, hint=error.hint) from error


def _fill(template: str, request: CaptionRequest, outputs: Outputs) -> str:
    values, known = dict(request.columns), _Known(request)
    for each in template_names(template):
        name = each.name
        if name in values:
            continue
        if name in NAMES:
            if name == "sidecar":
                _check_sidecar(request, outputs)
            values[name] = known.value(name)
            if not values[name] and each.default is None:
                raise InputError(
                    f"{short_name(request.source)}: {{{name}}} in the prompt has no"
                    " value for this image",
                    code="missingField",
                    hint=f"write {{{name}|default}} in the prompt",
                )
        elif each.default is None or not request.columns:
            raise _unknown(each.name, request)
    return render_template(template, values)


def _unknown(name: str, request: CaptionRequest) -> InputError:
    known = ", ".join(f"{{{each}}}" for each in NAMES)
    table = "columns of a table"
    if request.columns:
        table = f"the columns {short_name(', '.join(request.columns))}"
    return InputError(
        f"prompt: {{{short_name(name, 60)}}} is unknown;"
        f" here braces can be {known}, or {table}",
        code="missingField",
        hint=_HINT,
    )


def _check_sidecar(request: CaptionRequest, outputs: Outputs) -> None:
    """Refuse to read the text file that a run writes.

    A run that is killed after it has written the file would continue with another
    prompt, whose caption is paid for again.
    """
    from rwcap.outputs.prompt_metadata import sidecar_path

    read = sidecar_path(request.source)
    for path in outputs.preferred_paths(request):
        if file_key(os.path.realpath(path)) == file_key(os.path.realpath(read)):
            raise UsageError(
                f"prompt: {{sidecar}} reads {short_name(read)}, which this command"
                " writes",
                hint="--ext .caption (writes captions to other files)",
            )


class _Known:
    """What is known of an image. Files are read when a name needs them, once."""

    def __init__(self, request: CaptionRequest) -> None:
        self._request = request
        self._path = _path(request)

    def value(self, name: str) -> str:
        """Return the value of a name in `NAMES`; empty if there is none.

        Raises:
            InputError: The metadata of the image cannot be read.
        """
        folders, _, file = self._path.rpartition("/")
        date, place = _date_and_place(folders)
        match name:
            case "stem":
                return file.rpartition(".")[0] or file
            case "folder":
                return folders.rpartition("/")[2]
            case "date":
                return self._facts.get("date", date)
            case "place":
                return self._facts.get("place", place)
            case _:
                return self._facts.get(name, "")

    @cached_property
    def _facts(self) -> dict[str, str]:
        """The facts in the files of the image."""
        if not is_local_file(self._request):
            return {}
        from rwcap.outputs.prompt_metadata import image_facts

        return image_facts(self._request.source)


def _path(request: CaptionRequest) -> str:
    """Return the path in a source; empty for a UUID."""
    source = request.source
    if request.content is not None:
        return request.relative_path
    match source_kind(source):
        case SourceKind.URL:
            return re.split("[?#]", source, maxsplit=1)[0].partition("//")[2]
        case SourceKind.OBJECT:
            return source.partition("//")[2]
        case SourceKind.PATH:
            return os.path.abspath(source)  # noqa: PTH100  # takes any text
        case _:
            return request.relative_path


def _date_and_place(folders: str) -> tuple[str, str]:
    """Return the date and the rest of the nearest folder with a date in its name."""
    for folder in reversed(folders.split("/")):
        if found := re.fullmatch(_DATED, folder):
            return found[1], found[2] or ""
    return "", ""
