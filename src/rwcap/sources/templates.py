"""Templates: text with `{name}` in place of a field or a table column."""

import re
from collections.abc import Mapping

from rwcap.core.errors import InputError
from rwcap.core.text import short_name

_HINT = "write {{ and }} for braces, or {name|default} for optional names"
_MAX_COLUMNS_SHOWN = 5
_TOKEN = re.compile(
    r"(?P<brace>\{\{|\}\})"
    r"|\{(?P<field>[^{}|]+)(\|(?P<default>[^{}]*))?\}"
    r"|(?P<stray>[{}])"
)


class TemplateError(InputError):
    """A template is malformed or contains an unknown name."""


def render_template(template: str, fields: Mapping[str, str]) -> str:
    """Return a template with each `{name}` replaced by the field of that name.

    `{name|default}` becomes the default if the field is missing or empty. `{{` and
    `}}` become braces. Braces in a field have no meaning.

    Args:
        template: The text with placeholders.
        fields: The values by name.

    Raises:
        TemplateError: A brace is unmatched, or a name without a default is unknown.
    """

    def replacement(found: re.Match[str]) -> str:
        if found["brace"]:
            return found["brace"][0]
        if found["stray"]:
            raise TemplateError(
                f'template: unmatched "{found["stray"]}" at character'
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
    known = f"known: {', '.join(columns)}" if columns else "there are no table columns"
    return TemplateError(
        f"template: {{{_display_column(field)}}} is unknown; {known}",
        code="missingField",
        hint=_HINT,
    )


def _display_column(column: str) -> str:
    return short_name(column, 60)
