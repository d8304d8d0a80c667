"""Templates: text with `{name}` in place of a field or a table column."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rwcap.core.errors import InputError
from rwcap.core.text import one_line, short_name, truncate

_HINT = "write {{ and }} for braces, or {name|default} for optional names"
_MAX_COLUMNS_SHOWN = 5
_TOKEN = re.compile(
    r"(?P<brace>\{\{|\}\})"
    r"|\{(?P<field>[^{}|]+)(\|(?P<default>[^{}]*))?\}"
    r"|(?P<stray>[{}])"
)


class Field(NamedTuple):
    """A `{name}` or `{name|default}` in a template."""

    name: str
    default: str | None


class TemplateError(InputError):
    """A template is malformed or contains an unknown name."""


def field_key(name: str) -> str:
    """Return the key of a field: its name in lower case, without blanks around it."""
    return name.strip().casefold()


def template_fields(template: str) -> Iterator[Field]:
    """Yield the fields of a template, with their keys as names.

    Raises:
        TemplateError: A brace is unmatched.
    """
    for found in _TOKEN.finditer(template):
        if found["stray"]:
            raise _unmatched(found)
        if found["field"]:
            yield Field(field_key(found["field"]), found["default"])


def render_template(template: str, fields: Mapping[str, str]) -> str:
    """Return a template with each `{name}` replaced by the field of that name.

    `{name|default}` becomes the default if the field is missing or empty. `{{` and
    `}}` become braces. Braces in a field have no meaning.

    Args:
        template: The text with fields.
        fields: The values by their keys (`field_key`).

    Raises:
        TemplateError: A brace is unmatched, or a name without a default is unknown.
    """

    def replacement(found: re.Match[str]) -> str:
        if found["brace"]:
            return found["brace"][0]
        if found["stray"]:
            raise _unmatched(found)
        key = field_key(found["field"])
        if found["default"] is not None:
            return fields.get(key) or found["default"]
        if key not in fields:
            raise _missing_field(found["field"], fields)
        return fields[key]

    return _TOKEN.sub(replacement, template)


def _unmatched(found: re.Match[str]) -> TemplateError:
    return TemplateError(
        f'unmatched "{found["stray"]}" at character {found.start() + 1} of'
        f" {truncate(one_line(found.string), 60)!r}",
        code="malformedTemplate",
        hint=_HINT,
    )


def _missing_field(field: str, fields: Mapping[str, str]) -> TemplateError:
    columns = [_display_column(column) for column in list(fields)[:_MAX_COLUMNS_SHOWN]]
    if len(fields) > _MAX_COLUMNS_SHOWN:
        columns.append(f"{len(fields) - _MAX_COLUMNS_SHOWN} more")
    known = f"known: {', '.join(columns)}" if columns else "there are no table columns"
    return TemplateError(
        f"template: {{{_display_column(field)}}} is unknown; {known}",
        code="missingField",
        hint=_HINT,
    )


def _display_column(column: str) -> str:
    return short_name(column, 60)
