"""Templates: text with `{name}` in place of a value, such as a table column."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rwcap.core.errors import InputError
from rwcap.core.text import one_line, short_name, truncate

_HINT = "write {{ and }} for braces, or {name|default} for optional names"
_MAX_COLUMNS_SHOWN = 5
_TOKEN = re.compile(
    r"(?P<brace>\{\{|\}\})"
    r"|\{(?P<name>[^{}|]+)(\|(?P<default>[^{}]*))?\}"
    r"|(?P<stray>[{}])"
)


class TemplateName(NamedTuple):
    """A `{name}` or `{name|default}` in a template."""

    name: str
    default: str | None


class TemplateError(InputError):
    """A template is malformed or contains an unknown name."""


def name_key(name: str) -> str:
    """Return the key of a name: in lower case, without blanks around it."""
    return name.strip().casefold()


def template_names(template: str) -> Iterator[TemplateName]:
    """Yield the names in a template, each as its key.

    Raises:
        TemplateError: A brace is unmatched.
    """
    for found in _TOKEN.finditer(template):
        if found["stray"]:
            raise _unmatched(found)
        if found["name"]:
            yield TemplateName(name_key(found["name"]), found["default"])


def render_template(template: str, values: Mapping[str, str]) -> str:
    """Return a template with each `{name}` replaced by the value of that name.

    `{name|default}` becomes the default if the value is missing or empty. `{{` and
    `}}` become braces. Braces in a value have no meaning.

    Args:
        template: The text with names in braces.
        values: The values by the keys of their names (`name_key`).

    Raises:
        TemplateError: A brace is unmatched, or a name without a default is unknown.
    """

    def replacement(found: re.Match[str]) -> str:
        if found["brace"]:
            return found["brace"][0]
        if found["stray"]:
            raise _unmatched(found)
        key = name_key(found["name"])
        if found["default"] is not None:
            return values.get(key) or found["default"]
        if key not in values:
            raise _unknown_name(found["name"], values)
        return values[key]

    return _TOKEN.sub(replacement, template)


def _unmatched(found: re.Match[str]) -> TemplateError:
    nameless = found.string.startswith(("{}", "{|"), found.start())
    what = "no name in braces" if nameless else f'unmatched "{found["stray"]}"'
    return TemplateError(
        f"{what} at character {found.start() + 1} of"
        f" {truncate(one_line(found.string), 60)!r}",
        code="malformedTemplate",
        hint=_HINT,
    )


def _unknown_name(name: str, values: Mapping[str, str]) -> TemplateError:
    columns = [_display_column(column) for column in list(values)[:_MAX_COLUMNS_SHOWN]]
    if len(values) > _MAX_COLUMNS_SHOWN:
        columns.append(f"{len(values) - _MAX_COLUMNS_SHOWN} more")
    known = f"known: {', '.join(columns)}" if columns else "there are no table columns"
    return TemplateError(
        f"template: {{{_display_column(name)}}} is unknown; {known}",
        code="missingField",
        hint=_HINT,
    )


def _display_column(column: str) -> str:
    return short_name(column, 60)
