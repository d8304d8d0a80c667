"""Templates: text with `{column}` where a row of a manifest has its own words."""

import re
from collections.abc import Mapping

from rwcap.core.errors import InputError
from rwcap.core.text import display_name, truncate

_HINT = "write {{ and }} for braces, or {name|default}"
_MAX_COLUMNS_SHOWN = 5
_TOKEN = re.compile(
    r"(?P<brace>\{\{|\}\})"
    r"|\{(?P<field>[^{}|]+)(\|(?P<default>[^{}]*))?\}"
    r"|(?P<stray>[{}])"
)


class TemplateError(InputError):
    """The template is malformed, or asks for a column that is not there."""


def render_template(template: str, fields: Mapping[str, str]) -> str:
    """Return `template` with each `{name}` replaced by the field of that name.

    `{name|default}` is the default where the field is missing or empty; `{{` and
    `}}` are braces. What is inserted is never looked at again. Raises
    `TemplateError`.
    """

    def replacement(found: re.Match[str]) -> str:
        if found["brace"]:
            return found["brace"][0]
        if found["stray"]:
            raise TemplateError(
                f'template: a single "{found["stray"]}" at character'
                f" {found.start() + 1}",
                code="malformedTemplate",
                hint=_HINT,
            )
        if found["default"] is not None:
            return fields.get(found["field"]) or found["default"]
        if found["field"] not in fields:
            raise _missing_field(found["field"], fields)
        return fields[found["field"]]

    return _TOKEN.sub(replacement, template)


def _missing_field(field: str, fields: Mapping[str, str]) -> TemplateError:
    columns = [_display_column(column) for column in list(fields)[:_MAX_COLUMNS_SHOWN]]
    if len(fields) > _MAX_COLUMNS_SHOWN:
        columns.append(f"{len(fields) - _MAX_COLUMNS_SHOWN} more")
    return TemplateError(
        f"template: {{{_display_column(field)}}} names no column"
        f" (columns: {', '.join(columns) or 'none'})",
        code="missingField",
        hint=_HINT,
    )


def _display_column(column: str) -> str:
    return truncate(display_name(column), 60)
